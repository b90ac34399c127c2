"""What an evaluation is made of: cases, something that answers them, and evaluators that grade the answers.

A suite is one object: it knows its cases, opens what they need once, answers one case at a time and works out its
figures from all results. Everything else (running at once, repeating, comparing, reporting) is the harness's.
"""

import re
from abc import ABC, abstractmethod
from collections import Counter
from collections.abc import AsyncIterator, Callable, Iterable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar, Generic, TypeVar

Asked = TypeVar("Asked")
Wanted = TypeVar("Wanted")
Got = TypeVar("Got")

Metrics = Mapping[str, Any]
"""Figures by name: numbers from 0 to 1 where more is better, ``*_ms`` for times, ``n*`` for counts; a mapping of
the same form as a value is a split, such as ``{"seen": {…}, "unseen": {…}}``."""


class EvaluationError(Exception):
    """An evaluation cannot be run as asked; the sentence says what to do."""


@dataclass(frozen=True, slots=True)
class Case(Generic[Asked, Wanted]):
    """One thing to try. ``input`` and ``expected`` are shown in reports: JSON values, dataclasses or models."""

    id: str
    input: Asked
    expected: Wanted
    tags: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Score:
    """One grade: ``value`` from 0 to 1, and why it is not 1."""

    name: str
    value: float
    reason: str = ""

    @property
    def passed(self) -> bool:
        """Whether nothing is amiss."""
        return self.value >= 1

    @classmethod
    def of(cls, name: str, passed: bool, reason: str) -> "Score":
        """Right or wrong; ``reason`` is told only when wrong."""
        return cls(name, 1.0) if passed else cls(name, 0.0, reason)


@dataclass(frozen=True, slots=True)
class Result(Generic[Asked, Wanted, Got]):
    """What one trial of a case gave. ``outcome`` is None when it could not be answered, and ``error`` says why."""

    case: Case[Asked, Wanted]
    trial: int
    outcome: Got | None
    scores: tuple[Score, ...]
    seconds: float
    error: str | None = None

    @property
    def passed(self) -> bool:
        """Whether it was answered and every grade is full."""
        return self.error is None and all(score.passed for score in self.scores)

    @property
    def why(self) -> list[str]:
        """Why it did not pass, one sentence each."""
        if self.error is not None:
            return [self.error]
        return [f"{score.name}: {score.reason}" for score in self.scores if not score.passed]


Evaluator = Callable[[Case[Asked, Wanted], Got], Iterable[Score]]
"""Grades one outcome."""


@dataclass(frozen=True, slots=True)
class Selection:
    """Which cases to run; by default all."""

    only: str | None = None
    """A regular expression that the case's id must contain."""
    tag: str | None = None
    limit: int | None = None

    @property
    def everything(self) -> bool:
        """Whether nothing is left out."""
        return self == Selection()


@dataclass(frozen=True, slots=True)
class Options:
    """What a person may choose for a run; ``data`` is the folder of a suite whose cases are not ours to ship."""

    data: Path | None = None
    selection: Selection = Selection()
    repeat: int = 1
    jobs: int | None = None
    """Cases at once; the suite's own number by default."""


@dataclass(frozen=True, slots=True)
class Dataset(Generic[Asked, Wanted]):
    """The cases of a suite, each with an id of its own."""

    cases: Sequence[Case[Asked, Wanted]]

    def __post_init__(self) -> None:
        repeated = [name for name, times in Counter(case.id for case in self.cases).items() if times > 1]
        if repeated:
            raise EvaluationError(f"Several cases are called {repeated[0]!r}; ids must tell them apart.")

    def select(self, selection: Selection) -> "Dataset[Asked, Wanted]":
        """The chosen cases, in order.

        Raises:
            EvaluationError: the pattern is no regular expression, or nothing is left.
        """
        try:
            pattern = re.compile(selection.only or "")
        except re.error as error:
            raise EvaluationError(f"{selection.only!r} is not a regular expression: {error}.") from error
        chosen = [
            case
            for case in self.cases
            if pattern.search(case.id) and (selection.tag is None or selection.tag in case.tags)
        ][: selection.limit]
        if not chosen:
            tags = ", ".join(sorted({tag for case in self.cases for tag in case.tags}))
            raise EvaluationError(f"No case was chosen. Case ids match by regular expression; tags are: {tags}.")
        return Dataset(chosen)


class Suite(ABC, Generic[Asked, Wanted, Got]):
    """A set of cases and how to answer and grade them."""

    name: ClassVar[str]
    about: ClassVar[str]
    """One line for a person."""
    jobs: ClassVar[int] = 1
    """How many cases may run at once; more than 1 only pays where cases wait for something."""
    evaluators: ClassVar[Sequence[Evaluator[Any, Any, Any]]] = ()

    @abstractmethod
    def cases(self, options: Options) -> Sequence[Case[Asked, Wanted]]:
        """Every case.

        Raises:
            EvaluationError: the options lack something, such as the data's folder.
        """

    @asynccontextmanager
    async def opened(self, options: Options) -> AsyncIterator[None]:
        """What the cases need, opened once before the first and closed after the last."""
        yield

    @abstractmethod
    async def run(self, case: Case[Asked, Wanted]) -> Got:
        """The product's answer to one case. An exception costs this case only."""

    def score(self, results: Sequence[Result[Asked, Wanted, Got]]) -> Metrics:
        """The suite's own figures, from every result; the harness adds ``n``, pass^k and times."""
        return {}
