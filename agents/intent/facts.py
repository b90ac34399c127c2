"""Everything in a message that is not the name of a service: its amounts, times, people, places and provisos.

The grammars run one after the other over the same text, each seeing what the earlier ones found as covered: an
address is taken before its number can be an hour, money before its number can be a count. What stays uncovered
(``Facts.bare``) is what the person wants.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date
from zoneinfo import ZoneInfo

from agents.intent.clocks import Hour, find_hours
from agents.intent.counts import find_answer, find_durations, find_party
from agents.intent.days import Days, find_days
from agents.intent.money import Amount, find_money
from agents.intent.places import Spot, find_addresses, find_places
from agents.intent.times import When
from agents.intent.wishes import find_avoided, find_nice, hedges, without_commands, without_reasons, without_replaced
from agents.intent.words import MASK, Found, T, any_of, mask, normalise, words
from schemas.intent import ResolveContext

_SHOW_ME = re.compile(r"\b(?:show|give|find|get|tell)\s+(?:me|us)\b", re.IGNORECASE)
_INSCRIBED = re.compile(
    r"(?:\b(?:with|and)\s+)?(?:\b(?:an?|the)\s+)?\b(?:card|note|message|inscription|tag|label|text)?\s*"
    rf"\b(?:(?:that\s+)?(?:says?|saying|reads?|reading)|with\s+the\s+words|written|writing|write)?\s*:?\s*(?={MASK})",
    re.IGNORECASE,
)
_QUOTED = re.compile(r"\"([^\"\n]{1,300})\"|(?<!\w)'([^'\n]{2,300})'(?!\w)")
_KIN = any_of("""
    wife / husband / spouse / partner / girlfriend / boyfriend / fianc[eé]e? / mother / mom / mum / father / dad
    parents
    sister / brother / son / daughter / kids? / children / boss / friends? / aunt / uncle / grandmother / grandma
    grandfather / grandpa / niece / nephew / cousin / colleagues? / neighbou?rs? / teacher / date / in-?laws
    family / team
    assistant / secretary / host
