"""The runs a process works on: each is a task that ends in its row and its last event, or is handed over."""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from time import perf_counter
from typing import Literal

import structlog
from langgraph.errors import GraphDrained
from langgraph.runtime import RunControl

from memory import leases
from memory.database import Database
from memory.events import Event
from memory.runs import Claim
from schemas.errors import ConflictError, RunAbandonedError, RunTimeoutError, UsoError
from schemas.settings import Settings
from server import metrics
from server.graphs_config import ServedGraph
from server.runs import endings
from server.runs.endings import Ending
from server.runs.execution import execute
from server.runs.hub import Feed, Hub
from server.runs.recorder import Recorder

_LOST_HISTORY = 1_000_000  # numbers left out a takeover when the log is gone, so that nobody takes new for old
_RETRY = 0.2  # seconds between attempts to write an ending while the database is away

Stop = Literal["cancel", "hand_over", "stale"]
"""Why work on a run ends early: the person said so, this process ends, or another owns the run."""

log = structlog.get_logger(__name__)


@dataclass(eq=False, slots=True)
class Job:
    """A run this process works on."""

    claim: Claim
    feed: Feed
    recorder: Recorder
    control: RunControl = field(default_factory=RunControl)
    began: float = field(default_factory=perf_counter)
    task: asyncio.Task[None] | None = None
    work: asyncio.Task[Ending] | None = None
    stopping: Stop | None = None


