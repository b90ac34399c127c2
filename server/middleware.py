"""Round every request: its id, its log context, its metrics, and an answer even when something breaks.

Plain ASGI, because Starlette's ``BaseHTTPMiddleware`` costs a task and a queue for each request.
"""

import re
from time import perf_counter
from uuid import uuid4

import structlog
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from server import metrics, problems

_REQUEST_ID = re.compile(rb"[A-Za-z0-9._:-]{1,128}")

log = structlog.get_logger(__name__)


class RequestMiddleware:
    """Takes ``X-Request-ID`` (or makes one), returns it, logs under it; counts and times the answer."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handles one request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        began = perf_counter()
        given = next((value for name, value in scope["headers"] if name == b"x-request-id"), b"")
        request_id = given if _REQUEST_ID.fullmatch(given) else uuid4().hex.encode()
        scope["request_id"] = request_id.decode()
        scope["began"] = began
        structlog.contextvars.clear_contextvars()
        structlog.contextvars.bind_contextvars(request_id=scope["request_id"])
        status = 0

        async def answer(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                message["headers"] = [*message["headers"], (b"x-request-id", request_id)]
                route = getattr(scope.get("route"), "path", "none")
                metrics.HTTP_REQUESTS.labels(scope["method"], route, status).inc()
                metrics.HTTP_SECONDS.labels(route).observe(perf_counter() - began)
            await send(message)

        try:
            await self._app(scope, receive, answer)
        except Exception:
            log.exception("request_broke", path=scope["path"])
            if not status:
                await problems.unexpected(scope["request_id"])(scope, receive, answer)
