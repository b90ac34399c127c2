"""Orders over HTTP: one's own, newest first, page by page; nobody else's."""

from collections.abc import AsyncIterator, Callable
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as bounded
from hypothesis import strategies as st

from memory import orders
from memory.database import Database
from schemas.order import Order
from schemas.principal import Principal
from server.routes.orders import OrderView
from tests.journeys.person import Person
from tests.order_examples import NOW, offer, order_line, order_of, usd
from tests.server.client import User

Fresh = Callable[[str], str]
Document = dict[str, Any]
ORDERS = "/api/v1/orders"


class Customer(User):
    """A user who has bought things lately."""

    def __init__(self, url: str, fresh: Fresh, database: Database) -> None:
        super().__init__(url, fresh("user"))
        self._fresh, self._database = fresh, database

    async def bought(self, count: int, *, at_once: bool = False) -> list[str]:
        """The ids of new orders, newest first: bought a minute apart, or all ``at_once``."""
        owner = Principal(user_id=self.http.headers["X-User-ID"])
        ids = []
        async with self._database.transaction() as conn:
            for number in range(count):
                line = order_line(self._fresh("line"), offer("n1", partner="florist", price=usd(45)))
                order = order_of(owner, self._fresh("order"), [line])
                moment = NOW + timedelta(minutes=0 if at_once else number)
                await orders.insert(conn, order.model_copy(update={"created_at": moment}))
                ids.append(order.id)
        return sorted(ids, reverse=True) if at_once else ids[::-1]

    async def page(self, **query: Any) -> list[str]:
        """The ids on one page."""
        response = await self.http.get(ORDERS, params=query)
        return [order["id"] for order in response.raise_for_status().json()["orders"]]


@pytest.fixture(scope="module")
async def books(orchestrator_database: str, orchestrator_url: str) -> AsyncIterator[Database]:
    """The orchestrator's own database."""
    opened = await Database.open(orchestrator_database)
    yield opened
    await opened.close()


@pytest.fixture
async def customer(orchestrator_url: str, fresh: Fresh, books: Database) -> AsyncIterator[Customer]:
    someone = Customer(orchestrator_url, fresh, books)
    yield someone
    await someone.http.aclose()


@pytest.fixture
async def other(orchestrator_url: str, fresh: Fresh, books: Database) -> AsyncIterator[Customer]:
    """Somebody else."""
    someone = Customer(orchestrator_url, fresh, books)
    yield someone
    await someone.http.aclose()


async def test_an_order_shows_its_lines_its_history_and_its_money(person: Person) -> None:
    proposed = await person.say(f"Dinner for two on {person.saturday} at 7 pm, under $250")
    settled = await person.settled(await person.approve(proposed))
    order = (await person.http.get(f"{ORDERS}/{settled['id']}")).json()
    assert (order["status"], order["settled"], order["total"]) == ("confirmed", True, proposed.plan["total"])
    assert order["user_id"] == person.user_id
    assert [event["what"] for event in order["history"] if event["applied"]] == ["authorised", "placed", "accepted"]
    assert [line["state"] for line in order["lines"]] == ["accepted"]
    assert sum(entry["amount"]["amount"] for entry in order["ledger"]) == 0
    assert order["ledger"]


async def test_an_order_reads_the_same_alone_and_in_the_list(customer: Customer) -> None:
    (order_id,) = await customer.bought(1)
    (listed,) = (await customer.get(ORDERS))["orders"]
    assert listed == await customer.get(f"{ORDERS}/{order_id}")


def test_the_view_of_an_order_leaves_nothing_out() -> None:
    line = order_line("l1", offer("n1", partner="florist", price=usd(45)))
    order = order_of(Principal(user_id="u"), "o1", [line])
    assert OrderView.of(order).model_dump(mode="json") == order.view()
    assert OrderView.model_fields.keys() == Order.model_fields.keys() | {"status", "settled", "total"}


async def test_who_has_bought_nothing_has_no_orders(customer: Customer) -> None:
    assert await customer.get(ORDERS) == {"orders": []}


async def test_orders_are_listed_newest_first(customer: Customer, other: Customer) -> None:
    bought = await customer.bought(3)
    await other.bought(1)
    assert await customer.page() == bought


