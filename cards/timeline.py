"""The time line that every answer about a day shares: rows, their card form and their text form."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, tzinfo

from cards.elements import Color, Json, amount, and_more, columns, subheading, text_block
from cards.moments import clock, day, days, lasting, span
from cards.order_words import state_color, state_words
from cards.safe_text import safe
from schemas.offer import Offer
from schemas.order import Order, OrderLine
from schemas.place import Place
from schemas.plan import Plan, PlanItem

Scheduled = PlanItem | OrderLine
"""Something that has an offer, a time and a place."""
_SKETCHED = 6
MOST = 24  # rows a card shows; the text twin shows all


@dataclass(frozen=True, slots=True)
class Row:
    """One item of a day, in words that are safe to show. ``start`` and ``end`` are in its place's zone."""

    start: datetime
    end: datetime
    title: str
    partner: str
    where: str
    price: str
    travel: timedelta = timedelta(0)
    zone: str = ""
    """The zone's abbreviation, when it is not the one the person is in."""
    state: str = ""
    color: Color = "default"

    @property
    def time(self) -> str:
        """``14:00–14:15``, with the zone where it is not the person's own."""
        return f"{span(self.start, self.end)} {self.zone}".rstrip()

    @property
    def way(self) -> str:
        """``12 min to get there``, if the person has to move."""
        return f"{lasting(self.travel)} to get there" if self.travel > timedelta(0) else ""


def plan_rows(plan: Plan, *, home: Place | None) -> list[Row]:
    """The rows of a proposed plan."""
    return [row(item, home=home) for item in plan.items]


def order_rows(order: Order) -> list[Row]:
    """The rows of the order's current lines, each with its state."""
    return [row(line, home=order.home) for line in order.current]


def row(item: Scheduled, *, home: Place | None) -> Row:
    """The row of one planned item or order line."""
    offer, place = item.offer, item.place or item.offer.place
    zone: tzinfo = place.tz if place else home.tz if home else UTC
    start, end = item.start.astimezone(zone), item.end.astimezone(zone)
    own = home.tz if home else place.tz if place else None
    familiar = own is not None and start.astimezone(own).utcoffset() == start.utcoffset()
    title = safe(offer.title)
    return Row(
        start=start,
        end=end,
        title=f"{offer.quantity} × {title}" if offer.quantity > 1 else title,
        partner=partner(offer),
        where=where(offer, place, item.origin, home),
        price=str(offer.price),
        travel=item.travel if isinstance(item, PlanItem) else timedelta(0),
        zone="" if familiar else start.tzname() or "",
        state=state_words(item) if isinstance(item, OrderLine) else "",
        color=state_color(item.state) if isinstance(item, OrderLine) else "default",
    )


def partner(offer: Offer) -> str:
    """``Petal & Stem ★ 4.7``."""
    name = safe(offer.partner_name, 60)
    return f"{name} ★ {offer.rating:.1f}" if offer.rating is not None else name


def where(offer: Offer, place: Place | None, origin: Place | None, home: Place | None) -> str:
    """Where it happens, as the effect of the service on the person's day says it."""
    match offer.effect:
        case "delivered":
            return f"delivered {'' if _is_home(place, home) else 'to '}{_named(place, home)}" if place else "delivered"
        case "visits":
            return f"at {_named(place, home)}" if place else "comes to you"
        case "moves_person":
            ends = ((word, stop) for word, stop in (("from", origin), ("to", place)) if stop)
            return " ".join(f"{word} {'home' if _is_home(stop, home) else safe(stop.name, 60)}" for word, stop in ends)
    if place is None:
        return ""
    if place.name.strip() == offer.partner_name.strip():
        return safe(place.address, 80) if place.address else ""
    return _named(place, home)


def _is_home(place: Place, home: Place | None) -> bool:
    return place == home or place.name.casefold() == "home"


def _named(place: Place, home: Place | None) -> str:
    if _is_home(place, home):
        return "home"
    name = safe(place.name, 60)
    return f"{name}, {safe(place.address, 80)}" if place.address and place.address != place.name else name


def when(rows: Sequence[Row]) -> str:
    """The day, or the days, the rows are on."""
    starts = [row.start.date() for row in rows]
    return days(min(starts), max(starts)) if starts else ""


def by_day(rows: Sequence[Row]) -> Iterator[tuple[str, list[Row]]]:
    """The rows of each day under the day's name; the name is empty when all are on one day."""
    several = len({row.start.date() for row in rows}) > 1
    group: list[Row] = []
    for row in rows:
        if group and group[0].start.date() != row.start.date():
            yield day(group[0].start) if several else "", group
            group = []
        group.append(row)
    if group:
        yield day(group[0].start) if several else "", group


def elements(rows: Sequence[Row], *, most: int = MOST) -> list[Json]:
    """The rows as card elements, at most ``most`` of them."""
    drawn: list[Json] = []
    for name, group in by_day(rows[:most]):
        if name:
            drawn.append(subheading(name))
        drawn += [_element(row, separator=index > 0 or not name) for index, row in enumerate(group)]
    return drawn + and_more(len(rows) - most, "item")


def _element(row: Row, *, separator: bool) -> Json:
    about = " · ".join(filter(None, (row.partner, row.where, row.way)))
    middle = [text_block(row.title, weight="bolder"), text_block(about, subtle=True, close=True)]
    if row.state:
        middle.append(text_block(row.state, color=row.color, close=True))
    return columns(
        ("auto", [{"type": "TextBlock", "text": row.time}]),
        ("stretch", middle),
        ("auto", [amount(row.price)]),
        separator=separator,
    )


def lines(rows: Sequence[Row]) -> list[str]:
    """The rows as text: ``14:00–14:15  Dozen red roses · Petal & Stem · delivered home · $58.00``."""
    written: list[str] = []
    for name, group in by_day(rows):
        if name:
            written.append(f"{name}:")
        written += [line(placed) for placed in group]
    return written


def sketch(rows: Sequence[Row]) -> str:
    """A plan in one line: ``14:00 Dozen red roses · 19:00 Table for two``."""
    told = [f"{clock(row.start)} {row.title}" for row in rows[:_SKETCHED]]
    return " · ".join(told + ([f"{len(rows) - _SKETCHED} more"] if len(rows) > _SKETCHED else []))


def line(row: Row) -> str:
    """One row as text."""
    told = " · ".join(filter(None, (row.title, row.partner, row.where, row.way, row.price, row.state)))
    return f"{row.time}  {told}"
