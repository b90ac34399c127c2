"""The registry over HTTP: a partner is written down only when its manifest is fit, and stays written down once.

The server has a database of its own, because whatever is added here would be found by everybody else's requests.
"""

import asyncio
import gzip
import json
from collections.abc import AsyncIterator, Callable
from typing import Any

import httpx
import psycopg
import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as bounded
from hypothesis import strategies as st
from psycopg import conninfo, sql
from pydantic import SecretStr
from starlette.responses import JSONResponse

from memory.embedded import Servers
from schemas.settings import Settings
from server.app import create_app
from server.auth import Authenticator
from server.serve import Listening
from tests.conftest import Serve
from tests.server.client import User
from tests.tools import paper_partner as paper
from tests.tools.paper_partner import PaperPartner
from tests.tools.raw_partner import Answer, http, raw_partner

Fresh = Callable[[str], str]
Document = dict[str, Any]
PARTNERS = "/api/v1/partners"
JSON = {"Content-Type": "application/json"}


@pytest.fixture(scope="module")
async def registry_settings(servers: Servers) -> AsyncIterator[Settings]:
    """An empty database, and little patience with partners."""
    async with await psycopg.AsyncConnection.connect(servers.database_url, autocommit=True) as admin:
        name = sql.Identifier("registry_routes")
        await admin.execute(sql.SQL("CREATE DATABASE {}").format(name))
        yield Settings(
            database_url=conninfo.make_conninfo(servers.database_url, dbname="registry_routes"),
            redis_url=servers.redis_url,
            allow_loopback=True,
            partner_timeout=0.2,
            openai_api_key=None,
            _env_file=None,
        )
        await admin.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(name))


@pytest.fixture(scope="module")
async def registry_url(registry_settings: Settings) -> AsyncIterator[str]:
    """A server that also talks to partners on this machine."""
    async with Listening(registry_settings) as server:
        yield server.url


@pytest.fixture(scope="module")
async def guarded_url(registry_url: str, registry_settings: Settings) -> AsyncIterator[str]:
    """A server that does not, as in production."""
    async with Listening(registry_settings.with_(allow_loopback=False)) as server:
        yield server.url


@pytest.fixture
async def operator(registry_url: str, fresh: Fresh) -> AsyncIterator[User]:
    someone = User(registry_url, fresh("user"))
    yield someone
    await someone.http.aclose()


@pytest.fixture
async def outsider(guarded_url: str, fresh: Fresh) -> AsyncIterator[User]:
    """Somebody at the server that keeps to the public internet."""
    someone = User(guarded_url, fresh("user"))
    yield someone
    await someone.http.aclose()


@pytest.fixture
async def paper_shop(serve: Serve) -> tuple[PaperPartner, str]:
    """A partner on paper with one thing to sell, and the address of its manifest."""
    partner = PaperPartner()
    base = await serve(partner)
    thing = paper.product("v1", title="Thing", metadata={"service": "flowers.delivery"})
    partner.says = {"/.well-known/ucp": paper.profile(base), "/ucp/catalog/search": paper.catalogue(thing)}
    return partner, f"{base}/.well-known/ucp"


async def add(user: User, url: str) -> Document:
    response = await user.http.post(PARTNERS, json={"manifest_url": url})
    assert response.status_code == 201, response.text
    partner: Document = response.json()
    return partner


async def refused(user: User, url: str) -> Document:
    """The problem of an address that cannot be added; nothing of it has been written down."""
    problem = await user.refused("POST", PARTNERS, json={"manifest_url": url})
    assert problem.keys() == {"type", "title", "status", "detail", "code", "request_id", "errors"}
    assert url not in {partner["manifest_url"] for partner in await known(user)}
    return problem


async def known(user: User) -> list[Document]:
    """All partners, page by page."""
    partners: list[Document] = []
    while page := await page_of(user, limit=200, after=partners[-1]["id"] if partners else None):
        partners += page
    return partners


async def page_of(user: User, *, limit: int, after: str | None = None) -> list[Document]:
    response = await user.http.get(PARTNERS, params={"limit": limit} | ({"after": after} if after else {}))
    assert response.status_code == 200, response.text
    page: list[Document] = response.json()["partners"]
    return page


# Who may

