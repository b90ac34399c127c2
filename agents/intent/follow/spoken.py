"""Which stretch of words a slot takes that lists no values, as numbers from which small networks judge."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from agents.intent.follow.ground import Ground
from agents.intent.follow.heard import heard
from agents.intent.follow.pool import EARLIER, FIXED, ROLES, fold
from agents.intent.follow.spans import KINDS, Kind
from schemas.capability import SlotType

_FITS: dict[SlotType, tuple[Kind, ...]] = {
    "date": ("date",),
    "time": ("time",),
    "datetime": ("date", "time"),
    "money": ("money", "number"),
    "number": ("number",),
    "person_count": ("number",),
    "duration": ("number", "time"),
    "place": ("name", "address", "phrase"),
    "text": ("name", "address", "phrase"),
    "category": ("name", "phrase"),
    "boolean": (),
}
_WANTED = {kind: np.array([one in fits for one in KINDS], bool) for kind, fits in _FITS.items()}
_WHOLE = frozenset({"date", "time", "money", "number"})
"""Types of which only the whole of what was said is the value ("270 bucks", not "270")."""
_RECENT = 7  # utterances back to which an offer may still be taken
_CARRIED = 6  # features of a value that a slot of another service holds
_OWN = _CARRIED + 10 + 5 + 9 + len(ROLES) + 2 + 1 + 6 + FIXED


@dataclass(frozen=True, slots=True)
class Candidate:
    """A value a slot may take."""

    text: str
    kind: Kind | None
    """``None`` for what a slot of another service holds."""

    @property
    def key(self) -> tuple[str, str]:
        """What two slots of a service do not both take."""
        return self.kind or "", fold(self.text)


def spoken_options(ground: Ground, i: int) -> tuple[list[Candidate], NDArray[np.float32]]:
    """The candidates for slot ``i``, and a row of features for each."""
    options: list[Candidate] = []
    rows: list[NDArray[np.float32]] = []
    chosen = _chosen(ground, i)
    if len(chosen):
        rows.append(_stretches(ground, i, chosen))
        options += [Candidate(ground.pool.texts[k], KINDS[ground.pool.kind[k]]) for k in chosen]
    carried = _carried(ground, i)
    rows += [row for _, row in carried]
    options += [candidate for candidate, _ in carried]
    return options, np.concatenate(rows) if rows else np.zeros((0, 0), np.float32)


def _chosen(ground: Ground, i: int) -> list[int]:
    """The stretches that fit the slot's type; of what was said earlier only what may still be meant."""
    at, slot, pool = ground.situation, ground.fields[i].slot, ground.pool
    if not pool.texts:
        return []
    wanted = _WANTED[slot.type][pool.kind]
    if slot.type in _WHOLE:
        wanted = wanted & ~pool.inside
    elif slot.type == "text":
        wanted = wanted & ~pool.comma
    held = fold(at.form.get(slot.name, ""))
    if not at.fresh and at.form:
        offered = (pool.ours > 0) & (pool.back < _RECENT)
        wanted = wanted & ((pool.source != EARLIER) | (offered if not held else np.zeros_like(offered)))
    return [int(k) for k in np.flatnonzero(wanted) if pool.folded[k] != held]


def _stretches(ground: Ground, i: int, chosen: list[int]) -> NDArray[np.float32]:
    field, pool, n = ground.fields[i], ground.pool, len(chosen)
    at = np.array(chosen)
    left, right, value, sentence = pool.left[at], pool.right[at], pool.value[at], pool.sentence[at]
    both = np.stack([field.name, field.description], axis=1)
    like = np.concatenate([part @ both for part in (left, right, value, sentence, pool.near[at])], axis=1)
    margins = np.zeros((n, 5), np.float32)
    if ground.rivals[i]:
        rivals = ground.descriptions[ground.rivals[i]].T
        for column, part in enumerate((left, right, value, sentence)):
            margins[:, column] = like[:, 2 * column + 1] - (part @ rivals).max(axis=1)
    else:
        margins[:, 4] = 1
    first, stop, left_from, right_to = pool.first[at], pool.stop[at], pool.left_from[at], pool.right_to[at]
    beside: list[NDArray[np.int64]] = []
    for stems in (field.all_stems, ground.own[i], ground.theirs[i]):
        sofar = np.cumsum([0, *(word in stems for word in pool.stems)])
        beside += [sofar[first] - sofar[left_from], sofar[right_to] - sofar[stop], sofar[stop] - sofar[first]]
    roles = pool.roles[at]
    missed = field.roles & ~roles & (roles.sum(axis=0) > 0)
    here = ground.held_beside(i)
    texts = [pool.folded[k] for k in chosen]
    known = np.array([[text in here, text in ground.held_elsewhere] for text in texts], np.float32)
    parts = [
        np.zeros((n, _CARRIED)),
        like,
        margins,
        np.stack(beside, axis=1),
        (roles & field.roles).astype(np.float32) - missed,
        known,
        np.full((n, 1), np.log1p(n)),
        pool.context[at],
        pool.fixed[at],
        np.repeat(ground.by_slot[i][None], n, axis=0),
    ]
    return np.concatenate(parts, axis=1).astype(np.float32)


def _carried(ground: Ground, i: int) -> list[tuple[Candidate, NDArray[np.float32]]]:
    """What slots of other services hold that may hold here too: the place of the hotel for the restaurant."""
    field, form = ground.fields[i], ground.situation.form
    if not ground.situation.fresh and field.slot.name in form:
        return []
    found = []
    for other, text in ground.situation.elsewhere:
        if other.slot.values or other.slot.type != field.slot.type or fold(text) == fold(form.get(field.slot.name, "")):
            continue
        value = heard(text).whole
        row = np.zeros(_OWN, np.float32)
        row[:_CARRIED] = (
            1,
            float(other.description @ field.description),
            float(other.name @ field.name),
            len(other.stems & field.stems),
            float(value @ field.name),
            float(value @ field.description),
        )
        found.append((Candidate(text, None), np.concatenate([row, ground.by_slot[i]])[None]))
    return found
