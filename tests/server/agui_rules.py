"""AG-UI 1.0's rules for the order of events, as a client's verifier holds them (docs of ag-ui-protocol, "events")."""

from collections.abc import Iterable, Mapping
from typing import Any

from ag_ui.core import events as agui
from pydantic import TypeAdapter

_event: TypeAdapter[Any] = TypeAdapter(agui.Event)

_PAIRS = {
    "TEXT_MESSAGE_START": ("TEXT_MESSAGE_END", "messageId"),
    "TOOL_CALL_START": ("TOOL_CALL_END", "toolCallId"),
    "STEP_STARTED": ("STEP_FINISHED", "stepName"),
    "SUBAGENT_STARTED": ("SUBAGENT_FINISHED", "subagentRunId"),
}
_ENDS = {end: (start, name) for start, (end, name) in _PAIRS.items()} | {
    "SUBAGENT_ERROR": ("SUBAGENT_STARTED", "subagentRunId")
}
_INSIDE = {"TEXT_MESSAGE_CONTENT": "TEXT_MESSAGE_START", "TOOL_CALL_ARGS": "TOOL_CALL_START"}


def check(events: Iterable[Mapping[str, Any]], *, whole: bool = True) -> None:
    """Fails where a client would: begun before, opened once, closed once, nothing open at the end, nothing after it."""
    told = list(events)
    open_things: set[tuple[str, str]] = set()
    for number, event in enumerate(told):
        _event.validate_python(event)
        kind = event["type"]
        assert (kind == "RUN_STARTED") == (number == 0), f"event {number} is {kind}"
        if kind in _PAIRS:
            thing = (kind, event[_PAIRS[kind][1]])
            assert thing not in open_things, f"{thing} is opened twice"
            open_things.add(thing)
        elif kind in _ENDS:
            start, name = _ENDS[kind]
            assert (start, event[name]) in open_things, f"{event[name]} is closed but not open"
            open_things.remove((start, event[name]))
        elif kind in _INSIDE:
            start = _INSIDE[kind]
            assert (start, event[_PAIRS[start][1]]) in open_things, f"{kind} outside of {start}"
        elif kind == "RUN_FINISHED":
            assert not open_things, f"still open at the end: {open_things}"
        if kind in ("RUN_FINISHED", "RUN_ERROR"):
            assert number == len(told) - 1, "something follows the end"
    if whole:
        assert told[-1]["type"] in ("RUN_FINISHED", "RUN_ERROR"), "no end"
