"""Partners for embedded mode: one simulator for the processes of a data folder, known to the registry.

The simulator keeps its port over restarts, because a partner is known by the address of its manifest. When that port
has been taken meanwhile it moves, and the partners at its former address are retired.
"""

import asyncio
import sys
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from datetime import datetime
from pathlib import Path

import httpx
import structlog

from graphs.services import Services
from memory import partners
from memory.embedded import Launch, SharedProcess
from schemas.errors import UnavailableError
from schemas.principal import Principal
from server.ports import free_port
from tools import registry
from tools.directory import forget

_NAME = "simulator"
_HOST = "127.0.0.1"
_FIRST_PORT = 8100  # what ``uso simulate`` takes by default; any free one if it is in use
_GONE = "The simulator does not offer this partner any more."
_REGISTRY = Principal(user_id="registry", roles=frozenset({"operator"}))

log = structlog.get_logger(__name__)


def simulator(data_dir: Path) -> SharedProcess:
    """The simulator for the processes of ``data_dir``; its info holds ``url``."""
    return SharedProcess(_NAME, data_dir, prepare=_prepare, ready=_answers)


def _prepare(folder: Path) -> Launch:
    kept = _ports(folder)
    port = free_port(kept[-1] if kept else _FIRST_PORT)
    if port not in kept[-1:]:
        kept.append(port)
        (folder / "ports").write_text("\n".join(map(str, kept)))
    command = [sys.executable, "-m", "simulator", "--host", _HOST, "--port", str(port)]
    return Launch(command=command, info={"url": _address(port)})


def _ports(folder: Path) -> list[int]:
    """The ports the simulator of this folder has had, the present one last."""
    file = folder / "ports"
    return [int(line) for line in file.read_text().split()] if file.exists() else []


def _former(data_dir: Path) -> list[str]:
    """Where the simulator of this data folder used to be."""
    return [_address(port) for port in _ports(data_dir / _NAME)[:-1]]


def _address(port: int) -> str:
    return f"http://{_HOST}:{port}"


def _answers(info: Mapping[str, str | int]) -> bool:
    try:
        return httpx.get(f"{info['url']}/health", timeout=2, trust_env=False).is_success
    except httpx.HTTPError:
        return False


@asynccontextmanager
async def bring_partners(services: Services) -> AsyncIterator[None]:
    """Simulated partners that the registry knows, if the settings want any, until the block ends.

    Raises ``UnavailableError`` with what to do when they cannot be reached.
    """
    settings = services.settings
    if settings.simulator_url is not None:
        await register(services, settings.simulator_url)
        yield
    elif settings.simulates_partners:
        shared = simulator(settings.data_dir)
        url = str((await shared.start())["url"])
        try:
            await register(services, url, former=await asyncio.to_thread(_former, settings.data_dir))
            yield
        finally:
            await shared.stop()
    else:
        yield


async def register(services: Services, url: str, *, former: Sequence[str] = ()) -> None:
    """Make the registry know the partners of the simulator at ``url``.

    One that serves no usable manifest is left out, as any such partner would be. Those that this simulator, or one at
    a ``former`` address, once offered and offers no more are marked as failing, because nothing answers there.
    """
    now = services.clock()
    try:
        async with httpx.AsyncClient(trust_env=False, timeout=10) as client:
            listed = (await client.get(f"{url}/")).raise_for_status().json()["partners"]
    except (httpx.HTTPError, httpx.InvalidURL, ValueError, KeyError, TypeError) as error:
        raise UnavailableError(
            f"No simulated partners answer at {url}. Start them with 'uso simulate', or leave USO_SIMULATOR_URL unset."
        ) from error
    wanted = [partner["manifest_url"] for partner in listed]
    usable = await registry.add_partners(services.database, services.http, _REGISTRY, wanted, now=now)
    retired = await _retire(services, [url, *former], offered=set(wanted), now=now)
    log.info("simulated_partners_known", url=url, offered=len(wanted), usable=usable, retired=retired)
    if not usable and not services.settings.loopback_allowed:
        log.warning("simulated_partners_refused", reason="they are on this machine: set USO_ALLOW_LOOPBACK=true")


async def _retire(services: Services, addresses: Sequence[str], *, offered: set[str], now: datetime) -> int:
    roots = tuple(f"{address.rstrip('/')}/p/" for address in addresses)
    gone = [
        partner
        for partner in await registry.list_partners(services.database, _REGISTRY)
        if partner.status == "active" and partner.manifest_url.startswith(roots) and partner.manifest_url not in offered
    ]
    if gone:
        async with services.database.transaction() as conn:
            for partner in gone:
                await partners.mark_failing(conn, _REGISTRY, partner.id, _GONE, now=now)
        forget(services.database, _REGISTRY)
    return len(gone)
