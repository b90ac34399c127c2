"""The best plan of a request, told as items, times, slack and reasons."""

from collections.abc import Sequence
from datetime import timedelta

from schemas.intent import Need
from schemas.money import Money
from schemas.offer import Offer
from schemas.place import Place
from schemas.plan import Merit, Plan, PlanItem, PlanRequest, Reason
from tools.timechain.partial import Placed, Work
from tools.timechain.problem import WHERE_ONE_IS, Problem, moment
from tools.timechain.reading import affordable, currency_of, read
from tools.timechain.score import UNRATED
from tools.timechain.slack import slack_of
from tools.timechain.solver import solve
from tools.timechain.words import capital, name_of

_MERITS: dict[Merit, str] = {
    "match": "the closest match",
    "rating": "the best rated",
    "price": "the cheapest",
    "balance": "the best balance of match, rating, price and time",
}


def best_plan(request: PlanRequest, work: Work) -> Plan | None:
    """The plan with the least score, or None when there is none, found with what ``work`` is left.

    Raises:
        InvalidRequestError: the request contradicts itself.
        UndecidedError: too many possibilities to decide within the work limit.
    """
    problem = read(request)
    solution = solve(problem, work)
    if solution is None:
        return None
    needs = {s.need.id: s.need for s in request.needs}
    steps = [step for step in sorted(solution.placed, key=lambda s: s.start) if not step.item.fixed]
    items = [_item(step, solution.placed, problem, needs[step.item.id], request) for step in steps]
    left_out = [item.id for item in solution.left_out]
    merits = _merits(request, steps)
    return Plan(
        items=items,
        total=Money(amount=solution.price, currency=currency_of(request)),
        left_out=left_out,
        reasons=[
            *_reasons(request, steps, solution.placed, merits),
            *_regrets(request, left_out),
            *([] if solution.exact else ["There were too many possibilities to compare every one."]),
        ],
        merits=merits,
    )


def _item(step: Placed, placed: Sequence[Placed], problem: Problem, need: Need, request: PlanRequest) -> PlanItem:
    offer, places = step.choice.offer, problem.journeys.places
    place, origin = need.place or request.home, None
    if offer.effect == "moves_person":
        place, origin = _drop_off(step, placed, need.destination or request.home, problem), places[step.origin]
    elif offer.effect == "attended":
        place = offer.place or place
    start = moment(step.start)
    return PlanItem(
        need_id=need.id,
        offer=offer,
        start=start,
        end=start + (offer.duration or timedelta(seconds=step.end - step.start)),
        travel=timedelta(seconds=step.way),
        slack=timedelta(seconds=slack_of(step, placed, problem)),
        place=place,
        origin=origin,
    )


def _drop_off(step: Placed, placed: Sequence[Placed], named: Place | None, problem: Problem) -> Place | None:
    """Where a ride ends; one that leads on, where the person's next appointment of the day begins."""
    journeys = problem.journeys
    if not step.choice.leads:
        return named
    day = [other for other in placed if other.choice.occupies]
    following = next(iter(day[day.index(step) + 1 :]), None)
    if following is None or following.start >= journeys.break_after(step.end):
        return named
    return None if following.choice.entry == WHERE_ONE_IS else journeys.places[following.choice.entry]


def _merits(request: PlanRequest, steps: Sequence[Placed]) -> list[Reason]:
    """What speaks for each offer among those that its need allows."""
    currency = currency_of(request)
    scouted = {s.need.id: s for s in request.needs}
    found = []
    for step in steps:
        need = scouted[step.item.id].need
        rivals = [o for o in scouted[step.item.id].offers if affordable(need, o, currency)]
        found.append(Reason(need_id=need.id, merits=_best_of(step.choice.offer, rivals), among=len(rivals)))
    return found


def _reasons(
    request: PlanRequest, steps: Sequence[Placed], placed: Sequence[Placed], merits: Sequence[Reason]
) -> list[str]:
    scouted = {s.need.id: s for s in request.needs}
    day = [step for step in placed if step.choice.occupies]
    reasons = []
    for step, merit in zip(steps, merits, strict=True):
        need, offer = scouted[step.item.id].need, step.choice.offer
        sentence = f"{capital(name_of(need))}: {offer.title} from {offer.partner_name}, {_told(merit)}, {offer.price}"
        at = day.index(step) if step in day else 0
        if step.choice.moves and at > 0 and day[at - 1].end == step.start:
            before = day[at - 1].item.id
            called = name_of(scouted[before].need) if before in scouted else day[at - 1].choice.offer.title
            sentence += f"; it leaves as {called} ends"
        reasons.append(sentence + ".")
    return reasons


def _best_of(offer: Offer, rivals: Sequence[Offer]) -> tuple[Merit, ...]:
    merits: list[Merit] = []
    if offer.match >= max(o.match for o in rivals):
        merits.append("match")
    if offer.rating is not None and offer.rating >= max(o.rating or UNRATED for o in rivals):
        merits.append("rating")
    if offer.price <= min(o.price for o in rivals):
        merits.append("price")
    return tuple(merits) or ("balance",)


def _told(reason: Reason) -> str:
    if reason.among == 1:
        return "the only offer"
    return f"{' and '.join(_MERITS[merit] for merit in reason.merits)} of {reason.among}"


def _regrets(request: PlanRequest, left_out: Sequence[str]) -> list[str]:
    within = f" within {request.budget}" if request.budget is not None else ""
    needs = {s.need.id: s for s in request.needs}
    return [
        f"{capital(name_of(needs[i].need))} is left out: "
        + (f"it does not fit in with the rest{within}." if needs[i].offers else "nobody offers it.")
        for i in left_out
    ]
