"""A quick proof that a day is too full, whatever the order of what has to be in it.

Appointments that must all begin and end within some span of time, and take longer together than the span is, cannot
be: the person is at one of them at a time (Baptiste, Le Pape and Nuijten, "Constraint-based scheduling", 2001, call it
overload checking). The exact search would try every order before it knew.
"""

from tools.timechain.problem import Problem


def overfull(problem: Problem) -> bool:
    """Whether the appointments that must be there take longer than the time that there is for them."""
    spans = []
    for item in problem.items:
        if item.must and not item.fixed and item.choices and all(choice.occupies for choice in item.choices):
            ends = max(choice.last + max(0, choice.duration) for choice in item.choices)
            takes = min(max(0, choice.duration) for choice in item.choices)
            spans.append((ends, min(choice.first for choice in item.choices), takes))
    spans.sort()
    for _, begin, _ in spans:
        taken = 0
        for end, first, takes in spans:
            if first >= begin:
                taken += takes
                if taken > end - begin:
                    return True
    return False
