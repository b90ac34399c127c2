"""A timing that is there already, on another day or at another hour."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from agents.intent.days import Days
from agents.intent.times import day_window
from schemas.timing import TimeWindow, Timing


def moved(old: Timing, to: Days, zone: str) -> Timing:
    """The same wall-clock wishes on another day."""
    tz = ZoneInfo(zone)
    day = day_window(to.first, to.last, tz)
    first = old.day.start or old.start.start or old.end.end
    last = old.day.end or first
    if first is None or last is None or not to.single:
        return Timing(start=day, day=day)
    steps = (to.first - first.astimezone(tz).date(), to.first - last.astimezone(tz).date())

    def move(moment: datetime | None, step: timedelta) -> datetime | None:
        if moment is None:
            return None
        local = moment.astimezone(tz)
        return (local.replace(tzinfo=None) + step).replace(tzinfo=tz).astimezone(UTC)

    def window(of: TimeWindow) -> TimeWindow:
        return TimeWindow(start=move(of.start, steps[0]), end=move(of.end, steps[1]))

    if old.start == old.day:
        return Timing(start=day, end=window(old.end), day=day)
    return Timing(start=window(old.start), end=window(old.end), day=day)


def shifted(old: Timing, by: timedelta) -> Timing:
    """Every hour that was asked for, earlier or later by so much; the named day stays."""

    def window(of: TimeWindow) -> TimeWindow:
        return TimeWindow(start=of.start and of.start + by, end=of.end and of.end + by)

    start = old.start if old.start == old.day else window(old.start)
    return Timing(start=start, end=window(old.end), day=old.day)


def days_of(old: Timing, zone: str) -> Days | None:
    """The day that ``old`` keeps, so that another hour can be placed on it."""
    if old.day.start is None or old.day.end is None:
        return None
    tz = ZoneInfo(zone)
    return Days(old.day.start.astimezone(tz).date(), old.day.end.astimezone(tz).date())
