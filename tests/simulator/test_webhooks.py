"""Order news reaches the platform signed, in order and once it is up again; and, on demand, twice or out of order."""

import base64
from datetime import timedelta
from typing import Any

import httpx
import pytest
from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, EllipticCurvePublicKey, EllipticCurvePublicNumbers
from http_message_signatures import HTTPMessageVerifier, InvalidSignature, MappingKeyResolver
from http_message_signatures.algorithms import ECDSA_P256_SHA256
from starlette.requests import Request
from ucp_sdk.models.schemas.shopping.order import Order as UcpOrder

from simulator.signing import COVERED, Signer
from simulator.webhooks import BACK_OFF
from tests.simulator.scene import City

_ANY_DAY = timedelta(days=36_500)


def public_key(jwk: dict[str, str]) -> EllipticCurvePublicKey:
    def number(text: str) -> int:
        return int.from_bytes(base64.urlsafe_b64decode(text + "=="))

    return EllipticCurvePublicNumbers(number(jwk["x"]), number(jwk["y"]), SECP256R1()).public_key()


async def verify(city: City, slug: str, received: Request) -> dict[str, Any]:
    """What the signature covers, by the keys the partner publishes.

    Raises:
        InvalidSignature: it does not hold.
    """
    profile = (await city.http.get(f"{city.url}/p/{slug}/.well-known/ucp")).json()
    keys = {jwk["kid"]: public_key(jwk) for jwk in profile["keys"]}
    verifier = HTTPMessageVerifier(
        signature_algorithm=ECDSA_P256_SHA256, key_resolver=MappingKeyResolver(public_keys=keys, private_keys={})
    )
    verifier.max_clock_skew = _ANY_DAY  # the city's clock stands on a day of its own
    message = httpx.Request("POST", str(received.url), headers=received.headers.raw, content=received.state.body)
    (result,) = verifier.verify(message, body=received.state.body, max_age=_ANY_DAY)
    return dict(result.covered_components)


async def test_an_accepted_order_is_announced_with_a_signature_that_holds(city: City) -> None:
    slug = city.offering("restaurant.table")
    order_id = await city.buy(slug)
    await city.settle()
    (received,) = city.platform.received
    covered = await verify(city, slug, received)
    assert {name.strip('"') for name in covered} >= set(COVERED)
    assert received.headers["webhook-id"] == f"wh_{order_id}_1"
    assert received.headers["webhook-timestamp"].isdigit()
    assert received.headers["ucp-agent"] == f'profile="{city.url}/p/{slug}/.well-known/ucp"'
    assert received.headers["content-type"] == "application/json"
    assert "alg=" not in received.headers["signature-input"]
    (order,) = city.platform.orders
    UcpOrder.model_validate(order)
    assert order["id"] == order_id
    assert order["fulfillment"]["expectations"]


async def test_a_partner_waits_its_delay_before_it_answers(build) -> None:
    city = await build(accept_delay=0.3)
    await city.buy(city.offering("restaurant.table"))
    await city.settle()
    assert city.slept == [0.3]


async def test_news_are_sent_again_with_growing_pauses_until_they_are_taken(city: City) -> None:
    city.platform.statuses = [500, 503, 404]
    await city.buy(city.offering("restaurant.table"))
    await city.settle()
    assert len(city.platform.received) == 4
    assert len({request.headers["webhook-id"] for request in city.platform.received}) == 1
    assert city.slept == [0.0, *BACK_OFF[:3]]
    assert list(BACK_OFF) == sorted(BACK_OFF)


async def test_a_platform_that_never_answers_is_given_up(city: City) -> None:
    city.platform.statuses = [500] * 100
    slug = city.offering("restaurant.table")
    await city.buy(slug)
    await city.settle()
    assert len(city.platform.received) == len(BACK_OFF) + 1
    (delivery,) = (await city.http.get(f"{city.url}/control/webhooks")).json()["webhooks"]
    assert delivery["status"] == "failed"
    assert delivery["answers"] == [500] * (len(BACK_OFF) + 1)


