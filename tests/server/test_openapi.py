"""The description of the HTTP surface: a client can be generated from it as it is."""

from collections.abc import Iterator
from typing import Any

import pytest
from openapi_spec_validator import OpenAPIV31SpecValidator

from schemas.settings import Settings
from server.app import create_app
from server.openapi import DescribedApp, body

Document = dict[str, Any]
METHODS = {"get", "put", "post", "delete", "patch"}


@pytest.fixture(scope="module")
def document() -> Document:
    return create_app(Settings(_env_file=None)).openapi()


def references(part: Any) -> Iterator[str]:
    """Every reference in a part of a document, those of discriminators too."""
    match part:
        case str() if part.startswith("#"):
            yield part
        case dict():
            for one in part.values():
                yield from references(one)
        case list():
            for one in part:
                yield from references(one)


def operations(document: Document) -> Iterator[tuple[str, Document]]:
    for path, methods in document["paths"].items():
        for method in methods.keys() & METHODS:
            yield f"{method.upper()} {path}", methods[method]


def resolved(document: Document, reference: str) -> Any:
    part: Any = document
    for name in reference.removeprefix("#/").split("/"):
        part = part[name.replace("~1", "/").replace("~0", "~")]
    return part


def test_it_is_openapi_3_1(document: Document) -> None:
    assert document["openapi"].startswith("3.1")
    OpenAPIV31SpecValidator(document).validate()


def test_every_reference_resolves(document: Document) -> None:
    found = set(references(document))
    assert "#/components/schemas/Answer" in found
    for reference in found:
        assert isinstance(resolved(document, reference), dict), reference


def test_every_operation_has_a_name_a_summary_and_problem_documents(document: Document) -> None:
    named = dict(operations(document))
    for where, operation in named.items():
        assert operation["summary"], where
        problem = operation["responses"]["default"]["content"]["application/problem+json"]["schema"]
        assert resolved(document, problem["$ref"])["required"], where
    names = [operation["operationId"] for operation in named.values()]
    assert len(set(names)) == len(names)


def test_every_answer_that_is_json_says_of_what_form(document: Document) -> None:
    for where, operation in operations(document):
        for status, answer in operation["responses"].items():
            for kind, content in answer.get("content", {}).items():
                assert content["schema"], (where, status, kind)


def test_two_models_of_one_name_are_told_apart_or_refused() -> None:
    app = DescribedApp()
    for number, kind in enumerate(("string", "integer")):
        schema = {"$ref": "#/$defs/Thing", "$defs": {"Thing": {"type": kind}}}
        app.post(f"/{number}", openapi_extra=body(schema))(lambda: None)
    with pytest.raises(ValueError, match="Thing"):
        app.openapi()
