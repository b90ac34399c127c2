"""Runs whose owner is gone, or thinks it still is one."""

import asyncio
from collections.abc import AsyncIterator, Callable
from datetime import UTC, datetime, timedelta

import pytest
from redis.asyncio import Redis

from memory import leases, runs
from memory.database import Database
from memory.events import Append, Event, EventLog
from memory.runs import Claim
from schemas.principal import Principal
from schemas.run import Run
from tests.server.agui_rules import check
from tests.server.client import User, kinds, texts
from tests.server.graphs import open_gate

Fresh = Callable[[str], str]


@pytest.fixture
async def somebody(user: User) -> AsyncIterator[Principal]:
    """The user, as repositories know them."""
    yield Principal(user_id=user.http.headers["X-User-ID"])


async def left_behind(
    database: Database, principal: Principal, fresh: Fresh, *, attempts: int = 1, graph: str = "echo"
) -> Claim:
    """A run whose owner died long ago."""
    async with database.transaction() as conn:
        started = await runs.start(
            conn, principal, run_id=fresh("run"), thread_id=fresh("thread"), graph=graph, default_graph=graph,
            input={"message": "hello"}, on_busy="reject", owner="dead", lease=timedelta(seconds=-1),
            now=datetime.now(UTC),
        )  # fmt: skip
        await conn.execute("UPDATE runs SET attempts = %s WHERE id = %s", (attempts, started.run_id))
    assert started.claim is not None
    return started.claim


async def ended(database: Database, principal: Principal, run_id: str) -> Run:
    async with asyncio.timeout(10):
        while True:
            async with database.connection() as conn:
                run = await runs.get(conn, principal, run_id)
            if run.finished_at:
                return run
            await asyncio.sleep(0.05)


async def test_a_run_that_was_left_behind_is_done(
    user: User, database: Database, somebody: Principal, fresh: Fresh
) -> None:
    claim = await left_behind(database, somebody, fresh)
    run = await ended(database, somebody, claim.id)
    assert (run.status, run.fence, run.attempts) == ("succeeded", 2, 2)
    assert run.result == {"text": "you said hello", "plan": {"items": 1}}


async def test_a_client_that_has_seen_what_the_log_has_lost_is_told_so(
    user: User, database: Database, somebody: Principal, fresh: Fresh
) -> None:
    claim = await left_behind(database, somebody, fresh)  # its owner told three events, to a log that is empty now
    await ended(database, somebody, claim.id)
    async with user.follow(claim.id, 3) as stream:
        events = await stream.rest()
    assert kinds(events)[:3] == ["CUSTOM", "MESSAGES_SNAPSHOT", "STATE_SNAPSHOT"]
    assert events[0]["name"] == "history_partial"
    assert stream.ids == sorted(stream.ids)
    assert min(stream.ids) > 3
    async with user.follow(claim.id) as stream:
        check(await stream.rest())


async def test_a_run_that_kills_its_servers_is_given_up(
    user: User, database: Database, somebody: Principal, fresh: Fresh
) -> None:
    claim = await left_behind(database, somebody, fresh, attempts=3)
    run = await ended(database, somebody, claim.id)
    assert run.status == "failed"
    assert run.error is not None
    assert run.error["code"] == "run_abandoned"


async def test_a_run_that_was_to_be_cancelled_when_its_owner_died_is_cancelled(
    user: User, database: Database, somebody: Principal, fresh: Fresh
) -> None:
    async with database.transaction() as conn:
        started = await runs.start(
            conn, somebody, run_id=fresh("run"), thread_id=fresh("thread"), graph="echo", default_graph="echo",
            input={"message": "hello"}, on_busy="reject", owner="dead", lease=timedelta(seconds=-1),
            now=datetime.now(UTC),
        )  # fmt: skip
        await runs.cancel(conn, somebody, started.run_id, now=datetime.now(UTC))
    assert (await ended(database, somebody, started.run_id)).status == "cancelled"


async def test_an_event_reaches_the_graph_within_a_moment(
    user: User, database: Database, somebody: Principal, fresh: Fresh
) -> None:
    document = await user.say("hello")
    async with database.transaction() as conn:
        run_id = await runs.enqueue_event(
            conn, somebody, run_id=fresh("run"), thread_id=document["thread_id"], graph="echo",
            event={"kind": "line_failed"}, dedupe_key=fresh("key"), now=datetime.now(UTC),
        )  # fmt: skip
    async with user.follow(run_id) as stream:
        events = await stream.rest()
    check(events)
    assert texts(events) == ["event {'kind': 'line_failed'}"]


async def test_an_owner_that_is_one_no_more_changes_nothing_and_tells_nothing(
    user: User, database: Database, gates: Redis, somebody: Principal, fresh: Fresh
) -> None:
    gate = fresh("gate")
    async with user.chat(gate, graph="gated") as stream:
        await stream.until("SUBAGENT_STARTED", name="a")
        async with database.connection() as conn:
            await conn.execute(
                "UPDATE runs SET fence = 2, owner = 'another', lease_until = now() + interval '1 hour' WHERE id = %s",
                (stream.run_id,),
            )
        log = EventLog(gates)
        history = await log.take_over(stream.run_id, 2)
        for node in "abc":
            await open_gate(gates, f"{gate}:{node}")
        told = Event(history[-1].number + 1, b'{"type":"CUSTOM","name":"mine","value":1}')
        await log.append([Append(stream.run_id, 2, [told])])
        async with database.connection() as conn:
            claim = Claim(stream.run_id, stream.thread_id, "default", somebody.user_id, "gated", {}, fence=2)
            await leases.finish(
                conn,
                claim,
                status="succeeded",
                last_event=told.number + 1,
                now=datetime.now(UTC),
                result={"text": "mine"},
            )
        events = await stream.rest()
    assert texts(events) == []
    assert kinds(events)[-2:] == ["CUSTOM", "RUN_FINISHED"]
    assert events[-1]["result"] == {"text": "mine"}
    assert (await user.get(f"/api/v1/threads/{stream.thread_id}"))["messages"] == []
