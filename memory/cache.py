"""The way to Valkey or Redis, and a small cache on it. Postgres is the truth: losing this loses only speed."""

from typing import cast

from prometheus_client import Counter
from redis.asyncio import BlockingConnectionPool, Redis
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from redis.exceptions import ConnectionError as DisconnectedError
from redis.exceptions import RedisError

_SECONDS = 1.0
_ERRORS = Counter("uso_cache_errors_total", "Cache operations that failed and were answered as a miss")


def connect(redis_url: str, *, blocking: bool = False) -> Redis:
    """A client for ``redis_url`` with bytes in and out, over at most 32 connections.

    A server that does not answer within a second is an error (``RedisError`` or ``OSError``). ``blocking`` is for
    readers that wait on the server for longer (``XREAD BLOCK``).
    """
    pool: BlockingConnectionPool = BlockingConnectionPool.from_url(
        redis_url,
        max_connections=32,
        timeout=_SECONDS,
        socket_connect_timeout=_SECONDS,
        socket_timeout=None if blocking else _SECONDS,
        driver_info=None,  # to tell it, each new connection would read the package's files, which blocks
        retry=Retry(NoBackoff(), 1, supported_errors=(DisconnectedError,)),  # the server was restarted
    )
    return Redis.from_pool(pool)


class Cache:
    """Values kept for a while under string keys; when the server is away everything is a miss."""

    def __init__(self, client: Redis) -> None:
        self._client = client

    async def get(self, key: str) -> bytes | None:
        """The value, or ``None`` when there is none, it has expired, or the server does not answer."""
        try:
            return cast(bytes | None, await self._client.get(key))
        except (RedisError, OSError):
            _ERRORS.inc()
            return None

    async def set(self, key: str, value: bytes, *, ttl: float) -> None:
        """Keeps ``value`` for ``ttl`` seconds, if the server answers."""
        try:
            await self._client.set(key, value, px=max(1, round(ttl * 1000)))
        except (RedisError, OSError):
            _ERRORS.inc()
