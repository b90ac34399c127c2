"""The way out to partners: what reaches them, and what becomes of everything they may answer."""

import asyncio
import gzip
import tracemalloc
from ipaddress import IPv4Address

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.errors import AddressRefusedError, PartnerError
from tests.tools.raw_partner import http as answer
from tests.tools.raw_partner import raw_partner
from tools.circuit import Circuits
from tools.http import PartnerHttp, PartnerUnavailableError


@pytest.fixture
async def client():
    opened = PartnerHttp(allow_loopback=True, timeout=1.0, max_body=100_000)
    yield opened
    await opened.close()


async def test_a_json_answer_is_read_and_its_connection_kept(client: PartnerHttp) -> None:
    async with raw_partner(answer(b'{"a": 1}', extra="Cache-Control: public, max-age=60\r\n")) as partner:
        for _ in range(3):
            reply = await client.request("POST", f"{partner.url}/x?y=1", body=b"{}", headers=[(b"Request-Id", b"r1")])
    assert (reply.status, reply.data, reply.max_age) == (200, {"a": 1}, 60)
    assert partner.connections == 1
    request = partner.requests[0]
    assert request.startswith(b"POST /x?y=1 HTTP/1.1\r\n")
    for line in (b"Host: 127.0.0.1:%d" % partner.port, b"Request-Id: r1", b"Content-Length: 2"):
        assert line in request.splitlines()


async def test_questions_asked_together_do_not_wait_for_each_other(client: PartnerHttp) -> None:
    arrived = asyncio.Barrier(5)

    async def all_at_once(request: bytes, writer: asyncio.StreamWriter) -> bool:
        await arrived.wait()
        writer.write(answer(b"[%s]" % request.split(b" ", 2)[1][1:]))
        return True

    async with raw_partner(all_at_once) as partner:
        replies = await asyncio.gather(*(client.request("GET", f"{partner.url}/{n}") for n in range(5)))
    assert [reply.data for reply in replies] == [[0], [1], [2], [3], [4]]


async def test_a_kept_connection_that_the_partner_has_closed_is_replaced(client: PartnerHttp) -> None:
    async def once(request: bytes, writer: asyncio.StreamWriter) -> bool:
        writer.write(answer(b"{}"))
        return False

    async with raw_partner(once) as partner:
        for _ in range(3):
            assert (await client.request("GET", partner.url)).data == {}
    assert partner.connections == 3


async def test_an_answer_without_a_length_ends_with_its_connection(client: PartnerHttp) -> None:
    async def until_closed(request: bytes, writer: asyncio.StreamWriter) -> bool:
        writer.write(b'HTTP/1.0 200 OK\r\nContent-Type: application/json\r\n\r\n{"whole": true}')
        return False

    async with raw_partner(until_closed) as partner:
        assert (await client.request("GET", partner.url)).data == {"whole": True}


async def test_chunks_and_informational_answers_are_understood(client: PartnerHttp) -> None:
    wire = b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"
    wire += b"Transfer-Encoding: chunked\r\n\r\n3\r\n[1,\r\n2\r\n2]\r\n0\r\n\r\n"
    async with raw_partner(wire) as partner:
        for _ in range(2):
            assert (await client.request("GET", partner.url)).data == [1, 2]
    assert partner.connections == 1


async def test_gzip_is_read(client: PartnerHttp) -> None:
    async with raw_partner(answer(gzip.compress(b'{"a": 1}'), extra="Content-Encoding: gzip\r\n")) as partner:
        assert (await client.request("GET", partner.url)).data == {"a": 1}


async def test_a_client_error_is_an_answer_to_be_read(client: PartnerHttp) -> None:
    async with raw_partner(answer(b'{"code": "c"}', status="409 Conflict")) as partner:
        reply = await client.request("GET", partner.url)
    assert (reply.status, reply.data) == (409, {"code": "c"})


