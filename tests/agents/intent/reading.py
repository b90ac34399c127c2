"""Reads a case with a reader and says what of it was not as expected."""

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

from agents.intent import Resolver
from schemas.capability import built_in
from schemas.intent import Intent, Need, OrderedLine, PendingQuestion, ResolveContext
from schemas.place import Place
from schemas.timing import TimeWindow
from tests.agents.intent.conversations import ORDERED, Reply
from tests.agents.intent.corpus import CHICAGO, WEDNESDAY, Case, Expected

HOME = Place(name="Home", lat=41.8925, lon=-87.6345, zone=CHICAGO)
OFFICE = Place(name="Office", lat=41.8789, lon=-87.6359, zone=CHICAGO)
SERVICES = built_in()

CURRENCIES = {"Europe/Berlin": "EUR", "Europe/London": "GBP"}


def context(
    now: str = WEDNESDAY,
    zone: str = CHICAGO,
    *,
    intent: Intent | None = None,
    pending: PendingQuestion | None = None,
    ordered: list[OrderedLine] | None = None,
) -> ResolveContext:
    """A person with a home and a remembered office, at a moment."""
    return ResolveContext(
        now=datetime.fromisoformat(now).replace(tzinfo=ZoneInfo(zone)),
        zone=zone,
        currency=CURRENCIES.get(zone, "USD"),
        home=HOME,
        places={"office": OFFICE},
        intent=intent,
        pending=pending,
        ordered=ordered or [],
    )


async def read(resolver: Resolver, case: Case) -> Intent:
    """The reading of a case that stands by itself."""
    return await resolver(case.message, context=context(case.now, case.zone), capabilities=SERVICES)


async def read_reply(resolver: Resolver, said: Reply) -> Intent:
    """The reading of a reply after what went before it."""
    before: Intent | None = None
    for message in said.after.split("|") if said.after else ():
        waiting = PendingQuestion(kind="approval", text="Shall I?") if before else None
        before = await resolver(message, context=context(intent=before, pending=waiting), capabilities=SERVICES)
    fact = before.missing[0] if before and before.missing and said.waiting == "question" else None
    pending = (
        PendingQuestion(kind=said.waiting, text=fact.question if fact else "Shall I?", fact=fact)
        if said.waiting
        else None
    )
    situation = context(intent=before, pending=pending, ordered=ORDERED if said.ordered else None)
    return await resolver(said.message, context=situation, capabilities=SERVICES)


def differences(intent: Intent, case: Case | Reply) -> list[str]:
    """What the intent has otherwise than the case says; empty when all is as expected."""
    found = [] if case.kind in (intent.kind, "*") else [f"kind is {intent.kind}, expected {case.kind}"]
    if case.needs is not None:
        services = [need.capability_id for need in intent.needs]
        if services != [expected.service for expected in case.needs]:
            return [*found, f"needs are {services}, expected {[expected.service for expected in case.needs]}"]
        for need, expected in zip(intent.needs, case.needs, strict=True):
            found += _of_need(need, expected, getattr(case, "zone", CHICAGO))
    for name, value in case.fields.items():
        seen = _whole(intent, name)
        if seen != value:
            found.append(f"{name} is {seen!r}, expected {value!r}")
    return found


def _of_need(need: Need, expected: Expected, zone: str) -> Iterator[str]:
    for name, value in expected.fields.items():
        seen = _part(need, name, zone)
        if seen != value:
            yield f"{need.id}.{name} is {seen!r}, expected {value!r}"


def _whole(intent: Intent, name: str) -> Any:
    positions = {need.id: i for i, need in enumerate(intent.needs, start=1)}
    pairs = {
        kind: sorted((positions[r.first], positions[r.second]) for r in intent.relations if r.kind == kind)
        for kind in ("before", "together")
    }
    match name:
        case "budget":
            return str(intent.budget) if intent.budget else None
        case "missing":
            return [fact.fact for fact in intent.missing]
        case "order":
            return pairs["before"]
        case "together":
            return pairs["together"]
    return getattr(intent, name)


def _part(need: Need, name: str, zone: str) -> Any:
    match name:
        case "start" | "end":
            return moments(getattr(need.timing, name), zone)
        case "day":
            day = moments(need.timing.day, zone)
            days = tuple(moment and moment[:6] for moment in day) if isinstance(day, tuple) else day[:6]
            return days[0] if isinstance(days, tuple) and days[0] == days[1] else days
        case "utc":
            bounds = (need.timing.start.start, need.timing.start.end)
            return tuple(moment and _plain(moment) for moment in bounds)
        case "place" | "destination":
            place = getattr(need, name)
            return place.name if place else None
        case "budget":
            return str(need.budget) if need.budget else None
    return getattr(need, name)


def moments(window: TimeWindow, zone: str) -> Any:
    """One moment as "Sat 21 19:00", two as a pair."""
    start, end = (moment and moment.astimezone(ZoneInfo(zone)) for moment in (window.start, window.end))
    shown = tuple(moment.strftime("%a %d %H:%M") if moment else None for moment in (start, end))
    return shown[0] if start is not None and start == end else shown


def _plain(moment: datetime) -> str:
    text = moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S")
    return text.removesuffix(":00")
