"""What a JSON request may hold beyond its form, so that nothing behind the routes meets a monster.

Bodies are JSON of bounded size and depth, without NUL, in which no name comes twice. What a request then says stays
where arithmetic is exact (the numbers of I-JSON, RFC 7493), calendars work and planning ends.
"""

from collections.abc import Callable, Coroutine, Iterable
from datetime import datetime, timedelta
from typing import Any

from fastapi.routing import APIRoute
from pydantic import BaseModel
from starlette.requests import Request
from starlette.responses import Response

from schemas.errors import FieldError, MalformedBodyError, MalformedHeaderError, PartnerError
from server.routes import forms
from tools.http import read_json

_MOST_BYTES = 1 << 20
_LARGEST = 2**53 - 1
_FAR = timedelta(days=731)
_LONGEST = timedelta(days=31)


class BoundedRoute(APIRoute):
    """A route that reads its JSON body within these bounds: ``APIRouter(route_class=BoundedRoute)``."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        """FastAPI's handler, given a request that has been read and checked."""
        handle = super().get_route_handler()
        if self.body_field is None:
            return handle

        async def bounded(request: Request) -> Response:
            content = await forms.body(request, most=_MOST_BYTES)
            return await handle(_Read(request, content, _checked(request, content)))

        return bounded


class _Read(Request):
    def __init__(self, request: Request, content: bytes, data: Any) -> None:
        super().__init__(request.scope, request.receive)
        self._content, self._data = content, data

    async def body(self) -> bytes:
        return self._content

    async def json(self) -> Any:
        return self._data


def _checked(request: Request, content: bytes) -> Any:
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind != "application/json":
        raise MalformedHeaderError(
            "Send the body with 'Content-Type: application/json'.",
            errors=[FieldError("Content-Type", "must be application/json")],
        )
    try:
        return read_json(content, "The body", strict=True)
    except PartnerError as error:
        raise MalformedBodyError(error.detail) from error


def within_bounds(value: Any, now: datetime, path: str = "") -> None:
    """Checks every number, moment and duration of a request; ``now`` is the moment that it is about.

    Raises:
        InvalidRequestError: names the first that nothing behind the routes can work with.
    """
    match value:
        case int() | float() if abs(value) > _LARGEST:
            raise forms.wrong(path, "must be between -(2^53 - 1) and 2^53 - 1")
        case datetime() if not 2000 <= value.year < 2200 or abs(value - now) > _FAR:
            raise forms.wrong(path, "must be within two years of now")
        case timedelta() if not timedelta(0) <= value <= _LONGEST:
            raise forms.wrong(path, "must be between nothing and 31 days")
        case BaseModel():
            _each_within_bounds(value, now, path)
        case dict():
            _each_within_bounds(value.items(), now, path)
        case list() | tuple():
            _each_within_bounds(enumerate(value), now, path)


def _each_within_bounds(members: Iterable[tuple[Any, Any]], now: datetime, path: str) -> None:
    for name, item in members:
        within_bounds(item, now, f"{path}.{name}" if path else str(name))
