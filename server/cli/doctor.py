"""``uso doctor``: what this machine has, what would be used, and what is missing, each with what to do."""

import asyncio
import json
import os
import shutil
import sys
from collections.abc import Awaitable
from dataclasses import asdict, dataclass
from typing import Any

import httpx
from rich.console import Console
from rich.text import Text

from memory import embedded
from memory.cache import connect
from memory.database import Database
from memory.migrate import migrate
from memory.vectors import embed
from schemas.errors import UsoError
from schemas.principal import Principal
from schemas.settings import Settings
from server.cli.ending import FAILED, CommandError, quiet, read_settings
from server.logging import configure
from server.terminal.ink import ink
from tools import registry

_FREE_BYTES = 500_000_000  # an embedded database with a city of partners needs about a tenth
_MODEL_SECONDS = 5
_OPENAI = "https://api.openai.com/v1"


@dataclass(frozen=True)
class Finding:
    """One thing that was looked at; ``detail`` says what to do where it is not well."""

    name: str
    ok: bool
    detail: str


def doctor(*, as_json: bool) -> int:
    """Look at everything; exit code 1 when something needed is missing."""
    try:
        settings = read_settings()
    except CommandError as error:
        findings = [_python(), Finding("settings", False, str(error))]
    else:
        configure(quiet(settings))
        findings = [_python(), _settings(settings), *asyncio.run(_look(settings))]
    if as_json:
        sys.stdout.write(json.dumps([asdict(finding) for finding in findings], ensure_ascii=False) + "\n")
    else:
        _draw(Console(), findings)
    return 0 if all(finding.ok for finding in findings) else FAILED


def _draw(console: Console, findings: list[Finding]) -> None:
    for finding in findings:
        mark = ink(console, "✓", "green") if finding.ok else ink(console, "✗", "red")
        name, detail = ink(console, finding.name, "bold"), ink(console, finding.detail)
        console.print(Text.assemble(mark, " ", name, "  ", detail))


async def _look(settings: Settings) -> list[Finding]:
    """Everything that takes time, side by side."""
    folder = _data_folder(settings)
    found = await asyncio.gather(
        _checked("language model", _model(settings), ""),
        _checked("offline reader", _vectors(), "Install the package wordllama anew."),
        _servers(settings),
    )
    model, vectors, servers = found
    return [folder, model, vectors, *servers]


def _python() -> Finding:
    version = sys.version_info
    detail = f"{version.major}.{version.minor}.{version.micro}"
    return Finding("Python", version >= (3, 11), detail if version >= (3, 11) else f"{detail}: 3.11 or later is needed")


def _settings(settings: Settings) -> Finding:
    named = ", ".join(sorted(settings.model_fields_set))
    return Finding("settings", True, f"set: {named}" if named else "none set: all defaults")


def _data_folder(settings: Settings) -> Finding:
    folder = settings.data_dir.absolute()
    existing = next(parent for parent in (folder, *folder.parents) if parent.exists())
    if not existing.is_dir() or not os.access(existing, os.W_OK | os.X_OK):
        return Finding("data folder", False, f"{folder} cannot be written: set USO_DATA_DIR to a folder that can")
    free = shutil.disk_usage(existing).free
    detail = f"{folder} ({free / 1e9:.1f} GB free)"
    if free < _FREE_BYTES:
        detail += f": make room for {_FREE_BYTES / 1e9:.1f} GB, or set USO_DATA_DIR to another disk"
    return Finding("data folder", free >= _FREE_BYTES, detail)


async def _model(settings: Settings) -> str:
    """Ask the model's server, which every OpenAI-compatible one can be, for its models."""
    key = settings.openai_api_key.get_secret_value() if settings.openai_api_key else ""
    if settings.azure_openai_endpoint:
        url = f"{settings.azure_openai_endpoint.rstrip('/')}/openai/models"
        request: dict[str, Any] = {
            "params": {"api-version": settings.azure_openai_api_version},
            "headers": {"api-key": key},
        }
        where = "AZURE_OPENAI_ENDPOINT"
    elif settings.openai_api_key or settings.openai_base_url:
        url = f"{(settings.openai_base_url or _OPENAI).rstrip('/')}/models"
        request = {"headers": {"Authorization": f"Bearer {key}"}} if key else {}
        where = "OPENAI_BASE_URL"
    else:
        return "none configured: requests are read offline"
    meanwhile = "Until then requests are read offline."
    try:
        async with httpx.AsyncClient(timeout=_MODEL_SECONDS) as client:
            answer = await client.get(url, **request)
    except (httpx.HTTPError, httpx.InvalidURL) as error:
        raise CommandError(f"{url} does not answer ({error}). Check {where}. {meanwhile}") from error
    if answer.status_code in (httpx.codes.UNAUTHORIZED, httpx.codes.FORBIDDEN):
        raise CommandError(f"{url} refuses the key. Check OPENAI_API_KEY. {meanwhile}")
    return f"{settings.model} at {url.removesuffix('/models')}"


async def _servers(settings: Settings) -> list[Finding]:
    try:
        servers = await embedded.start(settings)
    except UsoError as error:
        return [Finding("PostgreSQL and Valkey", False, error.detail)]
    try:
        postgres, valkey = await asyncio.gather(
            _checked(
                "PostgreSQL",
                _postgres(servers.database_url, "embedded" if settings.embedded else "yours"),
                "DATABASE_URL must reach PostgreSQL 16 or later with pgvector; unset, one is brought along.",
            ),
            _checked(
                "Valkey",
                _valkey(servers.redis_url, "yours" if settings.redis_url else "embedded"),
                "REDIS_URL must reach Valkey or Redis 7 or later; unset, one is brought along.",
            ),
        )
        return [postgres, valkey]
    finally:
        await servers.stop()


async def _postgres(url: str, whose: str) -> str:
    await migrate(url)
    database = await Database.open(url, pool_size=2)
    try:
        known = await registry.list_partners(database, Principal(user_id="doctor"))
        active = sum(partner.status == "active" for partner in known)
        return f"{whose}, {await database.version()}, migrated; {active} of {len(known)} partners active"
    finally:
        await database.close()


async def _valkey(url: str, whose: str) -> str:
    client = connect(url)
    try:
        facts = await client.info("server")
    finally:
        await client.aclose()
    version = facts.get("valkey_version") or facts.get("redis_version")
    return f"{whose}, {facts.get('server_name', 'redis').title()} {version}"


async def _vectors() -> str:
    dimensions = (await asyncio.to_thread(embed, ["hello"])).shape[1]
    return f"word vectors of {dimensions} dimensions"


async def _checked(name: str, check: Awaitable[str], otherwise: str) -> Finding:
    """What a check finds; whatever it raises is a finding too, with what to do ``otherwise``."""
    try:
        return Finding(name, True, await check)
    except CommandError as error:
        return Finding(name, False, str(error))
    except Exception as error:
        told = next(iter(str(getattr(error, "detail", error)).splitlines()), "") or type(error).__name__
        return Finding(name, False, f"{told.rstrip('.')}. {otherwise}")