KEYS = "k-ann=ann, k-olga=olga/operator, k-ada=ada/admin, k-pat=pat/partner"


@pytest.fixture(scope="module")
async def locked_url(registry_url: str, registry_settings: Settings) -> AsyncIterator[str]:
    """A server on the same database that asks for keys."""
    async with Listening(registry_settings.with_(api_keys=SecretStr(KEYS))) as server:
        yield server.url


async def holder_of(key: str, url: str) -> User:
    someone = User(url, "ignored")
    someone.http.headers["Authorization"] = f"Bearer {key}"
    return someone


@pytest.mark.parametrize("key", ["k-ann", "k-pat"])
async def test_only_operators_change_the_registry(
    operator: User, locked_url: str, paper_shop: tuple[PaperPartner, str], key: str
) -> None:
    partner = await add(operator, paper_shop[1])
    someone = await holder_of(key, locked_url)
    for path, body in ((PARTNERS, {"manifest_url": paper_shop[1]}), (f"{PARTNERS}/{partner['id']}/sync", None)):
        problem = await someone.refused("POST", path, json=body)
        assert (problem["status"], problem["code"]) == (403, "not_allowed")
        assert "USO_API_KEYS" in problem["detail"]
    assert partner in await known(someone), "everybody may look"
    await someone.http.aclose()


@pytest.mark.parametrize("key", ["k-olga", "k-ada"])
async def test_operators_and_admins_do(locked_url: str, paper_shop: tuple[PaperPartner, str], key: str) -> None:
    someone = await holder_of(key, locked_url)
    partner = await add(someone, paper_shop[1])
    assert (await someone.http.post(f"{PARTNERS}/{partner['id']}/sync")).status_code == 200
    await someone.http.aclose()


async def test_without_keys_only_this_machine_changes_the_registry(
    registry_settings: Settings, paper_shop: tuple[PaperPartner, str]
) -> None:
    app = create_app(registry_settings)
    async with app.router.lifespan_context(app):
        for host, status in (("203.0.113.9", 403), ("127.0.0.1", 201), ("::1", 201), ("a name", 403)):
            transport = httpx.ASGITransport(app, client=(host, 4711))
            async with httpx.AsyncClient(transport=transport, base_url="http://here") as client:
                response = await client.post(PARTNERS, json={"manifest_url": paper_shop[1]})
            assert response.status_code == status, (host, response.text)


@pytest.mark.parametrize("keys", ["k", "k=", "=ann", "k=ann/", "k=ann/queen", "k=ann/operator/admin", "k=a b"])
def test_keys_have_a_form(keys: str) -> None:
    with pytest.raises(ValueError, match="key=user/role"):
        Authenticator(Settings(api_keys=SecretStr(keys), _env_file=None))


# Looking


async def test_partners_come_in_pages_by_name(operator: User, serve: Serve) -> None:
    added = []
    for name in ("Page C", "Page A", "Page B", "Page B"):
        shop = PaperPartner()
        base = await serve(shop)
        shop.says = {"/.well-known/ucp": paper.profile(base, name=name)}
        added.append(await add(operator, f"{base}/.well-known/ucp"))
    everybody = await known(operator)
    assert [one for one in everybody if one in added] == sorted(added, key=lambda one: (one["name"], one["id"]))
    seen: list[Document] = []
    while page := await page_of(operator, limit=2, after=seen[-1]["id"] if seen else None):
        assert len(page) <= 2
        seen += page
    assert seen == everybody


@pytest.mark.parametrize("query", ["limit=0", "limit=201", "limit=many"])
async def test_a_page_has_a_size(operator: User, query: str) -> None:
    problem = await operator.refused("GET", f"{PARTNERS}?{query}")
    assert (problem["status"], problem["errors"][0]["field"]) == (422, "limit")


@pytest.mark.parametrize("after", ["nobody", "a%20b"])
async def test_a_page_begins_after_a_partner_that_is_known(operator: User, after: str) -> None:
    assert (await operator.refused("GET", f"{PARTNERS}?after={after}"))["status"] == 404


# A good one


async def test_a_partner_is_added_with_its_catalogue(operator: User, paper_shop: tuple[PaperPartner, str]) -> None:
    _, url = paper_shop
    partner = await add(operator, url)
    assert (partner["name"], partner["manifest_url"], partner["status"]) == ("Paper", url, "active")
    assert (partner["products"], partner["error"]) == (1, None)
    assert partner in await known(operator)


