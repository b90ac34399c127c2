"""A partner's counter: checkouts opened, changed, bought and given up, and the orders that come of them."""

from collections.abc import Awaitable, Callable
from datetime import timedelta

from ucp_sdk.models.schemas.shopping.checkout_complete_request import CheckoutCompleteRequest
from ucp_sdk.models.schemas.shopping.checkout_create_request import CheckoutCreateRequest
from ucp_sdk.models.schemas.shopping.checkout_update_request import CheckoutUpdateRequest

from simulator.availability import as_minute, minute_up
from simulator.behaviour import Behaviour
from simulator.booking import Booking
from simulator.catalogue import Variant
from simulator.checkout import Checkout
from simulator.orders import Order, State
from simulator.protocol import (
    CHECKOUT,
    HANDLER_ID,
    ORDER,
    Answer,
    Body,
    Call,
    ProtocolError,
    error_message,
    extension,
    read,
    refusal,
)
from simulator.quotes import unfit
from simulator.shop import Shop, Town

Handler = Callable[[Town, Shop, Call], Awaitable[Answer]]

_SESSION = timedelta(minutes=30)
_NEEDS_ADDRESS = ("delivered", "visits")
_REASONS = (
    "We are sorry: our van broke down and nobody else is free.",
    "A colleague has fallen ill and we cannot keep the time.",
    "We were booked twice for that time, and the other party came first.",
    "A delivery did not arrive and we cannot make it as you ordered it.",
)


async def create_checkout(town: Town, shop: Shop, call: Call) -> Answer:
    """``POST /checkout-sessions``: 201 with a session, or the partner's no."""
    request = read(CheckoutCreateRequest, call.body)
    offer = _offer(town, shop, request)
    if isinstance(offer, Answer):
        return offer
    checkout = Checkout(
        id=f"chk_{shop.number(call.agent, call.key)}",
        agent=call.agent,
        base=call.base,
        expires_at=town.clock() + _SESSION,
        **offer,
    )
    shop.remember(checkout, town.clock())
    return Answer(201, checkout.as_json())


async def update_checkout(town: Town, shop: Shop, call: Call) -> Answer:
    """``PUT /checkout-sessions/{id}``: replaces what the session holds, whole."""
    checkout = _checkout(shop, call)
    request = read(CheckoutUpdateRequest, call.body)
    if checkout is None:
        return refusal(CHECKOUT, "not_found", "There is no such checkout session.")
    if _closed(checkout, town):
        return _refused(checkout, "checkout_closed", f"This checkout is {checkout.status}; open a new one.")
    offer = _offer(town, shop, request)
    if isinstance(offer, Answer):
        return offer
    for name, value in offer.items():
        setattr(checkout, name, value)
    return Answer(200, checkout.as_json())


async def get_checkout(town: Town, shop: Shop, call: Call) -> Answer:
    """``GET /checkout-sessions/{id}``."""
    checkout = _checkout(shop, call)
    if checkout is None:
        return refusal(CHECKOUT, "not_found", "There is no such checkout session.")
    _closed(checkout, town)
    return Answer(200, checkout.as_json())


async def cancel_checkout(town: Town, shop: Shop, call: Call) -> Answer:
    """``POST /checkout-sessions/{id}/cancel``."""
    checkout = _checkout(shop, call)
    if checkout is None:
        return refusal(CHECKOUT, "not_found", "There is no such checkout session.")
    if checkout.status == "completed":
        return _refused(checkout, "checkout_closed", "This checkout is completed; cancel the order instead.")
    checkout.status = "canceled"
    return Answer(200, checkout.as_json())


