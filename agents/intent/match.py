"""Which capability a stretch of words means, whatever capabilities there are.

Three kinds of evidence are added up: the capability's own words (its name, examples, description and slots, in
that order of weight), everyday words that go with them ("sink" with a service whose words have "plumber"), and
the likeness of sentence vectors. The everyday words (``everyday.json``) are general knowledge about services, not
about any registered one; a group that nobody registered stands for "known, but not offered", so that a lawyer is
not taken for the nearest thing to one.
"""

import json
import math
import re
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cache
from importlib.resources import files

import numpy as np
from rapidfuzz import process
from rapidfuzz.distance import OSA

from agents.intent.words import STOP, Found, content, mask, stem, words
from memory.vectors import embed
from schemas.capability import Capability

ACCEPT = 0.44
"""Evidence from which a capability counts as meant."""
STRONG = 0.7
"""Evidence of a word that names a service by itself."""

_EXAMPLE, _NAME, _EVERYDAY, _PART, _VALUE, _TEXT, _SLOT = 1.0, 0.9, 0.8, 0.55, 0.5, 0.4, 0.3
_LIKE = 0.62  # cosine from which likeness alone may decide
_BESIDE_WORDS = 0.7  # likeness of parts of words ("uber", "barber") yields to the words themselves
_UNOFFERED = 0.55  # likeness to something nobody offers yields to words for something that is
_HINT = 0.30  # cosine from which likeness supports other evidence
_BEFORE_HEAD = 0.8  # "chocolate cake" is a cake
_AFTER_PREPOSITION = 0.6  # what a thing is for says less than what it is: "cake for the dinner"
_REST = 0.25  # how much further evidence for the same capability adds
_CANDIDATES = 24
_LINKS = frozenset("for with of from at in on to by near after before during about".split())
_GENERIC = frozenset(
    map(
        stem,
        "service people person place home house room kind sort type party group thing time day night evening morning "
        "good nice best great special small big little local other more work office city town".split(),
    )
)
_SHORTEST_TYPO = 5
_CAMEL = re.compile(r"(?<=[a-z])(?=[A-Z])")


@dataclass(frozen=True, slots=True)
class Match:
    """A capability and how well the words fit it, 0 to 1; ``None`` for a service nobody here offers."""

    capability: Capability | None
    score: float


@dataclass(slots=True)
class _Entries:
    """Vocabulary under construction: evidence by single stem and by phrase of stems."""

    single: dict[str, dict[int, float]] = field(default_factory=lambda: defaultdict(dict))
    phrases: dict[tuple[str, ...], dict[int, float]] = field(default_factory=lambda: defaultdict(dict))

    def add(self, owner: int, text: str, whole: float, part: float, rest: float | None = None) -> None:
        """A phrase of the owner's: as a whole, its head as ``part``, and its other words as ``rest``."""
        stems = tuple(stem(word.value) for word in words(text))
        if len(stems) > 1:
            _raise(self.phrases[stems], owner, whole)
        telling, head = content(text), _head(text)
        for word in telling:
            weight = whole if len(stems) == 1 else part if rest is None or word == head else rest
            one = stem(word.value)
            _raise(self.single[one], owner, weight / 2 if one in _GENERIC else weight)


