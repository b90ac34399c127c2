"""What is said about memories: that something was noted, what is known, what is gone."""

from collections.abc import Sequence

from schemas.memory import Memory


def noted(memories: Sequence[Memory]) -> str:
    """The confirmation that follows a statement."""
    unplaced = any(memory.kind == "home" and memory.place is None for memory in memories)
    where = " Until I know its latitude and longitude too, ways from and to it are estimates." if unplaced else ""
    return f"I'll remember that {_and_that(memories)}.{where}"


def all_told(memories: Sequence[Memory]) -> str:
    """The answer to "what do you know about me?"."""
    if not memories:
        return (
            "I don't remember anything about you yet. Tell me what I should, such as an allergy or your home address."
        )
    facts = "\n".join(f"- {memory.text}" for memory in memories)
    return f"This is what I remember about you:\n{facts}\nTo change that, say what is true now, or what to forget."


def forgotten(memories: Sequence[Memory], *, everything: bool) -> str:
    """The answer to a wish to forget."""
    if everything:
        return "I have forgotten everything about you." if memories else "I did not remember anything about you."
    if not memories:
        return "I did not remember that about you."
    return f"I have forgotten that {_and_that(memories)}."


def _and_that(memories: Sequence[Memory]) -> str:
    return " and that ".join(_clause(memory) for memory in memories)


def _clause(memory: Memory) -> str:
    """A sentence to be said after "that"."""
    text = memory.text.rstrip(".")
    first = text.split(" ", 1)[0]
    return text[:1].lower() + text[1:] if first in ("You", "You're", "Your", "You've") else text
