"""Amounts of money in words, and what they bound: "under $40", "max 1.5k", "two hundred euros", "$30 each".

Only an upper bound can become a budget; "at least $50" is read so that it is not taken for one.
"""

import re
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from itertools import islice
from typing import Literal

from price_parser import Price

from agents.intent.words import LARGE_NUMBER, Found, any_of, mask, number
from schemas.money import Money

Per = Literal["all", "one", "person", "unsaid"]


@dataclass(frozen=True, slots=True)
class Amount:
    """An upper bound in money: for everything together, for one item, for each person, or not said."""

    money: Money
    per: Per
    floor: bool = False
    """A lower bound instead: nothing is made of it."""
    compared: bool = False
    """Said as "cheaper than"."""


_SYMBOLS = {"$": "USD", "us$": "USD", "c$": "CAD", "a$": "AUD", "€": "EUR", "£": "GBP", "¥": "JPY", "₹": "INR"}
_NAMES = {
    "dollar": "USD", "dollars": "USD", "buck": "USD", "bucks": "USD", "usd": "USD", "euro": "EUR",
    "euros": "EUR", "eur": "EUR", "pound": "GBP", "pounds": "GBP", "quid": "GBP", "gbp": "GBP", "yen": "JPY",
    "jpy": "JPY", "rupees": "INR", "inr": "INR", "cad": "CAD", "aud": "AUD", "chf": "CHF", "francs": "CHF",
    "sek": "SEK", "nok": "NOK", "dkk": "DKK", "pln": "PLN", "mxn": "MXN", "pesos": "MXN", "brl": "BRL",
    "cny": "CNY", "sgd": "SGD", "nzd": "NZD",
}  # fmt: skip
_DOLLARS = frozenset({"USD", "CAD", "AUD", "NZD", "SGD", "HKD", "MXN", "TWD"})
_SYMBOL = r"(?:us\$|c\$|a\$|[$€£¥₹])"
_NAME = rf"(?:{'|'.join(sorted(_NAMES, key=len, reverse=True))})\b"
_DIGITS = r"\d{1,3}(?:[,. ]\d{3}){1,3}(?:[.,]\d{1,2})?(?!\d)|\d+(?:[.,]\d{1,2})?(?!\d)"
_NUMBER = rf"(?:(?:{_DIGITS})(?:\s?k\b)?)"
_MARKED = rf"(?:{_SYMBOL}\s?{_NUMBER}|{_NUMBER}\s?(?:{_SYMBOL}|{_NAME})|{LARGE_NUMBER}\s+{_NAME})"
_SAYS_ALL = any_of(r"""
    in total / total / altogether / overall / all in / all together / together / combined
    for (?:everything|it all|all of it|the lot|the whole \w+|the (?:evening|night|day))
""")
_EVERYTHING = (
    r"\b(?:all|everything|total|altogether|overall|in\s+total|the\s+(?:whole|lot)(?:\s+\w+)?)"
    r"(?:\s+(?:of\s+it|for|together|should|must|to|be|cost|stay|in)){0,4}\s+"
)
_BELOW = any_of(r"""
    under / below / less than / cheaper than / lower than / within / up to / at most / at maximum / max(?:imum)?\.?
    no more than / not more than / not over / (?:not )?exceed(?:ing)? / cap(?:ped)? at / i (?:only )?have / for
    spend(?:ing)?(?: (?:up to|at most|no more than|about|around|more than))?
    (?:(?:my|our|the|a|total|with) ){0,4}(?:budget|limit|cap)(?: (?:is|of|at|to|under|around|about)){0,3}\s*[:=]?
    (?:(?:my|our|the|a|total|with) ){0,4}(?:budget|limit|cap) for (?:everything|all|it)\s*[:=]?
    keep (?:it|everything|the total|this) (?:under|below|within)
""")
_FLOOR = r"(?:at\s+least|over|more\s+than|above|minimum(?:\s+of)?|from)"
_PER_ONE = r"(?:each|apiece|a\s+piece|per\s+(?:item|piece|unit))"
_PER_PERSON = r"(?:per\s+(?:person|head|guest|capita)|a\s+(?:head|person)|pp\b|p\.p\.|/\s?person)"
_AFTER = (
    rf"(?:\s*(?:,\s*)?(?:(?P<each>{_PER_ONE})|(?P<person>{_PER_PERSON})|(?P<all>{_SAYS_ALL})|"
    r"(?P<max>max(?:imum)?|tops|at\s+(?:the\s+)?most|or\s+less|budget|limit)))*"
)
_OTHER_UNIT = any_of(r"""
    % / people / persons? / guests? / adults? / kids? / children / hours? / hrs? / h\b / min / minutes? / days?
    weeks?
    nights? / months? / miles? / km / pieces? / tickets? / rooms? / bottles? / of us / stars? / [ap]\.?m\b
    o'?clock / :\d
    st\b / nd\b / rd\b / th\b / /\d / -?ish / noon
""")
_UNITS = rf"(?!\s*{_OTHER_UNIT})"

