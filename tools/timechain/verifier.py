"""Whether a plan keeps every wish: an independent reading of the rules.

Nothing here is shared with the search but the formula for a way. It works on the plan's own times and places,
one rule after another, so that a mistake in the planner shows up as a sentence.
"""

from collections.abc import Iterator
from datetime import UTC, datetime, time, timedelta
from itertools import pairwise, zip_longest
from zoneinfo import ZoneInfo

from schemas.intent import Need
from schemas.place import Place
from schemas.plan import FixedItem, Plan, PlanItem, PlanRequest
from tools.timechain.journey import way_seconds

_SECOND = timedelta(seconds=1)
"""Moments are compared to the second."""


def check(plan: Plan, request: PlanRequest) -> list[str]:
    """Every rule that the plan breaks, as sentences; an empty list means that it keeps them all."""
    return [*_coverage(plan, request), *_money(plan, request), *_times(plan, request),
            *_relations(plan, request), *_day(plan, request)]  # fmt: skip


def _coverage(plan: Plan, request: PlanRequest) -> Iterator[str]:
    scouted = {s.need.id: s for s in request.needs}
    planned = [item.need_id for item in plan.items]
    for need_id in planned:
        if planned.count(need_id) > 1:
            yield f"{need_id} is planned more than once"
    for item in plan.items:
        if item.need_id not in scouted:
            yield f"{item.need_id} was not asked for"
        elif item.offer not in scouted[item.need_id].offers:
            yield f"{item.need_id} takes an offer that nobody made"
    for need_id, s in scouted.items():
        if need_id in planned and need_id in plan.left_out:
            yield f"{need_id} is both planned and left out"
        if need_id not in planned and need_id not in plan.left_out:
            yield f"{need_id} is forgotten"
        if need_id in plan.left_out and s.need.priority == "must":
            yield f"{need_id} is left out but must be there"


def _money(plan: Plan, request: PlanRequest) -> Iterator[str]:
    currency = request.budget.currency if request.budget else request.currency
    prices = [item.offer.price for item in plan.items]
    fixed = [item.offer.price for item in request.fixed]
    if any(price.currency != currency for price in prices):
        yield f"a price is not in {currency}"
        return
    if plan.total.currency != currency or plan.total.amount != sum(price.amount for price in prices):
        yield f"the total {plan.total} is not the sum of the prices"
    if request.budget is not None:
        if any(price.currency != currency for price in fixed):
            yield f"a fixed item is not in {currency}"
        elif sum(price.amount for price in [*prices, *fixed]) > request.budget.amount:
            yield f"everything together is over the budget of {request.budget}"
    needs = {s.need.id: s.need for s in request.needs}
    for item in plan.items:
        need = needs.get(item.need_id)
        if need is None:
            continue
        if need.budget is not None and not (need.budget.currency == currency and item.offer.price <= need.budget):
            yield f"{item.need_id} costs more than its {need.budget}"
        if need.cheaper_than is not None and not (
            need.cheaper_than.currency == currency and item.offer.price < need.cheaper_than
        ):
            yield f"{item.need_id} is not cheaper than {need.cheaper_than}"


def _times(plan: Plan, request: PlanRequest) -> Iterator[str]:
    needs = {s.need.id: s.need for s in request.needs}
    followers = _followers(request)
    for earlier, later in pairwise(plan.items):
        if later.start < earlier.start:
            yield "the items are not in the order of their starts"
    for item in plan.items:
        yield from _offered(item, request)
        if item.need_id in needs:
            yield from _wished(item, needs[item.need_id], request, follows=item.need_id in followers)


def _offered(item: PlanItem, request: PlanRequest) -> Iterator[str]:
    """The item is as its offer says."""
    offer = item.offer
    if offer.expires_at is not None and offer.expires_at <= request.now:
        yield f"{item.need_id}: the offer has expired"
    if item.start < request.now - _SECOND:
        yield f"{item.need_id} starts in the past"
    if offer.starts and not any(abs(item.start - start) < _SECOND for start in offer.starts):
        yield f"{item.need_id} starts when the partner does not"
    if not offer.starts and not any(item.start in window for window in offer.windows):
        yield f"{item.need_id} starts outside the partner's hours"
    length = offer.duration
    if offer.effect == "moves_person" and not length:
        length = timedelta(seconds=way_seconds(item.origin, item.place))
    lasts = item.end - item.start
    estimated = not offer.duration and item.need_id in _leading(request)
    if lasts < length if estimated else abs(lasts - length) >= _SECOND:
        yield f"{item.need_id} does not last as long as its offer says"


def _wished(item: PlanItem, need: Need, request: PlanRequest, *, follows: bool) -> Iterator[str]:
    """The item is when the person wants it."""
    day_end = need.timing.day.end
    if day_end is not None and follows and item.offer.effect in ("attended", "moves_person"):
        day_end = _night_end(day_end - _SECOND, _zone(request)) - _SECOND
    if item.start not in need.timing.start:
        yield f"{item.need_id} starts at another time than asked for"
    if (item.start if item.offer.effect == "delivered" else item.end) not in need.timing.end:
        yield f"{item.need_id} is done at another time than asked for"
    if (need.timing.day.start and item.start < need.timing.day.start) or (day_end and item.start > day_end):
        yield f"{item.need_id} is on another day than asked for"


