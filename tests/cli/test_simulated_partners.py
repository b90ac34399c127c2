"""Simulated partners in the registry: those that are there are known, those that are gone are not offered."""

import socket
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from graphs.services import Services, open_services
from memory.database import Database
from schemas.errors import UnavailableError
from schemas.partner import Partner
from schemas.principal import Principal
from schemas.settings import Settings
from server import simulated_partners
from server.simulated_partners import register
from simulator.app import create_app
from tests.conftest import Serve
from tools import registry


@pytest.fixture
async def services(empty_database: str) -> AsyncIterator[Services]:
    """Services on an empty registry."""
    settings = Settings(database_url=empty_database, allow_loopback=True, openai_api_key=None, _env_file=None)
    database = await Database.open(empty_database, pool_size=4)
    async with open_services(settings, database) as opened:
        yield opened
    await database.close()


async def known(services: Services) -> dict[str, Partner]:
    partners = await registry.list_partners(services.database, Principal(user_id="test"))
    return {partner.manifest_url: partner for partner in partners}


def active(partners: dict[str, Partner], root: str) -> int:
    return sum(partner.status == "active" and url.startswith(root) for url, partner in partners.items())


async def test_partners_of_a_simulator_that_has_moved_are_retired_and_come_back_with_it(
    services: Services, serve: Serve
) -> None:
    before, after = [await serve(create_app(partners=2, behaviours="accept")) for _ in range(2)]
    await register(services, before)
    assert active(await known(services), before) == 2

    await register(services, after, former=[before])
    partners = await known(services)
    assert (active(partners, before), active(partners, after)) == (0, 2)
    assert all("not offer" in (partner.error or "") for url, partner in partners.items() if url.startswith(before))

    await register(services, before, former=[after])
    partners = await known(services)
    assert (active(partners, before), active(partners, after)) == (2, 0)


async def test_a_partner_the_simulator_no_longer_offers_is_retired(services: Services, serve: Serve) -> None:
    town = create_app(partners=2, behaviours="accept")
    url = await serve(town)
    await register(services, url)
    shops = town.state.town.shops
    gone = next(iter(shops))
    del shops[gone]
    await register(services, url)
    partners = await known(services)
    assert {u for u, partner in partners.items() if partner.status == "failing"} == {
        u for u in partners if f"/p/{gone}/" in u
    }
    assert active(partners, url) == 1


async def test_partners_from_elsewhere_are_left_alone(services: Services, serve: Serve) -> None:
    elsewhere, url = [await serve(create_app(partners=1, behaviours="accept")) for _ in range(2)]
    await register(services, elsewhere)
    await register(services, url, former=["http://127.0.0.1:1"])
    assert active(await known(services), elsewhere) == 1


@pytest.mark.parametrize("url", ["http://127.0.0.1:1", "http://127.0.0.1:x"])
async def test_a_simulator_that_is_not_there_is_named(services: Services, url: str) -> None:
    with pytest.raises(UnavailableError, match=f"No simulated partners answer at {url}"):
        await register(services, url)


async def test_a_page_that_is_no_simulator_is_refused(services: Services, small_city: str) -> None:
    with pytest.raises(UnavailableError, match="No simulated partners answer"):
        await register(services, f"{small_city}/health")


def test_the_simulator_keeps_its_port_and_remembers_those_it_has_left(tmp_path: Path) -> None:
    folder = tmp_path / "simulator"
    folder.mkdir()
    first = simulated_partners._prepare(folder).info["url"]
    assert simulated_partners._prepare(folder).info["url"] == first
    assert simulated_partners._former(tmp_path) == []

    port = int(str(first).rpartition(":")[2])
    with socket.create_server(("127.0.0.1", port)):
        moved = simulated_partners._prepare(folder).info["url"]
    assert moved != first
    assert simulated_partners._former(tmp_path) == [first]
