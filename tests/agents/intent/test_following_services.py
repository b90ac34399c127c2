"""A service of several steps is followed turn by turn: what it is about, what was said, offered and taken back."""

from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from agents.intent.follow.spans import spans, tokens
from agents.intent.offline import OfflineReader
from agents.intent.words import normalise
from schemas.capability import Capability, Slot, built_in
from schemas.intent import ANY, Intent, ResolveContext, Turn

READER = OfflineReader()

FIND_KENNEL = Capability(
    id="kennels/find", name="FindKennel", description="Look for a kennel for a pet. Kennels and boarding for pets.",
    service="kennels", commits=False,
    slots=(
        Slot(name="town", description="Town where the kennel is", type="place", required=True),
        Slot(name="animal", description="Kind of animal", type="category", values=("dog", "cat", "rabbit")),
        Slot(name="has_garden", description="Whether there is a garden", type="boolean", values=("True", "False")),
    ),
)  # fmt: skip
BOOK_KENNEL = Capability(
    id="kennels/book", name="BookKennel", description="Book a stay in a kennel. Kennels and boarding for pets.",
    service="kennels",
    slots=(
        Slot(name="kennel_name", description="Name of the kennel", type="text", required=True),
        Slot(name="arrival_date", description="Date of arrival at the kennel", type="date", required=True),
        Slot(name="number_of_pets", description="Number of pets", type="number", values=("1", "2", "3")),
    ),
)  # fmt: skip
FIND_FERRY = Capability(
    id="ferries/find", name="SearchFerry", description="Search ferries between two harbours. Ferry tickets.",
    service="ferries", commits=False,
    slots=(
        Slot(name="from_harbour", description="Harbour the ferry leaves from", type="place", required=True),
        Slot(name="to_harbour", description="Harbour the ferry goes to", type="place", required=True),
        Slot(name="departure_date", description="Date of departure", type="date", required=True),
    ),
)  # fmt: skip
SERVICES = (FIND_KENNEL, BOOK_KENNEL, FIND_FERRY)


async def talk(*lines: str, capabilities: tuple[Capability, ...] = SERVICES) -> Intent:
    """The reading of the last line of a conversation that the person starts, each side in turn."""
    history: list[Turn] = []
    intent: Intent | None = None
    for number, line in enumerate(lines):
        if number % 2:
            history.append(Turn(role="assistant", text=line))
            continue
        context = ResolveContext(
            now=datetime(2026, 3, 2, 9, tzinfo=UTC), zone="Europe/London", history=list(history), intent=intent
        )
        intent = await READER(line, context=context, capabilities=capabilities)
        history.append(Turn(role="user", text=line))
    assert intent is not None
    return intent


def held(intent: Intent) -> dict[str, Any]:
    """What the slots of the need in hand hold, in words where there are any."""
    assert intent.focus is not None
    return {name: intent.focus.said.get(name, value) for name, value in intent.focus.slots.items()}


@pytest.mark.parametrize(
    ("message", "capability"),
    [
        ("I'm looking for a kennel for my dog.", "kennels/find"),
        ("Can you search for a ferry?", "ferries/find"),
        ("I need to find a ferry from Dover to Calais.", "ferries/find"),
    ],
)
async def test_the_first_message_chooses_the_service_and_the_step(message: str, capability: str):
    intent = await talk(message)
    assert intent.kind == "request"
    assert intent.focus is not None and intent.focus.capability_id == capability


async def test_places_are_told_apart_by_the_words_beside_them():
    slots = held(await talk("I need to find a ferry from Dover to Calais on March 5th."))
    assert slots == {"from_harbour": "Dover", "to_harbour": "Calais", "departure_date": "March 5th"}


async def test_a_bare_answer_fills_what_was_asked():
    slots = held(await talk("I'm looking for a kennel for my dog.", "In which town should I look?", "Bath, please."))
    assert slots == {"animal": "dog", "town": "Bath"}


