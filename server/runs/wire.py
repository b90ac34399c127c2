"""AG-UI events as they go over the wire."""

import json
from typing import Any

from ag_ui.core import events as agui
from pydantic import TypeAdapter
from pydantic_core import PydanticSerializationError

from memory.events import Event

_any_event: TypeAdapter[Any] = TypeAdapter(agui.Event)


def encode(event: agui.BaseEvent) -> bytes:
    """The event's JSON in UTF-8; text that is no valid Unicode (a lone surrogate) is escaped rather than refused."""
    try:
        return event.model_dump_json(by_alias=True).encode()
    except PydanticSerializationError:
        return json.dumps(event.model_dump(by_alias=True), default=str).encode()


def decode(data: bytes) -> Any:
    """The typed event that ``encode`` was given."""
    return _any_event.validate_json(data)


def frame(event: Event) -> bytes:
    """The event as one frame of a server-sent event stream, with its number as the frame's id."""
    return b"id: %d\ndata: %b\n\n" % (event.number, event.data)
