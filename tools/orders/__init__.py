"""Orders: bought line by line from partners, watched, cancelled, repaired; money and state always move together.

placing     create_order, place_order, replace_line
watching    record_partner_event, apply_partner_event, expire_line
cancelling  cancel_line, cancel_order, give_up_line
moving      move_line
timers      job_handlers
"""

from memory import orders as rows
from memory.database import Database
from schemas.order import Order
from schemas.principal import Principal
from tools.orders.cancelling import cancel_line, cancel_order, give_up_line
from tools.orders.moving import MOVED, move_line
from tools.orders.placing import create_order, place_order, replace_line
from tools.orders.timers import job_handlers
from tools.orders.watching import apply_partner_event, expire_line, record_partner_event

__all__ = [
    "MOVED",
    "apply_partner_event",
    "cancel_line",
    "cancel_order",
    "create_order",
    "expire_line",
    "get_order",
    "give_up_line",
    "job_handlers",
    "list_orders",
    "move_line",
    "place_order",
    "record_partner_event",
    "replace_line",
]


async def get_order(database: Database, principal: Principal, order_id: str) -> Order:
    """The caller's order as it stands, with its history and ledger.

    Raises:
        NotFoundError: there is none with this id, or it is somebody else's.
    """
    async with database.connection() as conn:
        return await rows.get(conn, principal, order_id)


async def list_orders(
    database: Database, principal: Principal, *, limit: int = 50, before: str | None = None
) -> list[Order]:
    """The caller's orders, newest first; at most ``limit``, those older than order ``before``.

    Raises:
        NotFoundError: ``before`` is not an order of the caller.
    """
    async with database.connection() as conn:
        return await rows.list(conn, principal, limit=limit, before=before)
