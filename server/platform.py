"""What the orchestrator needs beside the runs engine: its services, its job worker and, embedded, its partners."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager

from graphs.services import GraphContext, Services, open_services
from memory.cache import Cache
from memory.database import Database
from memory.jobs import JobWorker
from schemas.principal import Principal
from schemas.settings import Settings
from server.simulated_partners import register, simulator
from tools import orders

_REGISTRY = Principal(user_id="registry", roles=frozenset({"operator"}))


@asynccontextmanager
async def open_platform(settings: Settings, database: Database, cache: Cache) -> AsyncIterator[GraphContext]:
    """The context of our graphs on an open database, with jobs being worked on, until the block ends."""
    async with AsyncExitStack() as stack:
        services = await stack.enter_async_context(open_services(settings, database))
        await _bring_partners(stack, services)
        worker = JobWorker(
            database, orders.job_handlers(database, services.http, settings, services.clock)
        )
        working = asyncio.create_task(worker.run(), name="jobs")

        async def stop() -> None:
            await worker.stop()
            await working

        stack.push_async_callback(stop)
        yield GraphContext(services)


async def _bring_partners(stack: AsyncExitStack, services: Services) -> None:
    settings = services.settings
    url = settings.simulator_url
    if url is None and settings.simulates_partners:
        shared = simulator(settings.data_dir)
        url = str((await shared.start())["url"])
        stack.push_async_callback(shared.stop)
    if url is not None:
        await register(services, url, _REGISTRY, now=services.clock())
