"""A sentence becomes one bundle that keeps every wish, or an exact account of why there is none."""

from datetime import datetime, time

import pytest

from cards.validate import validate_card
from tests.journeys.person import LOCAL, Person, item_of

SURPRISE = "Surprise my wife on {day}: flowers delivered by 5 pm, dinner for two at 7 and a ride home"


async def test_three_needs_become_one_bundle_inside_windows_and_budget(person: Person) -> None:
    turn = await person.say(f"{SURPRISE}, under $250".format(day=person.saturday))

    flowers, dinner, ride = turn.plan["items"]
    assert [item["offer"]["capability_id"] for item in turn.plan["items"]] == [
        "flowers.delivery",
        "restaurant.table",
        "ride.taxi",
    ]
    assert LOCAL(flowers["start"]).weekday() == LOCAL(dinner["start"]).weekday() == 5
    assert LOCAL(flowers["start"]).time() <= time(17)
    assert LOCAL(dinner["start"]).time() == time(19)
    assert datetime.fromisoformat(ride["start"]) >= datetime.fromisoformat(dinner["end"])
    assert sum(item["offer"]["price"]["amount"] for item in turn.plan["items"]) == turn.plan["total"]["amount"]
    assert turn.plan["total"]["amount"] <= 250_00
    assert [interrupt["reason"] for interrupt in turn.interrupts] == ["approval"]


async def test_the_proposal_comes_as_text_card_and_linked_data(person: Person) -> None:
    turn = await person.say(f"{SURPRISE}, under $250".format(day=person.saturday))

    assert validate_card(turn.cards[-1]) == []
    assert turn.json_ld["@context"] == "https://schema.org"
    for item in turn.plan["items"]:
        assert item["offer"]["partner_name"] in turn.text


async def test_every_specialist_is_seen_at_work(person: Person) -> None:
    turn = await person.say(f"{SURPRISE}, under $250".format(day=person.saturday))

    started = [event["name"] for event in turn.events if event["type"] == "SUBAGENT_STARTED"]
    finished = [event["subagentRunId"] for event in turn.events if event["type"] == "SUBAGENT_FINISHED"]
    assert started == ["intent", "scout", "timechain"]
    assert len(finished) == len(started)
    assert turn.events[0]["type"] == "RUN_STARTED"
    assert turn.events[-1]["type"] == "RUN_FINISHED"


async def test_an_impossible_budget_is_explained_with_what_would_work_and_nothing_is_bought(person: Person) -> None:
    turn = await person.say(f"{SURPRISE}, under $30".format(day=person.saturday))

    assert "$30.00" in turn.text
    assert turn.interrupts == []
    assert turn.plan is None
    assert validate_card(turn.cards[-1]) == []
    assert await person.orders() == []


@pytest.mark.parametrize("words", ["1", "ok", "the first one please"])
async def test_a_change_that_would_work_is_taken_by_saying_so(person: Person, words: str) -> None:
    await person.say(f"{SURPRISE}, under $30".format(day=person.saturday))

    turn = await person.say(words)

    assert [item["offer"]["capability_id"] for item in turn.plan["items"]] == [
        "flowers.delivery",
        "restaurant.table",
        "ride.taxi",
    ]
    assert [interrupt["reason"] for interrupt in turn.interrupts] == ["approval"]
    assert await person.orders() == []


@pytest.mark.parametrize(
    ("words", "fact"),
    [("I need a bouquet of roses", "date"), ("Book a table tomorrow at 7 pm", "party")],
)
async def test_a_missing_fact_is_asked_for_not_guessed(person: Person, words: str, fact: str) -> None:
    turn = await person.say(words)

    assert [interrupt["reason"] for interrupt in turn.interrupts] == ["question"]
    assert "?" in turn.interrupts[0]["message"]
    assert turn.plan is None


async def test_the_answer_to_a_question_completes_the_request(person: Person) -> None:
    asked = await person.say("Book a table tomorrow at 7 pm")

    turn = await person.answer(asked.interrupts[0], {"text": "four of us"})

    [dinner] = turn.plan["items"]
    assert dinner["offer"]["capability_id"] == "restaurant.table"
    assert LOCAL(dinner["start"]).time() == time(19)


async def test_an_address_is_enough_to_go_to_and_its_distance_is_called_an_estimate(person: Person) -> None:
    turn = await person.say(f"Flowers to 12 Birch Street on {person.saturday} by 5 pm")

    flowers = item_of(turn, "flowers.delivery")
    assert flowers["place"]["address"] == "12 Birch Street"
    assert flowers["place"]["approximate"]
    assert "12 Birch Street" in turn.text
    assert "estimates" in turn.text


async def test_an_address_that_is_asked_for_is_taken_as_it_is_said(person: Person) -> None:
    asked = await person.say(f"Flowers to my mother on {person.saturday} by 5 pm")
    assert "address" in asked.interrupts[0]["message"]
    more = await person.say("the flowers should be tulips")
    assert "address" in more.interrupts[0]["message"]

    turn = await person.say("Flat 3, the old mill")

    [flowers] = turn.plan["items"]
    assert flowers["place"]["name"] == "Flat 3, the old mill"
    bought = await person.approve(turn)
    assert bought.order["lines"]


async def test_a_ride_there_and_back_is_two_rides(person: Person) -> None:
    turn = await person.say(f"Brunch for 4 on {person.saturday} at 11 and a cab there and back")

    out, brunch, back = sorted(turn.plan["items"], key=lambda item: str(item["start"]))
    assert datetime.fromisoformat(out["end"]) <= datetime.fromisoformat(brunch["start"])
    assert datetime.fromisoformat(brunch["end"]) <= datetime.fromisoformat(back["start"])
    assert out["offer"]["capability_id"] == back["offer"]["capability_id"] == "ride.taxi"


async def test_an_answer_in_a_plain_message_does_as_well(person: Person) -> None:
    await person.say("Book a table tomorrow at 7 pm")

    turn = await person.say("for four")

    assert len(turn.plan["items"]) == 1


async def test_small_talk_leaves_the_proposal_open(person: Person) -> None:
    proposed = await person.say(f"{SURPRISE}, under $250".format(day=person.saturday))

    turn = await person.say("thanks, that is kind of you")

    assert [interrupt["id"] for interrupt in turn.interrupts] == [proposed.interrupts[0]["id"]]


@pytest.mark.parametrize("words", ["Fly me to the moon tomorrow", "asdf qwer zxcv"])
async def test_what_nobody_offers_gets_an_honest_answer(person: Person, words: str) -> None:
    turn = await person.say(words)

    assert turn.text
    assert turn.interrupts == []
    assert turn.plan is None
