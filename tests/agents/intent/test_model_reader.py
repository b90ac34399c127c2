"""The reader with a language model: its structure is used, and its word is checked against the message."""

import json
from collections.abc import AsyncIterator

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from agents.intent import Resolver, build_resolver
from agents.intent.offline import OfflineReader
from schemas.capability import Capability
from schemas.intent import PendingQuestion, Turn
from schemas.settings import Settings
from tests.agents.intent.corpus import DINNER, FLOWERS, HOTEL, RIDE
from tests.agents.intent.reading import SERVICES, context, moments
from tests.agents.intent.scripted_model import BUNDLE, GOOD, a_need, a_reading, offline, read, with_model
from tests.doubles.openai_server import KEY, OpenAIServer, Says, openai_server


async def test_the_models_structure_becomes_an_intent_with_our_own_times_and_amounts() -> None:
    intent, _ = await read(BUNDLE, GOOD)

    flowers, dinner, ride = intent.needs
    assert intent.reader == "model"
    assert [need.capability_id for need in intent.needs] == [FLOWERS, DINNER, RIDE]
    assert moments(flowers.timing.end, "America/Chicago") == (None, "Sat 21 17:00")
    assert moments(dinner.timing.start, "America/Chicago") == "Sat 21 19:00"
    assert (dinner.party, ride.destination and ride.destination.name) == (2, "Home")
    assert str(intent.budget) == "$250.00"
    assert [(relation.first, relation.second) for relation in intent.relations] == [("n2", "n3")]


async def test_the_model_understands_words_that_grammar_does_not() -> None:
    message = "Somewhere to rest our heads on Friday, two of us"
    intent, _ = await read(
        message, a_reading(a_need("Somewhere to rest our heads on Friday", HOTEL, people="two of us"))
    )

    [room] = intent.needs
    assert (room.capability_id, room.party) == (HOTEL, 2)
    assert moments(room.timing.day, "America/Chicago") == ("Fri 20 00:00", "Fri 20 23:59")


async def test_it_is_shown_the_message_the_services_and_the_conversation_as_data() -> None:
    situation = context().model_copy(
        update={"history": [Turn(role="user", text="hello")], "preferences": ["no garlic"]}
    )
    async with openai_server(GOOD) as server:
        await with_model(server)(BUNDLE, context=situation, capabilities=SERVICES)

    [request] = server.requests
    system, user = request["messages"]
    shown = json.loads(user["content"])
    assert system["role"] == "system"
    assert shown["message"] == BUNDLE
    assert {FLOWERS, DINNER, RIDE} <= {service["id"] for service in shown["services"]}
    assert len(shown["services"]) == len(SERVICES)
    assert (shown["conversation"], shown["preferences"]) == ([{"role": "user", "text": "hello"}], ["no garlic"])
    assert shown["now"] == "2026-11-18T15:00-06:00"
    assert request["response_format"]["json_schema"]["strict"] is True


async def test_a_need_that_was_not_said_is_put_right_by_the_model_itself() -> None:
    invented = a_reading(a_need("a yacht for two", DINNER))

    intent, server = await read(BUNDLE, invented, GOOD)

    assert (intent.reader, len(intent.needs)) == ("model", 3)
    first, second = (request["messages"] for request in server.requests)
    assert [message["role"] for message in second[len(first) :]] == ["assistant", "user"]
    assert json.loads(second[-1]["content"])["problems"] == ["needs.1.words: these are not words of the message"]


async def test_a_reading_that_does_not_keep_the_form_is_put_right_too() -> None:
    intent, server = await read(BUNDLE, Says(json.loads(GOOD.text) | {"kind": "purchase"}), GOOD)

    assert intent.reader == "model"
    [problem] = json.loads(server.requests[1]["messages"][-1]["content"])["problems"]
    assert problem.startswith("kind: ")


async def test_a_model_that_stays_wrong_is_not_asked_a_third_time() -> None:
    invented = a_reading(a_need("dinner for two at 7", "yacht.charter"))

    intent, server = await read(BUNDLE, invented, invented, GOOD)

    assert intent == await offline(BUNDLE)
    assert len(server.requests) == 2


async def test_facts_that_were_not_said_are_left_out() -> None:
    said = a_reading(
        a_need(
            "dinner tomorrow",
            DINNER,
            query="michelin dinner",
            when="at 9 pm",
            budget="$900",
            people="for ten",
            place="in Paris",
            slots=[{"name": "cuisine", "value": "french"}, {"name": "bogus", "value": "x"}],
        ),
        total_budget="$5000",
    )
    intent, _ = await read("dinner tomorrow please", said)

    [dinner] = intent.needs
    assert intent.reader == "model"
    assert (dinner.query, dinner.slots, dinner.party, dinner.budget, intent.budget) == ("dinner", {}, None, None, None)
    assert moments(dinner.timing.start, "America/Chicago") == ("Thu 19 17:00", "Thu 19 23:00")
    assert [fact.fact for fact in intent.missing] == ["party"]


async def test_slots_in_the_persons_words_are_taken() -> None:
    said = a_reading(
        a_need("a table by the window for two tomorrow", DINNER, slots=[{"name": "cuisine", "value": "Lebanese"}]),
    )
    intent, _ = await read("a table by the window for two tomorrow, Lebanese", said)

    assert intent.needs[0].slots == {"cuisine": "Lebanese", "party": 2}


