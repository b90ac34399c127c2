"""Times of day in words: "at 7", "by 5 pm", "between 4 and 6", "7ish", "noon", "in the evening", "in two hours".

What is read here is still words: an hour may be of the morning or of the evening until
:mod:`agents.intent.times` knows the day and what the hour is for.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Literal

from agents.intent.words import NUMBER, Found, any_of, mask, number

DAY = 24 * 60
NOON = 12 * 60

Role = Literal["at", "around", "by", "after", "between", "span"]
"""``between`` bounds a moment, ``span`` ("from 4 to 10") says from when until when it lasts."""


@dataclass(frozen=True, slots=True)
class Clock:
    """Minutes after midnight; ``half`` is whether the words say which half of the day."""

    minute: int
    half: bool

    @property
    def readings(self) -> tuple[int, ...]:
        """The minutes of the day it may mean, earliest first."""
        return (self.minute,) if self.half else (self.minute % NOON, self.minute % NOON + NOON)


@dataclass(frozen=True, slots=True)
class Hours:
    """A wish about the hour: one clock time, or two for ``between`` and ``span``."""

    role: Role
    first: Clock
    second: Clock | None = None


@dataclass(frozen=True, slots=True)
class Part:
    """A part of the day in minutes after its midnight; ``last`` may pass 24 h for a night."""

    first: int
    last: int


@dataclass(frozen=True, slots=True)
class Delay:
    """A time counted from now: exactly then (``at``), at most then (``by``) or as soon as can be (``after``)."""

    role: Literal["at", "by", "after"]
    delta: timedelta


_SMALL = r"(?:1[0-2]|[1-9]|one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve)"
_HALF = r"(?:\s?(?:[ap]\.\s?m\.|[ap]\s?m\b))"
_MINUTES = r"(?:quarter|half|five|ten|twenty|twenty[-\s]five|\d{1,2})(?:\s+min(?:ute)?s?)?"
_SPOKEN = (
    r"(?:one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve)[\s-]+"
    r"(?:fifteen|(?:twenty|thirty|forty|fifty)(?:[\s-]five)?)(?![\w-])(?!\s+(?:people|guests|of\s+us))"
)
"""An hour and its minutes as one says them: "seven thirty"."""
_PLAIN = r"(?:(?:noon|mid-?day|midnight)\b)"
_SURE = (
    rf"(?:{_PLAIN}|{_MINUTES}\s+(?:past|to|after|before)\s+(?:{_SMALL}\b{_HALF}?|{_PLAIN})|"
    rf"half\s+{_SMALL}\b(?:ish)?{_HALF}?|"
    rf"(?:(?:1[0-2]|0?[1-9])[0-5]\d|\d{{1,2}}[:.h]\d{{2}}|{_SMALL})\s?{_HALF}|"
    rf"\d{{1,2}}[:h][0-5]\d(?!\d)(?:\s?-?ish\b)?|(?:1[0-9]|2[0-4]|0\d)\s?h\b|{_SPOKEN}{_HALF}?|"
    rf"{_SMALL}\s*o'?\s?clock\b|{_SMALL}\s?-?ish\b{_HALF}?)"
)
"""A time that needs no cue to be one."""
_COUNTED = any_of(r"""
    [%$€£/] / \.\d / ,\d / st\b / nd\b / rd\b / th\b / people\b / persons?\b / guests?\b / adults?\b / kids?\b
    children\b
    of us\b / dollars?\b / bucks?\b / euros?\b / pounds?\b / hours?\b / hrs?\b / h\b / min(?:ute)?s?\b / days?\b
    weeks?\b
    nights?\b / months?\b / miles?\b / km\b / k\b / pieces?\b / tickets?\b / rooms?\b / bottles?\b / dozen\b
    hundred\b
    thousand\b / stars?\b / x\b / times?\b
