"""No bundle keeps every wish: what is in conflict, and what would work."""

from collections.abc import Sequence

from cards import linked_data as ld
from cards.actions import button_row, message
from cards.elements import Json, and_more, card, columns, container, counted, fitted, heading, subheading, text_block
from cards.safe_text import safe
from cards.timeline import plan_rows, sketch, when
from schemas.intent import Need
from schemas.place import Place
from schemas.plan import Conflict, Infeasible, NearestChange
from schemas.presentation import Presentation

_MOST = 8


def infeasible(result: Infeasible, *, needs: Sequence[Need], home: Place | None = None) -> Presentation:
    """Explain a failure to plan. Each change that works is a button that says it in the conversation.

    Args:
        result: the conflicts, and the changes proven to work, least first.
        needs: what was asked for, to name what a conflict is about.
        home: where the person is: the zone of times.
    """
    names = {need.id: need.text for need in needs}
    conflicts = [(safe(conflict.message, 300), _about(conflict, names)) for conflict in result.conflicts]
    changes = [(change, _outcome(change, home)) for change in result.changes]
    title = "I cannot fit everything you asked for"
    written = [f"{title}, so nothing is booked."]
    written += [f"- {told} ({about})" if about else f"- {told}" for told, about in conflicts]
    if changes:
        written.append("What would work:")
    for number, (change, outcome) in enumerate(changes, 1):
        written += [f"{number}. {_said(change)}: {outcome}"]
    written.append(
        "Say the number of the one you prefer, or change your wish."
        if changes
        else "Change your wish, and I will look again."
    )
    text = "\n".join(written)

    def draw(most: int) -> Json:
        blocks: list[Json] = []
        for told, about in conflicts[:most]:
            blocks.append(text_block(told))
            if about:
                blocks.append(text_block(about, subtle=True, close=True))
        body = [heading(title)]
        if blocks:
            body.append(container([*blocks, *and_more(len(conflicts) - most, "conflict")], style="warning"))
        if changes:
            body.append(subheading("What would work"))
        body += [_row(change, outcome) for change, outcome in changes[:most]]
        body += and_more(len(changes) - most, "way")
        return card(body, [], text=text, speak=f"{title}. {conflicts[0][0] if conflicts else ''}".strip())

    return Presentation(kind="infeasible", text=text, card=fitted(draw, _MOST), json_ld=_json_ld(title, result))


def _about(conflict: Conflict, names: dict[str, str]) -> str:
    told = [safe(names[need_id], 80) for need_id in conflict.need_ids if need_id in names]
    return "; ".join(name for name in told if name not in conflict.message)


def _said(change: NearestChange) -> str:
    return safe(change.message, 200).rstrip(".")


def _outcome(change: NearestChange, home: Place | None) -> str:
    rows = plan_rows(change.plan, home=home)
    count = counted(len(rows), "item")
    head = ", ".join(filter(None, (f"{count} for {change.plan.total}", when(rows))))
    return f"{head} ({sketch(rows)})" if rows else head


def _row(change: NearestChange, outcome: str) -> Json:
    said = _said(change)
    button = {**message(f"Do that · {change.plan.total}", said), "tooltip": said}
    told = [text_block(said, weight="bolder"), text_block(outcome, subtle=True, close=True)]
    return columns(("stretch", told), ("auto", [button_row(button)]), separator=True)


def _json_ld(title: str, result: Infeasible) -> Json:
    conflicts = [
        ld.thing("Thing", name=ld.words(conflict.message), identifier=conflict.kind) for conflict in result.conflicts
    ]
    possible = []
    for change in result.changes:
        whole = ld.thing("Offer", name=ld.words(change.message), **ld.price(change.plan.total))
        possible.append(ld.say("ChooseAction", ld.words(change.message), change.message, object=whole))
    return ld.listed(title, conflicts, potentialAction=possible)
