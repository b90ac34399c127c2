"""``uso partners``: add, list, sync and check, on a real database with real partners."""

import asyncio
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx
import pytest
from starlette.applications import Starlette
from starlette.responses import JSONResponse
from starlette.routing import Route

from memory import partners as rows
from memory.database import Database
from schemas.errors import ManifestError
from schemas.principal import Principal
from server.cli import partners
from simulator.app import create_app
from tests.conftest import Serve

pytestmark = pytest.mark.usefixtures("on_database")

Printed = Callable[[], Any]


@pytest.fixture
def printed(capsys: pytest.CaptureFixture[str]) -> Printed:
    """The JSON that was printed."""
    return lambda: json.loads(capsys.readouterr().out)


async def manifests(city: str) -> list[str]:
    async with httpx.AsyncClient(trust_env=False) as client:
        listed = (await client.get(f"{city}/")).json()["partners"]
    return [partner["manifest_url"] for partner in listed]


async def run(command: Callable[..., int], *arguments: str, as_json: bool = True) -> int:
    return await asyncio.to_thread(lambda: command(*arguments, as_json=as_json))


async def test_a_partner_is_added_with_its_catalogue_and_then_listed(small_city: str, printed: Printed) -> None:
    url = (await manifests(small_city))[0]
    assert await run(partners.add, url) == 0
    [added] = printed()
    assert (added["manifest_url"], added["status"]) == (url, "active")
    assert added["products"] > 0
    assert await run(partners.show) == 0
    assert url in [partner["manifest_url"] for partner in printed()]


async def test_what_is_no_profile_is_not_added(small_city: str) -> None:
    with pytest.raises(ManifestError):
        await run(partners.add, f"{small_city}/health")


async def test_syncing_brings_the_simulated_partners_and_fails_if_one_does(
    serve: Serve, cli_database: str, printed: Printed, monkeypatch: pytest.MonkeyPatch
) -> None:
    city = await serve(create_app(partners=1, behaviours="accept"))
    monkeypatch.setenv("USO_SIMULATOR_URL", city)
    url = (await manifests(city))[0]
    await run(partners.sync)
    assert {partner["manifest_url"]: partner["status"] for partner in printed()}[url] == "active"

    slug = url.partition("/p/")[2].partition("/")[0]
    async with httpx.AsyncClient(trust_env=False) as client:
        await client.post(f"{city}/control/behaviour", json={"slug": slug, "behaviour": "broken_manifest"})
    assert await run(partners.sync) == 1
    failing = next(partner for partner in printed() if partner["manifest_url"] == url)
    assert failing["status"] == "failing"
    assert failing["error"]


async def test_the_list_of_nothing_says_how_to_add_something(
    empty_database: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DATABASE_URL", empty_database)
    assert await run(partners.show, as_json=False) == 0
    assert "uso partners add URL" in capsys.readouterr().out


@pytest.mark.parametrize("columns", ["40", "100"])
async def test_the_list_fits_the_terminal(
    small_city: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, columns: str
) -> None:
    await run(partners.add, (await manifests(small_city))[0])
    capsys.readouterr()
    monkeypatch.setenv("COLUMNS", columns)
    await run(partners.show, as_json=False)
    lines = capsys.readouterr().out.splitlines()
    assert any("active" in line for line in lines)
    assert max(map(len, lines)) <= int(columns)


async def test_a_profile_is_valid_at_its_address_and_in_a_file(
    small_city: str, printed: Printed, tmp_path: Path
) -> None:
    url = (await manifests(small_city))[0]
    assert await run(partners.validate, url) == 0
    there = printed()
    assert there["valid"]
    assert there["services"]
    async with httpx.AsyncClient(trust_env=False) as client:
        (tmp_path / "profile.json").write_bytes((await client.get(url)).content)
    assert await run(partners.validate, "profile.json") == 0
    assert printed() == there


async def test_a_profile_that_is_not_valid_says_why(
    serve: Serve, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "bad.json").write_text('{"name": "no profile"}')
    page = await serve(Starlette(routes=[Route("/", lambda request: JSONResponse([]))]))
    for asked, reason in (("bad.json", "no 'ucp' object"), ("missing.json", "No such file"), (f"{page}/", "'ucp'")):
        assert await run(partners.validate, asked) == 1
        said = json.loads(capsys.readouterr().out)
        assert not said["valid"]
        assert reason in said["error"]
        assert await run(partners.validate, asked, as_json=False) == 1
        told = capsys.readouterr()
        assert told.out == ""
        assert reason in told.err


async def test_keys_are_not_printed(small_city: str, cli_database: str, printed: Printed) -> None:
    await run(partners.add, (await manifests(small_city))[0])
    database = await Database.open(cli_database, pool_size=2)
    async with database.connection() as conn:
        known = await rows.list_of(conn, Principal(user_id="test"))
    await database.close()
    assert any(partner.keys for partner in known)
    assert all("keys" not in partner for partner in printed())
