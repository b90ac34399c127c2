"""The words by which capabilities are known, and how much each tells.

A capability's own words count by where they stand: an example or its name most, a value that a slot lists ("a van")
less, a description less still, the description of a slot least.
Everyday words that go with them are added (``everyday.json``: "sink" where a service says "plumber"). They are general
knowledge about services, not about any registered one; a group of them that fits no capability stands for a service
that is known but not offered, so that a lawyer is not taken for the nearest thing to one.
"""

import json
import math
import re
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cache
from importlib.resources import files

from agents.intent.words import STOP, Found, content, stem, word_set, words
from schemas.capability import Capability

Owners = dict[int, float]
"""Evidence by owner: the position of a capability, or a number beyond them for a group that nobody offers."""

_EXAMPLE, _NAME, _EVERYDAY, _VALUE, _PART, _TEXT, _MODIFIER, _SLOT = 1.0, 0.9, 0.8, 0.6, 0.55, 0.4, 0.35, 0.3
_DAMPING = 0.25  # how fast a word that many services share loses weight
LINKS = word_set("for with of from at in on to by near after before during about")
"""Prepositions: what stands after them says less of what a thing is."""
_GENERIC = frozenset(
    map(
        stem,
        word_set(
            """
            service people person place home house room kind sort type party group thing time day night evening morning
            good nice best great special small big little local other more work office city town
            """
        ),
    )
)
_CAMEL = re.compile(r"(?<=[a-z])(?=[A-Z])")


@dataclass(slots=True)
class Vocabulary:
    """Evidence by single stem and by phrase of stems."""

    single: dict[str, Owners] = field(default_factory=lambda: defaultdict(dict))
    phrases: dict[tuple[str, ...], Owners] = field(default_factory=lambda: defaultdict(dict))
    unoffered: dict[int, list[str]] = field(default_factory=dict)
    """The groups of everyday words that nobody offers, by owner."""

    @classmethod
    def of(cls, capabilities: Sequence[Capability]) -> "Vocabulary":
        """The words of a set of capabilities."""
        vocabulary = cls()
        for owner, capability in enumerate(capabilities):
            vocabulary._add_capability(owner, capability)
        vocabulary._add_everyday(len(capabilities))
        vocabulary._weigh_by_rarity()
        return vocabulary

    def _add(self, owner: int, text: str, whole: float, part: float, rest: float) -> None:
        """A phrase of the owner's: as a whole, its head as ``part``, its other words as ``rest``."""
        stems = tuple(stem(word.value) for word in words(text))
        if len(stems) > 1:
            _raise(self.phrases[stems], owner, whole)
        main = head(text)
        for word in content(text):
            weight = whole if len(stems) == 1 else part if word == main else rest
            one = stem(word.value)
            _raise(self.single[one], owner, weight / 2 if one in _GENERIC else weight)

    def _add_capability(self, owner: int, capability: Capability) -> None:
        self._add(owner, readable(capability.name), _EXAMPLE, _NAME, _NAME)
        for example in capability.examples:
            self._add(owner, example, _EXAMPLE, _PART, _MODIFIER)
        self._add(owner, capability.description, _PART, _TEXT, _TEXT)
        for slot in capability.slots:
            self._add(owner, slot.description, _SLOT, _SLOT, _SLOT)
            for value in slot.values:
                self._add(owner, value, _VALUE, _SLOT, _SLOT)

    def _add_everyday(self, first_free: int) -> None:
        """Give every capability the everyday words of its groups; those nobody offers count from ``first_free``."""
        for group in everyday():
            owners = {owner for phrase in group for owner in self._known_by(phrase, first_free)}
            if not owners:
                owners = {first_free + len(self.unoffered)}
                self.unoffered[min(owners)] = list(group)
            for phrase in group:
                for owner in owners:
                    self._add(owner, phrase, _EVERYDAY, _SLOT / 2, _SLOT / 2)

    def _known_by(self, phrase: str, first_free: int) -> set[int]:
        """The capabilities whose name or examples are this phrase."""
        stems = tuple(stem(word.value) for word in words(phrase))
        several = len(stems) > 1
        known, least = (self.phrases.get(stems), _EXAMPLE) if several else (self.single.get("".join(stems)), _NAME)
        return {owner for owner, weight in (known or {}).items() if weight >= least and owner < first_free}

    def _weigh_by_rarity(self) -> None:
        """A word that many services share tells less about each."""
        for owners in self.single.values():
            heavy = sum(weight >= _TEXT for weight in owners.values())
            if heavy > 1:
                damp = 1 / (1 + _DAMPING * math.log(heavy))
                owners.update({owner: weight * damp for owner, weight in owners.items()})


def head(text: str) -> Found[str] | None:
    """The word a phrase is about: the last one that tells anything before a preposition ("birthday cake for Anna")."""
    telling = {word.start for word in content(text)}
    found = None
    for word in words(text):
        if word.value in LINKS and found is not None:
            break
        found = word if word.start in telling else found
    return found


def readable(name: str) -> str:
    """A name written for programs ("FindApartment", "dog_wash") as words."""
    return _CAMEL.sub(" ", name).replace("_", " ")


def sold_singly(capability: Capability) -> frozenset[str]:
    """The last words of name and examples that are in the singular: what one can order two of."""
    heads = [phrase.lower().split()[-1] for phrase in (capability.name, *capability.examples) if phrase.split()]
    return frozenset(stem(word) for word in heads if stem(word) == word or not word.endswith("s")) - STOP


@cache
def everyday() -> tuple[tuple[str, ...], ...]:
    """Groups of everyday words that go with one kind of service."""
    groups = json.loads(files("agents.intent").joinpath("everyday.json").read_text("utf-8"))
    return tuple(tuple(group) for group in groups)


def _raise(scores: Owners, owner: int, weight: float) -> None:
    scores[owner] = max(scores.get(owner, 0.0), weight)
