"""Partners as rows. Whoever changes one also bumps the tenant's registry version (see ``version``)."""

from datetime import datetime
from typing import Any

from psycopg.types.json import Jsonb

from memory.database import Connection
from schemas.errors import NotFoundError
from schemas.partner import Partner
from schemas.principal import Principal

_COLUMNS = (
    "id, tenant_id, name, manifest_url, endpoint, ucp_version, keys, capabilities, features, payment_handlers, place,"
    " status, error, products, synced_at"
)
_SAVE = f"""
    INSERT INTO partners ({_COLUMNS}, added_by, created_at, updated_at)
    VALUES (%(id)s, %(tenant_id)s, %(name)s, %(manifest_url)s, %(endpoint)s, %(ucp_version)s, %(keys)s,
            %(capabilities)s, %(features)s, %(payment_handlers)s, %(place)s, %(status)s, %(error)s, %(products)s,
            %(synced_at)s, %(added_by)s, %(now)s, %(now)s)
    ON CONFLICT (id) DO UPDATE SET
        name = excluded.name, endpoint = excluded.endpoint, ucp_version = excluded.ucp_version, keys = excluded.keys,
        capabilities = excluded.capabilities, features = excluded.features, place = excluded.place,
        payment_handlers = excluded.payment_handlers, status = excluded.status, error = excluded.error,
        products = excluded.products, synced_at = excluded.synced_at, updated_at = excluded.updated_at
    WHERE partners.tenant_id = excluded.tenant_id
"""  # noqa: S608 — put together from constants


async def save(conn: Connection, principal: Principal, partner: Partner, *, now: datetime) -> None:
    """Insert the partner, or replace what is known of it."""
    await conn.execute(
        _SAVE,
        {
            **partner.model_dump(exclude={"keys", "capabilities", "payment_handlers", "place"}),
            "tenant_id": principal.tenant_id,
            "keys": Jsonb(partner.keys),
            "capabilities": Jsonb([entry.model_dump(mode="json") for entry in partner.capabilities]),
            "payment_handlers": Jsonb(partner.payment_handlers),
            "place": Jsonb(partner.place.model_dump(mode="json")) if partner.place else None,
            "added_by": principal.user_id,
            "now": now,
        },
    )
    await _bump(conn, principal)


async def mark_failing(conn: Connection, principal: Principal, partner_id: str, error: str, *, now: datetime) -> None:
    """Note that the partner cannot be used at present; its offers are no longer found."""
    await conn.execute(
        "UPDATE partners SET status = 'failing', error = %s, updated_at = %s WHERE id = %s AND tenant_id = %s",
        (error, now, partner_id, principal.tenant_id),
    )
    await _bump(conn, principal)


async def _bump(conn: Connection, principal: Principal) -> None:
    await conn.execute(
        "INSERT INTO registry_versions (tenant_id, version) VALUES (%s, 1)"
        " ON CONFLICT (tenant_id) DO UPDATE SET version = registry_versions.version + 1",
        (principal.tenant_id,),
    )


async def version(conn: Connection, principal: Principal) -> int:
    """A number that grows whenever a partner of the tenant changes; 0 before the first."""
    cursor = await conn.execute("SELECT version FROM registry_versions WHERE tenant_id = %s", (principal.tenant_id,))
    row = await cursor.fetchone()
    return row["version"] if row else 0


async def get(conn: Connection, principal: Principal, partner_id: str) -> Partner:
    """One partner of the caller's tenant.

    Raises:
        NotFoundError: there is none with this id.
    """
    found = await _select(conn, "id = %s AND tenant_id = %s", (partner_id, principal.tenant_id))
    if not found:
        raise NotFoundError("partner", partner_id)
    return found[0]


async def lock(conn: Connection, principal: Principal, partner_id: str) -> Partner:
    """The same as ``get``, kept for this transaction: two syncs of one partner take turns."""
    found = await _select(conn, "id = %s AND tenant_id = %s FOR UPDATE", (partner_id, principal.tenant_id))
    if not found:
        raise NotFoundError("partner", partner_id)
    return found[0]


async def for_webhook(conn: Connection, partner_id: str) -> Partner:
    """The partner behind a webhook address, of any tenant: the caller is the partner, not yet verified.

    Raises:
        NotFoundError: there is none with this id.
    """
    found = await _select(conn, "id = %s", (partner_id,))
    if not found:
        raise NotFoundError("partner", partner_id)
    return found[0]


async def by_manifest(conn: Connection, principal: Principal, manifest_url: str) -> Partner | None:
    """The tenant's partner with this manifest address, if it was added."""
    found = await _select(conn, "tenant_id = %s AND manifest_url = %s", (principal.tenant_id, manifest_url))
    return found[0] if found else None


async def list_of(
    conn: Connection, principal: Principal, *, limit: int | None = None, after: str | None = None
) -> list[Partner]:
    """The partners of the caller's tenant, by name; at most ``limit``, those that come after partner ``after``.

    Raises:
        NotFoundError: ``after`` is not a partner of the tenant.
    """
    later, values = "", [principal.tenant_id]
    if after is not None:
        mark = await get(conn, principal, after)
        later = "AND (name, id) > (%s, %s)"
        values += [mark.name, mark.id]
    return await _select(conn, f"tenant_id = %s {later} ORDER BY name, id LIMIT %s", (*values, limit))


async def _select(conn: Connection, where: str, parameters: tuple[Any, ...]) -> list[Partner]:
    cursor = await conn.execute(f"SELECT {_COLUMNS} FROM partners WHERE {where}", parameters)  # noqa: S608 — from here
    return [Partner.model_validate(row) for row in await cursor.fetchall()]
