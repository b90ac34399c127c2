"""A partner made of raw bytes: whatever a server could send, and many could not."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

Answer = Callable[[bytes, asyncio.StreamWriter], Awaitable[bool]]
"""Given a request, write something; return whether the connection stays open."""


class RawPartner:
    """Counts what reached it; ``url`` is its address, ``hung_up`` set when a connection has ended."""

    def __init__(self, port: int) -> None:
        self.url = f"http://127.0.0.1:{port}"
        self.port = port
        self.connections = 0
        self.requests: list[bytes] = []
        self.hung_up = asyncio.Event()


@asynccontextmanager
async def raw_partner(answer: Answer | bytes) -> AsyncIterator[RawPartner]:
    """Serve ``answer`` (or always the same bytes) to every request on a loopback port."""

    async def same(request: bytes, writer: asyncio.StreamWriter) -> bool:
        writer.write(answer)  # type: ignore[arg-type]
        return True

    respond = same if isinstance(answer, bytes) else answer

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        partner.connections += 1
        open_connections.append(writer)
        try:
            while True:
                request = await _request(reader)
                partner.requests.append(request)
                if not await respond(request, writer):
                    break
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        finally:
            partner.hung_up.set()
            writer.close()

    open_connections: list[asyncio.StreamWriter] = []
    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    partner = RawPartner(server.sockets[0].getsockname()[1])
    try:
        yield partner
    finally:
        server.close()
        for writer in open_connections:
            writer.transport.abort()


async def _request(reader: asyncio.StreamReader) -> bytes:
    head = await reader.readuntil(b"\r\n\r\n")
    length = next(
        (int(line.split(b":")[1]) for line in head.lower().splitlines() if line.startswith(b"content-length:")), 0
    )
    return head + await reader.readexactly(length)


def http(body: bytes, *, status: str = "200 OK", kind: str = "application/json", extra: str = "") -> bytes:
    """A whole, correct HTTP answer."""
    head = f"HTTP/1.1 {status}\r\nContent-Type: {kind}\r\nContent-Length: {len(body)}\r\n{extra}\r\n"
    return head.encode() + body
