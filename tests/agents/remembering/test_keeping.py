"""What is remembered shapes a request where it concerns it, and never against a word that is said now."""

from datetime import UTC, datetime

import pytest

from agents.remembering import hear, in_mind, keep_in_mind, known_home, known_places, moved, noted
from schemas.capability import Capability, Slot, built_in
from schemas.intent import Intent, Need
from schemas.memory import Memory
from schemas.money import Money
from schemas.place import Place

SERVICES = built_in()
HOME = Place(name="Home", lat=41.8925, lon=-87.6345, zone="America/Chicago")
DINNER, CAKE, FLOWERS, RIDE = "restaurant.table", "cake.delivery", "flowers.delivery", "ride.taxi"


def told(message: str) -> list[Memory]:
    now = datetime(2026, 11, 18, 21, tzinfo=UTC)
    return list(hear(message, currency="USD", zone="America/Chicago", now=now).memories)


def a_request(*services: str, text: str = "", **fields: object) -> Intent:
    needs = [
        Need(id=f"n{n}", capability_id=service, text=text, query=text) for n, service in enumerate(services, start=1)
    ]
    return Intent.model_validate({"kind": "request", "needs": needs, **fields})


def minded(
    request: Intent, memories: list[Memory], said: str = "", services: tuple[Capability, ...] = SERVICES
) -> Intent:
    return keep_in_mind(request, memories, services, said)[0]


def test_food_avoids_an_allergy_and_other_things_do_not_hear_of_it() -> None:
    request = a_request(DINNER, CAKE, FLOWERS, RIDE)

    dinner, cake, flowers, ride = minded(request, told("I'm allergic to nuts")).needs

    assert (dinner.avoid, cake.avoid, flowers.avoid, ride.avoid) == (["nuts"], ["nuts"], [], [])


def test_to_keep_it_in_mind_twice_changes_nothing() -> None:
    memories = told("I'm allergic to nuts. I'm vegetarian. I don't eat pork.")
    once = minded(a_request(DINNER), memories)

    again, used = keep_in_mind(once, memories, SERVICES, "")

    assert (again, used) == (once, [])
    assert once.needs[0].avoid == ["nuts", "pork"]
    assert once.needs[0].query == "vegetarian"


def test_food_is_looked_for_by_what_it_is_called() -> None:
    [cake] = minded(a_request(CAKE, text="cake"), told("I'm coeliac")).needs

    assert cake.query == "gluten-free cake"


def test_what_is_asked_for_in_so_many_words_is_not_avoided() -> None:
    request = a_request(CAKE, text="a cake with nuts")

    assert minded(request, told("I'm allergic to nuts")) == request


@pytest.mark.parametrize(("said", "avoided"), [("dinner with my wife", ["shellfish"]), ("dinner for two", [])])
def test_what_is_true_of_others_counts_where_they_are_named(said: str, avoided: list[str]) -> None:
    assert minded(a_request(DINNER), told("my wife is allergic to shellfish"), said).needs[0].avoid == avoided


def test_a_diet_goes_into_the_slot_for_it() -> None:
    slot = Slot(name="dietary", description="diet to cook for", type="category", values=("Vegan", "Gluten free"))
    cook = Capability(id="cook.visit", name="Private cook", description="a meal cooked at home", slots=(slot,))
    memories = told("I'm gluten-free. I'm vegetarian.")

    [need] = minded(a_request("cook.visit"), memories, services=(cook,)).needs

    assert (need.slots, need.query) == ({"dietary": "Gluten free"}, "")


def test_home_is_where_it_was_stated() -> None:
    on_the_map = told("My home is 12 Oak Street, 41.9012, -87.6412")

    assert known_home([], HOME) == HOME
    by_address = known_home(told("I live at 12 Oak Street"), HOME)
    assert (by_address.name, by_address.address, by_address.approximate) == ("Home", "12 Oak Street", True)
    assert known_home(on_the_map, HOME).lat == 41.9012
    assert "latitude" not in noted(on_the_map)


def test_other_places_are_known_by_name() -> None:
    places = known_places(told("My office is at 5 Elm Road (41.88, -87.63). My gym is at 7 Oak Street."), HOME)

    assert [(name, place.address, place.approximate) for name, place in places.items()] == [
        ("office", "5 Elm Road", False),
        ("gym", "7 Oak Street", True),
    ]


def test_what_was_to_come_home_follows_a_move() -> None:
    new = HOME.model_copy(update={"address": "12 Oak Street"})
    office = HOME.model_copy(update={"name": "Office", "lat": 41.0})
    request = a_request(FLOWERS, RIDE, CAKE)
    request.needs[0].place, request.needs[1].destination, request.needs[2].place = HOME, HOME, office

    flowers, ride, cake = moved(request, HOME, new).needs

    assert (flowers.place, ride.destination, cake.place) == (new, new, office)


@pytest.mark.parametrize(
    ("fields", "mentioned"), [({}, True), ({"budget": Money.of(90, "USD")}, False)], ids=["none stated", "one stated"]
)
def test_a_usual_budget_is_a_guide_only_where_none_is_stated(fields: dict[str, object], mentioned: bool) -> None:
    memories = told("we usually spend about $100")
    request = a_request(DINNER, **fields)

    assert minded(request, memories).budget == request.budget
    assert ("guide" in (in_mind(request, [], memories) or "")) == mentioned


def test_a_usual_budget_for_one_thing_is_not_mentioned_for_another() -> None:
    memories = told("we usually spend about $100 on dinner")

    assert in_mind(a_request(DINNER, text="dinner for two"), [], memories)
    assert in_mind(a_request(FLOWERS, text="flowers"), [], memories) is None
