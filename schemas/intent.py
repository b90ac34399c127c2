"""What a person wants, as read from their words.

An intent holds only what was said or remembered: a fact that is not there stays empty, and becomes a
question when it is needed.
"""

from typing import Any, Literal

from pydantic import AwareDatetime, Field

from schemas.base import Model, Value
from schemas.money import Money
from schemas.place import Place
from schemas.timing import Timing

IntentKind = Literal[
    "request",  # new needs to fulfil
    "answer",  # facts for the question we asked
    "change",  # other terms for the pending proposal ("make it 8 pm", "cheaper flowers")
    "swap",  # another offer for one item of the pending proposal
    "approve",  # take the pending proposal
    "reject",  # drop the pending proposal
    "cancel",  # cancel an order, or one line of it
    "status",  # what did I order, where is it
    "watch",  # tell me when ...
    "human",  # let me talk to a person
    "small_talk",
    "unsupported",  # clear, but nobody here can do it
    "unclear",  # not understood
]


ANY = "dontcare"
"""The value of a slot of which the person said that it does not matter."""


class Need(Model):
    """One thing to be arranged."""

    id: str = Field(description="n1, n2 … in the order they were said")
    capability_id: str | None = Field(default=None, description="None when no known capability fits")
    text: str = Field(description="the person's own words for it")
    query: str = Field(
        default="", description="what to search a catalogue for; the kind of thing, without times and money"
    )
    slots: dict[str, Any] = Field(default_factory=dict, description="facts by slot name, JSON values")
    said: dict[str, str] = Field(default_factory=dict, description="the words that slots were read from, by slot name")
    timing: Timing = Timing()
    place: Place | None = Field(
        default=None, description="where it is to happen or be delivered, if said or remembered"
    )
    place_text: str | None = Field(default=None, description="a place that was named but is not known")
    destination: Place | None = Field(default=None, description="for rides: where to")
    party: int | None = Field(default=None, ge=1, le=10_000)
    quantity: int = Field(default=1, ge=1, le=10_000)
    budget: Money | None = Field(default=None, description="the most this one item may cost")
    cheaper_than: Money | None = Field(default=None, description="from a change such as 'cheaper flowers'")
    avoid: list[str] = Field(default_factory=list, description="what it must not be or contain")
    priority: Literal["must", "nice"] = "must"
    confidence: float = Field(default=1.0, ge=0, le=1)


class Relation(Value):
    """``first`` must end before ``second`` starts, or both start together."""

    kind: Literal["before", "together"] = "before"
    first: str
    second: str


class MissingFact(Value):
    """A fact that must be asked for, and how to ask."""

    need_id: str | None
    fact: str = Field(description="the slot or field: 'date', 'party', 'place' …")
    question: str


class Intent(Model):
    """The reading of one message."""

    kind: IntentKind
    needs: list[Need] = Field(default_factory=list)
    relations: list[Relation] = Field(default_factory=list)
    budget: Money | None = Field(default=None, description="the most everything together may cost")
    missing: list[MissingFact] = Field(default_factory=list, description="most valuable question first")
    target: str | None = Field(default=None, description="for change, swap, cancel: the need id or order line id meant")
    language: str = "en"
    confidence: float = Field(default=1.0, ge=0, le=1)
    reader: Literal["offline", "model"] = "offline"

    @property
    def focus(self) -> Need | None:
        """The need that the message is about: the one it names, else the last."""
        named = next((need for need in self.needs if need.id == self.target), None)
        return named or (self.needs[-1] if self.needs else None)


class Turn(Value):
    """One earlier message of the conversation."""

    role: Literal["user", "assistant"]
    text: str


class PendingQuestion(Value):
    """What we are waiting for the person to say."""

    kind: Literal["question", "approval", "recovery"]
    text: str
    fact: MissingFact | None = None


class OrderedLine(Value):
    """A line of an order on this thread, enough to recognise it in words ("cancel the ride")."""

    line_id: str
    capability_id: str | None
    title: str
    state: str


class ResolveContext(Model):
    """All a reader may know beside the message itself."""

    now: AwareDatetime
    zone: str
    currency: str = "USD"
    home: Place | None = None
    places: dict[str, Place] = Field(default_factory=dict, description="remembered places by name, lower case")
    history: list[Turn] = Field(default_factory=list)
    pending: PendingQuestion | None = None
    intent: Intent | None = Field(default=None, description="the request as read so far on this thread")
    ordered: list[OrderedLine] = Field(default_factory=list)
    preferences: list[str] = Field(default_factory=list)
    language: str = Field(default="en", description="of the conversation, for a message that does not tell its own")
