"""From what a LangGraph graph does to what an AG-UI client sees.

A translator reads the chunks of ``astream`` (modes ``tasks``, ``custom`` and, for a resumed run, ``updates``) and
gives *units*: events that make sense only together and are logged all or not at all.
"""

import json
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from hashlib import blake2b
from typing import Any

from ag_ui.core import events as agui
from langchain_core.messages import AIMessage, BaseMessage, ToolMessage
from langchain_core.messages.utils import convert_to_messages
from pydantic import TypeAdapter, ValidationError
from pydantic_core import PydanticSerializationError, to_json, to_jsonable_python

from schemas.progress import Progress, SpecialistFinished, SpecialistStarted, StateShown, ToolCalled
from server.runs.tokens import Token

CARD = "adaptive_card"
"""The ``activityType`` of a card."""

_progress: TypeAdapter[Progress] = TypeAdapter(Progress)
_PROGRESS_TYPES = {"specialist_started", "specialist_finished", "tool_called", "state_shown"}


@dataclass(slots=True)
class Unit:
    """Events that belong together. ``says`` is the same when a node runs again and says the same."""

    says: str
    events: list[agui.BaseEvent]
    message: AIMessage | None = None
    """The message told, which takes the id that clients know if they were told it before."""


@dataclass(slots=True)
class RaisedInterrupt:
    """A graph's ``interrupt(value)``."""

    graph_interrupt_id: str
    value: Any
    response_schema: dict[str, Any] | None


@dataclass(slots=True)
class Translator:
    """Reads one run of one graph. ``step`` counts supersteps from where the run began."""

    run_id: str
    step: int = 0
    interrupts: list[RaisedInterrupt] = field(default_factory=list)
    result: dict[str, Any] | None = None
    _tasks: dict[str, tuple[str, Any]] = field(default_factory=dict)
    _steps: Counter[str] = field(default_factory=Counter)
    _streams: dict[str, str] = field(default_factory=dict)
    _streamed: dict[str, str] = field(default_factory=dict)
    _said: Counter[str] = field(default_factory=Counter)

    def read(self, mode: str, chunk: Any) -> Iterator[Unit]:
        """The units that one chunk of the graph's own stream (not a subgraph's) amounts to."""
        if mode == "custom":
            yield from self._custom(chunk)
        elif mode == "updates":
            self._reapplied(chunk)
        elif "result" in chunk:
            yield from self._finished(chunk)
        else:
            yield from self._started(chunk)

    # tasks

    def _started(self, task: Mapping[str, Any]) -> Iterator[Unit]:
        if not self._tasks:  # what starts while nothing works is a new superstep
            self.step += 1
            self._said.clear()
        name = task["name"]
        self._tasks[task["id"]] = (name, task["input"])
        self._steps[name] += 1
        if self._steps[name] == 1:
            yield _unit("step+", name, agui.StepStartedEvent(step_name=name))

    def _finished(self, task: Mapping[str, Any]) -> Iterator[Unit]:
        name, given = self._tasks.pop(task["id"], (task["name"], None))
        for raised in task["interrupts"]:
            self.interrupts.append(RaisedInterrupt(raised["id"], raised["value"], raised.get("response_schema")))
        written = task["result"]
        if isinstance(written, Mapping):
            known = {message.id for message in _messages_in(given)} if "messages" in written else set()
            for message in _written_messages(written.get("messages")):
                if message.id is None or message.id not in known:
                    yield from self._message(message)
            if isinstance(result := written.get("result"), dict) and "$writes" not in result:
                self.result = result
        if not task["interrupts"]:  # else it is not finished, and closed with the run
            yield from self._step_done(name)

    def _step_done(self, name: str) -> Iterator[Unit]:
        if name in self._steps:
            self._steps[name] -= 1
            if not self._steps[name]:
                del self._steps[name]
                yield _unit("step-", name, agui.StepFinishedEvent(step_name=name))

    def _reapplied(self, update: Mapping[str, Any]) -> None:
        """Tasks whose result was kept from before the interrupt start again but have nothing left to do."""
        if (update.get("__metadata__") or {}).get("cached"):
            for task_id, (name, _) in list(self._tasks.items()):
                if name in update:
                    del self._tasks[task_id]

    # messages

    def _message(self, message: BaseMessage) -> Iterator[Unit]:
        if isinstance(message, ToolMessage):
            yield self._tool_result(message)
        elif isinstance(message, AIMessage):
            yield from self.say(message)

    def say(self, message: AIMessage) -> Iterator[Unit]:
        """The units of an answer: its text, and what comes with it."""
        text = message.text
        card, document = message.additional_kwargs.get("card"), message.additional_kwargs.get("json_ld")
        streamed = self._claim_stream(message, text)
        if message.id is None:
            message.id = streamed or self._new_id(text, message.tool_calls, card, document)
        if text and not streamed:
            yield Unit(f"message {_digest(text)}", _text_events(message.id, text), message)
        extras: list[agui.BaseEvent] = []
        for call in message.tool_calls:
            extras += _call_events(str(call["id"]), call["name"], call["args"], parent=message.id)
        if card:
            content = _json(card)
            extras.append(
                agui.ActivitySnapshotEvent(message_id=f"{message.id}:card", activity_type=CARD, content=content)
            )
        if document:
            extras.append(agui.CustomEvent(name="json_ld", value=_json(document)))
        if extras:
            yield Unit(f"extras {_digest(message.tool_calls, card, document)}", extras, None if text else message)

    def _new_id(self, *content: Any) -> str:
        """An id that is the same when the step is done again, in whatever order its nodes then come."""
        digest = _digest(*content)
        self._said[digest] += 1
        return f"{self.run_id}:{self.step}:{digest}:{self._said[digest]}"

    def _tool_result(self, message: ToolMessage) -> Unit:
        if message.id is None:
            message.id = f"{self.run_id}:{message.tool_call_id}"
        event = agui.ToolCallResultEvent(
            message_id=message.id, tool_call_id=message.tool_call_id, content=message.text, role="tool"
        )
        return _unit("tool=", message.tool_call_id, event)

    # a model's words as they come

    def _token(self, token: Token) -> Iterator[Unit]:
        if token.message_id not in self._streams:
            if not token.text:
                return
            self._streams[token.message_id] = ""
            yield _unit("stream+", token.message_id, _text_start(token.message_id))
        self._streams[token.message_id] += token.text
        if token.text:
            event = agui.TextMessageContentEvent(message_id=token.message_id, delta=token.text)
            yield _unit("stream", token.message_id, event)
        if token.last:
            yield self._end_of_stream(token.message_id)

    def _end_of_stream(self, message_id: str) -> Unit:
        text = self._streams.pop(message_id)
        self._streamed[message_id] = text
        return _unit("message", _digest(text), agui.TextMessageEndEvent(message_id=message_id))

    def _claim_stream(self, message: AIMessage, text: str) -> str | None:
        """The id under which this message's text was streamed already, if it was; each stream counts once."""
        for message_id, streamed in self._streamed.items():
            if message_id == message.id or (text and streamed == text):
                del self._streamed[message_id]
                return message_id
        return None

    # progress

    def _custom(self, chunk: Any) -> Iterator[Unit]:
        if isinstance(chunk, Token):
            yield from self._token(chunk)
            return
        if isinstance(chunk, Mapping) and chunk.get("type") in _PROGRESS_TYPES:
            with suppress(ValidationError):  # another graph's own idea of these words is passed on as it is
                chunk = _progress.validate_python(chunk)
        match chunk:
            case SpecialistStarted():
                started = agui.SubagentStartedEvent(
                    subagent_run_id=chunk.id, name=chunk.name, description=chunk.description or None
                )
                yield _unit("specialist+", chunk.id, started)
            case SpecialistFinished(error=str(error)):
                yield _unit("specialist-", chunk.id, agui.SubagentErrorEvent(subagent_run_id=chunk.id, message=error))
            case SpecialistFinished():
                result = {"summary": chunk.summary} if chunk.summary else None
                finished = agui.SubagentFinishedEvent(subagent_run_id=chunk.id, result=result)
                yield _unit("specialist-", chunk.id, finished)
            case ToolCalled():
                yield Unit(f"tool {chunk.id}", _tool_events(self.run_id, chunk))
            case StateShown():
                state = _json(chunk.state)
                yield Unit("state " + _digest(state), [agui.StateSnapshotEvent(snapshot=state)])
            case _:
                value = _json(chunk)
                yield Unit("custom " + _digest(value), [agui.CustomEvent(name="progress", value=value)])


