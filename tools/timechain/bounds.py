"""The least that a partial day can cost once it is finished: what makes the search look at few days and miss none.

Every open item adds at least its best choice at its best moment. Appointments also wait for one another, which
:mod:`tools.timechain.ahead` accounts for, at a price that only crowded days are worth. Where the budget binds, money
is priced in at a rate at which the separate best choices just keep to it: for any rate, cost plus rate times the
money over budget is a lower bound too (the Lagrangean bound of Handler and Zang, "A dual algorithm for the
constrained shortest path problem", Networks 10, 1980).
"""

from dataclasses import dataclass

from tools.timechain.ahead import IMPOSSIBLE, Ahead
from tools.timechain.partial import Work
from tools.timechain.problem import BY_DISTANCE, TIE, Choice, Item, Problem

MOST_IN_ORDER = 12
"""Appointments whose orders are looked ahead at; beyond, there are too many."""


@dataclass(frozen=True, slots=True)
class Ranked:
    """A choice, and the least that it or any choice ranked after it costs in score, money and both."""

    choice: Choice
    cost: int
    price: int
    rated: int
    occupies: bool


@dataclass(frozen=True, slots=True)
class LooseOption:
    """One way to decide a loose item; no choice means leaving it out."""

    cost: int
    price: int
    choice: Choice | None = None
    start: int = 0


