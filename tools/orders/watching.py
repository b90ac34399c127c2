"""After the purchase: what partners tell about an order line, and what their silence means."""

from datetime import datetime, timedelta
from typing import Any

import structlog

from memory import jobs, partner_events, partners
from memory import orders as rows
from memory.database import Connection, Database
from memory.partner_events import Outcome
from schemas.errors import InvalidRequestError, NotFoundError, PartnerError
from schemas.order import LineState, Order, OrderLine
from schemas.partner import Partner
from schemas.settings import Settings
from tools import ucp
from tools.http import PartnerHttp
from tools.orders.steps import apply_later, line_of, step, undo_later

log = structlog.get_logger(__name__)

_UNKNOWN_FOR = timedelta(days=1)
"""How long an event waits for its order to become known: far longer than any purchase is under way here."""


async def record_partner_event(
    conn: Connection, partner: Partner, *, webhook_id: str, snapshot: Any, now: datetime
) -> bool:
    """Keep a verified webhook and queue the job that applies it; ``False`` when it came before.

    Raises:
        InvalidRequestError: ``snapshot`` is not a UCP order.
    """
    try:
        order = ucp.read_order(partner, snapshot)
    except PartnerError as error:
        raise InvalidRequestError(error.detail) from error
    new = await partner_events.insert(
        conn,
        tenant_id=partner.tenant_id,
        partner_id=partner.id,
        webhook_id=webhook_id,
        partner_order_id=order.id,
        snapshot=snapshot,
        now=now,
    )
    if new:
        await apply_later(conn, partner.id, webhook_id, because="it came")
    return new


async def apply_partner_event(database: Database, *, partner_id: str, webhook_id: str, now: datetime) -> None:
    """Apply a kept webhook to its order line, once. Events that are late or out of order change nothing.

    It may be here before the purchase it is about is written down. Then it waits: whoever writes the purchase down
    has it applied (``steps.placed``). After a day of waiting it is settled as ``unknown_order``, and logged.
    """
    async with database.transaction() as conn:
        event = await partner_events.take(conn, partner_id, webhook_id)
        if event is None or event.outcome in ("applied", "ignored"):
            return
        known = await rows.by_partner_order(conn, partner_id, event.partner_order_id)
        if known is None:
            # A purchase that is being written down now is waited for: its look at what waits came before ours.
            await partner_events.lock_order(conn, partner_id, event.partner_order_id)
            known = await rows.by_partner_order(conn, partner_id, event.partner_order_id)
        if known is not None:
            order_id, line_id = known
            order = await rows.get(conn, await rows.lock(conn, order_id), order_id)
            said = ucp.read_order(await partners.for_webhook(conn, partner_id), event.snapshot)
            outcome = await _apply(conn, order, line_of(order, line_id), said, now=now)
            await partner_events.settle(conn, partner_id, webhook_id, outcome)
        elif (left := event.received_at + _UNKNOWN_FOR - now) > timedelta(0):
            because = f"unknown at {now.isoformat()}"
            await apply_later(conn, partner_id, webhook_id, because=because, execute_after=left)
        elif event.outcome is None:
            await partner_events.settle(conn, partner_id, webhook_id, "unknown_order")
            log.warning("webhook for an unknown order", partner_id=partner_id, order=event.partner_order_id)


async def expire_line(
    database: Database, http: PartnerHttp, order_id: str, line_id: str, *, settings: Settings, now: datetime
) -> None:
    """The time to answer is over: ask the partner once more, and without a yes give the line up.

    A line that got its answer is left alone; one whose time is not over yet gets a new timer.
    """
    async with database.transaction() as conn:
        owner = await rows.owner(conn, order_id)
        order = await rows.get(conn, owner, order_id)
        line = line_of(order, line_id)
        if line.state != "placed" or line.answer_by is None:
            return
        if now < line.answer_by:  # clocks differ
            await jobs.enqueue(
                conn,
                "expire_line",
                {"order_id": order_id, "line_id": line_id},
                execute_after=max(line.answer_by - now, timedelta(seconds=1)),
                dedupe_key=f"expire:{line_id}:{now.isoformat()}",
            )
            return
    said = await _ask(database, http, order, line)
    async with database.transaction() as conn:
        await rows.lock(conn, order_id)
        order = await rows.get(conn, owner, order_id)
        line = line_of(order, line_id)
        if line.state != "placed" or (said and await _apply(conn, order, line, said, now=now) == "applied"):
            return
        words = f"{line.offer.partner_name} did not answer in time"
        if await step(conn, order, line, "expired", reason=words, expected={"placed"}, now=now):
            await undo_later(conn, order, line, checkout_id=line.checkout_id, partner_order_id=line.partner_order_id)


async def _apply(conn: Connection, order: Order, line: OrderLine, said: ucp.PartnerOrder, *, now: datetime) -> Outcome:
    if said.standing == "undecided":
        return "ignored"
    to: LineState = said.standing
    reason = None
    if said.standing == "rejected":
        reason = said.reason or f"{line.offer.partner_name} cancelled it"
        if await rows.cancelling(conn, order.owner, line.id):  # what the person asked for, not a failure to repair
            to, reason = "cancelled", "you cancelled it"
    return "applied" if await step(conn, order, line, to, reason=reason, now=now) else "ignored"


async def _ask(database: Database, http: PartnerHttp, order: Order, line: OrderLine) -> ucp.PartnerOrder | None:
    assert line.partner_order_id is not None  # a placed line has one
    try:
        async with database.connection() as conn:
            partner = await partners.get(conn, order.owner, line.offer.partner_id)
        return await ucp.get_order(http, partner, line.partner_order_id, currency=order.currency)
    except (NotFoundError, PartnerError) as error:
        log.info("a silent partner did not answer the last question", line_id=line.id, error=error.detail)
        return None
