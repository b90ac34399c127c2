"""One step of an order line: its state, its money, and whoever must hear of it, together or not at all.

Every function here works inside the caller's transaction, with the order's row locked.
"""

from collections.abc import Collection
from datetime import datetime, timedelta
from typing import Literal
from uuid import uuid4

import structlog

from memory import jobs, partner_events, runs
from memory import orders as rows
from memory.database import Connection
from schemas.errors import NotFoundError
from schemas.order import FAILED, STANDING, LineState, Order, OrderLine
from schemas.settings import Settings
from tools import payments
from tools.orders.partner import Bought

log = structlog.get_logger(__name__)

Report = Literal["return", "event"]
"""Who repairs a line that failed: the caller, who reads the returned order, or a run of its own."""

_GRAPH = "concierge"
_HELD: frozenset[LineState] = frozenset({"placed", "accepted", "in_progress"})
_LONGEST_REASON = 500


async def step(
    conn: Connection,
    order: Order,
    line: OrderLine,
    to: LineState,
    *,
    now: datetime,
    reason: str | None = None,
    expected: Collection[LineState] | None = None,
    report: Report = "event",
) -> bool:
    """Move the line, pay or give back its money, and start the run that has to know.

    ``False`` when the move does not fit the line's state (or is not from an ``expected`` one): recorded, no effect.
    """
    said = _readable(reason) if reason else None
    left = await rows.transition(conn, order.owner, line.id, to, now=now, expected=expected, reason=said)
    if left is None:
        return False
    if to == "fulfilled":
        await payments.release(conn, order, line, now=now)
    elif to in ("rejected", "expired", "cancelled"):
        give_back = payments.refund if left in _HELD else payments.void
        await give_back(conn, order, line, now=now)
    if to in FAILED and report == "event":
        event = {"kind": "line_failed", "order_id": order.id, "line_id": line.id}
        await _tell(conn, order, event, f"line_failed:{line.id}", now)
    elif to in STANDING and left == "placed":
        fresh = await rows.get(conn, order.owner, order.id)
        if fresh.settled:
            event = {"kind": "order_settled", "order_id": order.id}
            await _tell(conn, order, event, f"settled:{order.id}:{len(fresh.lines)}", now)
    return True


async def placed(
    conn: Connection, order: Order, line: OrderLine, bought: Bought, *, settings: Settings, now: datetime
) -> bool:
    """The partner has taken the line: hold the money and wait for its word, but not for ever.

    What it has said already, before we knew which line is meant, is applied now.

    ``False`` when the line was not waiting to be placed any more.
    """
    if await rows.transition(conn, order.owner, line.id, "placed", now=now) is None:
        return False
    patience = timedelta(seconds=settings.answer_timeout)
    await payments.hold(conn, order, line, bought.total, now=now)
    await rows.set_placement(
        conn,
        order.owner,
        line.id,
        checkout_id=bought.checkout_id,
        partner_order_id=bought.partner_order_id,
        price=bought.total,
        placed_at=now,
        answer_by=now + patience,
    )
    await jobs.enqueue(
        conn,
        "expire_line",
        {"order_id": order.id, "line_id": line.id},
        execute_after=patience,
        dedupe_key=f"expire:{line.id}",
    )
    partner_id = line.offer.partner_id
    await partner_events.lock_order(conn, partner_id, bought.partner_order_id)
    for webhook_id in await partner_events.waiting(conn, partner_id, bought.partner_order_id):
        await apply_later(conn, partner_id, webhook_id, because="its order is known")
    return True


async def apply_later(
    conn: Connection, partner_id: str, webhook_id: str, *, because: str, execute_after: timedelta | None = None
) -> None:
    """Queue the job that applies a kept webhook, unless it is queued ``because`` of the same already."""
    await jobs.enqueue(
        conn,
        "partner_event",
        {"partner_id": partner_id, "webhook_id": webhook_id},
        execute_after=execute_after,
        dedupe_key=f"partner_event:{partner_id}:{webhook_id}:{because}",
    )


async def undo_later(
    conn: Connection, order: Order, line: OrderLine, *, checkout_id: str | None, partner_order_id: str | None = None
) -> None:
    """See to it that a purchase we do not stand by, or may not have made, is undone at the partner."""
    await jobs.enqueue(
        conn,
        "cancel_checkout",
        {
            "order_id": order.id,
            "line_id": line.id,
            "checkout_id": checkout_id,
            "partner_order_id": partner_order_id,
            "attempt": 1,
        },
        dedupe_key=f"undo:{line.id}:{partner_order_id or checkout_id}",
    )


def line_of(order: Order, line_id: str) -> OrderLine:
    """The order's line.

    Raises:
        NotFoundError: it has none with this id.
    """
    found = next((line for line in order.lines if line.id == line_id), None)
    if found is None:
        raise NotFoundError("order line", line_id)
    return found


async def _tell(conn: Connection, order: Order, event: dict[str, str], dedupe_key: str, now: datetime) -> None:
    try:
        await runs.enqueue_event(
            conn,
            order.owner,
            run_id=f"run_{uuid4().hex}",
            thread_id=order.thread_id,
            graph=_GRAPH,
            event=event,
            dedupe_key=dedupe_key,
            now=now,
        )
    except NotFoundError:  # the conversation is gone, or another host keeps it; the order must be right all the same
        log.warning("nobody to tell about an order", order_id=order.id, happened=event["kind"])


def _readable(words: str) -> str:
    """A partner's words without what a database or a screen cannot take."""
    return "".join(char if char.isprintable() else " " for char in words)[:_LONGEST_REASON].strip()
