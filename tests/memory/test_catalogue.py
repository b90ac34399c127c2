"""The catalogue: replaced in one step, found by words and meaning, and still quick when it is large."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import numpy as np
import pytest

from memory import catalogue, partners
from memory.catalogue_search import CatalogueQuery, Hit, middles, search
from memory.database import Database
from schemas.errors import NotFoundError
from schemas.money import Money
from schemas.partner import Partner, Product
from schemas.place import Place
from schemas.principal import Principal

NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)
CHICAGO = Place(name="Chicago", lat=41.88, lon=-87.63, zone="America/Chicago")
BERLIN = Place(name="Berlin", lat=52.52, lon=13.4, zone="Europe/Berlin")
KIND = "test.flowers"

Stock = Callable[..., Any]


@pytest.fixture
def stock(database: Database, principal: Principal, fresh: Callable[[str], str]) -> Stock:
    """``await stock("Red roses", "Tulips", …)``: a new partner with these products (titles, or fields)."""

    async def fill(*products: str | dict[str, Any], partner: Partner | None = None, **changes: Any) -> Partner:
        known = partner or Partner(
            id=fresh("partner"), name="P", manifest_url=fresh("url"), endpoint="e", ucp_version="v", place=CHICAGO
        ).model_copy(update=changes)
        fields = [{"title": item} if isinstance(item, str) else item for item in products]
        wanted = [
            Product.model_validate(
                {"partner_id": known.id, "id": f"v{n}", "capability_id": KIND,
                 "price": Money(amount=1000 * (n + 1), currency="USD"), **item}
            )
            for n, item in enumerate(fields)
        ]  # fmt: skip
        async with database.transaction() as conn:
            await partners.save(conn, principal, known, now=NOW)
            await catalogue.replace(conn, principal, known, wanted)
        return known

    return fill


@pytest.fixture
def find(database: Database, principal: Principal) -> Callable[..., Any]:
    """``await find("red roses")``: the hits of one query."""

    async def ask(text: str, *, limits: dict[str, Any] | None = None, **facts: Any) -> list[Hit]:
        query = replace(CatalogueQuery(text=text, capability_ids=[KIND]), **facts)
        async with database.connection() as conn:
            (hits,) = await search(conn, principal, [query], **(limits or {}))
        return hits

    return ask


def _titles(hits: list[Hit]) -> list[str]:
    return [hit.title for hit in hits]


# finding


async def test_words_find_their_product_whatever_their_form(stock: Stock, find: Any) -> None:
    await stock("Dozen red roses", "White tulips", "Orchid in a pot")
    hits = await find("a red rose")
    assert hits[0].title == "Dozen red roses"
    assert hits[0].match > 0.7
    assert hits[0].list_price == Money(amount=1000, currency="USD")


async def test_meaning_finds_what_no_word_says(stock: Stock, find: Any) -> None:
    await stock("Sedan with driver", "Chocolate gateau", "Wooden chair")
    assert _titles(await find("cake"))[0] == "Chocolate gateau"


async def test_tags_and_descriptions_count_but_less_than_the_title(stock: Stock, find: Any) -> None:
    await stock({"title": "Arrangement", "description": "With lavender"}, {"title": "Bunch", "tags": ["lavender"]},
                "Lavender")  # fmt: skip
    assert _titles(await find("lavender")) == ["Lavender", "Bunch", "Arrangement"]


async def test_what_matches_far_less_is_left_out_however_cheap(stock: Stock, find: Any) -> None:
    await stock({"title": "Plastic bucket", "price": Money(amount=1, currency="USD")}, "Red roses")
    assert _titles(await find("red roses")) == ["Red roses"]


async def test_without_telling_words_anything_of_the_kind_will_do(stock: Stock, find: Any) -> None:
    await stock("Red roses", "Wooden chair", "Tulips")
    hits = await find("")
    assert sorted(_titles(hits)) == ["Red roses", "Tulips", "Wooden chair"]


async def test_what_is_typical_of_the_kind_fits_better(
    stock: Stock, find: Any, database: Database, principal: Principal
) -> None:
    await stock("Children's party boxes", "Hot buffet", "Cold buffet", "Vegan buffet")
    kinds = await middles(database, principal, [KIND])
    hits = await find("", middle=kinds[KIND])
    assert min(hits, key=lambda hit: hit.match).title == "Children's party boxes"


async def test_a_particular_that_is_kept_leads(stock: Stock, find: Any) -> None:
    await stock("Indian dinner", "Italian dinner", "Dinner")
    assert _titles(await find("dinner italian", facts=["italian"]))[0] == "Italian dinner"


async def test_what_is_to_be_avoided_is_not_found_but_what_is_free_of_it_is(stock: Stock, find: Any) -> None:
    await stock("Cake with nuts", {"title": "Chocolate cake", "tags": ["contains nuts"]}, "Nut-free cake", "Plain cake",
                {"title": "Almond cake", "description": "A nut lover's dream"})  # fmt: skip
    assert set(_titles(await find("cake", avoid=["nuts"]))) == {"Nut-free cake", "Plain cake"}
    assert len(await find("cake", avoid=["nuts", "plain"])) == 1
    assert len(await find("cake", avoid=["plain almond"])) >= 3  # two words must stand together


async def test_odd_words_are_only_words(stock: Stock, find: Any) -> None:
    await stock("Red roses")
    for text in [
        "'; DROP TABLE products; --",
        "roses & ! ( ) | <-> :*",
        '"',
        "a -roses",
        "%s %(n)s",
        "🌹",
        "the of",
        "\x01",
    ]:
        await find(text, avoid=[text, "", "   "], facts=[text])
    assert len(await find("roses")) == 1


async def test_price_ceiling_party_and_capacity(stock: Stock, find: Any) -> None:
    def table(title: str, dollars: int, **more: Any) -> dict[str, Any]:
        return {"title": title, "price": Money(amount=dollars * 100, currency="USD"), **more}

    await stock(
        table("Dinner cheap", 20, price_per="person"),
        table("Dinner dear", 90, price_per="person"),
        table("Dinner small", 10, capacity=2),
        table("Dinner euro", 10) | {"price": Money(amount=1, currency="EUR")},
        table("Dinner gone", 5, available=False),
    )
    assert set(_titles(await find("dinner", party=4))) == {"Dinner cheap", "Dinner dear"}
    assert set(_titles(await find("dinner", party=4, quantity=2))) == {"Dinner cheap", "Dinner dear", "Dinner small"}
    assert set(_titles(await find("dinner", party=4, below=8_001))) == {"Dinner cheap"}
    assert set(_titles(await find("dinner", party=4, below=8_000))) == set()
    assert _titles(await find("dear dinner", party=4, ceiling=10_000))[0] == "Dinner cheap"  # dearer is kept, but last
    assert len(await find("dear dinner", party=4, ceiling=10_000)) == 2


async def test_only_partners_within_reach(stock: Stock, find: Any) -> None:
    await stock("Roses of Chicago")
    await stock("Roses of Berlin", place=BERLIN)
    await stock("Roses by post", place=None)
    await stock({"title": "Roses from a stall in Berlin", "place": BERLIN})
    assert set(_titles(await find("roses", near=CHICAGO))) == {"Roses of Chicago", "Roses by post"}
    assert len(await find("roses")) == 4


async def test_one_partner_cannot_fill_the_list(stock: Stock, find: Any) -> None:
    big = await stock(*(f"Red roses {n}" for n in range(20)))
    small = [await stock("Red roses") for _ in range(3)]
    hits = await find("red roses", limits={"partners": 3, "each": 2, "cheapest": 0})
    assert len(hits) <= 6
    assert len({hit.partner_id for hit in hits}) == 3
    assert {hit.partner_id for hit in hits} <= {big.id, *(partner.id for partner in small)}


async def test_variants_of_one_product_do_not_crowd_out_others(stock: Stock, find: Any) -> None:
    sizes = [{"title": f"Roses size {n}", "group": "roses"} for n in range(5)]
    await stock(*sizes, {"title": "Tulips and roses", "group": "tulips"})
    assert "Tulips and roses" in _titles(await find("roses", limits={"each": 2, "cheapest": 0}))


async def test_the_cheapest_is_found_whoever_sells_it(stock: Stock, find: Any) -> None:
    for stars in (5, 5, 5):
        await stock({"title": "Red roses", "rating": stars})
    poor = await stock({"title": "Red roses", "rating": 1, "price": Money(amount=100, currency="USD")})
    hits = await find("red roses", limits={"partners": 2, "each": 1, "cheapest": 1})
    assert poor.id in {hit.partner_id for hit in hits}


async def test_partners_that_fail_or_were_asked_already_are_passed_over(
    stock: Stock, find: Any, database: Database, principal: Principal
) -> None:
    failing, asked, good = [await stock("Red roses") for _ in range(3)]
    async with database.transaction() as conn:
        await partners.mark_failing(conn, principal, failing.id, "gone", now=NOW)
    hits = await find("red roses", limits={"skip_partners": [asked.id]})
    assert {hit.partner_id for hit in hits} == {good.id}


async def test_several_needs_are_answered_at_once_and_in_order(
    stock: Stock, database: Database, principal: Principal
) -> None:
    await stock("Red roses", {"title": "Taxi", "capability_id": "test.ride"})
    queries = [CatalogueQuery(text="taxi", capability_ids=["test.ride"]),
               CatalogueQuery(text="anything", capability_ids=["test.nothing"]),
               CatalogueQuery(text="roses", capability_ids=["test.ride", KIND])]  # fmt: skip
    async with database.connection() as conn:
        found = await search(conn, principal, queries)
        assert await search(conn, principal, []) == []
    assert [_titles(hits) for hits in found] == [["Taxi"], [], ["Red roses"]]


# keeping in step


async def test_a_sync_writes_only_what_changed(stock: Stock, database: Database, principal: Principal) -> None:
    partner = await stock("Red roses", "Tulips", "Orchid")

    def product(n: int, title: str) -> Product:
        price = Money(amount=1000 * (n + 1), currency="USD")
        return Product(partner_id=partner.id, id=f"v{n}", capability_id=KIND, title=title, price=price)

    async def sync(*titles: str) -> int:
        async with database.transaction() as conn:
            return await catalogue.replace(conn, principal, partner, [product(n, t) for n, t in enumerate(titles)])

    assert await sync("Red roses", "Tulips", "Orchid") == 0
    assert await sync("Red roses", "Black tulips") == 2  # one changed, one gone
    moved = partner.model_copy(update={"place": BERLIN})
    async with database.transaction() as conn:
        assert (
            await catalogue.replace(conn, principal, moved, [product(0, "Red roses"), product(1, "Black tulips")]) == 2
        )


async def test_a_replacement_that_fails_half_way_changes_nothing(
    stock: Stock, find: Any, database: Database, principal: Principal
) -> None:
    partner = await stock("Red roses")
    try:
        async with database.transaction() as conn:
            await catalogue.replace(conn, principal, partner, [])
            raise RuntimeError("the step fails")
    except RuntimeError:
        pass
    assert _titles(await find("roses")) == ["Red roses"]


async def test_a_partner_belongs_to_its_tenant(stock: Stock, database: Database, fresh: Callable[[str], str]) -> None:
    partner = await stock("Red roses")
    stranger = Principal(user_id="u", tenant_id=fresh("tenant"))
    async with database.transaction() as conn:
        with pytest.raises(NotFoundError):
            await partners.get(conn, stranger, partner.id)
        await partners.save(conn, stranger, partner.model_copy(update={"name": "Hijacked"}), now=NOW)
        await partners.mark_failing(conn, stranger, partner.id, "sabotage", now=NOW)
        known = await partners.for_webhook(conn, partner.id)
    assert (known.name, known.status) == ("P", "active")


async def test_every_change_of_a_partner_shows_in_the_version(
    stock: Stock, database: Database, principal: Principal
) -> None:
    async def version() -> int:
        async with database.connection() as conn:
            return await partners.version(conn, principal)

    seen = [await version()]
    partner = await stock("Red roses")
    seen.append(await version())
    async with database.transaction() as conn:
        await partners.mark_failing(conn, principal, partner.id, "gone", now=NOW)
    seen.append(await version())
    assert seen == sorted(set(seen))


# large catalogues


async def test_a_large_kind_gives_the_same_answers(stock: Stock, find: Any, database: Database) -> None:
    partner = await stock("Dozen red roses", "White tulips")
    rng = np.random.default_rng(7)
    noise = [f"[{','.join(f'{value:.3f}' for value in row)}]" for row in rng.normal(size=(40, 256))]
    async with database.transaction() as conn:
        await conn.execute(
            "INSERT INTO products SELECT partner_id, 'n' || g, 'n' || g, tenant_id, capability_id, 'Filler ' || g, '',"
            " 50000 + g, currency, price_per, '{}', '{}', NULL, 0, NULL, 3, NULL, lat, lon, true, '',"
            " setweight(to_tsvector('english', 'filler ' || g), 'A'), (%s::text[])[1 + g %% 40]::halfvec(256)"
            " FROM products, generate_series(1, 4000) g WHERE partner_id = %s AND id = 'v0'",
            (noise, partner.id),
        )
        await conn.execute("ANALYZE products")
    hits = await find("red roses")
    assert hits[0].title == "Dozen red roses"
    assert all(hit.match < hits[0].match for hit in hits[1:])
    assert "Filler 77" in _titles(await find("filler 77"))
    assert {hit.title for hit in await find("tulips", limits={"cheapest": 1})} >= {"White tulips"}


@pytest.mark.parametrize("index", ["products_by_words", "products_by_meaning", "products_by_capability"])
async def test_each_way_of_looking_can_use_its_index(database: Database, principal: Principal, index: str) -> None:
    async with database.connection() as conn, conn.transaction(force_rollback=True):
        for other in {"products_by_words", "products_by_meaning", "products_by_capability"} - {index}:
            await conn.execute(f"DROP INDEX {other}")
        await conn.execute("SET LOCAL enable_seqscan = off")
        await conn.execute("SET LOCAL enable_sort = off")
        assert index in await _plan(conn, principal, CatalogueQuery(text="red roses", capability_ids=[KIND]))


async def _plan(conn: Any, principal: Principal, query: CatalogueQuery) -> str:
    class Explaining:
        async def execute(self, sql: str, parameters: Any) -> Any:
            cursor = await conn.execute(f"EXPLAIN {sql}", parameters)
            self.plan = "\n".join(row["QUERY PLAN"] for row in await cursor.fetchall())
            return await conn.execute("SELECT 1 WHERE false")

    explaining = Explaining()
    await search(explaining, principal, [query])  # type: ignore[arg-type]
    return explaining.plan
