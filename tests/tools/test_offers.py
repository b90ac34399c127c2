"""From needs to live offers: whom is asked what, and what becomes of good, odd and missing answers."""

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from starlette.responses import JSONResponse

from memory.database import Database
from schemas.intent import Need
from schemas.money import Money
from schemas.offer import ScoutedNeed
from schemas.place import Place
from schemas.principal import Principal
from schemas.timing import TimeWindow, Timing
from tests.tools import paper_partner as paper
from tests.tools.market import NOW, Market, quotes
from tools.offers import Findings, find_offers
from tools.offers.times import windows_to_ask, within

HOME = Place(name="Home", lat=41.8925, lon=-87.6345, zone="America/Chicago")
DAY = datetime(2026, 11, 21, tzinfo=UTC)


@pytest.fixture
def market(database: Database, principal: Principal) -> Market:
    return Market(database, principal)


def _at(hour: float) -> datetime:
    return DAY + timedelta(hours=hour)


def _need(text: str = "roses", kind: str | None = "flowers.delivery", hour: float = 17, **more: Any) -> Need:
    timing = Timing(start=TimeWindow(start=_at(hour), end=_at(hour)))
    return Need.model_validate(
        {"id": "n1", "capability_id": kind, "text": text, "query": text, "timing": timing, **more}
    )


def _roses(identifier: str = "v1", kind: str = "flowers.delivery", **more: Any) -> Any:
    facts = {"service": kind, **more.pop("metadata", {})}
    return paper.product(identifier, **{"title": f"Roses {identifier}", "metadata": facts, **more})


async def _find(market: Market, *needs: Need, **more: Any) -> Findings:
    return await find_offers(
        market.database, market.http, market.principal, needs,
        **{"home": HOME, "now": NOW, "currency": "USD", **more},
    )  # fmt: skip


async def _one(market: Market, need: Need, **more: Any) -> ScoutedNeed:
    return (await _find(market, need, **more)).scouted[0]


# what an offer says


async def test_an_offer_has_the_partners_live_word(market: Market) -> None:
    app, partner = await market.open("Rosewood", _roses(rating={"value": 4.2, "scale_max": 5}, tags=["red"]))
    app.says["/ucp/catalog/lookup"] = quotes(amount=5200, duration_minutes=20, lead_minutes=90, capacity=4)
    (offer,) = (await _one(market, _need(quantity=2))).offers
    assert (offer.partner_id, offer.partner_name, offer.product_id) == (partner.id, "Rosewood", "v1")
    assert offer.price == Money(amount=5200, currency="USD")  # not the catalogue's 45.00
    assert (offer.duration, offer.quantity, offer.rating) == (timedelta(minutes=20), 2, 4.2)
    assert offer.id == f"{partner.id}:v1:n1"
    assert offer.effect == "delivered" and offer.place is None
    assert offer.windows == (TimeWindow(start=_at(15), end=_at(20)),)
    assert offer.expires_at == datetime(2030, 1, 1, tzinfo=UTC)
    assert offer.attributes == {"tags": ["red"], "lead_minutes": 90, "price_per": "item", "capacity": 4}


async def test_where_one_goes_is_the_partners_place(market: Market) -> None:
    await market.open("Trattoria", _roses(kind="restaurant.table"))
    (offer,) = (await _one(market, _need(kind="restaurant.table"))).offers
    assert offer.place is not None and offer.place.name == "Trattoria"


async def test_times_some_hours_round_the_wish_are_kept_and_no_others(market: Market) -> None:
    app, _ = await market.open("Rosewood", _roses())
    app.says["/ucp/catalog/lookup"] = quotes(
        windows=[], starts=[f"2026-11-21T{hour}:00:00Z" for hour in ("09", "14", "17", "20", "21")]
    )
    (offer,) = (await _one(market, _need(hour=17))).offers
    assert offer.starts == (_at(14), _at(17), _at(20))
    app.says["/ucp/catalog/lookup"] = quotes(windows=[["2026-11-20T00:00:00Z", "2026-11-23T00:00:00Z"]])
    (offer,) = (await _one(market, _need(hour=17))).offers
    assert offer.windows == (TimeWindow(start=_at(14), end=_at(20)),)


# whom is asked what


async def test_a_partner_is_asked_once_for_all_its_products(market: Market) -> None:
    app, _ = await market.open("Rosewood", _roses("v1"), _roses("v2"), _roses("v3", kind="gift.delivery"))
    found = await _find(market, _need(), _need(id="n2", kind="gift.delivery"))
    assert [len(result.offers) for result in found.scouted] == [2, 1]
    ((_, _, body),) = app.requests
    assert sorted(body["ids"]) == ["v1", "v2", "v3"]
    assert body["booking"] == {
        "earliest": _at(14).isoformat(), "latest": _at(20).isoformat(), "party": None, "quantity": 1,
        "place": HOME.model_dump(),
    }  # fmt: skip


