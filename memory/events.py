"""The event log: what a run has told so far, one Valkey stream a run, for whoever reads it from wherever.

The owner of the run numbers its events 1, 2, 3 …; one stream entry holds the events of one append, each under its
number. An entry's id is ``fence-number`` (of its last event), so the order of the stream itself refuses a stale
owner: whoever takes a run over writes an empty entry under its higher fence first, and every later append under the
old one is smaller than the top of the stream, which Valkey rejects.

The log makes streams fast and replayable; Postgres is the truth. When history is missing (trimmed, expired, or
lost with the server) the reader gets a ``StreamGap`` and never takes a part for the whole.
"""

import asyncio
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from typing import Any, cast
from uuid import uuid4

from redis.asyncio import Redis
from redis.exceptions import RedisError, ResponseError

from memory.leases import StaleOwnerError

_KEEP = 3600  # seconds that a log outlives its last event
_LIVE = 86400  # and the longest a run without an end may be silent
_MOST_ENTRIES = 10_000
_BLOCK = 5000  # milliseconds one read waits

UNREACHABLE = (RedisError, OSError, asyncio.TimeoutError)
"""What a call raises when the log cannot be reached."""


@dataclass(frozen=True, slots=True)
class Event:
    """One event of a run: its number, its AG-UI JSON, and the owner's note.

    ``note`` is "end" for the last event of the run; else it identifies what the event says (see
    ``server.runs.recorder``) or is empty.
    """

    number: int
    data: bytes
    note: str = ""

    @property
    def last(self) -> bool:
        """Whether the run's story ends here."""
        return self.note == "end"


@dataclass(frozen=True, slots=True)
class StreamGap:
    """Events between ``after`` and ``number`` (both not included) cannot be had; ``number`` is the next that can."""

    after: int
    number: int


@dataclass(frozen=True, slots=True)
class Append:
    """Events of one run to be added to its log under the owner's ``fence``."""

    run_id: str
    fence: int
    events: Sequence[Event]


class EventLog:
    """The logs of all runs."""

    def __init__(self, redis: Redis) -> None:
        self._redis = redis

    async def append(self, appends: Sequence[Append]) -> list[StaleOwnerError | None]:
        """Adds to any number of logs in one round trip; an error in the answer is that of one append.

        Raises one of ``UNREACHABLE``.
        """
        pipe = self._redis.pipeline(transaction=False)
        for append in appends:
            fields: list[bytes | str] = []
            for event in append.events:
                fields += (f"{event.number} {event.note}", event.data)
            last = append.events[-1]
            pipe.execute_command(
                "XADD", _key(append.run_id), "MAXLEN", "~", _MOST_ENTRIES, f"{append.fence}-{last.number}", *fields
            )
            if last.last:
                pipe.expire(_key(append.run_id), _KEEP)
            elif append.events[0].number == 1:
                pipe.expire(_key(append.run_id), _LIVE)
        answers = await pipe.execute(raise_on_error=False)
        results: list[StaleOwnerError | None] = []
        for answer in answers:
            if isinstance(answer, ResponseError) and "equal or smaller" in str(answer):
                results.append(StaleOwnerError(str(answer)))
            elif isinstance(answer, Exception):
                raise answer
            elif isinstance(answer, bytes):  # an XADD; an EXPIRE answers with a number
                results.append(None)
        return results

    async def take_over(self, run_id: str, fence: int) -> list[Event]:
        """Shuts out the owners before ``fence`` and gives what they have told.

        Raises ``StaleOwnerError`` when there is an even newer owner, or one of ``UNREACHABLE``.
        """
        pipe = self._redis.pipeline(transaction=True)
        pipe.execute_command("XADD", _key(run_id), f"{fence}-0", "-", b"")
        pipe.expire(_key(run_id), _LIVE)
        pipe.xrange(_key(run_id))
        added, _, entries = await pipe.execute(raise_on_error=False)
        if isinstance(added, ResponseError) and "equal or smaller" in str(added):
            raise StaleOwnerError(str(added))
        for answer in (added, entries):
            if isinstance(answer, Exception):
                raise answer
        return _events(entries)

    async def read(self, run_id: str) -> list[Event]:
        """Everything the log still has, in order; raises one of ``UNREACHABLE``."""
        return _events(cast(_Entries, await self._redis.xrange(_key(run_id))))

    async def answers(self) -> bool:
        """Whether the log can be reached now."""
        try:
            return bool(await self._redis.ping())
        except UNREACHABLE:
            return False


