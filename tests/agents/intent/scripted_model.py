"""A reader whose model answers from a script, over real HTTP."""

from collections.abc import Sequence
from typing import Any

from agents.intent import Resolver, build_resolver
from agents.intent.offline import OfflineReader
from schemas.capability import Capability
from schemas.intent import Intent
from schemas.settings import Settings
from tests.agents.intent.corpus import DINNER, FLOWERS, RIDE
from tests.agents.intent.reading import SERVICES, context
from tests.doubles.openai_server import KEY, MODEL, Entry, OpenAIServer, Says, openai_server

_OFFLINE = OfflineReader()
BUNDLE = "Flowers by 5 pm on Saturday, dinner for two at 7 and a ride home, under $250"


def with_model(server: OpenAIServer, **changes: Any) -> Resolver:
    """A reader that asks this server."""
    settings = Settings(
        _env_file=None, openai_api_key=KEY, openai_base_url=server.base_url, model=MODEL, model_timeout=5
    )
    return build_resolver(settings.model_copy(update=changes))


def a_need(words: str, service: str | None, **said: Any) -> dict[str, Any]:
    """A need as the model reports it."""
    blank = {
        "query": "",
        "when": None,
        "budget": None,
        "people": None,
        "place": None,
        "nice_to_have": False,
        "slots": [],
    }
    return {"words": words, "service": service, **blank, **said}


def a_reading(*needs: dict[str, Any], kind: str = "request", **said: Any) -> Says:
    """A whole answer of the model."""
    blank = {"total_budget": None, "order": [], "target": None, "language": "en"}
    return Says({"kind": kind, "needs": list(needs), **blank, **said})


GOOD = a_reading(
    a_need("Flowers by 5 pm on Saturday", FLOWERS, query="flowers", when="by 5 pm on Saturday"),
    a_need("dinner for two at 7", DINNER, query="dinner", when="at 7", people="for two"),
    a_need("a ride home", RIDE, query="ride", place="home"),
    total_budget="under $250",
    order=[{"first": 2, "second": 3, "together": False}],
)
"""The right answer to ``BUNDLE``."""


async def read(
    message: str, *script: Entry, capabilities: Sequence[Capability] = SERVICES, **situation: Any
) -> tuple[Intent, OpenAIServer]:
    """How a message is read when the model answers like this, and what the model was asked."""
    async with openai_server(*script) as server:
        intent = await with_model(server)(message, context=context(**situation), capabilities=capabilities)
    assert server.refused == []
    return intent, server


async def offline(message: str, *, capabilities: Sequence[Capability] = SERVICES, **situation: Any) -> Intent:
    """How the same is read without a model."""
    return await _OFFLINE(message, context=context(**situation), capabilities=capabilities)
