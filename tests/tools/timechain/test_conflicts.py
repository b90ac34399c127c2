"""When there is no plan: what is in conflict, in words with figures, and what would work instead."""

from datetime import timedelta

from schemas.offer import PartnerFailure
from schemas.plan import Infeasible
from schemas.timing import Timing
from tests.tools.timechain.days import (
    HOME,
    LAKE,
    PARK,
    at,
    before,
    between,
    done,
    fixed,
    need,
    offer,
    refused,
    request,
    starting,
    times,
    together,
    usd,
)
from tools.timechain import check, plan

FLOWERS = need("flowers", offer("flowers-1", "delivered", price=24, minutes=15, windows=[("14:20", "18:00")]))
DINNER = need(
    "dinner", offer("dinner-1", price=42, minutes=105, starts=["17:30", "19:00", "21:15"], place=LAKE),
    timing=starting(between("19:00", "19:00")),
)  # fmt: skip
RIDE = need("ride", offer("ride-1", "moves_person", price=20, minutes=25, windows=[("00:00", "23:59")]))


def messages(result: Infeasible) -> list[str]:
    return [conflict.message for conflict in result.conflicts]


def proposals(result: Infeasible) -> list[str]:
    return [change.message for change in result.changes]


def test_too_little_money_for_everything_together() -> None:
    asked = request(FLOWERS, DINNER, RIDE, relations=[before("dinner", "ride")], budget=usd(30))
    result = refused(plan(asked))
    assert [(c.kind, c.need_ids) for c in result.conflicts] == [("budget", ("dinner",))]
    assert messages(result) == [
        "Ride, dinner and flowers cost at least $86.00 together; you allowed $30.00. "
        "Dinner alone costs at least $42.00."
    ]
    assert proposals(result) == ["With $86.00 instead of $30.00 everything fits."]
    change = result.changes[0]
    assert (change.field, change.need_id, change.budget) == ("budget", None, usd(86))
    assert check(change.plan, asked.model_copy(update={"budget": change.budget})) == []


def test_a_little_too_little_money_names_all_ways_out_least_disturbing_first() -> None:
    result = refused(plan(request(FLOWERS, DINNER, RIDE, budget=usd(80))))
    assert messages(result) == ["Ride, dinner and flowers cost at least $86.00 together; you allowed $80.00."]
    assert proposals(result) == [
        "With $86.00 instead of $80.00 everything fits.",
        "Without flowers the rest works, for $62.00.",
        "Without ride the rest works, for $66.00.",
    ]  # without the dinner there would be no point in the ride home


def test_money_that_is_already_spent_counts() -> None:
    bought = offer("spa-1", price=50, starts=["10:00"])
    result = refused(plan(request(DINNER, fixed=[fixed(bought, "10:00")], budget=usd(90))))
    assert messages(result) == ["Dinner costs at least $42.00; you allowed $90.00, $50.00 of it is already spent."]
    assert proposals(result) == ["With $92.00 instead of $90.00 everything fits."]


def test_more_spent_than_allowed_before_anything_is_added() -> None:
    bought = offer("spa-1", price=50, starts=["10:00"])
    nice = need("dinner", *DINNER.offers, priority="nice")
    result = refused(plan(request(nice, fixed=[fixed(bought, "10:00")], budget=usd(40))))
    assert messages(result) == ["What is already bought costs $50.00; you allowed $40.00."]
    assert result.changes[0].budget == usd(50)


def test_a_budget_in_another_money_than_what_is_bought() -> None:
    bought = offer("spa-1", price=50, currency="EUR", starts=["10:00"])
    result = refused(plan(request(DINNER, fixed=[fixed(bought, "10:00")], budget=usd(90))))
    assert messages(result) == ["The budget is in USD, but something is already bought in EUR."]


def test_a_limit_for_one_thing() -> None:
    result = refused(plan(request(need("dinner", *DINNER.offers, budget=usd(40)), RIDE)))
    assert messages(result) == ["The cheapest dinner costs $42.00; you allowed $40.00 for it."]
    assert proposals(result)[0] == "Dinner for $42.00 instead of $40.00 would work."
    assert (result.changes[0].need_id, result.changes[0].budget) == ("dinner", usd(42))


def test_nothing_cheaper() -> None:
    result = refused(plan(request(need("dinner", *DINNER.offers, cheaper_than=usd(42)))))
    assert messages(result) == ["No dinner is cheaper than $42.00; the cheapest costs $42.00."]


