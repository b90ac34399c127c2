"""Buying: what is quoted is charged, what is gone cannot be bought, and what is missing is asked for."""

import asyncio
from datetime import datetime, timedelta
from typing import Any

import pytest
from ucp_sdk.models.schemas.common.types.error_response import ErrorResponse
from ucp_sdk.models.schemas.shopping.checkout import Checkout

from tests.simulator.scene import BERLIN, HOME, PAYMENT, City


def total(checkout: dict[str, Any]) -> int:
    return next(int(entry["amount"]) for entry in checkout["totals"] if entry["type"] == "total")


def code(answer: dict[str, Any]) -> str:
    return str(answer["messages"][0]["code"])


async def test_every_kind_of_partner_charges_what_it_quoted(city: City) -> None:
    for service in {shop.partner.services[0] for shop in city.town.shops.values()}:
        slug = city.offering(service)
        item, start, quoted = await city.free_slot(slug)
        opened = (await city.call(slug, "POST", "/checkout-sessions", city.session(item, start))).json()
        Checkout.model_validate(opened)
        assert opened["status"] == "ready_for_complete", opened
        assert total(opened) == quoted
        assert opened["line_items"][0]["item"]["id"] == item
        assert opened["booking"]["start"] == start
        done = (await city.call(slug, "POST", f"/checkout-sessions/{opened['id']}/complete", PAYMENT)).json()
        Checkout.model_validate(done)
        assert done["status"] == "completed"
        assert done["order"]["permalink_url"].endswith(done["order"]["id"])
        assert total(done) == quoted


async def test_the_booking_is_echoed_with_its_end(city: City) -> None:
    slug = city.offering("restaurant.table")
    item, start, _ = await city.free_slot(slug)
    opened = (await city.call(slug, "POST", "/checkout-sessions", city.session(item, start, note="By the fire"))).json()
    booking = opened["booking"]
    length = datetime.fromisoformat(booking["end"]) - datetime.fromisoformat(booking["start"])
    assert length == timedelta(minutes=city.town.shops[slug].partner.variants[item].schedule.duration)
    assert (booking["party"], booking["note"], booking["place"]) == (2, "By the fire", HOME | {"approximate": False})


async def test_a_checkout_can_be_read_by_its_platform_only(city: City) -> None:
    slug = city.offering("spa.treatment")
    opened = await city.open(slug)
    path = f"/checkout-sessions/{opened['id']}"
    assert (await city.call(slug, "GET", path)).json() == opened
    stranger = await city.call(slug, "GET", path, agent='profile="https://stranger.example/ucp"')
    assert code(stranger.json()) == "not_found"


async def test_an_update_replaces_everything(city: City) -> None:
    slug = city.offering("restaurant.table")
    opened = await city.open(slug)
    item, start, quoted = await city.free_slot(slug, party=1)
    path = f"/checkout-sessions/{opened['id']}"
    changed = (await city.call(slug, "PUT", path, city.session(item, start, party=1))).json()
    Checkout.model_validate(changed)
    assert changed["id"] == opened["id"]
    assert changed["booking"]["party"] == 1
    assert total(changed) == quoted


async def test_without_a_time_a_checkout_stays_incomplete_until_it_is_said(city: City) -> None:
    slug = city.offering("restaurant.table")
    item, start, _ = await city.free_slot(slug)
    body = {"line_items": [{"item": {"id": item}, "quantity": 1}]}
    opened = (await city.call(slug, "POST", "/checkout-sessions", body)).json()
    Checkout.model_validate(opened)
    assert (opened["status"], code(opened)) == ("incomplete", "booking_required")
    path = f"/checkout-sessions/{opened['id']}"
    bought = (await city.call(slug, "POST", f"{path}/complete", PAYMENT)).json()
    assert bought["status"] == "incomplete"
    changed = (await city.call(slug, "PUT", path, city.session(item, start))).json()
    assert changed["status"] == "ready_for_complete"


