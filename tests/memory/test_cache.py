"""The cache: keeps for a while, and is a miss with a count when the server is away."""

import asyncio
import socket
from collections.abc import Callable

from prometheus_client import REGISTRY
from redis.asyncio import Redis

from memory.cache import Cache, connect


def errors() -> float:
    return REGISTRY.get_sample_value("uso_cache_errors_total") or 0.0


async def test_a_value_is_kept_for_its_time(redis: Redis, fresh: Callable[[str], str]) -> None:
    cache, key = Cache(redis), fresh("key")
    assert await cache.get(key) is None
    await cache.set(key, b"value", ttl=0.05)
    assert await cache.get(key) == b"value"
    remaining = await redis.pttl(key)
    assert 0 < remaining <= 50


async def test_without_a_server_everything_is_a_miss_and_is_counted() -> None:
    client = connect("redis://127.0.0.1:1/0")
    cache, before = Cache(client), errors()
    await cache.set("key", b"value", ttl=60)
    assert await cache.get("key") is None
    assert errors() == before + 2
    await client.aclose()


async def test_a_server_that_says_nothing_costs_a_moment_only() -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        client = connect(f"redis://127.0.0.1:{silent.getsockname()[1]}/0")
        async with asyncio.timeout(5):
            assert await Cache(client).get("key") is None
        await client.aclose()


async def test_many_callers_share_a_few_connections(redis: Redis, fresh: Callable[[str], str]) -> None:
    cache, key = Cache(redis), fresh("key")
    await cache.set(key, b"value", ttl=60)
    assert await asyncio.gather(*(cache.get(key) for _ in range(80))) == [b"value"] * 80
    assert len(await redis.client_list()) < 64
