"""Whole days, planned as a thoughtful person would."""

from datetime import UTC, datetime, timedelta

import pytest

from schemas.errors import InvalidRequestError
from schemas.intent import Need
from schemas.offer import ScoutedNeed
from schemas.timing import TimeWindow, Timing
from tests.tools.timechain.days import (
    CHICAGO,
    HOME,
    LAKE,
    PARK,
    at,
    before,
    between,
    clock,
    done,
    fixed,
    need,
    offer,
    planned,
    refused,
    request,
    starting,
    times,
    together,
    usd,
)
from tools.timechain import check, plan

ALL_DAY = [("00:00", "23:59")]
FLOWERS = need(
    "flowers", offer("flowers-1", "delivered", price=45, minutes=15, windows=[("09:00", "18:00")]),
    timing=done(between(None, "17:00")),
)  # fmt: skip
DINNER = need(
    "dinner", offer("dinner-1", price=96, minutes=105, starts=["18:00", "18:30", "19:00", "19:30"], place=LAKE),
    timing=starting(between("19:00", "19:00")),
)  # fmt: skip
LATE_TOO = TimeWindow(start=at("00:00"), end=at("06:00", 7))
RIDE = need(
    "ride", offer("ride-1", "moves_person", price=22, minutes=25, windows=[LATE_TOO])
)  # fmt: skip
BACK = need("back", offer("back-1", "moves_person", price=22, minutes=25, windows=[LATE_TOO]), destination=HOME)
SURPRISE = [before("flowers", "dinner"), before("dinner", "ride")]


def test_flowers_dinner_and_a_ride_home_that_leaves_as_dinner_ends() -> None:
    asked = request(FLOWERS, DINNER, RIDE, relations=SURPRISE, budget=usd(250))
    result = planned(plan(asked))
    assert times(result) == {"flowers": "16:00", "dinner": "19:00", "ride": "20:45"}
    assert result.total == usd(163)
    ride = result.items[-1]
    assert (ride.origin, ride.place, ride.travel) == (LAKE, HOME, timedelta(0))
    assert ride.end - ride.start == timedelta(minutes=25)
    assert result.items[1].travel == timedelta(minutes=11)
    assert check(result, asked) == []
    assert result.reasons == [
        "Flowers: Title flowers-1 from Partner flowers-1, the only offer, $45.00.",
        "Dinner: Title dinner-1 from Partner dinner-1, the only offer, $96.00.",
        "Ride: Title ride-1 from Partner ride-1, the only offer, $22.00; it leaves as dinner ends.",
    ]


def test_slack_says_how_much_later_each_could_begin() -> None:
    result = planned(plan(request(FLOWERS, DINNER, RIDE, relations=SURPRISE)))
    slack = {item.need_id: item.slack for item in result.items}
    assert slack["flowers"] == timedelta(hours=1)  # until the 17:00 that was asked for
    assert slack["dinner"] == timedelta(0)  # 19:00 was asked for
    assert slack["ride"] == timedelta(hours=7, minutes=14)  # to 03:59: the evening ends at four


def test_slack_ends_where_something_else_depends_on_it() -> None:
    cake = need("cake", offer("cake-1", "delivered", minutes=10, windows=ALL_DAY))
    result = planned(plan(request(cake, DINNER, relations=[before("cake", "dinner")])))
    assert result.items[0].slack == timedelta(hours=9)  # from ten until dinner begins


def test_slack_leaves_time_for_the_way_to_what_follows() -> None:
    spa = need("spa", offer("spa-1", minutes=60, windows=[("16:00", "18:30")], place=PARK))
    result = planned(plan(request(spa, DINNER, relations=[before("spa", "dinner")])))
    assert result.items[0].start + result.items[0].slack == at("17:41")  # an hour, then 19 minutes to dinner at 19:00


def test_the_budget_may_be_spent_to_the_last_cent_and_not_beyond() -> None:
    needs = (FLOWERS, DINNER, RIDE)
    assert planned(plan(request(*needs, budget=usd(163)))).total == usd(163)
    refused(plan(request(*needs, budget=usd("162.99"))))


