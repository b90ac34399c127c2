"""The way to Postgres: one pool of connections a process.

Every connection commits by itself (autocommit) and gives rows as dicts; one business step opens
``Database.transaction`` and hands the connection to the repositories, which never commit.
"""

import select
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from pgvector.psycopg import register_vector_async
from psycopg import AsyncConnection, OperationalError
from psycopg.rows import DictRow, dict_row
from psycopg.types.json import set_json_dumps, set_json_loads
from psycopg_pool import AsyncConnectionPool, PoolTimeout
from pydantic_core import from_json, to_json

from schemas.errors import UnavailableError

Connection = AsyncConnection[DictRow]

_STATEMENT_SECONDS = 30
_CONNECT_SECONDS = 10


class Database:
    """A pool of connections to one migrated database."""

    def __init__(self, pool: AsyncConnectionPool[Connection]) -> None:
        self.pool = pool

    @classmethod
    async def open(cls, url: str, *, pool_size: int = 16, wait_seconds: float = 10.0) -> "Database":
        """Connects to ``url``; at most ``pool_size`` connections are opened, as they are needed.

        A caller waits at most ``wait_seconds`` for a free one. Raises ``UnavailableError`` when the database does
        not answer.
        """
        try:
            async with await AsyncConnection.connect(url, connect_timeout=_CONNECT_SECONDS) as first:
                await register_vector_async(first)
                set_json_loads(from_json, first)
                set_json_dumps(to_json, first)
        except OperationalError as error:
            raise UnavailableError(f"The database does not answer ({error}). Check DATABASE_URL.") from error
        pool: AsyncConnectionPool[Connection] = AsyncConnectionPool(
            url,
            connection_class=AsyncConnection[DictRow],
            kwargs={
                "context": first,  # hands on its types for vectors and its faster JSON
                "autocommit": True,
                "row_factory": dict_row,
                "prepare_threshold": 2,
                "application_name": "uso",
                "options": f"-c statement_timeout={_STATEMENT_SECONDS}s -c idle_in_transaction_session_timeout=60s"
                " -c hnsw.iterative_scan=relaxed_order"  # or a filtered search by meaning may find too little
                " -c plan_cache_mode=force_generic_plan",  # planning anew took a fifth of the database's time
            },
            min_size=min(2, pool_size),
            max_size=pool_size,
            timeout=wait_seconds,
            open=False,
        )
        await pool.open()
        return cls(pool)

    async def version(self) -> str:
        """What the server says it is, such as "PostgreSQL 18.0"."""
        async with self.connection() as conn:
            row = await (await conn.execute("SELECT current_setting('server_version') AS version")).fetchone()
        assert row is not None
        return f"PostgreSQL {row['version'].partition(' ')[0]}"

    async def close(self) -> None:
        """Closes every connection; those in use are closed when they are given back."""
        await self.pool.close()

    @asynccontextmanager
    async def connection(self) -> AsyncIterator[Connection]:
        """A connection where each statement commits by itself.

        Raises ``UnavailableError`` when none becomes free in time, or the database is away.
        """
        try:
            connection = await self.pool.getconn()
            while _disturbed(connection):  # the pool's own check waits longer from each to the next
                await connection.close()
                await self.pool.putconn(connection)
                connection = await self.pool.getconn()
        except PoolTimeout as error:
            raise UnavailableError(
                f"No database connection became free in {self.pool.timeout:g} seconds ({self.pool.max_size} at most). "
                "Try again; if it goes on, look whether the database runs, or raise USO_DATABASE_POOL."
            ) from error
        try:
            yield connection
        finally:
            await self.pool.putconn(connection)

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[Connection]:
        """A connection inside one transaction: all of it is kept, or on an error none of it."""
        async with self.connection() as connection, connection.transaction():
            yield connection

    async def ping(self) -> None:
        """One round trip, for health probes; raises what a query would raise."""
        async with self.connection() as connection:
            await connection.execute("SELECT 1")


def _disturbed(connection: Connection) -> bool:
    """Whether an idle connection has something to read: most likely that the server has closed it."""
    poll = select.poll()
    poll.register(connection.fileno(), select.POLLIN)
    return bool(poll.poll(0))
