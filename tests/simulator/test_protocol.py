"""The REST binding: required headers, errors in UCP's form, and calls that may be repeated."""

import asyncio

import httpx
import pytest
from ucp_sdk.models.schemas.common.types.error_response import ErrorResponse
from ucp_sdk.models.schemas.profile import BusinessSchema

from simulator.protocol import Answer, ProtocolError, Replays
from tests.simulator.scene import PAYMENT, City, Clock

CHECKOUT_BODY = {"line_items": [{"item": {"id": "x"}, "quantity": 1}]}
CHANGING = [
    ("POST", "/checkout-sessions"),
    ("PUT", "/checkout-sessions/chk_1"),
    ("POST", "/checkout-sessions/chk_1/complete"),
    ("POST", "/checkout-sessions/chk_1/cancel"),
    ("POST", "/orders/1/cancel"),
]
READING = [
    ("POST", "/catalog/search"),
    ("POST", "/catalog/lookup"),
    ("POST", "/catalog/product"),
    ("GET", "/checkout-sessions/chk_1"),
    ("GET", "/orders/1"),
]


async def send(city: City, method: str, path: str, headers: dict[str, str], content: str = "{}") -> httpx.Response:
    slug = city.offering("flowers.delivery")
    return await city.http.request(method, f"{city.url}/p/{slug}/ucp{path}", headers=headers, content=content)


async def test_every_partner_is_listed_with_its_manifest_and_services(city: City) -> None:
    listed = (await city.http.get(city.url)).json()
    assert listed["seed"] == 7
    assert listed["city"] == "Lakemont"
    assert len(listed["partners"]) == 40
    first = listed["partners"][0]
    assert first["behaviour"] == "accept"
    assert first["services"] == ["restaurant.table"]
    assert first["manifest_url"] == f"{city.url}/p/{first['slug']}/.well-known/ucp"
    assert (await city.http.get(first["manifest_url"])).status_code == 200


async def test_the_simulator_says_that_it_is_alive(city: City) -> None:
    assert (await city.http.get(f"{city.url}/health")).json() == {"status": "ok"}


async def test_every_profile_is_a_ucp_business_profile_that_describes_its_services(city: City) -> None:
    for slug, shop in city.town.shops.items():
        answer = await city.http.get(f"{city.url}/p/{slug}/.well-known/ucp")
        document = answer.json()
        BusinessSchema.model_validate(document)
        ucp = document["ucp"]
        assert ucp["services"]["dev.ucp.shopping"][0]["endpoint"] == f"{city.url}/p/{slug}/ucp"
        assert ucp["capabilities"]["example.uso.booking"][0]["extends"] == [
            "dev.ucp.shopping.checkout",
            "dev.ucp.shopping.catalog.lookup",
        ]
        config = ucp["capabilities"]["example.uso.services"][0]["config"]
        assert config["name"] == shop.partner.name
        assert config["place"]["zone"] == "America/Chicago"
        assert [service["id"] for service in config["services"]] == list(shop.partner.services)
        assert list(config["hours"]) == ["mon", "tue", "wed", "thu", "fri", "sat", "sun"]
        assert ucp["payment_handlers"]["example.uso.escrow"][0]["id"] == "escrow"
        assert document["keys"][0]["crv"] == "P-256"
        assert "max-age" in answer.headers["cache-control"]


@pytest.mark.parametrize(("method", "path"), CHANGING + READING)
async def test_a_call_without_an_agent_is_refused(city: City, method: str, path: str) -> None:
    answer = await send(city, method, path, {"Request-Id": "r", "Idempotency-Key": "k"})
    assert answer.status_code == 400
    assert answer.json()["code"] == "invalid_profile_url"
    assert "UCP-Agent" in answer.json()["content"]


@pytest.mark.parametrize(("method", "path"), CHANGING + READING)
async def test_a_call_without_a_request_id_is_refused(city: City, method: str, path: str) -> None:
    answer = await send(city, method, path, {"UCP-Agent": city.platform.agent, "Idempotency-Key": "k"})
    assert (answer.status_code, answer.json()["code"]) == (400, "missing_header")
    assert "Request-Id" in answer.json()["content"]


