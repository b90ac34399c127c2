"""Days in words: "Saturday", "the 12th of March", "12/24", "next weekend" as calendar dates near today.

A grammar of our own, because a general date parser costs more than a whole message may. It returns dates
without a zone; :mod:`agents.intent.times` places them in absolute time.
"""

import re
from calendar import monthrange
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta

from agents.intent.words import NUMBER, Found, any_of, mask, number

_WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_WEEKDAY = (
    r"(?:mon(?:day)?s?|tue(?:s(?:day)?)?|wed(?:s|nesday)?|wendsday|wensday|thu(?:r(?:s(?:day)?)?)?|thrusday|"
    r"fri(?:day)?|sat(?:urday)?|saterday|sun(?:day)?)"
)
_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_MONTH = (
    r"(?:jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?|aug(?:ust)?|sept?(?:ember)?|"
    r"oct(?:ober)?|nov(?:ember)?|dec(?:ember)?)\b\.?"
)
_ORDINALS = (
    "first", "second", "third", "fourth", "fifth", "sixth", "seventh", "eighth", "ninth", "tenth", "eleventh",
    "twelfth", "thirteenth", "fourteenth", "fifteenth", "sixteenth", "seventeenth", "eighteenth", "nineteenth",
    "twentieth",
)  # fmt: skip
_DAY = rf"(?:\d{{1,2}}(?:st|nd|rd|th)?|{'|'.join(_ORDINALS)})\b"
_NOT_A_DATE = r"(?!\s+(?:floor|street|st|avenue|ave|time|birthday|anniversary|wedding|grade|century|of\s+them)\b)"
_HOLIDAYS = {  # fixed dates only; the movable ones need a calendar we do not carry
    r"christmas\s+eve": (12, 24), r"(?:(?:on|by|for|at|before)\s+christmas|christmas\s+day)": (12, 25),
    r"boxing\s+day": (12, 26), r"new\s+year'?s\s+eve": (12, 31), r"new\s+year'?s(?:\s+day)?": (1, 1),
    r"(?:st\.?\s+)?valentine'?s(?:\s+day)?": (2, 14), r"st\.?\s+patrick'?s(?:\s+day)?": (3, 17),
    r"hallowe'?en": (10, 31),
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Days:
    """The days ``first`` to ``last`` that were named.

    ``repeats`` is after how many days the same words name another day (7 for a weekday, 0 for a fixed
    date): a weekday whose time has passed today means the next one. ``until`` is whether they are a deadline.
    """

    first: date
    last: date
    repeats: int = 0
    until: bool = False

    @property
    def single(self) -> bool:
        """Whether one day was named."""
        return self.first == self.last


@dataclass(frozen=True, slots=True)
class _Near:
    """What the words are relative to."""

    today: date
    month_first: bool
    spoken_of: date
    """A bare "the 19th" is looked for from this one's month on."""


def find_days(text: str, today: date, *, month_first: bool, near: date | None = None) -> list[Found[Days]]:
    """Every day or range of days named in ``text``, in order; ``month_first`` reads 5/6 as May 6th.

    ``near`` is the day that is spoken of, so that "the 19th" stays in its month.
    """
    around = _Near(today, month_first, near or today)
    found: list[Found[Days]] = []
    for pattern, read in _GRAMMAR:
        for match in pattern.finditer(text):
            days = read(match, around)
            if days is not None:
                found.append(Found(match.start(), match.end(), _deadline(match.group(), days)))
        text = mask(text, found)
    return _within_ranges(sorted(found, key=lambda item: item.start))


def _within_ranges(found: list[Found[Days]]) -> list[Found[Days]]:
    """ "Next week: … on Monday, … on Tuesday", "Monday next week": those weekdays are of that week."""
    ranges = [item for item in found if 1 <= (item.value.last - item.value.first).days <= 6]
    return [_placed_in(item, ranges) if item.value.single and item.value.repeats else item for item in found]


def _placed_in(day: Found[Days], ranges: list[Found[Days]]) -> Found[Days]:
    for item in ranges:
        if item.start > day.end + 1 or day.value.first >= item.value.first:
            continue
        there = item.value.first + timedelta((day.value.first.weekday() - item.value.first.weekday()) % 7)
        if there <= item.value.last:
            return Found(day.start, day.end, Days(there, there, until=day.value.until))
    return day


def _deadline(words: str, days: Days) -> Days:
    """ "By Friday" includes it, "before Friday" does not."""
    if words.lower().startswith("before"):
        return Days(days.first - timedelta(1), days.first - timedelta(1), days.repeats, until=True)
    return Days(days.first, days.last, days.repeats, until=words.lower().startswith(("by", "until", "till")))


def _one(day: date, repeats: int = 0) -> Days:
    return Days(day, day, repeats)


def _weekday(name: str) -> int:
    name = {"wendsday": "wednesday", "wensday": "wednesday", "thrusday": "thursday", "saterday": "saturday"}.get(
        name, name
    )
    return next(i for i, day in enumerate(_WEEKDAYS) if day[:3] == name[:3])


def _upcoming(name: str, today: date) -> date:
    return today + timedelta((_weekday(name.lower()) - today.weekday()) % 7)


def _monday(day: date) -> date:
    return day - timedelta(day.weekday())


def _dated(near: _Near, month: int, day: int, year: int | None) -> Days | None:
    """The date; without a year its next occurrence, today included."""
    if not 1 <= month <= 12 or not 1 <= day <= 31:
        return None
    if year is not None:
        year += 2000 if year < 100 else 0
        valid = near.today.year - 1 <= year <= near.today.year + 20 and day <= monthrange(year, month)[1]
        return _one(date(year, month, day)) if valid else None
    for candidate in range(near.today.year, near.today.year + 5):
        if day <= monthrange(candidate, month)[1] and date(candidate, month, day) >= near.today:
            return _one(date(candidate, month, day))
    return None


def _day_number(words: str) -> int:
    words = words.lower()
    return _ORDINALS.index(words) + 1 if words in _ORDINALS else int(re.sub(r"\D", "", words))


def _month_number(words: str) -> int:
    return _MONTHS.index(words.lower()[:3]) + 1


def _iso(m: re.Match[str], near: _Near) -> Days | None:
    return _dated(near, int(m["month"]), int(m["day"]), int(m["year"]))


def _relative(m: re.Match[str], near: _Near) -> Days:
    word = m["word"].lower()
    if word.startswith("day after"):
        return _one(near.today + timedelta(2))
    return _one(near.today + timedelta(0 if word.startswith(("today", "ton", "this")) else 1))


def _in_days(m: re.Match[str], near: _Near) -> Days | None:
    count = 1 if m["n"].lower() in ("a", "an", "one") else number(m["n"])
    unit = m["unit"].lower()
    days = {"day": 1, "week": 7, "fortnight": 14}[unit] * (count or 0)
    if not 0 < days <= 3650:
        return None
    last = near.today + timedelta(days)
    return Days(near.today if m["cue"].lower() == "within" else last, last)


def _week_from(m: re.Match[str], near: _Near) -> Days:
    name = m["name"].lower()
    start = near.today + timedelta(name == "tomorrow") if name.startswith("to") else _upcoming(name, near.today)
    return _one(start + timedelta(7))


def _range(m: re.Match[str], near: _Near) -> Days:
    first = _upcoming(m["first"], near.today)
    if (m["which"] or "").lower() == "next":
        first = _next_week(m["first"], near.today)
    return Days(first, first + timedelta((_weekday(m["last"].lower()) - first.weekday()) % 7), 7)


def _next_week(name: str, today: date) -> date:
    return _monday(today) + timedelta(7 + _weekday(name.lower()))


def _named_weekday(m: re.Match[str], near: _Near) -> Days:
    if (m["which"] or "").lower().startswith("next"):
        return _one(_next_week(m["name"], near.today))
    return _one(_upcoming(m["name"], near.today), 7)


def _weekend(m: re.Match[str], near: _Near) -> Days:
    saturday = _monday(near.today) + timedelta(5 + 7 * ((m["which"] or "").lower() == "next"))
    return Days(max(saturday, near.today), saturday + timedelta(1))


def _week(m: re.Match[str], near: _Near) -> Days:
    monday = _monday(near.today) + timedelta(7 * (m["which"].lower() == "next"))
    return Days(max(monday, near.today), monday + timedelta(6))


def _month_range(m: re.Match[str], near: _Near) -> Days:
    year, month = near.today.year, near.today.month
    if m["name"]:
        wanted = _month_number(m["name"])
        year, month = year + (wanted < month), wanted
    elif m["which"].lower() == "next":
        year, month = year + month // 12, month % 12 + 1
    return Days(max(near.today, date(year, month, 1)), date(year, month, monthrange(year, month)[1]))


def _month_day(m: re.Match[str], near: _Near) -> Days | None:
    year = int(m["year"]) if m["year"] else None
    return _dated(near, _month_number(m["name"]), _day_number(m["day"]), year)


def _days_of_month(m: re.Match[str], near: _Near) -> Days | None:
    last = _month_day(m, near)
    first = _day_number(m["first"])
    if last is None or not 1 <= first <= last.first.day:
        return last
    return Days(last.first.replace(day=first), last.first)


def _numeric(m: re.Match[str], near: _Near) -> Days | None:
    one, two = int(m["one"]), int(m["two"])
    if m["dot"] or one > 12 or (not near.month_first and two <= 12):
        one, two = two, one
    return _dated(near, one, two, int(m["year"]) if m["year"] else None)


def _nth(m: re.Match[str], near: _Near) -> Days | None:
    day, first = _day_number(m["day"]), near.spoken_of.replace(day=1)
    for _ in range(4):
        if day <= monthrange(first.year, first.month)[1] and first.replace(day=day) >= near.today:
            return _one(first.replace(day=day))
        first = (first + timedelta(32)).replace(day=1)
    return None


def _holiday(month: int, day: int) -> Callable[[re.Match[str], _Near], Days | None]:
    return lambda _, near: _dated(near, month, day, None)


def _pattern(text: str) -> re.Pattern[str]:
    return re.compile(text, re.IGNORECASE)


_ON = r"(?:\b(?:on|for|by|before|until|till)\s+)?"
_FULL_WEEKDAY = r"(?:mon|tues|wednes|wends|wens|thurs|thrus|fri|satur|sater|sun)day"
_COUNTED = rf"(?P<n>an?|{NUMBER})\s+(?P<unit>day|week|fortnight)s?"
_THROUGH = r"(?(between)and\b|(?:to\b|until\b|till\b|through\b|-))"
_TODAY = any_of("""
    to-?day / tonight / tonite / this (?:morning|afternoon|evening) / to?m+or+ow / tmrw? / tmw / 2moro
    day after tomorrow
""")
_YEAR = r"(?:,?\s+(?P<year>20\d\d))?"
_OF_DAY = r"(?=\s+(?:at\s+)?\d|\s+(?:morning|afternoon|evening|night|nite|plans?|schedule|itinerary)\b|\s*[,;.:]|\s*$)"
_GRAMMAR: list[tuple[re.Pattern[str], Callable[[re.Match[str], _Near], Days | None]]] = [
    (_pattern(r"\b(?:on\s+)?(?P<year>20\d\d)-(?P<month>\d\d)-(?P<day>\d\d)\b"), _iso),
    (_pattern(r"\b(?P<word>day\s+after\s+tomorrow)\b"), _relative),
    (_pattern(rf"\b(?:a|one)\s+week\s+(?:from|on)\s+(?P<name>today|tomorrow|{_WEEKDAY})\b"), _week_from),
    (_pattern(rf"\b(?P<cue>in|within)\s+{_COUNTED}(?:'s?)?(?:\s+time)?\b"), _in_days),
    (_pattern(rf"\b(?P<cue>){_COUNTED}\s+from\s+(?:now|today)\b"), _in_days),
    (_pattern(rf"\b(?P<word>{_TODAY})\b(?:'s)?"), _relative),
    (
        _pattern(
            rf"\b(?:(?P<between>between)\s+|from\s+)?(?:(?P<which>next|this)\s+)?(?P<first>{_WEEKDAY})\s*"
            rf"{_THROUGH}\s*(?P<last>{_WEEKDAY})\b"
        ),
        _range,
    ),
    (
        _pattern(
            rf"\b(?:(?P<between>between)\s+|from\s+)?(?:the\s+)?(?P<first>{_DAY})\s*{_THROUGH}\s*(?:the\s+)?"
            rf"(?P<day>{_DAY})(?:\s+of)?\s+(?P<name>{_MONTH}){_YEAR}"
        ),
        _days_of_month,
    ),
    (
        _pattern(
            r"\b(?:over\s+|on\s+|at\s+|during\s+)?"
            r"(?:(?P<which>this|next|the|coming)\s+(?:coming\s+)?)weekend\b"
        ),
        _weekend,
    ),
    (_pattern(rf"{_ON}\b(?P<day>{_DAY})(?:\s+of)?\s+(?P<name>{_MONTH}){_YEAR}"), _month_day),
    (
        _pattern(rf"{_ON}\b(?P<name>{_MONTH})\s+(?:the\s+)?(?P<day>{_DAY})(?!\s*(?:[ap]\.?m\b|:\d)){_YEAR}"),
        _month_day,
    ),
    (
        _pattern(
            rf"{_ON}(?:\b(?:the|my|our)\s+)?(?:\b(?P<which>this\s+coming|this|next|coming|upcoming)\s+)?"
            rf"\b(?P<name>{_FULL_WEEKDAY})\b(?:'s|s)?"
        ),
        _named_weekday,
    ),
    (
        _pattern(
            r"\b(?:(?:on|for|by|from|until|till|before|after|every)\s+|(?P<which>this|next|coming)\s+)"
            rf"(?P<name>{_WEEKDAY})\b\.?(?!\w)"
        ),
        _named_weekday,
    ),
    (_pattern(rf"(?<!the )\b(?P<which>)(?P<name>{_WEEKDAY})\b{_OF_DAY}"), _named_weekday),
    (_pattern(r"\b(?P<which>this|next)\s+week\b"), _week),
    (
        _pattern(rf"\b(?:(?P<which>this|next)\s+month|(?:in|during)\s+(?P<name>{_MONTH}))(?!\s*\d)"),
        _month_range,
    ),
    (
        _pattern(
            r"(?<![\d/.$€£])\b(?!24/7)(?P<one>\d{1,2})/(?P<dot>)(?P<two>\d{1,2})"
            r"(?:/(?P<year>(?:20)?\d\d))?(?![\d/%\w])"
        ),
        _numeric,
    ),
    (
        _pattern(
            r"(?<![\d/.$€£])(?<!at )\b(?P<one>\d{1,2})(?P<dot>\.)(?P<two>\d{1,2})\."
            r"(?P<year>(?:20)?\d\d)?(?![\d\w])"
        ),
        _numeric,
    ),
    (_pattern(rf"{_ON}\bthe\s+(?P<day>\d{{1,2}}(?:st|nd|rd|th))\b{_NOT_A_DATE}"), _nth),
    *(
        (_pattern(rf"\b{words}\b(?!\s+(?:tree|dinner|lunch|cake|party|card|market)s?\b)"), _holiday(*day))
        for words, day in _HOLIDAYS.items()
    ),
]
