"""The scout and the planner over HTTP: from needs to live offers to a plan, and a clear word about everything else."""

import json
from collections.abc import AsyncIterator, Callable
from datetime import date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import httpx
import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as bounded
from hypothesis import strategies as st

from cards.validate import validate_card
from tests.journeys.person import City
from tests.server.client import User

Fresh = Callable[[str], str]
Document = dict[str, Any]
SEARCH, PLANS = "/api/v1/offers/search", "/api/v1/plans"
JSON = {"Content-Type": "application/json"}
CHICAGO = ZoneInfo("America/Chicago")
HOME = {"name": "Home", "lat": 41.8925, "lon": -87.6345, "zone": "America/Chicago"}


@pytest.fixture
async def caller(orchestrator_url: str, fresh: Fresh) -> AsyncIterator[User]:
    someone = User(orchestrator_url, fresh("user"))
    yield someone
    await someone.http.aclose()


async def test_what_is_found_can_be_shown_as_it_is(caller: User) -> None:
    body = {"needs": [need(), need(2, "no.such.thing", text="a <b>dragon</b>", party=None)], "home": HOME}
    found = (await caller.http.post(SEARCH, json=body)).json()
    dinner, dragon = found["presentations"]
    titles = [offer["title"] for offer in found["needs"][0]["offers"]]
    assert titles
    assert titles[0] in dinner["text"]
    assert [one["item"]["name"] for one in dinner["json_ld"]["itemListElement"]] == titles
    assert validate_card(dinner["card"]) == []
    assert "Action." not in json.dumps(dinner["card"]["body"]), "there is no conversation to answer in"
    assert "potentialAction" not in json.dumps(dinner["json_ld"])
    assert "no other offer" not in dragon["text"]
    assert dragon["card"] is None


def day_after(days: int) -> date:
    return datetime.now(CHICAGO).date() + timedelta(days=days)


def at(hour: int, *, days: int = 10) -> str:
    """A moment of the day that is ten days away, on the city's clocks."""
    return datetime.combine(day_after(days), time(hour), CHICAGO).isoformat()


def between(start: str | None, end: str | None) -> Document:
    return {"start": start, "end": end}


def need(number: int = 1, capability: str | None = "restaurant.table", **facts: Any) -> Document:
    """Something to be arranged on that day."""
    day = {"timing": {"start": between(at(17), at(21))}} if "timing" not in facts else {}
    return {"id": f"n{number}", "capability_id": capability, "text": "dinner", "party": 2, **day, **facts}


def flowers(number: int = 2, **facts: Any) -> Document:
    delivered = {"timing": {"end": between(at(9), at(17))}}
    return need(number, "flowers.delivery", text="flowers", party=None, **{**delivered, **facts})


async def search(caller: User, *needs: Document, **more: Any) -> list[Document]:
    response = await caller.http.post(SEARCH, json={"needs": list(needs), **more})
    assert response.status_code == 200, response.text
    found: list[Document] = response.json()["needs"]
    return found


async def plan(caller: User, needs: list[Document], **more: Any) -> Document:
    response = await caller.http.post(PLANS, json=request_of(needs, **more))
    assert response.status_code == 200, response.text
    result: Document = response.json()
    return result


def request_of(needs: list[Document], **more: Any) -> Document:
    return {"now": at(8), "needs": needs, "home": HOME, **more}


def offer(number: int = 1, **facts: Any) -> Document:
    """An offer for a need, on paper."""
    return {
        "id": f"o{number}", "need_id": f"n{number}", "capability_id": "restaurant.table", "partner_id": "paper",
        "partner_name": "Paper", "product_id": "p1", "title": "Table", "effect": "attended",
        "price": {"amount": 4_000, "currency": "USD"}, "duration": "PT2H", "starts": [at(19)], "place": HOME, **facts,
    }  # fmt: skip


def scouted(number: int = 1, *offers: Document, **facts: Any) -> Document:
    return {"need": need(number, **facts), "offers": list(offers) or [offer(number)]}


async def refused(caller: User, path: str, body: Any, *fields: str) -> Document:
    """The problem document, which names exactly these fields."""
    problem = await caller.refused("POST", path, json=body)
    assert problem.keys() == {"type", "title", "status", "detail", "code", "request_id", "errors"}
    assert (problem["status"], problem["code"]) == (422, "invalid_request")
    assert [error["field"] for error in problem["errors"]] == list(fields)
    assert all(error["message"] for error in problem["errors"])
    return problem


