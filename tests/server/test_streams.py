"""Event streams: replayed from anywhere, followed to the end, and honest about what is missing."""

import asyncio
from collections.abc import Callable

import pytest
from redis.asyncio import Redis

from memory.events import Append, EventLog
from schemas.settings import Settings
from server.app import create_app
from server.serve import Listening
from tests.server import graphs
from tests.server.agui_rules import check
from tests.server.client import Stream, User, kinds, texts
from tests.server.graphs import open_gate

Fresh = Callable[[str], str]


async def finished(user: User, message: str = "hello") -> Stream:
    """A run that has ended, with all it told."""
    async with user.chat(message) as stream:
        await stream.rest()
    return stream


async def test_a_finished_run_is_replayed_as_it_was(user: User) -> None:
    run = await finished(user)
    async with user.follow(run.run_id) as again:
        await again.rest()
    assert (again.ids, again.events) == (run.ids, run.events)


@pytest.mark.parametrize("after", [1, 7, 15])
async def test_a_replay_goes_on_behind_the_last_event_seen(user: User, after: int) -> None:
    run = await finished(user)
    async with user.follow(run.run_id, after) as again:
        await again.rest()
    assert (again.ids, again.events) == (run.ids[after:], run.events[after:])


async def test_whoever_has_seen_the_end_is_told_that_there_is_no_more(user: User) -> None:
    run = await finished(user)
    headers = {"Last-Event-ID": str(run.ids[-1])}
    response = await user.http.get(f"/api/v1/runs/{run.run_id}/events", headers=headers)
    assert response.status_code == 204


async def test_a_live_run_is_replayed_and_then_followed(user: User, gates: Redis, fresh: Fresh) -> None:
    gate = fresh("gate")
    async with user.chat(gate, graph="gated") as first:
        await first.until("SUBAGENT_STARTED", name="a")
        async with user.follow(first.run_id) as second, user.follow(first.run_id, 2) as third:
            for node in "abc":
                await open_gate(gates, f"{gate}:{node}")
            events = await first.rest()
            assert await second.rest() == events
            assert await third.rest() == events[2:]
    check(events)


@pytest.mark.parametrize("last", ["abc", "-1", "1.5", "1e3", "", "1" * 40, "٣"])
async def test_a_malformed_last_event_id_is_named(user: User, last: str) -> None:
    run = await finished(user)
    headers = {"Last-Event-ID": last.encode()}
    problem = await user.refused("GET", f"/api/v1/runs/{run.run_id}/events", headers=headers)
    assert (problem["status"], problem["code"]) == (400, "malformed_header")
    assert problem["errors"][0]["field"] == "Last-Event-ID"


async def test_an_event_that_was_never_told_cannot_have_been_seen(user: User) -> None:
    run = await finished(user)
    headers = {"Last-Event-ID": "17"}
    problem = await user.refused("GET", f"/api/v1/runs/{run.run_id}/events", headers=headers)
    assert problem["errors"][0]["field"] == "Last-Event-ID"


async def test_somebody_elses_run_is_not_there(user: User, stranger: User) -> None:
    run = await finished(user)
    for method, path in (("GET", ""), ("GET", "/events"), ("POST", "/cancel")):
        problem = await stranger.refused(method, f"/api/v1/runs/{run.run_id}{path}")
        assert (problem["status"], problem["code"]) == (404, "not_found")


@pytest.mark.parametrize("run_id", ["nonexistent", "a%00b", "x" * 200, "%F0%9F%A4%B7"])
async def test_a_run_that_never_was_is_not_there(user: User, run_id: str) -> None:
    for path in ("", "/events"):
        assert (await user.refused("GET", f"/api/v1/runs/{run_id}{path}"))["status"] == 404


# what is missing


async def test_trimmed_history_is_bridged_by_what_postgres_knows(user: User, redis: Redis) -> None:
    run = await finished(user)
    log = EventLog(redis)
    told = await log.read(run.run_id)
    await redis.delete(f"uso:run:{run.run_id}")
    await log.append([Append(run.run_id, 1, told[10:])])  # it begins in the middle of a message
    async with user.follow(run.run_id) as again:
        events = await again.rest()
    check(events)
    assert kinds(events)[:4] == ["RUN_STARTED", "CUSTOM", "MESSAGES_SNAPSHOT", "STATE_SNAPSHOT"]
    assert events[1]["name"] == "history_partial"
    roles = [(message["role"], message["content"]) for message in events[2]["messages"]]
    assert roles == [
        ("user", "hello"),
        ("assistant", "you said hello"),
        ("activity", {"type": "AdaptiveCard", "body": []}),
    ]
    assert events[3]["snapshot"] == {"plan": {"items": 1}}
    assert kinds(events)[4:] == ["ACTIVITY_SNAPSHOT", "CUSTOM", "RUN_FINISHED"]
    assert events[-1] == run.events[-1]
    assert again.ids[-1] == run.ids[-1]