""")
_NOT_HOURS = rf"(?!\s*{_COUNTED})"
_BARE = rf"(?:(?:[01]?\d|2[0-4])[.][0-5]\d(?!\d)|{_SMALL}(?![\w:]){_NOT_HOURS}|(?:1[3-9]|2[0-3])(?![\w:.]){_NOT_HOURS})"
_TIME = rf"(?:{_SURE}|{_BARE})"
_AROUND = r"(?:around|about|approximately|approx\.?|circa|roughly|~|more\s+or\s+less\s+at)"

_BY = any_of("""
    by / before / no later than / not later than / not after / until / till / til / up to / latest(?: (?:by|at))?
    done by
""")
_AFTER = any_of("""
    after / from / since / not before / no earlier than / not earlier than / earliest(?: at)? / any ?time after
""")
_AT = any_of("at / @ / starting (?:at|from) / starts? at / beginning at")
_LATEST = any_of("at (?:the )?latest / latest / or (?:earlier|sooner|before)")
_SAYS_LATEST = re.compile(r"\b(?:latest|earlier|sooner|before)\b", re.IGNORECASE)
_CUES: list[tuple[str, Role]] = [
    (rf"{_BY}(?:\s+(?:at|about|around))?", "by"),
    (_AFTER, "after"),
    (rf"(?:(?:at|by|for)\s+)?{_AROUND}(?:\s+at)?", "around"),
    (rf"{_AT}(?:\s+exactly)?", "at"),
]


def _re(pattern: str) -> re.Pattern[str]:
    return re.compile(pattern, re.IGNORECASE)


_RANGE = _re(
    rf"(?:\b(?P<cue>between|from|at|@|around|about)\s+)?(?<![\w$€£:.])(?P<first>{_TIME})\s*"
    rf"(?P<joint>-|to\b|and\b|or\b|until\b|till\b)\s*(?P<second>{_TIME})"
)
_CUED = [(_re(rf"(?<!\w)(?:{cue})(?![a-z])\s*(?P<time>{_TIME})"), role) for cue, role in _CUES]
_FREE = _re(rf"(?<![\w$€£:.])(?:for\s+)?(?P<time>{_SURE})")
_DOTTED = _re(
    r"(?:(?<=day )|(?<=day, )|(?<=morrow )|(?<=morrow, )|(?<=tmrw )|(?<=night )|(?<=ing ))"
    rf"(?P<time>(?:[01]?\d|2[0-3])\.[0-5]\d)(?![\d.]){_NOT_HOURS}"
)
_LOOSE = _re(
    rf"(?<![\w$€£:./-])(?<!for )(?:(?:to|make\s+it|made\s+it|say|rather|actually|is|be)\s+)?(?P<time>{_BARE})"
    r"(?=\s*(?:$|[.,!?;·]|(?:instead|please|then|would|is|on|in|not|works|tonight|today|tomorrow|rather|and|for)\b))"
)

_AFTER_DAY = r"(?:(?<=tomorrow\s)|(?<=tmrw\s)|(?<=day\s)|(?<=fri\s)|(?<=sat\s))"
PARTS: dict[str, Part] = {
    r"(?:very\s+)?early\s+(?:in\s+the\s+)?morning|first\s+thing(?:\s+in\s+the\s+morning)?": Part(6 * 60, 9 * 60),
    r"late\s+morning": Part(10 * 60, NOON),
    r"morning": Part(6 * 60, NOON),
    r"lunch\s?time": Part(690, 14 * 60),
    r"late\s+afternoon": Part(15 * 60, 18 * 60),
    r"early\s+afternoon": Part(NOON, 15 * 60),
    r"afternoon": Part(NOON, 18 * 60),
    r"early\s+evening": Part(17 * 60, 19 * 60),
    r"late\s+(?:in\s+the\s+)?(?:evening|night)": Part(20 * 60, 26 * 60),
    r"evening|tonight|tonite": Part(17 * 60, 23 * 60),
    rf"(?:at|by)\s+night|{_AFTER_DAY}ni(?:ght|te)": Part(18 * 60, 26 * 60),
}
MEALS: dict[str, Part] = {
    "breakfast": Part(6 * 60, 11 * 60),
    "brunch": Part(9 * 60, 15 * 60),
    "lunch": Part(11 * 60, 15 * 60),
    "dinner": Part(17 * 60, 23 * 60),
    "supper": Part(17 * 60, 23 * 60),
}
"""Words for something to attend that also say the part of the day."""

_DURING = r"(?:\b(?:in|during|on|for|this|of)\s+)?"
_PART = [
    (_re(rf"(?<!good )(?:\bany\s?time\s+)?{_DURING}(?:the\s+)?\b(?:{words})\b(?!\s+sickness)"), part)
    for words, part in PARTS.items()
]
_AMOUNT = rf"(?P<n>half\s+an?|an?|the|{NUMBER})\s+(?P<unit>hour|hr|minute|min)s?(?P<half>\s+and\s+a\s+half)?\b"
_AT_ONCE = any_of("""
    right now / right away / straight away / immediately / now / asap / as soon as (?:possible|you can)
