"""The specialist's part: what it asks of the planner, and how it tells the answer."""

from collections.abc import Sequence
from datetime import datetime

import pytest

from agents import timechain
from schemas.intent import Intent
from schemas.plan import FixedItem, Infeasible, Plan, PlanResult
from tests.tools.timechain.days import HOME, LAKE, NOW, at, before, between, fixed, need, offer, starting, times, usd

DINNER = need(
    "n1", offer("n1-1", price=90, minutes=105, starts=["19:00"], place=LAKE), timing=starting(between("19:00", "19:00"))
)
RIDE = need("n2", offer("n2-1", "moves_person", price=20, minutes=25, windows=[("00:00", "23:59")]))
INTENT = Intent(kind="request", needs=[DINNER.need, RIDE.need], relations=[before("n1", "n2")], budget=usd(150))


def arrange(intent: Intent = INTENT, fixed: Sequence[FixedItem] = ()) -> PlanResult:
    return timechain.plan(intent, [DINNER, RIDE], now=NOW, home=HOME, currency="USD", fixed=fixed)


def test_the_intents_order_and_budget_hold() -> None:
    result = arrange()
    assert isinstance(result, Plan)
    assert times(result) == {"n1": "19:00", "n2": "20:45"}
    assert isinstance(arrange(INTENT.model_copy(update={"budget": usd(100)})), Infeasible)


def test_what_is_bought_is_not_planned_again_but_planned_round() -> None:
    result = arrange(fixed=[fixed(DINNER.offers[0], "19:00")])
    assert isinstance(result, Plan)
    assert times(result) == {"n2": "20:45"}
    assert result.items[0].origin == LAKE


def test_a_plan_is_told_as_its_time_line_and_total() -> None:
    assert timechain.summary(arrange()) == "19:00 Title n1-1, 20:45 Title n2-1: $110.00"


def test_times_are_told_on_the_clocks_of_the_place() -> None:
    abroad = LAKE.model_copy(update={"zone": "America/New_York"})
    moved = DINNER.model_copy(update={"offers": [DINNER.offers[0].model_copy(update={"place": abroad})]})
    result = timechain.plan(INTENT, [moved], now=NOW, home=HOME, currency="USD")
    assert timechain.summary(result).startswith("20:00 ")


def test_what_was_left_out_is_told() -> None:
    nice = need("n3", offer("n3-1", "delivered", price=99, windows=[("10:00", "12:00")]), priority="nice")
    result = timechain.plan(INTENT, [DINNER, RIDE, nice], now=NOW, home=HOME, currency="USD")
    assert timechain.summary(result).endswith(": $110.00; 1 left out")


def test_a_conflict_is_told_with_the_change_that_helps() -> None:
    result = arrange(INTENT.model_copy(update={"budget": usd(100)}))
    assert timechain.summary(result) == (
        "N1 and n2 cost at least $110.00 together; you allowed $100.00. "
        "With $110.00 instead of $100.00 everything fits."
    )


@pytest.mark.parametrize("late", [at("20:00"), at("23:00")])
def test_the_past_is_never_planned(late: datetime) -> None:
    result = timechain.plan(INTENT, [DINNER], now=late, home=HOME, currency="USD")
    assert isinstance(result, Infeasible)
