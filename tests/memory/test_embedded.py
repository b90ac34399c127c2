"""The embedded servers under real processes and real ``kill -9``: shared, outliving users, losing nothing."""

import asyncio
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import psycopg
import pytest
from redis.asyncio import Redis
from redis.exceptions import RedisError

from memory import embedded
from memory.database import Database
from memory.embedded import Servers
from schemas.errors import UnavailableError
from schemas.settings import Settings
from tests.memory.server_user import PATIENCE, User

SERVERS = ("postgres", "valkey")

StartUser = Callable[..., Awaitable[User]]


@pytest.fixture
async def start_user() -> AsyncIterator[StartUser]:
    """``await start_user(folder)``: a process that ends with the test at the latest."""
    users: list[User] = []

    async def start(folder: Path, **options: Any) -> User:
        user = await User.spawn(folder, **options)
        users.append(user)
        await user.started()
        return user

    yield start
    for user in users:
        await user.die()


@pytest.fixture
def empty() -> Iterator[Path]:
    """A new data folder."""
    folder = Path(tempfile.mkdtemp(prefix="uso-", dir="/tmp"))
    yield folder
    shutil.rmtree(folder)


@pytest.fixture(scope="module")
def used() -> Iterator[Path]:
    """A data folder that serves all the tests here, so that the cluster is made only once."""
    folder = Path(tempfile.mkdtemp(prefix="uso-", dir="/tmp"))
    yield folder
    shutil.rmtree(folder)


@pytest.fixture
def folder(used: Path) -> Iterator[Path]:
    """The data folder ``used``, with a check that the test's servers ended with their last user."""
    yield used
    deadline = time.monotonic() + PATIENCE
    while any(running(used, name) for name in SERVERS) and time.monotonic() < deadline:
        time.sleep(0.02)
    assert not [name for name in SERVERS if running(used, name)], "servers outlived their last user"


@pytest.fixture
async def servers(folder: Path) -> AsyncIterator[Servers]:
    """Servers that this very process uses."""
    started = await embedded.start(settings(folder))
    yield started
    await started.stop()


def settings(folder: Path, **changes: Any) -> Settings:
    return Settings(database_url=None, redis_url=None, data_dir=folder).with_(**changes)


def pid(folder: Path, name: str) -> int:
    return int((folder / name / "pid").read_text())


def running(folder: Path, name: str) -> bool:
    """Whether the server of that name runs for the folder."""
    try:
        return os.fsencode(folder) in Path(f"/proc/{pid(folder, name)}/cmdline").read_bytes()
    except FileNotFoundError:
        return False


def keepers(folder: Path) -> list[int]:
    """The process ids of the keepers of the folder's servers."""
    found = []
    for entry in Path("/proc").glob("[0-9]*"):
        with suppress(OSError):
            command = (entry / "cmdline").read_bytes()
            if b"keeper.py" in command and os.fsencode(folder) in command:
                found.append(int(entry.name))
    return found


async def until(happened: Callable[[], bool]) -> None:
    async with asyncio.timeout(PATIENCE):
        while not happened():
            await asyncio.sleep(0.01)


def write(url: str, note: str) -> None:
    with psycopg.connect(url) as connection:
        connection.execute("CREATE TABLE IF NOT EXISTS notes (note text)")
        connection.execute("INSERT INTO notes VALUES (%s)", (note,))


def has(url: str, note: str) -> bool:
    with psycopg.connect(url) as connection:
        return connection.execute("SELECT 1 FROM notes WHERE note = %s", (note,)).fetchone() is not None


async def test_the_second_process_joins_and_the_last_one_stops_the_servers(folder: Path, start_user: StartUser) -> None:
    first = await start_user(folder)
    write(first.database, "shared")
    second = await start_user(folder)
    assert (second.database, second.redis) == (first.database, first.redis)
    assert second.seconds < 1, "joining waits for nothing"

    await first.leave()
    assert has(second.database, "shared")
    async with Redis.from_url(second.redis) as redis:
        assert await redis.ping()
    await second.leave()
    assert not running(folder, "postgres")
    assert not running(folder, "valkey")


async def test_processes_that_start_at_the_same_moment_share_even_after_a_half_made_cluster(
    empty: Path, start_user: StartUser
) -> None:
    draft = empty / "postgres" / "data.new"
    draft.mkdir(parents=True)
    (draft / "PG_VERSION").write_text("18")
    users = await asyncio.gather(*(start_user(empty) for _ in range(3)))
    write(users[0].database, "one cluster")
    assert all(has(user.database, "one cluster") for user in users)
    await asyncio.gather(*(user.leave() for user in users))


async def test_a_killed_user_takes_nothing_from_the_others(
    folder: Path, servers: Servers, start_user: StartUser
) -> None:
    user = await start_user(folder)
    write(user.database, "of a killed user")
    await user.die()
    assert has(servers.database_url, "of a killed user")


async def test_the_servers_stop_when_their_only_user_is_killed_and_lose_nothing(
    folder: Path, start_user: StartUser
) -> None:
    user = await start_user(folder)
    write(user.database, "of the only user")
    await user.die()
    await until(lambda: not any(running(folder, name) for name in SERVERS))
    successor = await embedded.start(settings(folder))
    assert has(successor.database_url, "of the only user")
    await successor.stop()


async def test_a_user_that_comes_while_the_servers_stop_gets_them_anew(folder: Path, start_user: StartUser) -> None:
    user = await start_user(folder)
    write(user.database, "in a hurry")
    await user.die()
    successor = await embedded.start(settings(folder))
    assert has(successor.database_url, "in a hurry")
    await successor.stop()