async def test_pages_follow_one_another(customer: Customer) -> None:
    bought = await customer.bought(5)
    assert await customer.page(limit=2) == bought[:2]
    assert await customer.page(limit=2, before=bought[1]) == bought[2:4]
    assert await customer.page(limit=2, before=bought[3]) == bought[4:]
    assert await customer.page(limit=2, before=bought[4]) == []


async def test_pages_lose_none_of_the_orders_of_one_moment(customer: Customer) -> None:
    bought = await customer.bought(5, at_once=True)
    seen = await customer.page(limit=2)
    while page := await customer.page(limit=2, before=seen[-1]):
        seen += page
    assert seen == bought


async def test_fifty_orders_are_a_page_unless_another_number_is_asked_for(customer: Customer) -> None:
    bought = await customer.bought(52)
    assert await customer.page() == bought[:50]
    assert await customer.page(limit=100) == bought


@pytest.mark.parametrize("limit", ["0", "-1", "101", "many", "1.5", "", "1e1", "9" * 5_000])
async def test_a_page_has_between_one_and_a_hundred_orders(customer: Customer, limit: str) -> None:
    problem = await customer.refused("GET", ORDERS, params={"limit": limit})
    assert (problem["status"], problem["code"]) == (422, "invalid_request")
    assert [error["field"] for error in problem["errors"]] == ["limit"]


async def test_somebody_elses_order_is_not_there(customer: Customer, other: Customer) -> None:
    (theirs,) = await other.bought(1)
    for path in (f"{ORDERS}/{theirs}", f"{ORDERS}?before={theirs}"):
        problem = await customer.refused("GET", path)
        assert (problem["status"], problem["code"]) == (404, "not_found")
    nothing = await customer.refused("GET", f"{ORDERS}/order-of-nobody")
    assert nothing["detail"].replace("order-of-nobody", theirs) == problem["detail"]  # the two are not told apart


async def test_the_name_of_the_caller_decides(customer: Customer) -> None:
    (mine,) = await customer.bought(1)
    for headers in ({"X-User-ID": customer.http.headers["X-User-ID"].upper()}, {"X-User-ID": "local"}):
        assert (await customer.refused("GET", f"{ORDERS}/{mine}", headers=headers))["status"] == 404
    problem = await customer.refused("GET", f"{ORDERS}/{mine}", headers={"X-User-ID": "' OR 1=1 --"})
    assert (problem["status"], problem["errors"][0]["field"]) == (400, "X-User-ID")


@pytest.mark.parametrize(
    "identifier", ["%00", "a%00b", "%ED%A0%80", "x" * 3_000, "' OR 1=1 --", "%2e%2e", "%F0%9F%8C%B9"]
)
async def test_there_is_no_order_where_there_can_be_none(customer: Customer, identifier: str) -> None:
    for path in (f"{ORDERS}/{identifier}", f"{ORDERS}?before={identifier}"):
        problem = await customer.refused("GET", path)
        assert (problem["status"], problem["code"]) == (404, "not_found")


@bounded(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(query=st.dictionaries(st.sampled_from(["limit", "before", "else"]), st.text(max_size=30)))
async def test_whatever_is_asked_the_answer_is_clear(customer: Customer, query: dict[str, str]) -> None:
    response = await customer.http.get(ORDERS, params=query)
    assert response.status_code in (200, 404, 422), response.text


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "PATCH"])
async def test_orders_are_not_made_here(customer: Customer, method: str) -> None:
    problem = await customer.refused(method, ORDERS)
    assert (problem["status"], problem["code"]) == (405, "method_not_allowed")


async def test_orders_are_described(customer: Customer) -> None:
    document = await customer.get("/openapi.json")
    listing, one = (document["paths"][path]["get"] for path in (ORDERS, f"{ORDERS}/{{order_id}}"))
    assert (listing["operationId"], one["operationId"]) == ("list_orders", "get_order")
    assert {parameter["name"] for parameter in listing["parameters"]} == {"limit", "before"}
    for operation, model in ((listing, "OrderList"), (one, "OrderView")):
        assert operation["summary"]
        shown = operation["responses"]["200"]["content"]["application/json"]["schema"]
        assert shown == {"$ref": f"#/components/schemas/{model}"}
        assert "application/problem+json" in operation["responses"]["default"]["content"]
    view = document["components"]["schemas"]["OrderView"]["properties"]
    assert {"status", "settled", "total", "lines", "history", "ledger"} <= view.keys()
