"""The same problem as a constraint model, for days too crowded for the search.

Choices are Boolean, starts are integers, and the person's day is one circuit: from home through the chosen
appointments and back, each arc either linked (the person goes straight on) or not (a night lies between). The
objective is the search's, in units of score. The solver works with one thread and a limit that counts work
and not time, so the same request always gets the same answer.
"""

from typing import Any

from tools.timechain.journey import NOWHERE
from tools.timechain.problem import BY_DISTANCE, LEFT_OUT, MINUTE, TIE, WHERE_ONE_IS, Choice, Item, Problem
from tools.timechain.search import Placed, Solution

DETERMINISTIC_SECONDS = 20.0
"""CP-SAT's own measure of work, roughly a second of an ordinary core each."""


class UndecidedError(Exception):
    """Within the work limit neither a plan was found nor a proof that there is none."""


def solve_constraints(problem: Problem, limit: float = DETERMINISTIC_SECONDS) -> Solution | None:
    """The best solution found, or None when there is provably none.

    Raises:
        UndecidedError: the limit was reached with nothing found.
    """
    if any(item.must and not item.choices for item in problem.items):
        return None
    return _Model(problem).solve(limit)


class _Model:
    def __init__(self, problem: Problem) -> None:
        # Imported here because it takes more than a second, and most processes never need it.
        from ortools.sat.python import cp_model  # noqa: PLC0415

        self.cp = cp_model
        self.model = cp_model.CpModel()
        self.problem = problem
        self.items = [item for item in problem.items if item.choices]
        firsts = [choice.first for item in self.items for choice in item.choices]
        lasts = [c.last + self._longest(c) for item in self.items for c in item.choices]
        low = min([problem.now, *firsts])
        self.zero = low - low % MINUTE  # keeps whole minutes whole
        self.horizon = max([problem.now, *lasts]) - self.zero
        nights = problem.journeys.breaks_between(self.zero, self.zero + self.horizon)
        self.nights = [night - self.zero for night in nights]
        self.terms: list[Any] = [sum(LEFT_OUT // TIE for item in problem.items if not item.choices)]
        self.taken: dict[int, Any] = {}  # literal by id of the choice
        self.start: dict[int, Any] = {}
        self.end: dict[int, Any] = {}
        self.done: dict[int, Any] = {}
        self.present: dict[int, Any] = {}
        self.arcs: list[tuple[Choice | None, Choice | None, bool, Any]] = []

    def _longest(self, choice: Choice) -> int:
        if choice.duration != BY_DISTANCE:
            return choice.duration
        journeys = self.problem.journeys
        return max(journeys.way(origin, choice.exit) for origin in range(len(journeys.places)))

    def solve(self, limit: float) -> Solution | None:
        for item in self.items:
            self._add_item(item)
        self._add_relations()
        self._add_day()
        if self.problem.left_over is not None:
            spent = sum(self.taken[id(c)] * c.price for item in self.items for c in item.choices)
            self.model.add(spent <= self.problem.left_over)
        self.model.minimize(sum(self.terms))
        solver = self.cp.CpSolver()
        solver.parameters.num_workers = 1
        solver.parameters.random_seed = 0
        solver.parameters.max_deterministic_time = limit
        status = solver.solve(self.model)
        if status == self.cp.INFEASIBLE:
            return None
        if status not in (self.cp.OPTIMAL, self.cp.FEASIBLE):
            raise UndecidedError
        return self._solution(solver)

    def _add_item(self, item: Item) -> None:
        model, index, horizon = self.model, item.index, self.horizon
        start = self.start[index] = model.new_int_var(0, horizon, f"start {item.id}")
        end = self.end[index] = model.new_int_var(0, horizon, f"end {item.id}")
        done = self.done[index] = model.new_int_var(0, horizon, f"done {item.id}")
        minute = model.new_int_var(0, horizon // MINUTE, f"minute {item.id}")
        edges = (self.zero, self.zero + horizon)  # the wish is convex: nowhere further from it than at an edge
        away = model.new_int_var(
            0, max(choice.wish.cost(edge, edge) for choice in item.choices for edge in edges), f"away {item.id}"
        )
        literals = []
        for choice in item.choices:
            taken = self.taken[id(choice)] = model.new_bool_var(choice.offer.id)
            literals.append(taken)
            self._bound_start(choice, start, minute, taken)
            if choice.duration != BY_DISTANCE:
                model.add(end == start + choice.duration).only_enforce_if(taken)
            else:
                model.add_linear_constraint(
                    end, choice.end_low - self.zero, choice.end_high - self.zero
                ).only_enforce_if(taken)
            model.add(done == (start if choice.delivered else end)).only_enforce_if(taken)
            wish, moment = choice.wish, choice.wish.moment - self.zero
            actual = done if wish.on_end else start
            model.add(away >= wish.late * (actual - moment)).only_enforce_if(taken)
            model.add(away >= wish.early * (moment - actual)).only_enforce_if(taken)
            self.terms.append(taken * (choice.cost // TIE))
        self.terms.append(away)
        if item.must:
            model.add_exactly_one(literals)
            self.present[index] = 1
        else:
            model.add_at_most_one(literals)
            present = self.present[index] = model.new_bool_var(f"present {item.id}")
            model.add(sum(literals) == present)
            self.terms.append((1 - present) * (LEFT_OUT // TIE))

    def _bound_start(self, choice: Choice, start: Any, minute: Any, taken: Any) -> None:
        domain = self.cp.Domain
        if choice.starts:
            values = domain.from_values([s - self.zero for s in choice.starts])
            self.model.add_linear_expression_in_domain(start, values).only_enforce_if(taken)
            return
        spans = [[(a - self.zero) // MINUTE, (b - self.zero) // MINUTE] for a, b in choice.spans]
        self.model.add_linear_expression_in_domain(minute, domain.from_intervals(spans)).only_enforce_if(taken)
        self.model.add(start == MINUTE * minute).only_enforce_if(taken)

    def _add_relations(self) -> None:
        for first in self.items:
            for second in self.items:
                both = [p for p in (self.present[first.index], self.present[second.index]) if not isinstance(p, int)]
                if first.after & second.bit:
                    self.model.add(self.done[first.index] <= self.start[second.index]).only_enforce_if(*both)
                if first.together & second.bit and first.index < second.index:
                    self.model.add(self.start[first.index] == self.start[second.index]).only_enforce_if(*both)

    def _add_day(self) -> None:
        """The circuit of the person's appointments; node 0 is the beginning and the end."""
        nodes = [(item, c) for item in self.items for c in item.choices if c.occupies]
        number = {id(choice): n for n, (_, choice) in enumerate(nodes, 1)}
        self._add_nights({item.index: item for item, _ in nodes})
        circuit: list[tuple[int, int, Any]] = [(0, 0, self.model.new_bool_var("nothing"))]
        for item, choice in nodes:
            here = number[id(choice)]
            circuit.append((here, here, ~self.taken[id(choice)]))
            circuit.append((here, 0, self.model.new_bool_var("last")))
            first = self.model.new_bool_var("first")
            circuit.append((0, here, first))
            self._add_arc(None, None, item, choice, first, linked=True)
            for before, previous in nodes:
                if before is item or not self._may_follow(before, previous, item, choice):
                    continue
                for linked in (True, False) if self.nights else (True,):
                    arc = self.model.new_bool_var("arc")
                    circuit.append((number[id(previous)], here, arc))
                    self._add_arc(before, previous, item, choice, arc, linked=linked)
        self.model.add_circuit(circuit)

    def _may_follow(self, before: Item, previous: Choice, item: Item, choice: Choice) -> bool:
        if before.fixed and item.fixed:
            return before.index < item.index
        if before.before & item.bit:
            return False
        return previous.first + max(0, previous.duration) <= choice.last

    def _add_nights(self, items: dict[int, Item]) -> None:
        """How many nights have ended before each start, and before the person is free again."""
        settled = [(i.choices[0].first, i.choices[0].first + i.choices[0].duration) for i in items.values() if i.fixed]
        self.free: dict[int, Any] = {}
        self.nights_at_start: dict[int, Any] = {}
        self.nights_when_free: dict[int, Any] = {}
        for index, item in items.items():
            self.free[index] = self.end[index]
            if item.fixed:
                begin = item.choices[0].first
                ends = [end for start, end in settled if start <= begin]
                self.free[index] = max(self.problem.now, *ends) - self.zero
            self.nights_at_start[index] = self._nights_before(self.start[index])
            self.nights_when_free[index] = self._nights_before(self.free[index])

    def _nights_before(self, moment: Any) -> Any:
        over = []
        for night in self.nights:
            past = self.model.new_bool_var("past")
            self.model.add(moment >= night).only_enforce_if(past)
            self.model.add(moment < night).only_enforce_if(~past)
            over.append(past)
        return sum(over)

    def _add_arc(
        self, before: Item | None, previous: Choice | None, item: Item, choice: Choice, arc: Any, *, linked: bool
    ) -> None:
        """What it means that ``choice`` follows ``previous``, or comes first when there is none."""
        model, journeys, weights, zero = self.model, self.problem.journeys, self.problem.weights, self.zero
        start, settled = self.start[item.index], item.fixed and (before is None or before.fixed)
        origin, way = self.problem.home if previous is None or not linked else previous.exit, 0
        if choice.entry != WHERE_ONE_IS:
            way = journeys.way(origin, choice.entry)
            origin = choice.entry
        units = weights.way * way + (weights.nowhere if choice.moves and origin == choice.exit else 0)
        self.terms.append(arc * units)
        if choice.duration == BY_DISTANCE:
            length = journeys.way(origin, choice.exit)
            model.add(self.end[item.index] == start + length).only_enforce_if(arc)
        self.arcs.append((previous, choice, linked, arc))
        if before is None:
            if not settled:
                earliest = min(self.problem.now + way, journeys.break_after(self.problem.now))
                model.add(start >= earliest - zero).only_enforce_if(arc)
            return
        free, nights = self.free[before.index], self.nights_when_free[before.index]
        if not linked:
            model.add(self.nights_at_start[item.index] >= nights + 1).only_enforce_if(arc)
            return
        model.add(self.nights_at_start[item.index] == nights).only_enforce_if(arc)
        if not settled:
            model.add(start >= free + way).only_enforce_if(arc)
        if weights.wait:
            waiting = model.new_int_var(0, weights.wait * weights.wait_cap, "waiting")
            long = model.new_bool_var("long")
            model.add(waiting >= weights.wait * (start - free)).only_enforce_if(arc, ~long)
            model.add(waiting >= weights.wait * weights.wait_cap).only_enforce_if(arc, long)
            self.terms.append(waiting)

    def _solution(self, solver: Any) -> Solution:
        home, journeys = self.problem.home, self.problem.journeys
        followed_by = {p and id(p): (c, linked) for p, c, linked, arc in self.arcs if solver.value(arc)}
        placed, previous, at = [], None, None
        while at in followed_by:
            choice, linked = followed_by[at]
            assert choice is not None  # noqa: S101
            origin, way = home if previous is None or not linked else previous.exit, 0
            if choice.entry != WHERE_ONE_IS:
                way = journeys.way(origin, choice.entry)
                origin = choice.entry
            placed.append(self._placed(choice, solver, origin, way))
            previous, at = choice, id(choice)
        for item in self.items:
            placed += [
                self._placed(choice, solver, NOWHERE, 0)
                for choice in item.choices
                if not choice.occupies and solver.value(self.taken[id(choice)])
            ]
        placed.sort(key=lambda step: step.start)
        there = {step.item.index for step in placed}
        left_out = tuple(item for item in self.problem.items if item.index not in there)
        price = sum(step.choice.price for step in placed)
        return Solution(tuple(placed), left_out, round(solver.objective_value), price)

    def _placed(self, choice: Choice, solver: Any, origin: int, way: int) -> Placed:
        item = self.problem.items[choice.item]
        start = solver.value(self.start[item.index]) + self.zero
        end = solver.value(self.end[item.index]) + self.zero
        return Placed(item, choice, start, end, origin, way)
