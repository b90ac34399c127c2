"""The proposal: one bundle, its time line and total, and everything a person may answer to it."""

from collections.abc import Mapping, Sequence

from cards import linked_data as ld
from cards.actions import answer, show, text_input
from cards.elements import Json, card, container, fitted, heading, text_block
from cards.moments import stamp
from cards.offers import answer_with, describe, row, take
from cards.reasons import chosen_because
from cards.safe_text import safe
from cards.speech import ENGLISH, Speech, phrase
from cards.timeline import MOST, elements, lines, plan_rows, when
from schemas.intent import Need
from schemas.money import Money
from schemas.offer import Offer
from schemas.place import Place
from schemas.plan import Plan, PlanItem
from schemas.presentation import Presentation

_REASONS = 5
_SWAPS = 4  # other offers shown per item

Swaps = list[tuple[PlanItem, list[tuple[Offer, str]]]]
"""For each item that can be swapped: the other offers, each with what is to be said about it."""


def bundle(
    plan: Plan,
    *,
    needs: Sequence[Need],
    budget: Money | None,
    alternatives: Mapping[str, Sequence[Offer]],
    interrupt_id: str,
    home: Place | None,
    say: Speech = ENGLISH,
) -> Presentation:
    """Propose a plan. The answer comes back as ``{"action": "approve" | "change" | "swap" | "reject", …}``.

    Args:
        plan: what is proposed.
        needs: what was asked for, to name what was left out.
        budget: what the person wants to spend at most on everything.
        alternatives: other offers by need id, best first.
        interrupt_id: the interrupt that the answer resumes.
        home: where the person is: the zone of times, and what "home" means.
        say: the person's language.
    """
    rows = plan_rows(plan, home=home, say=say)
    swaps = _swaps(plan, alternatives, home, say)
    title = say("Your plan for {day}", day=when(rows, say)) if rows else say("Nothing to book")
    cost = _cost(plan.total, budget, say)
    notes = _notes(plan, needs, home, say)
    count = say.many("{n} item", "{n} items", len(rows))
    text = "\n".join(
        [f"{title}: {count}, {cost}.", *lines(rows, say), *notes, *_swap_lines(swaps, say), _invitation(plan, say)]
    )
    asked = say("{title}: {count} for {total}. Shall I book it?", title=title, count=count, total=say.money(plan.total))
    speak = asked if rows else f"{title}."

    def draw(most: int) -> Json:
        body = [heading(title), text_block(f"{count} · {cost}", close=True), *elements(rows, say, most=most)]
        if notes:
            body.append(container([text_block(note, subtle=True) for note in notes], separator=True))
        return card(body, _buttons(plan, swaps[:most], interrupt_id, say), text=text, speak=speak, say=say)

    json_ld = _json_ld(title, plan, swaps, interrupt_id, say)
    return Presentation(kind="bundle", text=text, card=fitted(draw, MOST), json_ld=json_ld)


def _cost(total: Money, budget: Money | None, say: Speech) -> str:
    cost = say.money(total)
    if budget is None:
        return say("{total} in total", total=cost)
    limit = say.money(budget)
    if budget.currency != total.currency:
        return say("{total} in total (budget {budget})", total=cost, budget=limit)
    left = budget - total
    if left.amount < 0:
        return say("{total}, {more} over {budget}", total=cost, more=say.money(-left), budget=limit)
    return say("{total} of {budget} ({left} left)", total=cost, budget=limit, left=say.money(left))


def _notes(plan: Plan, needs: Sequence[Need], home: Place | None, say: Speech) -> list[str]:
    names = {need.id: need.text for need in needs}
    notes = []
    if plan.left_out:
        left = "; ".join(safe(names.get(need_id, need_id), 80) for need_id in plan.left_out)
        notes.append(say("Left out, because it did not fit: {left}.", left=left))
    notes += [safe(reason, 200) for reason in chosen_because(plan, names, say)[:_REASONS]]
    notes += _estimates(plan, say)
    expiries = [item.offer.expires_at for item in plan.items if item.offer.expires_at]
    if expiries:
        until = min(expiries)
        local = until.astimezone(home.tz) if home else until
        notes.append(say("Prices hold until {moment}.", moment=stamp(local, say)))
    return notes


