"""Figures of a load run: rates, percentiles, CPU a turn."""

from collections.abc import Sequence
from typing import Any

from evals.bench.load import Load


def figures(load: Load, cpu: dict[str, float]) -> dict[str, Any]:
    """The figures of one load run.

    Args:
        load: what the users saw.
        cpu: CPU seconds each process used meanwhile, by name.
    """
    turns = len(load.turns)
    totals = [turn.total * 1000 for turn in load.turns]
    firsts = [turn.first_event * 1000 for turn in load.turns]
    return {
        "turns": turns,
        "failures": len(load.failures),
        "failure": load.failures[0] if load.failures else None,
        "seconds": round(load.seconds, 2),
        "turns_per_second": round(turns / load.seconds, 1) if load.seconds else 0.0,
        "p50_ms": percentile(totals, 50),
        "p95_ms": percentile(totals, 95),
        "first_event_p50_ms": percentile(firsts, 50),
        "first_event_p95_ms": percentile(firsts, 95),
        "cpu_ms_per_turn": {name: round(used * 1000 / turns, 2) if turns else None for name, used in cpu.items()},
    }


def percentile(values: Sequence[float], percent: float) -> float | None:
    """The nearest-rank percentile, rounded to 0.1; ``None`` of nothing."""
    if not values:
        return None
    ordered = sorted(values)
    rank = max(0, -(-len(ordered) * int(percent) // 100) - 1)
    return round(ordered[rank], 1)
