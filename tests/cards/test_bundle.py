import time
from datetime import timedelta
from typing import Any

from cards.bundle import bundle
from cards.validate import validate_card
from schemas.money import Money
from schemas.place import Place
from schemas.plan import Plan, PlanItem
from schemas.presentation import Presentation
from tests.cards.examples import ALTERNATIVES, DINNER, HOME, NEEDS, PLAN, RIDE, ROSES, TULIPS, at, usd


def propose(plan: Plan = PLAN, **changes: Any) -> Presentation:
    asked: dict[str, Any] = {
        "needs": NEEDS,
        "budget": usd("250"),
        "alternatives": ALTERNATIVES,
        "interrupt_id": "proposal_1",
        "home": HOME,
    }
    return bundle(plan, **(asked | changes))


def button(answer: Presentation, title: str) -> dict[str, Any]:
    assert answer.card is not None
    return next(action for action in answer.card["actions"] if action["title"].startswith(title))


def submits(node: Any) -> list[dict[str, Any]]:
    """The data of every submit button inside a node."""
    if isinstance(node, list):
        return [data for item in node for data in submits(item)]
    if not isinstance(node, dict):
        return []
    own = [node["data"]] if node.get("type") == "Action.Submit" else []
    return own + [data for key, value in node.items() if key != "data" for data in submits(value)]


def test_the_text_says_everything_a_card_shows() -> None:
    assert propose().text.splitlines() == [
        "Your plan for Saturday 28 November 2026: 3 items, $199.40 of $250.00 ($50.60 left).",
        "14:00–14:15  Dozen red roses · Petal & Stem ★ 4.7 · delivered home · $58.00",
        "19:00–20:45  Table for two · Trattoria Lucia ★ 4.6 · 214 W Oak St · 12 min to get there · $118.00",
        "20:50–21:15  Comfort car · Lakeshore Cars · from Trattoria Lucia to home · $23.40",
        "Left out, because it did not fit: balloons.",
        "The cheapest well-rated bundle inside your windows.",
        "Prices hold until Fri 27 Nov 13:25.",
        "Instead of Dozen red roses:",
        "- Twenty tulips · Bloom & Co ★ 4.5 · delivered · Sat 28 Nov any time 12:00–17:00 · $16.00 less · $42.00",
        "Instead of Table for two:",
        "- Omakase for two · Blue Heron Sushi ★ 4.8 · 9 E Huron St · Sat 28 Nov at 19:00, 19:30, 20:00"
        " · $16.00 more · $134.00",
        "Say “yes” to book it for $199.40, “no” to drop it, or tell me what to change.",
    ]


def test_every_button_answers_the_interrupt_with_a_whole_payload() -> None:
    answer = propose()
    assert button(answer, "Approve")["data"] == {"interruptId": "proposal_1", "action": "approve"}
    assert button(answer, "No, thanks")["data"] == {"interruptId": "proposal_1", "action": "reject"}
    assert submits(button(answer, "Change")["card"]) == [{"interruptId": "proposal_1", "action": "change"}]
    assert [entry["id"] for entry in button(answer, "Change")["card"]["body"]] == ["text"]
    swap = {"interruptId": "proposal_1", "action": "swap", "need_id": "n1", "offer_id": TULIPS.id}
    assert swap in submits(button(answer, "Swap")["card"])


def test_the_approve_button_names_the_amount() -> None:
    assert button(propose(), "Approve")["title"] == "Approve · $199.40"


def test_the_chosen_offer_is_not_offered_as_its_own_alternative() -> None:
    assert ROSES.id not in [data.get("offer_id") for data in submits(propose().card)]


def test_without_alternatives_there_is_nothing_to_swap() -> None:
    card = propose(alternatives={}).card
    assert card is not None
    assert [action["title"] for action in card["actions"]] == ["Approve · $199.40", "Change", "No, thanks"]


def test_an_empty_plan_cannot_be_approved() -> None:
    answer = propose(Plan(items=[], total=usd("0"), left_out=["n4"]))
    assert answer.card is not None
    assert [action["title"] for action in answer.card["actions"]] == ["Change", "No, thanks"]
    assert answer.text.startswith("Nothing to book")
    assert answer.json_ld is not None
    assert "ConfirmAction" not in [action["@type"] for action in answer.json_ld["potentialAction"]]


