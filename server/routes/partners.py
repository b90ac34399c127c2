"""The partner registry: add by manifest address, list, fetch anew."""

from typing import Any

from fastapi import APIRouter
from pydantic import Field

from schemas.base import Model
from schemas.partner import Partner
from server.auth import Caller
from server.routes.services import OpenServices
from tools import registry

router = APIRouter(prefix="/api/v1/partners", tags=["partners"])


class NewPartner(Model):
    """A partner to register."""

    manifest_url: str = Field(min_length=1, max_length=2000, description="address of its UCP profile")


@router.post("", status_code=201)
async def add_partner(partner: NewPartner, caller: Caller, services: OpenServices) -> dict[str, Any]:
    """Fetch and check the profile, register the partner and read its catalogue."""
    now = services.clock()
    added = await registry.add_partner(services.database, services.http, caller, partner.manifest_url, now=now)
    return _view(await registry.sync_partner(services.database, services.http, caller, added.id, now=now))


@router.get("")
async def list_partners(caller: Caller, services: OpenServices) -> dict[str, Any]:
    """The partners of the caller's tenant, by name."""
    return {"partners": [_view(partner) for partner in await registry.list_partners(services.database, caller)]}


@router.post("/{partner_id}/sync")
async def sync_partner(partner_id: str, caller: Caller, services: OpenServices) -> dict[str, Any]:
    """Read the partner's profile and catalogue anew."""
    now = services.clock()
    return _view(await registry.sync_partner(services.database, services.http, caller, partner_id, now=now))


def _view(partner: Partner) -> dict[str, Any]:
    return partner.model_dump(mode="json", exclude={"keys", "payment_handlers"})
