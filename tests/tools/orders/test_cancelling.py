"""Cancelling: with the partner, with the money back, and never mistaken for a failure to repair."""

from datetime import timedelta

import pytest

from schemas.errors import ConflictError, NotFoundError, PartnerError
from schemas.order import Order, OrderLine
from tests.tools.orders.conftest import CABS, FLORIST, NOW, OTHER_FLORIST, RESTAURANT, Market
from tools import orders


async def cancel_line(market: Market, order: Order, line: OrderLine) -> Order:
    return await orders.cancel_line(
        market.database, market.http, market.principal, order.id, line.id, settings=market.settings, now=market.now
    )


async def cancel_order(market: Market, order: Order) -> Order:
    return await orders.cancel_order(
        market.database, market.http, market.principal, order.id, settings=market.settings, now=market.now
    )


async def test_a_line_is_cancelled_at_its_partner_and_its_money_comes_back(market: Market) -> None:
    order = await market.buy(FLORIST, CABS)
    flowers, cab = order.lines
    for _ in range(2):
        order = await cancel_line(market, order, cab)
    assert [line.state for line in order.lines] == ["placed", "cancelled"]
    assert market.bought_at(FLORIST, CABS) == [1, 0]
    assert order.total == flowers.offer.price
    assert await market.balances() == {"person": -order.total.amount, "escrow": order.total.amount}


async def test_a_line_that_was_accepted_can_be_cancelled(market: Market) -> None:
    order = await market.buy(FLORIST)
    await market.news()
    order = await cancel_line(market, order, order.lines[0])
    assert (order.status, market.bought_at(FLORIST)) == ("cancelled", [0])


async def test_a_line_that_is_not_placed_yet_never_is(market: Market) -> None:
    order = await market.create(FLORIST)
    order = await cancel_line(market, order, order.lines[0])
    assert (await market.place(order)).lines[0].state == "cancelled"
    assert market.bought_at(FLORIST) == [0]
    assert await market.balances() == {}


async def test_too_late_is_said_in_the_partners_words_and_changes_nothing(market: Market) -> None:
    order = await market.buy(RESTAURANT)
    await market.news()
    order = await market.look(order)
    start = order.lines[0].start
    market.town.clock = lambda: start - timedelta(minutes=1)
    with pytest.raises(ConflictError, match="could be cancelled until"):
        await cancel_line(market, order, order.lines[0])
    after = await market.look(order)
    assert after.lines == order.lines
    assert (after.history[-1].what, after.history[-1].applied) == ("cancellation_refused", False)


async def test_what_is_done_cannot_be_cancelled(market: Market) -> None:
    market.behave(FLORIST, "silent")
    order = await market.buy(FLORIST)
    await market.advance(FLORIST, "fulfilled")
    with pytest.raises(ConflictError, match="is done already"):
        await cancel_line(market, order, order.lines[0])


async def test_a_cancellation_is_not_repaired_even_if_the_partner_says_it_first(market: Market) -> None:
    market.behave(FLORIST, "silent")
    order = await market.buy(FLORIST)
    market.behave(FLORIST, "error")
    with pytest.raises(PartnerError):  # we asked; whether it was heard is not known
        await cancel_line(market, order, order.lines[0])
    await market.advance(FLORIST, "rejected", reason="Cancelled by the buyer.")
    order = await market.look(order)
    assert (order.lines[0].state, order.lines[0].reason) == ("cancelled", "you cancelled it")
    assert await market.events() == []
    assert await market.balances() == {}


async def test_after_a_refused_cancellation_a_failure_is_a_failure(market: Market) -> None:
    market.behave(FLORIST, "silent")
    order = await market.buy(FLORIST)
    start = order.lines[0].start
    market.town.clock = lambda: start
    with pytest.raises(ConflictError):
        await cancel_line(market, order, order.lines[0])
    market.town.clock = lambda: NOW
    await market.advance(FLORIST, "rejected")
    assert (await market.look(order)).lines[0].state == "rejected"
    assert len(await market.events()) == 1


async def test_a_line_that_failed_is_dropped_when_it_is_cancelled(market: Market) -> None:
    market.behave(FLORIST, "refuse_checkout")
    order = await market.buy(FLORIST)
    order = await cancel_line(market, order, order.lines[0])
    assert (order.lines[0].state, order.current) == ("refunded", [])


async def test_a_whole_order_is_cancelled(market: Market) -> None:
    market.behave(OTHER_FLORIST, "refuse_checkout")
    order = await market.buy(FLORIST, CABS)
    order = await cancel_order(market, order)
    assert order.status == "cancelled"
    assert market.bought_at(FLORIST, CABS) == [0, 0]
    assert await market.balances() == {}
    assert await cancel_order(market, order) == order


async def test_of_an_order_what_can_be_cancelled_is_and_the_rest_is_told(market: Market) -> None:
    market.behave(FLORIST, "silent")
    order = await market.buy(FLORIST, CABS)
    await market.advance(FLORIST, "fulfilled")
    with pytest.raises(ConflictError, match=r"is done already.* The rest is cancelled"):
        await cancel_order(market, order)
    assert [line.state for line in (await market.look(order)).lines] == ["fulfilled", "cancelled"]


async def test_unknown_lines_and_other_peoples_orders_are_not_found(market: Market) -> None:
    order = await market.buy(FLORIST)
    with pytest.raises(NotFoundError):
        await cancel_line(market, order, order.lines[0].model_copy(update={"id": "line_of_nobody"}))
    market.principal = market.principal.model_copy(update={"user_id": "somebody else"})
    with pytest.raises(NotFoundError):
        await cancel_line(market, order, order.lines[0])
    with pytest.raises(NotFoundError):
        await cancel_order(market, order)
    assert market.bought_at(FLORIST) == [1]
