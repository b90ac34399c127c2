"""PgQueuer's driver on our pool.

Its own psycopg driver uses one connection for everything; waiting for a notification keeps that connection locked,
so that a query sometimes waits a second for its turn. Here queries take connections of the pool, and only the
waiting has one of its own.
"""

import asyncio
from collections.abc import Callable
from typing import Self

from pgqueuer.core.tm import TaskManager, cancel_and_wait
from pgqueuer.ports.driver import Driver, NotifyCallback
from psycopg import AsyncRawCursor, OperationalError, sql
from psycopg.rows import dict_row

from memory.database import Connection, Database


class QueueDriver(Driver):
    """Queries through ``database``, notifications through ``listener``, a connection nobody else uses."""

    def __init__(self, database: Database, listener: Connection) -> None:
        self._database = database
        self._listener = listener
        self._callbacks: dict[str, list[NotifyCallback]] = {}
        self._watcher: asyncio.Task[None] | None = None
        self._shutdown = asyncio.Event()
        self._tasks = TaskManager()
        self._lost: OperationalError | None = None
        self._on_lost: Callable[[], None] | None = None

    @property
    def shutdown(self) -> asyncio.Event:
        """Set when the driver is left."""
        return self._shutdown

    @property
    def tm(self) -> TaskManager:
        """The driver's background tasks: none, the watcher is ended by hand."""
        return self._tasks

    def on_lost(self, callback: Callable[[], None]) -> None:
        """Calls ``callback`` when the listening connection breaks."""
        self._on_lost = callback

    def raise_if_lost(self) -> None:
        """Raises what broke the listening connection, if anything did."""
        if self._lost is not None:
            raise self._lost

    async def fetch(self, query: str, *args: object) -> list[dict[str, object]]:
        """Rows of one query with ``$1`` placeholders."""
        async with self._database.connection() as connection:
            cursor = AsyncRawCursor(connection, row_factory=dict_row)
            await cursor.execute(query, args or None)
            return await cursor.fetchall()

    async def execute(self, query: str, *args: object) -> str:
        """Runs one query with ``$1`` placeholders; returns Postgres' status line."""
        async with self._database.connection() as connection:
            cursor = AsyncRawCursor(connection)
            await cursor.execute(query, args or None)
            return cursor.statusmessage or ""

    async def notify(self, channel: str, payload: str) -> None:
        """Sends a notification."""
        await self.execute("SELECT pg_notify($1, $2)", channel, payload)

    async def add_listener(self, channel: str, callback: NotifyCallback) -> None:
        """Hands every later notification of ``channel`` to ``callback``. To be called before any comes."""
        if self._watcher is not None:
            await cancel_and_wait(self._watcher)
        await self._listener.execute(sql.SQL("LISTEN {}").format(sql.Identifier(channel)))
        self._callbacks.setdefault(channel, []).append(callback)
        self._watcher = asyncio.create_task(self._watch())

    async def _watch(self) -> None:
        try:
            async for note in self._listener.notifies():
                for callback in self._callbacks.get(note.channel, []):
                    callback(note.payload)
        except OperationalError as error:
            self._lost = error
            if self._on_lost is not None:
                self._on_lost()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        self._shutdown.set()
        if self._watcher is not None:
            await cancel_and_wait(self._watcher)
        if not self._listener.closed:
            await self._listener.execute("UNLISTEN *")
