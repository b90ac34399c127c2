"""The jobs of orders: timers, retries and webhooks, by name, for a job worker."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

from memory import orders as rows
from memory.database import Database
from memory.jobs import Handler
from schemas.settings import Settings
from tools.http import PartnerHttp
from tools.orders.cancelling import undo_checkout
from tools.orders.placing import place_order
from tools.orders.watching import apply_partner_event, expire_line


def job_handlers(
    database: Database, http: PartnerHttp, settings: Settings, clock: Callable[[], datetime]
) -> dict[str, Handler]:
    """What to do for each job that this package enqueues. Every handler may run more than once."""

    async def place(payload: dict[str, Any]) -> None:
        async with database.connection() as conn:
            owner = await rows.owner(conn, payload["order_id"])
        await place_order(database, http, owner, payload["order_id"], settings=settings, now=clock(), report="event")

    async def expire(payload: dict[str, Any]) -> None:
        await expire_line(database, http, payload["order_id"], payload["line_id"], settings=settings, now=clock())

    async def partner_event(payload: dict[str, Any]) -> None:
        await apply_partner_event(database, **payload, now=clock())

    async def cancel_checkout(payload: dict[str, Any]) -> None:
        await undo_checkout(database, http, **payload, settings=settings, now=clock())

    return {
        "place_order": place,
        "expire_line": expire,
        "partner_event": partner_event,
        "cancel_checkout": cancel_checkout,
    }
