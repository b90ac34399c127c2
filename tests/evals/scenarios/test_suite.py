"""Stories are lived on real servers, and the grades see what was bought, not what was said."""

from collections.abc import AsyncIterator, Sequence
from copy import deepcopy

import pytest

from evals.harness.runner import AnyResult, run
from evals.harness.suite import Case, Options, Result
from evals.scenarios.grading import grade
from evals.scenarios.person import Outcome
from evals.scenarios.story import Expected, Story, stories
from evals.scenarios.suite import ScenariosSuite

WITH_MONEY = "anniversary-evening"
WITHOUT_MONEY = "thirty-dollars-for-everything"
REFUSED = "florist-refuses-at-the-counter"


class Three(ScenariosSuite):
    """Three of the stories."""

    def cases(self, options: Options) -> Sequence[Case[Story, Expected]]:
        return [case for case in super().cases(options) if case.id in (WITH_MONEY, WITHOUT_MONEY, REFUSED)]


@pytest.fixture(scope="module")
async def lived() -> AsyncIterator[dict[str, AnyResult]]:
    """Three stories told twice, by their id and trial."""
    done = await run(Three(), Options(repeat=2))
    yield {f"{result.case.id} {result.trial}": result for result in done.results}


Lived = dict[str, Result[Story, Expected, Outcome]]


def reasons(story_id: str, outcome: Outcome, **other: object) -> dict[str, str]:
    """What is amiss with an outcome, by grade, if some of the story's expectations were others."""
    story = next(story for story in stories() if story.id == story_id)
    expected = Expected.model_validate(story.expected.model_dump() | other)
    case = Case(story.id, story, expected)
    return {score.name: score.reason for score in grade(case, outcome) if not score.passed}


def outcome_of(lived: Lived, story_id: str) -> Outcome:
    outcome = lived[f"{story_id} 0"].outcome
    assert outcome is not None
    return deepcopy(outcome)


async def test_the_stories_end_well(lived: Lived) -> None:
    assert {name: result.why for name, result in lived.items() if not result.passed} == {}


async def test_the_same_story_ends_the_same_way_again(lived: Lived) -> None:
    def bought(name: str) -> list[tuple[str, str, int]]:
        outcome = lived[name].outcome
        assert outcome is not None
        return [
            (line["offer"]["product_id"], line["start"], line["offer"]["price"]["amount"])
            for order in outcome.orders
            for line in order["lines"]
        ]

    for story_id in (WITH_MONEY, WITHOUT_MONEY, REFUSED):
        assert bought(f"{story_id} 0") == bought(f"{story_id} 1")


async def test_what_costs_too_much_is_seen(lived: Lived) -> None:
    assert "is more than 10.00" in reasons(WITH_MONEY, outcome_of(lived, WITH_MONEY), budget=10)["money"]


async def test_an_item_too_much_and_one_too_few_are_seen(lived: Lived) -> None:
    wanted = ({"service": "flowers.delivery"}, {"service": "restaurant.table"}, {"service": "cake.delivery"})

    told = reasons(WITH_MONEY, outcome_of(lived, WITH_MONEY), items=wanted)["items"]

    assert told == "cake.delivery is missing; ride.taxi was not wanted"


async def test_a_wrong_hour_party_and_place_are_seen(lived: Lived) -> None:
    wanted = (
        {"service": "flowers.delivery", "at": (41.0, -87.0)},
        {"service": "restaurant.table", "starts": ["sat 20:00", ""], "party": 3},
        {"service": "ride.taxi"},
    )

    told = reasons(WITH_MONEY, outcome_of(lived, WITH_MONEY), items=wanted)["items"]

    assert "flowers.delivery: is at" in told
    assert "restaurant.table: starts Sat 19:00" in told
    assert "restaurant.table: is for 2 instead of 3" in told


async def test_a_purchase_made_twice_at_a_partner_is_seen(lived: Lived) -> None:
    outcome = outcome_of(lived, WITH_MONEY)
    outcome.bookings.append(outcome.bookings[0])

    assert "is in its partner's books, not in ours" in reasons(WITH_MONEY, outcome)["books"]


async def test_a_purchase_that_never_reached_the_partner_is_seen(lived: Lived) -> None:
    outcome = outcome_of(lived, WITH_MONEY)
    outcome.bookings.pop()

    assert "is not in its partner's books" in reasons(WITH_MONEY, outcome)["books"]


async def test_money_that_is_not_where_it_belongs_is_seen(lived: Lived) -> None:
    outcome = outcome_of(lived, WITH_MONEY)
    entry = next(one for one in outcome.orders[0]["ledger"] if one["account"].startswith("escrow"))
    entry["amount"]["amount"] += 100

    told = reasons(WITH_MONEY, outcome)["money"]

    assert "does not balance" in told and "is held for what costs" in told


async def test_two_places_at_once_are_seen(lived: Lived) -> None:
    outcome = outcome_of(lived, WITH_MONEY)
    ride = next(line for line in outcome.orders[0]["lines"] if line["offer"]["capability_id"] == "ride.taxi")
    dinner = next(line for line in outcome.orders[0]["lines"] if line["offer"]["capability_id"] == "restaurant.table")
    ride["start"] = dinner["start"]

    assert "overlap" in reasons(WITH_MONEY, outcome)["day"]


async def test_a_repair_that_was_not_needed_or_did_not_happen_is_seen(lived: Lived) -> None:
    assert (
        "was not bought anew" in reasons(WITH_MONEY, outcome_of(lived, WITH_MONEY), repaired=("ride.taxi",))["repair"]
    )
    assert "was bought anew" in reasons(REFUSED, outcome_of(lived, REFUSED), repaired=())["repair"]


async def test_an_honest_no_is_not_a_purchase(lived: Lived) -> None:
    outcome = outcome_of(lived, WITHOUT_MONEY)

    assert (outcome.orders, outcome.bookings) == ([], [])
    assert reasons(WITHOUT_MONEY, outcome, ends="bought", infeasible=False)["end"] == (
        "it came to 'nothing' instead of 'bought'"
    )
