"""Where a story takes place: a server on real Postgres and Valkey, a city of partners over HTTP, and a day of its own.

Every story begins on the same morning, in a city where nobody has booked anything yet and on a server that has just
been started: nothing that one story does can be seen by another, so the same story always ends in the same way.
Only the registry of partners, which takes seconds to build, is kept from story to story.
"""

import asyncio
import socket
import time
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import uvicorn
from starlette.types import ASGIApp, Receive, Scope, Send

from memory import embedded
from schemas.settings import Settings
from server.app import create_app
from server.serve import Listening
from simulator import app as simulator

ZONE = ZoneInfo("America/Chicago")
MORNING = datetime(2026, 5, 6, 10, 0, 20, tzinfo=ZONE)
"""A Wednesday, twenty seconds past the minute: no story lasts until the next one."""
_SEED = 7
_ACCEPT_SECONDS = 0.02
_ANSWER_SECONDS = 0.6
"""A partner that has not answered an order by then counts as silent."""


@dataclass(frozen=True, slots=True)
class Day:
    """One story's server and city."""

    server_url: str
    city_url: str


class World:
    """Postgres, Valkey and the address of the city, for one story after the other."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._stage = _Stage()
        self._stack = AsyncExitStack()

    async def open(self) -> None:
        """Start what outlives a story."""
        self._stack.push_async_callback(self._stage.close)
        self._city_url = await self._stage.open()
        empty = Settings(database_url=None, redis_url=None, data_dir=self._folder, _env_file=None)
        servers = await embedded.start(empty)
        self._stack.push_async_callback(servers.stop)
        self._settings = empty.with_(
            database_url=servers.database_url,
            redis_url=servers.redis_url,
            simulator_url=self._city_url,
            allow_loopback=True,
            answer_timeout=_ANSWER_SECONDS,
            openai_api_key=None,
            openai_base_url=None,
            azure_openai_endpoint=None,
            log_level="error",
        )
        async with self.day():
            pass  # the registry is filled once, before the first story is timed

    async def close(self) -> None:
        """Stop everything."""
        await self._stack.aclose()

    @asynccontextmanager
    async def day(self) -> AsyncIterator[Day]:
        """A new morning."""
        began = time.monotonic()

        def clock() -> datetime:
            return MORNING + timedelta(seconds=time.monotonic() - began)

        city = simulator.create_app(seed=_SEED, behaviours="accept", accept_delay=_ACCEPT_SECONDS, clock=clock)
        self._stage.app = city
        app = create_app(self._settings, clock=clock)
        try:
            async with Listening(self._settings, app=app) as server:
                yield Day(server.url, self._city_url)
        finally:
            await city.state.town.close()


class _Stage:
    """One address on which one city after the other is played: partners are known by where their manifest is."""

    app: ASGIApp

    async def open(self) -> str:
        listener = socket.create_server(("127.0.0.1", 0))
        listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._listener = listener
        config = uvicorn.Config(
            self._play,
            interface="asgi3",
            lifespan="off",
            log_level="error",
            access_log=False,
            timeout_graceful_shutdown=2,
        )
        self._server = uvicorn.Server(config)
        self._task = asyncio.create_task(self._server.serve(sockets=[listener]))
        return f"http://127.0.0.1:{listener.getsockname()[1]}"

    async def close(self) -> None:
        self._server.should_exit = True
        await self._task
        self._listener.close()

    async def _play(self, scope: Scope, receive: Receive, send: Send) -> None:
        await self.app(scope, receive, send)