async def complete_checkout(town: Town, shop: Shop, call: Call) -> Answer:
    """``POST /checkout-sessions/{id}/complete``: takes payment and stock, and makes the order."""
    checkout = _checkout(shop, call)
    request = read(CheckoutCompleteRequest, call.body)
    if checkout is None:
        return refusal(CHECKOUT, "not_found", "There is no such checkout session.")
    if checkout.status != "completed" and _closed(checkout, town):
        return _refused(checkout, "checkout_closed", f"This checkout is {checkout.status}; open a new one.")
    if checkout.booking is None or checkout.status != "ready_for_complete":
        return Answer(200, checkout.as_json())  # its status and messages say why it is not, or already, bought
    if not _paid(request):
        wanted = f"Pay with one selected instrument of type escrow_token for handler {HANDLER_ID!r}."
        return _refused(checkout, "payment_failed", wanted, severity="recoverable")
    order = _buy(town, shop, checkout, checkout.booking)
    if order is None:
        checkout.status = "canceled"
        return _refused(checkout, "slot_unavailable", "That time has just gone.")
    shop.orders[order.id] = order
    checkout.status, checkout.order = "completed", order
    town.webhooks.run(_answer_order(town, shop, order, shop.conduct.at("order"), shop.conduct.options.reason))
    return Answer(200, checkout.as_json())


def _buy(town: Town, shop: Shop, checkout: Checkout, booking: Booking) -> Order | None:
    """Take the stock and write the order; None if the time has passed or somebody else was faster."""
    start, now = as_minute(booking.start), town.clock()
    if start < as_minute(now):
        return None
    units = checkout.variant.units(booking.party, checkout.quantity)
    hold = shop.diary.take(checkout.variant.schedule, start=start, units=units)
    if hold is None:
        return None
    return Order(
        id=f"{shop.initials}-{shop.number('order', checkout.id)}",
        checkout_id=checkout.id,
        agent=checkout.agent,
        base=checkout.base,
        variant=checkout.variant,
        quantity=checkout.quantity,
        total=checkout.total,
        booking=booking,
        hold=hold,
        placed_at=now,
    )


async def get_order(town: Town, shop: Shop, call: Call) -> Answer:
    """``GET /orders/{id}``."""
    order = _order(shop, call)
    if order is None:
        return refusal(ORDER, "not_found", "There is no such order.")
    return Answer(200, order.as_json())


async def cancel_order(town: Town, shop: Shop, call: Call) -> Answer:
    """``POST /orders/{id}/cancel`` (vendor extension): the snapshot without its line, or ``too_late``.

    The answer is all the platform hears of it: no webhook follows what it did itself.
    """
    order = _order(shop, call)
    if order is None:
        return refusal(ORDER, "not_found", "There is no such order.")
    if order.state in ("cancelled", "rejected"):
        return Answer(200, order.as_json())
    notice = timedelta(minutes=order.variant.line.cancel_minutes)
    late = town.clock() > order.starts_at - notice
    if late or not move(town, shop, order, "cancelled", reason="Cancelled by the buyer."):
        until = (order.starts_at - notice).isoformat()
        return refusal(ORDER, "too_late", f"This order could be cancelled until {until}; it is {order.state} now.")
    return Answer(200, order.as_json())


def move(town: Town, shop: Shop, order: Order, to: State, *, reason: str = "") -> bool:
    """Bring an order into another state and free its stock if it ends unserved; False if it cannot go there."""
    if not order.move(to, at=town.clock(), reason=reason):
        return False
    if to in ("rejected", "cancelled"):
        shop.diary.release(order.hold)
    return True


async def _answer_order(town: Town, shop: Shop, order: Order, behaviour: Behaviour, reason: str | None) -> None:
    """The partner's answer to a new order, a little later, unless it stays silent or was overtaken."""
    if behaviour == "silent":
        return
    await town.sleep(town.accept_delay)
    if order.state != "placed":
        return
    if behaviour == "refuse":
        move(town, shop, order, "rejected", reason=reason or _REASONS[order.hold.start % len(_REASONS)])
    else:
        move(town, shop, order, "accepted")
    town.webhooks.announce(shop.partner.slug, shop.signer, order)


