"""What one server process is made of, opened in order and closed in the opposite one."""

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import structlog

from memory import embedded, leases
from memory.cache import Cache, connect
from memory.checkpoints import Checkpoints
from memory.database import Database
from memory.events import EventLog, EventReader
from memory.migrate import migrate
from schemas.errors import UnavailableError
from schemas.settings import Settings
from server import graphs_config
from server.graphs_config import ServedGraph
from server.runs.engine import Engine
from server.runs.following import Following
from server.runs.hub import Hub
from server.runs.story import Stories

OpenContext = Callable[[Settings, Database, Cache], AbstractAsyncContextManager[object]]
"""Opens what the graphs of this process get as LangGraph's run context."""

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Runtime:
    """The open parts of a process."""

    settings: Settings
    database: Database
    cache: Cache
    event_log: EventLog
    graphs: Mapping[str, ServedGraph]
    context: object
    engine: Engine
    following: Following
    stories: Stories
    clock: Callable[[], datetime]

    async def drain(self) -> None:
        """Hands over the work and lets go of the followers; nothing new is taken from now on."""
        await self.engine.stop()
        self.following.close()


def utc_now() -> datetime:
    """The present moment."""
    return datetime.now(UTC)


@asynccontextmanager
async def open_runtime(
    settings: Settings,
    *,
    graphs: Mapping[str, Any] | None = None,
    open_context: OpenContext | None = None,
    clock: Callable[[], datetime] = utc_now,
) -> AsyncIterator[Runtime]:
    """Opens servers, database, log and graphs, and works on runs until the block ends.

    ``graphs`` are definitions as a ``langgraph.json`` may name them; by default those of the settings' file.
    """
    definitions = graphs
    if definitions is None:
        definitions = await asyncio.to_thread(graphs_config.load, settings.graphs_config or graphs_config.OURS)
    async with AsyncExitStack() as stack:
        servers = await embedded.start(settings)
        stack.push_async_callback(servers.stop)
        try:
            await migrate(servers.database_url)
        except leases.UNREACHABLE as error:
            raise UnavailableError(f"The database does not answer ({error}). Check DATABASE_URL.") from error
        database = await Database.open(servers.database_url, pool_size=settings.database_pool)
        stack.push_async_callback(database.close)
        redis = connect(servers.redis_url)
        stack.push_async_callback(redis.aclose)
        waiting = connect(servers.redis_url, blocking=True)
        stack.push_async_callback(waiting.aclose)
        cache = Cache(redis)
        context: object = None
        if open_context is not None:
            context = await stack.enter_async_context(open_context(settings, database, cache))
        served = graphs_config.serve(definitions, Checkpoints(database))
        event_log, reader = EventLog(redis), EventReader(redis, waiting)
        hub, stories = Hub(event_log), Stories(database, served)
        engine = Engine(database, event_log, hub, served, context=context, settings=settings, clock=clock)
        following = Following(database, event_log, reader, hub, stories)
        for loop in (hub.run, reader.run):
            stack.push_async_callback(_stop, asyncio.create_task(loop()))
        runtime = Runtime(
            settings, database, cache, event_log, served, context, engine, following, stories, clock
        )  # fmt: skip
        engine.start()
        stack.push_async_callback(runtime.drain)
        log.info("ready", graphs=list(served), embedded=settings.embedded)
        yield runtime


async def _stop(task: asyncio.Task[None]) -> None:
    task.cancel()
    with suppress(asyncio.CancelledError):
        await task