@pytest.mark.parametrize(("method", "path"), CHANGING)
async def test_a_change_without_an_idempotency_key_is_refused(city: City, method: str, path: str) -> None:
    answer = await send(city, method, path, {"UCP-Agent": city.platform.agent, "Request-Id": "r"})
    assert (answer.status_code, answer.json()["code"]) == (400, "missing_header")
    assert "Idempotency-Key" in answer.json()["content"]


@pytest.mark.parametrize(
    "agent",
    ["", "nonsense nonsense", 'name="x"', "profile", 'profile="http://10.0.0.8/x"', 'profile="ftp://a.example/x"'],
)
async def test_an_agent_that_cannot_be_asked_is_refused(city: City, agent: str) -> None:
    answer = await send(city, "POST", "/catalog/search", {"UCP-Agent": agent, "Request-Id": "r"})
    assert (answer.status_code, answer.json()["code"]) == (400, "invalid_profile_url")


@pytest.mark.parametrize(
    ("path", "content", "field"),
    [
        ("/catalog/lookup", "{not json", "$"),
        ("/catalog/lookup", "[]", "$"),
        ("/catalog/lookup", "{}", "$.ids"),
        ("/catalog/lookup", '{"ids": []}', "$.ids"),
        ("/catalog/lookup", '{"ids": ["x"], "booking": {"earliest": "soon"}}', "booking.earliest"),
        ("/catalog/search", '{"pagination": {"limit": 0}}', "$.pagination.limit"),
        ("/checkout-sessions", '{"line_items": [{"item": {"id": "x"}, "quantity": 0}]}', "$.line_items.0.quantity"),
    ],
)
async def test_a_malformed_body_is_refused_and_the_field_is_named(
    city: City, path: str, content: str, field: str
) -> None:
    headers = {"UCP-Agent": city.platform.agent, "Request-Id": "r", "Idempotency-Key": "k"}
    answer = await send(city, "POST", path, headers, content)
    assert (answer.status_code, answer.json()["code"]) == (400, "invalid_request")
    assert answer.json()["content"].startswith(f"{field}:")


async def test_an_unknown_field_of_the_booking_extension_is_refused(city: City) -> None:
    slug = city.offering("restaurant.table")
    item, start, _ = await city.free_slot(slug)
    answer = await city.call(slug, "POST", "/checkout-sessions", city.session(item, start, tables=2))
    assert answer.status_code == 400
    assert "booking.tables" in answer.json()["content"]


async def test_a_body_beyond_the_limit_is_refused(city: City) -> None:
    slug = city.offering("flowers.delivery")
    answer = await city.call(slug, "POST", "/catalog/lookup", {"ids": ["x" * 300_000]})
    assert answer.status_code == 413


async def test_an_unknown_partner_is_not_found(city: City) -> None:
    answer = await city.call("nobody", "POST", "/catalog/search", {})
    assert (answer.status_code, answer.json()["code"]) == (404, "not_found")


async def test_the_same_key_and_body_get_the_first_answer_again(city: City) -> None:
    slug = city.offering("restaurant.table")
    item, start, _ = await city.free_slot(slug)
    body = city.session(item, start)
    first = await city.call(slug, "POST", "/checkout-sessions", body, key="same")
    second = await city.call(slug, "POST", "/checkout-sessions", body, key="same")
    assert first.status_code == second.status_code == 201
    assert first.content == second.content
    assert len(city.town.shops[slug].checkouts) == 1


async def test_the_same_key_with_another_body_or_path_is_a_conflict(city: City) -> None:
    slug = city.offering("restaurant.table")
    item, start, _ = await city.free_slot(slug)
    opened = await city.call(slug, "POST", "/checkout-sessions", city.session(item, start), key="same")
    other_body = await city.call(slug, "POST", "/checkout-sessions", city.session(item, start, party=1), key="same")
    other_path = await city.call(slug, "POST", f"/checkout-sessions/{opened.json()['id']}/cancel", {}, key="same")
    assert other_body.status_code == other_path.status_code == 409
    assert other_body.json()["code"] == "idempotency_conflict"


