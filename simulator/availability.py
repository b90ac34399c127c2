"""When a product can begin, and what is still free: tables, vans, seats and hands are counted, not imagined.

A :class:`Pool` is what runs out; every booking occupies some of its units from start to end. What others have taken
already is made up per day from the seed, so the same city is equally busy on the same date in every run; what is
bought here is added on top and can be given back. Time is in whole minutes since the epoch, and pools are counted in
quarter hours.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from random import Random
from typing import NamedTuple

from simulator.city import CITY
from simulator.lines import Span, Week

QUARTER = 15
HORIZON = 14 * 24 * 60
"""How far one question looks, in minutes: two weeks from its earliest start."""
_WEEKEND_RUSH = 1.2
_FRIDAY, _SATURDAY = 4, 5
_REMEMBERED_DAYS = 4096


@dataclass(frozen=True, slots=True, eq=False)
class Schedule:
    """When one kind of product can begin on its own terms, before anybody has booked it.

    With ``times`` or ``step`` it begins at fixed moments, otherwise at any moment of its opening spans. ``season``
    names it for the weeks in which it is on.
    """

    pool: "Pool"
    week: Week
    duration: int
    step: int = 0
    times: tuple[int, ...] = ()
    served: Span | None = None
    days: frozenset[int] | None = None
    weeks: float = 1.0
    season: str = ""
    ends_by_close: bool = False

    @property
    def fixed(self) -> bool:
        """Whether it begins at fixed moments only."""
        return bool(self.step or self.times)

    def spans(self, day: date) -> Iterator[Span]:
        """First and last moment it may begin, for each opening of that day, as minutes of the local day."""
        if self.days is not None and day.weekday() not in self.days:
            return
        if self.weeks < 1.0:
            year, week, _ = day.isocalendar()
            if Random(f"{self.season}/{year}-{week}").random() >= self.weeks:
                return
        for opens, closes in self.week[day.weekday()]:
            first, last = opens, closes - self.duration if self.ends_by_close else closes
            if self.served is not None:
                first, last = max(first, self.served[0]), min(last, self.served[1])
            if first <= last:
                yield first, last

    def moments(self, day: date) -> list[int]:
        """The fixed moments of that day, as absolute minutes; none for a product that begins at any moment."""
        found: list[int] = []
        for first, last in self.spans(day):
            if self.times:
                found += [_instant(day, moment) for moment in self.times if first <= moment <= last]
            elif self.step:
                found += [
                    _instant(day, moment) for moment in range(-(-first // self.step) * self.step, last + 1, self.step)
                ]
        return found

    def allows(self, start: int) -> bool:
        """Whether it may begin at that absolute minute."""
        day = _local_day(start)
        for candidate in (day - timedelta(days=1), day):  # last night's opening may go on past midnight
            if self.fixed:
                if start in self.moments(candidate):
                    return True
            elif any(
                _instant(candidate, first) <= start <= _instant(candidate, last)
                for first, last in self.spans(candidate)
            ):
                return True
        return False


@dataclass(slots=True, eq=False)
class Pool:
    """What bookings use up: ``units`` at a time, of which others take the share ``busy`` in ``usual`` hours."""

    name: str
    units: int
    busy: float
    usual: Schedule | None = None


class Openings(NamedTuple):
    """When a product can begin: ``starts`` for fixed moments, else ``windows`` of any moment; RFC 3339 texts."""

    starts: list[str]
    windows: list[tuple[str, str]]


class Hold(NamedTuple):
    """Units of a pool that are taken from ``start`` for ``duration`` minutes."""

    pool: Pool
    start: int
    duration: int
    units: int


class _Day(NamedTuple):
    version: int
    starts: list[int]
    windows: list[Span]


class Diary:
    """One partner's bookings. ``seed`` fixes how busy its days are without us."""

    def __init__(self, seed: str) -> None:
        self._seed = seed
        self._books: dict[Pool, _Book] = {}
        self._days: dict[tuple[Schedule, int, date], _Day] = {}

    def openings(self, schedule: Schedule, *, earliest: int, latest: int, units: int) -> Openings:
        """When it can begin between two absolute minutes (both included) with ``units`` free to its end."""
        latest = min(latest, earliest + HORIZON)
        starts: list[str] = []
        windows: list[Span] = []
        day = _local_day(earliest) - timedelta(days=1)  # its opening may go on past midnight
        while day <= _local_day(latest):
            free = self._day(schedule, units, day)
            starts += [as_text(start) for start in free.starts if earliest <= start <= latest]
            for first, last in free.windows:
                opens, closes = max(first, earliest), min(last, latest)
                if windows and opens <= windows[-1][1]:
                    windows[-1] = (windows[-1][0], max(closes, windows[-1][1]))
                elif opens <= closes:
                    windows.append((opens, closes))
            day += timedelta(days=1)
        return Openings(starts, [(as_text(opens), as_text(closes)) for opens, closes in windows])

    def admits(self, schedule: Schedule, *, start: int, units: int) -> bool:
        """Whether it can begin at that very minute with ``units`` free to its end."""
        if not schedule.allows(start):
            return False
        return self._book(schedule.pool, _local_day(start)).free(start, schedule.duration) >= units

    def take(self, schedule: Schedule, *, start: int, units: int) -> Hold | None:
        """Book it, if it can begin then. The units stay taken until the hold is released."""
        if not self.admits(schedule, start=start, units=units):
            return None
        hold = Hold(schedule.pool, start, schedule.duration, units)
        self._books[hold.pool].occupy(start, hold.duration, units)
        return hold

    def release(self, hold: Hold) -> None:
        """Give back what was taken; once for each hold."""
        self._books[hold.pool].occupy(hold.start, hold.duration, -hold.units)

    def _book(self, pool: Pool, day: date) -> "_Book":
        book = self._books.get(pool)
        if book is None:
            book = self._books[pool] = _Book(pool, self._seed)
        book.open(day)
        return book

    def _day(self, schedule: Schedule, units: int, day: date) -> _Day:
        book = self._book(schedule.pool, day)
        key = (schedule, units, day)
        known = self._days.get(key)
        if known is not None and known.version == book.version:
            return known
        if len(self._days) >= _REMEMBERED_DAYS:
            self._days.clear()
        if schedule.fixed:
            free = [start for start in schedule.moments(day) if book.free(start, schedule.duration) >= units]
            found = _Day(book.version, free, [])
        else:
            found = _Day(book.version, [], list(_windows(schedule, book, units, day)))
        self._days[key] = found
        return found


