"""The payment provider: each call moves money one way, once, and never more than there is."""

from collections.abc import AsyncIterator, Callable

import pytest

from memory import orders
from memory.database import Connection, Database
from schemas.errors import ConflictError
from schemas.money import Money
from schemas.order import Order, OrderLine
from schemas.principal import Principal
from tests.order_examples import NOW, offer, order_line, order_of, usd
from tools import payments

Fresh = Callable[[str], str]
Scene = tuple[Connection, Order, OrderLine]


@pytest.fixture
async def scene(database: Database, principal: Principal, fresh: Fresh) -> AsyncIterator[Scene]:
    """An order for one line of 50 dollars, inside a transaction."""
    line = order_line(fresh("line"), offer("n1", partner=fresh("florist"), price=usd(50)))
    order = order_of(principal, fresh("order"), [line])
    async with database.transaction() as conn:
        await orders.insert(conn, order)
        yield conn, order, line


async def balances(conn: Connection, order: Order) -> dict[str, int]:
    """What the order's accounts hold, in dollars, by the kind of account; empty ones left out."""
    cursor = await conn.execute(
        "SELECT split_part(account, ':', 1) AS kind, (balance / 100)::int AS dollars FROM ledger_accounts"
        " WHERE tenant_id = %s AND balance <> 0",
        (order.tenant_id,),
    )
    return {row["kind"]: row["dollars"] for row in await cursor.fetchall()}


async def test_money_goes_from_the_person_over_escrow_to_the_partner(scene: Scene) -> None:
    conn, order, line = scene
    await payments.authorise(conn, order, usd(50), now=NOW)
    assert await balances(conn, order) == {"person": -50, "order": 50}
    await payments.hold(conn, order, line, usd(50), now=NOW)
    assert await balances(conn, order) == {"person": -50, "escrow": 50}
    await payments.release(conn, order, line, now=NOW)
    assert await balances(conn, order) == {"person": -50, "partner": 50}


async def test_what_was_held_is_refunded(scene: Scene) -> None:
    conn, order, line = scene
    await payments.authorise(conn, order, usd(50), now=NOW)
    await payments.hold(conn, order, line, usd(50), now=NOW)
    await payments.refund(conn, order, line, now=NOW)
    assert await balances(conn, order) == {}


async def test_what_was_reserved_only_is_voided(scene: Scene) -> None:
    conn, order, line = scene
    await payments.authorise(conn, order, usd(50), now=NOW)
    await payments.void(conn, order, line, now=NOW)
    assert await balances(conn, order) == {}


async def test_a_lower_price_gives_the_rest_back(scene: Scene) -> None:
    conn, order, line = scene
    await payments.authorise(conn, order, usd(50), now=NOW)
    await payments.hold(conn, order, line, usd(42), now=NOW)
    assert await balances(conn, order) == {"person": -42, "escrow": 42}


async def test_every_call_may_be_repeated(scene: Scene) -> None:
    conn, order, line = scene
    for _ in range(2):
        await payments.authorise(conn, order, usd(50), now=NOW)
        await payments.hold(conn, order, line, usd(42), now=NOW)
    assert await balances(conn, order) == {"person": -42, "escrow": 42}


async def test_more_than_was_reserved_is_not_held(scene: Scene) -> None:
    conn, order, line = scene
    await payments.authorise(conn, order, usd(50), now=NOW)
    with pytest.raises(ConflictError):
        async with conn.transaction():
            await payments.hold(conn, order, line, usd(51), now=NOW)


async def test_what_was_refunded_is_not_released(scene: Scene) -> None:
    conn, order, line = scene
    await payments.authorise(conn, order, usd(50), now=NOW)
    await payments.hold(conn, order, line, usd(50), now=NOW)
    await payments.refund(conn, order, line, now=NOW)
    with pytest.raises(ConflictError):
        async with conn.transaction():
            await payments.release(conn, order, line, now=NOW)


async def test_what_is_free_moves_nothing(scene: Scene) -> None:
    conn, order, line = scene
    free = line.model_copy(update={"offer": line.offer.model_copy(update={"price": Money.zero("USD")})})
    await payments.authorise(conn, order, Money.zero("USD"), now=NOW)
    await payments.hold(conn, order, free, Money.zero("USD"), now=NOW)
    await payments.release(conn, order, free, now=NOW)
    assert await balances(conn, order) == {}
