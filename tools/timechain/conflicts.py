"""Why there is no plan: smallest sets of wishes that cannot all be kept, found by giving up one after another.

A wish without which there is still no plan has nothing to do with the conflict and is given up for good; what
is left in the end is a set from which nothing more can be taken (a deletion filter: Chinneck and Dravnieks,
"Locating minimal infeasible constraint sets in linear programs", ORSA J. Computing 3, 1991).
"""

from dataclasses import dataclass

from schemas.plan import PlanRequest
from tools.timechain.questions import Questions
from tools.timechain.reading import currency_of
from tools.timechain.wishes import SingleWish, WishKind, wishes_of, without

MOST_CORES = 4
_TOGETHER: tuple[frozenset[WishKind], ...] = (
    frozenset({"latest_start", "earliest_start", "latest_end", "earliest_end"}),
    frozenset({"relation"}),
    frozenset({"need_budget", "cheaper"}),
)


@dataclass(frozen=True, slots=True)
class Core:
    """Wishes that cannot all be kept though any of them given up would do, and the request with only these."""

    wishes: tuple[SingleWish, ...]
    request: PlanRequest
    alone: bool
    """Whether it is about one need by itself, apart from everything else."""


def cores_of(request: PlanRequest, ask: Questions) -> list[Core]:
    """Conflicts of an infeasible request: first those of single needs, then those of the others together."""
    rest, found = request, []
    for scouted in sorted(request.needs, key=lambda s: s.need.id):
        alone = rest.model_copy(
            update={"needs": [scouted], "relations": [], "fixed": [], "budget": None,
                    "currency": currency_of(rest)}
        )  # fmt: skip
        if ask.hopeless(alone):
            found.append(_core(alone, ask, alone=True))
            rest = without(rest, {scouted.need.id})
    while len(found) < MOST_CORES and not ask.works(rest):
        core = _core(rest, ask, alone=False)
        found.append(core)
        rest = _weakened(rest, core)
    return found


def _core(request: PlanRequest, ask: Questions, *, alone: bool) -> Core:
    def conflicting(less: PlanRequest) -> bool:
        return ask.hopeless(less) if alone else not ask.works(less)

    for kinds in _TOGETHER:  # most conflicts have nothing to do with most wishes: give them up at one stroke
        less = request
        for wish in wishes_of(request):
            if wish.kind in kinds:
                less = wish.given_up(less)
        if less is not request and conflicting(less):
            request = less
    kept = []
    for wish in wishes_of(request):
        if not ask.exhausted:
            less = wish.given_up(request)
            if conflicting(less):
                request = less
                continue
        kept.append(wish)
    return Core(tuple(kept), request, alone)


def _weakened(request: PlanRequest, core: Core) -> PlanRequest:
    """The request without this conflict, so that another can be found."""
    terms = [wish for wish in core.wishes if wish.kind != "need"]
    for wish in terms or core.wishes[:1]:
        request = wish.given_up(request)
    return request
