"""A plan request as whole numbers: the form in which it can be searched.

Times are seconds since the epoch, rounded down to the second; money is minor units; needs and places are small
numbers. A start inside a window is a whole minute. A delivery is *done* when it arrives; everything else when it
ends.
"""

from bisect import bisect_left, bisect_right
from dataclasses import dataclass, field
from datetime import UTC, datetime

from schemas.offer import Offer
from tools.timechain.journey import Journeys
from tools.timechain.score import Weights, Wish

MINUTE = 60
TIE = 1 << 16
"""Costs are score units times this, plus the offer's place in the order of ids: ties fall to smaller ids."""
BY_DISTANCE = -1
"""Duration of a ride that does not say how long it takes: the way's."""
WHERE_ONE_IS = -1
"""Entry of a ride without a pick-up point: wherever the person is."""


@dataclass(slots=True, eq=False)
class Choice:
    """One offer for one need, with the moments at which it may start."""

    offer: Offer
    item: int
    price: int
    cost: int
    wish: Wish
    occupies: bool
    moves: bool
    delivered: bool
    duration: int
    entry: int
    exit: int
    leads: tuple[int, ...] = ()
    """For a ride that leads on to whatever is next: where that may be. Its exit is then not known."""
    starts: tuple[int, ...] = ()
    spans: tuple[tuple[int, int], ...] = ()
    end_low: int = 0
    end_high: int = 0

    @property
    def first(self) -> int:
        """The earliest start."""
        return self.starts[0] if self.starts else self.spans[0][0]

    @property
    def last(self) -> int:
        """The latest start."""
        return self.starts[-1] if self.starts else self.spans[-1][1]

    def ride_time(self, origin: int, journeys: Journeys) -> int:
        """How long a ride that does not say it takes from a place: the way's time, the longest if it leads on."""
        return max([journeys.way(origin, goal) for goal in self.leads or (self.exit,)])

    def done(self, start: int, duration: int) -> int:
        """When what was wished for has happened."""
        return start if self.delivered else start + duration

    def wish_start(self, duration: int) -> int:
        """The start that the wish is for."""
        return self.wish.moment - (self.done(0, duration) if self.wish.on_end else 0)

    def starts_between(self, low: int, high: int) -> tuple[int, ...]:
        """The fixed starts in ``[low, high]``."""
        return self.starts[bisect_left(self.starts, low) : bisect_right(self.starts, high)]

    def starts_from(self, low: int, most: int) -> tuple[int, ...]:
        """The first few fixed starts that are not before ``low``."""
        index = bisect_left(self.starts, low)
        return self.starts[index : index + most]

    def first_at(self, low: int) -> int | None:
        """The earliest start that is not before ``low``."""
        if self.starts:
            index = bisect_left(self.starts, low)
            return self.starts[index] if index < len(self.starts) else None
        index = bisect_left(self.spans, low, key=_begin)
        if index and up_to_minute(low) <= self.spans[index - 1][1]:
            return up_to_minute(low)
        return self.spans[index][0] if index < len(self.spans) else None

    def last_at(self, high: int) -> int | None:
        """The latest start that is not after ``high``."""
        if self.starts:
            index = bisect_right(self.starts, high)
            return self.starts[index - 1] if index else None
        high -= high % MINUTE
        index = bisect_right(self.spans, high, key=_begin)
        return min(high, self.spans[index - 1][1]) if index else None

    def has(self, moment: int) -> bool:
        """Whether it may start at this moment."""
        return self.first_at(moment) == moment


@dataclass(slots=True, eq=False)
class Item:
    """A need to be placed, or a fixed item, with its relations as bit masks of other items."""

    id: str
    index: int
    choices: list[Choice]
    must: bool = True
    fixed: bool = False
    before: int = 0
    after: int = 0
    together: int = 0
    first: int = 0
    last: int = 0
    bit: int = field(init=False)
    """This item's bit; kept, as a search reads it millions of times."""

    def __post_init__(self) -> None:
        self.bit = 1 << self.index


@dataclass(slots=True, eq=False)
class Problem:
    """Items to place, what the person's day is like, and what counts as good."""

    items: list[Item]
    journeys: Journeys
    weights: Weights
    now: int
    home: int
    left_over: int | None
    """What the needs may cost together: the budget less the fixed items; None for any amount."""
    left_out: int
    """The cost of leaving out a nice-to-have need."""
    chain: list[Item] = field(default_factory=list)
    """Items that occupy the person or are related to another: their times depend on each other."""
    loose: list[Item] = field(default_factory=list)
    """Items that touch the others through the budget alone."""


def _begin(span: tuple[int, int]) -> int:
    return span[0]


def seconds(moment: datetime) -> int:
    """Whole seconds since the epoch, rounded down."""
    return int(moment.timestamp() // 1)


def moment(value: int) -> datetime:
    """The moment, in UTC."""
    return datetime.fromtimestamp(value, UTC)


def up_to_minute(value: int) -> int:
    """The first whole minute that is not before."""
    return -(-value // MINUTE) * MINUTE
