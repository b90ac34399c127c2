"""Before approving, a person changes their mind; what was not spoken of stays as it was."""

from datetime import time

import pytest

from tests.journeys.person import LOCAL, Person, item_of

BUNDLE = "On {day} flowers delivered by 5 pm, dinner for two at 7 pm and a ride home, under $250"


async def test_another_hour_moves_the_dinner_and_keeps_the_flowers(person: Person) -> None:
    before = await person.say(BUNDLE.format(day=person.saturday))

    after = await person.say("make the dinner at 8 pm")

    assert LOCAL(item_of(after, "restaurant.table")["start"]).time() == time(20)
    assert item_of(after, "flowers.delivery")["offer"]["id"] == item_of(before, "flowers.delivery")["offer"]["id"]


async def test_cheaper_flowers_are_cheaper(person: Person) -> None:
    before = await person.say(BUNDLE.format(day=person.saturday))

    after = await person.say("cheaper flowers please")

    was = item_of(before, "flowers.delivery")["offer"]["price"]["amount"]
    assert item_of(after, "flowers.delivery")["offer"]["price"]["amount"] < was


async def test_a_change_can_answer_the_interrupt(person: Person) -> None:
    before = await person.say(BUNDLE.format(day=person.saturday))

    after = await person.answer(before.interrupts[0], {"action": "change", "text": "make the dinner at 8 pm"})

    assert LOCAL(item_of(after, "restaurant.table")["start"]).time() == time(20)


async def test_swapping_one_item_leaves_the_others(person: Person) -> None:
    before = await person.say(BUNDLE.format(day=person.saturday))
    dinner = item_of(before, "restaurant.table")

    after = await person.answer(before.interrupts[0], {"action": "swap", "need_id": dinner["need_id"]})

    assert item_of(after, "restaurant.table")["offer"]["id"] != dinner["offer"]["id"]
    assert item_of(after, "flowers.delivery")["offer"]["id"] == item_of(before, "flowers.delivery")["offer"]["id"]


async def test_another_restaurant_in_words(person: Person) -> None:
    before = await person.say(BUNDLE.format(day=person.saturday))

    after = await person.say("another restaurant please")

    assert item_of(after, "restaurant.table")["offer"]["id"] != item_of(before, "restaurant.table")["offer"]["id"]


async def test_rejecting_buys_nothing_and_forgets_the_proposal(person: Person) -> None:
    before = await person.say(BUNDLE.format(day=person.saturday))

    turn = await person.answer(before.interrupts[0], {"action": "reject"})

    assert turn.interrupts == []
    assert await person.orders() == []
    assert (await person.say("yes, book it")).order is None


async def test_dropping_one_need(person: Person) -> None:
    await person.say(BUNDLE.format(day=person.saturday))

    after = await person.say("drop the ride")

    assert [item["offer"]["capability_id"] for item in after.plan["items"]] == ["flowers.delivery", "restaurant.table"]


@pytest.mark.parametrize(
    "answer",
    [
        {"action": "swap", "need_id": "n99"},
        {"action": "swap", "need_id": "n1", "offer_id": "nobody's"},
        {"action": "dance"},
        {},
    ],
)
async def test_an_answer_that_makes_no_sense_leaves_the_proposal_open(person: Person, answer: dict[str, str]) -> None:
    before = await person.say(BUNDLE.format(day=person.saturday))

    response = await person.try_to_answer(before.interrupts[0], answer)

    assert response.status_code in (200, 422)
    approved = await person.approve(before)
    assert approved.order is not None
