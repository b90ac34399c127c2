"""The proposal: one bundle, its time line and total, and everything a person may answer to it."""

from collections.abc import Mapping, Sequence

from cards import linked_data as ld
from cards.actions import answer, show, text_input
from cards.elements import Json, card, container, counted, fitted, heading, text_block
from cards.moments import stamp
from cards.offers import answer_with, describe, row, take
from cards.safe_text import safe
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
) -> Presentation:
    """Propose a plan. The answer comes back as ``{"action": "approve" | "change" | "swap" | "reject", …}``.

    Args:
        plan: what is proposed.
        needs: what was asked for, to name what was left out.
        budget: what the person wants to spend at most on everything.
        alternatives: other offers by need id, best first.
        interrupt_id: the interrupt that the answer resumes.
        home: where the person is: the zone of times, and what "home" means.
    """
    rows = plan_rows(plan, home=home)
    swaps = _swaps(plan, alternatives, home)
    title = f"Your plan for {when(rows)}" if rows else "Nothing to book"
    cost = _cost(plan.total, budget)
    notes = _notes(plan, needs, home)
    count = counted(len(rows), "item")
    text = "\n".join([f"{title}: {count}, {cost}.", *lines(rows), *notes, *_swap_lines(swaps), _invitation(plan)])
    speak = f"{title}: {count} for {plan.total}. Shall I book it?" if rows else f"{title}."

    def draw(most: int) -> Json:
        body = [heading(title), text_block(f"{count} · {cost}", close=True), *elements(rows, most=most)]
        if notes:
            body.append(container([text_block(note, subtle=True) for note in notes], separator=True))
        return card(body, _buttons(plan, swaps[:most], interrupt_id), text=text, speak=speak)

    json_ld = _json_ld(title, plan, swaps, interrupt_id)
    return Presentation(kind="bundle", text=text, card=fitted(draw, MOST), json_ld=json_ld)


def _cost(total: Money, budget: Money | None) -> str:
    if budget is None:
        return f"{total} in total"
    if budget.currency != total.currency:
        return f"{total} in total (budget {budget})"
    left = budget - total
    return f"{total} of {budget} ({left} left)" if left.amount >= 0 else f"{total}, {-left} over {budget}"


def _notes(plan: Plan, needs: Sequence[Need], home: Place | None) -> list[str]:
    names = {need.id: need.text for need in needs}
    notes = []
    if plan.left_out:
        left = "; ".join(safe(names.get(need_id, need_id), 80) for need_id in plan.left_out)
        notes.append(f"Left out, because it did not fit: {left}.")
    notes += [safe(reason, 200) for reason in plan.reasons[:_REASONS]]
    notes += _estimates(plan)
    expiries = [item.offer.expires_at for item in plan.items if item.offer.expires_at]
    if expiries:
        until = min(expiries)
        notes.append(f"Prices hold until {stamp(until.astimezone(home.tz) if home else until)}.")
    return notes


def _estimates(plan: Plan) -> list[str]:
    """What is not known of a place that is only an address."""
    stops = (stop for item in plan.items for stop in (item.origin, item.place) if stop and stop.approximate)
    names = list(dict.fromkeys(safe(stop.name, 80) for stop in stops))
    if not names:
        return []
    verb = "is" if len(names) == 1 else "are"
    return [f"I do not know where {' and '.join(names)} {verb} on the map: times of travel there are estimates."]


def _swaps(plan: Plan, alternatives: Mapping[str, Sequence[Offer]], home: Place | None) -> Swaps:
    swaps: Swaps = []
    for item in plan.items:
        others = [other for other in alternatives.get(item.need_id, ()) if other.id != item.offer.id][:_SWAPS]
        if others:
            swaps.append((item, [(other, describe(other, current=item.offer, home=home)) for other in others]))
    return swaps


def _swap_lines(swaps: Swaps) -> list[str]:
    written = []
    for item, others in swaps:
        written.append(f"Instead of {safe(item.offer.title)}:")
        written += [f"- {safe(other.title)} · {about} · {other.price}" for other, about in others]
    return written


def _invitation(plan: Plan) -> str:
    if not plan.items:
        return "Tell me what to change, and I will look again."
    return f"Say “yes” to book it for {plan.total}, “no” to drop it, or tell me what to change."


def _buttons(plan: Plan, swaps: Swaps, interrupt_id: str) -> list[Json]:
    buttons = []
    if plan.items:
        buttons.append(answer(f"Approve · {plan.total}", interrupt_id, "approve", style="positive"))
    entry = text_input(
        "What should be different?",
        placeholder="for example: dinner at 8 pm, or cheaper flowers",
        error="Tell me what to change.",
    )
    buttons.append(show("Change", [entry], [answer("Send", interrupt_id, "change", style="positive")]))
    if swaps:
        buttons.append(show("Swap", _swap_body(swaps, interrupt_id)))
    buttons.append(answer("No, thanks", interrupt_id, "reject", style="destructive"))
    return buttons


def _swap_body(swaps: Swaps, interrupt_id: str) -> list[Json]:
    body = []
    for item, others in swaps:
        body.append(text_block(f"Instead of {safe(item.offer.title)} · {item.offer.price}"))
        body += [row(other, about, answer_with(other, interrupt_id)) for other, about in others]
    return body


def _json_ld(title: str, plan: Plan, swaps: Swaps, interrupt_id: str) -> Json:
    whole = ld.thing("Offer", name=title, **ld.price(plan.total))
    possible = []
    if plan.items:
        possible.append(ld.resume("ConfirmAction", "Approve", interrupt_id, {"action": "approve"}, object=whole))
    possible.append(
        ld.resume(
            "UpdateAction",
            "Change",
            interrupt_id,
            {"action": "change", "text": "{text}"},
            **{"text-input": ld.text_asked("what should be different")},
        )
    )
    possible += [take(other, interrupt_id, object=ld.brief(other)) for _, others in swaps for other, _ in others]
    possible.append(ld.resume("RejectAction", "Reject", interrupt_id, {"action": "reject"}, object=whole))
    return ld.listed(title, [ld.booked(item) for item in plan.items], potentialAction=possible)