async def test_a_delivery_needs_an_address(city: City) -> None:
    slug = city.offering("flowers.delivery")
    item, start, _ = await city.free_slot(slug)
    opened = (await city.call(slug, "POST", "/checkout-sessions", city.session(item, start, place=None))).json()
    assert (opened["status"], code(opened)) == ("incomplete", "address_required")


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"start": "2026-11-28T19:07:00-06:00"}, "slot_unavailable"),
        ({"start": "2026-11-28T04:00:00-06:00"}, "slot_unavailable"),
        ({"start": "2026-11-27T10:01:00-06:00"}, "slot_unavailable"),
        ({"start": "2020-01-01T19:00:00-06:00"}, "slot_unavailable"),
        ({"party": 500}, "item_unavailable"),
    ],
)
async def test_what_a_restaurant_cannot_do_is_a_normal_no(city: City, changes: dict[str, Any], expected: str) -> None:
    slug = city.offering("restaurant.table")
    item, start, _ = await city.free_slot(slug)
    answer = await city.call(slug, "POST", "/checkout-sessions", city.session(item, start) | {})
    assert answer.status_code == 201
    refused = await city.call(
        slug, "POST", "/checkout-sessions", city.session(item, changes.pop("start", start), **changes)
    )
    assert refused.status_code == 200
    ErrorResponse.model_validate(refused.json())
    assert code(refused.json()) == expected
    assert refused.json()["messages"][0]["severity"] == "unrecoverable"


async def test_an_unknown_item_and_a_far_address_are_normal_nos(city: City) -> None:
    slug = city.offering("flowers.delivery")
    item, start, _ = await city.free_slot(slug)
    unknown = await city.call(slug, "POST", "/checkout-sessions", city.session("nothing", start))
    far = await city.call(slug, "POST", "/checkout-sessions", city.session(item, start, place=BERLIN))
    assert code(unknown.json()) == code(far.json()) == "item_unavailable"


async def test_a_checkout_holds_one_line(city: City) -> None:
    slug = city.offering("flowers.delivery")
    item, start, _ = await city.free_slot(slug)
    body = city.session(item, start)
    body["line_items"] *= 2
    assert (await city.call(slug, "POST", "/checkout-sessions", body)).status_code == 400


@pytest.mark.parametrize(
    "payment",
    [
        {"payment": {}},
        {"payment": {"instruments": []}},
        {"payment": {"instruments": [{**PAYMENT["payment"]["instruments"][0], "selected": False}]}},
        {"payment": {"instruments": [{**PAYMENT["payment"]["instruments"][0], "handler_id": "cash"}]}},
        {"payment": {"instruments": [{**PAYMENT["payment"]["instruments"][0], "type": "card"}]}},
        {
            "payment": {
                "instruments": [{**PAYMENT["payment"]["instruments"][0], "credential": {"type": "escrow_token"}}]
            }
        },
    ],
)
async def test_without_a_token_nothing_is_bought_and_it_may_be_tried_again(city: City, payment: dict[str, Any]) -> None:
    slug = city.offering("restaurant.table")
    opened = await city.open(slug)
    path = f"/checkout-sessions/{opened['id']}/complete"
    refused = (await city.call(slug, "POST", path, payment)).json()
    Checkout.model_validate(refused)
    assert (refused["status"], code(refused)) == ("ready_for_complete", "payment_failed")
    assert not city.town.shops[slug].orders
    assert (await city.call(slug, "POST", path, PAYMENT)).json()["status"] == "completed"


async def test_completing_again_with_another_key_gives_the_same_order(city: City) -> None:
    slug = city.offering("restaurant.table")
    opened = await city.open(slug)
    path = f"/checkout-sessions/{opened['id']}/complete"
    first, second = [(await city.call(slug, "POST", path, PAYMENT)).json() for _ in range(2)]
    assert first["order"] == second["order"]
    assert len(city.town.shops[slug].orders) == 1