def test_the_total_is_told_against_the_budget() -> None:
    assert "$199.40 in total" in propose(budget=None).text
    assert "$199.40, $9.40 over $190.00" in propose(budget=usd("190")).text
    assert "$199.40 in total (budget €250.00)" in propose(budget=Money.of(250, "EUR")).text


def test_yen_have_no_decimals() -> None:
    plan = Plan(items=[PLAN.items[0]], total=Money.of(5800, "JPY"))
    assert "¥5,800" in propose(plan, budget=None).text


def test_several_days_are_told_apart() -> None:
    breakfast = PlanItem(need_id="n2", offer=DINNER, start=at(9, day=29), end=at(10, day=29))
    text = propose(Plan(items=[PLAN.items[0], breakfast], total=usd("176"))).text
    assert text.startswith("Your plan for Sat 28 Nov – Sun 29 Nov 2026")
    assert text.index("Saturday 28 November 2026:") < text.index("14:00") < text.index("Sunday 29 November 2026:")


def test_a_ride_past_midnight_says_so() -> None:
    late = PlanItem(need_id="n3", offer=RIDE, start=at(23, 50), end=at(0, 15, day=29), place=HOME)
    assert "23:50–00:15 (+1 day)" in propose(Plan(items=[late], total=usd("23.40"))).text


def test_a_time_in_another_zone_carries_its_abbreviation() -> None:
    tokyo = Place(name="Ginza Hall", lat=35.67, lon=139.76, zone="Asia/Tokyo")
    show = PlanItem(
        need_id="n2",
        offer=DINNER.model_copy(update={"place": tokyo}),
        start=at(19, zone="Asia/Tokyo"),
        end=at(21, zone="Asia/Tokyo"),
        travel=timedelta(hours=13),
    )
    text = propose(Plan(items=[show], total=usd("118"))).text
    assert "19:00–21:00 JST  Table for two" in text
    assert "Ginza Hall · 13 h to get there" in text


def test_a_place_known_by_its_address_only_has_no_coordinates_and_its_ways_are_called_estimates() -> None:
    mill = Place(name="3 Mill Road", lat=41.9, lon=-87.6, zone=HOME.zone, address="3 Mill Road", approximate=True)
    answer = propose(Plan(items=[PLAN.items[0].model_copy(update={"place": mill})], total=usd("58")))
    assert "I do not know where 3 Mill Road is on the map: times of travel there are estimates." in answer.text
    assert "delivered to 3 Mill Road" in answer.text
    assert "GeoCoordinates" not in str(answer.json_ld)


def test_fifty_items_are_drawn_as_far_as_they_fit_and_all_told() -> None:
    plan = Plan(items=PLAN.items * 17, total=usd("3389.80"))
    answer = propose(plan)
    assert answer.card is not None
    assert validate_card(answer.card) == []
    shown = sum(part["type"] == "ColumnSet" for part in answer.card["body"])
    assert shown >= 10
    assert f"and {51 - shown} more items" in [part.get("text") for part in answer.card["body"]]
    assert answer.text.count("Dozen red roses ·") == 17


def test_the_json_ld_can_be_read_and_acted_on_by_an_agent() -> None:
    document = propose().json_ld
    assert document is not None
    assert (document["@type"], document["numberOfItems"]) == ("ItemList", 3)
    roses, dinner, ride = (element["item"] for element in document["itemListElement"])
    assert (roses["price"], roses["priceCurrency"], roses["itemOffered"]["@type"]) == ("58.00", "USD", "Product")
    assert dinner["availableAtOrFrom"]["address"] == "214 W Oak St"
    assert [stop["name"] for stop in ride["itemOffered"]["itinerary"]] == ["Trattoria Lucia", "Home"]
    confirm = document["potentialAction"][0]
    assert (confirm["@type"], confirm["object"]["price"]) == ("ConfirmAction", "199.40")
    assert confirm["target"] == {
        "@type": "EntryPoint",
        "urlTemplate": "/api/v1/chat",
        "httpMethod": "POST",
        "contentType": "application/json",
    }
    assert confirm["instrument"]["text"] == (
        '{"resume": [{"interruptId": "proposal_1", "status": "resolved", "payload": {"action": "approve"}}]}'
    )


def test_drawing_a_bundle_costs_less_than_a_millisecond() -> None:
    def batch() -> float:
        started = time.process_time()
        for _ in range(20):
            propose()
        return (time.process_time() - started) / 20

    assert min(batch() for _ in range(5)) < 0.001
