"""How many people, and how many of a thing."""

import re

from agents.intent.words import MASK, NUMBER, Found, any_of, mask, number, stem, words

_PEOPLE = any_of("""
    people / persons? / ppl / pax / guests? / adults? / kids? / children / friends? / colleagues? / coworkers?
    diners?
    visitors? / participants? / attendees? / heads? / seats? / tickets? / guys / girls / boys / men / women / ladies
    family members / relatives / grown-?ups
""")
_KIN = any_of("""
    wife / husband / spouse / partner / girlfriend / boyfriend / fianc[eé]e? / mother / mom / mum / father / dad
    sister
    brother / son / daughter / boss / friend / best friend / date / aunt / uncle / grandmother / grandma / grandfather
    grandpa / niece / nephew / cousin / colleague
""")
_SIZE = any_of("small / big / large / little / close / good / old / young / other / hungry")
_MOST = 10_000


def _re(pattern: str) -> re.Pattern[str]:
    return re.compile(pattern, re.IGNORECASE)


_COUNTED = _re(
    r"(?:\bfor\s+|\bwith\s+(?P<with>)|\bof\s+|\bwe\s+are\s+|\bwe're\s+|\bthere\s+(?:are|will\s+be)\s+)?"
    rf"(?:(?:about|around|the|my|our|all)\s+)?(?<![\w$€£.:/])(?P<n>{NUMBER}|an?\s+(?=friend\b))\s+"
    rf"(?:(?:{_SIZE}\s+)?(?P<who>{_PEOPLE})\b|(?=(?:(?!more\b|other\b|extra\b)[a-z][a-z'-]*\s+){{1,2}}(?:tickets|seats)\b))"
    rf"(?:\s*(?:,|and|\+|plus|with)\s*(?P<n2>{NUMBER})\s+(?:{_SIZE}\s+)?{_PEOPLE}\b)?"
)
_PARTY_OF = _re(
    rf"\b(?:for\s+)?(?:a\s+)?(?:party|group|table|team|family|crowd)\s+of\s+(?:about\s+)?(?P<n>{NUMBER})\b"
    rf"(?:\s+{_PEOPLE}\b)?"
)
_OF_US = _re(
    rf"\b(?:(?:for|just|only|we\s+are|there\s+are|it's)\s+)*(?:(?:the|all)\s+)?(?P<n>{NUMBER}|both)\s+of\s+us\b"
)
_GOES_ON = any_of("""
    at / on / in / for / opens? / becomes? / is / are / this / next / and / with / under / plus / then / please
    tonight
    today / tomorrow / near / by / from / to / after / before / around / instead / also / somewhere / including
    max / not
    but / or / too / as / we / i / it / make / thanks / later / cheap / outside / inside / who
""")
_FOR = _re(
    rf"\bfor\s+(?:(?:just|only|about|around|exactly)\s+)?(?P<n>{NUMBER})(?![\w'])(?!\s*[:.]\d)"
    rf"(?!\s*{MASK}?\s*(?:[ap]\.?m\b|o'?clock))(?=\s*(?:$|[.,;!?)&+-]|\n|{MASK}|{_GOES_ON}\b))"
)
_PAIR = _re(
    rf"\b(?:(?:for|just|only)\s+)*(?:me\s+and\s+(?:my|a|the)\s+{_KIN}|(?:my|the)\s+{_KIN}\s+and\s+(?:me|i|myself)|"
    rf"myself\s+and\s+(?:my|a)\s+{_KIN})\b(?!'s)"
)
_WITH_ONE = _re(rf"\bwith\s+(?:my|a|the)\s+{_KIN}\b(?!'s|\s+and\b)")
_WITH_PARENTS = _re(r"\bwith\s+(?:my|the)\s+(?:parents|grandparents|in-?laws)\b")
_ALONE = _re(
    any_of(r"""
    \bjust (?:for )?me\b / \bfor myself\b / \bonly me\b / \bon my own\b / \bby myself\b / \b(?:just|only) one person\b
""")
)
_WE_WILL_BE = _re(
    r"\b(?:we(?:'ll|\s+will|\s+would|'d)\s+(?:now\s+|all\s+|only\s+)?be|there(?:'ll|\s+will)\s+be|so\s+that\s+makes|that\s+makes|"
    r"so)\s+"
    rf"(?:(?:now|about|around|just|only|us|it)\s+)*(?P<n>{NUMBER})(?![\w'])(?=\s*(?:$|[.,;!?]|{MASK}|now\b|instead\b|in\s+total\b))"
)
_TWOSOME = _re(r"\b(?:just\s+)?us\s+two\b|\bfor\s+a\s+couple\b(?!\s+of)|\bfor\s+(?:the\s+)?both\b")
_WHOLE = _re(
    r"^\W*(?:(?:it'?s|we'?re|we\s+are|we'?ll\s+be|there\s+(?:are|will\s+be)|make\s+(?:it|that)|just|only|about|for|us|"
    r"probably|around|roughly|approximately|maybe|perhaps|say|no|oh|wait|sorry|actually|rather|i\s+mean|i\s+meant|or\s+so|"
    r"some|now)[\s,]+)*"
    rf"(?P<n>{NUMBER})(?:\s+(?:please|in\s+total|altogether|all\s+together|of\s+them|thanks|i\s+think))*"
    # what the answer adds or corrects comes behind a mark or a joining word, so that "5 Mill Road" is no count
    r"(?:\W*$|(?=\s*[,;.!-]\s+(?:at|by|on|in|for)\b)|"
    r"(?=\s*[,;.!-]*\s+(?:and(?!\s+a\s+half)|but|also|plus|make|can|could|please)\b))"
)


