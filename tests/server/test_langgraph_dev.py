"""LangGraph's own development server serves the concierge from ``langgraph.json``, beside our HTTP surface."""

import asyncio
import os
import socket
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest

from memory.embedded import Servers

_ROOT = Path(__file__).resolve().parents[2]
_START_SECONDS = 60


@pytest.fixture
async def dev_server(servers: Servers, tmp_path: Path) -> AsyncIterator[httpx.AsyncClient]:
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port = probe.getsockname()[1]
    environment = {
        **os.environ,
        "DATABASE_URL": servers.database_url,
        "REDIS_URL": servers.redis_url,
        "LANGSMITH_TRACING": "false",
        "LANGGRAPH_CLI_NO_ANALYTICS": "1",
    }
    log = (tmp_path / "log").open("wb")
    process = await asyncio.create_subprocess_exec(
        Path(sys.executable).with_name("langgraph"),
        *("dev", "--no-browser", "--no-reload", "--port", str(port)),
        cwd=_ROOT,
        env=environment,
        stdout=log,
        stderr=log,
    )
    try:
        async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}", trust_env=False, timeout=30) as client:
            await _up(client, process, tmp_path / "log")
            yield client
    finally:
        if process.returncode is None:
            process.terminate()
            await process.wait()
        log.close()


async def _up(client: httpx.AsyncClient, process: asyncio.subprocess.Process, log: Path) -> None:
    async with asyncio.timeout(_START_SECONDS):
        while True:
            assert process.returncode is None, log.read_text()[-3000:]
            try:
                if (await client.get("/ok")).is_success:
                    return
            except httpx.TransportError:
                await asyncio.sleep(0.1)  # another process, which tells nobody when it is up


async def test_the_graph_answers_and_our_own_routes_are_there(dev_server: httpx.AsyncClient) -> None:
    thread = (await dev_server.post("/threads", json={})).json()["thread_id"]
    hello = {"messages": [{"role": "user", "content": "hello there"}]}

    state = (
        await dev_server.post(f"/threads/{thread}/runs/wait", json={"assistant_id": "concierge", "input": hello})
    ).json()
    health = (await dev_server.get("/health")).json()

    assert "what you would like arranged" in state["messages"][-1]["content"]
    assert health["status"] == "ok"
