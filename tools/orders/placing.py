"""Buying what was approved: the order is written down and paid for first, then placed line by line.

A crash at any point loses nothing and buys nothing twice. Before the partner is asked, the order and a job that
places it are committed; the calls to the partner are idempotent by the line's id; and what the partner answered is
committed only if the line is still waiting for it. So any number of processes may place the same order at the same
time, and one that was declared dead and comes back finds its purchase undone.
"""

import asyncio
from collections.abc import Sequence
from datetime import datetime, timedelta
from hashlib import blake2b

from memory import jobs, partners
from memory import orders as rows
from memory.database import Connection, Database
from schemas.errors import ConflictError, InvalidRequestError, NotFoundError
from schemas.intent import Need, Relation
from schemas.money import Money
from schemas.order import Limits, Order, OrderLine
from schemas.place import Place
from schemas.plan import Plan, PlanItem
from schemas.principal import Principal
from schemas.settings import Settings
from tools import payments
from tools.http import PartnerHttp
from tools.orders.partner import Bought, NotBought, buy
from tools.orders.steps import Report, line_of, placed, step, undo_later

_BACKSTOP = timedelta(seconds=30)  # longer than placing takes: then nobody is at work on it any more
_PATIENCE = 10  # partner time-outs that one partner may take altogether, with retries


def patience(settings: Settings) -> float:
    """Seconds one partner may take for one of our steps, with all retries."""
    return _PATIENCE * settings.partner_timeout


async def create_order(
    database: Database,
    principal: Principal,
    *,
    order_id: str,
    thread_id: str,
    plan: Plan,
    needs: Sequence[Need],
    relations: Sequence[Relation],
    limits: Limits,
    home: Place | None,
    now: datetime,
) -> Order:
    """Write down what was approved and reserve its price; nothing is bought yet.

    Idempotent on ``order_id``: the second call returns the order of the first. A job places the order should the
    caller not get to it.

    Raises:
        ConflictError: the plan costs more than ``limits.total``.
        InvalidRequestError: the plan is empty, has a need twice or one not among ``needs``, or mixes currencies.
        NotFoundError: ``order_id`` is somebody else's.
    """
    known = {need.id: need for need in needs}
    currency = plan.total.currency
    bought = [item.need_id for item in plan.items]
    if not bought or len(set(bought)) < len(bought) or not known.keys() >= set(bought):
        raise InvalidRequestError("An order needs at least one item, and every item a need of its own.")
    if any(item.offer.price.currency != currency for item in plan.items):
        raise InvalidRequestError(f"All items of this order must be priced in {currency}.")
    total = Money(amount=sum(item.offer.price.amount for item in plan.items), currency=currency)
    if total > limits.total:
        raise ConflictError(f"The plan costs {total}, which is more than the limit of {limits.total}.")
    order = Order(
        id=order_id,
        thread_id=thread_id,
        user_id=principal.user_id,
        tenant_id=principal.tenant_id,
        created_at=now,
        currency=currency,
        limits=limits,
        relations=list(relations),
        home=home,
        lines=[_line(_line_id(order_id, item.need_id), known[item.need_id], item) for item in plan.items],
    )
    async with database.transaction() as conn:
        if await rows.insert(conn, order):
            await payments.authorise(conn, order, total, now=now)
            await _place_later(conn, order, order_id)
        return await rows.get(conn, principal, order_id)


async def place_order(
    database: Database,
    http: PartnerHttp,
    principal: Principal,
    order_id: str,
    *,
    settings: Settings,
    now: datetime,
    report: Report = "return",
) -> Order:
    """Place every line that is not placed yet, all partners at once. Safe to repeat, also at the same time.

    A line whose partner refuses, raises the price or does not answer comes back ``rejected`` with the reason; with
    ``report="event"`` a run is started for it instead of leaving the repair to the caller.

    Raises:
        NotFoundError: the principal has no such order.
    """
    async with database.connection() as conn:
        order = await rows.get(conn, principal, order_id)
    waiting = [line for line in order.lines if line.state == "authorised"]
    if not waiting:
        return order
    ends = await asyncio.gather(
        *(_place(database, http, order, line, settings=settings, now=now, report=report) for line in waiting),
        return_exceptions=True,  # every line gets its end, whatever happens to another
    )
    for end in ends:
        if isinstance(end, BaseException):
            raise end
    async with database.connection() as conn:
        return await rows.get(conn, principal, order_id)


