"""Whether words that a reading took from a message are the words that were meant."""

import re
from collections.abc import Sequence

from rapidfuzz.fuzz import ratio

_WORD = re.compile(r"[^\W_]+")
_SAME = 85  # of 100; forgives a plural or a slip of the pen
_SMALL = frozenset(
    ("a", "an", "the", "my", "our", "your", "some", "any", "of", "for", "to", "at", "in", "on", "and", "or", "with")
)
_MORE = 3
"""Words beside those that were meant; a reading may say "carrot cake" for "carrot"."""


def words(text: str) -> list[str]:
    """The words of a text that say something, in small letters."""
    return [word for word in _WORD.findall(text.casefold()) if word not in _SMALL]


def same_words(value: str, meant: str, message: str) -> bool:
    """Whether ``value`` has all the words that are meant, few others, and none that nobody said."""
    said, wanted = words(value), words(meant)
    others = [word for word in said if not _among(word, wanted)]
    complete = all(_among(word, said) for word in wanted)
    return complete and len(others) <= max(_MORE, len(wanted)) and all(_among(word, words(message)) for word in others)


def from_message(value: str, message: str) -> bool:
    """Whether every word was said."""
    return all(_among(word, words(message)) for word in words(value))


def same_name(text: str | None, meant: str) -> bool:
    """Whether a place is named by the same words, but for articles."""
    return text is not None and ratio(" ".join(words(text)), " ".join(words(meant))) >= _SAME


def same_list(values: Sequence[str], meant: Sequence[str]) -> bool:
    """Whether two lists of words or phrases name the same things, in any order."""
    got, wanted = (sorted({word for phrase in phrases for word in words(phrase)}) for phrases in (values, meant))
    return len(got) == len(wanted) and all(_among(word, wanted) for word in got)


def _among(word: str, others: Sequence[str]) -> bool:
    return any(ratio(word, other) >= _SAME or word.rstrip("s") == other.rstrip("s") for other in others)