async def test_keys_of_different_platforms_do_not_meet(city: City) -> None:
    slug = city.offering("restaurant.table")
    item, start, _ = await city.free_slot(slug)
    ours = await city.call(slug, "POST", "/checkout-sessions", city.session(item, start), key="same")
    theirs = await city.call(
        slug,
        "POST",
        "/checkout-sessions",
        city.session(item, start, party=1),
        key="same",
        agent='profile="https://other.example/ucp"',
    )
    assert theirs.status_code == 201
    assert theirs.json()["id"] != ours.json()["id"]


async def test_a_purchase_sent_twice_at_once_happens_once(city: City) -> None:
    slug = city.offering("restaurant.table")
    checkout = await city.open(slug)
    path = f"/checkout-sessions/{checkout['id']}/complete"
    answers = await asyncio.gather(*(city.call(slug, "POST", path, PAYMENT, key="buy") for _ in range(5)))
    assert len({answer.content for answer in answers}) == 1
    assert len(city.town.shops[slug].orders) == 1


async def test_a_repeated_call_waits_for_the_first_and_gets_its_answer() -> None:
    replays, ready, done = Replays(Clock()), asyncio.Event(), list[int]()

    async def work() -> Answer:
        await ready.wait()
        done.append(1)
        return Answer(200, {"done": len(done)})

    calls = [asyncio.create_task(replays.once(("shop", "platform", "key"), b"the same", work)) for _ in range(3)]
    await asyncio.sleep(0)
    ready.set()
    assert [answer.body for answer in await asyncio.gather(*calls)] == [{"done": 1}] * 3


async def test_whoever_waits_for_a_call_that_fails_does_it_itself() -> None:
    replays, ready, tries = Replays(Clock()), asyncio.Event(), list[int]()

    async def work() -> Answer:
        tries.append(1)
        await ready.wait()
        if len(tries) == 1:
            raise ProtocolError(400, "invalid_request", "no")
        return Answer(201, {})

    calls = [asyncio.create_task(replays.once(("shop", "platform", "key"), b"the same", work)) for _ in range(2)]
    await asyncio.sleep(0)
    ready.set()
    first, second = await asyncio.gather(*calls, return_exceptions=True)
    assert isinstance(first, ProtocolError)
    assert second == Answer(201, {})


async def test_a_key_is_forgotten_after_a_day(city: City) -> None:
    slug = city.offering("restaurant.table")
    refused = await city.call(slug, "POST", "/checkout-sessions", CHECKOUT_BODY, key="same")
    assert refused.status_code == 200
    city.clock.now = city.clock.now.replace(day=city.clock.now.day + 1, minute=1)
    other = {"line_items": [{"item": {"id": "y"}, "quantity": 1}]}
    assert (await city.call(slug, "POST", "/checkout-sessions", other, key="same")).status_code == 200


@pytest.mark.parametrize(("method", "path"), [*CHANGING[1:], *READING[3:]])
async def test_what_does_not_exist_is_a_normal_no(city: City, method: str, path: str) -> None:
    body = {"PUT": CHECKOUT_BODY, "POST": PAYMENT}.get(method)
    answer = await city.call(city.offering("spa.treatment"), method, path, body)
    assert answer.status_code == 200
    ErrorResponse.model_validate(answer.json())
    assert answer.json()["ucp"]["status"] == "error"
    assert answer.json()["messages"][0]["code"] == "not_found"


async def test_a_given_base_url_is_the_one_that_is_published(build) -> None:
    city = await build(partners=2, base_url="https://partners.example/")
    listed = (await city.http.get(city.url)).json()
    assert listed["partners"][0]["manifest_url"].startswith("https://partners.example/p/")
