"""Placing may die at any point and be done again: nothing is bought twice, nothing is lost, the books are right."""

from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from typing import Literal

import httpx
import pytest

from memory.database import Connection, Database
from schemas.order import Order
from tests.tools.orders.conftest import CABS, FLORIST, OTHER_FLORIST, THIRD_FLORIST, Market
from tools import orders
from tools.http import PartnerHttp
from tools.wire import WireTransport

When = Literal["before", "after"]
Happening = Callable[[], Awaitable[None]]
CREATE, COMPLETE = "/checkout-sessions", "/complete"
CRASHES = [(when, call) for call in (CREATE, COMPLETE) for when in ("before", "after")]


class Crash(BaseException):
    """The process died here."""


class Interfering(httpx.AsyncBaseTransport):
    """Real connections, with something happening before or after the partner has done its part of certain calls."""

    def __init__(self, call: str, when: When, happens: Happening) -> None:
        self._wire = WireTransport(allow_loopback=True)
        self._call, self._when, self._happens = call, when, happens

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        meant = request.method == "POST" and request.url.path.endswith(self._call)
        if meant and self._when == "before":
            await self._happens()
        answer = await self._wire.handle_async_request(request)
        if meant and self._when == "after":
            await self._happens()
        return answer

    async def aclose(self) -> None:
        await self._wire.aclose()


@contextmanager
def interfering(market: Market, call: str, when: When, happens: Happening) -> Iterator[None]:
    usual = market.http
    market.http = PartnerHttp(
        allow_loopback=True,
        timeout=usual.timeout,
        public_url=usual.public_url,
        transport=Interfering(call, when, happens),
    )
    yield
    market.http = usual


async def crash() -> None:
    raise Crash


async def lose_the_connection() -> None:
    raise httpx.ReadError("the connection was lost")


def once(happens: Happening) -> Happening:
    """The first time only."""
    left = [happens]

    async def happening() -> None:
        if left:
            await left.pop()()

    return happening


class Dying(Database):
    """A database whose client dies just before it would commit."""

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[Connection]:
        async with super().transaction() as conn:
            yield conn
            raise Crash


async def bought_once(market: Market, order: Order) -> None:
    """The order is placed, the partner has one order, and the books say so."""
    order = await market.look(order)
    assert [line.state for line in order.lines] == ["placed"]
    assert market.bought_at(FLORIST) == [1]
    assert order.lines[0].partner_order_id in [theirs.id for theirs in market.orders_at(FLORIST)]
    assert await market.balances() == {"person": -order.total.amount, "escrow": order.total.amount}
    assert len(await market.jobs("expire_line")) == 1


@pytest.mark.parametrize(("when", "call"), CRASHES)
async def test_placing_that_died_at_a_call_goes_on_where_it_was(market: Market, when: When, call: str) -> None:
    order = await market.create(FLORIST)
    with interfering(market, call, when, crash), pytest.raises(Crash):
        await market.place(order)
    await market.place(order)
    await bought_once(market, order)


@pytest.mark.parametrize(("when", "call"), CRASHES)
async def test_placing_that_died_and_is_never_resumed_is_done_by_the_job(market: Market, when: When, call: str) -> None:
    order = await market.create(FLORIST)
    with interfering(market, call, when, crash), pytest.raises(Crash):
        await market.place(order)
    assert await market.work("place_order") == 1
    await bought_once(market, order)


async def test_placing_that_died_before_the_commit_goes_on_where_it_was(market: Market) -> None:
    order = await market.create(FLORIST)
    with pytest.raises(Crash):
        await orders.place_order(
            Dying(market.database.pool),
            market.http,
            market.principal,
            order.id,
            settings=market.settings,
            now=market.now,
        )
    assert (await market.look(order)).lines[0].state == "authorised"
    await market.place(order)
    await bought_once(market, order)


async def test_an_order_that_was_approved_when_the_process_died_is_placed_by_the_job(market: Market) -> None:
    order = await market.create(FLORIST)
    await market.work("place_order")
    await bought_once(market, order)


