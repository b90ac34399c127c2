"""Cases are chosen, run, repeated and graded; an interruption keeps what is done."""

import asyncio

import pytest

from evals.harness.figures import figures
from evals.harness.runner import AnyResult, run
from evals.harness.suite import EvaluationError, Options, Selection
from tests.evals.harness.sums import Broken, Crowded, Endless, Sums, Twins


async def test_every_case_is_run_and_graded() -> None:
    done = await run(Sums(), Options())

    assert {result.case.id: result.passed for result in done.results} == {
        "1+2": True,
        "10+20": True,
        "30+5": True,
        "18+5": False,
    }
    [failed] = [result for result in done.results if not result.passed]
    assert failed.why == ["sum: 13 instead of 23"]


async def test_each_case_is_tried_as_often_as_asked() -> None:
    done = await run(Sums(), Options(repeat=3))

    assert done.planned == len(done.results) == 12
    assert [result.trial for result in done.results if result.case.id == "1+2"] == [0, 1, 2]


@pytest.mark.parametrize(
    ("selection", "chosen"),
    [
        (Selection(only=r"^1"), ["1+2", "10+20", "18+5"]),
        (Selection(tag="carry"), ["18+5"]),
        (Selection(limit=2), ["1+2", "10+20"]),
        (Selection(only="0", tag="plain", limit=1), ["10+20"]),
    ],
)
async def test_cases_can_be_chosen(selection: Selection, chosen: list[str]) -> None:
    done = await run(Sums(), Options(selection=selection))

    assert [result.case.id for result in done.results] == chosen


async def test_choosing_no_case_names_the_tags_there_are() -> None:
    with pytest.raises(EvaluationError, match="carry, plain"):
        await run(Sums(), Options(selection=Selection(tag="minus")))


async def test_a_pattern_that_is_none_is_refused() -> None:
    with pytest.raises(EvaluationError, match="not a regular expression"):
        await run(Sums(), Options(selection=Selection(only="(")))


async def test_two_cases_of_one_name_are_refused() -> None:
    with pytest.raises(EvaluationError, match="'one'"):
        await run(Twins(), Options())


async def test_a_case_that_breaks_costs_only_itself() -> None:
    done = await run(Broken(), Options())

    errors = {result.case.id: result.error for result in done.results if result.error}
    assert errors == {"10+20": "ZeroDivisionError: no <zero> here"}
    assert figures(done)["pass_1"] == 0.5


async def test_no_more_cases_run_at_once_than_asked() -> None:
    by_itself, on_request = Crowded(), Crowded()

    await run(by_itself, Options())
    await run(on_request, Options(jobs=3))

    assert (by_itself.most, on_request.most) == (2, 3)


async def test_an_interrupted_run_keeps_what_is_done() -> None:
    two_done = asyncio.Event()
    seen: list[str] = []

    def heard(result: AnyResult) -> None:
        seen.append(result.case.id)
        if len(seen) == 2:
            two_done.set()

    running = asyncio.create_task(run(Endless(), Options(), on_result=heard))
    await two_done.wait()
    running.cancel()
    done = await running

    assert done.interrupted
    assert [result.case.id for result in done.results] == ["1+2", "10+20"]
    assert figures(done)["n"] == 2
