"""Placing an order: written down once, bought once, at the approved price or not at all."""

import asyncio
from datetime import timedelta

import pytest

from schemas.errors import ConflictError, InvalidRequestError, NotFoundError
from schemas.money import Money
from schemas.order import Limits
from schemas.plan import Plan
from tests.order_examples import HOME, item, offer, usd
from tests.tools.orders.conftest import CABS, FLORIST, NOW, RESTAURANT, Market
from tools import orders


async def test_an_order_is_written_down_and_paid_for_before_anything_is_bought(market: Market) -> None:
    order = await market.create(FLORIST, RESTAURANT, CABS)
    assert [line.state for line in order.lines] == ["authorised"] * 3
    assert order.status == "placing"
    assert await market.balances() == {"person": -order.total.amount, "order": order.total.amount}
    assert [entry.kind for entry in order.ledger] == ["authorise", "authorise"]
    assert await market.jobs("place_order") == [{"order_id": order.id}]
    assert market.bought_at(FLORIST) == [0]


async def test_the_same_order_is_written_down_once(market: Market) -> None:
    order = await market.create(FLORIST)
    assert await market.create(FLORIST, CABS) == order
    assert len(await market.jobs("place_order")) == 1
    assert await market.balances() == {"person": -order.total.amount, "order": order.total.amount}


async def test_an_order_id_of_somebody_else_is_not_found(market: Market) -> None:
    order = await market.create(FLORIST)
    market.principal = market.principal.model_copy(update={"user_id": "somebody else"})
    with pytest.raises(NotFoundError):
        await market.create(FLORIST)
    with pytest.raises(NotFoundError):
        await market.place(order)


@pytest.mark.parametrize(
    ("price", "limit", "needs", "error"),
    [
        (usd(50), usd(49), ["n1"], ConflictError),
        (usd(50), usd(50), ["n9"], InvalidRequestError),
        (usd(25), usd(50), ["n1", "n1"], InvalidRequestError),
        (Money.of(50, "EUR"), usd(50), ["n1"], InvalidRequestError),
        (usd(50), usd(50), [], InvalidRequestError),
    ],
    ids=["over the limit", "unknown need", "one need twice", "two currencies", "nothing in it"],
)
async def test_an_order_that_cannot_be_right_is_refused(
    market: Market, price: Money, limit: Money, needs: list[str], error: type[Exception]
) -> None:
    items = [item(offer(need, partner="p", price=price)) for need in needs]
    with pytest.raises(error):
        await orders.create_order(
            market.database,
            market.principal,
            order_id=f"order-{market.token}",
            thread_id=market.thread_id,
            plan=Plan(items=items, total=usd(50)),
            needs=market.needs,
            relations=[],
            limits=Limits(total=limit),
            home=HOME,
            now=NOW,
        )
    assert await market.jobs("place_order") == []


async def test_every_line_is_bought_at_its_partner_and_its_price_held(market: Market) -> None:
    order = await market.buy(FLORIST, RESTAURANT, CABS)
    assert [line.state for line in order.lines] == ["placed"] * 3
    assert market.bought_at(FLORIST, RESTAURANT, CABS) == [1, 1, 1]
    florist = order.lines[0]
    assert florist.partner_order_id in [theirs.id for theirs in market.orders_at(FLORIST)]
    assert florist.placed_at == NOW
    assert florist.answer_by == NOW + timedelta(seconds=market.settings.answer_timeout)
    assert await market.balances() == {"person": -order.total.amount, "escrow": order.total.amount}
    assert {job["line_id"] for job in await market.jobs("expire_line")} == {line.id for line in order.lines}


async def test_what_was_planned_is_what_is_booked(market: Market) -> None:
    order = await market.buy(RESTAURANT)
    (booked,) = market.orders_at(RESTAURANT)
    line = order.lines[0]
    assert (booked.variant.id, booked.starts_at, booked.booking.party) == (line.offer.product_id, line.start, 2)


async def test_placing_again_buys_nothing_again(market: Market) -> None:
    order = await market.buy(FLORIST, CABS)
    assert await market.place(order) == order
    assert await market.work("place_order") == 1
    assert await market.look(order) == order
    assert market.bought_at(FLORIST) == [1]


async def test_placing_at_the_same_time_buys_once(market: Market) -> None:
    order = await market.create(FLORIST, CABS)
    await asyncio.gather(*(market.place(order) for _ in range(4)))
    order = await market.look(order)
    assert [line.state for line in order.lines] == ["placed", "placed"]
    assert market.bought_at(FLORIST, CABS) == [1, 1]
    assert all(event.applied for event in order.history)
    assert await market.jobs("cancel_checkout") == []
    assert await market.balances() == {"person": -order.total.amount, "escrow": order.total.amount}


async def test_a_refusal_at_the_checkout_is_kept_in_the_partners_words(market: Market) -> None:
    market.behave(FLORIST, "refuse_checkout")
    order = await market.buy(FLORIST, CABS)
    florist, cabs = order.lines
    assert (florist.state, florist.reason) == ("rejected", "We take no more orders for this at the moment.")
    assert cabs.state == "placed"
    assert await market.balances() == {
        "person": -cabs.offer.price.amount,
        "escrow": cabs.offer.price.amount,
    }


async def test_a_higher_price_than_the_approved_one_is_not_paid(market: Market) -> None:
    order = await market.create(FLORIST)
    price = order.lines[0].offer.price
    market.behave(FLORIST, "price_change", percent=10)
    order = await market.place(order)
    assert order.lines[0].state == "rejected"
    assert (order.lines[0].reason or "").startswith(f"price changed from {price} to ")
    assert market.bought_at(FLORIST) == [0]
    assert await market.balances() == {}
    await market.work("cancel_checkout")
    assert market.checkouts_at(FLORIST) == ["canceled"]


async def test_a_lower_price_is_taken_and_the_difference_given_back(market: Market) -> None:
    order = await market.create(FLORIST)
    price = order.lines[0].offer.price
    market.behave(FLORIST, "price_change", percent=-10)
    order = await market.place(order)
    assert order.lines[0].state == "placed"
    assert order.total < price
    assert await market.balances() == {"person": -order.total.amount, "escrow": order.total.amount}


async def test_a_partner_that_fails_is_a_refusal_and_nothing_is_owed(market: Market) -> None:
    order = await market.create(FLORIST)
    market.behave(FLORIST, "error")
    order = await market.place(order)
    assert order.lines[0].state == "rejected"
    assert "status 500" in (order.lines[0].reason or "")
    assert await market.balances() == {}


async def test_a_partner_that_left_the_registry_is_a_refusal(market: Market) -> None:
    order = await market.create(FLORIST)
    async with market.database.connection() as conn:
        await conn.execute("DELETE FROM partners WHERE id = %s", (market.partner_id(FLORIST),))
    order = await market.place(order)
    assert order.lines[0].state == "rejected"
    assert "not a partner any more" in (order.lines[0].reason or "")


async def test_the_caller_repairs_what_it_is_told_of_and_a_job_starts_a_run(market: Market) -> None:
    market.behave(FLORIST, "refuse_checkout")
    order = await market.buy(FLORIST)
    assert await market.events() == []
    again = await market.create(FLORIST, order_id=f"{order.id}-again")
    await market.work("place_order")
    line = (await market.look(again)).lines[0]
    assert line.state == "rejected"
    assert await market.events() == [{"kind": "line_failed", "order_id": again.id, "line_id": line.id}]
