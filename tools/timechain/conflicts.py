"""Why there is no plan: smallest sets of wishes that cannot all be kept, found by giving up one after another.

A wish without which there is still no plan has nothing to do with the conflict and is given up for good; what
is left in the end is a set from which nothing more can be taken (a deletion filter: Chinneck and Dravnieks,
"Locating minimal infeasible constraint sets in linear programs", ORSA J. Computing 3, 1991).
"""

from dataclasses import dataclass

from schemas.plan import PlanRequest
from tools.timechain.partial import Solution
from tools.timechain.reading import Pricing, currency_of, read
from tools.timechain.score import INDIFFERENT, Wish
from tools.timechain.solver import UndecidedError, solve
from tools.timechain.wishes import SingleWish, wishes_of, without

MOST_CORES = 4
_ANY_TIME = Wish(0, 0, 0)


@dataclass(frozen=True, slots=True)
class Core:
    """Wishes that cannot all be kept though any of them given up would do, and the request with only these."""

    wishes: tuple[SingleWish, ...]
    request: PlanRequest
    alone: bool
    """Whether it is about one need by itself, apart from everything else."""


def least(request: PlanRequest, pricing: Pricing | None = None, *, instant: bool = False) -> Solution | None:
    """The solution that is cheapest, or least by another ``pricing`` of offers, at whatever times; None if none."""
    pricing = pricing or (lambda offer: offer.price.amount)
    return solve(read(request, weights=INDIFFERENT, pricing=pricing, wishing=lambda _: _ANY_TIME, instant=instant))


def works(request: PlanRequest, *, instant: bool = False) -> bool:
    """Whether there is a plan. What cannot be decided counts as working: it proves no conflict."""
    try:
        return not request.needs or least(request, instant=instant) is not None
    except UndecidedError:
        return True


def cores_of(request: PlanRequest) -> list[Core]:
    """Conflicts of an infeasible request: first those of single needs, then those of the others together."""
    rest = without(request, {s.need.id for s in request.needs if s.need.priority == "nice"})
    found = []
    for scouted in sorted(rest.needs, key=lambda s: s.need.id):
        alone = rest.model_copy(
            update={"needs": [scouted], "relations": [], "fixed": [], "budget": None,
                    "currency": currency_of(rest)}
        )  # fmt: skip
        if not works(alone, instant=True):
            found.append(_core(alone, alone=True))
            rest = without(rest, {scouted.need.id})
    while len(found) < MOST_CORES and not works(rest):
        core = _core(rest, alone=False)
        found.append(core)
        rest = _weakened(rest, core)
    return found


def _core(request: PlanRequest, *, alone: bool) -> Core:
    kept = []
    for wish in wishes_of(request):
        less = wish.given_up(request)
        if works(less, instant=alone):
            kept.append(wish)
        else:
            request = less
    return Core(tuple(kept), request, alone)


def _weakened(request: PlanRequest, core: Core) -> PlanRequest:
    """The request without this conflict, so that another can be found."""
    terms = [wish for wish in core.wishes if wish.kind != "need"]
    for wish in terms or core.wishes[:1]:
        request = wish.given_up(request)
    return request
