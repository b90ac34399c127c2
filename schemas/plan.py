"""A bundle placed in time, or an exact account of why there is none."""

from datetime import timedelta
from typing import Annotated, Literal

from pydantic import AwareDatetime, Field

from schemas.base import Model, Value
from schemas.intent import Relation
from schemas.money import Money
from schemas.offer import Offer, ScoutedNeed
from schemas.place import Place


class FixedItem(Value):
    """A part of the day already bought: it may not move, and others plan round it."""

    need_id: str
    offer: Offer
    start: AwareDatetime
    end: AwareDatetime
    place: Place | None = None
    origin: Place | None = Field(default=None, description="for rides: where it begins; None for wherever one is")


class PlanRequest(Model):
    """Everything the planner may use. Pure data: no clock, no network."""

    now: AwareDatetime
    needs: list[ScoutedNeed] = Field(min_length=1, max_length=50)
    relations: list[Relation] = Field(default_factory=list, max_length=200)
    budget: Money | None = Field(default=None, description="for all needs together, fixed items included")
    currency: str = "USD"
    home: Place | None = Field(default=None, description="where the person starts and deliveries go by default")
    fixed: list[FixedItem] = Field(default_factory=list, max_length=100)


class PlanItem(Value):
    """One need, the offer chosen for it, and its time. ``end - start`` is the offer's duration."""

    need_id: str
    offer: Offer
    start: AwareDatetime
    end: AwareDatetime
    travel: timedelta = Field(default=timedelta(0), description="the person's way to it from where they were")
    slack: timedelta = Field(default=timedelta(0), description="how much later it could begin with all else kept")
    place: Place | None = Field(default=None, description="where it happens; for rides, where it ends")
    origin: Place | None = Field(default=None, description="for rides: where it begins")


Merit = Literal["match", "rating", "price", "balance"]


class Reason(Value):
    """What speaks for an item's offer among the offers that could be had for its need."""

    need_id: str
    merits: tuple[Merit, ...] = Field(min_length=1, description="of which it is the best")
    among: int = Field(ge=1, description="how many offers there were; 1: it had no rival")


class Plan(Model):
    """A feasible, best bundle: every window, order, way, lead time and budget is kept."""

    status: Literal["planned"] = "planned"
    items: list[PlanItem] = Field(description="in order of start")
    total: Money = Field(description="what the items cost together; fixed items are not in it")
    left_out: list[str] = Field(default_factory=list, description="nice-to-have needs that did not fit")
    reasons: list[str] = Field(default_factory=list, description="why these, one sentence each, in English")
    merits: list[Reason] = Field(default_factory=list, description="why these, for other languages")


ConflictKind = Literal["no_offer", "budget", "time", "lead_time", "travel", "order"]


class Conflict(Value):
    """A smallest set of wishes that cannot all be kept."""

    kind: ConflictKind
    need_ids: tuple[str, ...]
    message: str


class Change(Value):
    """One wish changed."""

    field: Literal["budget", "start", "end", "drop", "relation"]
    need_id: str | None = None
    budget: Money | None = None
    moment: AwareDatetime | None = None
    relation: Relation | None = Field(default=None, description="the order that is given up")
    message: str


class NearestChange(Change):
    """The least change of one wish that makes the whole work, proven by the plan it gives."""

    plan: Plan


class Infeasible(Model):
    """No bundle keeps every wish: what is in conflict and what would work."""

    status: Literal["infeasible"] = "infeasible"
    conflicts: list[Conflict]
    changes: list[NearestChange] = Field(default_factory=list, description="least change first")


PlanResult = Annotated[Plan | Infeasible, Field(discriminator="status")]
