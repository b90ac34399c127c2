"""Amounts of money in words, and what they bound: "under $40", "max 1.5k", "two hundred euros", "$30 each".

Only an upper bound can become a budget; "at least $50" is read so that it is not taken for one.
"""

import re
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from itertools import islice
from typing import Literal

from price_parser import Price

from agents.intent.words import LARGE_NUMBER, Found, mask, number
from schemas.money import Money

Per = Literal["all", "one", "person", "unsaid"]


@dataclass(frozen=True, slots=True)
class Amount:
    """An upper bound in money: for everything together, for one item, for each person, or not said.

    ``aside`` is whether it stands by itself ("…, under $250") or belongs to what is before it ("roses
    under $40").
    """

    money: Money
    per: Per
    floor: bool = False
    compared: bool = False
    """Said as "cheaper than"."""


_SYMBOLS = {"$": "USD", "us$": "USD", "c$": "CAD", "a$": "AUD", "€": "EUR", "£": "GBP", "¥": "JPY", "₹": "INR"}
_NAMES = {
    "dollar": "USD", "dollars": "USD", "buck": "USD", "bucks": "USD", "usd": "USD", "euro": "EUR", "euros": "EUR",
    "eur": "EUR", "pound": "GBP", "pounds": "GBP", "quid": "GBP", "gbp": "GBP", "yen": "JPY", "jpy": "JPY", "rupees": "INR",
    "inr": "INR", "cad": "CAD", "aud": "AUD", "chf": "CHF", "francs": "CHF", "sek": "SEK", "nok": "NOK", "dkk": "DKK",
    "pln": "PLN", "mxn": "MXN", "pesos": "MXN", "brl": "BRL", "cny": "CNY", "sgd": "SGD", "nzd": "NZD",
}  # fmt: skip
_DOLLARS = frozenset({"USD", "CAD", "AUD", "NZD", "SGD", "HKD", "MXN", "TWD"})
_SYMBOL = r"(?:us\$|c\$|a\$|[$€£¥₹])"
_NAME = rf"(?:{'|'.join(sorted(_NAMES, key=len, reverse=True))})\b"
_DIGITS = r"\d{1,3}(?:[,. ]\d{3}){1,3}(?:[.,]\d{1,2})?(?!\d)|\d+(?:[.,]\d{1,2})?(?!\d)"
_NUMBER = rf"(?:(?:{_DIGITS})(?:\s?k\b)?)"
_MARKED = rf"(?:{_SYMBOL}\s?{_NUMBER}|{_NUMBER}\s?(?:{_SYMBOL}|{_NAME})|{LARGE_NUMBER}\s+{_NAME})"
_SAYS_ALL = r"(?:in\s+total|total|altogether|overall|all\s+in|all\s+together|for\s+(?:everything|it\s+all|all\s+of\s+it|the\s+lot|the\s+whole\s+\w+|the\s+(?:evening|night|day))|together|combined)"
_BELOW = (
    r"(?:under|below|less\s+than|cheaper\s+than|lower\s+than|within|up\s+to|at\s+most|at\s+maximum|max(?:imum)?\.?|"
    r"no\s+more\s+than|not\s+more\s+than|not\s+over|(?:not\s+)?exceed(?:ing)?|spend(?:ing)?(?:\s+(?:up\s+to|at\s+most|no\s+more\s+than|about|around|more\s+than))?|"
    r"(?:my\s+|our\s+|the\s+|a\s+|total\s+|with\s+){0,4}(?:budget|limit|cap)(?:\s+(?:is|of|at|for\s+(?:everything|all|it)|to|under|around|about|would\s+be)){0,3}\s*[:=]?|"
    r"keep\s+(?:it|everything|the\s+total|this)\s+(?:under|below|within)|cap(?:ped)?\s+at|i\s+(?:only\s+)?have|for)"
)
_FLOOR = r"(?:at\s+least|over|more\s+than|above|minimum(?:\s+of)?|from)"
_PER_ONE = r"(?:each|apiece|a\s+piece|per\s+(?:item|piece|unit))"
_PER_PERSON = r"(?:per\s+(?:person|head|guest|capita)|a\s+(?:head|person)|pp\b|p\.p\.|/\s?person)"
_AFTER = rf"(?:\s*(?:,\s*)?(?:(?P<each>{_PER_ONE})|(?P<person>{_PER_PERSON})|(?P<all>{_SAYS_ALL})|(?P<max>max(?:imum)?|tops|at\s+(?:the\s+)?most|or\s+less|budget|limit)))*"
_UNITS = (
    r"(?!\s*(?:%|people|persons?|guests?|adults?|kids?|children|hours?|hrs?|h\b|min|minutes?|days?|weeks?|nights?|months?|"
    r"miles?|km|pieces?|tickets?|rooms?|bottles?|of\s+us|stars?|[ap]\.?m\b|o'?clock|:\d|st\b|nd\b|rd\b|th\b|/\d|-?ish|noon))"
)

_MONEY = re.compile(
    rf"(?:(?P<says_all>\b(?:all|everything|total|altogether|overall|in\s+total|the\s+(?:whole|lot)(?:\s+\w+)?)(?:\s+(?:of\s+it|for|together|should|must|to|be|cost|stay|in)){0,4}\s+)?"
    rf"\b(?P<below>{_BELOW})|\b(?P<floor>{_FLOOR}))?\s*(?:a\s+(?:total|budget|max(?:imum)?)\s+of\s+)?(?:about|around|roughly|~)?\s*"
    rf"(?<![\w$€£])(?:(?P<low>(?:between\s+)?(?:{_MARKED}|{_NUMBER}))\s*(?:-|to|and)\s*(?={_MARKED}))?"
    rf"(?P<amount>{_MARKED})(?![\w])(?:\s*-\s*(?P<high>{_NUMBER})\s*(?P<unit>{_NAME})?)?{_AFTER}",
    re.IGNORECASE,
)
_BARE = re.compile(
    rf"(?P<says_all>\b(?:all|everything|total|altogether|the\s+whole\s+\w+)(?:\s+(?:of\s+it|for|together|should|must|to|be|cost|stay|in)){0,4}\s+)?"
    rf"\b(?P<below>{_BELOW.replace('|for)', ')')})\s*(?:about|around)?\s*(?P<amount>{_NUMBER}|{LARGE_NUMBER})(?![\w]){_UNITS}{_AFTER}"
    rf"|(?<![\w$€£.])(?P<amount2>{_NUMBER}){_UNITS}\s*(?P<below2>max(?:imum)?|tops|budget|in\s+total|total|altogether|or\s+less)\b",
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
    per: Per = "all" if budget or m["below2"] and "tot" in m["below2"].lower() else _per(m)
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