async def test_agreeing_to_an_offer_goes_on_to_the_next_step_and_takes_the_offer_over():
    intent = await talk(
        "Find me a kennel in Bath for my dog.",
        "I found Happy Paws in Bath. Would you like to book it?",
        "Yes, please book it for March 7th.",
    )
    assert intent.focus is not None and intent.focus.capability_id == "kennels/book"
    slots = held(intent)
    assert (slots["kennel_name"], slots["arrival_date"], slots["town"]) == ("Happy Paws", "March 7th", "Bath")


async def test_a_correction_replaces():
    intent = await talk(
        "Find me a kennel in Bath for my dog.", "I found Happy Paws in Bath.", "Can you look in Bristol instead?"
    )
    assert intent.kind == "change"
    assert held(intent)["town"] == "Bristol"


async def test_a_question_about_the_offer_changes_nothing():
    lines = ("Find me a kennel in Bath for my dog.", "I found Happy Paws in Bath.")
    before, after = await talk(lines[0]), await talk(*lines, "What is their phone number?")
    assert after.focus is not None and after.focus.capability_id == "kennels/find"
    assert held(after) == held(before)


async def test_another_service_is_a_need_of_its_own_and_the_first_is_kept():
    intent = await talk(
        "Find me a kennel in Bath for my dog.", "I found Happy Paws in Bath.", "Thanks. I also need a ferry to Calais."
    )
    assert [need.capability_id for need in intent.needs] == ["kennels/find", "ferries/find"]
    assert intent.target == "n2"
    assert intent.needs[0].slots["town"] == "Bath"


async def test_what_does_not_matter_is_said_so():
    slots = held(
        await talk("I want a kennel in Bath.", "What kind of animal is it for?", "I don't care, any animal is fine.")
    )
    assert slots["animal"] == ANY


async def test_a_required_slot_that_is_empty_is_asked_for():
    intent = await talk("I need to find a ferry from Dover to Calais.")
    assert [fact.fact for fact in intent.missing] == ["departure_date"]


async def test_sets_without_such_services_are_read_as_before():
    alone = await talk("Book a table for two tomorrow at 7", capabilities=built_in())
    assert alone.focus is not None and alone.focus.said == {}
    beside = await talk("Book a table for two tomorrow at 7", capabilities=(*built_in(), *SERVICES))
    assert [need.capability_id for need in beside.needs] == [need.capability_id for need in alone.needs]


@settings(max_examples=60, deadline=None)
@given(st.lists(st.text(max_size=80), min_size=1, max_size=4))
async def test_whatever_is_said_values_are_words_of_the_conversation_or_listed(lines: list[str]):
    if len(lines) % 2 == 0:
        lines = lines[:-1]
    intent = await talk(*lines)
    heard = [*lines, *map(normalise, lines)]
    for need in intent.needs:
        slots = {slot.name: slot for c in SERVICES for slot in c.slots}
        for name, words in need.said.items():
            assert words in (*slots[name].values, ANY) or any(words in line for line in heard)


@given(st.text(max_size=200))
def test_candidates_are_stretches_of_the_text(text: str):
    words = tokens(text)
    for span in spans(text, words):
        assert span.text == text[span.start : span.end]
        assert words[span.first].start == span.start
        assert words[span.last].end <= span.end


@pytest.mark.parametrize(
    ("text", "value", "kind"),
    [
        ("on the 12th of March please", "12th of March", "date"),
        ("See you on the 12th", "the 12th", "date"),
        ("at half past 11 in the morning", "half past 11 in the morning", "time"),
        ("send 270 bucks to Ann", "270 bucks", "money"),
        ("at 12 High Street, thanks", "12 High Street", "address"),
        ("I want to see The Curse of La Llorona", "The Curse of La Llorona", "name"),
        ("from Seattle, WA to Portland", "Seattle, WA", "name"),
        ("for three people", "three", "number"),
    ],
)
def test_values_are_found_with_their_kind(text: str, value: str, kind: str):
    assert (value, kind) in {(span.text, span.kind) for span in spans(text, tokens(text))}
