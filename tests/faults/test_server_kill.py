"""Server processes that die, are told to end, or share their work: no run is lost, and no event is told twice."""

import asyncio
import json
import os
import signal
import sys
from asyncio.subprocess import PIPE, Process
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any

import psycopg
import pytest
from psycopg import conninfo, sql
from redis.asyncio import Redis

from memory.cache import connect
from memory.embedded import Servers
from memory.migrate import migrate
from tests.server.agui_rules import check
from tests.server.client import Stream, User, kinds, texts
from tests.server.graphs import open_gate

Fresh = Callable[[str], str]

_ROOT = Path(__file__).parents[2]
_CONFIG = _ROOT / "tests" / "server" / "langgraph.json"


class Server:
    """A server process and one user of it."""

    def __init__(self, process: Process, url: str) -> None:
        self.process = process
        self.user = User(url, "somebody")

    @classmethod
    async def start(cls, database_url: str, redis_url: str, *, lease_seconds: float) -> "Server":
        environment = {
            **os.environ,
            "DATABASE_URL": database_url,
            "REDIS_URL": redis_url,
            "USO_LEASE_SECONDS": str(lease_seconds),
            "USO_SWEEP_SECONDS": "0.2",
            "USO_LOG_LEVEL": "error",
        }
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "server", "--port", "0", "--config", str(_CONFIG),
            cwd=_ROOT, env=environment, stdout=PIPE,
        )  # fmt: skip
        assert process.stdout is not None
        line = await asyncio.wait_for(process.stdout.readline(), 30)
        return cls(process, json.loads(line)["url"])

    async def kill(self) -> None:
        """As a power cut would."""
        self.process.send_signal(signal.SIGKILL)
        await self.process.wait()

    async def end(self) -> None:
        """Tells it to end, and waits until it has."""
        if self.process.returncode is None:
            self.process.send_signal(signal.SIGTERM)
            assert await asyncio.wait_for(self.process.wait(), 30) == 0
        await self.user.http.aclose()


@pytest.fixture(scope="module")
async def shared_database(servers: Servers) -> AsyncIterator[str]:
    """A database for the processes of this module."""
    name = "faults"
    async with await psycopg.AsyncConnection.connect(servers.database_url, autocommit=True) as admin:
        await admin.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
        url = conninfo.make_conninfo(servers.database_url, dbname=name)
        await migrate(url)
        yield url
        await admin.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name)))


@pytest.fixture(scope="module")
async def survivor(shared_database: str, servers: Servers) -> AsyncIterator[Server]:
    """A process that lives through all of it."""
    server = await Server.start(shared_database, servers.redis_url, lease_seconds=1)
    yield server
    await server.end()


@pytest.fixture
async def begin(servers: Servers) -> AsyncIterator[Callable[..., Any]]:
    """``await begin(database_url)`` is another process, ended with the test if it still lives."""
    async with AsyncExitStack() as stack:

        async def start(database_url: str, *, lease_seconds: float = 1) -> Server:
            server = await Server.start(database_url, servers.redis_url, lease_seconds=lease_seconds)
            stack.push_async_callback(server.end)
            return server

        yield start


@pytest.fixture
async def gates(servers: Servers) -> AsyncIterator[Redis]:
    client = connect(servers.redis_url)
    yield client
    await client.aclose()


async def check_whole(user: User, before: Stream, after: Stream) -> None:
    """The two parts of a stream are one story, told once, and the conversation is as if nothing had happened."""
    events = before.events + after.events
    check(events)
    assert before.ids + after.ids == list(range(1, len(events) + 1))
    assert texts(events) == ["passed a", "passed b", "passed c"]
    assert kinds(events).count("RUN_STARTED") == 1
    assert [event["stepName"] for event in events if event["type"] == "STEP_STARTED"] == ["a", "b", "c"]
    assert events[-1]["result"] == {"text": "passed a\n\npassed b\n\npassed c", "order": {"passed": "c"}}
    thread = await user.get(f"/api/v1/threads/{before.thread_id}")
    answers = [message for message in thread["messages"] if message["role"] == "assistant"]
    assert [message["content"] for message in answers] == ["passed a", "passed b", "passed c"]
    streamed = [event["messageId"] for event in events if event["type"] == "TEXT_MESSAGE_START"]
    assert [message["id"] for message in answers] == streamed


