"""Order webhooks as they came from partners: each kept once, and none lost before it was understood."""

from datetime import datetime
from typing import Any, Literal

from psycopg import DataError
from psycopg.types.json import Jsonb

from memory.database import Connection
from schemas.base import Value
from schemas.errors import InvalidRequestError

Outcome = Literal["applied", "ignored", "unknown_order"]


class PartnerEvent(Value):
    """One webhook. ``outcome`` is unset while it waits to be understood."""

    partner_id: str
    webhook_id: str
    partner_order_id: str
    snapshot: dict[str, Any]
    received_at: datetime
    outcome: Outcome | None = None


async def insert(
    conn: Connection,
    *,
    tenant_id: str,
    partner_id: str,
    webhook_id: str,
    partner_order_id: str,
    snapshot: dict[str, Any],
    now: datetime,
) -> bool:
    """Keep a webhook; ``False`` when it came before.

    Raises:
        InvalidRequestError: it holds NUL characters, which Postgres keeps in no text.
    """
    try:
        cursor = await conn.execute(
            "INSERT INTO partner_events (partner_id, webhook_id, tenant_id, partner_order_id, snapshot, received_at)"
            " VALUES (%s, %s, %s, %s, %s, %s) ON CONFLICT DO NOTHING",
            (partner_id, webhook_id, tenant_id, partner_order_id, Jsonb(snapshot), now),
        )
    except DataError as error:
        raise InvalidRequestError("The webhook holds NUL characters.") from error
    return cursor.rowcount == 1


async def take(conn: Connection, partner_id: str, webhook_id: str) -> PartnerEvent | None:
    """The webhook, if it was kept; nobody else takes it until the transaction ends."""
    cursor = await conn.execute(
        "SELECT partner_id, webhook_id, partner_order_id, snapshot, received_at, outcome FROM partner_events"
        " WHERE partner_id = %s AND webhook_id = %s FOR UPDATE",
        (partner_id, webhook_id),
    )
    row = await cursor.fetchone()
    return PartnerEvent.model_validate(row) if row else None


async def settle(conn: Connection, partner_id: str, webhook_id: str, outcome: Outcome) -> None:
    """Note what became of a webhook."""
    await conn.execute(
        "UPDATE partner_events SET outcome = %s WHERE partner_id = %s AND webhook_id = %s",
        (outcome, partner_id, webhook_id),
    )


async def lock_order(conn: Connection, partner_id: str, partner_order_id: str) -> None:
    """Keep whoever else finds out what this order of a partner is waiting until the transaction ends.

    An event that finds its order unknown, and a purchase that finds no event waiting, both take this first. So one of
    them sees the other.
    """
    await conn.execute(
        "SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", (f"partner_order {partner_id} {partner_order_id}",)
    )


async def waiting(conn: Connection, partner_id: str, partner_order_id: str) -> list[str]:
    """The ids of the webhooks about a partner's order that nothing came of yet, oldest first."""
    cursor = await conn.execute(
        "SELECT webhook_id FROM partner_events WHERE partner_id = %s AND partner_order_id = %s"
        " AND (outcome IS NULL OR outcome = 'unknown_order') ORDER BY received_at, webhook_id",
        (partner_id, partner_order_id),
    )
    return [row["webhook_id"] for row in await cursor.fetchall()]
