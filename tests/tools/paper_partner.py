"""Partners on paper: ASGI applications that answer each call with what the test wrote down for it.

They live on hosts of their own in a :class:`PaperTown`, which is reached through httpx' ASGI transport.
"""

import json
from collections.abc import Callable
from inspect import isawaitable
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

Document = dict[str, Any]
Scripted = Document | Response | Callable[[Document], Any]
VERSION = "2026-08-25"


class Script(list["Scripted"]):
    """Answers to be given one after the other."""


class PaperPartner:
    """``says[path]`` is the answer to any request of that path; a :class:`Script` is one answer after the other.

    ``requests`` keeps what was asked: the path, the headers and the JSON body.
    """

    def __init__(self, says: dict[str, Scripted | Script] | None = None) -> None:
        self.says: dict[str, Scripted | Script] = says or {}
        self.requests: list[tuple[str, dict[str, str], Any]] = []

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        request = Request(scope, receive)
        content = await request.body()
        body = json.loads(content) if content else None
        self.requests.append((request.url.path, dict(request.headers), body))
        said = self.says.get(request.url.path, JSONResponse({"code": "not_found", "content": "no such path"}, 404))
        if isinstance(said, Script):
            said = said.pop(0)
        answer = said(body) if callable(said) and not isinstance(said, Response) else said
        if isawaitable(answer):
            answer = await answer
        response = answer if isinstance(answer, Response) else JSONResponse(answer)
        await response(scope, receive, send)


class PaperTown:
    """Many paper partners, each on a host of its own."""

    def __init__(self) -> None:
        self._partners: dict[str, PaperPartner] = {}

    def open(self, partner: PaperPartner) -> str:
        """Give the partner a host; returns its base address."""
        host = f"paper-{len(self._partners)}.example"
        self._partners[host] = partner
        return f"https://{host}"

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        await self._partners[dict(scope["headers"])[b"host"].decode()](scope, receive, send)


def entry(name: str, **more: Any) -> Document:
    """One entry of a profile's registry, its documents on the right domain."""
    home = "https://ucp.dev" if name.startswith("dev.ucp.") else "https://uso.example"
    return {"version": VERSION, "spec": f"{home}/{name}", "schema": f"{home}/{name}.json", **more}


def profile(base: str, *, capabilities: Document | None = None, **config: Any) -> Document:
    """A small, valid business profile; ``config`` describes its services."""
    shopping = [entry("dev.ucp.shopping", transport="rest", endpoint=f"{base}/ucp")]
    names = (
        "dev.ucp.shopping.checkout",
        "dev.ucp.shopping.catalog.search",
        "dev.ucp.shopping.catalog.lookup",
        "dev.ucp.shopping.order",
        "example.uso.booking",
    )
    return {
        "ucp": {
            "version": VERSION,
            "services": {"dev.ucp.shopping": shopping},
            "capabilities": {
                **{name: [entry(name)] for name in names},
                "example.uso.services": [entry("example.uso.services", config={"name": "Paper", **config})],
                **(capabilities or {}),
            },
            "payment_handlers": {"example.uso.escrow": [entry("example.uso.escrow", id="esc")]},
        },
        "keys": [{"kid": "k1", "kty": "EC", "crv": "P-256", "x": "eA", "y": "eQ"}],
    }


def product(identifier: str, **variant: Any) -> Document:
    """One catalogue product with one variant."""
    price = variant.pop("price", {"amount": 4500, "currency": "USD"})
    title = variant.pop("title", f"Thing {identifier}")
    more = {key: variant.pop(key) for key in ("categories", "tags", "rating") if key in variant}
    return {
        "id": f"p-{identifier}",
        "title": title,
        "description": {"plain": "A thing."},
        "price_range": {"min": price, "max": price},
        **more,
        "variants": [{"id": identifier, "title": title, "description": {"plain": ""}, "price": price, **variant}],
    }


def quoted(identifier: str, *, amount: Any = 4500, currency: str = "USD", **booking: Any) -> Document:
    """The same product with a live answer."""
    answer = {
        "duration_minutes": 60,
        "windows": [["2026-11-21T15:00:00Z", "2026-11-21T20:00:00Z"]],
        "lead_minutes": 30,
        "total": {"amount": amount, "currency": currency},
        "price_per": "item",
        "capacity": None,
        "expires_at": "2030-01-01T00:00:00Z",
        **booking,
    }
    return product(identifier, booking={key: value for key, value in answer.items() if value != "absent"})


def catalogue(*products: Document, **more: Any) -> Document:
    """A search or lookup answer."""
    return {"ucp": {"version": VERSION}, "products": list(products), **more}


def checkout(
    identifier: str = "c1",
    *,
    status: str = "ready_for_complete",
    item: str = "v1",
    quantity: int = 1,
    total: int = 5000,
    **more: Any,
) -> Document:
    """A checkout of one line, 4500 and 500 delivery."""
    return {
        "ucp": {"version": VERSION, "payment_handlers": {}},
        "id": identifier,
        "status": status,
        "currency": "USD",
        "line_items": [
            {
                "id": "l1",
                "item": {"id": item, "title": "Thing", "price": 4500},
                "quantity": quantity,
                "totals": [{"type": "subtotal", "amount": 4500}, {"type": "total", "amount": 4500}],
            },
        ],
        "totals": [
            {"type": "subtotal", "amount": 4500},
            {"type": "fulfillment", "amount": 500},
            {"type": "total", "amount": total},
        ],
        "links": [],
        **more,
    }


def order(identifier: str = "o1", *, lines: list[tuple[str, int, int]] | None = None, **more: Any) -> Document:
    """An order; each line is (status, quantity still wanted, quantity fulfilled)."""
    return {
        "ucp": {"version": VERSION},
        "id": identifier,
        "checkout_id": "c1",
        "permalink_url": "https://shop.example/o1",
        "currency": "USD",
        "fulfillment": {},
        "line_items": [
            {
                "id": f"l{n}",
                "item": {"id": "v1", "title": "Thing", "price": 4500},
                "status": status,
                "quantity": {"original": 1, "total": total, "fulfilled": fulfilled},
                "totals": [],
            }
            for n, (status, total, fulfilled) in enumerate(lines or [("processing", 1, 0)])
        ],
        "totals": [{"type": "subtotal", "amount": 4500}, {"type": "total", "amount": 4500}],
        **more,
    }
