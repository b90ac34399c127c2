"""How a case is written down, and what it then expects.

A case is a table of a TOML file, under the name of its group:

- ``say``: the message. ``in``: who says it, ``open``: the request that is open, ``ordered``: what was ordered, all
  by their names in ``situations.toml``. ``follows``: it continues the case before it, in which everything was
  understood, so that one misreading is counted once.
- ``kind``: "request" unless written; several where more than one is right.
- ``needs``: what is wanted, in the order said. For an open request instead: ``patch.n2`` what is otherwise about one
  need ("gone" if it is dropped), ``add`` what is new.
- ``total``: the most that everything may cost; ``before`` and ``together``: pairs of positions.
- ``asks``: what must still be asked ("n1.date"), graded only if written. ``target``: the need or order line meant.

A need names its capability up to the first dot (``do = "flowers"``), its time in one of the forms of
:mod:`evals.intents.moments`, ``party``, ``quantity``, ``max`` (the most it may cost), ``avoid``, ``nice``, places
(``place``, ``pickup``, ``to`` by their names; ``place_text``, ``pickup_text``, ``to_text`` for those nobody knows)
and, under its own name, each slot. ``may`` holds slots that are right if filled and right if left. "?" is not graded.
Whatever is not written must be empty, but for what follows from the rest: slots that count people, and home as the
place of what comes to the person.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from evals.intents.moments import FORMS, Clock, When
from schemas.capability import Capability, built_in

ANY = "?"
_NOBODY = "none"
_COMES = ("delivered", "visits")
_PLACES = {"place", "pickup", "to", "place_text", "pickup_text", "to_text"}
_FIELDS = {"do", "said", "when", "party", "quantity", "max", "avoid", "nice", "cheaper", "may", *_PLACES}
_SITUATION = {"in", "open", "ordered", "follows", "say"}
_CASE = {"kind", "needs", "patch", "add", "total", "before", "together", "asks", "target", "language", *_SITUATION}
_SERVICES = {capability.id.partition(".")[0]: capability for capability in built_in()}


@dataclass(frozen=True, slots=True)
class WantedNeed:
    """What one need must be read as. ``ANY`` in a field leaves it ungraded."""

    services: tuple[str | None, ...]
    """The ids of the capabilities that are right; ``None`` is a service that nobody offers."""
    when: When | str | None
    party: int | str | None
    quantity: int | str
    budget: float | None
    place: str | None
    destination: str | None
    unknown_places: tuple[str, ...]
    """Of a place that is named but not known, the names of which one must be kept."""
    slots: Mapping[str, str]
    optional: Mapping[str, str]
    avoid: tuple[str, ...]
    nice: bool
    cheaper: bool
    said: str

    @property
    def capability(self) -> Capability | None:
        """The one that is right, or the first of several."""
        return capability_of(self.services[0])


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a message must be read as."""

    kinds: tuple[str, ...]
    needs: tuple[WantedNeed, ...] | None
    """``None`` where the kind says it all."""
    total: float | None = None
    before: tuple[tuple[int, int], ...] | None = ()
    """Positions from 1; ``None`` if not graded."""
    together: tuple[tuple[int, int], ...] | None = ()
    asks: tuple[str, ...] | None = None
    target: str | None = ANY
    language: str | None = None


@dataclass(frozen=True, slots=True)
class Request:
    """A request as a case writes it down: open before a message, or as it stands after it."""

    needs: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    """By id, in order."""
    total: float | None = None
    before: Any = ()
    together: Any = ()

    @classmethod
    def of(cls, table: Mapping[str, Any]) -> "Request":
        """The request of a case or situation that writes all its needs."""
        needs = {f"n{number}": need for number, need in enumerate(table.get("needs", ()), start=1)}
        return cls(needs, table.get("total"), table.get("before", ()), table.get("together", ()))

    def after(self, table: Mapping[str, Any]) -> "Request":
        """The request as a message leaves it that only says what is otherwise."""
        needs = dict(self.needs)
        for name, patch in table.get("patch", {}).items():
            if patch == "gone":
                del needs[name]
            else:
                needs[name] = _patched(needs[name], patch)
        last = max((int(name[1:]) for name in self.needs), default=0)
        needs |= {f"n{number}": need for number, need in enumerate(table.get("add", ()), start=last + 1)}
        positions = {name: position for position, name in enumerate(needs, start=1)}
        old = dict(enumerate(self.needs, start=1))
        kept = {
            "before": [pair for pair in self.before if all(old[position] in needs for position in pair)],
            "together": [pair for pair in self.together if all(old[position] in needs for position in pair)],
        }
        moved = {way: [[positions[old[i]] for i in pair] for pair in pairs] for way, pairs in kept.items()}
        return Request(
            needs,
            table.get("total", self.total),
            table.get("before", moved["before"]),
            table.get("together", moved["together"]),
        )


def _patched(need: Mapping[str, Any], patch: Mapping[str, Any]) -> dict[str, Any]:
    times = {*FORMS, "when"}
    kept = {key: value for key, value in need.items() if not (key in times and times & patch.keys())}
    return {**kept, **patch}


def capability_of(capability_id: str | None) -> Capability | None:
    """The built-in capability of an id, if there is one."""
    return _SERVICES.get((capability_id or "").partition(".")[0])


def check_case(table: Mapping[str, Any]) -> None:
    """Refuse a case with a field that means nothing.

    Raises:
        ValueError: it has one, or no message.
    """
    unknown = table.keys() - _CASE
    if unknown or not table.get("say"):
        raise ValueError(f"a case has no {', '.join(sorted(unknown)) or 'message'}: {table}")


def wanted_need(table: Mapping[str, Any], clock: Clock, *, home: bool) -> WantedNeed:
    """What a need as written in a case expects.

    Raises:
        ValueError: it names a field, slot, service or moment that does not exist.
    """
    names = table["do"] if isinstance(table["do"], list) else [table["do"]]
    try:
        services = [None if name == _NOBODY else _SERVICES[name] for name in names]
    except KeyError as error:
        raise ValueError(f"no capability is called {error}") from error
    slots = {key: value for key, value in table.items() if key not in _FIELDS and key not in FORMS}
    known = {slot.name for service in services if service for slot in service.slots}
    if strangers := (slots.keys() | table.get("may", {}).keys()) - known:
        raise ValueError(f"{names[0]} has no {', '.join(sorted(strangers))}")
    unknown = tuple(table[key] for key in ("place_text", "pickup_text", "to_text") if key in table)
    comes = services[0] is not None and services[0].effect in _COMES
    return WantedNeed(
        services=tuple(service.id if service else None for service in services),
        when=_when(table, clock),
        party=table.get("party"),
        quantity=table.get("quantity", 1),
        budget=table.get("max"),
        place=table.get("place", table.get("pickup", "Home" if comes and home and not unknown else None)),
        destination=table.get("to"),
        unknown_places=unknown,
        slots=slots,
        optional=table.get("may", {}),
        avoid=tuple(table.get("avoid", ())),
        nice=table.get("nice", False),
        cheaper=table.get("cheaper", False),
        said=table.get("said", ""),
    )


def _when(table: Mapping[str, Any], clock: Clock) -> When | str | None:
    if "when" in table:
        return ANY
    return next((When.of(form, table[form], clock) for form in FORMS if form in table), None)