class Worker:
    """Works on claimed runs. ``on_free`` is called when a thread is free for a run that waits for it."""

    def __init__(
        self,
        database: Database,
        hub: Hub,
        graphs: Mapping[str, ServedGraph],
        *,
        context: object,
        settings: Settings,
        clock: Callable[[], datetime],
        on_free: Callable[[], None],
    ) -> None:
        self._database = database
        self._hub = hub
        self._graphs = graphs
        self._context = context
        self._settings = settings
        self._clock = clock
        self._on_free = on_free
        self._jobs: dict[str, Job] = {}

    @property
    def claims(self) -> list[Claim]:
        """What is being worked on."""
        return [job.claim for job in self._jobs.values()]

    def begin(self, claim: Claim, history: Sequence[Event] = ()) -> None:
        """Starts to work on a run; ``history`` is what its former owners told."""
        if claim.id in self._jobs:
            self.stop(claim.id, "stale")  # our own lease had lapsed
        number = history[-1].number if history else (claim.fence - 1) * _LOST_HISTORY
        feed = Feed(claim.id, claim.fence, number=number, shown=history, on_lost=lambda: self._stop(job, "stale"))
        job = Job(claim, feed, Recorder(self._hub, feed, history))
        self._jobs[claim.id] = job
        self._hub.open(feed)
        job.recorder.begin(claim.thread_id)
        metrics.LIVE_RUNS.inc()
        job.task = asyncio.create_task(self._carry(job), name=f"run {claim.id}")

    def stop(self, run_id: str, why: Stop, *, fence: int | None = None) -> None:
        """Ends work on a run early, if this process works on it (under ``fence``, if given)."""
        job = self._jobs.get(run_id)
        if job is not None and fence in (None, job.claim.fence):
            self._stop(job, why)

    def drain(self) -> None:
        """Lets every run end at its next step, with the finished steps kept."""
        for job in self._jobs.values():
            job.control.request_drain()

    async def settle(self, seconds: float | None = None) -> None:
        """Waits until nothing is worked on any more, at most so many ``seconds``."""
        tasks = [job.task for job in self._jobs.values() if job.task is not None]
        if tasks:
            await asyncio.wait(tasks, timeout=seconds)

    def _stop(self, job: Job, why: Stop) -> None:
        if job.work is None or not job.work.done():
            job.stopping = job.stopping or why
        if job.work is not None:
            job.work.cancel()

    async def _carry(self, job: Job) -> None:
        """From the beginning of the work to its ending."""
        claim = job.claim
        structlog.contextvars.bind_contextvars(run_id=claim.id, thread_id=claim.thread_id)
        try:
            job.work = asyncio.create_task(self._work(job))
            if job.stopping is not None:
                job.work.cancel()
            await asyncio.wait((job.work,))
            ending = _ending(job)
            if ending is not None:
                await self._end(job, ending)
            elif job.stopping == "hand_over":
                await self._hand_over(job)
            else:
                self._hub.close(job.feed)
        except Exception:
            log.exception("run_not_ended")  # its lease lapses, and whoever sweeps next takes it over
            self._hub.close(job.feed)
        finally:
            metrics.LIVE_RUNS.dec()
            if self._jobs.get(claim.id) is job:
                del self._jobs[claim.id]

    async def _work(self, job: Job) -> Ending:
        claim = job.claim
        if claim.cancelling:
            return endings.CANCELLED
        if claim.attempts > self._settings.max_attempts:
            raise RunAbandonedError(f"The run was begun {claim.attempts - 1} times and never came to its end.")
        served = self._graphs.get(claim.graph)
        if served is None:
            raise ConflictError(f"No process here serves graph {claim.graph!r} any more.")
        limit = asyncio.timeout(self._settings.run_seconds)
        try:
            async with limit:
                return await execute(
                    claim,
                    served,
                    job.recorder,
                    context=self._context,
                    control=job.control,
                    expires_at=self._clock() + timedelta(hours=self._settings.interrupt_hours),
                )
        except TimeoutError as error:
            if not limit.expired():
                raise
            raise RunTimeoutError(f"The run was stopped after {self._settings.run_seconds:g} seconds.") from error

    async def _end(self, job: Job, ending: Ending) -> None:
        """Writes the ending, then tells it: what clients are told is true."""
        claim = job.claim
        if ending.status != "failed":
            job.recorder.close(suspended=ending.status == "interrupted")
        waiting = await self._finish(job, ending)
        if waiting is None:
            log.warning("run_taken_over_by_another")
            self._hub.close(job.feed)
            return
        job.recorder.end(ending.event(claim.thread_id, claim.id))
        metrics.RUNS.labels(claim.graph, ending.status).inc()
        metrics.RUN_SECONDS.labels(claim.graph).observe(perf_counter() - job.began)
        if waiting:
            self._on_free()

    async def _finish(self, job: Job, ending: Ending) -> bool | None:
        """``memory.leases.finish``, tried for as long as the lease lasts."""
        give_up = perf_counter() + self._settings.lease_seconds
        while True:
            try:
                async with self._database.connection() as conn:
                    return await leases.finish(
                        conn,
                        job.claim,
                        status=ending.status,
                        result=ending.result,
                        error=ending.error,
                        interrupts=ending.interrupts,
                        last_event=job.feed.number + 1,
                        now=self._clock(),
                    )
            except leases.UNREACHABLE:
                if perf_counter() > give_up:
                    raise
                await asyncio.sleep(_RETRY)

    async def _hand_over(self, job: Job) -> None:
        """Gives the run back, once all it told is in the log."""
        await self._hub.flush(job.feed)
        self._hub.close(job.feed)
        async with self._database.connection() as conn:
            await leases.release(conn, [job.claim], self._clock())
        log.info("run_handed_over")


def _ending(job: Job) -> Ending | None:
    """What the work came to; ``None`` when it goes on elsewhere."""
    assert job.work is not None
    if job.work.cancelled():
        return endings.CANCELLED if job.stopping == "cancel" else None
    error = job.work.exception()
    if error is None:
        return job.work.result()
    if isinstance(error, GraphDrained | leases.StaleOwnerError):
        job.stopping = "hand_over" if isinstance(error, GraphDrained) else "stale"
        return None
    if not isinstance(error, UsoError):
        log.error("run_failed", exc_info=error)
    return endings.failed(error if isinstance(error, Exception) else RuntimeError(repr(error)))
