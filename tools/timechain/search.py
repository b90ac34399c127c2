"""The best plan of a problem, exactly: a best-first search over partial days.

Chained items are placed in the order of their starts, so a partial day is what has been placed, where the person
is and since when. Then the loose items are decided one by one. Of two ways to reach the same partial day only the
one with less cost, money or time is followed, and days are taken up in the order of the least they can still cost
(:mod:`tools.timechain.bounds`): the first finished one is the best there is.
"""

from heapq import heappop, heappush

from tools.timechain.bounds import Bounds
from tools.timechain.journey import NOWHERE
from tools.timechain.moments import Moments
from tools.timechain.partial import Label, Move, Placed, Promise, Solution, Start, Work
from tools.timechain.problem import BY_DISTANCE, TIE, WHERE_ONE_IS, Choice, Item, Problem
from tools.timechain.score import ON_TIME


class TooMuchWorkError(Exception):
    """The search has used up what it was allowed."""


def search(problem: Problem, work: Work, *, look_ahead: bool = False, haste: int = 0) -> Solution | None:
    """The best solution, or None when there is none.

    Args:
        problem: what is to be placed.
        work: what the search may cost; it is reduced by what it does cost.
        look_ahead: whether to spend more on bounds, which pays when the day is crowded.
        haste: units of score by which a partial day is held back for each item that is still open. The solution
            is then at most that much times the number of items worse than the best, and found sooner.

    Raises:
        TooMuchWorkError: more than ``work``.
    """
    overspent = problem.left_over is not None and problem.left_over < 0
    if overspent or any(item.must and not item.choices for item in problem.items):
        return None
    return _Search(problem, work, Bounds(problem, look_ahead=look_ahead), haste * TIE).run()


