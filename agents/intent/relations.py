"""What must come before what, as far as the words say so.

A plain list has no order. "Then", "after dinner", "before the show" and "at the same time" give one, and a ride
home follows the last thing that was mentioned before it and that one goes to.
"""

from collections.abc import Sequence

from agents.intent.facts import Facts
from agents.intent.split import Clause, Reference
from agents.intent.words import Found, content, stem
from schemas.intent import Relation

Item = tuple[str, Clause, Facts]


def relate(items: Sequence[Item], references: Sequence[Found[Reference]]) -> list[Relation]:
    """The relations between needs, given as (id, clause, facts) in the order they were said."""
    found: list[Relation] = []
    for i, (need, clause, facts) in enumerate(items):
        if i and clause.join == "then":
            _add(found, Relation(first=items[i - 1][0], second=need))
        if i and clause.join == "first":
            _add(found, Relation(first=need, second=items[i - 1][0]))
        if i and _together(clause, facts):
            _add(found, Relation(kind="together", first=items[i - 1][0], second=need))
        for reference in references:
            if clause.start <= reference.start < clause.end:
                _refer(found, items, i, reference.value)
        _ride(found, items, i)
    return found


def _refer(found: list[Relation], items: Sequence[Item], i: int, reference: Reference) -> None:
    need = items[i][0]
    other = _named(items, i, reference.word) if reference.word else _neighbour(items, i, reference)
    if other is None:
        return
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
        return items[i - 1][0] if i else None
    attended = [need for j, (need, clause, _) in enumerate(items) if j != i and _effect(clause) == "attended"]
    later = [need for need, clause, _ in items[i + 1 :] if _effect(clause) == "attended"]
    return next(iter(later), None) or next(iter(reversed(attended)), None)


def _named(items: Sequence[Item], i: int, word: str) -> str | None:
    """The need that ``word`` refers to: by its own words, else by those of its capability."""
    wanted = stem(word)
    others = [item for j, item in enumerate(items) if j != i]
    for need, _, facts in others:
        if wanted in {stem(w.value) for w in content(facts.words)}:
            return need
    for need, clause, _ in others:
        if clause.capability:
            known = " ".join((clause.capability.name, clause.capability.description, *clause.capability.examples))
            if wanted in {stem(w.value) for w in content(known)}:
                return need
    return None


def _ride(found: list[Relation], items: Sequence[Item], i: int) -> None:
    need, clause, facts = items[i]
    if _effect(clause) != "moves_person":
        return
    goes_to = _destination_need(items, i)
    if goes_to is not None:
        _add(found, Relation(first=need, second=goes_to))
        return
    if not any(spot.value.way == "to" and spot.value.text == "home" for spot in facts.places):
        return
    before = [other for other, c, _ in items[:i] if _effect(c) == "attended"]
    if before and not any(need in (relation.first, relation.second) for relation in found):
        _add(found, Relation(first=before[-1], second=need))


def _destination_need(items: Sequence[Item], i: int) -> str | None:
    """ "A ride to the restaurant" goes to the need that the word after "to" names."""
    said = [word.value for word in content(items[i][2].raw.partition(" to ")[2])]
    return _named(items, i, said[0]) if said else None


def _together(clause: Clause, facts: Facts) -> bool:
    return "at the same time" in facts.raw.lower() or "simultaneously" in facts.raw.lower() or "meanwhile" in facts.raw.lower()


def _effect(clause: Clause) -> str | None:
    return clause.capability.effect if clause.capability else None


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
