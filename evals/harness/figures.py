"""The figures every suite has: how many passed, how reliably, and how long they took."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from math import ceil, comb
from typing import Any

from evals.harness.runner import AnyResult, Run
from evals.harness.suite import Metrics


def pass_hat(results: Iterable[AnyResult], k: int) -> float:
    """The chance that ``k`` trials of one case all pass, averaged over the cases.

    Of n trials of which c passed, the unbiased estimate is C(c, k) / C(n, k): Yao et al., tau-bench (2024), section 3.
    Cases tried less than ``k`` times are left out; with none left it is 0.
    """
    trials: dict[str, list[bool]] = defaultdict(list)
    for result in results:
        trials[result.case.id].append(result.passed)
    estimates = [comb(sum(passed), k) / comb(len(passed), k) for passed in trials.values() if len(passed) >= k]
    return sum(estimates) / len(estimates) if estimates else 0.0


def percentile(values: Sequence[float], share: float) -> float:
    """The smallest value that at least ``share`` of the values do not exceed; 0 when there are none."""
    if not values:
        return 0.0
    return sorted(values)[max(0, ceil(share * len(values)) - 1)]


def figures(run: Run) -> dict[str, Any]:
    """Every figure: the suite's own and ``n`` (cases), ``k``, ``pass_1``, ``pass_k``, ``p50_ms``, ``p95_ms``."""
    milliseconds = [result.seconds * 1000 for result in run.results if result.error is None]
    repeats = run.options.repeat
    return {
        "n": len({result.case.id for result in run.results}),
        "k": repeats,
        "pass_1": pass_hat(run.results, 1),
        "pass_k": pass_hat(run.results, repeats),
        "p50_ms": round(percentile(milliseconds, 0.50), 3),
        "p95_ms": round(percentile(milliseconds, 0.95), 3),
        **(run.suite.score(run.results) if run.results else {}),
    }


def by_tag(results: Iterable[AnyResult]) -> dict[str, tuple[int, int]]:
    """For each tag how many trials passed, and how many there were; the worst first."""
    counted: dict[str, tuple[int, int]] = {}
    for result in results:
        for tag in result.case.tags:
            passed, of = counted.get(tag, (0, 0))
            counted[tag] = passed + result.passed, of + 1
    return dict(sorted(counted.items(), key=lambda entry: (entry[1][0] / entry[1][1], entry[0])))


def flat(metrics: Metrics, prefix: str = "") -> Iterator[tuple[str, float]]:
    """Every number by its dotted name, splits included."""
    for name, value in metrics.items():
        if isinstance(value, Mapping):
            yield from flat(value, f"{prefix}{name}.")
        elif isinstance(value, int | float) and not isinstance(value, bool):
            yield prefix + name, float(value)