class Bounds:
    """Lower bounds for one problem; better ones that take longer to make with ``look_ahead``."""

    def __init__(self, problem: Problem, work: Work, *, look_ahead: bool) -> None:
        self._work = work
        work.spend(sum(len(item.choices) for item in problem.items))
        self.budget = problem.left_over
        self.chain = [item for item in problem.chain if item.choices]
        self.loose = [(item, _pareto(item, problem.left_out, self.budget)) for item in problem.loose if item.choices]
        self._options = {item.index: _options(item, problem.left_out) for item in self.chain}
        self._options |= {item.index: [(o.cost, o.price) for o in options] for item, options in self.loose}
        self.rate = self._rate()
        """Units of cost (with ties) for one minor unit of money; 0 where the budget does not bind."""
        self.ranked = {i.index: _ranked(i.choices, self._options[i.index], self.rate) for i in self.chain}
        self._ahead, self._rated_ahead = self._look_ahead(problem) if look_ahead else (None, None)
        self._least = {
            index: (
                min(cost for cost, _ in options),
                min(cost + self.rate * price for cost, price in options),
                min(price for _, price in options),
            )
            for index, options in self._options.items()
        }
        self._open: dict[int, tuple[int, int, int, int]] = {}

    def still_open(self, done: int) -> int:
        """How many items are neither placed nor left out."""
        return self._least_open(done)[3]

    def of(self, done: int, last: Choice | Item | None, spent: tuple[int, int, int]) -> int | None:
        """The least a partial day costs when finished; None when it cannot be.

        Args:
            done: bit mask of the items that are placed or left out.
            last: the person's last appointment, one choice or any of an item.
            spent: what the day has cost already: score, score and money at ``rate``, and money.
        """
        cost, rated, price = spent
        least = self._least_open(done)
        bound = cost + least[0]
        if self._ahead is not None:
            bound += self._ahead.after(last, ~done)
        if self.budget is not None:
            if price + least[2] > self.budget:
                return None
            rated += least[1] - self.rate * self.budget
            if self._rated_ahead is not None:
                rated += self._rated_ahead.after(last, ~done)
            bound = max(bound, rated)
        return bound if bound < IMPOSSIBLE else None

    def _least_open(self, done: int) -> tuple[int, int, int, int]:
        """What the open items cost at the least in score, both, and money, each by itself; and how many they are."""
        least = self._open.get(done)
        if least is None:
            self._work.spend(1 + len(self._least) // 16)
            still = [index for index in self._least if not done >> index & 1]
            apart = [self._least[i] for i in still if self._ahead is None or not self._ahead.mask >> i & 1]
            least = self._open[done] = (
                sum(cost for cost, _, _ in apart),
                sum(rated for _, rated, _ in apart),
                sum(self._least[i][2] for i in still),
                len(still),
            )
        return least

    def _rate(self) -> int:
        """The rate of the best Lagrangean bound for the problem without times, found by secants."""
        if self.budget is None:
            return 0
        cheap = [min(options, key=lambda o: (o[1], o[0])) for options in self._options.values()]
        cheap_cost, cheap_price = sum(o[0] for o in cheap), sum(o[1] for o in cheap)
        rate = 0
        while cheap_price <= self.budget:
            self._work.spend(1 + sum(map(len, self._options.values())) // 8)
            best = [min(options, key=lambda o: (o[0] + rate * o[1], o[1])) for options in self._options.values()]
            cost, price = sum(o[0] for o in best), sum(o[1] for o in best)
            if price <= self.budget:
                break
            steeper = (cheap_cost - cost) // (price - cheap_price) + 1
            if steeper <= rate:
                break
            rate = steeper
        return rate

    def _look_ahead(self, problem: Problem) -> tuple[Ahead | None, Ahead | None]:
        """Bounds over the orders of appointments, without and with money at the rate."""
        items = [item for item in self.chain if all(choice.occupies for choice in item.choices)]
        sometimes = [item for item in self.chain if item not in items and any(c.occupies for c in item.choices)]
        if (
            sometimes or not 1 < len(items) <= MOST_IN_ORDER
        ):  # what may or may not occupy the person has no place in an order
            return None, None
        costs = {
            id(choice): cost
            for item in items
            for choice, (cost, _) in zip(item.choices, self._options[item.index], strict=False)
        }
        ahead = Ahead(problem, items, costs, self._work)
        if not self.rate:
            return ahead, ahead
        rated = {id(choice): costs[id(choice)] + self.rate * choice.price for i in items for choice in i.choices}
        return ahead, Ahead(problem, items, rated, self._work)


def best_start(choice: Choice) -> tuple[int, int]:
    """The start nearest to the wish, looked at alone, and what it costs in units of score."""
    duration = max(0, choice.duration)
    wish = choice.wish_start(duration)
    near = [start for start in (choice.last_at(wish), choice.first_at(wish)) if start is not None]
    cost, start = min((choice.wish.cost(start, choice.done(start, duration)), start) for start in near)
    return start, cost


def _options(item: Item, left_out: int) -> list[tuple[int, int]]:
    """What each choice costs at the least wherever one comes from, and its price; what is only nice may be left out."""
    options = []
    for choice in item.choices:
        unknown_end = choice.duration == BY_DISTANCE and choice.wish.on_end
        options.append((choice.cost + (0 if unknown_end else best_start(choice)[1] * TIE), choice.price))
    return options if item.must else [*options, (left_out, 0)]


def _ranked(choices: list[Choice], options: list[tuple[int, int]], rate: int) -> list[Ranked]:
    """The choices by their least cost with the price at this rate; ``options`` begin with theirs."""
    rated = [(cost + rate * price, index) for index, (cost, price) in enumerate(options[: len(choices)])]
    ranked: list[Ranked] = []
    for total, index in sorted(rated, reverse=True):
        choice, (cost, price) = choices[index], options[index]
        occupies = choice.occupies
        if ranked:
            cost, price = min(cost, ranked[-1].cost), min(price, ranked[-1].price)
            occupies = occupies and ranked[-1].occupies
        ranked.append(Ranked(choice, cost, price, total, occupies))
    return ranked[::-1]


def _pareto(item: Item, left_out: int, budget: int | None) -> list[LooseOption]:
    """The options of a loose item that no other beats in cost and price: cheapest cost first."""
    options = [] if item.must else [LooseOption(left_out, 0)]
    for choice in item.choices:
        start, cost = best_start(choice)
        options.append(LooseOption(choice.cost + cost * TIE, choice.price, choice, start))
    kept: list[LooseOption] = []
    for option in sorted(options, key=lambda o: (o.cost, o.price)):
        if not kept or (budget is not None and option.price < kept[-1].price):
            kept.append(option)
    return kept
