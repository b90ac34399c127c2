"""The ledger: transfers happen once, sum to zero, and never take what is not there."""

import asyncio
from collections import Counter
from collections.abc import Callable, Coroutine
from typing import Any
from uuid import uuid4

import psycopg
import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule, run_state_machine_as_test

from memory import ledger, orders
from memory.database import Connection, Database
from memory.embedded import Servers
from schemas.errors import ConflictError
from schemas.money import Money
from schemas.order import Order
from schemas.principal import Principal
from tests.order_examples import NOW, offer, order_line, order_of, usd

Fresh = Callable[[str], str]


@pytest.fixture
async def order(database: Database, principal: Principal, fresh: Fresh) -> Order:
    made = order_of(
        principal, fresh("order"), [order_line(fresh("line"), offer("n1", partner="florist", price=usd(50)))]
    )
    async with database.transaction() as conn:
        await orders.insert(conn, made)
    return made


async def move(conn: Connection, order: Order, id: str, source: str, target: str, amount: Money) -> bool:  # noqa: PLR0917 - a sentence
    return await ledger.transfer(
        conn,
        order.owner,
        id=id,
        source=source,
        target=target,
        amount=amount,
        kind="hold",
        order_id=order.id,
        now=NOW,
    )


async def test_a_transfer_moves_money_from_one_account_to_another(database: Database, order: Order) -> None:
    async with database.transaction() as conn:
        assert await move(conn, order, "t1", "person:ann", "escrow:1", usd(20))
        assert await ledger.balance(conn, order.owner, "person:ann", "USD") == usd(-20)
        assert await ledger.balance(conn, order.owner, "escrow:1", "USD") == usd(20)


async def test_a_repeated_transfer_moves_nothing(database: Database, order: Order) -> None:
    async with database.transaction() as conn:
        await move(conn, order, "t1", "person:ann", "escrow:1", usd(20))
        assert not await move(conn, order, "t1", "person:ann", "escrow:1", usd(20))
        assert await ledger.balance(conn, order.owner, "escrow:1", "USD") == usd(20)


async def test_one_id_cannot_stand_for_two_transfers(database: Database, order: Order) -> None:
    async with database.transaction() as conn:
        await move(conn, order, "t1", "person:ann", "escrow:1", usd(20))
    with pytest.raises(ConflictError, match="other terms"):
        async with database.transaction() as conn:
            await move(conn, order, "t1", "person:ann", "escrow:1", usd(21))


async def test_an_escrow_pays_out_no_more_than_it_holds(database: Database, order: Order) -> None:
    async with database.transaction() as conn:
        await move(conn, order, "t1", "person:ann", "escrow:1", usd(20))
    with pytest.raises(ConflictError, match="escrow:1 does not hold"):
        async with database.transaction() as conn:
            await move(conn, order, "t2", "escrow:1", "partner:florist", Money(amount=2001, currency="USD"))


async def test_an_escrow_in_one_currency_does_not_pay_in_another(database: Database, order: Order) -> None:
    async with database.transaction() as conn:
        await move(conn, order, "t1", "person:ann", "escrow:1", usd(20))
    with pytest.raises(ConflictError):
        async with database.transaction() as conn:
            await move(conn, order, "t2", "escrow:1", "partner:florist", Money.of(20, "EUR"))


async def test_two_payouts_at_the_same_time_pay_once(database: Database, order: Order) -> None:
    async with database.transaction() as conn:
        await move(conn, order, "t1", "person:ann", "escrow:1", usd(20))

    async def pay_out(id: str) -> bool:
        async with database.transaction() as conn:
            return await move(conn, order, id, "escrow:1", "partner:florist", usd(20))

    ends = await asyncio.gather(pay_out("release"), pay_out("refund"), return_exceptions=True)
    assert Counter(type(end) for end in ends) == {bool: 1, ConflictError: 1}


async def test_transfers_in_opposite_directions_do_not_wait_for_each_other(database: Database, order: Order) -> None:
    async def shuttle(number: int) -> None:
        async with database.transaction() as conn:
            ends = ("person:ann", "person:bob") if number % 2 else ("person:bob", "person:ann")
            await move(conn, order, f"t{number}", *ends, usd(1))

    await asyncio.gather(*(shuttle(number) for number in range(12)))


