"""Speaking UCP: with the simulator, which speaks it well, and with paper partners that do not."""

from collections.abc import AsyncIterator, Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import orjson
import pytest
from starlette.responses import JSONResponse
from ucp_sdk.models.schemas.profile import PlatformSchema

from schemas.capability import built_in
from schemas.errors import AddressRefusedError, ManifestError, PartnerError
from schemas.money import Money
from schemas.partner import Partner
from schemas.place import Place
from simulator.app import create_app
from tests.conftest import Serve
from tests.tools import paper_partner as paper
from tests.tools.paper_partner import PaperPartner, PaperTown, Script
from tools import ucp
from tools.http import PartnerHttp, PartnerUnavailableError

HOME = Place(name="Home", lat=41.8925, lon=-87.6345, zone="America/Chicago")
WHEN = ucp.Booking(
    earliest=datetime(2026, 11, 21, 14, tzinfo=UTC), latest=datetime(2026, 11, 21, 23, tzinfo=UTC), party=2, place=HOME
)
START = datetime(2026, 11, 21, 18, tzinfo=UTC)


@pytest.fixture
def town() -> PaperTown:
    return PaperTown()


@pytest.fixture
def http(town: PaperTown) -> PartnerHttp:
    """The way to paper partners."""
    return PartnerHttp(transport=httpx.ASGITransport(town), public_url="https://us.example")


@pytest.fixture
async def loopback() -> AsyncIterator[PartnerHttp]:
    """The way to partners on this machine."""
    opened = PartnerHttp(allow_loopback=True, public_url="https://us.example")
    yield opened
    await opened.close()


Meet = Callable[..., tuple[PaperPartner, Partner]]


@pytest.fixture
def meet(town: PaperTown) -> Meet:
    """``meet(says)``: a paper partner, and how the registry would know it."""

    def start(says: dict[str, Any], **changes: Any) -> tuple[PaperPartner, Partner]:
        app = PaperPartner({f"/ucp{path}": said for path, said in says.items()})
        partner = Partner(
            id="paper-1",
            name="Paper",
            manifest_url="x",
            endpoint=f"{town.open(app)}/ucp",
            ucp_version=paper.VERSION,
            payment_handlers=[{"id": "esc", "name": "example.uso.escrow"}],
        )
        return app, partner.model_copy(update=changes)

    return start


# profiles


async def test_a_simulated_partners_profile_says_all_the_registry_needs(serve: Serve, loopback: PartnerHttp) -> None:
    app = create_app(behaviours="accept", partners=3)
    shop = next(iter(app.state.town.shops.values()))
    base = f"{await serve(app)}/p/{shop.partner.slug}"
    profile = await ucp.fetch_profile(loopback, f"{base}/.well-known/ucp")
    assert profile.name == shop.partner.name
    assert profile.endpoint == f"{base}/ucp"
    assert [key["kid"] for key in profile.keys] == [shop.signer.kid]
    assert [capability.id for capability in profile.capabilities] == list(shop.partner.services)
    assert set(profile.capabilities) <= set(built_in())
    assert profile.place is not None and profile.place.zone == "America/Chicago"
    assert "example.uso.booking" in profile.features
    assert profile.payment_handlers[0]["name"] == "example.uso.escrow"


@pytest.mark.parametrize(
    ("form", "says"),
    [
        ("truncated", "cannot be read"),
        ("empty", "no 'ucp' object"),
        ("huge", "more than"),
        ("deep", "cannot be read"),
        ("redirect", "redirect"),
    ],
)
async def test_a_broken_manifest_is_refused_with_its_fault(
    serve: Serve, loopback: PartnerHttp, form: str, says: str
) -> None:
    app = create_app(partners=1, behaviours="accept")
    slug, shop = next(iter(app.state.town.shops.items()))
    shop.conduct.set("broken_manifest", shop.conduct.options.model_copy(update={"form": form}))
    base = await serve(app)
    with pytest.raises(ManifestError, match=says):
        await ucp.fetch_profile(loopback, f"{base}/p/{slug}/.well-known/ucp")


Change = Callable[[Any, str], None]


async def _profile(town: PaperTown, http: PartnerHttp, change: Change, more: Any = None) -> ucp.ParsedProfile:
    app = PaperPartner()
    base = town.open(app)
    document = paper.profile(base)
    change(document, base)
    app.says = {"/profile": document, **(more(base) if more else {})}
    return await ucp.fetch_profile(http, f"{base}/profile")


