"""The registry: partners by their manifest, their catalogues in step, bad ones contained."""

from collections.abc import AsyncIterator, Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest
from starlette.responses import JSONResponse

from memory import catalogue_search
from memory.catalogue_search import CatalogueQuery
from memory.database import Database
from schemas.capability import built_in
from schemas.errors import AddressRefusedError, ManifestError, NotFoundError
from schemas.partner import Partner
from schemas.principal import Principal
from simulator.app import create_app
from tests.conftest import Serve
from tests.tools import paper_partner as paper
from tests.tools.paper_partner import PaperPartner, PaperTown, Script
from tools import registry
from tools.http import PartnerHttp

NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)


@pytest.fixture
def town() -> PaperTown:
    return PaperTown()


@pytest.fixture
def http(town: PaperTown) -> PartnerHttp:
    return PartnerHttp(transport=httpx.ASGITransport(town))


@pytest.fixture
async def loopback() -> AsyncIterator[PartnerHttp]:
    opened = PartnerHttp(allow_loopback=True)
    yield opened
    await opened.close()


Shop = Callable[..., tuple[PaperPartner, str]]


@pytest.fixture
def shop(town: PaperTown) -> Shop:
    """``shop(products)``: a paper partner with a catalogue, and its manifest's address."""

    def start(*products: Any, pages: Any = None, **config: Any) -> tuple[PaperPartner, str]:
        app = PaperPartner()
        base = town.open(app)
        app.says = {
            "/.well-known/ucp": paper.profile(base, **config),
            "/ucp/catalog/search": pages or paper.catalogue(*products),
        }
        return app, f"{base}/.well-known/ucp"

    return start


async def _titles(database: Database, principal: Principal, text: str, *capability_ids: str) -> list[str]:
    async with database.connection() as conn:
        (hits,) = await catalogue_search.search(
            conn, principal, [CatalogueQuery(text=text, capability_ids=capability_ids)]
        )
    return [hit.title for hit in hits]


async def test_forty_simulated_partners_are_added_and_synced(
    serve: Serve, database: Database, loopback: PartnerHttp, principal: Principal
) -> None:
    app = create_app(behaviours="accept")
    base = await serve(app)
    urls = [f"{base}/p/{slug}/.well-known/ucp" for slug in app.state.town.shops]
    assert await registry.add_partners(database, loopback, principal, urls, now=NOW) == 40
    partners = await registry.list_partners(database, principal)
    assert sum(partner.products for partner in partners) >= 1_500
    assert all(partner.status == "active" and partner.error is None for partner in partners)
    known = {capability.id for capability in await registry.capabilities(database, principal)}
    assert {capability.id for capability in built_in()} < known  # and some that only partners brought
    assert "dog.grooming" in known
    assert "rose" in " ".join(await _titles(database, principal, "red roses", "flowers.delivery")).lower()


async def test_adding_twice_keeps_the_partner_and_takes_what_is_new(
    database: Database, http: PartnerHttp, principal: Principal, shop: Shop
) -> None:
    app, url = shop(paper.product("v1"), rating=4)
    first = await registry.add_partner(database, http, principal, url, now=NOW)
    base = url.removesuffix("/.well-known/ucp")
    app.says["/.well-known/ucp"] = paper.profile(base) | {"keys": [{"kid": "k2", "kty": "EC"}]}
    again = await registry.add_partner(database, http, principal, url, now=NOW)
    assert again.id == first.id
    assert again.keys == [{"kid": "k2", "kty": "EC"}]
    assert [partner.id for partner in await registry.list_partners(database, principal)] == [first.id]


async def test_another_tenant_sees_none_of_it(
    database: Database, http: PartnerHttp, principal: Principal, shop: Shop, fresh: Callable[[str], str]
) -> None:
    _, url = shop(paper.product("v1", metadata={"service": "flowers.delivery"}))
    partner = await registry.add_partner(database, http, principal, url, now=NOW)
    await registry.sync_partner(database, http, principal, partner.id, now=NOW)
    other = Principal(user_id="u", tenant_id=fresh("tenant"))
    with pytest.raises(NotFoundError):
        await registry.sync_partner(database, http, other, partner.id, now=NOW)
    assert await registry.list_partners(database, other) == []
    assert await _titles(database, other, "thing", "flowers.delivery") == []
    theirs = await registry.add_partner(database, http, other, url, now=NOW)
    assert theirs.id != partner.id


