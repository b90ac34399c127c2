"""The best plan of a problem, exactly: a best-first search over partial days.

Chained items are placed in the order of their starts, so a partial day is what has been placed, where the
person is and since when. Then the loose items are chosen one by one. A label (one way to reach a partial day) is
dropped when another reaches the same with no more cost, no more money and no later time; what cannot beat the
best any more is never expanded, because each label carries a lower bound of the finished cost: its own, plus
for every open item the least it can add, with the budget priced in by a Lagrange multiplier (the bound of
Handler and Zang, "A dual algorithm for the constrained shortest path problem", Networks 10, 1980).
"""

from dataclasses import dataclass
from heapq import heappop, heappush
from itertools import count

from tools.timechain.bounds import IMPOSSIBLE, Ahead
from tools.timechain.journey import NOWHERE
from tools.timechain.moments import Moments
from tools.timechain.problem import BY_DISTANCE, LEFT_OUT, TIE, WHERE_ONE_IS, Choice, Item, Problem

CROWDED = range(4, 13)
"""How many appointments make it pay to look ahead at the order of what remains."""


class TooMuchWorkError(Exception):
    """The search has used up its limit: the problem needs another method."""


@dataclass(frozen=True, slots=True)
class Placed:
    """One item of a finished plan. ``origin`` and ``spot`` are numbered places, ``way`` seconds."""

    item: Item
    choice: Choice
    start: int
    end: int
    origin: int
    way: int


@dataclass(frozen=True, slots=True)
class Solution:
    """The best way to place a problem's items."""

    placed: tuple[Placed, ...]
    left_out: tuple[Item, ...]
    cost: int
    price: int
    exact: bool


class _Label:
    """One way to reach a partial day."""

    __slots__ = ("clock", "cost", "done", "free", "last", "loose", "parent", "price", "promised", "spot", "step")

    def __init__(
        self, done: int, spot: int, free: int, clock: int, promised: tuple[tuple[int, int, bool], ...],
        cost: int, price: int, last: Choice | None, loose: int, parent: "_Label | None", step: Placed | None,
    ) -> None:  # fmt: skip
        self.done = done  # bit mask of the items placed or left out
        self.spot = spot  # where the person is
        self.free = free  # since when
        self.clock = clock  # the start of the last item placed: nothing may start before it
        self.promised = promised  # (item, moment, exactly): what relations demand of items to come
        self.cost = cost
        self.price = price
        self.last = last  # the person's last appointment, if there has been one
        self.loose = loose  # how many loose items are decided; -1 while the chain is not finished
        self.parent = parent
        self.step = step


class _Move:
    """Placing one item next, with its choices from the ``rank``-th best on.

    Most moves are never worth a closer look, so a move costs next to nothing until it is its turn: only then
    the starts of its choice are worked out and the next choice is queued; the starts become labels one by one.
    """

    __slots__ = ("cost", "done", "high", "item", "label", "low", "rank", "remaining", "starts")

    def __init__(
        self, label: _Label, item: Item, rank: int, cost: int, done: int, remaining: int, low: int, high: int
    ) -> None:
        self.label = label
        self.item = item
        self.rank = rank
        self.cost = cost  # of the label and of what is left out, but nothing of the item itself
        self.done = done
        self.remaining = remaining
        self.low = low
        self.high = high
        self.starts: list[tuple[int, int, int, int, int]] | None = None  # cost, start, end, origin, way; best last


@dataclass(frozen=True, slots=True)
class _Ranked:
    """A choice, and the least that it or any choice ranked after it costs in score, money and both."""

    choice: Choice
    cost: int
    price: int
    rated: int
    occupies: bool


def search(problem: Problem, limit: int, haste: int = 0) -> Solution | None:
    """The best solution, or None when there is none.

    Args:
        problem: what is to be placed.
        limit: labels made and moments looked at before giving up: a measure of work that does not depend on
            the machine, so that the same problem always gets the same answer.
        haste: units of score by which a partial day is held back for each item that is still open. The
            solution is then at most that much times the number of items worse than the best, and found sooner.

    Raises:
        TooMuchWorkError: more work than ``limit``.
    """
    if any(item.must and not item.choices for item in problem.items):
        return None
    return _Search(problem, limit, haste * TIE).run()


