"""After the purchase: accepted, under way, done; or cancelled in time, and the table is free again."""

from datetime import datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from ucp_sdk.models.schemas.common.types.error_response import ErrorResponse
from ucp_sdk.models.schemas.shopping.order import Order as UcpOrder

from simulator.availability import Diary, as_minute
from simulator.booking import Booking
from simulator.orders import MOVES, Order, State
from simulator.partners import found
from tests.simulator.scene import FRIDAY_MORNING, SATURDAY, City


def line(order: dict[str, Any]) -> dict[str, Any]:
    return dict(order["line_items"][0])


async def test_a_new_order_promises_nothing_until_it_is_accepted(city: City) -> None:
    slug = city.offering("restaurant.table")
    city.awake.clear()
    order_id = await city.buy(slug)
    placed = await city.order(slug, order_id)
    UcpOrder.model_validate(placed)
    assert placed["fulfillment"] == {"expectations": [], "events": []}
    assert line(placed)["quantity"] == {"original": 1, "total": 1, "fulfilled": 0}
    city.awake.set()
    await city.settle()
    accepted = await city.order(slug, order_id)
    UcpOrder.model_validate(accepted)
    assert line(accepted)["status"] == "processing"
    expected = accepted["fulfillment"]["expectations"][0]
    assert expected["fulfillable_on"] == accepted["booking"]["start"]
    assert expected["destination"]["address_locality"] == "Lakemont"


async def test_an_order_goes_its_way_by_hand(city: City) -> None:
    slug = city.offering("flowers.delivery")
    order_id = await city.buy(slug)
    await city.settle()
    for state in ("in_progress", "fulfilled"):
        pushed = await city.control("advance", {"slug": slug, "order_id": order_id, "to": state})
        assert pushed.json()["state"] == state
    await city.settle()
    done = await city.order(slug, order_id)
    UcpOrder.model_validate(done)
    assert [event["type"] for event in done["fulfillment"]["events"]] == ["in_progress", "delivered"]
    assert line(done)["status"] == "fulfilled"
    assert line(done)["quantity"]["fulfilled"] == 1


async def test_an_order_cannot_go_back(city: City) -> None:
    slug = city.offering("flowers.delivery")
    order_id = await city.buy(slug)
    await city.control("advance", {"slug": slug, "order_id": order_id, "to": "fulfilled"})
    refused = await city.control("advance", {"slug": slug, "order_id": order_id, "to": "accepted"})
    assert (refused.status_code, refused.json()["code"]) == (409, "conflict")


async def test_a_rejection_says_why_and_frees_the_table(city: City) -> None:
    slug = city.offering("restaurant.table")
    item, start, _ = await city.free_slot(slug)
    before = (await city.lookup(slug, [item]))[item]["booking"]["starts"]
    order_id = await city.buy(slug)
    await city.settle()
    body = {"slug": slug, "order_id": order_id, "to": "rejected", "reason": "The kitchen is closed."}
    await city.control("advance", body)
    order = await city.order(slug, order_id)
    UcpOrder.model_validate(order)
    assert line(order)["status"] == "removed"
    assert line(order)["quantity"]["total"] == 0
    assert (order["adjustments"][0]["type"], order["adjustments"][0]["description"]) == (
        "cancellation",
        "The kitchen is closed.",
    )
    assert (await city.lookup(slug, [item]))[item]["booking"]["starts"] == before
    assert start in before


async def test_a_cancelled_order_frees_the_table_and_no_webhook_follows(city: City) -> None:
    slug = city.offering("restaurant.table")
    order_id = await city.buy(slug)
    await city.settle()
    heard = len(city.platform.received)
    answer = await city.call(slug, "POST", f"/orders/{order_id}/cancel", {})
    UcpOrder.model_validate(answer.json())
    assert line(answer.json())["status"] == "removed"
    await city.settle()
    assert len(city.platform.received) == heard
    again = await city.call(slug, "POST", f"/orders/{order_id}/cancel", {})
    assert again.json() == answer.json()


async def test_an_order_cancelled_before_the_partner_answered_is_not_accepted_afterwards(city: City) -> None:
    slug = city.offering("restaurant.table")
    city.awake.clear()
    order_id = await city.buy(slug)
    await city.call(slug, "POST", f"/orders/{order_id}/cancel", {})
    city.awake.set()
    await city.settle()
    assert city.platform.received == []
    assert line(await city.order(slug, order_id))["status"] == "removed"


