"""Taking one of the changes that would work."""

from datetime import datetime

import pytest

from agents.choosing import taken
from schemas.intent import Intent, Need, Relation
from schemas.money import Money
from schemas.plan import Change
from schemas.timing import TimeWindow, Timing


def at(hour: int) -> datetime:
    return datetime.fromisoformat(f"2026-03-07T{hour:02}:00-06:00")


DINNER = Need(
    id="dinner",
    capability_id="restaurant.table",
    text="dinner at 7",
    query="dinner",
    timing=Timing(start=TimeWindow(start=at(19), end=at(19)), day=TimeWindow(start=at(0), end=at(23))),
)
RIDE = Need(id="ride", capability_id="ride.taxi", text="a ride home", query="ride")
ORDER = Relation(first="dinner", second="ride")
REQUEST = Intent(kind="request", needs=[DINNER, RIDE], relations=[ORDER], budget=Money(amount=3000, currency="USD"))
LATER = Change(field="start", need_id="dinner", moment=at(20), message="Dinner at 20:00 instead of 19:00 would work.")
DEARER = Change(field="budget", budget=Money(amount=9000, currency="USD"), message="With $90 everything fits.")
WITHOUT = Change(field="drop", need_id="dinner", message="Without dinner the rest works, for $17.00.")
APART = Change(field="relation", need_id="ride", relation=ORDER, message="It works if dinner need not be over.")
CHANGES = [LATER, DEARER, WITHOUT, APART]


@pytest.mark.parametrize("said", ["1", "the first", "Option one, please", "let's go with the 1st one", "#1"])
def test_a_number_takes_that_change(said: str) -> None:
    reading = taken(said, REQUEST, CHANGES)
    assert reading is not None
    assert reading.kind == "change"
    assert reading.needs[0].timing.start == TimeWindow(start=at(20), end=at(20))
    assert reading.needs[1] == RIDE


@pytest.mark.parametrize("said", ["the second one", "number 2", "two", DEARER.message, "with $90 everything fits"])
def test_more_money_is_the_new_budget(said: str) -> None:
    reading = taken(said, REQUEST, CHANGES)
    assert reading is not None
    assert reading.budget == DEARER.budget
    assert reading.needs == REQUEST.needs


def test_doing_without_a_need_leaves_no_relation_to_it() -> None:
    reading = taken("the third", REQUEST, CHANGES)
    assert reading is not None
    assert (reading.needs, reading.relations) == ([RIDE], [])


def test_the_last_gives_up_the_order() -> None:
    reading = taken("the last one", REQUEST, CHANGES)
    assert reading is not None
    assert (reading.needs, reading.relations) == (REQUEST.needs, [])


def test_ok_takes_the_least_change() -> None:
    assert taken("ok, do that", REQUEST, CHANGES) == taken("1", REQUEST, CHANGES)
    assert taken("ok", REQUEST, []) is None


@pytest.mark.parametrize(
    "said",
    ["", "5", "the fifth", "1 or 2", "dinner at 8 instead", "the first of March", "no", "no thanks", "one more ride"],
)
def test_anything_else_is_read_as_a_message(said: str) -> None:
    assert taken(said, REQUEST, CHANGES) is None


def test_a_window_reaches_to_the_moment_and_keeps_its_other_end() -> None:
    timing = Timing(end=TimeWindow(start=at(12), end=at(17)))
    flowers = DINNER.model_copy(update={"timing": timing})
    later = Change(field="end", need_id="dinner", moment=at(18), message="Flowers by 18:00 would work.")
    reading = taken("1", REQUEST.model_copy(update={"needs": [flowers, RIDE]}), [later])
    assert reading is not None
    assert reading.needs[0].timing.end == TimeWindow(start=at(12), end=at(18))
