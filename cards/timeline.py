"""The time line that every answer about a day shares: rows, their card form and their text form."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta, tzinfo

from cards.elements import Color, Json, amount, and_more, columns, subheading, text_block
from cards.moments import clock, day, days, lasting, span
from cards.order_words import state_color, state_words
from cards.safe_text import safe
from cards.speech import ENGLISH, Speech, phrase
from schemas.capability import TimeEffect
from schemas.offer import Offer
from schemas.order import Order, OrderLine
from schemas.place import Place
from schemas.plan import Plan, PlanItem

Scheduled = PlanItem | OrderLine
"""Something that has an offer, a time and a place."""
_SKETCHED = 6
_WHERE: dict[TimeEffect, tuple[str, str]] = {  # at home, elsewhere
    "attended": (phrase("home"), "{place}"),
    "delivered": (phrase("delivered home"), phrase("delivered to {place}")),
    "visits": (phrase("at home"), phrase("at {place}")),
}
_NOWHERE: dict[TimeEffect, str] = {"delivered": phrase("delivered"), "visits": phrase("comes to you")}
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
    time: str = ""
    """``14:00–14:15``, with the zone where it is not the person's own."""
    way: str = ""
    """``12 min to get there``, if the person has to move."""
    travel: timedelta = timedelta(0)
    state: str = ""
    color: Color = "default"


def plan_rows(plan: Plan, *, home: Place | None, say: Speech = ENGLISH) -> list[Row]:
    """The rows of a proposed plan."""
    return [row(item, home=home, say=say) for item in plan.items]


def order_rows(order: Order, say: Speech = ENGLISH) -> list[Row]:
    """The rows of the order's current lines, each with its state."""
    return [row(line, home=order.home, say=say) for line in order.current]


def row(item: Scheduled, *, home: Place | None, say: Speech = ENGLISH) -> Row:
    """The row of one planned item or order line."""
    offer, place = item.offer, item.place or item.offer.place
    zone: tzinfo = place.tz if place else home.tz if home else UTC
    start, end = item.start.astimezone(zone), item.end.astimezone(zone)
    own = home.tz if home else place.tz if place else None
    familiar = own is not None and start.astimezone(own).utcoffset() == start.utcoffset()
    title = safe(offer.title)
    travel = item.travel if isinstance(item, PlanItem) else timedelta(0)
    abbreviation = "" if familiar else start.tzname() or ""
    return Row(
        start=start,
        end=end,
        title=f"{offer.quantity} × {title}" if offer.quantity > 1 else title,
        partner=partner(offer, say),
        where=where(offer, place, item.origin, home, say),
        price=say.money(offer.price),
        time=f"{span(start, end, say)} {abbreviation}".rstrip(),
        way=say("{time} to get there", time=lasting(travel, say)) if travel > timedelta(0) else "",
        travel=travel,
        state=state_words(item, say) if isinstance(item, OrderLine) else "",
        color=state_color(item.state) if isinstance(item, OrderLine) else "default",
    )


def partner(offer: Offer, say: Speech = ENGLISH) -> str:
    """``Petal & Stem ★ 4.7``."""
    name = safe(offer.partner_name, 60)
    return f"{name} ★ {say.number(offer.rating, 1)}" if offer.rating is not None else name


def where(offer: Offer, place: Place | None, origin: Place | None, home: Place | None, say: Speech = ENGLISH) -> str:
    """Where it happens, as the effect of the service on the person's day says it."""
    if offer.effect == "moves_person":
        return " ".join(filter(None, (_from(origin, home, say), _to(place, home, say))))
    if place is None:
        return say(_NOWHERE[offer.effect]) if offer.effect in _NOWHERE else ""
    if offer.effect == "attended" and place.name.strip() == offer.partner_name.strip():
        return safe(place.address, 80) if place.address else ""
    at_home, elsewhere = _WHERE[offer.effect]
    return say(at_home) if _is_home(place, home) else say(elsewhere, place=_named(place))


def _from(origin: Place | None, home: Place | None, say: Speech) -> str:
    if origin is None:
        return ""
    return say("from home") if _is_home(origin, home) else say("from {place}", place=safe(origin.name, 60))


def _to(place: Place | None, home: Place | None, say: Speech) -> str:
    if place is None:
        return ""
    return say("to home") if _is_home(place, home) else say("to {place}", place=safe(place.name, 60))


def _is_home(place: Place, home: Place | None) -> bool:
    return place == home or place.name.casefold() == "home"


def _named(place: Place) -> str:
    name = safe(place.name, 60)
    return f"{name}, {safe(place.address, 80)}" if place.address and place.address != place.name else name


def when(rows: Sequence[Row], say: Speech = ENGLISH) -> str:
    """The day, or the days, the rows are on."""
    starts = [row.start.date() for row in rows]
    return days(min(starts), max(starts), say) if starts else ""


def by_day(rows: Sequence[Row], say: Speech = ENGLISH) -> Iterator[tuple[str, list[Row]]]:
    """The rows of each day under the day's name; the name is empty when all are on one day."""
    several = len({row.start.date() for row in rows}) > 1
    group: list[Row] = []
    for row in rows:
        if group and group[0].start.date() != row.start.date():
            yield _heading(group[0].start, say) if several else "", group
            group = []
        group.append(row)
    if group:
        yield _heading(group[0].start, say) if several else "", group


def _heading(when: date, say: Speech) -> str:
    name = day(when, say)
    return name[:1].upper() + name[1:]


def elements(rows: Sequence[Row], say: Speech, *, most: int = MOST) -> list[Json]:
    """The rows as card elements, at most ``most`` of them."""
    drawn: list[Json] = []
    for name, group in by_day(rows[:most], say):
        if name:
            drawn.append(subheading(name))
        drawn += [_element(row, separator=index > 0 or not name) for index, row in enumerate(group)]
    return drawn + and_more(len(rows) - most, "and {n} more item", "and {n} more items", say)


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


def lines(rows: Sequence[Row], say: Speech = ENGLISH) -> list[str]:
    """The rows as text: ``14:00–14:15  Dozen red roses · Petal & Stem · delivered home · $58.00``."""
    written: list[str] = []
    for name, group in by_day(rows, say):
        if name:
            written.append(f"{name}:")
        written += [line(placed) for placed in group]
    return written


def sketch(rows: Sequence[Row], say: Speech = ENGLISH) -> str:
    """A plan in one line: ``14:00 Dozen red roses · 19:00 Table for two``."""
    told = [f"{clock(row.start)} {row.title}" for row in rows[:_SKETCHED]]
    return " · ".join(told + ([say("{n} more", n=len(rows) - _SKETCHED)] if len(rows) > _SKETCHED else []))


def line(row: Row) -> str:
    """One row as text."""
    told = " · ".join(filter(None, (row.title, row.partner, row.where, row.way, row.price, row.state)))
    return f"{row.time}  {told}"
