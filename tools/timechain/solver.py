"""Which method solves a problem: the search, or the constraint solver where the search would take too long."""

from tools.timechain.constraints import solve_constraints
from tools.timechain.problem import Problem
from tools.timechain.search import Solution, TooMuchWorkError, search

SEARCHABLE = 12
"""The most items whose times depend on each other that are worth searching through."""


def solve(problem: Problem) -> Solution | None:
    """The best solution, or None when there is provably none.

    Raises:
        UndecidedError: neither a plan nor a proof that there is none within the work limit.
    """
    if len(problem.chain) <= SEARCHABLE:
        try:
            return search(problem)
        except TooMuchWorkError:
            pass  # too many equally good possibilities: the constraint solver copes better with these
    return solve_constraints(problem)