async def test_needs_at_other_times_or_for_others_are_other_questions(market: Market) -> None:
    app, _ = await market.open("Rosewood", _roses("v1"), _roses("v2", kind="gift.delivery"))
    office = Place(name="Office", lat=41.9, lon=-87.6, zone="America/Chicago")
    await _find(market, _need(), _need(id="n2", kind="gift.delivery", party=3, place=office))
    bookings = sorted((body["booking"]["party"] or 0, body["booking"]["place"]["name"]) for _, _, body in app.requests)
    assert bookings == [(0, "Home"), (3, "Office")]


async def test_partners_to_be_passed_over_are_not_asked(market: Market) -> None:
    asked, partner = await market.open("Asked", _roses())
    other, fresh = await market.open("Fresh", _roses())
    found = await _find(market, _need(), skip_partners=[partner.id])
    assert (len(asked.requests), len(other.requests), found.asked) == (0, 1, frozenset({fresh.id}))


async def test_no_needs_and_no_partners_are_no_trouble(market: Market) -> None:
    assert (await _find(market)).scouted == []
    assert (await _one(market, _need())).offers == []


async def test_without_a_known_capability_the_best_matching_kind_is_meant(market: Market) -> None:
    grooming = {"id": "dog.grooming", "name": "Dog grooming", "effect": "attended"}
    await market.open("Bark", _roses("v1", kind="dog.grooming", title="Full dog groom"), services=[grooming])
    await market.open("Pet shop", _roses("v2", kind="gift.delivery", title="Toy dog"))
    assert [offer.title for offer in (await _one(market, _need("dog grooming", kind=None))).offers] == [
        "Full dog groom"
    ]
    assert (await _one(market, _need("quarterly tax declaration", kind=None))).offers == []


# limits the person set


async def test_dearer_than_the_budget_is_kept_but_not_dearer_than_what_was_refused(market: Market) -> None:
    app, _ = await market.open("Rosewood", _roses())
    app.says["/ucp/catalog/lookup"] = quotes(amount=4500)
    usd = lambda amount: Money(amount=amount, currency="USD")  # noqa: E731
    assert len((await _one(market, _need(budget=usd(1000)))).offers) == 1
    assert len((await _one(market, _need(cheaper_than=usd(4501)))).offers) == 1
    assert (await _one(market, _need(cheaper_than=usd(4500)))).offers == []


async def test_a_live_price_that_rose_past_the_limit_is_noticed(market: Market) -> None:
    app, _ = await market.open("Rosewood", _roses(price={"amount": 3000, "currency": "USD"}))
    app.says["/ucp/catalog/lookup"] = quotes(amount=6000)
    assert (await _one(market, _need(cheaper_than=Money(amount=5000, currency="USD")))).offers == []


@pytest.mark.parametrize(
    "booking",
    [
        {"capacity": 2},
        {"unavailable": "sold out"},
        {"windows": []},
        {"expires_at": "2026-11-20T11:59:00Z"},
        {"windows": [["2026-11-22T15:00:00Z", "2026-11-22T20:00:00Z"]]},
    ],
)
async def test_what_cannot_serve_is_no_offer_and_no_failure(market: Market, booking: Any) -> None:
    app, _ = await market.open("Rosewood", _roses())
    app.says["/ucp/catalog/lookup"] = quotes(**booking)
    result = await _one(market, _need(party=3))
    assert (result.offers, result.failures) == ([], [])


# partners that fail


async def _silent(_: Any) -> Any:
    await asyncio.Event().wait()


@pytest.mark.parametrize(
    ("answer", "reason"),
    [
        (JSONResponse({}, 500), "status 500"),
        (JSONResponse({"code": "x", "content": "no"}, 403), "status 403"),
        (paper.catalogue(paper.quoted("stolen")), "not asked"),
        (quotes(amount=-100), "cannot read"),
        (quotes(currency="EUR"), "lists USD but quotes EUR"),
        (_silent, "too slow"),
    ],
)
async def test_a_bad_partner_costs_its_own_offers_and_is_named(market: Market, answer: Any, reason: str) -> None:
    bad, partner = await market.open("Bad", _roses())
    bad.says["/ucp/catalog/lookup"] = answer
    for name in ("Good", "Better"):
        await market.open(name, _roses())
    result = await _one(market, _need())
    assert {offer.partner_name for offer in result.offers} == {"Good", "Better"}
    (failure,) = result.failures
    assert failure.partner_id == partner.id and reason in failure.reason


async def test_a_slow_partner_is_not_waited_for_if_others_serve(market: Market) -> None:
    slow, _ = await market.open("Slow", _roses())
    slow.says["/ucp/catalog/lookup"] = _silent
    for name in ("Good", "Better"):
        await market.open(name, _roses())
    market.http.timeout = 30
    started = asyncio.get_running_loop().time()
    await _one(market, _need())
    assert asyncio.get_running_loop().time() - started < 2


