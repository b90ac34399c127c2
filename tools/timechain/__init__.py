"""The time-chain planner: one offer for each need, each at its time, so that the whole fits.

``plan`` is pure: no clock, no network, and the same request always gets the same answer, whatever the order in
which its parts are listed. It takes a request's words for granted and keeps these rules:

- *Time.* ``timing.start`` bounds the start and ``timing.end`` the end; a delivery is done when it arrives, the
  unloading does not count. ``timing.day`` bounds the start: a dinner or a night at a hotel may run past
  midnight, and what must follow something else still belongs to that day until four in the morning. Nothing
  starts before ``now``. An offer starts at one of its ``starts``, or at any whole minute of its ``windows``.
- *The person* is at an attended service from start to end, rides along in what moves them, and is free while
  something is delivered or somebody works at a place. Between two appointments they need the way (see
  :mod:`tools.timechain.journey`); before the first of a day they set out from home, not before ``now``. A ride
  begins where they are, or at its need's ``place`` if that is not where it ends, and ends at its
  ``destination``; without one at home, unless it is to be before an appointment: then it leads on to wherever
  the person is to be next (if it does not say how long it takes, there is time for the farthest place). After
  four in the morning a new day begins at home.
- *Order.* ``before``: the first is done when the second starts. ``together``: both start at once. Without a
  relation, any order.
- *Money.* All in one currency, the budget's or else the request's; offers in another are not eligible. The
  budget covers fixed items too.
- *What is best* is defined in :mod:`tools.timechain.score`.

``check`` reads the same rules independently and names those that a plan breaks.
"""

from schemas.plan import Infeasible, PlanRequest, PlanResult
from tools.timechain.changes import changes_of
from tools.timechain.conflicts import cores_of
from tools.timechain.explain import conflict_of, foreign_money, undecided, unexplained
from tools.timechain.planner import best_plan
from tools.timechain.questions import Questions
from tools.timechain.solver import UndecidedError, enough_for
from tools.timechain.verifier import check

__all__ = ["check", "plan"]


def plan(request: PlanRequest) -> PlanResult:
    """The best plan, or what is in conflict and which nearest changes would work.

    Raises:
        InvalidRequestError: an id stands for two things, or a need is related to itself.
    """
    mixed = foreign_money(request)
    if mixed is not None:
        return Infeasible(conflicts=[mixed])
    try:
        best = best_plan(request, enough_for(len(request.needs)))
    except UndecidedError:
        return Infeasible(conflicts=[undecided(request)])
    return best or _account(request)


def _account(request: PlanRequest) -> Infeasible:
    """Why there is no plan, and what would work."""
    ask = Questions()
    try:
        cores = cores_of(request, ask)
        conflicts = [conflict_of(core, request, ask) for core in cores]
        return Infeasible(conflicts=conflicts or [unexplained(request)], changes=changes_of(request, cores, ask))
    except UndecidedError:
        return Infeasible(conflicts=[unexplained(request)])