async def test_an_internal_or_useless_address_is_not_written_down(
    database: Database, loopback: PartnerHttp, principal: Principal
) -> None:
    with pytest.raises(AddressRefusedError):
        await registry.add_partner(database, loopback, principal, "https://169.254.169.254/", now=NOW)
    with pytest.raises(ManifestError, match="cannot be reached"):
        await registry.add_partner(database, loopback, principal, "http://127.0.0.1:1/.well-known/ucp", now=NOW)
    assert await registry.list_partners(database, principal) == []


async def _synced(database: Database, http: PartnerHttp, principal: Principal, url: str) -> Partner:
    partner = await registry.add_partner(database, http, principal, url, now=NOW)
    return await registry.sync_partner(database, http, principal, partner.id, now=NOW)


def _pages(*pages: list[str]) -> Script:
    last = len(pages) - 1
    return Script(
        [
            paper.catalogue(
                *(paper.product(name) for name in names),
                pagination={"has_next_page": n < last} | ({"cursor": f"c{n + 1}"} if n < last else {}),
            )
            for n, names in enumerate(pages)
        ]
    )


async def test_the_catalogue_is_read_page_by_page(
    database: Database, http: PartnerHttp, principal: Principal, shop: Shop
) -> None:
    app, url = shop(pages=_pages(["a", "b"], ["c"], ["d"]))
    assert (await _synced(database, http, principal, url)).products == 4
    asked = [body["pagination"].get("cursor") for path, _, body in app.requests if path.endswith("search")]
    assert asked == [None, "c1", "c2"]


@pytest.mark.parametrize("item", [paper.product("a"), {"id": "unreadable"}])
async def test_pages_that_run_in_a_circle_are_noticed(
    database: Database, http: PartnerHttp, principal: Principal, shop: Shop, item: Any
) -> None:
    app, url = shop(pages=paper.catalogue(item, pagination={"has_next_page": True, "cursor": "again"}))
    partner = await _synced(database, http, principal, url)
    assert partner.status == "failing" and "in a circle" in (partner.error or "")
    assert len(app.requests) < 6


async def test_what_a_new_partner_can_do_is_known_at_once(
    database: Database, http: PartnerHttp, principal: Principal, shop: Shop
) -> None:
    async def known() -> set[str]:
        return {capability.id for capability in await registry.capabilities(database, principal)}

    mine = {"id": "dog.grooming", "name": "Dog grooming", "effect": "attended"}
    app, url = shop(paper.product("v1", metadata={"service": "dog.grooming"}), services=[mine])
    assert "dog.grooming" not in await known()
    partner = await _synced(database, http, principal, url)
    assert "dog.grooming" in await known()
    app.says["/.well-known/ucp"] = JSONResponse({}, 500)
    await registry.sync_partner(database, http, principal, partner.id, now=NOW)
    assert "dog.grooming" not in await known()  # a failing partner's is not on offer


async def test_a_sync_replaces_the_catalogue_and_a_failed_one_keeps_it(
    database: Database, http: PartnerHttp, principal: Principal, shop: Shop
) -> None:
    facts = {"service": "flowers.delivery"}
    app, url = shop(
        paper.product("v1", title="Tulips", metadata=facts), paper.product("v2", title="Roses", metadata=facts)
    )
    partner = await _synced(database, http, principal, url)
    assert sorted(await _titles(database, principal, "flowers", "flowers.delivery")) == ["Roses", "Tulips"]

    app.says["/ucp/catalog/search"] = paper.catalogue(paper.product("v2", title="White roses", metadata=facts))
    await registry.sync_partner(database, http, principal, partner.id, now=NOW)
    assert await _titles(database, principal, "flowers", "flowers.delivery") == ["White roses"]

    app.says["/ucp/catalog/search"] = JSONResponse({}, 500)
    failed = await registry.sync_partner(database, http, principal, partner.id, now=NOW)
    assert (failed.status, failed.products) == ("failing", 1) and "status 500" in (failed.error or "")
    assert await _titles(database, principal, "flowers", "flowers.delivery") == []  # not offered while it fails

    app.says["/ucp/catalog/search"] = paper.catalogue(paper.product("v2", title="White roses", metadata=facts))
    well = await registry.sync_partner(database, http, principal, partner.id, now=NOW + timedelta(hours=1))
    assert (well.status, well.error, well.synced_at) == ("active", None, NOW + timedelta(hours=1))
    assert await _titles(database, principal, "flowers", "flowers.delivery") == ["White roses"]