async def test_what_a_partner_signs_and_is_paid_with_is_not_shown(
    operator: User, paper_shop: tuple[PaperPartner, str]
) -> None:
    partner = await add(operator, paper_shop[1])
    assert partner.keys().isdisjoint({"keys", "payment_handlers"})


async def test_adding_twice_is_adding_once(operator: User, paper_shop: tuple[PaperPartner, str]) -> None:
    _, url = paper_shop
    first, again = await add(operator, url), await add(operator, url)
    assert again | {"synced_at": None} == first | {"synced_at": None}
    assert [partner["manifest_url"] for partner in await known(operator)].count(url) == 1


async def test_adding_at_the_same_time_is_adding_once(operator: User, paper_shop: tuple[PaperPartner, str]) -> None:
    _, url = paper_shop
    added = await asyncio.gather(*(add(operator, url) for _ in range(4)))
    assert len({partner["id"] for partner in added}) == 1
    assert [partner["manifest_url"] for partner in await known(operator)].count(url) == 1


async def test_a_sync_takes_what_is_new(operator: User, paper_shop: tuple[PaperPartner, str]) -> None:
    shop, url = paper_shop
    partner = await add(operator, url)
    shop.says["/ucp/catalog/search"] = paper.catalogue(*(paper.product(f"v{n}") for n in range(3)))
    response = await operator.http.post(f"{PARTNERS}/{partner['id']}/sync")
    assert (response.status_code, response.json()["products"]) == (200, 3)


async def test_a_partner_whose_catalogue_is_broken_is_kept_and_said_to_fail(
    operator: User, paper_shop: tuple[PaperPartner, str]
) -> None:
    shop, url = paper_shop
    del shop.says["/ucp/catalog/search"]
    partner = await add(operator, url)
    assert partner["status"] == "failing"
    assert partner["error"]
    shop.says["/ucp/catalog/search"] = paper.catalogue(paper.product("v1"))
    mended = (await operator.http.post(f"{PARTNERS}/{partner['id']}/sync")).json()
    assert (mended["id"], mended["status"], mended["error"]) == (partner["id"], "active", None)


@pytest.mark.parametrize("identifier", ["nobody", "%00", "a%00b", "%ED%A0%80", "x" * 200, "' OR 1=1"])
async def test_a_partner_nobody_knows_cannot_be_synced(operator: User, identifier: str) -> None:
    problem = await operator.refused("POST", f"{PARTNERS}/{identifier}/sync")
    assert (problem["status"], problem["code"]) == (404, "not_found")


# Manifests that are none


async def never(request: bytes, writer: asyncio.StreamWriter) -> bool:
    """Takes the question and does not answer."""
    await asyncio.Event().wait()
    return False


