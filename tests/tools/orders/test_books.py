"""Whatever happens to the lines of an order, in whatever order and how often: state and money stay in step."""

import asyncio
from collections import Counter
from collections.abc import Callable, Coroutine
from typing import Any
from uuid import uuid4

from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule, run_state_machine_as_test

from memory import orders as rows
from memory.database import Database
from memory.embedded import Servers
from schemas.money import Money
from schemas.order import FAILED, TRANSITIONS, LineState, Order, OrderLine
from schemas.principal import Principal
from schemas.settings import Settings
from tests.order_examples import NOW, offer, order_line, order_of
from tools import payments
from tools.orders.partner import Bought
from tools.orders.steps import placed, step

LINES = 3
EVENTS: list[LineState] = [
    "accepted", "in_progress", "fulfilled", "rejected", "expired", "cancelled", "refunded", "replaced",
]  # fmt: skip
ACCOUNT: dict[LineState, str] = {
    "authorised": "order",
    "placed": "escrow",
    "accepted": "escrow",
    "in_progress": "escrow",
    "fulfilled": "partner",
}
"""Where a line's money is, by its state; the person has it otherwise."""


class OrderLife(RuleBasedStateMachine):
    """Random events on the lines of one order, against the transitions and a table of where the money is."""

    def __init__(self, run: Callable[[Coroutine[Any, Any, Any]], Any], database: Database) -> None:
        super().__init__()
        self.run, self.database = run, database
        owner = Principal(user_id="ann", tenant_id=uuid4().hex)
        lines = [
            order_line(uuid4().hex, offer(f"n{n}", partner=uuid4().hex, price=Money(amount=100 + n, currency="USD")))
            for n in range(LINES)
        ]
        self.order = order_of(owner, uuid4().hex, lines)
        self.expected: dict[str, tuple[LineState, int]] = {
            line.id: (line.state, line.offer.price.amount) for line in lines
        }
        self.run(self._create())

    async def _create(self) -> None:
        async with self.database.transaction() as conn:
            await rows.insert(conn, self.order)
            await payments.authorise(conn, self.order, self.order.total, now=NOW)

    @rule(number=st.integers(0, LINES - 1), discount=st.integers(0, 100))
    def place(self, number: int, discount: int) -> None:
        line_id = list(self.expected)[number]
        state, price = self.expected[line_id]
        applied = self.run(self._place(line_id, price - discount))
        assert applied == (state == "authorised")
        if applied:
            self.expected[line_id] = ("placed", price - discount)

    async def _place(self, line_id: str, price: int) -> bool:
        bought = Bought(checkout_id="c", partner_order_id=line_id, total=Money(amount=price, currency="USD"))
        async with self.database.transaction() as conn:
            await rows.lock(conn, self.order.id)
            order = await rows.get(conn, self.order.owner, self.order.id)
            return await placed(conn, order, _line(order, line_id), bought, settings=Settings(_env_file=None), now=NOW)

    @rule(number=st.integers(0, LINES - 1), to=st.sampled_from(EVENTS), times=st.integers(1, 2))
    def happen(self, number: int, to: LineState, times: int) -> None:
        line_id = list(self.expected)[number]
        for _ in range(times):
            state, price = self.expected[line_id]
            applied = self.run(self._happen(line_id, to))
            assert applied == (to in TRANSITIONS[state] and (to != "refunded" or state in FAILED))
            if applied:
                self.expected[line_id] = (to, price)

    async def _happen(self, line_id: str, to: LineState) -> bool:
        async with self.database.transaction() as conn:
            await rows.lock(conn, self.order.id)
            order = await rows.get(conn, self.order.owner, self.order.id)
            expected = FAILED if to == "refunded" else None
            return await step(conn, order, _line(order, line_id), to, expected=expected, now=NOW, report="return")

    @invariant()
    def money_is_where_the_state_says(self) -> None:
        order: Order = self.run(self._look())
        balances: Counter[str] = Counter()
        moved: Counter[tuple[str, str | None]] = Counter()
        for entry in order.ledger:
            balances[entry.account.split(":")[0]] += entry.amount.amount
            if entry.amount.amount > 0:
                moved[entry.kind, entry.line_id] += entry.amount.amount
        assert balances.total() == 0
        where: Counter[str] = Counter()
        for line in order.lines:
            assert (line.state, line.offer.price.amount) == self.expected[line.id]
            if line.state in ACCOUNT:
                where[ACCOUNT[line.state]] += line.offer.price.amount
            paid, refunded = moved["release", line.id], moved["refund", line.id]
            assert paid == 0 or refunded == 0
            assert paid + refunded <= moved["hold", line.id]
        assert {name: amount for name, amount in balances.items() if amount} == {
            name: amount for name, amount in {**where, "person": -where.total()}.items() if amount
        }

    async def _look(self) -> Order:
        async with self.database.connection() as conn:
            return await rows.get(conn, self.order.owner, self.order.id)


def _line(order: Order, line_id: str) -> OrderLine:
    return next(line for line in order.lines if line.id == line_id)


def test_whatever_happens_state_and_money_stay_in_step(servers: Servers) -> None:
    with asyncio.Runner() as runner:
        database = runner.run(Database.open(servers.database_url, pool_size=2))
        run_state_machine_as_test(
            lambda: OrderLife(runner.run, database),
            settings=hypothesis_settings(max_examples=20, stateful_step_count=20, deadline=None),
        )
        runner.run(database.close())