async def test_a_slow_partner_is_waited_for_if_nobody_else_serves(market: Market) -> None:
    answer_now = asyncio.Event()

    async def late(asked: Any) -> Any:
        await answer_now.wait()
        return quotes()(asked)

    slow, _ = await market.open("Slow", _roses("v1", kind="gift.delivery"))
    slow.says["/ucp/catalog/lookup"] = late
    for name in ("Good", "Better"):
        await market.open(name, _roses())
    market.http.timeout = 10
    asyncio.get_running_loop().call_later(0.6, answer_now.set)  # long after the others' grace
    found = await _find(market, _need(), _need(id="n2", kind="gift.delivery"))
    assert [len(result.offers) for result in found.scouted] == [2, 1]


async def test_a_partner_that_failed_thrice_is_left_alone(market: Market) -> None:
    bad, _ = await market.open("Bad", _roses())
    bad.says["/ucp/catalog/lookup"] = JSONResponse({}, 500)
    for _ in range(5):
        result = await _one(market, _need())
    assert len(bad.requests) == 3
    assert "left alone" in result.failures[0].reason


async def test_giving_up_the_search_gives_up_the_questions(market: Market) -> None:
    asked, cancelled = asyncio.Event(), asyncio.Event()

    async def waits(_: Any) -> Any:
        asked.set()
        try:
            await asyncio.Event().wait()
        finally:
            cancelled.set()

    app, _ = await market.open("Slow", _roses())
    app.says["/ucp/catalog/lookup"] = waits
    market.http.timeout = 60
    search = asyncio.create_task(_find(market, _need()))
    async with asyncio.timeout(5):
        await asked.wait()
        search.cancel()
        await asyncio.wait([search])
        await cancelled.wait()


# the times to ask about

_MOMENTS = st.none() | st.datetimes(datetime(2026, 11, 15), datetime(2026, 12, 5), timezones=st.just(UTC))


@st.composite
def _windows(draw: st.DrawFn) -> TimeWindow:
    start, end = draw(_MOMENTS), draw(_MOMENTS)
    return TimeWindow(start=min(start, end), end=max(start, end)) if start and end else TimeWindow(start=start, end=end)


@given(st.lists(st.builds(Timing, start=_windows(), end=_windows(), day=_windows()), min_size=1, max_size=4))
def test_every_question_is_about_the_future(timings: list[Timing]) -> None:
    for earliest, latest in windows_to_ask([_need(timing=timing) for timing in timings], NOW):
        assert NOW <= earliest < latest


@given(_windows().filter(lambda window: not window.open), st.lists(st.builds(Timing, start=_windows()), max_size=3))
def test_every_question_covers_the_wish_and_three_hours_round_it(wish: TimeWindow, others: list[Timing]) -> None:
    needs = [_need(timing=timing) for timing in (Timing(start=wish), *others)]
    earliest, latest = windows_to_ask(needs, NOW)[0]
    for moment in (wish.start, wish.end):
        if moment is not None:
            assert earliest <= max(NOW, moment - timedelta(hours=3))
            assert latest >= moment + timedelta(hours=3)


@pytest.mark.parametrize(
    ("timing", "asked"),
    [
        (Timing(start=TimeWindow(start=_at(19), end=_at(19))), (16, 22)),
        (Timing(end=TimeWindow(end=_at(17)), day=TimeWindow(start=_at(0), end=_at(24))), (-3, 20)),
        (Timing(day=TimeWindow(start=_at(0), end=_at(24))), (-3, 27)),
        (Timing(start=TimeWindow(start=_at(10))), (7, 37)),
        (Timing(end=TimeWindow(end=_at(-6))), (-12, -3)),  # today: not in the past
    ],
)
def test_the_window_round_a_wish(timing: Timing, asked: tuple[float, float]) -> None:
    assert windows_to_ask([_need(timing=timing)], NOW) == [(_at(asked[0]), _at(asked[1]))]


def test_a_need_without_a_time_is_part_of_the_others_day() -> None:
    dinner, ride = _need(hour=19), _need(timing=Timing())
    assert windows_to_ask([dinner, ride], NOW)[1] == (_at(16), _at(28))
    assert windows_to_ask([ride], NOW) == [(NOW, NOW + timedelta(hours=51))]


def test_windows_are_cut_to_what_was_asked() -> None:
    spans = [TimeWindow(start=_at(8), end=_at(10)), TimeWindow(start=_at(11), end=_at(30)), TimeWindow(end=_at(9))]
    assert within(spans, _at(9), _at(12)) == (
        TimeWindow(start=_at(9), end=_at(10)),
        TimeWindow(start=_at(11), end=_at(12)),
        TimeWindow(start=_at(9), end=_at(9)),
    )
