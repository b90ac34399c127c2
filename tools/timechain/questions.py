"""Questions about variants of a request, all paid from one allowance of work.

Explaining a conflict takes dozens of small searches. Each is quick for a usual day; the allowance keeps the sum
bounded for unusual ones, at the price of an explanation that may name more than it must.
"""

from collections.abc import Iterator
from contextlib import contextmanager

from schemas.intent import Need
from schemas.offer import Offer
from schemas.plan import Plan, PlanRequest
from tools.timechain.partial import Solution, TooMuchWorkError, Work
from tools.timechain.planner import best_plan
from tools.timechain.problem import Problem
from tools.timechain.reading import Pricing, Wishing, read
from tools.timechain.score import INDIFFERENT, Wish
from tools.timechain.solver import UndecidedError, solvable, solve

ALLOWANCE = 100_000
"""For all questions about one request together: about half a second of one core."""
_EACH = 20_000
"""For one of them."""


class Questions:
    """What can be asked; each raises UndecidedError when the allowance is used up, unless it says otherwise."""

    def __init__(self, work: int = ALLOWANCE) -> None:
        self._allowance = Work(work)

    @property
    def exhausted(self) -> bool:
        """Whether nothing can be asked any more."""
        return self._allowance.left <= 0

    def best(self, request: PlanRequest) -> Plan | None:
        """The best plan, or a good one."""
        with self._paid(request) as work:
            return best_plan(request, work)

    def least(
        self,
        request: PlanRequest,
        *,
        pricing: Pricing | None = None,
        wishing: Wishing | None = None,
        instant: bool = False,
    ) -> Solution | None:
        """The solution that is cheapest, or least by other measures of offers and times; None if there is none."""
        with self._paid(request) as work:
            solution = solve(_indifferent(request, pricing or _price, wishing or _any_time, instant=instant), work)
        if solution is not None and not solution.exact:
            raise UndecidedError
        return solution

    def works(self, request: PlanRequest, *, instant: bool = False) -> bool:
        """Whether there is a plan. What cannot be decided counts as working: it proves no conflict."""
        try:
            with self._paid(request) as work:
                return solvable(_indifferent(request, _price, _any_time, instant=instant), work)
        except UndecidedError:
            return True

    def hopeless(self, request: PlanRequest) -> bool:
        """Whether there is no plan even if one could be everywhere at once."""
        return not self.works(request) and not self.works(request, instant=True)

    @contextmanager
    def _paid(self, request: PlanRequest) -> Iterator[Work]:
        """Work for one question, which begins with reading the request."""
        offers = [offer for scouted in request.needs for offer in scouted.offers]
        size = len(request.needs) + sum(2 + (len(o.starts) + len(o.windows)) // 8 for o in offers)
        try:
            self._allowance.spend(size)
        except TooMuchWorkError as error:
            raise UndecidedError from error
        work = self._allowance.part(_EACH)
        try:
            yield work
        finally:
            self._allowance.paid(work)


def _indifferent(request: PlanRequest, pricing: Pricing, wishing: Wishing, *, instant: bool) -> Problem:
    return read(request, weights=INDIFFERENT, pricing=pricing, wishing=wishing, instant=instant)


def _price(offer: Offer) -> int:
    return offer.price.amount


def _any_time(_: Need) -> Wish:
    return Wish(0, 0, 0)