# Offers


async def test_every_need_gets_live_offers_in_the_order_asked(caller: User) -> None:
    dinner, bouquet = await search(caller, need(1), flowers(2))
    assert [found["need"]["id"] for found in (dinner, bouquet)] == ["n1", "n2"]
    for found, capability in ((dinner, "restaurant.table"), (bouquet, "flowers.delivery")):
        assert found["offers"]
        assert {one["capability_id"] for one in found["offers"]} == {capability}
        assert all(one["price"]["currency"] == "USD" and one["price"]["amount"] > 0 for one in found["offers"])
        assert all(one["starts"] or one["windows"] for one in found["offers"])


async def test_a_partner_that_fails_is_named_and_costs_only_its_own_offers(caller: User, city: City) -> None:
    (before,) = await search(caller, need())
    failing = before["offers"][0]["partner_id"]
    await city.behave(failing, "error")
    (found,) = await search(caller, need())
    assert failing in {failure["partner_id"] for failure in found["failures"]}
    assert found["offers"]
    assert failing not in {one["partner_id"] for one in found["offers"]}


async def test_what_nobody_offers_is_an_empty_list(caller: User) -> None:
    (found,) = await search(caller, need(capability="submarine.rental", text="a submarine"))
    assert found["offers"] == []


async def test_another_home_is_where_things_are_looked_for(caller: User) -> None:
    far = {"name": "Nuuk", "lat": 64.18, "lon": -51.72, "zone": "America/Nuuk"}
    (here,) = await search(caller, flowers(1))
    (there,) = await search(caller, flowers(1), home=far)
    assert here["offers"]
    assert there["offers"] == []


@pytest.mark.parametrize("identifier", ["", " ", "n1; DROP TABLE orders", "🌹" * 50, "../../etc/passwd", "null"])
async def test_an_id_may_be_anything_that_is_written(caller: User, identifier: str) -> None:
    (found,) = await search(caller, need() | {"id": identifier})
    assert found["need"]["id"] == identifier
    assert {one["need_id"] for one in found["offers"]} == {identifier}


@pytest.mark.parametrize(
    "text",
    [
        "",
        "!",
        "'; DROP TABLE products; --",
        "\\",
        "%",
        "a & b | !c",
        '"',
        "ｆｕｌｌ",
        "\u202edinner",
        "🍣",
        "x" * 700,
        "ox " * 200,
    ],
)
async def test_no_words_break_the_search(caller: User, text: str) -> None:
    (found,) = await search(caller, need(text=text, query=text, slots={"cuisine": text}, avoid=[text]))
    assert found["need"]["text"] == text


async def test_another_currency_than_the_partners_is_no_limit(caller: User) -> None:
    (found,) = await search(caller, need(budget={"amount": 1, "currency": "JPY"}))
    assert found["offers"]