async def test_only_words_that_agree_approve() -> None:
    proposal = {"intent": await offline(BUNDLE), "pending": PendingQuestion(kind="approval", text="Shall I?")}

    yes = a_reading(kind="approve")
    lured, _ = await read("hmm, let me think about the flowers", yes, yes, **proposal)
    agreed, _ = await read("yes, book it", yes, **proposal)

    assert lured.kind != "approve"
    assert agreed.kind == "approve"


async def test_a_change_is_joined_to_the_open_request() -> None:
    proposal = {"intent": await offline(BUNDLE), "pending": PendingQuestion(kind="approval", text="Shall I?")}
    said = a_reading(a_need("dinner an hour or so later, at 8:15", DINNER, when="at 8:15"), kind="change", target="n2")

    intent, _ = await read("could dinner be an hour or so later, at 8:15", said, **proposal)

    assert (intent.kind, intent.target, len(intent.needs)) == ("change", "n2", 3)
    assert moments(intent.needs[1].timing.start, "America/Chicago") == "Sat 21 20:15"


async def test_of_thousands_of_services_only_the_likeliest_are_shown() -> None:
    many = tuple(
        Capability(id=f"lessons.{n}", name=f"Lesson {n}", description=f"a lesson in subject number {n}")
        for n in range(3000)
    )

    intent, server = await read(BUNDLE, GOOD, capabilities=(*many, *SERVICES))

    shown = json.loads(server.requests[0]["messages"][1]["content"])["services"]
    assert {FLOWERS, DINNER, RIDE} <= {service["id"] for service in shown}
    assert len(shown) == 16
    assert intent.reader == "model"


async def test_the_services_of_the_open_request_are_always_shown() -> None:
    proposal = {"intent": await offline(BUNDLE), "pending": PendingQuestion(kind="approval", text="Shall I?")}
    crowd = tuple(Capability(id=f"yoga.{n}", name="Yoga class", description="yoga lessons") for n in range(40))

    _, server = await read("and a yoga class", a_reading(kind="unclear"), capabilities=(*crowd, *SERVICES), **proposal)

    shown = [service["id"] for service in json.loads(server.requests[0]["messages"][1]["content"])["services"]]
    assert shown[:3] == [FLOWERS, DINNER, RIDE]
    assert any(service.startswith("yoga") for service in shown)


_WORDS = st.sampled_from([*BUNDLE.replace(",", "").split(), BUNDLE, "yacht", "$9000", "", "·", "\x00", "🎈"])
_PHRASES = st.lists(_WORDS, max_size=4).map(" ".join)
_MAYBE = st.none() | _PHRASES
_NEEDS = st.builds(
    lambda words, service, slots, **parts: a_need(words, service, slots=slots, **parts),
    words=_PHRASES,
    service=st.sampled_from([None, FLOWERS, DINNER, RIDE, "yacht.charter"]),
    slots=st.lists(st.fixed_dictionaries({"name": st.sampled_from(["cuisine", "party"]), "value": _PHRASES})),
    query=_PHRASES,
    when=_MAYBE,
    budget=_MAYBE,
    people=_MAYBE,
    place=_MAYBE,
    nice_to_have=st.booleans(),
)
_READINGS = st.builds(
    lambda needs, **said: a_reading(*needs, **said),
    needs=st.lists(_NEEDS, max_size=4),
    kind=st.sampled_from(["request", "answer", "change", "swap", "approve", "cancel", "watch", "status", "unclear"]),
    total_budget=_MAYBE,
    order=st.lists(
        st.fixed_dictionaries({"first": st.integers(-9, 9), "second": st.integers(-9, 9), "together": st.booleans()})
    ),
    target=_MAYBE,
    language=_PHRASES,
)


@pytest.fixture(scope="module")
async def scripted() -> AsyncIterator[OpenAIServer]:
    """A server whose script is written as we go."""
    async with openai_server() as server:
        yield server


@pytest.fixture(scope="module")
def reader(scripted: OpenAIServer) -> Resolver:
    """A reader that asks it."""
    return with_model(scripted)


@settings(max_examples=80, deadline=None)
@given(said=_READINGS)
async def test_nothing_comes_of_what_a_model_makes_up(scripted: OpenAIServer, reader: Resolver, said: Says) -> None:
    scripted.script[:] = [said, said]

    intent = await reader(BUNDLE, context=context(), capabilities=SERVICES)

    assert {need.capability_id for need in intent.needs} <= {None, FLOWERS, DINNER, RIDE}
    assert {str(money) for money in [intent.budget, *(need.budget for need in intent.needs)] if money} <= {"$250.00"}
    assert {need.party for need in intent.needs} <= {None, 2}
    assert {place.name for need in intent.needs for place in (need.place, need.destination) if place} <= {"Home"}


def test_the_reader_is_chosen_by_the_settings() -> None:
    from agents.intent.model import ModelReader

    assert isinstance(build_resolver(Settings(_env_file=None)), OfflineReader)
    assert isinstance(build_resolver(Settings(_env_file=None, openai_api_key=KEY)), ModelReader)
