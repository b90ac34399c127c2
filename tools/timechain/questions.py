"""Questions about variants of a request, all paid from one allowance of work.

Explaining a conflict takes dozens of small searches. Each is quick for a usual day; the allowance keeps the sum
bounded for unusual ones, at the price of an explanation that may name more than it must.
"""

from schemas.intent import Need
from schemas.offer import Offer
from schemas.plan import Plan, PlanRequest
from tools.timechain.partial import Solution, Work
from tools.timechain.planner import best_plan
from tools.timechain.reading import Pricing, Wishing, read
from tools.timechain.score import INDIFFERENT, Wish
from tools.timechain.solver import UndecidedError, solve

ALLOWANCE = 100_000
"""For all questions about one request together: about a second of one core."""


class Questions:
    """What can be asked; each raises UndecidedError when the allowance is used up, unless it says otherwise."""

    def __init__(self, work: int = ALLOWANCE) -> None:
        self._allowance = Work(work)

    def best(self, request: PlanRequest) -> Plan | None:
        """The best plan."""
        return best_plan(request, self._allowance)

    def least(
        self,
        request: PlanRequest,
        *,
        pricing: Pricing | None = None,
        wishing: Wishing | None = None,
        instant: bool = False,
    ) -> Solution | None:
        """The solution that is cheapest, or least by other measures of offers and times; None if there is none."""
        problem = read(
            request,
            weights=INDIFFERENT,
            pricing=pricing or _price,
            wishing=wishing or _any_time,
            instant=instant,
        )
        return solve(problem, self._allowance)

    def works(self, request: PlanRequest, *, instant: bool = False) -> bool:
        """Whether there is a plan. What cannot be decided counts as working: it proves no conflict."""
        try:
            return self.least(request, instant=instant) is not None
        except UndecidedError:
            return True

    def hopeless(self, request: PlanRequest) -> bool:
        """Whether there is no plan even if one could be everywhere at once."""
        return not self.works(request) and not self.works(request, instant=True)


def _price(offer: Offer) -> int:
    return offer.price.amount


def _any_time(_: Need) -> Wish:
    return Wish(0, 0, 0)
