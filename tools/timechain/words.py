"""How needs, moments and amounts are said to a person."""

from collections.abc import Sequence
from datetime import datetime
from zoneinfo import ZoneInfo

from schemas.capability import TimeEffect
from schemas.intent import Need
from schemas.timing import Timing

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
        """``14:20``; with the day when it is not the day of ``beside`` (by default: today)."""
        local = moment.astimezone(self._zone)
        if local.date() == (beside or self._now).astimezone(self._zone).date():
            return f"{local:%H:%M}"
        return f"{local:%H:%M} on {self._day(local)}"

    def asked(self, timing: Timing, beside: datetime | None = None) -> str:
        """``at 19:00``, ``by 17:00 on Saturday``, ``from 18:00``, ``between 18:00 and 20:00``, ``on Saturday``."""
        for window in (timing.start, timing.end):
            low, high = window.start, window.end
            if low is not None and high is not None:
                if low == high:
                    return f"at {self.at(low, beside)}"
                return f"between {self.at(low, high)} and {self.at(high, beside)}"
            if high is not None:
                return f"by {self.at(high, beside)}"
            if low is not None:
                return f"from {self.at(low, beside)}"
        edge = timing.day.start or timing.day.end
        return "any time" if edge is None else f"on {self._day(edge.astimezone(self._zone))}"

    def _day(self, local: datetime) -> str:
        if 0 <= (local.date() - self._now.date()).days <= _WEEK:
            return f"{local:%A}"
        return f"{local:%A} {local.day} {local:%B}"


def happens(effect: TimeEffect) -> str:
    """How the start of such a thing is said."""
    return "be delivered" if effect == "delivered" else "begin"


def duration_words(seconds: int) -> str:
    """``35 minutes``, ``2 hours``, ``1 hour 20 minutes``."""
    hours, minutes = divmod(-(-seconds // 60), 60)
    parts = [f"{n} {unit}{'' if n == 1 else 's'}" for n, unit in ((hours, "hour"), (minutes, "minute")) if n]
    return " ".join(parts) or "no time"
