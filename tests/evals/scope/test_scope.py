"""The ``scope`` suite: its messages, its grades, and its figures."""

from collections import Counter

import pytest

from evals.harness.suite import Case, Options, Result
from evals.scope.suite import HALVES, Scope, ScopeSuite, grade, recognised
from schemas.intent import Intent, IntentKind, Need

CAKE = Need(id="n1", capability_id="cake.delivery", text="a cake")
NOBODYS = Need(id="n1", capability_id=None, text="a hovercraft")


def result(expected: Scope, intent: Intent | None, half: str = "a") -> Result[str, Scope, Intent]:
    case = Case("x", "a message", expected, (half,))
    scores = tuple(grade(case, intent)) if intent else ()
    return Result(case, 0, intent, scores, 0.001, None if intent else "it broke")


def test_each_side_has_seventy_messages_in_each_half() -> None:
    counted = Counter((half, side) for _, half, side in _cases())
    assert all(counted[half, side] >= 70 for half in HALVES for side in ("inside", "outside"))


def test_no_message_is_there_twice() -> None:
    said = Counter(message.casefold() for message, _, _ in _cases())
    assert [message for message, times in said.items() if times > 1] == []


def _cases() -> list[tuple[str, str, str]]:
    return [(case.input, case.tags[0], case.tags[1]) for case in ScopeSuite().cases(Options())]


@pytest.mark.parametrize("kind", ["unsupported", "unclear", "small_talk"])
def test_a_reading_that_buys_nothing_recognises_what_is_out_of_scope(kind: IntentKind) -> None:
    assert recognised(Intent(kind=kind, needs=[NOBODYS]))


@pytest.mark.parametrize("intent", [Intent(kind="request", needs=[NOBODYS]), Intent(kind="unsupported", needs=[CAKE])])
def test_any_other_reading_does_not(intent: Intent) -> None:
    assert not recognised(intent)


def test_a_service_that_was_not_meant_is_wrong_although_the_scope_is_right() -> None:
    found = result(Scope(("flowers.delivery",)), Intent(kind="request", needs=[CAKE]))
    assert [(score.name, score.passed) for score in found.scores] == [("scope", True), ("service", False)]


def test_precision_and_recall_are_of_what_is_out_of_scope() -> None:
    request, nothing = Intent(kind="request", needs=[CAKE]), Intent(kind="unsupported")
    inside = Scope(("cake.delivery",))
    results = [
        *[result(Scope(), nothing) for _ in range(3)],
        result(Scope(), request),
        result(Scope(), None),
        result(inside, nothing),
        *[result(inside, request, "b") for _ in range(4)],
    ]
    figures = ScopeSuite().score(results)
    assert (figures["n"], figures["n_outside"]) == (10, 5)
    assert figures["precision"] == pytest.approx(3 / 4)
    assert figures["recall"] == pytest.approx(3 / 5)
    assert figures["service_accuracy"] == pytest.approx(4 / 5)
    assert figures["b"]["n_outside"] == 0


async def test_the_reader_of_the_environment_answers_a_message() -> None:
    suite = ScopeSuite()
    case = next(case for case in suite.cases(Options()) if case.expected.services == ("cake.delivery",))
    async with suite.opened(Options()):
        assert isinstance(await suite.run(case), Intent)
