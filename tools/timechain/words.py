"""How needs, moments and amounts are said to a person."""

from collections.abc import Sequence
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from schemas.capability import TimeEffect
from schemas.intent import Need
from schemas.timing import TimeWindow

_WEEK = 6
"""Days within which the name of a weekday is enough."""


def name_of(need: Need) -> str:
    """What a need is called in a sentence: the kind of thing, in the person's own words."""
    return (need.query or need.text).strip() or need.id


def names(needs: Sequence[Need]) -> str:
    """``flowers, dinner and ride``."""
    words = [name_of(need) for need in needs]
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} and {words[-1]}"


def capital(sentence: str) -> str:
    """The sentence with a capital first letter."""
    return sentence[:1].upper() + sentence[1:]


class Clock:
    """Says moments as a person near home would: the time, with the day where that is in doubt."""

    def __init__(self, zone: ZoneInfo, now: datetime) -> None:
        self._zone = zone
        self._now = now.astimezone(zone)

    def at(self, moment: datetime, beside: datetime | None = None) -> str:
        """``14:20``; with the day when it is not the day of ``beside`` (by default: now)."""
        local = moment.astimezone(self._zone)
        day = (beside or self._now).astimezone(self._zone).date()
        if local.date() == day:
            return f"{local:%H:%M}"
        if abs((local.date() - self._now.date()).days) <= _WEEK:
            return f"{local:%A %H:%M}"
        return f"{local:%a} {local.day} {local:%B %H:%M}"

    def asked(self, window: TimeWindow, beside: datetime | None = None) -> str:
        """``at 19:00``, ``by 17:00``, ``from 18:00`` or ``between 18:00 and 20:00``."""
        low, high = window.start, window.end
        if low is not None and high is not None:
            if low == high:
                return f"at {self.at(low, beside)}"
            return f"between {self.at(low, beside)} and {self.at(high, low)}"
        if high is not None:
            return f"by {self.at(high, beside)}"
        return "any time" if low is None else f"from {self.at(low, beside)}"

    def day(self, window: TimeWindow) -> str:
        """The day that a window names: ``Saturday``, or ``Sat 6 December`` when further away."""
        edge = window.start or window.end
        if edge is None:
            return "any day"
        local = edge.astimezone(self._zone)
        if 0 <= (local.date() - self._now.date()).days <= _WEEK:
            return f"{local:%A}"
        return f"{local:%a} {local.day} {local:%B}"


def begins(effect: TimeEffect) -> str:
    """How the start of such a thing is said."""
    return "be delivered" if effect == "delivered" else "begin"


def duration_words(seconds: int) -> str:
    """``35 minutes``, ``2 hours``, ``1 hour 20 minutes``."""
    hours, minutes = divmod(-(-seconds // 60), 60)
    parts = [f"{n} {unit}{'' if n == 1 else 's'}" for n, unit in ((hours, "hour"), (minutes, "minute")) if n]
    return " ".join(parts) or "no time"


def utc(seconds: int) -> datetime:
    """The moment, in UTC."""
    return datetime.fromtimestamp(seconds, UTC)
