"""The few Adaptive Card 1.5 elements our cards are made of, as plain dicts.

Plain, because the typed models cost 0.4 s to import and more to build than the rest of a turn; that
every card is valid is the business of ``cards.validate`` and the tests. Texts from partners and people
must have gone through ``safe_text.safe`` before they come here.
"""

import json
from collections.abc import Callable
from typing import Any, Literal

from cards.speech import Speech

Json = dict[str, Any]
Weight = Literal["default", "bolder"]
Color = Literal["default", "accent", "good", "warning", "attention"]

SCHEMA = "http://adaptivecards.io/schemas/adaptive-card.json"
VERSION = "1.5"  # the newest that Microsoft Teams renders
MAX_BYTES = 28_000  # Teams refuses a message of more than 28 KB
_FALLBACK = 1_500  # characters of the text twin repeated for hosts that cannot draw the card


def card(body: list[Json], actions: list[Json], *, text: str, speak: str, say: Speech) -> Json:
    """A whole card in a language. ``text`` is its text twin, shown by hosts that cannot draw 1.5."""
    fallback = text if len(text) <= _FALLBACK else text[: _FALLBACK - 1].rstrip() + "…"
    drawn: Json = {
        "type": "AdaptiveCard",
        "$schema": SCHEMA,
        "version": VERSION,
        "lang": say.code,
        "fallbackText": fallback,
        "speak": speak,
        "body": body,
    }
    if actions:
        drawn["actions"] = actions
    return drawn


def fitted(draw: Callable[[int], Json], most: int) -> Json:
    """``draw(n)`` with the largest ``n`` of ``most``, its half, its quarter … that fits a message.

    ``n`` bounds whatever a card repeats; ``draw`` says itself how many it left out. Size is counted in
    escaped JSON, the longest form a host may measure.
    """
    drawn = draw(most)
    while len(json.dumps(drawn)) > MAX_BYTES and most > 1:
        most //= 2
        drawn = draw(most)
    return drawn


def heading(text: str) -> Json:
    """The card's title, marked as a heading for screen readers."""
    return {"type": "TextBlock", "text": text, "size": "large", "weight": "bolder", "wrap": True, "style": "heading"}


def subheading(text: str) -> Json:
    """The title of a part of the card."""
    return {"type": "TextBlock", "text": text, "weight": "bolder", "wrap": True, "separator": True}


def text_block(
    text: str, *, weight: Weight = "default", color: Color = "default", subtle: bool = False, close: bool = False
) -> Json:
    """A wrapped paragraph; ``close`` puts it right under the one before."""
    block: Json = {"type": "TextBlock", "text": text, "wrap": True}
    if weight != "default":
        block["weight"] = weight
    if color != "default":
        block["color"] = color
    if subtle:
        block["isSubtle"] = True
    if close:
        block["spacing"] = "none"
    return block


def amount(text: str, *, color: Color = "default") -> Json:
    """A figure that stays on one line, at the right."""
    block: Json = {"type": "TextBlock", "text": text, "horizontalAlignment": "right"}
    return block if color == "default" else {**block, "color": color}


def columns(*parts: tuple[Literal["auto", "stretch"], list[Json]], separator: bool = False) -> Json:
    """Columns side by side: each as wide as its content, or sharing what is left."""
    made: Json = {
        "type": "ColumnSet",
        "columns": [{"type": "Column", "width": width, "items": items} for width, items in parts],
    }
    if separator:
        made["separator"] = True
    return made


def container(
    items: list[Json],
    *,
    style: Literal["default", "emphasis", "good", "attention", "warning"] = "default",
    separator: bool = False,
) -> Json:
    """Elements that belong together."""
    made: Json = {"type": "Container", "items": items}
    if style != "default":
        made["style"] = style
    if separator:
        made["separator"] = True
    return made


def facts(pairs: list[tuple[str, str]], *, separator: bool = False) -> Json:
    """Names and values in two columns."""
    made: Json = {"type": "FactSet", "facts": [{"title": title, "value": value} for title, value in pairs]}
    if separator:
        made["separator"] = True
    return made


def and_more(left: int, one: str, several: str, say: Speech) -> list[Json]:
    """``and 3 more items``, or nothing when none were left out."""
    return [text_block(say.many(one, several, left), subtle=True)] if left > 0 else []
