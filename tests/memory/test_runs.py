"""Runs and leases: one running run a thread, in order, owned by one process at a time."""

import asyncio
from collections.abc import AsyncIterator, Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from memory import interrupts, leases, runs, threads
from memory.database import Database
from memory.runs import Claim, StartResult
from schemas.errors import ConflictError, InterruptGoneError, InvalidRequestError, NotFoundError, ThreadBusyError
from schemas.principal import Principal
from schemas.run import Interrupt, ResumeEntry

NOW = datetime(2027, 3, 1, 12, 0, tzinfo=UTC)
LEASE = timedelta(seconds=15)


@pytest.fixture
async def alone(empty_database: str) -> AsyncIterator[Database]:
    """A database with no runs of other tests, for what looks at all of them."""
    opened = await Database.open(empty_database, pool_size=4)
    yield opened
    await opened.close()


async def start(database: Database, principal: Principal, thread_id: str, run_id: str, **given: Any) -> StartResult:
    values: dict[str, Any] = {
        "graph": None, "default_graph": "concierge", "input": {"message": "hello"}, "on_busy": "reject",
        "owner": "one", "lease": LEASE, "now": NOW, "title": "hello",
    }  # fmt: skip
    async with database.connection() as conn:
        return await runs.start(conn, principal, thread_id=thread_id, run_id=run_id, **(values | given))


async def claim(
    database: Database, owner: str = "two", *, at: datetime = NOW, graphs: tuple[str, ...] = ("concierge",)
) -> Claim | None:
    async with database.connection() as conn:
        return await leases.claim_next(conn, owner, graphs, LEASE, at)


async def finish(database: Database, held: Claim | None, status: Any = "succeeded", **given: Any) -> bool | None:
    assert held is not None
    async with database.connection() as conn:
        return await leases.finish(conn, held, status=status, last_event=3, now=NOW, **given)


async def get(database: Database, principal: Principal, run_id: str) -> Any:
    async with database.connection() as conn:
        return await runs.get(conn, principal, run_id)


Fresh = Callable[[str], str]


async def test_a_message_starts_a_run_on_a_new_thread(database: Database, principal: Principal, fresh: Fresh) -> None:
    thread_id, run_id = fresh("thread"), fresh("run")
    started = await start(database, principal, thread_id, run_id)
    assert started.status == "running"
    assert started.claim is not None
    assert (started.claim.fence, started.claim.attempts, started.graph) == (1, 1, "concierge")
    async with database.connection() as conn:
        assert (await threads.get(conn, principal, thread_id)).title == "hello"
        assert [thread.id for thread in await threads.list_of(conn, principal)] == [thread_id]


async def test_somebody_elses_thread_and_run_do_not_exist(
    database: Database, principal: Principal, fresh: Fresh
) -> None:
    thread_id, run_id = fresh("thread"), fresh("run")
    await start(database, principal, thread_id, run_id)
    stranger = Principal(user_id=fresh("user"), tenant_id=principal.tenant_id)
    elsewhere = Principal(user_id=principal.user_id, tenant_id=fresh("tenant"))
    for other in (stranger, elsewhere):
        with pytest.raises(NotFoundError):
            await start(database, other, thread_id, fresh("run"))
        with pytest.raises(NotFoundError):
            await get(database, other, run_id)
        async with database.connection() as conn:
            with pytest.raises(NotFoundError):
                await threads.get(conn, other, thread_id)
            with pytest.raises(NotFoundError):
                await runs.cancel(conn, other, run_id, now=NOW)
    assert (await get(database, principal, run_id)).status == "running"


async def test_a_busy_thread_refuses_and_names_its_run(database: Database, principal: Principal, fresh: Fresh) -> None:
    thread_id, run_id = fresh("thread"), fresh("run")
    await start(database, principal, thread_id, run_id)
    with pytest.raises(ThreadBusyError) as busy:
        await start(database, principal, thread_id, fresh("run"))
    assert busy.value.extra == {"run_id": run_id, "thread_id": thread_id}


