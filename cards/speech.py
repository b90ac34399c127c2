"""How we speak one language: its words, plural forms, days, money and decimal sign.

English is the source: every sentence stands in the code in English and is its own key, so English needs no catalogue
and costs no library. The other languages have a gettext catalogue in ``cards/catalogues`` (words) and the CLDR by way
of Babel (forms); both are read when somebody first speaks the language, and kept. What a catalogue lacks is said in
English; a language without a catalogue is English.
"""

import gettext
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from functools import cache, reduce
from importlib.resources import files
from io import BytesIO
from typing import Any

from schemas.money import Money, minor_digits


def phrase(text: str) -> str:
    """Mark a sentence that is said elsewhere, so that it is found when catalogues are made."""
    return text


@dataclass(frozen=True, slots=True)
class Forms:
    """How a language writes dates and figures.

    ``day``, ``short_day`` and ``dated`` (a short day with its year) are %-patterns over the CLDR's field names:
    ``EEEE`` and ``E`` the weekday, ``d`` the day, ``MMMM`` and ``MMM`` the month, ``y`` the year. Names of days
    begin with Monday.
    """

    days: tuple[str, ...]
    short_days: tuple[str, ...]
    months: tuple[str, ...]
    short_months: tuple[str, ...]
    day: str
    short_day: str
    dated: str
    decimal: str
    group: str
    money: Callable[[str], tuple[str, str, str, str]] | None
    """What stands before and after an amount of a currency, and before and after one below zero."""

    def written(self, pattern: str, when: date) -> str:
        """``when`` as the pattern has it."""
        weekday, month = when.weekday(), when.month - 1
        return pattern % {
            "EEEE": self.days[weekday],
            "E": self.short_days[weekday],
            "d": when.day,
            "MMMM": self.months[month],
            "MMM": self.short_months[month],
            "y": when.year,
        }


_DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
_MONTHS = ("January", "February", "March", "April", "May", "June",
           "July", "August", "September", "October", "November", "December")  # fmt: skip
_ENGLISH = Forms(  # day first and 24 hours: understood by everybody who reads English, wherever they live
    days=_DAYS,
    short_days=tuple(name[:3] for name in _DAYS),
    months=_MONTHS,
    short_months=tuple(name[:3] for name in _MONTHS),
    day="%(EEEE)s %(d)s %(MMMM)s %(y)s",
    short_day="%(E)s %(d)s %(MMM)s",
    dated="%(E)s %(d)s %(MMM)s %(y)s",
    decimal=".",
    group=",",
    money=None,
)


class Speech:
    """One language. Call it with an English sentence and its facts to get the sentence in that language."""

    __slots__ = ("_currencies", "_one_or_more", "_words", "code", "forms")

    def __init__(self, code: str, catalogue: gettext.NullTranslations | None, forms: Forms) -> None:
        self.code = code
        """ISO 639-1; what a card says its language is."""
        self.forms = forms
        self._words: Callable[[str], str] = catalogue.gettext if catalogue else str
        self._one_or_more: Callable[[str, str, int], str] = catalogue.ngettext if catalogue else _one_or_more
        self._currencies: dict[str, tuple[str, str, str, str]] = {}

    @property
    def native(self) -> bool:
        """Whether it is the language of the code: what others worded for us in English can be told as it is."""
        return self.forms is _ENGLISH

    def __call__(self, text: str, /, **facts: object) -> str:
        """``say("Swap {title}", title=…)``: the sentence with its facts, which must be safe to show."""
        told = self._words(text)
        return told.format(**facts) if facts else told

    def many(self, one: str, several: str, number: int, /, **facts: object) -> str:
        """``say.many("{n} item", "{n} items", 3)``: the form that the language has for a number, told as ``n``."""
        return self._one_or_more(one, several, number).format(n=number, **facts)

    def money(self, money: Money) -> str:
        """``$1,199.40``, ``1.199,40 €``."""
        if self.forms.money is None:
            return str(money)
        if money.currency not in self._currencies:
            self._currencies[money.currency] = self.forms.money(money.currency)
        ends = self._currencies[money.currency]
        before, after = ends[2:] if money.amount < 0 else ends[:2]
        return f"{before}{self.number(abs(money.major), minor_digits(money.currency))}{after}"

    def number(self, number: float | Decimal, digits: int) -> str:
        """A figure with so many decimal digits: ``4.7``, ``1.199,40``."""
        written = f"{number:,.{digits}f}"
        if self.forms is _ENGLISH:
            return written
        whole, point, part = written.partition(".")
        return whole.replace(",", self.forms.group) + (self.forms.decimal if point else "") + part

    def either(self, things: Sequence[str]) -> str:
        """``this or that or the other``."""
        return reduce(lambda some, last: self(phrase("{some} or {last}"), some=some, last=last), things)

    def all_of(self, things: Sequence[str]) -> str:
        """``this and that and the other``."""
        return reduce(lambda some, last: self(phrase("{some} and {last}"), some=some, last=last), things)


