"""Which graphs are served: a langgraph.json in any of the forms LangGraph knows."""

import asyncio
import json
import sys
from asyncio.subprocess import PIPE
from pathlib import Path
from typing import Any

import pytest
from langgraph.checkpoint.memory import InMemorySaver
from langgraph.graph import END, START, MessagesState, StateGraph

import server.app
from server.graphs_config import GraphsConfigError, load, serve

_FILE = """
from helper import nothing
from langgraph.graph import START, MessagesState, StateGraph
builder = StateGraph(MessagesState).add_node("a", nothing).add_edge(START, "a")
compiled = builder.compile()
def factory():
    return builder
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "graph_of_ours.py").write_text(_FILE)
    (tmp_path / "helper.py").write_text("def nothing(state):\n    return {}\n")
    return tmp_path


def written(folder: Path, **config: Any) -> Path:
    path = folder / "langgraph.json"
    path.write_text(json.dumps({"dependencies": ["."], **config}))
    return path


@pytest.mark.parametrize("attribute", ["compiled", "builder", "factory"])
def test_a_file_may_name_a_graph_in_any_form(folder: Path, attribute: str) -> None:
    path = written(folder, graphs={"mine": f"./graph_of_ours.py:{attribute}"})
    served = serve(load(path), InMemorySaver())["mine"]
    assert served.graph.checkpointer is not None
    assert "a" in served.graph.nodes
    assert served.durability == "exit"


def test_a_module_may_be_named_too(folder: Path) -> None:
    path = written(folder, graphs={"echo": "tests.server.graphs:echo"})
    assert "answer" in serve(load(path), InMemorySaver())["echo"].graph.nodes


@pytest.mark.parametrize(
    "content",
    ["{", "[]", "{}", '{"graphs": []}', '{"graphs": {}}', '{"graphs": {"a": "./nowhere.py:graph"}}',
     '{"graphs": {"a": "no.such.module:graph"}}', '{"graphs": {"a": "json:nothing"}}'],
)  # fmt: skip
def test_a_file_that_cannot_be_used_says_why(tmp_path: Path, content: str) -> None:
    path = tmp_path / "langgraph.json"
    path.write_text(content)
    with pytest.raises(GraphsConfigError):
        load(path)


def test_what_is_no_graph_is_refused() -> None:
    with pytest.raises(GraphsConfigError, match="not a LangGraph graph"):
        serve({"a": 7}, InMemorySaver())


def test_a_graph_may_ask_to_be_kept_at_every_step() -> None:
    graph = StateGraph(MessagesState).add_node("a", lambda state: {}).add_edge(START, "a").add_edge("a", END).compile()
    kept = graph.with_config(metadata={"durability": "sync"})
    assert serve({"a": kept}, InMemorySaver())["a"].durability == "sync"
    with pytest.raises(GraphsConfigError, match="durability"):
        serve({"a": graph.with_config(metadata={"durability": "often"})}, InMemorySaver())


async def test_another_graph_is_served_without_what_only_ours_needs() -> None:
    script = (
        "import sys; from pathlib import Path; from schemas.settings import Settings; import server.serve, server.app;"
        "app = server.app.create_app(Settings(graphs_config=Path('other.json'), _env_file=None));"
        "print(*{name.partition('.')[0] for name in sys.modules} & {'tools', 'agents', 'graphs', 'cards'});"
        "print(*app.openapi()['paths'])"
    )
    process = await asyncio.create_subprocess_exec(sys.executable, "-c", script, stdout=PIPE)
    loaded, paths = (await process.communicate())[0].decode().splitlines()
    assert loaded == ""
    assert "/api/v1/chat" in paths.split()
    assert not {path for path in paths.split() if "partners" in path or "orders" in path}


def test_ours_are_what_an_importing_server_gets() -> None:
    assert server.app.app is server.app.app
    assert "/api/v1/orders" in server.app.app.openapi()["paths"]
