"""Wishes to be told and to have forgotten what is remembered, and what exactly they mean."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agents.remembering import Forget, asks_what_is_known, hear, meant, wants_forgotten
from schemas.memory import Memory


def memories() -> list[Memory]:
    told = (
        "I'm allergic to nuts. I'm allergic to eggs. I'm vegetarian. My home is 12 Oak Street. My wife is called Anna. "
        "We usually spend about $100. I love peonies. My favourite colour is red. Remember that I take my coffee black."
    )
    return list(hear(told, currency="USD", zone="UTC", now=datetime(2026, 11, 18, tzinfo=UTC)).memories)


def gone(message: str) -> list[str]:
    wish = wants_forgotten(message)
    assert wish is not None
    return [memory.id for memory in meant(wish, memories())]


@pytest.mark.parametrize(
    "message",
    [
        "what do you know about me?",
        "What have you remembered about me so far?",
        "please tell me what you know about me",
        "Tell me everything you have stored about me",
        "show me my preferences",
        "do you remember anything about me?",
        "list my memories",
    ],
)
def test_people_ask_what_is_known(message: str) -> None:
    assert asks_what_is_known(message)


@pytest.mark.parametrize(
    "message",
    ["what do you know about flowers?", "what can you do?", "what did I order?", "tell me about restaurants", "hello"],
)
def test_other_questions_are_not_about_memories(message: str) -> None:
    assert not asks_what_is_known(message)


@pytest.mark.parametrize(
    ("message", "identifiers"),
    [
        ("forget my address", ["home"]),
        ("please forget where I live", ["home"]),
        ("Delete my home address", ["home"]),
        ("forget my allergies", ["allergy-nuts", "allergy-eggs"]),
        ("forget my nut allergy", ["allergy-nuts"]),
        ("forget that I'm allergic to eggs", ["allergy-eggs"]),
        ("forget that I'm vegetarian", ["diet-vegetarian"]),
        ("I'm no longer vegetarian", ["diet-vegetarian"]),
        ("I'm not allergic to nuts any more", ["allergy-nuts"]),
        ("forget about my usual budget", ["budget"]),
        ("forget my wife's name", ["person-wife"]),
        ("forget my favourite colour", ["like-favourite-colour"]),
        ("forget how I take my coffee", ["note-you-take-your-coffee-black"]),
        ("forget that I love peonies", ["like-peonies"]),
        ("forget my flowers", []),
        ("forget my son's name", []),
        ("I'm no longer hungry", []),
    ],
)
def test_a_wish_to_forget_means_what_it_names(message: str, identifiers: list[str]) -> None:
    assert gone(message) == identifiers


@pytest.mark.parametrize(
    "message",
    [
        "forget everything about me",
        "Forget everything you know about me, please",
        "delete all my data",
        "erase what you know about me",
        "please erase everything I told you",
        "clear your memory of me",
    ],
)
def test_everything_can_be_forgotten(message: str) -> None:
    assert wants_forgotten(message) == Forget()
    assert len(gone(message)) == len(memories())


@pytest.mark.parametrize(
    "message",
    ["forget it", "forget the flowers", "forget about the ride", "don't forget the cake", "cancel everything"],
)
def test_dropping_a_need_is_no_wish_to_forget(message: str) -> None:
    assert wants_forgotten(message) is None


@given(st.text(max_size=200))
def test_any_text_can_be_asked(message: str) -> None:
    asks_what_is_known(message)
    wish = wants_forgotten(message)
    assert wish is None or len(meant(wish, memories())) <= len(memories())
