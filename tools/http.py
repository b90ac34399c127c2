"""The one way out to partners: JSON over HTTP with every limit a stranger's server needs.

A partner may be dead, slow, huge, malicious or merely odd. Whatever it does ends here as one clear error: address
guard (``addresses``), no redirects, one time limit for the whole exchange (so that dripping byte by byte gains
nothing), a size limit before and after decompression, and JSON only.
"""

import asyncio
import json
import re
import time
import zlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import httpx
import orjson

from schemas.errors import PartnerError
from tools.addresses import Resolver, check_url, system_resolver
from tools.circuit import Circuits
from tools.wire import AnswerTooLargeError, WireTransport

_MAX_DEPTH = 64
_NUL = re.compile(rb"(?<!\\)(?:\\\\)*\\u0000")  # escaped, and the backslash is not escaped itself
_MAX_AGE = re.compile(r"max-age=(\d{1,8})")
Headers = Sequence[tuple[bytes, bytes]]


class PartnerUnavailableError(PartnerError):
    """No usable answer came: dead, late or failing on its side. The same request may be sent again."""


@dataclass(frozen=True, slots=True)
class Reply:
    """A partner's JSON answer; ``status`` is 2xx or 4xx, ``max_age`` the seconds its Cache-Control allows."""

    status: int
    data: Any
    max_age: int = 0


