"""An order and its lines: a state machine whose every step is recorded."""

from datetime import timedelta
from typing import Any, Literal

from pydantic import AwareDatetime, Field

from schemas.base import Model, Value
from schemas.intent import Need, Relation
from schemas.money import Money
from schemas.offer import Offer
from schemas.place import Place
from schemas.principal import Principal

LineState = Literal[
    "proposed",
    "authorised",
    "placed",
    "accepted",
    "in_progress",
    "fulfilled",
    "rejected",
    "expired",
    "cancelled",
    "refunded",
    "replaced",
]

OrderStatus = Literal["placing", "confirmed", "needs_attention", "fulfilled", "cancelled"]

TransferKind = Literal["authorise", "hold", "release", "refund", "void"]

TRANSITIONS: dict[LineState, frozenset[LineState]] = {
    "proposed": frozenset({"authorised", "cancelled"}),
    "authorised": frozenset({"placed", "rejected", "expired", "cancelled"}),
    "placed": frozenset({"accepted", "in_progress", "fulfilled", "rejected", "expired", "cancelled"}),
    "accepted": frozenset({"in_progress", "fulfilled", "rejected", "cancelled"}),
    "in_progress": frozenset({"fulfilled", "rejected", "cancelled"}),
    "fulfilled": frozenset({"refunded"}),
    "rejected": frozenset({"replaced", "refunded"}),
    "expired": frozenset({"replaced", "refunded"}),
    "cancelled": frozenset({"refunded", "replaced"}),
    "refunded": frozenset({"replaced"}),
    "replaced": frozenset(),
}
"""From each state, the states it may go to. A move that is not here is recorded and ignored."""

FAILED: frozenset[LineState] = frozenset({"rejected", "expired"})
STANDING: frozenset[LineState] = frozenset({"accepted", "in_progress", "fulfilled"})


class Limits(Value):
    """How far recovery may go without asking: the person's own limits."""

    total: Money = Field(description="the most the whole order may cost: the budget, or what was approved")
    shift: timedelta = Field(default=timedelta(minutes=30), description="how far a start may move inside its windows")


class OrderLine(Model):
    """One item bought, or being bought, from one partner."""

    id: str
    need: Need
    offer: Offer
    start: AwareDatetime
    end: AwareDatetime
    place: Place | None = None
    origin: Place | None = None
    state: LineState = "proposed"
    reason: str | None = Field(default=None, description="the partner's or our words for the last failure")
    checkout_id: str | None = None
    partner_order_id: str | None = None
    replaces: str | None = Field(default=None, description="the line this one was bought instead of")
    placed_at: AwareDatetime | None = None
    answer_by: AwareDatetime | None = Field(default=None, description="a placed line not accepted by then expires")


class LineEvent(Value):
    """One thing that happened to a line, kept for ever."""

    at: AwareDatetime
    line_id: str
    what: str
    applied: bool = Field(description="False: recorded, but it did not fit the state")
    detail: str | None = None


class LedgerEntry(Value):
    """One leg of a balanced transfer. ``amount`` is signed: the legs of a transfer sum to zero."""

    id: str
    transfer_id: str
    account: str
    amount: Money
    kind: TransferKind
    line_id: str | None = None
    at: AwareDatetime


class Order(Model):
    """What was approved, as it stands now."""

    id: str
    thread_id: str
    user_id: str
    tenant_id: str
    created_at: AwareDatetime
    currency: str
    limits: Limits
    relations: list[Relation] = Field(default_factory=list)
    home: Place | None = None
    lines: list[OrderLine]
    history: list[LineEvent] = Field(default_factory=list)
    ledger: list[LedgerEntry] = Field(default_factory=list)

    @property
    def owner(self) -> Principal:
        """Whose order it is."""
        return Principal(user_id=self.user_id, tenant_id=self.tenant_id)

    @property
    def current(self) -> list[OrderLine]:
        """The lines that count: neither replaced nor refunded nor cancelled, in order of start."""
        gone = {"replaced", "refunded", "cancelled"}
        return sorted((line for line in self.lines if line.state not in gone), key=lambda line: line.start)

    @property
    def total(self) -> Money:
        """What the current lines cost together, failed ones left out."""
        amount = sum(line.offer.price.amount for line in self.current if line.state not in FAILED)
        return Money(amount=amount, currency=self.currency)

    @property
    def settled(self) -> bool:
        """Whether every current line has an answer that stands: nothing to wait for or to repair."""
        return all(line.state in STANDING for line in self.current)

    @property
    def status(self) -> OrderStatus:
        """One word for the whole order."""
        current = self.current
        if not current:
            return "cancelled"
        if any(line.state in FAILED for line in current):
            return "needs_attention"
        if all(line.state == "fulfilled" for line in current):
            return "fulfilled"
        return "confirmed" if self.settled else "placing"

    def view(self) -> dict[str, Any]:
        """The order as clients see it: its fields as JSON with ``status``, ``settled`` and ``total`` worked out."""
        worked_out = {"status": self.status, "settled": self.settled, "total": self.total.model_dump(mode="json")}
        return self.model_dump(mode="json") | worked_out
