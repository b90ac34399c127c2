"""From the results of single cases to the figures of the benchmark."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from rapidfuzz import fuzz

from evals.sgd.replay import Result

_ALIKE = 90
"""Token-sort ratio (0 to 100) from which two ways of writing a value are the same."""


@dataclass(frozen=True, slots=True)
class Grade:
    """What is right of one case."""

    intent: bool
    capability: bool | None
    """``None`` for a turn that goes on with an intent."""
    right: int
    """Slots informed and read with a right value."""
    read: int
    informed: int
    state: bool

    @property
    def passed(self) -> bool:
        """Whether the turn is understood: its intent and every newly informed slot, and nothing else."""
        return self.intent and self.right == self.read == self.informed


def grade(result: Result) -> Grade:
    """Compare one case with what was read."""
    case, own, wide = result.case, result.among_own, result.among_all
    same_service = own.capability is not None and own.capability.service == case.service
    said = own.informed if same_service else {}
    right = sum(
        name in case.informed and same_value(value, case.informed[name], listed=result.kinds.get(name, False))
        for name, value in said.items()
    )
    state = own.state if same_service else {}
    return Grade(
        intent=own.capability is not None and own.capability.id == f"{case.service}/{case.intent}",
        capability=None
        if wide is None
        else wide.capability is not None
        and wide.capability.name == case.intent
        and domain(wide.capability.service) == domain(case.service),
        right=right,
        read=len(own.informed),
        informed=len(case.informed),
        state=state.keys() == case.state.keys()
        and all(same_value(value, case.state[name], listed=result.kinds[name]) for name, value in state.items()),
    )


def score(results: Sequence[Result]) -> dict[str, Any]:
    """The figures over all cases, and over those of services seen and unseen in training.

    Accuracies, precision, recall and F1 are fractions (micro-averaged); latencies are milliseconds a call of the
    resolver; a figure with nothing to measure is ``None``.
    """
    return {
        **_figures(results),
        "seen": _figures([result for result in results if result.seen]),
        "unseen": _figures([result for result in results if not result.seen]),
    }


def same_value(said: str, listed_values: Sequence[str], *, listed: bool) -> bool:
    """Whether a value is one of those listed: exactly for a category, else but for case, spaces and word order."""
    if listed or "dontcare" in (said, *listed_values):
        return said in listed_values
    folded = _folded(said)
    return any(
        folded == _folded(value) or fuzz.token_sort_ratio(folded, _folded(value)) >= _ALIKE for value in listed_values
    )


def domain(service: str) -> str:
    """The domain of a service: its name before the underscore."""
    return service.rsplit("_", 1)[0]


def _folded(text: str) -> str:
    return " ".join(text.casefold().split())


def _figures(results: Sequence[Result]) -> dict[str, float | int | None]:
    grades = [grade(result) for result in results]
    starts = [g.capability for g in grades if g.capability is not None]
    right, read, informed = (sum(getattr(g, field) for g in grades) for field in ("right", "read", "informed"))
    spent = [ms for result in results for ms in result.milliseconds]
    return {
        "n": len(grades),
        "intent_accuracy": _part(sum(g.intent for g in grades), len(grades)),
        "capability_accuracy": _part(sum(starts), len(starts)),
        "slot_precision": _part(right, read),
        "slot_recall": _part(right, informed),
        "slot_f1": _part(2 * right, read + informed),
        "joint_goal_accuracy": _part(sum(g.state for g in grades), len(grades)),
        "p50_ms": round(float(np.percentile(spent, 50)), 3) if spent else None,
        "p95_ms": round(float(np.percentile(spent, 95)), 3) if spent else None,
    }


def _part(count: int, of: int) -> float | None:
    return round(count / of, 4) if of else None
