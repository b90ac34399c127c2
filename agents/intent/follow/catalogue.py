"""What is known of capabilities before anyone speaks: their words and vectors, and the slots that a service shares."""

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from agents.intent.follow.heard import Vectors, unit
from agents.intent.follow.pool import ROLES
from agents.intent.follow.related import groups_of
from agents.intent.vocabulary import readable
from agents.intent.words import STOP, stem, word_set
from memory.vectors import DIMENSIONS, sums
from schemas.capability import Capability, Slot

_WORD = re.compile(r"[a-z0-9]+(?:'[a-z0-9]+)*")
_PEOPLE = word_set("people person persons party riders passengers travelers travellers guests adults seats group")
_FLAG_WORDS = word_set("boolean flag indicating indicate whether if true false has have with service available allowed")


@dataclass(frozen=True, slots=True, eq=False)
class Field:
    """One slot with its words and vectors."""

    slot: Slot
    name: Vectors
    description: Vectors
    """Of description and name together."""
    name_stems: frozenset[str]
    stems: frozenset[str]
    """Of name and description, without function words."""
    all_stems: frozenset[str]
    """The same, and neighbours as one word ("bed rooms", "bedrooms")."""
    key_stems: frozenset[str]
    """The same without words that any flag is described by."""
    key_vectors: Vectors
    roles: NDArray[np.bool_]
    people: bool
    numeric: bool
    """Whether its values are listed numbers."""
    values: Vectors
    value_stems: tuple[tuple[str, ...], ...]
    value_groups: tuple[frozenset[int], ...]
    """Groups of related words that only one value belongs to."""

    @classmethod
    def of(cls, slot: Slot) -> "Field":
        """The words and vectors of a slot."""
        said = split_words(f"{slot.name} {slot.description}")
        stems = _stems(said)
        keys = [word for word in dict.fromkeys(said) if word not in STOP and word not in _FLAG_WORDS]
        values = [split_words(value) for value in slot.values]
        often = Counter(word for value in values for word in set(value))
        groups = [groups_of([stem(word) for word in value]) for value in values]
        shared = Counter(group for owned in groups for group in owned)
        return cls(
            slot,
            name=_meaning(slot.name),
            description=_meaning(f"{slot.description} {slot.name}"),
            name_stems=_stems(split_words(slot.name)),
            stems=stems,
            all_stems=stems | {stem(a) + stem(b) for a, b in pairwise(split_words(slot.description))},
            key_stems=frozenset(map(stem, keys)),
            key_vectors=unit(sums(keys)),
            roles=np.array([bool(role & set(said)) for role in ROLES], bool),
            people=bool(_PEOPLE & set(said)),
            numeric=bool(slot.values) and all(value.isdigit() for value in slot.values),
            values=_meanings([" ".join(w for w in value if often[w] == 1) or " ".join(value) for value in values]),
            value_stems=tuple(tuple(map(stem, value)) for value in values),
            value_groups=tuple(frozenset(group for group in owned if shared[group] == 1) for owned in groups),
        )

    @property
    def counts(self) -> bool:
        """Whether the slot takes a number."""
        return self.numeric or (not self.slot.values and self.slot.type in ("number", "person_count"))


@dataclass(frozen=True, slots=True)
class Family:
    """The capabilities of one service, by position, and the slots that any of them takes."""

    members: tuple[int, ...]
    fields: tuple[Field, ...]


class Catalogue:
    """One set of capabilities. A capability that is part of no service is a family by itself."""

    def __init__(self, capabilities: Sequence[Capability]) -> None:
        self.capabilities = tuple(capabilities)
        self.by_id = {capability.id: i for i, capability in enumerate(self.capabilities)}
        groups: dict[tuple[str, str], list[int]] = {}
        for i, c in enumerate(self.capabilities):
            groups.setdefault((c.service, "" if c.service else c.id), []).append(i)
        self._members = list(groups.values())
        self._families: dict[int, Family] = {}
        self.family_of = np.zeros(len(self.capabilities), np.int64)
        for number, members in enumerate(self._members):
            self.family_of[members] = number
        self.commits = np.array([c.commits for c in self.capabilities], np.float32)
        self.dates = [sum(slot.type == "date" for slot in c.slots) for c in self.capabilities]
        names = [split_words(c.name) for c in self.capabilities]
        texts = [split_words(" ".join((c.description, *c.examples))) for c in self.capabilities]
        slots = [split_words(" ".join(f"{s.name} {s.description}" for s in c.slots)) for c in self.capabilities]
        self.name_words, self.name_at = _flat(names)
        self.text_words, self.text_at = _flat([[word for word in text if word not in STOP] for text in texts])
        self.names = _meanings([" ".join(name) for name in names])
        self.purposes = _meanings([c.description.split(". ")[0] for c in self.capabilities])
        self.descriptions = _meanings([" ".join(text) for text in texts])
        self.everything = _meanings([" ".join(said) for said in map(_joined, names, texts, slots)])
        self.name_stems = [frozenset(map(stem, name)) for name in names]
        self.text_stems = [_stems(text) for text in texts]
        self.slot_stems = [_stems(slot) for slot in slots]
        self.value_stems = [
            _stems(split_words(" ".join(value for s in c.slots if s.type == "category" for value in s.values)))
            for c in self.capabilities
        ]
        self.name_groups = [groups_of([stem(word) for word in name]) for name in names]
        self.groups = [
            groups_of([stem(w) for w in _joined(name, text)]) for name, text in zip(names, texts, strict=True)
        ]

    def family(self, number: int) -> Family:
        """The family of this number; its slots are prepared at the first use."""
        if number not in self._families:
            members = tuple(self._members[number])
            slots = {slot.name: slot for i in members for slot in self.capabilities[i].slots}
            self._families[number] = Family(members, tuple(map(Field.of, slots.values())))
        return self._families[number]


def split_words(text: str) -> list[str]:
    """The words of a text or of a name written for programs, in lower case."""
    return _WORD.findall(readable(text).lower())


def _joined(*parts: list[str]) -> list[str]:
    return [word for part in parts for word in part]


def _stems(words: Sequence[str]) -> frozenset[str]:
    return frozenset(stem(word) for word in words if word not in STOP)


def _meaning(text: str) -> Vectors:
    return unit(sums(split_words(text)).sum(axis=0))


def _meanings(texts: Sequence[str]) -> Vectors:
    return np.stack([_meaning(text) for text in texts]) if texts else np.zeros((0, DIMENSIONS), np.float32)


def _flat(rows: Sequence[Sequence[str]]) -> tuple[Vectors, NDArray[np.int64]]:
    """All words' unit vectors one after the other, and where each row's begin (and the last one's end)."""
    at = np.cumsum([0, *(len(row) for row in rows)])
    return unit(sums([word for row in rows for word in row])), at
