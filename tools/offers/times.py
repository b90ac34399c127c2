"""The times to ask partners about: the person's wish, and a little more round it.

Offers just outside the wish are worth having: when the wish cannot be kept, the planner proposes the nearest time
that works, and only what was asked for can be near.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta

from schemas.intent import Need
from schemas.offer import Offer
from schemas.timing import TimeWindow, Timing

_ROUND = timedelta(hours=3)
_FOLLOWING = timedelta(hours=6)
"""A need without a time of its own ("and a ride home") is part of the others' day, up to so long after them."""
_SOON = timedelta(hours=48)
_DAY = timedelta(hours=24)


def windows_to_ask(needs: Sequence[Need], now: datetime) -> list[tuple[datetime, datetime]]:
    """For each need the earliest and latest start to ask about (for deliveries: arrival), never in the past."""
    wishes = [_wish(need, now) for need in needs]
    known = [wish for wish in wishes if wish is not None]
    if known:
        others = (min(wish[0] for wish in known), max(wish[1] for wish in known) + _FOLLOWING)
    else:
        others = (now, now + _SOON)
    return [_round(*(wish or others), now) for wish in wishes]


def _wish(need: Need, now: datetime) -> tuple[datetime, datetime] | None:
    timing = need.timing
    if not timing.known:
        return None
    latest = min((end for end in (timing.start.end, timing.end.end) if end is not None), default=timing.day.end)
    earliest = timing.start.start or timing.day.start
    if earliest is None:
        earliest = now if latest is None else max(now, latest - _DAY)
    if latest is None:
        latest = (timing.end.start or earliest) + _DAY
    return earliest, max(earliest, latest)


def _round(earliest: datetime, latest: datetime, now: datetime) -> tuple[datetime, datetime]:
    first = max(now, earliest - _ROUND)
    return first, max(first + _ROUND, latest + _ROUND)


def within(windows: Sequence[TimeWindow], earliest: datetime, latest: datetime) -> tuple[TimeWindow, ...]:
    """The parts of the windows that lie between two moments."""
    parts = []
    for window in windows:
        start, end = max(window.start or earliest, earliest), min(window.end or latest, latest)
        if start <= end:
            whole = start is window.start and end is window.end
            parts.append(window if whole else TimeWindow(start=start, end=end))
    return tuple(parts)


def keeps(offer: Offer, timing: Timing) -> bool:
    """Whether the offer can begin at some moment that keeps the wished times by itself, other needs left aside."""
    lasts = timedelta(0) if offer.effect == "delivered" else offer.duration
    earliest = [moment for moment in (timing.start.start, timing.day.start) if moment is not None]
    if timing.end.start is not None:
        earliest.append(timing.end.start - lasts)
    latest = [moment for moment in (timing.start.end, timing.day.end) if moment is not None]
    if timing.end.end is not None:
        latest.append(timing.end.end - lasts)
    wished = TimeWindow.model_construct(start=max(earliest, default=None), end=min(latest, default=None))
    if offer.starts:
        return any(start in wished for start in offer.starts)
    return any(
        (wished.start is None or window.end is None or wished.start <= window.end)
        and (wished.end is None or window.start is None or window.start <= wished.end)
        and (wished.start is None or wished.end is None or wished.start <= wished.end)
        for window in offer.windows
    )
