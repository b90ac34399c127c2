"""The time words of several needs together: one day for all, hours read in the order things follow each other."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from agents.intent.clocks import MEALS, NOON, Part
from agents.intent.days import Days
from agents.intent.retime import days_of
from agents.intent.times import Lean, When, settled, timing
from agents.intent.words import word_set, words
from schemas.capability import Capability
from schemas.intent import Relation, ResolveContext
from schemas.timing import TimeWindow, Timing

_EVENING = word_set("dinner supper concert show theatre theater opera comedy nightclub play")
"""A service with such a word is mostly used in the second half of the day: "a table at 8"."""


@dataclass(frozen=True, slots=True)
class Wish:
    """One need as far as its time is concerned."""

    id: str
    capability: Capability | None
    words: str
    when: When


def lean(capability: Capability | None, said: str, *, after: datetime | None = None) -> Lean:
    """How hours are read that may be of either half of the day, from what the thing is and what it follows."""
    meal = next(
        (MEALS[word.value] for word in words(said) if word.value in MEALS and _is_meal(capability, word.value)), None
    )
    hint = _by_effect(capability, meal)
    return hint if hint.part is not None else replace(hint, after=after)


def _is_meal(capability: Capability | None, word: str) -> bool:
    """Whether the meal is what is asked for; in "a bed and breakfast" it is not."""
    return capability is None or word in capability.examples or word in capability.description.lower()


def _by_effect(capability: Capability | None, meal: Part | None) -> Lean:
    if capability is None:
        return Lean(part=meal)
    match capability.effect:
        case "visits":
            return Lean(half=7 * 60, strict=True)
        case "delivered":
            return Lean(arrives=True)
        case "attended":
            about = " ".join((capability.name, capability.description, *capability.examples)).lower()
            evening = any(word.value in _EVENING for word in words(about))
            return Lean(part=meal, half=NOON - 60 if evening else 8 * 60)
    return Lean()


def schedule(
    wishes: Sequence[Wish], relations: Sequence[Relation], known: Mapping[str, Timing], context: ResolveContext
) -> tuple[list[Timing], list[Relation]]:
    """Place every wish in time, and drop orders that the hours contradict.

    Needs that were said on the same day stay on the same day: if one of them has passed today, all move on.
    ``known`` are the timings of needs said earlier; a wish without a day takes theirs.
    """
    day = next((day for timing_ in known.values() if (day := days_of(timing_, context.zone))), None)
    if day is not None:
        wishes = [replace(wish, when=wish.when.on(day)) for wish in wishes]
    wishes = _same_day(wishes, _placed(wishes, relations, known, context))
    placed = {name: place.timing for name, place in _placed(wishes, relations, known, context).items()}
    both = {**known, **placed}
    kept = [r for r in relations if r.kind != "before" or not _contradicted(both.get(r.first), both.get(r.second))]
    return [placed[wish.id] for wish in wishes], kept


@dataclass(frozen=True, slots=True)
class _Place:
    """A wish placed in time, and the day it was placed on."""

    timing: Timing
    days: Days | None


def _placed(
    wishes: Sequence[Wish], relations: Sequence[Relation], known: Mapping[str, Timing], context: ResolveContext
) -> dict[str, _Place]:
    """Each wish by itself, those that come first before those that follow them."""
    by_id = {wish.id: wish for wish in wishes}
    done: dict[str, _Place] = {}

    def place(wish: Wish, above: frozenset[str]) -> None:
        earlier = [r.first for r in relations if r.kind == "before" and r.second == wish.id]
        for other in earlier:
            if other in by_id and other not in done and other not in above:
                place(by_id[other], above | {wish.id})
        timings = [done[other].timing if other in done else known.get(other) for other in earlier]
        starts = [start for placed in timings if (start := _begins(placed)) is not None]
        hint = lean(wish.capability, wish.words, after=max(starts, default=None))
        result = timing(wish.when, lean=hint, now=context.now, zone=context.zone)
        if earlier and not (wish.when.hours or wish.when.delay) and hint.part is None:
            result = following(result)
        done[wish.id] = _Place(result, settled(wish.when, lean=hint, now=context.now, zone=context.zone))

    for wish in wishes:
        if wish.id not in done:
            place(wish, frozenset())
    return done


def following(placed: Timing) -> Timing:
    """What follows something may begin whenever that is over, be it after midnight."""
    return placed.model_copy(update={"start": TimeWindow(start=placed.start.start)})


def _begins(placed: Timing | None) -> datetime | None:
    """When something begins, if an hour was said for it."""
    return None if placed is None or placed.start == placed.day else placed.start.start


def _same_day(wishes: Sequence[Wish], placed: Mapping[str, _Place]) -> list[Wish]:
    """Fix the day of needs that share one, and give it to those of which no time was said."""
    latest: dict[Days | None, Days] = {}
    for wish in wishes:
        days, key = placed[wish.id].days, wish.when.days
        if days is not None and (key not in latest or latest[key].first < days.first):
            latest[key] = days
    some = next(iter(latest.values()), None)
    return [
        wish
        if wish.when.delay is not None
        else replace(wish, when=replace(wish.when, days=latest.get(wish.when.days) if wish.when.said else some))
        for wish in wishes
    ]


def _contradicted(first: Timing | None, second: Timing | None) -> bool:
    """Whether the second must begin before the first may."""
    if first is None or second is None or first.start.start is None:
        return False
    latest = second.start.end or second.end.end
    return latest is not None and latest < first.start.start
