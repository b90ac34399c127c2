"""A partner's profile at ``/.well-known/ucp``: what it speaks, what it does, where it is, and its public key."""

from typing import Any

import orjson
from starlette.responses import Response

from simulator.behaviour import BehaviourOptions
from simulator.protocol import BOOKING, CHECKOUT, ESCROW, HANDLER_ID, LOOKUP, ORDER, SEARCH, SERVICES, VERSION, Body
from simulator.shop import Shop

_UCP = f"https://ucp.dev/{VERSION}"
_VENDOR = "https://uso.example"
_HUGE = 8 * 1024 * 1024
_DEEP = 100_000
_CACHE = {"Cache-Control": "public, max-age=60"}


def document(shop: Shop, base: str) -> Body:
    """The business profile in the form of UCP; ``base`` is the partner's own address."""
    partner = shop.partner
    services = {
        "name": partner.name,
        "place": partner.spot.as_json(),
        "services": [line.service for line in partner.lines],
        "rating": partner.rating,
        "hours": partner.hours_json(),
    }
    return {
        "ucp": {
            "version": VERSION,
            "services": {
                "dev.ucp.shopping": [
                    {
                        "version": VERSION,
                        "spec": f"{_UCP}/specification/overview",
                        "transport": "rest",
                        "schema": f"{_UCP}/services/shopping/rest.openapi.json",
                        "endpoint": f"{base}/ucp",
                    }
                ]
            },
            "capabilities": {
                CHECKOUT: [_standard("shopping/checkout")],
                SEARCH: [_standard("shopping/catalog/search", "shopping/catalog_search")],
                LOOKUP: [_standard("shopping/catalog/lookup", "shopping/catalog_lookup")],
                ORDER: [_standard("shopping/order")],
                SERVICES: [{**_vendor("services"), "config": services}],
                BOOKING: [{**_vendor("booking"), "extends": [CHECKOUT, LOOKUP]}],
            },
            "payment_handlers": {
                ESCROW: [{**_vendor("escrow"), "id": HANDLER_ID, "available_instruments": [{"type": "escrow_token"}]}]
            },
        },
        "keys": [shop.signer.jwk],
    }


def respond(shop: Shop, base: str) -> Response:
    """The profile as served: whole, or broken if that is how the partner behaves."""
    content = orjson.dumps(document(shop, base))
    if shop.conduct.at("manifest") == "broken_manifest":
        return _broken(shop.conduct.options, content)
    return Response(content, media_type="application/json", headers=_CACHE)


def _broken(options: BehaviourOptions, content: bytes) -> Response:
    if options.form == "redirect":
        return Response(status_code=302, headers={"Location": "http://169.254.169.254/latest/meta-data/"})
    broken = {
        "truncated": content[: len(content) // 2],
        "empty": b"{}",
        "huge": b'{"ucp":"' + b"x" * _HUGE + b'"}',
        "deep": b"[" * _DEEP + b"]" * _DEEP,
    }[options.form]
    return Response(broken, media_type="application/json", headers=_CACHE)


def _standard(spec: str, schema: str | None = None) -> dict[str, Any]:
    return {
        "version": VERSION,
        "spec": f"{_UCP}/specification/{spec}",
        "schema": f"{_UCP}/schemas/{schema or spec}.json",
    }


def _vendor(name: str) -> dict[str, Any]:
    return {"version": VERSION, "spec": f"{_VENDOR}/specification/{name}", "schema": f"{_VENDOR}/schemas/{name}.json"}
