"""The forms of what callers send: the same for every route that takes it."""

import re
from typing import Any

from starlette.requests import Request

from schemas.errors import (
    FieldError,
    InvalidRequestError,
    MalformedBodyError,
    MalformedHeaderError,
    NotFoundError,
    TooLargeError,
)

MOST_CHARACTERS = 8000
_MOST_BYTES = 256 * 1024
_ID = re.compile(r"[A-Za-z0-9._:-]{1,128}")
_NUMBER = re.compile(r"[0-9]{1,15}")


async def body(request: Request, *, most: int = _MOST_BYTES) -> bytes:
    """The request's body; raises ``TooLargeError``, or ``MalformedBodyError`` when it is not UTF-8."""
    received = bytearray()
    async for chunk in request.stream():
        received += chunk
        if len(received) > most:
            raise TooLargeError(f"The body may have at most {most} bytes.")
    try:
        received.decode()
    except UnicodeDecodeError as error:
        raise MalformedBodyError(f"The body is not UTF-8 (byte {error.start}).") from error
    return bytes(received)


def message(text: str) -> str:
    """A person's message, trimmed; raises ``ValueError`` when it is empty, too long, or has a NUL."""
    text = text.strip()
    if not text:
        raise ValueError("must not be empty")
    if len(text) > MOST_CHARACTERS:
        raise ValueError(f"must have at most {MOST_CHARACTERS} characters, and has {len(text)}")
    plain(text)
    return text


def plain(value: Any) -> Any:
    """A JSON value that may be stored; raises ``ValueError`` when text in it has a NUL."""
    match value:
        case str() if "\0" in value:
            raise ValueError("must not contain the character NUL")
        case dict():
            for key, item in value.items():
                plain(key)
                plain(item)
        case list():
            for item in value:
                plain(item)
    return value


def identifier(text: str) -> str:
    """An id chosen by a caller; raises ``ValueError``."""
    if not _ID.fullmatch(text):
        raise ValueError("must be 1 to 128 letters, digits or ._:-")
    return text


def known(noun: str, text: str) -> str:
    """An id in an address; raises ``NotFoundError`` when no ``noun`` can have it."""
    if not _ID.fullmatch(text):
        raise NotFoundError(noun, text[:128])
    return text


def last_event_id(request: Request) -> int:
    """The number in ``Last-Event-ID``, 0 without one; raises ``MalformedHeaderError``."""
    given = request.headers.get("last-event-id")
    if given is None:
        return 0
    if not _NUMBER.fullmatch(given):
        raise bad_last_event_id("must be the id of an event of this run: a number")
    return int(given)


def bad_last_event_id(why: str) -> MalformedHeaderError:
    """The error for a ``Last-Event-ID`` that cannot be."""
    return MalformedHeaderError(f"Last-Event-ID {why}.", errors=[FieldError("Last-Event-ID", why)])


def wrong(field: str, why: str) -> InvalidRequestError:
    """The error for a field that cannot be taken."""
    return InvalidRequestError(f"{field} {why}.", errors=[FieldError(field, why)])


def wants_document(request: Request) -> bool:
    """Whether the caller prefers one JSON document to an event stream."""
    accepted = request.headers.get("accept", "")
    return "application/json" in accepted and "text/event-stream" not in accepted