""")
_FOR_WHOM = re.compile(
    rf"\b(?:for|to)\s+(?:my|our|his|her|their|a|the)\s+(?:(?:best|dear|lovely|beautiful|little|old)\s+)?{_KIN}"
    rf"(?:\s+(?:and|&)\s+(?:my\s+|our\s+)?{_KIN})?"
    r"(?:'s\s+(?:\w+\s+)?(?:birthday|anniversary|graduation|wedding|party))?\b|"
    r"\b(?:for|to)\s+(?:mom|mum|dad|grandma|grandpa|mother|father)\b|"
    rf"(?<=get |end |ing |buy |ook |ive |der |ake )(?:my|our|his|her)\s+{_KIN}\b(?!'s)|"
    r"\b(?:for|to)\s+(?:her|him|them|me|us|everyone|everybody)\b",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Facts:
    """One normalised message and what was found in it; all offsets point into ``text``."""

    text: str
    start: int
    end: int
    bare: str
    """``text`` with commands to the machine, reasons and every fact covered."""
    days: tuple[Found[Days], ...]
    hours: tuple[Found[Hour], ...]
    money: tuple[Found[Amount], ...]
    party: tuple[Found[int], ...]
    places: tuple[Found[Spot], ...]
    avoided: tuple[Found[list[str]], ...]
    nice: tuple[Found[bool], ...]
    quotes: tuple[Found[str], ...]
    durations: tuple[Found[int], ...]
    """How long something takes, in minutes."""

    @property
    def when(self) -> When:
        """The time words together."""
        return When.of(self.days, self.hours)

    @property
    def any(self) -> bool:
        """Whether any fact is here."""
        return bool(self.days or self.hours or self.money or self.party or self.places or self.avoided)

    def within(self, start: int, end: int, *elsewhere: tuple[int, int]) -> "Facts":
        """The facts of one stretch of the text, and those that stand ``elsewhere`` but belong to it."""
        stretches = ((start, end), *elsewhere)

        def cut(found: Iterable[Found[T]]) -> tuple[Found[T], ...]:
            return tuple(item for item in found if any(a <= item.start < b for a, b in stretches))

        return replace(
            self,
            start=start,
            end=end,
            days=cut(self.days),
            hours=cut(self.hours),
            money=cut(self.money),
            party=cut(self.party),
            places=cut(self.places),
            avoided=cut(self.avoided),
            nice=cut(self.nice),
            quotes=cut(self.quotes),
            durations=cut(self.durations),
        )

    def joined(self, later: "Facts") -> "Facts":
        """This stretch and a later one as one, with the facts of both."""
        return replace(
            self,
            end=later.end,
            days=(*self.days, *later.days),
            hours=(*self.hours, *later.hours),
            money=(*self.money, *later.money),
            party=(*self.party, *later.party),
            places=(*self.places, *later.places),
            avoided=(*self.avoided, *later.avoided),
            nice=(*self.nice, *later.nice),
            quotes=(*self.quotes, *later.quotes),
            durations=(*self.durations, *later.durations),
        )

    def without_places(self) -> "Facts":
        """The same without places, where they have been acted on."""
        return replace(self, places=())

    def without_avoided(self) -> "Facts":
        """The same without provisos, where they have been acted on."""
        return replace(self, avoided=())

    @property
    def words(self) -> str:
        """The uncovered words of this stretch."""
        return self.bare[self.start : self.end]

    @property
    def raw(self) -> str:
        """This stretch as it was written."""
        return self.text[self.start : self.end]


@dataclass(frozen=True, slots=True)
class Expecting:
    """What a bare number may be: an hour after "make it", a count after "how many?"."""

    hour: bool = False
    count: bool = False
    near: date | None = None
    """The day that is spoken of: "the 19th" is one of its month."""
    steering: frozenset[str] = frozenset()
    """Words that steer the conversation here and describe nothing."""


def gather(message: str, context: ResolveContext, expecting: Expecting = Expecting()) -> Facts:
    """Find every fact in ``message``. Never fails: what no grammar knows is left uncovered."""
    text = normalise(message)
    bare = without_reasons(without_replaced(without_commands(text)))
    quotes = [Found(m.start(), m.end(), m[1] or m[2]) for m in _QUOTED.finditer(bare)]
    bare = mask(bare, quotes)
    bare = mask(bare, [Found(m.start(), m.end(), None) for m in _INSCRIBED.finditer(bare)])
    answer = find_answer(bare) if expecting.count else []
    bare = mask(bare, answer)
    money = find_money(bare, context.currency)
    bare = mask(bare, money)
    without_addresses = mask(bare, find_addresses(bare))
    today = context.now.astimezone(ZoneInfo(context.zone)).date()
    days = find_days(
        without_addresses, today, month_first=context.zone.startswith(("America/", "US/")), near=expecting.near
    )
    hours = find_hours(without_addresses, loose=expecting.hour)
    bare = mask(mask(bare, days), hours)
    durations = find_durations(bare)
    bare = mask(bare, durations)
    party = answer + find_party(bare)
    bare = mask(bare, party)
    places = find_places(bare, context.home, context.places, context.zone)
    bare = mask(bare, places)
    nice = find_nice(bare)
    bare = mask(bare, hedges(bare))
    avoided = find_avoided(bare)
    bare = mask(bare, avoided)
    for noise in (_FOR_WHOM, _SHOW_ME):
        bare = mask(bare, [Found(m.start(), m.end(), None) for m in noise.finditer(bare)])
    if expecting.steering:
        bare = mask(bare, [word for word in words(bare) if word.value in expecting.steering])
    return Facts(
        text, 0, len(text), bare, tuple(days), tuple(hours), tuple(money), tuple(party), tuple(places),
        tuple(avoided), tuple(nice), tuple(quotes), tuple(durations),
    )  # fmt: skip
