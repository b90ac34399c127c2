"""The best plan of a problem, or a good one where the best would take too long to find: in bounded work, always.

Usual requests are solved exactly at once. Where that is too much, the search looks ahead; where that is too much as
well, a good plan is made and made better with the work that is left. What a request may cost is counted in steps and
not in time, so that the same request always gets the same plan.
"""

from tools.timechain.beam import beam
from tools.timechain.capacity import overfull
from tools.timechain.partial import Solution, TooMuchWorkError, Work
from tools.timechain.polish import polish
from tools.timechain.problem import Problem
from tools.timechain.search import search

_PLAIN = 2_000
"""For the search that does not look ahead; a usual request needs less than 500."""
_AHEAD = 4_000
"""For the search that does."""
_FEW, _AHEAD_FOR_FEW = 6, 50_000
"""With so few needs it is worth more to be sure of the best."""
_GOOD = 9_000
"""For a good plan, and for making it better."""
_CROWDED, _MORE = 8, 4_000
"""Steps for each need beyond so many: less than a second for fifty of them."""
_WIDTHS, _SOON = (1, 4, 16, 64, 256), 4
"""Days kept at a time in looking for any plan; the wider ones only while there is none."""


class UndecidedError(Exception):
    """Neither a plan nor a proof that there is none within the work limit."""


def enough_for(needs: int) -> Work:
    """The work that the best plan of so many needs is worth."""
    ahead = _AHEAD_FOR_FEW if needs <= _FEW else _AHEAD
    return Work(_PLAIN + ahead + _GOOD + _MORE * max(0, needs - _CROWDED))


def solve(problem: Problem, work: Work) -> Solution | None:
    """The best solution, or None when there is provably none.

    The solution's ``exact`` is False when others could not be ruled out. More ``work`` never gives a worse one.

    Raises:
        UndecidedError: see there.
    """
    found, decided = _exactly(problem, work)
    if decided:
        return found
    return polish(problem, _any(problem, work), work)


def solvable(problem: Problem, work: Work) -> bool:
    """Whether there is any solution.

    Raises:
        UndecidedError: see there.
    """
    found, decided = _exactly(problem, work)
    return found is not None if decided else _any(problem, work) is not None


def _exactly(problem: Problem, work: Work) -> tuple[Solution | None, bool]:
    """The best solution if there is one, and whether that has been decided."""
    if overfull(problem):
        return None, True
    few = sum(not item.fixed for item in problem.items) <= _FEW
    for most, look_ahead in ((_PLAIN, False), (_AHEAD_FOR_FEW if few else _AHEAD, True)):
        own = work.part(most)
        try:
            return search(problem, own, look_ahead=look_ahead), True
        except TooMuchWorkError:
            continue
        finally:
            work.paid(own)
    return None, False


def _any(problem: Problem, work: Work) -> Solution:
    """A good solution: the best of those that are soon found, or the first that is found looking ever more widely.

    Raises:
        UndecidedError: there is none when the work is done.
    """
    best: Solution | None = None
    try:
        for width in _WIDTHS:
            if best is None or width <= _SOON:
                found = beam(problem, work, width)
                if found is not None and (best is None or found.cost < best.cost):
                    best = found
    except TooMuchWorkError:
        pass
    if best is None:
        raise UndecidedError
    return best