def test_a_better_match_is_worth_some_money_but_not_any() -> None:
    plain = offer("dinner-1", price=60, starts=["19:00"], match=0.4, rating=4.2)
    lovely = offer("dinner-2", price=75, starts=["19:00"], match=0.8, rating=4.8)
    palace = offer("dinner-3", price=400, starts=["19:00"], match=0.82, rating=4.9)
    chosen = planned(plan(request(need("dinner", plain, lovely, palace)))).items[0].offer
    assert chosen == lovely


def test_when_the_budget_binds_the_best_combination_within_it_is_taken() -> None:
    def choices(id: str, *terms: tuple[int, float]) -> ScoutedNeed:
        offers = (offer(f"{id}-{price}", "delivered", price=price, windows=ALL_DAY, match=m) for price, m in terms)
        return need(id, *offers)

    cake, wine = choices("cake", (40, 0.2), (50, 0.9)), choices("wine", (40, 0.6), (50, 0.9))
    chosen = {limit: planned(plan(request(cake, wine, budget=usd(limit)))).items for limit in (80, 90, 100)}
    assert {limit: [item.offer.id for item in items] for limit, items in chosen.items()} == {
        80: ["cake-40", "wine-40"],
        90: ["cake-50", "wine-40"],
        100: ["cake-50", "wine-50"],
    }


def test_money_saved_on_one_thing_may_buy_another() -> None:
    """A cheap massage looks worse than a dear one until the show, for which the money is needed, comes into sight."""

    def visit(id: str, start: str, *terms: tuple[int, float]) -> ScoutedNeed:
        return need(id, *(offer(f"{id}-{price}", price=price, starts=[start], match=m) for price, m in terms))

    spa, hair = visit("spa", "10:00", (40, 0.5), (60, 0.9)), visit("hair", "12:00", (40, 0.5), (60, 0.9))
    show = visit("show", "20:00", (40, 0.0), (60, 1.0))
    result = planned(plan(request(spa, hair, show, budget=usd(140))))
    assert [item.offer.id for item in result.items] == ["spa-40", "hair-40", "show-60"]


def test_around_seven_means_as_near_to_seven_as_can_be() -> None:
    table = offer("dinner-1", starts=["18:30", "18:45", "19:15", "19:30"])
    asked = request(need("dinner", table, timing=starting(between("18:30", "19:40"))))
    assert times(planned(plan(asked))) == {"dinner": "19:15"}


def test_the_order_of_appointments_is_chosen_to_waste_no_time() -> None:
    spa = need("spa", offer("spa-1", minutes=60, starts=["14:00", "17:00"], place=LAKE))
    hair = need("hair", offer("hair-1", minutes=60, starts=["15:30", "20:00"], place=LAKE))
    assert times(planned(plan(request(spa, hair)))) == {"spa": "14:00", "hair": "15:30"}


def test_the_way_between_two_places_is_allowed_for() -> None:
    spa = need("spa", offer("spa-1", minutes=60, starts=["14:00"], place=HOME))
    hair = need("hair", offer("hair-1", starts=["15:00", "15:17", "15:18"], place=PARK))
    result = planned(plan(request(spa, hair, relations=[before("spa", "hair")])))
    assert times(result) == {"spa": "14:00", "hair": "15:18"}
    assert result.items[1].travel == timedelta(minutes=18)


def test_what_is_delivered_or_done_at_home_does_not_keep_the_person() -> None:
    cleaning = need("cleaning", offer("cleaning-1", "visits", minutes=180, starts=["18:00"]))
    result = planned(plan(request(cleaning, DINNER)))
    assert times(result) == {"cleaning": "18:00", "dinner": "19:00"}
    assert result.items[0].place == HOME


