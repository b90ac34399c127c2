"""What a story is, as data: who the person is, what they say and do, how partners behave, and what must come of it.

Stories are written in TOML, one file a theme, under ``stories``. Nothing in them is about words of ours: what is
expected are plans, orders, bookings at the partners and money.
"""

import tomllib
from datetime import datetime, timedelta
from importlib.resources import files
from typing import Any, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator

from evals.scenarios.world import MORNING

_DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")


class _Data(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


def moment(text: str) -> datetime:
    """``"sat 19:00"``: that hour of the next such day (today's name is today); ``"sun+1"`` is a week later.

    Raises:
        ValueError: not of that form.
    """
    day, _, clock = text.partition(" ")
    name, _, weeks = day.partition("+")
    if name not in _DAYS:
        raise ValueError(f"{text!r} must be like 'sat 19:00'")
    hour, _, minute = clock.partition(":")
    days = (_DAYS.index(name) - MORNING.weekday()) % 7 + 7 * int(weeks or 0)
    midnight = MORNING.replace(hour=0, minute=0, second=0, microsecond=0) + timedelta(days=days)
    return midnight + timedelta(hours=int(hour), minutes=int(minute or 0))


class Span(_Data):
    """From and to, both included; written ``["sat 18:30", "sat 19:30"]``, an empty text leaves a side open."""

    earliest: datetime | None
    latest: datetime | None

    @model_validator(mode="before")
    @classmethod
    def _of_texts(cls, value: Any) -> Any:
        if isinstance(value, list) and len(value) == 2:
            earliest, latest = (moment(text) if text else None for text in value)
            return {"earliest": earliest, "latest": latest}
        return value

    def __contains__(self, at: datetime) -> bool:
        return (self.earliest is None or self.earliest <= at) and (self.latest is None or at <= self.latest)


class Mischief(_Data):
    """How partners of a service are to behave from then on: the one in the present proposal, the others, or all."""

    service: str
    who: Literal["chosen", "others", "all"] = "chosen"
    behaviour: str
    options: dict[str, Any] = {}


class Move(_Data):
    """One thing the person does, and what happens at the partners just before."""

    say: str | None = None
    do: Literal["approve", "reject", "swap"] | None = None
    item: str | None = Field(default=None, description="swap: of which service")
    before: tuple[Mischief, ...] = ()

    @model_validator(mode="after")
    def _one_thing(self) -> Self:
        if (self.say is None) == (self.do is None) or (self.do == "swap") != (self.item is not None):
            raise ValueError("a move says something or does something; a swap names an item")
        return self


class Wanted(_Data):
    """One item that must be in the plan, and at the partner if it was bought."""

    service: str
    starts: Span | None = None
    ends: Span | None = None
    party: int | None = None
    quantity: int | None = None
    at: Literal["home"] | tuple[float, float] | None = Field(default=None, description="where it is brought or done")
    to: Literal["home"] | tuple[float, float] | None = Field(default=None, description="where a ride ends")
    like: str | None = Field(default=None, description="a pattern its title, description or tags must match")
    unlike: str | None = Field(default=None, description="a pattern none of them may match")
    most: float | None = Field(default=None, description="what it may cost, in dollars")
    least: float | None = None


class Expected(_Data):
    """What must have come of the story."""

    ends: Literal["bought", "proposed", "nothing", "cancelled"]
    items: tuple[Wanted, ...] = ()
    order: tuple[tuple[str, str], ...] = Field(default=(), description="services of which the first ends first")
    budget: float | None = Field(default=None, description="dollars, for everything together")
    repaired: tuple[str, ...] = Field(default=(), description="services bought anew because a partner failed")
    gone: tuple[str, ...] = Field(default=(), description="services bought and given up: the money is back")
    asked: tuple[str, ...] = Field(default=(), description="what had to be asked for, by fact")
    infeasible: bool = Field(default=False, description="a proposal was refused with reasons on the way")
    dearer_than_first: tuple[str, ...] = ()
    cheaper_than_first: tuple[str, ...] = ()
    other_than_first: tuple[str, ...] = Field(default=(), description="services whose offer must have changed")
    same_as_first: tuple[str, ...] = Field(default=(), description="services whose offer must not have changed")


class Story(_Data):
    """A person with a wish."""

    id: str
    tags: tuple[str, ...] = ()
    goal: str = Field(description="what the person is after, for the reader of a report")
    knows: dict[str, str] = Field(default={}, description="answers by the fact that is asked for")
    on_offer: Literal["take", "refuse"] = Field(
        default="refuse", description="what they say to a replacement beyond their limits"
    )
    moves: tuple[Move, ...] = Field(min_length=1)
    expected: Expected

    @field_validator("moves", mode="before")
    @classmethod
    def _short_forms(cls, value: Any) -> Any:
        """``"approve"`` and ``"reject"`` are done; any other text is said."""
        if not isinstance(value, list):
            return value
        return [_move(move) if isinstance(move, str) else move for move in value]


def _move(text: str) -> dict[str, str]:
    return {"do": text} if text in ("approve", "reject") else {"say": text}


def stories() -> list[Story]:
    """Every story, file by file."""
    folder = files("evals.scenarios").joinpath("stories")
    told: list[Story] = []
    for entry in sorted(folder.iterdir(), key=lambda entry: entry.name):
        if entry.name.endswith(".toml"):
            theme = entry.name.removesuffix(".toml")
            for row in tomllib.loads(entry.read_text("utf-8"))["story"]:
                told.append(Story.model_validate({**row, "tags": [theme, *row.get("tags", [])]}))
    return told
