"""What a person says for good outlives the conversation, shapes later requests, and is gone when they say so."""

from collections.abc import AsyncIterator

import pytest

from tests.journeys.person import Person, item_of


@pytest.fixture
async def later(person: Person, orchestrator_url: str) -> AsyncIterator[Person]:
    """The same person, in another conversation."""
    again = Person(orchestrator_url, person.user_id, person.day)
    yield again
    await again.close()


async def memories(person: Person) -> list[dict[str, object]]:
    return (await person.http.get("/api/v1/memories")).json()["memories"]  # type: ignore[no-any-return]


async def test_what_is_stated_is_confirmed_listed_and_still_known_in_another_conversation(
    person: Person, later: Person
) -> None:
    told = await person.say("I'm allergic to nuts and my wife is called Anna")
    listed = await later.say("what do you know about me?")

    assert told.text == "I'll remember that you are allergic to nuts and that your wife is called Anna."
    assert "You are allergic to nuts." in listed.text
    assert "Your wife is called Anna." in listed.text
    assert {memory["id"] for memory in await memories(person)} == {"allergy-nuts", "person-wife"}


async def test_an_allergy_keeps_what_must_not_be_eaten_out_of_later_food(person: Person, later: Person) -> None:
    await person.say("I'm allergic to walnut")
    turn = await later.say(f"A carrot cake on {later.saturday} by 3 pm and a taxi home at 6 pm")

    assert "allergic to walnut" in turn.text
    cake = item_of(turn, "cake.delivery")["offer"]
    assert "walnut" not in f"{cake['title']} {cake['description']}".lower()


async def test_what_holds_for_one_request_is_not_remembered(person: Person) -> None:
    await person.say(f"Dinner for two on {person.saturday} at 7 pm, no nuts, I'm vegetarian tonight, under $200")

    assert await memories(person) == []


async def test_a_stated_home_is_where_things_are_brought_and_rides_go(person: Person, later: Person) -> None:
    await person.say("My home is 12 Oak Street, 41.9012, -87.6412")
    turn = await later.say(f"Flowers on {later.saturday} by 5 pm, dinner for two at 7 pm and a ride home")

    assert item_of(turn, "flowers.delivery")["place"]["address"] == "12 Oak Street"
    assert item_of(turn, "ride.taxi")["place"]["lat"] == 41.9012
    order = await later.settled(await later.approve(turn))
    assert order["home"]["address"] == "12 Oak Street"


async def test_moving_house_moves_what_is_proposed(person: Person) -> None:
    await person.say(f"Flowers on {person.saturday} by 5 pm")

    turn = await person.say("By the way, I live at 12 Oak Street")

    assert turn.text.startswith("I'll remember that your home is 12 Oak Street.")
    assert item_of(turn, "flowers.delivery")["place"]["address"] == "12 Oak Street"


async def test_an_allergy_told_late_changes_the_proposal(person: Person) -> None:
    before = await person.say(f"A carrot cake on {person.saturday} by 3 pm")
    assert "walnut" in item_of(before, "cake.delivery")["offer"]["description"].lower()

    after = await person.say("I'm allergic to walnut")

    assert "walnut" not in item_of(after, "cake.delivery")["offer"]["description"].lower()


async def test_a_usual_budget_is_mentioned_and_limits_nothing(person: Person) -> None:
    await person.say("We usually spend about $20")
    turn = await person.say(f"Dinner for two on {person.saturday} at 7 pm")

    assert "You usually spend about $20.00. I take that as a guide, not as a limit." in turn.text
    assert turn.plan["total"]["amount"] > 20_00
    stated = await person.say(f"Dinner for two on {person.saturday} at 7 pm, under $150")
    assert "usually" not in stated.text


async def test_one_thing_or_everything_is_forgotten_on_request(person: Person) -> None:
    await person.say("I'm vegetarian. My home is 12 Oak Street. I love peonies.")

    gone = await person.say("forget my address")
    assert gone.text == "I have forgotten that your home is 12 Oak Street."
    assert {memory["kind"] for memory in await memories(person)} == {"diet", "like"}

    await person.say("I'm no longer vegetarian")
    assert {memory["kind"] for memory in await memories(person)} == {"like"}

    everything = await person.say("forget everything you know about me")
    assert everything.text == "I have forgotten everything about you."
    assert await memories(person) == []


async def test_forgetting_a_need_is_not_forgetting_a_memory(person: Person) -> None:
    await person.say("I'm allergic to nuts")
    await person.say(f"Flowers on {person.saturday} by 5 pm and dinner for two at 7 pm")

    turn = await person.say("forget the flowers")

    assert [item["offer"]["capability_id"] for item in turn.plan["items"]] == ["restaurant.table"]
    assert len(await memories(person)) == 1


async def test_memories_are_seen_and_erased_by_their_owner_alone(person: Person, orchestrator_url: str) -> None:
    await person.say("I'm allergic to nuts. I'm vegan.")
    stranger = Person(orchestrator_url, f"{person.user_id}.x", person.day)

    assert await memories(stranger) == []
    assert (await stranger.http.delete("/api/v1/memories/allergy-nuts")).status_code == 404
    assert (await stranger.http.delete("/api/v1/memories")).status_code == 204
    assert len(await memories(person)) == 2

    assert (await person.http.delete("/api/v1/memories/allergy-nuts")).status_code == 204
    assert (await person.http.delete("/api/v1/memories/allergy-nuts")).status_code == 404
    assert [memory["id"] for memory in await memories(person)] == ["diet-vegan"]
    assert (await person.http.delete("/api/v1/memories")).status_code == 204
    assert await memories(person) == []
    await stranger.close()