async def test_of_many_messages_at_once_on_a_new_thread_one_gets_in(
    database: Database, principal: Principal, fresh: Fresh
) -> None:
    thread_id = fresh("thread")
    outcomes = await asyncio.gather(
        *(start(database, principal, thread_id, fresh("run")) for _ in range(8)), return_exceptions=True
    )
    assert sum(isinstance(outcome, StartResult) for outcome in outcomes) == 1
    assert sum(isinstance(outcome, ThreadBusyError) for outcome in outcomes) == 7


async def test_a_thread_keeps_its_graph(database: Database, principal: Principal, fresh: Fresh) -> None:
    thread_id = fresh("thread")
    first = await start(database, principal, thread_id, fresh("run"), graph="other")
    await finish(database, first.claim)
    assert (await start(database, principal, thread_id, fresh("run"))).graph == "other"
    with pytest.raises(ConflictError):
        await start(database, principal, thread_id, fresh("run"), graph="concierge")


async def test_a_run_id_is_taken_once(database: Database, principal: Principal, fresh: Fresh) -> None:
    run_id = fresh("run")
    await start(database, principal, fresh("thread"), run_id)
    with pytest.raises(ConflictError):
        await start(database, principal, fresh("thread"), run_id)


async def test_the_same_key_is_the_same_run(database: Database, principal: Principal, fresh: Fresh) -> None:
    thread_id, run_id, key = fresh("thread"), fresh("run"), fresh("key")
    await start(database, principal, thread_id, run_id, dedupe_key=key)
    again = await start(database, principal, thread_id, fresh("run"), dedupe_key=key)
    assert (again.run_id, again.claim) == (run_id, None)


async def test_queued_runs_work_in_order_one_at_a_time(alone: Database, principal: Principal, fresh: Fresh) -> None:
    thread_id = fresh("thread")
    first = await start(alone, principal, thread_id, "r1")
    for run_id in ("r2", "r3"):
        queued = await start(alone, principal, thread_id, run_id, on_busy="enqueue")
        assert (queued.status, queued.claim) == ("queued", None)
    assert await claim(alone) is None
    assert await finish(alone, first.claim) is True
    second = await claim(alone)
    assert second is not None
    assert (second.id, second.fence, second.attempts, second.input) == ("r2", 1, 1, {"message": "hello"})
    assert await claim(alone) is None
    assert await finish(alone, second) is True
    third = await claim(alone)
    assert third is not None
    assert third.id == "r3"
    assert await finish(alone, third) is False


async def test_to_cancel_the_live_run_is_to_tell_its_owner_and_wait(
    alone: Database, principal: Principal, fresh: Fresh
) -> None:
    thread_id = fresh("thread")
    first = await start(alone, principal, thread_id, "r1")
    await start(alone, principal, thread_id, "r2", on_busy="enqueue")
    third = await start(alone, principal, thread_id, "r3", on_busy="cancel")
    assert third.status == "queued"
    assert (await get(alone, principal, "r2")).status == "cancelled"
    assert first.claim is not None
    async with alone.connection() as conn:
        assert await leases.renew(conn, [first.claim], LEASE, NOW) == {"r1": "cancelling"}
    await finish(alone, first.claim, "cancelled")
    taken = await claim(alone)
    assert taken is not None
    assert taken.id == "r3"


