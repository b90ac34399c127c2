"""The ledger: money moves between accounts by transfers, double entry, append only.

The rules are the database's (migration 0003): a transfer is one row whose two legs are a view, balances follow by a
trigger, and no account but a person's may fall below zero. So money is never made or lost, whatever the code above
does, and escrow cannot be paid out twice.
"""

from datetime import datetime

from psycopg.errors import CheckViolation

from memory.database import Connection
from schemas.errors import ConflictError
from schemas.money import Money
from schemas.order import TransferKind
from schemas.principal import Principal


async def transfer(
    conn: Connection,
    owner: Principal,
    *,
    id: str,
    source: str,
    target: str,
    amount: Money,
    kind: TransferKind,
    order_id: str,
    line_id: str | None = None,
    now: datetime,
) -> bool:
    """Move ``amount`` (more than nothing) from ``source`` to ``target``; ``False`` if transfer ``id`` was made before.

    Raises:
        ConflictError: the source does not hold so much, or ``id`` stands for another transfer.
    """
    made = {"id": id, "source": source, "target": target, "amount": amount.amount, "currency": amount.currency}
    try:
        cursor = await conn.execute(
            "INSERT INTO ledger_transfers"
            " (id, tenant_id, user_id, source, target, amount, currency, kind, order_id, line_id, at)"
            " VALUES (%(id)s, %(tenant)s, %(user)s, %(source)s, %(target)s, %(amount)s, %(currency)s, %(kind)s,"
            " %(order)s, %(line)s, %(now)s) ON CONFLICT DO NOTHING",
            {**made, "tenant": owner.tenant_id, "user": owner.user_id, "kind": kind, "order": order_id,
             "line": line_id, "now": now},
        )  # fmt: skip
    except CheckViolation as error:
        if error.diag.constraint_name != "ledger_account_not_overdrawn":
            raise
        raise ConflictError(f"{source} does not hold {amount}.") from error
    if cursor.rowcount:
        return True
    cursor = await conn.execute(
        "SELECT id, source, target, amount, currency FROM ledger_transfers WHERE tenant_id = %s AND id = %s",
        (owner.tenant_id, id),
    )
    if await cursor.fetchone() != made:
        raise ConflictError(f"Transfer {id} was made before, with other terms.")
    return False


async def balance(conn: Connection, owner: Principal, account: str, currency: str) -> Money:
    """What the account holds; a person's is negative by what is reserved, held and paid for them."""
    cursor = await conn.execute(
        "SELECT balance FROM ledger_accounts WHERE tenant_id = %s AND account = %s AND currency = %s",
        (owner.tenant_id, account, currency),
    )
    row = await cursor.fetchone()
    return Money(amount=row["balance"] if row else 0, currency=currency)
