"""Where a message tells the time of one thing by another: "after dinner", "before that", "on the way"."""

import re
from dataclasses import dataclass
from typing import Literal

from agents.intent.match import Index
from agents.intent.words import MASK, Found, word_set

Way = Literal["after", "before", "during", "way"]


def _re(pattern: str) -> re.Pattern[str]:
    return re.compile(pattern, re.IGNORECASE)


_REFERENCE = _re(
    r"\b(?P<alone>afterwards?|after\s+which|thereafter|later\s+on|beforehand)\b|"
    r"\b(?P<way>(?:(?:right|straight|just|shortly)\s+)?(?:after|following|once|before)|during|"
    r"at\s+the\s+same\s+time\s+as|on\s+(?:the|our|my)\s+way(?:\s+(?:to|from|there|back))?)\s*"
    r"(?:(?:(?:the|our|my|that|this|a|an)\s+)?(?P<word>[a-z][\w'-]*)(?:\s+(?:is\s+over|ends|finishes|starts))?|$)?"
)
_PRONOUNS = word_set("that this it which then there")
_BARE = word_set("and but or then")
"""What may follow "dinner before" or "a taxi after" without telling before or after what: the thing just said."""
RETURN = _re(r"\b(?:and|&)\s+(?:then\s+)?back\b|\bboth\s+ways\b")
"""Where the way back of a ride "there and back" begins."""
TOGETHER = _re(r"\b(?:at\s+the\s+same\s+time|simultaneously|meanwhile|in\s+the\s+meantime|in\s+parallel)\b")


@dataclass(frozen=True, slots=True)
class Reference:
    """The time of one thing told by another: "after dinner". ``word`` is empty for "after that"."""

    way: Way
    word: str


def find_references(text: str, index: Index) -> list[Found[Reference]]:
    """Where the time of something is told by another thing: "after dinner", "on the way", "before that"."""
    found = []
    for m in _REFERENCE.finditer(text):
        if m["alone"]:
            alone: Way = "before" if m["alone"].lower() == "beforehand" else "after"
            found.append(Found(m.start(), m.end(), Reference(alone, "")))
            continue
        word, said = (m["word"] or "").lower(), m["way"].lower()
        way: Way = "way" if "way" in said else "before" if "before" in said else "after"
        way = "during" if said.startswith(("during", "at the same")) else way
        if word in _PRONOUNS or (word and index.names_service(word)):
            found.append(Found(m.start(), m.end(), Reference(way, "" if word in _PRONOUNS else word)))
        elif way == "way" or (way in ("before", "after") and (not word or word in _BARE) and _ends(text, m)):
            found.append(Found(m.start(), m.end("way"), Reference(way, "")))
    return found


def _ends(text: str, m: re.Match[str]) -> bool:
    """Whether nothing but a joint or the end of the clause stands after "before", and something before it."""
    return bool(text[: m.start()].strip()) and not text[m.end("way") :].lstrip(" ").startswith(MASK)