@pytest.mark.parametrize(
    ("body", "fields"),
    [
        ({}, ["needs"]),
        ({"needs": []}, ["needs"]),
        ({"needs": None}, ["needs"]),
        ({"needs": {}}, ["needs"]),
        ([], ["body"]),
        ({"needs": [need()], "budget": 5}, ["budget"]),
        ({"needs": [need(colour="red")]}, ["needs.0.colour"]),
        ({"needs": [need() | {"timing": {"start": {"from": at(9)}}}]}, ["needs.0.timing.start.from"]),
        ({"needs": [{}]}, ["needs.0.id", "needs.0.text"]),
        ({"needs": [need() | {"id": None}]}, ["needs.0.id"]),
        ({"needs": [need(), need()]}, ["needs"]),
        ({"needs": [need(number) for number in range(13)]}, ["needs"]),
        ({"needs": [need(text="x" * 4_000)]}, ["needs"]),
        ({"needs": [need(party=0)]}, ["needs.0.party"]),
        ({"needs": [need(party=10**30)]}, ["needs.0.party"]),
        ({"needs": [need(quantity=1.5)]}, ["needs.0.quantity"]),
        ({"needs": [need(budget={"amount": 2**60, "currency": "USD"})]}, ["needs.0.budget.amount"]),
        ({"needs": [need(budget={"amount": 10**40, "currency": "USD"})]}, ["needs.0.budget.amount"]),
        ({"needs": [need(budget={"amount": 1, "currency": "dollars"})]}, ["needs.0.budget.currency"]),
        ({"needs": [need(slots={"wish": {"price": 2**60}})]}, ["needs.0.slots.wish.price"]),
        ({"needs": [need(place=HOME | {"zone": "Moon/Sea"})]}, ["needs.0.place.zone"]),
        ({"needs": [need(place=HOME | {"lat": 91})]}, ["needs.0.place.lat"]),
        ({"needs": [need(timing={"start": between(at(20), at(19))})]}, ["needs.0.timing.start"]),
        ({"needs": [need(timing={"start": between("2030-01-01T10:00:00", None)})]}, ["needs.0.timing.start.start"]),
        ({"needs": [need(timing={"start": between("soon", None)})]}, ["needs.0.timing.start.start"]),
        ({"needs": [need(timing={"end": between(None, "9999-12-31T23:59:59Z")})]}, ["needs.0.timing.end.end"]),
        ({"needs": [need(timing={"day": between("0001-01-01T00:00:00+14:00", None)})]}, ["needs.0.timing.day.start"]),
        ({"needs": [need(timing={"start": between(at(9, days=900), None)})]}, ["needs.0.timing.start.start"]),
    ],
    ids=lambda value: ",".join(value) if isinstance(value, list) and all(isinstance(v, str) for v in value) else "",
)
async def test_what_is_wrong_with_a_search_is_named(caller: User, body: Any, fields: list[str]) -> None:
    await refused(caller, SEARCH, body, *fields)


async def test_wishes_that_contradict_each_other_find_what_comes_near(caller: User) -> None:
    impossible = {"start": between(at(20), at(21)), "end": between(at(9), at(10))}
    (found,) = await search(caller, need(timing=impossible))
    assert {one["capability_id"] for one in found["offers"]} <= {"restaurant.table"}


async def test_what_was_long_ago_has_no_offers(caller: User) -> None:
    (found,) = await search(caller, need(timing={"start": between(at(9, days=-300), at(10, days=-300))}))
    assert all(start > at(0, days=-1) for one in found["offers"] for start in one["starts"])


# Plans


async def test_what_was_found_can_be_planned(caller: User) -> None:
    found = await search(caller, need(1), flowers(2))
    now = datetime.now(CHICAGO).isoformat()  # live offers do not last long
    result = await plan(caller, found, now=now, budget={"amount": 1_000_00, "currency": "USD"})
    assert result["status"] == "planned"
    assert [item["need_id"] for item in result["items"]] == ["n2", "n1"]  # flowers first, then dinner
    assert result["total"]["amount"] == sum(item["offer"]["price"]["amount"] for item in result["items"])
    assert result["reasons"]


async def test_what_cannot_be_is_explained_with_what_would_work(caller: User) -> None:
    result = await plan(caller, [scouted()], budget={"amount": 3_000, "currency": "USD"})
    assert result["status"] == "infeasible"
    (conflict,) = result["conflicts"]
    assert (conflict["kind"], conflict["need_ids"]) == ("budget", ["n1"])
    raised = next(change for change in result["changes"] if change["field"] == "budget")
    assert raised["budget"] == {"amount": 4_000, "currency": "USD"}
    assert raised["plan"]["total"] == raised["budget"]


async def test_two_things_at_once_are_in_conflict(caller: User) -> None:
    result = await plan(caller, [scouted(1), scouted(2)])
    assert result["status"] == "infeasible"
    assert {identifier for conflict in result["conflicts"] for identifier in conflict["need_ids"]} == {"n1", "n2"}


async def test_a_need_without_offers_is_in_conflict(caller: User) -> None:
    result = await plan(caller, [{"need": need(), "offers": []}])
    assert [conflict["kind"] for conflict in result["conflicts"]] == ["no_offer"]


async def test_windows_that_contradict_each_other_are_a_conflict(caller: User) -> None:
    timing = {"start": between(at(20), at(21)), "end": between(at(9), at(10))}
    result = await plan(caller, [scouted(timing=timing)])
    assert result["status"] == "infeasible"
    assert [conflict["need_ids"] for conflict in result["conflicts"]] == [["n1"]]


