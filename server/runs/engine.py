"""The engine: takes requests for runs, claims those that wait for a worker, and lets go of them at the end.

A request's run starts at once in this process. Queued runs, and runs whose owner is gone, are claimed when Postgres
says so and at every sweep. Nothing in this process is needed for a run to survive: its row, its checkpoint and its
log are.
"""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import uuid4

import structlog

from memory import interrupts, leases, runs
from memory.database import Database
from memory.events import UNREACHABLE, Event, EventLog
from memory.runs import Claim, OnBusy, StartResult
from schemas.errors import FieldError, InvalidRequestError, ShuttingDownError
from schemas.principal import Principal
from schemas.run import ResumeEntry, Run
from schemas.settings import Settings
from server import metrics
from server.graphs_config import ServedGraph
from server.runs.hub import Hub
from server.runs.worker import Stop, Worker

_GRACE = 2.0  # seconds that runs get to finish at a shutdown, and once more to finish their step
_MOST_CLAIMED = 64  # runs a process works on before it leaves queued ones to others
_TITLE = 80  # characters

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Submission:
    """What a caller asks a run for: a message, or answers to interrupts."""

    message: str | None = None
    resume: tuple[ResumeEntry, ...] = ()
    thread_id: str | None = None
    run_id: str | None = None
    graph: str | None = None
    on_busy: OnBusy = "reject"
    channel: str | None = None
    dedupe_key: str | None = None


class Engine:
    """The runs of one process."""

    def __init__(
        self,
        database: Database,
        event_log: EventLog,
        hub: Hub,
        graphs: Mapping[str, ServedGraph],
        *,
        context: object,
        settings: Settings,
        clock: Callable[[], datetime],
    ) -> None:
        self._database = database
        self._log = event_log
        self._graphs = graphs
        self._settings = settings
        self._clock = clock
        self._lease = timedelta(seconds=settings.lease_seconds)
        self._owner = uuid4().hex
        self._wake = asyncio.Event()
        self._loops: list[asyncio.Task[None]] = []
        self.accepting = True
        """Whether new work is taken."""
        self._worker = Worker(
            database, hub, graphs, context=context, settings=settings, clock=clock, on_free=self._wake.set
        )

    def start(self) -> None:
        """Begins to claim, to renew and to listen."""
        for loop in (self._claim_waiting, self._renew, self._listen):
            self._loops.append(asyncio.create_task(self._keep(loop), name=loop.__name__))

    async def stop(self) -> None:
        """Takes no new work, lets runs finish for a moment, then gives the rest to other processes."""
        self.accepting = False
        await self._worker.settle(_GRACE)
        self._worker.drain()
        await self._worker.settle(_GRACE)
        while self._worker.claims:
            for claim in self._worker.claims:
                self._worker.stop(claim.id, "hand_over")
            await self._worker.settle()
        for loop in self._loops:
            loop.cancel()
        await asyncio.gather(*self._loops, return_exceptions=True)

    async def submit(self, principal: Principal, asked: Submission) -> StartResult:
        """Begins a run, or queues it. For the errors see ``memory.runs.start`` and ``memory.interrupts.answer``."""
        if not self.accepting:
            raise ShuttingDownError("This process is shutting down; send the request again.")
        if asked.graph is not None and asked.graph not in self._graphs:
            raise InvalidRequestError(
                f"There is no graph {asked.graph!r}; there are: {', '.join(self._graphs)}.",
                errors=[FieldError("graph", "unknown")],
            )
        run_id, now = asked.run_id or uuid4().hex, self._clock()
        given: dict[str, Any] = {"message": asked.message}
        thread_id = asked.thread_id or uuid4().hex
        async with self._database.transaction() if asked.resume else self._database.connection() as conn:
            if asked.resume:
                answers = await interrupts.answer(
                    conn, principal, asked.resume, run_id=run_id, now=now, thread_id=asked.thread_id
                )
                given = {"resume": answers.resume, "open": answers.open}
                thread_id = answers.thread_id
            started = await runs.start(
                conn,
                principal,
                run_id=run_id,
                thread_id=thread_id,
                graph=asked.graph,
                default_graph=next(iter(self._graphs)),
                input=given | {"channel": asked.channel} if asked.channel else given,
                on_busy=asked.on_busy,
                owner=self._owner,
                lease=self._lease,
                now=now,
                title=" ".join((asked.message or "").split())[:_TITLE],
                dedupe_key=asked.dedupe_key,
            )
        if started.claim is not None:
            self._worker.begin(started.claim)
        elif started.status == "queued":
            self._wake.set()
        return started

    async def cancel(self, principal: Principal, run_id: str) -> Run:
        """Ends the caller's run, wherever it is worked on; see ``memory.runs.cancel``."""
        async with self._database.connection() as conn:
            run = await runs.cancel(conn, principal, run_id, now=self._clock())
        self._worker.stop(run_id, "cancel")
        return run

    async def _keep(self, loop: Callable[[], Awaitable[None]]) -> None:
        """Begins a loop again whenever it breaks: nobody else would take up what it does."""
        while True:
            try:
                await loop()
            except leases.UNREACHABLE as error:
                log.warning("database_away", loop=loop.__name__, error=str(error))
            except Exception:
                log.exception("loop_broke", loop=loop.__name__)
            await asyncio.sleep(self._settings.sweep_seconds)

    async def _claim_waiting(self) -> None:
        """Takes what waits for a worker, when woken and at every sweep."""
        graphs = list(self._graphs)
        while True:
            while self.accepting and len(self._worker.claims) < _MOST_CLAIMED:
                async with self._database.connection() as conn:
                    claim = await leases.claim_next(conn, self._owner, graphs, self._lease, self._clock())
                if claim is None:
                    break
                await self._take_over(claim)
            with suppress(TimeoutError):
                async with asyncio.timeout(self._settings.sweep_seconds):
                    await self._wake.wait()
            self._wake.clear()

    async def _take_over(self, claim: Claim) -> None:
        history: list[Event] = []
        if claim.fence > 1:
            metrics.TAKEN_OVER.inc()
            log.info("run_taken_over", run_id=claim.id, thread_id=claim.thread_id, attempt=claim.attempts)
            try:
                history = await self._log.take_over(claim.id, claim.fence)
            except leases.StaleOwnerError:
                return
            except UNREACHABLE as error:
                metrics.LOG_ERRORS.inc()
                log.warning("event_log_unreachable", error=str(error))
        self._worker.begin(claim, history)

    async def _renew(self) -> None:
        """Keeps our leases, and finds out which runs are not ours any more or are to be cancelled."""
        while True:
            await asyncio.sleep(self._settings.lease_seconds / 3)
            claims = self._worker.claims
            if not claims:
                continue
            async with self._database.connection() as conn:
                held = await leases.renew(conn, claims, self._lease, self._clock())
            for claim in claims:
                if held.get(claim.id) != "held":
                    why: Stop = "cancel" if claim.id in held else "stale"
                    self._worker.stop(claim.id, why, fence=claim.fence)

    async def _listen(self) -> None:
        """Hears from Postgres that a run waits or is to be cancelled; the sweep makes up for what is missed."""
        async for message in leases.wakes(self._database):
            what, _, run_id = message.partition(" ")
            if what == "cancel":
                self._worker.stop(run_id, "cancel")
            else:
                self._wake.set()
