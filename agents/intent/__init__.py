"""The first specialist: a sentence in ordinary words becomes a typed ``Intent`` against capabilities known at run time.

``build_resolver`` chooses the reader once, at start-up: a language model if the settings name one, else the offline
reader. Both have the same signature and neither ever fails.
"""

from collections.abc import Sequence
from functools import cache
from typing import Protocol

from agents.intent.offline import OfflineReader
from schemas.capability import Capability
from schemas.intent import Intent, ResolveContext
from schemas.settings import Settings

__all__ = ["Resolver", "build_resolver", "resolve"]


class Resolver(Protocol):
    """Reads one message in its context against the capabilities there are."""

    async def __call__(self, message: str, *, context: ResolveContext, capabilities: Sequence[Capability]) -> Intent:
        """The typed intent of ``message``; pass ``capabilities`` as the same tuple while they do not change."""
        ...


def build_resolver(settings: Settings) -> Resolver:
    """The reader for these settings: with a model if one is configured (OpenAI, Azure or a compatible base URL)."""
    if not (settings.openai_api_key or settings.openai_base_url or settings.azure_openai_endpoint):
        return OfflineReader()
    from agents.intent.asking import ChatModel, chat_model  # noqa: PLC0415  # slow to import, and often not needed
    from agents.intent.grounding import ModelReading  # noqa: PLC0415
    from agents.intent.model import ModelReader  # noqa: PLC0415

    model = ChatModel(chat_model(settings), ModelReading.model_json_schema(), output=settings.model_output)
    return ModelReader(model, timeout=settings.model_timeout)


async def resolve(message: str, *, context: ResolveContext, capabilities: Sequence[Capability]) -> Intent:
    """The typed intent of ``message``, by the reader that the environment configures."""
    return await _configured()(message, context=context, capabilities=capabilities)


@cache
def _configured() -> Resolver:
    return build_resolver(Settings())
