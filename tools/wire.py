"""HTTP/1.1 to partners at a twentieth of a general client's cost.

A proposal asks about nine partners at once, and httpx' own transport spends 0.8 ms of CPU on each question: more
than everything else the scout does. This transport keeps httpx' interface (``httpx.AsyncBaseTransport``), so that
any other can be injected, and does the exchange with the C parser that uvicorn uses (httptools) on plain asyncio
connections that stay open between questions. It also is the place where an address is checked and pinned: names
are resolved here, checked, and connected to by the very address that was checked.
"""

import asyncio
import ssl
from collections import deque
from typing import Any, cast

import httptools
import httpx

from tools.addresses import Resolver, addresses_of, system_resolver

_HEAD_BYTES = 64 * 1024
_IDLE_SECONDS = 15.0
_CONNECTIONS = 256

Origin = tuple[str, str, int]


class AnswerTooLargeError(httpx.TransportError):
    """More bytes came than the caller wants to read."""


class WireTransport(httpx.AsyncBaseTransport):
    """A pool of guarded connections. Answers are read whole, up to ``request.extensions["max_body"]`` bytes.

    A request met by a kept connection that turns out to be closed is sent again on a new one: every request of
    ours is a question or carries an idempotency key.
    """

    def __init__(self, *, allow_loopback: bool, resolve: Resolver = system_resolver) -> None:
        self._allow_loopback = allow_loopback
        self._resolve = resolve
        self._idle: dict[Origin, deque[_Connection]] = {}
        self._slots = asyncio.Semaphore(_CONNECTIONS)
        self._tls: ssl.SSLContext | None = None

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Send the request, read the whole answer, keep the connection.

        Raises:
            AddressRefusedError: the host points somewhere we must not go.
            httpx.TransportError: no connection, or what came was no complete HTTP answer.
            AnswerTooLargeError: the answer is over its limit.
        """
        url = request.url
        origin = (url.scheme, url.host, url.port or (443 if url.scheme == "https" else 80))
        body = b"".join([part async for part in cast(httpx.AsyncByteStream, request.stream)])
        message = _head(request) + body
        limit = int(request.extensions.get("max_body", 2 << 20))
        async with self._slots:
            kept = self._take(origin)
            if kept is not None:
                try:
                    return await self._exchange(kept, message, limit, origin)
                except httpx.RemoteProtocolError:
                    if kept.received:
                        raise
            return await self._exchange(await self._connect(origin), message, limit, origin)

    async def _exchange(self, connection: "_Connection", message: bytes, limit: int, origin: Origin) -> httpx.Response:
        try:
            response = await connection.exchange(message, limit)
        except BaseException:  # a cancelled exchange leaves half an answer behind
            connection.abort()
            raise
        if connection.reusable:
            connection.idle_since = asyncio.get_running_loop().time()
            self._idle.setdefault(origin, deque()).append(connection)
        else:
            connection.abort()
        return response

    def _take(self, origin: Origin) -> "_Connection | None":
        idle = self._idle.get(origin)
        oldest = asyncio.get_running_loop().time() - _IDLE_SECONDS
        while idle and (idle[0].idle_since < oldest or not idle[0].reusable):
            idle.popleft().abort()
        while idle:
            connection = idle.pop()
            if connection.reusable:
                return connection
        return None

    async def _connect(self, origin: Origin) -> "_Connection":
        scheme, host, port = origin
        loop = asyncio.get_running_loop()
        try:
            addresses = await addresses_of(host, port, allow_loopback=self._allow_loopback, resolve=self._resolve)
        except OSError as error:
            raise httpx.ConnectError(f"{host} cannot be resolved") from error
        if scheme == "https" and self._tls is None:
            self._tls = await asyncio.to_thread(httpx.create_ssl_context)
        failure: OSError | None = None
        for address in addresses[:4]:
            try:
                _, connection = await loop.create_connection(
                    _Connection,
                    address,
                    port,
                    ssl=self._tls if scheme == "https" else None,
                    server_hostname=host if scheme == "https" else None,
                )
                return connection
            except OSError as error:
                failure = error
        raise httpx.ConnectError(f"no connection to {host}:{port} ({failure})") from failure

    async def aclose(self) -> None:
        """Close every kept connection."""
        for idle in self._idle.values():
            for connection in idle:
                connection.abort()
        self._idle.clear()


def _head(request: httpx.Request) -> bytes:
    lines = [b"%s %s HTTP/1.1" % (request.method.encode(), request.url.raw_path)]
    for name, value in request.headers.raw:
        if b"\n" in value or b"\r" in value or b"\n" in name:
            raise ValueError(f"the header {name!r} holds a line break")
        lines.append(b"%s: %s" % (name, value))
    return b"\r\n".join(lines) + b"\r\n\r\n"


class _Connection(asyncio.Protocol):
    """One connection that carries one exchange at a time; also the parser's callbacks."""

    def __init__(self) -> None:
        self.idle_since = 0.0
        self.received = 0
        self._transport: asyncio.Transport | None = None
        self._answer: asyncio.Future[httpx.Response] | None = None
        self._parser: Any = None

    @property
    def reusable(self) -> bool:
        return self._transport is not None and not self._transport.is_closing()

    async def exchange(self, message: bytes, limit: int) -> httpx.Response:
        if self._transport is None:
            raise httpx.RemoteProtocolError("the connection was closed")
        self.received = 0
        self._limit = limit
        self._headers: list[tuple[bytes, bytes]] = []
        self._body: list[bytes] = []
        self._size = 0
        self._head_done = self._framed = False
        self._parser = httptools.HttpResponseParser(self)
        self._answer = asyncio.get_running_loop().create_future()
        self._transport.write(message)
        return await self._answer

    def abort(self) -> None:
        if self._transport is not None:
            self._transport.abort()

    # asyncio's callbacks

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)

    def data_received(self, data: bytes) -> None:
        if self._answer is None or self._answer.done():
            self.abort()  # nobody asked: whatever it is, it must not become the answer to the next question
            return
        self.received += len(data)
        if self.received > 2 * self._limit + _HEAD_BYTES:
            self._fail(AnswerTooLargeError("too many bytes"))
            return
        try:
            self._parser.feed_data(data)
        except httptools.HttpParserError as error:
            self._fail(httpx.RemoteProtocolError(f"not an HTTP answer ({error})"))
        if not self._head_done and self.received > _HEAD_BYTES:
            self._fail(AnswerTooLargeError("too many bytes"))

    def connection_lost(self, exc: Exception | None) -> None:
        self._transport = None
        if self._answer is not None and not self._answer.done():
            if exc is None and self._head_done and not self._framed:
                self._succeed()  # RFC 9112 section 6.3: without a length, the end of the connection ends the body
            else:
                self._fail(httpx.RemoteProtocolError("the connection closed before the answer was complete"))

    # httptools' callbacks

    def on_message_begin(self) -> None:
        if self._answer is not None and self._answer.done():
            self.abort()  # a second answer to one question: whatever follows is not to be trusted

    def on_header(self, name: bytes, value: bytes) -> None:
        if name.lower() in (b"content-length", b"transfer-encoding"):
            self._framed = True
        self._headers.append((name, value))

    def on_headers_complete(self) -> None:
        self._head_done = True

    def on_body(self, data: bytes) -> None:
        self._size += len(data)
        if self._size > self._limit:
            self._fail(AnswerTooLargeError("too many bytes"))
        else:
            self._body.append(data)

    def on_message_complete(self) -> None:
        if self._parser.get_status_code() < 200:  # informational: the real answer follows
            self._headers, self._head_done, self._framed = [], False, False
        elif self._answer is not None and not self._answer.done():
            keep = self._parser.should_keep_alive()
            self._succeed()
            if not keep:
                self.abort()

    def _succeed(self) -> None:
        if self._answer is not None:
            self._answer.set_result(
                httpx.Response(
                    self._parser.get_status_code(), headers=self._headers, stream=httpx.ByteStream(b"".join(self._body))
                )
            )

    def _fail(self, error: Exception) -> None:
        if self._answer is not None and not self._answer.done():
            self._answer.set_exception(error)
        self.abort()
