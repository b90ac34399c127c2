"""The time-chain planner's judgement: from an intent and the offers found to a plan, in words for a person."""

from collections.abc import Sequence
from datetime import datetime

from schemas.intent import Intent
from schemas.offer import ScoutedNeed
from schemas.place import Place
from schemas.plan import FixedItem, Infeasible, Plan, PlanRequest, PlanResult
from tools.timechain import best_plan


def solve(request: PlanRequest) -> PlanResult:
    return best_plan(request) or Infeasible(conflicts=[], changes=[])


def plan(intent: Intent, scouted: Sequence[ScoutedNeed], *, now: datetime, home: Place | None, currency: str,
         fixed: Sequence[FixedItem] = ()) -> PlanResult:
    return solve(PlanRequest(now=now, needs=list(scouted), relations=intent.relations, budget=intent.budget,
                             currency=currency, home=home, fixed=list(fixed)))


def summary(result: PlanResult) -> str:
    if isinstance(result, Plan):
        return f"{len(result.items)} items, {result.total}"
    return "nothing fits"