_MONEY = re.compile(
    rf"(?:(?P<says_all>{_EVERYTHING})?\b(?P<below>(?:for\s+)?{_BELOW})|\b(?P<floor>{_FLOOR}))?\s*"
    r"(?:a\s+(?:total|budget|max(?:imum)?)\s+of\s+)?(?:about|around|roughly|~)?\s*(?<![\w$€£])"
    rf"(?:(?P<low>(?:between\s+)?(?:{_MARKED}|{_NUMBER}))\s*(?:-|to|and)\s*(?={_MARKED}))?"
    rf"(?P<amount>{_MARKED})(?![\w])(?:\s*-\s*(?P<high>{_NUMBER})\s*(?P<unit>{_NAME})?)?{_AFTER}",
    re.IGNORECASE,
)
_BOUND = any_of("at (?:the )?most / max(?:imum)? / tops / budget / in total / total / altogether / or less")
_BARE = re.compile(
    rf"(?P<says_all>{_EVERYTHING})?\b(?P<below>(?!for\b){_BELOW})\s*(?:about|around)?\s*"
    rf"(?P<amount>{_NUMBER}|{LARGE_NUMBER})(?![\w]){_UNITS}{_AFTER}"
    rf"|(?<![\w$€£.])(?P<amount2>{_NUMBER}){_UNITS}\s*(?P<below2>{_BOUND})\b",
    re.IGNORECASE,
)
_MOST = 50  # amounts of one message
_LEAST_BARE = 15
"""A number without a currency after "under" or "max" is money only from here: smaller ones count people or hours."""


def find_money(text: str, currency: str) -> list[Found[Amount]]:
    """Every amount in ``text``; plain numbers count only after words such as "budget" or "under".

    ``currency`` is what an amount without one, or in dollars of no country, is in.
    """
    found = [item for m in islice(_MONEY.finditer(text), _MOST) if (item := _marked(m, currency))]
    text = mask(text, found)
    found += [item for m in islice(_BARE.finditer(text), _MOST) if (item := _bare(m, currency))]
    return sorted(found, key=lambda item: item.start)


def _marked(m: re.Match[str], currency: str) -> Found[Amount] | None:
    words = m["amount"] if not m["high"] else f"{_symbol(m['amount'])} {m['high']} {m['unit'] or ''}"
    money = _money(words, currency)
    if money is None:
        return None
    return Found(m.start(), m.end(), Amount(money, _per(m), floor=bool(m["floor"]), compared=_compared(m)))


def _bare(m: re.Match[str], currency: str) -> Found[Amount] | None:
    money = _money(m["amount"] or m["amount2"], currency)
    budget = "budget" in (m["below"] or m["below2"] or "").lower()
    if money is None or (money.major < _LEAST_BARE and not budget):
        return None
    per: Per = "all" if budget or "tot" in (m["below2"] or "").lower() else _per(m)
    return Found(m.start(), m.end(), Amount(money, per, compared=_compared(m)))


def _per(m: re.Match[str]) -> Per:
    if m["person"]:
        return "person"
    if m["each"]:
        return "one"
    budget = re.search(r"budget|limit|\bcap\b|spend|have|keep", m["below"] or "", re.IGNORECASE)
    return "all" if m["says_all"] or m["all"] or budget or "budget" in (m["max"] or "").lower() else "unsaid"


def _compared(m: re.Match[str]) -> bool:
    return (m["below"] or "").lower().startswith("cheaper")


def _symbol(words: str) -> str:
    match = re.search(rf"{_SYMBOL}|{_NAME}", words, re.IGNORECASE)
    return match.group() if match else ""


def _money(words: str, currency: str) -> Money | None:
    """The amount as written, in the currency written or ``currency``."""
    words = words.lower().strip()
    mark = _symbol(words).lower()
    code = _SYMBOLS.get(mark) or _NAMES.get(mark) or currency
    if mark in ("$", "dollar", "dollars", "buck", "bucks") and currency in _DOLLARS:
        code = currency
    plain = words.replace(mark, " ").strip() if mark else words
    thousands = 1000 if plain.endswith("k") else 1
    plain = plain.removesuffix("k").strip()
    try:
        amount = Price.fromstring(plain).amount if plain[:1].isdigit() else Decimal(number(plain) or 0)
    except InvalidOperation:
        return None
    if amount is None or not 0 < amount * thousands < 10**9:
        return None
    return Money.of(amount * thousands, code)
