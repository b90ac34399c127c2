"""Where partners reach us: their order events, and who we are to them."""

from typing import Any

from fastapi import APIRouter, Request
from pydantic import Field

from schemas.base import Model
from server import openapi
from server.routes import forms
from server.routes.services import OpenServices
from tools.signatures import SignedRequest
from tools.ucp import platform_profile
from tools.webhooks import Kept, receive

router = APIRouter(tags=["partners' side"])

_MOST_BYTES = 1 << 20


class Receipt(Model):
    """What became of a webhook."""

    status: Kept = Field(description="'duplicate': it came before and does nothing")


@router.post(
    "/webhooks/partners/{partner_id}",
    operation_id="receive_partner_webhook",
    status_code=202,
    summary="A partner tells how an order stands",
    openapi_extra=openapi.body({"type": "object", "title": "UCP Order"}),
)
async def partner_webhook(partner_id: str, request: Request, services: OpenServices) -> Receipt:
    """Takes in an order snapshot with an RFC 9421 signature of the partner; a job applies it."""
    known = forms.known("partner", partner_id)
    body = await forms.body(request, most=_MOST_BYTES)
    # The partner signed the address it called: ours as the world knows it, whatever stands in between.
    url = services.http.public_url + request.url.path
    signed = SignedRequest(request.method, url, request.headers, body)
    return Receipt(status=await receive(services.database, services.http, known, signed, now=services.clock()))


@router.get("/ucp/profile/{partner_id}", operation_id="platform_profile", summary="Our UCP profile")
async def profile(partner_id: str, services: OpenServices) -> dict[str, Any]:
    """The platform profile as one partner sees it, with the address of its webhooks."""
    return platform_profile(services.http.public_url, forms.known("partner", partner_id))
