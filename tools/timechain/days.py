"""Partial days of a problem: how each can go on, and what that costs.

Chained items are placed in the order of their starts, so a partial day is what has been placed, where the person
is and since when. Then the loose items are decided one by one. How the search goes through them is not known here.
"""

from collections.abc import Iterator

from tools.timechain.bounds import Bounds
from tools.timechain.journey import NOWHERE
from tools.timechain.moments import Moments
from tools.timechain.partial import Label, Move, Placed, Promise, Solution, Start, Work
from tools.timechain.problem import BY_DISTANCE, TIE, WHERE_ONE_IS, Choice, Problem
from tools.timechain.score import ON_TIME


class Days:
    """The partial days of one problem."""

    def __init__(self, problem: Problem, work: Work, *, look_ahead: bool = False, few: bool = False) -> None:
        """See :class:`Bounds` for ``look_ahead`` and :class:`Moments` for ``few``."""
        self.problem, self._work = problem, work
        self.bounds = Bounds(problem, work, look_ahead=look_ahead)
        self._moments = Moments(problem, work, few=few)
        self.chain, self.loose = self.bounds.chain, self.bounds.loose
        self._chain_mask = sum(item.bit for item in self.chain)
        self._musts = sum(item.bit for item in problem.items if item.must)
        self._free_mask = sum(item.bit for item in self.chain if any(not c.occupies for c in item.choices))

    def start(self) -> Label | None:
        """The day on which nothing is decided yet but that what nobody offers is left out; None if that must not be."""
        overspent = self.problem.left_over is not None and self.problem.left_over < 0
        if overspent or any(item.must and not item.choices for item in self.problem.items):
            return None
        hopeless = sum(self.problem.left_out for item in self.problem.items if not item.choices)
        return Label(0, hopeless, 0, self.problem.home, self.problem.now)

    def finished(self, label: Label) -> bool:
        """Whether everything is decided."""
        return label.loose == len(self.loose)

    def least(self, label: Label) -> int | None:
        """The least that the day costs when finished; None when it cannot be."""
        spent = (label.cost, label.cost + self.bounds.rate * label.price, label.price)
        return self.bounds.of(label.done, label.last, spent)

    def decided(self, label: Label) -> list[Label]:
        """The days that are a decision further without a move of the person's chain."""
        if label.loose >= 0:
            return list(self._loose(label))
        remaining = self._chain_mask & ~label.done
        if remaining & self._musts:
            return []
        cost = label.cost + self.problem.left_out * remaining.bit_count()
        return [Label(label.done | remaining, cost, label.price, loose=0, parent=label)]

    def _loose(self, label: Label) -> Iterator[Label]:
        item, options = self.loose[label.loose]
        for option in options:
            step, choice = None, option.choice
            if choice is not None:
                step = Placed(item, choice, option.start, option.start + choice.duration, NOWHERE, 0)
            cost, price = label.cost + option.cost, label.price + option.price
            yield Label(label.done | item.bit, cost, price, loose=label.loose + 1, parent=label, step=step)

    def moves(self, label: Label) -> Iterator[Move]:
        """All ways to place one more item, at or after the start of the last."""
        remaining = 0 if label.loose >= 0 else self._chain_mask & ~label.done
        lasts = sorted((item.last, item.index) for item in self.chain if remaining & item.bit & self._musts)
        for item in self.chain:
            if not remaining & item.bit:
                continue
            left_out = item.before & remaining
            if left_out & self._musts:
                continue
            # Items come in the order of their starts, so it must not start later than any other still can.
            high = min([item.last, *(last for last, index in lasts[:2] if index != item.index)])
            low = label.clock
            for promise in label.promised:
                if promise.item == item.index:
                    low = max(low, promise.moment)
                    if promise.exactly:
                        high = min(high, promise.moment)
            if low <= high:
                cost, done = label.cost + self.problem.left_out * left_out.bit_count(), label.done | item.bit | left_out
                yield Move(label, item, 0, cost, done, remaining & ~done, low, high)

    def starts(self, move: Move, choice: Choice) -> list[Start]:
        """Every start worth trying, on the day that the person is in and on those that follow."""
        label, journeys = move.label, self.problem.journeys
        if not choice.occupies:
            return self._starts_from(move, choice, (move.low, move.high), None)
        night_end = journeys.break_after(label.free)
        low = move.low
        # Nothing can be done about two fixed items that are too close, or about one that has begun.
        if not (move.item.fixed and self.after_fixed(label)):
            way = 0 if choice.entry == WHERE_ONE_IS else journeys.way(label.spot, choice.entry)
            low = max(low, min(label.free + way, night_end))
        return [
            *self._starts_from(move, choice, (low, min(move.high, night_end - 1)), label.spot),
            *self._starts_from(move, choice, (max(low, night_end), move.high), None),
        ]

    def _starts_from(
        self, move: Move, choice: Choice, between: tuple[int, int], linked_from: int | None
    ) -> list[Start]:
        """The starts in an interval, for a person who goes straight on from a place or, when None, sets out at home."""
        low, high = between
        if low > high:
            return []
        label, journeys, weights = move.label, self.problem.journeys, self.problem.weights
        origin, way, cost = self.problem.home if linked_from is None else linked_from, 0, move.cost + choice.cost
        if choice.occupies:
            if choice.entry != WHERE_ONE_IS:
                way = journeys.way(origin, choice.entry)
                origin = choice.entry
            cost += weights.way * TIE * way
            if choice.moves and origin == choice.exit:
                cost += weights.nowhere * TIE
            if self._brought_away(label) and (linked_from is None or choice.moves):
                cost += weights.nowhere * TIE
        duration = choice.duration
        if duration == BY_DISTANCE:  # only now is it known how the bounds on its end bound its start
            duration = choice.ride_time(origin, journeys)
            low, high = max(low, choice.end_low - duration), min(high, choice.end_high - duration)
        waits = linked_from is not None and label.last is not None
        found = []
        hurry, on_time = weights.hurry * TIE, None
        if waits and choice.occupies and not choice.moves and label.last is not None and label.last.moves:
            on_time = label.free + way + ON_TIME
        for start in self._moments.of(choice, duration, (low, high), move.remaining, on_time):
            here = cost + choice.wish.cost(start, choice.done(start, duration)) * TIE
            if waits:
                here += self.waiting(label, start)
            if on_time is not None:
                here += hurry * min(max(0, on_time - start), ON_TIME)
            found.append(Start(here, start, start + duration, origin, way))
        self._work.spend(len(found) // 4)
        return found

    def after_fixed(self, label: Label) -> bool:
        """Whether the person's last appointment, if there was one, is not ours to move."""
        return label.last is None or self.problem.items[label.last.item].fixed

    def _brought_away(self, label: Label) -> bool:
        """Whether the last thing was a ride to a place that is not home: something should happen there."""
        return label.last is not None and label.last.moves and label.last.exit != self.problem.home

    def waiting(self, label: Label, start: int) -> int:
        """The cost of the time between the last appointment's end and ``start``."""
        weights = self.problem.weights
        return weights.wait * TIE * min(max(0, start - label.free), weights.wait_cap)

    def after(self, move: Move, choice: Choice, at: Start) -> Label:
        """The day with a move made: its item placed with this choice at this start."""
        label, item, remaining = move.label, move.item, move.remaining
        promised = label.promised
        if promised:
            promised = tuple(promise for promise in promised if not move.done >> promise.item & 1)
        if (item.together | item.after) & remaining:
            promised = self._promises(promised, move, choice, at)
        spot, free, last = label.spot, label.free, label.last
        # The order of starts matters only as long as something that does not occupy the person is open.
        clock = at.start if remaining & self._free_mask or not choice.occupies else 0
        if choice.occupies:
            spot, free, last = choice.exit, max(free, at.end), choice
        step = Placed(item, choice, at.start, at.end, at.origin, at.way)
        price = label.price + choice.price
        return Label(move.done, at.cost, price, spot, free, clock, promised, last, -1, label, step)

    def _promises(self, promised: tuple[Promise, ...], move: Move, choice: Choice, at: Start) -> tuple[Promise, ...]:
        made, done = list(promised), choice.done(at.start, at.end - at.start)
        for other in self.chain:
            if not move.remaining & other.bit:
                continue
            if move.item.together & other.bit:
                made.append(Promise(other.index, at.start, exactly=True))
            elif move.item.after & other.bit and (done > at.start or not choice.occupies):
                made.append(Promise(other.index, done, exactly=False))
        return tuple(sorted(made))

    def solution(self, label: Label, *, exact: bool) -> Solution:
        """The finished day as a solution."""
        placed = []
        at: Label | None = label
        while at is not None:
            if at.step is not None:
                placed.append(at.step)
            at = at.parent
        placed.reverse()
        there = {step.item.index for step in placed}
        left_out = tuple(item for item in self.problem.items if item.index not in there)
        return Solution(tuple(placed), left_out, label.cost // TIE, label.price, exact)
