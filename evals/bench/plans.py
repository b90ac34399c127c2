"""``uso bench plans``: how long the time-chain planner takes, and how much worse than the best its plans are.

Days are made up from a seed: visits, deliveries and rides by eight partners each, half of the days with hours named
for every visit and half without. The best plan is looked for with a hundred times the work; where even that does not
find it, there is nothing to compare with.
"""

from datetime import UTC, datetime, timedelta
from random import Random
from time import process_time
from typing import Any

from evals.bench.figures import percentile
from schemas.intent import Need, Relation
from schemas.money import Money
from schemas.offer import Offer, ScoutedNeed
from schemas.place import Place
from schemas.plan import Plan, PlanRequest
from schemas.timing import TimeWindow, Timing
from tools.timechain import check, plan
from tools.timechain.partial import TooMuchWorkError, Work
from tools.timechain.reading import read
from tools.timechain.score import POINT
from tools.timechain.search import search
from tools.timechain.solver import enough_for, solve

SIZES = (3, 5, 8, 12, 20, 50)
_OFFERS = 8
_MIDNIGHT = datetime(2026, 5, 9, tzinfo=UTC)
_HOME = Place(name="Home", lat=51.5, lon=-0.12, zone="UTC")
_PLENTY = 200_000
"""Steps for the best plan: about a second."""


async def plans(*, seconds: float = 8.0, sizes: tuple[int, ...] = SIZES) -> dict[str, Any]:
    """For each number of needs: milliseconds, failures, and points lost against the best plan.

    Args:
        seconds: of CPU for each size; at least two days are planned.
        sizes: how many needs a day has.
    """
    return {"benchmark": "plans", "sizes": {str(size): _measure(size, seconds) for size in sizes}}


def _measure(size: int, seconds: float) -> dict[str, Any]:
    until, taken, lost, planned, failures, seed = process_time() + seconds, [], [], 0, 0, 0
    while seed < 2 or (process_time() < until and seed < 100):
        request = day(size, seed)
        begun = process_time()
        result = plan(request)
        taken.append((process_time() - begun) * 1000)
        if isinstance(result, Plan):
            planned += 1
            failures += bool(check(result, request))
            best, found = _best(request), solve(read(request), enough_for(size))
            if best is not None and found is not None:
                lost.append((found.cost - best) / POINT)
        seed += 1
    return {
        "days": seed,
        "planned": planned,
        "failures": failures,
        "p50_ms": percentile(taken, 50),
        "p95_ms": percentile(taken, 95),
        "compared": len(lost),
        "points_lost_mean": round(sum(lost) / len(lost), 2) if lost else None,
        "points_lost_p95": percentile(lost, 95),
    }


def _best(request: PlanRequest) -> int | None:
    """The least score there is; None if that takes too long to find."""
    try:
        solution = search(read(request), Work(_PLENTY), look_ahead=True)
    except TooMuchWorkError:
        return None
    return None if solution is None else solution.cost


def day(size: int, seed: int) -> PlanRequest:
    """A made-up day of so many needs: a visit for every second need up to six, a ride home, and deliveries."""
    random = Random(size * 1_000 + seed)
    visits, needs = min(6, size // 2), []
    for n in range(visits):
        hour = 9 + 2 * n + random.choice([0, 0, 1])
        named = Timing(start=TimeWindow(start=_at(hour), end=_at(hour + 2)), day=_DAY)
        needs.append(_visit(random, f"v{n:02}", Timing(day=_DAY) if seed % 2 else named))
    needs.append(_ride(random, "ride"))
    for n in range(size - len(needs)):
        deadline = TimeWindow(end=_at(random.choice([12, 15, 17, 18])))
        needs.append(_delivery(random, f"d{n:02}", Timing(end=deadline, day=_DAY)))
    typical = sum(sorted(o.price.amount for o in s.offers)[_OFFERS // 2] for s in needs)
    return PlanRequest(
        now=_MIDNIGHT - timedelta(days=1),
        needs=needs,
        relations=[Relation(first=f"v{visits - 1:02}", second="ride")],
        budget=Money(amount=int(typical * random.uniform(0.8, 1.2)), currency="USD"),
        home=_HOME,
    )


def _at(hour: float) -> datetime:
    return _MIDNIGHT + timedelta(hours=hour)


_DAY = TimeWindow(start=_at(0), end=_at(24) - timedelta(minutes=1))


def _visit(random: Random, id: str, timing: Timing) -> ScoutedNeed:
    hours = [_at(8 + n) + timedelta(minutes=random.choice([0, 0, 15, 30])) for n in range(14)]
    return _need(random, id, timing, effect="attended", minutes=random.choice([30, 45, 60]), starts=tuple(hours))


def _delivery(random: Random, id: str, timing: Timing) -> ScoutedNeed:
    return _need(random, id, timing, effect="delivered", minutes=10, windows=(TimeWindow(start=_at(8), end=_at(20)),))


def _ride(random: Random, id: str) -> ScoutedNeed:
    late = TimeWindow(start=_at(0), end=_at(30))
    return _need(random, id, Timing(day=_DAY), effect="moves_person", minutes=25, windows=(late,))


def _need(random: Random, id: str, timing: Timing, *, minutes: int, **terms: Any) -> ScoutedNeed:
    offers = [
        Offer(
            id=f"{id}-{n}",
            need_id=id,
            capability_id="any",
            partner_id=f"p{n}",
            partner_name=f"Partner {n}",
            product_id=f"{id}-{n}",
            title=f"Title {n}",
            price=Money(amount=random.randint(2_000, 9_000), currency="USD"),
            duration=timedelta(minutes=minutes),
            place=_somewhere(random),
            rating=round(random.uniform(3.5, 5), 1),
            match=round(random.random(), 2),
            **terms,
        )
        for n in range(_OFFERS)
    ]
    return ScoutedNeed(need=Need(id=id, text=id, timing=timing), offers=offers)


def _somewhere(random: Random) -> Place:
    lat, lon = _HOME.lat + random.uniform(-0.05, 0.05), _HOME.lon + random.uniform(-0.05, 0.05)
    return Place(name="Somewhere", lat=lat, lon=lon, zone=_HOME.zone)
