"""Grading a story's outcome: by the plan, the orders, the partners' books and the money; never by words."""

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime, timedelta
from itertools import pairwise
from math import cos, hypot, radians
from typing import Any

from evals.harness.suite import Case, Score
from evals.scenarios.person import Json, Outcome
from evals.scenarios.story import Expected, Story, Wanted
from evals.scenarios.world import ZONE
from schemas.settings import Settings

_STANDING = ("accepted", "in_progress", "fulfilled")
_LIVE = ("placed", "accepted", "in_progress", "fulfilled")
_NEAR_KM = 0.3
_FASTEST_KM_PER_MINUTE = 1.0  # nobody crosses the city faster: below that a way is impossible, not just hurried
_KM_PER_DEGREE = 111.2

StoryCase = Case[Story, Expected]


def grade(case: StoryCase, outcome: Outcome) -> Iterable[Score]:
    """Every grade of a story."""
    lines = _standing(outcome)
    proposed = (outcome.plan or {}).get("items", []) if outcome.open else []
    items = lines if outcome.orders else proposed
    yield _ended(case.expected, outcome, lines)
    yield _asked(case.expected, outcome)
    yield _score("items", _amiss(case.expected.items, items))
    yield _score("day", _impossible(case.expected, items))
    yield _score("money", _money(case.expected, outcome, items))
    yield _score("books", _books(outcome))
    yield _score("repair", _repair(case.expected, outcome))
    yield _score("change", _changes(case.expected, outcome))


def _score(name: str, complaints: Iterable[str]) -> Score:
    found = list(complaints)
    return Score.of(name, not found, "; ".join(found))


def _ended(expected: Expected, outcome: Outcome, lines: Sequence[Json]) -> Score:
    """Whether it came to what it should: something bought, proposed, called off, or nothing at all."""
    bought = "bought" if lines else "cancelled"
    came = bought if outcome.orders else "proposed" if outcome.open else "nothing"
    if came != expected.ends or outcome.stuck:
        return Score.of("end", False, outcome.stuck or f"it came to '{came}' instead of '{expected.ends}'")
    told = "infeasible" in outcome.kinds
    return Score.of("end", told == expected.infeasible, f"{'was' if told else 'was not'} told that it cannot be")


def _asked(expected: Expected, outcome: Outcome) -> Score:
    needless = [fact for fact in outcome.asked if fact not in expected.asked]
    missed = [fact for fact in expected.asked if fact not in outcome.asked]
    reason = "; ".join(
        [*(f"asked for {fact!r} though it was said" for fact in needless), *(f"never asked for {f!r}" for f in missed)]
    )
    return Score.of("questions", not (needless or missed), reason)


def _amiss(wanted: Sequence[Wanted], items: Sequence[Json]) -> Iterator[str]:
    """What is missing, too much, or not as wanted. Several of one service are matched as suits them best."""
    count = Counter(item["offer"]["capability_id"] for item in items)
    needed = Counter(one.service for one in wanted)
    yield from (f"{service} is missing" for service in (needed - count).elements())
    yield from (f"{service} was not wanted" for service in (count - needed).elements())
    left = list(items)
    for one in wanted:
        candidates = [item for item in left if item["offer"]["capability_id"] == one.service]
        if not candidates:
            continue
        best = min(candidates, key=lambda item: len(list(_faults(one, item))))
        left.remove(best)
        yield from (f"{one.service}: {fault}" for fault in _faults(one, best))


def _faults(wanted: Wanted, item: Json) -> Iterator[str]:
    offer = item["offer"]
    start, end = _at(item["start"]), _at(item["end"])
    if wanted.starts is not None and start not in wanted.starts:
        yield f"starts {start:%a %H:%M}"
    if wanted.ends is not None and end not in wanted.ends:
        yield f"ends {end:%a %H:%M}"
    words = " ".join((offer["title"], offer["description"], *offer["attributes"].get("tags", [])))
    if wanted.like is not None and not re.search(wanted.like, words, re.IGNORECASE):
        yield f"{offer['title']!r} is not like {wanted.like!r}"
    if wanted.unlike is not None and re.search(wanted.unlike, words, re.IGNORECASE):
        yield f"{offer['title']!r} is like {wanted.unlike!r}"
    dollars = offer["price"]["amount"] / 100
    if not (wanted.least or 0) <= dollars <= (wanted.most or dollars):
        yield f"costs {dollars:.2f}"
    if wanted.quantity is not None and offer["quantity"] != wanted.quantity:
        yield f"is {offer['quantity']} instead of {wanted.quantity}"
    if wanted.party is not None and "need" in item and item["need"]["party"] != wanted.party:
        yield f"is for {item['need']['party']} instead of {wanted.party}"
    place = item.get("place")
    for where in (wanted.at, wanted.to):
        if where is not None and (place is None or _km(_spot(where), (place["lat"], place["lon"])) > _NEAR_KM):
            yield f"is at {place and place['name']!r}"


