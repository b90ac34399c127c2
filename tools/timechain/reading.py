"""Reads a plan request into a problem: what is affordable and when, which bounds hold, how things are related.

Everything is sorted by id first, so the order in which a caller lists things never matters.
"""

from collections.abc import Callable, Sequence
from math import ceil
from zoneinfo import ZoneInfo

from schemas.capability import TimeEffect
from schemas.errors import FieldError, InvalidRequestError
from schemas.intent import Need, Relation
from schemas.offer import Offer, ScoutedNeed
from schemas.place import Place
from schemas.plan import FixedItem, PlanRequest
from schemas.timing import TimeWindow
from tools.timechain.journey import Journeys
from tools.timechain.problem import (
    BY_DISTANCE,
    MINUTE,
    TIE,
    WHERE_ONE_IS,
    Choice,
    Item,
    Problem,
    seconds,
    up_to_minute,
)
from tools.timechain.score import SCORE, PriceScale, Weights, Wish, quality_cost, wish_of

HORIZON = 366 * 86_400
"""How far a window without an end is looked into, in seconds."""

Pricing = Callable[[Offer], int]
Wishing = Callable[[Need], Wish]
"""Score units for taking an offer, and when a need is wished for: together the objective."""


def zone_of(request: PlanRequest) -> ZoneInfo:
    """The zone in which the person's days are counted: home's, else that of the first place known, else UTC."""
    if request.home is not None:
        return request.home.tz
    offers = [*(f.offer for f in request.fixed), *(o for s in request.needs for o in s.offers)]
    places = [
        *(f.place for f in sorted(request.fixed, key=lambda f: f.need_id)),
        *(s.need.place for s in sorted(request.needs, key=lambda s: s.need.id)),
        *(o.place for o in sorted(offers, key=lambda o: o.id)),
    ]
    return next((place.tz for place in places if place is not None), ZoneInfo("UTC"))


def currency_of(request: PlanRequest) -> str:
    """The one currency of the plan: the budget's, else the request's."""
    return request.budget.currency if request.budget is not None else request.currency


def affordable(need: Need, offer: Offer, currency: str) -> bool:
    """Whether an offer is in the plan's currency and within the limits of its own need."""
    price = offer.price
    if price.currency != currency:
        return False
    for limit, strict in ((need.budget, False), (need.cheaper_than, True)):
        if limit is not None and (
            limit.currency != currency or price.amount > limit.amount or (strict and price.amount == limit.amount)
        ):
            return False
    return True


def read(
    request: PlanRequest,
    *,
    weights: Weights = SCORE,
    pricing: Pricing | None = None,
    wishing: Wishing | None = None,
    instant: bool = False,
) -> Problem:
    """The request as a problem.

    Args:
        request: what is asked.
        weights: of waiting and ways; the other weights enter through the next two.
        pricing: the cost of taking an offer; by default its score.
        wishing: when a need is wished for; by default as its timing says.
        instant: whether ways take no time.

    Raises:
        InvalidRequestError: an id stands for two things, or a need is related to itself.
    """
    _refuse_contradictions(request)
    now, currency = seconds(request.now), currency_of(request)
    scale = PriceScale.of(request.needs, currency)
    journeys = Journeys(zone_of(request), instant=instant)
    home = journeys.number(request.home)
    items = [
        _fixed(fixed, index, journeys)
        for index, fixed in enumerate(sorted(request.fixed, key=lambda f: (f.start, f.need_id)))
    ]
    present = {item.id for item in items} | {s.need.id for s in request.needs}
    followers = {r.second for r in request.relations if r.kind == "before" and r.first in present}
    leading = leading_on(request)
    leads = tuple(sorted({journeys.number(place) for place in _appointments(request)})) if leading else ()
    for scouted in sorted(request.needs, key=lambda s: s.need.id):
        need_id = scouted.need.id
        reader = _NeedReader(
            scouted.need, request, journeys, now,
            follows=need_id in followers, leads=leads if need_id in leading else (),
        )  # fmt: skip
        item = Item(scouted.need.id, len(items), [], must=scouted.need.priority == "must")
        if wishing:
            wish = wishing(scouted.need)
        else:
            wish = wish_of(scouted.need, now, zone_of(request), weights, away=_leads_away(scouted, request.home))
        for rank, offer in enumerate(sorted(scouted.offers, key=lambda o: o.id)):
            if not affordable(scouted.need, offer, currency):
                continue
            if offer.expires_at is not None and offer.expires_at <= request.now:
                continue
            cost = pricing(offer) if pricing else quality_cost(offer, weights) + scale.cost(offer.price.amount, weights)
            choice = reader.choice(offer, item.index, cost * TIE + rank, wish)
            if choice is not None:
                item.choices.append(choice)
        items.append(item)
    _relate(items, request.relations)
    left_over = None
    if request.budget is not None:
        left_over = request.budget.amount - sum(f.offer.price.amount for f in request.fixed)
    problem = Problem(items, journeys, weights, now, home, left_over, weights.left_out * TIE)
    for item in items:
        chained = item.before | item.after | item.together or any(c.occupies for c in item.choices)
        (problem.chain if chained else problem.loose).append(item)
    return problem


