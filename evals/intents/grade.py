"""What of a reading is not as expected: one grade for each aspect that was said or read, with the reason.

An aspect of which nothing was said and nothing was read is not graded, so that silence does not raise a figure.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from evals.harness.suite import Case, Score
from evals.intents.cases import Said
from evals.intents.moments import When, shown
from evals.intents.notation import ANY, Wanted, WantedNeed, capability_of
from evals.intents.wording import from_message, same_list, same_name, same_words
from schemas.intent import Intent, Need
from schemas.money import Money

_NO_NEEDS = frozenset({"unsupported", "unclear", "small_talk", "human"})
_CHEAPER = "cheaper"


@dataclass(frozen=True, slots=True)
class Pair:
    """A need as expected and as read."""

    wanted: WantedNeed
    need: Need


def pairs(wanted: Sequence[WantedNeed], needs: Sequence[Need]) -> list[Pair]:
    """Expected needs beside the first of the same service that was read."""
    left, found = list(needs), []
    for expected in wanted:
        match = next((need for need in left if need.capability_id in expected.services), None)
        if match is not None:
            left.remove(match)
            found.append(Pair(expected, match))
    return found


def grade(case: Case[Said, Wanted], intent: Intent) -> Iterator[Score]:
    """Every grade of one reading."""
    wanted, said = case.expected, case.input
    yield Score.of("kind", intent.kind in wanted.kinds, f"{intent.kind}, expected {' or '.join(wanted.kinds)}")
    if intent.kind == "unclear" and "unclear" in wanted.kinds and len(wanted.kinds) > 1:
        return
    if wanted.needs is None:
        if said.context.intent is None and _NO_NEEDS & set(wanted.kinds):
            bought = [need.capability_id for need in intent.needs if need.capability_id]
            yield Score.of("needs", not bought, f"nothing is wanted, but {', '.join(map(str, bought))} was read")
    else:
        yield _needs(wanted.needs, intent.needs)
        together = pairs(wanted.needs, intent.needs)
        for aspect in (_slots, _times, _people, _quantities, _places, _provisos):
            yield from aspect(together, said)
        yield from _budgets(wanted, intent, together)
        if len(together) == len(intent.needs) == len(wanted.needs):
            yield from _relations(wanted, intent)
    yield from _rest(wanted, intent)


def _needs(wanted: Sequence[WantedNeed], needs: Sequence[Need]) -> Score:
    expected = [need.services[0] for need in wanted]
    got = [need.capability_id for need in needs]
    right = len(got) == len(wanted) and all(one in need.services for one, need in zip(got, wanted, strict=True))
    found = len(pairs(wanted, needs))
    if right:
        return Score("needs", 1.0)
    value = 2 * found / (len(wanted) + len(needs)) if found else 0.0
    return Score("needs", min(value, 0.99), f"{_list(got)}, expected {_list(expected)}")


def _list(names: Iterable[str | None]) -> str:
    return ", ".join(name or "something nobody offers" for name in names) or "none"


def _share(name: str, graded: Sequence[str | None]) -> Iterator[Score]:
    """One score of several checks, each ``""`` if right, a reason if wrong, ``None`` if there was nothing to check."""
    checked = [reason for reason in graded if reason is not None]
    if checked:
        wrong = [reason for reason in checked if reason]
        yield Score(name, 1 - len(wrong) / len(checked), "; ".join(wrong))


def slot_checks(pair: Pair, message: str) -> Counter[str]:
    """How many slots of a need were expected and filled (``right``), left (``left``) or filled wrongly (``wrong``)."""
    return Counter(kind for kind, _ in _slot_reasons(pair, message))


def _slot_reasons(pair: Pair, message: str) -> Iterator[tuple[str, str]]:
    wanted, need = pair.wanted, pair.need
    capability = capability_of(need.capability_id)
    counted = {slot.name for slot in (capability.slots if capability else ()) if slot.type == "person_count"}
    for name, meant in wanted.slots.items():
        value = need.slots.get(name)
        if value is None:
            yield "left", f"{need.id}.{name} is empty, expected {meant!r}"
        elif meant == ANY or str(value) == meant or same_words(str(value), meant, message):
            yield "right", ""
        else:
            yield "wrong", f"{need.id}.{name} is {value!r}, expected {meant!r}"
    for name, value in need.slots.items():
        if name in wanted.slots or (name == _CHEAPER and wanted.cheaper):
            continue
        if name in counted:
            if wanted.party not in (ANY, value):
                yield "wrong", f"{need.id}.{name} is {value!r}, expected {wanted.party!r}"
            continue
        allowed = wanted.optional.get(name)
        loose = allowed == ANY and from_message(str(value), message)
        if allowed is None or not (loose or same_words(str(value), allowed, message)):
            yield "wrong", f"{need.id}.{name} is {value!r}, which was not said"


def _slots(together: Sequence[Pair], said: Said) -> Iterator[Score]:
    yield from _share("slots", [reason for pair in together for _, reason in _slot_reasons(pair, said.words)])


def _times(together: Sequence[Pair], said: Said) -> Iterator[Score]:
    clock = said.clock
    graded: list[str | None] = []
    for pair in together:
        when, timing = pair.wanted.when, pair.need.timing
        if isinstance(when, When):
            reason = f"{pair.need.id}: {shown(timing, clock.zone)}; expected {when}"
            graded.append("" if when.agrees(timing, clock) else reason)
        elif when is None and timing.known:
            graded.append(f"{pair.need.id}: {shown(timing, clock.zone)}, which was not said")
    yield from _share("time", graded)


def _people(together: Sequence[Pair], said: Said) -> Iterator[Score]:
    read = [(pair.need.id, pair.need.party, pair.wanted.party) for pair in together]
    yield from _share("party", [_unlike(*each) for each in read if each[1:] != (None, None)])


def _quantities(together: Sequence[Pair], said: Said) -> Iterator[Score]:
    read = [(pair.need.id, pair.need.quantity, pair.wanted.quantity) for pair in together]
    yield from _share("quantity", [_unlike(*each) for each in read if each[1:] != (1, 1)])


def _unlike(name: str, got: int | None, meant: int | str | None) -> str | None:
    if meant == ANY:
        return None
    return "" if got == meant else f"{name} is {got!r}, expected {meant!r}"


def _places(together: Sequence[Pair], said: Said) -> Iterator[Score]:
    yield from _share("place", [reason for pair in together for reason in _place_reasons(pair)])


def _place_reasons(pair: Pair) -> Iterator[str]:
    wanted, need = pair.wanted, pair.need
    if wanted.place == ANY:
        return
    for name, got, meant in (
        ("place", need.place, wanted.place),
        ("destination", need.destination, wanted.destination),
    ):
        found = got.name if got else None
        if (found or meant) is not None:
            same = (found or "").lower() == (meant or "").lower()
            yield "" if same else f"{need.id}.{name} is {found!r}, expected {meant!r}"
    unknown = wanted.unknown_places
    if need.place_text is not None or unknown:
        same = any(same_name(need.place_text, meant) for meant in unknown)
        yield "" if same else f"{need.id}.place_text is {need.place_text!r}, expected {' or '.join(unknown) or None!r}"


def _provisos(together: Sequence[Pair], said: Said) -> Iterator[Score]:
    graded: list[str | None] = []
    for pair in together:
        wanted, need = pair.wanted, pair.need
        if wanted.avoid or need.avoid:
            same = same_list(need.avoid, wanted.avoid)
            graded.append("" if same else f"{need.id} avoids {need.avoid}, expected {list(wanted.avoid)}")
        if wanted.nice or need.priority == "nice":
            same = wanted.nice == (need.priority == "nice")
            graded.append("" if same else f"{need.id} is {need.priority}, expected {'nice' if wanted.nice else 'must'}")
        if wanted.cheaper:
            cheaper = need.cheaper_than is not None or _CHEAPER in need.slots
            graded.append("" if cheaper else f"{need.id} need not be cheaper, expected that it must")
    yield from _share("provisos", graded)


def _budgets(wanted: Wanted, intent: Intent, together: Sequence[Pair]) -> Iterator[Score]:
    """With one need, a bound on it and a bound on everything are the same."""
    checks = [(pair.need.id, pair.need.budget, pair.wanted.budget) for pair in together]
    if wanted.needs is not None and len(wanted.needs) == len(intent.needs) == 1 and together:
        pair = together[0]
        checks = [("all", pair.need.budget or intent.budget, pair.wanted.budget or wanted.total)]
    else:
        checks.append(("all", intent.budget, wanted.total))
    graded: list[str | None] = []
    for name, got, meant in checks:
        if got is not None or meant is not None:
            graded.append("" if _major(got) == meant else f"{name} is {got}, expected {meant}")
    yield from _share("budget", graded)


def _major(money: Money | None) -> float | None:
    return None if money is None else float(money.major)


def _relations(wanted: Wanted, intent: Intent) -> Iterator[Score]:
    positions = {need.id: position for position, need in enumerate(intent.needs, start=1)}
    graded: list[str | None] = []
    for way, meant in (("before", wanted.before), ("together", wanted.together)):
        got = [(positions[r.first], positions[r.second]) for r in intent.relations if r.kind == way]
        if meant is None or not (got or meant):
            continue
        same = _closure(got, both=way == "together") == _closure(meant, both=way == "together")
        graded.append("" if same else f"{way} {sorted(got)}, expected {sorted(meant)}")
    yield from _share("relations", graded)


def _closure(relation: Iterable[tuple[int, int]], *, both: bool) -> set[tuple[int, int]]:
    """The relation with all that follows from it."""
    found = set(relation) | ({(second, first) for first, second in relation} if both else set())
    while more := {(a, d) for a, b in found for c, d in found if b == c and a != d} - found:
        found |= more
    return found


def _rest(wanted: Wanted, intent: Intent) -> Iterator[Score]:
    if wanted.asks is not None:
        only = intent.needs[0].id if len(intent.needs) == 1 else None
        asked = sorted({_fact(fact.need_id or only, fact.fact) for fact in intent.missing})
        meant = sorted({_fact(*_split(ask)) for ask in wanted.asks})
        yield Score.of(
            "asks", asked == meant, f"{', '.join(asked) or 'nothing'}, expected {', '.join(meant) or 'nothing'}"
        )
    if wanted.target != ANY:
        yield Score.of("target", intent.target == wanted.target, f"{intent.target}, expected {wanted.target}")
    if wanted.language is not None:
        yield Score.of("language", intent.language == wanted.language, f"{intent.language}, expected {wanted.language}")


def _split(ask: str) -> tuple[str | None, str]:
    need, _, fact = ask.rpartition(".")
    return need or None, fact


def _fact(need: str | None, fact: str) -> str:
    """A day and an hour are asked for in one question."""
    name = "date" if fact in ("time", "datetime") else fact
    return f"{need}.{name}" if need and name != "target" else name
