"""An order as it stands, and its receipt."""

from collections.abc import Sequence

from cards import linked_data as ld
from cards.actions import show
from cards.elements import Color, Json, and_more, card, facts, fitted, heading, subheading, text_block
from cards.moments import stamp
from cards.order_words import event_words, order_words, reason_words
from cards.safe_text import safe
from cards.speech import ENGLISH, Speech, phrase
from cards.timeline import MOST, elements, lines, order_rows, when
from cards.timeline import row as time_row
from schemas.money import Money
from schemas.order import LedgerEntry, LineEvent, LineState, Order, OrderLine
from schemas.presentation import Presentation

Pairs = list[tuple[str, str]]

_HISTORY = 12  # the newest events shown
_LEDGER = {
    "authorise": phrase("Reserved on your payment"),
    "hold": phrase("Held for the partners"),
    "release": phrase("Paid to the partners"),
    "refund": phrase("Refunded to you"),
    "void": phrase("Reservation given back"),
}
_STATUS = {
    "placing": "OrderProcessing",
    "confirmed": "OrderProcessing",
    "needs_attention": "OrderProblem",
    "fulfilled": "OrderDelivered",
    "cancelled": "OrderCancelled",
}
_LINE_STATUS: dict[LineState, str] = {
    "proposed": "OrderPaymentDue",
    "in_progress": "OrderInTransit",
    "fulfilled": "OrderDelivered",
    "rejected": "OrderProblem",
    "expired": "OrderProblem",
    "cancelled": "OrderCancelled",
    "refunded": "OrderReturned",
    "replaced": "OrderCancelled",
}


def order_status(order: Order, *, say: Speech = ENGLISH) -> Presentation:
    """How an order stands: every line with its state, the time line, the total, what happened so far."""
    title, color = order_words(order, say)
    json_ld = {"@context": ld.CONTEXT, **_json_ld(order), "partOfInvoice": ld.invoice(order.total)}
    told = [(say("Order"), safe(order.id))]
    history = _history(order, say)
    return _present(order, "order_status", title, color, facts_told=told, history=history, json_ld=json_ld, say=say)


def receipt(order: Order, *, say: Speech = ENGLISH) -> Presentation:
    """What was bought, when it happens, what it cost, and where the money is."""
    told = [
        *ledger_summary(order.ledger, say),
        (say("Total"), say.money(order.total)),
        (say("Order"), safe(order.id)),
    ]
    paid = "PaymentComplete" if order.status == "fulfilled" else "PaymentAutomaticallyApplied"
    bill = ld.invoice(
        order.total,
        name=say("Receipt"),
        identifier=order.id,
        paymentStatus=f"https://schema.org/{paid}",
        referencesOrder=_json_ld(order),
    )
    json_ld = {"@context": ld.CONTEXT, **bill}
    title = say("Your receipt")
    return _present(order, "receipt", title, "good", facts_told=told, history=[], json_ld=json_ld, say=say)


def _present(
    order: Order, kind: str, title: str, color: Color, *, facts_told: Pairs, history: Pairs, json_ld: Json, say: Speech
) -> Presentation:
    rows = order_rows(order, say)
    summary = " · ".join(filter(None, (when(rows, say), say("total {total}", total=say.money(order.total)))))
    standing = {line.id for line in order.current}
    gone = [_gone(line, order, say) for line in order.lines if line.id not in standing]
    written = [f"{title}: {summary}.", *lines(rows, say)]
    written += [say("No longer part of it:"), *(f"- {told}" for told in gone)] if gone else []
    written += [say("What happened:"), *(f"- {at}  {told}" for at, told in history)] if history else []
    written += [f"{name}: {value}" for name, value in facts_told]
    text = "\n".join(written)

    def draw(most: int) -> Json:
        body = [heading(title), text_block(summary, color=color, close=True), *elements(rows, say, most=most)]
        if gone:
            left = [text_block(told, subtle=True, close=True) for told in gone[:most]]
            more = and_more(len(gone) - most, "and {n} more item", "and {n} more items", say)
            body += [subheading(say("No longer part of it")), *left, *more]
        body.append(facts(facts_told, separator=True))
        buttons = [show(say("What happened"), [facts(history[:most])])] if history else []
        return card(body, buttons, text=text, speak=f"{title}: {summary}.", say=say)

    return Presentation(kind=kind, text=text, card=fitted(draw, MOST), json_ld=json_ld)


def ledger_summary(entries: Sequence[LedgerEntry], say: Speech = ENGLISH) -> Pairs:
    """What moved, by kind: the legs of a transfer sum to zero, so what arrived is what moved."""
    moved: dict[tuple[str, str], int] = {}
    for entry in entries:
        if entry.amount.amount > 0:
            key = (entry.kind, entry.amount.currency)
            moved[key] = moved.get(key, 0) + entry.amount.amount
    return [
        (say(name), say.money(Money(amount=moved[key], currency=key[1])))
        for kind, name in _LEDGER.items()
        for key in sorted(moved)
        if key[0] == kind
    ]


def _gone(line: OrderLine, order: Order, say: Speech) -> str:
    told = time_row(line, home=order.home, say=say)
    successor = next((new for new in order.lines if new.replaces == line.id), None)
    instead = say("; instead: {title}", title=safe(successor.offer.title)) if successor else ""
    return f"{told.title} · {told.partner} · {told.price} · {told.state}{instead}"


def _history(order: Order, say: Speech) -> Pairs:
    titles = {line.id: safe(line.offer.title, 60) for line in order.lines}
    newest = sorted(order.history, key=lambda event: event.at)[-_HISTORY:]
    earlier = len(order.history) - len(newest)
    told = [
        (_at(event, order, say), f"{titles.get(event.line_id) or say('Order')}: {_event(event, say)}")
        for event in newest
    ]
    return [(say("earlier"), say("{n} more", n=earlier)), *told] if earlier else told


def _at(event: LineEvent, order: Order, say: Speech) -> str:
    return stamp(event.at.astimezone(order.home.tz) if order.home else event.at, say)


def _event(event: LineEvent, say: Speech) -> str:
    told = event_words(event.what, say) + (f" ({safe(reason_words(event.detail, say), 120)})" if event.detail else "")
    return told if event.applied else say("{event}, without effect", event=told)


def _json_ld(order: Order) -> Json:
    items = [
        ld.thing(
            "OrderItem",
            orderItemNumber=line.id,
            orderItemStatus=f"https://schema.org/{_LINE_STATUS.get(line.state, 'OrderProcessing')}",
            orderQuantity=line.offer.quantity,
            orderedItem=ld.goods(line.offer),
        )
        for line in order.lines
    ]
    return ld.thing(
        "Order",
        orderNumber=order.id,
        orderStatus=f"https://schema.org/{_STATUS[order.status]}",
        orderDate=order.created_at.isoformat(),
        customer=ld.thing("Person", identifier=order.user_id),
        orderedItem=items,
        acceptedOffer=[ld.booked(line) for line in order.current],
    )
