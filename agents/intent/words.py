"""Words before meaning: one normal form of a message, its words, their stems, and numbers written as words.

Everything that reads a message works on :func:`normalise`'s result and points into it by character offsets,
so that facts found by one grammar can be masked from the next (:func:`mask`) without moving anything.
"""

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from typing import Generic, TypeVar

LONGEST = 8_000  # characters; the server refuses longer messages, the reader never looks further

MASK = "·"
"""Stands where a fact was: neither a word nor a space, so no pattern reaches across it."""


def word_set(text: str) -> frozenset[str]:
    """The words of a list that is written as running text."""
    return frozenset(text.split())


def any_of(text: str) -> str:
    """A pattern for any of several phrases, one a line or separated by " / "; a space stands for any spacing."""
    options = (option.strip() for option in re.split(r"\n| / ", text))
    return "(?:" + "|".join(option.replace(" ", r"\s+") for option in options if option) + ")"


STOP = word_set(
    """
    a an the my our your his her its their this that these those some any and or but with for to of at in on by
    from up out as is are was be been it i we you he she they me us him them so do does did have has had will
    would can could should shall may might must just also too very really then there here what which who how
    when why where whose many much if not no please thanks want need like get give book order find make made
    arrange reserve schedule organise organize plan let lets let's i'd i'm i'll i've we'd we'll we're it's
    that's looking love prefer something anything someone somebody about around into over under after before
    during one s t d ll m re ve sort help hi hello hey starting every nearby somewhere waiting recommend suggest
    everything everyone everybody all nothing else add include another send bring pick take deliver delivered
    delivery brought sent come arrive ok okay yes new actually sorry got both x
    """
)
"""Words that say nothing about which service is meant."""

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Found(Generic[T]):
    """Something read from ``text[start:end]``."""

    start: int
    end: int
    value: T


_WORD = re.compile(r"[^\W\d_](?:\w|['’-](?=\w))*|\d+(?:[.,:/]\d+)*")
_SPACE = re.compile(r"[^\S\n]+")
_QUOTES = str.maketrans({"’": "'", "‘": "'", "“": '"', "”": '"', "–": "-", "—": "-", "−": "-", MASK: " "})  # fmt: skip

_ONES = (
    "zero one two three four five six seven eight nine ten eleven twelve "
    "thirteen fourteen fifteen sixteen seventeen eighteen nineteen"
)
_TENS = "twenty thirty forty fifty sixty seventy eighty ninety"
_NUMBERS = {word: n for n, word in enumerate(_ONES.split())} | {
    word: 20 + 10 * n for n, word in enumerate(_TENS.split())
}
_SPELLED = "|".join(sorted((word for word in _NUMBERS if word != "zero"), key=len, reverse=True))
_UP_TO_99 = rf"(?:{_SPELLED})(?:[-\s](?:{_SPELLED}))?"
NUMBER = rf"(?:\d{{1,4}}|(?:{_UP_TO_99})|a\s+dozen|a\s+couple(?:\s+of)?)"
"""Pattern of a count: digits or words ("4", "twenty five", "a dozen")."""
LARGE_NUMBER = (
    rf"(?:(?:an?|{_UP_TO_99})(?:\s+(?:hundred|thousand|grand)){{1,3}}(?:\s+(?:and\s+)?{_UP_TO_99})?|{_UP_TO_99})"
)
"""Pattern of an amount in words ("two hundred and fifty")."""


def normalise(message: str) -> str:
    """The message in one form: compatibility characters folded, straight quotes, single spaces, no controls."""
    text = unicodedata.normalize("NFKC", message[:LONGEST]).translate(_QUOTES)
    text = "".join(c if c == "\n" or c.isprintable() else " " for c in text)
    return _SPACE.sub(" ", text)[:LONGEST].strip()


def words(text: str) -> list[Found[str]]:
    """The words and numbers of ``text`` in lower case, with where they stand."""
    return list(_words(text))


@lru_cache(maxsize=4096)
def _words(text: str) -> tuple[Found[str], ...]:
    # The same stretch of a message is asked for by every grammar that looks at it.
    return tuple(Found(m.start(), m.end(), m.group().lower()) for m in _WORD.finditer(text))


_IRREGULAR = {
    "loaves": "loaf", "knives": "knife", "leaves": "leaf", "shelves": "shelf", "wives": "wife", "children": "child",
    "people": "person", "mice": "mouse", "teeth": "tooth", "feet": "foot", "women": "woman", "men": "man",
}  # fmt: skip


@lru_cache(maxsize=8192)
def stem(word: str) -> str:
    """The part of an English word that its forms share; light, and the same for vocabulary and message.

    ``cleaning``, ``cleaned`` and ``cleans`` become ``clean``. Words ending in -er keep it: too many are
    not made from a verb (flower, dinner).
    """
    word = word.lower().removesuffix("'s").strip("'")
    word = _IRREGULAR.get(word, word)
    if len(word) > 4 and word.endswith("ies"):
        word = word[:-3] + "y"
    elif len(word) > 4 and word.endswith(("sses", "xes", "ches", "shes", "zzes")):
        word = word[:-2]
    elif len(word) > 3 and word.endswith("s") and not word.endswith(("ss", "us")):
        word = word[:-1]
    for suffix in ("ing", "ed"):
        if len(word) > len(suffix) + 3 and word.endswith(suffix):
            word = word[: -len(suffix)]
            if len(word) > 3 and word[-1] == word[-2] and word[-1] not in "lsz":
                word = word[:-1]
            break
    return word[:-1] if len(word) > 5 and word.endswith("e") else word


def content(text: str) -> list[Found[str]]:
    """The words of ``text`` that say something about the kind of service."""
    return list(_content(text))


@lru_cache(maxsize=4096)
def _content(text: str) -> tuple[Found[str], ...]:
    return tuple(
        w for w in _words(text) if w.value not in STOP and not w.value[0].isdigit() and w.value not in _NUMBERS
    )


def number(text: str) -> int | None:
    """The count that ``text`` writes in digits or words, or ``None``."""
    text = " ".join(text.lower().replace("-", " ").split())
    if text.isdigit():
        return int(text)
    if text.startswith("a dozen"):
        return 12
    if text.startswith("a couple"):
        return 2
    total = current = 0
    for word in text.split():
        if word in _NUMBERS:
            current += _NUMBERS[word]
        elif word == "hundred":
            current = max(current, 1) * 100
        elif word in ("thousand", "grand"):
            total, current = total + max(current, 1) * 1000, 0
        elif word not in ("and", "a", "an"):
            return None
    return total + current or None


def mask(text: str, found: Iterable[Found[T]]) -> str:
    """``text`` with everything that was found covered, its length unchanged."""
    for item in found:
        text = text[: item.start] + MASK * (item.end - item.start) + text[item.end :]
    return text
