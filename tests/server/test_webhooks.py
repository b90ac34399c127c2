"""Partners' webhooks: only what a partner really signed is taken in, once, and nothing of it is lost."""

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as bounded
from hypothesis import strategies as st

from memory import orders
from memory.database import Database
from schemas.errors import SignatureInvalidError
from schemas.principal import Principal
from schemas.settings import Settings
from simulator.signing import Signer
from tests import order_examples
from tests.journeys.person import Person
from tests.order_examples import usd
from tests.server.client import User
from tests.tools import paper_partner as paper
from tests.tools.paper_partner import PaperPartner, PaperTown
from tools import payments, registry
from tools.http import PartnerHttp
from tools.orders.partner import Bought
from tools.orders.steps import placed
from tools.signatures import SignedRequest
from tools.webhooks import receive

Fresh = Callable[[str], str]
Document = dict[str, Any]
SEED = 7  # the simulated partners' keys follow from it
SLUG, OTHER = "the-petal-yard", "hollyhock-house"
LOOKING = 15


async def until(read: Callable[[], Awaitable[Document]], holds: Callable[[Document], bool]) -> Document:
    """What ``read`` gives, once it ``holds``."""
    async with asyncio.timeout(LOOKING):
        while not holds(found := await read()):
            await asyncio.sleep(0.02)  # what is awaited happens in a job
    return found


def webhook(
    url: str,
    content: bytes,
    *,
    webhook_id: str,
    signer: Signer = Signer(SEED, SLUG),  # noqa: B008 - it never changes
    at: datetime | None = None,
) -> httpx.Request:
    """A webhook as the partner makes it, signed."""
    now = at or datetime.now(UTC)
    headers = {
        "Content-Type": "application/json",
        "Webhook-Id": webhook_id,
        "Webhook-Timestamp": str(int(now.timestamp())),
        "UCP-Agent": 'profile="https://partner.example/.well-known/ucp"',
    }
    request = httpx.Request("POST", url, content=content, headers=headers)
    signer.sign(request, content, created=now)
    return request


@dataclass
class Partner:
    """A partner of the city, who writes to us in any way it likes."""

    id: str
    url: str
    http: httpx.AsyncClient
    fresh: Fresh

    def sign(self, content: Any, **details: Any) -> httpx.Request:
        """A webhook about ``content``: bytes, or something to be said in JSON."""
        raw = content if isinstance(content, bytes) else json.dumps(content).encode()
        return webhook(self.url, raw, **{"webhook_id": self.fresh("wh")} | details)

    async def send(self, content: Any, **details: Any) -> httpx.Response:
        return await self.http.send(self.sign(content, **details))

    async def refused(self, request: httpx.Request) -> Document:
        """The problem document that a request is answered with."""
        response = await self.http.send(request)
        assert response.headers["content-type"] == "application/problem+json", response.text
        problem: Document = response.json()
        assert problem.keys() == {"type", "title", "status", "detail", "code", "request_id", "errors"}
        assert (problem["status"], problem["request_id"]) == (response.status_code, response.headers["x-request-id"])
        return problem


@pytest.fixture
async def caller(orchestrator_url: str, fresh: Fresh) -> AsyncIterator[User]:
    """Somebody nobody has heard of."""
    someone = User(orchestrator_url, fresh("user"))
    yield someone
    await someone.http.aclose()


@pytest.fixture
async def slugs(caller: User) -> dict[str, str]:
    """The city's partners: our id for each, and what the city calls it."""
    known = (await caller.get("/api/v1/partners"))["partners"]
    return {one["id"]: one["manifest_url"].partition("/p/")[2].partition("/")[0] for one in known}


@pytest.fixture
async def partner(caller: User, orchestrator_url: str, slugs: dict[str, str], fresh: Fresh) -> Partner:
    (known,) = (identifier for identifier, slug in slugs.items() if slug == SLUG)
    return Partner(known, f"{orchestrator_url}/webhooks/partners/{known}", caller.http, fresh)


@pytest.fixture
def snapshot(fresh: Fresh) -> Document:
    """What a partner says of an order that nobody here knows."""
    return paper.order(fresh("theirs"))


# What is believed


async def test_a_partners_own_webhook_is_taken_in(partner: Partner, snapshot: Document) -> None:
    response = await partner.send(snapshot)
    assert (response.status_code, response.json()) == (202, {"status": "accepted"})