def _relations(plan: Plan, request: PlanRequest) -> Iterator[str]:
    there: dict[str, PlanItem | FixedItem] = {i.need_id: i for i in _entries(plan, request)}
    for relation in request.relations:
        first, second = there.get(relation.first), there.get(relation.second)
        if first is None or second is None or (isinstance(first, FixedItem) and isinstance(second, FixedItem)):
            continue
        done = first.start if first.offer.effect == "delivered" else first.end
        if relation.kind == "before" and done > second.start + _SECOND:
            yield f"{relation.first} is not over before {relation.second} begins"
        if relation.kind == "together" and abs(first.start - second.start) >= _SECOND:
            yield f"{relation.first} and {relation.second} do not start together"


def _day(plan: Plan, request: PlanRequest) -> Iterator[str]:
    """The person is at one place at a time and has time to get from each to the next."""
    needs = {s.need.id: s.need for s in request.needs}
    zone = _zone(request)
    spot, free = request.home, request.now.astimezone(UTC)
    previous: PlanItem | FixedItem | None = None
    leading = _leading(request)
    entries = [i for i in _entries(plan, request) if i.offer.effect in ("attended", "moves_person")]
    entries.sort(key=lambda i: (i.start, i.end))
    for item, following in zip_longest(entries, entries[1:]):
        linked = item.start < _night_end(free, zone)
        origin = spot if linked else request.home
        fixed = isinstance(item, FixedItem)
        way = 0
        need = needs.get(item.need_id)
        if item.offer.effect == "moves_person":
            pick_up = item.origin if isinstance(item, FixedItem) else _pick_up(need, request)
            if pick_up is not None:
                way = way_seconds(origin, pick_up)
            if not fixed and item.origin != (pick_up or origin):
                yield f"{item.need_id} does not begin where the person is"
            ends_at = item.place or item.offer.place if fixed else (need and need.destination) or request.home
            if item.need_id in leading:
                night = following is None or following.start >= _night_end(max(free, item.end), zone)
                ends_at = request.home if night or following is None else _begins(following, request)
            if not fixed and _far(item.place, ends_at):
                yield f"{item.need_id} does not end where it was to"
        else:
            place = item.place or item.offer.place if fixed else item.place
            expected = item.offer.place or (need and need.place) or request.home
            if not fixed and place != expected:
                yield f"{item.need_id} is not at the partner's place"
            way = way_seconds(origin, place)
            ends_at = place
        if isinstance(item, PlanItem) and item.travel != timedelta(seconds=way):
            yield f"{item.need_id}: the way there takes {way // 60} minutes"
        settled = fixed and (previous is None or isinstance(previous, FixedItem))
        if not settled:
            earliest = free + timedelta(seconds=way) if linked else free
            if item.start < earliest - _SECOND:
                yield f"{item.need_id} starts before the person can be there"
        spot, free, previous = ends_at, max(free, item.end.astimezone(UTC)), item


def _begins(item: PlanItem | FixedItem, request: PlanRequest) -> Place | None:
    """Where the person must be for it; None for wherever they are."""
    if item.offer.effect == "attended":
        return item.place or item.offer.place
    need = next((s.need for s in request.needs if s.need.id == item.need_id), None)
    return item.origin if isinstance(item, FixedItem) else _pick_up(need, request)


def _far(one: Place | None, two: Place | None) -> bool:
    return one != two and (one is None or two is None or one.km_to(two) > 0)


def _leading(request: PlanRequest) -> set[str]:
    """Rides without a destination that come before an appointment: they go wherever the person is to be next."""
    effects = {s.need.id: {o.effect for o in s.offers} for s in request.needs}
    effects |= {f.need_id: {f.offer.effect} for f in request.fixed}
    rides = {s.need.id for s in request.needs if s.need.destination is None and "moves_person" in effects[s.need.id]}
    going = {"attended", "moves_person"}
    return {
        r.first
        for r in request.relations
        if r.kind == "before" and r.first in rides and effects.get(r.second, going) & going
    }


def _entries(plan: Plan, request: PlanRequest) -> list[PlanItem | FixedItem]:
    return [*plan.items, *request.fixed]


def _pick_up(need: Need | None, request: PlanRequest) -> Place | None:
    if need is None or need.place is None:
        return None
    destination = need.destination or (None if need.id in _leading(request) else request.home)
    return None if destination is not None and destination.km_to(need.place) == 0 else need.place


def _followers(request: PlanRequest) -> set[str]:
    there = {s.need.id for s in request.needs} | {f.need_id for f in request.fixed}
    return {r.second for r in request.relations if r.kind == "before" and r.first in there}


def _night_end(moment: datetime, zone: ZoneInfo) -> datetime:
    """The first four o'clock in the morning after a moment."""
    day = moment.astimezone(zone).date()
    fours = (datetime.combine(day + timedelta(days=n), time(4), zone) for n in range(2))
    return next(four for four in fours if four.timestamp() > moment.timestamp())


def _zone(request: PlanRequest) -> ZoneInfo:
    offers = [*(f.offer for f in request.fixed), *(o for s in request.needs for o in s.offers)]
    places = [request.home]
    places += [f.place for f in sorted(request.fixed, key=lambda f: f.need_id)]
    places += [s.need.place for s in sorted(request.needs, key=lambda s: s.need.id)]
    places += [o.place for o in sorted(offers, key=lambda o: o.id)]
    return next((place.tz for place in places if place is not None), ZoneInfo("UTC"))