async def test_one_bad_partner_stops_no_other(
    database: Database, http: PartnerHttp, principal: Principal, shop: Shop
) -> None:
    told: list[str] = []

    async def tell(partner: Partner) -> None:
        told.append(partner.id)

    shops = [shop(paper.product("v1")) for _ in range(4)]
    partners = [await registry.add_partner(database, http, principal, url, now=NOW) for _, url in shops]
    shops[1][0].says["/.well-known/ucp"] = JSONResponse({"ucp": "?"})
    shops[2][0].says["/ucp/catalog/search"] = JSONResponse({"products": [{"id": "x"}]})
    result = {
        partner.id: partner for partner in await registry.sync_all(database, http, principal, now=NOW, synced=tell)
    }
    assert [result[partner.id].status for partner in partners] == ["active", "failing", "failing", "active"]
    assert "no product that can be read" in (result[partners[2].id].error or "")
    assert sorted(told) == sorted(partner.id for partner in partners)


async def test_products_that_cannot_be_read_are_left_out_and_counted(
    database: Database, http: PartnerHttp, principal: Principal, shop: Shop
) -> None:
    _, url = shop(paper.product("v1"), paper.product("v2", price={"amount": -1, "currency": "USD"}))
    partner = await _synced(database, http, principal, url)
    assert (partner.status, partner.products) == ("active", 1)
    assert (partner.error or "").startswith("1 left out of the catalogue, the first: product 'p-v2': variants.0.price")


async def test_what_a_shop_does_is_inferred_from_its_categories(
    database: Database, http: PartnerHttp, principal: Principal, shop: Shop
) -> None:
    def of(name: str, category: str, **metadata: Any) -> Any:
        return paper.product(name, title=name, categories=[{"value": category}], metadata=metadata)

    _, url = shop(
        of("Spring mix", "Bouquets"),
        of("Red dozen", "Home > Flowers > Roses"),
        of("Airport", "Taxi"),
        of("Three tiers", "Wedding cakes"),
        of("Full groom", "Dog grooming", effect="attended", duration_minutes=90),
        of("Nail trim", "Dog grooming"),
        of("Estate car", "Car rental"),
        of("Declared", "Anything", service="spa.treatment"),
    )
    partner = await _synced(database, http, principal, url)
    by_id = {capability.id: capability for capability in partner.capabilities}
    assert set(by_id) == {
        "flowers.delivery",
        "ride.taxi",
        "cake.delivery",
        "spa.treatment",
        "inferred.dog-grooming",
        "inferred.car-rental",
    }
    grooming = by_id["inferred.dog-grooming"]
    assert (grooming.name, grooming.effect, grooming.duration_minutes) == ("Dog grooming", "attended", 90)
    assert "inferred.dog-grooming" in {entry.id for entry in await registry.capabilities(database, principal)}
    assert sorted(await _titles(database, principal, "groom my dog", "inferred.dog-grooming")) == [
        "Full groom",
        "Nail trim",
    ]


async def test_a_partner_cannot_redefine_what_is_built_in(
    database: Database, http: PartnerHttp, principal: Principal, shop: Shop
) -> None:
    mine = {"id": "ride.taxi", "name": "Free money", "effect": "delivered"}
    _, url = shop(paper.product("v1", metadata={"service": "ride.taxi"}), services=[mine])
    await _synced(database, http, principal, url)
    taxi = next(entry for entry in await registry.capabilities(database, principal) if entry.id == "ride.taxi")
    assert (taxi.name, taxi.effect) == ("Ride", "moves_person")


async def test_known_and_fresh_partners_are_not_fetched_again(
    database: Database, http: PartnerHttp, principal: Principal, shop: Shop
) -> None:
    app, url = shop(paper.product("v1"))
    _, broken = shop()
    assert await registry.add_partners(database, http, principal, [url, broken, url], now=NOW) == 1
    before = len(app.requests)
    assert await registry.add_partners(database, http, principal, [url], now=NOW + timedelta(minutes=59)) == 1
    assert len(app.requests) == before
    assert await registry.add_partners(database, http, principal, [url], now=NOW + timedelta(minutes=61)) == 1
    assert len(app.requests) > before
