"""The utterances: enough of them, of every kind, and none whose expectation cannot be right."""

from collections import Counter
from itertools import pairwise
from typing import get_args

import pytest

from evals.harness.suite import Case, Options
from evals.intents.cases import HALVES, Said, load
from evals.intents.grade import grade
from evals.intents.notation import Request, Wanted, check_case, wanted_need
from evals.intents.suite import IntentsSuite
from schemas.intent import IntentKind


@pytest.fixture(scope="module")
def cases() -> list[Case[Said, Wanted]]:
    return load()


def test_there_are_enough_in_each_half(cases: list[Case[Said, Wanted]]) -> None:
    counted = Counter(case.tags[0] for case in cases)
    assert all(counted[half] >= 120 for half in HALVES)


def test_every_kind_of_intent_is_expected_in_each_half(cases: list[Case[Said, Wanted]]) -> None:
    for half in HALVES:
        kinds = {kind for case in cases if half in case.tags for kind in case.expected.kinds}
        assert kinds == set(get_args(IntentKind))


def test_requests_have_from_one_to_five_needs(cases: list[Case[Said, Wanted]]) -> None:
    sizes = {len(case.expected.needs) for case in cases if case.expected.kinds == ("request",) and case.expected.needs}
    assert sizes == {1, 2, 3, 4, 5}


def test_no_message_is_said_twice_in_the_same_situation(cases: list[Case[Said, Wanted]]) -> None:
    said = Counter((case.input.message.casefold(), case.input.context.model_dump_json()) for case in cases)
    assert [message for message, times in said.items() if times > 1] == []


def test_the_halves_share_no_message(cases: list[Case[Said, Wanted]]) -> None:
    first, second = ({case.input.message.casefold() for case in cases if half in case.tags} for half in HALVES)
    assert not first & second


def test_what_a_conversation_goes_on_from_is_a_perfect_reading_of_what_was_said_before(
    cases: list[Case[Said, Wanted]],
) -> None:
    followed = [(one, two) for one, two in pairwise(cases) if two.input.context.intent and "dialogue" in two.tags]
    assert len(followed) > 10
    for one, two in followed:
        reading = two.input.context.intent
        assert reading is not None
        kept = reading.model_copy(update={"kind": one.expected.kinds[0]})
        assert [score.reason for score in grade(one, kept) if not score.passed] == []


def test_every_case_has_an_id_of_its_own_and_can_be_chosen_by_half_and_group() -> None:
    found = IntentsSuite().cases(Options())
    assert len({case.id for case in found}) == len(found)
    assert {"a", "b"} <= {tag for case in found for tag in case.tags}


@pytest.mark.parametrize(
    ("need", "complaint"),
    [
        ({"do": "hovercraft"}, "hovercraft"),
        ({"do": "cake", "topping": "cherries"}, "topping"),
        ({"do": "cake", "may": {"topping": "cherries"}}, "topping"),
        ({"do": "cake", "at": "Sun 15 May 19:00"}, "weekday"),
        ({"do": "cake", "at": "tomorrow"}, "moment"),
    ],
)
def test_a_need_that_is_written_wrongly_is_refused(
    cases: list[Case[Said, Wanted]], need: dict[str, object], complaint: str
) -> None:
    with pytest.raises(ValueError, match=complaint):
        wanted_need(need, cases[0].input.clock, home=True)


@pytest.mark.parametrize("table", [{"say": "a cake", "mood": "good"}, {"kind": "request"}])
def test_a_case_that_is_written_wrongly_is_refused(table: dict[str, object]) -> None:
    with pytest.raises(ValueError, match="a case has no"):
        check_case(table)


def test_a_patch_replaces_the_time_and_keeps_the_rest() -> None:
    before = Request.of({"needs": [{"do": "restaurant", "at": "Sat 15 May 19:00", "party": 2}]})
    after = before.after({"patch": {"n1": {"day": "Sun 16 May"}}})
    assert after.needs == {"n1": {"do": "restaurant", "day": "Sun 16 May", "party": 2}}


def test_orders_of_a_need_that_is_dropped_go_with_it() -> None:
    needs = [{"do": "flowers"}, {"do": "restaurant"}, {"do": "ride"}]
    before = Request.of({"needs": needs, "before": [[1, 2], [2, 3]]})
    after = before.after({"patch": {"n1": "gone"}})
    assert (list(after.needs), after.before) == (["n2", "n3"], [[1, 2]])
