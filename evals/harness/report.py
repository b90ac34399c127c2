"""What a run came to, as one document: written as JSON and drawn as a page, the same facts in both."""

import dataclasses
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from pydantic import BaseModel

from evals.harness.baseline import Baseline, Fall
from evals.harness.figures import by_tag, figures
from evals.harness.runner import AnyResult, Run
from evals.harness.suite import EvaluationError


@dataclass(frozen=True, slots=True)
class Report:
    """A finished (or interrupted) run with its figures, beside those of the baseline.

    ``baseline`` is None where there is none, or where only a part of the cases ran: a part is not comparable.
    """

    run: Run
    at: datetime
    metrics: dict[str, Any]
    baseline: Baseline | None

    @classmethod
    def of(cls, run: Run, *, at: datetime, baseline: Baseline | None) -> "Report":
        """Work out the figures of a run."""
        whole = run.options.selection.everything and not run.interrupted
        return cls(run, at, figures(run), baseline if whole else None)

    @property
    def falls(self) -> list[Fall]:
        """The figures that are worse than the baseline allows."""
        return self.baseline.falls(self.metrics) if self.baseline else []

    @property
    def judged(self) -> frozenset[str]:
        """The dotted names of the figures that say how good the answers are."""
        return frozenset(Baseline.of(self.metrics, None).metrics)

    @property
    def failed(self) -> list[AnyResult]:
        """The trials that did not pass, each case once: a case fails in the same way more often than not."""
        first: dict[str, AnyResult] = {}
        for result in self.run.results:
            if not result.passed:
                first.setdefault(result.case.id, result)
        return list(first.values())

    def summary(self) -> dict[str, Any]:
        """The figures alone, as ``uso eval --json`` prints them."""
        head = {"suite": self.run.suite.name}
        return {**head, **self.metrics, **({"interrupted": True} if self.run.interrupted else {})}

    def document(self) -> dict[str, Any]:
        """Everything: figures, falls, tags and every trial."""
        return {
            **self.summary(),
            "at": self.at.isoformat(),
            "seconds": round(self.run.seconds, 3),
            "falls": [dataclasses.asdict(fall) for fall in self.falls],
            "tags": {tag: {"passed": passed, "of": of} for tag, (passed, of) in by_tag(self.run.results).items()},
            "results": [_trial(result) for result in self.run.results],
        }

    def accept(self, file: Path) -> None:
        """Make today's figures the baseline.

        Raises:
            EvaluationError: not every case was run.
        """
        if not self.run.options.selection.everything or self.run.interrupted:
            raise EvaluationError("A baseline is made of all cases: leave out --only, --tag and --limit.")
        Baseline.of(self.metrics, Baseline.read(file)).write(file)


def _trial(result: AnyResult) -> dict[str, Any]:
    return {
        "case": result.case.id,
        "trial": result.trial,
        "tags": list(result.case.tags),
        "passed": result.passed,
        "ms": round(result.seconds * 1000, 3),
        "input": as_json(result.case.input),
        "expected": as_json(result.case.expected),
        "got": as_json(result.outcome),
        "scores": [dataclasses.asdict(score) for score in result.scores],
        "error": result.error,
    }


def as_json(value: Any) -> Any:
    """Any value of a case as JSON: models and dataclasses by their fields, anything unknown by its text."""
    match value:
        case None | bool() | int() | float() | str():
            return value
        case BaseModel():
            return value.model_dump(mode="json", exclude_defaults=True)
        case Mapping():
            return {str(key): as_json(one) for key, one in value.items()}
        case list() | tuple() | set() | frozenset():
            return [as_json(one) for one in value]
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return {field.name: as_json(getattr(value, field.name)) for field in dataclasses.fields(value)}
    return str(value)


def write(report: Report, page: str, folder: Path) -> tuple[Path, Path]:
    """Write ``SUITE.json`` and ``SUITE.html`` into the folder; returns where."""
    folder.mkdir(parents=True, exist_ok=True)
    name = report.run.suite.name
    documents = folder / f"{name}.json", folder / f"{name}.html"
    documents[0].write_text(json.dumps(report.document(), ensure_ascii=False, indent=1), "utf-8")
    documents[1].write_text(page, "utf-8")
    return documents
