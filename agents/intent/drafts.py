"""One message on its way to needs: each wish with its own facts, and the facts that stand outside all of them."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from agents.intent.facts import Facts
from agents.intent.split import Clause, Sentence
from agents.intent.words import Found, T
from schemas.capability import Capability
from schemas.intent import Need, Relation
from schemas.money import Money


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
    common: Facts
    """The facts that stand outside every wish."""
    drafts: list[Draft] = field(default_factory=list)
    relations: list[Relation] = field(default_factory=list)
    budget: Money | None = None

    @property
    def needs(self) -> list[Need]:
        """The needs, in the order they were said."""
        return [draft.need for draft in self.drafts]

    def apart(self, position: int) -> bool:
        """Whether what stands there in the text is set off by a comma or a full stop."""
        return self.sentence.facts.text[:position].rstrip().endswith((",", ";", ".", ":"))


def takes_people(capability: Capability | None) -> bool:
    """Whether a number of people said for everything is meant for this too."""
    if capability is None:
        return False
    return capability.effect in ("attended", "moves_person") or any(
        slot.type == "person_count" for slot in capability.slots
    )


def common_facts(sentence: Sentence) -> Facts:
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


def nearest(found: Sequence[Found[T]], start: int) -> Found[T] | None:
    """The last one said before ``start``, else the first after it."""
    before = [item for item in found if item.start <= start]
    return before[-1] if before else (found[0] if found else None)
