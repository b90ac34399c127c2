"""Rules for a message about a request that is open: it answers, drops, replaces, swaps, adds or corrects.

Each rule returns the whole request as it then stands, or ``None`` when the message is not of its kind.
"""

from collections.abc import Sequence
from dataclasses import replace

from agents.intent import acts
from agents.intent.merge import Merger
from agents.intent.moment import Moment
from agents.intent.places import Spot, addressed, personal, remembered
from agents.intent.request import read_request
from agents.intent.split import Clause, Sentence
from agents.intent.words import content, words
from schemas.intent import Intent, IntentKind, MissingFact, Need

_SHORT_ANSWER = 12  # words


def answer(moment: Moment) -> Intent | None:
    """Facts for the question we asked, with whatever else the message adds or corrects."""
    asked = moment.asked
    if asked is None or moment.open is None:
        return None
    if asked.fact == "target":
        return _target_answered(moment, moment.open.kind)
    known = remembered(moment.plain, moment.context.home, moment.context.places)
    if _starts_afresh(moment) and not (known and asked.fact in ("place", "destination")):
        return None
    merger = moment.merger()
    if not _answered(moment, merger, asked):
        return None
    if asked.fact in ("place", "destination") and not moment.facts.places:
        return moment.whole("answer", merger)  # every word is the address
    new = [clause for clause in moment.new() if clause.capability]
    if new and not known:
        _append(moment, merger, new)
    beside = [clause for clause in moment.sentence.clauses[1:] if not moment.sentence.of(clause).any]
    if not known:
        _describe(moment, merger, beside)
    return moment.whole("answer", merger)


def _answered(moment: Moment, merger: Merger, asked: MissingFact) -> bool:
    meant = [asked.need_id] if asked.need_id else moment.meant()
    facts = moment.facts
    match asked.fact:
        case "place" | "destination":
            done = _place_answered(moment, merger, meant, asked.fact)
            facts = facts.without_places()
        case "party":
            done = bool(facts.party)
        case "date" | "time" | "datetime":
            done = facts.when.said
        case _:
            return _slot_answered(moment, merger, asked)
    if done:
        merger.join(facts, meant)
    return done


def _target_answered(moment: Moment, kind: IntentKind) -> Intent | None:
    """ "The flowers" to "which one should be different?"."""
    meant = moment.meant()
    if kind not in ("swap", "change") or len(meant) != 1:
        return None
    return moment.whole(kind, moment.merger(), target=meant[0])


def _place_answered(moment: Moment, merger: Merger, meant: Sequence[str], fact: str) -> bool:
    """A known place, or a few words that can only be the address we asked for."""
    spots = [item.value for item in moment.facts.places]
    known = remembered(moment.plain, moment.context.home, moment.context.places)
    if known is not None:
        spots = [Spot("at", moment.plain, known)]
    wishes = [clause for clause in moment.sentence.wishes if clause.sure or acts.asks(moment.plain)]
    if not spots and (len(words(moment.plain)) > _SHORT_ANSWER or moment.facts.any or wishes):
        return False
    spot = spots[-1] if spots else Spot("at", moment.plain)
    if spot.place is None and not personal(spot):
        spot = replace(spot, place=addressed(spot.text, moment.context.home))
    if spot.way == "at":  # what a ride was asked about says which end of it is meant
        spot = replace(spot, way="from" if fact == "place" else "to")
    for need in merger.needs(meant):
        capability = merger.capability(need)
        unknown = need.place_text is not None or need.place is None or capability is None
        if capability is not None and capability.effect != "attended" and (meant or unknown):
            merger.place(need, capability, spot)
    return bool(merger.changed)


def _slot_answered(moment: Moment, merger: Merger, asked: MissingFact) -> bool:
    """A slot we asked for takes the words as they are."""
    if len(words(moment.plain)) > _SHORT_ANSWER:
        return False
    for need in merger.needs([asked.need_id] if asked.need_id else []):
        merger.slot(need, asked.fact, moment.plain)
    return True


