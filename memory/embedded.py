"""Brings PostgreSQL and Valkey along when no addresses are set, so that everything works from nothing.

Both are the real servers, taken from wheels (``memory.postgres``, ``memory.valkey``). All processes of one data
folder share them; the last to leave stops them (``memory.shared_process``).
"""

import asyncio
from collections.abc import Callable
from pathlib import Path

from memory.postgres import postgres
from memory.shared_process import Launch, SharedProcess
from memory.valkey import valkey
from schemas.settings import Settings

__all__ = ["Launch", "Servers", "SharedProcess", "start"]


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
    """The servers of ``settings``; one without an address is started under the data folder, or joined there.

    Raises ``UnavailableError`` with what to do when one cannot be started.
    """
    shared: list[SharedProcess] = []

    async def address(given: str | None, embedded: Callable[[Path], SharedProcess]) -> str:
        if given:
            return given
        server = embedded(settings.data_dir)
        shared.append(server)
        return str((await server.start())["url"])

    database, redis = await asyncio.gather(
        address(settings.database_url, postgres), address(settings.redis_url, valkey), return_exceptions=True
    )
    for result in (database, redis):
        if isinstance(result, BaseException):
            await asyncio.gather(*(server.stop() for server in shared))
            raise result
    return Servers(str(database), str(redis), shared)
