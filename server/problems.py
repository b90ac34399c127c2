"""Errors as RFC 9457 problem documents: the one place that formats them."""

from collections.abc import Mapping, Sequence
from http import HTTPStatus
from typing import Any

import structlog
from fastapi import FastAPI
from fastapi.exceptions import RequestValidationError
from pydantic import ValidationError
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse

from schemas.errors import FieldError, InvalidRequestError, MalformedBodyError, NotAuthenticatedError, UsoError

log = structlog.get_logger(__name__)


class Problem(JSONResponse):
    """A problem document."""

    media_type = "application/problem+json"


_TEXT = {"type": "string"}
_FIELD_ERROR = {"type": "object", "properties": {"field": _TEXT, "message": _TEXT}, "required": ["field", "message"]}
_MEMBERS = {
    "type": _TEXT,
    "title": _TEXT,
    "status": {"type": "integer"},
    "detail": {**_TEXT, "description": "a sentence that says what to do"},
    "code": {**_TEXT, "description": "stable, for programs"},
    "request_id": _TEXT,
    "errors": {"type": "array", "items": _FIELD_ERROR, "description": "names the fields"},
}
DOCUMENTED: dict[int | str, dict[str, Any]] = {
    "default": {
        "description": "Whatever goes wrong: a problem document (RFC 9457)",
        "content": {Problem.media_type: {"schema": {"$ref": "#/$defs/Problem", "$defs": {"Problem": {
            "title": "Problem", "type": "object", "properties": _MEMBERS, "required": list(_MEMBERS),
        }}}}},
    }
}  # fmt: skip
"""The documents, for OpenAPI: the answer of every route when it does not answer as described."""


def problem(
    request_id: str,
    *,
    status: int,
    code: str,
    title: str,
    detail: str,
    errors: Sequence[Mapping[str, str]] = (),
    extra: Mapping[str, Any] | None = None,
    headers: Mapping[str, str] | None = None,
) -> Problem:
    """The document with the members every one of ours has; ``errors`` name fields."""
    document = {
        **(extra or {}),
        "type": f"urn:uso:problem:{code}",
        "title": title,
        "status": status,
        "detail": detail,
        "code": code,
        "request_id": request_id,
        "errors": list(errors),
    }
    return Problem(document, status_code=status, headers=dict(headers or {}))


def of(error: UsoError, request_id: str) -> Problem:
    """The document of one of our own errors."""
    headers: dict[str, str] = {}
    if isinstance(error, NotAuthenticatedError):
        headers["WWW-Authenticate"] = "Bearer"
    if error.status == HTTPStatus.SERVICE_UNAVAILABLE:
        headers["Retry-After"] = "1"
    return problem(
        request_id,
        status=error.status,
        code=error.code,
        title=error.title,
        detail=error.detail,
        errors=[{"field": one.field, "message": one.message} for one in error.errors],
        extra=error.extra,
        headers=headers,
    )


def unexpected(request_id: str) -> Problem:
    """The document of an error nobody foresaw; what it was stays in our log under the request's id."""
    detail = "Something failed that should not have. It has been logged under this request id."
    return problem(request_id, status=500, code=UsoError.code, title=UsoError.title, detail=detail)


def invalid(error: ValidationError | RequestValidationError) -> UsoError:
    """What pydantic found wrong with a request, field by field."""
    found = list(error.errors())
    if any(one["type"] == "json_invalid" for one in found):
        return MalformedBodyError("The body is not JSON in UTF-8.")
    errors = [FieldError(_field(one["loc"]), _words(one)) for one in found]
    names = ", ".join(dict.fromkeys(one.field for one in errors))
    return InvalidRequestError(f"Please correct: {names}.", errors=errors)


def install(app: FastAPI) -> None:
    """Makes ``app`` answer every error with a problem document."""

    @app.exception_handler(UsoError)
    async def ours(request: Request, error: UsoError) -> Problem:
        if error.status >= HTTPStatus.INTERNAL_SERVER_ERROR:
            log.warning("request_failed", code=error.code, detail=error.detail)
        return of(error, request.scope["request_id"])

    @app.exception_handler(RequestValidationError)
    async def validation(request: Request, error: RequestValidationError) -> Problem:
        return of(invalid(error), request.scope["request_id"])

    @app.exception_handler(HTTPException)
    async def http(request: Request, error: HTTPException) -> Problem:
        title = HTTPStatus(error.status_code).phrase
        return problem(
            request.scope["request_id"],
            status=error.status_code,
            code=title.lower().replace(" ", "_"),
            title=title,
            detail=f"{request.method} {request.url.path}: {error.detail}",
            headers=error.headers,
        )


def _field(location: Sequence[int | str]) -> str:
    """``resume.0.payload``; the parts of a request that FastAPI puts in front are left out."""
    parts = location[1:] if location and location[0] in ("body", "query", "path", "header") else location
    return ".".join(map(str, parts)) or "body"


def _words(error: Mapping[str, Any]) -> str:
    if error["type"] == "extra_forbidden":
        return "there is no such field"
    return str(error["msg"]).removeprefix("Value error, ")