@pytest.mark.parametrize(
    "more",
    [{"currency": "EUR"}, {"budget": {"amount": 10_000, "currency": "EUR"}}],
)
async def test_currencies_are_never_mixed(caller: User, more: Document) -> None:
    result = await plan(caller, [scouted()], **more)
    assert result["status"] == "infeasible"
    assert "EUR" in result["conflicts"][0]["message"] or "USD" in result["conflicts"][0]["message"]


async def test_of_two_currencies_that_of_the_budget_is_planned_in(caller: User) -> None:
    euros = offer(id="euros", price={"amount": 100, "currency": "EUR"})
    result = await plan(caller, [scouted(1, euros, offer())], budget={"amount": 9_000, "currency": "USD"})
    assert [item["offer"]["id"] for item in result["items"]] == ["o1"]


async def test_a_relation_to_nothing_known_is_no_wish(caller: User) -> None:
    result = await plan(caller, [scouted()], relations=[{"first": "n1", "second": "n99"}])
    assert result["status"] == "planned"


@pytest.mark.parametrize(
    ("change", "fields"),
    [
        ({"needs": []}, ["needs"]),
        ({"needs": None}, ["needs"]),
        ({"needs": [scouted(number) for number in range(51)]}, ["needs"]),
        ({"needs": [need()]}, ["needs.0.need", *(f"needs.0.{name}" for name in need())]),
        ({"needs": [scouted(), scouted()]}, ["needs"]),
        ({"needs": [scouted()], "relations": [{"first": "n1", "second": "n1"}]}, ["relations"]),
        ({"needs": [scouted()], "relations": [{"first": "n1", "second": "n2", "kind": "near"}]}, ["relations.0.kind"]),
        ({"wishes": []}, ["wishes"]),
        ({"now": None}, ["now"]),
        ({"now": "2030-01-01T10:00:00"}, ["now"]),
        ({"now": "9999-12-31T23:59:59Z"}, ["now"]),
        ({"now": at(8, days=-2_000)}, ["needs.0.need.timing.start.start"]),
        ({"budget": {"amount": 2**55, "currency": "USD"}}, ["budget.amount"]),
        ({"budget": {"amount": 5, "currency": "usd"}}, ["budget.currency"]),
        ({"needs": [scouted(1, offer(duration="-PT1H"))]}, ["needs.0.offers.0.duration"]),
        ({"needs": [scouted(1, offer(duration="P999999D"))]}, ["needs.0.offers.0.duration"]),
        ({"needs": [scouted(1, offer(duration="P9999999999D"))]}, ["needs.0.offers.0.duration"]),
        ({"needs": [scouted(1, offer(price={"amount": 10**20, "currency": "USD"}))]},
         ["needs.0.offers.0.price.amount"]),
        ({"needs": [scouted(1, offer(starts=["0001-01-01T00:00:00+23:00"]))]}, ["needs.0.offers.0.starts.0"]),
        ({"needs": [scouted(1, offer(windows=[between(at(9), at(8))]))]}, ["needs.0.offers.0.windows.0"]),
        ({"needs": [scouted(1, offer(effect="teleports"))]}, ["needs.0.offers.0.effect"]),
    ],
    ids=lambda value: ",".join(value)[:60] if isinstance(value, list) else "",
)  # fmt: skip
async def test_what_is_wrong_with_a_plan_request_is_named(caller: User, change: Document, fields: list[str]) -> None:
    body = {name: value for name, value in {**request_of([scouted()]), **change}.items() if value is not None}
    await refused(caller, PLANS, body, *(fields if change != {"needs": None} else ["needs"]))


# Both


@pytest.mark.parametrize("path", [SEARCH, PLANS])
@pytest.mark.parametrize(
    "content",
    [
        b"", b"not json", b"\xff\xfe", b'{"needs": NaN}', b'{"needs": "\\ud800"}', b'{"needs": "\\u0000"}',
        b"[" * 200_000, b'{"needs": [' * 50_000, b'{"needs": ' + b"[" * 90 + b"]" * 90 + b"}", b'{"a": 1, "a": 2}',
    ],
    ids=lambda content: content[:20].hex(),
)  # fmt: skip
async def test_a_body_that_is_not_json_is_refused(caller: User, path: str, content: bytes) -> None:
    problem = await caller.refused("POST", path, content=content, headers=JSON)
    assert (problem["status"], problem["code"]) == (400, "malformed_body")


