"""Orders as rows: what is kept comes back, lines move only where they may, and everything is written down."""

import asyncio
from collections.abc import Callable
from datetime import timedelta
from itertools import product
from typing import get_args

import psycopg
import pytest

from memory import orders
from memory.database import Database
from schemas.errors import NotFoundError
from schemas.intent import Relation
from schemas.order import TRANSITIONS, LineState, Order, OrderLine
from schemas.principal import Principal
from tests.order_examples import NOW, offer, order_line, order_of, usd

Fresh = Callable[[str], str]
LATER = NOW + timedelta(minutes=1)


async def kept(database: Database, principal: Principal, fresh: Fresh, *states: LineState) -> Order:
    """An order in the database with a line in each of the states."""
    lines = [
        order_line(fresh("line"), offer(f"n{number}", partner=fresh("partner"), price=usd(10))).model_copy(
            update={"state": state}
        )
        for number, state in enumerate(states or ("authorised",))
    ]
    order = order_of(principal, fresh("order"), lines)
    async with database.transaction() as conn:
        assert await orders.insert(conn, order)
    return order


async def line_now(database: Database, order: Order, number: int = 0) -> OrderLine:
    async with database.connection() as conn:
        return (await orders.get(conn, order.owner, order.id)).lines[number]


async def test_an_order_comes_back_as_it_was_kept(database: Database, principal: Principal, fresh: Fresh) -> None:
    lines = [order_line(fresh("line"), offer(need, partner="florist", price=usd("12.50"))) for need in ("n2", "n1")]
    order = order_of(principal, fresh("order"), lines, limit=usd(100))
    order.relations = [Relation(first="n1", second="n2")]
    async with database.transaction() as conn:
        await orders.insert(conn, order)
        found = await orders.get(conn, principal, order.id)
    assert found.model_copy(update={"history": []}) == order
    assert [(event.line_id, event.what, event.at) for event in found.history] == [
        (line.id, "authorised", NOW) for line in lines
    ]


async def test_an_order_is_kept_once(database: Database, principal: Principal, fresh: Fresh) -> None:
    order = await kept(database, principal, fresh)
    async with database.transaction() as conn:
        assert not await orders.insert(conn, order)
        assert len((await orders.get(conn, principal, order.id)).history) == 1


async def test_somebody_elses_order_is_not_found(database: Database, principal: Principal, fresh: Fresh) -> None:
    order = await kept(database, principal, fresh)
    strangers = [
        principal.model_copy(update={"user_id": fresh("user")}),
        principal.model_copy(update={"tenant_id": fresh("tenant")}),
    ]
    async with database.connection() as conn:
        for stranger in strangers:
            with pytest.raises(NotFoundError):
                await orders.get(conn, stranger, order.id)
            with pytest.raises(NotFoundError):
                await orders.transition(conn, stranger, order.lines[0].id, "placed", now=LATER)
            assert await orders.list(conn, stranger) == []
    assert (await line_now(database, order)).state == "authorised"


async def test_orders_are_listed_newest_first_and_paged(database: Database, principal: Principal, fresh: Fresh) -> None:
    made = [await kept(database, principal, fresh) for _ in range(3)]
    ids = sorted((order.id for order in made), reverse=True)  # made at the same time: by id
    async with database.connection() as conn:
        page = await orders.list(conn, principal, limit=2)
        rest = await orders.list(conn, principal, limit=2, before=page[-1].id)
    assert [order.id for order in page] == ids[:2]
    assert [order.id for order in rest] == ids[2:]


async def test_a_line_goes_exactly_where_the_transitions_allow(
    database: Database, principal: Principal, fresh: Fresh
) -> None:
    pairs = list(product(get_args(LineState), repeat=2))
    order = await kept(database, principal, fresh, *(before for before, _ in pairs))
    async with database.transaction() as conn:
        for line, (before, to) in zip(order.lines, pairs, strict=True):
            left = await orders.transition(conn, principal, line.id, to, now=LATER)
            assert left == (before if to in TRANSITIONS[before] else None), (before, to)
        after = await orders.get(conn, principal, order.id)
    for line, (before, to) in zip(after.lines, pairs, strict=True):
        assert line.state == (to if to in TRANSITIONS[before] else before)


