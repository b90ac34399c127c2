"""One message at its moment: the text, what is known when it arrives, and what it says, read when first asked for."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from functools import cached_property

from agents.intent import acts
from agents.intent.clocks import find_hours
from agents.intent.counts import find_party
from agents.intent.drafts import Request
from agents.intent.facts import Expecting, Facts, gather
from agents.intent.language import language_of
from agents.intent.match import STRONG, Index
from agents.intent.merge import Merger
from agents.intent.missing import missing
from agents.intent.relations import vocabulary
from agents.intent.request import read_request
from agents.intent.retime import days_of
from agents.intent.slots import fill
from agents.intent.split import Clause, Sentence, split
from agents.intent.wishes import without_commands
from agents.intent.words import MASK, Found, content, stem, word_set
from schemas.intent import Intent, IntentKind, MissingFact, Need, OrderedLine, ResolveContext

_STEERING = word_set(
    """
    instead another different other else make change swap switch replace exchange move cheaper expensive option
    options more less actually rather earlier later sooner add include remove drop cancel skip same kind type
    wait sounds good great fine only maybe prefer better price cost budget total people person sorry think mean
    keep stay all both everything whole meant bit much should must first second last next extra again
    """
)
"""Words that say what to do with the open request, not what is wanted."""
_WATCHING = word_set(
    """
    drop drops fall falls below available appear appears open opens come comes sale cheaper price goes go
    """
)
_SUBJECT = re.compile(
    r"\W*(?:(?:and|but|also|actually|oh|well|so|yes|no|ok|okay|i\s+think|i\s+want|i'd\s+like|we\s+want)\b\W*)*"
    r"(?:(?P<it>it|that|this|they|them|those)|(?:the|my|our)\s+(?P<what>[^\W\d][\w' -]{0,40}?))\s+"
    r"(?:(?:should|must|(?:has|have|ought|needs?)\s+to|to(?=\s+be\b))\b\s*(?:be\b)?)",
    re.IGNORECASE,
)
HOURLY = frozenset({"date", "time", "datetime"})
GONE = frozenset({"cancelled", "refunded", "replaced"})


@dataclass(frozen=True)
class Moment:
    """One message, what is known when it arrives, and what it says, read when first asked for."""

    text: str
    context: ResolveContext
    index: Index
    watching: bool = False
    given: Sentence | None = None
    """The message as another reader has cut it."""
    target: str | None = None
    """The open need that another reader takes it to be about."""

    @cached_property
    def covered(self) -> str:
        """The message with what talks to the machine covered."""
        return without_commands(self.text)

    @cached_property
    def plain(self) -> str:
        """The same as one line."""
        return " ".join(self.covered.replace(MASK, " ").split())

    @cached_property
    def language(self) -> str:
        """The language of the message, or of the conversation when its words do not tell."""
        return language_of(self.text) or self.context.language

    @property
    def foreign(self) -> bool:
        """Whether the message is in a language that the grammars here do not read."""
        return language_of(self.text) not in (None, "en")

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
        hour = bool(asked and asked.fact in HOURLY) or (self.open is not None and acts.changes(self.plain))
        steering = _WATCHING if self.watching else _STEERING if self.open else frozenset()
        count = bool(asked and asked.fact not in HOURLY) or (self.open is not None and self._counted_last)
        hour = hour and not (count and not asked)
        return gather(
            self.text, self.context, Expecting(hour=hour, count=count, near=self._day_spoken_of, steering=steering)
        )

    @property
    def _counted_last(self) -> bool:
        """Whether the person's last words said how many, so that "make that three" corrects it."""
        said = next((turn.text for turn in reversed(self.context.history) if turn.role == "user"), "")
        return bool(said) and bool(find_party(said)) and not find_hours(said)

    @property
    def _day_spoken_of(self) -> date | None:
        """The earliest day of what is open, if it is still to come."""
        known = [days_of(need.timing, self.context.zone) for need in (self.open.needs if self.open else ())]
        return min((days.first for days in known if days is not None), default=None)

    @cached_property
    def sentence(self) -> Sentence:
        """The message cut into clauses."""
        return self.given or split(self.facts, self.index)

    @cached_property
    def request(self) -> Request:
        """The message read as a request by itself."""
        return read_request(self.sentence, self.index, self.context)

    def meant(self, clauses: Sequence[Clause] | None = None) -> list[str]:
        """The open needs that the message names, in its order."""
        if self.open is None:
            return []
        if self.target in {need.id for need in self.open.needs}:
            return [self.target] if self.target else []
        found: list[str] = []
        for clause in self.sentence.clauses if clauses is None else clauses:
            found += [need for need in self._of(clause) if need not in found]
        return found

    def subject(self, clause: Clause) -> Found[list[Need]] | None:
        """What a statement such as "the cake should be chocolate" is about, if that is open; it ends with the verb."""
        m = _SUBJECT.match(self.sentence.facts.text, clause.start, clause.end)
        if m is None or self.open is None:
            return None
        if m["it"]:
            asked = self.asked.need_id if self.asked else None
            needs = [need for need in self.open.needs if need.id == asked] or list(self.open.needs)
            needs = needs if len(needs) == 1 else []
        else:
            needs = self.named(m["what"])
        return Found(m.start(), m.end(), needs) if needs else None

    def _of(self, clause: Clause) -> list[str]:
        if (subject := self.subject(clause)) is not None:
            return [need.id for need in subject.value]
        said = {stem(word.value) for word in content(self.sentence.facts.bare[clause.start : clause.end])}
        needs = self.open.needs if self.open else []
        same = [need for need in needs if clause.capability and need.capability_id == clause.capability.id]
        worded = [need for need in same or needs if said & {stem(w.value) for w in content(need.query)}]
        return [need.id for need in worded or same]

    def named(self, phrase: str) -> list[Need]:
        """The open needs that a phrase such as "ride home" names."""
        said = {stem(word.value) for word in content(phrase)}
        needs = self.open.needs if self.open else []
        shared = [said & {stem(w.value) for w in content(need.query)} for need in needs]
        direct = [
            need for need, own in zip(needs, shared, strict=True) if own and not any(own < more for more in shared)
        ]
        return direct or [need for need in needs if self._fits(said, need.capability_id)]

    def named_avoided(self) -> list[Need]:
        """The open needs that a proviso names: "no flowers" is about the flowers."""
        return self.named(" ".join(word for item in self.facts.avoided for word in item.value))

    def lines(self, phrase: str) -> list[OrderedLine]:
        """The ordered lines that a phrase names."""
        said = {stem(word.value) for word in content(phrase)}
        lines = [line for line in self.context.ordered if line.state not in GONE]
        shared = [said & {stem(w.value) for w in content(line.title)} for line in lines]
        direct = [
            line for line, own in zip(lines, shared, strict=True) if own and not any(own < more for more in shared)
        ]
        return direct or [line for line in lines if self._fits(said, line.capability_id)]

    def _fits(self, said: set[str], capability_id: str | None) -> bool:
        capability = self.index.capability(capability_id)
        return capability is not None and bool(said & vocabulary(capability))

    def describes(self, clause: Clause) -> list[Need]:
        """The open needs that a clause only tells more of: it says so ("the cake should be …"), or it names no service
        clearly and they have a slot for just its words ("vegan, please")."""
        if (subject := self.subject(clause)) is not None:
            return subject.value
        if clause.capability is not None and clause.match.score >= STRONG:
            return []
        facts = self.sentence.of(clause)
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
        return Intent.model_validate({"kind": kind, "language": self.language, **fields})

    def merger(self) -> Merger:
        """The open request, ready to be changed."""
        assert self.open is not None, "only an open request can be changed"
        return Merger(self.open, self.context, self.index.by_id)

    def whole(self, kind: IntentKind, merger: Merger, target: str | None = None) -> Intent:
        """The request as it stands after a change; what is missing is looked for anew."""
        intent = merger.intent
        changed = merger.changed[0] if len(merger.changed) == 1 else None
        return intent.model_copy(
            update={
                "kind": kind,
                "target": target or changed,
                "missing": missing(intent.needs, intent.relations, merger.capabilities, self.context),
                "language": self.language,
                "reader": "offline",
            }
        )
