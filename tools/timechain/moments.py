"""The few starts worth trying for a service that may begin at any moment of a window.

For a given order of items the score is piecewise linear in the starts, and the conditions are differences
between them. So a best plan exists in which every start inside a window is either at a corner of its own (the
window's bounds, the wished moment, the end of a night) or tight against another item: as early as what came
before allows, which the search knows when it gets there, or as late as what comes after allows, which is
worked out here, through as many items as are still to come.
"""

from tools.timechain.journey import NOWHERE, Journeys
from tools.timechain.partial import Work
from tools.timechain.problem import BY_DISTANCE, MINUTE, WHERE_ONE_IS, Choice, Item, Problem
from tools.timechain.score import ON_TIME

_EARLIEST = 8
"""Starts that are looked at when only few are."""


class Moments:
    """Starts inside windows, remembered by what remains to be placed."""

    def __init__(self, problem: Problem, work: Work, *, few: bool = False) -> None:
        """``few``: only the earliest starts and those around the wish, among which the best need not be."""
        self._work, self._few = work, few
        self._items = problem.items
        self._journeys: Journeys = problem.journeys
        self._corners: dict[tuple[int, int], tuple[int, ...]] = {}
        self._tight: dict[tuple[int, int, int], tuple[int, ...]] = {}

    def of(
        self, choice: Choice, duration: int, between: tuple[int, int], remaining: int, on_time: int | None = None
    ) -> list[int]:
        """The starts of ``choice`` worth trying in an interval, earliest first.

        Args:
            choice: an offer; one with fixed starts has them all tried.
            duration: how long it takes from where the person is, in seconds.
            between: the earliest start that what is placed already allows, and the latest that may help.
            remaining: bit mask of the items still to be placed after it.
            on_time: when one is there by a ride that has arrived early enough.
        """
        low, high = between
        if self._few:
            return sorted(self._some(choice, duration, between, on_time))
        if choice.starts:
            starts = choice.starts_between(low, high)
            self._work.spend(len(starts) // 4)
            return list(starts)
        first = choice.first_at(low)
        if first is None or first > high:
            return []
        wish = choice.wish_start(duration)
        if not choice.occupies and not self._items[choice.item].together & remaining:
            best = max(first, wish + MINUTE)
            if best == first:  # it blocks nobody: later is worse for the wish and for all that follow
                return [first]
            high = min(high, best)
        found = {first}
        if on_time is not None and first < on_time <= high:
            found |= {moment for moment in (choice.first_at(on_time),) if moment is not None and moment <= high}
        for moment in self._own(choice, duration):
            if first < moment <= high:
                found.add(moment)
        if remaining:
            tight = self._before_others(choice, duration, remaining)
            self._work.spend(len(tight) // 16)
            for moment in tight:
                if first < moment <= high and choice.has(moment):
                    found.add(moment)
        return sorted(found)

    def _some(self, choice: Choice, duration: int, between: tuple[int, int], on_time: int | None) -> set[int]:
        """The earliest starts, and those on both sides of the moments that may be the best."""
        low, high = between
        wish = choice.wish_start(duration)
        found = {choice.first_at(low), choice.last_at(wish), choice.first_at(wish)}
        if on_time is not None:
            found.add(choice.first_at(on_time))
        found.update(choice.starts_from(low, _EARLIEST))
        self._work.spend(1)
        return {moment for moment in found if moment is not None and low <= moment <= high}

    def _own(self, choice: Choice, duration: int) -> tuple[int, ...]:
        """Corners of the choice itself: window bounds, the wished moment, and both sides of each night's end."""
        key = (id(choice), duration)
        corners = self._corners.get(key)
        if corners is None:
            wish = choice.wish_start(duration)
            found = {edge for span in choice.spans for edge in span}
            near = {wish, choice.end_low - duration, choice.end_high - duration}
            if choice.occupies:
                for night_end in self._journeys.breaks_between(choice.first, choice.last + duration):
                    near |= {night_end - 1, night_end, night_end - duration - 1, night_end - duration}
            for moment in near:
                found |= {m for m in (choice.last_at(moment), choice.first_at(moment)) if m is not None}
            self._work.spend(len(found) // 4)
            corners = self._corners[key] = tuple(sorted(found))
        return corners

    def _before_others(self, choice: Choice, duration: int, remaining: int) -> tuple[int, ...]:
        """Starts that end just in time for something that remains."""
        key = (id(choice), duration, remaining)
        tight = self._tight.get(key)
        if tight is None:
            found: set[int] = set()
            for other in self._items:
                if remaining & other.bit:
                    self._work.spend(len(other.choices) // 16)
                    for then in other.choices:
                        offsets = self._offsets(choice, duration, other, then)
                        if offsets:
                            starts = self._starts(choice, then, remaining & ~other.bit)
                            self._work.spend(1 + len(starts) * len(offsets) // 32)
                            found |= {start - offset for start in starts for offset in offsets}
            found = {moment - moment % MINUTE for moment in found}
            tight = self._tight[key] = tuple(sorted(found))
        return tight

    def _offsets(self, choice: Choice, duration: int, other: Item, then: Choice) -> set[int]:
        """How long before ``then`` the choice must start to be just in time for it."""
        item, offsets = self._items[choice.item], set()
        if choice.occupies and then.occupies:
            way = 0 if then.entry == WHERE_ONE_IS else self._journeys.way(choice.exit, then.entry)
            offsets |= {duration + way, duration}
            if choice.moves and not then.moves:
                offsets.add(duration + way + ON_TIME)
        if item.after & other.bit:
            offsets.add(choice.done(0, duration))
        if item.together & other.bit:
            offsets.add(0)
        return offsets

    def _starts(self, choice: Choice, then: Choice, remaining: int) -> set[int]:
        """The starts of ``then``, after ``choice``, that the choice may want to be in time for."""
        if then.starts:
            return set(then.starts)
        length = then.duration
        if length == BY_DISTANCE:
            origin = then.entry if then.entry != WHERE_ONE_IS else (choice.exit if choice.occupies else NOWHERE)
            length = then.ride_time(origin, self._journeys)
        return {*self._own(then, length), *self._before_others(then, length, remaining)}
