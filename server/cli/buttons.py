"""What the buttons of a card answer."""

from collections.abc import Iterator
from typing import Any


def answered_by(part: Any) -> Iterator[str]:
    """The ids of the interrupts that a card, a button, or a button inside what it opens would answer."""
    if isinstance(part, dict):
        if isinstance(found := part.get("interruptId"), str):
            yield found
        for inner in part.values():
            yield from answered_by(inner)
    elif isinstance(part, list):
        for inner in part:
            yield from answered_by(inner)