def _impossible(expected: Expected, items: Sequence[Json]) -> Iterator[str]:
    """What one person cannot do: two things at once, a way without time for it, a wrong order of things."""
    for first, second in expected.order:
        earlier, later = _first(items, first), _first(items, second)
        if earlier and later and _at(earlier["end"]) > _at(later["start"]):
            yield f"{second} begins before {first} ends"
    present = sorted(
        (item for item in items if item["offer"]["effect"] in ("attended", "moves_person")), key=lambda i: i["start"]
    )
    for before, after in pairwise(present):
        gap = _at(after["start"]) - _at(before["end"])
        here, there = before.get("place"), after.get("origin") or after.get("place")
        if gap < timedelta(0):
            yield f"{before['offer']['title']!r} and {after['offer']['title']!r} overlap"
        elif here and there:
            km = _km((here["lat"], here["lon"]), (there["lat"], there["lon"]))
            if gap.total_seconds() / 60 * _FASTEST_KM_PER_MINUTE < km - _NEAR_KM:
                yield f"{km:.1f} km in {gap} between {before['offer']['title']!r} and {after['offer']['title']!r}"


def _money(expected: Expected, outcome: Outcome, items: Sequence[Json]) -> Iterator[str]:
    """The budget, and that every cent is where it belongs."""
    total = sum(item["offer"]["price"]["amount"] for item in items) / 100
    if expected.budget is not None and total > expected.budget:
        yield f"{total:.2f} is more than {expected.budget:.2f}"
    for order in outcome.orders:
        held: Counter[str] = Counter()
        for entry in order["ledger"]:
            held[entry["account"].partition(":")[0]] += entry["amount"]["amount"]
        if sum(held.values()) != 0:
            yield f"the ledger does not balance: {dict(held)}"
        escrow = sum(amount for account, amount in held.items() if account.startswith("escrow"))
        standing = sum(line["offer"]["price"]["amount"] for line in order["lines"] if line["state"] in _STANDING)
        if escrow != standing:
            yield f"{escrow / 100:.2f} is held for what costs {standing / 100:.2f}"


def _books(outcome: Outcome) -> Iterator[str]:
    """Whether the partners' books hold each standing line exactly once, as it was approved, and nothing else."""
    live = Counter(_booked(booking) for booking in outcome.bookings if booking["state"] in _LIVE)
    ours = Counter(
        (line["offer"]["product_id"], _at(line["start"]), line["offer"]["price"]["amount"], line["need"]["party"])
        for line in _standing(outcome)
    )
    yield from (f"{product} is not in its partner's books" for product, *_ in (ours - live).elements())
    yield from (f"{product} is in its partner's books, not in ours" for product, *_ in (live - ours).elements())


def _booked(booking: Json) -> tuple[Any, ...]:
    order = booking["order"]
    [line] = order["line_items"]
    total = next(one["amount"] for one in order["totals"] if one["type"] == "total")
    return line["item"]["id"], _at(order["booking"]["start"]), total, order["booking"].get("party")


def _repair(expected: Expected, outcome: Outcome) -> Iterator[str]:
    lines = [line for order in outcome.orders for line in order["lines"]]
    replaced = {line["offer"]["capability_id"] for line in lines if line["replaces"] and line["state"] in _STANDING}
    yield from (f"{service} was not bought anew" for service in expected.repaired if service not in replaced)
    yield from (f"{service} was bought anew" for service in replaced if service not in expected.repaired)
    for service in expected.gone:
        states = [line["state"] for line in lines if line["offer"]["capability_id"] == service]
        if not states or any(state in _STANDING for state in states):
            yield f"{service} was not given up: {states or 'never bought'}"


def _changes(expected: Expected, outcome: Outcome) -> Iterator[str]:
    """What became of the first proposal's items."""
    first, last = (outcome.first or {}).get("items", []), (outcome.plan or {}).get("items", [])

    def both(service: str) -> tuple[Json, Json] | None:
        pair = _first(first, service), _first(last, service)
        return (pair[0]["offer"], pair[1]["offer"]) if pair[0] and pair[1] else None

    for service in (*expected.other_than_first, *expected.cheaper_than_first, *expected.dearer_than_first):
        if (pair := both(service)) is None or pair[0]["product_id"] == pair[1]["product_id"]:
            yield f"{service} did not change"
    for service in expected.same_as_first:
        if (pair := both(service)) is None or pair[0]["product_id"] != pair[1]["product_id"]:
            yield f"{service} changed"
    for service in expected.cheaper_than_first:
        if (pair := both(service)) and pair[1]["price"]["amount"] >= pair[0]["price"]["amount"]:
            yield f"{service} is not cheaper"
    for service in expected.dearer_than_first:
        if (pair := both(service)) and pair[1]["price"]["amount"] <= pair[0]["price"]["amount"]:
            yield f"{service} is not dearer"


def _standing(outcome: Outcome) -> list[Json]:
    return [line for order in outcome.orders for line in order["lines"] if line["state"] in _STANDING]


def _first(items: Sequence[Json], service: str) -> Json | None:
    return next((item for item in items if item["offer"]["capability_id"] == service), None)


def _at(text: str) -> datetime:
    return datetime.fromisoformat(text).astimezone(ZONE)


def _spot(where: str | tuple[float, float]) -> tuple[float, float]:
    if isinstance(where, tuple):
        return where
    _, lat, lon = str(Settings.model_fields["home"].default).split("|")
    return float(lat), float(lon)


def _km(one: tuple[float, float], other: tuple[float, float]) -> float:
    """Kilometres on a plane tangent at the first: good to a percent within a city."""
    north = (other[0] - one[0]) * _KM_PER_DEGREE
    east = (other[1] - one[1]) * _KM_PER_DEGREE * cos(radians(one[0]))
    return hypot(north, east)
