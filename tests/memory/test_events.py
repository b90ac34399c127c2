"""The event log: numbered, fenced, readable from anywhere, and honest about what it has lost."""

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st
from redis.asyncio import Redis

from memory.cache import connect
from memory.embedded import Servers
from memory.events import UNREACHABLE, Append, Event, EventLog, EventReader, Follower, StreamGap, gaps
from memory.leases import StaleOwnerError

Fresh = Callable[[str], str]


@pytest.fixture
def event_log(redis: Redis) -> EventLog:
    return EventLog(redis)


@pytest.fixture
async def reader(servers: Servers, redis: Redis) -> AsyncIterator[EventReader]:
    blocking = connect(servers.redis_url, blocking=True)
    reading = EventReader(redis, blocking)
    task = asyncio.create_task(reading.run())
    yield reading
    task.cancel()
    with suppress(asyncio.CancelledError):
        await task
    await blocking.aclose()


def events(first: int, last: int, *, end: bool = False) -> list[Event]:
    told = [Event(number, f'{{"n":{number}}}'.encode(), f"note {number}") for number in range(first, last + 1)]
    if end:
        told[-1] = Event(last, told[-1].data, "end")
    return told


async def take(follower: Follower, wanted: int) -> list[Event]:
    taken: list[Event] = []
    async with asyncio.timeout(5):
        while len(taken) < wanted:
            taken += await follower.take(1)
    return taken


async def test_what_is_appended_is_read_in_order(event_log: EventLog, fresh: Fresh) -> None:
    run_id = fresh("run")
    for part in (events(1, 3), events(4, 4), events(5, 9, end=True)):
        assert await event_log.append([Append(run_id, 1, part)]) == [None]
    assert await event_log.read(run_id) == events(1, 9, end=True)


async def test_many_runs_are_logged_in_one_round_trip(event_log: EventLog, fresh: Fresh) -> None:
    ids = [fresh("run") for _ in range(5)]
    assert await event_log.append([Append(run_id, 1, events(1, 2)) for run_id in ids]) == [None] * 5
    for run_id in ids:
        assert await event_log.read(run_id) == events(1, 2)


async def test_whoever_takes_over_knows_what_was_told_and_shuts_the_old_owner_out(
    event_log: EventLog, fresh: Fresh
) -> None:
    run_id, other = fresh("run"), fresh("run")
    await event_log.append([Append(run_id, 1, events(1, 3))])
    assert await event_log.take_over(run_id, 2) == events(1, 3)
    stale, fine = await event_log.append([Append(run_id, 1, events(4, 6)), Append(other, 1, events(1, 1))])
    assert isinstance(stale, StaleOwnerError)
    assert fine is None
    assert await event_log.append([Append(run_id, 2, events(4, 4))]) == [None]
    assert await event_log.read(run_id) == events(1, 4)


async def test_an_old_owner_cannot_take_over_again(event_log: EventLog, fresh: Fresh) -> None:
    run_id = fresh("run")
    await event_log.take_over(run_id, 3)
    with pytest.raises(StaleOwnerError):
        await event_log.take_over(run_id, 2)


async def test_a_follower_sees_what_was_and_what_comes(event_log: EventLog, reader: EventReader, fresh: Fresh) -> None:
    run_id = fresh("run")
    await event_log.append([Append(run_id, 1, events(1, 2))])
    async with reader.follow(run_id) as follower:
        assert await take(follower, 2) == events(1, 2)
        await event_log.append([Append(run_id, 1, events(3, 4))])
        assert await take(follower, 2) == events(3, 4)


async def test_a_follower_may_be_there_before_the_run(event_log: EventLog, reader: EventReader, fresh: Fresh) -> None:
    run_id = fresh("run")
    async with reader.follow(run_id) as follower:
        await event_log.append([Append(run_id, 1, events(1, 1))])
        assert await take(follower, 1) == events(1, 1)


async def test_one_reader_serves_followers_of_many_runs(event_log: EventLog, reader: EventReader, fresh: Fresh) -> None:
    one, other = fresh("run"), fresh("run")
    async with reader.follow(one) as first, reader.follow(other) as second, reader.follow(one) as third:
        await event_log.append([Append(one, 1, events(1, 2)), Append(other, 1, events(1, 3))])
        assert list(gaps(await take(first, 2), 0)) == events(1, 2)
        assert list(gaps(await take(second, 3), 0)) == events(1, 3)
        assert list(gaps(await take(third, 2), 0)) == events(1, 2)


async def test_a_log_with_an_end_is_forgotten_after_a_while(event_log: EventLog, redis: Redis, fresh: Fresh) -> None:
    run_id = fresh("run")
    await event_log.append([Append(run_id, 1, events(1, 1))])
    alive = await redis.ttl(f"uso:run:{run_id}")
    await event_log.append([Append(run_id, 1, events(2, 2, end=True))])
    assert 0 < await redis.ttl(f"uso:run:{run_id}") <= 3600 < alive


async def test_a_log_that_is_away_says_so(fresh: Fresh) -> None:
    nowhere = connect("redis://127.0.0.1:1/0")
    log = EventLog(nowhere)
    with pytest.raises(UNREACHABLE):
        await log.append([Append(fresh("run"), 1, events(1, 1))])
    assert not await log.answers()
    await nowhere.aclose()


def test_missing_numbers_are_a_gap() -> None:
    assert list(gaps([*events(1, 2), *events(5, 5)], 0)) == [*events(1, 2), StreamGap(2, 5), *events(5, 5)]
    assert list(gaps(events(4, 5), 1)) == [StreamGap(1, 4), *events(4, 5)]
    assert list(gaps(events(1, 5), 3)) == events(4, 5)


@st.composite
def _histories(draw: st.DrawFn) -> tuple[list[int], int]:
    numbers = sorted(draw(st.sets(st.integers(1, 30))))
    return numbers, draw(st.integers(0, 30))


@given(_histories())
def test_a_reader_can_account_for_every_number(history: tuple[list[int], int]) -> None:
    """What is told and what is said to be missing are together, without overlap, everything after the start."""
    numbers, after = history

    def accounted() -> Iterator[int]:
        for one in gaps([Event(number, b"") for number in numbers], after):
            yield from range(one.after + 1, one.number) if isinstance(one, StreamGap) else [one.number]

    last = max([number for number in numbers if number > after], default=after)
    assert list(accounted()) == list(range(after + 1, last + 1))