def _refuse_contradictions(request: PlanRequest) -> None:
    ids = [s.need.id for s in request.needs] + [f.need_id for f in request.fixed]
    errors = [FieldError("needs", f"{i!r} stands for two things") for i in sorted({i for i in ids if ids.count(i) > 1})]
    errors += [
        FieldError("relations", f"{r.first!r} is related to itself") for r in request.relations if r.first == r.second
    ]
    if errors:
        raise InvalidRequestError("The plan request contradicts itself.", errors=errors)


class _NeedReader:
    """Turns the offers for one need into choices: the bounds of its timing are worked out once."""

    def __init__(
        self, need: Need, request: PlanRequest, journeys: Journeys, now: int,
        *, follows: bool, leads: tuple[int, ...],
    ) -> None:  # fmt: skip
        timing = need.timing
        self._leads = leads
        self._need, self._home, self._journeys = need, request.home, journeys
        self._low = max(now, _low(timing.start), _low(timing.day))
        self._high = min(_high(timing.start, now), _high(timing.day, now))
        # What follows something else still belongs to the day that was named when the day runs past midnight.
        self._late_high = self._high
        if follows and timing.day.end is not None:
            night = journeys.break_after(seconds(timing.day.end) - 1) - 1
            self._late_high = min(_high(timing.start, now), night)
        self._end_low, self._end_high = _low(timing.end), _high(timing.end, now)

    def choice(self, offer: Offer, item: int, cost: int, wish: Wish) -> Choice | None:
        """The offer with the starts that the need allows; None when there is no such start."""
        need, journeys = self._need, self._journeys
        moves = offer.effect == "moves_person"
        occupies = moves or offer.effect == "attended"
        delivered = offer.effect == "delivered"
        duration = int(offer.duration.total_seconds())
        if moves and duration == 0:
            duration = BY_DISTANCE
        low, high = self._low, self._late_high if occupies else self._high
        if duration != BY_DISTANCE:
            to_done = 0 if delivered else duration
            low, high = max(low, self._end_low - to_done), min(high, self._end_high - to_done)
        leads = self._leads if moves else ()
        entry, exit_ = _spots(need, offer, self._home, leads_on=bool(leads))
        choice = Choice(
            offer, item, offer.price.amount, cost, wish, occupies, moves, delivered, duration,
            WHERE_ONE_IS if moves and entry is None else journeys.number(entry), journeys.number(exit_),
            leads=leads, end_low=self._end_low, end_high=self._end_high,
        )  # fmt: skip
        if offer.starts:
            choice.starts = tuple(sorted({s for s in map(seconds, offer.starts) if low <= s <= high}))
            return choice if choice.starts else None
        choice.spans = _spans(offer.windows, low, high)
        return choice if choice.spans else None


def _low(window: TimeWindow) -> int:
    return 0 if window.start is None else ceil(window.start.timestamp())


def _high(window: TimeWindow, now: int) -> int:
    return now + HORIZON if window.end is None else seconds(window.end)


