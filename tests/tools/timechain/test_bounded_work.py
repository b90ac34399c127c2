"""Requests made to keep the planner busy: none gets more than so many calls of functions, on whatever machine."""

import sys
from collections.abc import Callable, Iterator, Sequence
from datetime import timedelta
from itertools import pairwise
from random import Random

import pytest

from schemas.capability import TimeEffect
from schemas.offer import ScoutedNeed
from schemas.place import Place
from schemas.plan import Infeasible, Plan, PlanRequest, PlanResult
from schemas.timing import TimeWindow, Timing
from tests.tools.timechain.days import (
    HOME,
    SATURDAY,
    at,
    before,
    between,
    need,
    offer,
    planned,
    request,
    starting,
    together,
    usd,
)
from tools.timechain import check, plan

EIGHT, FIFTY = 400_000, 8_000_000
"""Calls: about a tenth of a second of one core, and less than two seconds."""


SOME_TIME = Timing(day=SATURDAY)


def anywhere(random: Random) -> Place:
    lat, lon = HOME.lat + random.uniform(-0.05, 0.05), HOME.lon + random.uniform(-0.05, 0.05)
    return Place(name="Anywhere", lat=lat, lon=lon, zone=HOME.zone)


def wide(
    count: int,
    offers: int,
    effect: TimeEffect = "attended",
    *,
    minutes: int = 45,
    windows: Sequence[tuple[str, str] | TimeWindow] = (("08:00", "21:00"),),
    timing: Timing = SOME_TIME,
    priority: str = "must",
) -> list[ScoutedNeed]:
    """Needs without an order that may be met at any minute of a long day, each by many offers."""
    random = Random(count)
    return [
        need(
            id,
            *(
                offer(
                    f"{id}-{n}", effect, price=random.randint(30, 80), minutes=minutes, place=anywhere(random),
                    windows=windows, match=random.random(),
                )
                for n in range(offers)
            ),
            timing=timing,
            priority=priority,
        )
        for id in (f"{effect[0]}{i:02}" for i in range(count))
    ]  # fmt: skip


def starting_often(count: int, offers: int, starts: int, *, every: int) -> list[ScoutedNeed]:
    moments = [at("08:00") + timedelta(minutes=every * i) for i in range(starts)]
    return [need(f"s{i:02}", *(offer(f"s{i:02}-{n}", starts=moments) for n in range(offers)), timing=Timing())
            for i in range(count)]  # fmt: skip


ALWAYS = [TimeWindow()]
GIFTS = wide(50, 10, "delivered")
IDS = [s.need.id for s in GIFTS]
CHEAPEST = sum((min(o.price for o in s.offers) for s in GIFTS), usd(0))


def adversaries() -> Iterator[tuple[str, PlanRequest]]:
    visits = wide(8, 8)
    yield "a year for everything", request(*wide(50, 8, windows=ALWAYS, timing=Timing()))
    yield "a day for what needs two", request(*wide(50, 8))
    yield "hundreds of starts", request(*starting_often(8, 8, 300, every=7))
    yield "not enough money", request(*GIFTS, budget=CHEAPEST - usd(100))
    yield "all at once", request(*GIFTS, relations=[together(a, b) for a, b in pairwise(IDS)])
    yield "in a circle", request(*GIFTS, relations=[before(a, b) for a, b in pairwise([*IDS, IDS[0]])])
    yield (
        "deliveries between visits",
        request(
            *visits, *GIFTS[:8], relations=[before(a.need.id, b.need.id) for a, b in zip(visits, GIFTS, strict=False)]
        ),
    )


def calls(task: Callable[[], PlanResult]) -> tuple[PlanResult, int]:
    """What the task gives, and how many functions it calls: a measure of work that is the same every time."""
    count = 0

    def note(_frame: object, event: str, _argument: object) -> None:
        nonlocal count
        count += event.endswith("call")

    before_that = sys.getprofile()
    sys.setprofile(note)
    try:
        return task(), count
    finally:
        sys.setprofile(before_that)


@pytest.mark.parametrize("asked", [pytest.param(asked, id=name) for name, asked in adversaries()])
def test_every_answer_comes_in_bounded_work_and_is_honest(asked: PlanRequest) -> None:
    result, used = calls(lambda: plan(asked))
    assert used <= FIFTY
    if isinstance(result, Infeasible):
        assert result.conflicts[0].message
        assert all(change.plan.items for change in result.changes)
    else:
        assert check(result, asked) == []


def test_eight_needs_of_eight_offers_at_any_minute_of_a_day_are_planned_at_once() -> None:
    asked = request(*wide(8, 8))
    result, used = calls(lambda: plan(asked))
    assert used <= EIGHT
    assert len(planned(result).items) == 8


@pytest.mark.parametrize("few", [2, 4, 6])
def test_few_needs_at_hours_that_were_named_are_compared_completely(few: int) -> None:
    hours = [starting(between(f"{8 + 2 * i:02}:00", f"{10 + 2 * i:02}:30")) for i in range(few)]
    visits = [visit.model_copy(update={"need": visit.need.model_copy(update={"timing": timing})})
              for visit, timing in zip(starting_often(few, 8, 60, every=15), hours, strict=True)]  # fmt: skip
    result = planned(plan(request(*visits)))
    assert "There were too many possibilities to compare every one." not in result.reasons


def test_a_day_that_is_too_full_is_proven_to_be_and_not_only_given_up() -> None:
    result = plan(request(*wide(30, 8)))
    assert not isinstance(result, Plan)
    assert "do not fit one after another" in result.conflicts[0].message
