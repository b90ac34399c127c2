"""Where partners reach us: their order events, and who we are to them."""

from typing import Any

from fastapi import APIRouter, Request

from schemas.errors import TooLargeError
from server.routes.services import OpenServices
from tools.signatures import SignedRequest
from tools.ucp import platform_profile
from tools.webhooks import receive

router = APIRouter(tags=["partners' side"])

_MOST_BYTES = 1 << 20


@router.post("/webhooks/partners/{partner_id}", status_code=202)
async def partner_webhook(partner_id: str, request: Request, services: OpenServices) -> dict[str, str]:
    """Take in a signed order event; it is applied by a job. A repeated one is welcome and does nothing."""
    body = b""
    async for part in request.stream():
        body += part
        if len(body) > _MOST_BYTES:
            raise TooLargeError(f"A webhook may have {_MOST_BYTES} bytes at most.")
    # The partner signed the address it called: ours as the world knows it, whatever stands in between.
    url = services.http.public_url + request.url.path
    signed = SignedRequest(request.method, url, request.headers, body)
    kept = await receive(services.database, services.http, partner_id, signed, now=services.clock())
    return {"status": kept}


@router.get("/ucp/profile/{partner_id}")
async def profile(partner_id: str, services: OpenServices) -> dict[str, Any]:
    """Our UCP platform profile as one partner sees it, with the address of its webhooks."""
    return platform_profile(services.http.public_url, partner_id)
