"""Where a server of the data folder puts its Unix socket: only its owner and the user of the folder get in."""

import hashlib
import os
import stat
import tempfile
from pathlib import Path

from schemas.errors import UnavailableError

_PATH_LIMIT = 103  # bytes: the smaller of the two systems' sockaddr_un.sun_path (macOS), less the terminator


def socket_folder(folder: Path, longest_name: str, owner: int) -> Path:
    """A folder of mode 0700 owned by user id ``owner``, short enough for a socket called ``longest_name``.

    It lies in ``folder`` where the path is short enough, else in the system's temporary folder under a name
    derived from ``folder``. Raises ``UnavailableError`` when somebody else has taken that name.
    """
    inside = folder / "socket"
    if len(os.fsencode(inside / longest_name)) <= _PATH_LIMIT:
        chosen = inside
    else:
        digest = hashlib.sha256(os.fsencode(folder)).hexdigest()[:16]
        chosen = Path(tempfile.gettempdir()) / f"uso-{owner}-{digest}"
    chosen.mkdir(mode=0o700, exist_ok=True)
    status = chosen.lstat()
    if not stat.S_ISDIR(status.st_mode) or status.st_uid not in (owner, os.geteuid()):
        raise UnavailableError(f"{chosen} belongs to another user. Remove it, or choose a shorter USO_DATA_DIR.")
    if status.st_uid != owner:
        os.chown(chosen, owner, -1)
    chosen.chmod(0o700)
    return chosen
