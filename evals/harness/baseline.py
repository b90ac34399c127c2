"""The figures a suite had when they were last accepted, and whether today's are worse.

A baseline is a committed file, so a fall is a failing check and an accepted one a visible change. Only figures that
say how good an answer is are compared: counts and times depend on the machine and on what was asked for.
"""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Self

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from evals.harness.figures import flat
from evals.harness.suite import EvaluationError, Metrics

_ALLOWED_FALL = 0.01
_ROUNDING = 1e-6  # what is written has six digits


class Mark(BaseModel):
    """What a figure was, and how far it may fall."""

    model_config = ConfigDict(extra="forbid")

    value: float
    fall: float = Field(default=_ALLOWED_FALL, ge=0)


@dataclass(frozen=True, slots=True)
class Fall:
    """A figure that is lower than allowed; ``now`` is None when it is not measured any more."""

    name: str
    before: float
    now: float | None
    allowed: float

    def __str__(self) -> str:
        now = "is not measured any more" if self.now is None else f"fell to {self.now:.4f}"
        return f"{self.name} {now}; it was {self.before:.4f} and may fall by {self.allowed:g}"


class Baseline(BaseModel):
    """The accepted figures of one suite, by dotted name."""

    model_config = ConfigDict(extra="forbid")

    metrics: dict[str, Mark]

    @classmethod
    def read(cls, file: Path) -> Self | None:
        """The baseline in a file; None when there is none yet.

        Raises:
            EvaluationError: the file is not a baseline.
        """
        try:
            return cls.model_validate_json(file.read_bytes())
        except FileNotFoundError:
            return None
        except ValidationError as error:
            raise EvaluationError(f"{file} is not a baseline: {error.errors()[0]['msg']}.") from error

    @classmethod
    def of(cls, metrics: Metrics, before: "Baseline | None") -> "Baseline":
        """Today's figures as the baseline; what each may fall by stays as it was."""
        known = before.metrics if before else {}
        return cls(
            metrics={
                name: Mark(value=round(value, 6), fall=known[name].fall if name in known else _ALLOWED_FALL)
                for name, value in flat(metrics)
                if _compared(name)
            }
        )

    def write(self, file: Path) -> None:
        """Keep it, one line a figure."""
        lines = [f'    "{name}": {json.dumps(mark.model_dump())}' for name, mark in sorted(self.metrics.items())]
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text('{\n  "metrics": {\n' + ",\n".join(lines) + "\n  }\n}\n", "utf-8")

    def falls(self, metrics: Metrics) -> list[Fall]:
        """The figures that are lower than they may be."""
        now = dict(flat(metrics))
        return [
            Fall(name, mark.value, now.get(name), mark.fall)
            for name, mark in self.metrics.items()
            if name not in now or now[name] < mark.value - mark.fall - _ROUNDING
        ]


def _compared(name: str) -> bool:
    last = name.rpartition(".")[2]
    return not (last.endswith("_ms") or last in ("n", "k") or last.startswith("n_"))