async def test_shortly_before_it_begins_it_is_too_late_to_cancel(city: City) -> None:
    slug = city.offering("restaurant.table")
    order_id = await city.buy(slug)
    await city.settle()
    start = datetime.fromisoformat((await city.order(slug, order_id))["booking"]["start"])
    city.clock.now = start - timedelta(minutes=119)
    answer = await city.call(slug, "POST", f"/orders/{order_id}/cancel", {})
    assert answer.status_code == 200
    ErrorResponse.model_validate(answer.json())
    assert answer.json()["messages"][0]["code"] == "too_late"
    assert line(await city.order(slug, order_id))["status"] == "processing"


async def test_what_is_under_way_cannot_be_cancelled(city: City) -> None:
    slug = city.offering("restaurant.table")
    order_id = await city.buy(slug)
    await city.control("advance", {"slug": slug, "order_id": order_id, "to": "in_progress"})
    answer = await city.call(slug, "POST", f"/orders/{order_id}/cancel", {})
    assert answer.json()["messages"][0]["code"] == "too_late"


async def test_an_order_is_seen_by_its_platform_only(city: City) -> None:
    slug = city.offering("restaurant.table")
    order_id = await city.buy(slug)
    stranger = await city.call(slug, "GET", f"/orders/{order_id}", agent='profile="https://stranger.example/ucp"')
    assert stranger.json()["messages"][0]["code"] == "not_found"


async def test_the_controls_list_every_order_and_its_page_can_be_opened(city: City) -> None:
    slug = city.offering("restaurant.table")
    order_id = await city.buy(slug)
    listed = (await city.http.get(f"{city.url}/control/orders")).json()["orders"]
    assert [(entry["slug"], entry["order"]["id"]) for entry in listed] == [(slug, order_id)]
    page = await city.http.get(listed[0]["order"]["permalink_url"])
    assert order_id in page.text
    assert (await city.http.get(f"{city.url}/p/{slug}/orders/nothing")).status_code == 404


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("advance", {"slug": "nobody", "order_id": "x", "to": "accepted"}),
        ("advance", {"slug": "quayside-cars", "order_id": "x", "to": "accepted"}),
        ("behaviour", {"slug": "nobody", "behaviour": "accept"}),
        ("webhooks", {"slug": "quayside-cars", "deliver": ["x"]}),
    ],
)
async def test_controls_over_what_is_not_there_are_not_found(city: City, path: str, body: Any) -> None:
    answer = await city.control(path, body)
    assert (answer.status_code, answer.json()["code"]) == (404, "not_found")


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("advance", {"slug": "quayside-cars", "order_id": "x", "to": "cancelled"}),
        ("behaviour", {"slug": "quayside-cars", "behaviour": "rude"}),
        ("behaviour", {"slug": "quayside-cars", "behaviour": "late", "options": {"delay": 3}}),
        ("webhooks", {"slug": "quayside-cars", "send": []}),
    ],
)
async def test_controls_refuse_what_they_do_not_know(city: City, path: str, body: Any) -> None:
    answer = await city.control(path, body)
    assert (answer.status_code, answer.json()["code"]) == (400, "invalid_request")


@given(st.lists(st.sampled_from(sorted(MOVES)), max_size=8))
def test_any_attempted_moves_leave_an_order_that_can_be_shown(attempts: list[State]) -> None:
    partner = found(7, 1)[0]
    variant = next(v for v in partner.variants.values() if "three-course" in v.id)
    start = SATURDAY.replace(hour=19)
    hold = Diary("quiet").take(variant.schedule, start=as_minute(start), units=1)
    assert hold is not None
    addresses = ("https://platform.example", "https://partner.example")
    order = Order("X-1", "chk_1", *addresses, variant, 2, 9_000, Booking(start=start), hold, FRIDAY_MORNING)
    for wanted in attempts:
        before = order.state
        allowed = wanted in MOVES[before]
        assert order.move(wanted, at=FRIDAY_MORNING, reason="why") is allowed
        assert order.state == (wanted if allowed else before)
        shown = order.as_json()
        UcpOrder.model_validate(shown)
        quantity = shown["line_items"][0]["quantity"]
        assert quantity["total"] == (0 if order.state in ("rejected", "cancelled") else 2)
        assert quantity["fulfilled"] == (2 if order.state == "fulfilled" else 0)
