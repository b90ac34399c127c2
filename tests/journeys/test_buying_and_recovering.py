"""An approved bundle is bought, watched and repaired when a partner says no."""

from tests.journeys.person import City, Person, item_of, kinds_of

BUNDLE = "On {day} flowers delivered by 5 pm, dinner for two at 7 pm and a ride home, under $250"
DINNER = "Dinner for two on {day} at 7 pm, under $250"


async def test_approving_buys_every_item_and_ends_in_a_receipt(person: Person) -> None:
    proposed = await person.say(BUNDLE.format(day=person.saturday))

    bought = await person.approve(proposed)
    order = await person.settled(bought)

    assert [line["state"] for line in order["lines"]] == ["accepted"] * 3
    assert order["status"] == "confirmed"
    assert order["total"] == proposed.plan["total"]
    assert kinds_of(await person.thread())[-1] == "receipt"


async def test_the_money_held_is_the_price_of_what_was_accepted(person: Person) -> None:
    order = await person.settled(await person.approve(await person.say(BUNDLE.format(day=person.saturday))))

    assert sum(entry["amount"]["amount"] for entry in order["ledger"]) == 0
    escrow = [e["amount"]["amount"] for e in order["ledger"] if e["account"].startswith("escrow")]
    assert sum(escrow) == order["total"]["amount"]


async def test_yes_in_words_approves(person: Person) -> None:
    await person.say(DINNER.format(day=person.saturday))

    turn = await person.say("yes, book it")

    assert turn.order is not None


async def test_a_refusal_at_the_checkout_is_repaired_in_the_same_turn(person: Person, city: City) -> None:
    proposed = await person.say(DINNER.format(day=person.saturday))
    refused = item_of(proposed, "restaurant.table")["offer"]
    await city.behave(refused["partner_id"], "refuse_checkout")

    bought = await person.approve(proposed)
    order = await person.settled(bought)

    [replacement] = [line for line in order["lines"] if line["replaces"]]
    assert replacement["offer"]["partner_id"] != refused["partner_id"]
    assert replacement["state"] == "accepted"
    assert "recovery" in [event["name"] for event in bought.events if event["type"] == "SUBAGENT_STARTED"]


async def test_a_refusal_after_the_purchase_is_repaired_by_itself(person: Person, city: City) -> None:
    proposed = await person.say(BUNDLE.format(day=person.saturday))
    refused = item_of(proposed, "restaurant.table")["offer"]
    await city.behave(refused["partner_id"], "refuse")

    order = await person.settled(await person.approve(proposed))

    replaced = {line["offer"]["partner_id"]: line["reason"] for line in order["lines"] if line["state"] == "replaced"}
    assert refused["partner_id"] in replaced
    assert order["total"]["amount"] <= 250_00
    kinds = kinds_of(await person.thread())
    assert kinds[-1] == "receipt"
    assert any(kind.startswith("recovery") for kind in kinds)


async def test_a_silent_partner_is_replaced_when_its_time_is_up(person: Person, city: City) -> None:
    proposed = await person.say(DINNER.format(day=person.saturday))
    silent = item_of(proposed, "restaurant.table")["offer"]
    await city.behave(silent["partner_id"], "silent")

    order = await person.settled(await person.approve(proposed))

    assert [line["state"] for line in order["lines"]] == ["replaced", "accepted"]


async def test_a_price_that_rose_is_not_paid(person: Person, city: City) -> None:
    proposed = await person.say(DINNER.format(day=person.saturday))
    dearer = item_of(proposed, "restaurant.table")["offer"]
    await city.behave(dearer["partner_id"], "price_change")

    order = await person.settled(await person.approve(proposed))

    assert [line["offer"]["partner_id"] != dearer["partner_id"] for line in order["lines"]] == [False, True]
    assert order["lines"][0]["state"] == "replaced"


async def test_approving_twice_buys_once(person: Person) -> None:
    proposed = await person.say(DINNER.format(day=person.saturday))
    await person.approve(proposed)

    again = await person.try_to_answer(proposed.interrupts[0], {"action": "approve"})

    assert again.status_code == 409
    assert again.json()["code"] == "interrupt_gone"
    assert len(await person.orders()) == 1


async def test_what_did_i_order(person: Person) -> None:
    bought = await person.approve(await person.say(BUNDLE.format(day=person.saturday)))
    await person.settled(bought)

    turn = await person.say("what did I order?")

    for line in bought.order["lines"]:
        assert line["offer"]["title"] in turn.text


async def test_what_is_asked_for_after_an_order_is_bought_by_itself(person: Person) -> None:
    await person.settled(await person.approve(await person.say(DINNER.format(day=person.saturday))))

    turn = await person.say(f"Also flowers delivered by 3 pm on {person.saturday}")

    assert [item["offer"]["capability_id"] for item in turn.plan["items"]] == ["flowers.delivery"]


async def test_cancelling_the_ride_keeps_the_rest_and_gives_the_money_back(person: Person) -> None:
    await person.settled(await person.approve(await person.say(BUNDLE.format(day=person.saturday))))

    turn = await person.say("cancel the ride")

    states = {line["offer"]["capability_id"]: line["state"] for line in turn.order["lines"]}
    assert states["ride.taxi"] in ("cancelled", "refunded")
    assert states["restaurant.table"] == states["flowers.delivery"] == "accepted"
    held = [e["amount"]["amount"] for e in turn.order["ledger"] if e["account"].startswith("escrow")]
    assert sum(held) == turn.order["total"]["amount"]
