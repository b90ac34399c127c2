"""The ``sgd`` suite: every annotated turn of a folder in the Schema-Guided Dialogue format is one case."""

from collections import Counter
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

from agents.intent import Resolver, build_resolver
from evals.harness.suite import Case, EvaluationError, Options, Result, Score, Suite
from evals.sgd import loading, replay, scoring
from schemas.errors import InvalidRequestError
from schemas.intent import ResolveContext
from schemas.settings import Settings


@dataclass(frozen=True, slots=True)
class Asked:
    """One message of a dialogue."""

    dialogue: str
    heard: str
    """What the system had said before."""
    message: str


def _graded(case: Case[Asked, loading.Case], got: replay.Result) -> Iterator[Score]:
    grade, read = scoring.grade(got), got.among_own
    chosen = read.capability.id if read.capability else "nothing"
    yield Score.of("intent", grade.intent, f"{chosen} was chosen")
    if grade.capability is not None:
        wide = got.among_all.capability if got.among_all else None
        yield Score.of("capability", grade.capability, f"{wide.id if wide else 'nothing'} was chosen among all")
    expected = {name: " or ".join(values) for name, values in case.expected.informed.items()}
    as_informed = grade.right == grade.read == grade.informed
    yield Score.of("slots", as_informed, f"{dict(read.informed)} was read instead of {expected}")


class SgdSuite(Suite[Asked, loading.Case, replay.Result]):
    """Dialogues are played from their beginning, as later turns build on what was read before."""

    name = "sgd"
    about = "The Schema-Guided Dialogue format: which capability a turn is about, and what it says of its slots."
    evaluators = (_graded,)

    def __init__(self) -> None:
        self._folder: loading.Folder | None = None
        self._resolver: Resolver | None = None
        self._played: dict[tuple[str, int], dict[str, replay.Result]] = {}
        self._tries: Counter[str] = Counter()

    def cases(self, options: Options) -> Sequence[Case[Asked, loading.Case]]:
        """The turns that start or change an intent or inform slots, tagged by dialogue, service and seen or unseen.

        Raises:
            EvaluationError: there is no folder of this format.
        """
        if options.data is None:
            raise EvaluationError("The suite sgd reads its cases from a folder: add --data DIR.")
        try:
            self._folder = loading.load(options.data)
        except InvalidRequestError as error:
            raise EvaluationError(error.detail) from error
        return [
            Case(
                id=turn.case.id,
                input=Asked(dialogue.id, turn.heard, turn.message),
                expected=turn.case,
                tags=(turn.case.service, "seen" if turn.case.service in self._folder.seen else "unseen"),
            )
            for dialogue in self._folder.dialogues
            for turn in dialogue.turns
            if turn.case is not None
        ]

    @asynccontextmanager
    async def opened(self, options: Options) -> AsyncIterator[None]:
        """A reader that has loaded what it needs for these services."""
        self._resolver = build_resolver(Settings())
        folder = self._known()
        context = ResolveContext(now=replay.NOW, zone="UTC")
        await self._resolver("hello", context=context, capabilities=folder.capabilities)
        yield

    async def run(self, case: Case[Asked, loading.Case]) -> replay.Result:
        """What was read of one turn, in its dialogue; the n-th try of a turn is of the n-th play of the dialogue."""
        assert self._resolver is not None, "the suite is opened before it runs"
        self._tries[case.id] += 1
        play = (case.input.dialogue, self._tries[case.id])
        if play not in self._played:
            folder = self._known()
            dialogue = next(one for one in folder.dialogues if one.id == case.input.dialogue)
            results = [result async for result in replay.replay(dialogue, folder, self._resolver)]
            self._played[play] = {result.case.id: result for result in results}
        return self._played[play][case.id]

    def score(self, results: Sequence[Result[Asked, loading.Case, replay.Result]]) -> dict[str, Any]:
        """The benchmark's figures; the times are of one call of the resolver."""
        return scoring.score([result.outcome for result in results if result.outcome is not None])

    def _known(self) -> loading.Folder:
        assert self._folder is not None, "the cases are loaded before they run"
        return self._folder