async def test_the_same_webhook_again_is_a_duplicate(partner: Partner, snapshot: Document, fresh: Fresh) -> None:
    name = fresh("wh")
    first = await partner.send(snapshot, webhook_id=name)
    again = await partner.send(snapshot, webhook_id=name)
    assert first.status_code == again.status_code == 202
    assert again.json() == {"status": "duplicate"}


async def test_two_copies_at_the_same_time_are_one(partner: Partner, snapshot: Document, fresh: Fresh) -> None:
    name = fresh("wh")
    answers = await asyncio.gather(*(partner.send(snapshot, webhook_id=name) for _ in range(8)))
    assert sorted(answer.json()["status"] for answer in answers) == ["accepted"] + ["duplicate"] * 7


@pytest.mark.parametrize(
    "header", ["Signature", "Signature-Input", "Content-Digest", "Content-Type", "Webhook-Id", "Webhook-Timestamp"]
)
async def test_a_missing_header_is_named(partner: Partner, snapshot: Document, header: str) -> None:
    request = partner.sign(snapshot)
    del request.headers[header]
    problem = await partner.refused(request)
    assert (problem["status"], problem["code"]) == (401, "signature_invalid")
    assert header.lower() in problem["detail"]


async def test_a_body_that_was_changed_on_the_way_is_refused(partner: Partner, snapshot: Document) -> None:
    signed = partner.sign(snapshot)
    changed = json.dumps(snapshot | {"currency": "EUR"}).encode()
    headers = {name: value for name, value in signed.headers.items() if name != "content-length"}
    problem = await partner.refused(httpx.Request("POST", partner.url, content=changed, headers=headers))
    assert (problem["status"], problem["code"]) == (401, "signature_invalid")


@pytest.mark.parametrize("signature", ["sig1=:AAAA:", f"sig1=:{'A' * 86}==:", "nonsense", "sig2=:AAAA:"])
async def test_a_wrong_signature_is_refused(partner: Partner, snapshot: Document, signature: str) -> None:
    request = partner.sign(snapshot)
    request.headers["Signature"] = signature
    assert (await partner.refused(request))["code"] == "signature_invalid"


@pytest.mark.parametrize("minutes", [-6, 6, 60 * 24 * 400])
async def test_a_webhook_of_another_time_is_refused(partner: Partner, snapshot: Document, minutes: int) -> None:
    request = partner.sign(snapshot, at=datetime.now(UTC) + timedelta(minutes=minutes))
    problem = await partner.refused(request)
    assert problem["code"] == "signature_invalid"
    assert "away from now" in problem["detail"]


async def test_a_key_that_is_not_the_partners_is_refused(partner: Partner, snapshot: Document) -> None:
    problem = await partner.refused(partner.sign(snapshot, signer=Signer(SEED, "nobody")))
    assert (problem["status"], problem["code"]) == (401, "signature_invalid")
    assert "no key" in problem["detail"]


async def test_another_partner_cannot_speak_for_this_one(partner: Partner, snapshot: Document) -> None:
    assert (await partner.refused(partner.sign(snapshot, signer=Signer(SEED, OTHER))))["status"] == 401


async def test_another_partner_cannot_borrow_this_ones_key_id(partner: Partner, snapshot: Document) -> None:
    impostor = Signer(SEED, OTHER)
    impostor.kid = Signer(SEED, SLUG).kid
    problem = await partner.refused(partner.sign(snapshot, signer=impostor))
    assert (problem["status"], problem["code"]) == (401, "signature_invalid")


@pytest.mark.parametrize("identifier", ["nobody", "%00", "a%00b", "%ED%A0%80", "x" * 200, "%2e%2e", "'; DROP"])
async def test_a_partner_nobody_knows_is_not_found(partner: Partner, snapshot: Document, identifier: str) -> None:
    url = partner.url.replace(partner.id, identifier)
    problem = await partner.refused(webhook(url, json.dumps(snapshot).encode(), webhook_id="wh"))
    assert (problem["status"], problem["code"]) == (404, "not_found")


# What is signed, and yet no order


