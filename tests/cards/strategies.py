"""Domain objects as partners and people might really fill them: long, foreign, hostile, empty, many."""

from datetime import UTC, datetime, timedelta

from hypothesis import strategies as st

from schemas.intent import Need
from schemas.money import Money
from schemas.offer import Offer
from schemas.order import LedgerEntry, LineEvent, Order, OrderLine
from schemas.place import Place
from schemas.plan import Conflict, Infeasible, NearestChange, Plan, PlanItem
from schemas.timing import TimeWindow
from tests.cards.examples import an_order

HOSTILE = [
    "[Free money](https://evil.example/pay)",
    "**Approve** `now` _please_ ~~never~~",
    "# You have won\n- first\n- second",
    "1. one\n2. two",
    "{{DATE(2026-11-28T12:00:00Z,SHORT)}} ${secret}",
    "<script>alert(1)</script>",
    "\x1b[2J\x1b[31mred\x07",
    "price \u202e00.1$\u202c",
    "זר ורדים אדומים",
    "باقة ورد حمراء",
    "👩‍❤️‍💋‍👨" * 200,
    "W" * 5_000,
    "\U000e0041\U000e0042hidden",
    "   ",
]
words = st.one_of(st.sampled_from(HOSTILE), st.text(max_size=40), st.just("Dozen red roses"))
zones = st.sampled_from(["America/Chicago", "Asia/Tokyo", "Asia/Kolkata", "UTC"])
money = st.builds(Money, amount=st.integers(0, 10**9), currency=st.sampled_from(["USD", "EUR", "JPY", "BHD", "CHF"]))
moments = st.datetimes(datetime(2026, 1, 1), datetime(2027, 12, 31), timezones=st.just(UTC))
lengths = st.integers(0, 3 * 24 * 60).map(lambda minutes: timedelta(minutes=minutes))
places = st.builds(Place, name=words, lat=st.just(41.9), lon=st.just(-87.6), zone=zones, address=st.none() | words)
windows = st.builds(lambda start, length: TimeWindow(start=start, end=start + length), moments, lengths)
offers = st.builds(
    Offer,
    id=st.text(min_size=1, max_size=60),
    need_id=st.sampled_from(["n1", "n2", "n3"]),
    capability_id=words.filter(bool),
    partner_id=words,
    partner_name=words,
    product_id=words,
    title=words,
    description=words,
    effect=st.sampled_from(["attended", "delivered", "moves_person", "visits"]),
    price=money,
    quantity=st.integers(1, 1000),
    duration=lengths,
    place=st.none() | places,
    starts=st.lists(moments, max_size=6).map(tuple),
    windows=st.lists(windows, max_size=2).map(tuple),
    rating=st.none() | st.floats(0, 5),
    expires_at=st.none() | moments,
    attributes=st.just({}),
)
needs = st.builds(Need, id=st.sampled_from(["n1", "n2", "n3"]), text=words)


@st.composite
def items(draw: st.DrawFn) -> PlanItem:
    start = draw(moments)
    return PlanItem(
        need_id=draw(st.sampled_from(["n1", "n2", "n3"])),
        offer=draw(offers),
        start=start,
        end=start + draw(lengths),
        travel=draw(lengths),
        place=draw(st.none() | places),
        origin=draw(st.none() | places),
    )


@st.composite
def plans(draw: st.DrawFn, most: int = 4) -> Plan:
    """Now and then far more items than a card can show."""
    drawn = draw(st.lists(items(), max_size=most))
    return Plan(
        items=drawn * draw(st.sampled_from([1, 1, 1, 20])),
        total=draw(money),
        left_out=draw(st.lists(st.sampled_from(["n1", "n3", "n9"]), max_size=2)),
        reasons=draw(st.lists(words, max_size=8)),
    )


conflicts = st.builds(
    Conflict,
    kind=st.sampled_from(["budget", "time"]),
    need_ids=st.lists(st.sampled_from(["n1", "n2"]), max_size=2).map(tuple),
    message=words,
)
changes = st.builds(
    NearestChange,
    field=st.just("drop"),
    need_id=st.none(),
    budget=st.none(),
    moment=st.none(),
    message=words,
    plan=plans(most=2),
)
infeasibles = st.builds(
    Infeasible, conflicts=st.lists(conflicts, max_size=3), changes=st.lists(changes, max_size=3).map(lambda c: c * 5)
)


@st.composite
def lines(draw: st.DrawFn, number: int) -> OrderLine:
    item = draw(items())
    return OrderLine(
        id=f"line_{number}",
        need=draw(needs),
        offer=item.offer,
        start=item.start,
        end=item.end,
        place=item.place,
        origin=item.origin,
        state=draw(st.sampled_from(["placed", "accepted", "rejected", "expired", "cancelled", "replaced", "refunded"])),
        reason=draw(st.none() | words),
        replaces=draw(st.none() | st.just("line_0")),
    )


@st.composite
def orders(draw: st.DrawFn) -> Order:
    count = draw(st.sampled_from([1, 2, 3]))
    some = [draw(lines(number)) for number in range(count)]
    many = draw(st.sampled_from([1, 1, 20]))
    event = st.builds(
        LineEvent, at=moments, line_id=st.just("line_0"), what=words, applied=st.booleans(), detail=st.none() | words
    )
    entry = st.builds(
        LedgerEntry,
        id=words,
        transfer_id=words,
        account=words,
        amount=money,
        kind=st.sampled_from(["authorise", "hold", "void"]),
        line_id=st.none(),
        at=moments,
    )
    return an_order(
        *(line.model_copy(update={"id": f"{line.id}_{copy}"}) for copy in range(many) for line in some),
        home=draw(st.none() | places),
        history=draw(st.lists(event, max_size=3)) * many,
        ledger=draw(st.lists(entry, max_size=3)),
    )