async def test_a_lapsed_run_is_taken_over_and_its_old_owner_changes_nothing(
    alone: Database, principal: Principal, fresh: Fresh
) -> None:
    started = await start(alone, principal, fresh("thread"), "r1")
    stale = started.claim
    assert stale is not None
    assert await claim(alone, at=NOW + LEASE - timedelta(seconds=1)) is None
    taken = await claim(alone, at=NOW + LEASE)
    assert taken is not None
    assert (taken.id, taken.fence, taken.attempts) == ("r1", 2, 2)
    async with alone.connection() as conn:
        assert await leases.renew(conn, [stale], LEASE, NOW) == {}
    assert await finish(alone, stale, result={"text": "stale"}) is None
    assert (await get(alone, principal, "r1")).status == "running"
    assert await finish(alone, taken, result={"text": "done"}) is False
    assert (await get(alone, principal, "r1")).result == {"text": "done"}


async def test_a_renewed_lease_does_not_lapse(alone: Database, principal: Principal, fresh: Fresh) -> None:
    started = await start(alone, principal, fresh("thread"), "r1")
    assert started.claim is not None
    later = NOW + timedelta(seconds=10)
    async with alone.connection() as conn:
        assert await leases.renew(conn, [started.claim], LEASE, later) == {"r1": "held"}
    assert await claim(alone, at=NOW + LEASE) is None
    assert await claim(alone, at=later + LEASE) is not None


async def test_of_many_that_claim_one_gets_it(alone: Database, principal: Principal, fresh: Fresh) -> None:
    await start(alone, principal, fresh("thread"), "r1")
    claims = await asyncio.gather(*(claim(alone, f"owner {n}", at=NOW + LEASE) for n in range(8)))
    assert [taken.id for taken in claims if taken] == ["r1"]


async def test_a_run_is_left_to_those_who_serve_its_graph(alone: Database, principal: Principal, fresh: Fresh) -> None:
    await start(alone, principal, fresh("thread"), "r1", graph="other")
    assert await claim(alone, at=NOW + LEASE) is None
    assert await claim(alone, at=NOW + LEASE, graphs=("concierge", "other")) is not None


async def test_a_handover_is_no_attempt(alone: Database, principal: Principal, fresh: Fresh) -> None:
    started = await start(alone, principal, fresh("thread"), "r1")
    assert started.claim is not None
    async with alone.connection() as conn:
        await leases.release(conn, [started.claim], NOW)
    taken = await claim(alone)
    assert taken is not None
    assert (taken.fence, taken.attempts) == (2, 1)


async def test_an_event_waits_for_the_thread_and_is_told_once(
    alone: Database, principal: Principal, fresh: Fresh
) -> None:
    thread_id = fresh("thread")
    started = await start(alone, principal, thread_id, "r1")

    async def tell(run_id: str) -> str:
        async with alone.transaction() as conn:
            return await runs.enqueue_event(
                conn, principal, run_id=run_id, thread_id=thread_id, graph="concierge",
                event={"kind": "line_failed"}, dedupe_key="line 7 failed", now=NOW,
            )  # fmt: skip

    assert await tell("e1") == "e1"
    assert await tell("e2") == "e1"
    assert await claim(alone) is None
    await finish(alone, started.claim)
    taken = await claim(alone)
    assert taken is not None
    assert (taken.id, taken.input) == ("e1", {"event": {"kind": "line_failed"}})


async def test_an_event_that_is_rolled_back_was_never_told(alone: Database, principal: Principal, fresh: Fresh) -> None:
    thread_id = fresh("thread")
    await finish(alone, (await start(alone, principal, thread_id, "r1")).claim)
    with pytest.raises(RuntimeError):
        async with alone.transaction() as conn:
            await runs.enqueue_event(
                conn, principal, run_id="e1", thread_id=thread_id, graph="concierge", event={}, dedupe_key="k", now=NOW
            )
            raise RuntimeError("the business step failed")
    assert await claim(alone) is None


async def test_an_event_for_a_thread_that_is_not_ones_own_is_refused(
    database: Database, principal: Principal, fresh: Fresh
) -> None:
    with pytest.raises(NotFoundError):
        async with database.transaction() as conn:
            await runs.enqueue_event(
                conn, principal, run_id=fresh("run"), thread_id=fresh("thread"), graph="concierge",
                event={}, dedupe_key=fresh("key"), now=NOW,
            )  # fmt: skip


