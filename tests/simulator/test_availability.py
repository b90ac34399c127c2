"""Free and taken: what is offered can be booked, nothing is sold twice, and what is given back is free again."""

from datetime import UTC, datetime, timedelta
from functools import cache

from hypothesis import given, settings
from hypothesis import strategies as st

from simulator.availability import HORIZON, Diary, Hold, Openings, Pool, Schedule, as_minute, as_text, minute_up
from simulator.catalogue import Variant
from simulator.lines import lines
from simulator.partners import found
from tests.simulator.scene import ZONE

ALL_DAY = (((0, 1440),),) * 7


@cache
def one_of_each_line() -> list[Variant]:
    """Three variants of every line, from different shelves."""
    chosen: list[Variant] = []
    for name in lines():
        offered = [v for p in found(7, 40) for v in p.variants.values() if v.line.id == name]
        chosen += offered[:: max(1, len(offered) // 3)][:3]
    return chosen


variants = st.sampled_from(one_of_each_line())
days = st.dates(datetime(2026, 1, 1).date(), datetime(2027, 12, 31).date())
instants = st.datetimes(datetime(2026, 1, 1), datetime(2027, 12, 31)).map(
    lambda moment: as_minute(moment.replace(tzinfo=UTC))
)


def open_schedule(*, units: int, duration: int, step: int = 0) -> Schedule:
    """Something open all day of which nobody has booked anything."""
    return Schedule(Pool("test", units, 0.0), ALL_DAY, duration, step=step)


def free_moments(found: Openings, inside: int = 0) -> list[int]:
    """A moment in every opening that was offered, ``inside`` minutes after the window's beginning."""
    starts = [minute_of(start) for start in found.starts]
    return starts + [min(minute_of(opens) + inside, minute_of(closes)) for opens, closes in found.windows]


def minute_of(text: str) -> int:
    return as_minute(datetime.fromisoformat(text))


@given(variants, days, st.integers(0, 600), st.integers(1, 2))
@settings(max_examples=150, deadline=None)
def test_every_moment_that_is_offered_can_be_booked(variant, day, inside, units):
    earliest = as_minute(datetime.combine(day, datetime.min.time(), ZONE))
    diary = Diary("shop")
    offered = diary.openings(variant.schedule, earliest=earliest, latest=earliest + 1440, units=units)
    for moment in free_moments(offered, inside):
        hold = diary.take(variant.schedule, start=moment, units=units)
        assert hold is not None
        diary.release(hold)


@given(variants, instants, st.integers(0, 3 * 1440))
@settings(max_examples=150, deadline=None)
def test_openings_lie_inside_the_question_and_the_hours(variant, earliest, length):
    found_openings = Diary("shop").openings(variant.schedule, earliest=earliest, latest=earliest + length, units=1)
    for moment in free_moments(found_openings) + free_moments(found_openings, 10**6):
        assert earliest <= moment <= earliest + length
        assert variant.schedule.allows(moment)


@given(variants, days, st.lists(st.integers(0, 30), min_size=1, max_size=40))
@settings(max_examples=80, deadline=None)
def test_a_pool_is_never_sold_twice_and_released_units_are_free_again(variant, day, choices):
    schedule = variant.schedule
    earliest = as_minute(datetime.combine(day, datetime.min.time(), ZONE))
    question = {"earliest": earliest, "latest": earliest + 1440, "units": 1}
    diary = Diary("shop")
    before = diary.openings(schedule, **question)
    moments = free_moments(before, 7)
    holds: list[Hold] = []
    for choice in choices if moments else []:
        hold = diary.take(schedule, start=moments[choice % len(moments)], units=1)
        if hold is not None:
            holds.append(hold)
    for held in holds:
        overlapping = [
            other
            for other in holds
            if other.start < held.start + held.duration and held.start < other.start + other.duration
        ]
        at_its_start = [other for other in overlapping if other.start <= held.start]
        assert sum(other.units for other in at_its_start) <= schedule.pool.units
    for hold in holds:
        diary.release(hold)
    assert diary.openings(schedule, **question) == before


@given(variants, st.lists(days, min_size=2, max_size=4))
@settings(max_examples=60, deadline=None)
def test_a_day_is_equally_busy_in_whatever_order_days_are_asked(variant, asked):
    def ask(diary: Diary, day) -> Openings:
        earliest = as_minute(datetime.combine(day, datetime.min.time(), ZONE))
        return diary.openings(variant.schedule, earliest=earliest, latest=earliest + 1440, units=1)

    forwards, backwards = Diary("shop"), Diary("shop")
    first = [ask(forwards, day) for day in asked]
    assert first == [ask(backwards, day) for day in reversed(asked)][::-1]


@given(st.integers(1, 6), st.integers(5, 300), instants)
@settings(max_examples=60, deadline=None)
def test_a_slot_takes_as_many_bookings_as_there_are_units(units, duration, start):
    schedule, diary = open_schedule(units=units, duration=duration), Diary("shop")
    assert [diary.take(schedule, start=start, units=1) is not None for _ in range(units + 2)] == [True] * units + [
        False
    ] * 2


def test_a_party_that_needs_more_units_than_are_left_does_not_fit():
    schedule, diary = open_schedule(units=3, duration=60, step=60), Diary("shop")
    noon = as_minute(datetime(2026, 11, 28, 12, tzinfo=ZONE))
    assert diary.take(schedule, start=noon, units=2)
    assert diary.admits(schedule, start=noon, units=1)
    assert not diary.admits(schedule, start=noon, units=2)


def test_fixed_starts_are_the_only_ones():
    schedule, diary = open_schedule(units=3, duration=60, step=30), Diary("shop")
    noon = as_minute(datetime(2026, 11, 28, 12, tzinfo=ZONE))
    assert diary.admits(schedule, start=noon, units=1)
    assert not diary.admits(schedule, start=noon + 10, units=1)


def test_an_opening_after_midnight_belongs_to_the_evening_before():
    friday_only = tuple(((20 * 60, 26 * 60),) if day == 4 else () for day in range(7))
    schedule = Schedule(Pool("bar", 1, 0.0), friday_only, 60, step=60)
    night = as_minute(datetime(2026, 11, 28, 0, 30, tzinfo=ZONE))
    offered = Diary("bar").openings(schedule, earliest=night, latest=night + 180, units=1)
    assert offered.starts == ["2026-11-28T01:00:00-06:00", "2026-11-28T02:00:00-06:00"]


def test_a_round_the_clock_service_has_one_window_over_midnight():
    schedule = open_schedule(units=1, duration=25)
    evening = datetime(2026, 11, 28, 22, 0, tzinfo=ZONE)
    offered = Diary("cabs").openings(
        schedule, earliest=as_minute(evening), latest=as_minute(evening + timedelta(hours=5)), units=1
    )
    assert offered.windows == [("2026-11-28T22:00:00-06:00", "2026-11-29T03:00:00-06:00")]


def test_hours_are_local_on_the_days_the_clocks_change():
    lunch = (((12 * 60, 13 * 60),),) * 7
    schedule = Schedule(Pool("lunch", 1, 0.0), lunch, 30, step=60)
    for day in (datetime(2026, 3, 8, tzinfo=ZONE), datetime(2026, 11, 1, tzinfo=ZONE)):
        earliest = as_minute(day)
        offered = Diary("lunch").openings(schedule, earliest=earliest, latest=earliest + 1500, units=1)
        assert [text[11:16] for text in offered.starts] == ["12:00", "13:00"]


def test_one_question_looks_two_weeks_ahead():
    schedule = open_schedule(units=1, duration=60, step=720)
    start = as_minute(datetime(2026, 6, 1, 0, 0, tzinfo=ZONE))
    offered = Diary("x").openings(schedule, earliest=start, latest=start + 10 * HORIZON, units=1)
    assert minute_of(offered.starts[-1]) == start + HORIZON


def test_a_busy_saturday_leaves_tables_at_seven():
    tables = [p for p in found(7, 40) if p.services[0] == "restaurant.table"]
    for week in range(8):
        seven = as_minute(datetime(2026, 11, 28, 19, tzinfo=ZONE) + timedelta(weeks=week))
        free = [
            partner.slug
            for partner in tables
            if any(
                Diary(partner.slug).admits(variant.schedule, start=seven, units=1)
                for variant in list(partner.variants.values())[:12]
            )
        ]
        assert len(free) >= 3, free


def test_minutes_round_up_to_the_next_whole_one_and_write_local_time():
    assert minute_up(datetime(2026, 7, 1, 12, 0, 0, 1, tzinfo=UTC)) == as_minute(
        datetime(2026, 7, 1, 12, 1, tzinfo=UTC)
    )
    assert minute_up(datetime(2026, 7, 1, 12, 0, tzinfo=UTC)) == as_minute(datetime(2026, 7, 1, 12, 0, tzinfo=UTC))
    assert as_text(as_minute(datetime(2026, 7, 1, 17, 0, tzinfo=UTC))) == "2026-07-01T12:00:00-05:00"
