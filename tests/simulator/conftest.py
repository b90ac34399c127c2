"""A served city with a clock that tests set, and a platform that listens to its webhooks.

Starting and stopping a web server costs more than most tests here, so two real ones stay up for all of them, and
each test puts an application of its own on.
"""

import asyncio
import socket
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any

import httpx
import pytest
import uvicorn
from starlette.applications import Starlette
from starlette.types import ASGIApp, Receive, Scope, Send

from simulator.app import create_app
from simulator.shop import Town
from tests.simulator.scene import City, Clock, Platform

Build = Callable[..., Awaitable[City]]


class Stage:
    """A server on a loopback port and whatever application is on at the moment."""

    def __init__(self) -> None:
        self.url = ""
        self.app: ASGIApp = Starlette()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await self.app(scope, receive, send)

    @asynccontextmanager
    async def open(self) -> AsyncIterator["Stage"]:
        listener = socket.create_server(("127.0.0.1", 0))
        listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)  # asyncio sets it for its own listeners only
        self.url = f"http://127.0.0.1:{listener.getsockname()[1]}"
        server = uvicorn.Server(uvicorn.Config(self, log_level="warning", access_log=False, lifespan="off"))
        running = asyncio.create_task(server.serve(sockets=[listener]))
        yield self
        server.should_exit = True
        await running


@pytest.fixture(scope="session")
async def city_stage() -> AsyncIterator[Stage]:
    async with Stage().open() as stage:
        yield stage


@pytest.fixture(scope="session")
async def platform_stage() -> AsyncIterator[Stage]:
    async with Stage().open() as stage:
        yield stage


@pytest.fixture(scope="session")
async def http() -> AsyncIterator[httpx.AsyncClient]:
    async with httpx.AsyncClient() as client:
        yield client


@pytest.fixture
def platform(platform_stage: Stage) -> Platform:
    """A platform that has received nothing yet."""
    listener = Platform(platform_stage.url)
    platform_stage.app = listener.app()
    return listener


@pytest.fixture
async def build(city_stage: Stage, platform: Platform, http: httpx.AsyncClient) -> AsyncIterator[Build]:
    """``await build(partners=…)`` puts a city on whose time passes only when told, and where waiting takes no time.

    While ``city.awake`` is cleared, whoever waits goes on waiting.
    """
    towns: list[Town] = []

    async def make(**options: Any) -> City:
        clock, slept, awake = Clock(), list[float](), asyncio.Event()
        awake.set()

        async def sleep(seconds: float) -> None:
            slept.append(seconds)
            await awake.wait()

        settings = {"behaviours": "accept", "accept_delay": 0.0, "clock": clock, "sleep": sleep} | options
        app = create_app(**settings)
        towns.append(app.state.town)
        city_stage.app = app
        return City(city_stage.url, app.state.town, clock, slept, awake, platform, http)

    yield make
    for town in towns:
        await town.close()


@pytest.fixture
async def city(build: Build) -> City:
    """Forty well-behaved partners."""
    return await build()
