"""Which method solves a problem: the search, or the constraint solver when the search would take too long."""

from tools.timechain.problem import Problem
from tools.timechain.search import Solution, TooMuchWorkError, search


class UndecidedError(Exception):
    """Neither method decided within its work limit whether there is a plan at all."""


def solve(problem: Problem) -> Solution | None:
    """The best solution, or None when there is provably none."""
    try:
        return search(problem)
    except TooMuchWorkError:
        raise UndecidedError from None
