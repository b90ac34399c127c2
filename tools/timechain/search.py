"""The best plan of a problem, exactly: a best-first search over partial days.

Of two ways to reach the same partial day only the one with less cost, money or time is followed, and days are taken
up in the order of the least they can still cost (:mod:`tools.timechain.bounds`): the first finished one is the best
there is.
"""

from heapq import heappop, heappush

from tools.timechain.days import Days
from tools.timechain.partial import Label, Move, Solution, Work
from tools.timechain.problem import TIE, Choice, Item, Problem


def search(problem: Problem, work: Work, *, look_ahead: bool = False) -> Solution | None:
    """The best solution, or None when there is none.

    Args:
        problem: what is to be placed.
        work: what the search may cost; it is reduced by what it does cost.
        look_ahead: whether to spend more on bounds, which pays when the day is crowded.

    Raises:
        TooMuchWorkError: more than ``work``.
    """
    return _Search(Days(problem, work, look_ahead=look_ahead), work).run()


class _Search:
    def __init__(self, days: Days, work: Work) -> None:
        self.days, self.work = days, work
        self.problem, self.bounds = days.problem, days.bounds
        self.queued = 0
        self.heap: list[tuple[int, int, int, Label | Move]] = []
        self.seen: dict[tuple[object, ...], list[tuple[int, int, int, int]]] = {}

    def run(self) -> Solution | None:
        start = self.days.start()
        if start is not None:
            self._push_label(start)
        while self.heap:
            node = heappop(self.heap)[3]
            label = self._turn(node) if isinstance(node, Move) else node
            if label is not None:
                if self.days.finished(label):
                    return self.days.solution(label, exact=True)
                if not self._dominated(label):
                    for further in self.days.decided(label):
                        self._push_label(further)
                    for move in self.days.moves(label):
                        self._push_move(move)
        return None

    def _push(self, node: Label | Move, done: int, last: Choice | Item | None, spent: tuple[int, int, int]) -> None:
        """Queues a node by the least that it can cost in the end; see :meth:`Bounds.of`."""
        bound = self.bounds.of(done, last, spent)
        if bound is not None:
            still_open = self.bounds.still_open(done)
            self.queued += 1
            self.work.spend(1)
            heappush(self.heap, (bound, still_open, self.queued, node))

    def _push_label(self, label: Label) -> None:
        spent = (label.cost, label.cost + self.bounds.rate * label.price, label.price)
        self._push(label, label.done, label.last, spent)

    def _push_move(self, move: Move) -> None:
        """Queues a move by the least that any of its choices costs anywhere and at any time."""
        label, item, cost = move.label, move.item, move.cost
        ranked = self.bounds.ranked[item.index][move.rank]
        if ranked.occupies and label.last is not None and move.high < self.problem.journeys.break_after(label.free):
            cost += self.days.waiting(label, max(item.first, move.low))
        spent = (cost + ranked.cost, cost + self.bounds.rate * label.price + ranked.rated, label.price + ranked.price)
        self._push(move, move.done, item if ranked.occupies else label.last, spent)

    def _dominated(self, label: Label) -> bool:
        """Whether a label at least as good in every respect was expanded before; notes this one if not."""
        key: tuple[object, ...]
        if label.loose >= 0:
            key, free, clock = (label.loose, label.done), 0, 0
        else:
            night_end = self.problem.journeys.break_after(label.free)
            rode = label.last is not None and label.last.moves
            standing = (label.last is None, self.days.after_fixed(label), rode)
            key = (label.done, label.spot, label.promised, night_end, standing)
            free, clock = label.free, label.clock
        wait, cap = self.problem.weights.wait * TIE, self.problem.weights.wait_cap
        rivals = self.seen.setdefault(key, [])
        self.work.spend(len(rivals) // 16)
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

    def _turn(self, move: Move) -> Label | None:
        """The label of the move's best start that is left, if its starts are known; queues what remains of it."""
        label, ranked, after = move.label, self.bounds.ranked[move.item.index], None
        choice = ranked[move.rank].choice
        if move.starts is None:
            if move.rank + 1 < len(ranked):
                self._push_move(
                    Move(label, move.item, move.rank + 1, move.cost, move.done, move.remaining, move.low, move.high)
                )
            move.starts = sorted(self.days.starts(move, choice), reverse=True)
        else:
            after = self.days.after(move, choice, move.starts.pop())
        if move.starts:
            cost, price = move.starts[-1].cost, label.price + choice.price
            last = choice if choice.occupies else label.last
            self._push(move, move.done, last, (cost, cost + self.bounds.rate * price, price))
        return after
