"""A good plan of a crowded day, in little and certain work: only the most promising partial days are kept.

A beam search. Most of the days that are kept promise the least cost, the others leave the most time for the rest:
the cheapest beginnings tend to waste the time that the last items need.
"""

from heapq import nsmallest

from tools.timechain.days import Days
from tools.timechain.partial import Label, Move, Solution, Start, Work
from tools.timechain.problem import Choice, Problem


def beam(problem: Problem, work: Work, width: int) -> Solution | None:
    """A solution, or None when none was come across.

    Args:
        problem: what is to be placed.
        work: what it may cost.
        width: how many of the most promising days are kept at a time, and half as many of the others; and how
            many choices are looked at for each item, of which some are followed.

    Raises:
        TooMuchWorkError: more than ``work``.
    """
    return _Beam(Days(problem, work, few=True), work, width).run()


class _Beam:
    def __init__(self, days: Days, work: Work, width: int) -> None:
        self.days, self.work, self.width = days, work, width
        self.levels: dict[int, list[tuple[int, int, Label]]] = {}

    def run(self) -> Solution | None:
        best: Label | None = None
        start = self.days.start()
        if start is not None:
            self._add(start)
        while self.levels:
            for label in self._kept(self.levels.pop(min(self.levels))):
                if self.days.finished(label):
                    best = label if best is None or label.cost < best.cost else best
                    continue
                for further in self.days.decided(label):
                    self._add(further)
                for move in self.days.moves(label):
                    self._make(move)
        return None if best is None else self.days.solution(best, exact=False)

    def _add(self, label: Label) -> None:
        self.work.spend(2)
        least = self.days.least(label)
        if least is not None:
            level = self.levels.setdefault(2 * label.done.bit_count() + (label.loose >= 0), [])
            level.append((least, len(level), label))

    def _kept(self, level: list[tuple[int, int, Label]]) -> list[Label]:
        cheapest = _different([label for _, _, label in sorted(level)], self.width)
        level.sort(key=lambda entry: (entry[2].free, entry[:2]))
        first = _different([label for _, _, label in level], (self.width + 1) // 2)
        return list(dict.fromkeys([*cheapest, *first]))

    def _make(self, move: Move) -> None:
        """The days after the move with the choices and starts that cost least, and with those that end first."""
        tries: list[tuple[Start, int, Choice]] = []
        looked_at = 0
        for rank, ranked in enumerate(self.days.bounds.ranked[move.item.index]):
            self.work.spend(1)
            starts = self.days.starts(move, ranked.choice)
            tries += [(at, rank, ranked.choice) for at in starts]
            looked_at += bool(starts)
            if looked_at == self.width:
                break
        cheapest = nsmallest(max(4, self.width // 4), tries, key=_by_cost)
        for at, _, choice in {
            id(entry): entry for entry in (*cheapest, *nsmallest(max(2, self.width // 8), tries, key=_by_end))
        }.values():
            self._add(self.days.after(move, choice, at))


def _different(labels: list[Label], most: int) -> list[Label]:
    """The first of the labels with the same things done that end at the same place, and so on."""
    kept: dict[object, Label] = {}
    for label in labels:
        if len(kept) == most:
            break
        kept.setdefault((label.done, label.spot, label.promised), label)
    return list(kept.values())


def _by_cost(entry: tuple[Start, int, Choice]) -> tuple[int, int, int]:
    return entry[0].cost, entry[0].end, entry[1]


def _by_end(entry: tuple[Start, int, Choice]) -> tuple[int, int, int]:
    return entry[0].end, entry[0].cost, entry[1]
