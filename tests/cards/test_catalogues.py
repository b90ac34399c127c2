"""Every sentence of ours is in every catalogue, with its facts and plural forms."""

import string
from functools import cache
from pathlib import Path

import pytest
from babel.messages.catalog import Catalog, Message
from babel.messages.extract import extract_from_dir
from babel.messages.pofile import read_po

from agents import recovery
from cards.order_words import reason_words
from cards.speech import languages, speech
from tests.cards.examples import ORDER
from tools.orders import MOVED

ROOT = Path(__file__).parents[2]
CATALOGUES = ROOT / "cards" / "catalogues"
SAYING = {"say": None, "phrase": None, "many": (1, 2), "and_more": (2, 3)}
"""The functions that take sentences of ours, and where."""

Key = str | tuple[str, ...]


@cache
def said_in_the_code() -> frozenset[Key]:
    found = (
        message
        for folder in ("cards", "graphs")
        for _, _, message, _, _ in extract_from_dir(str(ROOT / folder), keywords=SAYING)
    )
    return frozenset(found)


@cache
def catalogue(language: str) -> Catalog:
    with (CATALOGUES / f"{language}.po").open("rb") as text:
        return read_po(text, locale=language, abort_invalid=True)


def messages(language: str) -> list[Message]:
    return [message for message in catalogue(language) if message.id]


def forms(words: Key) -> tuple[str, ...]:
    return (words,) if isinstance(words, str) else tuple(words)


def facts_of(text: str) -> set[str | None]:
    return {field for _, field, _, _ in string.Formatter().parse(text) if field is not None}


def test_these_languages_are_spoken_beside_english() -> None:
    assert languages() == {"es", "fr", "de", "it", "pt", "nl", "pl"}


@pytest.mark.parametrize("language", sorted(languages()))
def test_a_catalogue_has_every_sentence_and_no_other(language: str) -> None:
    keys = {message.id if isinstance(message.id, str) else tuple(message.id) for message in messages(language)}
    assert said_in_the_code() - keys == set(), "not translated"
    assert keys - said_in_the_code() == set(), "not said any more"


@pytest.mark.parametrize("language", sorted(languages()))
def test_a_translation_is_there_in_every_plural_form_and_tells_the_same_facts(language: str) -> None:
    for message in messages(language):
        told = forms(message.string)
        assert all(told) and not message.fuzzy, f"not translated: {message.id!r}"
        assert len(told) == (catalogue(language).num_plurals if message.pluralizable else 1), message.id
        for text in told:
            assert facts_of(text) == facts_of(forms(message.id)[-1]), f"other facts: {text!r}"


@pytest.mark.parametrize("language", sorted(languages()))
def test_a_translation_begins_and_ends_as_the_sentence_does(language: str) -> None:
    for message in messages(language):
        for text in forms(message.string):
            key = forms(message.id)[-1]
            assert text.strip() and text[0].isspace() == (key[0].isspace() or text.startswith(" ;")), text
            if not key.startswith("{n}"):  # units may be abbreviated
                assert (text[-1] in ".?!:") == (key[-1] in ".?!:"), f"{key!r} became {text!r}"


def test_plural_forms_follow_the_languages_rule() -> None:
    polish = speech("pl")
    assert [polish.many("{n} item", "{n} items", n) for n in (1, 2, 5, 22)] == [
        "1 pozycja",
        "2 pozycje",
        "5 pozycji",
        "22 pozycje",
    ]


def test_every_reason_of_ours_that_an_order_can_keep_is_told_in_the_language() -> None:
    decision = recovery.decide(ORDER, ORDER.current[0], None)
    assert isinstance(decision, recovery.GiveUp)
    for reason in (decision.reason, MOVED):
        assert reason_words(reason, speech("es")) != reason
