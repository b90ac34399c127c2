"""``uso eval``: run the evaluations, show their figures, and fail when one has become worse than its baseline."""

import asyncio
import json
import sys
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table

import evals
from evals import suites
from evals.harness import page
from evals.harness.baseline import Baseline
from evals.harness.figures import flat
from evals.harness.report import Report, write
from evals.harness.runner import AnyResult, AnySuite, Run, run
from evals.harness.suite import EvaluationError, Options
from server.cli.ending import BAD_USAGE, FAILED, INTERRUPTED, CommandError, read_settings

_ACCEPTED = Path(evals.__file__).parent / "baselines"


def evaluate(
    name: str | None,
    options: Options,
    *,
    out: Path | None,
    as_json: bool,
    baselines: Path | None,
    update_baseline: bool,
) -> int:
    """Run one suite, or all that bring their own data; ``baselines`` is the folder of what was accepted before.

    Returns 1 when a figure fell below its baseline, 130 when the run was interrupted; then what was done by then is
    reported all the same.

    Raises:
        CommandError: a suite or option is not usable.
    """
    at = datetime.now(UTC)
    folder = out or read_settings().data_dir / "evals" / f"{at:%Y%m%d-%H%M%S}"
    chosen = [name] if name else [one for one in suites.names() if one not in suites.NEED_DATA or options.data]
    reports: list[Report] = []
    try:
        for one in chosen:
            suite = suites.load(one)
            accepted = (baselines or _ACCEPTED) / f"{suite.name}.json"
            report = Report.of(asyncio.run(_watched(suite, options)), at=at, baseline=Baseline.read(accepted))
            if update_baseline:
                report.accept(accepted)
                report = replace(report, baseline=Baseline.read(accepted))
            documents = write(report, page.draw(report), folder)
            _show(report, documents, as_json=as_json)
            reports.append(report)
            if report.run.interrupted:
                return INTERRUPTED
    except EvaluationError as error:
        raise CommandError(str(error), code=BAD_USAGE) from error
    return FAILED if any(report.falls for report in reports) else 0


async def _watched(suite: AnySuite, options: Options) -> Run:
    """Run a suite with a progress bar on standard error."""
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TextColumn("[red]{task.fields[failed]}"),
        TimeElapsedColumn(),
    )
    with Progress(*columns, console=Console(stderr=True), transient=True) as progress:
        bar = progress.add_task(suite.name, total=None, failed="")
        failed = 0

        def begun(trials: int) -> None:
            progress.update(bar, total=trials)

        def advance(result: AnyResult) -> None:
            nonlocal failed
            failed += not result.passed
            progress.update(bar, advance=1, failed=f"{failed} failed" if failed else "")

        return await run(suite, options, on_begin=begun, on_result=advance)


def _show(report: Report, documents: Sequence[Path], *, as_json: bool) -> None:
    if as_json:
        sys.stdout.write(json.dumps(report.summary()) + "\n")
    else:
        Console().print(_table(report))
    errors = Console(stderr=True, highlight=False, soft_wrap=True)
    for fall in report.falls:
        errors.print(f"[bold red]Worse than the baseline:[/] {report.run.suite.name}: {fall}")
    if report.run.interrupted:
        errors.print(f"Interrupted after {len(report.run.results)} of {report.run.planned} trials.")
    errors.print(f"{len(report.failed)} cases failed. Report: {documents[1]}")


def _table(report: Report) -> Table:
    table = Table(title=f"{report.run.suite.name}: {report.run.suite.about}")
    for column in ("figure", "now", "baseline"):
        table.add_column(column, justify="left" if column == "figure" else "right")
    known = report.baseline.metrics if report.baseline else {}
    fallen = {fall.name for fall in report.falls}
    for name, value in flat(report.metrics):
        before = f"{known[name].value:.4f}" if name in known else ""
        now = f"{value:.4f}" if name in report.judged else f"{value:g}"
        table.add_row(name, f"[bold red]{now}[/]" if name in fallen else now, before)
    return table
