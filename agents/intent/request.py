"""From clauses to needs: each clause's own facts, and those that hold for all of them.

A day, a party and a total are usually said once; an hour, a place and a price belong to the thing they stand
beside. What stands outside every wish ("On Saturday: …", "…, under $250") is shared.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from agents.intent.clocks import Hours, Part
from agents.intent.counts import nights, quantity
from agents.intent.days import Days
from agents.intent.facts import Facts
from agents.intent.match import Index
from agents.intent.money import Amount
from agents.intent.phrasing import own_words, query_of
from agents.intent.places import Spot
from agents.intent.relations import Item, relate
from agents.intent.schedule import Wish, schedule
from agents.intent.slots import fill
from agents.intent.split import Clause, Sentence
from agents.intent.times import When
from agents.intent.words import Found, T, content
from schemas.capability import Capability
from schemas.intent import Need, Relation, ResolveContext
from schemas.money import Money

_OVERNIGHT = 480  # minutes; from here a night is the unit of what is sold
_MOVABLE = ("delivered", "visits")


@dataclass(slots=True)
class Draft:
    """One wish with the facts of its own clause."""

    clause: Clause
    facts: Facts
    need: Need

    @property
    def capability(self) -> Capability | None:
        """What is asked for."""
        return self.clause.capability


@dataclass(slots=True)
class Request:
    """What one message asks for, before anything of the conversation is joined to it."""

    sentence: Sentence
    drafts: list[Draft] = field(default_factory=list)
    common: Facts | None = None
    relations: list[Relation] = field(default_factory=list)
    budget: Money | None = None

    @property
    def needs(self) -> list[Need]:
        """The needs, in the order they were said."""
        return [draft.need for draft in self.drafts]


def read_request(sentence: Sentence, index: Index, context: ResolveContext, existing: Sequence[Need] = ()) -> Request:
    """The needs of a message, added to the ``existing`` ones: their ids go on, their day and party hold for these."""
    drafts = []
    for number, clause in enumerate(sentence.wishes, start=_next_number(existing)):
        facts = sentence.of(clause)
        capability = clause.capability
        need = Need(
            id=f"n{number}",
            capability_id=capability.id if capability else None,
            text=own_words(facts),
            query=query_of(facts, capability),
            confidence=round(clause.match.score, 3) if capability else 0.3,
        )
        drafts.append(Draft(clause, facts, need))
    request = Request(sentence, drafts, _common(sentence))
    if not drafts:
        request.budget = _total(request)
        return request
    _count_people(request, existing)
    for draft in drafts:
        _count_pieces(draft, index)
    request.budget = _total(request)
    for draft in drafts:
        _add_place(draft, request, context)
    _add_avoided(request, index)
    _add_nice(request)
    known = [Item(need.id, index.capability(need.capability_id), f"{need.query} {need.text}") for need in existing]
    items = [Item(d.need.id, d.capability, d.facts.words, d.clause, d.facts) for d in drafts]
    request.relations = relate([*known, *items], sentence.references)
    placed = {need.id: need.timing for need in existing}
    wishes = [_wish(draft, request) for draft in drafts]
    timings, request.relations = schedule(wishes, request.relations, placed, context)
    for draft, timing in zip(drafts, timings, strict=True):
        draft.need.timing = timing
        if draft.capability:
            draft.need.slots = fill(draft.capability, draft.facts, draft.need, context.zone)
    return request


def takes_people(capability: Capability | None) -> bool:
    """Whether a number of people said for everything is meant for this too."""
    if capability is None:
        return False
    return capability.effect in ("attended", "moves_person") or any(
        slot.type == "person_count" for slot in capability.slots
    )


def _common(sentence: Sentence) -> Facts:
    """The facts that stand outside every wish; what is told of other things ("we are going to a concert at 8")
    keeps its hours to itself."""
    wishes = sentence.wishes
    told = [c for c in sentence.clauses if not c.wish and c.match.capability is not None and c.join != "colon"]

    def outside(found: Sequence[Found[T]], clauses: Sequence[Clause]) -> tuple[Found[T], ...]:
        return tuple(item for item in found if not any(c.holds(item.start) for c in clauses))

    facts = sentence.facts
    return Facts(
        facts.text, facts.start, facts.end, facts.bare,
        outside(facts.days, wishes), outside(facts.hours, [*wishes, *told]), outside(facts.money, wishes),
        outside(facts.party, wishes), outside(facts.places, [*wishes, *told]), outside(facts.avoided, wishes),
        outside(facts.nice, wishes), outside(facts.quotes, wishes), outside(facts.durations, wishes),
    )  # fmt: skip


def _nearest(found: Sequence[Found[T]], start: int) -> Found[T] | None:
    """The last one said before ``start``, else the first after it."""
    before = [item for item in found if item.start <= start]
    return before[-1] if before else (found[0] if found else None)


def _next_number(existing: Sequence[Need]) -> int:
    taken = [int(need.id[1:]) for need in existing if need.id[1:].isdigit()]
    return max(taken, default=0) + 1


def _count_people(request: Request, existing: Sequence[Need]) -> None:
    before = next((need.party for need in existing if need.party), None)
    everywhere = request.sentence.facts.party
    for draft in request.drafts:
        own = draft.facts.party[-1] if draft.facts.party else None
        said = own or (_nearest(everywhere, draft.clause.start) if takes_people(draft.capability) else None)
        draft.need.party = said.value if said else (before if takes_people(draft.capability) else None)


def _total(request: Request) -> Money | None:
    """The bound on everything together: said so, or said beside several things and not for one of them."""
    drafts = request.drafts
    common = request.common or request.sentence.facts
    total = [amount for amount in request.sentence.facts.money if amount.value.per == "all"]
    total += [amount for amount in common.money if amount.value.per == "unsaid"]
    if len(drafts) == 1:
        total += [item for item in drafts[0].facts.money if item.value.per == "unsaid" and _apart(request, item.start)]
    if len(drafts) > 1 and not total and len(request.sentence.facts.money) == 1:
        last = [amount for amount in drafts[-1].facts.money if amount.value.per == "unsaid"]
        total += [
            amount for amount in last if not request.sentence.facts.text[amount.end : drafts[-1].clause.end].strip()
        ]
    usable = [amount for amount in total if not amount.value.floor]
    for draft in drafts:
        own = [amount for amount in draft.facts.money if amount not in total and not amount.value.floor]
        _price(draft, own[-1].value if own else None)
    return max(usable, key=lambda amount: amount.start).value.money if usable else None


def _apart(request: Request, position: int) -> bool:
    """Whether what stands there is set off by a comma or a full stop."""
    return request.sentence.facts.text[:position].rstrip().endswith((",", ";", ".", ":"))


def _price(draft: Draft, amount: Amount | None) -> None:
    """The bound on one item, for all its people and pieces."""
    if amount is None:
        return
    need, money = draft.need, amount.money
    if amount.per == "person":
        if need.party is None:
            return
        money = money * need.party
    if amount.per == "one":
        money = money * (need.quantity if need.quantity > 1 else need.party or 1)
    if amount.compared:
        need.cheaper_than = money
    else:
        need.budget = money


def _count_pieces(draft: Draft, index: Index) -> None:
    """How many items of what is sold: pieces that are brought, nights that are stayed."""
    capability, facts = draft.capability, draft.facts
    if capability is None:
        return
    if capability.duration_minutes >= _OVERNIGHT:
        draft.need.quantity = nights(facts.raw) or 1
    elif capability.effect == "delivered":
        draft.need.quantity = quantity(facts.words, index.singular(capability))


def _add_place(draft: Draft, request: Request, context: ResolveContext) -> None:
    """Where it is to be. Deliveries and visits come home unless another place is said."""
    capability, need = draft.capability, draft.need
    own = [item.value for item in draft.facts.places]
    shared = [item.value for item in request.common.places] if request.common else []
    effect = capability.effect if capability else None
    if effect == "moves_person":
        _route(need, own or shared)
    elif effect in _MOVABLE:
        spots = [spot for spot in own if spot.way != "from"] or [spot for spot in shared if spot.way != "from"]
        spots = [spot for spot in spots if not _recipient(spot)]
        _settle(need, spots[-1] if spots else None)
        if need.place is None and need.place_text is None:
            need.place = context.home
    else:
        spots = [spot for spot in own or shared if spot.way == "at" and (spot.place or not spot.proper)]
        _settle(need, spots[-1] if spots else None)


def _recipient(spot: Spot) -> bool:
    """ "To Anna" names who gets it; one capitalised word after "to" is not enough for a place."""
    return spot.proper and spot.place is None and spot.way == "to" and " " not in spot.text


def _settle(need: Need, spot: Spot | None) -> None:
    if spot is not None:
        need.place, need.place_text = spot.place, None if spot.place else spot.text


def _route(need: Need, spots: Sequence[Spot]) -> None:
    to = [spot for spot in spots if spot.way == "to"]
    start = [spot for spot in spots if spot.way in ("from", "at")]
    if to:
        need.destination = to[-1].place
        need.place_text = None if to[-1].place else to[-1].text
    if start:
        need.place = start[-1].place
        if start[-1].place is None and need.place_text is None:
            need.place_text = start[-1].text


def _add_avoided(request: Request, index: Index) -> None:
    """Each proviso goes to the need whose service it has most to do with; one in its own clause stays there."""
    drafts = request.drafts
    for item in request.sentence.facts.avoided:
        beside = max(
            (d for d in drafts if d.clause.start <= item.start), key=lambda d: d.clause.start, default=drafts[0]
        )
        apart = _apart(request, item.start) or item not in beside.facts.avoided
        services = [draft.capability for draft in drafts if draft.capability]
        likest = index.likest(", ".join(item.value), services) if apart and len(services) > 1 else None
        draft = next((d for d in drafts if likest is not None and d.capability is likest), beside)
        draft.need.avoid += [word for word in item.value if word not in draft.need.avoid]


def _add_nice(request: Request) -> None:
    """An optional wish: the hedge stands in its clause or just before it."""
    end = 0
    for draft in request.drafts:
        text = request.sentence.facts.bare
        if any(
            end <= item.start < draft.clause.end and not _detail(text, draft, item.start)
            for item in request.sentence.facts.nice
        ):
            draft.need.priority = "nice"
        end = draft.clause.end


def _detail(text: str, draft: Draft, position: int) -> bool:
    """Whether only a detail is optional: "…, window seat if possible"."""
    comma = text.rfind(",", draft.clause.start, position)
    return comma >= 0 and bool(content(text[comma:position]))


def _wish(draft: Draft, request: Request) -> Wish:
    """The time words that hold for one need."""
    days = _nearest(request.sentence.facts.days, draft.clause.end)
    when = draft.facts.when.on(days.value if days else None)
    if not draft.facts.hours:
        shared = request.common.when if request.common else When()
        if shared.clocked and (shared.only_part or draft is _timed_by_common(request)):
            when = When(when.days, shared.hours, shared.part, shared.delay)
        elif days is not None and not draft.facts.days:
            when = replace(when, part=_part_for_all(request, days))
    if when.days is not None and not draft.facts.days:
        when = replace(when, days=replace(when.days, until=False))
    return Wish(draft.need.id, draft.capability, draft.facts.words, when)


def _part_for_all(request: Request, days: Found[Days]) -> Part | None:
    """ "A cleaner and a haircut tomorrow morning": a part of the day said with the only day, at the end, is for all."""
    *others, last = request.drafts
    silent = not any(draft.facts.days or draft.facts.hours for draft in others)
    return last.facts.when.part if silent and days in last.facts.days and last.facts.when.only_part else None


def _timed_by_common(request: Request) -> Draft:
    """Whose hour it is that stands by itself: the last one's if others have theirs, else the first attended one's."""
    drafts = request.drafts
    if any(isinstance(hour.value, Hours) for draft in drafts[:-1] for hour in draft.facts.hours):
        return drafts[-1]
    attended = [draft for draft in drafts if draft.capability and draft.capability.effect == "attended"]
    return attended[0] if attended else drafts[0]