def test_a_delivery_is_done_when_it_arrives_however_long_it_takes_to_unload() -> None:
    catering = need(
        "catering", offer("catering-1", "delivered", minutes=45, starts=["16:50"]), timing=done(between(None, "17:00"))
    )
    party = need("party", offer("party-1", starts=["17:00"], place=HOME))
    result = planned(plan(request(catering, party, relations=[before("catering", "party")])))
    assert times(result) == {"catering": "16:50", "party": "17:00"}


def test_things_that_go_together_start_together() -> None:
    cake = need("cake", offer("cake-1", "delivered", minutes=10, windows=[("18:40", "23:00")]))
    result = planned(plan(request(cake, DINNER, relations=[together("cake", "dinner")])))
    assert times(result) == {"cake": "19:00", "dinner": "19:00"}


def test_two_deliveries_together_wait_for_a_moment_that_suits_both() -> None:
    cake = need("cake", offer("cake-1", "delivered", windows=[("10:00", "10:30"), ("12:00", "12:30")]))
    wine = need("wine", offer("wine-1", "delivered", windows=[("11:00", "13:00")]))
    result = planned(plan(request(cake, wine, relations=[together("cake", "wine")])))
    assert times(result) == {"cake": "12:00", "wine": "12:00"}


def test_a_delivery_between_two_appointments_waits_for_the_first() -> None:
    spa = need("spa", offer("spa-1", minutes=60, starts=["16:00"], place=LAKE))
    result = planned(
        plan(request(spa, FLOWERS, DINNER, relations=[before("spa", "flowers"), before("flowers", "dinner")]))
    )
    assert times(result) == {"spa": "16:00", "flowers": "17:00", "dinner": "19:00"}


def test_what_is_only_nice_is_kept_while_it_fits_and_left_out_when_it_does_not() -> None:
    cake = need("cake", offer("cake-1", "delivered", price=30, windows=ALL_DAY), priority="nice")
    assert planned(plan(request(DINNER, cake, budget=usd(126)))).left_out == []
    poorer = planned(plan(request(DINNER, cake, budget=usd(125))))
    assert poorer.left_out == ["cake"]
    assert poorer.reasons[-1] == "Cake is left out: it does not fit in with the rest within $125.00."


def test_more_nice_things_come_before_better_ones() -> None:
    show = need("show", offer("show-1", price=80, minutes=300, starts=["12:00"], match=1, rating=5), priority="nice")
    spa = need("spa", offer("spa-1", price=20, starts=["12:30"], match=0.1, rating=2), priority="nice")
    hair = need("hair", offer("hair-1", price=20, starts=["14:00"], match=0.1, rating=2), priority="nice")
    assert planned(plan(request(show, spa, hair))).left_out == ["show"]


def test_a_pick_up_point_that_was_named_is_where_the_ride_begins() -> None:
    ride = need(
        "ride", offer("ride-1", "moves_person", minutes=20, windows=ALL_DAY), place=PARK, destination=LAKE,
        timing=starting(between("15:00", "15:00")),
    )  # fmt: skip
    item = planned(plan(request(ride))).items[0]
    assert (item.origin, item.place, item.travel) == (PARK, LAKE, timedelta(minutes=18))


def test_a_ride_that_does_not_say_how_long_it_takes_is_estimated_by_its_way() -> None:
    ride = need("ride", offer("ride-1", "moves_person", minutes=0, windows=ALL_DAY))
    item = planned(plan(request(DINNER, ride, relations=[before("dinner", "ride")]))).items[1]
    assert item.end - item.start == timedelta(minutes=11)


def test_a_ride_to_an_appointment_takes_one_there_a_few_minutes_early() -> None:
    asked = request(DINNER, RIDE, relations=[before("ride", "dinner")])
    ride, dinner = planned(plan(asked)).items
    assert (clock(ride.start), ride.origin, ride.place) == ("18:25", HOME, LAKE)
    assert (clock(dinner.start), dinner.travel) == ("19:00", timedelta(0))
    assert check(planned(plan(asked)), asked) == []


