"""A server that is killed while it buys: another one finishes the purchase, and nothing is bought twice."""

import asyncio
import json
import os
import socket
import sys
from asyncio.subprocess import PIPE, Process
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest

from memory.embedded import Servers
from tests.journeys.person import City, Person, Turn, item_of

_ROOT = Path(__file__).parents[2]
_SECONDS = 30

BUNDLE = "On {day} flowers delivered by 5 pm, dinner for two at 7 pm and a ride home, under $250"


class Processes:
    """Child processes of the test, each ready when it has said so in a line of JSON."""

    def __init__(self, stack: AsyncExitStack) -> None:
        self._stack = stack

    async def start(self, *arguments: str, **environment: str) -> tuple[Process, str]:
        """``python arguments…``; its process and its address."""
        process = await asyncio.create_subprocess_exec(
            sys.executable, *arguments, cwd=_ROOT, env={**os.environ, **environment}, stdout=PIPE
        )
        self._stack.push_async_callback(_end, process)
        assert process.stdout is not None
        line = await asyncio.wait_for(process.stdout.readline(), _SECONDS)
        return process, json.loads(line)["url"]


async def _end(process: Process) -> None:
    if process.returncode is None:
        process.terminate()
        await process.wait()


@pytest.fixture
async def processes() -> AsyncIterator[Processes]:
    async with AsyncExitStack() as stack:
        yield Processes(stack)


async def test_a_purchase_survives_the_death_of_its_server(
    servers: Servers, empty_database: str, processes: Processes, fresh: Callable[[str], str]
) -> None:
    _, city_url = await processes.start("-m", "simulator", "--port", "0", "--behaviours", "accept")
    settings = {
        "DATABASE_URL": empty_database,
        "REDIS_URL": servers.redis_url,
        "USO_SIMULATOR_URL": city_url,
        "USO_ALLOW_LOOPBACK": "true",
        "USO_LEASE_SECONDS": "1",
        "USO_SWEEP_SECONDS": "0.2",
        "USO_LOG_LEVEL": "error",
    }
    address = ("--port", str(_free_port()))  # the same for both, as partners know us by it
    doomed, url = await processes.start("-m", "server", *address, **settings)
    user, saturday = fresh("user"), date.today() + timedelta(days=7 + (5 - date.today().weekday()) % 7)
    before = Person(url, user, saturday)
    proposed = await before.say(BUNDLE.format(day=before.saturday))
    await _make_late(city_url, url, item_of(proposed, "restaurant.table")["offer"]["partner_id"])

    told: list[dict[str, Any]] = []
    approval = asyncio.create_task(_approve(before, proposed, told))
    await _placed(city_url, 2)
    doomed.kill()
    await doomed.wait()
    await asyncio.gather(approval, return_exceptions=True)
    await before.close()

    await processes.start("-m", "server", *address, **settings)
    after = Person(url, user, saturday)
    after.thread_id = before.thread_id
    run_id = told[0]["runId"]
    rest = [event async for event in after.client.follow(run_id, after=str(len(told)))]
    order = await after.settled(Turn([*told, *rest]))
    await after.close()

    assert [line["state"] for line in order["lines"]] == ["accepted"] * 3
    assert len(await _orders(city_url)) == 3
    assert rest[-1]["type"] == "RUN_FINISHED"
    assert [event["type"] for event in [*told, *rest]].count("RUN_STARTED") == 1


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as probe:
        return int(probe.getsockname()[1])


async def _approve(person: Person, proposed: Turn, told: list[dict[str, Any]]) -> None:
    resume = [{"interruptId": proposed.interrupts[0]["id"], "status": "resolved", "payload": {"action": "approve"}}]
    async for event in person.client.chat(thread_id=person.thread_id, resume=resume):
        told.append(event)


async def _make_late(city_url: str, server_url: str, partner_id: str) -> None:
    async with httpx.AsyncClient(base_url=server_url, trust_env=False) as registry:
        await City(city_url, registry).behave(partner_id, "late", {"delay_seconds": 1.5})


async def _placed(city_url: str, orders: int) -> None:
    async with asyncio.timeout(_SECONDS):
        while len(await _orders(city_url)) < orders:
            await asyncio.sleep(0.02)  # what is awaited happens in other processes


async def _orders(city_url: str) -> list[dict[str, Any]]:
    async with httpx.AsyncClient(base_url=city_url, trust_env=False) as city:
        return (await city.get("/control/orders")).json()["orders"]  # type: ignore[no-any-return]
