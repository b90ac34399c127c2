"""One run of one graph, from its input (or its last checkpoint) to its ending."""

from contextlib import aclosing
from datetime import datetime
from typing import Any

from langchain_core.messages import AIMessage, HumanMessage
from langchain_core.runnables import RunnableConfig
from langgraph.runtime import RunControl
from langgraph.types import Command, StreamMode

from memory.runs import Claim
from server.graphs_config import ServedGraph
from server.runs import endings
from server.runs.endings import Ending
from server.runs.recorder import Recorder
from server.runs.tokens import Token, TokenStream
from server.runs.translation import Translator


async def execute(
    claim: Claim,
    served: ServedGraph,
    recorder: Recorder,
    *,
    context: object,
    control: RunControl,
    expires_at: datetime,
) -> Ending:
    """Runs the graph and tells what it does; the ending is not told yet.

    A run that was begun before goes on from its last checkpoint, or begins anew if it made none. ``expires_at``
    is for interrupts that do not say themselves. Raises ``GraphDrained`` when ``control`` asked for it, and
    whatever the graph raises.
    """
    translator = Translator(claim.id)
    again = claim.fence > 1
    done = translator.step = await _steps_done(claim, served) if again else 0
    if again:
        recorder.resume(done)
    modes: list[StreamMode] = ["tasks", "custom"]
    if again or "resume" in claim.input:
        modes.append("updates")  # tells which tasks were done before
    stream: Any = served.graph.astream(
        _input(claim),
        _config(claim),
        context=context if _wants(served, context) else None,
        stream_mode=modes,
        durability=served.durability,
        control=control,
        subgraphs=True,
    )
    async with aclosing(stream):
        async for namespace, mode, chunk in stream:
            if namespace and mode != "custom":
                continue  # a subgraph's own steps
            if isinstance(chunk, Token) and recorder.repeats(translator.step):
                continue
            for unit in translator.read(mode, chunk):
                recorder.tell(translator.step, unit)
    if again:
        state = await _state(claim, served)
        _tell_the_rest(claim, state, translator, recorder)
        if done and translator.result is None:
            translator.result = state.get("result")
    return endings.completed(claim, recorder.text, translator.result, translator.interrupts, expires_at)


def _input(claim: Claim) -> Any:
    """What the graph is given; LangGraph itself leaves it out when the last checkpoint is of this very run."""
    if "resume" in claim.input:
        return Command(resume=claim.input["resume"])
    if "event" in claim.input:
        return {"messages": [], "event": claim.input["event"]}
    return {"messages": [HumanMessage(content=claim.input["message"], id=_question_id(claim))]}


def _question_id(claim: Claim) -> str:
    return f"{claim.id}:u"


def _config(claim: Claim) -> RunnableConfig:
    return {
        "configurable": {
            "thread_id": claim.thread_id,
            "run_id": claim.id,
            "fence": claim.fence,
            "user_id": claim.user_id,
            "tenant_id": claim.tenant_id,
            "channel": claim.input.get("channel") or "web",
        },
        "callbacks": [TokenStream()],
    }


def _wants(served: ServedGraph, context: object) -> bool:
    """Whether the graph declares the context we have; another server's graph gets none."""
    schema = served.graph.context_schema
    return isinstance(schema, type) and isinstance(context, schema)


async def _steps_done(claim: Claim, served: ServedGraph) -> int:
    """How many supersteps of this run its last checkpoint has behind it."""
    state = await served.graph.aget_state(_config(claim))
    metadata: dict[str, Any] = dict(state.metadata or {})
    if metadata.get("run_id") != claim.id:
        return 0
    before_the_first = 0 if "resume" in claim.input else 1  # the input is a checkpoint step of its own
    return max(0, int(metadata["step"]) - claim.first_step - before_the_first)


async def _state(claim: Claim, served: ServedGraph) -> dict[str, Any]:
    values = (await served.graph.aget_state(_config(claim))).values
    return values if isinstance(values, dict) else {}


def _tell_the_rest(claim: Claim, state: dict[str, Any], translator: Translator, recorder: Recorder) -> None:
    """Tells the answers that the former owner had kept in the state but not told any more."""
    messages = state.get("messages", [])
    ids = [message.id for message in messages]
    if _question_id(claim) in ids:
        for message in messages[ids.index(_question_id(claim)) + 1 :]:
            if isinstance(message, AIMessage) and not recorder.knows(message.id):
                for unit in translator.say(message):
                    recorder.tell(translator.step, unit)
