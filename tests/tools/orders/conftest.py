"""A market to buy in: the simulator's partners and our webhook address, both over real HTTP, on a fixed day.

No job worker runs; ``Market.work`` does the jobs of one kind that wait, whenever they are due, so that a test decides
what happens when.
"""

import asyncio
import json
import socket
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest
import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route
from starlette.types import ASGIApp

from memory import partners, runs
from memory.database import Database
from schemas.intent import Need
from schemas.money import Money
from schemas.offer import Offer
from schemas.order import Limits, Order, OrderLine
from schemas.partner import Partner
from schemas.plan import Plan, PlanItem
from schemas.principal import Principal
from schemas.settings import Settings
from simulator.app import create_app
from simulator.behaviour import Behaviour, BehaviourOptions
from simulator.orders import Order as PartnersOrder
from simulator.shop import Shop, Town
from simulator.webhooks import Delivery
from tests.order_examples import HOME
from tools import orders, ucp
from tools.http import PartnerHttp

NOW = datetime(2026, 11, 20, 15, 0, tzinfo=UTC)  # a Friday morning in Chicago
FLORIST, OTHER_FLORIST, THIRD_FLORIST = "the-petal-yard", "stem-and-story", "hollyhock-house"
RESTAURANT, CABS = "sora-sushi", "blue-heron-cabs"
NEEDS = {FLORIST: "n1", OTHER_FLORIST: "n1", THIRD_FLORIST: "n1", RESTAURANT: "n2", CABS: "n3"}


