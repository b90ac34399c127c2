"""A whole orchestrator with a city of partners, once a session; a person and well-behaved partners for each test."""

from collections.abc import AsyncIterator, Callable, Iterator
from datetime import date, timedelta
from itertools import count

import httpx
import psycopg
import pytest
from psycopg import conninfo, sql

from memory.embedded import Servers
from schemas.settings import Settings
from tests.journeys.person import City, Person
from tests.serving import served

_ANSWER_SECONDS = 1.5  # a silent partner counts as refusing after this


@pytest.fixture(scope="session")
async def city_url() -> AsyncIterator[str]:
    """The simulated partners; all of them behave."""
    from simulator.app import create_app

    async with served(create_app(behaviours="accept", accept_delay=0.05)) as url:
        yield url


@pytest.fixture(scope="session")
async def orchestrator_database(servers: Servers) -> AsyncIterator[str]:
    """A database of the orchestrator's own: its workers would take the runs and jobs of other tests."""
    name = "orchestrator"
    async with await psycopg.AsyncConnection.connect(servers.database_url, autocommit=True) as admin:
        await admin.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
        yield conninfo.make_conninfo(servers.database_url, dbname=name)
        await admin.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name)))


@pytest.fixture(scope="session")
async def orchestrator_url(orchestrator_database: str, servers: Servers, city_url: str) -> AsyncIterator[str]:
    """A server on the session's Postgres and Valkey that knows the city's partners."""
    from server.serve import Listening

    settings = Settings(
        database_url=orchestrator_database,
        redis_url=servers.redis_url,
        simulator_url=city_url,
        allow_loopback=True,
        answer_timeout=_ANSWER_SECONDS,
        openai_api_key=None,
        _env_file=None,
    )
    async with Listening(settings, host="127.0.0.1", port=0) as server:
        yield server.url


@pytest.fixture(scope="session")
def saturdays() -> Iterator[date]:
    """The Saturdays to come, one for each test that asks."""
    first = date.today() + timedelta(days=7 + (5 - date.today().weekday()) % 7)
    return (first + timedelta(weeks=week) for week in count())


@pytest.fixture
async def person(
    orchestrator_url: str, fresh: Callable[[str], str], saturdays: Iterator[date]
) -> AsyncIterator[Person]:
    """Somebody nobody has heard of, on a new thread."""
    one = Person(orchestrator_url, fresh("user"), next(saturdays))
    yield one
    await one.close()


@pytest.fixture
async def city(city_url: str, orchestrator_url: str) -> AsyncIterator[City]:
    """The city, whose partners can be told how to behave; afterwards they behave well again."""
    async with httpx.AsyncClient(base_url=orchestrator_url, trust_env=False) as registry:
        one = City(city_url, registry)
        yield one
        await one.calm_down()
