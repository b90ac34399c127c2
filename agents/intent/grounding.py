"""A model's reading held against the message: only what stands there, and only services that exist, remain."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from pydantic import BaseModel, ConfigDict

from agents.intent.facts import Facts
from agents.intent.match import ACCEPT, STRONG, Index, Match
from agents.intent.pieces import Join
from agents.intent.references import find_references
from agents.intent.split import Clause, Sentence
from agents.intent.words import content, mask, stem, words
from schemas.capability import Capability
from schemas.intent import Intent, IntentKind, Need, Relation

_MOST = 24  # needs of one message
_SURE, _UNKNOWN = 0.9, 0.3  # how far a model's choice of a service, or of none, is trusted


class _Answer(BaseModel):
    """Part of the model's answer: nothing more than asked for, and nothing left out (OpenAI's strict schemas)."""

    model_config = ConfigDict(extra="forbid")


class ModelSlot(_Answer):
    """One slot the message fills."""

    name: str
    value: str


class ModelNeed(_Answer):
    """One need in the message's own words."""

    words: str
    service: str | None
    query: str
    when: str | None
    budget: str | None
    people: str | None
    place: str | None
    nice_to_have: bool
    slots: list[ModelSlot]


class ModelOrder(_Answer):
    """Two needs, by position from 1, that follow each other or start together."""

    first: int
    second: int
    together: bool


class ModelReading(_Answer):
    """The structure of one message as the model sees it."""

    kind: IntentKind
    needs: list[ModelNeed]
    total_budget: str | None
    order: list[ModelOrder]
    target: str | None
    language: str


@dataclass(frozen=True, slots=True)
class Grounded:
    """What remains of a model's reading: the message cut its way, and what to add to the needs read from that."""

    sentence: Sentence
    text: str
    needs: tuple[ModelNeed, ...]
    order: tuple[ModelOrder, ...]
    index: Index

    def applied(self, intent: Intent) -> Intent:
        """``intent`` with the model's queries, slots and order where its needs are the ones the model named."""
        if len(intent.needs) != len(self.needs) or intent.kind not in ("request", "unsupported", "watch"):
            return intent
        needs = [self._with_words(need, said) for need, said in zip(intent.needs, self.needs, strict=True)]
        relations = intent.relations or self._relations(needs)
        return intent.model_copy(update={"needs": needs, "relations": relations})

    def _with_words(self, need: Need, said: ModelNeed) -> Need:
        capability = self.index.capability(need.capability_id)
        there = {word.value for word in words(self.text)}
        query = " ".join(word.value for word in words(said.query) if word.value in there)
        slots = {slot.name: value for slot in said.slots if (value := _slot(capability, slot, self.text)) is not None}
        return need.model_copy(
            update={
                "query": query if content(query) else need.query,
                "slots": {**slots, **need.slots},
                "priority": "nice" if said.nice_to_have else need.priority,
            }
        )

    def _relations(self, needs: Sequence[Need]) -> list[Relation]:
        pairs = [order for order in self.order if 1 <= order.first <= len(needs) and 1 <= order.second <= len(needs)]
        forward = [order for order in pairs if order.first != order.second]
        relations: list[Relation] = []
        for order in forward:
            first, second = needs[order.first - 1].id, needs[order.second - 1].id
            if any((r.first, r.second) == (second, first) for r in relations):
                continue
            relations.append(Relation(kind="together" if order.together else "before", first=first, second=second))
        return relations


