"""A capability's slots filled by their type, each only when the words give evidence for it."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np

from agents.intent.facts import Facts
from agents.intent.phrasing import is_inscription
from agents.intent.words import MASK, NUMBER, content, number, stem, word_set, words
from memory.vectors import embed
from schemas.capability import Capability, Slot, SlotType
from schemas.intent import Need

_SAME = 0.35  # cosine from which an example's word only says the service's name again
_NEAR = 0.55  # cosine from which a word means a listed value
_KIND_OF = 0.30  # cosine from which a quality belongs to a category that lists no values
_WRITTEN = word_set("write written card message note says inscription text engraving label")
_ONE_DAY = 90_000  # seconds; a day with a clock change is up to 25 hours
_NO = re.compile(r"\b(?:no|not|without|don't|doesn't)\s+(?:\w+\s+)?$", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class _Said:
    """What slots are filled from: the clause, the need read from it, and the words that tell which one is wanted."""

    facts: Facts
    need: Need
    qualities: list[str]
    zone: str


def fill(capability: Capability, facts: Facts, need: Need, zone: str) -> dict[str, Any]:
    """The slots that the clause says something about; JSON values by slot name."""
    filled: dict[str, Any] = {}
    said = _Said(facts, need, _qualities(capability, facts), zone)
    described = next((slot.name for slot in capability.slots if slot.type == "text" and not _written(slot)), None)
    for slot in capability.slots:
        listed = slot.values and slot.type in ("category", "text", "number")
        value = _listed(slot, said) if listed else _BY_TYPE[slot.type](slot, said)
        if value is None and slot.name == described and said.qualities:
            value = need.query
        if value is not None:
            filled[slot.name] = value
    return filled


def fill_people(capability: Capability | None, party: int) -> dict[str, int]:
    """The slots that count people."""
    return {slot.name: party for slot in (capability.slots if capability else ()) if slot.type == "person_count"}


def _words_of(slot: Slot) -> set[str]:
    return {stem(word.value) for word in content(f"{slot.name.replace('_', ' ')} {slot.description}")}


def _written(slot: Slot) -> bool:
    return bool({word.value for word in words(f"{slot.name} {slot.description}")} & _WRITTEN)


def _qualities(capability: Capability, facts: Facts) -> list[str]:
    """The words that say which one is wanted, not what kind of service it is."""
    names = _names(capability.name, capability.examples)
    return [word.value for word in content(facts.words) if stem(word.value) not in names]


@cache
def _names(name: str, examples: tuple[str, ...]) -> frozenset[str]:
    """The stems that only say the service again: those of its name, and of its examples those that mean the same.

    "Florist" says no more than "flowers"; "massage" says which spa treatment.
    """
    said = [word.value for word in content(name)]
    others = sorted({word.value for example in examples for word in content(example)})
    if said and others:
        likeness = (embed(others) @ embed([name, *said]).T).max(axis=1)
        said += [word for word, like in zip(others, likeness, strict=True) if like >= _SAME]
    return frozenset(stem(word) for word in said)


def _listed(slot: Slot, of: _Said) -> Any:
    """The listed value that is said, or that a word of the clause means."""
    facts = of.facts
    said = {stem(word.value) for word in words(facts.raw.replace(MASK, " "))}
    for value in slot.values:
        stems = {stem(word.value) for word in words(value)}
        if stems and stems <= said:
            return value
    candidates = [word.value for word in content(facts.words)]
    if not candidates:
        return None
    cosines = embed(candidates) @ embed(slot.values).T
    best = np.unravel_index(int(cosines.argmax()), cosines.shape)
    return slot.values[int(best[1])] if cosines[best] >= _NEAR else None


def _of_kind(slot: Slot, said: _Said) -> str | None:
    """A quality that is what the slot describes ("italian" for "kind of food, such as Italian")."""
    qualities = said.qualities
    if not qualities:
        return None
    named = _words_of(slot)
    for quality in qualities:
        if stem(quality) in named:
            return quality
    cosines = embed(qualities) @ embed([f"{slot.name} {slot.description}"]).T
    best = int(cosines.argmax())
    return qualities[best] if float(cosines[best, 0]) >= _KIND_OF else None


def _counted(slot: Slot, said: _Said) -> int | None:
    """A number that stands before a word of the slot's own ("3 bedrooms")."""
    for m in re.finditer(rf"(?<![\w$€£.:/])({NUMBER})\s+([a-z][\w-]*)", said.facts.words, re.IGNORECASE):
        if stem(m[2]) in _words_of(slot):
            return number(m[1])
    return None


def _affirmed(slot: Slot, said: _Said) -> bool | None:
    """Whether the slot's own word is said, and without a "no"."""
    facts = said.facts
    for word in words(facts.raw):
        if stem(word.value) in {stem(part) for part in slot.name.split("_")} - {"is", "has"}:
            return not _NO.search(facts.raw[: word.start])
    return None


def _inscription(slot: Slot, said: _Said) -> str | None:
    """Quoted words, for a slot that says what to write."""
    quotes = said.facts.quotes
    return quotes[0].value if quotes and _written(slot) and is_inscription(said.facts) else None


def _place(slot: Slot, said: _Said) -> str | None:
    goal = bool(_words_of(slot) & {"destination", "drop", "arrival"})
    place = said.need.destination if goal else said.need.place
    return place.name if place else said.need.place_text


def _moment(slot: Slot, said: _Said) -> str | None:
    """A date, time or datetime that is exactly known."""
    day, start = said.need.timing.day, said.need.timing.start
    if day.start is None or day.end is None or (day.end - day.start).total_seconds() > _ONE_DAY:
        return None
    if slot.type == "date":
        return day.start.astimezone(ZoneInfo(said.zone)).date().isoformat()
    if start.start is None or start.start != start.end:
        return None
    local = start.start.astimezone(ZoneInfo(said.zone))
    return local.strftime("%H:%M") if slot.type == "time" else local.isoformat()


_BY_TYPE: dict[SlotType, Callable[[Slot, _Said], Any]] = {
    "text": _inscription,
    "category": _of_kind,
    "number": _counted,
    "money": lambda _, said: str(said.need.budget.major) if said.need.budget else None,
    "date": _moment,
    "time": _moment,
    "datetime": _moment,
    "duration": lambda _, said: said.facts.durations[-1].value if said.facts.durations else None,
    "place": _place,
    "person_count": lambda _, said: said.need.party,
    "boolean": _affirmed,
}