class PartnerHttp:
    """Speaks JSON to partners. Open one a process; ``close`` it at the end.

    Args:
        allow_loopback: partners on this machine may be asked, over plain HTTP.
        timeout: seconds one exchange may take altogether.
        public_url: where partners reach us; the identity we show them.
        max_body: bytes of an answer that are read, before and after decompression.
        transport: another way to carry requests; by default guarded connections of our own.
        resolve: host name to addresses.
        clock: seconds, for the circuit breakers.
    """

    def __init__(
        self,
        *,
        allow_loopback: bool = False,
        timeout: float = 2.0,
        public_url: str = "http://127.0.0.1:8000",
        max_body: int = 2 << 20,
        transport: httpx.AsyncBaseTransport | None = None,
        resolve: Resolver = system_resolver,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.timeout = timeout
        self.public_url = public_url.rstrip("/")
        self.circuits = Circuits(clock=clock)
        self._max_body = max_body
        self._transport = transport or WireTransport(allow_loopback=allow_loopback, resolve=resolve)
        # endpoints repeat: parse and check each address once
        self._checked = lru_cache(maxsize=4096)(lambda url: check_url(url, allow_loopback=allow_loopback))

    async def close(self) -> None:
        """Close the connections."""
        await self._transport.aclose()

    def check(self, url: str) -> None:
        """Refuse an address that may never be asked, without asking it.

        Raises:
            AddressRefusedError: says why.
        """
        self._checked(url)

    async def request(
        self,
        method: str,
        url: str,
        *,
        headers: Headers = (),
        body: bytes | None = None,
        within: float | None = None,
        strict: bool = False,
    ) -> Reply:
        """One exchange with a partner, ``within`` so many seconds (the usual ones unless given).

        ``strict`` also refuses deep nesting and repeated names: for documents that are kept or compared.

        Raises:
            AddressRefusedError: we must not go there.
            PartnerUnavailableError: no answer in time, or a 5xx.
            PartnerError: an answer that cannot be used: a redirect, too large, not JSON.
        """
        target = self._checked(url)
        seconds = within or self.timeout
        whole = [(b"Host", target.netloc), (b"Accept", b"application/json"), (b"Accept-Encoding", b"gzip"), *headers]
        if body is not None:
            whole += [(b"Content-Type", b"application/json"), (b"Content-Length", b"%d" % len(body))]
        request = httpx.Request(
            method, target, headers=whole, stream=httpx.ByteStream(body or b""), extensions={"max_body": self._max_body}
        )
        try:
            async with asyncio.timeout(seconds):
                response = await self._transport.handle_async_request(request)
                content = await self._read(response)
        except TimeoutError as error:
            raise PartnerUnavailableError(f"{target.host} did not answer within {seconds:g} s.") from error
        except AnswerTooLargeError as error:
            raise self._too_large(target) from error
        except httpx.TransportError as error:
            raise PartnerUnavailableError(f"{target.host} cannot be reached: {error}.") from error
        return self._reply(target, response, content, strict)

    async def _read(self, response: httpx.Response) -> bytes:
        try:
            parts, size = [], 0
            async for part in response.stream:  # type: ignore[union-attr]
                size += len(part)
                if size > self._max_body:
                    raise AnswerTooLargeError("too many bytes")
                parts.append(part)
            return b"".join(parts)
        finally:
            await response.aclose()

    def _reply(self, target: httpx.URL, response: httpx.Response, content: bytes, strict: bool) -> Reply:
        status, headers = response.status_code, response.headers
        if 300 <= status < 400:
            raise PartnerError(f"{target.host} answered with a redirect ({status}); give the final address.")
        if status >= 500:
            raise PartnerUnavailableError(f"{target.host} failed with status {status}.")
        kind = headers.get("content-type", "").split(";", 1)[0].strip().lower()
        if kind != "application/json" and not kind.endswith("+json"):
            raise PartnerError(f"{target.host} answered {status} with {kind or 'no content type'} instead of JSON.")
        encoding = headers.get("content-encoding")
        if encoding:
            content = self._decompress(target, encoding.strip().lower(), content)
        data = read_json(content, target.host, strict=strict)
        age = _MAX_AGE.search(headers.get("cache-control", ""))
        return Reply(status, data, int(age[1]) if age else 0)

    def _decompress(self, target: httpx.URL, encoding: str, content: bytes) -> bytes:
        if encoding == "identity":
            return content
        if encoding not in ("gzip", "x-gzip"):
            raise PartnerError(f"{target.host} compressed its answer with {encoding}; only gzip was asked for.")
        try:
            inflater = zlib.decompressobj(wbits=31)
            plain = inflater.decompress(content, self._max_body + 1)
        except zlib.error as error:
            raise PartnerError(f"{target.host} sent gzip data that cannot be read.") from error
        if len(plain) > self._max_body:
            raise self._too_large(target)
        if not inflater.eof:
            raise PartnerError(f"{target.host} sent gzip data that is cut short.")
        return plain

    def _too_large(self, target: httpx.URL) -> PartnerError:
        return PartnerError(f"{target.host} sent more than {self._max_body} bytes.")


def read_json(content: bytes, source: str, *, strict: bool = False) -> Any:
    """The JSON of a stranger. NaN, half characters, NUL and bottomless nesting are refused; ``strict`` refuses more.

    Raises:
        PartnerError: says what is wrong with the JSON of ``source``.
    """
    try:
        data = orjson.loads(content)  # itself refuses more than 1,024 levels
    except orjson.JSONDecodeError as error:
        raise PartnerError(f"{source} holds JSON that cannot be read: {error}.") from error
    if b"\\u0000" in content and _NUL.search(content):
        raise PartnerError(f"{source} holds JSON with the character NUL, which no database keeps.")
    if strict:
        _check_strict(source, content, data)
    return data


def _check_strict(source: str, content: bytes, data: Any) -> None:
    level, depth = [data], 0
    while level:
        depth += 1
        if depth > _MAX_DEPTH:
            raise PartnerError(f"{source} holds JSON nested deeper than {_MAX_DEPTH} levels.")
        level = [
            child
            for item in level
            if isinstance(item, dict | list)
            for child in (item.values() if isinstance(item, dict) else item)
        ]

    def unique(pairs: list[tuple[str, Any]]) -> None:
        names = [name for name, _ in pairs]
        if len(set(names)) != len(names):
            repeated = next(name for name in names if names.count(name) > 1)
            raise PartnerError(f"{source} holds JSON that names {repeated[:60]!r} twice in one object.")

    json.loads(content, object_pairs_hook=unique)