async def test_a_killed_server_is_started_again_and_the_run_goes_on(
    empty_database: str, begin: Callable[..., Any], gates: Redis, fresh: Fresh
) -> None:
    gate = fresh("gate")
    doomed = await begin(empty_database)
    async with doomed.user.chat(gate, graph="gated") as before:
        await open_gate(gates, f"{gate}:a")
        await before.until("SUBAGENT_STARTED", name="b")
        await doomed.kill()
    restarted = await begin(empty_database)
    for node in "bc":
        await open_gate(gates, f"{gate}:{node}")
    async with restarted.user.follow(before.run_id, before.ids[-1]) as after:
        await after.rest()
    await check_whole(restarted.user, before, after)
    assert (await restarted.user.get(f"/api/v1/runs/{before.run_id}"))["status"] == "succeeded"


async def test_another_server_takes_over_what_a_killed_one_was_doing(
    survivor: Server, shared_database: str, begin: Callable[..., Any], gates: Redis, fresh: Fresh
) -> None:
    """A run kept at its end only, one kept at every step, and the answer to a question."""
    once, stepwise, question = fresh("gate"), fresh("gate"), fresh("gate")
    doomed, document = await asyncio.gather(begin(shared_database), survivor.user.say(question, graph="asked"))
    answer = {"interruptId": document["interrupts"][0]["id"], "status": "resolved", "payload": "red"}
    async with (
        doomed.user.chat(once, graph="gated") as first,
        doomed.user.chat(stepwise, graph="kept") as second,
        doomed.user.chat(resume=[answer]) as third,
    ):
        for stream, gate in ((first, once), (second, stepwise)):
            await open_gate(gates, f"{gate}:a")
            await stream.until("SUBAGENT_STARTED", name="b")
        await third.until("STEP_STARTED", stepName="wait")
        await doomed.kill()

    for before, gate, times_a_began in ((first, once, b"2"), (second, stepwise, b"1")):
        async with survivor.user.follow(before.run_id, before.ids[-1]) as after:
            for node in "bc":
                await open_gate(gates, f"{gate}:{node}")
            await after.rest()
        await check_whole(survivor.user, before, after)
        assert await gates.get(f"begun:{gate}:a") == times_a_began
        async with survivor.user.follow(before.run_id) as again:
            assert await again.rest() == before.events + after.events

    async with survivor.user.follow(third.run_id, third.ids[-1]) as after:
        await open_gate(gates, f"{question}:after")
        await after.rest()
    events = third.events + after.events
    check(events)
    assert texts(events) == ["the answer is red", "passed"]
    assert events[-1]["outcome"] == {"type": "success"}


@pytest.fixture(scope="module")
async def other(shared_database: str, servers: Servers) -> AsyncIterator[Server]:
    """A second process, whose leases nobody can wait for."""
    server = await Server.start(shared_database, servers.redis_url, lease_seconds=600)
    yield server
    await server.end()


async def test_a_run_is_followed_and_cancelled_on_a_server_that_does_not_work_on_it(
    survivor: Server, other: Server, gates: Redis, fresh: Fresh
) -> None:
    gate = fresh("gate")
    async with other.user.chat(gate, graph="gated") as here, survivor.user.follow(here.run_id) as there:
        await there.until("SUBAGENT_STARTED", name="a")
        await open_gate(gates, f"{gate}:a")
        await there.until("SUBAGENT_STARTED", name="b")
        await survivor.user.http.post(f"/api/v1/runs/{here.run_id}/cancel")
        assert await there.rest() == await here.rest()
    check(here.events)
    assert here.events[-1]["outcome"] == {"type": "cancelled"}


async def test_a_server_that_is_told_to_end_hands_its_runs_over(
    survivor: Server, other: Server, gates: Redis, fresh: Fresh
) -> None:
    gate = fresh("gate")
    async with other.user.chat(gate, graph="gated") as before:
        await open_gate(gates, f"{gate}:a")
        await before.until("SUBAGENT_STARTED", name="b")
        other.process.send_signal(signal.SIGTERM)
        while (await other.user.http.get("/ready")).status_code == 200:
            pass
        problem = await other.user.chat_refused(message="one more", graph="gated")
        assert (problem["status"], problem["code"]) == (503, "shutting_down")
        await before.rest()
    assert before.events.pop()["name"] == "reconnect"
    before.ids.pop()
    async with survivor.user.follow(before.run_id, before.ids[-1]) as after:
        for node in "bc":
            await open_gate(gates, f"{gate}:{node}")
        await after.rest()
    await check_whole(survivor.user, before, after)
    assert await gates.get(f"begun:{gate}:a") == b"1"
    assert await asyncio.wait_for(other.process.wait(), 10) == 0