def test_nobody_can_deliver_so_soon() -> None:
    early = need("flowers", *FLOWERS.offers, timing=done(between(None, "10:00")))
    result = refused(plan(request(early, DINNER, now=at("08:00"))))
    assert result.conflicts[0].kind == "lead_time"
    assert messages(result) == ["The earliest flowers can be delivered is 14:20; you asked for it by 10:00."]
    assert proposals(result) == [
        "Flowers by 14:20 instead of 10:00 would work.",
        "Without flowers the rest works, for $42.00.",
    ]
    assert result.changes[0].moment == at("14:20")
    assert times(result.changes[0].plan) == {"flowers": "14:20", "dinner": "19:00"}


def test_no_table_at_that_time() -> None:
    at_eight = need("dinner", *DINNER.offers, timing=starting(between("20:00", "20:00")))
    result = refused(plan(request(at_eight)))
    assert result.conflicts[0].kind == "time"
    assert messages(result) == ["Dinner cannot begin at 20:00; the nearest times are 19:00 and 21:15 on Saturday."]
    assert proposals(result) == [
        "Dinner at 19:00 on Saturday instead of 20:00 would work.",
        "Dinner at 21:15 on Saturday instead of 20:00 would work.",
    ]


def test_only_on_another_day() -> None:
    sunday = need("dinner", offer("dinner-1", starts=[at("19:00", 7)], place=LAKE))
    result = refused(plan(request(sunday)))
    assert messages(result) == ["The earliest dinner can begin is 19:00 on Sunday; you asked for it on Saturday."]
    assert result.changes[0].moment == at("19:00", 7)


def test_a_long_way_off_the_date_is_said() -> None:
    march = need("dinner", offer("dinner-1", starts=[at("19:00", 14, 3)]), timing=starting(between(None, "20:00")))
    result = refused(plan(request(march.model_copy(), now=at("09:00", 14, 2))))
    assert "19:00 on Friday 14 March" in messages(result)[0]


def test_nobody_offers_it_and_who_did_not_answer() -> None:
    silent = PartnerFailure(partner_id="p1", partner_name="Crumb & Co", reason="no answer in 2 s")
    result = refused(plan(request(need("cake", failures=[silent]), DINNER)))
    assert result.conflicts[0].kind == "no_offer"
    assert messages(result) == ["Nobody offers cake; no answer from Crumb & Co (no answer in 2 s)."]
    assert [(c.field, c.need_id) for c in result.changes] == [("drop", "cake")]
    assert times(result.changes[0].plan) == {"dinner": "19:00"}


def test_two_things_that_nobody_offers_cannot_be_helped_by_dropping_one() -> None:
    result = refused(plan(request(need("cake"), need("wine"), DINNER)))
    assert messages(result) == ["Nobody offers cake.", "Nobody offers wine."]
    assert result.changes == []


def test_offers_in_another_currency_are_not_eligible() -> None:
    euros = need("cake", offer("cake-1", "delivered", currency="EUR", windows=[("10:00", "12:00")]))
    result = refused(plan(request(euros)))
    assert (result.conflicts[0].kind, messages(result)) == (
        "no_offer",
        ["Cake is only offered in EUR; this plan is in USD."],
    )


def test_offers_that_have_expired_or_have_no_time_left() -> None:
    expired = need("cake", offer("cake-1", "delivered", windows=[("10:00", "12:00")], expires_at=at("08:00", 5)))
    gone = need("wine", offer("wine-1", "delivered", windows=[("10:00", "12:00")]), timing=Timing())
    result = refused(plan(request(expired, gone, now=at("13:00"))))
    assert messages(result) == [
        "All offers for cake have expired.",
        "None of those who offer wine has a free time left.",
    ]


def test_one_cannot_be_at_two_places_at_once() -> None:
    spa = need("spa", offer("spa-1", minutes=75, starts=["18:00"], place=LAKE))
    result = refused(plan(request(spa, need("dinner", *DINNER.offers, timing=starting(between("19:00", "20:00"))))))
    assert [(c.kind, c.need_ids) for c in result.conflicts] == [("time", ("spa", "dinner"))]
    assert messages(result) == [
        "Spa is over at 19:15 on Saturday at the earliest and dinner must begin by 19:00: you cannot be at both."
    ]
    assert proposals(result)[0] == "Dinner at 21:15 on Saturday instead of between 19:00 and 20:00 would work."


