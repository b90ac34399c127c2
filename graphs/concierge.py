"""The concierge: one conversation from a sentence to a fulfilled, repaired order.

    understand ─ ask ─ await_answer (waits)
        └─ scout ─ plan ─ approve (waits) ─ checkout ─ recover ─ confirm
    system runs:  recover (a line failed) · settle (all accepted)

Few steps on purpose: parallel work goes on inside a node. Waits are interrupts in nodes of their own,
because a node that waits is run again from its beginning when the answer comes. Every node is a coroutine, also
one that awaits nothing: LangGraph would send a plain function through a thread.
"""

from typing import Literal

from langgraph.graph import START, StateGraph
from langgraph.runtime import Runtime
from langgraph.types import Command

from cards.plain import plain
from graphs import fulfilling, proposing, recovery, understanding
from graphs.services import GraphContext
from graphs.state import ConciergeState, Json
from graphs.turn import Turn, spoken


async def route(state: ConciergeState) -> Literal["understand", "recover", "settle"]:
    """A person's message is read; a system run goes straight to its specialist."""
    match state.get("event"):
        case {"kind": "line_failed"}:
            return "recover"
        case {"kind": "order_settled"}:
            return "settle"
    return "understand"


async def reject(state: ConciergeState, runtime: Runtime[GraphContext]) -> Json:
    """Drop the proposal; nothing was bought."""
    turn = await Turn.of(runtime)
    say = spoken(state)
    answer = plain(say("All right, I dropped it. Nothing was bought."))
    return {"messages": [turn.say(answer, "reject")], "proposal": None, "question": None, "intent": None}


async def wait(state: ConciergeState) -> Command[Literal["approve", "await_answer", "await_choice", "__end__"]]:
    """End the turn, keeping open whatever still waits for the person."""
    if state.get("proposal"):
        return Command(goto="approve")
    if state.get("question"):
        return Command(goto="await_answer")
    if state.get("choice"):
        return Command(goto="await_choice")
    return Command(goto="__end__")


builder = StateGraph(ConciergeState, context_schema=GraphContext)
builder.add_node(understanding.understand)
builder.add_node(understanding.ask)
builder.add_node(understanding.await_answer)
builder.add_node(proposing.scout)
builder.add_node(proposing.plan)
builder.add_node(proposing.approve)
builder.add_node(reject)
builder.add_node(fulfilling.checkout)
builder.add_node(fulfilling.confirm)
builder.add_node(fulfilling.status)
builder.add_node(fulfilling.cancel)
builder.add_node(recovery.recover)
builder.add_node(recovery.await_choice)
builder.add_node(recovery.choose)
builder.add_node(recovery.settle)
builder.add_node(wait)
builder.add_conditional_edges(START, route)
builder.add_edge("ask", "await_answer")
builder.add_edge("scout", "plan")
for last in ("reject", "confirm", "status", "cancel", "settle"):
    builder.add_edge(last, "wait")

graph = builder.compile(name="concierge")
