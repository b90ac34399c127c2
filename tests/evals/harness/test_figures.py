"""The arithmetic of reliability and of times."""

from itertools import combinations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evals.harness.figures import by_tag, figures, flat, pass_hat, percentile
from evals.harness.runner import AnyResult, run
from evals.harness.suite import Case, Options, Result, Score
from tests.evals.harness.sums import Moody, Sums


def trials(name: str, passed: list[bool]) -> list[AnyResult]:
    case: Case[None, None] = Case(name, None, None)
    return [Result(case, number, None, (Score.of("it", good, "no"),), 0.0) for number, good in enumerate(passed)]


@given(st.lists(st.booleans(), min_size=1, max_size=7), st.integers(1, 7))
def test_pass_k_is_the_share_of_groups_of_k_trials_that_all_passed(passed: list[bool], k: int) -> None:
    groups = list(combinations(passed, k))
    counted = sum(all(group) for group in groups) / len(groups) if groups else 0.0

    assert pass_hat(trials("one", passed), k) == pytest.approx(counted)


def test_pass_k_is_averaged_over_cases_not_trials() -> None:
    results = [*trials("steady", [True, True]), *trials("moody", [True, False])]

    assert (pass_hat(results, 1), pass_hat(results, 2)) == (0.75, 0.5)


async def test_what_is_right_every_other_time_is_never_right_four_times() -> None:
    moody = figures(await run(Moody(), Options(repeat=4)))
    steady = figures(await run(Sums(), Options(repeat=4)))

    assert (moody["k"], moody["pass_1"], moody["pass_k"]) == (4, 0.5, 0.0)
    assert steady["pass_1"] == steady["pass_k"] == 0.75


@given(st.lists(st.floats(0, 1e6), min_size=1), st.floats(0.01, 1))
def test_a_percentile_is_the_smallest_value_that_covers_its_share(values: list[float], share: float) -> None:
    found = percentile(values, share)

    assert found in values
    assert sum(value <= found for value in values) >= share * len(values) - 1e-9
    assert sum(value < found for value in values) < share * len(values) + 1e-9


async def test_the_worst_tag_comes_first() -> None:
    done = await run(Sums(), Options())

    assert list(by_tag(done.results).items()) == [("carry", (0, 1)), ("plain", (3, 3))]


async def test_figures_hold_the_suites_own_and_the_splits() -> None:
    metrics = figures(await run(Sums(), Options()))

    assert dict(flat(metrics))["plain.accuracy"] == 1.0
    assert {"n", "k", "pass_1", "pass_k", "p50_ms", "p95_ms"} <= metrics.keys()
