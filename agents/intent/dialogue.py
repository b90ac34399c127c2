"""What a message means in its conversation: a rule for each kind, asked in order, the first that knows decides.

Answers, changes and swaps return the whole request as it then stands; every other kind says only what the message
says.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property

from agents.intent import acts
from agents.intent.facts import Expecting, Facts, gather
from agents.intent.language import language_of
from agents.intent.match import STRONG, Index
from agents.intent.merge import Merger
from agents.intent.missing import missing
from agents.intent.places import Spot, remembered
from agents.intent.relations import vocabulary
from agents.intent.request import Request, read_request
from agents.intent.slots import fill
from agents.intent.split import Clause, Sentence, split
from agents.intent.wishes import without_commands
from agents.intent.words import MASK, content, normalise, stem, words
from schemas.capability import Capability
from schemas.intent import Intent, IntentKind, MissingFact, Need, OrderedLine, ResolveContext

_STEERING = frozenset(
    "instead another different other else make change swap switch replace exchange move cheaper expensive option options "
    "more less actually rather earlier later sooner add include remove drop cancel skip same kind type wait sounds good great fine "
    "only maybe prefer better price cost budget total people person sorry think mean meant bit much should must "
    "first second last next extra again".split()
)
"""Words that say what to do with the open request, not what is wanted."""
_WATCHING = frozenset("drop drops fall falls below available appear appears open opens come comes sale cheaper price goes go".split())
_HOURLY = frozenset({"date", "time", "datetime"})
_GONE = frozenset({"cancelled", "refunded", "replaced"})
_SHORT_ANSWER = 12  # words


@dataclass(frozen=True)
class Moment:
    """One message, what is known when it arrives, and what it says, read when first asked for."""

    text: str
    context: ResolveContext
    index: Index
    watching: bool = False

    @cached_property
    def plain(self) -> str:
        """The message without what talks to the machine."""
        return " ".join(without_commands(self.text).replace(MASK, " ").split())

    @property
    def open(self) -> Intent | None:
        """The request that may still be answered or changed."""
        intent = self.context.intent
        return intent if intent is not None and intent.needs else None

    @property
    def awaits(self) -> str | None:
        """What we are waiting for: an answer, an approval, or nothing."""
        return self.context.pending.kind if self.context.pending else None

    @property
    def asked(self) -> MissingFact | None:
        """The fact we asked for."""
        pending = self.context.pending
        if pending is None or pending.kind != "question":
            return None
        return pending.fact or next(iter(self.open.missing if self.open else ()), None)

    @cached_property
    def facts(self) -> Facts:
        """The facts of the message, bare numbers read by what was asked."""
        asked = self.asked
        hour = bool(asked and asked.fact in _HOURLY) or (self.open is not None and acts.changes(self.plain))
        steering = _WATCHING if self.watching else _STEERING if self.open else frozenset()
        count = bool(asked and asked.fact not in _HOURLY)
        return gather(self.text, self.context, Expecting(hour=hour, count=count, steering=steering))

    @cached_property
    def sentence(self) -> Sentence:
        """The message cut into clauses."""
        return split(self.facts, self.index)

    @cached_property
    def request(self) -> Request:
        """The message read as a request by itself."""
        return read_request(self.sentence, self.index, self.context)

    def meant(self, clauses: Sequence[Clause] | None = None) -> list[str]:
        """The open needs that the message names, in its order."""
        if self.open is None:
            return []
        found: list[str] = []
        for clause in self.sentence.clauses if clauses is None else clauses:
            found += [need for need in self._of(clause) if need not in found]
        return found

    def _of(self, clause: Clause) -> list[str]:
        said = {stem(word.value) for word in content(self.sentence.facts.bare[clause.start : clause.end])}
        needs = self.open.needs if self.open else []
        same = [need for need in needs if clause.capability and need.capability_id == clause.capability.id]
        worded = [need for need in same or needs if said & {stem(w.value) for w in content(need.query)}]
        return [need.id for need in worded or same]

    def named(self, phrase: str) -> list[Need]:
        """The open needs that a phrase such as "ride home" names."""
        said = {stem(word.value) for word in content(phrase)}
        needs = self.open.needs if self.open else []
        direct = [need for need in needs if said & {stem(w.value) for w in content(need.query)}]
        return direct or [need for need in needs if self._fits(said, need.capability_id)]

    def named_avoided(self) -> list[Need]:
        """The open needs that a proviso names: "no flowers" is about the flowers."""
        return self.named(" ".join(word for item in self.facts.avoided for word in item.value))

    def lines(self, phrase: str) -> list[OrderedLine]:
        """The ordered lines that a phrase names."""
        said = {stem(word.value) for word in content(phrase)}
        lines = [line for line in self.context.ordered if line.state not in _GONE]
        direct = [line for line in lines if said & {stem(w.value) for w in content(line.title)}]
        return direct or [line for line in lines if self._fits(said, line.capability_id)]

    def _fits(self, said: set[str], capability_id: str | None) -> bool:
        capability = self.index.capability(capability_id)
        return capability is not None and bool(said & vocabulary(capability))

    def describes(self, clause: Clause) -> list[Need]:
        """The open needs with a slot for just the words of a clause that names no service clearly ("vegan, please")."""
        if clause.capability is not None and clause.match.score >= STRONG:
            return []
        facts = self.sentence.facts.within(clause.start, clause.end)
        needs = self.open.needs if self.open else []
        return [need for need in needs if self._takes(need, facts)]

    def _takes(self, need: Need, facts: Facts) -> bool:
        capability = self.index.capability(need.capability_id)
        kinds = {slot.name for slot in capability.slots if slot.type == "category"} if capability else set()
        return bool(capability and kinds and kinds & fill(capability, facts, need, self.context.zone).keys())

    def new(self) -> list[Clause]:
        """The wishes for something that the open request does not have."""
        have = {need.capability_id for need in self.open.needs} if self.open else set()
        bare = self.sentence.facts.bare
        wishes = [c for c in self.sentence.wishes if c.capability is not None or content(bare[c.start : c.end])]
        return [c for c in wishes if (c.capability is None or c.capability.id not in have) and not self.describes(c)]

    def intent(self, kind: IntentKind, **fields: object) -> Intent:
        """An intent that says only this."""
        return Intent.model_validate({"kind": kind, "language": language_of(self.text), **fields})

    def merger(self) -> Merger:
        """The open request, ready to be changed."""
        assert self.open is not None, "only an open request can be changed"
        return Merger(self.open, self.context, {c.id: c for c in self.index.capabilities})

    def whole(self, kind: IntentKind, merger: Merger, target: str | None = None) -> Intent:
        """The request as it stands after a change; what is missing is looked for anew."""
        intent = merger.intent
        changed = merger.changed[0] if len(merger.changed) == 1 else None
        return intent.model_copy(
            update={
                "kind": kind,
                "target": target or changed,
                "missing": missing(intent.needs, intent.relations, merger.capabilities, self.context),
                "language": language_of(self.text) if kind == "request" else intent.language,
                "reader": "offline",
            }
        )


def read(message: str, context: ResolveContext, index: Index) -> Intent:
    """What ``message`` means. Never fails and never invents: what no rule knows is ``unclear``."""
    moment = Moment(normalise(message), context, index)
    if not words(moment.plain) and not acts.approves(moment.plain, asked=True) and not acts.rejects(moment.plain):
        return _unclear(moment)
    return next(intent for rule in _RULES if (intent := rule(moment)) is not None)


def _human(moment: Moment) -> Intent | None:
    return moment.intent("human") if acts.wants_human(moment.plain) else None


def _status(moment: Moment) -> Intent | None:
    if not acts.asks_status(moment.plain):
        return None
    lines = moment.lines(moment.plain)
    return moment.intent("status", target=lines[0].line_id if len(lines) == 1 else None)


def _watch(moment: Moment) -> Intent | None:
    cue = acts.watch_cue(moment.plain)
    if cue is None:
        return None
    if any(clause.wish and clause.asks and clause.end <= cue.start() for clause in moment.sentence.clauses):
        return None
    rest = Moment(moment.plain[: cue.start()] + moment.plain[cue.end() :], moment.context, moment.index, watching=True)
    request = rest.request
    return moment.intent("watch", needs=request.needs, relations=request.relations, budget=request.budget)


def _agreement(moment: Moment) -> Intent | None:
    if acts.approves(moment.plain, asked=moment.awaits is not None):
        if moment.open is None or moment.awaits is None:
            return moment.intent("approve")
        return moment.whole("approve", moment.merger()) if moment.awaits != "question" else None
    if acts.rejects(moment.plain):
        cancels = acts.cancelled(moment.plain) is not None and moment.awaits is None and moment.context.ordered
        return None if cancels else moment.intent("reject")
    return None


def _answer(moment: Moment) -> Intent | None:
    """Facts for the question we asked, with whatever else the message adds or corrects."""
    asked = moment.asked
    if asked is None or moment.open is None:
        return None
    known = remembered(moment.plain, moment.context.home, moment.context.places)
    if _starts_afresh(moment) and not (known and asked.fact in ("place", "destination")):
        return None
    merger = moment.merger()
    if not _answered(moment, merger, asked):
        return None
    if acts.adds(moment.plain) and moment.new():
        _append(moment, merger)
    return moment.whole("answer", merger)


def _answered(moment: Moment, merger: Merger, asked: MissingFact) -> bool:
    meant = [asked.need_id] if asked.need_id else moment.meant()
    facts = moment.facts
    if asked.fact in ("place", "destination"):
        if not _place_answered(moment, merger, meant):
            return False
    elif asked.fact == "party" and not facts.party:
        return False
    elif asked.fact in _HOURLY and not facts.when.said:
        return False
    elif asked.fact not in {"party", "target"} | _HOURLY:
        return _slot_answered(moment, merger, asked)
    if asked.fact == "target":
        return False
    merger.join(facts, [] if asked.fact in ("place", "destination") else meant)
    return True


def _place_answered(moment: Moment, merger: Merger, meant: Sequence[str]) -> bool:
    """A known place, one we do not know, or a few words that can only be a place."""
    spots = [item.value for item in moment.facts.places]
    known = remembered(moment.plain, moment.context.home, moment.context.places)
    if known is not None:
        spots = [Spot("at", moment.plain, known)]
    if not spots and (len(words(moment.plain)) > _SHORT_ANSWER or moment.facts.any or moment.sentence.wishes):
        return False
    spot = spots[-1] if spots else Spot("at", moment.plain)
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


def _drop(moment: Moment) -> Intent | None:
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


def _cancel(moment: Moment) -> Intent | None:
    what = acts.cancelled(moment.plain)
    if what is None or not moment.context.ordered:
        return None
    if not what:
        return moment.intent("cancel")
    lines = moment.lines(what)
    if len(lines) == 1:
        return moment.intent("cancel", target=lines[0].line_id)
    titles = ", ".join(line.title for line in lines or moment.context.ordered if line.state not in _GONE)
    question = MissingFact(need_id=None, fact="target", question=f"Which one should be cancelled: {titles}?")
    return moment.intent("unclear", missing=[question])


def _replace(moment: Moment) -> Intent | None:
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


def _swap(moment: Moment) -> Intent | None:
    wants = acts.wants_another(moment.plain) or (
        acts.changes_noun(moment.plain) and not moment.facts.any and moment.meant()
    )
    if not wants or acts.wants_cheaper(moment.plain):
        return None
    if moment.open is None:
        lines = moment.lines(moment.plain)
        return moment.intent("swap", target=lines[0].line_id) if len(lines) == 1 else None
    if moment.awaits is None and not moment.meant():
        return None
    if any(clause.capability for clause in moment.new()):
        return None
    meant = moment.meant() or [need.id for need in moment.named_avoided()]
    meant = meant or ([moment.open.needs[0].id] if len(moment.open.needs) == 1 else [])
    merger = moment.merger()
    merger.join(moment.facts, meant)
    if len(meant) != 1:
        names = ", ".join(need.query or need.text for need in moment.open.needs)
        intent = moment.whole("swap", merger)
        question = MissingFact(need_id=None, fact="target", question=f"Which one should be different: {names}?")
        return intent.model_copy(update={"target": None, "missing": [question, *intent.missing]})
    _describe(moment, merger)
    return moment.whole("swap", merger, target=meant[0])


def _change(moment: Moment) -> Intent | None:
    """Other terms for what is open."""
    if moment.open is None or _starts_afresh(moment):
        return None
    merger, meant = moment.merger(), moment.meant()
    before = moment.open.model_copy(deep=True)
    if acts.wants_cheaper(moment.plain):
        merger.join(moment.facts, meant)
        merger.cheaper(meant)
        return moment.whole("change", merger, target=meant[0] if len(meant) == 1 else None)
    minutes = acts.shift_minutes(moment.plain)
    if minutes is not None:
        merger.shift(minutes, meant)
        return moment.whole("change", merger, target=meant[0] if len(meant) == 1 else None)
    merger.join(moment.facts, meant)
    if moment.new():
        if not acts.adds(moment.plain) and not (meant and acts.changes(moment.plain)):
            return None
        _append(moment, merger)
    _describe(moment, merger)
    intent = moment.whole("change", merger, target=meant[0] if len(meant) == 1 else None)
    if intent.needs != before.needs or intent.budget != before.budget:
        return intent
    if acts.vague_time(moment.plain):
        need = meant[0] if len(meant) == 1 else None
        question = MissingFact(need_id=need, fact="time", question="What time would suit you instead?")
        return intent.model_copy(update={"missing": [question, *intent.missing]})
    return intent if moment.facts.any and moment.awaits is not None else None


def _describe(moment: Moment, merger: Merger) -> None:
    """Qualities that replace those said before: "Italian instead", "make the flowers red"."""
    for clause in moment.sentence.clauses:
        facts = moment.sentence.facts.within(clause.start, clause.end)
        if clause in moment.new() or not content(facts.words):
            continue
        meant = moment.meant([clause]) or _fitting(moment, clause)
        for need in merger.needs(meant[:1]) if meant else ():
            merger.describe(need, facts, renamed=acts.prefers(moment.plain))


def _fitting(moment: Moment, clause: Clause) -> list[str]:
    """The open needs that a clause without a name fits: those with a slot for its words, else, if the message asks
    for a change, the one whose service is likest."""
    taking = [need.id for need in moment.describes(clause)]
    if taking or moment.open is None or not (acts.changes(moment.plain) or acts.wants_another(moment.plain)):
        return taking
    needs = moment.open.needs
    if len(needs) == 1:
        return [needs[0].id]
    facts = moment.sentence.facts.within(clause.start, clause.end)
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
    if new:
        return (len(new) == len(wishes) and not acts.changes(plain)) or asks
    return (bool(moment.facts.days) or len(wishes) > 1) and asks and moment.asked is None and not acts.changes(plain)


def _add_again(moment: Moment) -> Intent | None:
    """ "And a ride there too": one more of what is there already."""
    again = [clause for clause in moment.sentence.wishes if clause.capability and not moment.describes(clause)]
    if moment.open is None or not acts.adds_another(moment.plain) or moment.new() or not again:
        return None
    merger = moment.merger()
    added = _append(moment, merger, again)
    return moment.whole("change", merger, target=added[-1].id)


def _small_talk(moment: Moment) -> Intent | None:
    return moment.intent("small_talk") if acts.chats(moment.plain) else None


def _request(moment: Moment) -> Intent | None:
    request = moment.request
    if not request.needs:
        return None
    served = [need for need in request.needs if need.capability_id is not None]
    known: dict[str, Capability] = {c.id: c for c in moment.index.capabilities}
    return moment.intent(
        "request" if served else "unsupported",
        needs=request.needs,
        relations=request.relations,
        budget=request.budget,
        missing=missing(request.needs, request.relations, known, moment.context),
        confidence=min(need.confidence for need in served or request.needs),
    )


def _unclear(moment: Moment) -> Intent:
    """Not understood; an open question stays open."""
    if moment.open is None or moment.awaits != "question":
        return moment.intent("unclear", confidence=0.2)
    asked = [moment.asked] if moment.asked else []
    return moment.whole("unclear", moment.merger()).model_copy(update={"missing": asked, "confidence": 0.2})


_RULES: tuple[Callable[[Moment], Intent | None], ...] = (
    _human,
    _status,
    _watch,
    _agreement,
    _small_talk,
    _drop,
    _cancel,
    _answer,
    _replace,
    _swap,
    _add_again,
    _change,
    _request,
    _unclear,
)