@pytest.mark.parametrize(
    ("wire", "says"),
    [
        (answer(b"", status="302 Found", extra="Location: http://169.254.169.254/\r\n"), "redirect"),
        (answer(b"<html>", kind="text/html"), "text/html instead of JSON"),
        (answer(b"{", kind="application/json; charset=utf-8"), "cannot be read"),
        (answer(b""), "cannot be read"),
        (answer(b'{"price": NaN}'), "cannot be read"),
        (answer(b'{"text": "\xff"}'), "cannot be read"),
        (answer(b"[" * 90_000), "cannot be read"),
        (answer(b'{"a":' * 15_000), "cannot be read"),
        (answer(b"1" * 200_000), "more than 100000 bytes"),
        (
            b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 99999999999\r\n\r\n"
            + b"1" * 200_000,
            "more than 100000 bytes",
        ),
        (answer(gzip.compress(b"[1, 2, 3]")[:-9], extra="Content-Encoding: gzip\r\n"), "cut short"),
        (answer(b"plain", extra="Content-Encoding: gzip\r\n"), "cannot be read"),
        (answer(b"{}", extra="Content-Encoding: br\r\n"), "only gzip was asked for"),
        (b"HTTP/1.1 200 OK\r\nX: " + b"a" * 200_000, "more than 100000 bytes"),
        (b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: two\r\n\r\n{}", "cannot be reached"),
        (b"220 mail.example ESMTP\r\n", "cannot be reached"),
    ],
)
async def test_an_answer_that_cannot_be_used_is_one_clear_error(client: PartnerHttp, wire: bytes, says: str) -> None:
    async with raw_partner(wire) as partner:
        with pytest.raises(PartnerError, match=says):
            await client.request("GET", partner.url)


async def test_a_gzip_bomb_is_not_unpacked(client: PartnerHttp) -> None:
    bomb = answer(gzip.compress(b"0" * 50_000_000), extra="Content-Encoding: gzip\r\n")
    async with raw_partner(bomb) as partner:
        tracemalloc.start()
        with pytest.raises(PartnerError, match="more than 100000 bytes"):
            await client.request("GET", partner.url)
        _, peak = tracemalloc.get_traced_memory()
        tracemalloc.stop()
    assert peak < 5_000_000


async def test_endless_chunks_are_cut_off(client: PartnerHttp) -> None:
    async def endless(request: bytes, writer: asyncio.StreamWriter) -> bool:
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n")
        while True:
            writer.write(b"1000\r\n" + b" " * 4096 + b"\r\n")
            await writer.drain()

    async with raw_partner(endless) as partner:
        with pytest.raises(PartnerError, match="more than 100000 bytes"):
            await client.request("GET", partner.url)


async def test_dripping_byte_by_byte_gains_no_time(client: PartnerHttp) -> None:
    async def drip(request: bytes, writer: asyncio.StreamWriter) -> bool:
        for byte in answer(b" " * 5_000):
            writer.write(bytes([byte]))
            await writer.drain()
            await asyncio.sleep(0.02)
        return False

    async with raw_partner(drip) as partner:
        started = asyncio.get_running_loop().time()
        with pytest.raises(PartnerUnavailableError, match=r"did not answer within 0\.15 s"):
            await client.request("GET", partner.url, within=0.15)
        assert asyncio.get_running_loop().time() - started < 0.5


async def test_half_an_answer_is_no_answer_and_its_rest_is_not_the_next(client: PartnerHttp) -> None:
    first = True

    async def late(request: bytes, writer: asyncio.StreamWriter) -> bool:
        nonlocal first
        if first:
            first = False
            writer.write(answer(b'{"old": 1}')[:-4])
            return True
        writer.write(answer(b'{"new": 1}'))
        return True

    async with raw_partner(late) as partner:
        with pytest.raises(PartnerUnavailableError):
            await client.request("GET", partner.url, within=0.1)
        async with asyncio.timeout(1):
            await partner.hung_up.wait()
        assert (await client.request("GET", partner.url)).data == {"new": 1}


async def test_bytes_nobody_asked_for_are_not_taken_for_an_answer(client: PartnerHttp) -> None:
    async def twice(request: bytes, writer: asyncio.StreamWriter) -> bool:
        writer.write(answer(b"[1]") + answer(b'["smuggled"]'))
        return True

    async with raw_partner(twice) as partner:
        for _ in range(3):
            assert (await client.request("GET", partner.url)).data == [1]
    assert partner.connections == 3


async def test_a_failing_or_dead_partner_is_unavailable(client: PartnerHttp) -> None:
    async with raw_partner(answer(b"{}", status="503 Service Unavailable")) as partner:
        with pytest.raises(PartnerUnavailableError, match="status 503"):
            await client.request("GET", partner.url)
    with pytest.raises(PartnerUnavailableError, match="cannot be reached"):
        await client.request("GET", partner.url)  # nobody listens there any more


@pytest.mark.parametrize(
    ("body", "says"),
    [(b'{"a": {"b": 1, "b": 2}}', "names 'b' twice"), (b"[" * 70 + b"]" * 70, "nested deeper than 64")],
)
async def test_documents_that_are_kept_must_be_unambiguous(client: PartnerHttp, body: bytes, says: str) -> None:
    async with raw_partner(answer(body)) as partner:
        await client.request("GET", partner.url)
        with pytest.raises(PartnerError, match=says):
            await client.request("GET", partner.url, strict=True)


async def test_a_header_cannot_smuggle_another(client: PartnerHttp) -> None:
    async with raw_partner(answer(b"{}")) as partner:
        with pytest.raises(ValueError, match="line break"):
            await client.request("GET", partner.url, headers=[(b"A", b"b\r\nIdempotency-Key: stolen")])
    assert not partner.requests


async def test_another_transport_can_be_given() -> None:
    seen: list[str] = []

    def handle(request: httpx.Request) -> httpx.Response:
        seen.append(str(request.url))
        return httpx.Response(200, json={"via": "mock"})

    client = PartnerHttp(transport=httpx.MockTransport(handle))
    assert (await client.request("GET", "https://partner.example/a")).data == {"via": "mock"}
    assert seen == ["https://partner.example/a"]


# where we must not go


@pytest.mark.parametrize(
    "url",
    [
        "http://partner.example/",
        "ftp://partner.example/",
        "file:///etc/passwd",
        "partner.example",
        "https://",
        "https:///x",
        "https://user:secret@partner.example/",
        "https://partner.example\\@10.0.0.1/",
        "https://10.1.2.3/",
        "https://172.16.0.1/",
        "https://192.168.1.1:8443/",
        "https://100.64.0.1/",
        "https://169.254.169.254/latest/meta-data",
        "https://0.0.0.0/",
        "https://255.255.255.255/",
        "https://224.0.0.1/",
        "https://240.0.0.1/",
        "https://192.0.2.1/",
        "https://[::]/",
        "https://[fe80::1]/",
        "https://[fc00::1]/",
        "https://[ff02::1]/",
        "https://[::ffff:8.8.8.8]/",
        "https://[::ffff:10.0.0.1]/",
        "https://[64:ff9b::a00:1]/",
        "https://[2002:a00:1::]/",
        "https://2130706433/",
        "https://0x7f000001/",
        "https://0x7f.1/",
        "https://017700000001/",
        "https://127.1/",
        "https://0177.0.0.1/",
        "https://10.0.0.1./",
        "https://partner.example/ x",
        "https://partner.example/\r\nX: y",
        "https://par%74ner.example/",
        f"https://partner.example/{'a' * 3000}",
    ],
)
async def test_an_address_we_must_not_go_to_is_refused_even_when_loopback_is_allowed(url: str) -> None:
    client = PartnerHttp(allow_loopback=True, resolve=_nobody)
    with pytest.raises(AddressRefusedError):
        await client.request("GET", url)


@pytest.mark.parametrize(
    "url", ["http://127.0.0.1:1/", "https://127.0.0.1/", "https://localhost/", "https://[::1]/", "https://a.localhost/"]
)
async def test_this_machine_is_refused_unless_allowed(url: str) -> None:
    with pytest.raises(AddressRefusedError):
        await PartnerHttp(resolve=_nobody).request("GET", url)


@given(st.ip_addresses(v=4).filter(lambda address: not address.is_global), st.sampled_from(["{}", "0x{:x}", "0{:o}"]))
def test_no_spelling_of_an_internal_address_passes(address: IPv4Address, spelling: str) -> None:
    for host in (str(address), spelling.format(int(address))):
        with pytest.raises(AddressRefusedError):
            PartnerHttp().check(f"https://{host}/.well-known/ucp")


async def _nobody(host: str, port: int) -> list[str]:
    raise AssertionError(f"{host} was looked up")


@pytest.mark.parametrize(
    "found", [["10.0.0.1"], ["93.184.215.14", "169.254.169.254"], ["::ffff:127.0.0.1"], ["127.0.0.1"]]
)
async def test_a_name_that_leads_inside_is_refused(found: list[str]) -> None:
    async def resolve(host: str, port: int) -> list[str]:
        return found

    with pytest.raises(AddressRefusedError, match=r"partner\.example points to"):
        await PartnerHttp(resolve=resolve).request("GET", "https://partner.example/")


async def test_the_connection_goes_to_the_address_that_was_checked() -> None:
    """DNS rebinding: a second look-up would get another answer, so there is none."""
    hello = asyncio.get_running_loop().create_future()

    async def take(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        hello.set_result(await reader.read(4096))
        writer.close()

    server = await asyncio.start_server(take, "127.0.0.1", 0)
    answers = [["127.0.0.1"], ["10.0.0.1"]]

    async def resolve(host: str, port: int) -> list[str]:
        return answers.pop(0)

    client = PartnerHttp(allow_loopback=True, resolve=resolve)
    with pytest.raises(PartnerUnavailableError):
        await client.request("GET", f"https://partner.example:{server.sockets[0].getsockname()[1]}/")
    server.close()
    assert b"partner.example" in await hello  # TLS is still asked to prove the name
    assert answers == [["10.0.0.1"]]


# circuit breakers


def test_a_partner_that_keeps_failing_is_left_alone_and_tried_again_later() -> None:
    now = [100.0]
    circuits = Circuits(threshold=3, pause=20, clock=lambda: now[0])
    for _ in range(2):
        circuits.failed("p")
    assert circuits.wait("p") == 0
    circuits.failed("p")
    assert circuits.wait("p") == 20
    assert circuits.wait("another") == 0
    now[0] += 20
    assert circuits.wait("p") == 0
    circuits.failed("p")
    assert circuits.wait("p") == 20  # once was enough this time
    now[0] += 20
    circuits.succeeded("p")
    circuits.failed("p")
    assert circuits.wait("p") == 0
