"""A whole orchestrator inside this process, for commands that were given no address."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from schemas.settings import Settings
from server.logging import configure
from server.serve import Listening


@asynccontextmanager
async def local_server(**changes: object) -> AsyncIterator[str]:
    """Serve on a free loopback port until the block ends; yields the base address.

    Args:
        changes: settings to use instead of the environment's.
    """
    settings = (await asyncio.to_thread(Settings)).with_(log_level="error", **changes)
    configure(settings)
    async with Listening(settings, host="127.0.0.1", port=0) as server:
        yield server.url