class EventReader:
    """Reads live what other processes tell about their runs: one blocking read for all who follow here."""

    def __init__(self, redis: Redis, blocking: Redis) -> None:
        self._redis = redis
        self._blocking = blocking
        self._nudge = f"uso:reader:{uuid4().hex}"  # a stream in every read, so that a new follower interrupts it
        self._nudged: bytes | str = "0-0"
        self._followers: dict[str, set[Follower]] = {}
        self._seen: dict[str, bytes | str] = {}
        self._wanted = asyncio.Event()

    @asynccontextmanager
    async def follow(self, run_id: str) -> AsyncIterator["Follower"]:
        """The events of a run, from the first that is kept, as they come. A newcomer makes others see some twice."""
        follower = Follower()
        self._followers.setdefault(run_id, set()).add(follower)
        self._seen[run_id] = "0-0"
        self._wanted.set()
        try:
            with suppress(*UNREACHABLE):  # then the read now under way ends by itself, a little later
                await self._redis.xadd(self._nudge, {"": ""}, maxlen=1, approximate=False)
                await self._redis.expire(self._nudge, _KEEP)
            yield follower
        finally:
            followers = self._followers[run_id]
            followers.discard(follower)
            if not followers:
                del self._followers[run_id], self._seen[run_id]

    async def run(self) -> None:
        """Reads until cancelled; while the server is away it tries again every half second."""
        while True:
            await self._wanted.wait()
            try:
                await self._read()
            except UNREACHABLE:
                await asyncio.sleep(0.5)
            if not self._followers:
                self._wanted.clear()

    async def _read(self) -> None:
        positions = {_key(run_id): entry_id for run_id, entry_id in self._seen.items()}
        read: dict[Any, Any] = {self._nudge: self._nudged, **positions}
        answer = await self._blocking.xread(read, block=_BLOCK)
        for name, entries in cast(_Streams, answer or ()):
            key = name.decode()
            if key == self._nudge:
                self._nudged = entries[-1][0]
                continue
            run_id = key.removeprefix(_PREFIX)
            # Someone who came while we read starts from the beginning; the next read does that.
            if self._seen.get(run_id) != positions[key]:
                continue
            self._seen[run_id] = entries[-1][0]
            events = _events(entries)
            for follower in self._followers[run_id]:
                follower.put(events)


class Follower:
    """What one reader of a run has not taken yet."""

    def __init__(self) -> None:
        self._events: list[Event] = []
        self._arrived = asyncio.Event()

    def put(self, events: Sequence[Event]) -> None:
        """Adds events; never waits."""
        self._events += events
        self._arrived.set()

    async def take(self, seconds: float) -> list[Event]:
        """What has come since the last call; waits for something, at most so many ``seconds``."""
        with suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await self._arrived.wait()
        self._arrived.clear()
        events, self._events = self._events, []
        return events


def gaps(events: Sequence[Event], after: int) -> Iterator[Event | StreamGap]:
    """The events numbered above ``after``, with a ``StreamGap`` wherever numbers are missing."""
    for event in events:
        if event.number <= after:
            continue
        if event.number != after + 1:
            yield StreamGap(after, event.number)
        yield event
        after = event.number


_PREFIX = "uso:run:"
_Entries = Sequence[tuple[bytes, dict[bytes, bytes]]]
_Streams = Sequence[tuple[bytes, _Entries]]


def _key(run_id: str) -> str:
    return _PREFIX + run_id


def _events(entries: _Entries) -> list[Event]:
    events = []
    for _, fields in entries:
        for head, data in fields.items():
            number, _, note = head.decode().partition(" ")
            if number != "-":  # a takeover
                events.append(Event(int(number), data, note))
    return events
