"""Which capability a stretch of words means, whatever capabilities there are.

Two kinds of evidence are joined: words (:mod:`agents.intent.vocabulary`) and the likeness of sentence vectors. The
vectors are of word pieces, so likeness alone decides only where no word does, and never against a clear one ("uber"
is like "barber").
"""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray
from rapidfuzz import process
from rapidfuzz.distance import OSA

from agents.intent.follow.follow import Follower
from agents.intent.vocabulary import LINKS, Owners, Vocabulary, head, readable, sold_singly
from agents.intent.words import Found, content, mask, stem, words
from memory.vectors import DIMENSIONS, embed
from schemas.capability import Capability

ACCEPT = 0.44
"""Evidence from which a capability counts as meant."""
STRONG = 0.7
"""Evidence of a word that names a service by itself."""

_LIKE = 0.62  # cosine from which likeness alone may decide
_HINT = 0.30  # cosine from which likeness supports words
_SUPPORT = 0.3  # how much the weaker kind of evidence adds to the stronger
_BESIDE_WORDS = 0.7  # likeness yields to a word that names another service
_UNOFFERED = 0.55  # likeness to something nobody offers yields to words for something that is
_BEFORE_HEAD = 0.8  # "chocolate cake" is a cake
_AFTER_PREPOSITION = 0.6  # what a thing is for says less than what it is: "cake for the dinner"
_REST = 0.25  # how much further words for the same capability add
_MISSPELT = 0.8
_SHORTEST_TYPO = 5
_NEAREST = 96  # phrases looked at for one text


@dataclass(frozen=True, slots=True)
class Match:
    """A capability and how well the words fit it, 0 to 1; ``None`` for a service nobody here offers."""

    capability: Capability | None
    score: float