def test_a_ride_there_goes_to_whichever_place_is_chosen() -> None:
    plain = offer("dinner-1", minutes=105, starts=["19:00"], place=LAKE, match=0.2)
    lovely = offer("dinner-2", minutes=105, starts=["19:00"], place=PARK, match=0.9)
    asked = request(need("dinner", plain, lovely), RIDE, relations=[before("ride", "dinner")])
    ride, dinner = planned(plan(asked)).items
    assert (dinner.place, ride.place) == (PARK, PARK)


def test_a_ride_that_does_not_say_how_long_it_takes_allows_for_the_farthest_place_it_may_lead_to() -> None:
    ride = need("ride", offer("ride-1", "moves_person", minutes=0, windows=ALL_DAY))
    there = planned(plan(request(DINNER, ride, relations=[before("ride", "dinner")]))).items[0]
    assert (clock(there.start), clock(there.end), there.place) == ("18:39", "18:50", LAKE)


def test_a_ride_there_and_a_ride_home_frame_what_they_are_for() -> None:
    asked = request(DINNER, RIDE, BACK, relations=[before("ride", "dinner")])
    result = planned(plan(asked))
    assert times(result) == {"ride": "18:25", "dinner": "19:00", "back": "20:45"}
    assert check(result, asked) == []


def test_a_ride_there_and_a_ride_home_frame_it_even_if_only_the_rides_are_in_order() -> None:
    massage = need("massage", offer("massage-1", minutes=60, starts=["10:00", "14:00"], place=LAKE))
    result = planned(plan(request(massage, RIDE, BACK, relations=[before("ride", "back")])))
    assert times(result) == {"ride": "09:25", "massage": "10:00", "back": "11:00"}


def test_a_ride_with_a_deadline_is_just_in_time_whatever_else_the_day_holds() -> None:
    airport = need("ride", *RIDE.offers, destination=PARK, timing=done(between(None, "17:00")))
    breakfast = need("breakfast", offer("breakfast-1", minutes=60, starts=["09:00"]))
    assert times(planned(plan(request(airport)))) == {"ride": "16:25"}
    assert times(planned(plan(request(airport, breakfast)))) == {"breakfast": "09:00", "ride": "16:25"}


def test_a_ride_home_with_a_deadline_leaves_as_what_it_is_from_ends() -> None:
    home = need("ride", *RIDE.offers, destination=HOME, timing=done(between(None, "23:00")))
    assert times(planned(plan(request(DINNER, home)))) == {"dinner": "19:00", "ride": "20:45"}


def test_a_delivery_with_a_deadline_comes_an_hour_before_it_or_as_near_to_that_as_it_can() -> None:
    def flowers(*windows: tuple[str, str]) -> str:
        found = need("flowers", offer("flowers-1", "delivered", windows=windows), timing=done(between(None, "17:00")))
        return times(planned(plan(request(found))))["flowers"]

    assert flowers(("09:00", "18:00")) == "16:00"
    assert flowers(("09:00", "12:00")) == "12:00"
    assert flowers(("16:40", "18:00")) == "16:40"
    assert flowers(("09:00", "15:00"), ("16:10", "18:00")) == "15:00"  # an hour of slack less is dear, one more is not


def test_a_day_without_an_hour_means_the_morning_and_not_midnight() -> None:
    cleaning = need("cleaning", offer("cleaning-1", "visits", minutes=120, windows=ALL_DAY))
    asked = request(cleaning, RIDE)
    assert set(times(planned(plan(asked))).values()) == {"10:00"}
    assert times(planned(plan(asked.model_copy(update={"now": at("13:30")})))) == {"cleaning": "13:30", "ride": "13:30"}


def test_a_ride_away_does_not_leave_one_there_for_the_night() -> None:
    """Friday is as good a day for the ride as Saturday, but dinner is on Saturday."""
    friday = TimeWindow(start=at("12:00", 5), end=at("23:00"))
    ride = need(
        "ride", offer("ride-1", "moves_person", minutes=25, windows=[friday]), destination=LAKE, timing=Timing()
    )
    result = planned(plan(request(DINNER, ride, relations=[before("ride", "dinner")])))
    assert result.items[0].start == at("18:25")


