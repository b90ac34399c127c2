"""A report compares with the baseline and shows every failed case, safely."""

import json
import re
from datetime import UTC, datetime
from pathlib import Path

import pytest

from evals.harness import page
from evals.harness.baseline import Baseline, Mark
from evals.harness.report import Report, write
from evals.harness.runner import run
from evals.harness.suite import EvaluationError, Options, Selection, Suite
from tests.evals.harness.sums import Broken, Sums

NOW = datetime(2026, 3, 2, 9, 30, tzinfo=UTC)


async def reported(
    suite: Suite[str, int, int] | None = None, baseline: Baseline | None = None, options: Options | None = None
) -> Report:
    return Report.of(await run(suite or Sums(), options or Options()), at=NOW, baseline=baseline)


async def test_a_figure_that_fell_too_far_is_named() -> None:
    before = Baseline(metrics={"pass_1": Mark(value=0.9, fall=0.05), "plain.accuracy": Mark(value=1.0)})

    report = await reported(baseline=before)

    assert [str(fall) for fall in report.falls] == ["pass_1 fell to 0.7500; it was 0.9000 and may fall by 0.05"]


async def test_a_figure_within_its_allowance_has_not_fallen() -> None:
    before = Baseline(metrics={"pass_1": Mark(value=0.8, fall=0.05)})

    assert (await reported(baseline=before)).falls == []


async def test_a_figure_that_is_not_measured_any_more_has_fallen() -> None:
    before = Baseline(metrics={"beauty": Mark(value=0.1, fall=1.0)})

    [fall] = (await reported(baseline=before)).falls

    assert "not measured any more" in str(fall)


async def test_a_part_of_the_cases_is_not_compared() -> None:
    before = Baseline(metrics={"pass_1": Mark(value=1.0)})

    report = await reported(baseline=before, options=Options(selection=Selection(tag="carry")))

    assert report.falls == []


async def test_an_accepted_report_is_the_next_ones_baseline(tmp_path: Path) -> None:
    file = tmp_path / "deep" / "sums.json"
    Baseline(metrics={"pass_1": Mark(value=0.9, fall=0.2)}).write(tmp_path / "sums.json")

    (await reported()).accept(file)

    accepted = Baseline.read(file)
    assert accepted is not None
    assert accepted.metrics["pass_1"] == Mark(value=0.75)
    assert not [name for name in accepted.metrics if name.endswith("_ms") or name == "n"]
    assert (await reported(baseline=accepted)).falls == []


async def test_accepting_keeps_what_a_figure_may_fall_by(tmp_path: Path) -> None:
    file = tmp_path / "sums.json"
    Baseline(metrics={"pass_1": Mark(value=0.9, fall=0.2)}).write(file)

    (await reported()).accept(file)

    accepted = Baseline.read(file)
    assert accepted is not None and accepted.metrics["pass_1"] == Mark(value=0.75, fall=0.2)


async def test_a_part_of_the_cases_makes_no_baseline(tmp_path: Path) -> None:
    report = await reported(options=Options(selection=Selection(limit=1)))

    with pytest.raises(EvaluationError, match="--limit"):
        report.accept(tmp_path / "sums.json")


def test_a_file_that_is_no_baseline_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "sums.json"
    file.write_text('{"metrics": {"pass_1": {"value": "high"}}}')

    with pytest.raises(EvaluationError, match="is not a baseline"):
        Baseline.read(file)


async def test_the_page_shows_every_failed_case_and_escapes_it() -> None:
    html = page.draw(await reported(Broken()))

    assert "no &lt;zero&gt; here" in html and "<zero>" not in html
    assert "13 instead of 23" in html
    assert "Failed cases (2)" in html
    assert "30+5" not in html


async def test_the_page_needs_nothing_from_elsewhere() -> None:
    html = page.draw(await reported(baseline=Baseline(metrics={"pass_1": Mark(value=0.9)})))

    assert not re.search(r"<script|<link|https?://|@import|url\(", html)
    assert html.count("<svg") == 3
    assert "pass_1 fell to 0.7500" in html


async def test_the_documents_hold_every_trial(tmp_path: Path) -> None:
    report = await reported(options=Options(repeat=2))

    as_json, as_page = write(report, page.draw(report), tmp_path / "reports")

    document = json.loads(as_json.read_text())
    assert document["suite"] == "sums" and document["n"] == 4 and len(document["results"]) == 8
    assert document["tags"]["carry"] == {"passed": 0, "of": 2}
    assert as_page.read_text().startswith("<!doctype html>")
