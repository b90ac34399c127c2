"""The payment provider: whose money is reserved, held in escrow, paid out or given back, and when.

    authorise   person → order         when an order (or a replacement) is made: its price is reserved, nothing more
    hold        order  → escrow        when the partner has taken the order line: a line's escrow is its own account
    release     escrow → partner       when the partner has fulfilled it
    refund      escrow → person        when it was held, and the line is rejected, expired or cancelled
    void        order  → person        when it was reserved only, or the partner charges less than was reserved

Each call is part of the transaction that moves the line, and carries an idempotency key made of what it is for, so
a step that is repeated moves nothing twice. The rest of the product knows only these five calls and ``token``; this
provider is embedded and keeps its books on our ledger. One that lives elsewhere (Stripe: authorise = a payment intent
with manual capture, release = capture and transfer) takes the same calls as jobs of the same transaction.
"""

from datetime import datetime

from memory import ledger
from memory.database import Connection
from schemas.money import Money
from schemas.order import Order, OrderLine, TransferKind

_WAY: dict[TransferKind, tuple[str, str]] = {
    "authorise": ("person", "order"),
    "hold": ("order", "escrow"),
    "release": ("escrow", "partner"),
    "refund": ("escrow", "person"),
    "void": ("order", "person"),
}


def token(line: OrderLine) -> str:
    """The escrow token a partner is shown at checkout: it names the escrow, and pays only on release."""
    return f"escrow_{line.id}"


async def authorise(
    conn: Connection, order: Order, amount: Money, *, line: OrderLine | None = None, now: datetime
) -> None:
    """Reserve the price of a new order, or of one ``line`` that is added to it later."""
    await _move(conn, "authorise", order, line, amount, now=now)


async def hold(conn: Connection, order: Order, line: OrderLine, charged: Money, *, now: datetime) -> None:
    """Put what the partner charges into the line's escrow, and give back what was reserved beyond it.

    Raises:
        ConflictError: ``charged`` is more than was reserved.
    """
    await _move(conn, "hold", order, line, charged, now=now)
    await _move(conn, "void", order, line, line.offer.price - charged, now=now)


async def release(conn: Connection, order: Order, line: OrderLine, *, now: datetime) -> None:
    """Pay the line's escrow to its partner."""
    await _move(conn, "release", order, line, line.offer.price, now=now)


async def refund(conn: Connection, order: Order, line: OrderLine, *, now: datetime) -> None:
    """Give the line's escrow back to the person."""
    await _move(conn, "refund", order, line, line.offer.price, now=now)


async def void(conn: Connection, order: Order, line: OrderLine, *, now: datetime) -> None:
    """Give up the reservation of a line that was not bought."""
    await _move(conn, "void", order, line, line.offer.price, now=now)


async def _move(
    conn: Connection, kind: TransferKind, order: Order, line: OrderLine | None, amount: Money, *, now: datetime
) -> None:
    if amount.amount == 0:  # some things are free
        return
    accounts = {"person": f"person:{order.user_id}", "order": f"order:{order.id}"}
    if line is not None:
        accounts |= {"escrow": f"escrow:{line.id}", "partner": f"partner:{line.offer.partner_id}"}
    source, target = _WAY[kind]
    await ledger.transfer(
        conn,
        order.owner,
        id=f"{kind}:{line.id if line else order.id}",
        source=accounts[source],
        target=accounts[target],
        amount=amount,
        kind=kind,
        order_id=order.id,
        line_id=line.id if line else None,
        now=now,
    )
