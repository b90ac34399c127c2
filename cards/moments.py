"""Times in words, in the zone where they happen. Days are named here, not by the process's locale."""

from datetime import date, datetime, timedelta

_DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
_MONTHS = (
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
)


def day(when: date) -> str:
    """``Saturday 28 November 2026``."""
    return f"{_DAYS[when.weekday()]} {when.day} {_MONTHS[when.month - 1]} {when.year}"


def short_day(when: date) -> str:
    """``Sat 28 Nov``."""
    return f"{_DAYS[when.weekday()][:3]} {when.day} {_MONTHS[when.month - 1][:3]}"


def clock(moment: datetime) -> str:
    """``14:05`` in the moment's own zone."""
    return f"{moment.hour:02}:{moment.minute:02}"


def stamp(moment: datetime) -> str:
    """``Sat 28 Nov 14:05``."""
    return f"{short_day(moment)} {clock(moment)}"


def span(start: datetime, end: datetime) -> str:
    """``14:00–14:15``; ``23:30–00:15 (+1 day)`` past midnight; one time when nothing lasts."""
    if end <= start:
        return clock(start)
    days = (end.date() - start.date()).days
    later = f" (+{days} day{'s' if days > 1 else ''})" if days else ""
    return f"{clock(start)}–{clock(end)}{later}"


def days(first: date, last: date) -> str:
    """``Saturday 28 November 2026``, or ``Sat 28 Nov – Mon 30 Nov 2026``."""
    if first == last:
        return day(first)
    return f"{short_day(first)} – {short_day(last)} {last.year}"


def lasting(length: timedelta) -> str:
    """``1 h 45 min``; whole minutes, rounded up, because a promise of less is a missed appointment."""
    minutes = -(-int(length.total_seconds()) // 60)
    hours, rest = divmod(minutes, 60)
    return " ".join(
        part for part in (f"{hours} h" if hours else "", f"{rest} min" if rest or not hours else "") if part
    )


def listed(moments: list[datetime], most: int) -> str:
    """``18:30, 19:00 and 4 more``: the times of day of moments in order."""
    shown = ", ".join(clock(moment) for moment in moments[:most])
    rest = len(moments) - most
    return f"{shown} and {rest} more" if rest > 0 else shown
