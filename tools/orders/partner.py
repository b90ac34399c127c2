"""The exchange with one partner about one order line: buy it, cancel it, make sure it is not bought.

No database here. Every call carries an idempotency key made of the line's id, so that whoever repeats it, after a
crash or at the same time, gets the first call's answer and buys nothing twice.
"""

import asyncio

from pydantic import Field

from schemas.base import Value
from schemas.errors import PartnerError
from schemas.money import Money
from schemas.order import OrderLine
from schemas.partner import Partner
from tools import payments, ucp
from tools.http import PartnerHttp, PartnerUnavailableError

_LONGEST_ID = 255


class Bought(Value):
    """The partner took the order, at ``total``."""

    checkout_id: str
    partner_order_id: str
    total: Money


class NotBought(Value):
    """The partner did not take the order, as far as we know."""

    reason: str
    open_checkout: str | None = Field(default=None, description="a checkout that may still be, or become, a purchase")


async def buy(http: PartnerHttp, partner: Partner, line: OrderLine, *, within: float) -> Bought | NotBought:
    """Check the line out at its partner, at the approved price or less, within so many seconds.

    A partner that breaks the protocol or falls silent is a :class:`NotBought` like any other; if that happened after
    it had the payment token, the outcome is unknown and the checkout is named, to be undone.
    """
    checkout_id = await _open(http, partner, line, within=within / 2)
    if isinstance(checkout_id, NotBought):
        return checkout_id
    return await _pay(http, partner, line, checkout_id, within=within / 2)


async def _open(http: PartnerHttp, partner: Partner, line: OrderLine, *, within: float) -> str | NotBought:
    try:
        async with asyncio.timeout(within):
            session = await ucp.create_checkout(
                http,
                partner,
                line.offer.product_id,
                quantity=line.offer.quantity,
                booking=_booking(line),
                currency=line.offer.price.currency,
                key=f"{line.id}:create",
            )
    except (TimeoutError, PartnerError) as error:
        return NotBought(reason=_why(partner, error))
    if isinstance(session, ucp.CheckoutRefused):
        return NotBought(reason=session.content or session.code)
    return session.id if session.total <= line.offer.price else _dearer(line, session.total, session.id)


async def _pay(
    http: PartnerHttp, partner: Partner, line: OrderLine, checkout_id: str, *, within: float
) -> Bought | NotBought:
    try:
        async with asyncio.timeout(within):
            result = await _complete(http, partner, line, checkout_id)
    except (TimeoutError, PartnerError) as error:
        return NotBought(reason=_why(partner, error), open_checkout=checkout_id)
    if isinstance(result, ucp.CheckoutRefused):
        return NotBought(reason=result.content or result.code)
    if result.order_id is None or not _storable(checkout_id, result.order_id):
        return NotBought(reason=f"{partner.name} did not confirm the order", open_checkout=checkout_id)
    if result.total > line.offer.price:
        return _dearer(line, result.total, checkout_id)
    return Bought(checkout_id=checkout_id, partner_order_id=result.order_id, total=result.total)


async def cancel(
    http: PartnerHttp, partner: Partner, line: OrderLine, partner_order_id: str, *, within: float
) -> str | None:
    """Cancel a bought line; returns the partner's words when it refuses.

    Raises:
        PartnerUnavailableError: no answer: it may or may not be cancelled; ask again.
        PartnerError: the partner's answer breaks the protocol.
    """
    try:
        async with asyncio.timeout(within):
            answer = await ucp.cancel_order(
                http, partner, partner_order_id, currency=line.offer.price.currency, key=f"{line.id}:cancel"
            )
    except TimeoutError as error:
        raise PartnerUnavailableError(f"{partner.name} did not answer in time.") from error
    if isinstance(answer, ucp.CheckoutRefused):
        return answer.content or answer.code
    return None if answer.standing == "rejected" else f"{partner.name} did not cancel the order."


async def undo(
    http: PartnerHttp,
    partner: Partner,
    line: OrderLine,
    *,
    checkout_id: str | None,
    partner_order_id: str | None,
    within: float,
) -> str | None:
    """Make sure that a checkout is not, and does not become, a purchase; returns why it cannot be undone.

    Raises:
        PartnerUnavailableError: no answer; try again later.
    """
    try:
        if partner_order_id is None and checkout_id is not None:
            partner_order_id = await _order_behind(http, partner, line, checkout_id)
        if partner_order_id is None:
            return None
        return await cancel(http, partner, line, partner_order_id, within=within)
    except PartnerUnavailableError:
        raise
    except PartnerError as error:
        return error.detail


async def _order_behind(http: PartnerHttp, partner: Partner, line: OrderLine, checkout_id: str) -> str | None:
    """Cancel the checkout; if it is completed, say which order it became."""
    try:
        cancelled = await ucp.cancel_checkout(
            http, partner, checkout_id, currency=line.offer.price.currency, key=f"{line.id}:undo"
        )
    except PartnerUnavailableError:
        raise
    except PartnerError:  # refused as a protocol error: partners differ in how they say "already completed"
        cancelled = None
    if isinstance(cancelled, ucp.CheckoutSession):
        return None
    # The same call with the same key as before answers with the order that came of it, if one did.
    result = await _complete(http, partner, line, checkout_id)
    return result.order_id if isinstance(result, ucp.CheckoutSession) else None


async def _complete(
    http: PartnerHttp, partner: Partner, line: OrderLine, checkout_id: str
) -> ucp.CheckoutSession | ucp.CheckoutRefused:
    return await ucp.complete_checkout(
        http,
        partner,
        checkout_id,
        token=payments.token(line),
        currency=line.offer.price.currency,
        key=f"{line.id}:complete",
    )


def _booking(line: OrderLine) -> ucp.CheckoutBooking:
    return ucp.CheckoutBooking(start=line.start, party=line.need.party, place=line.place, origin=line.origin)


def _why(partner: Partner, error: TimeoutError | PartnerError) -> str:
    return error.detail if isinstance(error, PartnerError) else f"{partner.name} did not answer in time"


def _dearer(line: OrderLine, total: Money, checkout_id: str) -> NotBought:
    return NotBought(reason=f"price changed from {line.offer.price} to {total}", open_checkout=checkout_id)


def _storable(*ids: str) -> bool:
    return all(0 < len(identifier) <= _LONGEST_ID and identifier.isprintable() for identifier in ids)
