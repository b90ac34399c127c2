"""Which capability a message of a conversation is about, as numbers from which small networks judge.

Every feature is general: likeness of meanings and words, what the conversation was about before, whether the person
agrees to what was just offered. None names a service.
"""

from collections import Counter
from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from agents.intent.follow.catalogue import Catalogue
from agents.intent.follow.cues import cues
from agents.intent.follow.heard import Heard, Vectors, unit
from memory.vectors import DIMENSIONS

NEAREST = 48
"""How many capabilities are looked at closely."""

Floats = NDArray[np.float32]
Rows = NDArray[np.int64]


def nearest(catalogue: Catalogue, message: Heard, keep: Sequence[int]) -> Rows:
    """The capabilities to look at: those most like the message, and those that ``keep`` names."""
    count = len(catalogue.capabilities)
    if count <= NEAREST:
        return np.arange(count)
    like = np.maximum(catalogue.names @ _plain(message), catalogue.purposes @ message.whole)
    best = np.argpartition(-like, NEAREST)[:NEAREST]
    return np.unique(np.concatenate([best, np.array(keep, np.int64)]))


def features(
    catalogue: Catalogue,
    message: Heard,
    before: Heard | None,
    *,
    active: int | None,
    filled: Mapping[int, set[str]],
    at: Rows,
) -> Floats:
    """One row a capability ``at``. ``before`` is what the message answers; ``active`` is the capability in hand;
    ``filled`` has the slots that are known, by the families talked of."""
    like = np.stack(
        [
            *_meaning(catalogue, message, at),
            *_word_by_word(catalogue, message, at),
            *_shared_words(catalogue, message, at),
            *_answering(catalogue, before, at),
        ],
        axis=1,
    )
    parts = [
        like,
        like - like.max(axis=0, keepdims=True),
        _state(catalogue, active, filled, at),
        np.repeat(cues(message, before)[None], len(at), axis=0),
        np.full((len(at), 1), np.log1p(len(at)) / 4),
    ]
    return np.concatenate(parts, axis=1).astype(np.float32)


def _plain(message: Heard) -> Vectors:
    """The meaning of the message without names, times and amounts."""
    chosen = message.word_vectors[message.plain]
    return unit(chosen.sum(axis=0)) if len(chosen) else np.zeros(DIMENSIONS, np.float32)


def _meaning(c: Catalogue, message: Heard, at: Rows) -> list[Floats]:
    """Likeness of the message, its plain words and its sentences to name, purpose, description and everything."""
    both = np.stack([message.whole, _plain(message)], axis=1)
    found = [matrix[at] @ both for matrix in (c.names, c.purposes, c.descriptions, c.everything)]
    sentences = message.sentence_vectors
    return [
        *(column for pair in found for column in pair.T),
        (c.names[at] @ sentences.T).max(axis=1),
        (c.purposes[at] @ sentences.T).max(axis=1),
        c.purposes[at] @ sentences[-1],
    ]


def _word_by_word(c: Catalogue, message: Heard, at: Rows) -> list[Floats]:
    """How well the words of a capability are met by some word of the message, and its words by the capability's."""
    n = len(at)
    telling = message.word_vectors[message.telling]
    found = np.zeros((7, n), np.float32)
    if not len(telling):
        return list(found)
    contrast, verb, thing, name, text, best_text, total = found
    met = np.zeros((n, len(telling)), np.float32)
    in_name, in_text = _together(c.name_at, at), _together(c.text_at, at)
    by_name, by_text = c.name_words[in_name] @ telling.T, c.text_words[in_text] @ telling.T
    a = b = 0
    for k, i in enumerate(at):
        names = by_name[a : a + c.name_at[i + 1] - c.name_at[i]]
        texts = by_text[b : b + c.text_at[i + 1] - c.text_at[i]]
        a, b = a + len(names), b + len(texts)
        if len(names):
            best = names.max(axis=1)
            verb[k], thing[k], name[k] = best[0], best[-1:].max() if len(names) == 1 else best[1:].max(), best.mean()
            met[k] = names.max(axis=0)
        if len(texts):
            best = texts.max(axis=1)
            text[k], best_text[k] = best.mean(), np.sort(best)[-3:].mean()
            met[k] = np.maximum(met[k], 0.9 * texts.max(axis=0))
    spread = met - met.mean(axis=0)
    contrast[:] = spread.max(axis=1)
    total[:] = np.maximum(spread, 0).sum(axis=1) / np.sqrt(len(telling))
    return list(found)