class _Book:
    """How many units of a pool are taken in each quarter hour."""

    def __init__(self, pool: Pool, seed: str) -> None:
        self._pool = pool
        self._seed = seed
        self._taken: dict[int, int] = {}
        self._opened: set[date] = set()
        self._made_up: set[date] = set()
        self.version = 0

    def free(self, start: int, duration: int) -> int:
        """The units free from ``start`` for ``duration`` minutes."""
        taken = self._taken
        return self._pool.units - max(taken.get(quarter, 0) for quarter in _quarters(start, duration))

    def occupy(self, start: int, duration: int, units: int) -> None:
        """Take units (or give them back, if negative)."""
        for quarter in _quarters(start, duration):
            self._taken[quarter] = self._taken.get(quarter, 0) + units
        self.version += 1

    def open(self, day: date) -> None:
        """Make up what others have booked round that day: the night before may reach into it, and it into the next."""
        if day in self._opened:
            return
        self._opened.add(day)
        for other in (day - timedelta(days=1), day, day + timedelta(days=1)):
            if other not in self._made_up:
                self._made_up.add(other)
                self._make_up(other)

    def _make_up(self, day: date) -> None:
        usual = self._pool.usual
        if usual is None:
            return
        rng = Random(f"{self._seed}/{self._pool.name}/{day}")
        busy = min(0.95, self._pool.busy * (_WEEKEND_RUSH if day.weekday() in (_FRIDAY, _SATURDAY) else 1.0))
        for _ in range(self._pool.units):
            for start in _turns(usual, day, rng):
                if rng.random() < busy:
                    self.occupy(start, usual.duration, 1)


def _turns(usual: Schedule, day: date, rng: Random) -> Iterator[int]:
    """The starts at which one unit may be taken that day, one after the other without overlap."""
    if usual.times:
        yield from usual.moments(day)
        return
    step = usual.step or QUARTER
    stride = -(-usual.duration // step) * step
    for first, last in usual.spans(day):
        start = -(-first // step) * step + rng.randrange(0, stride, step)
        while start <= last:
            yield _instant(day, start)
            start += stride


def _windows(schedule: Schedule, book: _Book, units: int, day: date) -> Iterator[Span]:
    """Unbroken windows in which every moment is a possible start."""
    for first, last in schedule.spans(day):
        opens, closes = -(-_instant(day, first) // QUARTER), _instant(day, last) // QUARTER
        begun: int | None = None
        for quarter in range(opens, closes):
            # A start anywhere inside this quarter ends up to one quarter later than a start at its beginning.
            if book.free(quarter * QUARTER, schedule.duration + QUARTER) >= units:
                begun = quarter if begun is None else begun
            elif begun is not None:
                yield begun * QUARTER, quarter * QUARTER
                begun = None
        if begun is not None:
            yield begun * QUARTER, closes * QUARTER


def _quarters(start: int, duration: int) -> range:
    return range(start // QUARTER, -(-(start + duration) // QUARTER))


@lru_cache(maxsize=65_536)
def _instant(day: date, minute: int) -> int:
    """A minute of a local day (over 1,440 is the next day) in minutes since the epoch."""
    local = datetime.combine(day, time()) + timedelta(minutes=minute)
    return int(local.replace(tzinfo=CITY.zone).timestamp()) // 60


@lru_cache(maxsize=65_536)
def _local_day_of_hour(hour: int) -> date:
    return datetime.fromtimestamp(hour * 3600, CITY.zone).date()


def _local_day(minute: int) -> date:
    return _local_day_of_hour(minute // 60)  # the zone's offsets are whole hours, so an hour lies within one day


@lru_cache(maxsize=65_536)
def as_text(minute: int) -> str:
    """Minutes since the epoch as RFC 3339 in the city's time."""
    return datetime.fromtimestamp(minute * 60, CITY.zone).isoformat()


def as_minute(moment: datetime) -> int:
    """Minutes since the epoch; seconds are dropped."""
    return int(moment.timestamp() // 60)


def minute_up(moment: datetime) -> int:
    """The first whole minute, since the epoch, that is not before the moment."""
    return int(-(-moment.timestamp() // 60))


def as_datetime(minute: int) -> datetime:
    """Minutes since the epoch as a moment in UTC."""
    return datetime.fromtimestamp(minute * 60, UTC)
