"""The time-chain planner's judgement: from an intent and the offers found to a plan, in words for a person.

The plan itself is arithmetic (:mod:`tools.timechain`); what is decided here is what may be asked of it and how its
answer is told.
"""

from collections.abc import Sequence
from datetime import UTC, datetime

from schemas.intent import Intent
from schemas.offer import ScoutedNeed
from schemas.place import Place
from schemas.plan import FixedItem, Plan, PlanItem, PlanRequest, PlanResult
from tools import timechain


def solve(request: PlanRequest) -> PlanResult:
    """The planner without an intent: for a request that is complete already."""
    return timechain.plan(request)


def plan(
    intent: Intent,
    scouted: Sequence[ScoutedNeed],
    *,
    now: datetime,
    home: Place | None,
    currency: str,
    fixed: Sequence[FixedItem] = (),
) -> PlanResult:
    """The best way to do what the intent asks with the offers found, around what is already bought.

    Args:
        intent: its budget and relations hold; relations to needs that are neither scouted nor fixed say nothing.
        scouted: the needs to plan, each with its offers, at least one of them not fixed: what is fixed is not
            planned again.
        now: nothing starts before.
        home: where the person's days begin.
        currency: of the plan, unless the budget names another.
        fixed: what is already bought.
    """
    bought = {item.need_id for item in fixed}
    open_needs = [found for found in scouted if found.need.id not in bought]
    return solve(
        PlanRequest(
            now=now,
            needs=open_needs,
            relations=intent.relations,
            budget=intent.budget,
            currency=currency,
            home=home,
            fixed=list(fixed),
        )
    )


def summary(result: PlanResult) -> str:
    """One line for the progress view: what happens when and for how much, or what stands in the way."""
    if isinstance(result, Plan):
        steps = [f"{_clock(item)} {item.offer.title}" for item in result.items]
        left_out = f"; {len(result.left_out)} left out" if result.left_out else ""
        return f"{', '.join(steps)}: {result.total}{left_out}"
    told = [conflict.message for conflict in result.conflicts[:1]]
    told += [change.message for change in result.changes[:1]]
    return " ".join(told)


def _clock(item: PlanItem) -> str:
    """The time on the clocks where it happens."""
    place = item.place or item.offer.place
    return f"{item.start.astimezone(place.tz if place else UTC):%H:%M}"
