"""What tests of the command line share: a small city, a database of its own, the real command, and its functions."""

import asyncio
import logging
import os
import sys
from asyncio.subprocess import PIPE
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import psycopg
import pytest
from psycopg import conninfo, sql

from memory.embedded import Servers
from memory.migrate import migrate
from simulator.app import create_app
from tests.cli.scripted import Server
from tests.conftest import Serve
from tests.serving import served

USO = Path(sys.executable).with_name("uso")


@pytest.fixture(scope="session")
async def small_city() -> AsyncIterator[str]:
    """Five simulated partners who behave: tables, flowers, rides, rooms and shows."""
    async with served(create_app(partners=5, behaviours="accept", accept_delay=0.05)) as url:
        yield url


@pytest.fixture(scope="session")
async def cli_database(servers: Servers) -> AsyncIterator[str]:
    """A database of the command line's own: its workers would take the jobs of other tests."""
    async with await psycopg.AsyncConnection.connect(servers.database_url, autocommit=True) as admin:
        await admin.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier("cli")))
        url = conninfo.make_conninfo(servers.database_url, dbname="cli")
        await migrate(url)
        yield url
        await admin.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier("cli")))


@pytest.fixture
def environment(servers: Servers, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[dict[str, str]]:
    """The settings of this process and of commands: the session's Valkey, no ``.env``, nothing of this machine's."""
    for name in [name for name in os.environ if name.startswith(("USO_", "OPENAI_", "AZURE_", "DATABASE_", "REDIS_"))]:
        monkeypatch.delenv(name)
    chosen = {"REDIS_URL": servers.redis_url, "USO_DATA_DIR": str(tmp_path), "USO_ALLOW_LOOPBACK": "true"}
    for name, value in chosen.items():
        monkeypatch.setenv(name, value)
    monkeypatch.chdir(tmp_path)
    root = logging.getLogger()
    kept = root.handlers, root.level
    yield chosen
    root.handlers, root.level = kept


@pytest.fixture
def on_database(environment: dict[str, str], cli_database: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Commands work on the command line's own database."""
    monkeypatch.setenv("DATABASE_URL", cli_database)


@dataclass(frozen=True)
class Outcome:
    """How a process ended."""

    code: int
    out: str
    err: str


Uso = Callable[..., Awaitable[Outcome]]


@pytest.fixture
def uso(environment: dict[str, str], tmp_path: Path) -> Uso:
    """``await uso("chat", "hello")`` runs the installed command in an empty folder, with nobody at the terminal."""

    async def run(*arguments: str, env: Mapping[str, str] | None = None, text: bytes = b"") -> Outcome:
        process = await asyncio.create_subprocess_exec(
            USO, *arguments, stdin=PIPE, stdout=PIPE, stderr=PIPE, cwd=tmp_path, env={**os.environ, **(env or {})}
        )
        async with asyncio.timeout(60):
            out, err = await process.communicate(text)
        return Outcome(process.returncode or 0, out.decode(), err.decode())

    return run


Scripted = Callable[..., Awaitable[tuple[Server, str]]]


@pytest.fixture
def scripted(serve: Serve) -> Scripted:
    """``server, url = await scripted(Turn(…), …)``: a server that tells these turns."""

    async def start(*turns: object) -> tuple[Server, str]:
        server = Server(*turns)  # type: ignore[arg-type]
        return server, await serve(server.app)

    return start
