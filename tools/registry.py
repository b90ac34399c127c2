"""The registry of partners: added by the address of their manifest, kept in step with their catalogues.

A partner is a stranger: its profile is checked before it is written down, its catalogue is read within bounds, and
whatever goes wrong is noted at that partner and stops no other.
"""

import asyncio
import re
from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime, timedelta
from hashlib import blake2b
from urllib.parse import urlsplit

from memory import catalogue, partners
from memory.database import Database
from schemas.capability import Capability, built_in
from schemas.errors import ManifestError, PartnerError
from schemas.partner import Partner, Product
from schemas.principal import Principal
from tools.directory import directory, forget
from tools.http import PartnerHttp
from tools.inference import infer
from tools.ucp import ParsedProfile, fetch_profile, search
from tools.ucp.catalogue import CatalogueItem

_PAGES = 400
_PRODUCTS = 20_000
_AT_ONCE = 6
_FRESH = timedelta(hours=1)
_PATIENCE = 5
"""A sync may wait this many times longer than a live question."""

Synced = Callable[[Partner], Awaitable[None]]


async def add_partner(
    database: Database, http: PartnerHttp, principal: Principal, manifest_url: str, *, now: datetime
) -> Partner:
    """Fetch and check the profile at ``manifest_url`` and write the partner down; its catalogue comes by a sync.

    Adding the same address again refreshes what is known and keeps the partner's id.

    Raises:
        AddressRefusedError: the address is one we must not go to.
        ManifestError: what is there is no profile we can use; the sentence says why.
    """
    profile = await fetch_profile(http, manifest_url, within=_PATIENCE * http.timeout)
    async with database.transaction() as conn:
        known = await partners.by_manifest(conn, principal, manifest_url)
        partner = _described(known, principal, profile)
        await partners.save(conn, principal, partner, now=now)
    forget(database, principal)
    return partner


async def sync_partner(
    database: Database, http: PartnerHttp, principal: Principal, partner_id: str, *, now: datetime
) -> Partner:
    """Read the partner's profile and whole catalogue anew, and replace what was known in one step.

    A partner that cannot be read comes back with status ``failing`` and the reason in ``error``; its products are
    kept but not offered until a sync succeeds.

    Raises:
        NotFoundError: the tenant has no such partner.
    """
    async with database.connection() as conn:
        partner = await partners.get(conn, principal, partner_id)
    try:
        profile = await fetch_profile(http, partner.manifest_url, within=_PATIENCE * http.timeout)
        http.circuits.succeeded(profile.endpoint)  # it lives: ask it again
        partner = _described(partner, principal, profile)
        items, remark = await _whole_catalogue(http, partner)
        products, capabilities = await asyncio.to_thread(_placed, partner, profile, items)
    except (ManifestError, PartnerError) as error:
        async with database.transaction() as conn:
            await partners.mark_failing(conn, principal, partner_id, error.detail, now=now)
            partner = await partners.get(conn, principal, partner_id)
    else:
        partner = partner.model_copy(
            update={
                "capabilities": capabilities,
                "status": "active",
                "error": remark,
                "products": len(products),
                "synced_at": now,
            }
        )
        async with database.transaction() as conn:
            await partners.lock(conn, principal, partner_id)
            await catalogue.replace(conn, principal, partner, products)
            await partners.save(conn, principal, partner, now=now)
    forget(database, principal)
    return partner


async def sync_all(
    database: Database, http: PartnerHttp, principal: Principal, *, now: datetime, synced: Synced | None = None
) -> list[Partner]:
    """Sync every partner of the tenant, several at once; ``synced`` is told of each as it is done."""
    known = await list_partners(database, principal)
    slots = asyncio.Semaphore(_AT_ONCE)

    async def one(partner: Partner) -> Partner:
        async with slots:
            result = await sync_partner(database, http, principal, partner.id, now=now)
        if synced is not None:
            await synced(result)
        return result

    return list(await asyncio.gather(*(one(partner) for partner in known)))


async def add_partners(
    database: Database, http: PartnerHttp, principal: Principal, manifest_urls: Sequence[str], *, now: datetime
) -> int:
    """Make all of these known and synced; one that cannot be used is left out. Returns how many can be used now.

    Those that were synced within the last hour are taken as they are.
    """
    slots = asyncio.Semaphore(_AT_ONCE)

    async def one(url: str) -> bool:
        async with slots:
            async with database.connection() as conn:
                known = await partners.by_manifest(conn, principal, url)
            if known and known.status == "active" and known.synced_at and now - known.synced_at < _FRESH:
                return True
            try:
                partner = known or await add_partner(database, http, principal, url, now=now)
            except ManifestError:
                return False
            return (await sync_partner(database, http, principal, partner.id, now=now)).status == "active"

    return sum(await asyncio.gather(*(one(url) for url in dict.fromkeys(manifest_urls))))


