"""The cases of the files: each message with the situation it is said in and what it must be read as."""

import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from importlib.resources import files
from typing import Any
from zoneinfo import ZoneInfo

from evals.harness.suite import Case
from evals.intents.moments import Clock, When
from evals.intents.notation import ANY, Request, Wanted, WantedNeed, check_case, wanted_need
from schemas.intent import Intent, MissingFact, Need, OrderedLine, PendingQuestion, Relation, ResolveContext
from schemas.money import Money
from schemas.place import Place
from schemas.timing import Timing

HALVES = ("a", "b")
"""``a`` is looked at while the reader is developed, ``b`` is held out."""
_DEFAULT = "chicago"
_WITH_NEEDS = frozenset({"request", "answer", "change", "swap", "watch"})


@dataclass(frozen=True, slots=True)
class Said:
    """One message in its situation."""

    message: str
    context: ResolveContext

    @property
    def clock(self) -> Clock:
        """When and where it is said."""
        return Clock(self.context.now, self.context.zone)

    @property
    def words(self) -> str:
        """All words the person has used: of the message, and of the request that is open."""
        opened = self.context.intent.needs if self.context.intent else []
        return " ".join([self.message, *(need.text for need in opened)])


@dataclass(frozen=True, slots=True)
class _Person:
    """Someone of ``situations.toml``."""

    clock: Clock
    currency: str
    places: Mapping[str, Place]

    @classmethod
    def of(cls, table: Mapping[str, Any]) -> "_Person":
        zone = table["zone"]
        places = {
            name: Place(name=name.capitalize(), lat=lat, lon=lon, zone=zone)
            for name, (lat, lon) in table["places"].items()
        }
        return cls(Clock(table["now"].replace(tzinfo=ZoneInfo(zone)), zone), table["currency"], places)

    def place(self, name: str | None) -> Place | None:
        """A place by its name or its coordinates."""
        if name is None or name == ANY:
            return None
        if name.lower() in self.places:
            return self.places[name.lower()]
        lat, lon = (float(part) for part in name.split(","))
        return Place(name=name, lat=lat, lon=lon, zone=self.clock.zone)

    def wanted(self, request: Request) -> list[WantedNeed]:
        """What the needs of a request expect."""
        return [wanted_need(need, self.clock, home="home" in self.places) for need in request.needs.values()]


def load() -> list[Case[Said, Wanted]]:
    """Every case of both halves; its tags are its half and its group.

    Raises:
        ValueError: a case is written wrongly; the message says which.
    """
    situations = _table("situations")
    return [case for half in HALVES for case in _half(half, situations)]


def _table(name: str) -> dict[str, Any]:
    return tomllib.loads(files("evals.intents").joinpath(f"{name}.toml").read_text("utf-8"))


def _half(half: str, situations: Mapping[str, Any]) -> Iterator[Case[Said, Wanted]]:
    for group, tables in _table(half).items():
        before: _Moment | None = None
        for number, table in enumerate(tables, start=1):
            name = f"{half}.{group}.{number}"
            try:
                check_case(table)
                before = before.next(table) if table.get("follows") and before else _Moment.of(table, situations)
                yield Case(name, Said(table["say"], before.context), before.wanted, (half, group))
            except (KeyError, ValueError) as error:
                raise ValueError(f"{name}: {error}") from error


@dataclass(frozen=True, slots=True)
class _Moment:
    """A person, the request as the message leaves it, and the situation and expectation of that message."""

    person: _Person
    request: Request
    context: ResolveContext
    wanted: Wanted

    @classmethod
    def of(cls, table: Mapping[str, Any], situations: Mapping[str, Any]) -> "_Moment":
        """A message by itself, or about a request that is open."""
        person = _Person.of(situations["person"][table.get("in", _DEFAULT)])
        opened = Request.of(situations["open"][table["open"]]) if "open" in table else Request()
        lines = situations["order"][table["ordered"]] if "ordered" in table else []
        return cls._said(person, opened, (), lines, table)

    def next(self, table: Mapping[str, Any]) -> "_Moment":
        """The message that follows this one."""
        return self._said(self.person, self.request, self.wanted.asks or (), [], table)

    @classmethod
    def _said(
        cls, person: _Person, opened: Request, asks: tuple[str, ...], lines: Any, table: Mapping[str, Any]
    ) -> "_Moment":
        request = Request.of(table) if "needs" in table else opened.after(table)
        return cls(person, request, _context(person, opened, asks, lines), _expectation(person, request, table))