async def drip(request: bytes, writer: asyncio.StreamWriter) -> bool:
    """Answers one byte at a time, for as long as anybody listens."""
    writer.write(b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 100000\r\n\r\n")
    while not writer.is_closing():
        writer.write(b" ")
        await writer.drain()
        await asyncio.sleep(0.02)  # this partner is slow on purpose
    return False


HUGE = b'{"ucp": "' + b"x" * (3 << 20) + b'"}'
BOMB = gzip.compress(b" " * (64 << 20))


@pytest.mark.parametrize(
    ("answer", "says"),
    [
        (http(b"<html></html>", kind="text/html"), "text/html"),
        (http(b"not json"), "cannot be read"),
        (http(b""), "cannot be read"),
        (http(b'{"ucp": "\xff"}'), "cannot be read"),
        (http(b'{"ucp": NaN}'), "cannot be read"),
        (http(HUGE), "more than 2097152 bytes"),
        (http(BOMB, extra="Content-Encoding: gzip\r\n"), "more than 2097152 bytes"),
        (http(b'{"ucp":' * 100_000), "cannot be read"),
        (http(b'{"ucp":' * 100 + b"1" + b"}" * 100), "nested deeper"),
        (http(b'{"ucp": {}, "ucp": {}}'), "twice"),
        (http(b"[]"), "no 'ucp' object"),
        (http(b'{"ucp": {}}'), "speaks UCP None"),
        (http(b"{}", status="302 Found", extra="Location: http://169.254.169.254/\r\n"), "redirect"),
        (http(b"{}", status="307 Temporary Redirect", extra="Location: /elsewhere\r\n"), "final address"),
        (http(b"{}", status="404 Not Found"), "status 404"),
        (http(b"{}", status="500 Oops"), "status 500"),
        (b"SSH-2.0-OpenSSH_9.2\r\n\r\n", "cannot be reached"),
        (never, "did not answer within 1 s"),
        (drip, "did not answer within 1 s"),
    ],
    ids=lambda value: value[:40] if isinstance(value, str) else "",
)
async def test_what_is_no_manifest_is_refused(operator: User, answer: Answer | bytes, says: str) -> None:
    async with raw_partner(answer) as partner:
        problem = await refused(operator, f"{partner.url}/.well-known/ucp")
    assert (problem["status"], problem["code"]) == (422, "manifest_invalid")
    assert says in problem["detail"]


async def test_where_nobody_listens_there_is_no_manifest(operator: User) -> None:
    problem = await refused(operator, "http://127.0.0.1:1/.well-known/ucp")
    assert (problem["status"], problem["code"]) == (422, "manifest_invalid")
    assert "cannot be reached" in problem["detail"]


def _ucp(change: Callable[[Document], Any]) -> Callable[[str], Document]:
    """A profile with a change in its ``ucp`` object, once its base address is known."""

    def of(base: str) -> Document:
        profile = paper.profile(base)
        change(profile["ucp"])
        return profile

    return of


def _foreign(capability: str, field: str, url: str) -> Callable[[str], Document]:
    return _ucp(lambda ucp: ucp["capabilities"][capability][0].update({field: url}))


def _endpoint(url: str) -> Callable[[str], Document]:
    return _ucp(lambda ucp: ucp["services"]["dev.ucp.shopping"][0].update({"endpoint": url}))


@pytest.mark.parametrize(
    ("profile", "says"),
    [
        (_ucp(lambda ucp: ucp.update(version="2031-01-01")), "we speak 2026-08-25"),
        (_ucp(lambda ucp: ucp.update(version=7)), "we speak 2026-08-25"),
        (_foreign("dev.ucp.shopping.order", "spec", "https://evil.example/spec"), "not on the domain"),
        (_foreign("example.uso.services", "schema", "https://uso.example.evil.example/s"), "not on the domain"),
        (_foreign("example.uso.booking", "spec", "http://uso.example/spec"), "not on the domain"),
        (_ucp(lambda ucp: ucp["capabilities"].pop("dev.ucp.shopping.catalog.lookup")), "without a catalogue"),
        (_ucp(lambda ucp: ucp["services"].clear()), "REST"),
        (_ucp(lambda ucp: ucp.update(services=[])), "not a UCP business profile"),
        (lambda base: paper.profile(base, services=[{"id": ""}]), "config of example.uso.services"),
        (lambda base: paper.profile(base, place={"name": "Moon", "lat": 400, "lon": 0, "zone": "Moon/Sea"}), "place"),
        (lambda base: paper.profile(base) | {"keys": "all of them"}, "not a UCP business profile"),
        (lambda base: paper.profile(base, place={"name": "a\0b", "lat": 1, "lon": 1, "zone": "UTC"}), "NUL"),
    ],
)  # fmt: skip
async def test_a_profile_that_breaks_the_protocol_is_refused(
    operator: User, paper_shop: tuple[PaperPartner, str], profile: Callable[[str], Document], says: str
) -> None:
    shop, url = paper_shop
    shop.says["/.well-known/ucp"] = profile(url.removesuffix("/.well-known/ucp"))
    problem = await refused(operator, url)
    assert (problem["status"], problem["code"]) == (422, "manifest_invalid")
    assert says in problem["detail"]


async def test_a_catalogue_with_nul_characters_is_not_taken(
    operator: User, paper_shop: tuple[PaperPartner, str]
) -> None:
    shop, url = paper_shop
    shop.says["/ucp/catalog/search"] = paper.catalogue(paper.product("v1", tags=["a\0b"]))
    partner = await add(operator, url)
    assert (partner["status"], partner["products"]) == ("failing", 0)
    assert "NUL" in partner["error"]


@pytest.mark.parametrize(
    "facts",
    [
        {"price": {"amount": 2**63, "currency": "USD"}},
        {"metadata": {"capacity": 2**40}},
        {"metadata": {"duration_minutes": 2**40}},
        {"metadata": {"lead_minutes": 2**40}},
    ],
)
async def test_a_product_with_a_number_that_no_table_can_hold_is_left_out(
    operator: User, paper_shop: tuple[PaperPartner, str], facts: Document
) -> None:
    shop, url = paper_shop
    shop.says["/ucp/catalog/search"] = paper.catalogue(paper.product("v1"), paper.product("v2", **facts))
    partner = await add(operator, url)
    assert (partner["status"], partner["products"]) == ("active", 1)
    assert "'p-v2'" in partner["error"]


# Addresses where we do not go


INTERNAL = [
    "http://169.254.169.254/latest/meta-data/",
    "https://169.254.169.254/.well-known/ucp",
    "http://10.0.0.1/.well-known/ucp",
    "https://192.168.1.1/.well-known/ucp",
    "https://172.16.0.1/",
    "https://100.64.0.1/",
    "https://0.0.0.0/",
    "https://224.0.0.1/",
    "https://[fe80::1]/",
    "https://[fd00::1]/",
    "https://[::ffff:169.254.169.254]/",
    "https://[64:ff9b::a9fe:a9fe]/",
    "http://2130706433/",
    "https://0x7f.1/",
    "https://0251.0376.0251.0376/",
    "https://127.1/",
    "https://user:secret@partner.example/",
    "http://partner.example/.well-known/ucp",
    "file:///etc/passwd",
    "gopher://partner.example/",
    "ftp://partner.example/",
    "javascript:alert(1)",
    "//partner.example/",
    "partner.example",
    "https://",
    "https://partner.example/ \r\nHost: 127.0.0.1",
    "https://[::1",
    "http://127.0.0.1:99999/",
]


@pytest.mark.parametrize("url", INTERNAL)
async def test_an_address_that_is_not_a_public_one_is_refused(operator: User, url: str) -> None:
    problem = await refused(operator, url)
    assert (problem["status"], problem["code"]) == (422, "address_refused")
    assert "secret" not in problem["detail"]


@pytest.mark.parametrize("host", ["127.0.0.1", "[::1]", "localhost", "sub.localhost", "127.255.0.1", "LOCALHOST."])
@pytest.mark.parametrize("scheme", ["http", "https"])
async def test_this_machine_is_refused_where_it_is_not_allowed(outsider: User, scheme: str, host: str) -> None:
    assert (await refused(outsider, f"{scheme}://{host}:8100/.well-known/ucp"))["code"] == "address_refused"


async def test_a_guarded_server_asks_nobody_on_this_machine(outsider: User) -> None:
    async with raw_partner(http(b"{}")) as partner:
        await refused(outsider, f"{partner.url}/.well-known/ucp")
        assert partner.connections == 0


@pytest.mark.parametrize("endpoint", ["http://169.254.169.254/ucp", "https://10.0.0.1", "http://partner.example/ucp"])
async def test_a_good_manifest_may_not_send_us_to_a_bad_address(
    operator: User, paper_shop: tuple[PaperPartner, str], endpoint: str
) -> None:
    shop, url = paper_shop
    shop.says["/.well-known/ucp"] = _endpoint(endpoint)("")
    problem = await refused(operator, url)
    assert (problem["status"], problem["code"]) == (422, "address_refused")
    assert "endpoint" in problem["detail"]


# Requests that are none


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({}, "manifest_url"),
        ({"manifest_url": ""}, "manifest_url"),
        ({"manifest_url": None}, "manifest_url"),
        ({"manifest_url": ["https://a.example"]}, "manifest_url"),
        ({"manifest_url": "https://a.example/" + "x" * 2_000}, "manifest_url"),
        ({"manifest_url": "https://a.example", "tenant_id": "theirs"}, "tenant_id"),
        ({"manifest_url": "https://a.example", "errors": "x", "ü": 1}, "errors, ü"),
        ([], "body"),
        (None, "body"),
    ],
)
async def test_a_wrong_field_is_named(operator: User, body: Any, field: str) -> None:
    problem = await operator.refused("POST", PARTNERS, content=json.dumps(body), headers=JSON)
    assert (problem["status"], problem["code"]) == (422, "invalid_request")
    assert ", ".join(error["field"] for error in problem["errors"]) == field
    assert all(error["message"] for error in problem["errors"])


