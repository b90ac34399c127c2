"""``uso bench``: run the benchmarks and print their figures."""

import asyncio
import json
import sys
from collections.abc import Callable, Coroutine, Mapping
from typing import Any

from rich.console import Console
from rich.table import Table

from evals.bench.overhead import overhead
from evals.bench.plans import plans
from evals.bench.reading import reading
from evals.bench.turns import turns

_BENCHMARKS: dict[str, Callable[..., Coroutine[Any, Any, dict[str, Any]]]] = {
    "overhead": overhead,
    "turns": turns,
    "plans": plans,
    "reading": reading,
}
_COLUMNS = {
    "users": {
        "turns_per_second": "turns/s",
        "p50_ms": "p50 ms",
        "p95_ms": "p95 ms",
        "first_event_p50_ms": "first event p50 ms",
        "cpu_ms_per_turn": "CPU ms a turn",
        "failures": "failed",
    },
    "sizes": {
        "days": "days",
        "planned": "planned",
        "p50_ms": "p50 ms",
        "p95_ms": "p95 ms",
        "compared": "compared",
        "points_lost_mean": "points lost",
        "points_lost_p95": "p95",
        "failures": "failed",
    },
    "capabilities": {
        "readings": "readings",
        "index_ms": "index ms",
        "p50_ms": "p50 ms",
        "p95_ms": "p95 ms",
        "failures": "over the limit",
    },
}
"""By what a benchmark varies: the figures to draw of each row, and what they are called."""


def bench(name: str | None, *, as_json: bool, seconds: float) -> int:
    """Run one benchmark, or all; exit code 1 when a turn or a plan failed, or reading takes too long."""
    failed = False
    for chosen in [name] if name else _BENCHMARKS:
        if not as_json:
            sys.stderr.write(f"{chosen}: measuring …\n")
        result = asyncio.run(_BENCHMARKS[chosen](seconds=seconds))
        varied = next(key for key in _COLUMNS if key in result)
        failed = failed or any(row["failures"] for row in result[varied].values())
        if as_json:
            sys.stdout.write(json.dumps(result) + "\n")
        else:
            _draw(result, varied)
    return 1 if failed else 0


def _draw(result: Mapping[str, Any], varied: str) -> None:
    table = Table(title=result["benchmark"])
    for column in (varied, *_COLUMNS[varied].values()):
        table.add_column(column, justify="right")
    for value, row in result[varied].items():
        table.add_row(value, *(_cell(row[figure]) for figure in _COLUMNS[varied]))
    Console().print(table)


def _cell(figure: Any) -> str:
    if isinstance(figure, dict):
        return ", ".join(f"{name} {used}" for name, used in figure.items())
    return str(figure)