def _spans(windows: Sequence[TimeWindow], low: int, high: int) -> tuple[tuple[int, int], ...]:
    """The whole minutes of the windows within ``[low, high]``, as disjoint sorted spans."""
    spans: list[tuple[int, int]] = []
    clipped = []
    for window in windows:
        begin = up_to_minute(max(low, _low(window)))
        end = high if window.end is None else min(high, seconds(window.end))
        clipped.append((begin, end - end % MINUTE))
    for begin, end in sorted(clipped):
        if begin > end:
            continue
        if spans and begin <= spans[-1][1] + MINUTE:
            spans[-1] = (spans[-1][0], max(end, spans[-1][1]))
        else:
            spans.append((begin, end))
    return tuple(spans)


def leading_on(request: PlanRequest) -> set[str]:
    """The rides that lead on: without a destination, and before something that may take place elsewhere."""
    rides = {s.need.id for s in request.needs if s.need.destination is None and _any(s, "moves_person")}
    staying = {s.need.id for s in request.needs if not _any(s, "attended", "moves_person")}
    staying |= {f.need_id for f in request.fixed if f.offer.effect not in ("attended", "moves_person")}
    return {r.first for r in request.relations if r.kind == "before" and r.second not in staying} & rides


def _appointments(request: PlanRequest) -> list[Place | None]:
    """Wherever the person may have to be next."""
    needs = [(s.need, o) for s in request.needs for o in s.offers if o.effect in ("attended", "moves_person")]
    spots = [f.origin if f.offer.effect == "moves_person" else f.place or f.offer.place for f in request.fixed]
    return [request.home, *spots, *(_spots(need, o, request.home, leads_on=False)[0] for need, o in needs)]


def _any(scouted: ScoutedNeed, *effects: TimeEffect) -> bool:
    return any(o.effect in effects for o in scouted.offers)


def _leads_away(scouted: ScoutedNeed, home: Place | None) -> bool:
    """Whether it is a ride to a place that was named and is not home."""
    return _any(scouted, "moves_person") and scouted.need.destination not in (None, home)


def _spots(need: Need, offer: Offer, home: Place | None, *, leads_on: bool) -> tuple[Place | None, Place | None]:
    """Where the person must be for it, and where it leaves them: what leads on, wherever they are to be next."""
    if offer.effect == "moves_person":
        destination = need.destination or (None if leads_on else home)
        return pick_up(need, destination), destination
    if offer.effect == "attended":
        place = offer.place or need.place or home
        return place, place
    return None, None


def pick_up(need: Need, destination: Place | None) -> Place | None:
    """Where a ride was said to begin; a place that is the destination was not said to be the beginning."""
    if need.place is None or (destination is not None and need.place.km_to(destination) == 0):
        return None
    return need.place


def _fixed(fixed: FixedItem, index: int, journeys: Journeys) -> Item:
    offer, start, end = fixed.offer, seconds(fixed.start), seconds(fixed.end)
    moves = offer.effect == "moves_person"
    place = journeys.number(fixed.place or offer.place)
    entry = place
    if moves:
        entry = WHERE_ONE_IS if fixed.origin is None else journeys.number(fixed.origin)
    choice = Choice(
        offer, index, 0, 0, Wish(start, 0, 0), moves or offer.effect == "attended", moves,
        offer.effect == "delivered", end - start, entry, place, starts=(start,), end_high=end,
    )  # fmt: skip
    return Item(fixed.need_id, index, [choice], fixed=True)


def _relate(items: list[Item], relations: Sequence[Relation]) -> None:
    """Notes the relations between items that are there and can still move, and narrows the starts they leave."""
    by_id = {item.id: item for item in items}
    for relation in relations:
        first, second = by_id.get(relation.first), by_id.get(relation.second)
        if first is None or second is None or (first.fixed and second.fixed):
            continue
        if relation.kind == "together":
            first.together |= second.bit
            second.together |= first.bit
        else:
            second.before |= first.bit
            first.after |= second.bit
    for item in items:
        if item.choices:
            item.first = min(c.first for c in item.choices)
            item.last = max(c.last for c in item.choices)
    least = {item.index: min((c.done(0, max(0, c.duration)) for c in item.choices), default=0) for item in items}
    pairs = [(item, other) for item in items for other in items if item.after & other.bit and other.must]
    for _ in items:
        late = [(item, last) for item, other in pairs if item.last > (last := other.last - least[item.index])]
        if not late:
            break
        for item, last in late:
            item.last = min(item.last, last)