async def list_partners(
    database: Database, principal: Principal, *, limit: int | None = None, after: str | None = None
) -> list[Partner]:
    """The tenant's partners, the failing ones too, by name; at most ``limit``, those after partner ``after``.

    Raises:
        NotFoundError: ``after`` is not a partner of the tenant.
    """
    async with database.connection() as conn:
        return await partners.list_of(conn, principal, limit=limit, after=after)


async def capabilities(database: Database, principal: Principal) -> list[Capability]:
    """Everything that can be asked for: the built-in capabilities and those of the tenant's active partners."""
    return list((await directory(database, principal)).capabilities.values())


def _described(known: Partner | None, principal: Principal, profile: ParsedProfile) -> Partner:
    """The partner as its profile describes it, keeping what a profile does not know."""
    facts = {
        "name": profile.name,
        "endpoint": profile.endpoint,
        "ucp_version": profile.version,
        "keys": profile.keys,
        "features": profile.features,
        "payment_handlers": profile.payment_handlers,
        "place": profile.place,
    }
    if known is not None:
        kept = profile.capabilities or known.capabilities
        return known.model_copy(update={**facts, "capabilities": kept})
    return Partner.model_validate(
        {
            **facts,
            "id": _identifier(principal.tenant_id, profile.url),
            "tenant_id": principal.tenant_id,
            "manifest_url": profile.url,
            "capabilities": profile.capabilities,
        }
    )


def _identifier(tenant_id: str, url: str) -> str:
    """Readable in logs and addresses, the same whenever this tenant adds this URL, and nobody else's."""
    parts = urlsplit(url)
    path = parts.path.removesuffix("/.well-known/ucp").rstrip("/").rsplit("/", 1)[-1]
    slug = re.sub(r"[^a-z0-9]+", "-", (path or parts.hostname or "partner").lower()).strip("-")[:40]
    return f"{slug}-{blake2b(f'{tenant_id} {url}'.encode(), digest_size=5).hexdigest()}"


async def _whole_catalogue(http: PartnerHttp, partner: Partner) -> tuple[list[CatalogueItem], str | None]:
    """Every item, page by page, and a remark if some had to be left out."""
    items: dict[str, CatalogueItem] = {}
    left_out: list[str] = []
    cursor: str | None = None
    seen: set[str] = set()
    for _ in range(_PAGES):
        page = await search(http, partner, cursor=cursor, within=_PATIENCE * http.timeout)
        before = len(items)
        items.update((item.id, item) for item in page.items)
        left_out += page.left_out
        cursor = page.cursor
        if cursor is None:
            break
        if cursor in seen or (len(items) == before and not page.left_out):
            raise PartnerError(f"{partner.name} pages its catalogue in a circle: a page brought nothing new.")
        if len(items) >= _PRODUCTS:
            left_out.append(f"everything after the first {_PRODUCTS} products")
            break
        seen.add(cursor)
    else:
        left_out.append(f"everything after the first {_PAGES} pages")
    if not items:
        raise PartnerError(
            f"{partner.name} has no product that can be read" + (f" ({left_out[0]})." if left_out else ".")
        )
    remark = f"{len(left_out)} left out of the catalogue, the first: {left_out[0]}" if left_out else None
    return list(items.values())[:_PRODUCTS], remark


def _placed(
    partner: Partner, profile: ParsedProfile, items: list[CatalogueItem]
) -> tuple[list[Product], list[Capability]]:
    """Each item as a product under the capability it belongs to, and all capabilities the partner then has."""
    declared = {capability.id: capability for capability in (*built_in(), *profile.capabilities)}
    inferred = infer([item for item in items if item.service not in declared])
    belongs = {item.id: inferred.get(item.id) or declared[item.service or ""] for item in items}
    products = [
        Product(
            partner_id=partner.id,
            id=item.id,
            group=item.product_id,
            capability_id=belongs[item.id].id,
            title=item.title,
            description=item.description,
            price=item.price,
            price_per=item.price_per,
            categories=item.categories,
            tags=item.tags,
            duration_minutes=item.duration_minutes,
            lead_minutes=item.lead_minutes,
            capacity=item.capacity,
            rating=item.rating if item.rating is not None else profile.rating,
            available=item.available,
        )
        for item in items
    ]
    own = {capability.id: capability for capability in (*profile.capabilities, *belongs.values())}
    return products, list(own.values())
