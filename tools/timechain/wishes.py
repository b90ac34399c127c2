"""A plan request taken apart into single wishes, each of which can be given up.

What is in conflict and which change would help are both questions of the form "would it work without this?".
A wish knows the request without it; nothing else is needed to ask.
"""

from collections.abc import Callable
from typing import Literal

from schemas.base import Value
from schemas.intent import Need, Relation
from schemas.offer import ScoutedNeed
from schemas.plan import PlanRequest
from schemas.timing import TimeWindow, Timing
from tools.timechain.reading import currency_of, leading_on

WishKind = Literal["need", "relation", "latest_start", "earliest_start", "latest_end", "earliest_end",
                   "need_budget", "cheaper", "budget"]  # fmt: skip


class SingleWish(Value):
    """One thing that was asked for.

    ``latest_start`` and its like are one bound of a need's timing each; the day that was named gives way with
    them, because "at another time" may mean another day.
    """

    kind: WishKind
    need_id: str | None = None
    relation: Relation | None = None

    def given_up(self, request: PlanRequest) -> PlanRequest:
        """The request without this wish."""
        match self.kind:
            case "budget":
                return request.model_copy(update={"budget": None, "currency": currency_of(request)})
            case "relation":
                rest = [r for r in request.relations if r != self.relation]
                return request.model_copy(update={"relations": rest})
            case "need":
                return without(request, {self.need_id})
            case "need_budget":
                return with_need(request, self.need_id, lambda need: _changed(need, budget=None))
            case "cheaper":
                return with_need(request, self.need_id, lambda need: _changed(need, cheaper_than=None))
            case _:
                return with_need(request, self.need_id, lambda need: _changed(need, timing=self._open(need.timing)))

    def _open(self, timing: Timing) -> Timing:
        bound, side = self.kind.split("_")
        edge = "end" if bound == "latest" else "start"
        window: TimeWindow = getattr(timing, side)
        return timing.model_copy(update={side: _without_edge(window, edge), "day": _without_edge(timing.day, edge)})


def wishes_of(request: PlanRequest) -> list[SingleWish]:
    """Every wish of a request, in the order in which they are tried: what is kept longest stands last.

    What is only nice to have is never to blame, because it may be left out.
    """
    musts = [s for s in request.needs if s.need.priority == "must"]
    wishes = [SingleWish(kind="need", need_id=s.need.id) for s in _cheapest_first(musts)]
    leading = leading_on(request)  # that they come before something is what they are for
    there = {s.need.id for s in request.needs} | {f.need_id for f in request.fixed}
    wishes += [
        SingleWish(kind="relation", relation=relation)
        for relation in sorted(request.relations, key=lambda r: (r.first, r.second, r.kind))
        if relation.first in there and relation.second in there and relation.first not in leading
    ]
    needs = [s.need for s in sorted(musts, key=lambda s: s.need.id)]
    for need in needs:
        wishes += [SingleWish(kind=kind, need_id=need.id) for kind in _bounds(need.timing)]
    wishes += [SingleWish(kind="cheaper", need_id=need.id) for need in needs if need.cheaper_than is not None]
    wishes += [SingleWish(kind="need_budget", need_id=need.id) for need in needs if need.budget is not None]
    if request.budget is not None:
        wishes.append(SingleWish(kind="budget"))
    return wishes


def _bounds(timing: Timing) -> list[WishKind]:
    """The bounds that are there; a day alone bounds the start."""
    kinds: list[WishKind] = []
    if timing.start.start is not None or timing.day.start is not None:
        kinds.append("earliest_start")
    if timing.end.start is not None:
        kinds.append("earliest_end")
    if timing.end.end is not None:
        kinds.append("latest_end")
    if timing.start.end is not None or (timing.day.end is not None and timing.end.end is None):
        kinds.append("latest_start")
    return kinds


def _cheapest_first(needs: list[ScoutedNeed]) -> list[ScoutedNeed]:
    return sorted(needs, key=lambda s: (min((o.price.amount for o in s.offers), default=0), s.need.id))


def without(request: PlanRequest, need_ids: set[str | None]) -> PlanRequest:
    """The request without some needs; there may be none left."""
    return request.model_copy(update={"needs": [s for s in request.needs if s.need.id not in need_ids]})


def with_need(request: PlanRequest, need_id: str | None, change: Callable[[Need], Need]) -> PlanRequest:
    """The request with one need changed."""
    needs = [s.model_copy(update={"need": change(s.need)}) if s.need.id == need_id else s for s in request.needs]
    return request.model_copy(update={"needs": needs})


def _changed(need: Need, **changes: object) -> Need:
    return need.model_copy(update=changes)


def _without_edge(window: TimeWindow, edge: str) -> TimeWindow:
    return window.model_copy(update={edge: None})
