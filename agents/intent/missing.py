"""What must still be asked: the fewest facts without which nothing can be looked for, most valuable first."""

from collections.abc import Mapping, Sequence
from datetime import timedelta
from zoneinfo import ZoneInfo

from schemas.capability import Capability
from schemas.intent import MissingFact, Need, Relation, ResolveContext

_DAY = timedelta(days=1)


def missing(
    needs: Sequence[Need],
    relations: Sequence[Relation],
    capabilities: Mapping[str, Capability],
    context: ResolveContext,
) -> list[MissingFact]:
    """A question for each fact that is needed and was neither said nor remembered; unserved needs ask nothing."""
    found = [(need, capabilities.get(need.capability_id or "")) for need in needs]
    served = [(need, capability) for need, capability in found if capability is not None]
    facts = _times(served, context.zone)
    for need, capability in served:
        facts += _places(need, capability, relations, context)
    return facts + _parties(served)


def _times(served: Sequence[tuple[Need, Capability]], zone: str) -> list[MissingFact]:
    unknown = [(need, capability) for need, capability in served if not need.timing.known]
    if len(unknown) == len(served) and len(served) > 1:
        return [MissingFact(need_id=None, fact="date", question="For which day is it, and at what time?")]
    facts = [
        MissingFact(
            need_id=need.id, fact="date", question=f"For which day is the {_name(need, capability)}, and at what time?"
        )
        for need, capability in unknown
    ]
    for need, capability in served:
        if _which_day(need, zone):
            question = f"On which day exactly should the {_name(need, capability)} be?"
            facts.append(MissingFact(need_id=need.id, fact="date", question=question))
    return facts


def _which_day(need: Need, zone: str) -> bool:
    """Whether one clock time was said for several days: it cannot be all of them."""
    day, start = need.timing.day, need.timing.start
    if not (day.start and day.end and start.start and start.end) or day.end - day.start <= _DAY + timedelta(hours=2):
        return False
    tz = ZoneInfo(zone)
    return start.start.astimezone(tz).time() == start.end.astimezone(tz).time()


def _places(
    need: Need, capability: Capability, relations: Sequence[Relation], context: ResolveContext
) -> list[MissingFact]:
    known = ", ".join(["home"] * (context.home is not None) + sorted(context.places))
    other = "its address" if context.home else "its latitude and longitude"
    choice = f" I know {known}; for another place give {other}." if known else f" Please give {other}."
    name = _name(need, capability)
    if capability.effect == "attended":
        return []
    fact = "destination" if capability.effect == "moves_person" and need.destination is None else "place"
    if need.place_text is not None:
        question = f"What is the address of “{need.place_text}”?{'' if context.home else choice}"
        return [MissingFact(need_id=need.id, fact=fact, question=question)]
    if capability.effect == "moves_person":
        leads_on = any(relation.kind == "before" and relation.first == need.id for relation in relations)
        if need.destination is None and not leads_on:
            return [MissingFact(need_id=need.id, fact=fact, question=f"Where should the {name} go?{choice}")]
    elif need.place is None:
        return [MissingFact(need_id=need.id, fact=fact, question=f"Where should the {name} come to?{choice}")]
    return []


def _parties(served: Sequence[tuple[Need, Capability]]) -> list[MissingFact]:
    unknown = [
        (need, capability)
        for need, capability in served
        if need.party is None and any(slot.type == "person_count" and slot.required for slot in capability.slots)
    ]
    if not unknown:
        return []
    names = " and the ".join(_name(need, capability) for need, capability in unknown)
    need_id = unknown[0][0].id if len(unknown) == 1 else None
    return [MissingFact(need_id=need_id, fact="party", question=f"For how many people is the {names}?")]


def _name(need: Need, capability: Capability) -> str:
    """What to call a need in a question: what was asked for if that is short, else its service."""
    return need.query if 0 < len(need.query.split()) <= 3 else capability.name.lower()
