"""Facts of a new message joined to a request that is already there: corrections replace, the rest stays."""

from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any

from agents.intent.days import Days
from agents.intent.drafts import takes_people
from agents.intent.facts import Facts
from agents.intent.phrasing import query_of
from agents.intent.places import Spot
from agents.intent.retime import days_of, moved, shifted
from agents.intent.schedule import following, lean
from agents.intent.slots import fill, fill_people
from agents.intent.times import When, timing
from agents.intent.words import content, stem
from schemas.capability import Capability
from schemas.intent import Intent, Need, Relation, ResolveContext
from schemas.timing import Timing

CHEAPER = "cheaper"
"""The slot that says a cheaper offer is wanted where no price is known to compare with. It holds for one turn."""


class Merger:
    """One message being joined to ``intent``, a copy of what was read so far."""

    def __init__(self, intent: Intent, context: ResolveContext, capabilities: Mapping[str, Capability]) -> None:
        self.intent = intent.model_copy(deep=True)
        self.context = context
        self.capabilities = capabilities
        self.changed: list[str] = []
        for need in self.intent.needs:
            need.slots.pop(CHEAPER, None)
            need.cheaper_than = None

    def capability(self, need: Need) -> Capability | None:
        """What is asked for by a need."""
        return self.capabilities.get(need.capability_id or "")

    def needs(self, ids: Sequence[str]) -> list[Need]:
        """The needs with these ids, all of them when none is given."""
        return [need for need in self.intent.needs if not ids or need.id in ids]

    def join(self, facts: Facts, meant: Sequence[str]) -> None:
        """Put every fact where it belongs: on the needs ``meant``, or where it fits when none was named."""
        self._party(facts, meant)
        self._money(facts, meant)
        self._time(facts.when, facts, meant)
        self._places([item.value for item in facts.places], meant)
        self._avoid(facts, meant)

    def cheaper(self, meant: Sequence[str]) -> None:
        """A lower price is wanted for these, or for everything."""
        for need in self.needs(meant):
            if need.cheaper_than is None:
                need.slots[CHEAPER] = True
            self._note(need)

    def shift(self, minutes: int, meant: Sequence[str]) -> None:
        """Earlier or later by so much."""
        for need in self.needs(meant or self._timed()):
            need.timing = shifted(need.timing, timedelta(minutes=minutes))
            self._note(need)

    def drop(self, ids: Sequence[str]) -> None:
        """Leave these out; what came after them comes after what they came after."""
        for gone in ids:
            before = [r.first for r in self.intent.relations if r.kind == "before" and r.second == gone]
            after = [r.second for r in self.intent.relations if r.kind == "before" and r.first == gone]
            kept = [r for r in self.intent.relations if gone not in (r.first, r.second)]
            bridged = [Relation(first=first, second=second) for first in before for second in after]
            self.intent.relations = [*kept, *(r for r in bridged if r not in kept)]
            self.intent.needs = [need for need in self.intent.needs if need.id != gone]

    def describe(self, need: Need, facts: Facts, *, renamed: bool) -> None:
        """Another kind of the same thing: the words replace those that were said before it.

        A word that only names the service ("the restaurant") points at the need; it describes it when the
        message says what it is to be instead (``renamed``: "tulips instead").
        """
        capability = self.capability(need)
        if capability is None:
            return
        names = {stem(w.value) for phrase in (capability.name, *capability.examples) for w in content(phrase)}
        said = query_of(facts, capability).split()
        known = {stem(word) for word in need.query.split()}
        fresh = [word for word in said if stem(word) not in known and (renamed or stem(word) not in names)]
        if not fresh:
            self._choose(need, capability, facts)
            return
        named = any(stem(word) in names for word in said)
        head = [] if named else [word for word in need.query.split() if stem(word) in names]
        need.query = " ".join([*said, *head])
        need.slots |= fill(capability, facts, need, self.context.zone)
        self._note(need)

    def _choose(self, need: Need, capability: Capability, facts: Facts) -> None:
        """One of the values a slot lists, which may be a word for the service too ("a suite")."""
        said = fill(capability, facts, need, self.context.zone)
        listed = {slot.name: said[slot.name] for slot in capability.slots if slot.values and slot.name in said}
        if any(need.slots.get(name) != value for name, value in listed.items()):
            need.slots |= listed
            self._note(need)

    def inscribe(self, facts: Facts, meant: Sequence[str]) -> None:
        """Quoted words for the one that takes an inscription."""
        for need in self.needs(meant):
            capability = self.capability(need)
            said = fill(capability, facts, need, self.context.zone) if capability else {}
            written = {name: value for name, value in said.items() if any(value == q.value for q in facts.quotes)}
            if written:
                need.slots |= written
                self._note(need)
                return

    def slot(self, need: Need, name: str, value: Any) -> None:
        """One fact by the name of its slot."""
        need.slots[name] = value
        self._note(need)

    def _note(self, need: Need) -> None:
        if need.id not in self.changed:
            self.changed.append(need.id)

    def _party(self, facts: Facts, meant: Sequence[str]) -> None:
        if not facts.party:
            return
        for need in self.needs(meant):
            if meant or takes_people(self.capability(need)):
                need.party = facts.party[-1].value
                need.slots |= fill_people(self.capability(need), need.party)
                self._note(need)

    def _money(self, facts: Facts, meant: Sequence[str]) -> None:
        for item in facts.money:
            amount = item.value
            if amount.floor:
                continue
            one = self.needs(meant) if meant else []
            if amount.per == "all" or not one:
                self.intent.budget = amount.money
                continue
            for need in one:
                money = amount.money * (need.party or 1) if amount.per == "person" else amount.money
                if amount.compared:
                    need.cheaper_than = money
                else:
                    need.budget = money
                self._note(need)

    def _time(self, when: When, facts: Facts, meant: Sequence[str]) -> None:
        if not when.said:
            return
        clocked = self._clocked(when, meant)
        for need in clocked:
            self._set_hour(need, when, facts)
        if when.days is not None:
            for need in self.needs(meant):
                if need not in clocked:
                    self._set_day(need, when.days)
        self._give_day()

    def _clocked(self, when: When, meant: Sequence[str]) -> list[Need]:
        """The needs whose hour changes."""
        if not when.clocked:
            return []
        if meant:
            return self.needs(meant)
        if when.only_part and all(not need.timing.known for need in self.intent.needs):
            return list(self.intent.needs)
        by = [hour for hour in when.hours if hour.role == "by"]
        return self.needs(self._timed(delivered=bool(by) and len(by) == len(when.hours)))

    def _timed(self, *, delivered: bool = False) -> list[str]:
        """Whose hour "make it 8" means: the one that was given an hour, something one goes to first."""
        needs = self.intent.needs

        def rank(need: Need) -> tuple[bool, bool, bool]:
            effect = getattr(self.capability(need), "effect", None)
            exact = need.timing.start.start is not None and need.timing.start.start == need.timing.start.end
            return ((effect == "delivered") != delivered, effect != "attended", not exact)

        return [min(needs, key=rank).id] if needs else []

    def _set_hour(self, need: Need, when: When, facts: Facts) -> None:
        kept = days_of(need.timing, self.context.zone)
        days = when.days or (kept if kept is not None and kept.single else None)
        follows = [
            other.timing.start.start
            for relation in self.intent.relations
            for other in self.intent.needs
            if relation.kind == "before" and relation.second == need.id and relation.first == other.id
            if other.timing.start.start is not None and other.timing.start.start == other.timing.start.end
        ]
        hint = lean(self.capability(need), f"{need.query} {need.text} {facts.words}", after=max(follows, default=None))
        need.timing = timing(when.on(days), lean=hint, now=self.context.now, zone=self.context.zone)
        if when.only_part and self._follows(need):
            need.timing = following(need.timing)
        self._note(need)

    def _set_day(self, need: Need, days: Days) -> None:
        if need.timing.known:
            need.timing = moved(need.timing, days, self.context.zone)
        else:
            hint = lean(self.capability(need), f"{need.query} {need.text}")
            need.timing = timing(When(days=days), lean=hint, now=self.context.now, zone=self.context.zone)
            if self._follows(need) and hint.part is None:
                need.timing = following(need.timing)
        self._note(need)

    def _follows(self, need: Need) -> bool:
        return any(r.kind == "before" and r.second == need.id for r in self.intent.relations)

    def _give_day(self) -> None:
        """A need of which no time was ever said is on the day of the others."""
        day = next((need.timing.day for need in self.intent.needs if not need.timing.day.open), None)
        for need in self.intent.needs:
            if day is not None and not need.timing.known:
                need.timing = Timing(start=day, day=day)
                if self._follows(need):
                    need.timing = following(need.timing)
                self._note(need)

    def _places(self, spots: Sequence[Spot], meant: Sequence[str]) -> None:
        for spot in spots:
            for need in self.needs(meant):
                capability = self.capability(need)
                if capability is None or (capability.effect == "attended" and not meant):
                    continue
                self.place(need, capability, spot)

    def place(self, need: Need, capability: Capability, spot: Spot) -> None:
        """A place for one need; for a ride where it goes, unless it is said to begin there."""
        if spot.place is None and spot.proper and capability.effect == "attended":
            return
        if capability.effect == "moves_person" and spot.way != "from":
            need.destination = spot.place
        else:
            need.place = spot.place
        need.place_text = None if spot.place else spot.text
        self._note(need)

    def _avoid(self, facts: Facts, meant: Sequence[str]) -> None:
        for item in facts.avoided:
            for need in self.needs(meant or self._timed()):
                itself = {stem(word) for word in need.query.split()}
                fresh = [w for w in item.value if w not in need.avoid and not {stem(x) for x in w.split()} <= itself]
                if fresh:
                    need.avoid += fresh
                    self._note(need)
