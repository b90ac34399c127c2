"""Getting out of an order line: at the person's wish, for want of anything better, or because it must not exist."""

import asyncio
from datetime import datetime, timedelta

import structlog

from memory import jobs, partners
from memory import orders as rows
from memory.database import Database
from schemas.errors import ConflictError, PartnerError
from schemas.order import FAILED, STANDING, Order
from schemas.principal import Principal
from schemas.settings import Settings
from tools.http import PartnerHttp, PartnerUnavailableError
from tools.orders.partner import cancel, undo
from tools.orders.placing import patience
from tools.orders.steps import line_of, step

log = structlog.get_logger(__name__)

_WISH = "you cancelled it"
_UNDO_ATTEMPTS = 8  # after 1 s, 4 s, 16 s …: over six hours in all


async def cancel_line(
    database: Database,
    http: PartnerHttp,
    principal: Principal,
    order_id: str,
    line_id: str,
    *,
    settings: Settings,
    now: datetime,
    reason: str = _WISH,
) -> Order:
    """Cancel one line, with its partner if it was bought, and give its money back. Safe to repeat.

    Raises:
        ConflictError: the partner does not cancel it any more (its words), or it is fulfilled.
        PartnerError: the partner cannot be asked now; ask again.
        NotFoundError: the principal has no such order or line.
    """
    async with database.transaction() as conn:
        await rows.lock(conn, order_id)
        order = await rows.get(conn, principal, order_id)
        line = line_of(order, line_id)
        if line.state == "fulfilled":
            raise ConflictError(f"“{line.offer.title}” is done already; it cannot be cancelled.")
        if line.state in FAILED:
            await step(conn, order, line, "refunded", reason=reason, expected=FAILED, now=now)
        if line.state in ("proposed", "authorised"):
            await step(conn, order, line, "cancelled", reason=reason, now=now)
        bought = line.state in STANDING or line.state == "placed"
        if not bought or line.partner_order_id is None:
            return await rows.get(conn, principal, order_id)
        # Noted first: should we crash now, the partner's webhook still counts as the person's wish, not as a failure.
        await rows.set_cancelling(conn, principal, line_id, True)
        partner = await partners.get(conn, principal, line.offer.partner_id)
    refusal = await cancel(http, partner, line, line.partner_order_id, within=patience(settings))
    async with database.transaction() as conn:
        await rows.lock(conn, order_id)
        if refusal is None:
            await step(conn, order, line, "cancelled", reason=reason, now=now)
            return await rows.get(conn, principal, order_id)
        await rows.set_cancelling(conn, principal, line_id, False)
        await rows.remark(conn, principal, line_id, "cancellation_refused", detail=refusal, now=now)
    raise ConflictError(f"{partner.name} does not cancel “{line.offer.title}”: {refusal}")


async def cancel_order(
    database: Database, http: PartnerHttp, principal: Principal, order_id: str, *, settings: Settings, now: datetime
) -> Order:
    """Cancel every line that still can be.

    Raises:
        ConflictError: some could not be, and why; the others are cancelled.
        NotFoundError: the principal has no such order.
    """
    async with database.connection() as conn:
        order = await rows.get(conn, principal, order_id)
    ends = await asyncio.gather(
        *(
            cancel_line(database, http, principal, order_id, line.id, settings=settings, now=now)
            for line in order.current
        ),
        return_exceptions=True,
    )
    refusals: list[str] = []
    for end in ends:
        if isinstance(end, ConflictError | PartnerError):
            refusals.append(end.detail)
        elif isinstance(end, BaseException):
            raise end
    if refusals:
        rest = "The rest is cancelled." if len(refusals) < len(ends) else "Nothing was cancelled."
        raise ConflictError(" ".join([*refusals, rest]))
    async with database.connection() as conn:
        return await rows.get(conn, principal, order_id)


async def give_up_line(
    database: Database, principal: Principal, order_id: str, line_id: str, *, reason: str, now: datetime
) -> Order:
    """Go without a line that failed: its money is back already, and it does not count any more. Safe to repeat.

    Raises:
        ConflictError: the line has not failed.
        NotFoundError: the principal has no such order or line.
    """
    async with database.transaction() as conn:
        await rows.lock(conn, order_id)
        order = await rows.get(conn, principal, order_id)
        line = line_of(order, line_id)
        if line.state in ("refunded", "cancelled", "replaced"):
            return order
        if not await step(conn, order, line, "refunded", reason=reason, expected=FAILED, now=now):
            raise ConflictError(f"“{line.offer.title}” is {line.state}; only what failed can be given up.")
        return await rows.get(conn, principal, order_id)


async def undo_checkout(
    database: Database,
    http: PartnerHttp,
    order_id: str,
    line_id: str,
    *,
    checkout_id: str | None,
    partner_order_id: str | None,
    settings: Settings,
    now: datetime,
    attempt: int = 1,
) -> None:
    """Undo a purchase we do not stand by, or may have made without knowing; tries for hours if it must.

    Raises:
        PartnerUnavailableError: the partner was never reached; the job is kept as failed, for an operator.
    """
    async with database.connection() as conn:
        owner = await rows.owner(conn, order_id)
        line = line_of(await rows.get(conn, owner, order_id), line_id)
        partner = await partners.get(conn, owner, line.offer.partner_id)
    try:
        refusal = await undo(
            http,
            partner,
            line,
            checkout_id=checkout_id,
            partner_order_id=partner_order_id,
            within=patience(settings),
        )
    except PartnerUnavailableError:
        if attempt == _UNDO_ATTEMPTS:
            raise
        payload = {
            "order_id": order_id,
            "line_id": line_id,
            "checkout_id": checkout_id,
            "partner_order_id": partner_order_id,
            "attempt": attempt + 1,
        }
        async with database.transaction() as conn:
            await jobs.enqueue(
                conn,
                "cancel_checkout",
                payload,
                execute_after=timedelta(seconds=4 ** (attempt - 1)),
                dedupe_key=f"undo:{line_id}:{partner_order_id or checkout_id}:{attempt + 1}",
            )
        return
    if refusal:
        log.error("a purchase could not be undone", partner_id=partner.id, line_id=line_id, reason=refusal)
        async with database.transaction() as conn:
            await rows.remark(conn, owner, line_id, "cancellation_refused", detail=refusal, now=now)
