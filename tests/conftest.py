"""Real servers for the whole test session, and how tests keep out of each other's way.

One embedded Postgres and one Valkey serve the session, in a temporary data folder (a short path, because Unix
sockets need one). ``database`` is migrated once and never emptied: **each test works under ids of its own**. Take
``principal`` (a fresh user of a fresh tenant a test) and ``fresh`` (a fresh id with a prefix) instead of fixed
names, and assert on what belongs to them; then tests need no cleaning, do not depend on order and may run beside
each other. A test that must see an empty database takes ``empty_database``.
"""

import shutil
import tempfile
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import AsyncExitStack
from pathlib import Path
from uuid import uuid4

import psycopg
import pytest
from psycopg import conninfo, sql
from redis.asyncio import Redis
from starlette.types import ASGIApp

from memory import embedded
from memory.cache import connect
from memory.database import Database
from memory.embedded import Servers
from memory.migrate import migrate
from schemas.principal import Principal
from schemas.settings import Settings
from tests.serving import served

pytest_plugins = ("tests.orchestrator",)


@pytest.fixture(scope="session")
def data_dir() -> Iterator[Path]:
    """A short-lived data folder with a short path."""
    folder = Path(tempfile.mkdtemp(prefix="uso-", dir="/tmp"))
    yield folder
    shutil.rmtree(folder)


@pytest.fixture(scope="session")
async def servers(data_dir: Path) -> AsyncIterator[Servers]:
    """Postgres and Valkey; the database is migrated."""
    running = await embedded.start(Settings(database_url=None, redis_url=None, data_dir=data_dir, _env_file=None))
    await migrate(running.database_url)
    yield running
    await running.stop()


@pytest.fixture(scope="session")
async def database(servers: Servers) -> AsyncIterator[Database]:
    """The session's migrated database. Use ids of your own in it."""
    opened = await Database.open(servers.database_url)
    yield opened
    await opened.close()


@pytest.fixture(scope="session")
async def redis(servers: Servers) -> AsyncIterator[Redis]:
    """The session's Valkey. Use keys of your own in it."""
    client = connect(servers.redis_url)
    yield client
    await client.aclose()


@pytest.fixture
def fresh() -> Callable[[str], str]:
    """``fresh("order")`` is an id nobody has used: ``order-`` and some letters."""
    return lambda prefix: f"{prefix}-{uuid4().hex[:12]}"


@pytest.fixture
def principal(fresh: Callable[[str], str]) -> Principal:
    """A customer nobody has heard of, under a tenant of their own."""
    return Principal(user_id=fresh("user"), tenant_id=fresh("tenant"))


@pytest.fixture
async def blank_database(servers: Servers, fresh: Callable[[str], str]) -> AsyncIterator[str]:
    """The URL of a database with nothing in it, not even a schema; dropped afterwards."""
    name = fresh("blank")
    async with await psycopg.AsyncConnection.connect(servers.database_url, autocommit=True) as admin:
        await admin.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
        yield conninfo.make_conninfo(servers.database_url, dbname=name)
        await admin.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name)))


@pytest.fixture
async def empty_database(blank_database: str) -> str:
    """The URL of a migrated database with no rows in it; dropped afterwards."""
    await migrate(blank_database)
    return blank_database


Serve = Callable[[ASGIApp], Awaitable[str]]


@pytest.fixture
async def serve() -> AsyncIterator[Serve]:
    """``await serve(app)`` runs an ASGI app (with its lifespan) on a loopback port and returns its base URL."""
    async with AsyncExitStack() as stack:

        async def start(app: ASGIApp) -> str:
            return await stack.enter_async_context(served(app))

        yield start
