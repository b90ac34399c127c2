"""A partner's orders: what was bought, what became of it, and the snapshot that UCP shows of it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal

from simulator.availability import Hold, as_datetime, as_text
from simulator.booking import Booking
from simulator.catalogue import CURRENCY, Variant
from simulator.city import CITY
from simulator.protocol import ORDER, Body, envelope

State = Literal["placed", "accepted", "in_progress", "fulfilled", "rejected", "cancelled"]
_OPEN: tuple[State, ...] = ("placed", "accepted", "in_progress")
MOVES: Mapping[State, tuple[State, ...]] = {
    "placed": ("accepted", "in_progress", "fulfilled", "rejected", "cancelled"),
    "accepted": ("in_progress", "fulfilled", "rejected", "cancelled"),
    "in_progress": ("fulfilled", "rejected"),
    "fulfilled": (),
    "rejected": (),
    "cancelled": (),
}
_LINE = "li_1"
_METHODS = {"attended": "onsite", "delivered": "delivery", "moves_person": "ride", "visits": "visit"}


@dataclass(slots=True, eq=False)
class Order:
    """One order. ``agent`` is the platform's profile, ``base`` the partner's own address, ``total`` in cents."""

    id: str
    checkout_id: str
    agent: str
    base: str
    variant: Variant
    quantity: int
    total: int
    booking: Booking
    hold: Hold
    placed_at: datetime
    state: State = "placed"
    promised: bool = False
    events: list[Body] = field(default_factory=list)
    adjustments: list[Body] = field(default_factory=list)

    @property
    def starts_at(self) -> datetime:
        """When the booked service begins."""
        return as_datetime(self.hold.start)

    @property
    def open(self) -> bool:
        """Whether anything can still become of it."""
        return self.state in _OPEN

    def move(self, to: State, *, at: datetime, reason: str = "") -> bool:
        """Bring it into another state; False, and no change, if it cannot go there from where it is."""
        if to not in MOVES[self.state]:
            return False
        self.state = to
        if to in ("rejected", "cancelled"):
            self.adjustments.append(self._adjustment(at, reason))
            return True
        self.promised = True
        if to != "accepted":
            self.events.append(self._event("in_progress" if to == "in_progress" else "delivered", at))
        return True

    def as_json(self) -> Body:
        """The full snapshot, in the form of UCP's order."""
        live = 0 if self.state in ("rejected", "cancelled") else self.quantity
        done = self.quantity if self.state == "fulfilled" else 0
        totals = totals_json(self.total)
        line = {
            "id": _LINE,
            "item": item_json(self.variant, self.total, self.quantity),
            "quantity": {"original": self.quantity, "total": live, "fulfilled": done},
            "totals": totals,
            "status": "removed" if live == 0 else "fulfilled" if done else "processing",
        }
        return {
            "ucp": envelope(ORDER),
            "id": self.id,
            "label": self.id,
            "checkout_id": self.checkout_id,
            "permalink_url": f"{self.base}/orders/{self.id}",
            "line_items": [line],
            "fulfillment": {
                "expectations": [self._expectation()] if self.promised else [],
                "events": list(self.events),
            },
            "adjustments": list(self.adjustments),
            "currency": CURRENCY,
            "totals": totals,
            "booking": booking_json(self.booking, self.hold.start, self.hold.duration),
        }

    def _expectation(self) -> Body:
        place, spot = self.booking.place, self.variant.product.spot
        attended = self.variant.line.effect == "attended"
        return {
            "id": "exp_1",
            "line_items": [self._whole_line()],
            "method_type": _METHODS[self.variant.line.effect],
            "destination": {
                "street_address": place.address or place.name if place and not attended else spot.address,
                "address_locality": CITY.name,
                "address_region": CITY.region,
                "address_country": CITY.country,
            },
            "description": f"{self.variant.whole_title}, {as_text(self.hold.start)}",
            "fulfillable_on": as_text(self.hold.start),
        }

    def _event(self, kind: str, at: datetime) -> Body:
        return {
            "id": f"evt_{len(self.events) + 1}",
            "occurred_at": at.isoformat(),
            "type": kind,
            "line_items": [self._whole_line()],
        }

    def _adjustment(self, at: datetime, reason: str) -> Body:
        return {
            "id": f"adj_{len(self.adjustments) + 1}",
            "type": "cancellation",
            "occurred_at": at.isoformat(),
            "status": "completed",
            "line_items": [{"id": _LINE, "quantity": -self.quantity}],
            "totals": [{"type": "total", "amount": -self.total}],
            "description": reason,
        }

    def _whole_line(self) -> Body:
        return {"id": _LINE, "quantity": self.quantity}


def item_json(variant: Variant, total: int, quantity: int) -> Body:
    """The item of a line; its price is what one of the quantity costs for the party it was asked for."""
    return {"id": variant.id, "title": variant.whole_title, "price": round(total / quantity)}


def totals_json(total: int) -> list[dict[str, Any]]:
    """Totals without taxes or fees: prices here are what is paid."""
    return [
        {"type": "subtotal", "display_text": "Subtotal", "amount": total},
        {"type": "total", "display_text": "Total", "amount": total},
    ]


def booking_json(booking: Booking, start: int, duration: int) -> Body:
    """What was booked, with its end."""
    echo = booking.model_dump(mode="json", exclude={"start"})
    return {"start": as_text(start), "end": as_text(start + duration), **echo}
