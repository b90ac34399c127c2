"""Orders: what was bought, how it stands, and what was paid."""

from typing import Annotated, Any

from fastapi import APIRouter, Query

from server.auth import Caller
from server.routes.services import OpenServices
from tools import orders

router = APIRouter(prefix="/api/v1/orders", tags=["orders"])


@router.get("")
async def list_orders(
    caller: Caller,
    services: OpenServices,
    limit: Annotated[int, Query(ge=1, le=100)] = 50,
    before: Annotated[str | None, Query(max_length=200, description="an order's id: those older than it")] = None,
) -> dict[str, Any]:
    """The caller's orders, newest first."""
    found = await orders.list_orders(services.database, caller, limit=limit, before=before)
    return {"orders": [order.view() for order in found]}


@router.get("/{order_id}")
async def get_order(order_id: str, caller: Caller, services: OpenServices) -> dict[str, Any]:
    """One order: its lines and their times, its history, its ledger."""
    return (await orders.get_order(services.database, caller, order_id)).view()
