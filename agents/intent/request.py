"""From clauses to needs: each clause's own facts, and those that hold for all of them.

A day, a party and a total are usually said once; an hour, a place and a price belong to the thing they stand
beside. What stands outside every wish ("On Saturday: …", "…, under $250") is shared.
"""

import re
from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise

from agents.intent import acts
from agents.intent.budgets import set_budgets
from agents.intent.clocks import Hours, Part
from agents.intent.counts import nights, quantity
from agents.intent.days import Days
from agents.intent.drafts import Draft, Request, common_facts, nearest, takes_people
from agents.intent.facts import Facts
from agents.intent.match import Index
from agents.intent.phrasing import own_words, query_of
from agents.intent.places import Spot, lives_elsewhere
from agents.intent.references import RETURN
from agents.intent.relations import Item, relate
from agents.intent.schedule import Wish, schedule
from agents.intent.slots import fill
from agents.intent.split import Clause, Sentence
from agents.intent.times import When
from agents.intent.words import MASK, Found, content
from schemas.intent import Need, ResolveContext

_JOINED = re.compile(rf"(?:\b(?:and|plus|also|then)\b|[&+])[\s,{MASK}]*$", re.IGNORECASE)
_FOR_ALL = re.compile(
    rf"\b(?:both|all|each|everything|everyone|all\s+of\s+(?:it|them))\b[\s\w,{MASK}]{{0,24}}$", re.IGNORECASE
)
_OVERNIGHT = 480  # minutes; from here a night is the unit of what is sold
_MOVABLE = ("delivered", "visits")


def read_request(sentence: Sentence, index: Index, context: ResolveContext, existing: Sequence[Need] = ()) -> Request:
    """The needs of a message, added to the ``existing`` ones: their ids go on, their day and party hold for these."""
    drafts: list[Draft] = []
    clauses = [part for clause in sentence.wishes for part in _there_and_back(clause, sentence)]
    for number, clause in enumerate(clauses, start=_next_number(existing)):
        facts = sentence.of(clause)
        capability = clause.capability
        need = Need(
            id=f"n{number}",
            capability_id=capability.id if capability else None,
            text=own_words(facts),
            query=drafts[-1].need.query if _returns(clause, facts) else query_of(facts, capability),
            confidence=round(clause.match.score, 3) if capability else 0.3,
        )
        drafts.append(Draft(clause, facts, need))
    request = Request(sentence, common_facts(sentence), drafts)
    if not drafts:
        set_budgets(request)
        return request
    _count_people(request, existing)
    for draft in drafts:
        _count_pieces(draft, index)
    set_budgets(request)
    for draft in drafts:
        _add_place(draft, request, context)
    for out, back in pairwise(drafts):
        if _returns(back.clause, back.facts):
            _turn_round(out.need, back.need, context)
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


def _there_and_back(clause: Clause, sentence: Sentence) -> list[Clause]:
    """Two rides of one that goes "there and back", each with the words and the hour that stand beside its half."""
    back = RETURN.search(sentence.facts.text, clause.start, clause.end)
    if back is None or clause.capability is None or clause.capability.effect != "moves_person":
        return [clause]
    return [replace(clause, end=back.start()), replace(clause, start=back.start(), join="and")]


def _returns(clause: Clause, facts: Facts) -> bool:
    """Whether it is the second half of such a ride."""
    ride = clause.capability is not None and clause.capability.effect == "moves_person"
    return ride and RETURN.match(facts.raw) is not None


def _turn_round(out: Need, back: Need, context: ResolveContext) -> None:
    """The way back begins where the way there ends, and leads home unless something else is said."""
    if out.destination is not None and out.destination == context.home:
        out.destination = None
    if back.destination is None and back.place_text is None:
        back.destination = out.place or context.home
    back.place = back.place or out.destination


def _next_number(existing: Sequence[Need]) -> int:
    taken = [int(need.id[1:]) for need in existing if need.id[1:].isdigit()]
    return max(taken, default=0) + 1


def _count_people(request: Request, existing: Sequence[Need]) -> None:
    before = next((need.party for need in existing if need.party), None)
    everywhere = request.sentence.facts.party
    for draft in request.drafts:
        own = draft.facts.party[-1] if draft.facts.party else None
        said = own or (nearest(everywhere, draft.clause.start) if takes_people(draft.capability) else None)
        draft.need.party = said.value if said else (before if takes_people(draft.capability) else None)


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
    """Where it is to be. Deliveries and visits come home unless another place, or who gets it elsewhere, is said."""
    capability, need = draft.capability, draft.need
    own = [item.value for item in draft.facts.places]
    if not own and not lives_elsewhere(draft.facts.raw):
        own = _said_after(draft, request)
    shared = [item.value for item in request.common.places]
    effect = capability.effect if capability else None
    if effect == "moves_person":
        _route(need, own or shared)
    elif effect in _MOVABLE:
        spots = [spot for spot in own if spot.way != "from"] or [spot for spot in shared if spot.way != "from"]
        spots = [spot for spot in spots if not _recipient(spot)]
        _settle(need, spots[-1] if spots else None)
        if need.place is None and need.place_text is None and not lives_elsewhere(draft.facts.raw):
            need.place = context.home
    else:
        spots = [spot for spot in own or shared if spot.way == "at" and (spot.place or not spot.proper)]
        _settle(need, spots[-1] if spots else None)