def test_the_way_from_one_to_the_next_takes_too_long() -> None:
    spa = need("spa", offer("spa-1", minutes=60, starts=["17:50"], place=PARK))
    result = refused(plan(request(spa, DINNER, now=at("08:00"))))
    assert result.conflicts[0].kind == "travel"
    assert messages(result) == [
        "Spa is over at 18:50 at the earliest and dinner must begin by 19:00, and the way takes at least 19 minutes."
    ]


def test_too_far_to_be_there_in_time() -> None:
    result = refused(plan(request(DINNER, now=at("18:55"))))
    assert result.conflicts[0].kind == "travel"
    assert messages(result) == ["You cannot be at dinner by 19:00: the way there takes longer than that."]
    assert times(result.changes[0].plan) == {"dinner": "21:15"}


def test_an_order_that_cannot_be() -> None:
    late = need("flowers", offer("flowers-1", "delivered", price=24, windows=[("20:00", "21:00")]))
    result = refused(plan(request(late, DINNER, relations=[before("flowers", "dinner")], now=at("08:00"))))
    assert result.conflicts[0].kind == "order"
    assert messages(result) == [
        "Flowers should be over before dinner begins, but is over at 20:00 at the earliest, "
        "and dinner must begin by 19:00."
    ]
    assert "It works if flowers need not be over before dinner." in proposals(result)


def test_an_order_that_goes_in_circles() -> None:
    circle = [before("dinner", "ride"), before("ride", "dinner")]
    home = need("ride", *RIDE.offers, destination=HOME)
    result = refused(plan(request(DINNER, home, relations=circle)))
    assert messages(result) == [
        "You asked for dinner before ride and ride before dinner: that does not fit the times they can be had."
    ]
    assert result.changes[0].field == "relation"


def test_no_start_in_common() -> None:
    cake = need("cake", offer("cake-1", "delivered", starts=["18:50"]))
    result = refused(plan(request(cake, DINNER, relations=[together("cake", "dinner")])))
    assert messages(result) == ["Cake and dinner have no start in common."]


def test_several_that_do_not_fit_one_after_another() -> None:
    crowd = [
        need(f"n{i}", offer(f"n{i}-1", minutes=60, starts=["14:00", "15:00"], place=HOME), query=f"visit {i}")
        for i in (1, 2, 3)
    ]
    result = refused(plan(request(*crowd)))
    assert messages(result) == ["Visit 1, visit 2 and visit 3 do not fit one after another at the times you asked for."]
    assert [change.field for change in result.changes] == ["drop"] * 3


def test_what_is_bought_may_be_what_stands_in_the_way() -> None:
    show = offer("show-1", minutes=120, starts=["18:00"], place=LAKE)
    result = refused(plan(request(DINNER, fixed=[fixed(show, "18:00")])))
    assert messages(result) == [
        "Title show-1 is over at 20:00 on Saturday and dinner must begin by 19:00: you cannot be at both."
    ]
    assert times(result.changes[0].plan) == {"dinner": "21:15"}


def test_each_conflict_is_told_and_no_change_is_offered_that_solves_only_one() -> None:
    early = need("flowers", *FLOWERS.offers, timing=done(between(None, "10:00")))
    result = refused(plan(request(early, need("cake"), DINNER)))
    assert {c.need_ids for c in result.conflicts} == {("flowers",), ("cake",)}
    assert result.changes == []


def test_what_is_only_nice_is_never_in_conflict() -> None:
    cake = need("cake", priority="nice")
    result = refused(plan(request(cake, DINNER, budget=usd(40))))
    assert [c.need_ids for c in result.conflicts] == [("dinner",)]
    assert result.changes[0].plan.left_out == ["cake"]


def test_the_least_shift_is_to_the_minute() -> None:
    """Dinner ends at 20:45; the ride that was wanted by 20:45 can be had a whole 25 minutes later."""
    ride = need("ride", *RIDE.offers, timing=done(between(None, "20:45")))
    result = refused(plan(request(DINNER, ride, relations=[before("dinner", "ride")])))
    shift = next(change for change in result.changes if change.need_id == "ride" and change.field == "end")
    assert shift.moment == at("20:45") + timedelta(minutes=25)
