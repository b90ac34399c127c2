"""The best plan of a problem, or a good one in bounded time where the best would take too long to find."""

from tools.timechain.partial import Solution, Work
from tools.timechain.problem import Problem
from tools.timechain.score import POINT
from tools.timechain.search import TooMuchWorkError, search

WORK = 40_000
"""What one attempt may cost: about half a second of one core. A usual request needs less than 500."""
HASTE = (0, 30 * POINT, 100 * POINT)
"""The attempts: first exactly, then ever more hastily (see :func:`tools.timechain.search.search`)."""


class UndecidedError(Exception):
    """Neither a plan nor a proof that there is none within the work limit."""


def solve(problem: Problem, allowance: Work | None = None) -> Solution | None:
    """The best solution, or None when there is provably none.

    The solution's ``exact`` is False when others could not be ruled out. All attempts are paid from the
    ``allowance``, if there is one.

    Raises:
        UndecidedError: see there.
    """
    for haste in HASTE:
        work = Work(WORK if allowance is None else min(WORK, allowance.left))
        granted = work.left
        try:
            return search(problem, work, haste)
        except TooMuchWorkError:
            continue
        finally:
            if allowance is not None:
                allowance.left -= granted - work.left
    raise UndecidedError
