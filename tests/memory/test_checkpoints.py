"""The saver: overlapping operations, one kept checkpoint a thread, and everything a graph needs to go on."""

import asyncio
import operator
from collections.abc import Callable
from typing import Annotated, Any, TypedDict

import pytest
from langchain_core.messages import HumanMessage
from langgraph.channels.delta import DeltaChannel
from langgraph.checkpoint.base import empty_checkpoint
from langgraph.checkpoint.base.id import uuid6
from langgraph.checkpoint.postgres.aio import AsyncPostgresSaver
from langgraph.graph import END, START, MessagesState, StateGraph
from langgraph.types import Command, interrupt

from memory.checkpoints import Checkpoints, prune
from memory.database import Database
from memory.leases import StaleOwnerError
from schemas.principal import Principal

Fresh = Callable[[str], str]
TABLES = ("checkpoints", "checkpoint_writes", "checkpoint_blobs")


@pytest.fixture
async def saver(database: Database) -> Checkpoints:
    return Checkpoints(database)


@pytest.fixture
def config(fresh: Fresh) -> dict[str, Any]:
    return {"configurable": {"thread_id": fresh("thread"), "checkpoint_ns": ""}}


async def rows(database: Database, config: dict[str, Any]) -> dict[str, int]:
    """How many rows each table holds for the thread."""
    counted = {}
    async with database.connection() as conn:
        for table in TABLES:
            result = await conn.execute(
                f"SELECT count(*) AS n FROM {table} WHERE thread_id = %s", (config["configurable"]["thread_id"],)
            )
            counted[table] = (await result.fetchone())["n"]
    return counted


def talk(saver: Any) -> Any:
    """A graph of five steps that adds one message a turn."""

    async def nothing(state: MessagesState) -> dict[str, Any]:
        return {}

    async def answer(state: MessagesState) -> dict[str, Any]:
        return {"messages": [("ai", f"answer {len(state['messages'])}")]}

    graph = StateGraph(MessagesState)
    graph.add_sequence([("a", nothing), ("b", nothing), ("c", nothing), ("d", nothing), ("e", answer)])
    graph.add_edge(START, "a")
    return graph.compile(checkpointer=saver)


def say(text: str) -> dict[str, Any]:
    return {"messages": [("user", text)]}


@pytest.mark.parametrize("durability", ["exit", "async", "sync"])
async def test_a_conversation_goes_on_from_its_last_checkpoint_and_leaves_one(
    saver: Checkpoints, database: Database, config: dict[str, Any], durability: str
) -> None:
    graph = talk(saver)
    for turn in range(3):
        state = await graph.ainvoke(say(f"turn {turn}"), config, durability=durability)

    assert [message.content for message in state["messages"]] == [
        *("turn 0", "answer 1", "turn 1", "answer 3", "turn 2", "answer 5")
    ]
    held = await rows(database, config)
    assert held["checkpoints"] == 1
    assert held["checkpoint_blobs"] == 1, "the messages' last version"


async def test_two_operations_overlap_on_the_pool(
    saver: Checkpoints, database: Database, config: dict[str, Any]
) -> None:
    """While one thread's save waits in the database, another thread's load is answered."""
    await talk(saver).ainvoke(say("hello"), config, durability="exit")
    here = await saver.aget_tuple(config)
    assert here is not None
    async with database.transaction() as conn:
        await conn.execute("LOCK TABLE checkpoint_writes IN SHARE MODE")  # writers wait, readers do not
        save = asyncio.create_task(saver.aput_writes(here.config, [("x", 1)], "task"))
        await somebody_waits(database, "relation")
        async with asyncio.timeout(5):
            assert await saver.aget_tuple(config) == here
        assert not save.done()
    await save


async def somebody_waits(database: Database, kind: str) -> None:
    """Returns when a statement waits for a lock of that kind."""
    async with database.connection() as conn, asyncio.timeout(5):
        while True:
            waiting = await conn.execute("SELECT 1 FROM pg_locks WHERE locktype = %s AND NOT granted", (kind,))
            if await waiting.fetchone():
                return
            await asyncio.sleep(0.002)


async def test_an_interrupted_run_resumes_on_another_saver(
    saver: Checkpoints, database: Database, config: dict[str, Any]
) -> None:
    def asking(saver: Any) -> Any:
        class State(TypedDict, total=False):
            answer: str
            done: str

        async def ask(state: State) -> State:
            return {"answer": interrupt({"question": "which day?"})}

        async def finish(state: State) -> State:
            return {"done": state["answer"].upper()}

        graph = StateGraph(State)
        graph.add_sequence([("ask", ask), ("finish", finish)])
        graph.add_edge(START, "ask")
        return graph.compile(checkpointer=saver)

    waiting = await asking(saver).ainvoke({"answer": ""}, config, durability="exit")
    assert waiting["__interrupt__"][0].value == {"question": "which day?"}

    state = await asking(Checkpoints(database)).ainvoke(Command(resume="saturday"), config, durability="exit")
    assert state["done"] == "SATURDAY"
    assert await rows(database, config) == {"checkpoints": 1, "checkpoint_writes": 0, "checkpoint_blobs": 0}


