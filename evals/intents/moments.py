"""What is expected of a time, and whether a reading says it.

Moments are written as the person would see them on a calendar: "Sat 15 May 19:00". The weekday is part of the
expectation's own check: a date that does not fall on it is refused, so a slip of the writer cannot become a case.
"""

import re
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Literal
from zoneinfo import ZoneInfo

from schemas.timing import TimeWindow, Timing

Form = Literal["at", "about", "by", "since", "between", "within", "day", "soon"]
FORMS: tuple[Form, ...] = ("at", "about", "by", "since", "between", "within", "day", "soon")

_WRITTEN = re.compile(r"(?P<weekday>[A-Z][a-z]{2}) (?P<day>\d{1,2}) (?P<month>[A-Z][a-z]{2})(?: (?P<clock>\d\d:\d\d))?")
_LAST = timedelta(days=1) - timedelta(seconds=1)
_AT_ONCE = timedelta(minutes=1)
_FAR = 2 * 366  # days
_ABOUT = timedelta(minutes=30)
_AS_WIDE_AS_ABOUT = timedelta(hours=2)
_NO_MOMENT = timedelta(minutes=45)
"""A part of the day is wider than this; a reading that is narrower has invented an hour."""


@dataclass(frozen=True, slots=True)
class Clock:
    """When and where a message is said."""

    now: datetime
    zone: str

    def read(self, written: str) -> datetime:
        """The first such moment from yesterday on; a date alone is its first moment.

        Raises:
            ValueError: it is not written as a moment, or no such day comes within two years.
        """
        match = _WRITTEN.fullmatch(written)
        if match is None:
            raise ValueError(f"{written!r} is no moment: write it like 'Sat 15 May 19:00' or 'Sat 15 May'")
        first = self.now.date() - timedelta(days=1)
        for day in (first + timedelta(days=step) for step in range(_FAR)):
            if day.strftime("%a %-d %b") == f"{match['weekday']} {int(match['day'])} {match['month']}":
                return self._at(day, time.fromisoformat(match["clock"] or "00:00"))
        raise ValueError(f"{written!r} does not come within two years on that weekday")

    def day(self, moment: datetime) -> TimeWindow:
        """The whole day that holds a moment."""
        return self.days(moment, moment)

    def days(self, first: datetime, last: datetime) -> TimeWindow:
        """From the first moment of one day to the last second of another."""
        start, end = self._at(first.date(), time()), self._at(last.date(), time(23, 59, 59))
        return TimeWindow(start=start, end=end)

    def _at(self, day: date, clock: time) -> datetime:
        return datetime.combine(day, clock, ZoneInfo(self.zone))


@dataclass(frozen=True, slots=True)
class When:
    """An expected time: one moment for most forms, two for ``between``, ``within`` and ``day``.

    - ``at``: begins exactly then. ``about``: around then, give or take an hour.
    - ``by``: done by then, or by the end of that day if no hour is given. ``since``: not before then.
    - ``between``: begins, or a delivery is done, between two hours.
    - ``within``: in a part of the day that has no exact bounds; the two moments are the widest that are right.
    - ``day``: on that day or those days, and no hour was said.
    - ``soon``: from now on.
    """

    form: Form
    first: datetime
    last: datetime
    dated: bool
    """Whether only a date was written."""

    @classmethod
    def of(cls, form: Form, written: str | list[str] | bool, clock: Clock) -> "When":
        """As written in a case.

        Raises:
            ValueError: it is written wrongly.
        """
        if isinstance(written, bool):
            return cls(form, clock.now, clock.now, dated=False)
        pair = written if isinstance(written, list) else [written, written]
        first, last = (clock.read(one) for one in pair)
        return cls(form, first, last, dated=":" not in pair[0])

    def timing(self, clock: Clock, *, arrives: bool) -> Timing:
        """What a right reading looks like, for a conversation that goes on from here."""
        day = clock.days(self.first, self.last)
        match self.form:
            case "at":
                start, end = TimeWindow(start=self.first, end=self.first), TimeWindow()
            case "about":
                start, end = TimeWindow(start=self.first - _ABOUT, end=self.first + _ABOUT), TimeWindow()
            case "by":
                done = self.first + _LAST if self.dated else self.first
                start, end = TimeWindow(start=day.start), TimeWindow(end=done)
            case "since" | "soon":
                start, end = TimeWindow(start=self.first), TimeWindow()
            case "between" | "within" if arrives:
                start, end = TimeWindow(start=self.first), TimeWindow(end=self.last)
            case "between" | "within":
                start, end = TimeWindow(start=self.first, end=self.last), TimeWindow()
            case _:
                start, end = day, TimeWindow()
        return Timing(start=start, end=end, day=day)

    def agrees(self, timing: Timing, clock: Clock) -> bool:
        """Whether a reading says just this."""
        start, end, day = timing.start, timing.end, timing.day
        exact = start.start is not None and start.start == start.end
        until = end.end or start.end
        match self.form:
            case "at":
                right = exact and start.start == self.first
            case "about":
                right = _around(start, self.first)
            case "by" if self.dated:
                done = until or day.end
                right = not exact and done is not None and done in clock.day(self.first)
            case "by":
                right = not exact and until == self.first
            case "since" | "soon":
                right = not exact and start.start is not None and abs(start.start - self.first) <= _AT_ONCE
            case "between":
                right = start.start == self.first and until == self.last
            case "within":
                right = _inside(start.start, until, self.first, self.last)
            case _:
                whole = clock.days(self.first, self.last)
                right = day == whole and not exact and (start.start is None or start.start in whole)
        return right

    def __str__(self) -> str:
        pattern = "%a %d %b" if self.dated else "%a %d %b %H:%M"
        shown = dict.fromkeys(moment.strftime(pattern) for moment in (self.first, self.last))
        return f"{self.form} {' … '.join(shown)}"


def _around(start: TimeWindow, moment: datetime) -> bool:
    if start.start is None or start.end is None:
        return False
    return moment in start and start.start != start.end and start.end - start.start <= _AS_WIDE_AS_ABOUT


def _inside(begins: datetime | None, ends: datetime | None, first: datetime, last: datetime) -> bool:
    return begins is not None and ends is not None and first <= begins <= ends - _NO_MOMENT and ends <= last


def shown(timing: Timing, zone: str) -> str:
    """A reading's time for a person who looks for what is wrong with it."""
    parts = [
        f"{name} {_side(window.start, zone)} … {_side(window.end, zone)}"
        for name, window in (("start", timing.start), ("end", timing.end), ("day", timing.day))
        if not window.open
    ]
    return ", ".join(parts) or "no time"


def _side(moment: datetime | None, zone: str) -> str:
    return moment.astimezone(ZoneInfo(zone)).strftime("%a %d %b %H:%M") if moment else "open"