def find_answer(text: str) -> list[Found[int]]:
    """The number that answers "how many?": all of the message, or what it begins with ("three, and make it 8")."""
    whole = _WHOLE.match(text)
    count = number(whole["n"]) if whole else None
    return [Found(whole.start("n"), whole.end("n"), count)] if whole and count and count <= _MOST else []


def find_party(text: str) -> list[Found[int]]:
    """How many people each stretch of ``text`` says."""
    found: list[Found[int]] = []
    for pattern, read in _GRAMMAR:
        for match in pattern.finditer(text):
            count = read(match)
            if count is not None and 1 <= count <= _MOST:
                found.append(Found(match.start(), match.end(), count))
        text = mask(text, found)
    return sorted(found, key=lambda item: item.start)


def _counted(m: re.Match[str]) -> int | None:
    count = 1 if m["n"].lower().strip() in ("a", "an") else number(m["n"])
    if count is None:
        return None
    more = number(m["n2"]) if m["n2"] else 0
    own = (
        1
        if m["with"] is not None and (m["who"] or "").lower().startswith(("friend", "coll", "cow", "kid", "child"))
        else 0
    )
    return count + (more or 0) + own


def _n(m: re.Match[str]) -> int | None:
    return 2 if m["n"].lower() == "both" else number(m["n"])


_GRAMMAR = [
    (_PARTY_OF, _n),
    (_OF_US, _n),
    (_COUNTED, _counted),
    (_PAIR, lambda m: 2),
    (_WITH_ONE, lambda m: 2),
    (_WITH_PARENTS, lambda m: 3),
    (_ALONE, lambda m: 1),
    (_TWOSOME, lambda m: 2),
    (_FOR, _n),
    (_WE_WILL_BE, _n),
]

_UNIT = (
    any_of("""
    bottle / box / boxe / bouquet / bunch / bunche / case / pack / tray / basket / piece / pair / set / jar / can
    portion
    copie / copy / crate / room
""")
    + "s?"
)
_TIMES = _re(r"\b(?P<n>\d{1,3})\s?x\s|\bx\s?(?P<n2>\d{1,3})\b|\bquantity\s*:?\s*(?P<n3>\d{1,3})\b")
_NIGHTS = _re(rf"\b(?:for\s+)?(?P<n>{NUMBER}|a|one)\s+nights?\b")
_COUNT = _re(rf"(?<![\w$€£.:/])(?P<n>{NUMBER}|an?)\s+(?:(?!dozen|couple)[a-z-]+\s+){{0,3}}?(?P<unit>{_UNIT})\b")
_NUMBERED = _re(rf"(?<![\w$€£.:/])(?P<n>{NUMBER})\s+(?!dozen\b)(?P<rest>[a-z][a-z' -]*)")


def quantity(text: str, singular: frozenset[str]) -> int:
    """How many items of a product ``text`` asks for, 1 unless it says so.

    A number before a word that the service sells one by one (``singular``: "cake", but not "roses", which
    come as a bunch) or before a container counts items. "Two dozen roses" describes one bouquet.
    """
    if m := _TIMES.search(text):
        return _bounded(number(m["n"] or m["n2"] or m["n3"]))
    if (m := _COUNT.search(text)) and (count := number(m["n"])):
        return _bounded(count)
    for m in _NUMBERED.finditer(text):
        first = [word.value for word in words(m["rest"])[:3]]
        if any(word in singular or (stem(word) in singular and word.endswith("s")) for word in first):
            return _bounded(number(m["n"]))
    return 1


_DURATION = _re(
    rf"(?<![\w$€£.:/])(?:for\s+)?(?P<n>half\s+an?|an?|one|{NUMBER})[\s-]+"
    r"(?P<unit>hour|hr|minute|min|day|night|week)s?(?P<half>\s+and\s+a\s+half)?\b"
)
_MINUTES = {"h": 60, "m": 1, "d": 1440, "n": 1440, "w": 10080}


def find_durations(text: str) -> list[Found[int]]:
    """How long things are to take, in minutes: "for two hours" is 120."""
    found = []
    for m in _DURATION.finditer(text):
        size, count = _MINUTES[m["unit"][0].lower()], m["n"].lower()
        half = size // 2 if count.startswith("half") or m["half"] else 0
        whole = 0 if count.startswith("half") else size * (1 if count in ("a", "an", "one") else number(count) or 0)
        if whole + half:
            found.append(Found(m.start(), m.end(), whole + half))
    return found


def nights(text: str) -> int | None:
    """For how many nights, if that is said."""
    m = _NIGHTS.search(text)
    return None if m is None else 1 if m["n"].lower() in ("a", "one") else number(m["n"])


def _bounded(count: int | None) -> int:
    return count if count is not None and 1 <= count <= _MOST else 1
