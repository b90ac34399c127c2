"""A partner failed: what was done instead, or what the person may choose between."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta

from cards import linked_data as ld
from cards.actions import answer
from cards.elements import Json, and_more, card, container, fitted, heading, subheading, text_block
from cards.moments import lasting
from cards.offers import answer_with, difference, row, take
from cards.order_words import reason_words, state_words
from cards.safe_text import safe
from cards.speech import ENGLISH, Speech
from cards.timeline import MOST, Scheduled, elements, line, lines, order_rows
from cards.timeline import row as time_row
from schemas.order import Order, OrderLine
from schemas.plan import PlanItem
from schemas.presentation import Presentation

_MOST_OPTIONS = 6


def recovery_notice(
    order: Order,
    failed: OrderLine,
    *,
    replacement: OrderLine | None = None,
    options: Sequence[PlanItem] = (),
    interrupt_id: str | None = None,
    say: Speech = ENGLISH,
) -> Presentation:
    """Tell of a repair, ask for a choice, or admit that there is nothing instead.

    An option's button answers ``{"action": "swap", offer_id}``; going without it ``{"action": "drop"}``.

    Args:
        order: the order as it stands now.
        failed: the line that failed.
        replacement: the line bought instead, if one was.
        options: what the person may choose from, when a limit of theirs would be broken.
        interrupt_id: the interrupt that the choice resumes; without it nothing can be chosen.
        say: the person's language.
    """
    trouble = f"{safe(failed.offer.partner_name, 60)}: {safe(failed.offer.title)} ({_reason(failed, say)})"
    if replacement is not None:
        return _repaired(order, failed, replacement, trouble, say)
    if options and interrupt_id is not None:
        return _asked(order, failed, options, interrupt_id, trouble, say=say)
    return _dropped(order, failed, trouble, say)


def _reason(failed: OrderLine, say: Speech) -> str:
    return reason_words(failed.reason, say) if failed.reason else state_words(failed, say)


def _repaired(order: Order, failed: OrderLine, new: OrderLine, trouble: str, say: Speech) -> Presentation:
    title = say("A partner dropped out. I found a replacement")
    instead = line(replace(time_row(new, home=order.home, say=say), state=""))
    changed = " · ".join(filter(None, (difference(failed.offer.price, new.offer.price, say), _shift(failed, new, say))))
    rows = order_rows(order, say)
    total = say("Your total is now {total}.", total=say.money(order.total))
    text = "\n".join(
        [
            f"{title}.",
            say("Failed: {trouble}", trouble=trouble),
            say("Instead: {item}", item=instead),
            say("Difference: {changed}.", changed=changed),
            total,
            say("Your time line now:"),
            *lines(rows, say),
        ]
    )

    def draw(most: int) -> Json:
        body = [
            heading(title),
            container([text_block(trouble)], style="warning"),
            container([text_block(instead, weight="bolder"), text_block(changed, close=True)], style="good"),
            text_block(total),
            subheading(say("Your time line now")),
            *elements(rows, say, most=most),
        ]
        return card(body, [], text=text, speak=f"{title}: {safe(new.offer.title)}, {changed}.", say=say)

    done = "https://schema.org/CompletedActionStatus"
    action = ld.thing("ReplaceAction", actionStatus=done, replacee=ld.booked(failed), replacer=ld.booked(new))
    json_ld = ld.document(
        "Order", orderNumber=order.id, partOfInvoice=ld.invoice(order.total), potentialAction=[action]
    )
    return Presentation(kind="recovery", text=text, card=fitted(draw, MOST), json_ld=json_ld)


def _asked(
    order: Order, failed: OrderLine, options: Sequence[PlanItem], interrupt_id: str, trouble: str, *, say: Speech
) -> Presentation:
    title = say("A partner dropped out. What would you like instead?")
    told = [_option(order, failed, item, say) for item in options]
    written = [f"{number}. {text}" for number, (text, _) in enumerate(told, 1)]
    text = "\n".join(
        [title, say("Failed: {trouble}", trouble=trouble), *written, say("Say which one, or “go without it”.")]
    )

    def draw(most: int) -> Json:
        rows = [
            row(item.offer, about, answer_with(item.offer, interrupt_id, say, with_need=False), say, separator=True)
            for item, (_, about) in zip(options[:most], told, strict=False)
        ]
        without = answer(say("Go without it"), interrupt_id, "drop", style="destructive")
        body = [
            heading(title),
            container([text_block(trouble)], style="warning"),
            *rows,
            *and_more(len(options) - most, "and {n} more offer", "and {n} more offers", say),
        ]
        out = say("{partner} dropped out.", partner=safe(failed.offer.partner_name, 60))
        found = say.many("I found {n} offer instead.", "I found {n} offers instead.", len(options))
        speak = " ".join([out, found, say("Which one would you like?")])
        return card(body, [without], text=text, speak=speak, say=say)

    items = [
        {**ld.booked(item), "potentialAction": take(item.offer, interrupt_id, say, with_need=False)} for item in options
    ]
    drop = ld.resume("RejectAction", say("Go without it"), interrupt_id, {"action": "drop"})
    json_ld = ld.listed(title, items, potentialAction=[drop])
    return Presentation(kind="recovery", text=text, card=fitted(draw, _MOST_OPTIONS), json_ld=json_ld)


def _dropped(order: Order, failed: OrderLine, trouble: str, say: Speech) -> Presentation:
    title = say("A partner dropped out, and I found nothing to take its place")
    rows = order_rows(order, say)
    total = say("Your total is now {total}.", total=say.money(order.total))
    text = "\n".join(
        [f"{title}.", say("Failed: {trouble}", trouble=trouble), total, say("Your time line now:"), *lines(rows, say)]
    )

    def draw(most: int) -> Json:
        body = [
            heading(title),
            container([text_block(trouble)], style="attention"),
            text_block(total),
            *elements(rows, say, most=most),
        ]
        return card(body, [], text=text, speak=f"{title}: {safe(failed.offer.title)}.", say=say)

    json_ld = ld.document(
        "Order",
        orderNumber=order.id,
        partOfInvoice=ld.invoice(order.total),
        orderStatus="https://schema.org/OrderProblem",
    )
    return Presentation(kind="recovery", text=text, card=fitted(draw, MOST), json_ld=json_ld)


def _option(order: Order, failed: OrderLine, item: PlanItem, say: Speech) -> tuple[str, str]:
    """An option as text, and what its row says under the title."""
    placed = time_row(item, home=order.home, say=say)
    changed = (difference(failed.offer.price, item.offer.price, say), _shift(failed, item, say))
    about = " · ".join(filter(None, (placed.partner, placed.time, placed.where, *changed)))
    return f"{placed.title} · {about} · {placed.price}", about


def _shift(failed: OrderLine, new: Scheduled, say: Speech) -> str:
    moved = new.start - failed.start
    if not moved:
        return say("same time")
    if moved > timedelta(0):
        return say("{time} later", time=lasting(moved, say))
    return say("{time} earlier", time=lasting(-moved, say))
