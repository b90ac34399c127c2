"""On small days the planner is compared with trying everything."""

from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from random import Random
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from schemas.intent import Need, Relation
from schemas.money import Money
from schemas.plan import FixedItem, Infeasible, NearestChange, Plan, PlanItem, PlanRequest
from schemas.timing import TimeWindow
from tests.tools.timechain.days import at
from tests.tools.timechain.oracle import BIG, best_score, small_requests, tight_budgets
from tools.timechain import check, plan
from tools.timechain.beam import beam
from tools.timechain.capacity import overfull
from tools.timechain.conflicts import cores_of
from tools.timechain.partial import Work
from tools.timechain.polish import polish
from tools.timechain.questions import Questions
from tools.timechain.reading import read
from tools.timechain.search import search
from tools.timechain.solver import UndecidedError, solve

PLENTY = 10**6
thoroughly = settings(max_examples=250, deadline=None, suppress_health_check=list(HealthCheck))
briefly = settings(thoroughly, max_examples=120)


@thoroughly
@given(small_requests())
def test_the_best_plan_is_found_exactly_when_there_is_one(request: PlanRequest) -> None:
    solution = search(read(request), Work(PLENTY))
    assert (solution and solution.cost) == best_score(request)


@briefly
@given(tight_budgets())
def test_a_budget_is_spent_in_the_best_way(request: PlanRequest) -> None:
    solution = search(read(request), Work(PLENTY))
    assert (solution and solution.cost) == best_score(request)


@thoroughly
@given(small_requests())
def test_looking_ahead_changes_the_effort_and_not_the_result(request: PlanRequest) -> None:
    solution = search(read(request), Work(PLENTY), look_ahead=True)
    assert (solution and solution.cost) == best_score(request)


@thoroughly
@given(small_requests())
def test_what_is_made_in_a_hurry_is_a_plan_and_polishing_never_makes_it_worse(request: PlanRequest) -> None:
    problem = read(request)
    found = beam(problem, Work(PLENTY), width=4)
    if found is None:
        return
    best, polished = best_score(request), polish(problem, found, Work(PLENTY))
    assert best is not None
    assert best <= polished.cost <= found.cost


@briefly
@given(small_requests(), st.lists(st.integers(0, 400), min_size=2, max_size=6))
def test_more_work_never_makes_a_worse_plan(request: PlanRequest, allowed: list[int]) -> None:
    problem, costs = read(request), []
    for most in [*sorted(allowed), PLENTY]:
        try:
            solution = solve(problem, Work(most))
        except UndecidedError:
            continue
        costs.append(BIG**2 if solution is None else solution.cost)
    assert costs == sorted(costs, reverse=True)
    assert costs[-1] == (BIG**2 if best_score(request) is None else best_score(request))


@briefly
@given(small_requests())
def test_a_day_is_called_overfull_only_when_there_is_no_plan(request: PlanRequest) -> None:
    if overfull(read(request)):
        assert best_score(request) is None


@thoroughly
@given(small_requests())
def test_every_plan_passes_the_independent_verifier(request: PlanRequest) -> None:
    result = plan(request)
    if isinstance(result, Plan):
        assert check(result, request) == []


@briefly
@given(small_requests(), st.randoms(use_true_random=False))
def test_the_order_in_which_things_are_listed_does_not_matter(request: PlanRequest, random: Random) -> None:
    def shuffled(things: list[Any]) -> list[Any]:
        return random.sample(things, len(things))

    needs = [s.model_copy(update={"offers": shuffled(s.offers)}) for s in shuffled(request.needs)]
    other = request.model_copy(
        update={"needs": needs, "relations": shuffled(request.relations), "fixed": shuffled(request.fixed)}
    )
    assert plan(other) == plan(request)


@briefly
@given(small_requests())
def test_slack_is_how_much_later_an_item_could_begin_with_all_else_kept(request: PlanRequest) -> None:
    result = plan(request)
    if isinstance(result, Plan):
        for item in result.items:
            latest = max(
                start for start in [item.start, *_later_starts(item)] if _still_fits(result, item, start, request)
            )
            assert item.slack == latest - item.start, item.need_id


def _later_starts(item: PlanItem) -> Iterator[datetime]:
    if item.offer.starts:
        yield from (start for start in item.offer.starts if start > item.start)
        return
    start, last = item.start, max(w.end for w in item.offer.windows if w.end)
    while start < last:
        start += timedelta(minutes=1)
        yield start