async def test_lost_history_is_told_from_postgres(user: User, redis: Redis) -> None:
    run = await finished(user)
    await redis.delete(f"uso:run:{run.run_id}")
    async with user.follow(run.run_id, 5) as again:
        events = await again.rest()
    assert kinds(events) == ["CUSTOM", "MESSAGES_SNAPSHOT", "STATE_SNAPSHOT", "RUN_FINISHED"]
    assert events[0]["value"] == {"after": 5, "before": 16}
    assert again.ids == [15, 15, 15, 16]
    assert events[-1] == run.events[-1]


async def test_lost_history_of_a_question_still_says_what_was_asked(user: User, redis: Redis) -> None:
    async with user.chat("hello", graph="ask") as run:
        events = await run.rest()
    await redis.delete(f"uso:run:{run.run_id}")
    async with user.follow(run.run_id) as again:
        told = await again.rest()
    check(told)
    assert told[-1] == events[-1]


async def test_without_the_log_runs_work_and_are_told_all_the_same(settings: Settings, fresh: Fresh) -> None:
    nowhere = settings.with_(redis_url="redis://127.0.0.1:1/0")
    app = create_app(nowhere, graphs={"echo": graphs.echo})
    async with Listening(nowhere, app=app) as server:
        user = User(server.url, fresh("user"))
        assert (await user.get("/health"))["status"] == "degraded"
        assert (await user.http.get("/ready")).status_code == 200
        run = await finished(user)
        check(run.events)
        async with user.follow(run.run_id) as again:
            events = await again.rest()
        check(events)
        assert events[-1] == run.events[-1]
        assert events[1]["name"] == "history_partial"
        await user.http.aclose()


# the connection


async def test_a_quiet_stream_says_that_it_is_still_there(settings: Settings, gates: Redis, fresh: Fresh) -> None:
    lively = settings.with_(heartbeat_seconds=0.05)
    app = create_app(lively, graphs={"gated": lambda: graphs.gated(gates)})
    async with Listening(lively, app=app) as server:
        user, gate = User(server.url, fresh("user")), fresh("gate")
        async with user.chat(gate) as stream:
            async for line in stream.response.aiter_lines():
                if line.startswith(":"):
                    break
        for node in "abc":
            await open_gate(gates, f"{gate}:{node}")
        await user.http.aclose()


async def test_a_connection_ends_after_a_while_and_says_where_to_go_on(
    settings: Settings, gates: Redis, fresh: Fresh
) -> None:
    brief = settings.with_(connection_seconds=0.3)
    app = create_app(brief, graphs={"gated": lambda: graphs.gated(gates)})
    async with Listening(brief, app=app) as server:
        user, gate = User(server.url, fresh("user")), fresh("gate")
        async with user.chat(gate) as stream:
            events = await stream.rest()
        assert events[-1]["type"] == "CUSTOM"
        assert events[-1]["name"] == "reconnect"
        assert stream.retry == 500
        seen = stream.ids[-1]
        assert seen == len(events) - 1
        for node in "abc":
            await open_gate(gates, f"{gate}:{node}")
        async with user.follow(stream.run_id, seen) as again:
            rest = await again.rest()
        check(events[:-1] + rest)
        await user.http.aclose()


# the end


async def test_a_run_is_cancelled_by_its_owner(user: User, fresh: Fresh) -> None:
    async with user.chat(fresh("gate"), graph="gated") as stream:
        await stream.until("SUBAGENT_STARTED")
        response = await user.http.post(f"/api/v1/runs/{stream.run_id}/cancel")
        assert response.status_code == 202
        events = await stream.rest()
    check(events)
    assert events[-1]["outcome"] == {"type": "cancelled"}
    assert (await user.get(f"/api/v1/runs/{stream.run_id}"))["status"] == "cancelled"


async def test_a_waiting_run_that_is_cancelled_has_a_beginning_and_an_end(
    user: User, gates: Redis, fresh: Fresh
) -> None:
    gate = fresh("gate")
    async with user.chat(gate, graph="gated") as first:
        await first.until("SUBAGENT_STARTED")
        async with user.chat("waiting", thread_id=first.thread_id, on_busy="enqueue") as second:
            await user.http.post(f"/api/v1/runs/{second.run_id}/cancel")
            events = await second.rest()
        check(events)
        assert kinds(events) == ["RUN_STARTED", "RUN_FINISHED"]
        assert second.ids == [1, 2]
        for node in "abc":
            await open_gate(gates, f"{gate}:{node}")
        assert texts(await first.rest()) == ["passed a", "passed b", "passed c"]


async def test_a_run_that_takes_too_long_is_ended(settings: Settings, gates: Redis, fresh: Fresh) -> None:
    strict = settings.with_(run_seconds=0.2)
    app = create_app(strict, graphs={"gated": lambda: graphs.gated(gates)})
    async with Listening(strict, app=app) as server:
        user = User(server.url, fresh("user"))
        async with user.chat(fresh("gate")) as stream:
            events = await stream.rest()
        check(events)
        assert (events[-1]["type"], events[-1]["code"]) == ("RUN_ERROR", "run_timeout")
        await user.http.aclose()


async def test_many_conversations_at_once_do_not_mix(user: User) -> None:
    async def one(number: int) -> None:
        async with user.chat(f"number {number}") as stream:
            events = await stream.rest()
        check(events)
        assert texts(events) == [f"you said number {number}"]

    await asyncio.gather(*(one(number) for number in range(30)))
