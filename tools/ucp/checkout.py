"""Checkout sessions: opened, changed, completed and cancelled, each safe to send again with its key.

A partner may say no in a normal way (out of stock, the slot has gone): that is :class:`CheckoutRefused`, a result.
What it may not do is charge for other things, in another currency, or with totals that do not add up.
"""

from collections.abc import Sequence
from typing import Any
from urllib.parse import quote as percent

from pydantic import AwareDatetime, BaseModel, Field, ValidationError
from ucp_sdk.models.schemas.common.types.total import Total
from ucp_sdk.models.schemas.shopping.checkout import Checkout

from schemas.base import Value
from schemas.errors import PartnerError
from schemas.money import Money
from schemas.partner import Partner
from schemas.place import Place
from tools.http import PartnerHttp, Reply
from tools.ucp import wording
from tools.ucp.client import call, first_error
from tools.ucp.profile import explain


class CheckoutBooking(Value):
    """When and where the bought thing happens."""

    start: AwareDatetime
    party: int | None = None
    place: Place | None = None
    origin: Place | None = None
    note: str | None = Field(default=None, max_length=1000)


class CheckoutSession(Value):
    """A partner's checkout as it stands. Compare ``total`` with the quote: it may have changed."""

    id: str
    status: str = Field(description="'ready_for_complete', 'complete_in_progress', 'completed' or 'canceled'")
    total: Money
    start: AwareDatetime | None = None
    end: AwareDatetime | None = None
    expires_at: AwareDatetime | None = None
    order_id: str | None = None
    order_url: str | None = None


class CheckoutRefused(Value):
    """The partner's no, in its own words; ``code`` is UCP's ('out_of_stock', 'slot_unavailable', 'too_late' …)."""

    code: str
    content: str
    severity: str = "unrecoverable"


class _Echo(BaseModel):
    start: AwareDatetime | None = None
    end: AwareDatetime | None = None


async def create_checkout(
    http: PartnerHttp,
    partner: Partner,
    product_id: str,
    *,
    quantity: int,
    booking: CheckoutBooking,
    currency: str,
    key: str,
) -> CheckoutSession | CheckoutRefused:
    """Open a checkout for one product at one time.

    Raises:
        PartnerUnavailableError: no answer; call again with the same key.
        PartnerError: the answer breaks the protocol.
    """
    body = _order_body(product_id, quantity, booking)
    reply = await call(http, partner, "POST", "/checkout-sessions", body=body, key=key)
    return _session(partner, reply, currency, items=[(product_id, quantity)], booking=booking)


async def update_checkout(
    http: PartnerHttp,
    partner: Partner,
    checkout_id: str,
    product_id: str,
    *,
    quantity: int,
    booking: CheckoutBooking,
    currency: str,
    key: str,
) -> CheckoutSession | CheckoutRefused:
    """Replace what the checkout holds, whole (a PUT). Raises as :func:`create_checkout`."""
    body = _order_body(product_id, quantity, booking)
    reply = await call(http, partner, "PUT", _path(checkout_id), body=body, key=key)
    return _session(partner, reply, currency, checkout_id, items=[(product_id, quantity)], booking=booking)


async def complete_checkout(
    http: PartnerHttp, partner: Partner, checkout_id: str, *, token: str, currency: str, key: str
) -> CheckoutSession | CheckoutRefused:
    """Buy: hand over the escrow token. The session that comes back names the partner's order.

    Raises:
        PartnerError: the partner takes no escrow, or its answer breaks the protocol.
        PartnerUnavailableError: no answer; call again with the same key.
    """
    handler = next((entry for entry in partner.payment_handlers if entry.get("name") == wording.ESCROW), None)
    if handler is None:
        raise PartnerError(f"{partner.name} does not take payment through escrow ({wording.ESCROW}).")
    instrument = {
        "id": "escrow",
        "handler_id": handler["id"],
        "type": "escrow_token",
        "selected": True,
        "credential": {"type": "escrow_token", "token": token},
    }
    reply = await call(
        http, partner, "POST", _path(checkout_id, "complete"), body={"payment": {"instruments": [instrument]}}, key=key
    )
    result = _session(partner, reply, currency, checkout_id)
    if isinstance(result, CheckoutSession) and result.status == "completed" and not result.order_id:
        raise PartnerError(f"{partner.name} completed the checkout without naming an order.")
    return result


