"""An order as it stands, and its receipt."""

from collections.abc import Sequence

from cards import linked_data as ld
from cards.actions import show
from cards.elements import Color, Json, and_more, card, facts, fitted, heading, subheading, text_block
from cards.moments import stamp
from cards.order_words import event_words, order_words
from cards.safe_text import safe
from cards.timeline import MOST, elements, lines, order_rows, when
from cards.timeline import row as time_row
from schemas.money import Money
from schemas.order import LedgerEntry, LineEvent, LineState, Order, OrderLine
from schemas.presentation import Presentation

Pairs = list[tuple[str, str]]

_HISTORY = 12  # the newest events shown
_LEDGER = {
    "authorise": "Reserved on your payment",
    "hold": "Held for the partners",
    "release": "Paid to the partners",
    "refund": "Refunded to you",
    "void": "Reservation given back",
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


def order_status(order: Order) -> Presentation:
    """How an order stands: every line with its state, the time line, the total, what happened so far."""
    title, color = order_words(order)
    json_ld = {"@context": ld.CONTEXT, **_json_ld(order), "partOfInvoice": ld.invoice(order.total)}
    told = [("Order", safe(order.id))]
    return _present(order, "order_status", title, color, facts_told=told, history=_history(order), json_ld=json_ld)


def receipt(order: Order) -> Presentation:
    """What was bought, when it happens, what it cost, and where the money is."""
    told = [*ledger_summary(order.ledger), ("Total", str(order.total)), ("Order", safe(order.id))]
    paid = "PaymentComplete" if order.status == "fulfilled" else "PaymentAutomaticallyApplied"
    bill = ld.invoice(
        order.total,
        name="Receipt",
        identifier=order.id,
        paymentStatus=f"https://schema.org/{paid}",
        referencesOrder=_json_ld(order),
    )
    return _present(
        order, "receipt", "Your receipt", "good", facts_told=told, history=[], json_ld={"@context": ld.CONTEXT, **bill}
    )


def _present(
    order: Order, kind: str, title: str, color: Color, *, facts_told: Pairs, history: Pairs, json_ld: Json
) -> Presentation:
    rows = order_rows(order)
    summary = " · ".join(filter(None, (when(rows), f"total {order.total}")))
    standing = {line.id for line in order.current}
    gone = [_gone(line, order) for line in order.lines if line.id not in standing]
    written = [f"{title}: {summary}.", *lines(rows)]
    written += ["No longer part of it:", *(f"- {told}" for told in gone)] if gone else []
    written += ["What happened:", *(f"- {at}  {told}" for at, told in history)] if history else []
    written += [f"{name}: {value}" for name, value in facts_told]
    text = "\n".join(written)

    def draw(most: int) -> Json:
        body = [heading(title), text_block(summary, color=color, close=True), *elements(rows, most=most)]
        if gone:
            left = [text_block(told, subtle=True, close=True) for told in gone[:most]]
            body += [subheading("No longer part of it"), *left, *and_more(len(gone) - most, "item")]
        body.append(facts(facts_told, separator=True))
        buttons = [show("What happened", [facts(history[:most])])] if history else []
        return card(body, buttons, text=text, speak=f"{title}: {summary}.")

    return Presentation(kind=kind, text=text, card=fitted(draw, MOST), json_ld=json_ld)


def ledger_summary(entries: Sequence[LedgerEntry]) -> Pairs:
    """What moved, by kind: the legs of a transfer sum to zero, so what arrived is what moved."""
    moved: dict[tuple[str, str], int] = {}
    for entry in entries:
        if entry.amount.amount > 0:
            key = (entry.kind, entry.amount.currency)
            moved[key] = moved.get(key, 0) + entry.amount.amount
    return [
        (name, str(Money(amount=moved[key], currency=key[1])))
        for kind, name in _LEDGER.items()
        for key in sorted(moved)
        if key[0] == kind
    ]


def _gone(line: OrderLine, order: Order) -> str:
    told = time_row(line, home=order.home)
    successor = next((new for new in order.lines if new.replaces == line.id), None)
    instead = f"; instead: {safe(successor.offer.title)}" if successor else ""
    return f"{told.title} · {told.partner} · {told.price} · {told.state}{instead}"


def _history(order: Order) -> Pairs:
    titles = {line.id: safe(line.offer.title, 60) for line in order.lines}
    newest = sorted(order.history, key=lambda event: event.at)[-_HISTORY:]
    earlier = len(order.history) - len(newest)
    told = [(_at(event, order), f"{titles.get(event.line_id, 'Order')}: {_event(event)}") for event in newest]
    return [("earlier", f"{earlier} more"), *told] if earlier else told


def _at(event: LineEvent, order: Order) -> str:
    return stamp(event.at.astimezone(order.home.tz) if order.home else event.at)


def _event(event: LineEvent) -> str:
    told = event_words(event.what) + (f" ({safe(event.detail, 120)})" if event.detail else "")
    return told if event.applied else f"{told}, without effect"


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