def _offer(town: Town, shop: Shop, request: CheckoutCreateRequest | CheckoutUpdateRequest) -> Body | Answer:
    """What a session for this request holds, as fields of a checkout; or the partner's no."""
    if len(request.line_items) != 1:
        raise ProtocolError(400, "invalid_request", "A booking holds exactly one line item; open a checkout for each.")
    line = request.line_items[0]
    booking = extension(Booking, request, "booking")
    variant = shop.partner.variants.get(line.item.id)
    behaviour = shop.conduct.at("checkout")
    if variant is None:
        return refusal(CHECKOUT, "item_unavailable", f"We do not sell {line.item.id!r}.")
    if behaviour == "out_of_stock":
        return refusal(CHECKOUT, "out_of_stock", f"{variant.product.title} is sold out.")
    if behaviour == "refuse_checkout":
        return refusal(CHECKOUT, "item_unavailable", "We take no more orders for this at the moment.")
    if booking is not None:
        problem = _unbookable(town, shop, variant, booking, line.quantity)
        if problem is not None:
            return problem
    party = booking.party if booking else None
    total = variant.price * variant.count(party, line.quantity)
    if behaviour == "price_change":
        total = max(1, round(total * (1 + shop.conduct.options.percent / 100)))
    missing = _missing(variant, booking)
    return {
        "variant": variant,
        "quantity": line.quantity,
        "booking": booking,
        "total": total,
        "status": "incomplete" if missing else "ready_for_complete",
        "problem": missing,
    }


def _unbookable(town: Town, shop: Shop, variant: Variant, booking: Booking, quantity: int) -> Answer | None:
    problem = unfit(variant, booking.party, quantity, booking.place)
    if problem is not None:
        return refusal(CHECKOUT, "item_unavailable", f"{variant.whole_title}: {problem}.")
    start = as_minute(booking.start)
    if start < minute_up(town.clock()) + variant.lead:
        return refusal(CHECKOUT, "slot_unavailable", f"Order at least {variant.lead} minutes before.")
    if not shop.diary.admits(variant.schedule, start=start, units=variant.units(booking.party, quantity)):
        return refusal(
            CHECKOUT, "slot_unavailable", f"{variant.whole_title} is not free at {booking.start.isoformat()}."
        )
    return None


def _missing(variant: Variant, booking: Booking | None) -> Body | None:
    """What has to be said before it can be bought."""
    if booking is None:
        return error_message("booking_required", "Say when it is to begin.", severity="recoverable", path="$.booking")
    if booking.place is None and variant.line.effect in _NEEDS_ADDRESS:
        return error_message(
            "address_required", "Say where we are to come.", severity="recoverable", path="$.booking.place"
        )
    return None


def _paid(request: CheckoutCompleteRequest) -> bool:
    chosen = [instrument for instrument in request.payment.instruments or [] if instrument.selected]
    if len(chosen) != 1 or chosen[0].handler_id != HANDLER_ID or chosen[0].type != "escrow_token":
        return False
    credential = chosen[0].credential
    token = (credential.model_extra or {}).get("token") if credential else None
    return isinstance(token, str) and bool(token)


def _checkout(shop: Shop, call: Call) -> Checkout | None:
    """The session, for the platform that opened it; for anybody else it does not exist."""
    checkout = shop.checkouts.get(call.id)
    return checkout if checkout is not None and checkout.agent == call.agent else None


def _order(shop: Shop, call: Call) -> Order | None:
    order = shop.orders.get(call.id)
    return order if order is not None and order.agent == call.agent else None


def _closed(checkout: Checkout, town: Town) -> bool:
    """Whether nothing can be changed any more; an expired session becomes a cancelled one."""
    if checkout.status in ("incomplete", "ready_for_complete") and checkout.expires_at < town.clock():
        checkout.status = "canceled"
    return checkout.status in ("completed", "canceled")


def _refused(checkout: Checkout, code: str, content: str, *, severity: str = "unrecoverable") -> Answer:
    """The session as it stands, with the partner's no."""
    body = checkout.as_json()
    return Answer(200, {**body, "messages": [error_message(code, content, severity=severity)]})
