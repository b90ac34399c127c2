"""The description of the HTTP surface (OpenAPI 3.1), complete where routes describe bodies themselves.

A route that reads its own body, for speed or to bound it, gives the JSON Schema of that body; Pydantic writes the
models inside it under ``$defs``, where OpenAPI resolves nothing. Here they move to the document's components.
"""

from typing import Any

from fastapi import FastAPI

_WITHIN = "#/$defs/"
_SHARED = "#/components/schemas/"
_KEY = {"type": "http", "scheme": "bearer", "description": "an API key, where the server asks for one"}


class DescribedApp(FastAPI):
    """FastAPI, with every ``$ref`` of its description resolvable and the API keys described."""

    def openapi(self) -> dict[str, Any]:
        """The description, made once."""
        if not self.openapi_schema:
            document = super().openapi()
            components: dict[str, Any] = document.setdefault("components", {})
            schemas: dict[str, Any] = components.setdefault("schemas", {})
            document["paths"] = _shared(document["paths"], schemas)
            components["securitySchemes"] = {"key": _KEY}
            document["security"] = [{"key": []}, {}]
            self.openapi_schema = document
        return self.openapi_schema


def _shared(part: Any, schemas: dict[str, Any]) -> Any:
    """``part`` of the description with its ``$defs`` moved to ``schemas``.

    Raises ``ValueError`` when two models that differ have the same name.
    """
    match part:
        case str() if part.startswith(_WITHIN):  # a "$ref", or an entry of a discriminator's mapping
            return _SHARED + part.removeprefix(_WITHIN)
        case list():
            return [_shared(one, schemas) for one in part]
        case dict():
            for name, model in part.get("$defs", {}).items():
                moved = _shared(model, schemas)
                if schemas.setdefault(name, moved) != moved:
                    raise ValueError(f"two models of the HTTP surface are called {name}; rename one of them")
            return {name: _shared(one, schemas) for name, one in part.items() if name != "$defs"}
    return part


def body(schema: dict[str, Any]) -> dict[str, Any]:
    """What a route that reads its own JSON body adds to its description: ``openapi_extra=body(…)``."""
    return {"requestBody": {"required": True, "content": {"application/json": {"schema": schema}}}}
