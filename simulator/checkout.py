"""A checkout session: one product, one time, one price, until it is bought, cancelled or forgotten."""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from simulator.availability import as_minute
from simulator.booking import Booking
from simulator.catalogue import CURRENCY, Variant
from simulator.orders import Order, booking_json, item_json, totals_json
from simulator.protocol import BOOKING, CHECKOUT, ESCROW, HANDLER_ID, VERSION, Body, envelope

Status = Literal["incomplete", "ready_for_complete", "completed", "canceled"]


@dataclass(slots=True, eq=False)
class Checkout:
    """One session. ``agent`` is the platform's profile, ``base`` the partner's own address, ``total`` in cents."""

    id: str
    agent: str
    base: str
    variant: Variant
    quantity: int
    total: int
    booking: Booking | None
    expires_at: datetime
    status: Status
    problem: Body | None = None
    order: Order | None = None

    @property
    def start(self) -> int | None:
        """The booked start in minutes since the epoch."""
        return None if self.booking is None else as_minute(self.booking.start)

    def as_json(self) -> Body:
        """The session in the form of UCP's checkout."""
        body: Body = {
            "ucp": envelope(CHECKOUT, BOOKING, payment_handlers={ESCROW: [{"id": HANDLER_ID, "version": VERSION}]}),
            "id": self.id,
            "line_items": [
                {
                    "id": "li_1",
                    "item": item_json(self.variant, self.total, self.quantity),
                    "quantity": self.quantity,
                    "totals": totals_json(self.total),
                }
            ],
            "status": self.status,
            "currency": CURRENCY,
            "totals": totals_json(self.total),
            "links": [{"type": "terms_of_service", "url": f"{self.base}/terms", "title": "Terms"}],
            "expires_at": self.expires_at.isoformat(),
            "messages": [self.problem] if self.problem else [],
        }
        if self.booking is not None and self.start is not None:
            body["booking"] = booking_json(self.booking, self.start, self.variant.schedule.duration)
        if self.order is not None:
            body["order"] = {
                "id": self.order.id,
                "label": self.order.id,
                "permalink_url": f"{self.base}/orders/{self.order.id}",
            }
        return body
