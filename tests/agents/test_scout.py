"""The scout: looks further when nothing fits, and shows few but good offers."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from starlette.responses import JSONResponse

from agents.scout import SHORTLIST, scout, shortlist, summary
from memory.database import Database
from schemas.intent import Need
from schemas.money import Money
from schemas.offer import Offer, PartnerFailure, ScoutedNeed
from schemas.place import Place
from schemas.principal import Principal
from schemas.settings import Settings
from schemas.timing import TimeWindow, Timing
from simulator.app import create_app
from tests.conftest import Serve
from tests.tools import paper_partner as paper
from tests.tools.market import NOW, Market, quotes
from tools import registry
from tools.http import PartnerHttp

HOME = Place(name="Home", lat=41.8925, lon=-87.6345, zone="America/Chicago")
SETTINGS = Settings(_env_file=None)
SEVEN = datetime(2026, 11, 21, 19, tzinfo=UTC)


@pytest.fixture
def market(database: Database, principal: Principal) -> Market:
    return Market(database, principal)


def _need(text: str, kind: str | None = "restaurant.table", **more: Any) -> Need:
    timing = Timing(start=TimeWindow(start=SEVEN, end=SEVEN))
    return Need.model_validate(
        {"id": "n1", "capability_id": kind, "text": text, "query": text, "timing": timing, **more}
    )


async def _scout(market: Market, *needs: Need, **more: Any) -> list[ScoutedNeed]:
    return await scout(needs, database=market.database, http=market.http, principal=market.principal,
                       settings=SETTINGS, home=HOME, now=NOW, **more)  # fmt: skip


def _table(identifier: str, title: str, price: int = 5000) -> Any:
    return paper.product(
        identifier, title=title, price={"amount": price, "currency": "USD"}, metadata={"service": "restaurant.table"}
    )


# looking further


async def test_the_flagship_request_finds_offers_for_every_need(
    serve: Serve, database: Database, principal: Principal
) -> None:
    saturday = datetime(2026, 11, 28, tzinfo=HOME.tz)
    day = TimeWindow(start=saturday, end=saturday + timedelta(days=1))
    by_five = Timing(end=TimeWindow(end=saturday.replace(hour=17)), day=day)
    at_seven = Timing(start=TimeWindow(start=saturday.replace(hour=19), end=saturday.replace(hour=19)), day=day)
    needs = [
        _need("flowers", "flowers.delivery", id="flowers", timing=by_five),
        _need("dinner", "restaurant.table", id="dinner", timing=at_seven, party=2),
        _need("ride", "ride.taxi", id="ride", timing=Timing(), destination=HOME),
    ]
    app = create_app(behaviours="accept", clock=lambda: NOW)
    base = await serve(app)
    http = PartnerHttp(allow_loopback=True)
    wanted = ("flowers.delivery", "restaurant.table", "ride.taxi")
    urls = [f"{base}/p/{slug}/.well-known/ucp" for slug, shop in app.state.town.shops.items()
            if shop.partner.services[0] in wanted]  # fmt: skip
    await registry.add_partners(database, http, principal, urls, now=NOW)
    found = await scout(needs, database=database, http=http, principal=principal, settings=SETTINGS, home=HOME, now=NOW)
    await http.close()
    assert [result.need for result in found] == needs
    for result, kind in zip(found, wanted, strict=True):
        assert 3 <= len(result.offers) <= SHORTLIST
        assert len({offer.partner_id for offer in result.offers}) >= 2
        assert {offer.capability_id for offer in result.offers} == {kind}
        assert not result.failures
    flowers, dinner, ride = found
    assert any(window.start <= saturday.replace(hour=16) for offer in flowers.offers for window in offer.windows)
    assert any(saturday.replace(hour=19) in offer.starts for offer in dinner.offers)
    assert any(window.end >= saturday.replace(hour=21) for offer in ride.offers for window in offer.windows)
    assert "partners" in summary(found)


async def test_when_the_particulars_cannot_be_had_others_are_asked_without_them(market: Market) -> None:
    full, _ = await market.open("Full", _table("v1", "Vegan dinner"))
    full.says["/ucp/catalog/lookup"] = quotes(unavailable="fully booked")
    near, _ = await market.open("Near", _table("v2", "Dinner"))
    (result,) = await _scout(market, _need("dinner", slots={"diet": "vegan"}))
    assert [offer.partner_name for offer in result.offers] == ["Near"]
    assert len(full.requests) == len(near.requests) == 1  # nobody is asked twice
    assert result.need.slots == {"diet": "vegan"}  # the need itself stays as it was said


async def test_when_the_best_do_not_keep_the_time_others_as_good_are_asked_and_what_comes_near_is_shown(
    market: Market,
) -> None:
    for number in range(3):  # as many as are asked at first
        late, _ = await market.open(f"Late {number}", _table(f"v{number}", "Vegan dinner"))
        late.says["/ucp/catalog/lookup"] = quotes(windows=[], starts=["2026-11-21T21:00:00Z"])
    await market.open("In time", _table("v9", "Vegan dinner", price=9000))
    (result,) = await _scout(market, _need("dinner", slots={"diet": "vegan"}))
    assert result.offers[0].partner_name == "In time"
    assert {offer.partner_name for offer in result.offers} == {"In time", "Late 0", "Late 1", "Late 2"}


async def test_something_else_in_time_does_not_take_the_place_of_what_was_asked_for(market: Market) -> None:
    late, _ = await market.open("Late", _table("v1", "Vegan dinner"))
    late.says["/ucp/catalog/lookup"] = quotes(windows=[], starts=["2026-11-21T21:00:00Z"])
    await market.open("In time", _table("v2", "Dinner"))
    (result,) = await _scout(market, _need("dinner", slots={"diet": "vegan"}))
    assert [offer.partner_name for offer in result.offers] == ["Late"]


async def test_at_last_anything_of_the_kind_will_do(market: Market) -> None:
    only, _ = await market.open("Only", _table("v1", "Fondue evening"))
    blocked, _ = await market.open("Blocked", _table("v2", "Moon-viewing banquet"))
    blocked.says["/ucp/catalog/lookup"] = quotes(windows=[])
    (result,) = await _scout(market, _need("moon-viewing banquet"))
    assert [offer.title for offer in result.offers] == ["Fondue evening"]
    assert len(only.requests) == 1


async def test_failures_of_every_round_are_remembered(market: Market) -> None:
    bad, _ = await market.open("Bad", _table("v1", "Vegan dinner"))
    bad.says["/ucp/catalog/lookup"] = JSONResponse({}, 500)
    (result,) = await _scout(market, _need("dinner", slots={"diet": "vegan"}))
    assert result.offers == []
    assert [failure.partner_name for failure in result.failures] == ["Bad"]


async def test_what_nobody_does_stays_empty(market: Market) -> None:
    await market.open("Good", _table("v1", "Dinner"))
    found = await _scout(market, _need("plumber", "plumbing.visit"), _need("xyzzy", None, id="n2"), _need("d", id="n3"))
    assert [bool(result.offers) for result in found] == [False, False, True]


async def test_each_tool_that_was_used_is_told(market: Market) -> None:
    told: list[tuple[str, Any, Any]] = []
    await market.open("Good", _table("v1", "Dinner"))
    await _scout(market, _need("dinner"), progress=lambda *call: told.append(call))
    (search, arguments, _), (ask, _, result) = told
    assert (search, arguments) == ("search_catalogue", {"needs": {"n1": "dinner"}})
    assert ask == "ask_partners"
    assert result == {"offers": {"n1": 1}, "failures": {}}


# the shortlist


def _offer(
    identifier: str,
    *,
    price: int = 5000,
    match: float = 0.7,
    rating: float | None = 4.0,
    partner: str | None = None,
    hour: int = 19,
) -> Offer:
    return Offer(
        id=identifier,
        need_id="n1",
        capability_id="restaurant.table",
        partner_id=partner or f"p-{identifier}",
        partner_name="P",
        product_id=identifier,
        title=identifier,
        effect="attended",
        price=Money(amount=price, currency="USD"),
        duration=timedelta(hours=1),
        starts=(SEVEN.replace(hour=hour),),
        match=match,
        rating=rating,
    )


def _order(*offers: Offer, need: Need | None = None) -> list[str]:
    return [offer.id for offer in shortlist(offers, need or _need("dinner"))]


def test_the_better_match_leads_then_the_lower_price_then_the_rating() -> None:
    assert _order(_offer("fair", match=0.6), _offer("good", match=0.9)) == ["good", "fair"]
    assert _order(_offer("dear", price=9000), _offer("cheap", price=5000)) == ["cheap", "dear"]
    assert _order(_offer("worse", rating=3.1), _offer("better", rating=4.9)) == ["better", "worse"]
    assert _order(_offer("rated low", rating=2.0), _offer("unrated", rating=None))[0] == "unrated"


def test_a_price_far_below_the_usual_counts_against_the_fit() -> None:
    prices = {"usual": 5000, "dearer": 5500, "fair": 4800, "odd": 1500}
    offers = [_offer(name, price=price) for name, price in prices.items()]
    cheaper = _need("dinner", cheaper_than=Money(amount=6000, currency="USD"))

    fits = {offer.id: offer.match for offer in shortlist(offers, _need("dinner"))}

    assert fits["odd"] < fits["fair"] * 0.5
    assert fits["fair"] == pytest.approx(fits["usual"], rel=0.05)
    assert {offer.match for offer in shortlist(offers, cheaper)} == {offers[0].match}


def test_what_is_over_the_budget_comes_last() -> None:
    need = _need("dinner", budget=Money(amount=6000, currency="USD"))
    assert _order(_offer("over", price=6001, match=1.0), _offer("within", price=6000, match=0.3), need=need) == [
        "within",
        "over",
    ]


def test_what_cannot_keep_the_time_comes_last() -> None:
    assert _order(_offer("late", hour=21, match=1.0), _offer("at seven", match=0.3)) == ["at seven", "late"]


def test_other_partners_come_before_a_partners_third_offer() -> None:
    mine = [_offer(f"mine {n}", partner="me", match=0.8) for n in range(3)]
    assert _order(*mine, _offer("theirs", match=0.75)).index("theirs") == 1


_OFFERS = st.lists(
    st.builds(
        _offer,
        st.uuids().map(str),
        price=st.integers(0, 100_000),
        match=st.floats(0, 1),
        rating=st.none() | st.floats(0, 5),
        partner=st.sampled_from(["a", "b", "c", "d"]),
    ),
    max_size=15,
)


@given(_OFFERS)
def test_a_shortlist_is_short_has_no_doubles_and_holds_the_cheapest(offers: list[Offer]) -> None:
    chosen = shortlist(offers, _need("dinner"))
    assert len(chosen) == min(SHORTLIST, len(offers)) == len({offer.id for offer in chosen})
    assert {offer.id for offer in chosen} <= {offer.id for offer in offers}
    if offers:
        assert min(offer.price.amount for offer in chosen) == min(offer.price.amount for offer in offers)


def test_the_summary_counts_what_a_person_wants_to_know() -> None:
    failure = PartnerFailure(partner_id="x", partner_name="X", reason="dead")
    found = [
        ScoutedNeed(need=_need("a"), offers=[_offer("1", partner="p"), _offer("2", partner="p")], failures=[failure]),
        ScoutedNeed(need=_need("b"), offers=[], failures=[failure]),
    ]
    assert summary(found) == "2 offers from 1 partner; 1 partner did not answer well"
    assert summary([]) == "0 offers from 0 partners"