def _still_fits(result: Plan, item: PlanItem, start: datetime, request: PlanRequest) -> bool:
    moved = item.model_copy(update={"start": start, "end": start + (item.end - item.start)})
    items = sorted((moved if i is item else i for i in result.items), key=lambda i: i.start)
    other = result.model_copy(update={"items": items})
    return check(other, request) == [] and _shape(other, request) == _shape(result, request)


def _shape(result: Plan, request: PlanRequest) -> list[tuple[str, bool]]:
    """The order of the person's day and where its nights are."""
    there: list[PlanItem | FixedItem] = [*result.items, *request.fixed]
    day = sorted((i for i in there if i.offer.effect in ("attended", "moves_person")), key=lambda i: (i.start, i.end))
    night = at("04:00")
    frees = [max([request.now, *(i.end for i in day[:n])]) for n in range(len(day))]
    return [(i.need_id, n > 0 and free < night <= i.start) for n, (i, free) in enumerate(zip(day, frees, strict=True))]


@briefly
@given(small_requests())
def test_conflicts_are_minimal(request: PlanRequest) -> None:
    if best_score(request) is not None:
        return
    cores = cores_of(request, Questions(PLENTY))
    assert cores
    for core in cores:
        assert best_score(core.request) is None
        for wish in core.wishes:
            less = wish.given_up(core.request)
            assert core.alone or not less.needs or best_score(less) is not None, wish


@thoroughly
@given(small_requests())
def test_every_change_works_and_no_smaller_one_does(request: PlanRequest) -> None:
    result = plan(request)
    if not isinstance(result, Infeasible):
        return
    assert result.conflicts
    assert len(result.changes) <= 4
    for change in result.changes:
        assert check(change.plan, _changed(request, change)) == []
        if change.field in ("budget", "start", "end"):
            assert best_score(_changed(request, change, short_of_it=True)) is None, change.message


@briefly
@given(small_requests())
def test_a_budget_that_is_all_that_is_wrong_is_raised(request: PlanRequest) -> None:
    unlimited = request.model_copy(update={"budget": None})
    if best_score(request) is None and (best_score(unlimited) or BIG) < BIG and not _rides(request):
        result = plan(request)
        assert isinstance(result, Infeasible)
        assert any(change.field == "budget" and change.need_id is None for change in result.changes)


def _rides(request: PlanRequest) -> bool:
    return any(o.effect == "moves_person" for s in request.needs for o in s.offers)


def _changed(request: PlanRequest, change: NearestChange, *, short_of_it: bool = False) -> PlanRequest:
    """The request with a change made, or made almost."""
    cent, minute = int(short_of_it), timedelta(minutes=short_of_it)
    if change.field == "drop":
        return request.model_copy(update={"needs": [s for s in request.needs if s.need.id != change.need_id]})
    if change.field == "relation":
        kept = [r for r in request.relations if _keeps(change.plan, r, request)]
        return request.model_copy(update={"relations": kept})
    if change.budget is not None:
        limit = Money(amount=change.budget.amount - cent, currency="USD")
        if change.need_id is None:
            return request.model_copy(update={"budget": limit})
        return _with_need(request, change.need_id, lambda n: {"budget": limit, "cheaper_than": _looser(n, limit)})
    assert change.moment is not None
    window, nearest = str(change.field), change.moment

    def timing(need: Need) -> dict[str, object]:
        bound: TimeWindow = getattr(need.timing, window)
        day = need.timing.day
        later = any(edge is not None and nearest > edge for edge in (bound.end, day.end))
        moment = nearest - minute if later else nearest + minute
        edge, pick = ("end", max) if later else ("start", min)
        moved = {window: bound.model_copy(update={edge: moment})}
        if getattr(day, edge) is not None:
            moved["day"] = day.model_copy(update={edge: pick(getattr(day, edge), moment)})
        return {"timing": need.timing.model_copy(update=moved)}

    return _with_need(request, change.need_id, timing)


def _looser(need: Need, limit: Money) -> Money | None:
    return None if need.cheaper_than is not None and need.cheaper_than <= limit else need.cheaper_than


def _keeps(result: Plan, relation: Relation, request: PlanRequest) -> bool:
    return check(result, request.model_copy(update={"relations": [relation]})) == []


def _with_need(request: PlanRequest, need_id: str | None, update: Callable[[Need], dict[str, object]]) -> PlanRequest:
    needs = [
        s.model_copy(update={"need": s.need.model_copy(update=update(s.need))}) if s.need.id == need_id else s
        for s in request.needs
    ]
    return request.model_copy(update={"needs": needs})