def _unit(kind: str, what: str, event: agui.BaseEvent) -> Unit:
    return Unit(f"{kind} {what}", [event])


def _text_start(message_id: str) -> agui.BaseEvent:
    return agui.TextMessageStartEvent(message_id=message_id, role="assistant")


def _text_events(message_id: str, text: str) -> list[agui.BaseEvent]:
    return [
        _text_start(message_id),
        agui.TextMessageContentEvent(message_id=message_id, delta=text),
        agui.TextMessageEndEvent(message_id=message_id),
    ]


def _call_events(
    call_id: str, name: str, arguments: Any, *, parent: str | None = None, specialist: str | None = None
) -> list[agui.BaseEvent]:
    return [
        agui.ToolCallStartEvent(
            tool_call_id=call_id, tool_call_name=name, parent_message_id=parent, subagent_run_id=specialist
        ),
        agui.ToolCallArgsEvent(
            tool_call_id=call_id, delta=json.dumps(_json(arguments), ensure_ascii=False), subagent_run_id=specialist
        ),
        agui.ToolCallEndEvent(tool_call_id=call_id, subagent_run_id=specialist),
    ]


def _tool_events(run_id: str, called: ToolCalled) -> list[agui.BaseEvent]:
    content = called.result if isinstance(called.result, str) else json.dumps(_json(called.result), ensure_ascii=False)
    return [
        *_call_events(called.id, called.name, called.arguments, specialist=called.specialist_id),
        agui.ToolCallResultEvent(
            message_id=f"{run_id}:{called.id}", tool_call_id=called.id, content=content, role="tool",
            subagent_run_id=called.specialist_id,
        ),
    ]  # fmt: skip


def _messages_in(state: Any) -> Iterable[BaseMessage]:
    """The messages of what a task was given."""
    messages = state.get("messages") if isinstance(state, Mapping) else getattr(state, "messages", None)
    return [m for m in messages if isinstance(m, BaseMessage)] if isinstance(messages, list) else []


def _written_messages(value: Any) -> Iterator[BaseMessage]:
    """The messages a node wrote, in any of the forms LangGraph's ``add_messages`` takes."""
    if value is None:
        return
    if isinstance(value, Mapping) and "$writes" in value:
        for write in value["$writes"]:
            yield from _written_messages(write)
        return
    for message in value if isinstance(value, list) else [value]:
        yield message if isinstance(message, BaseMessage) else convert_to_messages([message])[0]


def _json(value: Any) -> Any:
    return to_jsonable_python(value, fallback=str)


def _digest(*parts: Any) -> str:
    try:
        whole = to_json(parts, fallback=str)
    except PydanticSerializationError:  # a lone surrogate, which only escaped JSON can hold
        whole = json.dumps(parts, default=str).encode()
    return blake2b(whole, digest_size=9).hexdigest()