def drop(moment: Moment) -> Intent | None:
    """ "Drop the ride", "without the cake": a need that is there goes; anything else is something to avoid."""
    if moment.open is None or acts.replaced(moment.plain):
        return None
    gone = [need.id for phrase in acts.dropped(moment.plain) for need in moment.named(phrase)]
    gone = list(dict.fromkeys(gone))
    if not gone or (moment.awaits is None and moment.context.ordered) or acts.wants_another(moment.plain):
        return None
    merger = moment.merger()
    merger.drop(gone)
    if not merger.intent.needs:
        return moment.intent("reject")
    rest = [need for need in moment.meant() if need not in gone]
    if moment.facts.any and (rest or not moment.meant()):
        merger.join(moment.facts.without_avoided(), rest)
    if moment.new():
        _append(moment, merger)
    return moment.whole("change", merger, target=gone[0] if len(gone) == 1 else None)


def replace_one(moment: Moment) -> Intent | None:
    """ "Chocolates instead of the flowers": one need goes, another comes in its place."""
    said = acts.replaced(moment.plain)
    if moment.open is None or said is None:
        return None
    gone = [need.id for need in moment.named(said[0])]
    coming = Moment(said[1], moment.context, moment.index)
    if not gone or not coming.new() or not any(clause.capability for clause in coming.new()):
        return None
    merger = moment.merger()
    _append(coming, merger)
    merger.drop(gone)
    return moment.whole("change", merger)


def swap(moment: Moment) -> Intent | None:
    """Another offer for one item of the proposal, or for one line of an order."""
    if not _wants_swap(moment):
        return None
    if moment.open is None:
        lines = moment.lines(moment.plain)
        return moment.intent("swap", target=lines[0].line_id) if len(lines) == 1 else None
    if (moment.awaits is None and not moment.meant()) or any(clause.capability for clause in moment.new()):
        return None
    meant = moment.meant() or [need.id for need in moment.named_avoided()]
    meant = meant or ([moment.open.needs[0].id] if len(moment.open.needs) == 1 else [])
    merger = moment.merger()
    merger.join(moment.facts, meant)
    if len(meant) == 1:
        _describe(moment, merger)
        return moment.whole("swap", merger, target=meant[0])
    names = ", ".join(need.query or need.text for need in moment.open.needs)
    intent = moment.whole("swap", merger)
    question = MissingFact(need_id=None, fact="target", question=f"Which one should be different: {names}?")
    return intent.model_copy(update={"target": None, "missing": [question, *intent.missing]})


def _wants_swap(moment: Moment) -> bool:
    if acts.wants_cheaper(moment.plain):
        return False
    points = acts.changes_noun(moment.plain) and not moment.facts.any and bool(moment.meant())
    return points or acts.wants_another(moment.plain)


def add_again(moment: Moment) -> Intent | None:
    """ "And a ride there too": one more of what is there already."""
    again = [clause for clause in moment.sentence.wishes if clause.capability and not moment.describes(clause)]
    if moment.open is None or not acts.adds_another(moment.plain) or moment.new() or not again:
        return None
    merger = moment.merger()
    added = _append(moment, merger, again)
    return moment.whole("change", merger, target=added[-1].id)


def cheaper(moment: Moment) -> Intent | None:
    """ "Too expensive", "cheaper flowers"."""
    if moment.open is None or not acts.wants_cheaper(moment.plain):
        return None
    merger, meant = moment.merger(), moment.meant()
    merger.join(moment.facts, meant)
    merger.cheaper(meant)
    return moment.whole("change", merger, target=_only(meant))


def shift(moment: Moment) -> Intent | None:
    """ "An hour later"."""
    minutes = acts.shift_minutes(moment.plain)
    if moment.open is None or minutes is None:
        return None
    merger, meant = moment.merger(), moment.meant()
    merger.shift(minutes, meant)
    return moment.whole("change", merger, target=_only(meant))