@pytest.mark.parametrize("durability", ["exit", "sync"])
async def test_a_subgraph_may_interrupt_and_leaves_nothing_when_it_is_over(
    saver: Checkpoints, database: Database, config: dict[str, Any], durability: str
) -> None:
    class State(TypedDict):
        log: Annotated[list[str], operator.add]

    async def before(state: State) -> State:
        return {"log": ["before"]}

    async def ask(state: State) -> State:
        return {"log": [interrupt("well?")]}

    async def after(state: State) -> State:
        return {"log": ["after"]}

    inner = StateGraph(State)
    inner.add_sequence([("inner_before", before), ("ask", ask)])
    inner.add_edge(START, "inner_before")
    outer = StateGraph(State)
    outer.add_sequence([("before", before), ("inner", inner.compile()), ("after", after)])
    outer.add_edge(START, "before")
    outer.add_edge("after", END)
    graph = outer.compile(checkpointer=saver)

    await graph.ainvoke({"log": []}, config, durability=durability)
    assert (await rows(database, config))["checkpoints"] == 2, "the graph's and the waiting subgraph's"
    state = await graph.ainvoke(Command(resume="yes"), config, durability=durability)

    assert state["log"] == ["before", "before", "before", "yes", "after"]
    assert (await rows(database, config))["checkpoints"] == 1


async def test_a_stale_writer_takes_nothing_from_a_newer_checkpoint(
    saver: Checkpoints, database: Database, config: dict[str, Any]
) -> None:
    older = {**empty_checkpoint(), "id": str(uuid6()), "channel_values": {"x": [1]}, "channel_versions": {"x": "1"}}
    newer = {**empty_checkpoint(), "id": str(uuid6()), "channel_values": {"x": [2]}, "channel_versions": {"x": "2"}}
    await saver.aput(config, newer, {}, {"x": "2"})
    await saver.aput(config, older, {}, {"x": "1"})

    loaded = await saver.aget_tuple(config)
    assert loaded is not None
    assert loaded.checkpoint["id"] == newer["id"]
    assert loaded.checkpoint["channel_values"] == {"x": [2]}


@pytest.fixture
async def held(database: Database, config: dict[str, Any], principal: Principal, fresh: Fresh) -> dict[str, Any]:
    """The thread's config under a run that is held with fence 1."""
    thread, run = config["configurable"]["thread_id"], fresh("run")
    async with database.transaction() as conn:
        await conn.execute(
            "INSERT INTO threads (id, tenant_id, user_id, graph) VALUES (%s, %s, %s, 'talk')",
            (thread, principal.tenant_id, principal.user_id),
        )
        await conn.execute(
            "INSERT INTO runs (id, thread_id, tenant_id, user_id, graph, status, fence)"
            " VALUES (%s, %s, %s, %s, 'talk', 'running', 1)",
            (run, thread, principal.tenant_id, principal.user_id),
        )
    return {"configurable": {**config["configurable"], "run_id": run, "fence": 1}}


async def test_a_run_that_is_being_taken_over_saves_nothing_more(
    saver: Checkpoints, database: Database, held: dict[str, Any]
) -> None:
    first = {**empty_checkpoint(), "id": str(uuid6())}
    await saver.aput(held, first, {}, {})
    async with database.transaction() as conn:
        await conn.execute("UPDATE runs SET fence = 2 WHERE id = %s", (held["configurable"]["run_id"],))
        late = asyncio.create_task(saver.aput(held, {**empty_checkpoint(), "id": str(uuid6())}, {}, {}))
        await somebody_waits(database, "transactionid")
    with pytest.raises(StaleOwnerError):
        await late
    loaded = await saver.aget_tuple(held)
    assert loaded is not None
    assert loaded.checkpoint["id"] == first["id"]


async def test_values_come_back_as_they_were_even_text_with_a_nul(saver: Checkpoints, config: dict[str, Any]) -> None:
    values = {"s": "a\x00b", "t": "plain", "n": None, "i": 3, "f": 1.5, "b": True, "l": [HumanMessage("hi", id="1")]}
    versions = dict.fromkeys(values, "1")
    checkpoint = {**empty_checkpoint(), "channel_values": values, "channel_versions": versions}
    await saver.aput(config, checkpoint, {}, versions)

    loaded = await saver.aget_tuple(config)
    assert loaded is not None
    assert loaded.checkpoint["channel_values"] == values


async def test_a_channel_of_changes_keeps_the_checkpoints_it_is_replayed_from(
    saver: Checkpoints, config: dict[str, Any]
) -> None:
    def join(state: list[str], writes: list[list[str]]) -> list[str]:
        return [*state, *(item for write in writes for item in write)]

    class State(TypedDict):
        log: Annotated[list[str], DeltaChannel(join, list)]

    async def add(state: State) -> dict[str, Any]:
        return {"log": [f"seen {len(state['log'])}"]}

    graph = StateGraph(State)
    graph.add_node("add", add)
    graph.add_edge(START, "add")
    compiled = graph.compile(checkpointer=saver)
    for turn in range(3):
        state = await compiled.ainvoke({"log": [f"turn {turn}"]}, config, durability="exit")
    assert state["log"] == ["turn 0", "seen 1", "turn 1", "seen 3", "turn 2", "seen 5"]


async def test_prune_leaves_the_last_checkpoint_of_a_thread_the_stock_saver_wrote(
    saver: Checkpoints, database: Database, config: dict[str, Any]
) -> None:
    stock = talk(AsyncPostgresSaver(database.pool))
    for turn in range(3):
        await stock.ainvoke(say(f"turn {turn}"), config, durability="sync")
    assert (await rows(database, config))["checkpoints"] > 10

    async with database.connection() as conn:
        await prune(conn, config["configurable"]["thread_id"])
    assert (await rows(database, config))["checkpoints"] == 1
    state = await talk(saver).ainvoke(say("turn 3"), config, durability="exit")
    assert len(state["messages"]) == 8


async def test_deleting_a_thread_leaves_no_row(saver: Checkpoints, database: Database, config: dict[str, Any]) -> None:
    await talk(saver).ainvoke(say("hello"), config, durability="exit")
    await saver.adelete_thread(config["configurable"]["thread_id"])
    assert await rows(database, config) == dict.fromkeys(TABLES, 0)
