"""What would work instead: the least change of one wish, each proven by the plan that it gives.

A single change can only help if it touches every conflict, so only wishes that all conflicts share are tried.
The least change is found exactly, by giving the wish up and asking for the plan that strays least from it.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from schemas.intent import Need
from schemas.money import Money
from schemas.offer import Offer
from schemas.plan import NearestChange, Plan, PlanRequest
from schemas.timing import TimeWindow
from tools.timechain.conflicts import Core
from tools.timechain.problem import moment, seconds
from tools.timechain.questions import Questions
from tools.timechain.reading import currency_of, zone_of
from tools.timechain.score import Wish
from tools.timechain.solver import UndecidedError
from tools.timechain.wishes import SingleWish, with_need
from tools.timechain.words import Clock, capital, name_of

MOST_CHANGES = 4

# How disturbing a change is, in minutes of shift: what one would rather have than which.
_PER_CENT_DEARER = 2
_WITHOUT_RELATION = 90
_WITHOUT_NEED = 480


@dataclass(frozen=True, slots=True)
class _Candidate:
    disturbance: int
    change: NearestChange


def changes_of(request: PlanRequest, cores: Sequence[Core], ask: Questions) -> list[NearestChange]:
    """The nearest single changes that work, least disturbing first; at most four."""
    shared = [wish for wish in cores[0].wishes if all(wish in core.wishes for core in cores[1:])] if cores else []
    found = []
    for wish in reversed(shared):  # money and times before doing without
        try:
            candidates = list(_Changing(request, wish, ask).candidates())
        except UndecidedError:
            continue  # a change that cannot be proven is not offered
        found += [candidate for candidate in candidates if not _pointless(candidate.change.plan)]
    found.sort(key=lambda c: (c.disturbance, c.change.field, c.change.need_id or ""))
    return [candidate.change for candidate in found[:MOST_CHANGES]]


class _Changing:
    """One wish of a request, and the least change of it."""

    def __init__(self, request: PlanRequest, wish: SingleWish, ask: Questions) -> None:
        self.request, self.wish, self.ask = request, wish, ask
        self.without = wish.given_up(request)
        self.clock = Clock(zone_of(request), request.now)
        self.needs = {s.need.id: s.need for s in request.needs}

    def candidates(self) -> Iterator[_Candidate]:
        kind = self.wish.kind
        if kind == "budget":
            yield from self._more_money()
        elif kind in ("need_budget", "cheaper"):
            yield from self._more_money_for_one()
        elif kind == "relation":
            yield from self._no_relation()
        elif kind == "need":
            yield from self._no_need()
        else:
            yield from self._another_time()

    def _more_money(self) -> Iterator[_Candidate]:
        allowed, currency = self.request.budget, currency_of(self.request)
        cheapest = self.ask.least(self.without)
        if cheapest is None or allowed is None:
            return
        spent = sum(f.offer.price.amount for f in self.request.fixed)
        budget = Money(amount=cheapest.price + spent, currency=currency)
        found = self.ask.best(self.request.model_copy(update={"budget": budget}))
        if found is not None:
            message = f"With {budget} instead of {allowed} everything fits."
            yield _Candidate(
                _dearer(allowed, budget), NearestChange(field="budget", budget=budget, message=message, plan=found)
            )

    def _more_money_for_one(self) -> Iterator[_Candidate]:
        need_id = self.wish.need_id
        own = {id(o) for s in self.request.needs if s.need.id == need_id for o in s.offers}

        def pricing(offer: Offer) -> int:
            return offer.price.amount if id(offer) in own else 0

        solution = self.ask.least(self.without, pricing=pricing)
        if solution is None:
            return
        price = next(s.choice.offer.price for s in solution.placed if s.item.id == need_id)
        found = self.ask.best(with_need(self.without, need_id, lambda need: need.model_copy(update={"budget": price})))
        if found is not None:
            need = self.needs[need_id or ""]
            allowed = need.cheaper_than if self.wish.kind == "cheaper" else need.budget
            message = f"{capital(name_of(need))} for {price} instead of {allowed} would work."
            yield _Candidate(
                _dearer(allowed or price, price),
                NearestChange(field="budget", need_id=need_id, budget=price, message=message, plan=found),
            )

    def _no_relation(self) -> Iterator[_Candidate]:
        relation, found = self.wish.relation, self.ask.best(self.without)
        if found is None or relation is None:
            return
        called = {i: name_of(n) for i, n in self.needs.items()}
        called |= {f.need_id: f.offer.title for f in self.request.fixed}
        first, second = called[relation.first], called[relation.second]
        bond = "start together with" if relation.kind == "together" else "be over before"
        message = f"It works if {first} need not {bond} {second}."
        yield _Candidate(
            _WITHOUT_RELATION,
            NearestChange(field="relation", need_id=relation.second, relation=relation, message=message, plan=found),
        )

    def _no_need(self) -> Iterator[_Candidate]:
        found = self.ask.best(self.without) if self.without.needs else None
        if found is not None:
            need = self.needs[self.wish.need_id or ""]
            message = f"Without {name_of(need)} the rest works, for {found.total}."
            yield _Candidate(_WITHOUT_NEED, NearestChange(field="drop", need_id=need.id, message=message, plan=found))

    def _another_time(self) -> Iterator[_Candidate]:
        bound, side = self.wish.kind.split("_")
        need = self.needs[self.wish.need_id or ""]
        edge = _edge(need, bound, side)
        strays = Wish(seconds(edge), int(bound == "latest"), int(bound == "earliest"), on_end=side == "end")
        solution = self.ask.least(
            self.without,
            pricing=lambda _: 0,
            wishing=lambda n: strays if n.id == need.id else Wish(0, 0, 0),
        )
        if solution is None:
            return
        step = next(s for s in solution.placed if s.item.id == need.id)
        nearest = moment(step.start if side == "start" else step.choice.done(step.start, step.end - step.start))
        found = self.ask.best(with_need(self.request, need.id, lambda n: _moved(n, bound, side, nearest)))
        if found is None:
            return
        asked = self.clock.asked(need.timing, nearest).removeprefix("at ").removeprefix("by ")
        how = "by" if (bound, side) == ("latest", "end") else "at"
        message = f"{capital(name_of(need))} {how} {self.clock.at(nearest)} instead of {asked} would work."
        yield _Candidate(
            int(abs((nearest - edge).total_seconds())) // 60,
            NearestChange.model_validate(
                {"field": side, "need_id": need.id, "moment": nearest, "message": message, "plan": found}
            ),
        )


def _pointless(plan: Plan) -> bool:
    """Whether a ride ends where it begins: without the dinner there is no point in the ride home."""
    return any(i.offer.effect == "moves_person" and i.origin is not None and i.origin == i.place for i in plan.items)


def _dearer(allowed: Money, wanted: Money) -> int:
    return (wanted.amount - allowed.amount) * 100 * _PER_CENT_DEARER // max(1, allowed.amount)


def _edge(need: Need, bound: str, side: str) -> datetime:
    """The moment that a bound of the need's timing names, its day's where it has none of its own."""
    timing = need.timing
    window = timing.start if side == "start" else timing.end
    edges = (window.end, timing.day.end) if bound == "latest" else (window.start, timing.day.start)
    return next(edge for edge in edges if edge is not None)


def _moved(need: Need, bound: str, side: str, nearest: datetime) -> Need:
    """The need with one bound moved to ``nearest``, and the day stretched to it."""
    timing, day = need.timing, need.timing.day
    window = timing.start if side == "start" else timing.end
    if bound == "latest":
        window = TimeWindow(start=window.start, end=nearest)
        day = TimeWindow(start=day.start, end=day.end and max(day.end, nearest))
    else:
        window = TimeWindow(start=nearest, end=window.end)
        day = TimeWindow(start=day.start and min(day.start, nearest), end=day.end)
    return need.model_copy(update={"timing": timing.model_copy(update={side: window, "day": day})})
