"""A served city as a platform meets it: the calls it makes, and the webhooks it gets."""

import asyncio
import itertools
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import httpx
import orjson
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from simulator.shop import Town

ZONE = ZoneInfo("America/Chicago")
FRIDAY_MORNING = datetime(2026, 11, 27, 10, 0, tzinfo=ZONE)
SATURDAY = FRIDAY_MORNING + timedelta(days=1)
HOME = {"name": "Home", "lat": 41.8925, "lon": -87.6345, "zone": "America/Chicago", "address": "12 Quay Street"}
BERLIN = {"name": "Berlin", "lat": 52.52, "lon": 13.4, "zone": "Europe/Berlin", "address": None}
PAYMENT = {
    "payment": {
        "instruments": [
            {
                "id": "escrow",
                "handler_id": "escrow",
                "type": "escrow_token",
                "selected": True,
                "credential": {"type": "escrow_token", "token": "tok_1"},
            }
        ]
    }
}


@dataclass
class Clock:
    """A clock that stands still until a test moves it."""

    now: datetime = FRIDAY_MORNING

    def __call__(self) -> datetime:
        return self.now


@dataclass
class Platform:
    """An orchestrator as partners see it: a profile and a webhook address that answers as told."""

    url: str = ""
    statuses: list[int] = field(default_factory=list)
    received: list[Request] = field(default_factory=list)
    profile_requests: int = 0
    profile_status: int = 200

    @property
    def agent(self) -> str:
        return f'profile="{self.url}/profile"'

    @property
    def orders(self) -> list[dict[str, Any]]:
        return [orjson.loads(request.state.body) for request in self.received]

    def app(self) -> Starlette:
        return Starlette(routes=[Route("/profile", self._profile), Route("/hook", self._hook, methods=["POST"])])

    async def _profile(self, request: Request) -> Response:
        self.profile_requests += 1
        order = {
            "version": "2026-08-25",
            "spec": "https://ucp.dev/spec",
            "schema": "https://ucp.dev/schema.json",
            "config": {"webhook_url": f"{self.url}/hook"},
        }
        ucp = {
            "version": "2026-08-25",
            "services": {},
            "capabilities": {"dev.ucp.shopping.order": [order]},
            "payment_handlers": {},
        }
        return Response(orjson.dumps({"ucp": ucp}), self.profile_status, media_type="application/json")

    async def _hook(self, request: Request) -> Response:
        request.state.body = await request.body()
        self.received.append(request)
        return Response(status_code=self.statuses.pop(0) if self.statuses else 204)


@dataclass
class City:
    """A served simulator and the calls a platform makes to it."""

    url: str
    town: Town
    clock: Clock
    slept: list[float]
    awake: asyncio.Event
    platform: Platform
    http: httpx.AsyncClient
    keys: Any = field(default_factory=lambda: (f"key-{number:032}" for number in itertools.count()))

    def offering(self, service: str, nth: int = 0) -> str:
        """The nth partner whose main service this is."""
        return [slug for slug, shop in self.town.shops.items() if shop.partner.services[0] == service][nth]

    async def call(
        self, slug: str, method: str, path: str, body: Any = None, *, key: str | None = None, agent: str | None = None
    ) -> httpx.Response:
        """One call with every header it needs."""
        headers = {
            "UCP-Agent": agent or self.platform.agent,
            "Request-Id": "r-1",
            "Idempotency-Key": key or next(self.keys),
        }
        content = None if body is None else orjson.dumps(body)
        return await self.http.request(method, f"{self.url}/p/{slug}/ucp{path}", content=content, headers=headers)

    async def control(self, path: str, body: Any) -> httpx.Response:
        return await self.http.post(f"{self.url}/control/{path}", content=orjson.dumps(body))

    async def behave(self, slug: str, behaviour: str, **options: Any) -> None:
        answer = await self.control("behaviour", {"slug": slug, "behaviour": behaviour, "options": options})
        assert answer.status_code == 200, answer.text

    async def catalogue(self, slug: str, **body: Any) -> list[dict[str, Any]]:
        """Every product, over as many pages as it takes."""
        products: list[dict[str, Any]] = []
        cursor: str | None = None
        while True:
            answer = await self.call(
                slug, "POST", "/catalog/search", {**body, "pagination": {"limit": 100, "cursor": cursor}}
            )
            assert answer.status_code == 200, answer.text
            page = answer.json()
            products += page["products"]
            if not page["pagination"]["has_next_page"]:
                return products
            cursor = page["pagination"]["cursor"]

    async def lookup(self, slug: str, ids: list[str], **booking: Any) -> dict[str, dict[str, Any]]:
        """Variants by id, each with its quote; Saturday afternoon and evening unless the booking says otherwise."""
        question = {
            "earliest": SATURDAY.replace(hour=12),
            "latest": SATURDAY.replace(hour=22),
            "party": 2,
            "quantity": 1,
            "place": HOME,
        } | booking
        answer = await self.call(slug, "POST", "/catalog/lookup", {"ids": ids, "booking": question})
        assert answer.status_code == 200, answer.text
        return {variant["id"]: variant for product in answer.json()["products"] for variant in product["variants"]}

    async def free_slot(self, slug: str, *, party: int = 2) -> tuple[str, str, int]:
        """A variant, a start at which it is free on Saturday, and what it costs."""
        ids = [variant.id for variant in self.town.shops[slug].partner.variants.values()]
        found = await self.lookup(slug, ids[:60], party=party)
        for variant in found.values():
            booking = variant["booking"]
            if booking.get("starts"):
                return variant["id"], booking["starts"][0], booking["total"]["amount"]
            if booking.get("windows"):
                return variant["id"], booking["windows"][0][0], booking["total"]["amount"]
        raise AssertionError(f"{slug} is booked out")

    def session(self, item: str, start: str, *, quantity: int = 1, **booking: Any) -> dict[str, Any]:
        """The body that opens a checkout."""
        return {
            "line_items": [{"item": {"id": item}, "quantity": quantity}],
            "booking": {"start": start, "party": 2, "place": HOME, "origin": None, "note": None} | booking,
        }

    async def open(self, slug: str, **booking: Any) -> dict[str, Any]:
        """A checkout that is ready to complete."""
        item, start, _ = await self.free_slot(slug)
        answer = await self.call(slug, "POST", "/checkout-sessions", self.session(item, start, **booking))
        assert answer.status_code == 201, answer.text
        return dict(answer.json())

    async def buy(self, slug: str) -> str:
        """An order's id; the partner has not answered it yet."""
        checkout = await self.open(slug)
        answer = await self.call(slug, "POST", f"/checkout-sessions/{checkout['id']}/complete", PAYMENT)
        assert answer.json()["status"] == "completed", answer.text
        return str(answer.json()["order"]["id"])

    async def order(self, slug: str, order_id: str) -> dict[str, Any]:
        return dict((await self.call(slug, "GET", f"/orders/{order_id}")).json())

    async def settle(self) -> None:
        """Until every partner has answered and every webhook is delivered or given up."""
        await self.town.webhooks.settle()