def change(moment: Moment) -> Intent | None:
    """Other terms for what is open."""
    if moment.open is None or _starts_afresh(moment):
        return None
    merger, meant = moment.merger(), moment.meant()
    merger.join(moment.facts, meant)
    if moment.new():
        joins = acts.adds(moment.plain) or (meant and acts.changes(moment.plain))
        if not joins and (moment.asked is None or acts.asks(moment.plain)):
            return None
        _append(moment, merger)
    _describe(moment, merger)
    intent = moment.whole("change", merger, target=_only(meant))
    if intent.needs != moment.open.needs or intent.budget != moment.open.budget:
        return intent
    if acts.vague_time(moment.plain):
        question = MissingFact(need_id=_only(meant), fact="time", question="What time would suit you instead?")
        return intent.model_copy(update={"missing": [question, *intent.missing]})
    return intent if moment.facts.any and moment.awaits is not None else None


def _only(meant: Sequence[str]) -> str | None:
    return meant[0] if len(meant) == 1 else None


def _describe(moment: Moment, merger: Merger, clauses: Sequence[Clause] | None = None) -> None:
    """Qualities that replace those said before: "Italian instead", "make the flowers red"."""
    for clause in moment.sentence.clauses if clauses is None else clauses:
        facts = moment.sentence.of(clause)
        if clause in moment.new():
            continue
        subject = moment.subject(clause)
        if subject is not None:
            facts = facts.within(subject.end, clause.end)
        meant = moment.meant([clause]) or _fitting(moment, clause)
        for need in merger.needs(meant[:1]) if meant and content(facts.words) else ():
            merger.describe(need, facts, renamed=subject is not None or acts.prefers(moment.plain))
        if facts.quotes:
            merger.inscribe(facts, meant)


def _fitting(moment: Moment, clause: Clause) -> list[str]:
    """The open needs that a clause without a name fits: those with a slot for its words, else, if the message asks
    for a change, the one whose service is likest."""
    taking = [need.id for need in moment.describes(clause)]
    if taking or moment.open is None or not (acts.changes(moment.plain) or acts.wants_another(moment.plain)):
        return taking
    needs = moment.open.needs
    if len(needs) == 1:
        return [needs[0].id]
    facts = moment.sentence.of(clause)
    ranked = [match.capability for match in moment.index.rank([(facts.words, facts.raw)])[0][:1]]
    return [need.id for one in ranked if one for need in needs if need.capability_id == one.id]


def _append(moment: Moment, merger: Merger, clauses: Sequence[Clause] | None = None) -> list[Need]:
    """Add what is new to the open request."""
    facts = moment.sentence.facts.without_avoided() if moment.named_avoided() else moment.sentence.facts
    sentence = Sentence(facts, tuple(moment.new() if clauses is None else clauses), moment.sentence.references)
    added = read_request(sentence, moment.index, moment.context, merger.intent.needs)
    merger.intent.needs += added.needs
    merger.intent.relations += added.relations
    merger.changed += [need.id for need in added.needs]
    return added.needs


def _starts_afresh(moment: Moment) -> bool:
    """Whether the message is a request of its own although another is open."""
    plain = moment.plain
    wishes = [clause for clause in moment.sentence.wishes if clause.capability and not moment.describes(clause)]
    if not wishes or acts.adds(plain) or acts.wants_cheaper(plain):
        return False
    asks = any(clause.asks for clause in wishes)
    new = [clause for clause in moment.new() if clause.capability]
    if new and moment.asked is not None and not acts.asks(plain):
        return False
    if new:
        return (len(new) == len(wishes) and not acts.changes(plain)) or asks
    return (bool(moment.facts.days) or len(wishes) > 1) and asks and moment.asked is None and not acts.changes(plain)
