"""What the orchestrator needs beside the runs engine: its services, its job worker and, embedded, its partners."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager

from graphs.services import Clock, GraphContext, open_services, utc_now
from memory.cache import Cache
from memory.database import Database
from memory.jobs import JobWorker
from schemas.settings import Settings
from server.simulated_partners import bring_partners
from tools import orders


@asynccontextmanager
async def open_platform(
    settings: Settings, database: Database, cache: Cache, *, clock: Clock = utc_now
) -> AsyncIterator[GraphContext]:
    """The context of our graphs on an open database, with jobs being worked on, until the block ends."""
    async with AsyncExitStack() as stack:
        services = await stack.enter_async_context(open_services(settings, database, clock=clock))
        await stack.enter_async_context(bring_partners(services))
        worker = JobWorker(database, orders.job_handlers(database, services.http, settings, services.clock))
        working = asyncio.create_task(worker.run(), name="jobs")

        async def stop() -> None:
            await worker.stop()
            await working

        stack.push_async_callback(stop)
        yield GraphContext(services)
