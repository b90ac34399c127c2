"""The hub: logged first, then shown; and shown all the same when there is no log."""

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import suppress

import pytest
from redis.exceptions import ConnectionError as LogAway

from memory.events import Append, Event, Follower
from memory.leases import StaleOwnerError
from server.runs.hub import Feed, Hub


class Log:
    """A log that can be held up, be away, and refuse."""

    def __init__(self) -> None:
        self.calls: list[dict[str, list[int]]] = []
        self.open = asyncio.Event()
        self.open.set()
        self.away = False
        self.stale: set[str] = set()

    async def append(self, appends: Sequence[Append]) -> list[StaleOwnerError | None]:
        await self.open.wait()
        if self.away:
            raise LogAway("gone")
        self.calls.append({append.run_id: [event.number for event in append.events] for append in appends})
        return [StaleOwnerError() if append.run_id in self.stale else None for append in appends]


@pytest.fixture
def log() -> Log:
    return Log()


@pytest.fixture
async def hub(log: Log) -> AsyncIterator[Hub]:
    running = Hub(log, pause=0)  # type: ignore[arg-type]
    task = asyncio.create_task(running.run())
    yield running
    task.cancel()
    with suppress(asyncio.CancelledError):
        await task


def followed(hub: Hub, run_id: str, on_lost: Callable[[], None] = lambda: None) -> tuple[Feed, Follower]:
    feed, follower = Feed(run_id, 1, on_lost=on_lost), Follower()
    feed.followers.add(follower)
    hub.open(feed)
    return feed, follower


def numbers(events: list[Event]) -> list[int]:
    return [event.number for event in events]


async def test_nothing_is_shown_before_it_is_logged(hub: Hub, log: Log) -> None:
    feed, follower = followed(hub, "r1")
    log.open.clear()
    hub.tell(feed, [(b"1", "")], hurry=True)
    assert await follower.take(0.01) == []
    log.open.set()
    assert numbers(await follower.take(1)) == [1]
    assert log.calls == [{"r1": [1]}]


async def test_what_comes_together_goes_together(hub: Hub, log: Log) -> None:
    one, first = followed(hub, "r1")
    other, second = followed(hub, "r2")
    for _ in range(3):
        hub.tell(one, [(b"x", "")])
        hub.tell(other, [(b"y", ""), (b"z", "")])
    assert numbers(await first.take(1)) == [1, 2, 3]
    assert numbers(await second.take(1)) == [1, 2, 3, 4, 5, 6]
    assert log.calls == [{"r1": [1, 2, 3], "r2": [1, 2, 3, 4, 5, 6]}]


async def test_without_a_log_events_are_shown_and_logged_when_it_is_back(hub: Hub, log: Log) -> None:
    feed, follower = followed(hub, "r1")
    log.away = True
    for number in (1, 2):
        hub.tell(feed, [(b"x", "")], hurry=True)
        assert numbers(await follower.take(1)) == [number]
    log.away = False
    hub.tell(feed, [(b"x", "")], hurry=True)
    assert numbers(await follower.take(1)) == [3]
    assert log.calls == [{"r1": [1, 2, 3]}]


async def test_a_feed_whose_run_is_anothers_is_closed_and_shows_nothing(hub: Hub, log: Log) -> None:
    lost = asyncio.Event()
    feed, follower = followed(hub, "r1", lost.set)
    log.stale.add("r1")
    hub.tell(feed, [(b"x", "")], hurry=True)
    async with asyncio.timeout(1):
        await lost.wait()
    assert feed.closed
    assert hub.feed("r1") is None
    assert await follower.take(0.01) == []
    hub.tell(feed, [(b"y", "")], hurry=True)
    await hub.flush(feed)
    assert feed.shown == []


async def test_a_feed_ends_with_its_last_event(hub: Hub, log: Log) -> None:
    feed, follower = followed(hub, "r1")
    hub.tell(feed, [(b"x", ""), (b"y", "end")], hurry=True)
    assert numbers(await follower.take(1)) == [1, 2]
    await hub.flush(feed)
    assert hub.feed("r1") is None
