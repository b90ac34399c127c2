"""Lasting facts in a message: who lives where, what nobody here eats, what is usually spent, what to remember.

A statement counts when it is made plainly and for good: not in a question or a condition, and not for tonight or
this once. Where two grammars see the same words, the more particular one, which is asked first, has them.
"""

import re
from dataclasses import dataclass
from datetime import datetime
from itertools import islice

from agents.intent.wishes import without_commands
from agents.intent.words import MASK, Found, any_of, mask, normalise, words
from agents.remembering.grammars import GRAMMARS, REMEMBER, Setting
from schemas.memory import Memory


def _re(pattern: str) -> re.Pattern[str]:
    return re.compile(pattern, re.IGNORECASE)


_MOST = 20  # facts of one kind in one message


@dataclass(frozen=True, slots=True)
class Heard:
    """What a message says for good, and what else it says."""

    memories: tuple[Memory, ...]
    rest: str
    """The message without these statements; empty if there is nothing else in it."""


_ASKED_TO = _re(
    r"(?:\b(?:please|also|and|hey|just|(?:can|could|will)\s+you(?:\s+please)?)[\s,]+)*\b"
    r"(?:remember|don't\s+forget|do\s+not\s+forget|keep\s+in\s+mind|note|make\s+a\s+note|save|you\s+should\s+know|fyi"
    r"|since|because|as|just\s+so\s+you\s+know|for\s+(?:your\s+information|future\s+reference))"
    rf"(?:\s*[:,]|\s+that)?\s*(?={MASK})"
)
_ONCE = _re(
    any_of(r"""
    \btoday\b / \btonight\b / \btomorrow\b / \bthis (?:time|once|evening|morning|afternoon|weekend|week|month)\b
    \bthat (?:day|evening|night)\b / \b(?:just|only) (?:this |for )?once\b / \bright now\b / \bat the moment\b
    \bcurrently\b / \bfor (?:now|this|that|the (?:day|evening|night|occasion|weekend|party|trip|week))\b
    \b(?:on|next|this) (?:mon|tues|wednes|thurs|fri|satur|sun)day\b / \bfor a (?:day|week|month)\b
    \bnot\b
""")
)
_SUPPOSED = _re(
    r"^\W*(?:if|unless|suppose|supposing|imagine|pretend|say|assume|assuming|what\s+if|in\s+case|whether|when|as\s+if)\b"
    r"|\b(?:if|unless|whether|in\s+case|as\s+if|as\s+though|pretend(?:ing)?|says?|said|told|thinks?|thought|asks?|asked)\b"
)
_CLAUSE = _re(r"[,;.!?\n]|\b(?:and|but|so|because|since)\b")
_SENTENCE = re.compile(r"[.!?;\n](?=\s|$)|\n")
_JOINTS = _re(rf"^(?:[\s,;.!?{MASK}]|\b(?:and|but|so|also|oh|please|ps|p\.s|btw|by the way)\b)+|[\s,;{MASK}]+$")
_GAP = re.compile(rf"\s*[,;]?\s*{MASK}+(?:\s*[,;.!])?|(?<=[.!?])\s*[,.;]+")


def hear(message: str, *, currency: str, zone: str, now: datetime) -> Heard:
    """The lasting facts that ``message`` states, and the rest of it. Never fails; most messages state none."""
    text = without_commands(normalise(message))
    found: list[Found[Memory]] = []
    told = text
    for grammar in GRAMMARS:
        new = [item for item in islice(grammar(Setting(told, currency, zone, now)), _MOST) if _for_good(text, item)]
        found += new
        told = mask(told, new)
    if not found:
        return Heard((), message)
    memories = {item.value.id: item.value for item in sorted(found, key=lambda item: item.start)}
    spent = [item for item in found if item.value.kind not in ("like", "dislike")]  # those may shape the request too
    rest = _JOINTS.sub("", _GAP.sub(" ", _ASKED_TO.sub("", mask(text, spent)))).strip()
    others = _JOINTS.sub("", _ASKED_TO.sub("", mask(text, found)).replace(MASK, " ")).strip()
    return Heard(tuple(memories.values()), rest if words(others) else "")


def _for_good(text: str, item: Found[Memory]) -> bool:
    """Whether it is stated, and for longer than one request."""
    begins = max((m.end() for m in _SENTENCE.finditer(text, 0, item.start)), default=0)
    ends = next((m.start() for m in _SENTENCE.finditer(text, item.end)), len(text))
    asked = text[ends : ends + 1] == "?" and not REMEMBER.match(text, begins)
    if asked or _SUPPOSED.search(text[begins : item.start]):
        return False
    left = max((m.end() for m in _CLAUSE.finditer(text, begins, item.start)), default=begins)
    right = next((m.start() for m in _CLAUSE.finditer(text, item.end, ends)), ends)
    around = text[left : item.start] + " | " + text[item.end : right]
    inside = text[item.start : item.end] if item.value.kind in ("note", "like", "dislike") else ""
    return not _ONCE.search(around) and not _ONCE.search(inside)