async def test_the_same_account_of_two_tenants_is_two_accounts(database: Database, order: Order, fresh: Fresh) -> None:
    stranger = Principal(user_id=order.user_id, tenant_id=fresh("tenant"))
    async with database.transaction() as conn:
        await move(conn, order, "t1", "person:ann", "escrow:1", usd(20))
        assert await ledger.balance(conn, stranger, "escrow:1", "USD") == usd(0)


@pytest.mark.parametrize("change", ["UPDATE ledger_transfers SET amount = 1", "DELETE FROM ledger_transfers"])
async def test_what_is_in_the_ledger_stays(database: Database, order: Order, change: str) -> None:
    async with database.transaction() as conn:
        await move(conn, order, "t1", "person:ann", "escrow:1", usd(20))
    with pytest.raises(psycopg.errors.RaiseException, match="append-only"):
        async with database.transaction() as conn:
            await conn.execute(f"{change} WHERE tenant_id = %s".encode(), (order.tenant_id,))


class Books(RuleBasedStateMachine):
    """Any transfers between any accounts, ids used again included, against a dict that does the same sums."""

    def __init__(self, run: Callable[[Coroutine[Any, Any, Any]], Any], database: Database) -> None:
        super().__init__()
        self.run, self.database = run, database
        self.balances: Counter[str] = Counter()
        self.known: dict[str, tuple[str, str, int]] = {}
        self.order = order_of(
            Principal(user_id="ann", tenant_id=uuid4().hex),
            uuid4().hex,
            [order_line(uuid4().hex, offer("n1", partner="florist", price=usd(50)))],
        )
        self.run(self._insert())

    async def _insert(self) -> None:
        async with self.database.transaction() as conn:
            await orders.insert(conn, self.order)

    @rule(
        id=st.sampled_from("abcdefgh"),
        way=st.permutations(["person:ann", "order:1", "escrow:1", "partner:florist"]),
        amount=st.integers(1, 5),
    )
    def transfer(self, id: str, way: list[str], amount: int) -> None:
        source, target = way[:2]
        terms = (source, target, amount)
        allowed = source == "person:ann" or self.balances[source] >= amount
        expected: bool | None = None if not allowed else True
        if id in self.known:
            expected = False if self.known[id] == terms else None
        assert self.run(self._move(id, *terms)) is expected
        if expected:
            self.known[id] = terms
            self.balances[source] -= amount
            self.balances[target] += amount

    async def _move(self, id: str, source: str, target: str, amount: int) -> bool | None:
        try:
            async with self.database.transaction() as conn:
                return await move(conn, self.order, id, source, target, Money(amount=amount, currency="USD"))
        except ConflictError:
            return None

    @invariant()
    def the_books_are_right(self) -> None:
        entries, accounts = self.run(self._books())
        assert sum(entries.values()) == 0
        assert {name: amount for name, amount in entries.items() if amount} == {
            name: amount for name, amount in self.balances.items() if amount
        }
        assert accounts == entries
        assert all(amount >= 0 for name, amount in accounts.items() if name != "person:ann")

    async def _books(self) -> tuple[dict[str, int], dict[str, int]]:
        async with self.database.connection() as conn:
            entries = await conn.execute(
                "SELECT account, sum(amount)::int AS amount FROM ledger_entries WHERE tenant_id = %s GROUP BY account",
                (self.order.tenant_id,),
            )
            accounts = await conn.execute(
                "SELECT account, balance AS amount FROM ledger_accounts WHERE tenant_id = %s", (self.order.tenant_id,)
            )
            return (
                {row["account"]: row["amount"] for row in await entries.fetchall()},
                {row["account"]: row["amount"] for row in await accounts.fetchall()},
            )


def test_whatever_is_transferred_no_money_is_made_or_lost(servers: Servers) -> None:
    with asyncio.Runner() as runner:
        database = runner.run(Database.open(servers.database_url, pool_size=2))
        run_state_machine_as_test(
            lambda: Books(runner.run, database),
            settings=settings(max_examples=20, stateful_step_count=20, deadline=None),
        )
        runner.run(database.close())
