"""The ``intents`` suite: the reader answers its cases, and its figures are those of what came out."""

import pytest

from evals.harness.suite import Case, Options, Result
from evals.intents.cases import Said
from evals.intents.notation import Wanted
from evals.intents.suite import IntentsSuite
from schemas.intent import Intent

Found = Result[Said, Wanted, Intent]


def result(case: Case[Said, Wanted], intent: Intent | None) -> Found:
    scores = tuple(score for grade in IntentsSuite.evaluators for score in grade(case, intent)) if intent else ()
    return Result(case, 0, intent, scores, 0.001, None if intent else "it broke")


@pytest.fixture(scope="module")
def by_id() -> dict[str, Case[Said, Wanted]]:
    return {case.id: case for case in IntentsSuite().cases(Options())}


async def test_the_reader_of_the_environment_answers_a_message(by_id: dict[str, Case[Said, Wanted]]) -> None:
    suite = IntentsSuite()
    async with suite.opened(Options()):
        assert (await suite.run(by_id["a.aside.1"])).reader in ("offline", "model")


def test_one_right_and_one_wrong_are_half_right(by_id: dict[str, Case[Said, Wanted]]) -> None:
    talk = [case for case in by_id.values() if case.expected.kinds == ("small_talk",)][:2]
    figures = IntentsSuite().score([result(talk[0], Intent(kind="small_talk")), result(talk[1], Intent(kind="status"))])
    assert (figures["exact"], figures["kind_accuracy"], figures["intent_accuracy"]) == (0.5, 0.5, 0.5)


def test_an_answer_that_never_came_is_wrong(by_id: dict[str, Case[Said, Wanted]]) -> None:
    case = next(case for case in by_id.values() if case.expected.kinds == ("small_talk",))
    assert IntentsSuite().score([result(case, None)])["exact"] == 0


def test_the_slots_of_a_need_that_was_overlooked_count_as_left(by_id: dict[str, Case[Said, Wanted]]) -> None:
    case = next(case for case in by_id.values() if case.expected.needs and case.expected.needs[0].slots)
    figures = IntentsSuite().score([result(case, Intent(kind="unclear"))])
    assert (figures["need_f1"], figures["slot_recall"]) == (0, 0)


def test_each_half_is_reported_by_itself(by_id: dict[str, Case[Said, Wanted]]) -> None:
    some = [result(by_id[name], Intent(kind="human")) for name in ("a.aside.1", "b.aside.1")]
    figures = IntentsSuite().score(some)
    assert figures["a"]["n"] == figures["b"]["n"] == 1
