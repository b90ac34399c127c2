"""AG-UI events as they go over the wire."""

import json
from typing import Any

from ag_ui.core import events as agui
from pydantic import TypeAdapter
from pydantic_core import PydanticSerializationError

from memory.events import Event

_any_event: TypeAdapter[Any] = TypeAdapter(agui.Event)


def encode(event: agui.BaseEvent) -> bytes:
    """The event's JSON in UTF-8; what is no valid Unicode in its texts (a lone surrogate) becomes a question mark."""
    try:
        return event.model_dump_json(by_alias=True).encode()
    except PydanticSerializationError:
        whole = json.dumps(event.model_dump(by_alias=True), default=str, ensure_ascii=False)
        return whole.encode(errors="replace")


def decode(data: bytes) -> Any:
    """The typed event that ``encode`` was given."""
    return _any_event.validate_json(data)


def frame(event: Event) -> bytes:
    """The event as one frame of a server-sent event stream, with its number as the frame's id."""
    return b"id: %d\ndata: %b\n\n" % (event.number, event.data)
