"""The same service from the same partner under another booking: a ride that is to pick up somewhere else."""

from datetime import datetime

from memory.database import Database
from schemas.order import Order
from schemas.plan import PlanItem
from schemas.principal import Principal
from schemas.settings import Settings
from tools.http import PartnerHttp
from tools.orders.cancelling import cancel_line
from tools.orders.placing import replace_line

MOVED = "moved to another pick-up"
"""Why the first booking was cancelled; a line that ends so is booked anew, also after a crash in between."""


async def move_line(  # noqa: PLR0917 - each of them is needed
    database: Database,
    http: PartnerHttp,
    principal: Principal,
    order_id: str,
    line_id: str,
    item: PlanItem,
    *,
    settings: Settings,
    now: datetime,
) -> Order:
    """Cancel the line's booking and book ``item`` in its place. Safe to repeat.

    Raises:
        ConflictError: the partner does not cancel any more; the first booking stands.
        PartnerError: the partner cannot be asked now; ask again.
        NotFoundError: the principal has no such order or line.
    """
    await cancel_line(database, http, principal, order_id, line_id, settings=settings, now=now, reason=MOVED)
    return await replace_line(database, http, principal, order_id, line_id, item, settings=settings, now=now)