async def cancel_checkout(
    http: PartnerHttp, partner: Partner, checkout_id: str, *, currency: str, key: str
) -> CheckoutSession | CheckoutRefused:
    """Give the checkout up before it is completed. Raises as :func:`create_checkout`."""
    reply = await call(http, partner, "POST", _path(checkout_id, "cancel"), body={}, key=key)
    return _session(partner, reply, currency, checkout_id, wanted=("canceled",))


def _path(checkout_id: str, action: str | None = None) -> str:
    path = f"/checkout-sessions/{percent(checkout_id, safe='')}"
    return f"{path}/{action}" if action else path


def _order_body(product_id: str, quantity: int, booking: CheckoutBooking) -> dict[str, Any]:
    return {
        "line_items": [{"item": {"id": product_id}, "quantity": quantity}],
        "booking": booking.model_dump(mode="json"),
    }


def _session(
    partner: Partner,
    reply: Reply,
    currency: str,
    checkout_id: str | None = None,
    *,
    items: list[tuple[str, int]] | None = None,
    booking: CheckoutBooking | None = None,
    wanted: Sequence[str] = ("ready_for_complete", "complete_in_progress", "completed"),
) -> CheckoutSession | CheckoutRefused:
    document = reply.data
    status = document.get("status") if isinstance(document, dict) else None
    error = first_error(document) if status is None or status not in wanted else None
    if error:
        return CheckoutRefused(**error)
    try:
        checkout = Checkout.model_validate(document)
        echo = _Echo.model_validate((checkout.model_extra or {}).get("booking") or {})
    except ValidationError as problem:
        raise PartnerError(f"{partner.name} answered with no valid checkout: {explain(problem)}.") from problem
    if checkout.status not in wanted:
        return CheckoutRefused(code=checkout.status, content=f"The checkout is {checkout.status}.")
    if checkout_id is not None and checkout.id != checkout_id:
        raise PartnerError(f"{partner.name} answered for checkout {checkout.id!r} instead of {checkout_id!r}.")
    if items is not None and [(line.item.id, line.quantity) for line in checkout.line_items] != items:
        raise PartnerError(f"{partner.name} put other things into the checkout than were asked for.")
    if booking is not None and echo.start is not None and echo.start != booking.start:
        raise PartnerError(f"{partner.name} moved the start to {echo.start.isoformat()} without being asked.")
    return CheckoutSession(
        id=checkout.id,
        status=checkout.status,
        total=checked_total(partner, checkout.totals, checkout.currency, currency),
        start=echo.start,
        end=echo.end,
        expires_at=checkout.expires_at,
        order_id=checkout.order.id if checkout.order else None,
        order_url=str(checkout.order.permalink_url) if checkout.order else None,
    )


def checked_total(partner: Partner, totals: Sequence[Total], said: str, currency: str) -> Money:
    """The amount to pay, if the totals add up and are in the currency of the deal.

    Raises:
        PartnerError: they do not (UCP: never complete a checkout whose totals do not sum).
    """
    if said != currency:
        raise PartnerError(f"{partner.name} charges in {said} although {currency} was agreed.")
    due = next(entry.amount for entry in totals if entry.type == "total")
    parts = sum(entry.amount for entry in totals if entry.type != "total")
    if parts != due or due < 0:
        raise PartnerError(
            f"{partner.name} charges {Money(amount=due, currency=said)} but its parts add up to "
            f"{Money(amount=parts, currency=said)}."
        )
    return Money(amount=due, currency=said)
