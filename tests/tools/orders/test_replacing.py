"""Replacing a line that failed: within the limit, once, and with its own money."""

import pytest

from schemas.errors import ConflictError, NotFoundError
from schemas.money import Money
from schemas.order import Order
from schemas.plan import PlanItem
from tests.order_examples import HOME
from tests.tools.orders.conftest import CABS, FLORIST, OTHER_FLORIST, THIRD_FLORIST, Market
from tools import orders


async def refused(market: Market, *others: str, limit: Money | None = None) -> Order:
    """An order whose first line was refused at the checkout."""
    market.behave(FLORIST, "refuse_checkout")
    return await market.buy(FLORIST, *others, limit=limit)


def priced(item: PlanItem, price: Money) -> PlanItem:
    return item.model_copy(update={"offer": item.offer.model_copy(update={"price": price})})


async def test_what_failed_is_bought_elsewhere(market: Market) -> None:
    order = await refused(market, CABS, limit=Money.of(2000, "USD"))
    failed, cab = order.lines
    item = await market.item(OTHER_FLORIST)
    order = await market.replace(order, failed, item)
    old, _, new = order.lines
    assert (old.state, new.state, new.replaces) == ("replaced", "placed", failed.id)
    assert (new.need, new.start, new.offer.id) == (failed.need, item.start, item.offer.id)
    assert order.total == item.offer.price + cab.offer.price
    assert market.bought_at(OTHER_FLORIST) == [1]
    assert await market.balances() == {"person": -order.total.amount, "escrow": order.total.amount}


async def test_it_may_not_cost_more_than_the_limit(market: Market) -> None:
    order = await refused(market)
    dearer = priced(await market.item(OTHER_FLORIST), order.limits.total + Money(amount=1, currency="USD"))
    with pytest.raises(ConflictError, match="more than the limit"):
        await market.replace(order, order.lines[0], dearer)
    order = await market.look(order)
    assert [line.state for line in order.lines] == ["rejected"]
    assert await market.balances() == {}
    assert market.bought_at(OTHER_FLORIST) == [0]


async def test_the_person_may_say_yes_to_more(market: Market) -> None:
    order = await refused(market)
    dearer = priced(await market.item(OTHER_FLORIST), order.limits.total + Money.of(500, "USD"))
    order = await market.replace(order, order.lines[0], dearer, approved=True)
    assert order.current[0].state == "placed"
    assert order.limits.total == dearer.offer.price


async def test_a_line_that_stands_is_not_replaced(market: Market) -> None:
    order = await market.buy(FLORIST)
    with pytest.raises(ConflictError, match="only what failed"):
        await market.replace(order, order.lines[0], await market.item(OTHER_FLORIST), approved=True)
    assert market.bought_at(FLORIST, OTHER_FLORIST) == [1, 0]


async def test_an_offer_in_another_currency_is_no_replacement(market: Market) -> None:
    order = await refused(market)
    foreign = priced(await market.item(OTHER_FLORIST), Money.of(1, "EUR"))
    with pytest.raises(ConflictError):
        await market.replace(order, order.lines[0], foreign)


async def test_a_replacement_may_fail_and_be_replaced(market: Market) -> None:
    order = await refused(market, limit=Money.of(2000, "USD"))
    market.behave(OTHER_FLORIST, "refuse_checkout")
    order = await market.replace(order, order.lines[0], await market.item(OTHER_FLORIST))
    assert [line.state for line in order.lines] == ["replaced", "rejected"]
    order = await market.replace(order, order.lines[1], await market.item(THIRD_FLORIST))
    assert [line.state for line in order.lines] == ["replaced", "replaced", "placed"]
    assert await market.balances() == {"person": -order.total.amount, "escrow": order.total.amount}


async def test_settled_means_that_the_replacement_was_accepted_too(market: Market) -> None:
    order = await refused(market, limit=Money.of(2000, "USD"))
    order = await market.replace(order, order.lines[0], await market.item(OTHER_FLORIST))
    await market.news()
    assert (await market.look(order)).settled
    assert await market.events() == [{"kind": "order_settled", "order_id": order.id}]


async def test_a_line_that_failed_can_be_done_without(market: Market) -> None:
    order = await refused(market, CABS)
    for _ in range(2):
        order = await orders.give_up_line(
            market.database, market.principal, order.id, order.lines[0].id, reason="nobody else has it", now=market.now
        )
    assert (order.lines[0].state, order.lines[0].reason) == ("refunded", "nobody else has it")
    assert [line.offer.partner_id for line in order.current] == [market.partner_id(CABS)]


@pytest.mark.parametrize("state", ["accepted", "fulfilled"])
async def test_a_line_that_stands_is_not_given_up(market: Market, state: str) -> None:
    market.behave(FLORIST, "silent")
    order = await market.buy(FLORIST)
    await market.advance(FLORIST, state)
    with pytest.raises(ConflictError, match="only what failed"):
        await orders.give_up_line(
            market.database, market.principal, order.id, order.lines[0].id, reason="x", now=market.now
        )


async def test_somebody_elses_line_is_not_replaced(market: Market) -> None:
    order = await refused(market)
    item = await market.item(OTHER_FLORIST)
    market.principal = market.principal.model_copy(update={"user_id": "somebody else"})
    with pytest.raises(NotFoundError):
        await market.replace(order, order.lines[0], item)


async def test_a_ride_is_sent_elsewhere_by_the_same_partner_and_bought_once(market: Market) -> None:
    order = await market.buy(CABS)
    ride = order.lines[0]
    elsewhere = HOME.model_copy(update={"name": "The restaurant", "lat": HOME.lat + 0.01})
    item = PlanItem(
        need_id=ride.need.id, offer=ride.offer, start=ride.start, end=ride.end, place=ride.place, origin=elsewhere
    )
    for _ in range(2):
        order = await orders.move_line(
            market.database,
            market.http,
            market.principal,
            order.id,
            ride.id,
            item,
            settings=market.settings,
            now=market.now,
        )
    assert [(line.state, line.origin) for line in order.lines] == [("replaced", HOME), ("placed", elsewhere)]
    assert market.bought_at(CABS) == [1]
    assert await market.balances() == {"person": -order.total.amount, "escrow": order.total.amount}