async def replace_line(  # noqa: PLR0917 - each of them is needed
    database: Database,
    http: PartnerHttp,
    principal: Principal,
    order_id: str,
    line_id: str,
    item: PlanItem,
    *,
    settings: Settings,
    now: datetime,
    approved: bool = False,
) -> Order:
    """Buy ``item`` instead of a line that failed.

    The new line's id derives from the line it replaces: repeated, after a crash or with another item, the call goes
    on with the replacement of the first call. ``approved`` means that the person has said yes to this item, so that
    it may raise the order's limit.

    Raises:
        ConflictError: the line has not failed, or the order would cost more than its limit.
        NotFoundError: the principal has no such order or line.
    """
    async with database.transaction() as conn:
        await rows.lock(conn, order_id)
        order = await rows.get(conn, principal, order_id)
        failed = line_of(order, line_id)
        if not any(line.replaces == line_id for line in order.lines):
            await _replace(conn, order, failed, item, approved=approved, now=now)
    return await place_order(database, http, principal, order_id, settings=settings, now=now)


async def _replace(
    conn: Connection, order: Order, failed: OrderLine, item: PlanItem, *, approved: bool, now: datetime
) -> None:
    if item.offer.price.currency != order.currency:
        raise ConflictError(f"This order is in {order.currency}; the offer is in {item.offer.price.currency}.")
    total = order.total + item.offer.price
    if total > order.limits.total:
        if not approved:
            raise ConflictError(f"With it the order costs {total}, more than the limit of {order.limits.total}.")
        await rows.raise_limit(conn, order.owner, order.id, total)
    new = _line(_line_id(order.id, failed.id), failed.need, item).model_copy(update={"replaces": failed.id})
    if not await step(conn, order, failed, "replaced", now=now):
        raise ConflictError(f"“{failed.offer.title}” is {failed.state}; only what failed can be replaced.")
    await rows.add_lines(conn, order, [new], now=now)
    await payments.authorise(conn, order, new.offer.price, line=new, now=now)
    await _place_later(conn, order, new.id)


async def _place(
    database: Database,
    http: PartnerHttp,
    order: Order,
    line: OrderLine,
    *,
    settings: Settings,
    now: datetime,
    report: Report,
) -> None:
    outcome: Bought | NotBought
    try:
        async with database.connection() as conn:
            partner = await partners.get(conn, order.owner, line.offer.partner_id)
        outcome = await buy(http, partner, line, within=patience(settings))
    except NotFoundError:
        outcome = NotBought(reason=f"{line.offer.partner_name} is not a partner any more")
    async with database.transaction() as conn:
        await rows.lock(conn, order.id)
        if isinstance(outcome, Bought):
            await _keep(conn, order, line, outcome, settings=settings, now=now, report=report)
        elif await _reject(conn, order, line, outcome.reason, now=now, report=report) and outcome.open_checkout:
            await undo_later(conn, order, line, checkout_id=outcome.open_checkout)


async def _keep(
    conn: Connection,
    order: Order,
    line: OrderLine,
    bought: Bought,
    *,
    settings: Settings,
    now: datetime,
    report: Report,
) -> None:
    """Write the purchase down, unless it is not ours to keep: then it is undone."""
    known = await rows.by_partner_order(conn, line.offer.partner_id, bought.partner_order_id)
    if known == (order.id, line.id):
        return  # another process placed it with the same calls
    if known is not None:
        reason = f"{line.offer.partner_name} answered with an order that stands for something else"
        await _reject(conn, order, line, reason, now=now, report=report)
    elif not await placed(conn, order, line, bought, settings=settings, now=now):
        await undo_later(conn, order, line, checkout_id=bought.checkout_id, partner_order_id=bought.partner_order_id)


async def _reject(
    conn: Connection, order: Order, line: OrderLine, reason: str, *, now: datetime, report: Report
) -> bool:
    return await step(conn, order, line, "rejected", reason=reason, expected={"authorised"}, now=now, report=report)


async def _place_later(conn: Connection, order: Order, what: str) -> None:
    await jobs.enqueue(conn, "place_order", {"order_id": order.id}, execute_after=_BACKSTOP, dedupe_key=f"place:{what}")


def _line(line_id: str, need: Need, item: PlanItem) -> OrderLine:
    return OrderLine(
        id=line_id,
        need=need,
        offer=item.offer,
        start=item.start,
        end=item.end,
        place=item.place,
        origin=item.origin,
        state="authorised",
    )


def _line_id(order_id: str, part: str) -> str:
    """The same for the same part of the same order, for ever: 128 bits, as UCP asks of idempotency keys."""
    return "line_" + blake2b(f"{order_id}\n{part}".encode(), digest_size=16).hexdigest()
