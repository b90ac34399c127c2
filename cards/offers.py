"""Offers side by side: to look at, or with one button each, for swapping an item here and inside the bundle card."""

from collections.abc import Sequence
from datetime import UTC
from typing import Any

from cards import linked_data as ld
from cards.actions import answer, button_row
from cards.elements import Json, and_more, card, columns, counted, fitted, heading, text_block
from cards.moments import listed, short_day, span
from cards.safe_text import safe
from cards.timeline import partner, where
from schemas.intent import Need
from schemas.money import Money
from schemas.offer import Offer
from schemas.place import Place
from schemas.presentation import Presentation

_MOST = 12
_STARTS = 4  # start times told per offer


def offers(
    need: Need,
    offers: Sequence[Offer],
    *,
    interrupt_id: str | None = None,
    current: Offer | None = None,
    home: Place | None = None,
) -> Presentation:
    """The offers for one need, best first. A button answers ``{"action": "swap", need_id, offer_id}``.

    Args:
        need: what they are for.
        offers: what can be had; the ``current`` one may be among them and is not shown.
        interrupt_id: the interrupt that a choice resumes; without one there is nothing to press.
        current: the offer chosen now, to compare prices with.
        home: where the person is, for "delivered home" and the zone of times.
    """
    others = [offer for offer in offers if current is None or offer.id != current.id]
    name = safe(need.text, 100)
    title = f"Other offers for {name}" if current else f"Offers for {name}"
    if not others:
        none = f"There is no {'other ' if current else ''}offer for {name}."
        return Presentation(kind="offers", text=none, json_ld=ld.listed(none, []))

    told = [describe(offer, current=current, home=home) for offer in others]
    written = [
        f"{number}. {safe(offer.title)} · {about} · {offer.price}"
        for number, (offer, about) in enumerate(zip(others, told, strict=True), 1)
    ]
    text = "\n".join([f"{title}:", *written, *(["Say which one you would like."] if interrupt_id else [])])
    found = f"I found {counted(len(others), 'offer')} for {name}."

    def draw(most: int) -> Json:
        rows = [
            row(offer, about, answer_with(offer, interrupt_id) if interrupt_id else None, separator=True)
            for offer, about in zip(others[:most], told, strict=False)
        ]
        body = [heading(title), *rows, *and_more(len(others) - most, "offer")]
        return card(body, [], text=text, speak=f"{found} Which one would you like?" if interrupt_id else found)

    items = [ld.offer(offer) for offer in others]
    if interrupt_id:
        items = [
            {**item, "potentialAction": take(offer, interrupt_id)} for item, offer in zip(items, others, strict=True)
        ]
    json_ld = ld.listed(title, items)
    return Presentation(kind="offers", text=text, card=fitted(draw, _MOST), json_ld=json_ld)


def row(offer: Offer, about: str, button: Json | None, *, separator: bool = False) -> Json:
    """One offer with its button, or with its price where there is nothing to press."""
    told = [text_block(safe(offer.title), weight="bolder"), text_block(about, subtle=True, close=True)]
    ending = button_row(button) if button else text_block(str(offer.price))
    return columns(("stretch", told), ("auto", [ending]), separator=separator)


def answer_with(offer: Offer, interrupt_id: str, *, with_need: bool = True) -> Json:
    """The button that takes an offer; the tooltip is what a screen reader says."""
    facts: Json = {"need_id": offer.need_id} if with_need else {}
    button = answer(f"Take · {offer.price}", interrupt_id, "swap", {**facts, "offer_id": offer.id})
    return {**button, "tooltip": f"Take {safe(offer.title, 80)} from {safe(offer.partner_name, 60)}"}


def take(offer: Offer, interrupt_id: str, *, with_need: bool = True, **properties: Any) -> Json:
    """The same for an agent: a schema.org action."""
    facts = {"need_id": offer.need_id} if with_need else {}
    payload = {"action": "swap", **facts, "offer_id": offer.id}
    return ld.resume("ChooseAction", f"Take {ld.words(offer.title)}", interrupt_id, payload, **properties)


def describe(offer: Offer, *, current: Offer | None = None, home: Place | None = None) -> str:
    """Partner, place, times and the difference in price, without the title and the price."""
    place = offer.place or home
    told = (
        partner(offer),
        where(offer, offer.place, None, home),
        available(offer, place),
        difference(current.price, offer.price) if current else "",
    )
    return " · ".join(filter(None, told))


def available(offer: Offer, place: Place | None) -> str:
    """``at 18:30, 19:00 and 4 more``, or ``any time 14:00–17:00``; the day is named."""
    zone = place.tz if place else UTC
    if offer.starts:
        starts = sorted(start.astimezone(zone) for start in offer.starts)
        first = [start for start in starts if start.date() == starts[0].date()]
        return f"{short_day(starts[0])} at {listed(first, _STARTS)}"
    bounded = [
        (window.start.astimezone(zone), window.end.astimezone(zone))
        for window in offer.windows
        if window.start and window.end
    ]
    if not bounded:
        return ""
    start, end = min(bounded)
    return f"{short_day(start)} {'at' if start == end else 'any time'} {span(start, end)}"


def difference(before: Money, after: Money) -> str:
    """``$16.00 less``, ``$8.00 more`` or ``same price``; nothing across currencies."""
    if before.currency != after.currency:
        return ""
    change = after - before
    if change.amount == 0:
        return "same price"
    return f"{change} more" if change.amount > 0 else f"{-change} less"
