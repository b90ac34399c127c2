"""Days with many needs: exact while that is affordable, then good, and honest about which."""

from datetime import datetime, timedelta
from random import Random

from schemas.offer import Offer, ScoutedNeed
from schemas.place import Place
from schemas.plan import PlanRequest
from schemas.timing import Timing
from tests.tools.timechain.days import (
    HOME,
    SATURDAY,
    at,
    before,
    between,
    clock,
    done,
    fixed,
    need,
    offer,
    planned,
    refused,
    request,
    starting,
    usd,
)
from tools.timechain import check, plan
from tools.timechain.partial import Work
from tools.timechain.problem import moment
from tools.timechain.reading import read
from tools.timechain.search import search

MANY = 8


def somewhere(random: Random) -> Place:
    lat, lon = HOME.lat + random.uniform(-0.05, 0.05), HOME.lon + random.uniform(-0.05, 0.05)
    return Place(name="Somewhere", lat=lat, lon=lon, zone=HOME.zone)


def appointment(random: Random, id: str, timing: Timing) -> ScoutedNeed:
    starts = [at("08:00") + timedelta(minutes=60 * n + random.choice([0, 0, 15])) for n in range(15)]
    return need(
        id,
        *(
            offer(
                f"{id}-{n}", price=random.randint(30, 80), starts=starts, place=somewhere(random),
                match=random.random(), rating=random.uniform(3.8, 4.9),
            )
            for n in range(MANY)
        ),
        timing=timing,
    )  # fmt: skip


def delivery(random: Random, id: str) -> ScoutedNeed:
    offers = [
        offer(
            f"{id}-{n}", "delivered", price=random.randint(30, 80), windows=[("09:00", "18:00")], match=random.random()
        )
        for n in range(MANY)
    ]
    return need(id, *offers, timing=done(between(None, "17:00")))


def twelve_needs(random: Random) -> PlanRequest:
    hours = ["09:00", "11:00", "13:00", "15:00", "17:00", "19:00"]
    timings = [starting(between(hour, f"{int(hour[:2]) + 1}:30")) for hour in hours]
    visits = [appointment(random, f"n{i}", timing) for i, timing in enumerate(timings)]
    gifts = [delivery(random, f"g{i}") for i in range(5)]
    ride = need("ride", *(offer(f"ride-{n}", "moves_person", price=20 + n, minutes=25, windows=[("00:00", "23:59")])
                          for n in range(MANY)))  # fmt: skip
    return request(*visits, *gifts, ride, relations=[before("n5", "ride")], budget=usd(600))


def test_twelve_needs_of_eight_offers_are_planned_exactly() -> None:
    asked = twelve_needs(Random(7))
    result = planned(plan(asked))
    assert check(result, asked) == []
    assert len(result.items) == 12
    assert "There were too many possibilities to compare every one." not in result.reasons


def visit(id: str, *starts: str | datetime, rating: float = 4.5) -> Offer:
    return offer(id, minutes=60, starts=starts, rating=rating)


def best_starts(asked: PlanRequest) -> dict[str, datetime]:
    """The starts of the best solution, found the way that crowded days are."""
    solution = search(read(asked), Work(1_000), look_ahead=True)
    assert solution is not None
    return {step.item.id: moment(step.start) for step in solution.placed}


def anytime(id: str, *offers: Offer) -> ScoutedNeed:
    return need(id, *offers, timing=Timing())


def test_a_night_between_two_appointments_is_no_waiting() -> None:
    """At 18:00 one would have to wait an hour; at ten the next morning one comes from home."""
    day = [anytime(f"n{i}", visit(f"n{i}-1", start)) for i, start in enumerate(("14:00", "15:00", "16:00"))]
    asked = request(*day, anytime("spa", visit("spa-1", "18:00", at("10:00", 7))))
    assert best_starts(asked)["spa"] == at("10:00", 7)


def test_an_appointment_that_is_over_has_not_kept_one_waiting() -> None:
    """Since noon, and not since what was over at eleven; else the better spa later would seem worth the wait."""
    spa = anytime("spa", visit("spa-1", "12:30", rating=3.25), visit("spa-2", "15:30"))
    over = fixed(offer("gym-1", minutes=60, starts=["10:00"]), "10:00")
    asked = request(spa, anytime("hair", visit("hair-1", "14:00")), anytime("show", visit("show-1", "20:00")),
                    fixed=[over], now=at("12:00"))  # fmt: skip
    assert best_starts(asked)["spa"] == at("12:30")


def test_a_usual_request_takes_little_work() -> None:
    random = Random(1)
    ride = need("ride", *(offer(f"ride-{n}", "moves_person", price=20 + n, minutes=25, windows=[("00:00", "23:59")])
                          for n in range(MANY)))  # fmt: skip
    dinner = appointment(random, "dinner", starting(between("17:00", "22:00")))
    asked = request(delivery(random, "flowers"), dinner, ride, relations=[before("dinner", "ride")], budget=usd(250))
    work = Work(500)
    assert search(read(asked), work) is not None
    assert work.left >= 0


def test_a_day_too_crowded_to_compare_everything_is_planned_well_and_says_so() -> None:
    random = Random(3)
    asked = request(*(appointment(random, f"n{i}", Timing(day=SATURDAY)) for i in range(8)))
    result = planned(plan(asked))
    assert check(result, asked) == []
    assert result.reasons[-1] == "There were too many possibilities to compare every one."
    assert plan(asked) == result


def test_a_crowded_day_that_cannot_be_is_explained_in_bounded_work() -> None:
    random = Random(5)
    morning = starting(between("08:00", "12:30"))
    asked = request(*(appointment(random, f"n{i}", morning) for i in range(14)))
    result = refused(plan(asked))
    assert result.conflicts
    for change in result.changes:
        assert change.plan.items


def test_fifty_needs_are_no_problem_when_they_are_independent() -> None:
    random = Random(9)
    asked = request(*(delivery(random, f"g{i:02}") for i in range(50)))
    result = planned(plan(asked))
    assert len(result.items) == 50
    assert {clock(item.start) for item in result.items} == {"16:00"}