@pytest.mark.parametrize(
    "content",
    [b"", b"not json", b'{"id": ', b"\xff\xfe{}", b'{"id": NaN}', b'"\\ud800"', b"[" * 100_000, b'{"a":' * 100_000],
)
async def test_what_is_not_json_is_refused(partner: Partner, content: bytes) -> None:
    problem = await partner.refused(partner.sign(content))
    assert (problem["status"], problem["code"]) == (400, "malformed_body")


@pytest.mark.parametrize("levels", [100, 990, 1_020])
async def test_an_order_that_is_nested_without_end_is_refused(
    partner: Partner, snapshot: Document, levels: int
) -> None:
    content = json.dumps(snapshot).removesuffix("}") + ', "x": ' + "[" * levels + "]" * levels + "}"
    problem = await partner.refused(partner.sign(content.encode()))
    assert (problem["status"], problem["code"]) == (400, "malformed_body")
    assert "nested" in problem["detail"] or "recursion" in problem["detail"]


@pytest.mark.parametrize("content", [[], {}, None, "order", 7, {"id": "o1"}, paper.order("o1") | {"totals": "much"}])
async def test_json_that_is_no_order_is_refused(partner: Partner, content: Any) -> None:
    problem = await partner.refused(partner.sign(content))
    assert (problem["status"], problem["code"]) == (422, "invalid_request")


@pytest.mark.parametrize("place", ["id", "label", "checkout_id"])
async def test_nul_characters_are_refused(partner: Partner, snapshot: Document, place: str) -> None:
    problem = await partner.refused(partner.sign(snapshot | {place: "a\0b"}))
    assert (problem["status"], problem["code"]) == (400, "malformed_body")
    assert "NUL" in problem["detail"]


async def test_a_webhook_of_more_than_a_mebibyte_is_refused(partner: Partner, snapshot: Document) -> None:
    problem = await partner.refused(partner.sign(snapshot | {"label": "x" * (1 << 20)}))
    assert (problem["status"], problem["code"]) == (413, "too_large")


async def test_an_id_longer_than_one_may_be_is_named(partner: Partner, snapshot: Document) -> None:
    problem = await partner.refused(partner.sign(snapshot, webhook_id="w" * 5_000))
    assert (problem["status"], problem["errors"][0]["field"]) == (400, "Webhook-Id")


leaves = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20)
anything = st.recursive(leaves, lambda inner: st.lists(inner) | st.dictionaries(st.text(max_size=9), inner))


