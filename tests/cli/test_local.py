"""The orchestrator that a command brings along: partners know it by one address, however often it is started."""

import asyncio

import httpx
import pytest

from schemas.settings import Settings
from server.cli.address import Address
from server.cli.local import local_server

pytestmark = pytest.mark.usefixtures("on_database")


def webhooks_of(address: Address) -> str:
    """Where a partner that deals with this server is told to send what happens to its orders."""
    profile = httpx.get(f"{address.url}/ucp/profile/shop", trust_env=False).raise_for_status().json()
    (order,) = profile["ucp"]["capabilities"]["dev.ucp.shopping.order"]
    url: str = order["config"]["webhook_url"]
    return url


def reached(webhooks: str) -> bool:
    """Whether somebody of ours answers there: the partner is not one, and that is said properly."""
    answer = httpx.post(webhooks, json={}, trust_env=False)
    return answer.status_code == 404 and answer.json()["code"] == "not_found"


async def test_partners_reach_whoever_is_there_at_the_address_they_were_given() -> None:
    def chats() -> None:
        with local_server(Settings(_env_file=None)) as one:
            told = webhooks_of(one)
            assert reached(told)
            with local_server(Settings(_env_file=None)) as other:
                assert (one.url, one.key) != (other.url, other.key)
                assert webhooks_of(other) == told
                assert reached(told)
            assert reached(told), "the first is still there"
        with local_server(Settings(_env_file=None)) as later:
            assert webhooks_of(later) == told
            assert reached(told)

    await asyncio.to_thread(chats)


async def test_an_address_that_was_chosen_is_the_one_partners_are_told() -> None:
    def chat() -> None:
        with local_server(Settings(public_url="https://shop.example", _env_file=None)) as one:
            assert webhooks_of(one).startswith("https://shop.example/")

    await asyncio.to_thread(chat)
