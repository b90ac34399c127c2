"""The rules of UCP's REST binding that hold for every call: headers, errors, idempotent repetition.

Faults of the protocol are answered with a 4xx status and ``{code, content}``; a business's "no" is a normal answer
with status 200 and ``messages`` (UCP specification, overview, "Error Handling").
"""

import asyncio
import hashlib
from collections import OrderedDict
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, NamedTuple, TypeVar

import orjson
from pydantic import BaseModel, ValidationError
from starlette.responses import Response

VERSION = "2026-08-25"
CHECKOUT = "dev.ucp.shopping.checkout"
SEARCH = "dev.ucp.shopping.catalog.search"
LOOKUP = "dev.ucp.shopping.catalog.lookup"
ORDER = "dev.ucp.shopping.order"
SERVICES = "example.uso.services"
BOOKING = "example.uso.booking"
ESCROW = "example.uso.escrow"
HANDLER_ID = "escrow"
_KEPT = timedelta(hours=24)

Body = dict[str, Any]
Request = TypeVar("Request", bound=BaseModel)


class Answer(NamedTuple):
    """Status and body of an answer."""

    status: int
    body: Body


class ProtocolError(Exception):
    """The call breaks the protocol; ``code`` and ``content`` are what the caller is told."""

    def __init__(self, status: int, code: str, content: str) -> None:
        super().__init__(content)
        self.status = status
        self.code = code
        self.content = content


@dataclass(frozen=True, slots=True)
class Call:
    """One call to a partner. ``base`` is the partner's own address, ``id`` the resource in the path."""

    agent: str
    base: str
    body: bytes
    id: str
    key: str


def envelope(*capabilities: str, **more: Any) -> Body:
    """The ``ucp`` member of a successful answer."""
    return {
        "version": VERSION,
        "status": "success",
        "capabilities": {name: [{"version": VERSION}] for name in capabilities},
    } | more


def error_message(code: str, content: str, *, severity: str = "unrecoverable", path: str | None = None) -> Body:
    """A message of type error."""
    message = {"type": "error", "code": code, "content": content, "severity": severity}
    return message if path is None else {**message, "path": path}


def refusal(capability: str, code: str, content: str) -> Answer:
    """A business's no when there is no resource to show: status 200, ``ucp.status`` error."""
    ucp = {**envelope(capability), "status": "error"}
    return Answer(200, {"ucp": ucp, "messages": [error_message(code, content)]})


def read(model: type[Request], content: bytes) -> Request:
    """The request in the body.

    Raises:
        ProtocolError: it is not JSON, or not a request of this kind.
    """
    try:
        return model.model_validate_json(content)
    except ValidationError as error:
        raise invalid(error) from error


def extension(model: type[Request], request: BaseModel, name: str) -> Request | None:
    """A vendor extension's object inside a request, None if there is none.

    Raises:
        ProtocolError: it is there but not valid.
    """
    raw = (request.model_extra or {}).get(name)
    if raw is None:
        return None
    try:
        return model.model_validate(raw)
    except ValidationError as error:
        raise invalid(error, within=name) from error


def invalid(error: ValidationError, *, within: str = "$") -> ProtocolError:
    """The protocol error for a request that does not validate: names the first field at fault."""
    fault = error.errors(include_url=False, include_input=False, include_context=False)[0]
    where = ".".join((within, *(str(part) for part in fault["loc"])))
    return ProtocolError(400, "invalid_request", f"{where}: {fault['msg']}")


def respond(answer: Answer) -> Response:
    """The answer as an HTTP response."""
    return Response(orjson.dumps(answer.body), answer.status, media_type="application/json")


class Replays:
    """Answers kept by idempotency key for a day: the same call again gets the same answer, and nothing happens twice.

    A call that arrives while the first is still being worked on waits for its answer. Raised errors are not kept: such
    a call has done nothing and may be tried again.
    """

    def __init__(self, clock: Callable[[], datetime]) -> None:
        self._clock = clock
        self._kept: OrderedDict[tuple[str, str, str], tuple[datetime, bytes, asyncio.Future[Answer]]] = OrderedDict()

    async def once(self, scope: tuple[str, str, str], what: bytes, work: Callable[[], Awaitable[Answer]]) -> Answer:
        """The answer of ``work``, done at most once for this partner, platform and key.

        Raises:
            ProtocolError: the key was used for something else (409).
        """
        now = self._clock()
        while self._kept and next(iter(self._kept.values()))[0] < now - _KEPT:
            self._kept.popitem(last=False)
        fingerprint = hashlib.sha256(what).digest()
        known = self._kept.get(scope)
        if known is not None:
            if known[1] != fingerprint:
                raise ProtocolError(409, "idempotency_conflict", "This Idempotency-Key was used for another request.")
            await asyncio.wait([known[2]])
            return await self.once(scope, what, work) if known[2].cancelled() else known[2].result()
        future: asyncio.Future[Answer] = asyncio.get_running_loop().create_future()
        self._kept[scope] = (now, fingerprint, future)
        try:
            answer = await work()
        except BaseException:
            del self._kept[scope]
            future.cancel()  # whoever waits for it does the work itself
            raise
        future.set_result(answer)
        return answer
