"""Makes a good plan better, a part of the day at a time.

A few items that follow one another are taken out and put back in the best way while all the others stay, which the
exact search does in no time; then the next few, until nothing gets better or the work is done (large neighbourhood
search: Shaw, "Using constraint programming and local search methods to solve vehicle routing problems", CP 1998).
In between, everything is moved to its best time in the order that was found.
"""

from collections.abc import Mapping
from dataclasses import replace
from itertools import pairwise

from tools.timechain.partial import Placed, Solution, TooMuchWorkError, Work
from tools.timechain.problem import Choice, Problem
from tools.timechain.search import search

_PARTS = ((3, 500), (5, 3_000), (6, 20_000))
"""How many items are put back together, and the most work that may take; more when fewer do not help any longer."""


def polish(problem: Problem, solution: Solution, work: Work) -> Solution:
    """The solution or a better one, found with what ``work`` is left; all of it may be used up."""
    for size, most in _PARTS:
        cost = None
        while solution.cost != cost:
            cost = solution.cost
            for position in range(len(solution.placed)):
                for part in (_reopened(problem, solution, position, size), _retimed(problem, solution)):
                    found = _best(part, work.part(most), work)
                    if found is None or found.cost >= solution.cost:
                        break
                    solution = _told(problem, found)
                if work.left <= 0:
                    return solution
    return solution


def _best(part: Problem, own: Work, work: Work) -> Solution | None:
    """The best solution of a part, with work of its own; None if that takes too long."""
    try:
        own.spend(len(part.items))
        return search(part, own)
    except TooMuchWorkError:
        return None
    finally:
        work.paid(own)


def _reopened(problem: Problem, solution: Solution, position: int, size: int) -> Problem:
    """The problem with all but a few items, and one of those left out, kept where they are."""
    reopened = {step.item.index for step in solution.placed[position : position + size]}
    if solution.left_out:
        reopened.add(solution.left_out[position % len(solution.left_out)].index)
    kept = {s.item.index: [_pinned(s)] for s in solution.placed if s.item.index not in reopened}
    kept |= {item.index: [] for item in solution.left_out if item.index not in reopened}
    return _narrowed(problem, kept)


def _retimed(problem: Problem, solution: Solution) -> Problem:
    """The problem of when to begin what was chosen, in the same order."""
    kept = {s.item.index: [s.choice] for s in solution.placed} | {item.index: [] for item in solution.left_out}
    part = _narrowed(problem, kept)
    day = [part.items[s.item.index] for s in solution.placed if s.choice.occupies and not s.item.fixed]
    for one, two in pairwise(day):
        one.after |= two.bit
        two.before |= one.bit
    return part


def _told(problem: Problem, found: Solution) -> Solution:
    """The solution of a part in terms of the whole: with its items and choices."""
    placed = []
    for step in found.placed:
        item = problem.items[step.item.index]
        choice = next(choice for choice in item.choices if choice.offer is step.choice.offer)
        placed.append(replace(step, item=item, choice=choice))
    left_out = tuple(problem.items[item.index] for item in found.left_out)
    return replace(found, placed=tuple(placed), left_out=left_out, exact=False)


def _pinned(step: Placed) -> Choice:
    return replace(step.choice, starts=(step.start,), spans=())


def _narrowed(problem: Problem, choices: Mapping[int, list[Choice]]) -> Problem:
    """The problem with only these choices for some items; what has one must be there."""
    items = []
    for item in problem.items:
        if item.index in choices:
            own = choices[item.index]
            first, last = (own[0].first, own[0].last) if own else (item.first, item.last)
            items.append(replace(item, choices=own, must=bool(own), first=first, last=last))
        else:
            items.append(item)
    chain = [items[item.index] for item in problem.chain]
    return replace(problem, items=items, chain=chain, loose=[items[item.index] for item in problem.loose])
