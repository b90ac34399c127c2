"""All stretches of words of a turn and of what was said before it that may be the value of a slot, side by side.

What does not depend on the slot is computed once for an utterance and kept with it; a turn only puts its utterances'
arrays together, and a slot picks rows from them.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from agents.intent.follow.heard import Heard, Vectors, unit
from agents.intent.follow.spans import KINDS
from agents.intent.words import word_set

MESSAGE, BEFORE, EARLIER = 0, 1, 2
"""Where a stretch stands: in the message, in what it answers, further back."""

ROLES = tuple(
    word_set(line)
    for line in (
        "from origin originates originate leaving leave departing departure departs depart source starting out",
        "to destination going goes go arriving arrive arrives arrival ending towards into heading reach visit",
        "start begin check-in in pickup pick departure first",
        "return returning back dropoff drop off check-out out end until till last through",
        "person director directed actor actors artist performer singer stylist doctor dentist therapist starring cast "
        "recipient host by",
        "name title called named",
        "city town location area located where",
        "address street place venue airport station point",
        "genre category type cuisine kind style sort subcategory food",
        "amount price cost fare total",
    )
)
"""Words by which a place, a time or a person is told from another of its kind."""
_BEFORE_IT = tuple(
    word_set(line)
    for line in (
        "from", "to", "in", "at", "on", "by", "for", "until till", "with", "of", "called named", "the", "is", "a an",
        "see watch play", "like want", "around about", "and", "between", "directed starring", "near", "or not", "me",
        "than",
    )
)  # fmt: skip
FIXED = len(KINDS) + 11 + len(_BEFORE_IT) + len(ROLES) + 5
"""How many features do not depend on the slot."""
_LEFT, _RIGHT = 4, 3  # words that count as beside a stretch
_CLOSE = 3  # words whose meaning counts as beside it
_SPACES = re.compile(r"\s+")
_FACTS = frozenset({"date", "time", "money", "number", "address"})


@dataclass(frozen=True, slots=True, eq=False)
class Stretches:
    """The stretches of one utterance, one row each."""

    texts: tuple[str, ...]
    folded: tuple[str, ...]
    kind: NDArray[np.int64]
    first: NDArray[np.int64]
    stop: NDArray[np.int64]
    longest: NDArray[np.bool_]
    inside: NDArray[np.bool_]
    """Whether it is only a part of a longer time, date, amount or address."""
    comma: NDArray[np.bool_]
    left: Vectors
    right: Vectors
    value: Vectors
    sentence: Vectors
    roles: NDArray[np.bool_]
    fixed: NDArray[np.float32]


@lru_cache(maxsize=256)
def stretches(h: Heard) -> Stretches:
    """What can be said of an utterance's stretches whatever the slot."""
    spans, count = h.spans, len(h.words)
    first = np.array([x.first for x in spans], np.int64)
    stop = np.array([x.last + 1 for x in spans], np.int64)
    kind = np.array([KINDS.index(x.kind) for x in spans], np.int64)
    begin, end = np.array([x.start for x in spans]), np.array([x.end for x in spans])
    within = (begin[:, None] >= begin) & (end[:, None] <= end) & ((end - begin)[:, None] < (end - begin))
    same = kind[:, None] == kind
    fact = np.array([x.kind in _FACTS for x in spans], bool)
    longest = {(x.start, x.end) for x in h.longest}
    starts = {a for a, _ in h.sentences}
    folded = tuple(fold(x.text) for x in spans)
    reach: dict[int, int] = {}
    for x in spans:
        if x.kind == "name":
            reach[x.first] = max(reach.get(x.first, 0), x.end)
    roles = np.zeros((len(spans), len(ROLES)), bool)
    flags = np.zeros((len(spans), 11 + len(_BEFORE_IT)), np.float32)
    for k, x in enumerate(spans):
        around = h.words[max(0, x.first - _CLOSE) : x.first]
        own = h.tokens[x.first : x.last + 1]
        beside = set(around)
        roles[k] = [bool(role & beside) for role in ROLES]
        flags[k, :11] = [
            x.first in starts,
            x.first == 0,
            x.last == count - 1,
            x.first > 0 and h.tokens[x.first - 1].capital and x.first not in starts,
            x.last + 1 < count and h.tokens[x.last + 1].capital and (x.last + 1) not in starts,
            all(token.capital for token in own),
            len(own) == 1,
            len(own) > 2,
            own[0].text.lower() == "the",
            x.text[-1] in "!?.",
            reach.get(x.first) == x.end,
        ]
        for r, words in enumerate(_BEFORE_IT):
            flags[k, 11 + r] = (bool(around) and around[-1] in words) + 0.5 * (len(around) > 1 and around[-2] in words)
    sizes = np.stack(
        [
            (stop - first) / max(1, count),
            (within & same).sum(axis=1) / 2,
            within.any(axis=1),
            [sum(y.kind == x.kind and y.last < x.first for y in spans) / 4 for x in spans],
            [1 / same[k].sum() for k in range(len(spans))],
        ],
        axis=1,
    ).reshape(len(spans), 5)
    return Stretches(
        tuple(x.text for x in spans),
        folded,
        kind,
        first,
        stop,
        np.array([(x.start, x.end) in longest for x in spans], bool),
        (within & fact).any(axis=1),
        np.array(["," in x.text for x in spans], bool),
        h.vectors(np.maximum(first - _CLOSE, 0), first),
        h.vectors(stop, np.minimum(stop + _CLOSE, count)),
        h.vectors(first, stop),
        h.sentence_vectors[h.sentence_of[first]],
        roles,
        np.concatenate([np.eye(len(KINDS), dtype=np.float32)[kind], flags, roles, sizes], axis=1).astype(np.float32),
    )