async def test_workers_are_woken_when_something_waits(alone: Database, principal: Principal, fresh: Fresh) -> None:
    heard = leases.wakes(alone)
    assert await anext(heard) == ""
    thread_id = fresh("thread")
    await finish(alone, (await start(alone, principal, thread_id, "r1")).claim)
    async with alone.transaction() as conn:
        await runs.enqueue_event(
            conn, principal, run_id="e1", thread_id=thread_id, graph="concierge", event={}, dedupe_key="k", now=NOW
        )
    assert await anext(heard) == "queued"
    async with alone.connection() as conn:
        await runs.cancel(conn, principal, "e1", now=NOW)
    assert await anext(heard) == "cancel e1"


# interrupts


def asked(run_id: str, thread_id: str, interrupt_id: str, graph_id: str = "g1", **given: Any) -> Interrupt:
    return Interrupt(
        id=interrupt_id, thread_id=thread_id, run_id=run_id, reason="question", graph_interrupt_id=graph_id, **given
    )


async def interrupted(
    database: Database, principal: Principal, fresh: Fresh, *questions: tuple[str, str], **given: Any
) -> tuple[str, str]:
    """A thread whose run ended in questions (our id, LangGraph's id); the thread's and the run's id."""
    thread_id, run_id = fresh("thread"), fresh("run")
    started = await start(database, principal, thread_id, run_id)
    waits = [asked(run_id, thread_id, *question, **given) for question in questions]
    await finish(database, started.claim, "interrupted", interrupts=waits)
    return thread_id, run_id


async def answer(database: Database, principal: Principal, run_id: str, *ids: str, **given: Any) -> Any:
    entries = [ResumeEntry(interruptId=one, payload={"yes": one}) for one in ids]
    async with database.transaction() as conn:
        answers = await interrupts.answer(conn, principal, entries, run_id=run_id, now=given.pop("now", NOW), **given)
        await runs.start(
            conn, principal, thread_id=answers.thread_id, run_id=run_id, graph=None, default_graph="concierge",
            input={"resume": answers.resume}, on_busy="reject", owner="one", lease=LEASE, now=NOW,
        )  # fmt: skip
    return answers


async def test_an_interrupt_is_answered_by_its_id_once(database: Database, principal: Principal, fresh: Fresh) -> None:
    question = fresh("question")
    thread_id, _ = await interrupted(database, principal, fresh, (question, "g1"))
    answers = await answer(database, principal, fresh("run"), question)
    assert (answers.thread_id, answers.resume) == (thread_id, {"g1": {"yes": question}})
    with pytest.raises(InterruptGoneError, match="has been answered"):
        await answer(database, principal, fresh("run"), question)


async def test_of_several_questions_those_not_answered_stay_open(
    database: Database, principal: Principal, fresh: Fresh
) -> None:
    one, other = fresh("question"), fresh("question")
    thread_id, _ = await interrupted(database, principal, fresh, (one, "g1"), (other, "g2"))
    answers = await answer(database, principal, fresh("run"), one)
    assert answers.open == {"g2": other}
    async with database.connection() as conn:
        assert [left.id for left in await interrupts.pending(conn, principal, thread_id, now=NOW)] == [other]


async def test_a_cancelled_question_is_answered_so(database: Database, principal: Principal, fresh: Fresh) -> None:
    question = fresh("question")
    await interrupted(database, principal, fresh, (question, "g1"))
    entry = ResumeEntry(interruptId=question, status="cancelled", payload={"ignored": True})
    async with database.transaction() as conn:
        answers = await interrupts.answer(conn, principal, [entry], run_id=fresh("run"), now=NOW)
        assert answers.resume == {"g1": {"action": "cancelled"}}
        await conn.execute("UPDATE interrupts SET answered_by_run = NULL WHERE id = %s", (question,))