class Index:
    """The words and vectors of one set of capabilities, built once for the set."""

    def __init__(self, capabilities: Sequence[Capability]) -> None:
        self.capabilities = tuple(capabilities)
        self.by_id = {capability.id: capability for capability in self.capabilities}
        entries = _Entries()
        for owner, capability in enumerate(self.capabilities):
            _add_capability(entries, owner, capability)
        self._unoffered = _add_everyday(entries, len(self.capabilities))
        self._single = _by_rarity(entries.single)
        self._phrases = dict(entries.phrases)
        self._longest = max((len(phrase) for phrase in self._phrases), default=0)
        self._starts = {phrase[0] for phrase in self._phrases}
        self._vocabulary = [word for word in self._single if len(word) >= _SHORTEST_TYPO]
        self._vectors, self._owners = self._embedded()
        self._singular = {capability.id: _sold_singly(capability) for capability in self.capabilities}

    def capability(self, identifier: str | None) -> Capability | None:
        """The capability with this id, if it is in the set."""
        return self.by_id.get(identifier or "")

    def _embedded(self) -> tuple[np.ndarray, np.ndarray]:
        texts: list[str] = []
        owners: list[int] = []
        for owner, capability in enumerate(self.capabilities):
            phrases = (capability.name, capability.description, *capability.examples)
            texts += [phrase for phrase in phrases if phrase.strip()]
            owners += [owner] * sum(bool(phrase.strip()) for phrase in phrases)
        for owner, group in self._unoffered.items():
            texts += group
            owners += [owner] * len(group)
        vectors = embed(texts) if texts else np.zeros((0, 256), np.float32)
        return vectors, np.array(owners, np.int32)

    def names_service(self, word: str) -> bool:
        """Whether one word names a service by itself, offered or not."""
        return any(weight >= STRONG for weight in self._single.get(stem(word), {}).values())

    def known_phrases(self, text: str) -> list[Found[dict[int, float]]]:
        """Phrases of several words that some service is known by, longest first at each place, not overlapping."""
        tokens = words(text)
        stems = [stem(token.value) for token in tokens]
        found: list[Found[dict[int, float]]] = []
        i = 0
        while i < len(stems):
            length = self._phrase_at(stems, i) if stems[i] in self._starts else 0
            if length:
                owners = self._phrases[tuple(stems[i : i + length])]
                found.append(Found(tokens[i].start, tokens[i + length - 1].end, owners))
            i += length or 1
        return found

    def _phrase_at(self, stems: list[str], i: int) -> int:
        for length in range(min(self._longest, len(stems) - i), 1, -1):
            if tuple(stems[i : i + length]) in self._phrases:
                return length
        return 0

    def worded(self, text: str, raw: str | None = None) -> dict[int, float]:
        """Evidence from words alone, by owner.

        ``raw`` is ``text`` with its facts uncovered, for phrases such as "table for two".
        """
        weights = _weights(text if raw is None else raw)
        scores: dict[int, list[float]] = defaultdict(list)
        phrases = self.known_phrases(text if raw is None else raw)
        for phrase in phrases:
            for owner, weight in phrase.value.items():
                scores[owner].append(weight * weights.get(phrase.start, 1.0))
        inside = mask(text, phrases)
        for token in content(inside):
            for owner, weight in self._word(token).items():
                scores[owner].append(weight * weights.get(token.start, 1.0))
        return {owner: _summed(evidence) for owner, evidence in scores.items()}

    def _word(self, token: Found[str]) -> dict[int, float]:
        known = self._single.get(stem(token.value))
        if known is not None:
            return known
        return self._misspelt(stem(token.value))

    def _misspelt(self, word: str) -> dict[int, float]:
        """A word one slip away from a known one, read as that with less weight."""
        if len(word) < _SHORTEST_TYPO:
            return {}
        slips = 1 if len(word) < 9 else 2
        near = process.extractOne(word, self._vocabulary, scorer=OSA.distance, score_cutoff=slips)
        if near is None or near[0][0] != word[0]:
            return {}
        return {owner: 0.8 * weight for owner, weight in self._single[near[0]].items()}

    def match(self, texts: Sequence[tuple[str, str]]) -> list[Match]:
        """The best capability for each (covered text, raw text); ``capability`` is ``None`` below :data:`ACCEPT`."""
        ranked = self.rank(texts)
        return [options[0] if options and options[0].score >= ACCEPT else Match(None, 0.0) for options in ranked]

    def rank(self, texts: Sequence[tuple[str, str]]) -> list[list[Match]]:
        """For each text the capabilities with any evidence, best first; one that stands for a service nobody
        offers has no capability."""
        if not texts:
            return []
        cores = [" ".join(word.value for word in content(text)) for text, _ in texts]
        likeness = self._likeness(cores)
        return [self._combined(self.worded(text, raw), likeness[i]) for i, (text, raw) in enumerate(texts)]

    def _likeness(self, cores: list[str]) -> list[dict[int, float]]:
        """The best cosine of each text with any phrase of each owner, for the nearest owners."""
        result: list[dict[int, float]] = [{} for _ in cores]
        asked = [i for i, core in enumerate(cores) if core]
        if not asked or not len(self._vectors):
            return result
        cosines = embed([cores[i] for i in asked]) @ self._vectors.T
        for row, i in zip(cosines, asked, strict=True):
            nearest = np.flatnonzero(row >= _HINT)
            for j in nearest[np.argsort(-row[nearest])][: 4 * _CANDIDATES]:
                result[i].setdefault(int(self._owners[j]), float(row[j]))
        return result

    def _combined(self, worded: dict[int, float], likeness: dict[int, float]) -> list[Match]:
        scores = []
        certain = max(worded.values(), default=0.0) >= STRONG
        for owner in worded.keys() | likeness.keys():
            word, like = worded.get(owner, 0.0), likeness.get(owner, 0.0)
            alone = (_BESIDE_WORDS * like if certain else like) if like >= _LIKE else 0.0
            if owner >= len(self.capabilities) and word < ACCEPT:
                score = _UNOFFERED * alone
            else:
                score = max(word, alone) + 0.3 * (like if word >= alone else word)
            scores.append((score, owner))
        scores.sort(key=lambda item: (-item[0], item[1]))
        return [
            Match(self.capabilities[owner] if owner < len(self.capabilities) else None, min(1.0, score))
            for score, owner in scores
        ]

    def likest(self, text: str, among: Sequence[Capability]) -> Capability | None:
        """Which of a few capabilities a word has most to do with, however little that is."""
        words_of = [" ".join((c.name, c.description, *c.examples)) for c in among]
        if not words_of:
            return None
        return among[int((embed(words_of) @ embed([text])[0]).argmax())]

    def singular(self, capability: Capability) -> frozenset[str]:
        """Words for what this capability sells one by one."""
        return self._singular.get(capability.id, frozenset())