def _set(*path: Any) -> Change:
    """A change of a document: the last argument becomes the value at the path of the others."""
    *way, last, value = path

    def change(document: Any, base: str) -> None:
        for step in way:
            document = document[step]
        document[last] = value

    return change


@pytest.mark.parametrize(
    ("change", "says"),
    [
        (_set("ucp", "version", "2031-01-01"), "speaks UCP '2031-01-01'"),
        (_set("ucp", "services", {}), "no REST transport"),
        (_set("ucp", "services", "dev.ucp.shopping", 0, "transport", "mcp"), "no REST transport"),
        (_set("ucp", "services", "dev.ucp.shopping", 0, "spec", "https://evil.example/spec"), "not on the domain"),
        (
            _set("ucp", "capabilities", "dev.ucp.shopping.order", 0, "schema", "https://ucp.dev.evil.example/s"),
            "not on the domain",
        ),
        (_set("ucp", "capabilities", "example.uso.services", 0, "spec", "http://uso.example/x"), "not on the domain"),
        (_set("ucp", "capabilities", "dev.ucp.shopping.catalog.lookup", []), "must list"),
        (
            _set("ucp", "capabilities", "example.uso.services", 0, "config", "services", [{"id": "x"}]),
            "services.0.name: Field required",
        ),
        (
            _set(
                "ucp",
                "capabilities",
                "example.uso.services",
                0,
                "config",
                "place",
                {"name": "p", "lat": 91, "lon": 0, "zone": "UTC"},
            ),
            "place.lat",
        ),
        (_set("ucp", "capabilities", [{"version": paper.VERSION}]), "has no name"),
        (_set("ucp", "payment_handlers", {"x": 1}), "not a UCP business profile"),
        (_set("keys", [{"kty": "EC"}]), "keys.0.kid"),
        (_set("ucp", []), "no 'ucp' object"),
    ],
)
async def test_a_profile_that_breaks_a_rule_is_refused_by_name(
    town: PaperTown, http: PartnerHttp, change: Change, says: str
) -> None:
    with pytest.raises(ManifestError, match=says):
        await _profile(town, http, change)


async def test_an_endpoint_inside_our_network_is_refused(town: PaperTown, http: PartnerHttp) -> None:
    inside = _set("ucp", "services", "dev.ucp.shopping", 0, "endpoint", "https://10.0.0.5/ucp")
    with pytest.raises(AddressRefusedError, match=r"10\.0\.0\.5"):
        await _profile(town, http, inside)


async def test_the_profile_of_our_version_is_followed(town: PaperTown, http: PartnerHttp) -> None:
    def newer(document: Any, base: str) -> None:
        document["ucp"] |= {"version": "2031-01-01", "supported_versions": {paper.VERSION: f"{base}/ours"}}

    profile = await _profile(town, http, newer, lambda base: {"/ours": paper.profile(base, rating=4.5)})
    assert (profile.version, profile.rating) == (paper.VERSION, 4.5)
    with pytest.raises(ManifestError, match="is listed as version"):
        await _profile(town, http, newer, lambda base: {"/ours": {"ucp": {"version": "2026-04-08"}}})


async def test_the_first_release_s_form_is_understood(town: PaperTown, http: PartnerHttp) -> None:
    def old(document: Any, base: str) -> None:
        ucp_ = document["ucp"]
        ucp_["version"] = "2026-01-11"
        ucp_["capabilities"] = [
            {"name": name, **entries[0], "version": "2026-01-11"} for name, entries in ucp_["capabilities"].items()
        ]
        rest = ucp_["services"]["dev.ucp.shopping"][0]
        ucp_["services"] = {
            "dev.ucp.shopping": {
                "version": "2026-01-11",
                "spec": rest["spec"],
                "rest": {"schema": rest["schema"], "endpoint": rest["endpoint"]},
            }
        }
        document["payment"] = {
            "handlers": [{"name": "example.uso.escrow", **ucp_.pop("payment_handlers")["example.uso.escrow"][0]}]
        }
        document["signing_keys"] = document.pop("keys")

    profile = await _profile(town, http, old)
    assert profile.version == "2026-01-11"
    assert "dev.ucp.shopping.checkout" in profile.features
    assert profile.keys[0]["kid"] == "k1"
    assert [handler["name"] for handler in profile.payment_handlers] == ["example.uso.escrow"]


