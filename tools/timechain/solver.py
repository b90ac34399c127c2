"""The best plan of a problem, or a good one in bounded time where the best would take too long to find."""

from dataclasses import dataclass

from tools.timechain.partial import Solution, Work
from tools.timechain.problem import Problem
from tools.timechain.score import POINT
from tools.timechain.search import TooMuchWorkError, search


@dataclass(frozen=True, slots=True)
class _Attempt:
    """One way to search, and the most it may cost; 40,000 are about half a second of one core."""

    work: int
    look_ahead: bool = True
    haste: int = 0


_ATTEMPTS = (
    _Attempt(2_000, look_ahead=False),  # a usual request needs less than 500
    _Attempt(40_000),
    _Attempt(40_000, haste=30 * POINT),
    _Attempt(40_000, haste=100 * POINT),
)


class UndecidedError(Exception):
    """Neither a plan nor a proof that there is none within the work limit."""


def solve(problem: Problem, allowance: Work | None = None) -> Solution | None:
    """The best solution, or None when there is provably none.

    The solution's ``exact`` is False when others could not be ruled out. All attempts are paid from the
    ``allowance``, if there is one.

    Raises:
        UndecidedError: see there.
    """
    for attempt in _ATTEMPTS:
        granted = attempt.work if allowance is None else min(attempt.work, allowance.left)
        work = Work(granted)
        try:
            return search(problem, work, look_ahead=attempt.look_ahead, haste=attempt.haste)
        except TooMuchWorkError:
            continue
        finally:
            if allowance is not None:
                allowance.left -= granted - work.left
    raise UndecidedError