async def test_a_platform_whose_profile_comes_up_later_still_hears_of_its_order(city: City) -> None:
    city.platform.profile_status = 503
    slug = city.offering("restaurant.table")
    order_id = await city.buy(slug)
    await city.settle()
    assert city.platform.received == []
    city.platform.profile_status = 200
    await city.control("webhooks", {"slug": slug, "deliver": [f"wh_{order_id}_1"]})
    assert len(city.platform.received) == 1


async def test_later_news_wait_for_earlier_ones(city: City) -> None:
    city.platform.statuses = [500, 500]
    slug = city.offering("restaurant.table")
    city.awake.clear()
    order_id = await city.buy(slug)
    for state in ("accepted", "in_progress"):
        await city.control("advance", {"slug": slug, "order_id": order_id, "to": state})
    city.awake.set()
    await city.settle()
    assert [request.headers["webhook-id"][-1] for request in city.platform.received] == ["1", "1", "1", "2"]


async def test_the_profile_is_fetched_once_a_minute_at_most(city: City) -> None:
    slug = city.offering("restaurant.table")
    for _ in range(3):
        await city.buy(slug)
        await city.settle()
    assert city.platform.profile_requests == 1
    city.clock.now = city.clock.now.replace(minute=2)
    await city.buy(slug)
    await city.settle()
    assert city.platform.profile_requests == 2


async def test_a_webhook_can_be_delivered_again_under_its_old_id(city: City) -> None:
    slug = city.offering("restaurant.table")
    order_id = await city.buy(slug)
    await city.settle()
    await city.control("webhooks", {"slug": slug, "deliver": [f"wh_{order_id}_1"]})
    first, second = city.platform.received
    assert first.headers["webhook-id"] == second.headers["webhook-id"]
    assert first.state.body == second.state.body
    await verify(city, slug, second)


async def test_news_can_be_held_back_and_sent_out_of_order(city: City) -> None:
    slug = city.offering("restaurant.table")
    await city.control("webhooks", {"slug": slug, "hold": True})
    order_id = await city.buy(slug)
    await city.settle()
    await city.control("advance", {"slug": slug, "order_id": order_id, "to": "in_progress"})
    await city.control("advance", {"slug": slug, "order_id": order_id, "to": "fulfilled"})
    await city.settle()
    assert city.platform.received == []
    names = [f"wh_{order_id}_{number}" for number in (3, 1, 2)]
    await city.control("webhooks", {"slug": slug, "hold": False, "deliver": names})
    assert [request.headers["webhook-id"] for request in city.platform.received] == names
    assert [order["line_items"][0]["status"] for order in city.platform.orders] == [
        "fulfilled",
        "processing",
        "processing",
    ]
    await city.buy(slug)
    await city.settle()
    assert len(city.platform.received) == 4


async def test_a_webhook_can_be_tampered_with_and_then_does_not_verify(city: City) -> None:
    slug = city.offering("restaurant.table")
    order_id = await city.buy(slug)
    await city.settle()
    await city.control("webhooks", {"slug": slug, "deliver": [f"wh_{order_id}_1"], "tamper": True})
    with pytest.raises(InvalidSignature):
        await verify(city, slug, city.platform.received[-1])


async def test_a_webhook_signed_by_another_partner_does_not_verify(city: City) -> None:
    slug, other = city.offering("restaurant.table"), city.offering("flowers.delivery")
    await city.buy(slug)
    await city.settle()
    with pytest.raises(InvalidSignature):
        await verify(city, other, city.platform.received[0])


def test_keys_follow_from_the_seed_and_differ_between_partners() -> None:
    assert Signer(7, "a").jwk == Signer(7, "a").jwk
    assert Signer(7, "a").kid != Signer(7, "b").kid
    assert Signer(7, "a").kid != Signer(8, "a").kid
    assert "d" not in Signer(7, "a").jwk


async def test_closing_the_town_stops_what_is_under_way(build) -> None:
    city = await build()
    city.platform.statuses = [500] * 100
    await city.buy(city.offering("restaurant.table"))
    await city.town.close()
    await city.settle()
    assert len(city.platform.received) <= 1