class Index:
    """The words and vectors of one set of capabilities, built once for the set."""

    def __init__(self, capabilities: Sequence[Capability]) -> None:
        self.capabilities = tuple(capabilities)
        self.by_id = {capability.id: capability for capability in self.capabilities}
        self._vocabulary = Vocabulary.of(self.capabilities)
        self._phrase_starts = {phrase[0] for phrase in self._vocabulary.phrases}
        self._longest_phrase = max((len(phrase) for phrase in self._vocabulary.phrases), default=0)
        self._spellings: dict[str, list[str]] = defaultdict(list)
        for word in self._vocabulary.single:
            if len(word) >= _SHORTEST_TYPO:
                self._spellings[word[0]].append(word)  # a slip is seldom in the first letter
        self._singular = {capability.id: sold_singly(capability) for capability in self.capabilities}
        self._vectors, self._owners = self._embedded()

    @cached_property
    def follower(self) -> Follower | None:
        """Follows conversations with the services of the set, if it has any."""
        return Follower(self.capabilities) if any(c.service for c in self.capabilities) else None

    def capability(self, identifier: str | None) -> Capability | None:
        """The capability with this id, if it is in the set."""
        return self.by_id.get(identifier or "")

    def singular(self, capability: Capability) -> frozenset[str]:
        """Words for what this capability sells one by one."""
        return self._singular.get(capability.id, frozenset())

    def names_service(self, word: str) -> bool:
        """Whether one word names a service by itself, offered or not."""
        return any(weight >= STRONG for weight in self._vocabulary.single.get(stem(word), {}).values())

    def known_phrases(self, text: str) -> list[Found[Owners]]:
        """Phrases of several words that some service is known by, longest first at each place, not overlapping."""
        tokens = words(text)
        stems = [stem(token.value) for token in tokens]
        found: list[Found[Owners]] = []
        i = 0
        while i < len(stems):
            length = self._phrase_at(stems, i) if stems[i] in self._phrase_starts else 0
            if length:
                owners = self._vocabulary.phrases[tuple(stems[i : i + length])]
                found.append(Found(tokens[i].start, tokens[i + length - 1].end, owners))
            i += length or 1
        return found

    def worded(self, text: str, raw: str) -> Owners:
        """Evidence from words alone; ``raw`` is ``text`` with its facts uncovered, for phrases like "table for two"."""
        weights = _weights(text)
        scores: dict[int, list[float]] = defaultdict(list)
        phrases = self.known_phrases(raw)
        for phrase in phrases:
            at = weights.get(phrase.start, 1.0)
            for owner, weight in phrase.value.items():
                scores[owner].append(weight * at)
        for token in content(mask(text, phrases)):
            at = weights[token.start]
            for owner, weight in self._word(stem(token.value)).items():
                scores[owner].append(weight * at)
        return {owner: _summed(found) if len(found) > 1 else found[0] for owner, found in scores.items()}

    def match(self, texts: Sequence[tuple[str, str]]) -> list[Match]:
        """The best capability for each (covered text, raw text); ``capability`` is ``None`` below :data:`ACCEPT`."""
        found = []
        for scores in self._scored(texts):
            score, owner = min(scores, key=_better, default=(0.0, 0))
            found.append(self._match(score, owner) if score >= ACCEPT else Match(None, 0.0))
        return found

    def rank(self, texts: Sequence[tuple[str, str]]) -> list[list[Match]]:
        """For each (covered text, raw text) everything with any evidence, best first; a service that is known but
        not offered has no capability."""
        return [[self._match(*one) for one in sorted(scores, key=_better)] for scores in self._scored(texts)]

    def likest(self, text: str, among: Sequence[Capability]) -> Capability | None:
        """Which of a few capabilities a word has most to do with, however little that is."""
        if not among:
            return None
        descriptions = embed([" ".join((c.name, c.description, *c.examples)) for c in among])
        return among[int((descriptions @ embed([text])[0]).argmax())]

    def _embedded(self) -> tuple[NDArray[np.float32], NDArray[np.int32]]:
        phrases = [
            (owner, phrase)
            for owner, capability in enumerate(self.capabilities)
            for phrase in (readable(capability.name), capability.description, *capability.examples)
            if phrase.strip()
        ]
        phrases += [(owner, phrase) for owner, group in self._vocabulary.unoffered.items() for phrase in group]
        vectors = embed([phrase for _, phrase in phrases]).reshape(len(phrases), DIMENSIONS)
        by_dimension = np.asfortranarray(vectors)  # the order of the product in `_likeness`: half the time
        return by_dimension, np.array([owner for owner, _ in phrases], np.int32)

    def _phrase_at(self, stems: list[str], i: int) -> int:
        """How many words the longest known phrase at ``i`` has; 0 for none."""
        for length in range(min(self._longest_phrase, len(stems) - i), 1, -1):
            if tuple(stems[i : i + length]) in self._vocabulary.phrases:
                return length
        return 0

    def _word(self, word: str) -> Owners:
        """What one stem tells; a word one slip away from a known one is read as that, with less weight."""
        known = self._vocabulary.single.get(word)
        if known is not None or len(word) < _SHORTEST_TYPO:
            return known or {}
        slips = 1 if len(word) < 9 else 2
        near = process.extractOne(word, self._spellings.get(word[0], ()), scorer=OSA.distance, score_cutoff=slips)
        if near is None:
            return {}
        return {owner: _MISSPELT * weight for owner, weight in self._vocabulary.single[near[0]].items()}

    def _likeness(self, cores: list[str]) -> list[Owners]:
        """The best cosine of each text with any phrase of each owner, for the nearest owners."""
        result: list[Owners] = [{} for _ in cores]
        asked = [i for i, core in enumerate(cores) if core]
        if not asked or not len(self._vectors):
            return result
        cosines = embed([cores[i] for i in asked]) @ self._vectors.T
        for row, i in zip(cosines, asked, strict=True):
            nearest = np.flatnonzero(row >= _HINT)
            for j in nearest[np.argsort(-row[nearest])][:_NEAREST]:
                result[i].setdefault(int(self._owners[j]), float(row[j]))
        return result

    def _match(self, score: float, owner: int) -> Match:
        return Match(self.capabilities[owner] if owner < len(self.capabilities) else None, min(1.0, score))

    def _scored(self, texts: Sequence[tuple[str, str]]) -> list[list[tuple[float, int]]]:
        """For each text how well it fits every owner for which there is any evidence."""
        likeness = self._likeness([" ".join(word.value for word in content(text)) for text, _ in texts])
        return [self._joined(self.worded(text, raw), likeness[i]) for i, (text, raw) in enumerate(texts)]

    def _joined(self, worded: Owners, likeness: Owners) -> list[tuple[float, int]]:
        certain = max(worded.values(), default=0.0) >= STRONG
        scores = []
        for owner in worded.keys() | likeness.keys():
            word, like = worded.get(owner, 0.0), likeness.get(owner, 0.0)
            alone = (_BESIDE_WORDS * like if certain else like) if like >= _LIKE else 0.0
            if owner >= len(self.capabilities) and word < ACCEPT:
                score = _UNOFFERED * alone
            else:
                score = max(word, alone) + _SUPPORT * (like if word >= alone else word)
            scores.append((score, owner))
        return scores


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


def _better(scored: tuple[float, int]) -> tuple[float, int]:
    """Sorts the better fit first, then the capability that came first."""
    score, owner = scored
    return -score, owner


def _summed(evidence: list[float]) -> float:
    best = max(evidence)
    return best + _REST * min(1.0, sum(evidence) - best)


def _weights(text: str) -> dict[int, float]:
    """How much each word counts by where it stands: less after a preposition, and a little less before its head."""
    weights, weight, main = {}, 1.0, head(text)
    for i, word in enumerate(words(text)):
        if word.value in LINKS and i:
            weight = _AFTER_PREPOSITION
        weights[word.start] = _BEFORE_HEAD if main is not None and word.start < main.start else weight
    return weights
