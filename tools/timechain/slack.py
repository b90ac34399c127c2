"""How much later one item could begin while all the others stay as they are."""

from collections.abc import Sequence

from tools.timechain.partial import Placed
from tools.timechain.problem import BY_DISTANCE, WHERE_ONE_IS, Problem


def slack_of(step: Placed, placed: Sequence[Placed], problem: Problem) -> int:
    """Seconds by which ``step`` could begin later.

    Its offer, the other items, their order in the person's day and the nights between them stay; so the
    answer is exact: the latest start of its offer that still ends in time for everything after it.
    """
    if step.item.fixed:
        return 0
    duration = step.end - step.start
    to_done = step.choice.done(0, duration)
    latest = step.choice.last
    for other in placed:
        if step.item.together & other.item.bit:
            return 0
        if step.item.after & other.item.bit:
            latest = min(latest, other.start - to_done)
    if step.choice.occupies:
        day = [p for p in placed if p.choice.occupies]
        latest = min(latest, _latest_in_day(step, day, problem))
    start = step.choice.last_at(latest)
    return 0 if start is None else max(0, start - step.start)


def _latest_in_day(step: Placed, day: Sequence[Placed], problem: Problem) -> int:
    """The latest start that keeps the step's end bound, its neighbours and the nights between them."""
    journeys = problem.journeys
    duration = step.end - step.start
    latest = step.choice.last
    if step.choice.duration == BY_DISTANCE:  # then its starts alone do not keep the bound on its end
        latest = min(latest, step.choice.end_high - duration)
    at = day.index(step)
    if at > 0:
        night_end = journeys.break_after(max([problem.now, *(p.end for p in day[:at])]))
        if step.start < night_end:
            latest = min(latest, night_end - 1)
    if at + 1 < len(day):
        following = day[at + 1]
        nights = journeys.breaks_between(step.end, following.start)
        if nights:
            return min(latest, nights[-1] - 1 - duration)
        way = 0
        if following.choice.entry != WHERE_ONE_IS:
            way = journeys.way(step.choice.exit, following.choice.entry)
        latest = min(latest, following.start - way - duration)
    return latest