def _estimates(plan: Plan, say: Speech) -> list[str]:
    """What is not known of a place that is only an address."""
    stops = (stop for item in plan.items for stop in (item.origin, item.place) if stop and stop.approximate)
    names = dict.fromkeys(safe(stop.name, 80) for stop in stops)
    told = phrase("I do not know where {place} is on the map: times of travel there are estimates.")
    return [say(told, place=name) for name in names]


def _swaps(plan: Plan, alternatives: Mapping[str, Sequence[Offer]], home: Place | None, say: Speech) -> Swaps:
    swaps: Swaps = []
    for item in plan.items:
        others = [other for other in alternatives.get(item.need_id, ()) if other.id != item.offer.id][:_SWAPS]
        if others:
            told = [(other, describe(other, current=item.offer, home=home, say=say)) for other in others]
            swaps.append((item, told))
    return swaps


def _swap_lines(swaps: Swaps, say: Speech) -> list[str]:
    written = []
    for item, others in swaps:
        written.append(say("Instead of {title}:", title=safe(item.offer.title)))
        written += [f"- {safe(other.title)} · {about} · {say.money(other.price)}" for other, about in others]
    return written


def _invitation(plan: Plan, say: Speech) -> str:
    if not plan.items:
        return say("Tell me what to change, and I will look again.")
    asked = phrase("Say “yes” to book it for {total}, “no” to drop it, or tell me what to change.")
    return say(asked, total=say.money(plan.total))


def _buttons(plan: Plan, swaps: Swaps, interrupt_id: str, say: Speech) -> list[Json]:
    buttons = []
    if plan.items:
        title = say("Approve · {total}", total=say.money(plan.total))
        buttons.append(answer(title, interrupt_id, "approve", style="positive"))
    entry = text_input(
        say("What should be different?"),
        placeholder=say("for example: dinner at 8 pm, or cheaper flowers"),
        error=say("Tell me what to change."),
    )
    send = answer(say("Send"), interrupt_id, "change", style="positive")
    buttons.append(show(say("Change"), [entry], [send]))
    if swaps:
        buttons.append(show(say("Swap"), _swap_body(swaps, interrupt_id, say)))
    buttons.append(answer(say("No, thanks"), interrupt_id, "reject", style="destructive"))
    return buttons


def _swap_body(swaps: Swaps, interrupt_id: str, say: Speech) -> list[Json]:
    body = []
    for item, others in swaps:
        instead = say("Instead of {title}", title=safe(item.offer.title))
        body.append(text_block(f"{instead} · {say.money(item.offer.price)}"))
        body += [row(other, about, answer_with(other, interrupt_id, say), say) for other, about in others]
    return body


def _json_ld(title: str, plan: Plan, swaps: Swaps, interrupt_id: str, say: Speech) -> Json:
    whole = ld.thing("Offer", name=title, **ld.price(plan.total))
    possible = []
    if plan.items:
        possible.append(ld.resume("ConfirmAction", say("Approve"), interrupt_id, {"action": "approve"}, object=whole))
    possible.append(
        ld.resume(
            "UpdateAction",
            say("Change"),
            interrupt_id,
            {"action": "change", "text": "{text}"},
            **{"text-input": ld.text_asked(say("what should be different"))},
        )
    )
    possible += [take(other, interrupt_id, say, object=ld.brief(other)) for _, others in swaps for other, _ in others]
    possible.append(ld.resume("RejectAction", say("Reject"), interrupt_id, {"action": "reject"}, object=whole))
    return ld.listed(title, [ld.booked(item) for item in plan.items], potentialAction=possible)
