"""Catalogue answers: everything it sells, found by words and filters; live prices and times."""

from datetime import datetime, timedelta

import pytest
from ucp_sdk.models.schemas.common.types.error_response import ErrorResponse
from ucp_sdk.models.schemas.shopping.catalog_lookup import GetProductResponse, LookupResponse
from ucp_sdk.models.schemas.shopping.catalog_search import SearchResponse

from tests.simulator.scene import BERLIN, FRIDAY_MORNING, SATURDAY, City


def first_variant(city: City, slug: str, word: str) -> str:
    """The id of the first variant whose id has that word in it."""
    return next(name for name in city.town.shops[slug].partner.variants if word in name)


async def test_an_empty_search_lists_everything_page_by_page(city: City) -> None:
    for slug, shop in city.town.shops.items():
        listed = [variant["id"] for product in await city.catalogue(slug) for variant in product["variants"]]
        assert sorted(listed) == sorted(shop.partner.variants)


async def test_pages_are_valid_answers_of_at_most_the_asked_size(city: City) -> None:
    slug = city.offering("gift.delivery")
    answer = await city.call(slug, "POST", "/catalog/search", {"pagination": {"limit": 3}})
    SearchResponse.model_validate(answer.json())
    assert len(answer.json()["products"]) == 3
    assert answer.json()["pagination"]["total_count"] == len(city.town.shops[slug].partner.products)
    default = await city.call(slug, "POST", "/catalog/search", {})
    assert len(default.json()["products"]) == 10
    most = await city.call(slug, "POST", "/catalog/search", {"pagination": {"limit": 10_000}})
    assert len(most.json()["products"]) <= 100


async def test_every_variant_says_what_a_planner_must_know(city: City) -> None:
    for slug, shop in city.town.shops.items():
        for product in await city.catalogue(slug):
            assert product["tags"]
            assert product["categories"]
            assert product["rating"]["scale_max"] == 5
            for variant in product["variants"]:
                facts = variant["metadata"]
                assert facts["service"] in shop.partner.services
                assert facts["effect"] in ("attended", "delivered", "moves_person", "visits")
                assert facts["price_per"] in ("item", "person")
                assert facts["duration_minutes"] > 0
                assert facts["lead_minutes"] >= 0


async def test_a_search_finds_the_best_match_first(city: City) -> None:
    slug = city.offering("flowers.delivery")
    found = await city.catalogue(slug, query="red roses")
    assert "red roses" in found[0]["title"].lower()
    assert all("hedge" not in product["title"] for product in found)
    assert await city.catalogue(slug, query="submarine") == []


async def test_filters_narrow_products_and_variants(city: City) -> None:
    slug = city.offering("flowers.delivery")
    cheap = await city.catalogue(slug, filters={"price": {"min": 4000, "max": 6000}})
    prices = [variant["price"]["amount"] for product in cheap for variant in product["variants"]]
    assert prices
    assert all(4000 <= price <= 6000 for price in prices)
    roses = await city.catalogue(slug, filters={"categories": ["roses"]})
    assert {category["value"] for product in roses for category in product["categories"]} == {
        "Flower delivery",
        "Roses",
    }


@pytest.mark.parametrize("cursor", ["x", "from-", "from--1", "from-1e3", "from-99999999999999"])
async def test_a_strange_cursor_is_refused(city: City, cursor: str) -> None:
    slug = city.offering("flowers.delivery")
    answer = await city.call(slug, "POST", "/catalog/search", {"pagination": {"cursor": cursor}})
    assert (answer.status_code, answer.json()["code"]) == (400, "invalid_cursor")


async def test_a_live_lookup_of_any_line_is_a_valid_answer_with_a_quote_for_every_variant(city: City) -> None:
    for slug, shop in city.town.shops.items():
        ids = list(shop.partner.variants)[:8]
        question = {"earliest": SATURDAY.replace(hour=9), "latest": SATURDAY.replace(hour=23), "party": 2}
        answer = await city.call(slug, "POST", "/catalog/lookup", {"ids": ids, "booking": question})
        LookupResponse.model_validate(answer.json())
        variants = [variant for product in answer.json()["products"] for variant in product["variants"]]
        assert sorted(variant["id"] for variant in variants) == sorted(ids)
        for variant in variants:
            booking = variant["booking"]
            assert ("starts" in booking) != ("windows" in booking)
            assert ("unavailable" in booking) == (not booking.get("starts") and not booking.get("windows"))
            assert variant["availability"]["available"] == ("unavailable" not in booking)
            assert datetime.fromisoformat(booking["expires_at"]) > FRIDAY_MORNING


async def test_a_table_begins_at_fixed_times_and_a_delivery_in_windows(city: City) -> None:
    restaurant, florist = city.offering("restaurant.table"), city.offering("flowers.delivery")
    dinner = first_variant(city, restaurant, "three-course")
    tables = (await city.lookup(restaurant, [dinner]))[dinner]["booking"]
    assert tables["starts"]
    assert all(datetime.fromisoformat(start).minute in (0, 30) for start in tables["starts"])
    bouquet = first_variant(city, florist, "market-bunch")
    assert (await city.lookup(florist, [bouquet]))[bouquet]["booking"]["windows"]


