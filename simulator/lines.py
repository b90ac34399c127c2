"""The lines of business, as data: what each sells, when, for how much. One file a line under ``data/``.

Nothing in the code knows a line by name; a new one is a new file and a place in the roster.
"""

import json
import re
from functools import cache
from importlib.resources import files
from typing import Annotated, Any, Literal, TypeAlias

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field

DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
DAY_MINUTES = 24 * 60

Span: TypeAlias = tuple[int, int]
"""From and to in minutes after local midnight; past midnight the second is over 1,440."""
Week: TypeAlias = tuple[tuple[Span, ...], ...]
"""The opening hours of Monday to Sunday."""
PricePer = Literal["item", "person"]
Effect = Literal["attended", "delivered", "moves_person", "visits"]


def clock_minutes(text: str) -> int:
    """``"19:30"`` as minutes after midnight.

    Raises:
        ValueError: not a time of day.
    """
    match = re.fullmatch(r"([01]\d|2[0-3]):([0-5]\d)", text)
    if match is None:
        raise ValueError(f"{text!r} is not a time of day such as 19:30")
    return int(match[1]) * 60 + int(match[2])


def _span(text: str) -> Span:
    opens, closes = (clock_minutes(part) for part in text.split("-"))
    return opens, closes if closes > opens else closes + DAY_MINUTES


def _days(text: str) -> range:
    first, _, last = text.partition("-")
    return range(DAYS.index(first), DAYS.index(last or first) + 1)


def _week(hours: dict[str, list[str]]) -> Week:
    """``{"mon-fri": ["09:00-18:00"]}`` as a span list for each day; days left out are closed."""
    week: list[tuple[Span, ...]] = [()] * len(DAYS)
    for days, spans in hours.items():
        for day in _days(days):
            week[day] = tuple(_span(span) for span in spans)
    return tuple(week)


class _Data(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


Served = Annotated[Span, BeforeValidator(_span)]
Times = Annotated[tuple[int, ...], BeforeValidator(lambda times: tuple(clock_minutes(time) for time in times))]
DaySet = Annotated[frozenset[int], BeforeValidator(lambda days: frozenset(DAYS.index(day) for day in days))]
Hours = Annotated[Week, BeforeValidator(_week)]


def _ascending(bounds: tuple[float, float]) -> tuple[float, float]:
    if bounds[0] > bounds[1]:
        raise ValueError("a range must not end below its start")
    return bounds


class Option(_Data):
    """One way to buy an item: a size, a seat, a length. ``times`` multiplies the price."""

    name: str
    times: float = 1.0
    note: str = ""
    capacity: int | None = None
    minutes: int | None = None
    lead: int | None = None


class Item(_Data):
    """Something sold. Prices in dollars; what is not set is the line's."""

    title: str
    text: str
    category: str
    tags: tuple[str, ...]
    price: float = Field(gt=0)
    per: PricePer | None = None
    capacity: int | None = None
    minutes: int | None = None
    lead: int | None = None
    served: Served | None = None
    times: Times = ()
    days: DaySet | None = None
    weeks: float = Field(default=1.0, gt=0, le=1, description="share of the weeks in which it is on at all")
    options: tuple[Option, ...] = ()


class Style(_Data):
    """A kind of business within the line (a cuisine, a stage), its names and what only it sells."""

    label: str
    names: tuple[str, ...]
    patterns: tuple[str, ...]
    level: Annotated[tuple[float, float], AfterValidator(_ascending)]
    """Bounds of the price level: 1 is the price in the data."""
    tags: tuple[str, ...]
    items: tuple[Item, ...]


class Stock(_Data):
    """What runs out: tables, vans, therapists, seats. ``busy`` is the share others have taken already."""

    scope: Literal["partner", "product", "variant"]
    units: tuple[int, int]
    busy: float = Field(ge=0, lt=1)
    per_person: bool = False


class Line(_Data):
    """A line of business."""

    service: dict[str, Any] = Field(description="the capability as the profile publishes it")
    price_per: PricePer = "item"
    capacity: int | None = None
    step_minutes: int = Field(default=0, description="minutes between fixed starts; 0: any moment")
    ends_by_close: bool = False
    stock: Stock
    lead_minutes: tuple[int, ...]
    cancel_minutes: int
    reach_km: float | None = Field(default=None, description="how far it delivers or comes; None: it stays at home")
    hours: tuple[Hours, ...]
    options: tuple[Option, ...]
    items: tuple[Item, ...]
    styles: tuple[Style, ...]

    @property
    def id(self) -> str:
        """The capability id."""
        return str(self.service["id"])

    @property
    def effect(self) -> Effect:
        """What the service does to a person's time."""
        effect: Effect = self.service["effect"]
        return effect


@cache
def lines() -> dict[str, Line]:
    """Every line of business by its capability id."""
    folder = files("simulator.data")
    loaded = [
        Line.model_validate(json.loads(entry.read_text("utf-8")))
        for entry in sorted(folder.iterdir(), key=lambda entry: entry.name)
        if entry.name.endswith(".json") and entry.name != "city.json"
    ]
    return {line.id: line for line in loaded}
