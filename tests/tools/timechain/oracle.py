"""The plan request solved by trying everything: slow, simple, and shared with the planner in nothing but the
formula for a way and the table of weights. It also makes the small days on which the two are compared."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta, tzinfo
from itertools import groupby, pairwise, permutations, product
from statistics import median_low

from hypothesis import strategies as st

from schemas.intent import Relation
from schemas.money import Money
from schemas.offer import Offer, ScoutedNeed
from schemas.place import Place
from schemas.plan import FixedItem, PlanRequest
from schemas.timing import TimeWindow, Timing
from tests.tools.timechain.days import CHICAGO, HOME, LAKE, need, offer
from tools.timechain.journey import way_seconds

BIG = 10**12
MIDWAY = Place(name="Midway", lat=41.8925, lon=-87.6285, zone="America/Chicago")  # 500 m from home: 7 minutes

Slot = tuple[Offer, int, int, ScoutedNeed | FixedItem]  # offer, start, end in seconds, and what it is for


def best_score(request: PlanRequest) -> int | None:
    """The least score of all plans, nice-to-have needs left out at a prohibitive price; None if there is none."""
    scores = (score for bundle in _bundles(request) if (score := _score(bundle, request)) is not None)
    return min(scores, default=None)


def _bundles(request: PlanRequest) -> Iterator[tuple[Slot | None, ...]]:
    currency = request.budget.currency if request.budget else request.currency
    options: list[list[Slot | None]] = []
    for scouted in request.needs:
        wanted = scouted.need
        found: list[Slot | None] = [None] if wanted.priority == "nice" else []
        for o in scouted.offers:
            if o.price.currency != currency or (wanted.budget and o.price.amount > wanted.budget.amount):
                continue
            if wanted.cheaper_than and o.price.amount >= wanted.cheaper_than.amount:
                continue
            for start in _starts(o):
                if start >= request.now.timestamp():
                    found.append((o, start, start + int(o.duration.total_seconds()), scouted))
        options.append(found)
    return product(*options)


def _starts(o: Offer) -> list[int]:
    if o.starts:
        return sorted({int(s.timestamp()) for s in o.starts})
    minutes: set[int] = set()
    for window in o.windows:
        assert window.start is not None and window.end is not None
        first = -(-int(window.start.timestamp()) // 60)
        minutes |= set(range(first, int(window.end.timestamp()) // 60 + 1))
    return [60 * minute for minute in sorted(minutes)]


def _score(bundle: tuple[Slot | None, ...], request: PlanRequest) -> int | None:
    slots = [slot for slot in bundle if slot is not None]
    if request.budget is not None:
        spent = sum(s[0].price.amount for s in slots) + sum(f.offer.price.amount for f in request.fixed)
        if spent > request.budget.amount:
            return None
    slots += [(f.offer, int(f.start.timestamp()), int(f.end.timestamp()), f) for f in request.fixed]
    days = [day for chain in _chains(slots) if (day := _day(chain, request)) is not None]
    if not days:
        return None
    units = min(units for units, _ in days)
    return units + BIG * bundle.count(None)


def _chains(slots: list[Slot]) -> Iterator[list[Slot]]:
    """The slots in order of start; those that start together in every order."""
    ordered = sorted(slots, key=lambda s: (s[1], _id(s)))
    groups = [list(permutations(group)) for _, group in groupby(ordered, key=lambda s: s[1])]
    for parts in product(*groups):
        yield [slot for part in parts for slot in part]


def _id(slot: Slot) -> str:
    owner = slot[3]
    return owner.need_id if isinstance(owner, FixedItem) else owner.need.id


def _day(slots: list[Slot], request: PlanRequest) -> tuple[int, list[Slot]] | None:
    """Walks through the day with the person; None where a condition breaks."""
    units, spot, free, fresh, after_fixed = 0, request.home, int(request.now.timestamp()), True, True
    rode = rode_away = False
    walked: list[Slot] = []
    for o, start, given_end, owner in slots:
        end, bought = given_end, isinstance(owner, FixedItem)
        if o.effect in ("attended", "moves_person"):
            linked = not _night_between(free, start, _zone(request))
            origin = spot if linked else request.home
            if isinstance(owner, FixedItem):
                place = owner.place or o.place
                entry = (owner.origin or origin) if o.effect == "moves_person" else place
            elif o.effect == "moves_person":
                goals = _leads_to(owner.need.id, request) if owner.need.destination is None else None
                place = owner.need.destination or (request.home if goals is None else None)
                entry = owner.need.place if owner.need.place not in (None, place) else origin
            else:
                entry = place = o.place or owner.need.place or request.home
            way = way_seconds(origin, entry)
            if o.effect == "moves_person":
                if not bought and start == end:
                    end = start + max(way_seconds(entry, goal) for goal in goals or [place])
                units += 500 * 3600 * (entry == place)
            if start < (free + way if linked else free) and not (bought and after_fixed):
                return None
            if linked and not fresh:
                units += 60 * min(max(0, start - free), 7200)
            units += 30 * way
            rides = o.effect == "moves_person"
            units += 500 * 3600 * (rode_away and (rides or not linked))
            if rode and linked and not rides:
                units += 120 * min(600, max(0, 600 - (start - free - way)))
            rode, rode_away = rides, rides and place != request.home
            spot, free, fresh, after_fixed = place, max(free, end), False, bought
        if isinstance(owner, ScoutedNeed):
            wishes = _wishes(o, start, end, owner, request)
            if wishes is None:
                return None
            units += wishes
        walked.append((o, start, end, owner))
    return (units, walked) if _related(walked, request) else None


def _zone(request: PlanRequest) -> tzinfo:
    offers = [f.offer for f in request.fixed] + [o for s in request.needs for o in s.offers]
    places = [request.home, *(f.place for f in request.fixed), *(s.need.place for s in request.needs)]
    return CHICAGO if any(places + [o.place for o in offers]) else UTC


def _night_between(free: int, start: int, zone: tzinfo) -> bool:
    four = datetime.fromtimestamp(free, zone).replace(hour=4, minute=0, second=0)
    if four.timestamp() <= free:
        four += timedelta(days=1)
    return four.timestamp() <= start


def _related(slots: list[Slot], request: PlanRequest) -> bool:
    there = {_id(slot): slot for slot in slots}
    for relation in request.relations:
        if relation.first in there and relation.second in there:
            one, two = there[relation.first], there[relation.second]
            if isinstance(one[3], FixedItem) and isinstance(two[3], FixedItem):
                continue
            if relation.kind == "together" and one[1] != two[1]:
                return False
            done = one[1] if one[0].effect == "delivered" else one[2]
            if relation.kind == "before" and done > two[1]:
                return False
    return True


def _wishes(o: Offer, start: int, end: int, owner: ScoutedNeed, request: PlanRequest) -> int | None:
    """Units for time, price and quality; None when a bound is broken."""
    timing, finish = owner.need.timing, start if o.effect == "delivered" else end
    day_end = timing.day.end
    there = {s.need.id for s in request.needs} | {f.need_id for f in request.fixed}
    follows = any(r.kind == "before" and r.second == owner.need.id and r.first in there for r in request.relations)
    if day_end is not None and follows and o.effect in ("attended", "moves_person"):
        local = (day_end - timedelta(seconds=1)).astimezone(_zone(request))
        day_end = local.replace(hour=3, minute=59) + timedelta(days=local.hour >= 4)
    begin, finished = datetime.fromtimestamp(start, UTC), datetime.fromtimestamp(finish, UTC)
    if begin not in timing.start or finished not in timing.end:
        return None
    if (timing.day.start and begin < timing.day.start) or (day_end and begin > day_end):
        return None
    units = round(400 * 3600 * (1 - o.match)) + round(60 * 3600 * (5 - (4 if o.rating is None else o.rating)))
    currency = request.budget.currency if request.budget else request.currency
    prices = [[x.price.amount for x in s.offers if x.price.currency == currency] for s in request.needs]
    medians = [median_low(p) for p in prices if p]
    units += o.price.amount * 200 * 3600 * len(medians) // max(1, sum(medians))
    for window, actual in ((timing.start, start), (timing.end, finish)):
        if window.start and window.end and window.end - window.start <= timedelta(minutes=90):
            return units + 60 * abs(actual - int(window.start.timestamp() + window.end.timestamp()) // 2)
    return units + _usual(o, start, finish, owner, request)


def _usual(o: Offer, start: int, finish: int, owner: ScoutedNeed, request: PlanRequest) -> int:
    """Units for straying from what is usual where the words leave the time open."""
    timing, zone = owner.need.timing, _zone(request)
    far = owner.need.destination not in (None, request.home) and any(x.effect == "moves_person" for x in owner.offers)
    named = {
        name: int(edge.timestamp())
        for name, edge in (("from", timing.start.start), ("start by", timing.start.end), ("done by", timing.end.end))
        if edge is not None and edge.astimezone(zone).strftime("%H:%M") not in ("00:00", "23:59")
    }
    if far and "done by" in named:
        return 60 * abs(finish - named["done by"] + 600)
    if "from" in named:
        return start - max(named["from"], int(request.now.timestamp()))
    for name, actual in (("done by", finish), ("start by", start)):
        if name in named:
            early = named[name] - 3600 - actual
            return early if early > 0 else -60 * early
    days = [edge.astimezone(zone) for edge in (timing.start.start, timing.day.start) if edge is not None]
    if not days:
        return start - int(request.now.timestamp())
    ten = max(days).replace(hour=10, minute=0, second=0, microsecond=0)
    return abs(start - max(int(ten.timestamp()), int(request.now.timestamp())))


def _leads_to(need_id: str, request: PlanRequest) -> list[Place | None] | None:
    """Where the person may have to be after a ride; None when it comes before nothing that may be elsewhere."""
    elsewhere = ("attended", "moves_person")
    goals: dict[str, list[Place | None]] = {f.need_id: [] for f in request.fixed}
    goals |= {s.need.id: [] for s in request.needs}
    for f in request.fixed:
        if f.offer.effect in elsewhere:
            goals[f.need_id].append((f.place or f.offer.place) if f.offer.effect == "attended" else f.origin)
    for s in request.needs:
        for o in s.offers:
            if o.effect == "attended":
                goals[s.need.id].append(o.place or s.need.place or request.home)
            elif o.effect == "moves_person":
                goals[s.need.id].append(s.need.place)
    after = [r.second for r in request.relations if r.kind == "before" and r.first == need_id]
    if all(goals.get(i) == [] for i in after):
        return None
    return [request.home, *(place for places in goals.values() for place in places)]


# --- small days -------------------------------------------------------------------------------------------------

EVENING = datetime(2025, 12, 6, 19, 0, tzinfo=CHICAGO).astimezone(UTC)
NIGHT = datetime(2025, 12, 6, 3, 50, tzinfo=CHICAGO).astimezone(UTC)
SPOTS = [None, HOME, MIDWAY, LAKE]


@st.composite
def small_requests(draw: st.DrawFn, max_needs: int = 3) -> PlanRequest:
    """Requests of a few needs within less than an hour, in the evening or around the end of a night."""
    base = draw(st.sampled_from([EVENING, EVENING, NIGHT]))
    zero = base - timedelta(minutes=draw(st.integers(0, 40)), seconds=draw(st.sampled_from([0, 17])))
    count = draw(st.integers(1, max_needs))
    ids = [f"n{i + 1}" for i in range(count)]
    needs = [_small_need(draw, i, base) for i in ids]
    taken = [_small_fixed(draw, f"f{n}", base) for n in range(draw(st.sampled_from([0, 0, 0, 1, 2])))]
    relations = []
    for one, two in pairwise(ids + [f.need_id for f in taken]):
        kind = draw(st.sampled_from([None, None, "before", "before", "before", "together", "reversed"]))
        if kind == "reversed":
            relations.append(Relation(kind="before", first=two, second=one))
        elif kind is not None:
            relations.append(Relation(kind=kind, first=one, second=two))
    limit = draw(st.one_of(st.none(), st.integers(10, 60)))
    return PlanRequest(
        now=zero, needs=needs, relations=relations, home=draw(st.sampled_from([HOME, HOME, None])), fixed=taken,
        budget=None if limit is None else Money.of(limit, "USD"),
    )  # fmt: skip


@st.composite
def tight_budgets(draw: st.DrawFn) -> PlanRequest:
    """Requests in which only money matters: appointments and deliveries hours apart, three offers each."""
    needs, most = [], 0
    for n in range(4):
        effect = draw(st.sampled_from(["attended", "delivered"]))
        prices = [draw(st.integers(5, 40)) for _ in range(3)]
        starts = [EVENING + timedelta(hours=2 * n)]
        offers = [
            offer(f"n{n}-o{k}", effect, price=price, starts=starts, match=draw(st.floats(0, 1)))
            for k, price in enumerate(prices)
        ]
        needs.append(need(f"n{n}", *offers, timing=Timing(), priority=draw(st.sampled_from(["must", "must", "nice"]))))
        most += max(prices)
    limit = Money.of(draw(st.integers(20, most)), "USD")
    return PlanRequest(now=EVENING - timedelta(hours=1), needs=needs, home=HOME, budget=limit)


EFFECTS = st.sampled_from(["attended", "attended", "delivered", "moves_person", "visits"])
MINUTES = st.integers(0, 45)


def _window(draw: st.DrawFn, base: datetime, most: int) -> TimeWindow:
    start = base + timedelta(minutes=draw(MINUTES))
    return TimeWindow(start=start, end=start + timedelta(minutes=draw(st.integers(0, most))))


def _small_need(draw: st.DrawFn, id: str, base: datetime) -> ScoutedNeed:
    effect = draw(EFFECTS)
    offers = []
    for n in range(draw(st.integers(1, 2))):
        place = draw(st.sampled_from(SPOTS)) if effect == "attended" else None
        least = 0 if effect != "attended" else 1
        fixed_starts = draw(st.booleans())
        offers.append(
            offer(
                f"{id}-o{n}", effect, price=draw(st.integers(5, 30)), place=place,
                minutes=draw(st.integers(least, 15)),
                starts=[base + timedelta(minutes=draw(MINUTES)) for _ in range(draw(st.integers(1, 4)))]
                if fixed_starts else [],
                windows=[] if fixed_starts else [_window(draw, base, 6) for _ in range(draw(st.integers(1, 2)))],
                match=draw(st.sampled_from([0.2, 0.5, 0.55, 0.9])), rating=draw(st.sampled_from([None, 3.0, 4.5])),
            )
        )  # fmt: skip
    bounds = {}
    for name in ("start", "end"):
        kind = draw(st.integers(0, 9))
        if kind == 0:
            bounds[name] = _window(draw, base, 20)
        elif kind == 1:
            bounds[name] = TimeWindow(start=base + timedelta(minutes=draw(MINUTES)))
        elif kind == 2:
            bounds[name] = TimeWindow(end=base + timedelta(minutes=draw(MINUTES)))
    if draw(st.booleans()):
        day = base.astimezone(CHICAGO).replace(hour=0, minute=0)
        bounds["day"] = TimeWindow(start=day, end=day + timedelta(hours=23, minutes=59))
    rides = effect == "moves_person"
    return need(
        id, *offers, timing=Timing(**bounds),
        place=draw(st.sampled_from([None, None, MIDWAY, HOME])),
        destination=draw(st.sampled_from([None, LAKE])) if rides else None,
        priority=draw(st.sampled_from(["must", "must", "nice"])),
        budget=draw(st.sampled_from([None, None, None, Money.of(20, "USD")])),
        cheaper_than=draw(st.sampled_from([None, None, None, Money.of(20, "USD")])),
    )  # fmt: skip


def _small_fixed(draw: st.DrawFn, id: str, base: datetime) -> FixedItem:
    effect, start = draw(EFFECTS), base + timedelta(minutes=draw(st.integers(-30, 45)))
    minutes = draw(st.integers(1, 15))
    taken = offer(f"{id}-o", effect, price=draw(st.integers(1, 9)), minutes=minutes, starts=[start], place=LAKE)
    place, origin = (LAKE, None) if effect == "attended" else (draw(st.sampled_from(SPOTS)), HOME)
    return FixedItem(need_id=id, offer=taken, start=start, end=start + timedelta(minutes=minutes), place=place,
                     origin=draw(st.sampled_from([None, origin])))  # fmt: skip
