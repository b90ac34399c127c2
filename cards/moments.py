"""Times in words, in the zone where they happen. The language names the days, never the process's locale."""

from datetime import date, datetime, timedelta

from cards.speech import ENGLISH, Speech


def day(when: date, say: Speech = ENGLISH) -> str:
    """``Saturday 28 November 2026``."""
    return say.forms.written(say.forms.day, when)


def short_day(when: date, say: Speech = ENGLISH) -> str:
    """``Sat 28 Nov``."""
    return say.forms.written(say.forms.short_day, when)


def clock(moment: datetime) -> str:
    """``14:05`` in the moment's own zone: so in every language we speak."""
    return f"{moment.hour:02}:{moment.minute:02}"


def stamp(moment: datetime, say: Speech = ENGLISH) -> str:
    """``Sat 28 Nov 14:05``."""
    return f"{short_day(moment, say)} {clock(moment)}"


def span(start: datetime, end: datetime, say: Speech = ENGLISH) -> str:
    """``14:00–14:15``; ``23:30–00:15 (+1 day)`` past midnight; one time when nothing lasts."""
    if end <= start:
        return clock(start)
    days = (end.date() - start.date()).days
    later = say.many(" (+{n} day)", " (+{n} days)", days) if days else ""
    return f"{clock(start)}–{clock(end)}{later}"


def days(first: date, last: date, say: Speech = ENGLISH) -> str:
    """``Saturday 28 November 2026``, or ``Sat 28 Nov – Mon 30 Nov 2026``."""
    if first == last:
        return day(first, say)
    return f"{short_day(first, say)} – {say.forms.written(say.forms.dated, last)}"


def lasting(length: timedelta, say: Speech = ENGLISH) -> str:
    """``1 h 45 min``; whole minutes, rounded up, because a promise of less is a missed appointment."""
    minutes = -(-int(length.total_seconds()) // 60)
    hours, rest = divmod(minutes, 60)
    told = (say("{n} h", n=hours) if hours else "", say("{n} min", n=rest) if rest or not hours else "")
    return " ".join(filter(None, told))


def listed(moments: list[datetime], most: int, say: Speech = ENGLISH) -> str:
    """``18:30, 19:00 and 4 more``: the times of day of moments in order."""
    shown = ", ".join(clock(moment) for moment in moments[:most])
    rest = len(moments) - most
    return say("{some} and {n} more", some=shown, n=rest) if rest > 0 else shown
