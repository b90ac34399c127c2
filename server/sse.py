"""A run as a server-sent event stream (WHATWG HTML, section 9.2): AG-UI events, each frame with its number as id.

The connection sends a comment every now and then to stay open, lives only so long, and says when to come back;
closing it never touches the run.
"""

from collections.abc import AsyncIterator, Mapping
from contextlib import aclosing
from time import monotonic, perf_counter

from ag_ui.core.events import CustomEvent
from sse_starlette import EventSourceResponse, ServerSentEvent
from starlette.requests import Request

from schemas.principal import Principal
from server import metrics
from server.runs.story import Target
from server.runs.wire import encode, frame
from server.runtime import Runtime

_RETRY = 500  # milliseconds


def event_stream(
    request: Request, principal: Principal, target: Target, *, after: int = 0, headers: Mapping[str, str] | None = None
) -> EventSourceResponse:
    """The events of the caller's run numbered above ``after``."""
    runtime: Runtime = request.app.state.runtime
    named = {"X-Run-ID": target.run_id, "X-Thread-ID": target.thread_id}
    return EventSourceResponse(
        _frames(runtime, principal, target, after, request.scope["began"]),
        headers={**named, **(headers or {})},
        ping=runtime.settings.heartbeat_seconds,
        ping_message_factory=_heartbeat,
        sep="\n",
    )


async def _frames(
    runtime: Runtime, principal: Principal, target: Target, after: int, began: float
) -> AsyncIterator[bytes]:
    until = monotonic() + runtime.settings.connection_seconds
    over, first = False, after == 0
    metrics.LIVE_STREAMS.inc()
    try:
        async with aclosing(runtime.following.follow(principal, target, after=after, until=until)) as batches:
            async for batch in batches:
                if first:
                    metrics.FIRST_EVENT_SECONDS.observe(perf_counter() - began)
                    first = False
                yield b"".join([frame(event) for event in batch])
                after, over = batch[-1].number, batch[-1].last
        if not over:
            again = encode(CustomEvent(name="reconnect", value={"after": after, "retry_ms": _RETRY}))
            yield b"retry: %d\nid: %d\ndata: %b\n\n" % (_RETRY, after, again)
    finally:
        metrics.LIVE_STREAMS.dec()


def _heartbeat() -> ServerSentEvent:
    return ServerSentEvent(comment="still here", sep="\n")