def test_a_profile_in_a_file_is_checked_in_the_same_way() -> None:
    document = paper.profile("https://shop.example")
    assert ucp.parse_profile(orjson.dumps(document), "profile.json").name == "Paper"
    with pytest.raises(ManifestError, match="nested deeper"):
        ucp.parse_profile(b'{"ucp":' * 100 + b"1" + b"}" * 100, "profile.json")


def test_our_own_profile_is_a_valid_platform_profile() -> None:
    document = ucp.platform_profile("https://us.example/", "roses-1", [{"kid": "a", "kty": "EC"}])
    PlatformSchema.model_validate(document)
    order = document["ucp"]["capabilities"]["dev.ucp.shopping.order"][0]
    assert order["config"]["webhook_url"] == "https://us.example/webhooks/partners/roses-1"
    assert document["ucp"]["capabilities"]["example.uso.booking"][0]["extends"]


# the catalogue


async def test_a_lookup_tells_who_asks_and_what_for(meet: Meet, http: PartnerHttp) -> None:
    app, partner = meet({"/catalog/lookup": paper.catalogue(paper.quoted("v1"), paper.quoted("v2", amount=900))})
    quotes = await ucp.lookup(http, partner, ["v1", "v2", "gone"], WHEN)
    assert {name: quote.total for name, quote in quotes.items()} == {
        "v1": Money(amount=4500, currency="USD"),
        "v2": Money(amount=900, currency="USD"),
    }
    assert quotes["v1"].duration == timedelta(hours=1)
    assert quotes["v1"].windows[0].start == datetime(2026, 11, 21, 15, tzinfo=UTC)
    path, headers, body = app.requests[0]
    assert path == "/ucp/catalog/lookup"
    assert headers["ucp-agent"] == 'profile="https://us.example/ucp/profile/paper-1"'
    assert len(headers["request-id"]) == 32 and "idempotency-key" not in headers
    assert body["ids"] == ["v1", "v2", "gone"]
    assert body["booking"]["earliest"] == "2026-11-21T14:00:00+00:00"
    assert body["booking"]["place"]["name"] == "Home" and body["booking"]["party"] == 2


@pytest.mark.parametrize(
    ("answer", "says"),
    [
        (paper.catalogue(paper.quoted("other")), "not asked: other"),
        (paper.catalogue(paper.quoted("v1"), paper.quoted("v1")), "one product twice"),
        (paper.catalogue(paper.quoted("v1", amount=-1)), "total.amount"),
        (paper.catalogue(paper.quoted("v1", amount=45.5)), "total.amount"),
        (paper.catalogue(paper.quoted("v1", amount="4500")), "total.amount"),
        (paper.catalogue(paper.quoted("v1", currency="dollars")), "total.currency"),
        (paper.catalogue(paper.quoted("v1", total="absent")), "booking.total: Field required"),
        (paper.catalogue(paper.product("v1")), "booking: Field required"),
        (paper.catalogue(paper.quoted("v1", starts=["2026-11-21T19:00:00"])), "starts.0"),
        (paper.catalogue(paper.quoted("v1", windows=[["2026-11-21T20:00:00Z", "2026-11-21T15:00:00Z"]])), "end before"),
        (paper.catalogue(paper.quoted("v1", starts=["2026-11-21T19:00:00Z"] * 501)), "at most 500"),
        (paper.catalogue(paper.quoted("v1", duration_minutes=10**9)), "duration_minutes"),
        ({"products": "none"}, "products"),
        ([], "cannot read"),
        (JSONResponse({"code": "invalid_cursor", "content": "no"}, 400), r"status 400: no \(invalid_cursor\)"),
    ],
)
async def test_a_lie_in_a_lookup_is_found_out(meet: Meet, http: PartnerHttp, answer: Any, says: str) -> None:
    _, partner = meet({"/catalog/lookup": answer})
    with pytest.raises(PartnerError, match=says):
        await ucp.lookup(http, partner, ["v1"], WHEN)


