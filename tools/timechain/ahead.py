"""The least that the rest of the person's day can cost, in the best order of what remains.

Every appointment of the person follows another, or a night at home, and costs at least its own best plus the
shortest wait and way after any choice of what precedes it. Over all orders of what remains, the least sum of
these is found once for each set of remaining items and each last one (the dynamic programme of Held and Karp,
"A dynamic programming approach to sequencing problems", J. SIAM 10, 1962) and remembered.
"""

from collections.abc import Mapping

from tools.timechain.partial import Work
from tools.timechain.problem import BY_DISTANCE, TIE, WHERE_ONE_IS, Choice, Item, Problem

IMPOSSIBLE = 10**40
"""The cost of an order that cannot be: more than that of any plan."""


class Following:
    """What it costs at the least that one choice directly follows another in the person's day."""

    def __init__(self, problem: Problem) -> None:
        self._problem = problem
        self._journeys = problem.journeys
        self._weights = problem.weights

    def cost(self, first: Choice, second: Choice) -> int:
        """Way and wait from ``first`` to ``second``, or the way from home if a night may lie between."""
        weights, way = self._weights, 0
        if second.entry != WHERE_ONE_IS:
            way = self._journeys.way(first.exit, second.entry)
        cost = IMPOSSIBLE
        gap = self._gap(first, second, way)
        if gap is not None:
            if self._problem.items[first.item].fixed:  # it may be over already, or overlap with another
                gap = way
            cost = weights.way * way + weights.wait * min(max(0, gap), weights.wait_cap)
            if second.moves and (second.entry if second.entry != WHERE_ONE_IS else first.exit) == second.exit:
                cost += weights.nowhere
        if second.last >= self._journeys.break_after(first.first + max(0, first.duration)):
            cost = min(cost, self.from_home(second))
        return cost * TIE

    def from_home(self, choice: Choice) -> int:
        """The way from home, in units of score."""
        home, weights = self._problem.home, self._weights
        entry = home if choice.entry == WHERE_ONE_IS else choice.entry
        return weights.way * self._journeys.way(home, entry) + (
            weights.nowhere if choice.moves and entry == choice.exit else 0
        )

    def _gap(self, first: Choice, second: Choice, way: int) -> int | None:
        """The least time from the end of one to the start of the other, or None when there is no such pair."""
        if first.duration == BY_DISTANCE:
            return way if first.first + way <= second.last else None
        after = first.duration + way
        if second.last < first.first + after:
            return None
        if first.starts:
            gaps = (then - start for start in first.starts if (then := second.first_at(start + after)) is not None)
            return min(gaps) - first.duration
        if second.starts:
            gaps = (start - then for start in second.starts if (then := first.last_at(start - after)) is not None)
            return min(gaps) - first.duration
        return max(way, second.first - first.last - first.duration)


class Ahead:
    """Lower bounds of what the open items of the person's day add."""

    def __init__(self, problem: Problem, items: list[Item], least: Mapping[int, int], work: Work) -> None:
        """``items`` must all occupy the person; ``least`` is the least cost of each of their choices, by its id."""
        self._items, self._work = items, work
        self.mask = sum(item.bit for item in items)
        self._musts = sum(item.bit for item in items if item.must)
        self._left_out = problem.left_out
        following = Following(problem)
        self._first = {
            item.index: min(least[id(c)] + following.from_home(c) * TIE for c in item.choices) for item in items
        }
        self._after_choice: dict[int, dict[int, int]] = {}
        self._after_item: dict[int, dict[int, int]] = {}
        for item in items:
            for choice in item.choices:
                others = [then for other in items if other is not item for then in other.choices]
                work.spend(sum(4 + min(len(choice.starts), 1 + len(then.starts)) for then in others) // 8)
                self._after_choice[id(choice)] = {
                    other.index: 0
                    if item.fixed and other.fixed
                    else min(least[id(then)] + following.cost(choice, then) for then in other.choices)
                    for other in items
                    if other is not item
                }
            rows = [self._after_choice[id(choice)] for choice in item.choices]
            self._after_item[item.index] = {j: min(row[j] for row in rows) for j in rows[0]}
        self._known: dict[tuple[int, int], int] = {}

    def after(self, last: Choice | Item | None, remaining: int) -> int:
        """The least that the items in ``remaining`` add after ``last``: a choice, any of an item, or nothing yet."""
        remaining &= self.mask
        if not remaining:
            return 0
        if last is None:
            return self._least(self._first, remaining)
        if isinstance(last, Item):
            return self._after_any(last.index, remaining)
        return self._least(self._after_choice[id(last)], remaining)

    def _least(self, row: Mapping[int, int], remaining: int) -> int:
        self._work.spend(1)
        least = IMPOSSIBLE if remaining & self._musts else self._left_out * remaining.bit_count()
        for item in self._items:
            if remaining & item.bit and not item.before & remaining & self._musts:
                passed_over = item.before & remaining
                rest = remaining & ~item.bit & ~passed_over
                cost = row[item.index] + self._left_out * passed_over.bit_count()
                if cost < least:
                    least = min(least, cost + self._after_any(item.index, rest))
        return least

    def _after_any(self, index: int, remaining: int) -> int:
        if not remaining:
            return 0
        key = (index, remaining)
        known = self._known.get(key)
        if known is None:
            known = self._known[key] = self._least(self._after_item[index], remaining)
        return known