class _Search:
    def __init__(self, problem: Problem, work: Work, bounds: Bounds, haste: int) -> None:
        self.problem, self.work, self.bounds, self.haste = problem, work, bounds, haste
        self.moments = Moments(problem, work)
        self.rate = bounds.rate
        self.chain, self.loose = bounds.chain, bounds.loose
        self.chain_mask = sum(item.bit for item in self.chain)
        self.musts = sum(item.bit for item in problem.items if item.must)
        self.free_mask = sum(item.bit for item in self.chain if any(not c.occupies for c in item.choices))
        self.queued = 0
        self.heap: list[tuple[int, int, int, Label | Move]] = []
        self.seen: dict[tuple[object, ...], list[tuple[int, int, int, int]]] = {}

    def run(self) -> Solution | None:
        hopeless = sum(self.problem.left_out for item in self.problem.items if not item.choices)
        self._push_label(Label(0, hopeless, 0, self.problem.home, self.problem.now))
        while self.heap:
            node = heappop(self.heap)[3]
            label = self._turn(node) if isinstance(node, Move) else node
            if label is not None:
                if label.loose == len(self.loose):
                    return self._solution(label)
                if not self._dominated(label):
                    self._expand(label)
            if self.work.left < 0:
                raise TooMuchWorkError
        return None

    def _push(self, node: Label | Move, done: int, last: Choice | Item | None, spent: tuple[int, int, int]) -> None:
        """Queues a node by the least that it can cost in the end; see :meth:`Bounds.of`."""
        bound = self.bounds.of(done, last, spent)
        if bound is not None:
            still_open = self.bounds.still_open(done)
            self.queued += 1
            self.work.left -= 1
            heappush(self.heap, (bound + self.haste * still_open, still_open, self.queued, node))

    def _push_label(self, label: Label) -> None:
        spent = (label.cost, label.cost + self.rate * label.price, label.price)
        self._push(label, label.done, label.last, spent)

    def _push_move(self, move: Move) -> None:
        """Queues a move by the least that any of its choices costs anywhere and at any time."""
        label, item, cost = move.label, move.item, move.cost
        ranked = self.bounds.ranked[item.index][move.rank]
        if ranked.occupies and label.last is not None and move.high < self.problem.journeys.break_after(label.free):
            cost += self._waiting(label, max(item.first, move.low))
        spent = (cost + ranked.cost, cost + self.rate * label.price + ranked.rated, label.price + ranked.price)
        self._push(move, move.done, item if ranked.occupies else label.last, spent)

    def _dominated(self, label: Label) -> bool:
        """Whether a label at least as good in every respect was expanded before; notes this one if not."""
        key: tuple[object, ...]
        if label.loose >= 0:
            key, free, clock = (label.loose, label.done), 0, 0
        else:
            night_end = self.problem.journeys.break_after(label.free)
            rode = label.last is not None and label.last.moves
            standing = (label.last is None, self._after_fixed(label), rode)
            key = (label.done, label.spot, label.promised, night_end, standing)
            free, clock = label.free, label.clock
        wait, cap = self.problem.weights.wait * TIE, self.problem.weights.wait_cap
        rivals = self.seen.setdefault(key, [])
        for other_free, other_clock, cost, price in rivals:
            if (
                other_free <= free
                and other_clock <= clock
                and price <= label.price
                and cost + wait * min(free - other_free, cap) <= label.cost
            ):
                return True
        rivals.append((free, clock, label.cost, label.price))
        return False

    def _expand(self, label: Label) -> None:
        if label.loose >= 0:
            self._decide_loose(label)
            return
        remaining = self.chain_mask & ~label.done
        if not remaining & self.musts:
            cost = label.cost + self.problem.left_out * remaining.bit_count()
            self._push_label(Label(label.done | remaining, cost, label.price, loose=0, parent=label))
        if remaining:
            self._place_next(label, remaining)

    def _decide_loose(self, label: Label) -> None:
        item, options = self.loose[label.loose]
        for option in options:
            step, choice = None, option.choice
            if choice is not None:
                step = Placed(item, choice, option.start, option.start + choice.duration, NOWHERE, 0)
            cost, price = label.cost + option.cost, label.price + option.price
            self._push_label(Label(label.done | item.bit, cost, price, loose=label.loose + 1, parent=label, step=step))

    def _place_next(self, label: Label, remaining: int) -> None:
        """Queues all ways to place one more item, at or after the start of the last."""
        lasts = sorted((item.last, item.index) for item in self.chain if remaining & item.bit & self.musts)
        for item in self.chain:
            if not remaining & item.bit:
                continue
            left_out = item.before & remaining
            if left_out & self.musts:
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
                self._push_move(Move(label, item, 0, cost, done, remaining & ~done, low, high))

    def _turn(self, move: Move) -> Label | None:
        """The label of the move's best start that is left, if its starts are known; queues what remains of it."""
        label, ranked, after = move.label, self.bounds.ranked[move.item.index], None
        choice = ranked[move.rank].choice
        if move.starts is None:
            if move.rank + 1 < len(ranked):
                self._push_move(
                    Move(label, move.item, move.rank + 1, move.cost, move.done, move.remaining, move.low, move.high)
                )
            move.starts = sorted(self._starts(move, choice), reverse=True)
        else:
            after = self._after(move, choice, move.starts.pop())
        if move.starts:
            cost, price = move.starts[-1].cost, label.price + choice.price
            last = choice if choice.occupies else label.last
            self._push(move, move.done, last, (cost, cost + self.rate * price, price))
        return after

    def _starts(self, move: Move, choice: Choice) -> list[Start]:
        """Every start worth trying, on the day that the person is in and on those that follow."""
        label, journeys = move.label, self.problem.journeys
        if not choice.occupies:
            return self._starts_from(move, choice, (move.low, move.high), None)
        night_end = journeys.break_after(label.free)
        low = move.low
        # Nothing can be done about two fixed items that are too close, or about one that has begun.
        if not (move.item.fixed and self._after_fixed(label)):
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
        for start in self.moments.of(choice, duration, (low, high), move.remaining, on_time):
            here = cost + choice.wish.cost(start, choice.done(start, duration)) * TIE
            if waits:
                here += self._waiting(label, start)
            if on_time is not None:
                here += hurry * min(max(0, on_time - start), ON_TIME)
            found.append(Start(here, start, start + duration, origin, way))
        return found

    def _after_fixed(self, label: Label) -> bool:
        """Whether the person's last appointment, if there was one, is not ours to move."""
        return label.last is None or self.problem.items[label.last.item].fixed

    def _brought_away(self, label: Label) -> bool:
        """Whether the last thing was a ride to a place that is not home: something should happen there."""
        return label.last is not None and label.last.moves and label.last.exit != self.problem.home

    def _waiting(self, label: Label, start: int) -> int:
        """The cost of the time between the last appointment's end and ``start``."""
        weights = self.problem.weights
        return weights.wait * TIE * min(max(0, start - label.free), weights.wait_cap)

    def _after(self, move: Move, choice: Choice, at: Start) -> Label:
        label, item, remaining = move.label, move.item, move.remaining
        promised = label.promised
        if promised:
            promised = tuple(promise for promise in promised if not move.done >> promise.item & 1)
        if (item.together | item.after) & remaining:
            promised = self._promises(promised, move, choice, at)
        spot, free, last = label.spot, label.free, label.last
        # The order of starts matters only as long as something that does not occupy the person is open.
        clock = at.start if remaining & self.free_mask or not choice.occupies else 0
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

    def _solution(self, label: Label) -> Solution:
        placed = []
        at: Label | None = label
        while at is not None:
            if at.step is not None:
                placed.append(at.step)
            at = at.parent
        placed.reverse()
        there = {step.item.index for step in placed}
        left_out = tuple(item for item in self.problem.items if item.index not in there)
        return Solution(tuple(placed), left_out, label.cost // TIE, label.price, exact=not self.haste)
