"""The simulator's own controls, for tests and demonstrations: how partners behave, what becomes of orders."""

from collections.abc import Awaitable, Callable
from typing import Literal, TypeVar

from pydantic import BaseModel, ConfigDict, Field

from simulator.behaviour import Behaviour, BehaviourOptions
from simulator.orders import Order
from simulator.protocol import Answer, Body, ProtocolError, read
from simulator.selling import move
from simulator.shop import Shop, Town

Control = Callable[[Town, bytes], Awaitable[Answer]]
Found = TypeVar("Found")


class _Request(BaseModel):
    model_config = ConfigDict(extra="forbid")


class _SetBehaviour(_Request):
    slug: str
    behaviour: Behaviour
    options: BehaviourOptions = BehaviourOptions()


class _Advance(_Request):
    slug: str
    order_id: str
    to: Literal["accepted", "in_progress", "fulfilled", "rejected"]
    reason: str = "The partner cannot keep this order."


class _Post(_Request):
    """``hold`` keeps a partner's news back; ``deliver`` sends webhooks by id, once each, in the order given."""

    slug: str
    hold: bool | None = None
    deliver: list[str] = Field(default=[], max_length=100)
    tamper: bool = Field(default=False, description="change the body after signing")


async def set_behaviour(town: Town, content: bytes) -> Answer:
    """``POST /control/behaviour``: how a partner behaves from now on."""
    request = read(_SetBehaviour, content)
    shop = _find(town.shops, request.slug, "partner")
    shop.conduct.set(request.behaviour, request.options)
    return Answer(200, {"slug": request.slug, "behaviour": request.behaviour, "options": request.options.model_dump()})


async def list_orders(town: Town, content: bytes) -> Answer:
    """``GET /control/orders``: every order of every partner."""
    orders = [_order_json(shop, order) for shop in town.shops.values() for order in shop.orders.values()]
    return Answer(200, {"orders": orders})


async def advance(town: Town, content: bytes) -> Answer:
    """``POST /control/advance``: push an order on by hand; the platform hears of it by webhook."""
    request = read(_Advance, content)
    shop = _find(town.shops, request.slug, "partner")
    order = _find(shop.orders, request.order_id, "order")
    if not move(town, shop, order, request.to, reason=request.reason):
        raise ProtocolError(409, "conflict", f"The order is {order.state}; it cannot become {request.to}.")
    town.webhooks.announce(request.slug, shop.signer, order)
    return Answer(200, _order_json(shop, order))


async def list_webhooks(town: Town, content: bytes) -> Answer:
    """``GET /control/webhooks``: what was sent, what is held back, and how the platform answered."""
    return Answer(200, {"webhooks": [delivery.as_json() for delivery in town.webhooks.deliveries.values()]})


async def post_webhooks(town: Town, content: bytes) -> Answer:
    """``POST /control/webhooks``: hold news back, and send any webhook (again), in any order."""
    request = read(_Post, content)
    _find(town.shops, request.slug, "partner")
    if request.hold is not None:
        town.webhooks.hold(request.slug, request.hold)
    chosen = [_find(town.webhooks.deliveries, webhook_id, "webhook") for webhook_id in request.deliver]
    await town.webhooks.send(chosen, tamper=request.tamper)
    return Answer(200, {"webhooks": [delivery.as_json() for delivery in chosen]})


def _order_json(shop: Shop, order: Order) -> Body:
    return {"slug": shop.partner.slug, "state": order.state, "agent": order.agent, "order": order.as_json()}


def _find(known: dict[str, Found], key: str, noun: str) -> Found:
    try:
        return known[key]
    except KeyError:
        raise ProtocolError(404, "not_found", f"There is no {noun} {key!r}.") from None