def test_a_ride_without_a_place_in_the_order_goes_where_it_is_of_use() -> None:
    assert times(planned(plan(request(DINNER, RIDE)))) == {"dinner": "19:00", "ride": "20:45"}


def test_what_is_bought_stands_and_the_rest_is_planned_round_it() -> None:
    bought = offer("dinner-9", price=80, minutes=105, starts=["19:00"], place=LAKE)
    show = need("show", offer("show-1", price=40, minutes=90, starts=["18:00", "20:30", "21:05"], place=PARK))
    asked = request(show, RIDE, fixed=[fixed(bought, "19:00")], budget=usd(142), relations=[before("show", "ride")])
    result = planned(plan(asked))
    assert times(result) == {"show": "21:05", "ride": "22:35"}
    assert result.total == usd(62)
    refused(plan(asked.model_copy(update={"budget": usd("141.99")})))


def test_a_bought_ride_leaves_from_the_place_it_was_ordered_to() -> None:
    taxi = offer("ride-9", "moves_person", minutes=25, starts=["21:00"])
    near = offer("dinner-1", minutes=105, starts=["19:00"], place=LAKE, match=0.2)
    far = offer("dinner-2", minutes=105, starts=["19:00"], place=PARK, match=0.9)
    anywhere = request(need("dinner", near, far), fixed=[fixed(taxi, "21:00", HOME)])
    ordered = request(need("dinner", near, far), fixed=[fixed(taxi, "21:00", HOME, origin=LAKE)])
    assert planned(plan(anywhere)).items[0].offer == far
    assert planned(plan(ordered)).items[0].offer == near


def test_bought_things_that_overlap_are_nobodys_fault() -> None:
    early, late = offer("spa-9", minutes=60, starts=["17:00"]), offer("hair-9", minutes=60, starts=["17:30"])
    result = planned(plan(request(DINNER, fixed=[fixed(early, "17:00"), fixed(late, "17:30")])))
    assert times(result) == {"dinner": "19:00"}


def test_an_evening_may_run_past_midnight() -> None:
    late = need(
        "dinner",
        offer("dinner-1", minutes=120, starts=["22:30"], place=LAKE),
        timing=starting(between("22:30", "22:30")),
    )
    result = planned(plan(request(late, RIDE, relations=[before("dinner", "ride")])))
    assert times(result) == {"dinner": "22:30", "ride": "00:30"}
    assert result.items[1].origin == LAKE


def test_a_ride_from_a_late_night_leaves_before_the_night_ends() -> None:
    """Half past three to twenty to five means five past four; but after four the person would be at home."""
    bar = need("bar", offer("bar-1", minutes=120, starts=["23:00"], place=LAKE), timing=Timing())
    wished = TimeWindow(start=at("03:30", 7), end=at("04:40", 7))
    ride = need("ride", offer("ride-1", "moves_person", minutes=25, windows=[LATE_TOO]), timing=Timing(start=wished))
    result = planned(plan(request(bar, ride, relations=[before("bar", "ride")])))
    assert times(result)["ride"] == "03:59"
    assert result.items[1].origin == LAKE


def test_after_a_night_the_person_sets_out_from_home() -> None:
    brunch = need(
        "brunch", offer("brunch-1", starts=[at("10:00", 7)], place=PARK),
        timing=Timing(day=TimeWindow(start=at("00:00", 7), end=at("23:59", 7))),
    )  # fmt: skip
    result = planned(plan(request(DINNER, brunch)))
    assert [item.travel for item in result.items] == [timedelta(minutes=11), timedelta(minutes=18)]