def _expectation(person: _Person, request: Request, table: Mapping[str, Any]) -> Wanted:
    kind = table.get("kind", "request")
    kinds = tuple(kind) if isinstance(kind, list) else (kind,)
    return Wanted(
        kinds=kinds,
        needs=tuple(person.wanted(request)) if _WITH_NEEDS & set(kinds) else None,
        total=request.total,
        before=_pairs(request.before),
        together=_pairs(request.together),
        asks=tuple(table["asks"]) if "asks" in table else None,
        target=table.get("target", None if "cancel" in kinds else ANY),
        language=table.get("language"),
    )


def _pairs(written: Any) -> tuple[tuple[int, int], ...] | None:
    return None if written == ANY else tuple((first, second) for first, second in written)


def _context(person: _Person, opened: Request, asks: tuple[str, ...], lines: Any) -> ResolveContext:
    facts = [_fact(ask) for ask in asks]
    intent = _intent(person, opened, facts) if opened.needs else None
    pending = None
    if facts:
        pending = PendingQuestion(kind="question", text=facts[0].question, fact=facts[0])
    elif intent is not None:
        pending = PendingQuestion(kind="approval", text="Shall I book all of this?")
    return ResolveContext(
        now=person.clock.now,
        zone=person.clock.zone,
        currency=person.currency,
        home=person.places.get("home"),
        places={name: place for name, place in person.places.items() if name != "home"},
        pending=pending,
        intent=intent,
        ordered=[_line(number, line, person) for number, line in enumerate(lines, start=1)],
    )


def _fact(ask: str) -> MissingFact:
    need, _, fact = ask.rpartition(".")
    return MissingFact(need_id=need or None, fact=fact, question=f"Could you tell me the {fact}?")


def _line(number: int, table: Mapping[str, Any], person: _Person) -> OrderedLine:
    capability = wanted_need({"do": table["do"]}, person.clock, home=False).capability
    return OrderedLine(
        line_id=f"l{number}",
        capability_id=capability.id if capability else None,
        title=table["title"],
        state=table["state"],
    )


def _intent(person: _Person, request: Request, missing: list[MissingFact]) -> Intent:
    """The request as a reader that had understood everything would have left it."""
    names = list(request.needs)
    needs = [_need(name, wanted, person) for name, wanted in zip(names, person.wanted(request), strict=True)]
    pairs = _pairs(request.before) or ()
    return Intent(
        kind="request",
        needs=needs,
        relations=[Relation(first=names[first - 1], second=names[second - 1]) for first, second in pairs],
        budget=_money(request.total, person),
        missing=missing,
    )


def _need(name: str, wanted: WantedNeed, person: _Person) -> Need:
    capability = wanted.capability
    said = wanted.said or " ".join([*wanted.slots.values(), capability.examples[0] if capability else ""]).strip()
    party = wanted.party if isinstance(wanted.party, int) else None
    arrives = capability is not None and capability.effect == "delivered"
    counted = [slot for slot in (capability.slots if capability else ()) if slot.type == "person_count"]
    return Need(
        id=name,
        capability_id=capability.id if capability else None,
        text=said,
        query=said,
        slots={**wanted.slots, **({slot.name: party for slot in counted} if party else {})},
        timing=wanted.when.timing(person.clock, arrives=arrives) if isinstance(wanted.when, When) else Timing(),
        place=person.place(wanted.place),
        destination=person.place(wanted.destination),
        place_text=wanted.unknown_places[-1] if wanted.unknown_places else None,
        party=party,
        quantity=wanted.quantity if isinstance(wanted.quantity, int) else 1,
        budget=_money(wanted.budget, person),
        avoid=list(wanted.avoid),
        priority="nice" if wanted.nice else "must",
    )


def _money(amount: float | None, person: _Person) -> Money | None:
    return None if amount is None else Money.of(str(amount), person.currency)
