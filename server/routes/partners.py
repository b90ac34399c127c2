"""The partner registry: add by manifest address, list, fetch anew. Everybody may look; operators change it."""

from typing import Annotated, Literal

from fastapi import APIRouter, Query
from pydantic import AwareDatetime, Field

from schemas.base import Model
from schemas.capability import Capability
from schemas.partner import Partner
from schemas.place import Place
from server.auth import Caller, Operator
from server.routes import forms
from server.routes.bounds import BoundedRoute
from server.routes.services import OpenServices
from tools import registry

router = APIRouter(prefix="/api/v1/partners", tags=["partners"], route_class=BoundedRoute)


class NewPartner(Model):
    """A partner to register."""

    manifest_url: str = Field(min_length=1, max_length=2000, description="address of its UCP profile")


class PartnerView(Model):
    """A partner as the registry knows it."""

    id: str
    tenant_id: str
    name: str
    manifest_url: str
    endpoint: str = Field(description="base address of its REST binding")
    ucp_version: str
    capabilities: list[Capability]
    features: list[str] = Field(description="names of the UCP capabilities both sides speak")
    place: Place | None
    status: Literal["active", "failing"]
    error: str | None = Field(description="why it fails, or what had to be left out of its catalogue")
    products: int = Field(description="how many products the last sync brought")
    synced_at: AwareDatetime | None

    @classmethod
    def of(cls, partner: Partner) -> "PartnerView":
        """The view of a partner: without the keys it signs with and what it takes for payment."""
        return cls(**{name: getattr(partner, name) for name in cls.model_fields})


class PartnerList(Model):
    """The partners of the caller's tenant, by name."""

    partners: list[PartnerView]


@router.post("", operation_id="add_partner", status_code=201, summary="Register a partner by its manifest")
async def add_partner(partner: NewPartner, caller: Operator, services: OpenServices) -> PartnerView:
    """Fetches and checks the profile, registers the partner and reads its catalogue; again, it refreshes both."""
    now = services.clock()
    added = await registry.add_partner(services.database, services.http, caller, partner.manifest_url, now=now)
    return PartnerView.of(await registry.sync_partner(services.database, services.http, caller, added.id, now=now))


@router.get("", operation_id="list_partners", summary="The partners")
async def list_partners(
    caller: Caller,
    services: OpenServices,
    limit: Annotated[int, Query(ge=1, le=200)] = 50,
    after: Annotated[str | None, Query(description="the last partner of the page before")] = None,
) -> PartnerList:
    """The partners of the caller's tenant, the failing ones too, by name."""
    mark = None if after is None else forms.known("partner", after)
    known = await registry.list_partners(services.database, caller, limit=limit, after=mark)
    return PartnerList(partners=[PartnerView.of(partner) for partner in known])


@router.post("/{partner_id}/sync", operation_id="sync_partner", summary="Read a partner's profile and catalogue anew")
async def sync_partner(partner_id: str, caller: Operator, services: OpenServices) -> PartnerView:
    """A partner that cannot be read comes back with status "failing" and the reason."""
    known = forms.known("partner", partner_id)
    now = services.clock()
    return PartnerView.of(await registry.sync_partner(services.database, services.http, caller, known, now=now))
