"""``uso bench``: run the benchmarks and print their figures."""

import asyncio
import json
import sys
from typing import Any

from rich.console import Console
from rich.table import Table

from evals.bench.overhead import overhead
from evals.bench.turns import turns

_BENCHMARKS = {"overhead": overhead, "turns": turns}


def bench(name: str | None, *, as_json: bool, seconds: float) -> int:
    """Run one benchmark, or all; exit code 1 when a turn failed."""
    failed = False
    for chosen in [name] if name else _BENCHMARKS:
        if not as_json:
            sys.stderr.write(f"{chosen}: measuring …\n")
        result = asyncio.run(_BENCHMARKS[chosen](seconds=seconds))
        failed = failed or any(row["failures"] for row in result["users"].values())
        if as_json:
            sys.stdout.write(json.dumps(result) + "\n")
        else:
            _draw(result)
    return 1 if failed else 0


def _draw(result: dict[str, Any]) -> None:
    table = Table(title=result["benchmark"])
    for column in ("users", "turns/s", "p50 ms", "p95 ms", "first event p50 ms", "CPU ms a turn", "failed"):
        table.add_column(column, justify="right")
    for users, row in result["users"].items():
        cpu = ", ".join(f"{name} {used}" for name, used in row["cpu_ms_per_turn"].items())
        cells = (
            users,
            row["turns_per_second"],
            row["p50_ms"],
            row["p95_ms"],
            row["first_event_p50_ms"],
            cpu,
            row["failures"],
        )
        table.add_row(*map(str, cells))
    Console().print(table)
