"""What one turn offers to the slots of a service, before any value is looked at.

Nothing names a slot: a slot is its type, the words and meaning of its name and description, and its listed values.
Slots of one kind are rivals: what speaks for one speaks against the others.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from agents.intent.follow.catalogue import Field
from agents.intent.follow.cues import cues
from agents.intent.follow.heard import Heard
from agents.intent.follow.pool import ROLES, Pool, fold
from agents.intent.words import any_of
from memory.vectors import DIMENSIONS
from schemas.capability import SlotType

_TYPES: tuple[SlotType, ...] = ("date", "time", "money", "number", "place", "text")


def _re(phrases: str) -> re.Pattern[str]:
    return re.compile(rf"\b{any_of(phrases)}\b", re.IGNORECASE)


_ASKS = re.compile(r"\?|\b(?:what|which|when|where|how\s+many)\b", re.IGNORECASE)
_MANY = _re("how many / number / for how / how long")
_ASKS_FOR: dict[SlotType, re.Pattern[str]] = {
    "date": _re("when / date / day"),
    "time": _re("when / time"),
    "place": _re("where / (?:which|what) (?:place) / city / area / location / destination"),
    "person_count": _MANY,
    "number": _MANY,
    "money": _re("how much / amount / price"),
}


@dataclass(frozen=True, slots=True)
class Situation:
    """What slots are filled from, and what is known already."""

    message: Heard
    before: Heard | None
    """What we said last."""
    earlier: tuple[tuple[bool, Heard], ...]
    """Earlier utterances, the last one first; whether each was ours."""
    form: Mapping[str, str]
    """What the slots of this service hold."""
    elsewhere: tuple[tuple[Field, str], ...]
    """What the slots of other services hold."""
    active: frozenset[str]
    """The slots of the capability in hand, by name."""
    required: frozenset[str]
    fresh: bool
    """Whether this service was not talked of before."""
    switched: bool
    """Whether the capability is another than before."""


class Ground:
    """Features that all options of a slot share, and what the options of all slots are made from."""

    def __init__(self, situation: Situation, fields: Sequence[Field]) -> None:
        self.situation, self.fields = situation, tuple(fields)
        self.rivals = [[j for j, b in enumerate(fields) if j != i and _rivals(a, b)] for i, a in enumerate(fields)]
        others = [frozenset[str]().union(*(fields[j].all_stems for j in rivals)) for rivals in self.rivals]
        self.own = [field.all_stems - stems for field, stems in zip(fields, others, strict=True)]
        """For each slot the stems that its rivals do not have."""
        self.theirs = [stems - field.all_stems for field, stems in zip(fields, others, strict=True)]
        """For each slot the stems that only its rivals have."""
        self.names = _stack([field.name for field in fields])
        self.descriptions = _stack([field.description for field in fields])
        self.pool = Pool(situation.message, situation.before, situation.earlier)
        self.held_elsewhere = {fold(text) for _, text in situation.elsewhere}
        self.asked = self._asked(situation.before)
        mentioned = self._mentioned(situation.message)
        parts = [self.asked, _from_best(self.asked), mentioned, _from_best(mentioned), self._standing()]
        shared = np.repeat(cues(situation.message, situation.before)[None], len(fields), axis=0)
        self.by_slot = np.concatenate([*parts, shared], axis=1).astype(np.float32)

    def held_beside(self, i: int) -> set[str]:
        """What the other slots of the service hold."""
        name = self.fields[i].slot.name
        return {fold(text) for other, text in self.situation.form.items() if other != name}

    def _asked(self, before: Heard | None) -> NDArray[np.float32]:
        """How much our last words ask for each slot."""
        rows = np.zeros((len(self.fields), 10), np.float32)
        if before is None or not before.words:
            return rows
        rows[:, 0], rows[:, 1] = self.names @ before.whole, self.descriptions @ before.whole
        rows[:, 2] = (self.descriptions @ before.sentence_vectors.T).max(axis=1)
        rows[:, 3] = (self.names @ before.sentence_vectors.T).max(axis=1)
        rows[:, 4] = self.descriptions @ before.sentence_vectors[-1]
        rows[:, 5:9] = self._worded(before)
        if _ASKS.search(before.text):
            found = {kind for kind, pattern in _ASKS_FOR.items() if pattern.search(before.text)}
            rows[:, 9] = [field.slot.type in found for field in self.fields]
        return rows

    def _mentioned(self, message: Heard) -> NDArray[np.float32]:
        """How much the message speaks of each slot."""
        rows = np.zeros((len(self.fields), 7), np.float32)
        if not message.words:
            return rows
        rows[:, 0] = (self.descriptions @ message.sentence_vectors.T).max(axis=1)
        rows[:, 1] = (self.names @ message.sentence_vectors.T).max(axis=1)
        rows[:, 2:6] = self._worded(message)
        telling = message.word_vectors[message.telling]
        if len(telling):
            rows[:, 6] = [
                (field.key_vectors @ telling.T).max() if len(field.key_vectors) else 0 for field in self.fields
            ]
        return rows

    def _worded(self, said: Heard) -> list[list[float]]:
        return [
            [
                len(field.name_stems & said.stem_set) / max(1, len(field.name_stems)),
                min(3, len(field.stems & said.stem_set)) / 3,
                len(own & said.stem_set),
                len(theirs & said.stem_set),
            ]
            for field, own, theirs in zip(self.fields, self.own, self.theirs, strict=True)
        ]

    def _standing(self) -> NDArray[np.float32]:
        """What each slot is, and where it stands in the conversation."""
        at, rows = self.situation, []
        for field in self.fields:
            name = field.slot.name
            kind = "number" if field.slot.type == "person_count" else field.slot.type
            held, needed = name in at.form, name in at.required
            place = [held, name in at.active, needed, at.fresh, at.switched, not at.form, needed and not held]
            rows.append([*(kind == one for one in _TYPES), *field.roles, *place, len(at.form) / 8])
        return np.array(rows, np.float32).reshape(len(self.fields), len(_TYPES) + len(ROLES) + 8)


def _rivals(a: Field, b: Field) -> bool:
    if a.slot.type == "boolean":
        return False
    alike = a.slot.type == b.slot.type and bool(a.slot.values) == bool(b.slot.values) and not a.numeric
    return alike or (a.counts and b.counts)


def _stack(vectors: Sequence[NDArray[np.float32]]) -> NDArray[np.float32]:
    return np.stack(vectors) if vectors else np.zeros((0, DIMENSIONS), np.float32)


def _from_best(rows: NDArray[np.float32]) -> NDArray[np.float32]:
    return rows - rows.max(axis=0, keepdims=True) if len(rows) else rows
