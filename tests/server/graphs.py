"""Small graphs to serve in tests. Where one waits, it waits for a gate: an entry in a Valkey stream."""

import os
from typing import Annotated, Any, TypedDict

from langchain_core.language_models.fake_chat_models import GenericFakeChatModel
from langchain_core.messages import AIMessage, AnyMessage, HumanMessage
from langgraph.config import get_stream_writer
from langgraph.graph import END, START, MessagesState, StateGraph, add_messages
from langgraph.types import interrupt
from redis.asyncio import Redis

from memory.cache import connect
from schemas.errors import PartnerError


class State(TypedDict, total=False):
    messages: Annotated[list[AnyMessage], add_messages]
    event: dict[str, Any] | None
    result: dict[str, Any]


def said(state: Any) -> str:
    """The person's last words."""
    return str(next(m.content for m in reversed(state["messages"]) if isinstance(m, HumanMessage)))


async def open_gate(redis: Redis, name: str) -> None:
    """Lets every node pass that waits for ``name``, now or later."""
    await redis.xadd(f"gate:{name}", {"open": "1"})


async def pass_gate(redis: Redis, name: str) -> None:
    """Waits for ``open_gate``."""
    while not await redis.xread({f"gate:{name}": "0"}, block=1000):
        pass


def echo() -> Any:
    """Answers with the person's words, as text, card, JSON-LD and result; tells of a specialist and a tool."""

    async def answer(state: State) -> dict[str, Any]:
        tell = get_stream_writer()
        tell({"type": "specialist_started", "id": "s1", "name": "parrot", "description": "repeats"})
        tell({"type": "tool_called", "id": "t1", "name": "repeat", "arguments": {"n": 1}, "result": "done",
              "specialist_id": "s1"})  # fmt: skip
        tell({"type": "specialist_finished", "id": "s1", "summary": "repeated"})
        tell({"type": "state_shown", "state": {"plan": {"items": 1}}})
        extra = {"card": {"type": "AdaptiveCard", "body": []}, "json_ld": {"@type": "Thing"}}
        text = f"you said {said(state)}" if not state.get("event") else f"event {state['event']}"
        return {
            "messages": [AIMessage(text, additional_kwargs=extra)],
            "result": {"plan": {"items": 1}},
            "event": None,
        }

    return StateGraph(State).add_node("answer", answer).add_edge(START, "answer").add_edge("answer", END)


def ask() -> Any:
    """Asks for a colour; with "twice" it asks two questions at once; with "named" under a name of the graph's own."""

    def route(state: MessagesState) -> list[str]:
        return ["colour", "size"] if "twice" in said(state) else ["colour"]

    def question(what: str) -> Any:
        async def node(state: MessagesState) -> dict[str, Any]:
            asked: dict[str, Any] = {"message": f"Which {what}?", "reason": "question",
                                     "response_schema": {"type": "object"}}  # fmt: skip
            words = said(state)
            if "named" in words:
                asked["id"] = words.split()[-1]
            if "expired" in words:
                asked["expires_at"] = "2020-01-01T00:00:00Z"
            answer = interrupt(asked)
            return {"messages": [AIMessage(f"{what}: {answer}")]}

        return node

    async def finish(state: MessagesState) -> dict[str, Any]:
        return {"messages": [AIMessage("thank you")]}

    graph = StateGraph(MessagesState)
    graph.add_node("colour", question("colour")).add_node("size", question("size")).add_node("finish", finish)
    graph.add_conditional_edges(START, route, ["colour", "size"])
    return graph.add_edge("colour", "finish").add_edge("size", "finish").add_edge("finish", END)


def fail() -> Any:
    """Fails: in a way that callers may know of with "partner", else in one they may not."""

    async def node(state: MessagesState) -> dict[str, Any]:
        if "partner" in said(state):
            raise PartnerError("The florist does not answer.")
        raise RuntimeError("secret connection string")

    return StateGraph(MessagesState).add_node("node", node).add_edge(START, "node").add_edge("node", END)


def speak() -> Any:
    """A chat model says the person's words back, token by token; another one works in silence."""

    async def node(state: MessagesState) -> dict[str, Any]:
        silent = GenericFakeChatModel(messages=iter([AIMessage("not for you")]))
        await silent.ainvoke(state["messages"], {"tags": ["nostream"]})
        model = GenericFakeChatModel(messages=iter([AIMessage(said(state))]))
        return {"messages": [await model.ainvoke(state["messages"])]}

    return StateGraph(MessagesState).add_node("node", node).add_edge(START, "node").add_edge("node", END)


def gated(redis: Redis | None = None) -> Any:
    """Three nodes, each of which says where it is and passes the gate ``{the person's words}:{its name}``."""
    server = redis or connect(os.environ["REDIS_URL"], blocking=True)

    def named(name: str) -> Any:
        async def node(state: State) -> dict[str, Any]:
            tell = get_stream_writer()
            tell({"type": "specialist_started", "id": f"s-{name}", "name": name, "description": ""})
            await server.incr(f"begun:{said(state)}:{name}")
            await pass_gate(server, f"{said(state)}:{name}")
            tell({"type": "specialist_finished", "id": f"s-{name}", "summary": "passed"})
            return {"messages": [AIMessage(f"passed {name}")], "result": {"order": {"passed": name}}}

        return node

    graph = StateGraph(State)
    return graph.add_sequence([(name, named(name)) for name in ("a", "b", "c")]).add_edge(START, "a").add_edge("c", END)


def gated_and_kept() -> Any:
    """The same, with every step persisted at once."""
    return gated().compile().with_config(metadata={"durability": "sync"})


def asked_and_gated() -> Any:
    """Asks a question, says the answer, and passes the gate ``{the person's words}:after``."""
    server = connect(os.environ["REDIS_URL"], blocking=True)

    async def ask_first(state: MessagesState) -> dict[str, Any]:
        return {"messages": [AIMessage(f"the answer is {interrupt('Which?')}")]}

    async def then_wait(state: MessagesState) -> dict[str, Any]:
        await pass_gate(server, f"{said(state)}:after")
        return {"messages": [AIMessage("passed")]}

    graph = StateGraph(MessagesState)
    return graph.add_sequence([("ask", ask_first), ("wait", then_wait)]).add_edge(START, "ask").add_edge("wait", END)