def _one_or_more(one: str, several: str, number: int) -> str:
    return one if number == 1 else several


ENGLISH = Speech("en", None, _ENGLISH)


def speech(language: str | None) -> Speech:
    """How to speak a language, by its two-letter code; English for one that has no catalogue, or none."""
    return _spoken(language) if language in languages() else ENGLISH


@cache
def languages() -> frozenset[str]:
    """The languages that have a catalogue, English aside."""
    names = (entry.name for entry in files("cards").joinpath("catalogues").iterdir())
    return frozenset(name.removesuffix(".po") for name in names if name.endswith(".po"))


@cache
def _spoken(language: str) -> Speech:
    return Speech(language, _catalogue(language), _forms(language))


def _catalogue(language: str) -> gettext.NullTranslations:
    """The words, straight from the text that translators edit: nothing is compiled beforehand, or forgotten to be."""
    from babel.messages.mofile import write_mo  # noqa: PLC0415  # as below
    from babel.messages.pofile import read_po  # noqa: PLC0415

    binary = BytesIO()
    with files("cards").joinpath("catalogues", f"{language}.po").open("rb") as text:
        write_mo(binary, read_po(text, locale=language, abort_invalid=True))
    binary.seek(0)
    return gettext.GNUTranslations(binary)


def _forms(language: str) -> Forms:
    """The forms as the CLDR has them."""
    from babel.core import Locale  # noqa: PLC0415  # 30 ms that nobody needs who is spoken to in English
    from babel.numbers import format_currency  # noqa: PLC0415

    locale = Locale(language)
    skeletons: Mapping[str, Any] = locale.datetime_skeletons
    signs = locale.number_symbols["latn"]

    def ends(currency: str) -> tuple[str, str, str, str]:
        samples = (format_currency(sign, currency, locale=locale) for sign in (1, -1))
        parts = [_ONE.split(sample) for sample in samples]
        return (parts[0][0], parts[0][1], parts[1][0], parts[1][1])

    return Forms(
        days=tuple(locale.days["format"]["wide"][day] for day in range(7)),
        short_days=tuple(locale.days["format"]["abbreviated"][day] for day in range(7)),
        months=tuple(locale.months["format"]["wide"][month] for month in range(1, 13)),
        short_months=tuple(locale.months["format"]["abbreviated"][month] for month in range(1, 13)),
        day=locale.date_formats["full"].format,
        short_day=_padded(skeletons["MMMEd"].format),
        dated=_padded(skeletons["yMMMEd"].format),
        decimal=signs["decimal"],
        group=signs["group"],
        money=ends,
    )


_ONE = re.compile(r"1(?:[^\d\w\s]0+)?")  # the 1, 1.00 or 1,000 of a sample amount


def _padded(pattern: str) -> str:
    """``EEE`` and ``E`` are the same to the CLDR."""
    return pattern.replace("%(EEE)s", "%(E)s")
