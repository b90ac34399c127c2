"""An answer in its three forms: text for anyone, a card for a screen, JSON-LD for another agent."""

from typing import Any

from schemas.base import Value


class Presentation(Value):
    """One answer. ``card`` is an Adaptive Card 1.5; ``json_ld`` a schema.org document."""

    kind: str
    text: str
    card: dict[str, Any] | None = None
    json_ld: dict[str, Any] | None = None
