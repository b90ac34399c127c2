"""``uso partners``: the registry from the command line, straight on the database."""

import asyncio
import json
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path

from rich.console import Console
from rich.table import Table

from graphs.services import Services, open_services
from memory import embedded
from memory.database import Database
from memory.migrate import migrate
from schemas.errors import UsoError
from schemas.partner import Partner
from schemas.principal import Principal
from schemas.settings import Settings
from tools import registry, ucp
from tools.http import PartnerHttp

_OPERATOR = Principal(user_id="command-line", roles=frozenset({"operator"}))


async def add(manifest_url: str, *, as_json: bool) -> int:
    """Register a partner and fetch its catalogue."""
    async with _services() as services:
        try:
            partner = await registry.add_partner(
                services.database, services.http, _OPERATOR, manifest_url, now=datetime.now(UTC)
            )
            partner = await registry.sync_partner(
                services.database, services.http, _OPERATOR, partner.id, now=datetime.now(UTC)
            )
        except UsoError as error:
            return _refused(error)
    _print([partner], as_json=as_json)
    return 0


async def sync(*, as_json: bool) -> int:
    """Fetch every partner anew; exit code 1 when one of them failed."""
    async with _services() as services:
        partners = await registry.sync_all(services.database, services.http, _OPERATOR, now=datetime.now(UTC))
    _print(partners, as_json=as_json)
    return 1 if any(partner.status == "failing" for partner in partners) else 0


async def show(*, as_json: bool) -> int:
    """List the partners."""
    async with _services() as services:
        partners = await registry.list_partners(services.database, _OPERATOR)
    _print(partners, as_json=as_json)
    return 0


async def validate(file_or_url: str, *, as_json: bool) -> int:
    """Check a profile; exit code 1 with the reason when it cannot be used."""
    settings = await asyncio.to_thread(Settings)
    http = PartnerHttp(allow_loopback=settings.loopback_allowed, timeout=settings.partner_timeout)
    try:
        if file_or_url.startswith(("http://", "https://")):
            profile = await ucp.fetch_profile(http, file_or_url)
        else:
            profile = ucp.parse_profile(await asyncio.to_thread(Path(file_or_url).read_bytes), file_or_url)
    except (UsoError, OSError) as error:
        return _refused(error)
    finally:
        await http.close()
    names = [capability.id for capability in profile.capabilities]
    if as_json:
        sys.stdout.write(json.dumps({"valid": True, "name": profile.name, "services": names}) + "\n")
    else:
        sys.stdout.write(f"valid: {profile.name} ({', '.join(names) or 'services inferred from the catalogue'})\n")
    return 0


@asynccontextmanager
async def _services() -> AsyncIterator[Services]:
    settings = await asyncio.to_thread(Settings)
    servers = await embedded.start(settings)
    try:
        await migrate(servers.database_url)
        database = await Database.open(servers.database_url, pool_size=settings.database_pool)
        try:
            async with open_services(settings, database) as services:
                yield services
        finally:
            await database.close()
    finally:
        await servers.stop()


def _refused(error: Exception) -> int:
    sys.stderr.write(f"{error}\n")
    return 1


def _print(partners: list[Partner], *, as_json: bool) -> None:
    if as_json:
        sys.stdout.write(json.dumps([partner.model_dump(mode="json", exclude={"keys"}) for partner in partners]) + "\n")
        return
    table = Table()
    for column in ("partner", "services", "products", "status", "synced"):
        table.add_column(column)
    for partner in partners:
        services = ", ".join(capability.id for capability in partner.capabilities)
        synced = f"{partner.synced_at:%Y-%m-%d %H:%M}" if partner.synced_at else "never"
        table.add_row(partner.name, services, str(partner.products), partner.error or partner.status, synced)
    Console().print(table)
