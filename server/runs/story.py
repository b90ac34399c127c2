"""What Postgres can tell of a conversation: its messages, cards and open questions, for whoever was not there.

Streams fall back on it where the event log has a gap; ``GET /api/v1/threads/{id}`` is made of it.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ag_ui.core import PROTOCOL_VERSION
from ag_ui.core import events as agui
from ag_ui.core import types as agui_types
from langchain_core.messages import AIMessage, BaseMessage, HumanMessage, ToolMessage
from pydantic_core import to_json, to_jsonable_python

from memory import interrupts
from memory.database import Database
from memory.events import Event, StreamGap
from schemas.principal import Principal
from schemas.run import Interrupt, Run
from server import metrics
from server.graphs_config import ServedGraph
from server.runs.endings import Ending
from server.runs.translation import CARD
from server.runs.wire import encode


@dataclass(frozen=True, slots=True)
class Target:
    """A run to follow."""

    run_id: str
    thread_id: str
    graph: str


@dataclass(frozen=True, slots=True)
class Conversation:
    """A thread as its last checkpoint has it."""

    messages: list[agui_types.Message]
    cards: list[dict[str, Any]]
    state: dict[str, Any]
    """What the graph shows of its state: its ``result``."""


class Stories:
    """Reads conversations. Graphs that are not served here any more have no messages to show."""

    def __init__(self, database: Database, graphs: Mapping[str, ServedGraph]) -> None:
        self._database = database
        self._graphs = graphs

    async def conversation(self, thread_id: str, graph: str) -> Conversation:
        """The conversation of a thread; who may see it is the caller's business."""
        served = self._graphs.get(graph)
        if served is None:
            return Conversation([], [], {})
        values = (await served.graph.aget_state({"configurable": {"thread_id": thread_id}})).values
        state = values if isinstance(values, dict) else {}
        kept = [message for message in state.get("messages") or [] if isinstance(message, BaseMessage)]
        return Conversation(
            messages=[shown for message in kept for shown in _shown(message)],
            cards=[card for message in kept if (card := _card(message)) is not None],
            state=to_jsonable_python(state.get("result") or {}, fallback=str),
        )

    async def bridge(self, target: Target, gap: StreamGap) -> list[Event]:
        """Events that stand for those a gap has swallowed: the conversation as it is, and that history is partial.

        They carry the number before the gap's end, so that whoever reconnects goes on behind it.
        """
        started = encode(
            agui.RunStartedEvent(thread_id=target.thread_id, run_id=target.run_id, protocol_version=PROTOCOL_VERSION)
        )
        if (gap.after, gap.number) == (0, 2):  # a run always begins with the same event: nothing is missing
            return [Event(1, started)]
        metrics.HISTORY_GAPS.inc()
        conversation = await self.conversation(target.thread_id, target.graph)
        told = [
            agui.CustomEvent(name="history_partial", value={"after": gap.after, "before": gap.number}),
            agui.MessagesSnapshotEvent(messages=conversation.messages),
            agui.StateSnapshotEvent(snapshot=conversation.state),
        ]
        encoded = [started] if gap.after == 0 else []
        encoded += [encode(event) for event in told]
        return [Event(gap.number - 1, data) for data in encoded]

    async def last_event(self, principal: Principal, run: Run) -> Event:
        """The last event of a run that has ended, from its row."""
        async with self._database.connection() as conn:
            asked: Sequence[Interrupt] = ()
            if run.status == "interrupted":
                asked = await interrupts.of_run(conn, principal, run.id)
        ending = Ending.of(run, asked).event(run.thread_id, run.id)
        return Event(run.last_event or 1, encode(ending), "end")


def _shown(message: BaseMessage) -> Iterator[agui_types.Message]:
    identifier = message.id or ""
    match message:
        case HumanMessage():
            yield agui_types.UserMessage(id=identifier, content=message.text)
        case AIMessage():
            if message.text or message.tool_calls:
                kind = message.additional_kwargs.get("kind")
                yield agui_types.AssistantMessage(
                    id=identifier,
                    content=message.text or None,
                    tool_calls=_calls(message) or None,
                    metadata={"kind": kind} if kind else None,
                )
            if (card := _card(message)) is not None:
                yield agui_types.ActivityMessage(id=f"{identifier}:card", activity_type=CARD, content=card)
        case ToolMessage():
            yield agui_types.ToolMessage(id=identifier, content=message.text, tool_call_id=message.tool_call_id)


def _calls(message: AIMessage) -> list[agui_types.ToolCall]:
    return [
        agui_types.ToolCall(
            id=str(call["id"]),
            function=agui_types.FunctionCall(name=call["name"], arguments=to_json(call["args"], fallback=str).decode()),
        )
        for call in message.tool_calls
    ]


def _card(message: BaseMessage) -> dict[str, Any] | None:
    card = message.additional_kwargs.get("card") if isinstance(message, AIMessage) else None
    return card if isinstance(card, dict) else None
