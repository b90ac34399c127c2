"""What the specialists found, in the person's language: why an offer was chosen, what is in conflict, what would work.

The planner tells its findings twice: as structure, and in English sentences with every figure. English readers are
told the sentences; for the others the structure is worded here.
"""

from collections.abc import Mapping, Sequence
from datetime import UTC

from cards.moments import stamp
from cards.speech import Speech, phrase
from schemas.intent import Need
from schemas.place import Place
from schemas.plan import Change, Conflict, ConflictKind, Merit, NearestChange, Plan, Reason

_MERITS: dict[Merit, str] = {
    "match": phrase("the closest match"),
    "rating": phrase("the best rated"),
    "price": phrase("the cheapest"),
    "balance": phrase("the best balance of match, rating, price and time"),
}
_CONFLICTS: dict[ConflictKind, tuple[str, str]] = {  # about one need, about several
    "no_offer": (
        phrase("None of our partners can do this as you asked: {needs}."),
        phrase("None of our partners can do these as you asked: {needs}."),
    ),
    "budget": (
        phrase("This costs more than you allowed: {needs}."),
        phrase("Together these cost more than you allowed: {needs}."),
    ),
    "time": (
        phrase("This cannot be had at the time you asked for: {needs}."),
        phrase("These do not fit together at the times you asked for: {needs}."),
    ),
    "lead_time": (
        phrase("This cannot be had so soon: {needs}."),
        phrase("These cannot be had so soon: {needs}."),
    ),
    "travel": (
        phrase("There is not enough time to get there: {needs}."),
        phrase("There is not enough time for the ways between these: {needs}."),
    ),
    "order": (
        phrase("This does not fit in the order you asked for: {needs}."),
        phrase("These do not fit in the order you asked for: {needs}."),
    ),
}


def name_of(need: Need) -> str:
    """What a need is called in a sentence: the kind of thing, in the person's own words."""
    return (need.query or need.text).strip() or need.id


def chosen_because(plan: Plan, called: Mapping[str, str], say: Speech) -> list[str]:
    """Why these offers, one sentence each; ``called`` are the needs' names by their id."""
    if say.native:
        return plan.reasons
    items = {item.need_id: item for item in plan.items}
    told = []
    for reason in plan.merits:
        offer = items[reason.need_id].offer
        facts = {"need": called.get(reason.need_id, offer.title), "title": offer.title, "partner": offer.partner_name}
        told.append(say("{need}: {title} from {partner}, {merits}.", **facts, merits=_merits(reason, say)))
    return told


def _merits(reason: Reason, say: Speech) -> str:
    if reason.among == 1:
        return say("the only offer")
    merits = say.all_of([say(_MERITS[merit]) for merit in reason.merits])
    return say("{merits} of {n}", merits=merits, n=reason.among)


def conflict_words(conflict: Conflict, called: Mapping[str, str], say: Speech) -> str:
    """Which wishes cannot all be kept; ``called`` are the needs' names by their id."""
    if say.native:
        return conflict.message
    needs = [called[need_id] for need_id in conflict.need_ids if need_id in called]
    if not needs:
        return say("What you asked for does not fit with what is already booked.")
    return say(_CONFLICTS[conflict.kind][len(needs) > 1], needs=", ".join(needs))


def change_words(change: NearestChange, needs: Sequence[Need], home: Place | None, say: Speech) -> str:
    """A change of one wish that would work. It is also what the person says to take it."""
    if say.native:
        return change.message
    called = {need.id: name_of(need) for need in needs}
    called |= {item.need_id: item.offer.title for item in change.plan.items if item.need_id not in called}
    need = called.get(change.need_id or "", "")
    match change.field:
        case "budget":
            assert change.budget is not None, "a change of budget names the amount"
            words = (
                phrase("{need} for {price} would work.") if change.need_id else phrase("With {price} everything fits.")
            )
            return say(words, need=need, price=say.money(change.budget))
        case "drop":
            total = say.money(change.plan.total)
            return say("Without this the rest works, for {total}: {need}.", need=need, total=total)
        case "relation":
            return _without_relation(change, called, say)
        case "start" | "end":
            assert change.moment is not None, "a change of time names the moment"
            moment = stamp(change.moment.astimezone(home.tz if home else UTC), say)
            words = phrase("It would work at this time: {need}, {moment}.")
            if change.field == "end":
                words = phrase("It would work done by this time: {need}, {moment}.")
            return say(words, need=need, moment=moment)


def _without_relation(change: Change, called: Mapping[str, str], say: Speech) -> str:
    relation = change.relation
    assert relation is not None, "a change of order names the order that is given up"
    facts = {"first": called.get(relation.first, ""), "second": called.get(relation.second, "")}
    if relation.kind == "together":
        return say("It works if these need not start together: {first}, {second}.", **facts)
    return say("It works if the first need not be over before the second: {first}, {second}.", **facts)