async def test_unknown_and_foreign_questions_do_not_exist(
    database: Database, principal: Principal, fresh: Fresh
) -> None:
    question = fresh("question")
    await interrupted(database, principal, fresh, (question, "g1"))
    with pytest.raises(NotFoundError):
        await answer(database, principal, fresh("run"), fresh("question"))
    with pytest.raises(NotFoundError):
        await answer(database, Principal(user_id=fresh("user")), fresh("run"), question)


async def test_an_expired_question_is_gone(database: Database, principal: Principal, fresh: Fresh) -> None:
    question = fresh("question")
    thread_id, _ = await interrupted(database, principal, fresh, (question, "g1"), expires_at=NOW)
    async with database.connection() as conn:
        assert await interrupts.pending(conn, principal, thread_id, now=NOW) == []
    with pytest.raises(InterruptGoneError, match="expired"):
        await answer(database, principal, fresh("run"), question)


async def test_a_new_message_supersedes_what_was_asked(database: Database, principal: Principal, fresh: Fresh) -> None:
    question = fresh("question")
    thread_id, _ = await interrupted(database, principal, fresh, (question, "g1"))
    await start(database, principal, thread_id, fresh("run"))
    with pytest.raises(InterruptGoneError, match="replaced"):
        await answer(database, principal, fresh("run"), question)


async def test_a_question_that_is_asked_again_under_its_id_is_open_again(
    database: Database, principal: Principal, fresh: Fresh
) -> None:
    question = fresh("question")
    thread_id, _ = await interrupted(database, principal, fresh, (question, "g1"))
    run_id = fresh("run")
    started = await start(database, principal, thread_id, run_id)
    again = asked(run_id, thread_id, question, "g2")
    await finish(database, started.claim, "interrupted", interrupts=[again])
    assert (await answer(database, principal, fresh("run"), question)).resume == {"g2": {"yes": question}}


async def test_the_same_name_in_two_threads_needs_the_thread(
    database: Database, principal: Principal, fresh: Fresh
) -> None:
    question = fresh("question")
    one, _ = await interrupted(database, principal, fresh, (question, "g1"))
    await interrupted(database, principal, fresh, (question, "g1"))
    with pytest.raises(InvalidRequestError):
        await answer(database, principal, fresh("run"), question)
    assert (await answer(database, principal, fresh("run"), question, thread_id=one)).thread_id == one


async def test_an_answer_that_cannot_start_its_run_leaves_the_question_open(
    database: Database, principal: Principal, fresh: Fresh
) -> None:
    question = fresh("question")
    thread_id, run_id = await interrupted(database, principal, fresh, (question, "g1"))
    with pytest.raises(ConflictError):
        await answer(database, principal, run_id, question)  # a run id that is taken
    async with database.connection() as conn:
        assert len(await interrupts.pending(conn, principal, thread_id, now=NOW)) == 1


async def test_what_cannot_be_stored_in_a_result_is_left_out(
    database: Database, principal: Principal, fresh: Fresh
) -> None:
    started = await start(database, principal, fresh("thread"), fresh("run"))
    await finish(database, started.claim, result={"text": "a\0b\ud800c", "items": ["\0"]})
    assert started.claim is not None
    assert (await get(database, principal, started.claim.id)).result == {"text": "ab?c", "items": [""]}


async def test_threads_come_in_pages_last_used_first(database: Database, principal: Principal, fresh: Fresh) -> None:
    ids = [fresh("thread") for _ in range(5)]
    for minute, thread_id in enumerate(ids):
        await start(database, principal, thread_id, fresh("run"), now=NOW + timedelta(minutes=minute))
    async with database.connection() as conn:
        first = await threads.list_of(conn, principal, limit=3)
        rest = await threads.list_of(conn, principal, limit=3, before=first[-1].id)
    assert [thread.id for thread in [*first, *rest]] == ids[::-1]
