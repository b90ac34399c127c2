"""What the state of an order line means, in a person's words."""

from cards.elements import Color
from cards.safe_text import safe
from cards.speech import ENGLISH, Speech, phrase
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
    "proposed": phrase("not ordered yet"),
    "authorised": phrase("payment reserved, being ordered"),
    "placed": phrase("ordered, waiting for the partner's word"),
    "accepted": phrase("accepted"),
    "in_progress": phrase("under way"),
    "fulfilled": phrase("done"),
    "rejected": phrase("refused"),
    "expired": phrase("no answer in time"),
    "cancelled": phrase("cancelled"),
    "refunded": phrase("refunded"),
    "replaced": phrase("replaced"),
}
_WHOLE: dict[str, tuple[str, Color]] = {
    "placing": (phrase("Your order is being placed"), "accent"),
    "confirmed": (phrase("Your order is confirmed"), "good"),
    "needs_attention": (phrase("Your order needs attention"), "attention"),
    "fulfilled": (phrase("Your order is complete"), "good"),
    "cancelled": (phrase("Your order is cancelled"), "default"),
}
_REASONS = (
    phrase("no other partner offers it for that time"),
    phrase("no other offer fits in with the rest"),
    phrase("no other offer fits"),
    phrase("you chose to go without it"),
    phrase("you cancelled it"),
    phrase("moved to another pick-up"),
)
"""Reasons of our own that an order keeps in English. A partner's reason is told in the partner's words."""


def reason_words(reason: str, say: Speech = ENGLISH) -> str:
    """Why a line failed or ended."""
    return say(reason) if reason in _REASONS else safe(reason, 160)


def state_words(line: OrderLine, say: Speech = ENGLISH) -> str:
    """``refused: out of stock``. The reason is told where it matters: when the line has failed or ended."""
    words = say(_WORDS[line.state])
    told = line.reason and line.state in ("rejected", "expired", "cancelled", "refunded", "replaced")
    return f"{words}: {reason_words(line.reason or '', say)}" if told else words


def state_color(state: LineState) -> Color:
    """Green when it stands, red when it failed."""
    return _COLORS.get(state, "default")


def event_words(what: str, say: Speech = ENGLISH) -> str:
    """What a history entry says, states in the same words as everywhere."""
    return say(_WORDS[what]) if what in _WORDS else safe(what.replace("_", " "), 80)


def order_words(order: Order, say: Speech = ENGLISH) -> tuple[str, Color]:
    """The whole order in one sentence, and its colour."""
    words, color = _WHOLE[order.status]
    return say(words), color