async def test_a_partner_that_keeps_failing_is_not_asked_for_a_while(meet: Meet, http: PartnerHttp) -> None:
    app, partner = meet({"/catalog/lookup": JSONResponse({}, 500)})
    for _ in range(5):
        with pytest.raises(PartnerUnavailableError):
            await ucp.lookup(http, partner, ["v1"], WHEN)
    assert len(app.requests) == 3


async def test_a_search_page_leaves_out_only_what_cannot_be_read(meet: Meet, http: PartnerHttp) -> None:
    facts = {"service": "flowers.delivery", "duration_minutes": 15, "price_per": "item", "effect": "delivered"}
    rated = paper.product(
        "v1",
        title="  Red\n roses ",
        metadata=facts,
        tags=["Red", "red", "Red"],
        rating={"value": 9, "scale_max": 10},
        categories=[{"value": "Flowers"}],
    )
    wrong = paper.product("v2", price={"amount": -5, "currency": "USD"})
    page = paper.catalogue(rated, wrong, "?", pagination={"has_next_page": True, "cursor": "c2"})  # type: ignore[arg-type]
    app, partner = meet({"/catalog/search": page})
    found = await ucp.search(http, partner, query="roses", cursor="c1", limit=3)
    assert app.requests[0][2] == {"query": "roses", "pagination": {"cursor": "c1", "limit": 3}}
    assert found.cursor == "c2"
    (item,) = found.items
    assert (item.title, item.service, item.rating, item.tags) == ("Red roses", "flowers.delivery", 4.5, ["Red", "red"])
    assert [remark.split(":")[0] for remark in found.left_out] == ["product 'p-v2'", "product 'None'"]


# checkouts and orders


async def test_buying_from_the_simulator(serve: Serve, loopback: PartnerHttp) -> None:
    now = datetime(2026, 11, 20, 15, tzinfo=UTC)
    app = create_app(behaviours="accept", partners=40, clock=lambda: now, accept_delay=3600)
    town = app.state.town
    slug, shop = next((s, p) for s, p in town.shops.items() if p.partner.services == ("flowers.delivery",))
    base = await serve(app)
    profile = await ucp.fetch_profile(loopback, f"{base}/p/{slug}/.well-known/ucp")
    partner = Partner(
        id="x",
        name=profile.name,
        manifest_url=profile.url,
        endpoint=profile.endpoint,
        ucp_version=profile.version,
        payment_handlers=profile.payment_handlers,
    )

    page = await ucp.search(loopback, partner, limit=5)
    assert len(page.items) >= 5 and page.cursor and not page.left_out
    quotes = await ucp.lookup(loopback, partner, [item.id for item in page.items], WHEN)
    free = next(quote for quote in quotes.values() if quote.windows)

    booking = ucp.CheckoutBooking(start=free.windows[0].start, place=HOME, note="By the back door")
    buy = {"quantity": 1, "booking": booking, "currency": "USD"}
    session = await ucp.create_checkout(loopback, partner, free.product_id, **buy, key="line-1-create")
    assert isinstance(session, ucp.CheckoutSession)
    assert (session.status, session.total, session.start) == ("ready_for_complete", free.total, booking.start)
    again = await ucp.create_checkout(loopback, partner, free.product_id, **buy, key="line-1-create")
    assert again == session
    with pytest.raises(PartnerError, match="status 409"):
        await ucp.create_checkout(loopback, partner, free.product_id, **buy | {"quantity": 2}, key="line-1-create")
    changed = await ucp.update_checkout(
        loopback, partner, session.id, free.product_id, **buy | {"quantity": 2}, key="line-1-up"
    )
    assert isinstance(changed, ucp.CheckoutSession) and changed.total == free.total * 2

    done = await ucp.complete_checkout(
        loopback, partner, session.id, token="escrow-1", currency="USD", key="line-1-pay"
    )
    assert isinstance(done, ucp.CheckoutSession) and done.status == "completed" and done.order_id
    placed = await ucp.get_order(loopback, partner, done.order_id, currency="USD")
    assert (placed.standing, placed.checkout_id) == ("undecided", session.id)
    gone = await ucp.cancel_order(loopback, partner, done.order_id, currency="USD", key="line-1-cancel")
    assert isinstance(gone, ucp.PartnerOrder) and gone.standing == "rejected"

    second = await ucp.create_checkout(loopback, partner, free.product_id, **buy, key="line-2-create")
    assert isinstance(second, ucp.CheckoutSession)
    dropped = await ucp.cancel_checkout(loopback, partner, second.id, currency="USD", key="line-2-drop")
    assert isinstance(dropped, ucp.CheckoutSession) and dropped.status == "canceled"

    shop.conduct.set("refuse_checkout")
    refused = await ucp.create_checkout(loopback, partner, free.product_id, **buy, key="line-3-create")
    assert isinstance(refused, ucp.CheckoutRefused) and refused.content
    shop.conduct.set("price_change")
    dearer = await ucp.create_checkout(loopback, partner, free.product_id, **buy, key="line-4-create")
    assert isinstance(dearer, ucp.CheckoutSession) and dearer.total > free.total


