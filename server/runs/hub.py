"""Where the runs of this process tell their events: logged first, then shown to those who follow here.

An event is shown only once it is in the log, so a client never knows more than the log does, and after a crash the
next owner goes on exactly where the client stands. Events that are in no hurry wait a few milliseconds for company:
what is due, of all runs together, goes to the log in one round trip and to each client in one write. When the log
cannot be reached, events are shown all the same and offered again later.
"""

import asyncio
from collections.abc import Callable, Sequence

import structlog

from memory.events import UNREACHABLE, Append, Event, EventLog, Follower
from memory.leases import StaleOwnerError
from server import metrics

_LINGER = 0.01  # seconds that events wait for company; every write to a client costs as much as making ten events

log = structlog.get_logger(__name__)


class Feed:
    """The events of one run that this process works on."""

    def __init__(
        self, run_id: str, fence: int, *, on_lost: Callable[[], None], number: int = 0, shown: Sequence[Event] = ()
    ) -> None:
        self.run_id = run_id
        self.fence = fence
        self.number = number
        """Of the last event told."""
        self.shown = list(shown)
        self.waiting: list[Event] = []  # told, and neither shown nor logged
        self.unlogged: list[Event] = []  # shown while the log was away
        self.followers: set[Follower] = set()
        self.idle = asyncio.Event()
        """Set while all that was told is shown."""
        self.idle.set()
        self.closed = False
        self.on_lost = on_lost
        """Called when another process turns out to own the run."""

    def add(self, data: bytes, note: str) -> None:
        """Numbers one more event."""
        self.number += 1
        self.idle.clear()
        self.waiting.append(Event(self.number, data, note))

    def show(self, events: Sequence[Event]) -> None:
        """Lets the followers see events."""
        self.shown += events
        for follower in self.followers:
            follower.put(events)


class Hub:
    """The feeds of this process. ``pause`` is how many seconds a log that was away is left alone."""

    def __init__(self, event_log: EventLog, *, pause: float = 2.0) -> None:
        self._log = event_log
        self._pause = pause
        self._feeds: dict[str, Feed] = {}
        self._told: set[Feed] = set()
        self._due: set[Feed] = set()
        self._wake = asyncio.Event()
        self._timer: asyncio.TimerHandle | None = None
        self._away_until = 0.0

    def feed(self, run_id: str) -> Feed | None:
        """The feed of a run, if this process works on it."""
        return self._feeds.get(run_id)

    def open(self, feed: Feed) -> None:
        """Begins to carry a run's events."""
        self._feeds[feed.run_id] = feed

    def tell(self, feed: Feed, events: Sequence[tuple[bytes, str]], *, hurry: bool = False) -> None:
        """Adds events (their JSON and a note each), to be logged together; never waits. A closed feed takes none."""
        if feed.closed:
            return
        for data, note in events:
            feed.add(data, note)
        self._told.add(feed)
        if hurry:
            self._due.add(feed)
            self._wake.set()
        elif self._timer is None:
            self._timer = asyncio.get_running_loop().call_later(_LINGER, self._waited)

    def close(self, feed: Feed) -> None:
        """Stops carrying a run: followers who have not seen its end look for it elsewhere."""
        if self._feeds.get(feed.run_id) is feed:
            del self._feeds[feed.run_id]
        self._told.discard(feed)
        self._due.discard(feed)
        feed.waiting = []
        feed.closed = True
        feed.idle.set()
        for follower in feed.followers:
            follower.put(())

    async def flush(self, feed: Feed) -> None:
        """Waits until all that was told is shown."""
        self._due.add(feed)
        self._wake.set()
        await feed.idle.wait()

    async def run(self) -> None:
        """Logs and shows until cancelled."""
        while True:
            await self._wake.wait()
            self._wake.clear()
            due, self._due = self._due, set()
            self._told -= due
            try:
                await self._deliver([feed for feed in due if feed.waiting])
            except Exception:
                log.exception("events_not_delivered")  # followers notice the gap

    def _waited(self) -> None:
        self._timer = None
        self._due |= self._told
        self._wake.set()

    async def _deliver(self, feeds: Sequence[Feed]) -> None:
        batches = []
        for feed in feeds:
            batches.append((feed, feed.waiting))
            feed.waiting = []
        outcomes: list[StaleOwnerError | None] | None = None
        loop = asyncio.get_running_loop()
        if loop.time() >= self._away_until:
            try:
                outcomes = await self._log.append(
                    [Append(feed.run_id, feed.fence, feed.unlogged + events) for feed, events in batches]
                )
            except UNREACHABLE as error:
                metrics.LOG_ERRORS.inc()
                log.warning("event_log_unreachable", error=str(error))
                self._away_until = loop.time() + self._pause
        for index, (feed, events) in enumerate(batches):
            if outcomes is None:
                feed.unlogged += events
            elif outcomes[index] is not None:
                self.close(feed)
                feed.on_lost()
                continue
            else:
                feed.unlogged = []
            feed.show(events)
            if not feed.waiting:
                feed.idle.set()
            if events[-1].last:
                self.close(feed)
