"""Difficult partners: each in its own way, at its own moment, for as long as it was told."""

from typing import Any

import pytest
from ucp_sdk.models.schemas.common.types.error_response import ErrorResponse

from simulator.behaviour import BehaviourOptions, Conduct
from tests.simulator.scene import PAYMENT, City

RESTAURANT = "restaurant.table"


def code(answer: Any) -> str:
    return str(answer.json()["messages"][0]["code"])


async def test_one_that_refuses_takes_the_order_and_rejects_it_by_webhook(city: City) -> None:
    slug = city.offering(RESTAURANT)
    await city.behave(slug, "refuse", reason="We flooded.")
    order_id = await city.buy(slug)
    await city.settle()
    (order,) = city.platform.orders
    assert order["id"] == order_id
    assert order["line_items"][0]["status"] == "removed"
    assert order["adjustments"][0]["description"] == "We flooded."
    assert not city.town.shops[slug].orders[order_id].open


async def test_a_refusal_without_given_words_has_some_of_its_own(city: City) -> None:
    slug = city.offering(RESTAURANT)
    await city.behave(slug, "refuse")
    await city.buy(slug)
    await city.settle()
    assert len(city.platform.orders[0]["adjustments"][0]["description"]) > 20


async def test_one_that_refuses_checkouts_quotes_and_then_says_no(city: City) -> None:
    slug = city.offering(RESTAURANT)
    await city.behave(slug, "refuse_checkout")
    item, start, _ = await city.free_slot(slug)
    refused = await city.call(slug, "POST", "/checkout-sessions", city.session(item, start))
    assert refused.status_code == 200
    ErrorResponse.model_validate(refused.json())
    assert code(refused) == "item_unavailable"


async def test_a_late_one_takes_its_time_for_live_answers_only(city: City) -> None:
    slug = city.offering(RESTAURANT)
    await city.behave(slug, "late", delay_seconds=4)
    await city.catalogue(slug)
    await city.http.get(f"{city.url}/p/{slug}/.well-known/ucp")
    assert city.slept == []
    await city.lookup(slug, ["x"])
    assert city.slept == [4]


async def test_a_silent_one_takes_the_order_and_says_nothing(city: City) -> None:
    slug = city.offering(RESTAURANT)
    await city.behave(slug, "silent")
    order_id = await city.buy(slug)
    await city.settle()
    assert city.platform.received == []
    assert (await city.order(slug, order_id))["fulfillment"]["expectations"] == []


async def test_one_that_is_out_of_stock_has_nothing_to_quote_or_sell(city: City) -> None:
    slug = city.offering(RESTAURANT)
    item, start, _ = await city.free_slot(slug)
    await city.behave(slug, "out_of_stock")
    quoted = (await city.lookup(slug, [item]))[item]
    assert quoted["booking"]["unavailable"] == "out of stock"
    assert quoted["availability"]["available"] is False
    assert code(await city.call(slug, "POST", "/checkout-sessions", city.session(item, start))) == "out_of_stock"


async def test_one_that_changes_its_price_asks_more_than_it_quoted(city: City) -> None:
    slug = city.offering(RESTAURANT)
    await city.behave(slug, "price_change", percent=20)
    item, start, quoted = await city.free_slot(slug)
    opened = (await city.call(slug, "POST", "/checkout-sessions", city.session(item, start))).json()
    asked = {entry["type"]: entry["amount"] for entry in opened["totals"]}
    assert asked["total"] == asked["subtotal"] == round(quoted * 1.2)


async def test_one_that_is_broken_answers_with_errors_but_still_shows_its_catalogue(city: City) -> None:
    slug = city.offering(RESTAURANT)
    await city.behave(slug, "error")
    assert await city.catalogue(slug)
    answer = await city.call(slug, "POST", "/catalog/lookup", {"ids": ["x"]})
    assert (answer.status_code, answer.json()["code"]) == (500, "internal_error")


async def test_a_failed_call_can_be_tried_again_with_the_same_key(city: City) -> None:
    slug = city.offering(RESTAURANT)
    item, start, _ = await city.free_slot(slug)
    await city.behave(slug, "error", times=1)
    body = city.session(item, start)
    assert (await city.call(slug, "POST", "/checkout-sessions", body, key="k")).status_code == 500
    assert (await city.call(slug, "POST", "/checkout-sessions", body, key="k")).status_code == 201


@pytest.mark.parametrize("form", ["truncated", "empty", "huge", "deep", "redirect"])
async def test_a_broken_manifest_cannot_be_used(city: City, form: str) -> None:
    slug = city.offering(RESTAURANT)
    await city.behave(slug, "broken_manifest", form=form)
    answer = await city.http.get(f"{city.url}/p/{slug}/.well-known/ucp")
    if form == "redirect":
        assert (answer.status_code, answer.headers["location"]) == (302, "http://169.254.169.254/latest/meta-data/")
    elif form == "huge":
        assert len(answer.content) > 8_000_000
    elif form == "empty":
        assert answer.json() == {}
    else:
        with pytest.raises((ValueError, RecursionError)):
            answer.json()


async def test_a_partner_can_be_made_to_behave_again(city: City) -> None:
    slug = city.offering(RESTAURANT)
    await city.behave(slug, "out_of_stock")
    await city.behave(slug, "accept")
    await city.free_slot(slug)


async def test_the_second_order_can_be_the_one_that_fails(city: City) -> None:
    slug = city.offering(RESTAURANT)
    await city.behave(slug, "refuse", after=1, times=1)
    for _ in range(3):
        checkout = await city.open(slug)
        await city.call(slug, "POST", f"/checkout-sessions/{checkout['id']}/complete", PAYMENT)
        await city.settle()
    assert [order["line_items"][0]["status"] for order in city.platform.orders] == [
        "processing",
        "removed",
        "processing",
    ]


def test_a_behaviour_shows_at_its_moment_only_and_counts_only_there() -> None:
    conduct = Conduct("refuse", BehaviourOptions(after=1, times=2))
    assert [conduct.at("call"), conduct.at("checkout"), conduct.at("manifest")] == ["accept"] * 3
    assert [conduct.at("order") for _ in range(5)] == ["accept", "refuse", "refuse", "accept", "accept"]


async def test_a_mixed_city_has_difficult_partners_from_the_start(build) -> None:
    city = await build(behaviours="mixed")
    listed = (await city.http.get(city.url)).json()["partners"]
    assert len({partner["behaviour"] for partner in listed}) == 9
