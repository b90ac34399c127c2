"""From time words to absolute time: a :class:`~schemas.timing.Timing` in UTC, relative to now and kept in a zone.

Three rules decide what words leave open. An hour without am or pm is read by the part of the day that was
named, else by what it is for (dinner is in the evening), else as the one between 8 in the morning and 8 at night.
A weekday or an hour that has passed means the next one. Wall-clock times are placed with the zone's own rules, so
a day with a clock change is as long as it really is; a time skipped by the change moves on with the clock.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from agents.intent.clocks import DAY, Clock, Delay, Hour, Hours, Part
from agents.intent.days import Days
from agents.intent.words import Found
from schemas.timing import TimeWindow, Timing

_SLACK = 60  # minutes a named hour may lie outside the part of the day said with it
_ABOUT = timedelta(minutes=30)
_TRIES = 3
_AS_LATE_AS = 6 * 60  # hours before this belong to the night of the day before, where a night is meant


@dataclass(frozen=True, slots=True)
class When:
    """The time words of one need."""

    days: Days | None = None
    hours: tuple[Hours, ...] = ()
    part: Part | None = None
    delay: Delay | None = None

    @classmethod
    def of(cls, days: Iterable[Found[Days]], hours: Iterable[Found[Hour]]) -> "When":
        """What the words found in one stretch of text say together; the last of a kind counts, a day before a range."""
        named = list(days)
        values = [_by_deadline(item, named) for item in hours]
        return cls(
            days=next(
                (item.value for item in reversed(named) if item.value.single), named[-1].value if named else None
            ),
            hours=_last_of_each_role([value for value in values if isinstance(value, Hours)]),
            part=next((value for value in reversed(values) if isinstance(value, Part)), None),
            delay=next((value for value in reversed(values) if isinstance(value, Delay)), None),
        )

    @property
    def said(self) -> bool:
        """Whether there is any time word at all."""
        return bool(self.days or self.hours or self.part or self.delay)

    @property
    def clocked(self) -> bool:
        """Whether an hour or a part of the day was said, not only a day."""
        return bool(self.hours or self.part or self.delay)

    @property
    def only_part(self) -> bool:
        """Whether a part of the day is all that is said of the hour."""
        return self.part is not None and not self.hours and self.delay is None

    def on(self, days: Days | None) -> "When":
        """The same, on ``days`` unless a day was said."""
        return self if self.days else replace(self, days=days)


@dataclass(frozen=True, slots=True)
class Lean:
    """What the thing itself says about an hour that words leave open."""

    part: Part | None = None
    """When it usually is ("dinner"): bounds its start if no hour is said."""
    half: int = 8 * 60
    """Ambiguous hours fall in the twelve hours from this minute of the day."""
    arrives: bool = False
    """A part of the day bounds when it is done (a delivery), not when it begins."""
    strict: bool = False
    """Never read an hour outside that half of the day, even if the hour has passed today."""
    after: datetime | None = None
    """It follows something that begins then."""


def timing(when: When, *, lean: Lean, now: datetime, zone: str) -> Timing:
    """Place ``when`` in absolute time; an empty ``Timing`` when nothing was said."""
    tz = ZoneInfo(zone)
    if when.delay is not None:
        return _delayed(when.delay, now, tz)
    days = settled(when, lean=lean, now=now, zone=zone)
    return Timing() if days is None else _on(days, when, lean, now, tz)


def settled(when: When, *, lean: Lean, now: datetime, zone: str) -> Days | None:
    """The days that are meant: the first on which what is wished has not passed; ``None`` when nothing was said."""
    if not when.said or when.delay is not None:
        return None
    tz = ZoneInfo(zone)
    today = now.astimezone(tz).date()
    days = when.days or Days(today, today, repeats=1)
    for step in range(0, _TRIES * days.repeats, days.repeats or 1):
        later = Days(days.first + timedelta(step), days.last + timedelta(step), until=days.until)
        if _latest(_on(later, when, lean, now, tz)) >= now:
            return later
    return replace(days, repeats=0)


def day_window(first: date, last: date, tz: ZoneInfo) -> TimeWindow:
    """From the first moment of ``first`` to the last second of ``last``, as kept in ``tz``."""
    return TimeWindow(start=_at(first, 0, tz), end=_last(last, tz))


def _last(day: date, tz: ZoneInfo) -> datetime:
    return _at(day, DAY, tz) - timedelta(seconds=1)


def _by_deadline(hour: Found[Hour], days: list[Found[Days]]) -> Hour:
    """ "By Friday noon": the hour of a deadline is one too."""
    value = hour.value
    if (
        isinstance(value, Hours)
        and value.role == "at"
        and any(d.value.until and 0 <= hour.start - d.end <= 1 for d in days)
    ):
        return replace(value, role="by")
    return value


def _last_of_each_role(hours: list[Hours]) -> tuple[Hours, ...]:
    latest: dict[str, Hours] = {}
    for hour in hours:
        kind = "moment" if hour.role in ("at", "around", "between", "span") else hour.role
        latest[kind] = hour
    return tuple(latest.values())


def _at(day: date, minute: int, tz: ZoneInfo) -> datetime:
    return (datetime.combine(day, time()) + timedelta(minutes=minute)).replace(tzinfo=tz).astimezone(UTC)


def _latest(timing_: Timing) -> datetime:
    moments = (timing_.end.end, timing_.start.end, timing_.day.end)
    return next(moment for moment in moments if moment is not None)


def _delayed(delay: Delay, now: datetime, tz: ZoneInfo) -> Timing:
    now = now.astimezone(UTC)
    moment = now + delay.delta
    day = moment.astimezone(tz).date()
    start = TimeWindow(start=moment if delay.role == "at" else now, end=moment if delay.role == "at" else None)
    end = TimeWindow(end=moment) if delay.role == "by" else TimeWindow()
    return Timing(start=start, end=end, day=day_window(day, day, tz))


@dataclass(slots=True)
class _Bounds:
    """The four bounds being collected, as (day, minute) turned into moments."""

    start_from: datetime | None = None
    start_to: datetime | None = None
    end_from: datetime | None = None
    end_to: datetime | None = None

    def timing(self, day: TimeWindow) -> Timing:
        if self.start_from and self.start_to and self.start_from > self.start_to:
            self.start_to = None
        if self.end_from and self.end_to and self.end_from > self.end_to:
            self.end_from = None
        return Timing(
            start=TimeWindow(start=self.start_from, end=self.start_to),
            end=TimeWindow(start=self.end_from, end=self.end_to),
            day=day,
        )


def _on(days: Days, when: When, lean: Lean, now: datetime, tz: ZoneInfo) -> Timing:
    """``when`` on certain days, or from today until them."""
    first, last = days.first, days.last
    if days.until:
        first = min(last, now.astimezone(tz).date())
    day, bounds = day_window(first, last, tz), _Bounds()
    read = _Reader(first, when, lean, now, tz)
    for hours in when.hours:
        one, two = read.pair(hours)
        start, stop = _at(first, one, tz), _at(last, one if two is None else two, tz)
        match hours.role:
            case "at":
                bounds.start_from, bounds.start_to = start, stop
            case "around":
                bounds.start_from, bounds.start_to = start - _ABOUT, stop + _ABOUT
            case "after":
                bounds.start_from = start
            case "by":
                bounds.end_to = stop
            case "between" if not lean.arrives:
                bounds.start_from, bounds.start_to = start, stop
            case _:
                bounds.start_from, bounds.end_to = start, stop
    _add_part(bounds, when, lean, Days(first, last), tz)
    begins = bounds.start_from or _at(first, 0, tz)
    bounds.start_from = begins
    if bounds.start_to is None and bounds.end_to is None:
        bounds.start_to = day.end
    if begins > _last(last, tz):  # an hour after midnight that belongs to the night before
        later = begins.astimezone(tz).date()
        day = day_window(later, later, tz)
    return bounds.timing(day)


def _add_part(bounds: _Bounds, when: When, lean: Lean, days: Days, tz: ZoneInfo) -> None:
    """Bound what no clock time bounds by the part of the day that was named, or is usual."""
    part = when.part or lean.part
    if part is None or bounds.start_to is not None or (bounds.end_to is not None and when.part is None):
        return
    if bounds.start_from is None and bounds.end_to is None:
        bounds.start_from = _at(days.first, part.first, tz)
    if bounds.end_to is None:
        if lean.arrives:
            bounds.end_to = _at(days.last, part.last, tz)
        else:
            bounds.start_to = _at(days.last, part.last, tz)


@dataclass(frozen=True, slots=True)
class _Reader:
    """Reads clock times whose half of the day is open, for one day."""

    day: date
    when: When
    lean: Lean
    now: datetime
    tz: ZoneInfo

    def pair(self, hours: Hours) -> tuple[int, int | None]:
        """Minutes after the day's midnight; the second is never before the first."""
        if hours.second is None:
            return self.one(hours.first), None
        if hours.second.half and not hours.first.half:
            end = hours.second.minute
            return max((m for m in hours.first.readings if m < end), default=hours.first.readings[0]), end
        start = self.one(hours.first)
        later = [m for m in (*hours.second.readings, *(m + DAY for m in hours.second.readings)) if m > start]
        return start, later[0]

    def one(self, clock: Clock) -> int:
        """The minute that is meant."""
        if clock.half:
            return self._following(clock.minute)
        readings = (*clock.readings, *(m + DAY for m in clock.readings if m < _AS_LATE_AS))
        for part in (self.when.part, self.lean.part):
            inside = [m for m in readings if part and part.first - _SLACK <= m <= part.last + _SLACK]
            if inside:
                return inside[0]
        usual = next(m for m in clock.readings if (m - self.lean.half) % DAY < DAY / 2)
        if self.lean.after is not None:
            return next((m for m in readings if _at(self.day, m, self.tz) > self.lean.after), usual)
        if not self.lean.strict and _at(self.day, usual, self.tz) < self.now:
            return next((m for m in clock.readings if _at(self.day, m, self.tz) >= self.now), usual)
        return usual

    def _following(self, minute: int) -> int:
        """An hour of the early morning belongs to the night that begins with what it follows."""
        follows = self.lean.after is not None and _at(self.day, minute, self.tz) < self.lean.after
        night = self.when.part is not None and self.when.part.last > DAY
        return minute + DAY if minute < _AS_LATE_AS and (follows or night) else minute