class Market:
    """One person's dealings with the town."""

    def __init__(
        self, town: Town, base: str, database: Database, *, http: PartnerHttp, principal: Principal, token: str
    ) -> None:
        self.town, self.base = town, base
        self.database, self.http, self.principal, self.token = database, http, principal, token
        self.settings = Settings(public_url=http.public_url, partner_timeout=http.timeout, _env_file=None)
        self.now = NOW
        self.needs = [
            Need(id=need, text=need, place=HOME, party=None if need == "n1" else 2) for need in ("n1", "n2", "n3")
        ]
        self.thread_id = f"thread-{token}"
        self.handlers = orders.job_handlers(database, http, self.settings, lambda: self.now)

    def shop(self, slug: str) -> Shop:
        return self.town.shops[slug]

    def behave(self, slug: str, behaviour: Behaviour, **options: Any) -> None:
        self.shop(slug).conduct.set(behaviour, BehaviourOptions(**options))

    def orders_at(self, slug: str) -> list[PartnersOrder]:
        """This market's orders as the partner has them, oldest first."""
        return [order for order in self.shop(slug).orders.values() if self.token in order.agent]

    def checkouts_at(self, slug: str) -> list[str]:
        """The states of this market's checkouts at the partner."""
        return [checkout.status for checkout in self.shop(slug).checkouts.values() if self.token in checkout.agent]

    def sent_by(self, slug: str) -> list[Delivery]:
        """The webhooks of the partner to this market, oldest first."""
        return [d for d in self.town.webhooks.deliveries.values() if d.slug == slug and self.token in d.agent]

    def bought_at(self, *slugs: str) -> list[int]:
        """How many orders each partner has that were neither refused nor cancelled."""
        return [sum(order.state not in ("rejected", "cancelled") for order in self.orders_at(slug)) for slug in slugs]

    def partner_id(self, slug: str) -> str:
        return f"{slug}-{self.token}"

    async def join(self, slug: str) -> Partner:
        """The partner as our registry knows it."""
        manifest = f"{self.base}/p/{slug}/.well-known/ucp"
        profile = await ucp.fetch_profile(self.http, manifest)
        partner = Partner(
            id=self.partner_id(slug),
            tenant_id=self.principal.tenant_id,
            name=profile.name,
            manifest_url=manifest,
            endpoint=profile.endpoint,
            ucp_version=profile.version,
            keys=profile.keys,
            payment_handlers=profile.payment_handlers,
        )
        async with self.database.transaction() as conn:
            await partners.save(conn, self.principal, partner, now=NOW)
        return partner

    async def item(self, slug: str, *, cheaper_than: Money | None = None) -> PlanItem:
        """Something that the partner sells today, at its live price."""
        partner = await self.join(slug)
        need = next(need for need in self.needs if need.id == NEEDS[slug])
        asked = ucp.Booking(
            earliest=NOW + timedelta(hours=4), latest=NOW + timedelta(hours=12), party=need.party, place=HOME
        )
        variants = self.shop(slug).partner.variants
        quotes = await ucp.lookup(self.http, partner, list(variants)[:20], asked)
        quote = next(
            quote
            for quote in quotes.values()
            if (quote.starts or quote.windows) and (cheaper_than is None or quote.total < cheaper_than)
        )
        start = quote.starts[0] if quote.starts else quote.windows[0].start
        assert start is not None
        offer = Offer(
            id=f"{slug}/{quote.product_id}",
            need_id=need.id,
            capability_id=self.shop(slug).partner.services[0],
            partner_id=partner.id,
            partner_name=partner.name,
            product_id=quote.product_id,
            title=variants[quote.product_id].whole_title,
            effect=variants[quote.product_id].line.effect,
            price=quote.total,
            duration=quote.duration,
        )
        return PlanItem(need_id=need.id, offer=offer, start=start, end=start + quote.duration, place=HOME, origin=HOME)

    async def create(self, *slugs: str, limit: Money | None = None, order_id: str | None = None) -> Order:
        """An order at these partners, approved but not placed."""
        items = [await self.item(slug) for slug in slugs]
        total = Money(amount=sum(item.offer.price.amount for item in items), currency="USD")
        return await orders.create_order(
            self.database,
            self.principal,
            order_id=order_id or f"order-{self.token}",
            thread_id=self.thread_id,
            plan=Plan(items=items, total=total),
            needs=self.needs,
            relations=[],
            limits=Limits(total=limit or total),
            home=HOME,
            now=NOW,
        )

    async def place(self, order: Order, **options: Any) -> Order:
        return await orders.place_order(
            self.database, self.http, self.principal, order.id, settings=self.settings, now=self.now, **options
        )

    async def buy(self, *slugs: str, limit: Money | None = None) -> Order:
        return await self.place(await self.create(*slugs, limit=limit))

    async def replace(self, order: Order, line: OrderLine, item: PlanItem, **options: Any) -> Order:
        return await orders.replace_line(
            self.database,
            self.http,
            self.principal,
            order.id,
            line.id,
            item,
            settings=self.settings,
            now=self.now,
            **options,
        )

    async def look(self, order: Order) -> Order:
        return await orders.get_order(self.database, self.principal, order.id)

    async def news(self) -> None:
        """Let the partners' webhooks arrive, and apply them."""
        await self.town.webhooks.settle()
        await self.work("partner_event")

    async def advance(self, slug: str, to: str, *, reason: str | None = None) -> None:
        """Push the partner's last order on; its webhook is applied."""
        told = {"slug": slug, "order_id": self.orders_at(slug)[-1].id, "to": to}
        async with httpx.AsyncClient() as client:
            answer = await client.post(
                f"{self.base}/control/advance", json=told | ({"reason": reason} if reason else {})
            )
        assert answer.status_code == 200, answer.text
        await self.news()

    async def jobs(self, name: str) -> list[dict[str, Any]]:
        """The payloads of this market's waiting jobs of one kind, first in first out."""
        return [payload for _, payload in await self._jobs(name)]

    async def due(self, name: str) -> int:
        """How many of this market's waiting jobs of one kind a worker would take now."""
        async with self.database.connection() as conn:
            cursor = await conn.execute(
                "SELECT count(*) AS due FROM pgqueuer WHERE entrypoint = %s AND execute_after <= now()"
                " AND convert_from(payload, 'UTF8') LIKE %s",
                (name, f"%{self.token}%"),
            )
            row = await cursor.fetchone()
        return row["due"] if row else 0

    async def work(self, name: str) -> int:
        """Do this market's waiting jobs of one kind, as a worker would once they are due."""
        waiting = await self._jobs(name)
        for identifier, payload in waiting:
            async with self.database.connection() as conn:
                await conn.execute("DELETE FROM pgqueuer WHERE id = %s", (identifier,))
            await self.handlers[name](payload)
        return len(waiting)

    async def _jobs(self, name: str) -> list[tuple[int, dict[str, Any]]]:
        async with self.database.connection() as conn:
            cursor = await conn.execute(
                "SELECT id, payload FROM pgqueuer WHERE entrypoint = %s AND convert_from(payload, 'UTF8') LIKE %s"
                " ORDER BY id",
                (name, f"%{self.token}%"),
            )
            return [(row["id"], json.loads(row["payload"])) for row in await cursor.fetchall()]

    async def events(self) -> list[dict[str, Any]]:
        """What runs were started for."""
        async with self.database.connection() as conn:
            cursor = await conn.execute(
                "SELECT input -> 'event' AS event FROM runs WHERE thread_id = %s AND status = 'queued'"
                " ORDER BY created_at, id",
                (self.thread_id,),
            )
            return [row["event"] for row in await cursor.fetchall()]

    async def balances(self) -> dict[str, int]:
        """What the accounts hold, in cents, by the kind of account; empty ones left out."""
        async with self.database.connection() as conn:
            cursor = await conn.execute(
                "SELECT split_part(account, ':', 1) AS kind, sum(balance)::int AS balance FROM ledger_accounts"
                " WHERE tenant_id = %s GROUP BY 1",
                (self.principal.tenant_id,),
            )
            return {row["kind"]: row["balance"] for row in await cursor.fetchall() if row["balance"]}


