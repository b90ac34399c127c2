"""The stories are well formed, and together they meet every line of business and every kind of trouble."""

from datetime import datetime

import pytest

from evals.scenarios.story import Span, moment, stories
from evals.scenarios.world import MORNING
from simulator.lines import lines


def test_every_line_of_business_is_met() -> None:
    met = {item.service for story in stories() for item in story.expected.items}

    assert met == set(lines())


def test_there_are_many_stories_and_most_want_several_things() -> None:
    told = stories()

    assert len({story.id for story in told}) == len(told) >= 60
    assert sum(len(story.expected.items) > 1 or len(story.moves) > 2 for story in told) > len(told) / 2


def test_every_way_of_behaving_badly_is_met() -> None:
    behaviours = {mischief.behaviour for story in stories() for move in story.moves for mischief in move.before}

    assert behaviours >= {"refuse", "refuse_checkout", "late", "silent", "out_of_stock", "price_change", "error"}


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("wed 10:30", datetime(2026, 5, 6, 10, 30)),
        ("sat 19:00", datetime(2026, 5, 9, 19)),
        ("tue 08:00", datetime(2026, 5, 12, 8)),
        ("fri+1 9:00", datetime(2026, 5, 15, 9)),
    ],
)
def test_moments_are_counted_from_the_morning_of_the_story(text: str, meant: datetime) -> None:
    assert moment(text) == meant.replace(tzinfo=MORNING.tzinfo)


def test_a_span_may_be_open() -> None:
    before_noon = Span.model_validate(["", "thu 12:00"])

    assert moment("wed 08:00") in before_noon
    assert moment("thu 12:01") not in before_noon