def _said_after(draft: Draft, request: Request) -> list[Spot]:
    """Where the rest of its list is brought: "champagne and chocolates to the office"."""
    return next(([item.value for item in d.facts.places] for d in _list_from(draft, request) if d.facts.places), [])


def _list_from(draft: Draft, request: Request) -> list[Draft]:
    """What is listed with it and said after it, all of it to be brought: one place or deadline may end the list."""
    found: list[Draft] = []
    before = draft
    for later in request.drafts[request.drafts.index(draft) + 1 :]:
        effects = {d.capability.effect if d.capability else None for d in (before, later)}
        if later.clause.join not in ("and", "comma") or effects != {"delivered"} or acts.asks(later.facts.words):
            break
        found.append(later)
        before = later
    return found


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
        apart = request.apart(item.start) or item not in beside.facts.avoided
        services = [draft.capability for draft in drafts if draft.capability]
        likest = index.likest(", ".join(item.value), services) if apart and len(services) > 1 else None
        draft = next((d for d in drafts if likest is not None and d.capability is likest), beside)
        draft.need.avoid += [word for word in item.value if word not in draft.need.avoid]


def _add_nice(request: Request) -> None:
    """An optional wish: the hedge stands in its clause or just before it."""
    end = 0
    for draft in request.drafts:
        text = request.sentence.facts.bare
        hedges = [item for item in request.sentence.facts.nice if end <= item.start < draft.clause.end]
        ahead = [item for item in hedges if _leads_on(text, draft, item)]
        if any(item not in ahead and not _detail(text, draft, item) for item in hedges):
            draft.need.priority = "nice"
        end = min((item.start for item in ahead), default=draft.clause.end)


def _leads_on(text: str, draft: Draft, hedge: Found[bool]) -> bool:
    """Whether a hedge is about what comes next: "dinner and, if there is money left, a show"."""
    joined = _JOINED.search(text, draft.clause.start, hedge.start) is not None
    return joined and not content(text[hedge.end : draft.clause.end])


def _detail(text: str, draft: Draft, hedge: Found[bool]) -> bool:
    """Whether only a detail is optional: "…, window seat if possible", "…, ideally with strawberries"."""
    comma = text.rfind(",", draft.clause.start, hedge.start)
    if comma < 0:
        return False
    detail = content(text[comma : hedge.start]) or content(text[hedge.end : draft.clause.end])
    return bool(detail and content(text[draft.clause.start : comma]))


def _wish(draft: Draft, request: Request) -> Wish:
    """The time words that hold for one need."""
    days = nearest(request.sentence.facts.days, draft.clause.end)
    when = draft.facts.when.on(days.value if days else None)
    if not draft.facts.hours and not draft.facts.days and (listed := _hour_after(draft, request)) is not None:
        return Wish(draft.need.id, draft.capability, draft.facts.words, replace(when, hours=listed.hours))
    if not draft.facts.hours:
        shared, all_ = request.common.when, _for_all(request)
        if all_ is not None or (shared.clocked and _shares(draft, request)):
            shared = all_ or shared
            when = When(when.days, shared.hours, shared.part, shared.delay)
        elif days is not None and not draft.facts.days:
            when = replace(when, part=_part_for_all(request, days))
    if when.days is not None and not draft.facts.days:
        when = replace(when, days=replace(when.days, until=False))
    return Wish(draft.need.id, draft.capability, draft.facts.words, when)


def _hour_after(draft: Draft, request: Request) -> When | None:
    """The hour of what is listed with it: "a cake and a present by 2"."""
    later = next((d.facts.when for d in _list_from(draft, request) if d.facts.hours), None)
    return later if later is not None and later.hours else None


def _shares(draft: Draft, request: Request) -> bool:
    """Whether the hour that stands by itself is that of this need: a part of the day and a deadline are for all."""
    shared = request.common.when
    deadline = all(hour.role == "by" for hour in shared.hours)
    brought = deadline and draft.capability is not None and draft.capability.effect == "delivered"
    return shared.only_part or brought or draft is _timed_by_common(request)


def _for_all(request: Request) -> When | None:
    """The hour that is said to be that of everything: "both by 1 pm", "all at noon"."""
    facts = request.sentence.facts
    hours = [item for item in facts.hours if _FOR_ALL.search(facts.text, 0, item.start)]
    return When.of([], hours) if hours else None


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
