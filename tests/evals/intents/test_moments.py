"""Expected times: what they agree with, what they do not, and that they are dates that exist."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evals.intents.moments import FORMS, Clock, Form, When
from schemas.timing import TimeWindow, Timing

CLOCK = Clock(datetime(2027, 5, 11, 14, tzinfo=ZoneInfo("America/Chicago")), "America/Chicago")
FAR = timedelta(hours=26)

moments = st.datetimes(datetime(2027, 5, 12), datetime(2028, 5, 1)).map(
    lambda moment: moment.replace(minute=moment.minute // 15 * 15, second=0, microsecond=0)
)


def written(moment: datetime) -> str:
    return moment.strftime("%a %d %b %H:%M")


def when(form: Form, moment: datetime) -> When:
    if form == "soon":
        return When.of(form, True, CLOCK)
    if form == "day":
        return When.of(form, moment.strftime("%a %d %b"), CLOCK)
    if form in ("between", "within"):
        return When.of(form, [written(moment), written(moment + timedelta(hours=2))], CLOCK)
    return When.of(form, written(moment), CLOCK)


@given(st.sampled_from(FORMS), moments, st.booleans())
def test_a_time_agrees_with_its_own_reading_and_with_no_time_far_from_it(
    form: Form, moment: datetime, arrives: bool
) -> None:
    expected = when(form, moment)
    timing = expected.timing(CLOCK, arrives=arrives)
    assert expected.agrees(timing, CLOCK)
    assert not expected.agrees(_moved(timing, FAR), CLOCK)
    assert not expected.agrees(Timing(), CLOCK)


def _moved(timing: Timing, by: timedelta) -> Timing:
    def side(moment: datetime | None) -> datetime | None:
        return moment.astimezone(UTC) + by if moment else None

    windows = (TimeWindow(start=side(w.start), end=side(w.end)) for w in (timing.start, timing.end, timing.day))
    start, end, day = windows
    return Timing(start=start, end=end, day=day)


@pytest.mark.parametrize("form", ["day", "within", "by", "since"])
def test_an_exact_hour_that_nobody_said_is_wrong(form: Form) -> None:
    moment = datetime(2027, 5, 14, 17)
    exact = When.of("at", "Fri 14 May 17:00", CLOCK).timing(CLOCK, arrives=False)
    assert not when(form, moment).agrees(exact, CLOCK)


def test_a_day_may_be_narrowed_to_the_hours_that_are_usual() -> None:
    day = When.of("day", "Sat 15 May", CLOCK)
    whole = day.timing(CLOCK, arrives=False)
    evening = When.of("within", ["Sat 15 May 17:00", "Sat 15 May 23:00"], CLOCK).timing(CLOCK, arrives=False)
    assert day.agrees(whole.model_copy(update={"start": evening.start}), CLOCK)


def test_a_deadline_without_an_hour_is_the_end_of_that_day() -> None:
    friday = When.of("by", "Fri 14 May", CLOCK)
    noon = When.of("by", "Fri 14 May 12:00", CLOCK)
    assert friday.agrees(noon.timing(CLOCK, arrives=True), CLOCK)
    assert not noon.agrees(friday.timing(CLOCK, arrives=True), CLOCK)


@pytest.mark.parametrize("text", ["Sun 15 May 19:00", "15 May 19:00", "Sat 15 May 7pm", "sat 15 may", ""])
def test_what_is_no_moment_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"moment|weekday"):
        CLOCK.read(text)


def test_the_year_is_the_next_in_which_the_weekday_is_right() -> None:
    assert CLOCK.read("Sat 1 Jan 10:00").year == 2028
    assert CLOCK.read("Fri 14 May").year == 2027
