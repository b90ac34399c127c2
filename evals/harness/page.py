"""A report as one HTML page that needs nothing else: its style, its pictures and every case that failed."""

import json
from html import escape
from importlib.resources import files
from string import Template
from typing import Any

from evals.harness import charts
from evals.harness.figures import by_tag, flat
from evals.harness.report import Report, as_json
from evals.harness.runner import AnyResult

_TILES = 6


def draw(report: Report) -> str:
    """The page. Whatever comes from cases and answers is escaped."""
    run = report.run
    failed = report.failed
    cases = f"{report.metrics['n']} cases"
    trials = f", each {run.options.repeat} times" if run.options.repeat > 1 else ""
    early = f"; interrupted after {len(run.results)} of {run.planned} trials" if run.interrupted else ""
    values = {
        "title": escape(f"Evaluation: {run.suite.name}"),
        "about": escape(run.suite.about),
        "when": escape(f"{report.at:%-d %B %Y, %H:%M %Z} · {cases}{trials} in {run.seconds:.1f} s{early}"),
        "tiles": _tiles(report),
        "alarm": _alarm(report),
        "charts": _charts(report),
        "failed_title": f"Failed cases ({len(failed)})" if failed else "No case failed",
        "failed": "".join(map(_failure, failed)),
    }
    return Template(files("evals.harness").joinpath("page.html").read_text("utf-8")).substitute(values)


def _tiles(report: Report) -> str:
    metrics = report.metrics
    ratios = [(name, value) for name, value in metrics.items() if isinstance(value, float) and name in report.judged]
    own = [(name, f"{value:.3f}") for name, value in ratios if name not in ("pass_1", "pass_k")]
    shown = [("cases", str(metrics["n"])), ("passed", f"{metrics['pass_1']:.1%}")]
    if report.run.options.repeat > 1:
        shown.append((f"passed {metrics['k']} of {metrics['k']} times", f"{metrics['pass_k']:.1%}"))
    shown += own[: _TILES - len(shown)]
    shown += [(name.removesuffix("_ms"), f"{metrics[name]:.4g} ms") for name in ("p50_ms", "p95_ms")]
    return "".join(
        f'<div class="tile"><b>{escape(value)}</b><span>{escape(name.replace("_", " "))}</span></div>'
        for name, value in shown
    )


def _alarm(report: Report) -> str:
    if not report.falls:
        return ""
    items = "".join(f"<li>{escape(str(fall))}</li>" for fall in report.falls)
    return f'<section class="alarm"><h2>Worse than the baseline</h2><ul>{items}</ul></section>'


def _charts(report: Report) -> str:
    results = report.run.results
    known = report.baseline.metrics if report.baseline else {}
    fallen = {fall.name for fall in report.falls}
    rows = [
        (name, value, known[name].value if name in known else None, name in fallen)
        for name, value in flat(report.metrics)
        if name in report.judged
    ]
    times = [result.seconds * 1000 for result in results if result.error is None]
    drawn = {
        "Figures" + (" against the baseline" if known else ""): charts.against_baseline(rows),
        "Pass rate by tag": charts.pass_rates(by_tag(results)),
        "How long a case took": charts.latencies(times, report.metrics["p50_ms"], report.metrics["p95_ms"]),
    }
    return "".join(f"<section><h2>{title}</h2>{picture}</section>" for title, picture in drawn.items() if picture)


def _failure(result: AnyResult) -> str:
    case = result.case
    tags = "".join(f'<span class="tag">{escape(tag)}</span>' for tag in case.tags)
    why = "".join(f"<li>{escape(reason)}</li>" for reason in result.why)
    columns = {"Input": case.input, "Expected": case.expected, "Got": result.outcome}
    shown = "".join(f"<div><h3>{name}</h3><pre>{_pretty(value)}</pre></div>" for name, value in columns.items())
    return (
        f"<details><summary><b>{escape(case.id)}</b> {tags} <span>{escape(result.why[0])}</span></summary>"
        f'<ul class="why">{why}</ul><div class="columns">{shown}</div></details>'
    )


def _pretty(value: Any) -> str:
    plain = as_json(value)
    return escape(plain if isinstance(plain, str) else json.dumps(plain, ensure_ascii=False, indent=2))
