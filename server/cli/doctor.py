"""``uso doctor``: what this machine has, what would be used, and what is missing, each with what to do."""

import asyncio
import json
import shutil
import sys
from collections.abc import Awaitable, Callable
from dataclasses import asdict, dataclass

from rich.console import Console

from memory import embedded
from memory.cache import connect
from memory.database import Database
from memory.migrate import migrate
from memory.vectors import embed
from schemas.errors import UsoError
from schemas.settings import Settings

_FREE_BYTES = 500_000_000  # an embedded database with a city of partners needs about a tenth


@dataclass(frozen=True)
class Finding:
    """One thing that was looked at."""

    name: str
    ok: bool
    detail: str


async def doctor(*, as_json: bool) -> int:
    """Look at everything; exit code 1 when something needed is missing."""
    settings = await asyncio.to_thread(Settings)
    findings = [_python(), _data_folder(settings), _model(settings), await _checked("offline reader", _vectors)]
    findings += await _servers(settings)
    if as_json:
        sys.stdout.write(json.dumps([asdict(finding) for finding in findings]) + "\n")
    else:
        console = Console()
        for finding in findings:
            mark = "[green]✓[/]" if finding.ok else "[red]✗[/]"
            console.print(f"{mark} [bold]{finding.name}[/]  {finding.detail}", highlight=False)
    return 0 if all(finding.ok for finding in findings) else 1


def _python() -> Finding:
    version = sys.version_info
    return Finding("Python", version >= (3, 11), f"{version.major}.{version.minor}.{version.micro}")


def _data_folder(settings: Settings) -> Finding:
    folder = settings.data_dir.expanduser()
    existing = next(parent for parent in (folder, *folder.parents) if parent.exists())
    free = shutil.disk_usage(existing).free
    detail = f"{folder} ({free / 1e9:.1f} GB free)"
    return Finding("data folder", free > _FREE_BYTES, detail if free > _FREE_BYTES else f"{detail}: free some room")


def _model(settings: Settings) -> Finding:
    if settings.openai_api_key or settings.azure_openai_endpoint or settings.openai_base_url:
        return Finding("language model", True, settings.model)
    return Finding("language model", True, "none configured: requests are read offline")


async def _servers(settings: Settings) -> list[Finding]:
    kind = {True: "embedded", False: "yours"}
    try:
        servers = await embedded.start(settings)
    except UsoError as error:
        return [Finding("PostgreSQL and Valkey", False, error.detail)]

    async def postgres() -> str:
        await migrate(servers.database_url)
        database = await Database.open(servers.database_url, pool_size=2)
        try:
            return f"{kind[settings.embedded]}, {await database.version()}, migrated"
        finally:
            await database.close()

    async def valkey() -> str:
        client = connect(servers.redis_url)
        try:
            await client.ping()
            return f"{kind[settings.redis_url is None]}, answers"
        finally:
            await client.aclose()

    try:
        return [await _checked("PostgreSQL", postgres), await _checked("Valkey", valkey)]
    finally:
        await servers.stop()


async def _vectors() -> str:
    dimensions = (await asyncio.to_thread(embed, ["hello"])).shape[1]
    return f"word vectors of {dimensions} dimensions"


async def _checked(name: str, check: Callable[[], Awaitable[str]]) -> Finding:
    try:
        return Finding(name, True, await check())
    except Exception as error:
        return Finding(name, False, f"{type(error).__name__}: {error}")