async def _create(http: PartnerHttp, partner: Partner, key: str = "k") -> ucp.CheckoutSession | ucp.CheckoutRefused:
    booking = ucp.CheckoutBooking(start=START)
    return await ucp.create_checkout(http, partner, "v1", quantity=1, booking=booking, currency="USD", key=key)


async def test_a_partner_that_stumbles_gets_the_same_request_with_the_same_key(meet: Meet, http: PartnerHttp) -> None:
    stumbles = Script([JSONResponse({}, 503), JSONResponse({}, 429), JSONResponse(paper.checkout(), 201)])
    app, partner = meet({"/checkout-sessions": stumbles})
    assert isinstance(await _create(http, partner, key="line-7"), ucp.CheckoutSession)
    assert [headers["idempotency-key"] for _, headers, _ in app.requests] == ["line-7"] * 3
    assert app.requests[0][2] == app.requests[2][2]


async def test_a_partner_that_stays_down_leaves_the_outcome_open(meet: Meet, http: PartnerHttp) -> None:
    app, partner = meet({"/checkout-sessions": JSONResponse({}, 500)})
    with pytest.raises(PartnerUnavailableError, match="status 500"):
        await _create(http, partner)
    assert len(app.requests) == 3


@pytest.mark.parametrize(
    ("answer", "says"),
    [
        (paper.checkout(total=4400), r"charges \$44\.00 but its parts add up to \$50\.00"),
        (paper.checkout(totals=[{"type": "subtotal", "amount": 0}, {"type": "total", "amount": 0}]), None),
        (paper.checkout(totals=[{"type": "subtotal", "amount": 5}]), "totals"),
        (
            paper.checkout(
                totals=[
                    {"type": "subtotal", "amount": 5},
                    {"type": "discount", "amount": -9},
                    {"type": "total", "amount": -4},
                ]
            ),
            "charges",
        ),
        (paper.checkout(currency="EUR"), "charges in EUR although USD"),
        (paper.checkout(item="v2"), "other things"),
        (paper.checkout(quantity=2), "other things"),
        (paper.checkout(booking={"start": "2026-11-21T19:00:00Z"}), "moved the start"),
        (paper.checkout(booking={"start": "soon"}), "no valid checkout: start"),
        ({"id": "c1", "status": "ready_for_complete"}, "no valid checkout"),
        ("ready", "no valid checkout"),
    ],
)
async def test_a_checkout_must_be_what_was_asked_for(
    meet: Meet, http: PartnerHttp, answer: Any, says: str | None
) -> None:
    _, partner = meet({"/checkout-sessions": JSONResponse(answer, 201)})
    if says is None:  # free of charge is allowed
        assert isinstance(await _create(http, partner), ucp.CheckoutSession)
        return
    with pytest.raises(PartnerError, match=says):
        await _create(http, partner)


_NO = {"type": "error", "code": "out_of_stock", "content": "None left", "severity": "unrecoverable"}


@pytest.mark.parametrize(
    ("answer", "code"),
    [
        ({"ucp": {"version": paper.VERSION, "status": "error"}, "messages": [_NO]}, "out_of_stock"),
        (paper.checkout(status="canceled", messages=[_NO]), "out_of_stock"),
        (paper.checkout(status="incomplete", messages=[{"type": "info", "content": "hm"}, _NO]), "out_of_stock"),
        (paper.checkout(status="requires_escalation"), "requires_escalation"),
    ],
)
async def test_a_partners_no_is_a_result(meet: Meet, http: PartnerHttp, answer: Any, code: str) -> None:
    _, partner = meet({"/checkout-sessions": answer})
    refused = await _create(http, partner)
    assert isinstance(refused, ucp.CheckoutRefused) and refused.code == code


