"""Which graphs this server serves: the ``graphs`` of a ``langgraph.json``, LangGraph's own file format.

``{"graphs": {"name": "./file.py:attribute"}}``, or ``"package.module:attribute"``; paths are relative to the file.
The attribute is a compiled graph, a ``StateGraph`` to compile, or a function of no arguments that makes either.
"""

import importlib
import importlib.util
import json
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType
from typing import Any, Literal, cast

from langgraph.checkpoint.base import BaseCheckpointSaver
from langgraph.graph import StateGraph
from langgraph.pregel import Pregel

Durability = Literal["exit", "async", "sync"]

_ROOT = Path(__file__).resolve().parent.parent
OURS = _ROOT / "langgraph.json"


@dataclass(frozen=True, slots=True)
class ServedGraph:
    """A graph under the name by which requests ask for it, with the checkpointer of this server."""

    name: str
    graph: Pregel[Any, Any, Any, Any]
    durability: Durability
    """When its state is persisted: at the end of a run, unless its config's metadata says ``durability`` otherwise."""


class GraphsConfigError(ValueError):
    """The file, or something it names, cannot be used."""


def load(path: Path) -> dict[str, Any]:
    """The graphs a ``langgraph.json`` names, as they are defined.

    Raises ``GraphsConfigError`` saying what is wrong with the file.
    """
    try:
        config = json.loads(path.read_text("utf-8"))
        named = {str(name): str(reference) for name, reference in config["graphs"].items()}
        folders = [path.parent / entry for entry in config.get("dependencies", []) if entry.startswith(".")]
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise GraphsConfigError(f"{path} is no usable langgraph.json: {error!r}") from error
    if not named:
        raise GraphsConfigError(f"{path} names no graphs")
    sys.path += [str(folder) for folder in folders if str(folder) not in sys.path]
    return {name: _attribute(path.parent, reference) for name, reference in named.items()}


def serve(graphs: Mapping[str, Any], checkpointer: BaseCheckpointSaver[Any]) -> dict[str, ServedGraph]:
    """Attaches the checkpointer to graphs in any of the forms a ``langgraph.json`` may name."""
    return {name: _served(name, definition, checkpointer) for name, definition in graphs.items()}


def _served(name: str, definition: Any, checkpointer: BaseCheckpointSaver[Any]) -> ServedGraph:
    if not isinstance(definition, Pregel | StateGraph) and callable(definition):
        definition = definition()
    if isinstance(definition, StateGraph):
        definition = definition.compile(name=name)
    if not isinstance(definition, Pregel):
        raise GraphsConfigError(f"graph {name!r} is a {type(definition).__name__}, not a LangGraph graph")
    durability = (definition.config or {}).get("metadata", {}).get("durability", "exit")
    if durability not in ("exit", "async", "sync"):
        raise GraphsConfigError(f"graph {name!r} asks for durability {durability!r}; there are exit, async and sync")
    return ServedGraph(name, definition.copy({"checkpointer": checkpointer}), cast(Durability, durability))


def _attribute(folder: Path, reference: str) -> Any:
    module_name, _, attribute = reference.rpartition(":")
    try:
        module = _module(folder, module_name)
        return getattr(module, attribute)
    except (ImportError, AttributeError, OSError) as error:
        raise GraphsConfigError(f"{reference!r} cannot be loaded: {error}") from error


def _module(folder: Path, name: str) -> ModuleType:
    if not name.endswith(".py"):
        return importlib.import_module(name)
    path = (folder / name).resolve()
    if path.is_relative_to(_ROOT):  # the module that everybody else here imports, not a second copy of it
        return importlib.import_module(".".join(path.relative_to(_ROOT).with_suffix("").parts))
    spec = importlib.util.spec_from_file_location(f"served_{path.stem}", path)
    if spec is None or spec.loader is None:
        raise ImportError(f"{path} is no Python file")
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module