async def test_the_price_is_for_the_whole_party_or_quantity(city: City) -> None:
    restaurant, florist = city.offering("restaurant.table"), city.offering("flowers.delivery")
    dinner, bouquet = first_variant(city, restaurant, "three-course"), first_variant(city, florist, "market-bunch")
    for_three = (await city.lookup(restaurant, [dinner], party=3))[dinner]
    assert for_three["booking"]["total"]["amount"] == 3 * for_three["price"]["amount"]
    two_bunches = (await city.lookup(florist, [bouquet], party=3, quantity=2))[bouquet]
    assert two_bunches["booking"]["total"]["amount"] == 2 * two_bunches["price"]["amount"]


async def test_two_tickets_for_two_people_are_two_tickets(city: City) -> None:
    slug = city.offering("event.ticket")
    ticket = next(iter(city.town.shops[slug].partner.variants))
    quote = (await city.lookup(slug, [ticket], party=2, quantity=2))[ticket]
    assert quote["booking"]["total"]["amount"] == 2 * quote["price"]["amount"]


async def test_a_party_that_is_too_large_is_told_so(city: City) -> None:
    slug = city.offering("ride.taxi")
    standard = first_variant(city, slug, "standard-car")
    booking = (await city.lookup(slug, [standard], party=7))[standard]["booking"]
    assert booking["unavailable"] == "serves at most 4"
    assert booking["windows"] == []
    two_cars = (await city.lookup(slug, [standard], party=7, quantity=2))[standard]["booking"]
    assert "unavailable" not in two_cars


async def test_nobody_delivers_to_berlin(city: City) -> None:
    slug = city.offering("flowers.delivery")
    bouquet = first_variant(city, slug, "market-bunch")
    booking = (await city.lookup(slug, [bouquet], place=BERLIN))[bouquet]["booking"]
    assert "Berlin is more than 25 km away" in booking["unavailable"]


async def test_the_lead_time_counts_from_now(city: City) -> None:
    slug = city.offering("flowers.delivery")
    bouquet = first_variant(city, slug, "market-bunch")
    lead = timedelta(minutes=city.town.shops[slug].partner.variants[bouquet].lead)
    city.clock.now = SATURDAY.replace(hour=13, second=20)
    booking = (await city.lookup(slug, [bouquet]))[bouquet]["booking"]
    assert datetime.fromisoformat(booking["windows"][0][0]) >= city.clock.now + lead
    city.clock.now = SATURDAY.replace(hour=21, minute=59)
    late = (await city.lookup(slug, [bouquet]))[bouquet]["booking"]
    assert "notice" in late["unavailable"]


async def test_lunch_is_not_served_in_the_evening(city: City) -> None:
    slug = city.offering("restaurant.table")
    lunch = first_variant(city, slug, "lunch")
    evening = {"earliest": SATURDAY.replace(hour=18), "latest": SATURDAY.replace(hour=22)}
    assert "unavailable" in (await city.lookup(slug, [lunch], **evening))[lunch]["booking"]


async def test_a_product_id_stands_for_its_first_variant_and_unknown_ids_are_named(city: City) -> None:
    slug = city.offering("flowers.delivery")
    product = city.town.shops[slug].partner.products[0]
    named = product.variants[1].id
    ids = [product.id, named, named, "nothing"]
    answer = (await city.call(slug, "POST", "/catalog/lookup", {"ids": ids})).json()
    LookupResponse.model_validate(answer)
    assert len(answer["products"]) == 1
    inputs = {variant["id"]: variant["inputs"] for variant in answer["products"][0]["variants"]}
    assert inputs == {
        product.variants[0].id: [{"id": product.id, "match": "featured"}],
        named: [{"id": named, "match": "exact"}],
    }
    assert answer["messages"] == [{"type": "info", "code": "not_found", "content": "nothing"}]
    assert all("booking" not in variant for variant in answer["products"][0]["variants"])


async def test_too_many_ids_at_once_are_refused(city: City) -> None:
    slug = city.offering("flowers.delivery")
    answer = await city.call(slug, "POST", "/catalog/lookup", {"ids": [str(n) for n in range(101)]})
    assert (answer.status_code, answer.json()["code"]) == (400, "request_too_large")


async def test_a_question_that_ends_before_it_begins_is_refused(city: City) -> None:
    question = {"earliest": SATURDAY, "latest": SATURDAY - timedelta(hours=1)}
    slug = city.offering("flowers.delivery")
    answer = await city.call(slug, "POST", "/catalog/lookup", {"ids": ["x"], "booking": question})
    assert answer.status_code == 400
    assert "latest must not be before earliest" in answer.json()["content"]


async def test_one_product_is_shown_whole_with_the_asked_variant_first(city: City) -> None:
    slug = city.offering("flowers.delivery")
    product = city.town.shops[slug].partner.products[0]
    answer = (await city.call(slug, "POST", "/catalog/product", {"id": product.variants[2].id})).json()
    GetProductResponse.model_validate(answer)
    assert answer["product"]["variants"][0]["id"] == product.variants[2].id
    assert len(answer["product"]["variants"]) == len(product.variants)
    chosen = {"id": product.id, "selected": [{"name": "Choice", "label": product.variants[1].title}]}
    selected = (await city.call(slug, "POST", "/catalog/product", chosen)).json()
    assert selected["product"]["variants"][0]["id"] == product.variants[1].id


async def test_a_product_that_is_not_there_is_a_normal_no(city: City) -> None:
    answer = await city.call(city.offering("flowers.delivery"), "POST", "/catalog/product", {"id": "nothing"})
    assert answer.status_code == 200
    ErrorResponse.model_validate(answer.json())
