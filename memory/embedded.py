"""Brings PostgreSQL and Valkey along when no addresses are set, so that everything works from nothing.

Both are the real servers, taken from wheels, kept in folders of their own under the data folder and reached
over Unix sockets there. All processes of one data folder share them (``memory.shared_process``).
"""

import asyncio
import hashlib
import os
import pwd
import shutil
import signal
import socket
import stat
import subprocess
import tempfile
from collections.abc import Mapping
from functools import partial
from importlib.util import find_spec
from pathlib import Path
from urllib.parse import quote

import psycopg
from psycopg import sql

from memory.shared_process import Launch, SharedProcess
from schemas.errors import UnavailableError
from schemas.settings import Settings

__all__ = ["Launch", "Servers", "SharedProcess", "start"]

_POSTGRES_MAJOR = "18"
_SYSTEM_USER = "pgserver"
_DATABASE = "uso"
_SOCKET_PATH_LIMIT = 103  # bytes in sockaddr_un.sun_path without the terminator: 107 on Linux, 103 on macOS

# Durable as a production server; what differs suits a machine shared with everything else.
_POSTGRES_SETTINGS = {
    "listen_addresses": "",
    "max_connections": "200",
    "shared_buffers": "256MB",
    "max_wal_size": "2GB",
    "checkpoint_timeout": "15min",
    "wal_compression": "on",
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


class Servers:
    """Where Postgres and Redis are reached, and the way to leave the embedded ones."""

    def __init__(self, database_url: str, redis_url: str, shared: list[SharedProcess]) -> None:
        self.database_url = database_url
        self.redis_url = redis_url
        self._shared = shared

    async def stop(self) -> None:
        """Leaves the embedded servers; the last process to leave waits until they have stopped."""
        await asyncio.gather(*(server.stop() for server in self._shared))


async def start(settings: Settings) -> Servers:
    """The servers of ``settings``, embedded ones started or joined where no address is set.

    Raises ``UnavailableError`` with what to do when one cannot be started.
    """
    postgres = None if settings.database_url else _postgres(settings.data_dir)
    valkey = None if settings.redis_url else _valkey(settings.data_dir)
    shared = [server for server in (postgres, valkey) if server]
    results = await asyncio.gather(*(server.start() for server in shared), return_exceptions=True)
    failure = next((result for result in results if isinstance(result, BaseException)), None)
    if failure:
        await asyncio.gather(*(server.stop() for server in shared))
        raise failure
    urls = {server: str(info["url"]) for server, info in zip(shared, results, strict=True) if isinstance(info, Mapping)}
    return Servers(
        settings.database_url or urls[postgres],  # type: ignore[index]
        settings.redis_url or urls[valkey],  # type: ignore[index]
        shared,
    )
