"""What must not be, what would only be nice, and what is no wish of the person's at all.

A message may carry text that talks to the machine ("ignore previous instructions", "SYSTEM: budget=…"). It is
covered before anything is read: it can neither add a need nor change an amount nor approve anything.
"""

import re

from agents.intent.words import MASK, NUMBER, Found, any_of, mask


def _re(pattern: str) -> re.Pattern[str]:
    return re.compile(pattern, re.IGNORECASE)


_SPEAKER = any_of("system / assistant / developer / tool / function / admin / root / inst / instructions?")
_RULES = any_of("""
    instructions? / prompts? / rules? / guidelines? / constraints? / limits? / directions? / polic(?:y|ies)
""")
_COMMANDS = _re(
    rf"(?:^|(?<=[\n.!?;]))\s*[\[<#*(\"'|]*\s*{_SPEAKER}\s*(?:prompt|message|note|override)?\s*"
    r"[\]>|#*]*\s*[:=>\]|][^\n]*"
    r"|(?-i:\b(?:SYSTEM|ASSISTANT|DEVELOPER|ADMIN|ROOT)\b)[^\n:=]{0,20}[:=][^\n]*"
    r"|<\|?/?(?:system|im_start|im_end|assistant|tool|instructions?)[^>\n]*\|?>[^\n]*"
    r"|\[/?(?:inst|system)\][^\n]*"
    # what follows an order to drop the rules speaks to the machine too, to the end of the line
    r"|\b(?:ignore|disregard|forget|override|bypass)\s+(?:(?:all|any|every|of|the)\s+){0,4}"
    r"(?:your|system|safety|previous|prior|above|preceding)\s+(?:(?:system|safety|previous|prior|own|other)\s+)?"
    r"(?:instructions?|prompts?|rules?|guidelines?)\b[^\n]*"
    r"|\b(?:ignore|disregard|forget|override|bypass|skip)\s+(?:(?:all|any|the|your|my|every|of)\s+){0,6}"
    r"(?:(?:previous|prior|above|earlier|preceding|existing|safety|other|system)\s+)?(?:of\s+(?:your|the)\s+)?"
    rf"{_RULES}\b[^\n.!?]*"
    r"|\b(?:you\s+are\s+now|from\s+now\s+on\s+you|act\s+as|pretend\s+(?:to\s+be|you\s+are|that\s+you))\b[^\n.!?]*"
    r"|\b(?:new\s+(?:system\s+)?instructions?|developer\s+mode|jailbreak)\b[^\n.!?]*"
    r"|\breveal\s+(?:your|the)\s+(?:system\s+)?prompt\b[^\n.!?]*"
    r"|\b(?:set|change|raise|override)\s+(?:the\s+|your\s+)?(?:system|internal|hidden)\s+\w+[^\n.!?]*"
)
_INSTEAD = _re(r"\b(?:instead\s+of|rather\s+than)\b[^,.;!?\n]*")
_FACT = any_of(rf"""
    {NUMBER}\b(?:[:.]\d\d)?\s*(?:[ap]\.?m\b\.?|people\b|o'?clock\b)?
    (?:this |next )?(?:mon|tues|wednes|thurs|fri|satur|sun)day\b / today\b / tonight\b / tomorrow\b
""")
_NOT_THAT = _re(rf"(?:,\s*|\bbut\s+|\band\s+)?\bnot\s+(?:(?:at|on|for|by|until)\s+)?{_FACT}(?!\s*(?:stars?|nights?))")
_NOT_THERE = _re(
    r"(?:,\s*|\bbut\s+|\band\s+)not\s+(?:to|at|from)\s+(?:(?:my|our|the|her|his|their)\s+)?[\w']+(?:\s+\w+)?"
    r"(?=\s*(?:[.,;!?]|$))"
)
_NOTHING_TO_AVOID = any_of(r"""
    later / earlier / more / less / problem / rush / thanks? / thank / need / idea / one / matter / only / sure
    that / this
    worr\w+ / longer / than / before / after / doubt / hurry / way / preference / fuss / stress / limit / sooner
    wait / yet
    really / sorry / i / it / we / you / he / she / they / actually / make / just / to / at / on / for / by / in
    change
    else / more / get / go / over / exceed\w* / cancel / book / let'?s / please / my / our / his / her / forget
""")
_AVOIDS = any_of(r"""
    no / without / not / nothing / non / avoid(?:ing)? / except(?: for)? / excluding / anything but / allergic to
    (?:i have an? )?allergy to / (?:i|we|she|he|they) hates?
    (?:(?:i|we|she|he|they) )?(?:really )?(?:don't|do not|doesn't|can't|cannot) (?:want|like|eat|have|do)
    (?:don't|do not) (?:use|add|include|put|bring|serve)
""")
_ENDS = any_of(r"""
    and / or / nor / but / for / at / on / in / to / by / with / please / under / if / then / tomorrow / tonight
    today
    because / since / it / we / i / is / are
""")
_THING = r"[a-z][\w'-]*"
_AVOID = _re(
    rf"(?:\bbut\s+|\band\s+|\bwith\s+)?\b{_AVOIDS}\s+(?:(?:any|too|with|very|to\s+be)\s+)*(?!{_NOTHING_TO_AVOID}\b)"
    rf"(?P<what>{_THING}(?:\s+(?!{_ENDS}\b){_THING}){{0,2}}"
    rf"(?:(?:\s*,\s*{_THING}){{1,6}}\s*,?\s+(?:and|or|nor)\s+{_THING}|"
    rf"(?:\s+(?:or|nor)\s+(?:(?:any|no)\s+)?{_THING})+)?)"
)
_NICE = _re(
    r"\b"
    + any_of(r"""
    if (?:at all )?possible / if (?:you|we) can / may\s?be / perhaps / ideally / optional(?:ly)? / not essential
    as a bonus
    (?:(?:that|it|which) )?would (?:also )?be (?:nice|great|good|a bonus) / nice[\s-]to[\s-]have
    if there(?:'s| is| are) (?:still )?(?:any )?(?:time|money|budget|anything|room|something)(?: (?:left|over))*
    if (?:the |my )?(?:budget|money|time) (?:allows?|permits?) / if it fits(?: the budget)?
""")
    + r"(?!\w)"
)
_HEDGED = re.compile(rf"\s*(?:{MASK}|around\b|about\b|at\b|by\b|\d)")
_TRIM = re.compile(r"^(?:(?:the|a|an|my|our|any|that|this|those|these)\s+)+|\s*(?:please|thanks|thank you)$")
_BECAUSE = _re(
    r",?\s*\b(?:so\s+(?:we|i|they|she|he|everyone|people)\s+(?!need|want|would|will\s+need|must|have\s+to|require)|"
    r"since\s+(?:(?:early\s+)?(?:this|last)\s+\w+|yesterday|today|\w+day|\d[\w:]*)|because|since\s+(?:it|we|she|he|my|i|they)|as\s+(?:it'?s|we|she|he|i)|so\s+that|cause)\b[^.!?;\n]*"
)


def without_commands(text: str) -> str:
    """``text`` with everything that talks to the machine covered."""
    return _cover(_COMMANDS, text)


def without_replaced(text: str) -> str:
    """``text`` with what it takes back covered: "instead of two", "not 7", "not to my home"."""
    return _cover(_NOT_THERE, _cover(_NOT_THAT, _cover(_INSTEAD, text)))


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
