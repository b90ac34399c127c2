"""A partner's order after the checkout: fetched, cancelled, and read from webhooks, always as a full snapshot."""

from typing import Any, Literal
from urllib.parse import quote as percent

from pydantic import Field, ValidationError
from ucp_sdk.models.schemas.shopping.order import Order

from schemas.base import Value
from schemas.errors import PartnerError
from schemas.money import Money
from schemas.partner import Partner
from tools.http import PartnerHttp
from tools.ucp.checkout import CheckoutRefused, checked_total
from tools.ucp.client import call, first_error
from tools.ucp.profile import explain

Standing = Literal["undecided", "accepted", "in_progress", "fulfilled", "rejected"]


class PartnerOrder(Value):
    """What a snapshot of a partner's order means."""

    id: str
    checkout_id: str
    standing: Standing = Field(description="'rejected' also when it was cancelled: no quantity is left")
    reason: str | None = Field(default=None, description="the partner's words for a rejection")
    total: Money


async def get_order(http: PartnerHttp, partner: Partner, order_id: str, *, currency: str) -> PartnerOrder:
    """The order as the partner has it now.

    Raises:
        PartnerUnavailableError: no answer.
        PartnerError: no such order, or an answer that breaks the protocol.
    """
    reply = await call(http, partner, "GET", f"/orders/{percent(order_id, safe='')}")
    order = read_order(partner, reply.data, currency=currency)
    return _same(partner, order, order_id)


async def cancel_order(
    http: PartnerHttp, partner: Partner, order_id: str, *, currency: str, key: str
) -> PartnerOrder | CheckoutRefused:
    """Cancel an order; the partner may refuse ("too_late"). Raises as :func:`get_order`."""
    reply = await call(http, partner, "POST", f"/orders/{percent(order_id, safe='')}/cancel", body={}, key=key)
    if not isinstance(reply.data, dict) or "line_items" not in reply.data:
        error = first_error(reply.data)
        if error:
            return CheckoutRefused(**error)
    return _same(partner, read_order(partner, reply.data, currency=currency), order_id)


def _same(partner: Partner, order: PartnerOrder, order_id: str) -> PartnerOrder:
    if order.id != order_id:
        raise PartnerError(f"{partner.name} answered for order {order.id!r} instead of {order_id!r}.")
    return order


def read_order(partner: Partner, document: Any, *, currency: str | None = None) -> PartnerOrder:
    """What an order snapshot says; ``currency`` is the one agreed, if known.

    Raises:
        PartnerError: it is no valid UCP order.
    """
    try:
        order = Order.model_validate(document)
    except ValidationError as error:
        raise PartnerError(f"{partner.name} sent no valid order: {explain(error)}.") from error
    return PartnerOrder(
        id=order.id,
        checkout_id=order.checkout_id,
        standing=_standing(order),
        reason=next(
            (
                entry.description
                for entry in reversed(order.adjustments or [])
                if entry.type == "cancellation" and entry.description
            ),
            None,
        ),
        total=checked_total(partner, order.totals, order.currency, currency or order.currency),
    )


def _standing(order: Order) -> Standing:
    statuses = {"removed" if line.quantity.total == 0 else line.status for line in order.line_items}
    if statuses <= {"removed"}:
        return "rejected"
    if statuses <= {"removed", "fulfilled"}:
        return "fulfilled"
    if "partial" in statuses or any(event.type == "in_progress" for event in order.fulfillment.events or []):
        return "in_progress"
    return "accepted" if order.fulfillment.expectations else "undecided"