async def test_the_last_table_is_sold_once(city: City) -> None:
    slug = city.offering("restaurant.table")
    item, start, _ = await city.free_slot(slug)
    shop = city.town.shops[slug]
    variant = shop.partner.variants[item]
    minute = int(datetime.fromisoformat(start).timestamp() // 60)
    while shop.diary.admits(variant.schedule, start=minute, units=2):
        shop.diary.take(variant.schedule, start=minute, units=1)
    body = city.session(item, start)
    opened = [(await city.call(slug, "POST", "/checkout-sessions", body)).json() for _ in range(3)]
    answers = await asyncio.gather(
        *(city.call(slug, "POST", f"/checkout-sessions/{one['id']}/complete", PAYMENT) for one in opened)
    )
    results = [answer.json() for answer in answers]
    for result in results:
        Checkout.model_validate(result)
    assert sorted(result["status"] for result in results) == ["canceled", "canceled", "completed"]
    losers = [result for result in results if result["status"] == "canceled"]
    assert [code(loser) for loser in losers] == ["slot_unavailable"] * 2
    late = await city.call(slug, "POST", "/checkout-sessions", body)
    assert code(late.json()) == "slot_unavailable"
    assert start not in (await city.lookup(slug, [item]))[item]["booking"].get("starts", [])


async def test_a_checkout_expires(city: City) -> None:
    slug = city.offering("restaurant.table")
    opened = await city.open(slug)
    city.clock.now += timedelta(minutes=31)
    path = f"/checkout-sessions/{opened['id']}"
    assert (await city.call(slug, "GET", path)).json()["status"] == "canceled"
    refused = (await city.call(slug, "POST", f"{path}/complete", PAYMENT)).json()
    assert (refused["status"], code(refused)) == ("canceled", "checkout_closed")


async def test_a_time_that_has_passed_meanwhile_cannot_be_bought(city: City) -> None:
    slug = city.offering("ride.taxi")
    shop = city.town.shops[slug]
    item = next(iter(shop.partner.variants))
    window = (await city.lookup(slug, [item], party=1, earliest=city.clock.now))[item]["booking"]["windows"][0]
    opened = (await city.call(slug, "POST", "/checkout-sessions", city.session(item, window[0], party=1))).json()
    city.clock.now = datetime.fromisoformat(window[0]) + timedelta(minutes=1)
    answer = (await city.call(slug, "POST", f"/checkout-sessions/{opened['id']}/complete", PAYMENT)).json()
    assert (answer["status"], code(answer)) == ("canceled", "slot_unavailable")


async def test_a_cancelled_checkout_cannot_be_bought_or_changed(city: City) -> None:
    slug = city.offering("restaurant.table")
    opened = await city.open(slug)
    path = f"/checkout-sessions/{opened['id']}"
    cancelled = (await city.call(slug, "POST", f"{path}/cancel", {})).json()
    Checkout.model_validate(cancelled)
    assert cancelled["status"] == "canceled"
    item = opened["line_items"][0]["item"]["id"]
    changed = (await city.call(slug, "PUT", path, city.session(item, opened["booking"]["start"]))).json()
    bought = (await city.call(slug, "POST", f"{path}/complete", PAYMENT)).json()
    assert code(changed) == code(bought) == "checkout_closed"


async def test_a_completed_checkout_cannot_be_cancelled(city: City) -> None:
    slug = city.offering("restaurant.table")
    await city.buy(slug)
    checkout_id = next(iter(city.town.shops[slug].checkouts))
    answer = (await city.call(slug, "POST", f"/checkout-sessions/{checkout_id}/cancel", {})).json()
    assert (answer["status"], code(answer)) == ("completed", "checkout_closed")


async def test_old_checkouts_are_forgotten(city: City) -> None:
    slug = city.offering("restaurant.table")
    old = await city.open(slug)
    city.clock.now += timedelta(hours=7)
    await city.open(slug)
    assert old["id"] not in city.town.shops[slug].checkouts


async def test_order_numbers_follow_from_what_was_asked(build) -> None:
    numbers = set()
    for _ in range(2):
        city = await build(partners=1)
        slug = city.offering("restaurant.table")
        item, start, _ = await city.free_slot(slug)
        opened = await city.call(slug, "POST", "/checkout-sessions", city.session(item, start), key="run-1/line-1")
        done = await city.call(
            slug, "POST", f"/checkout-sessions/{opened.json()['id']}/complete", PAYMENT, key="run-1/buy-1"
        )
        numbers.add(done.json()["order"]["id"])
    assert len(numbers) == 1