class Pool:
    """The stretches of a turn: those of the message, of what it answers, and the names and facts said earlier."""

    def __init__(self, message: Heard, before: Heard | None, earlier: Sequence[tuple[bool, Heard]]) -> None:
        sources = [(MESSAGE, 0, False, message)]
        if before is not None:
            sources.append((BEFORE, 1, True, before))
        sources += [(EARLIER, back, ours, h) for back, (ours, h) in enumerate(earlier)]
        parts: list[tuple[Stretches, NDArray[np.int64], int, int]] = []
        told: list[NDArray[np.float32]] = []
        self.stems: list[str] = []
        seen: set[str] = set()
        phrase = KINDS.index("phrase")
        for source, back, ours, h in sources:
            if not h.spans:
                continue
            all_of = stretches(h)
            if source == EARLIER:
                named = np.flatnonzero(all_of.longest & (all_of.kind != phrase))
                kept = [int(k) for k in named if all_of.folded[k] not in seen]
            else:
                kept = list(range(len(all_of.texts)))
            seen.update(all_of.folded[k] for k in kept)
            if kept:
                rows = np.array(kept, np.int64)
                parts.append((all_of, rows, len(self.stems), len(self.stems) + len(h.words)))
                told.append(np.repeat(np.array([[source, back, ours]], np.float32), len(rows), axis=0))
            self.stems += h.stems
        self.texts = [one.texts[k] for one, rows, _, _ in parts for k in rows]
        self.folded = [one.folded[k] for one, rows, _, _ in parts for k in rows]
        if not parts:
            return

        def put(name: str) -> NDArray[Any]:
            return np.concatenate([getattr(one, name)[rows] for one, rows, _, _ in parts])

        standing = np.concatenate(told)
        self.source, self.back, self.ours = standing[:, 0], standing[:, 1], standing[:, 2]
        self.kind, self.inside, self.comma = put("kind"), put("inside"), put("comma")
        self.left, self.right, self.value, self.sentence = put("left"), put("right"), put("value"), put("sentence")
        self.near = unit(self.left + self.right)
        self.roles, self.fixed = put("roles"), put("fixed")
        base = np.concatenate([np.full(len(rows), begin) for _, rows, begin, _ in parts])
        ends = np.concatenate([np.full(len(rows), end) for _, rows, _, end in parts])
        self.first = (base + put("first")).astype(np.int64)
        self.stop = (base + put("stop")).astype(np.int64)
        self.left_from = np.maximum(self.first - _LEFT, base).astype(np.int64)
        self.right_to = np.minimum(self.stop + _RIGHT, ends).astype(np.int64)
        message_text = fold(message.text)
        again = [s > MESSAGE and text in message_text for s, text in zip(self.source, self.folded, strict=True)]
        where = np.eye(3, dtype=np.float32)[self.source.astype(np.int64)]
        rest = np.stack([self.back / 6, self.ours, np.array(again, np.float32)], axis=1)
        self.context = np.concatenate([where, rest], axis=1)


def fold(text: str) -> str:
    """Case and spaces folded."""
    return _SPACES.sub(" ", text.lower()).strip()
