"""What the state of an order line means, in a person's words."""

from cards.elements import Color
from cards.safe_text import safe
from schemas.order import LineState, Order, OrderLine

_COLORS: dict[LineState, Color] = {
    "accepted": "good",
    "in_progress": "good",
    "fulfilled": "good",
    "placed": "accent",
    "rejected": "attention",
    "expired": "attention",
}
_WORDS: dict[LineState, str] = {
    "proposed": "not ordered yet",
    "authorised": "payment reserved, being ordered",
    "placed": "ordered, waiting for the partner's word",
    "accepted": "accepted",
    "in_progress": "under way",
    "fulfilled": "done",
    "rejected": "refused",
    "expired": "no answer in time",
    "cancelled": "cancelled",
    "refunded": "refunded",
    "replaced": "replaced",
}
_WHOLE: dict[str, tuple[str, Color]] = {
    "placing": ("Your order is being placed", "accent"),
    "confirmed": ("Your order is confirmed", "good"),
    "needs_attention": ("Your order needs attention", "attention"),
    "fulfilled": ("Your order is complete", "good"),
    "cancelled": ("Your order is cancelled", "default"),
}


def state_words(line: OrderLine) -> str:
    """``refused: out of stock``. The reason is told where it matters: when the line has failed or ended."""
    words = _WORDS[line.state]
    reason = line.reason and line.state in ("rejected", "expired", "cancelled", "refunded", "replaced")
    return f"{words}: {safe(line.reason or '', 160)}" if reason else words


def state_color(state: LineState) -> Color:
    """Green when it stands, red when it failed."""
    return _COLORS.get(state, "default")


def event_words(what: str) -> str:
    """What a history entry says, states in the same words as everywhere."""
    return _WORDS[what] if what in _WORDS else safe(what.replace("_", " "), 80)


def order_words(order: Order) -> tuple[str, Color]:
    """The whole order in one sentence, and its colour."""
    return _WHOLE[order.status]