def _together(starts: Rows, at: Rows) -> Rows:
    return np.concatenate([np.arange(starts[i], starts[i + 1]) for i in at])


def _shared_words(c: Catalogue, message: Heard, at: Rows) -> list[Floats]:
    """Words and groups of related words that the message shares with a capability, rare ones counting more."""
    stems = message.stem_set
    shared: list[list[float]] = [
        [len(owned[i] & stems) / (1 + 0.2 * len(owned[i])) for i in at]
        for owned in (c.name_stems, c.text_stems, c.slot_stems, c.value_stems)
    ]
    shared.append(_rare([(c.name_stems[i] | c.text_stems[i]) & stems for i in at]))
    for groups in (c.name_groups, c.groups):
        common = [groups[i] & message.groups for i in at]
        shared += [_rare(common), [len(owned) / 3 for owned in common]]
    shared.append(_apart(c, message, at))
    dates = min(2, sum(span.kind == "date" and not span.text.lower().startswith("the ") for span in message.spans))
    shared.append([dates - min(2, c.dates[i]) for i in at])
    return [np.array(column, np.float32) for column in shared]


def _rare(owned: Sequence[frozenset[str]] | Sequence[frozenset[int]]) -> list[float]:
    often = Counter(word for one in owned for word in one)
    return [sum(1 / often[word] for word in one) for one in owned]


def _apart(c: Catalogue, message: Heard, at: Rows) -> list[float]:
    """How much of the message is in a capability and in none of the others of its service."""
    found = []
    for i in at:
        mine = (c.name_stems[i] | c.text_stems[i] | c.slot_stems[i]) & message.stem_set
        groups = c.name_groups[i] & message.groups
        if mine or groups:
            for j in c.family(int(c.family_of[i])).members:
                if j != i:
                    mine = mine - c.name_stems[j] - c.text_stems[j] - c.slot_stems[j]
                    groups = groups - c.name_groups[j]
        found.append(float(len(mine) + len(groups)))
    return found


def _answering(c: Catalogue, before: Heard | None, at: Rows) -> list[Floats]:
    """How much what the message answers, and its last sentence, has to do with a capability."""
    if before is None or not before.words:
        return [np.zeros(len(at), np.float32)] * 6
    last = before.sentence_vectors[-1]
    return [
        c.names[at] @ before.whole,
        c.descriptions[at] @ before.whole,
        c.names[at] @ last,
        c.purposes[at] @ last,
        c.everything[at] @ last,
        np.array([len(c.name_stems[i] & before.stem_set) for i in at], np.float32),
    ]


def _state(c: Catalogue, active: int | None, filled: Mapping[int, set[str]], at: Rows) -> Floats:
    here, commits = c.family_of[at], c.commits[at] > 0
    same = here == (-1 if active is None else c.family_of[active])
    mine = at == (-1 if active is None else active)
    known = []
    for i, family in zip(at, here, strict=True):
        needed = [slot.name for slot in c.capabilities[i].slots if slot.required]
        have = filled.get(int(family), set())
        known.append(
            [
                sum(name in have for name in needed) / max(1, len(needed)),
                len(needed) / 5,
                len(c.capabilities[i].slots) / 8,
            ]
        )
    flags = [
        mine,
        same,
        np.full(len(at), active is None),
        np.array([int(family) in filled for family in here], bool),
        commits,
        same & commits,
        same & commits & ~mine,
        same & ~commits & ~mine,
    ]
    return np.concatenate([np.stack(flags, axis=1), np.array(known).reshape(len(at), 3)], axis=1).astype(np.float32)
