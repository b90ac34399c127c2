"""Orders as rows: one a line, moved only by conditional updates, every event kept.

Whoever changes more than one line's worth of an order takes its row first (``lock``), so that steps of one order
happen one after the other and what was read under the lock stays true until the commit.
"""

import builtins
from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any, cast

from psycopg.types.json import Jsonb

from memory.database import Connection
from schemas.errors import NotFoundError
from schemas.money import Money
from schemas.order import TRANSITIONS, LineState, Order, OrderLine
from schemas.principal import Principal

_BEFORE = {to: [state for state in TRANSITIONS if to in TRANSITIONS[state]] for to in TRANSITIONS}

# The whole order as one JSON document of the model's own shape: one round trip, and Pydantic parses it directly.
_WHOLE = """
    SELECT (to_jsonb(o) || jsonb_build_object(
        'lines', (
            SELECT jsonb_agg(to_jsonb(l) - '{sequence,order_id,tenant_id,user_id,partner_id,cancelling}'::text[]
                             ORDER BY l.sequence)
            FROM order_lines l WHERE l.order_id = o.id),
        'history', (
            SELECT coalesce(jsonb_agg(to_jsonb(e) - '{id,order_id,tenant_id,user_id}'::text[] ORDER BY e.id), '[]')
            FROM line_events e WHERE e.order_id = o.id),
        'ledger', (
            SELECT coalesce(jsonb_agg(
                to_jsonb(t) - '{sequence,tenant_id,order_id,currency}'::text[]
                || jsonb_build_object('amount', jsonb_build_object('amount', t.amount, 'currency', t.currency))
                ORDER BY t.sequence, t.amount), '[]')
            FROM ledger_entries t WHERE t.order_id = o.id)
    ))::text AS document
    FROM orders o
"""

_ADD_LINES = """
    WITH added AS (
        INSERT INTO order_lines (
            id, order_id, tenant_id, user_id, partner_id, need, offer, "start", "end", place, origin,
            state, reason, checkout_id, partner_order_id, replaces, placed_at, answer_by)
        SELECT
            id, order_id, tenant_id, user_id, partner_id, need, offer, "start", "end", place, origin,
            state, reason, checkout_id, partner_order_id, replaces, placed_at, answer_by
        FROM jsonb_populate_recordset(NULL::order_lines, %(rows)s)
        RETURNING id, sequence, order_id, tenant_id, user_id, state)
    INSERT INTO line_events (order_id, line_id, tenant_id, user_id, at, what, applied)
    SELECT order_id, id, tenant_id, user_id, %(now)s, state, true FROM added ORDER BY sequence
"""


async def insert(conn: Connection, order: Order) -> bool:
    """Keep a new order with its lines; ``False`` (and nothing is changed) when there is one with its id."""
    cursor = await conn.execute(
        "INSERT INTO orders (id, tenant_id, user_id, thread_id, currency, limits, relations, home, created_at)"
        " VALUES (%(id)s, %(tenant_id)s, %(user_id)s, %(thread_id)s, %(currency)s, %(limits)s, %(relations)s,"
        " %(home)s, %(created_at)s) ON CONFLICT (id) DO NOTHING",
        {
            "id": order.id,
            "tenant_id": order.tenant_id,
            "user_id": order.user_id,
            "thread_id": order.thread_id,
            "currency": order.currency,
            "limits": Jsonb(order.limits.model_dump(mode="json")),
            "relations": Jsonb([relation.model_dump(mode="json") for relation in order.relations]),
            "home": Jsonb(order.home.model_dump(mode="json")) if order.home else None,
            "created_at": order.created_at,
        },
    )
    if cursor.rowcount == 0:
        return False
    await add_lines(conn, order, order.lines, now=order.created_at)
    return True


async def add_lines(conn: Connection, order: Order, lines: Sequence[OrderLine], *, now: datetime) -> None:
    """Keep new lines of an order, each with its state as the first event of its history."""
    rows = [
        {
            **line.model_dump(mode="json"),
            "order_id": order.id,
            "tenant_id": order.tenant_id,
            "user_id": order.user_id,
            "partner_id": line.offer.partner_id,
        }
        for line in lines
    ]
    await conn.execute(_ADD_LINES, {"rows": Jsonb(rows), "now": now})


async def get(conn: Connection, principal: Principal, order_id: str) -> Order:
    """The caller's order with its lines, history and ledger.

    Raises:
        NotFoundError: there is none with this id, or it is somebody else's.
    """
    cursor = await conn.execute(
        _WHOLE + "WHERE o.id = %s AND o.tenant_id = %s AND o.user_id = %s",
        (order_id, principal.tenant_id, principal.user_id),
    )
    row = await cursor.fetchone()
    if row is None:
        raise NotFoundError("order", order_id)
    return Order.model_validate_json(row["document"])


async def list(
    conn: Connection, principal: Principal, *, limit: int = 50, before: str | None = None
) -> builtins.list[Order]:
    """The caller's orders, newest first; at most ``limit``, those older than order ``before``.

    Raises:
        NotFoundError: ``before`` is not an order of the caller.
    """
    values: builtins.list[Any] = [principal.tenant_id, principal.user_id]
    older = ""
    if before is not None:
        mark = await get(conn, principal, before)
        older = "AND (o.created_at, o.id) < (%s, %s)"
        values += [mark.created_at, mark.id]
    cursor = await conn.execute(
        f"{_WHOLE} WHERE o.tenant_id = %s AND o.user_id = %s {older} ORDER BY o.created_at DESC, o.id DESC LIMIT %s",
        [*values, limit],
    )
    return [Order.model_validate_json(row["document"]) for row in await cursor.fetchall()]