async def test_a_killed_postgres_comes_back_under_its_users_with_all_that_was_committed(
    folder: Path, servers: Servers
) -> None:
    write(servers.database_url, "before the crash")
    database = await _open(servers)
    os.kill(pid(folder, "postgres"), signal.SIGKILL)

    async with asyncio.timeout(PATIENCE):
        while True:
            with suppress(psycopg.OperationalError, UnavailableError):
                await database.ping()
                break
            await asyncio.sleep(0.02)
    assert has(servers.database_url, "before the crash")
    await database.close()


async def _open(servers: Servers) -> Database:
    with psycopg.connect(servers.database_url) as connection:
        connection.execute("CREATE EXTENSION IF NOT EXISTS vector")
    return await Database.open(servers.database_url)


async def test_a_killed_valkey_comes_back_under_its_users(folder: Path, servers: Servers) -> None:
    async with Redis.from_url(servers.redis_url) as redis:
        assert await redis.ping()
        os.kill(pid(folder, "valkey"), signal.SIGKILL)
        async with asyncio.timeout(PATIENCE):
            while True:
                with suppress(RedisError, OSError):
                    assert await redis.ping()
                    break
                await asyncio.sleep(0.02)


async def test_everything_killed_at_once_is_started_anew(folder: Path, start_user: StartUser) -> None:
    user = await start_user(folder)
    write(user.database, "before the end of the world")
    for victim in (*keepers(folder), *(pid(folder, name) for name in SERVERS)):
        os.kill(victim, signal.SIGKILL)
    await user.die()
    successor = await embedded.start(settings(folder))
    assert has(successor.database_url, "before the end of the world")
    await successor.stop()


async def test_servers_without_a_keeper_are_replaced_by_the_next_user(folder: Path, start_user: StartUser) -> None:
    user = await start_user(folder)
    write(user.database, "unkept")
    for keeper in keepers(folder):
        os.kill(keeper, signal.SIGKILL)
    await user.die()
    successor = await embedded.start(settings(folder))
    assert has(successor.database_url, "unkept")
    await successor.stop()


async def test_a_stale_file_that_names_a_live_process_is_no_server(folder: Path) -> None:
    user = await embedded.start(settings(folder))
    files = [folder / "postgres" / "data" / "postmaster.pid", folder / "postgres" / "socket" / ".s.PGSQL.5432.lock"]
    contents = [file.read_text().replace(str(pid(folder, "postgres")), str(os.getppid()), 1) for file in files]
    await user.stop()
    for file, content in zip(files, contents, strict=True):
        file.write_text(content)
    successor = await embedded.start(settings(folder))
    await successor.stop()


async def test_a_server_that_does_not_start_is_quoted(folder: Path) -> None:
    await (await embedded.start(settings(folder))).stop()
    control = folder / "postgres" / "data" / "global" / "pg_control"
    aside = control.rename(control.with_name("aside"))
    with pytest.raises(UnavailableError, match=r"postgres does not start.*pg_control"):
        await embedded.start(settings(folder))
    assert not running(folder, "valkey"), "what had been started is stopped again"
    aside.rename(control)


async def test_a_long_path_works_though_unix_sockets_want_short_ones(empty: Path) -> None:
    deep = empty / ("a folder with a rather long name, " * 4).strip()
    started = await embedded.start(settings(deep))
    try:
        write(started.database_url, "deep")
        async with Redis.from_url(started.redis_url) as redis:
            assert await redis.ping()
    finally:
        await started.stop()


async def test_an_ordinary_user_needs_nothing_that_root_has_left_behind(
    empty: Path, servers: Servers, start_user: StartUser
) -> None:
    """Root's servers run in one folder; ``nobody`` starts some in another."""
    if os.geteuid() != 0:
        pytest.skip("needs root, to become somebody else")
    prefix = _as_nobody()
    home = empty / "home"
    home.mkdir()
    shutil.chown(home, "nobody")
    empty.chmod(0o755)
    user = await start_user(home, prefix=prefix)
    write(user.database, "nobody's")
    assert (home / "postgres" / "data").owner() == "nobody"
    await user.leave()
    assert not running(home, "postgres")


def _as_nobody() -> tuple[str, ...]:
    become = ("setpriv", "--reuid=nobody", "--regid=nogroup", "--clear-groups")
    reading = ("--inh-caps=+dac_read_search", "--ambient-caps=+dac_read_search")
    again = "import subprocess, sys; subprocess.run([sys.executable, '-c', 'import psycopg'], check=True)"
    for prefix in (become, (*become, *reading)):  # the second where the interpreter lies in root's home
        with suppress(OSError, subprocess.CalledProcessError):
            subprocess.run([*prefix, sys.executable, "-c", again], check=True, capture_output=True)
            return prefix
    pytest.skip("an ordinary user cannot reach this interpreter")


async def test_servers_with_an_address_are_not_started(empty: Path) -> None:
    started = await embedded.start(settings(empty, database_url="postgresql://db/x", redis_url="redis://cache/0"))
    assert (started.database_url, started.redis_url) == ("postgresql://db/x", "redis://cache/0")
    await started.stop()
    assert not any(empty.iterdir())


async def test_a_folder_that_cannot_be_written_is_named_with_what_to_do(empty: Path) -> None:
    (empty / "file").touch()
    with pytest.raises(UnavailableError, match=r"file.*cannot be written.*USO_DATA_DIR"):
        await embedded.start(settings(empty / "file" / "data"))


async def test_a_cluster_of_another_release_is_left_alone(empty: Path) -> None:
    (empty / "postgres" / "data").mkdir(parents=True)
    (empty / "postgres" / "data" / "PG_VERSION").write_text("16\n")
    with pytest.raises(UnavailableError, match="written by PostgreSQL 16"):
        await embedded.start(settings(empty))
