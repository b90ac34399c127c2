"""Offers side by side: to look at, or with one button each, for swapping an item here and inside the bundle card."""

from collections.abc import Sequence
from datetime import UTC
from typing import Any

from cards import linked_data as ld
from cards.actions import answer, button_row
from cards.elements import Json, and_more, card, columns, fitted, heading, text_block
from cards.moments import listed, short_day, span
from cards.safe_text import safe
from cards.speech import ENGLISH, Speech
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
    say: Speech = ENGLISH,
) -> Presentation:
    """The offers for one need, best first. A button answers ``{"action": "swap", need_id, offer_id}``.

    Args:
        need: what they are for.
        offers: what can be had; the ``current`` one may be among them and is not shown.
        interrupt_id: the interrupt that a choice resumes; without one there is nothing to press.
        current: the offer chosen now, to compare prices with.
        home: where the person is, for "delivered home" and the zone of times.
        say: the person's language.
    """
    others = [offer for offer in offers if current is None or offer.id != current.id]
    name = safe(need.text, 100)
    title = say("Other offers for {name}", name=name) if current else say("Offers for {name}", name=name)
    if not others:
        none = (
            say("There is no other offer for {name}.", name=name)
            if current
            else say("There is no offer for {name}.", name=name)
        )
        return Presentation(kind="offers", text=none, json_ld=ld.listed(none, []))

    told = [describe(offer, current=current, home=home, say=say) for offer in others]
    written = [
        f"{number}. {safe(offer.title)} · {about} · {say.money(offer.price)}"
        for number, (offer, about) in enumerate(zip(others, told, strict=True), 1)
    ]
    text = "\n".join([f"{title}:", *written, *([say("Say which one you would like.")] if interrupt_id else [])])
    found = say.many("I found {n} offer for {name}.", "I found {n} offers for {name}.", len(others), name=name)
    speak = " ".join([found, say("Which one would you like?")]) if interrupt_id else found

    def draw(most: int) -> Json:
        rows = [
            row(offer, about, answer_with(offer, interrupt_id, say) if interrupt_id else None, say, separator=True)
            for offer, about in zip(others[:most], told, strict=False)
        ]
        body = [heading(title), *rows, *and_more(len(others) - most, "and {n} more offer", "and {n} more offers", say)]
        return card(body, [], text=text, speak=speak, say=say)

    items = [ld.offer(offer) for offer in others]
    if interrupt_id:
        items = [
            {**item, "potentialAction": take(offer, interrupt_id, say)}
            for item, offer in zip(items, others, strict=True)
        ]
    json_ld = ld.listed(title, items)
    return Presentation(kind="offers", text=text, card=fitted(draw, _MOST), json_ld=json_ld)


def row(offer: Offer, about: str, button: Json | None, say: Speech, *, separator: bool = False) -> Json:
    """One offer with its button, or with its price where there is nothing to press."""
    told = [text_block(safe(offer.title), weight="bolder"), text_block(about, subtle=True, close=True)]
    ending = button_row(button) if button else text_block(say.money(offer.price))
    return columns(("stretch", told), ("auto", [ending]), separator=separator)


def answer_with(offer: Offer, interrupt_id: str, say: Speech, *, with_need: bool = True) -> Json:
    """The button that takes an offer; the tooltip is what a screen reader says."""
    facts: Json = {"need_id": offer.need_id} if with_need else {}
    button = answer(
        say("Take · {price}", price=say.money(offer.price)), interrupt_id, "swap", {**facts, "offer_id": offer.id}
    )
    tooltip = say("Take {title} from {partner}", title=safe(offer.title, 80), partner=safe(offer.partner_name, 60))
    return {**button, "tooltip": tooltip}


def take(offer: Offer, interrupt_id: str, say: Speech, *, with_need: bool = True, **properties: Any) -> Json:
    """The same for an agent: a schema.org action."""
    facts = {"need_id": offer.need_id} if with_need else {}
    payload = {"action": "swap", **facts, "offer_id": offer.id}
    name = say("Take {title}", title=ld.words(offer.title))
    return ld.resume("ChooseAction", name, interrupt_id, payload, **properties)


def describe(offer: Offer, *, current: Offer | None = None, home: Place | None = None, say: Speech = ENGLISH) -> str:
    """Partner, place, times and the difference in price, without the title and the price."""
    place = offer.place or home
    told = (
        partner(offer, say),
        where(offer, offer.place, None, home, say),
        available(offer, place, say),
        difference(current.price, offer.price, say) if current else "",
    )
    return " · ".join(filter(None, told))


def available(offer: Offer, place: Place | None, say: Speech = ENGLISH) -> str:
    """``at 18:30, 19:00 and 4 more``, or ``any time 14:00–17:00``; the day is named."""
    zone = place.tz if place else UTC
    if offer.starts:
        starts = sorted(start.astimezone(zone) for start in offer.starts)
        first = [start for start in starts if start.date() == starts[0].date()]
        return say("{day} at {times}", day=short_day(starts[0], say), times=listed(first, _STARTS, say))
    bounded = [
        (window.start.astimezone(zone), window.end.astimezone(zone))
        for window in offer.windows
        if window.start and window.end
    ]
    if not bounded:
        return ""
    start, end = min(bounded)
    facts = {"day": short_day(start, say), "times": span(start, end, say)}
    return say("{day} at {times}", **facts) if start == end else say("{day} any time {times}", **facts)


def difference(before: Money, after: Money, say: Speech = ENGLISH) -> str:
    """``$16.00 less``, ``$8.00 more`` or ``same price``; nothing across currencies."""
    if before.currency != after.currency:
        return ""
    change = after - before
    if change.amount == 0:
        return say("same price")
    if change.amount > 0:
        return say("{price} more", price=say.money(change))
    return say("{price} less", price=say.money(-change))
