"""Whom a partner asks back: only platforms whose address cannot lead it into somebody's private network."""

from collections.abc import Callable
from datetime import UTC, datetime

import httpx
import orjson
import pytest

from simulator.platforms import PlatformError, Platforms, agent_profile, check_address


@pytest.mark.parametrize(
    "url",
    [
        "https://platform.example/ucp",
        "https://93.184.215.14/ucp",
        "http://127.0.0.1:8000/ucp",
        "http://localhost:8000/ucp",
        "http://[::1]:8000/ucp",
    ],
)
def test_public_https_and_this_machine_may_be_asked(url: str) -> None:
    check_address(url)
    assert agent_profile(f'profile="{url}"; v=1, other=1') == url


@pytest.mark.parametrize(
    "url",
    [
        "http://platform.example/ucp",
        "http://169.254.169.254/latest",
        "https://169.254.169.254/latest",
        "https://10.0.0.1/ucp",
        "https://[fd00::1]/ucp",
        "https://user:pass@platform.example/",
        "file:///etc/passwd",
        "ftp://127.0.0.1/x",
        "https:///nothing",
        "",
    ],
)
def test_nothing_else_may_be_asked(url: str) -> None:
    with pytest.raises(ValueError):
        check_address(url)


def platforms(answer: Callable[[httpx.Request], httpx.Response]) -> Platforms:
    client = httpx.AsyncClient(transport=httpx.MockTransport(answer))
    return Platforms(client, lambda: datetime(2026, 11, 27, tzinfo=UTC))


def profile(webhook_url: object) -> bytes:
    order = {
        "version": "2026-08-25",
        "spec": "https://ucp.dev/s",
        "schema": "https://ucp.dev/s",
        "config": {"webhook_url": webhook_url},
    }
    ucp = {
        "version": "2026-08-25",
        "services": {},
        "payment_handlers": {},
        "capabilities": {"dev.ucp.shopping.order": [order]},
    }
    return orjson.dumps({"ucp": ucp})


async def test_the_webhook_address_stands_in_the_profile() -> None:
    known = platforms(lambda request: httpx.Response(200, content=profile("https://platform.example/hook")))
    assert await known.webhook_url("https://platform.example/ucp") == "https://platform.example/hook"


NO_CAPABILITIES = b'{"ucp": {"version": "2026-08-25", "services": {}, "payment_handlers": {}}}'


@pytest.mark.parametrize(
    ("answer", "reason"),
    [
        (httpx.Response(404), "status 404"),
        (httpx.Response(302, headers={"Location": "https://elsewhere.example"}), "status 302"),
        (httpx.Response(200, content=b"not json"), "malformed"),
        (httpx.Response(200, content=b"[]"), "malformed"),
        (httpx.Response(200, content=NO_CAPABILITIES), "no webhook"),
        (httpx.Response(200, content=profile(None)), "malformed"),
        (httpx.Response(200, content=profile("http://10.0.0.1/hook")), "refused"),
        (httpx.Response(200, content=b" " * 300_000), "larger"),
    ],
)
async def test_a_profile_that_cannot_be_used_is_an_error_that_says_why(answer: httpx.Response, reason: str) -> None:
    with pytest.raises(PlatformError, match=reason):
        await platforms(lambda request: answer).webhook_url("https://platform.example/ucp")


async def test_a_platform_that_cannot_be_reached_is_an_error_too() -> None:
    def refuse(request: httpx.Request) -> httpx.Response:
        raise httpx.ConnectError("refused")

    with pytest.raises(PlatformError, match="cannot be fetched"):
        await platforms(refuse).webhook_url("https://platform.example/ucp")


async def test_many_platforms_do_not_fill_the_memory() -> None:
    known = platforms(lambda request: httpx.Response(200, content=profile("https://platform.example/hook")))
    for number in range(300):
        await known.webhook_url(f"https://p{number}.example/")
    assert len(known._known) == 256
