"""Ports that last: partners know us by an address, and keep it with every order.

Each server on this machine listens where it was told, or on any free port; the processes of one data folder also
listen, all together, on one port that the folder remembers. That is the address partners are given, so an order may be
bought in one process, told of in another, and asked about by a third after the first two have ended. As all of them
work on one database, it does not matter who takes a webhook.
"""

import fcntl
import os
import socket
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

import structlog

from schemas.errors import UnavailableError

_HOST = "127.0.0.1"
_FIRST_PORT = 8010
_BACKLOG = 128

log = structlog.get_logger(__name__)


@dataclass(frozen=True)
class SharedPort:
    """The address of a data folder, and our listening socket there.

    There is none where another user's process has the port: that one hears what partners say, and we find it in the
    database.
    """

    url: str
    listener: socket.socket | None


@contextmanager
def shared_port(data_dir: Path) -> Iterator[SharedPort]:
    """Listen on the port of a data folder, beside its other processes, until the block ends.

    The port is the one it was before, unless somebody else's program has taken it while no process of this folder was
    there.

    Raises:
        UnavailableError: the folder cannot be written, or no port is free.
    """
    folder = data_dir / "address"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        users = os.open(folder / "users", os.O_RDWR | os.O_CREAT, 0o600)
    except OSError as error:
        raise UnavailableError(
            f"{folder} cannot be written ({error.strerror}). Set USO_DATA_DIR to a folder that this user may write."
        ) from error
    try:
        port = _agreed(folder, users)
        listener = _beside_others(port)
        try:
            yield SharedPort(f"http://{_HOST}:{port}", listener)
        finally:
            if listener is not None:
                listener.close()
    finally:
        os.close(users)


def _agreed(folder: Path, users: int) -> int:
    """The folder's port; from now on, and as long as the file ``users`` is open, nobody changes it."""
    lock = os.open(folder / "lock", os.O_RDWR | os.O_CREAT, 0o600)
    try:
        fcntl.flock(lock, fcntl.LOCK_EX)
        kept = _kept(folder)
        try:
            fcntl.flock(users, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            if kept is not None:
                fcntl.flock(users, fcntl.LOCK_SH)
                return kept
        port = free_port(kept or _FIRST_PORT)
        if port != kept:
            if kept is not None:
                log.warning("partners_port_taken", was=kept, now=port)
            (folder / "port").write_text(str(port))
        fcntl.flock(users, fcntl.LOCK_SH)
        return port
    finally:
        os.close(lock)


def _kept(folder: Path) -> int | None:
    with suppress(OSError, ValueError):
        if 0 < (port := int((folder / "port").read_text())) < 1 << 16:
            return port
    return None


def _beside_others(port: int) -> socket.socket | None:
    try:
        listener = socket.create_server((_HOST, port), backlog=_BACKLOG, reuse_port=True)
    except OSError:
        log.info("partners_port_shared", port=port, reason="another user's process listens there")
        return None
    listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)  # asyncio leaves it off for sockets it is given
    return listener


def free_port(wanted: int) -> int:
    """``wanted`` if nobody listens there on loopback, else any free port.

    Raises:
        UnavailableError: there is none.
    """
    for port in (wanted, 0):
        try:
            with socket.create_server((_HOST, port), reuse_port=False) as probe:
                return int(probe.getsockname()[1])
        except OSError:
            continue
    raise UnavailableError("There is no free port on this machine.")
