"""A load generator that costs little itself, because it shares two cores with what it measures.

One keep-alive HTTP/1.1 connection a user over asyncio streams; a full HTTP client spends more on a turn
than the server under test does. It speaks just what these benchmarks need: POST, chunked answers, SSE.
"""

import asyncio
import json
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any

from httpx import URL


@dataclass(frozen=True)
class Turn:
    """One measured turn, in seconds from sending the request."""

    first_event: float
    total: float
    last: dict[str, Any]
    """The last event of the stream."""


@dataclass
class Load:
    """What a run of load gave."""

    turns: list[Turn] = field(default_factory=list)
    failures: list[str] = field(default_factory=list)
    seconds: float = 0.0


class User:
    """One user on one connection."""

    def __init__(self, url: str) -> None:
        parsed = URL(url)
        self._host, self._port = parsed.host, parsed.port or 80
        self._reader: asyncio.StreamReader | None = None
        self._writer: asyncio.StreamWriter | None = None

    async def chat(self, body: dict[str, Any]) -> Turn:
        """POST one chat request and read its event stream to the end.

        Raises:
            RuntimeError: the server answered with an error.
        """
        if self._writer is None:
            self._reader, self._writer = await asyncio.open_connection(self._host, self._port, limit=2**20)
        assert self._reader is not None
        payload = json.dumps(body).encode()
        head = (
            f"POST /api/v1/chat HTTP/1.1\r\nHost: {self._host}:{self._port}\r\nAccept: text/event-stream\r\n"
            f"Content-Type: application/json\r\nContent-Length: {len(payload)}\r\n\r\n"
        )
        start = time.perf_counter()
        self._writer.write(head.encode() + payload)
        status = (await self._reader.readuntil(b"\r\n\r\n")).split(b"\r\n", 1)[0]
        if b" 200 " not in status:
            await self.close()
            raise RuntimeError(status.decode())
        first, tail = 0.0, b""
        while size := int((await self._reader.readuntil(b"\r\n")).split(b";")[0], 16):
            chunk = (await self._reader.readexactly(size + 2))[:-2]
            if not first and b"data:" in chunk:
                first = time.perf_counter() - start
            tail = (tail + chunk) if b"data:" not in chunk else chunk
        await self._reader.readuntil(b"\r\n")
        last = tail.rpartition(b"data:")[2].strip()
        return Turn(first_event=first, total=time.perf_counter() - start, last=json.loads(last))

    async def close(self) -> None:
        """Close the connection."""
        if self._writer is not None:
            self._writer.close()
            self._writer = None


async def drive(url: str, users: int, seconds: float, turn: Callable[[User, int], Awaitable[Turn]]) -> Load:
    """Let ``users`` take turns one after another for ``seconds``; a turn under way is finished and counted."""
    load = Load()
    start = time.perf_counter()

    async def use(number: int) -> None:
        user = User(url)
        try:
            while time.perf_counter() - start < seconds:
                try:
                    load.turns.append(await turn(user, number))
                except (RuntimeError, OSError, asyncio.IncompleteReadError) as error:
                    load.failures.append(repr(error))
                    await user.close()
        finally:
            await user.close()

    await asyncio.gather(*(use(number) for number in range(users)))
    load.seconds = time.perf_counter() - start
    return load