async def test_completing_must_name_the_checkout_and_the_order(meet: Meet, http: PartnerHttp) -> None:
    async def complete(answer: Any) -> ucp.CheckoutSession | ucp.CheckoutRefused:
        app, partner = meet({"/checkout-sessions/c%2F1/complete": answer, "/checkout-sessions/c/1/complete": answer})
        try:
            return await ucp.complete_checkout(http, partner, "c/1", token="t", currency="USD", key="k")
        finally:
            (instrument,) = app.requests[0][2]["payment"]["instruments"]
            assert instrument["handler_id"] == "esc" and instrument["credential"]["token"] == "t"

    named = {"order": {"id": "o1", "permalink_url": "https://shop.example/o1"}}
    done = await complete(paper.checkout("c/1", status="completed", **named))
    assert isinstance(done, ucp.CheckoutSession) and done.order_id == "o1"
    with pytest.raises(PartnerError, match="without naming an order"):
        await complete(paper.checkout("c/1", status="completed"))
    with pytest.raises(PartnerError, match="instead of 'c/1'"):
        await complete(paper.checkout("c2", status="completed", **named))


async def test_a_partner_without_escrow_is_not_paid(meet: Meet, http: PartnerHttp) -> None:
    _, partner = meet({}, payment_handlers=[{"id": "x", "name": "com.example.card"}])
    with pytest.raises(PartnerError, match="does not take payment through escrow"):
        await ucp.complete_checkout(http, partner, "c1", token="t", currency="USD", key="k")


async def test_a_cancellation_may_come_too_late(meet: Meet, http: PartnerHttp) -> None:
    late = {"ucp": {"version": paper.VERSION, "status": "error"}, "messages": [{**_NO, "code": "too_late"}]}
    _, partner = meet({"/orders/o1/cancel": late})
    answer = await ucp.cancel_order(http, partner, "o1", currency="USD", key="k")
    assert isinstance(answer, ucp.CheckoutRefused) and answer.code == "too_late"


_EXPECTED = {
    "expectations": [
        {"id": "e", "line_items": [{"id": "l0", "quantity": 1}], "method_type": "shipping", "destination": {}}
    ]
}
_UNDER_WAY = {
    "events": [
        {
            "id": "v",
            "occurred_at": "2026-11-21T19:00:00Z",
            "type": "in_progress",
            "line_items": [{"id": "l0", "quantity": 1}],
        }
    ]
}
_CANCELLED = [
    {
        "id": "a",
        "type": "cancellation",
        "occurred_at": "2026-11-21T19:00:00Z",
        "status": "completed",
        "description": "The oven broke",
    }
]


@pytest.mark.parametrize(
    ("document", "standing", "reason"),
    [
        (paper.order(), "undecided", None),
        (paper.order(fulfillment=_EXPECTED), "accepted", None),
        (paper.order(fulfillment=_EXPECTED | _UNDER_WAY), "in_progress", None),
        (paper.order(lines=[("partial", 2, 1)], fulfillment=_EXPECTED), "in_progress", None),
        (paper.order(lines=[("fulfilled", 1, 1)], fulfillment=_EXPECTED | _UNDER_WAY), "fulfilled", None),
        (paper.order(lines=[("fulfilled", 1, 1), ("removed", 0, 0)]), "fulfilled", None),
        (paper.order(lines=[("removed", 0, 0)], adjustments=_CANCELLED), "rejected", "The oven broke"),
        (paper.order(lines=[("processing", 0, 0)], fulfillment=_EXPECTED), "rejected", None),
    ],
)
def test_what_an_order_snapshot_means(document: Any, standing: str, reason: str | None) -> None:
    partner = Partner(id="x", name="Paper", manifest_url="x", endpoint="x", ucp_version=paper.VERSION)
    said = ucp.read_order(partner, document, currency="USD")
    assert (said.standing, said.reason) == (standing, reason)


async def test_an_order_must_be_the_one_that_was_asked_for(meet: Meet, http: PartnerHttp) -> None:
    _, partner = meet({"/orders/o1": paper.order("o2")})
    with pytest.raises(PartnerError, match="order 'o2' instead of 'o1'"):
        await ucp.get_order(http, partner, "o1", currency="USD")
