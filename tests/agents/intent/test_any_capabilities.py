"""Capabilities are data: none is known by name, and what a partner publishes today is understood today."""

import pytest

from agents.intent.match import Index, Indexes
from agents.intent.offline import OfflineReader
from schemas.capability import Capability, Slot
from schemas.intent import Intent
from tests.agents.intent.corpus import SEVERAL_NEEDS, Case
from tests.agents.intent.reading import HOME, SERVICES, context

READER = OfflineReader()

GROOMING = Capability(
    id="x.grooming", name="Dog grooming", description="Wash, trim and nail care for dogs", examples=("dog wash",),
    slots=(Slot(name="size", type="category", values=("small", "medium", "large")),),
)  # fmt: skip
TOUR = Capability(
    id="x.tour", name="Helicopter tour", description="A flight over the city", examples=("scenic flight",),
    slots=(Slot(name="passengers", type="person_count", required=True),),
)  # fmt: skip
TUTOR = Capability(
    id="x.tutor", name="Maths tutoring", description="Private lessons in mathematics at home", effect="visits",
    slots=(
        Slot(name="level", type="category", values=("primary school", "secondary school")),
        Slot(name="length", type="duration"), Slot(name="first_lesson", type="datetime"),
    ),
)  # fmt: skip
FLAT = Capability(
    id="x.flat", name="FindApartment", description="Search flats to rent",
    slots=(
        Slot(name="bedrooms", type="number", description="number of bedrooms"), Slot(name="pets", type="boolean"),
        Slot(name="move_in", type="date"), Slot(name="rent", type="money"), Slot(name="area", type="place"),
    ),
)  # fmt: skip
WASH_VAN = Capability(
    id="x.wash", name="Dog wash", description="A van that comes to the door to wash a dog", effect="visits"
)
BAKERY = (
    Capability(id="a", name="Bread", examples=("loaf", "sourdough"), effect="delivered"),
    Capability(id="b", name="Pastry course", description="Learn to bake croissants", examples=("baking class",)),
)


async def read(message: str, *capabilities: Capability) -> Intent:
    return await READER(message, context=context(), capabilities=capabilities)


async def test_a_service_nobody_foresaw_is_understood() -> None:
    intent = await read("dog grooming tomorrow at 3 for my large poodle", GROOMING, TOUR, TUTOR)

    [need] = intent.needs
    assert (need.capability_id, need.slots) == ("x.grooming", {"size": "large"})


async def test_what_one_set_cannot_do_another_can() -> None:
    without, with_it = (
        await read("a helicopter tour for two on Sunday", *SERVICES),
        await read("a helicopter tour for two on Sunday", TOUR),
    )

    assert (without.kind, with_it.kind) == ("unsupported", "request")
    assert with_it.needs[0].slots == {"passengers": 2}


async def test_required_people_are_asked_for_whatever_the_slot_is_called() -> None:
    intent = await read("a scenic flight on Sunday", TOUR)

    assert [fact.fact for fact in intent.missing] == ["party"]


async def test_slots_are_filled_by_their_type() -> None:
    lesson = await read("a maths tutor for secondary school, two hours on Friday at 4", TUTOR)
    flat = await read("find an apartment with 3 bedrooms, pets allowed, from December 1 for less than $1,500", FLAT)

    assert lesson.needs[0].slots == {
        "level": "secondary school", "length": 120, "first_lesson": "2026-11-20T16:00:00-06:00"
    }  # fmt: skip
    assert flat.needs[0].slots == {"bedrooms": 3, "pets": True, "move_in": "2026-12-01", "rent": "1500.00"}
    assert str(flat.needs[0].budget) == "$1,500.00"


async def test_a_no_fills_a_yes_or_no_slot() -> None:
    assert (await read("an apartment tomorrow, no pets", FLAT)).needs[0].slots["pets"] is False


@pytest.mark.parametrize("case", SEVERAL_NEEDS, ids=lambda case: case.message[:50])
async def test_names_of_capabilities_mean_nothing(case: Case) -> None:
    renamed = tuple(service.model_copy(update={"id": f"p{i}"}) for i, service in enumerate(SERVICES))
    back = {new.id: old.id for new, old in zip(renamed, SERVICES, strict=True)}

    plain = await READER(case.message, context=context(case.now), capabilities=SERVICES)
    other = await READER(case.message, context=context(case.now), capabilities=renamed)

    assert [back.get(need.capability_id or "") for need in other.needs] == [need.capability_id for need in plain.needs]
    assert other.relations == plain.relations


async def test_a_fixed_phrase_of_a_service_is_not_cut() -> None:
    both = Capability(id="x.hair", name="Hair and make-up", examples=("hair and make-up",))

    intent = await read("hair and make-up on Saturday", both, *SERVICES)

    assert [need.capability_id for need in intent.needs] == ["x.hair"]


async def test_the_same_words_in_another_shop_mean_another_thing() -> None:
    assert [need.capability_id for need in (await read("two loaves and a baking class tomorrow", *BAKERY)).needs] == [
        "a",
        "b",
    ]


async def test_a_value_that_a_slot_lists_names_the_service_that_lists_it() -> None:
    intent = await read("tickets for a concert on Saturday and a van home afterwards", *SERVICES, WASH_VAN)

    ride = intent.needs[1]
    assert (ride.capability_id, ride.slots, ride.destination) == ("ride.taxi", {"vehicle": "van"}, HOME)


async def test_with_no_capabilities_nothing_is_offered() -> None:
    assert (await read("flowers tomorrow")).kind == "unsupported"


def test_the_index_of_a_set_is_built_once() -> None:
    indexes = Indexes(kept=2)
    first = indexes.of(SERVICES)

    assert indexes.of(SERVICES) is first
    assert indexes.of(list(SERVICES)) is first
    assert indexes.of([GROOMING]) is not first
    assert indexes.of([TOUR]) is not indexes.of([GROOMING])
    assert indexes.of(SERVICES) is not first


def test_an_id_decides_nothing() -> None:
    index = Index([GROOMING.model_copy(update={"id": "restaurant.table"})])

    [match] = index.match([("dinner", "dinner")])
    assert match.capability is None
