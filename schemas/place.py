"""Where something happens: a named point on the map with the time zone that is kept there."""

from math import asin, cos, radians, sin, sqrt
from zoneinfo import ZoneInfo, available_timezones

from pydantic import Field, field_validator

from schemas.base import Value

_EARTH_KM = 6371.0088  # mean radius, IUGG
_ZONES = available_timezones()


class Place(Value):
    """A named place; ``lat`` and ``lon`` in degrees (WGS 84), ``zone`` an IANA name."""

    name: str
    lat: float = Field(ge=-90, le=90)
    lon: float = Field(ge=-180, le=180)
    zone: str
    address: str | None = None

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
        """Great-circle distance in kilometres (haversine formula)."""
        lat1, lat2 = radians(self.lat), radians(other.lat)
        h = sin((lat2 - lat1) / 2) ** 2
        h += cos(lat1) * cos(lat2) * sin(radians(other.lon - self.lon) / 2) ** 2
        return 2 * _EARTH_KM * asin(sqrt(h))