def test_slack_does_not_reach_through_a_night() -> None:
    evening = TimeWindow(start=at("20:00"), end=at("23:00", 7))
    show = need("show", offer("show-1", minutes=60, windows=[evening], place=LAKE), timing=Timing())
    brunch = need("brunch", offer("brunch-1", starts=[at("10:00", 7)], place=PARK), timing=Timing())
    result = planned(plan(request(show, brunch, relations=[before("show", "brunch")])))
    assert times(result) == {"show": "20:00", "brunch": "10:00"}
    assert result.items[0].slack == timedelta(hours=6, minutes=59)  # over by four, so that brunch is another day


@pytest.mark.parametrize(("day", "hours"), [(at("12:00", 8, 3), 23), (at("12:00", 2, 11), 25)])
def test_days_on_which_the_clock_changes_are_counted_in_real_hours(day: datetime, hours: int) -> None:
    """In 2026 the clocks go forward on 8 March, and in 2025 back on 2 November."""
    day = day.replace(year=2026) if day.month == 3 else day
    midnight = day.astimezone(CHICAGO).replace(hour=0)
    end = (midnight + timedelta(days=1)).astimezone(UTC)
    assert end - midnight.astimezone(UTC) == timedelta(hours=hours)
    night = TimeWindow(start=midnight.astimezone(UTC), end=end)
    show = need(
        "show", offer("show-1", minutes=180, starts=[midnight.astimezone(UTC)], place=LAKE), timing=Timing(day=night)
    )
    ride = need("ride", offer("ride-1", "moves_person", minutes=30, windows=[night]), timing=Timing(day=night))
    asked = request(show, ride, relations=[before("show", "ride")], now=day - timedelta(days=3))
    result = planned(plan(asked))
    assert result.items[1].start - result.items[0].start == timedelta(hours=3)
    assert check(result, asked) == []


def test_nothing_starts_in_the_past_or_before_one_can_be_there() -> None:
    table = need("dinner", offer("dinner-1", starts=["18:00", "18:10", "18:11"], place=LAKE))
    assert times(planned(plan(request(table, now=at("18:00"))))) == {"dinner": "18:11"}


def test_offers_that_have_expired_are_not_taken() -> None:
    stale = offer("dinner-1", starts=["19:00"], match=1, expires_at=at("09:00", 5))
    fresh = offer("dinner-2", starts=["19:00"], match=0.1)
    assert planned(plan(request(need("dinner", stale, fresh)))).items[0].offer == fresh


def test_limits_of_a_single_need_hold_and_cheaper_means_cheaper() -> None:
    offers = [offer(f"dinner-{price}", price=price, starts=["19:00"], match=price / 60) for price in (20, 40, 60)]
    limited = need("dinner", *offers, budget=usd(40))
    assert planned(plan(request(limited))).items[0].offer.price == usd(40)
    cheaper = need("dinner", *offers, cheaper_than=usd(40))
    assert planned(plan(request(cheaper))).items[0].offer.price == usd(20)


def test_equal_offers_go_to_the_smaller_id() -> None:
    twins = [offer(f"dinner-{n}", starts=["19:00"], place=LAKE) for n in (3, 1, 2)]
    assert planned(plan(request(need("dinner", *twins)))).items[0].offer.id == "dinner-1"


def test_without_any_place_known_there_are_no_ways() -> None:
    one = need("one", offer("one-1", minutes=60, starts=["18:00"]))
    two = need("two", offer("two-1", minutes=60, starts=["19:00"]))
    result = planned(plan(request(one, two, home=None)))
    assert [item.place for item in result.items] == [None, None]


def test_a_request_that_contradicts_itself_is_refused_by_name() -> None:
    with pytest.raises(InvalidRequestError) as refusal:
        plan(request(DINNER, DINNER, relations=[before("dinner", "dinner")]))
    assert [error.field for error in refusal.value.errors] == ["needs", "relations"]


def test_a_need_without_words_is_called_by_its_id() -> None:
    nameless = ScoutedNeed(need=Need(id="n1", text=""), offers=[offer("n1-1", starts=["19:00"])])
    assert planned(plan(request(nameless))).reasons[0].startswith("N1: ")