@bounded(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(changes=st.dictionaries(st.sampled_from(sorted(paper.order())), anything, min_size=1), junk=st.booleans())
async def test_whatever_a_partner_signs_is_taken_in_or_refused_clearly(
    partner: Partner, changes: Document, junk: bool
) -> None:
    response = await partner.send(changes if junk else paper.order(partner.fresh("theirs")) | changes)
    assert response.status_code in (202, 400, 422), response.text


# What a key that nobody knows sets off


@dataclass
class Rotating:
    """A partner whose profile can be changed, and that counts who reads it."""

    town: PaperTown
    app: PaperPartner
    base: str

    def list_key(self, signer: Signer) -> None:
        self.app.says["/.well-known/ucp"] = paper.profile(self.base) | {"keys": [signer.jwk]}

    @property
    def readings(self) -> int:
        return sum(path == "/.well-known/ucp" for path, _, _ in self.app.requests)


@pytest.fixture
def rotating() -> Rotating:
    town, app = PaperTown(), PaperPartner()
    found = Rotating(town, app, town.open(app))
    found.list_key(Signer(SEED, "old"))
    return found


@pytest.fixture
async def hears(
    rotating: Rotating, database: Database, principal: Principal, fresh: Fresh
) -> Callable[[str, datetime], Awaitable[str]]:
    """``await hears(key, now)``: what a webhook signed by the key of that name comes to at that moment."""
    http = PartnerHttp(transport=httpx.ASGITransport(rotating.town), public_url="https://us.example")
    known = await registry.add_partner(
        database, http, principal, f"{rotating.base}/.well-known/ucp", now=datetime.now(UTC)
    )
    url = f"https://us.example/webhooks/partners/{known.id}"

    async def hear(key: str, now: datetime) -> str:
        content = json.dumps(paper.order(fresh("theirs"))).encode()
        request = webhook(url, content, webhook_id=fresh("wh"), signer=Signer(SEED, key), at=now)
        signed = SignedRequest("POST", url, request.headers, content)
        try:
            return await receive(database, http, known.id, signed, now=now)
        except SignatureInvalidError:
            return "refused"

    return hear


NOON = datetime(2026, 11, 20, 12, tzinfo=UTC)
Hears = Callable[[str, datetime], Awaitable[str]]


async def test_a_partners_new_key_is_learned_from_its_profile(rotating: Rotating, hears: Hears) -> None:
    assert await hears("old", NOON) == "accepted"
    rotating.list_key(Signer(SEED, "new"))
    assert await hears("new", NOON) == "accepted"
    assert await hears("old", NOON) == "refused"


async def test_unknown_keys_make_us_read_a_profile_once_a_minute_at_most(rotating: Rotating, hears: Hears) -> None:
    before = rotating.readings
    told = await asyncio.gather(*(hears(f"invented {n}", NOON + timedelta(seconds=n)) for n in range(59)))
    assert set(told) == {"refused"}
    assert rotating.readings == before + 1
    assert await hears("invented", NOON + timedelta(seconds=61)) == "refused"
    assert rotating.readings == before + 2


async def test_known_keys_are_heard_while_unknown_ones_are_not(rotating: Rotating, hears: Hears) -> None:
    assert await hears("invented", NOON) == "refused"
    assert await hears("old", NOON) == "accepted"


# What becomes of an order


class Post:
    """The city's post office: holds news back, and sends it again in any order."""

    def __init__(self, city_url: str) -> None:
        self.http = httpx.AsyncClient(base_url=f"{city_url}/control", trust_env=False)
        self._held: set[str] = set()

    async def hold(self, slug: str) -> None:
        self._held.add(slug)
        await self._post("/webhooks", slug=slug, hold=True)

    async def let_go(self) -> None:
        for slug in self._held:
            await self._post("/webhooks", slug=slug, hold=False)
        await self.http.aclose()

    async def advance(self, slug: str, order_id: str, to: str) -> None:
        await self._post("/advance", slug=slug, order_id=order_id, to=to)

    async def news_of(self, order_id: str) -> list[str]:
        """The ids of all webhooks about an order, oldest first."""
        sent = (await self.http.get("/webhooks")).raise_for_status().json()["webhooks"]
        return [one["webhook_id"] for one in sent if one["order_id"] == order_id]

    async def deliver(self, slug: str, *ids: str, tamper: bool = False) -> list[int]:
        """How we answered each of these."""
        told = await self._post("/webhooks", slug=slug, deliver=list(ids), tamper=tamper)
        return [one["answers"][-1] for one in told["webhooks"]]

    async def _post(self, path: str, **body: Any) -> Document:
        answer: Document = (await self.http.post(path, json=body)).raise_for_status().json()
        return answer


@pytest.fixture
async def post(city_url: str) -> AsyncIterator[Post]:
    office = Post(city_url)
    yield office
    await office.let_go()


@dataclass
class Dinner:
    """One line bought and accepted."""

    person: Person
    order_id: str
    slug: str
    theirs: str
    """The partner's own number of the order."""

    async def look(self) -> Document:
        response = await self.person.http.get(f"/api/v1/orders/{self.order_id}")
        order: Document = response.raise_for_status().json()
        return order

    async def becomes(self, state: str) -> Document:
        return await until(self.look, lambda order: order["lines"][0]["state"] == state)


@pytest.fixture
async def dinner(person: Person, slugs: dict[str, str]) -> Dinner:
    proposed = await person.say(f"Dinner for two on {person.saturday} at 7 pm, under $250")
    order = await person.settled(await person.approve(proposed))
    (line,) = order["lines"]
    return Dinner(person, order["id"], slugs[line["offer"]["partner_id"]], line["partner_order_id"])


async def test_news_that_come_twice_do_nothing_twice(dinner: Dinner, post: Post) -> None:
    (accepted,) = await post.news_of(dinner.theirs)
    assert await post.deliver(dinner.slug, accepted, accepted) == [202, 202]
    await post.advance(dinner.slug, dinner.theirs, "fulfilled")
    await dinner.becomes("fulfilled")
    (_, fulfilled) = await post.news_of(dinner.theirs)
    assert await post.deliver(dinner.slug, fulfilled, accepted, fulfilled) == [202, 202, 202]
    order = await dinner.look()
    assert [event["what"] for event in order["history"]][-2:] == ["accepted", "fulfilled"]
    assert [entry["kind"] for entry in order["ledger"]].count("release") == 2  # one transfer: two legs


async def test_news_that_were_changed_on_the_way_do_nothing(dinner: Dinner, post: Post) -> None:
    await post.hold(dinner.slug)
    await post.advance(dinner.slug, dinner.theirs, "fulfilled")
    (_, fulfilled) = await post.news_of(dinner.theirs)
    assert await post.deliver(dinner.slug, fulfilled, tamper=True) == [401]
    assert (await dinner.look())["lines"][0]["state"] == "accepted"
    assert await post.deliver(dinner.slug, fulfilled) == [202]  # the true one is still welcome
    await dinner.becomes("fulfilled")


async def test_old_news_after_new_ones_change_nothing(dinner: Dinner, post: Post) -> None:
    await post.hold(dinner.slug)
    await post.advance(dinner.slug, dinner.theirs, "in_progress")
    await post.advance(dinner.slug, dinner.theirs, "fulfilled")
    (_, in_progress, fulfilled) = await post.news_of(dinner.theirs)
    await post.deliver(dinner.slug, fulfilled)
    order = await dinner.becomes("fulfilled")
    await post.deliver(dinner.slug, in_progress)
    told = await until(dinner.look, lambda now: len(now["history"]) > len(order["history"]))
    assert told["history"][-1] | {"at": "", "line_id": ""} == {
        "at": "", "line_id": "", "what": "in_progress", "applied": False, "detail": None,
    }  # fmt: skip
    assert told["lines"][0]["state"] == "fulfilled"
    assert told["ledger"] == order["ledger"]


async def test_news_of_an_order_that_is_not_written_down_yet_are_kept_and_applied_when_it_is(
    partner: Partner, caller: User, orchestrator_database: str, snapshot: Document, fresh: Fresh
) -> None:
    expected = {
        "id": "e1",
        "line_items": [{"id": "l0", "quantity": 1}],
        "method_type": "shipping",
        "destination": {"address_country": "US"},
    }
    response = await partner.send(snapshot | {"fulfillment": {"expectations": [expected]}})
    assert (response.status_code, response.json()) == (202, {"status": "accepted"})

    owner = Principal(user_id=caller.http.headers["X-User-ID"])
    line = order_examples.order_line(fresh("line"), order_examples.offer("n1", partner=partner.id, price=usd(45)))
    line = line.model_copy(update={"state": "authorised"})
    order = order_examples.order_of(owner, fresh("order"), [line])
    bought = Bought(checkout_id="c1", partner_order_id=snapshot["id"], total=line.offer.price)
    settings = Settings(_env_file=None)
    now = datetime.now(UTC)
    database = await Database.open(orchestrator_database)
    async with database.transaction() as conn:
        await orders.insert(conn, order)
        await payments.authorise(conn, order, order.total, now=now)
        assert await placed(conn, order, line, bought, settings=settings, now=now)
    await database.close()

    async def look() -> Document:
        return await caller.get(f"/api/v1/orders/{order.id}")

    await until(look, lambda found: found["lines"][0]["state"] == "accepted")


# Who we are to partners


async def test_our_profile_names_the_address_of_a_partners_webhooks(partner: Partner, caller: User) -> None:
    profile = await caller.get(f"/ucp/profile/{partner.id}")
    (order,) = profile["ucp"]["capabilities"]["dev.ucp.shopping.order"]
    assert order["config"]["webhook_url"] == partner.url


@pytest.mark.parametrize("identifier", ["%00", "x" * 200, "a%20b"])
async def test_there_is_no_profile_for_what_cannot_be_a_partner(caller: User, identifier: str) -> None:
    assert (await caller.refused("GET", f"/ucp/profile/{identifier}"))["status"] == 404


async def test_webhooks_are_described(caller: User) -> None:
    paths = (await caller.get("/openapi.json"))["paths"]
    operation = paths["/webhooks/partners/{partner_id}"]["post"]
    assert operation["operationId"] == "receive_partner_webhook"
    assert {"202", "default"} == operation["responses"].keys()
    assert "application/problem+json" in operation["responses"]["default"]["content"]
    assert paths["/ucp/profile/{partner_id}"]["get"]["operationId"] == "platform_profile"
