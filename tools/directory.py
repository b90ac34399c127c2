"""Who can do what, at hand in every process: the tenant's partners and all capabilities.

Every turn asks for this, so it is kept in memory and read anew only when the registry's version in Postgres has
grown. That version is looked at once a second at most; changes made by this process are seen at once.
"""

import time
from dataclasses import dataclass
from weakref import WeakKeyDictionary

from memory import partners
from memory.database import Database
from schemas.capability import Capability, built_in
from schemas.partner import Partner
from schemas.principal import Principal

_LOOK_AGAIN_SECONDS = 1.0


@dataclass(frozen=True, slots=True)
class Directory:
    """One state of a tenant's registry."""

    version: int
    partners: dict[str, Partner]
    capabilities: dict[str, Capability]


@dataclass(slots=True)
class _Kept:
    directory: Directory
    looked_at: float


_kept: WeakKeyDictionary[Database, dict[str, _Kept]] = WeakKeyDictionary()


async def directory(database: Database, principal: Principal) -> Directory:
    """The tenant's partners by id, and all capabilities by id: the built-in ones and the active partners'."""
    tenants = _kept.setdefault(database, {})
    kept = tenants.get(principal.tenant_id)
    now = time.monotonic()
    if kept is not None and now - kept.looked_at < _LOOK_AGAIN_SECONDS:
        return kept.directory
    async with database.connection() as conn:
        version = await partners.version(conn, principal)
        if kept is None or kept.directory.version != version:
            # The version was read first: a change in between makes the copy newer than it says, never older.
            kept = _Kept(_build(version, await partners.list_of(conn, principal)), now)
    kept.looked_at = now
    tenants[principal.tenant_id] = kept
    return kept.directory


def forget(database: Database, principal: Principal) -> None:
    """Look at the registry again at the next question: this process has just changed it."""
    _kept.get(database, {}).pop(principal.tenant_id, None)


def _build(version: int, found: list[Partner]) -> Directory:
    capabilities = {capability.id: capability for capability in built_in()}
    for partner in found:
        if partner.status == "active":
            for capability in partner.capabilities:
                capabilities.setdefault(capability.id, capability)  # what is built in cannot be redefined
    return Directory(version, {partner.id: partner for partner in found}, capabilities)
