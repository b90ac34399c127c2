"""The simulator as an ASGI application: every partner under ``/p/{slug}``, the controls under ``/control``."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from functools import partial
from typing import Literal

import httpx
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from simulator import control, profile, quotes, selling
from simulator.behaviour import mixed
from simulator.city import CITY
from simulator.platforms import agent_profile
from simulator.protocol import Answer, Call, ProtocolError, respond
from simulator.shop import Clock, Shop, Sleep, Town

_MOST_BYTES = 256 * 1024
Endpoint = Callable[[Request], Awaitable[Response]]


def _now() -> datetime:
    return datetime.now(UTC)


def create_app(
    *,
    seed: int = 7,
    partners: int = 40,
    behaviours: Literal["mixed", "accept"] = "mixed",
    accept_delay: float = 0.3,
    base_url: str | None = None,
    clock: Clock = _now,
    sleep: Sleep = asyncio.sleep,
    transport: httpx.AsyncBaseTransport | None = None,
) -> Starlette:
    """A city of partners as an application; its :class:`~simulator.shop.Town` is at ``app.state.town``.

    ``behaviours``: "accept" makes every partner well-behaved, "mixed" leaves a few difficult ones, chosen by the seed.
    ``accept_delay``: seconds until a partner answers an order. ``base_url``: the address partners publish; by default
    the one each request was sent to. ``transport`` carries webhooks and profile requests.
    """
    town = Town(
        seed=seed,
        partners=partners,
        behaviours=mixed if behaviours == "mixed" else lambda seed, everybody: {},
        accept_delay=accept_delay,
        clock=clock,
        sleep=sleep,
        transport=transport,
    )

    @asynccontextmanager
    async def lifespan(app: Starlette) -> AsyncIterator[None]:
        yield
        await town.close()

    site = _Site(town, base_url)
    app = Starlette(
        routes=site.routes(), lifespan=lifespan, exception_handlers={ProtocolError: _refuse}, max_body_size=_MOST_BYTES
    )
    app.state.town = town
    return app


async def _refuse(request: Request, error: Exception) -> Response:
    if not isinstance(error, ProtocolError):
        raise error
    return respond(Answer(error.status, {"code": error.code, "content": error.content}))


class _Site:
    """The addresses of one town."""

    def __init__(self, town: Town, base_url: str | None) -> None:
        self._town = town
        self._base_url = base_url.rstrip("/") if base_url else None

    def routes(self) -> Sequence[Route]:
        """Every route; the most asked first, because they are tried in order."""
        sessions = "/checkout-sessions"
        return [
            self._ucp("POST", "/catalog/lookup", quotes.lookup_catalog),
            self._ucp("POST", "/catalog/search", quotes.search_catalog, live=False),
            self._ucp("POST", "/catalog/product", quotes.get_product),
            self._ucp("POST", sessions, selling.create_checkout, once=True),
            self._ucp("GET", f"{sessions}/{{id}}", selling.get_checkout),
            self._ucp("PUT", f"{sessions}/{{id}}", selling.update_checkout, once=True),
            self._ucp("POST", f"{sessions}/{{id}}/complete", selling.complete_checkout, once=True),
            self._ucp("POST", f"{sessions}/{{id}}/cancel", selling.cancel_checkout, once=True),
            self._ucp("GET", "/orders/{id}", selling.get_order),
            self._ucp("POST", "/orders/{id}/cancel", selling.cancel_order, once=True),
            Route("/p/{slug}/.well-known/ucp", self._profile),
            Route("/p/{slug}/orders/{id}", self._order_page),
            Route("/p/{slug}/terms", self._terms),
            self._control("POST", "/behaviour", control.set_behaviour),
            self._control("GET", "/orders", control.list_orders),
            self._control("POST", "/advance", control.advance),
            self._control("GET", "/webhooks", control.list_webhooks),
            self._control("POST", "/webhooks", control.post_webhooks),
            Route("/", self._index),
            Route("/health", self._health),
        ]

    def _ucp(self, method: str, path: str, handler: selling.Handler, *, once: bool = False, live: bool = True) -> Route:
        """An operation of a partner's REST binding.

        ``once``: it changes something and needs an Idempotency-Key. ``live``: a late partner is late here.
        """

        async def endpoint(request: Request) -> Response:
            shop = self._shop(request)
            call = await self._call(request, shop, once)
            if live:
                await self._misbehave(shop)
            work = partial(handler, self._town, shop, call)
            if not once:
                return respond(await work())
            what = b"\n".join((request.method.encode(), request.url.path.encode(), call.body))
            return respond(await self._town.replays.once((shop.partner.slug, call.agent, call.key), what, work))

        return Route(f"/p/{{slug}}/ucp{path}", endpoint, methods=[method])

    def _control(self, method: str, path: str, handler: control.Control) -> Route:
        async def endpoint(request: Request) -> Response:
            return respond(await handler(self._town, await request.body()))

        return Route(f"/control{path}", endpoint, methods=[method])

    async def _call(self, request: Request, shop: Shop, once: bool) -> Call:
        headers = request.headers
        try:
            agent = agent_profile(headers.get("ucp-agent", ""))
        except ValueError as error:
            raise ProtocolError(400, "invalid_profile_url", f"UCP-Agent: {error}") from error
        if not headers.get("request-id"):
            raise ProtocolError(400, "missing_header", "Request-Id is required.")
        key = headers.get("idempotency-key", "")
        if once and not key:
            raise ProtocolError(400, "missing_header", "Idempotency-Key is required.")
        base = self._base(request, shop)
        return Call(agent, base, await request.body(), request.path_params.get("id", ""), key)

    async def _misbehave(self, shop: Shop) -> None:
        behaviour = shop.conduct.at("call")
        if behaviour == "error":
            raise ProtocolError(500, "internal_error", "Something broke on our side.")
        if behaviour == "late":
            await self._town.sleep(shop.conduct.options.delay_seconds)

    def _shop(self, request: Request) -> Shop:
        slug = request.path_params["slug"]
        shop = self._town.shops.get(slug)
        if shop is None:
            raise ProtocolError(404, "not_found", f"There is no partner {slug!r} here.")
        return shop

    def _base(self, request: Request, shop: Shop) -> str:
        return f"{self._root(request)}/p/{shop.partner.slug}"

    def _root(self, request: Request) -> str:
        return self._base_url or f"{request.url.scheme}://{request.headers['host']}"

    async def _profile(self, request: Request) -> Response:
        shop = self._shop(request)
        return profile.respond(shop, self._base(request, shop))

    async def _order_page(self, request: Request) -> Response:
        shop = self._shop(request)
        order = shop.orders.get(request.path_params["id"])
        if order is None:
            raise ProtocolError(404, "not_found", "There is no such order.")
        return PlainTextResponse(
            f"{shop.partner.name}: order {order.id}, {order.variant.whole_title}, is {order.state}."
        )

    async def _terms(self, request: Request) -> Response:
        return PlainTextResponse(f"{self._shop(request).partner.name} is invented. Nothing is sold here.")

    async def _index(self, request: Request) -> Response:
        partners = [
            {
                "slug": slug,
                "name": shop.partner.name,
                "manifest_url": f"{self._base(request, shop)}/.well-known/ucp",
                "services": shop.partner.services,
                "behaviour": shop.conduct.behaviour,
            }
            for slug, shop in self._town.shops.items()
        ]
        return respond(Answer(200, {"city": CITY.name, "seed": self._town.seed, "partners": partners}))

    async def _health(self, request: Request) -> Response:
        return respond(Answer(200, {"status": "ok"}))
