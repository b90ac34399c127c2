"""What a person has told us for good: facts and preferences that outlast a conversation."""

from typing import Literal

from pydantic import AwareDatetime, Field

from schemas.base import Value
from schemas.money import Money
from schemas.place import Place

MemoryKind = Literal[
    "home",  # where the person lives
    "place",  # another place of theirs: the office, the gym
    "allergy",
    "diet",  # a diet by name, or something that is never eaten
    "budget",  # what is usually spent: a guide, never a limit
    "person",  # somebody's name
    "like",
    "dislike",
    "note",  # anything else that was to be remembered
]


class Memory(Value):
    """One lasting fact. Two with the same id say the same kind of thing: the later one counts."""

    id: str = Field(pattern=r"^[a-z0-9-]{1,120}$", description="unique for its owner")
    kind: MemoryKind
    text: str = Field(max_length=400, description="a sentence addressed to the owner: 'You are allergic to nuts.'")
    subject: str = Field(default="", description="the thing itself: 'nuts', 'vegetarian', '12 Oak Street'")
    about: str | None = Field(default=None, description="whom or what it is about, if not the owner: 'wife', 'office'")
    place: Place | None = Field(default=None, description="for a home or place whose position was given")
    amount: Money | None = Field(default=None, description="for a budget")
    stated_at: AwareDatetime
