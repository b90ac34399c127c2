"""What the nodes of a graph may use: one object, opened once a process and passed as the run's context.

LangGraph's own servers know nothing of our context, so a node asks ``services_of(runtime)``, which falls back to
the services that the application they mount has opened, or else opens them from the environment, once a process.
"""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from langgraph.runtime import Runtime

from agents.intent import Resolver, build_resolver
from memory import embedded
from memory.database import Database
from memory.memories import Memories
from memory.migrate import migrate
from schemas.place import Place
from schemas.settings import Settings
from tools.http import PartnerHttp

Clock = Callable[[], datetime]
"""The present moment, with its zone."""


def utc_now() -> datetime:
    """The machine's own clock."""
    return datetime.now(UTC)


@dataclass(frozen=True)
class Services:
    """The open resources of one process."""

    settings: Settings
    database: Database
    http: PartnerHttp
    resolver: Resolver
    memories: Memories
    home: Place
    clock: Clock


@dataclass(frozen=True)
class GraphContext:
    """The run context of every graph of ours. ``services`` is a :class:`Services`."""

    services: Any = None


_LISTENING = "http://127.0.0.1:8000"  # where `uso serve` listens by default


@asynccontextmanager
async def open_services(settings: Settings, database: Database, *, clock: Clock = utc_now) -> AsyncIterator[Services]:
    """The services on an open, migrated database; closes what it opened itself."""
    http = PartnerHttp(
        allow_loopback=settings.loopback_allowed,
        timeout=settings.partner_timeout,
        public_url=settings.public_url or _LISTENING,
    )
    services = Services(
        settings=settings,
        database=database,
        http=http,
        resolver=build_resolver(settings),
        memories=Memories(database),
        home=home_of(settings),
        clock=clock,
    )
    _open.append(services)
    try:
        yield services
    finally:
        _open.remove(services)
        await http.close()


def home_of(settings: Settings) -> Place:
    """The person's home from ``USO_HOME`` ("name|latitude|longitude") and ``USO_ZONE``."""
    try:
        name, lat, lon = settings.home.split("|")
        return Place(name=name, lat=float(lat), lon=float(lon), zone=settings.zone)
    except ValueError as error:
        raise ValueError(f"USO_HOME must be 'name|latitude|longitude', not {settings.home!r}") from error


_open: list[Services] = []
"""The services this process has open; more than one only where several applications share it."""
_opening = asyncio.Lock()


async def services_of(runtime: Runtime[GraphContext]) -> Services:
    """The services of this run."""
    given = getattr(runtime.context, "services", None)
    if isinstance(given, Services):
        return given
    async with _opening:
        return _open[-1] if _open else await _from_environment()


async def _from_environment() -> Services:
    """Services that stay open as long as the process: a host that passes no context says nothing of an end either."""
    settings = await asyncio.to_thread(Settings)
    servers = await embedded.start(settings)
    await migrate(servers.database_url)
    database = await Database.open(servers.database_url, pool_size=settings.database_pool)
    return await open_services(settings, database).__aenter__()
