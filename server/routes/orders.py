"""Orders: what was bought, how it stands, and what was paid."""

from typing import Annotated

from fastapi import APIRouter, Query
from pydantic import AwareDatetime, Field

from schemas.base import Model
from schemas.intent import Relation
from schemas.money import Money
from schemas.order import LedgerEntry, Limits, LineEvent, Order, OrderLine, OrderStatus
from schemas.place import Place
from server.auth import Caller
from server.routes import forms
from server.routes.services import OpenServices
from tools import orders

router = APIRouter(prefix="/api/v1/orders", tags=["orders"])


class OrderView(Model):
    """An order as its owner sees it."""

    id: str
    thread_id: str = Field(description="the conversation it was approved in")
    user_id: str
    tenant_id: str
    created_at: AwareDatetime
    currency: str
    status: OrderStatus
    settled: bool = Field(description="nothing to wait for or to repair")
    total: Money = Field(description="what the lines that count cost together")
    limits: Limits
    relations: list[Relation]
    home: Place | None
    lines: list[OrderLine]
    history: list[LineEvent]
    ledger: list[LedgerEntry]

    @classmethod
    def of(cls, order: Order) -> "OrderView":
        """The view of an order."""
        return cls(**{name: getattr(order, name) for name in cls.model_fields})


class OrderList(Model):
    """The caller's orders, newest first."""

    orders: list[OrderView]


@router.get("", operation_id="list_orders", summary="Your orders")
async def list_orders(
    caller: Caller,
    services: OpenServices,
    limit: Annotated[int, Query(ge=1, le=100)] = 50,
    before: Annotated[str | None, Query(description="the last order of the page before")] = None,
) -> OrderList:
    """The caller's orders, newest first."""
    mark = None if before is None else forms.known("order", before)
    found = await orders.list_orders(services.database, caller, limit=limit, before=mark)
    return OrderList(orders=[OrderView.of(order) for order in found])


@router.get("/{order_id}", operation_id="get_order", summary="One order: lines, times, history, ledger")
async def get_order(order_id: str, caller: Caller, services: OpenServices) -> OrderView:
    """The caller's order as it stands."""
    return OrderView.of(await orders.get_order(services.database, caller, forms.known("order", order_id)))
