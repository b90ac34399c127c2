"""Following a run from wherever one stands to its end, whichever process works on it, now and next.

A run of this process is followed in its feed, another's in the event log. When a run changes hands the follower goes
on where it stands. It gets whole history, or is told that something is missing.
"""

import json
from collections.abc import AsyncGenerator, Sequence
from contextlib import aclosing
from time import monotonic

from memory import leases, runs
from memory.database import Database
from memory.events import UNREACHABLE, Event, EventLog, EventReader, Follower, StreamGap, gaps
from schemas.principal import Principal
from schemas.run import LIVE, Run
from server.runs.hub import Feed, Hub
from server.runs.story import Stories, Target

_NAMED_BY = {"TEXT_MESSAGE": "messageId", "STEP": "stepName", "SUBAGENT": "subagentRunId", "TOOL_CALL": "toolCallId"}
_LOOK = 1.0  # seconds without news from another process after which the run's row is looked at


class Following:
    """All who follow runs in this process."""

    def __init__(
        self, database: Database, event_log: EventLog, reader: EventReader, hub: Hub, stories: Stories
    ) -> None:
        self._database = database
        self._log = event_log
        self._reader = reader
        self._hub = hub
        self._stories = stories
        self._waiting: set[Follower] = set()
        self.closing = False
        """Set when this process ends, and followers are to come back elsewhere."""

    def close(self) -> None:
        """Lets go of everybody."""
        self.closing = True
        for follower in self._waiting:
            follower.put(())

    async def follow(
        self, principal: Principal, target: Target, *, after: int, until: float
    ) -> AsyncGenerator[Sequence[Event], None]:
        """The events of the caller's run numbered above ``after``, in batches, as they come.

        Ends behind the last event of the run; at ``until`` (a ``time.monotonic()``); or when this process ends.
        """
        history = _History(self._stories, target, after)
        while not self.closing and monotonic() < until:
            feed = self._hub.feed(target.run_id)
            batches = self._here(feed, history, until) if feed else self._elsewhere(principal, history, until)
            async with aclosing(batches):
                async for batch in batches:
                    yield batch
            if history.over:
                return

    def last_told(self, run_id: str) -> int | None:
        """The number of the last event of a run that this process works on."""
        feed = self._hub.feed(run_id)
        return feed.number if feed else None

    async def replay(self, principal: Principal, run: Run, *, after: int) -> Sequence[Event]:
        """What a run that has ended told after ``after``; empty when that was everything."""
        history = _History(self._stories, Target(run.id, run.thread_id, run.graph), after)
        return await self._rest(principal, run, history)

    async def _here(self, feed: Feed, history: "_History", until: float) -> AsyncGenerator[Sequence[Event], None]:
        follower = Follower()
        feed.followers.add(follower)
        self._waiting.add(follower)
        try:
            events: Sequence[Event] = feed.shown[:]
            while True:
                if batch := await history.follow(events):
                    yield batch
                left = until - monotonic()
                if history.over or feed.closed or self.closing or left <= 0:
                    return
                events = await follower.take(left)
        finally:
            feed.followers.discard(follower)
            self._waiting.discard(follower)

    async def _elsewhere(
        self, principal: Principal, history: "_History", until: float
    ) -> AsyncGenerator[Sequence[Event], None]:
        run_id = history.target.run_id
        async with self._reader.follow(run_id) as follower:
            self._waiting.add(follower)
            try:
                while not self.closing and monotonic() < until and not self._hub.feed(run_id):
                    if batch := await history.follow(await follower.take(min(_LOOK, until - monotonic()))):
                        yield batch
                    elif run := await self._ended(principal, run_id):
                        yield await self._rest(principal, run, history)
                        history.over = True
                    if history.over:
                        return
            finally:
                self._waiting.discard(follower)

    async def _ended(self, principal: Principal, run_id: str) -> Run | None:
        try:
            async with self._database.connection() as conn:
                run = await runs.get(conn, principal, run_id)
        except leases.UNREACHABLE:
            return None
        return None if run.status in LIVE else run

    async def _rest(self, principal: Principal, run: Run, history: "_History") -> Sequence[Event]:
        """What is left to tell of a run that has ended: from the log, and what the log lacks from Postgres."""
        try:
            events = await self._log.read(run.id)
        except UNREACHABLE:
            events = []
        told = await history.follow(events)
        if not history.over and (run.last_event or 0) > history.after:
            told += await history.follow([await self._stories.last_event(principal, run)])
        return told


class _History:
    """Where one follower of a run stands, and what may be told next."""

    def __init__(self, stories: Stories, target: Target, after: int) -> None:
        self.target = target
        self.after = after
        self.over = False
        self._stories = stories
        self._continuity: _Continuity | None = None

    async def follow(self, events: Sequence[Event]) -> list[Event]:
        """The part of ``events`` that is new, with a bridge over what is missing."""
        told: list[Event] = []
        for event in gaps(events, self.after):
            if isinstance(event, StreamGap):
                told += await self._stories.bridge(self.target, event)
                self._continuity = _Continuity()
                continue
            self.after = event.number
            self.over = event.last
            if self._continuity is None or self._continuity.keeps(event):
                told.append(event)
        return told


class _Continuity:
    """Leaves out, behind a gap, what goes on with something whose beginning is missing: clients would stumble."""

    def __init__(self) -> None:
        self._begun: set[tuple[str, str]] = set()

    def keeps(self, event: Event) -> bool:
        told = json.loads(event.data)
        kind, _, part = told["type"].rpartition("_")
        if told["type"] == "RUN_STARTED":
            return False  # known, or told by the bridge
        name = _NAMED_BY.get(kind)
        if name is None or part == "RESULT":
            return True
        thing = (kind, told[name])
        if part in ("START", "STARTED"):
            self._begun.add(thing)
        return thing in self._begun
