"""A partner as the registry knows it, and a product of its catalogue."""

from typing import Any, Literal

from pydantic import AwareDatetime, Field

from schemas.base import Model
from schemas.capability import Capability
from schemas.money import Money
from schemas.place import Place


class Partner(Model):
    """One business that publishes a UCP profile."""

    id: str
    tenant_id: str = "default"
    name: str
    manifest_url: str
    endpoint: str = Field(description="base address of its REST binding, no trailing slash")
    ucp_version: str
    keys: list[dict[str, Any]] = Field(default_factory=list, description="public JWKs that sign its webhooks")
    capabilities: list[Capability] = Field(default_factory=list)
    features: list[str] = Field(default_factory=list, description="names of the UCP capabilities both sides speak")
    payment_handlers: list[dict[str, Any]] = Field(default_factory=list)
    place: Place | None = None
    status: Literal["active", "failing"] = "active"
    error: str | None = None
    products: int = Field(default=0, description="how many products the last sync brought")
    synced_at: AwareDatetime | None = None


class Product(Model):
    """One purchasable variant of a partner's catalogue."""

    partner_id: str
    id: str = Field(description="the variant id that checkout takes")
    capability_id: str
    title: str
    description: str = ""
    price: Money
    price_per: Literal["item", "person"] = "item"
    categories: list[str] = Field(default_factory=list)
    tags: list[str] = Field(default_factory=list)
    duration_minutes: int | None = None
    lead_minutes: int = Field(default=0, description="how long before the start it must be ordered")
    capacity: int | None = Field(default=None, description="the largest party one unit serves")
    rating: float | None = None
    place: Place | None = None
    available: bool = True
    group: str | None = Field(default=None, description="the product this is one variant of; variants are much alike")
