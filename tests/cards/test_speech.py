"""How a language writes dates, figures and money; English is always there."""

from datetime import date, datetime, timedelta

import pytest

from cards.moments import day, days, lasting, short_day, span
from cards.speech import ENGLISH, speech
from schemas.money import Money

SATURDAY, MONDAY = date(2026, 9, 5), date(2026, 9, 7)


@pytest.mark.parametrize(
    ("language", "written"),
    [
        ("en", "Saturday 5 September 2026"),
        ("es", "sábado, 5 de septiembre de 2026"),
        ("fr", "samedi 5 septembre 2026"),
        ("de", "Samstag, 5. September 2026"),
        ("it", "sabato 5 settembre 2026"),
        ("pt", "sábado, 5 de setembro de 2026"),
        ("nl", "zaterdag 5 september 2026"),
        ("pl", "sobota, 5 września 2026"),
    ],
)
def test_a_day_is_written_as_the_language_does(language: str, written: str) -> None:
    assert day(SATURDAY, speech(language)) == written


def test_several_days_are_written_short_with_one_year() -> None:
    assert days(SATURDAY, MONDAY) == "Sat 5 Sep – Mon 7 Sep 2026"
    assert days(SATURDAY, MONDAY, speech("de")) == "Sa., 5. Sept. – Mo., 7. Sept. 2026"
    assert short_day(SATURDAY, speech("nl")) == "za 5 sep"


@pytest.mark.parametrize(
    ("language", "written"),
    [
        ("en", ["$1,199.40", "-€0.05", "¥1,200", "7.50 CHF"]),
        ("es", ["1.199,40\xa0US$", "-0,05\xa0€", "1.200\xa0JPY", "7,50\xa0CHF"]),
        ("fr", ["1\u202f199,40\xa0$US", "-0,05\xa0€", "1\u202f200\xa0JPY", "7,50\xa0CHF"]),
        ("nl", ["US$\xa01.199,40", "€\xa0-0,05", "JP¥\xa01.200", "CHF\xa07,50"]),
        ("pl", ["1\xa0199,40\xa0USD", "-0,05\xa0€", "1\xa0200\xa0JPY", "7,50\xa0CHF"]),
    ],
)
def test_money_is_written_as_the_language_does(language: str, written: list[str]) -> None:
    amounts = [(119940, "USD"), (-5, "EUR"), (1200, "JPY"), (750, "CHF")]
    assert [speech(language).money(Money(amount=amount, currency=code)) for amount, code in amounts] == written


def test_a_decimal_sign_is_the_languages_own() -> None:
    assert (ENGLISH.number(4.65, 1), speech("it").number(4.65, 1)) == ("4.7", "4,7")


def test_lengths_and_spans_are_told_in_the_language() -> None:
    start = datetime(2026, 9, 5, 23, 30)
    assert lasting(timedelta(minutes=105), speech("de")) == "1 Std. 45 Min."
    assert span(start, start + timedelta(hours=1), speech("pl")) == "23:30–00:30 (+1 dzień)"
    assert span(start, start + timedelta(hours=50), speech("pl")) == "23:30–01:30 (+3 dni)"


@pytest.mark.parametrize("language", [None, "", "en", "xx", "../es"])
def test_what_we_do_not_speak_is_english(language: str | None) -> None:
    assert speech(language) is ENGLISH


def test_a_sentence_without_translation_is_said_in_english_with_its_facts() -> None:
    assert speech("fr")("{n} llamas {verb}", n=3, verb="sing") == "3 llamas sing"


def test_a_fact_may_hold_anything() -> None:
    assert ENGLISH("Take {title}", title="{price} 100%") == "Take {price} 100%"
