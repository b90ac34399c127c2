"""Partners for embedded mode: one simulator for the processes of a data folder, known to the registry.

The simulator keeps its port over restarts, because a partner is known by the address of its manifest.
"""

import socket
import sys
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path

import httpx
import structlog

from graphs.services import Services
from memory.embedded import Launch, SharedProcess
from schemas.errors import UnavailableError
from schemas.principal import Principal
from tools import registry

_HOST = "127.0.0.1"
_FIRST_PORT = 8100  # what ``uso simulate`` takes by default; any free one if it is in use

log = structlog.get_logger(__name__)


def simulator(data_dir: Path) -> SharedProcess:
    """The simulator for the processes of ``data_dir``; its info holds ``url``."""
    return SharedProcess("simulator", data_dir, prepare=_prepare, ready=_answers)


def _prepare(folder: Path) -> Launch:
    kept = folder / "port"
    port = _free_port(int(kept.read_text()) if kept.exists() else _FIRST_PORT)
    kept.write_text(str(port))
    command = [sys.executable, "-m", "simulator", "--host", _HOST, "--port", str(port)]
    return Launch(command=command, info={"url": f"http://{_HOST}:{port}"})


def _free_port(wanted: int) -> int:
    for port in (wanted, 0):
        try:
            with socket.create_server((_HOST, port), reuse_port=False) as probe:
                return int(probe.getsockname()[1])
        except OSError:
            continue
    raise UnavailableError("There is no free port for the simulated partners on this machine.")


def _answers(info: Mapping[str, str | int]) -> bool:
    try:
        return httpx.get(f"{info['url']}/health", timeout=2, trust_env=False).is_success
    except httpx.HTTPError:
        return False


async def register(services: Services, url: str, principal: Principal, *, now: datetime) -> None:
    """Make the registry know the simulator's partners, and no others of a simulator that is gone.

    One that serves no usable manifest is left out, as any such partner would be.
    """
    async with httpx.AsyncClient(trust_env=False, timeout=10) as client:
        listed = (await client.get(f"{url}/")).raise_for_status().json()["partners"]
    wanted = [partner["manifest_url"] for partner in listed]
    added = await registry.add_partners(services.database, services.http, principal, wanted, now=now)
    log.info("simulated_partners_known", url=url, offered=len(wanted), added=added)