async def test_a_move_that_does_not_fit_is_written_down_and_changes_nothing(
    database: Database, principal: Principal, fresh: Fresh
) -> None:
    order = await kept(database, principal, fresh, "fulfilled")
    async with database.transaction() as conn:
        line_id = order.lines[0].id
        assert await orders.transition(conn, principal, line_id, "accepted", now=LATER, reason="late news") is None
        found = await orders.get(conn, principal, order.id)
    assert found.lines[0].state == "fulfilled"
    assert found.lines[0].reason is None
    last = found.history[-1]
    assert (last.what, last.applied, last.detail, last.at) == ("accepted", False, "late news", LATER)


async def test_a_move_can_be_bound_to_the_state_one_knows(
    database: Database, principal: Principal, fresh: Fresh
) -> None:
    order = await kept(database, principal, fresh, "placed")
    async with database.transaction() as conn:
        line_id = order.lines[0].id
        assert await orders.transition(conn, principal, line_id, "rejected", expected={"authorised"}, now=LATER) is None
    assert (await line_now(database, order)).state == "placed"


async def test_of_two_moves_at_the_same_time_one_happens(
    database: Database, principal: Principal, fresh: Fresh
) -> None:
    order = await kept(database, principal, fresh, "placed")

    async def move(to: LineState) -> LineState | None:
        async with database.transaction() as conn:
            return await orders.transition(conn, principal, order.lines[0].id, to, now=LATER)

    ends = await asyncio.gather(*(move(to) for to in ("rejected", "expired") * 4))
    assert sorted(filter(None, ends)) == ["placed"]
    assert (await line_now(database, order)).state in ("rejected", "expired")


async def test_steps_of_one_order_wait_for_each_other(database: Database, principal: Principal, fresh: Fresh) -> None:
    order = await kept(database, principal, fresh)
    done: list[str] = []
    locked = asyncio.Event()

    async def first() -> None:
        async with database.transaction() as conn:
            await orders.lock(conn, order.id)
            locked.set()
            await conn.execute("SELECT pg_sleep(0.05)")
            done.append("first")

    async def second() -> None:
        await locked.wait()
        async with database.transaction() as conn:
            assert await orders.lock(conn, order.id) == principal
            done.append("second")

    await asyncio.gather(second(), first())
    assert done == ["first", "second"]


async def test_a_partners_order_is_found_for_that_partner_only(
    database: Database, principal: Principal, fresh: Fresh
) -> None:
    order = await kept(database, principal, fresh)
    line = order.lines[0]
    async with database.transaction() as conn:
        await orders.set_placement(
            conn,
            principal,
            line.id,
            checkout_id="c1",
            partner_order_id="ABC-1",
            price=usd(9),
            placed_at=LATER,
            answer_by=LATER,
        )
        assert await orders.by_partner_order(conn, line.offer.partner_id, "ABC-1") == (order.id, line.id)
        assert await orders.by_partner_order(conn, "somebody-else", "ABC-1") is None
    assert (await line_now(database, order)).offer.price == usd(9)


async def test_a_line_is_replaced_once(database: Database, principal: Principal, fresh: Fresh) -> None:
    order = await kept(database, principal, fresh, "replaced")
    old = order.lines[0]

    async def replace() -> None:
        new = order_line(fresh("line"), old.offer).model_copy(update={"replaces": old.id})
        async with database.transaction() as conn:
            await orders.add_lines(conn, order, [new], now=LATER)

    await replace()
    with pytest.raises(psycopg.errors.UniqueViolation):
        await replace()
