"""A server with small graphs, for the whole session, and users of it."""

from collections.abc import AsyncIterator, Callable

import pytest
from redis.asyncio import Redis

from memory.cache import connect
from memory.embedded import Servers
from schemas.settings import Settings
from server.app import create_app
from server.logging import configure
from server.serve import Listening
from tests.server import graphs
from tests.server.client import User


@pytest.fixture(scope="session")
def settings(servers: Servers) -> Settings:
    """Settings on the session's servers, with short waits."""
    chosen = Settings(
        database_url=servers.database_url,
        redis_url=servers.redis_url,
        lease_seconds=3,
        sweep_seconds=0.5,
        log_level="error",
        _env_file=None,
    )
    configure(chosen)
    return chosen


@pytest.fixture(scope="session")
async def gates(servers: Servers) -> AsyncIterator[Redis]:
    """Valkey, for graphs that wait at gates."""
    client = connect(servers.redis_url, blocking=True)
    yield client
    await client.aclose()


@pytest.fixture(scope="session")
async def server(settings: Settings, gates: Redis) -> AsyncIterator[str]:
    """The address of a server with the test graphs."""
    served = {
        "echo": graphs.echo,
        "ask": graphs.ask,
        "fail": graphs.fail,
        "speak": graphs.speak,
        "gated": lambda: graphs.gated(gates),
    }
    async with Listening(settings, app=create_app(settings, graphs=served)) as listening:
        yield listening.url


@pytest.fixture
async def user(server: str, fresh: Callable[[str], str]) -> AsyncIterator[User]:
    """A user nobody has heard of."""
    someone = User(server, fresh("user"))
    yield someone
    await someone.http.aclose()


@pytest.fixture
async def stranger(server: str, fresh: Callable[[str], str]) -> AsyncIterator[User]:
    """Another one."""
    someone = User(server, fresh("user"))
    yield someone
    await someone.http.aclose()