def _raise(scores: dict[int, float], owner: int, weight: float) -> None:
    scores[owner] = max(scores.get(owner, 0.0), weight)


def _summed(evidence: list[float]) -> float:
    best = max(evidence)
    return best + _REST * min(1.0, sum(evidence) - best)


def _weights(text: str) -> dict[int, float]:
    """How much each word counts by where it stands: less after a preposition, and a little less before its head."""
    weights, weight, head = {}, 1.0, _head(text)
    for i, word in enumerate(words(text)):
        if word.value in _LINKS and i:
            weight = _AFTER_PREPOSITION
        before_head = head is not None and word.start < head.start
        weights[word.start] = _BEFORE_HEAD if before_head else weight
    return weights


def _head(text: str) -> Found[str] | None:
    """The word a phrase is about: the last one that tells anything before a preposition ("birthday cake for Anna")."""
    head = None
    telling = {word.start for word in content(text)}
    for word in words(text):
        if word.value in _LINKS and head is not None:
            break
        head = word if word.start in telling else head
    return head


def _add_capability(entries: _Entries, owner: int, capability: Capability) -> None:
    entries.add(owner, _CAMEL.sub(" ", capability.name).replace("_", " "), _EXAMPLE, _NAME)
    for example in capability.examples:
        entries.add(owner, example, _EXAMPLE, _PART, _TEXT - 0.05)
    entries.add(owner, capability.description, _PART, _TEXT)
    for slot in capability.slots:
        entries.add(owner, slot.description, _SLOT, _SLOT)
        for value in slot.values:
            entries.add(owner, value, _VALUE, _SLOT)


def _add_everyday(entries: _Entries, first_free: int) -> dict[int, list[str]]:
    """Give every capability the everyday words of its groups; number the groups nobody offers from ``first_free``."""
    unoffered: dict[int, list[str]] = {}
    for group in everyday():
        owners: set[int] = set()
        for phrase in group:
            owners |= _known_by(entries, phrase, first_free)
        if not owners:
            owner = first_free + len(unoffered)
            unoffered[owner] = list(group)
            owners = {owner}
        for phrase in group:
            for owner in owners:
                entries.add(owner, phrase, _EVERYDAY, _SLOT / 2)
    return unoffered


def _known_by(entries: _Entries, phrase: str, first_free: int) -> set[int]:
    """The capabilities whose name or examples are this phrase."""
    stems = tuple(stem(word.value) for word in words(phrase))
    if len(stems) > 1:
        known = entries.phrases.get(stems, {})
        return {owner for owner, weight in known.items() if weight >= _EXAMPLE and owner < first_free}
    known = entries.single.get(stems[0], {}) if stems else {}
    return {owner for owner, weight in known.items() if weight >= _NAME and owner < first_free}


def _by_rarity(single: dict[str, dict[int, float]]) -> dict[str, dict[int, float]]:
    """A word that many services share tells less about each."""
    shared = {}
    for word, owners in single.items():
        heavy = sum(weight >= _TEXT for weight in owners.values())
        damp = 1 / (1 + 0.25 * math.log(heavy)) if heavy > 1 else 1.0
        shared[word] = {owner: weight * damp for owner, weight in owners.items()}
    return shared


def _sold_singly(capability: Capability) -> frozenset[str]:
    """The last words of names and examples in the singular: what one can order two of."""
    heads = [phrase.lower().split()[-1] for phrase in (capability.name, *capability.examples) if phrase.split()]
    return frozenset(stem(head) for head in heads if stem(head) == head or not head.endswith("s")) - STOP


@cache
def everyday() -> tuple[tuple[str, ...], ...]:
    """Groups of everyday words that go with one kind of service."""
    return tuple(
        tuple(group) for group in json.loads(files("agents.intent").joinpath("everyday.json").read_text("utf-8"))
    )


class Indexes:
    """The indexes of the last few sets of capabilities, each built at its first use."""

    def __init__(self, kept: int = 4) -> None:
        self._kept = kept
        self._recent: list[tuple[Sequence[Capability], Index]] = []

    def of(self, capabilities: Sequence[Capability]) -> Index:
        """The index of this set: a tuple is recognised by identity, any other sequence by its content."""
        for known, index in self._recent:
            if known is capabilities and isinstance(capabilities, tuple):
                return index
        content_ = tuple(capabilities)
        index = next((index for _, index in self._recent if index.capabilities == content_), None) or Index(content_)
        self._recent = [(capabilities, index), *((c, i) for c, i in self._recent if i is not index)][: self._kept]
        return index