def _platform(database: Database) -> ASGIApp:
    """Our side as partners see it: the profile that names the webhook address, and that address."""

    async def profile(request: Request) -> Response:
        base = str(request.base_url).rstrip("/")
        return JSONResponse(ucp.platform_profile(base, request.path_params["id"]))

    async def webhook(request: Request) -> Response:
        async with database.transaction() as conn:
            partner = await partners.for_webhook(conn, request.path_params["id"])
            await orders.record_partner_event(
                conn, partner, webhook_id=request.headers["webhook-id"], snapshot=await request.json(), now=NOW
            )
        return JSONResponse({})

    return Starlette(
        routes=[Route("/ucp/profile/{id}", profile), Route("/webhooks/partners/{id}", webhook, methods=["POST"])]
    )


@asynccontextmanager
async def _serving(app: ASGIApp) -> AsyncIterator[str]:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        server = uvicorn.Server(uvicorn.Config(app, log_level="warning", access_log=False))
        task = asyncio.create_task(server.serve(sockets=[listener]))
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"
        server.should_exit = True
        await task


@pytest.fixture(scope="session")
async def town() -> AsyncIterator[tuple[Town, str]]:
    """One town for all tests, and its address. Tests know their own orders by their own partner ids."""
    app = create_app(partners=40, behaviours="accept", accept_delay=0, clock=lambda: NOW)
    async with _serving(app) as base:
        yield app.state.town, base


@pytest.fixture(scope="session")
async def platform(database: Database) -> AsyncIterator[str]:
    """The address of our side."""
    async with _serving(_platform(database)) as base:
        yield base


@pytest.fixture
async def market(
    database: Database,
    principal: Principal,
    fresh: Callable[[str], str],
    town: tuple[Town, str],
    platform: str,
) -> AsyncIterator[Market]:
    token = fresh("m")
    http = PartnerHttp(allow_loopback=True, timeout=2.0, public_url=platform)
    market = Market(*town, database, http=http, principal=principal, token=token)
    async with database.transaction() as conn:
        await runs.start(
            conn,
            principal,
            run_id=f"run-{token}",
            thread_id=market.thread_id,
            graph=None,
            default_graph="concierge",
            input={},
            on_busy="reject",
            owner="test",
            lease=timedelta(minutes=5),
            now=NOW,
        )
    yield market
    await market.town.webhooks.settle()
    market.town.clock = lambda: NOW
    for slug in NEEDS:
        market.behave(slug, "accept")
        market.town.webhooks.hold(slug, False)
    await http.close()
    async with database.connection() as conn:
        await conn.execute("DELETE FROM pgqueuer WHERE convert_from(payload, 'UTF8') LIKE %s", (f"%{token}%",))
