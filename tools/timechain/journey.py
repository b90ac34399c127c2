"""Where the person is and how long they need to get somewhere else.

Two things about a day decide which appointments can follow one another: the way between two places,
and whether a night lies between them. Both are kept here in whole seconds, because the planner asks for
them thousands of times.
"""

from datetime import datetime, time, timedelta
from math import ceil
from zoneinfo import ZoneInfo

from schemas.place import Place

SPEED_KMH = 25
"""Door to door in a city, whatever one rides."""
DETOUR = 1.3
"""Streets against the straight line; 1.2 to 1.4 is the usual range for city networks."""
SETTING_OUT = 5
"""Minutes to leave and to find the door, whatever the distance."""
SAME_SPOT_KM = 0.15
NIGHT_ENDS = time(4)
"""The person's day runs from four to four: a ride at half past midnight belongs to the evening before."""

NOWHERE = 0
"""The number of an unknown place: every way from or to it takes no time."""

_DAY = 86_400


def way_seconds(origin: Place | None, destination: Place | None) -> int:
    """How long the person's way takes, in seconds, rounded up to a whole minute.

    ``5 min + 1.3 × great circle ÷ 25 km/h``; nothing within 150 m, or when a place is not known.
    """
    if origin is None or destination is None:
        return 0
    km = origin.km_to(destination)
    if km <= SAME_SPOT_KM:
        return 0
    return 60 * ceil(SETTING_OUT + km * DETOUR / SPEED_KMH * 60)


class Journeys:
    """Places as small numbers, the ways between them, and the breaks between the person's days."""

    def __init__(self, zone: ZoneInfo, *, instant: bool = False) -> None:
        """``instant`` makes every way take no time: the question whether travel is what is in conflict."""
        self._zone = zone
        self._instant = instant
        self.places: list[Place | None] = [None]
        self._numbers: dict[tuple[float, float] | Place, int] = {}
        self._ways: dict[tuple[int, int], int] = {}
        self._breaks: dict[int, tuple[int, ...]] = {}

    def number(self, place: Place | None) -> int:
        """The number of a place; two with the same coordinates share one, unless one of them is a guess."""
        if place is None:
            return NOWHERE
        spot = place if place.approximate else (place.lat, place.lon)
        number = self._numbers.get(spot)
        if number is None:
            number = self._numbers[spot] = len(self.places)
            self.places.append(place)
        return number

    def way(self, origin: int, destination: int) -> int:
        """Seconds from one numbered place to another."""
        if origin == destination or self._instant:
            return 0
        pair = (origin, destination)
        seconds = self._ways.get(pair)
        if seconds is None:
            seconds = self._ways[pair] = way_seconds(self.places[origin], self.places[destination])
        return seconds

    def break_after(self, moment: int) -> int:
        """The first end of a night strictly after ``moment`` (both in seconds since the epoch).

        Two appointments are linked, so that the person travels from one to the other, when no such break
        lies between the end of the first and the start of the second; otherwise they slept at home.
        """
        bucket = moment // _DAY
        breaks = self._breaks.get(bucket)
        if breaks is None:
            breaks = self._breaks[bucket] = self._breaks_around(bucket)
        return next(end for end in breaks if end > moment)

    def breaks_between(self, low: int, high: int) -> list[int]:
        """All ends of nights in ``(low, high]``."""
        found = []
        moment = self.break_after(low)
        while moment <= high:
            found.append(moment)
            moment = self.break_after(moment)
        return found

    def _breaks_around(self, bucket: int) -> tuple[int, ...]:
        day = datetime.fromtimestamp(bucket * _DAY, self._zone).date()
        days = (day + timedelta(days=n) for n in range(3))
        return tuple(int(datetime.combine(d, NIGHT_ENDS, self._zone).timestamp()) for d in days)
