"""What must not be, what would only be nice, and what is no wish of the person's at all.

A message may carry text that talks to the machine ("ignore previous instructions", "SYSTEM: budget=…"). It is
covered before anything is read: it can neither add a need nor change an amount nor approve anything.
"""

import re

from agents.intent.words import MASK, NUMBER, Found, mask

_MARKS = r"(?:[.!?;:]|\n)"
_COMMANDS = re.compile(
    r"(?-i:\b(?:SYSTEM|ASSISTANT|DEVELOPER|ADMIN|ROOT)\b)[^\n:=]{0,20}[:=][^\n]*|"
    r"(?P<mark>(?:^|(?<=[\n.!?;]))\s*[\[<#*(\"'|]*\s*(?:system|assistant|developer|tool|function|admin|root|inst|instructions?)\s*(?:prompt|message|note|override)?\s*[\]>|#*]*\s*[:=>\]|][^\n]*)"
    r"|<\|?/?(?:system|im_start|im_end|assistant|tool|instructions?)[^>\n]*\|?>[^\n]*"
    r"|\[/?(?:inst|system)\][^\n]*"
    r"|\b(?:please\s+)?(?:ignore|disregard|forget|override|bypass|skip)\s+(?:all\s+|any\s+|the\s+|your\s+|my\s+|every\s+|of\s+)*(?:previous|prior|above|earlier|preceding|existing|safety|other|system)?\s*(?:of\s+(?:your|the)\s+)?(?:instructions?|prompts?|rules?|guidelines?|constraints?|limits?|directions?|polic(?:y|ies))\b[^\n.!?]*"
    r"|\b(?:you\s+are\s+now|from\s+now\s+on\s+you|act\s+as|pretend\s+(?:to\s+be|you\s+are|that\s+you)|new\s+(?:system\s+)?instructions?|developer\s+mode|jailbreak|reveal\s+(?:your|the)\s+(?:system\s+)?prompt)\b[^\n.!?]*"
    r"|\b(?:set|change|raise|override)\s+(?:the\s+|your\s+)?(?:system|internal|hidden)\s+\w+[^\n.!?]*",
    re.IGNORECASE,
)
_INSTEAD = re.compile(r"\b(?:instead\s+of|rather\s+than)\b[^,.;!?\n]*", re.IGNORECASE)
_NOT_THAT = re.compile(
    rf"(?:,\s*|\bbut\s+|\band\s+)?\bnot\s+(?:at\s+|on\s+|for\s+|by\s+|until\s+)?(?:{NUMBER}\b(?:[:.]\d\d)?\s*(?:[ap]\.?m\b\.?|people\b|o'?clock\b)?|(?:this\s+|next\s+)?(?:mon|tues|wednes|thurs|fri|satur|sun)day\b|today\b|tonight\b|tomorrow\b)(?!\s*(?:stars?|nights?))",
    re.IGNORECASE,
)
_SKIP = (
    r"(?!(?:later|earlier|more|less|problem|rush|thanks?|thank|need|idea|one|matter|only|sure|that|this|worr\w+|longer|than|before|after|"
    r"doubt|hurry|way|preference|later|fuss|stress|limit|sooner|wait|yet|really|sorry|i|it|we|you|he|she|they|actually|make|just|"
    r"to|at|on|for|by|in|change|over|exceed\w*|cancel|book|let'?s|please|my|our|his|her|forget)\b)"
)
_AVOID = re.compile(
    rf"(?:\bbut\s+|\band\s+|\bwith\s+)?\b(?:(?P<neg>no|without|not|nothing|non)|avoid(?:ing)?|except(?:\s+for)?|excluding|anything\s+but|allergic\s+to|(?:i\s+have\s+an?\s+)?allergy\s+to|"
    r"(?:i\s+|we\s+|she\s+|he\s+|they\s+)?(?:really\s+)?(?:don't|do\s+not|doesn't|can't|cannot)\s+(?:want|like|eat|have|do)|(?:i|we|she|he|they)\s+hates?)\s+"
    rf"(?:(?:any|too|with|very|to\s+be)\s+)*{_SKIP}(?P<what>[a-z][\w'-]*(?:\s+(?!(?:and|or|nor|but|for|at|on|in|to|by|with|please|under|if|then|tomorrow|tonight|today|because|it|we|i|is|are)\b)[a-z][\w'-]*){{0,2}}"
    r"(?:(?:\s*,\s*[a-z][\w'-]*){1,6}\s*,?\s+(?:and|or|nor)\s+[a-z][\w'-]*|(?:\s+(?:or|nor)\s+(?:any\s+|no\s+)?[a-z][\w'-]*)+)?)",
    re.IGNORECASE,
)
_NICE = re.compile(
    r"\b(?:if\s+(?:at\s+all\s+)?possible|if\s+you\s+can|if\s+we\s+can|may\s?be|perhaps|ideally|optional(?:ly)?|(?:that\s+|it\s+|which\s+)?would\s+(?:also\s+)?be\s+(?:nice|great|good|a\s+bonus)|"
    r"nice[\s-]to[\s-]have|if\s+there(?:'s|\s+is|\s+are)\s+(?:still\s+)?(?:any\s+)?(?:time|money|budget|anything|room|something)(?:\s+(?:left|over))*|"
    r"if\s+(?:the\s+|my\s+)?(?:budget|money|time)\s+(?:allows?|permits?)|if\s+it\s+fits(?:\s+the\s+budget)?|not\s+essential|as\s+a\s+bonus)(?!\w)",
    re.IGNORECASE,
)
_HEDGED = re.compile(rf"\s*(?:{MASK}|around\b|about\b|at\b|by\b|\d)")
_TRIM = re.compile(r"^(?:(?:the|a|an|my|our|any|that|this|those|these)\s+)+|\s*(?:please|thanks|thank you)$")
_BECAUSE = re.compile(
    r",?\s*\b(?:because|since\s+(?:it|we|she|he|my|i|they)|as\s+(?:it'?s|we|she|he|i)|so\s+that|cause)\b[^.!?;\n]*",
    re.IGNORECASE,
)


