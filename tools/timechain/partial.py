"""What the search is made of: partial days, the moves between them, the finished solution, and the work it may cost."""

from dataclasses import dataclass
from typing import NamedTuple

from tools.timechain.problem import Choice, Item


class Start(NamedTuple):
    """One way to begin a choice: what the day has cost with it, when it starts and ends, and how one gets there."""

    cost: int
    start: int
    end: int
    origin: int
    way: int


class Promise(NamedTuple):
    """What relations demand of an item to come: not to start before a moment, or exactly then."""

    item: int
    moment: int
    exactly: bool


@dataclass(frozen=True, slots=True)
class Placed:
    """One item of a finished plan. ``origin`` is a numbered place, ``way`` seconds."""

    item: Item
    choice: Choice
    start: int
    end: int
    origin: int
    way: int


@dataclass(frozen=True, slots=True)
class Solution:
    """A way to place a problem's items. ``cost`` is in units of score; ``exact``: no other costs less."""

    placed: tuple[Placed, ...]
    left_out: tuple[Item, ...]
    cost: int
    price: int
    exact: bool


@dataclass(slots=True, eq=False)
class Label:
    """One way to reach a partial day."""

    done: int
    """Bit mask of the items placed or left out."""
    cost: int
    price: int
    spot: int = 0
    """Where the person is, and since when they are free."""
    free: int = 0
    clock: int = 0
    """The start of the last item placed: nothing may start before it."""
    promised: tuple[Promise, ...] = ()
    last: Choice | None = None
    """The person's last appointment, if there has been one."""
    loose: int = -1
    """How many loose items are decided; -1 while the chain is not finished."""
    parent: "Label | None" = None
    step: Placed | None = None


@dataclass(slots=True, eq=False)
class Move:
    """Placing one item next, with its choices from the ``rank``-th best on.

    Most moves are never worth a closer look, so a move costs next to nothing until it is its turn: only then the
    starts of its choice are worked out and the next choice is queued; the starts become labels one by one.
    """

    label: Label
    item: Item
    rank: int
    cost: int
    """Of the label and of what is left out, but nothing of the item itself."""
    done: int
    remaining: int
    low: int
    high: int
    starts: list[Start] | None = None
    """The starts still to be taken up, the best last."""


class TooMuchWorkError(Exception):
    """All the work that was allowed has been done."""


@dataclass(slots=True)
class Work:
    """How many steps may still be taken: a measure that does not depend on the machine.

    So the same problem always gets the same answer, and every loop whose length a request decides is paid for
    before it is run. A step is about ten microseconds: a node to queue, or a handful of numbers to compare.
    """

    left: int
    granted: int = 0

    def spend(self, steps: int) -> None:
        """Pays for what is about to be done.

        Raises:
            TooMuchWorkError: there is not so much left; then there is nothing left.
        """
        self.left -= steps
        if self.left < 0:
            raise TooMuchWorkError

    def part(self, most: int) -> "Work":
        """So much of it, or what is left; :meth:`paid` settles what has been used."""
        return Work(max(0, min(most, self.left)), granted=max(0, min(most, self.left)))

    def paid(self, part: "Work") -> None:
        """Takes off what was used of a part; the step that was one too many was not taken."""
        self.left -= part.granted - max(0, part.left)
