"""What remembered facts do to a request: where home is, what food must not contain, what is usually spent.

A word said now always counts more than one said long ago: whoever asks for a nut cake gets one, and a usual budget is
told, never enforced.
"""

from collections.abc import Sequence
from functools import cache, lru_cache

import numpy as np
from numpy.typing import NDArray

from agents.intent.places import addressed
from agents.intent.words import stem, words
from memory.vectors import embed
from schemas.capability import Capability
from schemas.intent import Intent, Need
from schemas.memory import Memory
from schemas.place import Place

_FOOD = ("food to eat", "a meal in a restaurant", "groceries", "cakes, pastries and sweets", "something to drink")
_LIKE_FOOD = 0.14
"""Mean cosine to the words above. Built-in services about food lie at 0.20 and more, all others below 0.10."""

_SOUGHT = {"celiac": "gluten-free", "coeliac": "gluten-free", "gluten-intolerant": "gluten-free",
           "lactose-intolerant": "lactose-free", "teetotal": "alcohol-free"}  # fmt: skip
"""What food for such a person is called."""


def known_home(memories: Sequence[Memory], otherwise: Place) -> Place:
    """Where the person lives, as stated; an address without coordinates is taken to be in the town of ``otherwise``."""
    stated = next((memory for memory in memories if memory.kind == "home"), None)
    return otherwise if stated is None else _place(stated, otherwise.name, otherwise)


def known_places(memories: Sequence[Memory], home: Place) -> dict[str, Place]:
    """Other places of the person, by name; those known by address only are taken to be in the town of ``home``."""
    places = [(memory.about, memory) for memory in memories if memory.kind == "place" and memory.about]
    return {name: _place(memory, name.capitalize(), home) for name, memory in places}


def _place(memory: Memory, name: str, near: Place) -> Place:
    place = memory.place or addressed(memory.subject, near) or near
    return place.model_copy(update={"name": name})


def moved(intent: Intent, before: Place, after: Place) -> Intent:
    """``intent`` with what was to happen at the former home at the present one."""
    if before == after or not any(before in (need.place, need.destination) for need in intent.needs):
        return intent
    needs = [
        need.model_copy(
            update={
                "place": after if need.place == before else need.place,
                "destination": after if need.destination == before else need.destination,
            }
        )
        for need in intent.needs
    ]
    return intent.model_copy(update={"needs": needs})


def keep_in_mind(
    intent: Intent, memories: Sequence[Memory], capabilities: Sequence[Capability], said: str
) -> tuple[Intent, list[Memory]]:
    """``intent`` with what is remembered of its maker's food added to the needs it concerns, and what was added.

    ``said`` is the message: what is true of others counts only where it names them.
    """
    named = {stem(word.value) for word in words(said)}
    food = [
        memory
        for memory in memories
        if memory.kind in ("allergy", "diet") and (memory.about is None or stem(memory.about) in named)
    ]
    if not food or not intent.needs:
        return intent, []
    by_id = {capability.id: capability for capability in capabilities}
    used: dict[str, Memory] = {}
    needs = []
    for need in intent.needs:
        minded, capability = need, by_id.get(need.capability_id or "")
        for memory in food if capability is not None and _is_food(_described(capability)) else ():
            before, minded = minded, _minding(minded, memory, capability)
            if minded is not before:
                used[memory.id] = memory
        needs.append(minded)
    return (intent.model_copy(update={"needs": needs}), list(used.values())) if used else (intent, [])


def in_mind(intent: Intent, used: Sequence[Memory], memories: Sequence[Memory]) -> str | None:
    """What to tell the person of how their memories were used for a new request; ``None`` for nothing."""
    said = []
    if used:
        said.append("I kept in mind: " + " ".join(memory.text for memory in used))
    if intent.budget is None and not any(need.budget for need in intent.needs):
        texts = [need.text.lower() + " " + need.query.lower() for need in intent.needs]
        usual = [
            m for m in memories if m.kind == "budget" and (m.about is None or any(m.about in text for text in texts))
        ]
        said += [f"{memory.text} I take that as a guide, not as a limit." for memory in usual[:1]]
    return " ".join(said) or None


def _minding(need: Need, memory: Memory, capability: Capability | None) -> Need:
    """The need as a remembered fact has it; the same object when it changes nothing."""
    wanted = {stem(word.value) for word in words(f"{need.text} {need.query}")}
    subject = _SOUGHT.get(memory.subject, memory.subject)
    thing = subject.removeprefix("no ")
    if {stem(word.value) for word in words(thing)} & wanted:
        return need  # it is asked for, or ruled out, in so many words
    if memory.kind == "diet" and thing == subject:
        return _of_diet(need, thing, capability)
    return need if thing in need.avoid else need.model_copy(update={"avoid": [*need.avoid, thing]})


def _of_diet(need: Need, diet: str, capability: Capability | None) -> Need:
    """A diet goes into a slot for diets where there is one, else it is looked for like any other quality."""
    slot = next(
        (
            slot
            for slot in (capability.slots if capability else ())
            if "diet" in f"{slot.name} {slot.description}".lower()
        ),
        None,
    )
    if slot is None:
        return need.model_copy(update={"query": f"{diet} {need.query}".strip()})
    value = next(
        (value for value in slot.values if value.lower().replace(" ", "-") == diet), None if slot.values else diet
    )
    if value is None or need.slots.get(slot.name):
        return need
    return need.model_copy(update={"slots": {**need.slots, slot.name: value}})


def _described(capability: Capability) -> str:
    return f"{capability.name}. {capability.description} {' '.join(capability.examples)}"


@lru_cache(maxsize=4096)
def _is_food(text: str) -> bool:
    return float((embed([text]) @ _food().T).mean()) >= _LIKE_FOOD


@cache
def _food() -> NDArray[np.float32]:
    return embed(_FOOD)
