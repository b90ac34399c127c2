"""What a partner offers for a need: typed, priced, timed and perishable."""

from datetime import timedelta
from typing import Any

from pydantic import AwareDatetime, Field

from schemas.base import Model, Value
from schemas.capability import TimeEffect
from schemas.intent import Need
from schemas.money import Money
from schemas.place import Place
from schemas.timing import TimeWindow


class Offer(Value):
    """One partner's product, priced for one need.

    When ``starts`` is given the service can begin only at those moments (tables, shows); otherwise it can
    begin at any moment inside one of ``windows`` (rides, deliveries). For a delivery the moment is the arrival.
    """

    id: str = Field(description="stable for partner, product and need")
    need_id: str
    capability_id: str
    partner_id: str
    partner_name: str
    product_id: str = Field(description="the variant id that the partner's checkout takes")
    title: str
    description: str = ""
    effect: TimeEffect
    price: Money = Field(description="for the whole need: quantity and party included")
    quantity: int = 1
    duration: timedelta
    place: Place | None = Field(default=None, description="where an attended service happens")
    starts: tuple[AwareDatetime, ...] = ()
    windows: tuple[TimeWindow, ...] = ()
    rating: float | None = Field(default=None, ge=0, le=5)
    match: float = Field(default=0.5, ge=0, le=1, description="how well it fits the words of the need")
    expires_at: AwareDatetime | None = None
    attributes: dict[str, Any] = Field(default_factory=dict)


class ScoutedNeed(Model):
    """What the scout found for one need, best first, and who failed to answer."""

    need: Need
    offers: list[Offer] = Field(default_factory=list)
    failures: list["PartnerFailure"] = Field(default_factory=list)


class PartnerFailure(Value):
    """A partner that cost its own offers: who and why."""

    partner_id: str
    partner_name: str
    reason: str