@pytest.mark.parametrize("path", [SEARCH, PLANS])
async def test_a_body_of_more_than_a_mebibyte_is_refused(caller: User, path: str) -> None:
    problem = await caller.refused("POST", path, json={"needs": "x" * (1 << 20)})
    assert (problem["status"], problem["code"]) == (413, "too_large")


@pytest.mark.parametrize("path", [SEARCH, PLANS])
@pytest.mark.parametrize("kind", ["text/plain", "application/x-www-form-urlencoded", "application/xml", "é"])
async def test_a_body_of_another_kind_is_refused(caller: User, path: str, kind: str) -> None:
    content = json.dumps(request_of([scouted()]))
    problem = await caller.refused("POST", path, content=content, headers={"Content-Type": kind.encode()})
    assert (problem["status"], problem["errors"][0]["field"]) == (400, "Content-Type")


junk = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=12)
    | st.sampled_from(["PT1H", "P30D", "-P1D", at(12), at(12, days=-700), "9999-12-31T23:59:59+00:00", "USD", "n2"]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=9), inner, max_size=3),
    max_leaves=6,
)  # fmt: skip


def spoil(document: Any, data: st.DataObject) -> Any:
    """The document with something else in one place."""
    if not isinstance(document, dict | list) or not document or data.draw(st.integers(0, 5)) == 0:
        return data.draw(junk)
    changed: Any = document.copy()
    place = data.draw(st.sampled_from(sorted(document) if isinstance(document, dict) else range(len(document))))
    changed[place] = spoil(document[place], data)
    return changed


async def sent(caller: User, path: str, body: Any) -> httpx.Response:
    """The answer to a body that may hold what JSON does not know."""
    return await caller.http.post(path, content=json.dumps(body), headers=JSON)


@bounded(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
async def test_whatever_is_searched_for_the_answer_is_clear(caller: User, data: st.DataObject) -> None:
    full = need(query="sushi", slots={"cuisine": "sushi"}, place=HOME, budget={"amount": 9_000, "currency": "USD"})
    body = spoil({"needs": [full, flowers(2, quantity=2, avoid=["lilies"])], "home": HOME}, data)
    response = await sent(caller, SEARCH, body)
    assert response.status_code in (200, 400, 422), (response.text, body)


@bounded(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
async def test_whatever_is_to_be_planned_the_answer_is_clear(caller: User, data: st.DataObject) -> None:
    ride = offer(2, effect="moves_person", starts=[], windows=[between(at(8), at(23))], duration="PT0S", place=None)
    fixed = {"need_id": "f", "offer": offer(3, need_id="f"), "start": at(12), "end": at(13), "place": HOME}
    needs = [scouted(1, offer(), offer(id="late", starts=[at(20)])), scouted(2, ride, timing={}, priority="nice")]
    body = spoil(
        request_of(
            needs,
            relations=[{"kind": "before", "first": "n1", "second": "n2"}],
            budget={"amount": 9_000, "currency": "USD"},
            fixed=[fixed],
        ),
        data,
    )
    response = await sent(caller, PLANS, body)
    assert response.status_code in (200, 400, 422), (response.text, body)


async def test_both_are_described(caller: User) -> None:
    paths = (await caller.get("/openapi.json"))["paths"]
    searching, planning = paths[SEARCH]["post"], paths[PLANS]["post"]
    assert (searching["operationId"], planning["operationId"]) == ("search_offers", "make_plan")
    for operation in (searching, planning):
        assert operation["summary"]
        assert "application/problem+json" in operation["responses"]["default"]["content"]
        assert "$ref" in operation["requestBody"]["content"]["application/json"]["schema"]
    shown = searching["responses"]["200"]["content"]["application/json"]["schema"]
    assert shown == {"$ref": "#/components/schemas/OffersFound"}
    planned = planning["responses"]["200"]["content"]["application/json"]["schema"]
    assert planned["discriminator"]["propertyName"] == "status"
