"""One utterance, prepared once for everything that is asked of it: words, stems, vectors of any stretch, candidates."""

import re
from dataclasses import dataclass
from functools import cached_property, lru_cache
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from agents.intent.follow.related import groups_of
from agents.intent.follow.spans import Span, Token, spans, tokens
from agents.intent.words import NUMBER, STOP, number, stem
from memory.vectors import DIMENSIONS, sums

Vectors = NDArray[np.float32]

_SENTENCE = re.compile(r"[.!?;]+(?=\s|$)")

_SMALL = re.compile(NUMBER)
_IDIOMS = (["way"], ["of"], ["more"], ["thing"], ["that"], ["another"], ["please"])
_COUNTED = {"zero": "0", "single": "1", "couple": "2", "pair": "2", "both": "2", "myself": "1", "alone": "1"}


@dataclass(frozen=True)
class Heard:
    """One utterance; made by :func:`heard`, which keeps the last ones. Everything is read when first asked for."""

    text: str

    @cached_property
    def tokens(self) -> list[Token]:
        """The words as written."""
        return tokens(self.text)

    @cached_property
    def words(self) -> list[str]:
        """The words in lower case."""
        return [token.text.lower() for token in self.tokens]

    @cached_property
    def stems(self) -> list[str]:
        """The words as stems."""
        return [stem(word) for word in self.words]

    @cached_property
    def numbers(self) -> list[str]:
        """Each word that is a small number as digits, others as they are."""
        return [
            "" if i in self.timed or (word == "one" and self.words[i + 1 : i + 2] in _IDIOMS) else _digits(word)
            for i, word in enumerate(self.words)
        ]

    @cached_property
    def stem_set(self) -> frozenset[str]:
        """Every stem, and two neighbours as one word ("round trip" is "roundtrip" too)."""
        return frozenset(self.stems) | {a + b for a, b in pairwise(self.stems)}

    @cached_property
    def groups(self) -> frozenset[int]:
        """The groups of related words that any of its words belongs to."""
        return groups_of(self.stems)

    @cached_property
    def word_set(self) -> frozenset[str]:
        """The words, each once."""
        return frozenset(self.words)

    @cached_property
    def spans(self) -> list[Span]:
        """The candidates for values."""
        return spans(self.text, self.tokens)

    @cached_property
    def longest(self) -> list[Span]:
        """The candidates that no other of the same kind contains."""
        names: list[Span] = []
        reach: dict[str, int] = {}
        for span in sorted(self.spans, key=lambda x: (x.first, -x.last, -x.end)):
            if span.last > reach.get(span.kind, -1):
                names.append(span)
                reach[span.kind] = span.last
        return names

    @cached_property
    def timed(self) -> frozenset[int]:
        """The words that are part of a time, a date, an amount or an address."""
        kinds = ("date", "time", "money", "address")
        return frozenset(i for x in self.spans if x.kind in kinds for i in range(x.first, x.last + 1))

    @cached_property
    def sums(self) -> Vectors:
        """Running sums of the words' vectors: shape (words + 1, 256)."""
        result = np.zeros((len(self.words) + 1, DIMENSIONS), np.float32)
        np.cumsum(sums(self.words), axis=0, out=result[1:])
        return result

    def vectors(self, first: NDArray[np.int64], stop: NDArray[np.int64]) -> Vectors:
        """Unit vectors of stretches of words; an empty one is all zeros."""
        return unit(self.sums[stop] - self.sums[first])

    @cached_property
    def whole(self) -> Vectors:
        """Its meaning: a unit vector."""
        return unit(self.sums[-1] - self.sums[0])

    @cached_property
    def plain(self) -> NDArray[np.bool_]:
        """Which words are neither function words nor part of a name, a time or an amount."""
        result = np.array([w not in STOP and not w[0].isdigit() for w in self.words], bool)
        for span in self.spans:
            if span.kind in ("date", "time", "money", "address") or (span.kind == "name" and span.first > 0):
                result[span.first : span.last + 1] = False
        return result

    @cached_property
    def telling(self) -> NDArray[np.bool_]:
        """Which words are neither function words nor numbers."""
        return np.array([w not in STOP and not w[0].isdigit() for w in self.words], bool)

    @cached_property
    def word_vectors(self) -> Vectors:
        """The unit vector of each word."""
        return unit(np.diff(self.sums, axis=0))

    @cached_property
    def sentences(self) -> list[tuple[int, int]]:
        """First word and stop of each sentence."""
        ends = [m.end() for m in _SENTENCE.finditer(self.text)] + [len(self.text) + 1]
        result: list[tuple[int, int]] = []
        first = 0
        for end in ends:
            stop = first
            while stop < len(self.tokens) and self.tokens[stop].start < end:
                stop += 1
            if stop > first:
                result.append((first, stop))
            first = stop
        return result

    @cached_property
    def sentence_of(self) -> NDArray[np.int64]:
        """The sentence of each word."""
        result = np.zeros(len(self.words), np.int64)
        for i, (first, stop) in enumerate(self.sentences):
            result[first:stop] = i
        return result

    @cached_property
    def sentence_vectors(self) -> Vectors:
        """The unit vector of each sentence."""
        if not self.sentences:
            return np.zeros((0, DIMENSIONS), np.float32)
        bounds = np.array(self.sentences)
        return self.vectors(bounds[:, 0], bounds[:, 1])


def _digits(word: str) -> str:
    return str(number(word)) if _SMALL.fullmatch(word) else _COUNTED.get(word, word)


@lru_cache(maxsize=4096)
def heard(text: str) -> Heard:
    """The utterance, prepared."""
    return Heard(text)


def unit(vectors: Vectors) -> Vectors:
    """Rows scaled to length one; zeros stay."""
    lengths = np.sqrt((vectors * vectors).sum(axis=-1, keepdims=True))
    return np.asarray(vectors / np.where(lengths > 0, lengths, 1), np.float32)