@pytest.mark.parametrize(
    "content",
    [
        b"", b"not json", b'{"manifest_url": ', b'\xff{}', b'{"manifest_url": NaN}', b'{"manifest_url": "\\ud800"}',
        b"[" * 50_000, b'{"a":' * 50_000, b'{"manifest_url":' + b"[" * 100 + b"]" * 100 + b"}",
        b'{"manifest_url": "a", "manifest_url": "b"}', b'{"manifest_url": "https://a.example/\\u0000"}',
        b'{"\\u0000": 1}',
    ],
)  # fmt: skip
async def test_a_body_that_is_not_json_is_refused(operator: User, content: bytes) -> None:
    problem = await operator.refused("POST", PARTNERS, content=content, headers=JSON)
    assert (problem["status"], problem["code"]) == (400, "malformed_body")


async def test_a_body_of_another_kind_is_refused_by_name(operator: User) -> None:
    problem = await operator.refused("POST", PARTNERS, data={"manifest_url": "https://a.example"})
    assert (problem["status"], problem["code"]) == (400, "malformed_header")
    assert problem["errors"][0]["field"] == "Content-Type"


async def test_a_body_of_more_than_a_mebibyte_is_refused(operator: User) -> None:
    problem = await operator.refused("POST", PARTNERS, json={"manifest_url": "x" * (1 << 20)})
    assert (problem["status"], problem["code"]) == (413, "too_large")


