"""AG-UI events as they go over the wire."""

import json
from functools import cache
from typing import Any

from ag_ui.core import events as agui
from pydantic import TypeAdapter
from pydantic_core import PydanticSerializationError, to_json

from memory.events import Event

_any_event: TypeAdapter[Any] = TypeAdapter(agui.Event)


def encode(event: agui.BaseEvent) -> bytes:
    """The event's JSON in UTF-8; what is no valid Unicode in its texts (a lone surrogate) becomes a question mark."""
    try:
        return to_json(_fields(event), by_alias=True)
    except PydanticSerializationError:
        whole = json.dumps(event.model_dump(by_alias=True), default=str, ensure_ascii=False)
        return whole.encode(errors="replace")


def _fields(event: agui.BaseEvent) -> dict[str, Any]:
    """The event's fields under their names on the wire, without those that have no value.

    The protocol's own serializer builds every nested object twice; an event is most of what a turn writes.
    """
    return {
        name: value
        for field, name, kept in _fields_of(type(event))
        if (value := getattr(event, field)) is not None or kept
    }


@cache
def _fields_of(kind: type[agui.BaseEvent]) -> list[tuple[str, str, bool]]:
    """Each field's name here and on the wire, and whether it is written without a value, too."""
    return [
        (field, info.serialization_alias or info.alias or field, info.is_required() or info.default is not None)
        for field, info in kind.model_fields.items()
    ]


def decode(data: bytes) -> Any:
    """The typed event that ``encode`` was given."""
    return _any_event.validate_json(data)


def frame(event: Event) -> bytes:
    """The event as one frame of a server-sent event stream, with its number as the frame's id."""
    return b"id: %d\ndata: %b\n\n" % (event.number, event.data)