async def owner(conn: Connection, order_id: str) -> Principal:
    """On whose behalf a job or a webhook about this order works.

    Raises:
        NotFoundError: there is no such order.
    """
    return await _owner(conn, order_id, "")


async def lock(conn: Connection, order_id: str) -> Principal:
    """The same as ``owner``, and keeps every other step of this order waiting until the transaction ends."""
    return await _owner(conn, order_id, " FOR UPDATE")


async def _owner(conn: Connection, order_id: str, how: str) -> Principal:
    cursor = await conn.execute(f"SELECT tenant_id, user_id FROM orders WHERE id = %s{how}", (order_id,))  # noqa: S608
    row = await cursor.fetchone()
    if row is None:
        raise NotFoundError("order", order_id)
    return Principal(**row)


async def by_partner_order(conn: Connection, partner_id: str, partner_order_id: str) -> tuple[str, str] | None:
    """Our order id and line id for a partner's own order, if it is one of ours **at this partner**."""
    cursor = await conn.execute(
        "SELECT order_id, id FROM order_lines WHERE partner_id = %s AND partner_order_id = %s",
        (partner_id, partner_order_id),
    )
    row = await cursor.fetchone()
    return (row["order_id"], row["id"]) if row else None


async def transition(
    conn: Connection,
    principal: Principal,
    line_id: str,
    to: LineState,
    *,
    now: datetime,
    expected: Collection[LineState] | None = None,
    reason: str | None = None,
) -> LineState | None:
    """Move a line to state ``to`` and return the state it left; ``None`` when the move does not fit its state.

    Fitting is what ``TRANSITIONS`` allows, narrowed to ``expected`` if given. Either way the event goes into the
    line's history; ``reason`` is kept with it, and on the line when it moved.

    Raises:
        NotFoundError: the principal has no such line.
    """
    allowed = [state for state in _BEFORE[to] if expected is None or state in expected]
    cursor = await conn.execute(
        "WITH moved AS ("
        "  UPDATE order_lines AS line SET state = %(to)s, reason = coalesce(%(reason)s, line.reason)"
        "  FROM (SELECT id, state FROM order_lines WHERE id = %(line)s FOR UPDATE) AS was"
        "  WHERE line.id = was.id AND line.tenant_id = %(tenant)s AND line.user_id = %(user)s"
        "    AND was.state = ANY(%(allowed)s)"
        "  RETURNING was.state)"
        " INSERT INTO line_events (order_id, line_id, tenant_id, user_id, at, what, applied, detail)"
        " SELECT order_id, id, tenant_id, user_id, %(now)s, %(to)s, EXISTS (SELECT FROM moved), %(reason)s"
        " FROM order_lines WHERE id = %(line)s AND tenant_id = %(tenant)s AND user_id = %(user)s"
        " RETURNING (SELECT state FROM moved) AS left_state",
        {
            "line": line_id,
            "to": to,
            "allowed": allowed,
            "now": now,
            "reason": reason,
            "tenant": principal.tenant_id,
            "user": principal.user_id,
        },
    )
    row = await cursor.fetchone()
    if row is None:
        raise NotFoundError("order line", line_id)
    return cast(LineState | None, row["left_state"])


async def remark(
    conn: Connection, principal: Principal, line_id: str, what: str, *, detail: str, now: datetime
) -> None:
    """Keep an event that moves nothing but must not be forgotten."""
    await conn.execute(
        "INSERT INTO line_events (order_id, line_id, tenant_id, user_id, at, what, applied, detail)"
        " SELECT order_id, id, tenant_id, user_id, %s, %s, false, %s"
        " FROM order_lines WHERE id = %s AND tenant_id = %s AND user_id = %s",
        (now, what, detail, line_id, principal.tenant_id, principal.user_id),
    )


async def set_placement(
    conn: Connection,
    principal: Principal,
    line_id: str,
    *,
    checkout_id: str,
    partner_order_id: str,
    price: Money,
    placed_at: datetime,
    answer_by: datetime,
) -> None:
    """Note where and at what price a line was bought, and until when its partner has to answer."""
    await conn.execute(
        "UPDATE order_lines SET checkout_id = %s, partner_order_id = %s, placed_at = %s, answer_by = %s,"
        " offer = jsonb_set(offer, '{price}', %s)"
        " WHERE id = %s AND tenant_id = %s AND user_id = %s",
        (checkout_id, partner_order_id, placed_at, answer_by, Jsonb(price.model_dump()), line_id,
         principal.tenant_id, principal.user_id),
    )  # fmt: skip


async def set_cancelling(conn: Connection, principal: Principal, line_id: str, wanted: bool) -> None:
    """Note that the person wants the line cancelled at its partner, or that it could not be."""
    await conn.execute(
        "UPDATE order_lines SET cancelling = %s WHERE id = %s AND tenant_id = %s AND user_id = %s",
        (wanted, line_id, principal.tenant_id, principal.user_id),
    )


async def cancelling(conn: Connection, principal: Principal, line_id: str) -> bool:
    """Whether the person wants the line cancelled at its partner."""
    cursor = await conn.execute(
        "SELECT cancelling FROM order_lines WHERE id = %s AND tenant_id = %s AND user_id = %s",
        (line_id, principal.tenant_id, principal.user_id),
    )
    row = await cursor.fetchone()
    return bool(row and row["cancelling"])


async def raise_limit(conn: Connection, principal: Principal, order_id: str, total: Money) -> None:
    """Set the most the order may cost, on the person's word."""
    await conn.execute(
        "UPDATE orders SET limits = jsonb_set(limits, '{total}', %s) WHERE id = %s AND tenant_id = %s AND user_id = %s",
        (Jsonb(total.model_dump()), order_id, principal.tenant_id, principal.user_id),
    )
