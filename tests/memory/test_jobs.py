"""Jobs: commit with the business rows, run, retry, fail for inspection, outlive workers and connections."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import Any

import pytest

from memory import jobs
from memory.database import Database
from memory.jobs import JobWorker

Fresh = Callable[[str], str]
SOON = 20  # seconds: how long "at all" may take on a busy machine


@pytest.fixture
def job(fresh: Fresh) -> str:
    """A job name nobody else's worker takes."""
    return fresh("job")


class Calls:
    """A handler that notes its payloads; ``fail`` makes it raise that many times first."""

    def __init__(self, fail: int = 0) -> None:
        self.seen: asyncio.Queue[dict[str, Any]] = asyncio.Queue()
        self._fail = fail

    async def __call__(self, payload: dict[str, Any]) -> None:
        self.seen.put_nowait(payload)
        if self._fail:
            self._fail -= 1
            raise RuntimeError("the partner is away")

    async def next(self) -> dict[str, Any]:
        return await asyncio.wait_for(self.seen.get(), SOON)


@asynccontextmanager
async def working(database: Database, job: str, handler: jobs.Handler, **options: Any) -> AsyncIterator[JobWorker]:
    worker = JobWorker(database, {job: handler}, **options)
    task = asyncio.create_task(worker.run())
    try:
        yield worker
    finally:
        await worker.stop()
        await asyncio.wait_for(task, SOON)


async def queued(database: Database, job: str) -> int:
    async with database.connection() as conn:
        rows = await conn.execute("SELECT 1 FROM pgqueuer WHERE entrypoint = %s", (job,))
        return len(await rows.fetchall())


async def test_a_job_commits_or_vanishes_with_its_transaction(database: Database, job: str) -> None:
    calls = Calls()
    async with working(database, job, calls):
        with pytest.raises(ZeroDivisionError):
            async with database.transaction() as conn:
                await jobs.enqueue(conn, job, {"order": "lost"})
                1 / 0  # noqa: B018
        async with database.transaction() as conn:
            await jobs.enqueue(conn, job, {"order": "kept"})
        assert await calls.next() == {"order": "kept"}
    assert calls.seen.empty()
    assert await queued(database, job) == 0


async def test_a_duplicate_is_skipped_and_the_transaction_goes_on(database: Database, job: str) -> None:
    async with database.transaction() as conn:
        assert await jobs.enqueue(conn, job, {"n": 1}, dedupe_key=job) is True
        assert await jobs.enqueue(conn, job, {"n": 2}, dedupe_key=job) is False
        assert await jobs.enqueue(conn, job, {"n": 3}) is True
    calls = Calls()
    async with working(database, job, calls):
        assert [await calls.next(), await calls.next()] == [{"n": 1}, {"n": 3}]
    async with database.connection() as conn:
        assert await jobs.enqueue(conn, job, {"n": 4}, dedupe_key=job) is True, "the key is free again"


async def test_a_job_waits_for_its_time(database: Database, job: str) -> None:
    calls = Calls()
    async with working(database, job, calls):
        async with database.transaction() as conn:
            await jobs.enqueue(conn, job, {"when": "later"}, execute_after=timedelta(seconds=0.4))
            await jobs.enqueue(conn, job, {"when": "now"})
        started = asyncio.get_running_loop().time()
        assert await calls.next() == {"when": "now"}
        assert await calls.next() == {"when": "later"}
        assert asyncio.get_running_loop().time() - started >= 0.35


async def test_a_failing_job_is_tried_again_later(database: Database, job: str) -> None:
    calls = Calls(fail=2)
    async with working(database, job, calls, retry_delay=timedelta(milliseconds=20)):
        async with database.transaction() as conn:
            await jobs.enqueue(conn, job, {"n": 1})
        for _ in range(3):
            assert await calls.next() == {"n": 1}
    assert await queued(database, job) == 0


async def test_a_job_that_never_works_is_kept_and_can_be_given_another_chance(database: Database, job: str) -> None:
    calls = Calls(fail=2)
    async with working(database, job, calls, attempts=2, retry_delay=timedelta(milliseconds=10)):
        async with database.transaction() as conn:
            await jobs.enqueue(conn, job, {"n": 1})
        await calls.next()
        await calls.next()
    async with database.connection() as conn:
        (given_up,) = [entry for entry in await jobs.failed(conn) if entry.job == job]
        assert given_up.payload == {"n": 1}
        assert given_up.error == "the partner is away"
        await jobs.requeue(conn, [given_up.id])
    async with working(database, job, calls):
        assert await calls.next() == {"n": 1}
    assert await queued(database, job) == 0


async def test_stopping_lets_running_jobs_finish(database: Database, job: str) -> None:
    began, may_end, ended = asyncio.Event(), asyncio.Event(), asyncio.Event()

    async def handler(payload: dict[str, Any]) -> None:
        began.set()
        await may_end.wait()
        ended.set()

    async with working(database, job, handler) as worker:
        async with database.transaction() as conn:
            await jobs.enqueue(conn, job, {})
        await asyncio.wait_for(began.wait(), SOON)
        await worker.stop()
        may_end.set()
    assert ended.is_set()
    assert await queued(database, job) == 0


async def test_each_job_goes_to_one_of_several_workers(database: Database, job: str) -> None:
    calls = Calls()
    async with working(database, job, calls), working(database, job, calls):
        async with database.transaction() as conn:
            for n in range(50):
                await jobs.enqueue(conn, job, {"n": n})
        assert sorted([(await calls.next())["n"] for _ in range(50)]) == list(range(50))
    assert calls.seen.empty()


async def test_a_dead_workers_job_is_taken_over(database: Database, job: str) -> None:
    async with database.transaction() as conn:
        await jobs.enqueue(conn, job, {"n": 1})
        await conn.execute(
            "UPDATE pgqueuer SET status = 'picked', queue_manager_id = gen_random_uuid(),"
            " heartbeat = now() - interval '1 minute' WHERE entrypoint = %s",
            (job,),
        )
    calls = Calls()
    async with working(database, job, calls):
        assert await calls.next() == {"n": 1}


async def test_a_worker_survives_the_loss_of_its_connections(database: Database, job: str) -> None:
    calls = Calls()
    async with working(database, job, calls):
        async with database.transaction() as conn:
            await jobs.enqueue(conn, job, {"n": 1})
        await calls.next()
        async with database.connection() as conn:
            await conn.execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE query LIKE 'LISTEN%'")
        async with database.transaction() as conn:
            await jobs.enqueue(conn, job, {"n": 2})
        assert await calls.next() == {"n": 2}
