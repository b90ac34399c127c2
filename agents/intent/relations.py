"""What must come before what, as far as the words say so.

A plain list has no order. "Then", "after dinner", "before the show" and "at the same time" give one, and a ride
home follows the last thing that was mentioned before it and that one goes to.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from agents.intent.facts import Facts
from agents.intent.references import RETURN, TOGETHER, Reference
from agents.intent.split import Clause
from agents.intent.words import Found, content, stem
from schemas.capability import Capability
from schemas.intent import Relation

_THERE = re.compile(r"\b(?:there|over\s+to\s+it)\b(?!\s+(?:is|are|will))", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Item:
    """One need as far as its order is concerned; ``clause`` and ``facts`` are ``None`` for one said earlier."""

    id: str
    capability: Capability | None
    words: str
    clause: Clause | None = None
    facts: Facts | None = None

    @property
    def attended(self) -> bool:
        """Whether the person goes to it."""
        return self.capability is not None and self.capability.effect == "attended"


def relate(items: Sequence[Item], references: Sequence[Found[Reference]]) -> list[Relation]:
    """The relations of the needs of one message among themselves and with those said earlier, in the order said."""
    found: list[Relation] = []
    for i, item in enumerate(items):
        if item.clause is None or item.facts is None:
            continue
        if i and item.clause.join == "then":
            _add(found, Relation(first=_last_of(found, items[i - 1].id), second=item.id))
        if i and item.clause.join == "first":
            _add(found, Relation(first=item.id, second=items[i - 1].id))
        if i and TOGETHER.search(item.facts.raw):
            _add(found, Relation(kind="together", first=items[i - 1].id, second=item.id))
        for reference in references:
            if item.clause.holds(reference.start):
                _refer(found, items, i, reference.value)
        if item.capability is not None and item.capability.effect == "moves_person":
            _ride(found, items, i, item.facts)
    return found


def _refer(found: list[Relation], items: Sequence[Item], i: int, reference: Reference) -> None:
    need = items[i].id
    other = _named(items, i, reference.word) if reference.word else _neighbour(items, i, reference)
    if other is None:
        return
    if reference.way == "after" and not reference.word:
        other = _last_of(found, other)
    match reference.way:
        case "after":
            _add(found, Relation(first=other, second=need))
        case "before" | "way":
            _add(found, Relation(first=need, second=other))
        case "during":
            _add(found, Relation(kind="together", first=other, second=need))


def _neighbour(items: Sequence[Item], i: int, reference: Reference) -> str | None:
    """What "that" means: the need said before; what "on the way" leads to: the next one attended, or the last."""
    if reference.way != "way":
        return items[i - 1].id if i else None
    later = [item.id for item in items[i + 1 :] if item.attended]
    earlier = [item.id for item in items[:i] if item.attended]
    return next(iter(later), None) or next(reversed(earlier), None)


def _named(items: Sequence[Item], i: int, word: str) -> str | None:
    """The need that ``word`` refers to: by its own words, else by those of its capability."""
    wanted = stem(word)
    others = [item for item in items if item is not items[i]]
    for item in others:
        if wanted in {stem(w.value) for w in content(item.words)}:
            return item.id
    return next((item.id for item in others if item.capability and wanted in vocabulary(item.capability)), None)


def vocabulary(capability: Capability) -> set[str]:
    """The stems of every word of its name, description and examples."""
    known = " ".join((capability.name, capability.description, *capability.examples))
    return {stem(word.value) for word in content(known)}


def _ride(found: list[Relation], items: Sequence[Item], i: int, facts: Facts) -> None:
    said = [word.value for word in content(facts.words.partition(" to ")[2])]
    back = RETURN.match(facts.raw) is not None
    goes_to = _named(items, i, said[0]) if said and not back else None
    later = items[i + 1].facts if i + 1 < len(items) else None
    half = later is not None and RETURN.match(later.raw) is not None and not facts.places
    if goes_to is None and (half or _THERE.search(facts.raw)):
        goes_to = next((item.id for item in reversed(items) if item.attended), None)
    if goes_to is not None:
        _add(found, Relation(first=items[i].id, second=goes_to))
        return
    home = any(spot.value.way == "to" and spot.value.text == "home" for spot in facts.places)
    before = [item.id for item in items[:i] if item.attended]
    if back:
        before += [r.second for r in found if r.kind == "before" and i and r.first == items[i - 1].id]
    if (home or back) and before and not any(items[i].id in (relation.first, relation.second) for relation in found):
        _add(found, Relation(first=_last_of(found, before[-1]), second=items[i].id))


def _last_of(found: Sequence[Relation], start: str) -> str:
    """What comes last of all that is said to follow ``start``: after "a concert, dinner before" one is after both."""
    following = next((r.second for r in found if r.kind == "before" and r.first == start), None)
    return start if following is None else _last_of(found, following)


def _add(found: list[Relation], relation: Relation) -> None:
    """Add it unless it is there or would close a circle."""
    if relation.first == relation.second or relation in found:
        return
    if relation.kind == "before" and _leads(found, relation.second, relation.first):
        return
    found.append(relation)


def _leads(found: Sequence[Relation], start: str, goal: str) -> bool:
    if start == goal:
        return True
    return any(_leads(found, r.second, goal) for r in found if r.kind == "before" and r.first == start)
