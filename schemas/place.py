"""Where something happens: a named point on the map with the time zone that is kept there."""

from math import asin, cos, radians, sin, sqrt
from zoneinfo import ZoneInfo, available_timezones

from pydantic import Field, field_validator

from schemas.base import Value

_EARTH_KM = 6371.0088  # mean radius, IUGG
_ACROSS_TOWN_KM = 5.0  # what is assumed of a way that is not known
_ZONES = available_timezones()


class Place(Value):
    """A named place; ``lat`` and ``lon`` in degrees (WGS 84), ``zone`` an IANA name."""

    name: str
    lat: float = Field(ge=-90, le=90)
    lon: float = Field(ge=-180, le=180)
    zone: str
    address: str | None = None
    approximate: bool = False
    """Known by its address only: the coordinates say no more than the town, and every way from or to it is a guess."""

    @field_validator("zone")
    @classmethod
    def _known_zone(cls, value: str) -> str:
        if value not in _ZONES:
            raise ValueError(f"unknown time zone {value!r}: use an IANA name such as 'America/Chicago'")
        return value

    @property
    def tz(self) -> ZoneInfo:
        """The place's time zone."""
        return ZoneInfo(self.zone)

    def km_to(self, other: "Place") -> float:
        """Great-circle distance in kilometres (haversine formula); a usual way in a town if one is ``approximate``."""
        if self.approximate or other.approximate:
            return 0.0 if self == other else _ACROSS_TOWN_KM
        lat1, lat2 = radians(self.lat), radians(other.lat)
        h = sin((lat2 - lat1) / 2) ** 2
        h += cos(lat1) * cos(lat2) * sin(radians(other.lon - self.lon) / 2) ** 2
        return 2 * _EARTH_KM * asin(sqrt(h))
