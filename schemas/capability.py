"""What a partner can do, as data.

Capabilities come from partner manifests and from a built-in set in the same form
(``capabilities.json``); nothing in the code knows one by name.
"""

import json
from functools import cache
from importlib.resources import files
from typing import Literal

from pydantic import Field

from schemas.base import Value

SlotType = Literal[
    "text", "category", "number", "money", "date", "time", "datetime", "duration", "place", "person_count", "boolean"
]
TimeEffect = Literal["attended", "delivered", "moves_person", "visits"]
"""What fulfilling it does to the person's day.

- ``attended``: the person is at the partner's place from start to end (dinner, a spa visit).
- ``delivered``: something arrives at a place by a time; the person is free (flowers, a cake).
- ``moves_person``: takes the person from one place to another (a ride).
- ``visits``: the partner comes to a place and works there; the person is free (cleaning, plumbing).
"""


class Slot(Value):
    """One fact a capability can take."""

    name: str
    description: str = ""
    type: SlotType = "text"
    values: tuple[str, ...] = ()
    required: bool = False


class Capability(Value):
    """A kind of service: what it is called, what it needs to know, and what it does to time."""

    id: str = Field(min_length=1, max_length=200)
    name: str
    description: str = ""
    examples: tuple[str, ...] = ()
    """Words people use for it ("table for two", "bouquet"); evidence for the reader, never a switch."""
    slots: tuple[Slot, ...] = ()
    effect: TimeEffect = "attended"
    duration_minutes: int = Field(default=60, ge=0, le=60 * 24 * 30)
    """Typical length, used when an offer does not say."""
    service: str = Field(default="", max_length=200)
    """The service this is a part of, if it has several: they share what was said ("find a hotel", then "book it")."""
    commits: bool = True
    """Whether fulfilling it commits the person (a booking, a purchase) rather than only telling them something."""


@cache
def built_in() -> tuple[Capability, ...]:
    """The capabilities known before any partner is: the same form as a manifest's."""
    rows = json.loads(files("schemas").joinpath("capabilities.json").read_text("utf-8"))
    return tuple(Capability.model_validate(row) for row in rows)
