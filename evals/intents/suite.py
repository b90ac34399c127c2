"""The ``intents`` suite: own utterances of every kind against the built-in capabilities."""

from collections import Counter
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from statistics import fmean
from typing import Any

from agents.intent import Resolver, build_resolver
from evals.harness.suite import Case, EvaluationError, Options, Result, Suite
from evals.intents.cases import HALVES, Said, load
from evals.intents.grade import grade, pairs, slot_checks
from evals.intents.notation import Wanted
from schemas.capability import built_in
from schemas.intent import Intent, ResolveContext
from schemas.settings import Settings

Reading = Result[Said, Wanted, Intent]

_FIGURES = {
    "kind": "kind_accuracy",
    "time": "time_accuracy",
    "party": "party_accuracy",
    "quantity": "quantity_accuracy",
    "place": "place_accuracy",
    "budget": "budget_accuracy",
    "provisos": "proviso_accuracy",
    "relations": "relation_accuracy",
    "asks": "question_accuracy",
    "target": "target_accuracy",
}


class IntentsSuite(Suite[Said, Wanted, Intent]):
    """Each message is one case; the reader is the one that the environment configures."""

    name = "intents"
    about = "What one message says: kind, needs, facts, times, money, order; own utterances of every kind."
    evaluators = (grade,)

    def __init__(self) -> None:
        self._resolver: Resolver | None = None

    def cases(self, options: Options) -> Sequence[Case[Said, Wanted]]:
        """Every utterance; tags are its half and its group.

        Raises:
            EvaluationError: an expectation is written wrongly.
        """
        try:
            return load()
        except ValueError as error:
            raise EvaluationError(f"A case cannot be read: {error}") from error

    @asynccontextmanager
    async def opened(self, options: Options) -> AsyncIterator[None]:
        """A reader that has loaded what it needs."""
        self._resolver = build_resolver(Settings())
        first = self.cases(options)[0].input.context
        await self._resolver("hello", context=ResolveContext(now=first.now, zone=first.zone), capabilities=built_in())
        yield

    async def run(self, case: Case[Said, Wanted]) -> Intent:
        """The reading of one message in its situation."""
        assert self._resolver is not None, "the suite is opened before it runs"
        return await self._resolver(case.input.message, context=case.input.context, capabilities=built_in())

    def score(self, results: Sequence[Reading]) -> dict[str, Any]:
        """The figures of all cases and of each half."""
        halves = {half: [result for result in results if half in result.case.tags] for half in HALVES}
        return figures(results) | {half: figures(some) for half, some in halves.items() if some}


def figures(results: Sequence[Reading]) -> dict[str, Any]:
    """How many are right in every respect, and how each respect does by itself."""
    found: dict[str, Any] = {"n": len(results), "exact": fmean(result.passed for result in results)}
    aims = {"needs", "kind"}
    found["intent_accuracy"] = fmean(
        result.error is None and all(score.passed for score in result.scores if score.name in aims)
        for result in results
    )
    for aspect, figure in _FIGURES.items():
        values = [score.value for result in results for score in result.scores if score.name == aspect]
        if values:
            found[figure] = fmean(values)
    return found | _of_needs(results)


def _of_needs(results: Sequence[Reading]) -> dict[str, float]:
    """Needs and slots counted over all messages, so that a long one weighs as much as it says."""
    count: Counter[str] = Counter()
    for result in results:
        wanted, intent = result.case.expected.needs, result.outcome
        if wanted is None or intent is None:
            continue
        matched = pairs(wanted, intent.needs)
        count["needs matched"] += 2 * len(matched)
        count["needs"] += len(wanted) + len(intent.needs)
        for pair in matched:
            count += slot_checks(pair, result.case.input.words)
        overlooked = [need for need in wanted if all(need is not pair.wanted for pair in matched)]
        count["left"] += sum(len(need.slots) for need in overlooked)
    right, filled, expected = count["right"], count["right"] + count["wrong"], count["right"] + count["left"]
    return {
        "need_f1": _ratio(count["needs matched"], count["needs"]),
        "slot_precision": _ratio(right, filled),
        "slot_recall": _ratio(right, expected),
        "slot_f1": _ratio(2 * right, filled + expected),
    }


def _ratio(part: int, whole: int) -> float:
    return part / whole if whole else 1.0