junk = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(max_size=12),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=9), inner, max_size=3),
    max_leaves=6,
)


def spoil(document: Any, data: st.DataObject) -> Any:
    """The document with something else in one place."""
    if not isinstance(document, dict | list) or not document or data.draw(st.integers(0, 5)) == 0:
        return data.draw(junk)
    changed: Any = document.copy()
    place = data.draw(st.sampled_from(sorted(document) if isinstance(document, dict) else range(len(document))))
    changed[place] = spoil(document[place], data)
    return changed


@bounded(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
async def test_whatever_a_manifest_says_it_is_taken_or_refused_clearly(
    operator: User, paper_shop: tuple[PaperPartner, str], data: st.DataObject
) -> None:
    shop, url = paper_shop
    profile = spoil(paper.profile(url.removesuffix("/.well-known/ucp"), rating=4), data)
    shop.says["/.well-known/ucp"] = JSONResponse(profile)
    response = await operator.http.post(PARTNERS, json={"manifest_url": url})
    assert response.status_code in (201, 422), (response.text, profile)


@bounded(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
async def test_whatever_a_catalogue_says_the_partner_is_kept(
    operator: User, paper_shop: tuple[PaperPartner, str], data: st.DataObject
) -> None:
    shop, url = paper_shop
    thing = paper.product("v1", metadata={"service": "spa.treatment", "lead_minutes": 5}, tags=["red"])
    catalogue = spoil(paper.catalogue(thing, pagination={"has_next_page": False}), data)
    shop.says["/ucp/catalog/search"] = JSONResponse(catalogue)
    response = await operator.http.post(PARTNERS, json={"manifest_url": url})
    assert response.status_code == 201, (response.text, catalogue)


async def test_the_registry_is_described(operator: User) -> None:
    document = await operator.get("/openapi.json")
    operations = {
        operation["operationId"]: operation
        for path, methods in document["paths"].items()
        if path.startswith(PARTNERS)
        for operation in methods.values()
    }
    assert operations.keys() == {"add_partner", "list_partners", "sync_partner"}
    for operation in operations.values():
        assert operation["summary"]
        assert "application/problem+json" in operation["responses"]["default"]["content"]
    shown = operations["add_partner"]["responses"]["201"]["content"]["application/json"]["schema"]
    assert shown == {"$ref": "#/components/schemas/PartnerView"}
    asked = operations["add_partner"]["requestBody"]["content"]["application/json"]["schema"]
    assert document["components"]["schemas"][asked["$ref"].rsplit("/", 1)[-1]]["additionalProperties"] is False