class _Search:
    def __init__(self, problem: Problem, limit: int, haste: int) -> None:
        self.problem = problem
        self.haste = haste
        self.limit = limit
        self.moments = Moments(problem)
        self.budget = problem.left_over
        self.chain = [item for item in problem.chain if item.choices]
        self.chain_mask = sum(item.bit for item in self.chain)
        self.musts = sum(item.bit for item in problem.items if item.must)
        self.free_mask = sum(item.bit for item in self.chain if any(not c.occupies for c in item.choices))
        self.fixed_mask = sum(item.bit for item in self.chain if item.fixed)
        self.loose = [(item, _pareto(item, self.budget)) for item in problem.loose if item.choices or item.must]
        self.options = {item.index: _options(item) for item in self.chain}
        self.options |= {item.index: [o[:2] for o in options] for item, options in self.loose}
        self.least_cost = {i: min(cost for cost, _ in options) for i, options in self.options.items()}
        self.least_price = {i: min(price for _, price in options) for i, options in self.options.items()}
        self.rate = self._multiplier()
        self.least_rated = {
            i: min(cost + self.rate * price for cost, price in options) for i, options in self.options.items()
        }
        self.ranked = {i.index: _ranked(i.choices, self.options[i.index], self.rate) for i in self.chain}
        self.ahead, self.rated_ahead = self._look_ahead()
        self.order = count()
        self.heap: list[tuple[int, int, int, _Label | _Move]] = []
        self.open: dict[int, tuple[int, int, int, int]] = {}
        self.seen: dict[tuple[object, ...], list[tuple[int, int, int, int]]] = {}

    def run(self) -> Solution | None:
        hopeless = sum(LEFT_OUT for item in self.problem.items if not item.choices)
        self._push_label(_Label(0, self.problem.home, self.problem.now, 0, (), hopeless, 0, None, -1, None, None))
        while self.heap:
            node = heappop(self.heap)[3]
            label = self._turn(node) if isinstance(node, _Move) else node
            if label is not None:
                if label.loose == len(self.loose):
                    return self._solution(label)
                if not self._dominated(label):
                    self._expand(label)
            if next(self.order) + self.moments.work > self.limit:
                raise TooMuchWorkError
        return None

    def _look_ahead(self) -> tuple[Ahead | None, Ahead | None]:
        """Better bounds where there is enough of a day for them to be worth their price."""
        if any(not all(c.occupies for c in i.choices) for i in self.chain if any(c.occupies for c in i.choices)):
            return None, None  # an item that may or may not occupy the person has no place in an order
        items = [item for item in self.chain if item.choices[0].occupies]
        if len(items) not in CROWDED:
            return None, None
        costs = {id(c): cost for i in items for c, (cost, _) in zip(i.choices, self.options[i.index], strict=False)}
        ahead = Ahead(self.problem, items, costs)
        if not self.rate:
            return ahead, ahead
        return ahead, Ahead(
            self.problem, items, {id(c): costs[id(c)] + self.rate * c.price for i in items for c in i.choices}
        )

    def _multiplier(self) -> int:
        """The cost of one unit of money at which the separate best choices just keep to the budget.

        Any value gives a valid bound; this one (found by secants on the Lagrangean dual of the problem
        without times) gives a good one. Zero when the separate best choices are within the budget anyway.
        """
        if self.budget is None:
            return 0
        rate = 0
        cheap_cost, cheap_price = self._best_apart(None)
        if cheap_price > self.budget:
            return 0
        while True:
            cost, price = self._best_apart(rate)
            if price <= self.budget or price <= cheap_price:
                return rate
            following = (cheap_cost - cost) // (price - cheap_price) + 1
            if following <= rate:
                return rate
            rate = following

    def _best_apart(self, rate: int | None) -> tuple[int, int]:
        """Total cost and price when every item takes what is best for it alone; None: the cheapest."""
        total_cost = total_price = 0
        for options in self.options.values():
            if rate is None:
                cost, price = min(options, key=lambda option: (option[1], option[0]))
            else:
                cost, price = min(options, key=lambda option: (option[0] + rate * option[1], option[1]))
            total_cost, total_price = total_cost + cost, total_price + price
        return total_cost, total_price

    def _push_label(self, label: _Label) -> None:
        self._push(label, label.done, label.last, label.cost, label.cost + self.rate * label.price, label.price)

    def _push(
        self, node: _Label | _Move, done: int, last: Choice | Item | None, cost: int, rated: int, price: int
    ) -> None:
        """Queues a node that has cost so much, by the least that it can cost in the end.

        ``last`` is the person's last appointment, ``rated`` the cost with the price at the multiplier's rate.
        """
        least = self.open.get(done)
        if least is None:
            least = self.open[done] = self._least_open(done)
        bound = cost + least[0]
        if self.ahead is not None:
            bound += self.ahead.after(last, ~done)
        if self.budget is not None:
            if price + least[2] > self.budget:
                return
            rated += least[1] - self.rate * self.budget
            if self.rated_ahead is not None:
                rated += self.rated_ahead.after(last, ~done)
            bound = max(bound, rated)
        if bound < IMPOSSIBLE:
            heappush(self.heap, (bound + self.haste * least[3], least[3], next(self.order), node))

    def _least_open(self, done: int) -> tuple[int, int, int, int]:
        """What the open items cost at the least in score, score with money, and money; and how many they are."""
        still = [index for index in self.options if not done >> index & 1]
        apart = [index for index in still if self.ahead is None or not self.ahead.mask >> index & 1]
        return (
            sum(self.least_cost[i] for i in apart), sum(self.least_rated[i] for i in apart),
            sum(self.least_price[i] for i in still), len(still),
        )  # fmt: skip

    def _dominated(self, label: _Label) -> bool:
        """Whether a label at least as good in every respect was expanded before; notes this one if not."""
        key: tuple[object, ...]
        if label.loose >= 0:
            key, free, clock = (label.loose, label.done), 0, 0
        else:
            night_end = self.problem.journeys.break_after(label.free)
            after_fixed = label.step is not None and label.step.item.fixed
            key = (label.done, label.spot, label.promised, night_end, label.last is None, after_fixed)
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

    def _expand(self, label: _Label) -> None:
        if label.loose >= 0:
            self._choose_loose(label)
            return
        remaining = self.chain_mask & ~label.done
        if not remaining & self.musts:
            missing = LEFT_OUT * remaining.bit_count()
            self._push_label(
                _Label(label.done | remaining, 0, 0, 0, (), label.cost + missing, label.price, None, 0, label, None)
            )
        if remaining:
            self._place_next(label, remaining)

    def _choose_loose(self, label: _Label) -> None:
        item, options = self.loose[label.loose]
        done = label.done | item.bit
        for cost, price, choice, start in options:
            step = None
            if choice is not None:
                step = Placed(item, choice, start, start + max(0, choice.duration), 0, 0)
            self._push_label(
                _Label(done, 0, 0, 0, (), label.cost + cost, label.price + price, None, label.loose + 1, label, step)
            )

    def _place_next(self, label: _Label, remaining: int) -> None:
        """All ways to place one more item, at or after the start of the last."""
        lasts = sorted((item.last, item.index) for item in self.chain if remaining & item.bit & self.musts)
        if lasts and lasts[0][0] < label.clock:
            return
        for item in self.chain:
            if not remaining & item.bit:
                continue
            waiting_for = item.before & remaining
            if waiting_for & self.musts:
                continue
            high = item.last
            others = [last for last, index in lasts[:2] if index != item.index]
            if others:
                high = min(high, others[0])
            if high >= label.clock:
                self._place(label, item, high, remaining & ~item.bit & ~waiting_for, waiting_for)

    def _place(self, label: _Label, item: Item, high: int, remaining: int, left_out: int) -> None:
        low = label.clock
        for index, moment, exactly in label.promised:
            if index == item.index:
                low = max(low, moment)
                if exactly:
                    high = min(high, moment)
        cost = label.cost + LEFT_OUT * left_out.bit_count()
        self._push_move(_Move(label, item, 0, cost, label.done | item.bit | left_out, remaining, low, high))

    def _push_move(self, move: _Move) -> None:
        """Queues a move by the least that any of its choices costs anywhere and at any time."""
        label, item, cost = move.label, move.item, move.cost
        ranked = self.ranked[item.index][move.rank]
        if ranked.occupies and label.last is not None and move.high < self.problem.journeys.break_after(label.free):
            cost += self._waiting(label, max(item.first, move.low))
        rated = cost + self.rate * label.price + ranked.rated
        last = item if ranked.occupies else label.last
        self._push(move, move.done, last, cost + ranked.cost, rated, label.price + ranked.price)

    def _waiting(self, label: _Label, start: int) -> int:
        """The cost of the time between the last appointment's end and ``start``."""
        weights = self.problem.weights
        return weights.wait * TIE * min(max(0, start - label.free), weights.wait_cap)

    def _turn(self, move: _Move) -> _Label | None:
        """The label of the move's best start that is left, if its starts are known; queues what remains."""
        label, ranked, after = move.label, self.ranked[move.item.index], None
        choice = ranked[move.rank].choice
        if move.starts is None:
            if move.rank + 1 < len(ranked):
                self._push_move(_Move(label, move.item, move.rank + 1, move.cost, move.done, move.remaining,
                                      move.low, move.high))  # fmt: skip
            move.starts = sorted(self._starts(move, choice), reverse=True)
        else:
            after = self._after(move, choice, *move.starts.pop())
        if move.starts:
            cost, price = move.starts[-1][0], label.price + choice.price
            last = choice if choice.occupies else label.last
            self._push(move, move.done, last, cost, cost + self.rate * price, price)
        return after

    def _starts(self, move: _Move, choice: Choice) -> list[tuple[int, int, int, int, int]]:
        """Every start worth trying: its cost so far, start, end, where the person sets out, and the way."""
        label, journeys, home = move.label, self.problem.journeys, self.problem.home
        if not choice.occupies:
            return self._starts_from(move, choice, move.low, move.high, NOWHERE, linked=False)
        night_end = journeys.break_after(label.free)
        low = move.low
        # Nothing can be done about two fixed items that are too close, or about one that has begun.
        if not (move.item.fixed and (label.last is None or (label.step is not None and label.step.item.fixed))):
            way = 0 if choice.entry == WHERE_ONE_IS else journeys.way(label.spot, choice.entry)
            low = max(low, min(label.free + way, night_end))
        return [
            *self._starts_from(move, choice, low, min(move.high, night_end - 1), label.spot, linked=True),
            *self._starts_from(move, choice, max(low, night_end), move.high, home, linked=False),
        ]

    def _starts_from(
        self, move: _Move, choice: Choice, low: int, high: int, origin: int, *, linked: bool
    ) -> list[tuple[int, int, int, int, int]]:
        if low > high:
            return []
        label, journeys, weights = move.label, self.problem.journeys, self.problem.weights
        way, cost = 0, move.cost + choice.cost
        if choice.occupies:
            if choice.entry != WHERE_ONE_IS:
                way = journeys.way(origin, choice.entry)
                origin = choice.entry
            cost += weights.way * TIE * way
            if choice.moves and origin == choice.exit:
                cost += weights.nowhere * TIE
        duration = journeys.way(origin, choice.exit) if choice.duration == BY_DISTANCE else choice.duration
        waits = linked and label.last is not None
        found = []
        for start in self.moments.of(choice, duration, low, high, move.remaining):
            end = start + duration
            if choice.duration != BY_DISTANCE or choice.end_low <= end <= choice.end_high:
                here = cost + choice.wish.cost(start, choice.done(start, duration)) * TIE
                if waits:
                    here += self._waiting(label, start)
                found.append((here, start, end, origin, way))
        return found

    def _after(
        self, move: _Move, choice: Choice, cost: int, start: int, end: int, origin: int, way: int
    ) -> _Label:
        label, item, remaining = move.label, move.item, move.remaining
        promised = label.promised
        if promised:
            promised = tuple(promise for promise in promised if not move.done >> promise[0] & 1)
        if (item.together | item.after) & remaining:
            promised = self._promises(promised, move, choice, start, choice.done(start, end - start))
        spot, free, last = label.spot, label.free, label.last
        # The order of starts matters only as long as something that does not occupy the person is open.
        clock = start if remaining & self.free_mask or not choice.occupies else 0
        if choice.occupies:
            spot, free, last = choice.exit, max(free, end), choice
        step = Placed(item, choice, start, end, origin, way)
        return _Label(
            move.done, spot, free, clock, promised, cost, label.price + choice.price, last, -1, label, step
        )  # fmt: skip

    def _promises(
        self, promised: tuple[tuple[int, int, bool], ...], move: _Move, choice: Choice, start: int, done: int
    ) -> tuple[tuple[int, int, bool], ...]:
        made = list(promised)
        for other in self.chain:
            if not move.remaining & other.bit:
                continue
            if move.item.together & other.bit:
                made.append((other.index, start, True))
            elif move.item.after & other.bit and (done > start or not choice.occupies):
                made.append((other.index, done, False))
        return tuple(sorted(made))

    def _solution(self, label: _Label) -> Solution:
        placed = []
        at: _Label | None = label
        while at is not None:
            if at.step is not None:
                placed.append(at.step)
            at = at.parent
        placed.reverse()
        there = {step.item.index for step in placed}
        left_out = tuple(item for item in self.problem.items if item.index not in there)
        return Solution(tuple(placed), left_out, label.cost // TIE, label.price, exact=not self.haste)


def best_start(choice: Choice) -> tuple[int, int]:
    """The start nearest to the wish, looked at alone, and what it costs in units of score."""
    duration = max(0, choice.duration)
    wish = choice.wish_start(duration)
    near = [start for start in (choice.last_at(wish), choice.first_at(wish)) if start is not None]
    cost, start = min((choice.wish.cost(start, choice.done(start, duration)), start) for start in near)
    return start, cost


def _options(item: Item) -> list[tuple[int, int]]:
    """What each choice costs at the least, and its price; being left out is an option for what is only nice."""
    options = [(_least(choice), choice.price) for choice in item.choices]
    return options if item.must else [*options, (LEFT_OUT, 0)]


def _least(choice: Choice) -> int:
    """The least that a choice can cost, wherever the person comes from."""
    if choice.duration == BY_DISTANCE and choice.wish.on_end:
        return choice.cost
    return choice.cost + best_start(choice)[1] * TIE


def _ranked(choices: list[Choice], options: list[tuple[int, int]], rate: int) -> list[_Ranked]:
    """The choices by their least cost (the first of each option) with the price at this rate."""
    rated = [(cost + rate * price, index) for index, (cost, price) in enumerate(options[: len(choices)])]
    ranked: list[_Ranked] = []
    for total, index in sorted(rated, reverse=True):
        choice, (cost, price) = choices[index], options[index]
        occupies = choice.occupies
        if ranked:
            cost, price = min(cost, ranked[-1].cost), min(price, ranked[-1].price)
            occupies = occupies and ranked[-1].occupies
        ranked.append(_Ranked(choice, cost, price, total, occupies))
    return ranked[::-1]


def _pareto(item: Item, budget: int | None) -> list[tuple[int, int, Choice | None, int]]:
    """The options of a loose item that no other beats in cost and price: cheapest cost first."""
    options: list[tuple[int, int, Choice | None, int]] = [] if item.must else [(LEFT_OUT, 0, None, 0)]
    for choice in item.choices:
        start, cost = best_start(choice)
        options.append((choice.cost + cost * TIE, choice.price, choice, start))
    kept: list[tuple[int, int, Choice | None, int]] = []
    for option in sorted(options, key=lambda o: o[:2]):
        if not kept or (budget is not None and option[1] < kept[-1][1]):
            kept.append(option)
    return kept