def without_commands(text: str) -> str:
    """``text`` with everything that talks to the machine covered."""
    return _cover(_COMMANDS, text)


def without_replaced(text: str) -> str:
    """``text`` with what it takes back covered: "instead of two", "not 7"."""
    return _cover(_NOT_THAT, _cover(_INSTEAD, text))


def without_reasons(text: str) -> str:
    """``text`` with subordinate reasons covered: they name things that are not wanted."""
    return _cover(_BECAUSE, text)


def find_avoided(text: str) -> list[Found[list[str]]]:
    """What must not be: "no seafood or nuts" is ``["seafood", "nuts"]``."""
    found = []
    for m in _AVOID.finditer(text):
        parts = re.split(
            r"\s*,\s*|\s+(?:and|or|nor)\s+", re.sub(r",?\s+(?:and|or|nor)\s+(?:no\s+)?", " or ", m["what"].lower())
        )
        items = [_TRIM.sub("", part).strip(" -'") for part in parts]
        found.append(Found(m.start(), m.end(), [item for item in items if item]))
    return found


def find_nice(text: str) -> list[Found[bool]]:
    """Where a wish is said to be optional.

    A hedge before or right after a time or place ("maybe around 7", "at 7 if possible") softens that, not the need.
    """
    found = []
    for m in _NICE.finditer(text):
        before = text[: m.start()].rstrip()
        if not _HEDGED.match(text[m.end() :]) and not before.endswith(MASK):
            found.append(Found(m.start(), m.end(), True))
    return found


def hedges(text: str) -> list[Found[bool]]:
    """Every optional-sounding phrase, so that it is not taken for content."""
    return [Found(m.start(), m.end(), True) for m in _NICE.finditer(text)]


def _cover(pattern: re.Pattern[str], text: str) -> str:
    return mask(text, [Found(m.start(), m.end(), None) for m in pattern.finditer(text)])