""")
_DELAYS: list[tuple[re.Pattern[str], Literal["at", "by", "after"]]] = [
    (_re(rf"\bin\s+(?:about\s+)?{_AMOUNT}"), "at"),
    (_re(rf"\b{_AMOUNT}\s+from\s+now\b"), "at"),
    (_re(rf"\bwithin\s+(?:the\s+next\s+)?{_AMOUNT}"), "by"),
    (_re(rf"\b{_AT_ONCE}\b"), "after"),
]

Hour = Hours | Part | Delay


def find_hours(text: str, *, loose: bool = False) -> list[Found[Hour]]:
    """Every wish about the hour in ``text``, in order.

    ``loose`` also takes a bare number for an hour: right for "make it 8" and for the answer to "what time?".
    """
    found: list[Found[Hour]] = []
    for find in (_delays, _ranges, _deadlines, _cued, _free, _dotted) + ((_bare,) if loose else ()):
        new = find(text)
        found += new
        text = mask(text, new)
    for pattern, part in _PART:
        new = [Found(m.start(), m.end(), part) for m in pattern.finditer(text)]
        found += new
        text = mask(text, new)
    return sorted(found, key=lambda item: item.start)


def _delays(text: str) -> list[Found[Hour]]:
    found: list[Found[Hour]] = []
    for pattern, role in _DELAYS:
        for m in pattern.finditer(text):
            delta = timedelta(0)
            if role != "after":
                delta = _duration(m["n"], m["unit"], half=bool(m["half"]))
            found.append(Found(m.start(), m.end(), Delay(role, delta)))
        text = mask(text, found)
    return found


def _deadlines(text: str) -> list[Found[Hour]]:
    """ "2 pm latest"; the words are looked for first, because most messages have none."""
    return _named_deadlines(text) if _SAYS_LATEST.search(text) else []


def _duration(count: str, unit: str, *, half: bool) -> timedelta:
    count = count.lower()
    size = 60.0 if unit.lower().startswith("h") else 1.0
    if count.startswith("half"):
        return timedelta(minutes=size / 2)
    whole = 1 if count in ("a", "an", "the") else (number(count) or 0)
    return timedelta(minutes=size * whole + (size / 2 if half else 0))


def _ranges(text: str) -> list[Found[Hour]]:
    found: list[Found[Hour]] = []
    for m in _RANGE.finditer(text):
        cue, joint = (m["cue"] or "").lower(), m["joint"].lower()
        if cue not in ("from", "between") and _OFFSET.fullmatch(m.group()[len(cue) :].strip()):
            continue  # "five to midnight"
        first, second = read_clock(m["first"]), read_clock(m["second"])
        sure = _SURE_WORDS.search(m["first"]) or _SURE_WORDS.search(m["second"])
        if first is None or second is None or not (cue or sure) or (joint == "and" and cue != "between"):
            continue
        role: Role = "span" if cue == "from" or (not cue and joint in ("to", "until", "till")) else "between"
        found.append(Found(m.start(), m.end(), Hours(role, first, second)))
    return found


def _cued(text: str) -> list[Found[Hour]]:
    found: list[Found[Hour]] = []
    for pattern, role in _CUED:
        new = list(_single(pattern, role)(text))
        found += new
        text = mask(text, new)
    return found


def _single(pattern: re.Pattern[str], role: Role) -> Callable[[str], list[Found[Hour]]]:
    def find(text: str) -> list[Found[Hour]]:
        found: list[Found[Hour]] = []
        for m in pattern.finditer(text):
            clock = read_clock(m["time"])
            if clock is not None:
                about = role == "at" and "ish" in m["time"].lower()
                found.append(Found(m.start(), m.end(), Hours("around" if about else role, clock)))
        return found

    return find


_free = _single(_FREE, "at")
_dotted = _single(_DOTTED, "at")
_named_deadlines = _single(_re(rf"(?<![\w$€£:.])(?:{_AT}\s+|by\s+)?(?P<time>{_TIME})\s*,?\s*{_LATEST}\b"), "by")
_bare = _single(_LOOSE, "at")

_SURE_WORDS = _re(rf"^{_SURE}")
_OFFSET = _re(rf"(?P<n>{_MINUTES})\s+(?P<way>past|to|after|before)\s+(?P<hour>{_SMALL}\b|{_PLAIN})")
_DIGITS = _re(
    rf"(?P<joined>\d{{3,4}})(?!\d)|"
    rf"(?P<half>half\s+)?(?P<hour>\d{{1,2}}|{_SMALL})(?:\s?[:.h]\s?(?P<minute>[0-5]\d))?"
)
_SPOKEN_PARTS = _re(r"(?P<hour>[a-z]+)[\s-]+(?P<minute>fifteen|(?:twenty|thirty|forty|fifty)(?:[\s-]five)?)(?![\w-])")
_PLAIN_HOURS = {"noon": 12, "midday": 12, "midnight": 24}
_AM_PM = _re(r"([ap])\.?\s?m\b")


def read_clock(words: str) -> Clock | None:
    """One time of day as written, or ``None`` when the numbers are no time."""
    words = words.lower().strip()
    if words.startswith("mid") and "night" in words:
        return Clock(DAY, half=True)
    if words.startswith(("noon", "mid")):
        return Clock(NOON, half=True)
    after = 0
    if offset := _OFFSET.match(words):
        size = {"quarter": 15, "half": 30}.get(offset["n"].split()[0].lower()) or number(
            re.sub(r"\s*min(?:ute)?s?$", "", offset["n"])
        )
        after = (size or 0) * (1 if offset["way"] in ("past", "after") else -1)
        hour, minute = _PLAIN_HOURS.get(offset["hour"].replace("-", "")) or number(offset["hour"]) or 0, 0
    elif spoken := _SPOKEN_PARTS.match(words):
        hour, minute = number(spoken["hour"]) or 0, number(spoken["minute"]) or 0
    elif digits := _DIGITS.match(words):
        if digits["joined"]:
            return _clock(*divmod(int(digits["joined"]), 100), words)
        hour = int(digits["hour"]) if digits["hour"].isdigit() else (number(digits["hour"]) or 0)
        minute = int(digits["minute"] or 0) + (30 if digits["half"] else 0)
    else:
        return None
    return _clock(hour, minute + after, words)


def _clock(hour: int, minute: int, words: str) -> Clock | None:
    if hour > 24 or (hour == 24 and minute > 0):
        return None
    half = _AM_PM.search(words)
    if half and hour <= 12:
        hour = hour % 12 + (12 if half[1] == "p" else 0)
    known = bool(half) or hour > 12 or hour == 0 or words.startswith("0") or "noon" in words or "mid" in words
    total = hour * 60 + minute
    return Clock(total % DAY if total != DAY else DAY, half=known) if total >= 0 else None
