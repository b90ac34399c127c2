"""Stretches of a text that may be the value of a slot: times, amounts, numbers, names and short phrases.

Candidates overlap and are many more than there are values; which of them is meant, and for which slot, is decided
by :mod:`agents.intent.follow.spoken`.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from agents.intent.words import LARGE_NUMBER, NUMBER, STOP, any_of, word_set

Kind = Literal["date", "time", "money", "number", "name", "address", "phrase"]
KINDS: tuple[Kind, ...] = ("date", "time", "money", "number", "name", "address", "phrase")


@dataclass(frozen=True, slots=True)
class Span:
    """``text[start:end]`` as a value of some kind; ``first`` and ``last`` are its words by position."""

    start: int
    end: int
    text: str
    kind: Kind
    first: int
    last: int


@dataclass(frozen=True, slots=True)
class Token:
    """One word or number as written."""

    start: int
    end: int
    text: str

    @property
    def capital(self) -> bool:
        """Whether it is written like a name, or is a number within one."""
        return self.text[0].isupper() or self.text[0].isdigit()


def _re(pattern: str) -> re.Pattern[str]:
    return re.compile(pattern, re.IGNORECASE)


_TOKEN = re.compile(r"[^\W_]+(?:['’.&/](?=[^\W_])[^\W_]+)*|[&$€£+]")
_MONTH = any_of(
    "january|february|march|april|may|june|july|august|september|october|november|december"
    "|jan\\.?|feb\\.?|mar\\.?|apr\\.?|jun\\.?|jul\\.?|aug\\.?|sept?\\.?|oct\\.?|nov\\.?|dec\\.?"
)
_DAY = r"(?:mon|tues|wednes|thurs|fri|satur|sun)day"
_ORDINAL = (
    r"(?:\d{1,2}(?:st|nd|rd|th)|(?:twenty|thirty)[\s-](?:first|second|third|fourth|fifth|sixth|seventh|eighth|ninth)"
    r"|first|second|third|fourth|fifth|sixth|seventh|eighth|ninth|tenth|eleventh|twelfth|thirteenth|fourteenth"
    r"|fifteenth|sixteenth|seventeenth|eighteenth|nineteenth|twentieth|thirtieth)"
)
_DATE = _re(
    rf"\b(?:{_DAY},?\s+)?(?:the\s+)?{_ORDINAL}\s+(?:day\s+)?(?:of\s+)?(?:{_MONTH}\b|(?:this|next|the)\s+month\b)(?:,?\s+\d{{4}}\b)?"
    rf"|\b(?:{_DAY},?\s+)?{_MONTH}\s+(?:the\s+)?(?:{_ORDINAL}|\d{{1,2}})\b(?:,?\s+\d{{4}}\b)?"
    rf"|\b\d{{1,2}}\s+(?:of\s+)?{_MONTH}\b"
    r"|\bday\s+after\s+tomorrow\b|\btoday\b|\btonight\b|\btomorrow\b"
    rf"|\b(?:(?:(?:on\s+)?(?:this|next|the\s+(?:coming|following))|coming|upcoming)\s+)?{_DAY}(?:\s+(?:this|next)\s+week)?\b"
    r"|\b(?:this|next|the)\s+(?:week(?:end)?|month)\b|\b\d{4}-\d{2}-\d{2}\b|\b\d{1,2}/\d{1,2}(?:/\d{2,4})?\b"
    r"|\b(?:a\s+)?(?:week|month)\s+from\s+(?:today|now|tomorrow)\b"
    rf"|\b(?:the\s+)?\d{{1,2}}(?:st|nd|rd|th)\b(?!\s+(?:st(?:reet)?|ave(?:nue)?)\b)"
    rf"|\bthe\s+{_ORDINAL}\b"
)
_HOUR = rf"(?:\d{{1,2}}|{NUMBER})"
_PART = r"(?:(?:in\s+the\s+|at\s+)?(?:early\s+|late\s+)?(?:morning|afternoon|evening|night|noon))"
_TIME = _re(
    rf"\b(?:{_PART}\s+(?:at\s+|around\s+)?)?(?:(?:half|quarter|\d{{1,2}}|{NUMBER})(?:\s+minutes)?\s+(?:past|to|after|before)\s+)"
    rf"{_HOUR}(?:\s*(?:[ap]\.?m\b\.?|o['\"]?\s?clock\b))?(?:\s+{_PART})?"
    rf"|\b(?:{_PART}\s+(?:at\s+|around\s+)?)?\d{{1,2}}[:.]\d{{2}}(?:\s*[ap]\.?m\b\.?)?(?:\s+{_PART})?"
    rf"|\b(?:{_PART}\s+(?:at\s+|around\s+)?)?{_HOUR}(?:[\s-](?:{NUMBER}))?(?:\s*[ap]\.?m\b\.?|\s+o['\"]?\s?clock\b)(?:\s+{_PART})?"
    rf"|\b{_PART}\s+(?:at\s+|around\s+)?{_HOUR}\b(?!\s*(?:people|person|adult|seat|ticket|room))"
    rf"|\b{_HOUR}(?:\s+(?:thirty|fifteen))?\s+{_PART}\b|\bnoon\b|\bmidnight\b|\b(?:morning|afternoon|evening|night)\b"
)
_MONEY = _re(
    rf"[$€£]\s?\d[\d,]*(?:\.\d+)?(?:\s?k\b)?"
    rf"|\b(?:\d[\d,]*(?:\.\d+)?|{LARGE_NUMBER}|{NUMBER})\s+(?:dollars?|bucks|usd|euros?|pounds)\b"
)
_NUMBER = _re(rf"(?<![\w$.:/-])(?:{NUMBER}|a|an|single|couple|zero)(?![\w:/%-])(?!\.\d)")
_ADDRESS = re.compile(
    r"\b\d{1,5}(?:-\d+)?\s+(?:[A-Z\d#][\w.'-]*|[Oo]f|[Ss]t\.?|[Aa]nd|&)(?:\s+(?:[A-Z\d#][\w.'#-]*|of|the|and|&|[Uu]nit|[Ss]uite|\#))*"
)
_LEAD = re.compile(r"(?:the|on|at|around|in\s+the)\s+", re.IGNORECASE)
_BARE_DAY = re.compile(r"the\s+[\w-]+", re.IGNORECASE)
_JOINS = word_set("of the and a an in & for to at on de la del from with by or vs v los el y du + my is s")
"""Small words that may stand within a name ("The Curse of La Llorona")."""
_NEVER_FIRST = (
    STOP
    - word_set(
        """
        the a an in on over under after before my you to from of for we it us no let what who how love made want give
        about all new here pick take send will can may do off out up
        """
    )
) | word_set("yes yeah sure yep ok okay no nope it's i i'd i'm i'll i've that's there's great thanks perfect sounds")
"""Words that start a sentence, not a name."""
_PRONOUNS = frozenset({"I", "I'm", "I'd", "I'll", "I've", "It", "It's"})
_LONGEST_NAME = 9
_LONGEST_PHRASE = 3


def tokens(text: str) -> list[Token]:
    """The words of ``text`` as written, with their places."""
    return [Token(m.start(), m.end(), m.group()) for m in _TOKEN.finditer(text)]


def spans(text: str, words: list[Token]) -> list[Span]:
    """Every candidate, each stretch once with its most telling kind."""
    found: dict[tuple[int, int], Span] = {}
    at_start = {token.start: i for i, token in enumerate(words)}
    at_end = {token.end: i for i, token in enumerate(words)}
    for start, end, kind in _candidates(text, words):
        stop = end
        while stop > start and stop not in at_end:
            stop -= 1
        first, last = at_start.get(start), at_end.get(stop)
        if first is not None and last is not None and first <= last and (start, end) not in found:
            found[start, end] = Span(start, end, text[start:end], kind, first, last)
    return list(found.values())


def _candidates(text: str, words: list[Token]) -> Iterator[tuple[int, int, Kind]]:
    for pattern, kind in _GRAMMARS:
        for m in pattern.finditer(text):
            lead = _LEAD.match(m.group())
            start = m.start() + (lead.end() if lead and not _BARE_DAY.fullmatch(m.group()) else 0)
            yield start, m.end(), kind
            if m.group().endswith("."):
                yield m.start(), m.end() - 1, kind
    for first, token in enumerate(words):
        yield from _names(text, words, first, token)
    longest = _LONGEST_PHRASE if any(word.capital for word in words) else 2 * _LONGEST_PHRASE
    for first in range(len(words)):
        for last in range(first, min(first + longest, len(words))):
            if _breaks(text, words, last, first):
                break
            inner = words[first : last + 1]
            if inner[0].text.lower() not in STOP and inner[-1].text.lower() not in STOP:
                yield inner[0].start, inner[-1].end, "phrase"


_GRAMMARS: tuple[tuple[re.Pattern[str], Kind], ...] = (
    (_MONEY, "money"),
    (_DATE, "date"),
    (_TIME, "time"),
    (_ADDRESS, "address"),
    (_NUMBER, "number"),
)


def _names(text: str, words: list[Token], first: int, token: Token) -> Iterator[tuple[int, int, Kind]]:
    """Runs of capitalised words that start here, with the small words that may stand within a name."""
    if not token.capital or (token.text.lower() in _NEVER_FIRST):
        return
    strange = commas = 0
    named = False
    for last in range(first, min(first + _LONGEST_NAME, len(words))):
        word = words[last]
        if last > first:
            gap = text[words[last - 1].end : word.start].strip(" '\"(-")
            commas += gap == ","
            if gap not in ("", ",", ".", ":") or commas > 1 or (gap == "." and len(words[last - 1].text) > 3):
                return
        if not word.capital and word.text.lower() not in _JOINS:
            strange += 1
            if strange > 1:
                return
        if word.text in _PRONOUNS:
            return
        named = (
            named
            or (word.text[0].isupper() and word.text.lower() not in STOP - {"new"})
            or (last > first and word.text[0].isupper())
        )
        if word.capital and named:
            yield token.start, word.end, "name"
            if text[word.end : word.end + 1] in ("!", "?", ".") and last > first:
                yield token.start, word.end + 1, "name"


def _breaks(text: str, words: list[Token], last: int, first: int) -> bool:
    return last > first and bool(text[words[last - 1].end : words[last].start].strip(" '\""))
