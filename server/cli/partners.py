"""``uso partners``: the registry from the command line, straight on the database."""

import asyncio
import json
import sys
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path

from rich import box
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn
from rich.table import Table

from graphs.services import Services, open_services
from memory import embedded, leases
from memory.database import Database
from memory.migrate import migrate
from schemas.errors import UnavailableError, UsoError
from schemas.partner import Partner
from schemas.principal import Principal
from schemas.settings import Settings
from server.cli.ending import FAILED, quiet, read_settings
from server.logging import configure
from server.simulated_partners import bring_partners
from server.terminal.ink import ink
from tools import registry, ucp
from tools.http import PartnerHttp

_OPERATOR = Principal(user_id="command-line", roles=frozenset({"operator"}))
_NARROW = 60  # cells; below this a table becomes lines


def add(manifest_url: str, *, as_json: bool) -> int:
    """Register a partner and fetch its catalogue; exit code 1 when that did not work."""
    partner = asyncio.run(_add(_settings(), manifest_url))
    _print([partner], as_json=as_json)
    return _code([partner])


async def _add(settings: Settings, manifest_url: str) -> Partner:
    async with _services(settings) as services:
        now = services.clock()
        partner = await registry.add_partner(services.database, services.http, _OPERATOR, manifest_url, now=now)
        return await registry.sync_partner(services.database, services.http, _OPERATOR, partner.id, now=now)


def sync(*, as_json: bool) -> int:
    """Fetch every partner anew, simulated ones included; exit code 1 when one of them failed."""
    partners = asyncio.run(_sync(_settings()))
    _print(partners, as_json=as_json)
    return _code(partners)


async def _sync(settings: Settings) -> list[Partner]:
    columns = TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TextColumn("{task.fields[latest]}")
    console = Console(stderr=True)
    with Progress(*columns, console=console, transient=True, disable=not console.is_terminal) as progress:
        task = progress.add_task("Starting …", total=None, latest="")
        async with _services(settings) as services, bring_partners(services):
            known = await registry.list_partners(services.database, _OPERATOR)
            progress.update(task, description="Fetching catalogues", total=len(known))

            async def done(partner: Partner) -> None:
                progress.update(task, advance=1, latest=partner.name)

            return await registry.sync_all(
                services.database, services.http, _OPERATOR, now=services.clock(), synced=done
            )


def show(*, as_json: bool) -> int:
    """List the partners."""
    _print(asyncio.run(_list(_settings())), as_json=as_json)
    return 0


async def _list(settings: Settings) -> list[Partner]:
    async with _services(settings) as services:
        return await registry.list_partners(services.database, _OPERATOR)


def validate(file_or_url: str, *, as_json: bool) -> int:
    """Check a profile; exit code 1 with the reason when it cannot be used."""
    try:
        profile = asyncio.run(_profile(_settings(), file_or_url))
    except (UsoError, OSError) as error:
        reason = error.detail if isinstance(error, UsoError) else f"{file_or_url}: {error.strerror or error}"
        if as_json:
            _write({"valid": False, "error": reason})
        else:
            sys.stderr.write(f"not valid: {reason}\n")
        return FAILED
    services = [capability.id for capability in profile.capabilities]
    if as_json:
        _write({"valid": True, "name": profile.name, "services": services})
    else:
        sys.stdout.write(f"valid: {profile.name} ({', '.join(services) or 'services inferred from the catalogue'})\n")
    return 0


async def _profile(settings: Settings, file_or_url: str) -> ucp.ParsedProfile:
    if "://" not in file_or_url:
        return ucp.parse_profile(await asyncio.to_thread(Path(file_or_url).read_bytes), file_or_url)
    http = PartnerHttp(allow_loopback=settings.loopback_allowed, timeout=settings.partner_timeout)
    try:
        return await ucp.fetch_profile(http, file_or_url)
    finally:
        await http.close()


def _settings() -> Settings:
    settings = quiet(read_settings())
    configure(settings)
    return settings


@asynccontextmanager
async def _services(settings: Settings) -> AsyncIterator[Services]:
    servers = await embedded.start(settings)
    try:
        try:
            await migrate(servers.database_url)
        except leases.UNREACHABLE as error:
            raise UnavailableError(f"The database does not answer ({error}). Check DATABASE_URL.") from error
        database = await Database.open(servers.database_url, pool_size=settings.database_pool)
        try:
            async with open_services(settings, database) as services:
                yield services
        finally:
            await database.close()
    finally:
        await servers.stop()


def _code(partners: Sequence[Partner]) -> int:
    return FAILED if any(partner.status == "failing" for partner in partners) else 0


def _write(document: object) -> None:
    sys.stdout.write(json.dumps(document, ensure_ascii=False) + "\n")


def _print(partners: Sequence[Partner], *, as_json: bool) -> None:
    console = Console()
    if as_json:
        _write([partner.model_dump(mode="json", exclude={"keys"}) for partner in partners])
    elif not partners:
        console.print("No partner is registered yet. Add one: uso partners add URL", highlight=False)
    elif console.width < _NARROW:
        for partner in partners:
            console.print(ink(console, partner.name, "bold"))
            console.print(ink(console, f"  {_services_of(partner)}"))
            console.print(ink(console, f"  {_state(partner)} · {partner.products} products", "dim"))
    else:
        table = Table(box=box.SIMPLE_HEAD if console.is_terminal else None, pad_edge=False)
        for column in ("partner", "services", "products", "status", "synced"):
            table.add_column(column, justify="right" if column == "products" else "left")
        for partner in partners:
            synced = f"{partner.synced_at.astimezone():%Y-%m-%d %H:%M}" if partner.synced_at else "never"
            cells = (partner.name, _services_of(partner), str(partner.products), _state(partner), synced)
            table.add_row(*(ink(console, cell) for cell in cells))
        console.print(table)


def _services_of(partner: Partner) -> str:
    return ", ".join(capability.id for capability in partner.capabilities)


def _state(partner: Partner) -> str:
    return f"{partner.status}: {partner.error}" if partner.error else partner.status
