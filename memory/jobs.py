"""Durable work for later or elsewhere: timers, retries, deliveries. PgQueuer keeps the jobs in our Postgres.

``enqueue`` inside a business transaction commits the job together with the rows it is about. A job runs **at
least once**: a worker that dies is noticed by its missing heartbeat and the job runs again elsewhere, so handlers
must be idempotent.
"""

import asyncio
import json
from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, cast

import structlog
from pgqueuer.db import PsycopgDriver
from pgqueuer.errors import FailingListenerError
from pgqueuer.executors import DatabaseRetryEntrypointExecutor
from pgqueuer.models import Job
from pgqueuer.qm import QueueManager
from pgqueuer.queries import Queries
from psycopg import AsyncConnection, OperationalError

from memory.database import Connection, Database
from memory.queue_driver import QueueDriver
from schemas.base import Value
from schemas.errors import UnavailableError

Handler = Callable[[dict[str, Any]], Awaitable[None]]

_HEARTBEAT = timedelta(seconds=20)  # a picked job without one for so long is another worker's to take
_LONGEST_NAP = timedelta(seconds=5)  # between looks at the queue, should a notification be missed
_KEEP_LOG = timedelta(days=7)
_TRIM_SECONDS = 3600.0
_RETRY_SECONDS = 0.5  # between attempts to reach a database that is gone

log = structlog.get_logger(__name__)


class FailedJob(Value):
    """A job that used up its attempts; it stays until it is requeued or deleted."""

    id: int
    job: str
    payload: dict[str, Any]
    error: str
    failed_at: datetime


async def enqueue(
    conn: Connection,
    job: str,
    payload: Mapping[str, Any],
    *,
    execute_after: timedelta | None = None,
    dedupe_key: str | None = None,
) -> bool:
    """Queues ``job`` with ``payload`` (JSON), to run ``execute_after`` from now; says whether it was queued.

    While a job with the same ``dedupe_key`` waits **or runs**, this does nothing and returns ``False``. A job that
    must see this very event therefore needs the event's id in its key.
    """
    ids = await _queries(conn).enqueue(
        job,
        json.dumps(payload).encode(),
        execute_after=execute_after,
        dedupe_key=dedupe_key,
        on_conflict="skip",
    )
    return ids[0] is not None


async def failed(conn: Connection, *, limit: int = 100) -> list[FailedJob]:
    """The jobs that gave up, newest first."""
    rows = await conn.execute(
        """
        SELECT q.id, q.entrypoint AS job, q.payload, q.updated AS failed_at, l.traceback
        FROM pgqueuer q
        LEFT JOIN LATERAL (
            SELECT traceback FROM pgqueuer_log WHERE job_id = q.id AND status = 'failed' ORDER BY id DESC LIMIT 1
        ) l ON true
        WHERE q.status = 'failed' ORDER BY q.updated DESC LIMIT %s
        """,
        (limit,),
    )
    return [
        FailedJob(
            id=row["id"],
            job=row["job"],
            payload=json.loads(row["payload"]),
            error=(row["traceback"] or {}).get("exception_message", ""),
            failed_at=row["failed_at"],
        )
        async for row in rows
    ]


async def requeue(conn: Connection, ids: Sequence[int]) -> None:
    """Gives failed jobs a fresh set of attempts, from now."""
    await _queries(conn).requeue_jobs(list(ids))  # type: ignore[arg-type]  # JobId is a NewType of int


class JobWorker:
    """Runs jobs with ``handlers`` (by job name) until stopped. Any number of workers may share a database.

    A handler that raises is tried again after 1, 2, 4 … seconds (``retry_delay`` doubling, five minutes at most);
    after ``attempts`` tries the job is kept as failed.
    """

    def __init__(
        self,
        database: Database,
        handlers: Mapping[str, Handler],
        *,
        concurrency: int = 32,
        attempts: int = 5,
        retry_delay: timedelta = timedelta(seconds=1),
    ) -> None:
        self._database = database
        self._handlers = handlers
        self._concurrency = concurrency
        self._attempts = attempts
        self._retry_delay = retry_delay
        self._stopping = asyncio.Event()
        self._manager: QueueManager | None = None

    async def run(self) -> None:
        """Works until ``stop``; survives a restart of the database."""
        trimming = asyncio.create_task(self._trim_log())
        try:
            while not self._stopping.is_set():
                try:
                    await self._work()
                except (OperationalError, FailingListenerError, UnavailableError) as error:
                    log.warning("job worker lost the database", error=str(error))
                    await _wait(self._stopping, _RETRY_SECONDS)
        finally:
            trimming.cancel()
            await asyncio.wait([trimming])

    async def stop(self) -> None:
        """Takes no more jobs; ``run`` returns when those at work are done."""
        self._stopping.set()
        if self._manager is not None:
            self._manager.shutdown.set()

    async def _work(self) -> None:
        async with self._database.connection() as listener:
            driver = QueueDriver(self._database, listener)
            self._manager = manager = QueueManager(Queries(driver))
            driver.on_lost(manager.shutdown.set)
            for name, handler in self._handlers.items():
                manager.entrypoint(name, on_failure="hold", executor_factory=self._executor)(_entrypoint(handler))
            if self._stopping.is_set():
                return
            await manager.run(
                batch_size=min(10, self._concurrency // 2),
                max_concurrent_tasks=self._concurrency,
                dequeue_timeout=_LONGEST_NAP,
                heartbeat_timeout=_HEARTBEAT,
                log_aggregation_interval=timedelta(0),
            )
        driver.raise_if_lost()

    def _executor(self, parameters: Any) -> DatabaseRetryEntrypointExecutor:
        return DatabaseRetryEntrypointExecutor(
            parameters,
            max_attempts=self._attempts - 1,
            initial_delay=self._retry_delay,
            max_delay=timedelta(minutes=5),
        )

    async def _trim_log(self) -> None:
        """PgQueuer logs every change of every job and leaves it to its user to forget."""
        while True:
            try:
                async with self._database.connection() as conn:
                    await conn.execute("DELETE FROM pgqueuer_log WHERE created < now() - %s", (_KEEP_LOG,))
            except (OperationalError, UnavailableError) as error:
                log.warning("job log not trimmed", error=str(error))
            await asyncio.sleep(_TRIM_SECONDS)


def _entrypoint(handler: Handler) -> Callable[[Job], Awaitable[None]]:
    async def run(job: Job) -> None:
        await handler(json.loads(job.payload or b"{}"))

    return run


def _queries(conn: Connection) -> Queries:
    # PgQueuer's driver makes cursors of its own, so the rows' type of the connection does not matter to it.
    return Queries(PsycopgDriver(cast(AsyncConnection, conn)))


async def _wait(event: asyncio.Event, seconds: float) -> None:
    try:
        await asyncio.wait_for(event.wait(), seconds)
    except TimeoutError:
        return