def ground(
    reading: ModelReading, said: str, facts: Facts, index: Index, candidates: Sequence[Capability]
) -> tuple[Grounded | None, list[str]]:
    """The part of ``reading`` that the message bears out, or what makes it unusable, for the model to put right.

    ``said`` is the message with whatever talks to the machine covered, ``facts`` are what was found in it, and only
    ``candidates`` may be chosen. What the model adds to a need without its standing there is dropped in silence; a
    need that is not there, or is given to a service its words do not name, spoils the reading.
    """
    allowed = {capability.id: capability for capability in candidates}
    clauses: list[Clause] = []
    kept: list[ModelNeed] = []
    problems: list[str] = []
    for number, need in enumerate(reading.needs[:_MOST], start=1):
        span = find_words(said, need.words, after=clauses[-1].end if clauses else 0)
        capability = allowed.get(need.service or "")
        if span is None:
            problems.append(f"needs.{number}.words: these are not words of the message")
        elif need.service is not None and capability is None:
            problems.append(f"needs.{number}.service: not one of the services")
        elif capability is not None and (named := _named_instead(capability, facts.within(*span), index)):
            problems.append(f"needs.{number}.service: the words name {named.id!r}")
        else:
            clauses.append(_clause(need, span, capability, said, first=not clauses))
            kept.append(need)
    if problems:
        return None, problems
    references = find_references(facts.bare, index)
    facts = replace(facts, bare=mask(facts.bare, references))
    total = find_words(said, reading.total_budget) if reading.total_budget else None
    if total is not None:
        facts = replace(facts, money=tuple(_as_total(item, total) for item in facts.money))
    sentence = Sentence(facts, tuple(clauses), tuple(references))
    return Grounded(sentence, said, tuple(kept), tuple(reading.order), index), []


def _clause(need: ModelNeed, span: tuple[int, int], capability: Capability | None, said: str, *, first: bool) -> Clause:
    elsewhere = [
        found
        for part in (need.when, need.budget, need.people, need.place)
        if part and (found := find_words(said, part, near=span[0]))
    ]
    match = Match(capability, _SURE if capability else _UNKNOWN)
    join: Join = "start" if first else "comma"
    return Clause(*span, join, wish=True, match=match, asks=True, elsewhere=tuple(elsewhere))


def _named_instead(chosen: Capability, facts: Facts, index: Index) -> Capability | None:
    """The service that the words name outright while they have nothing to do with the one chosen: a manifest may
    talk a model into anything."""
    [row] = index.rank([(facts.words, facts.raw)])
    best = row[0] if row else None
    if best is None or best.capability is None or best.score < STRONG or best.capability.id == chosen.id:
        return None
    fit = next((match.score for match in row if match.capability and match.capability.id == chosen.id), 0.0)
    return best.capability if fit < ACCEPT else None


def find_words(text: str, said: str, *, after: int = 0, near: int | None = None) -> tuple[int, int] | None:
    """Where ``said`` stands in ``text``, case and spacing aside: after a place, or nearest to one."""
    wanted = [word.value for word in words(said)]
    if not wanted:
        return None
    there = words(text)
    starts = [i for i in range(len(there) - len(wanted) + 1) if [w.value for w in there[i : i + len(wanted)]] == wanted]
    if not starts:
        return None
    if near is not None:
        best = min(starts, key=lambda i: abs(there[i].start - near))
    else:
        best = next((i for i in starts if there[i].start >= after), starts[0])
    return _with_marks(text, there[best].start, there[best + len(wanted) - 1].end)


def _with_marks(text: str, start: int, end: int) -> tuple[int, int]:
    """The stretch with the currency signs at its ends, which are not words."""
    while start > 0 and not (text[start - 1].isspace() or text[start - 1].isalnum() or text[start - 1] in ",.;:"):
        start -= 1
    while end < len(text) and text[end] in "$€£¥₹":
        end += 1
    return start, end


def _as_total(item: Any, span: tuple[int, int]) -> Any:
    """An amount that the model takes for the limit on everything, if it stands where the model says."""
    inside = item.start < span[1] and span[0] < item.end
    return replace(item, value=replace(item.value, per="all")) if inside else item


def _slot(capability: Capability | None, said: ModelSlot, text: str) -> str | None:
    """The value if the slot exists and the value is listed or stands in the message."""
    slot = next((slot for slot in capability.slots if slot.name == said.name), None) if capability else None
    if slot is None or slot.type not in ("text", "category"):
        return None
    listed = next((value for value in slot.values if value.lower() == said.value.lower()), None)
    if listed is not None:
        return listed if {stem(w.value) for w in content(listed)} & {stem(w.value) for w in words(text)} else None
    return said.value if not slot.values and find_words(text, said.value) else None
