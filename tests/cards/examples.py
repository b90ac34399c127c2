"""A day out in Chicago, and the ways it can go: the domain objects that the card tests draw."""

from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from schemas.intent import Need
from schemas.money import Money
from schemas.offer import Offer
from schemas.order import LedgerEntry, Limits, LineEvent, Order, OrderLine
from schemas.place import Place
from schemas.plan import Conflict, Infeasible, NearestChange, Plan, PlanItem
from schemas.timing import TimeWindow

ZONE = "America/Chicago"
HOME = Place(name="Home", lat=41.8925, lon=-87.6345, zone=ZONE)
LUCIA = Place(name="Trattoria Lucia", lat=41.884, lon=-87.648, zone=ZONE, address="214 W Oak St")


def at(hour: int, minute: int = 0, *, day: int = 28, zone: str = ZONE) -> datetime:
    """A moment of November 2026 in local time, stored in UTC as everything is."""
    return datetime(2026, 11, day, hour, minute, tzinfo=ZoneInfo(zone)).astimezone(UTC)


def usd(dollars: str) -> Money:
    return Money.of(dollars, "USD")


def an_offer(need_id: str, title: str, partner: str, price: Money, **changes: Any) -> Offer:
    values: dict[str, Any] = {
        "id": f"{need_id}-{title}".lower().replace(" ", "-"),
        "need_id": need_id,
        "capability_id": "flowers.delivery",
        "partner_id": partner.lower().replace(" ", "-"),
        "partner_name": partner,
        "product_id": "v1",
        "title": title,
        "effect": "delivered",
        "price": price,
        "duration": timedelta(minutes=15),
        "rating": 4.7,
    }
    return Offer(**(values | changes))


ROSES = an_offer("n1", "Dozen red roses", "Petal & Stem", usd("58"), expires_at=at(13, 25, day=27))
TULIPS = an_offer(
    "n1", "Twenty tulips", "Bloom & Co", usd("42"), rating=4.5, windows=(TimeWindow(start=at(12), end=at(17)),)
)
DINNER = an_offer(
    "n2",
    "Table for two",
    "Trattoria Lucia",
    usd("118"),
    capability_id="restaurant.table",
    effect="attended",
    duration=timedelta(minutes=105),
    place=LUCIA,
    rating=4.6,
)
SUSHI = an_offer(
    "n2",
    "Omakase for two",
    "Blue Heron Sushi",
    usd("134"),
    capability_id="restaurant.table",
    effect="attended",
    duration=timedelta(minutes=105),
    place=Place(name="Blue Heron Sushi", lat=41.9, lon=-87.63, zone=ZONE, address="9 E Huron St"),
    starts=(at(19), at(19, 30), at(20)),
    rating=4.8,
)
RIDE = an_offer(
    "n3",
    "Comfort car",
    "Lakeshore Cars",
    usd("23.40"),
    capability_id="ride.taxi",
    effect="moves_person",
    duration=timedelta(minutes=25),
    rating=None,
)

NEEDS = [
    Need(id="n1", text="flowers to my wife by five"),
    Need(id="n2", text="dinner for two at seven"),
    Need(id="n3", text="a ride home"),
    Need(id="n4", text="balloons", priority="nice"),
]
PLAN = Plan(
    items=[
        PlanItem(need_id="n1", offer=ROSES, start=at(14), end=at(14, 15), place=HOME),
        PlanItem(need_id="n2", offer=DINNER, start=at(19), end=at(20, 45), place=LUCIA, travel=timedelta(minutes=12)),
        PlanItem(need_id="n3", offer=RIDE, start=at(20, 50), end=at(21, 15), place=HOME, origin=LUCIA),
    ],
    total=usd("199.40"),
    left_out=["n4"],
    reasons=["The cheapest well-rated bundle inside your windows."],
)
ALTERNATIVES = {"n1": [ROSES, TULIPS], "n2": [SUSHI]}


def a_line(number: int, item: PlanItem, state: Any = "accepted", **changes: Any) -> OrderLine:
    values: dict[str, Any] = {
        "id": f"line_{number}",
        "need": NEEDS[int(item.need_id[1:]) - 1],
        "offer": item.offer,
        "start": item.start,
        "end": item.end,
        "place": item.place,
        "origin": item.origin,
        "state": state,
    }
    return OrderLine(**(values | changes))


def an_order(*lines: OrderLine, **changes: Any) -> Order:
    values: dict[str, Any] = {
        "id": "order_7f3a",
        "thread_id": "t",
        "user_id": "local",
        "tenant_id": "default",
        "created_at": at(13, day=27),
        "currency": "USD",
        "limits": Limits(total=usd("250")),
        "home": HOME,
        "lines": list(lines),
    }
    return Order(**(values | changes))


REFUSED = a_line(1, PLAN.items[0], "replaced", reason="out of stock")
TULIP_ITEM = PlanItem(need_id="n1", offer=TULIPS, start=at(14, 30), end=at(14, 45), place=HOME)
INSTEAD = a_line(4, TULIP_ITEM, "placed", replaces="line_1")
ORDER = an_order(
    REFUSED,
    a_line(2, PLAN.items[1]),
    a_line(3, PLAN.items[2], "in_progress"),
    INSTEAD,
    history=[
        LineEvent(at=at(13, 1, day=27), line_id="line_1", what="placed", applied=True),
        LineEvent(at=at(13, 2, day=27), line_id="line_1", what="rejected", applied=True, detail="out of stock"),
        LineEvent(at=at(13, 3, day=27), line_id="line_1", what="accepted", applied=False),
    ],
    ledger=[
        LedgerEntry(
            id=f"e{number}", transfer_id=f"t{number // 2}", account=account, amount=amount, kind=kind, at=at(13, day=27)
        )
        for number, (account, amount, kind) in enumerate(
            [
                ("customer", -usd("199.40"), "authorise"),
                ("authorised", usd("199.40"), "authorise"),
                ("authorised", -usd("183.40"), "hold"),
                ("escrow", usd("183.40"), "hold"),
                ("authorised", -usd("16"), "void"),
                ("customer", usd("16"), "void"),
            ]
        )
    ],
)
INFEASIBLE = Infeasible(
    conflicts=[Conflict(kind="budget", need_ids=("n1", "n2", "n3"), message="The cheapest bundle costs $143.00.")],
    changes=[
        NearestChange(field="budget", budget=usd("199.40"), message="Raise the budget to $199.40", plan=PLAN),
        NearestChange(
            field="drop", need_id="n2", message="Leave out the dinner", plan=Plan(items=PLAN.items[:1], total=usd("58"))
        ),
    ],
)
