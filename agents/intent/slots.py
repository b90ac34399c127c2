"""A capability's slots filled by their type, each only when the words give evidence for it."""

import re
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np

from agents.intent.facts import Facts
from agents.intent.phrasing import is_inscription
from agents.intent.words import MASK, NUMBER, content, number, stem, words
from memory.vectors import embed
from schemas.capability import Capability, Slot
from schemas.intent import Need

_NEAR = 0.55  # cosine from which a word means a listed value
_KIND_OF = 0.30  # cosine from which a quality belongs to a category that lists no values
_WRITTEN = frozenset("write written card message note says inscription text engraving label".split())
_NO = re.compile(r"\b(?:no|not|without|don't|doesn't)\s+(?:\w+\s+)?$", re.IGNORECASE)


def fill(capability: Capability, facts: Facts, need: Need, zone: str) -> dict[str, Any]:
    """The slots that the clause says something about; JSON values by slot name."""
    filled: dict[str, Any] = {}
    qualities = _qualities(capability, facts)
    described = next((slot.name for slot in capability.slots if slot.type == "text" and not _written(slot)), None)
    for slot in capability.slots:
        value = _value(slot, facts, need, qualities, zone)
        if value is None and slot.name == described and qualities:
            value = need.query
        if value is not None:
            filled[slot.name] = value
    return filled


def fill_people(capability: Capability | None, party: int) -> dict[str, int]:
    """The slots that count people."""
    return {slot.name: party for slot in (capability.slots if capability else ()) if slot.type == "person_count"}


def _value(slot: Slot, facts: Facts, need: Need, qualities: list[str], zone: str) -> Any:
    if slot.values and slot.type in ("category", "text", "number"):
        return _listed(slot, facts)
    match slot.type:
        case "person_count":
            return need.party
        case "category":
            return _of_kind(slot, qualities)
        case "text":
            return facts.quotes[0].value if facts.quotes and _written(slot) and is_inscription(facts) else None
        case "number":
            return _counted(slot, facts)
        case "money":
            return str(need.budget.major) if need.budget else None
        case "boolean":
            return _said(slot, facts)
        case "duration":
            return facts.durations[-1].value if facts.durations else None
        case "place":
            place = need.destination if _words_of(slot) & {"destination", "drop", "arrival"} else need.place
            return place.name if place else need.place_text
    return _moment(slot, need, zone)


def _words_of(slot: Slot) -> set[str]:
    return {stem(word.value) for word in content(f"{slot.name.replace('_', ' ')} {slot.description}")}


def _written(slot: Slot) -> bool:
    return bool({word.value for word in words(f"{slot.name} {slot.description}")} & _WRITTEN)


def _qualities(capability: Capability, facts: Facts) -> list[str]:
    """The words that say which one is wanted, not what kind of service it is."""
    names = {stem(w.value) for phrase in (capability.name, *capability.examples) for w in content(phrase)}
    return [word.value for word in content(facts.words) if stem(word.value) not in names]


def _listed(slot: Slot, facts: Facts) -> Any:
    """The listed value that is said, or that a word of the clause means."""
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


def _of_kind(slot: Slot, qualities: list[str]) -> str | None:
    """A quality that is what the slot describes ("italian" for "kind of food, such as Italian")."""
    if not qualities:
        return None
    named = _words_of(slot)
    for quality in qualities:
        if stem(quality) in named:
            return quality
    cosines = embed(qualities) @ embed([f"{slot.name} {slot.description}"]).T
    best = int(cosines.argmax())
    return qualities[best] if float(cosines[best, 0]) >= _KIND_OF else None


def _counted(slot: Slot, facts: Facts) -> int | None:
    """A number that stands before a word of the slot's own ("3 bedrooms")."""
    for m in re.finditer(rf"(?<![\w$€£.:/])({NUMBER})\s+([a-z][\w-]*)", facts.words, re.IGNORECASE):
        if stem(m[2]) in _words_of(slot):
            return number(m[1])
    return None


def _said(slot: Slot, facts: Facts) -> bool | None:
    for word in words(facts.raw):
        if stem(word.value) in {stem(part) for part in slot.name.split("_")} - {"is", "has"}:
            return not _NO.search(facts.raw[: word.start])
    return None


def _moment(slot: Slot, need: Need, zone: str) -> str | None:
    """A date, time or datetime that is exactly known."""
    day, start = need.timing.day, need.timing.start
    if day.start is None or day.end is None or (day.end - day.start).total_seconds() > 90_000:
        return None
    if slot.type == "date":
        return day.start.astimezone(ZoneInfo(zone)).date().isoformat()
    if start.start is None or start.start != start.end:
        return None
    local = start.start.astimezone(ZoneInfo(zone))
    return local.strftime("%H:%M") if slot.type == "time" else local.isoformat()
