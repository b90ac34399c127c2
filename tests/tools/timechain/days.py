"""Short ways to write down a day: places, offers, needs and requests around one Saturday in Chicago."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from schemas.capability import TimeEffect
from schemas.intent import Need, Relation
from schemas.money import Money
from schemas.offer import Offer, PartnerFailure, ScoutedNeed
from schemas.place import Place
from schemas.plan import FixedItem, Infeasible, Plan, PlanRequest, PlanResult
from schemas.timing import TimeWindow, Timing

CHICAGO = ZoneInfo("America/Chicago")
HOME = Place(name="Home", lat=41.8925, lon=-87.6345, zone="America/Chicago")
LAKE = Place(name="Lake", lat=41.8925, lon=-87.6125, zone="America/Chicago")  # 1.8 km east: 11 minutes
PARK = Place(name="Park", lat=41.9285, lon=-87.6345, zone="America/Chicago")  # 4 km north: 18 minutes


def at(clock: str, day: int = 6, month: int = 12) -> datetime:
    """``at("19:00")``: that time on Saturday 6 December 2025, in UTC."""
    hour, minute = map(int, clock.split(":"))
    return datetime(2025, month, day, hour, minute, tzinfo=CHICAGO).astimezone(UTC)


def clock(moment: datetime) -> str:
    return moment.astimezone(CHICAGO).strftime("%H:%M")


NOW = at("09:00", day=5)
SATURDAY = TimeWindow(start=at("00:00"), end=at("23:59"))


def between(start: str | None, end: str | None) -> TimeWindow:
    return TimeWindow(start=at(start) if start else None, end=at(end) if end else None)


def usd(major: int | str) -> Money:
    return Money.of(major, "USD")


def offer(
    id: str,
    effect: TimeEffect = "attended",
    *,
    price: int | str = 50,
    minutes: int = 60,
    starts: Sequence[str | datetime] = (),
    windows: Sequence[tuple[str, str] | TimeWindow] = (),
    place: Place | None = None,
    match: float = 0.5,
    rating: float | None = 4.5,
    currency: str = "USD",
    expires_at: datetime | None = None,
) -> Offer:
    return Offer(
        id=id,
        need_id=id.split("-", maxsplit=1)[0],
        capability_id="any",
        partner_id=f"partner-{id}",
        partner_name=f"Partner {id}",
        product_id=id,
        title=f"Title {id}",
        effect=effect,
        price=Money.of(price, currency),
        duration=timedelta(minutes=minutes),
        place=place,
        starts=tuple(s if isinstance(s, datetime) else at(s) for s in starts),
        windows=tuple(w if isinstance(w, TimeWindow) else between(*w) for w in windows),
        match=match,
        rating=rating,
        expires_at=expires_at,
    )


def need(id: str, *offers: Offer, failures: Sequence[PartnerFailure] = (), **facts: object) -> ScoutedNeed:
    timing = facts.pop("timing", Timing(day=SATURDAY))
    found = Need.model_validate({"id": id, "text": id, "query": id, "timing": timing, **facts})
    return ScoutedNeed(need=found, offers=list(offers), failures=list(failures))


def starting(window: TimeWindow) -> Timing:
    return Timing(start=window, day=SATURDAY)


def done(window: TimeWindow) -> Timing:
    return Timing(end=window, day=SATURDAY)


def before(first: str, second: str) -> Relation:
    return Relation(kind="before", first=first, second=second)


def together(first: str, second: str) -> Relation:
    return Relation(kind="together", first=first, second=second)


def fixed(taken: Offer, start: str, place: Place | None = None, origin: Place | None = None) -> FixedItem:
    return FixedItem(
        need_id=taken.need_id, offer=taken, start=at(start), end=at(start) + taken.duration,
        place=place or taken.place, origin=origin,
    )  # fmt: skip


def request(
    *needs: ScoutedNeed,
    budget: Money | None = None,
    relations: Sequence[Relation] = (),
    fixed: Sequence[FixedItem] = (),
    home: Place | None = HOME,
    now: datetime = NOW,
) -> PlanRequest:
    return PlanRequest(
        now=now, needs=list(needs), relations=list(relations), budget=budget, home=home, fixed=list(fixed)
    )


def planned(result: PlanResult) -> Plan:
    assert isinstance(result, Plan), result
    return result


def refused(result: PlanResult) -> Infeasible:
    assert isinstance(result, Infeasible), result
    return result


def times(plan: Plan) -> dict[str, str]:
    """Each need's start on the wall clock."""
    return {item.need_id: clock(item.start) for item in plan.items}