@pytest.mark.parametrize(("when", "call"), CRASHES)
async def test_a_lost_connection_is_not_a_second_purchase(market: Market, when: When, call: str) -> None:
    order = await market.create(FLORIST)
    with interfering(market, call, when, once(lose_the_connection)):
        await market.place(order)
    await bought_once(market, order)


async def test_a_purchase_whose_end_is_not_known_is_undone(market: Market) -> None:
    order = await market.create(FLORIST)
    with interfering(market, COMPLETE, "after", lose_the_connection):
        order = await market.place(order)
    assert order.lines[0].state == "rejected"
    assert await market.balances() == {}
    assert market.bought_at(FLORIST) == [1]
    assert await market.work("cancel_checkout") == 1
    assert market.bought_at(FLORIST) == [0]


async def test_a_placing_that_fails_does_not_spoil_one_that_succeeded(market: Market) -> None:
    order = await market.create(FLORIST)
    usual = market.http

    async def another_process_is_faster() -> None:
        await orders.place_order(
            market.database, usual, market.principal, order.id, settings=market.settings, now=market.now
        )
        await lose_the_connection()

    with interfering(market, COMPLETE, "after", another_process_is_faster):
        await market.place(order)
    await bought_once(market, order)
    assert await market.jobs("cancel_checkout") == []


async def test_a_checkout_that_was_not_completed_is_closed(market: Market) -> None:
    order = await market.create(FLORIST)
    with interfering(market, COMPLETE, "before", lose_the_connection):
        order = await market.place(order)
    assert order.lines[0].state == "rejected"
    await market.work("cancel_checkout")
    assert market.bought_at(FLORIST) == [0]
    assert market.checkouts_at(FLORIST) == ["canceled"]


async def test_an_undoing_that_does_not_reach_the_partner_is_tried_again(market: Market) -> None:
    order = await market.create(FLORIST)
    with interfering(market, COMPLETE, "after", lose_the_connection):
        await market.place(order)
    market.behave(FLORIST, "error")
    await market.work("cancel_checkout")
    assert [job["attempt"] for job in await market.jobs("cancel_checkout")] == [2]
    market.behave(FLORIST, "accept")
    await market.work("cancel_checkout")
    assert market.bought_at(FLORIST) == [0]


async def test_one_line_that_dies_does_not_stop_the_others(market: Market) -> None:
    order = await market.create(FLORIST, CABS)
    with interfering(market, COMPLETE, "after", once(crash)), pytest.raises(Crash):
        await market.place(order)
    assert sorted(line.state for line in (await market.look(order)).lines) == ["authorised", "placed"]
    order = await market.place(order)
    assert [line.state for line in order.lines] == ["placed", "placed"]
    assert market.bought_at(FLORIST, CABS) == [1, 1]


async def test_a_purchase_that_arrives_after_the_line_was_cancelled_is_undone(market: Market) -> None:
    order = await market.create(FLORIST)

    async def cancel() -> None:
        await orders.cancel_order(
            market.database, market.http, market.principal, order.id, settings=market.settings, now=market.now
        )

    with interfering(market, COMPLETE, "after", cancel):
        await market.place(order)
    assert (await market.look(order)).status == "cancelled"
    assert market.bought_at(FLORIST) == [1]
    await market.work("cancel_checkout")
    assert market.bought_at(FLORIST) == [0]
    assert await market.balances() == {}


@pytest.mark.parametrize(("when", "call"), CRASHES)
async def test_a_replacement_that_died_is_bought_once_even_if_another_is_then_asked_for(
    market: Market, when: When, call: str
) -> None:
    first = await market.item(OTHER_FLORIST)
    market.behave(FLORIST, "refuse_checkout")
    order = await market.buy(FLORIST, limit=first.offer.price * 100)
    second = await market.item(THIRD_FLORIST)
    with interfering(market, call, when, crash), pytest.raises(Crash):
        await market.replace(order, order.lines[0], first)
    order = await market.replace(order, order.lines[0], second)
    assert [(line.state, line.offer.id) for line in order.current] == [("placed", first.offer.id)]
    assert market.bought_at(OTHER_FLORIST, THIRD_FLORIST) == [1, 0]
    assert await market.balances() == {"person": -order.total.amount, "escrow": order.total.amount}
