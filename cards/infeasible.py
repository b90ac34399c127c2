"""No bundle keeps every wish: what is in conflict, and what would work."""

from collections.abc import Sequence

from cards import linked_data as ld
from cards.actions import button_row, message
from cards.elements import Json, and_more, card, columns, container, fitted, heading, subheading, text_block
from cards.reasons import change_words, conflict_words, name_of
from cards.safe_text import safe
from cards.speech import ENGLISH, Speech
from cards.timeline import plan_rows, sketch, when
from schemas.intent import Need
from schemas.place import Place
from schemas.plan import Conflict, Infeasible, NearestChange
from schemas.presentation import Presentation

_MOST = 8


def infeasible(
    result: Infeasible, *, needs: Sequence[Need], home: Place | None = None, say: Speech = ENGLISH
) -> Presentation:
    """Explain a failure to plan. Each change that works is a button that says it in the conversation.

    Args:
        result: the conflicts, and the changes proven to work, least first.
        needs: what was asked for, to name what a conflict is about.
        home: where the person is: the zone of times.
        say: the person's language.
    """
    names = {need.id: need.text for need in needs}
    called = {need.id: name_of(need) for need in needs}
    told = [conflict_words(conflict, called, say) for conflict in result.conflicts]
    conflicts = [
        (safe(words, 300), _about(conflict, words, names))
        for conflict, words in zip(result.conflicts, told, strict=True)
    ]
    offered = [change_words(change, needs, home, say) for change in result.changes]
    changes = [
        (change, safe(words, 200).rstrip("."), _outcome(change, home, say))
        for change, words in zip(result.changes, offered, strict=True)
    ]
    title = say("I cannot fit everything you asked for")
    written = [say("I cannot fit everything you asked for, so nothing is booked.")]
    written += [f"- {told} ({about})" if about else f"- {told}" for told, about in conflicts]
    if changes:
        written.append(say("What would work:"))
    written += [f"{number}. {said}: {outcome}" for number, (_, said, outcome) in enumerate(changes, 1)]
    written.append(
        say("Say the number of the one you prefer, or change your wish.")
        if changes
        else say("Change your wish, and I will look again.")
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
            body.append(
                container(
                    [*blocks, *and_more(len(conflicts) - most, "and {n} more conflict", "and {n} more conflicts", say)],
                    style="warning",
                )
            )
        if changes:
            body.append(subheading(say("What would work")))
        body += [_row(change, said, outcome, say) for change, said, outcome in changes[:most]]
        body += and_more(len(changes) - most, "and {n} more way", "and {n} more ways", say)
        speak = f"{title}. {conflicts[0][0] if conflicts else ''}".strip()
        return card(body, [], text=text, speak=speak, say=say)

    json_ld = _json_ld(title, result, told, offered)
    return Presentation(kind="infeasible", text=text, card=fitted(draw, _MOST), json_ld=json_ld)


def _about(conflict: Conflict, words: str, names: dict[str, str]) -> str:
    told = [safe(names[need_id], 80) for need_id in conflict.need_ids if need_id in names]
    return "; ".join(name for name in told if name not in words)


def _outcome(change: NearestChange, home: Place | None, say: Speech) -> str:
    rows = plan_rows(change.plan, home=home, say=say)
    total = say.money(change.plan.total)
    count = say.many("{n} item for {total}", "{n} items for {total}", len(rows), total=total)
    head = ", ".join(filter(None, (count, when(rows, say))))
    return f"{head} ({sketch(rows, say)})" if rows else head


def _row(change: NearestChange, said: str, outcome: str, say: Speech) -> Json:
    title = say("Do that · {total}", total=say.money(change.plan.total))
    button = {**message(title, said), "tooltip": said}
    told = [text_block(said, weight="bolder"), text_block(outcome, subtle=True, close=True)]
    return columns(("stretch", told), ("auto", [button_row(button)]), separator=True)


def _json_ld(title: str, result: Infeasible, told: Sequence[str], offered: Sequence[str]) -> Json:
    conflicts = [
        ld.thing("Thing", name=ld.words(words), identifier=conflict.kind)
        for conflict, words in zip(result.conflicts, told, strict=True)
    ]
    possible = []
    for change, words in zip(result.changes, offered, strict=True):
        whole = ld.thing("Offer", name=ld.words(words), **ld.price(change.plan.total))
        possible.append(ld.send("ChooseAction", ld.words(words), words, object=whole))
    return ld.listed(title, conflicts, potentialAction=possible)
