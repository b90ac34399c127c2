"""The verifier names every broken rule: each test breaks one in a plan that keeps them all."""

from collections.abc import Callable
from datetime import timedelta

import pytest

from schemas.plan import Plan, PlanItem, PlanRequest
from tests.tools.timechain.days import (
    HOME,
    LAKE,
    PARK,
    at,
    before,
    between,
    done,
    fixed,
    need,
    offer,
    planned,
    request,
    starting,
    usd,
)
from tools.timechain import check, plan

FLOWERS = need(
    "flowers",
    offer("flowers-1", "delivered", price=40, windows=[("09:00", "18:00")]),
    timing=done(between(None, "17:00")),
)
DINNER = need(
    "dinner", offer("dinner-1", price=90, minutes=105, starts=["18:45", "19:00", "19:30"], place=LAKE),
    timing=starting(between("18:45", "19:15")), budget=usd(100),
)  # fmt: skip
RIDE = need("ride", offer("ride-1", "moves_person", price=20, minutes=25, windows=[("00:00", "23:59")]))
SPA = offer("spa-1", price=50, minutes=60, starts=["16:00"], place=PARK)
ASKED = request(
    FLOWERS, DINNER, RIDE, relations=[before("flowers", "dinner"), before("dinner", "ride")], budget=usd(200),
    fixed=[fixed(SPA, "16:00")],
)  # fmt: skip
GOOD = planned(plan(ASKED))


def with_item(id: str, **changes: object) -> Plan:
    """The good plan with one item changed; a new start takes the end along."""

    def changed(item: PlanItem) -> PlanItem:
        if "start" in changes and "end" not in changes:
            return item.model_copy(update={**changes, "end": changes["start"] + (item.end - item.start)})  # type: ignore[operator]
        return item.model_copy(update=changes)

    items = [changed(item) if item.need_id == id else item for item in GOOD.items]
    return GOOD.model_copy(update={"items": sorted(items, key=lambda item: item.start)})


def asking(change: Callable[[PlanRequest], dict[str, object]]) -> PlanRequest:
    return ASKED.model_copy(update=change(ASKED))


def test_the_good_plan_keeps_every_rule() -> None:
    assert check(GOOD, ASKED) == []


DEAR = DINNER.offers[0].model_copy(update={"price": usd(101)})
FOREIGN = offer("dinner-1", price=90, currency="EUR", minutes=105, starts=["19:00"], place=LAKE)


@pytest.mark.parametrize(
    ("broken", "complaint"),
    [
        (with_item("dinner", offer=offer("dinner-2")), "dinner takes an offer that nobody made"),
        (with_item("dinner", need_id="lunch"), "lunch was not asked for"),
        (GOOD.model_copy(update={"items": GOOD.items[1:]}), "flowers is forgotten"),
        (GOOD.model_copy(update={"left_out": ["ride"]}), "ride is both planned and left out"),
        (
            GOOD.model_copy(update={"items": GOOD.items[:-1], "left_out": ["ride"]}),
            "ride is left out but must be there",
        ),
        (GOOD.model_copy(update={"items": [*GOOD.items, GOOD.items[-1]]}), "ride is planned more than once"),
        (GOOD.model_copy(update={"items": GOOD.items[::-1]}), "the items are not in the order of their starts"),
        (GOOD.model_copy(update={"total": usd(1)}), "the total $1.00 is not the sum of the prices"),
        (with_item("dinner", offer=DEAR), "dinner costs more than its $100.00"),
        (with_item("dinner", offer=FOREIGN), "a price is not in USD"),
        (with_item("dinner", start=at("18:50")), "dinner starts when the partner does not"),
        (with_item("dinner", start=at("19:30")), "dinner starts at another time than asked for"),
        (with_item("flowers", start=at("08:59")), "flowers starts outside the partner's hours"),
        (with_item("flowers", start=at("17:01")), "flowers is done at another time than asked for"),
        (with_item("dinner", end=at("20:00")), "dinner does not last as long as its offer says"),
        (with_item("ride", start=at("20:00")), "dinner is not over before ride begins"),
        (with_item("ride", start=at("20:00")), "ride starts before the person can be there"),
        (with_item("ride", origin=HOME), "ride does not begin where the person is"),
        (with_item("ride", place=LAKE), "ride does not end where it was to"),
        (with_item("dinner", place=PARK), "dinner is not at the partner's place"),
        (with_item("dinner", travel=timedelta(0)), "dinner: the way there takes 19 minutes"),
    ],
)
def test_a_broken_plan_is_found_out(broken: Plan, complaint: str) -> None:
    assert complaint in check(broken, ASKED)


@pytest.mark.parametrize(
    ("asked", "complaint"),
    [
        (asking(lambda _: {"budget": usd(199)}), "everything together is over the budget of $199.00"),
        (asking(lambda _: {"now": at("17:30")}), "flowers starts in the past"),
        (
            asking(lambda q: {"fixed": [fixed(SPA.model_copy(update={"duration": timedelta(minutes=165)}), "16:00")]}),
            "dinner starts before the person can be there",
        ),
        (asking(lambda q: {"needs": [FLOWERS, DINNER, need("ride", *RIDE.offers, cheaper_than=usd(20))]}),
         "ride is not cheaper than $20.00"),
    ],
)  # fmt: skip
def test_a_good_plan_does_not_answer_another_request(asked: PlanRequest, complaint: str) -> None:
    assert complaint in check(GOOD, asked)
