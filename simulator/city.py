"""The invented city: districts, streets and places on the map, around the middle of a lakeside American city."""

import json
from dataclasses import dataclass
from importlib.resources import files
from math import cos, hypot, radians
from random import Random
from zoneinfo import ZoneInfo

_KM_PER_DEGREE = 111.2
_SPREAD_KM = 0.7


@dataclass(frozen=True, slots=True)
class Spot:
    """A point on the map with a postal address, in the city's time zone."""

    name: str
    lat: float
    lon: float
    address: str

    def as_json(self) -> dict[str, object]:
        """The place as profiles publish it."""
        return {"name": self.name, "lat": self.lat, "lon": self.lon, "zone": CITY.zone.key, "address": self.address}


@dataclass(frozen=True, slots=True)
class District:
    """A quarter of the city and its middle."""

    name: str
    lat: float
    lon: float


@dataclass(frozen=True, slots=True)
class City:
    """The city itself; ``surnames`` are its people's."""

    name: str
    region: str
    country: str
    zone: ZoneInfo
    districts: tuple[District, ...]
    streets: tuple[str, ...]
    surnames: tuple[str, ...]

    def spot(self, name: str, district: District, rng: Random) -> Spot:
        """A believable address in the district for the business called ``name``."""
        lat = district.lat + rng.uniform(-_SPREAD_KM, _SPREAD_KM) / _KM_PER_DEGREE
        lon = district.lon + rng.uniform(-_SPREAD_KM, _SPREAD_KM) / (_KM_PER_DEGREE * cos(radians(lat)))
        address = f"{rng.randrange(3, 1990)} {rng.choice(self.streets)}, {district.name}, {self.name}"
        return Spot(name, round(lat, 5), round(lon, 5), address)


def km_between(lat: float, lon: float, other_lat: float, other_lon: float) -> float:
    """Distance in kilometres on a plane tangent to the city: within 1 % for what a delivery van can reach."""
    north = (other_lat - lat) * _KM_PER_DEGREE
    east = (other_lon - lon) * _KM_PER_DEGREE * cos(radians(lat))
    return hypot(north, east)


def _load() -> City:
    raw = json.loads(files("simulator.data").joinpath("city.json").read_text("utf-8"))
    return City(
        name=raw["name"],
        region=raw["region"],
        country=raw["country"],
        zone=ZoneInfo(raw["zone"]),
        districts=tuple(District(**district) for district in raw["districts"]),
        streets=tuple(raw["streets"]),
        surnames=tuple(raw["surnames"]),
    )


CITY = _load()
