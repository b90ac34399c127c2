"""Reading a message with a language model: the model says what belongs together, code says what it is worth.

The model returns structure and exact words only. Times, amounts, counts and places are then read from those words by
the same grammars as offline, an answer that agrees, refuses or cancels must also do so in its words, and anything
that is not in the message is dropped. Whatever goes wrong with the model ends in the offline reading.
"""

import asyncio
import json
import re
from collections.abc import Sequence
from dataclasses import replace
from functools import cache
from importlib.resources import files
from typing import Any

import structlog
from langchain_core.language_models import BaseChatModel
from langchain_core.messages import HumanMessage, SystemMessage
from langchain_openai import AzureChatOpenAI, ChatOpenAI
from pydantic import SecretStr

from agents.intent.dialogue import read, read_as
from agents.intent.grounding import ModelReading, ground
from agents.intent.match import Index, Indexes
from agents.intent.moment import Moment
from agents.intent.words import normalise
from schemas.capability import Capability
from schemas.intent import Intent, ResolveContext
from schemas.settings import Settings

_CANDIDATES = 12
_TURNS = 6
_LONGEST_TEXT = 400  # characters of any description or earlier message the model is shown
_LANGUAGE = re.compile(r"^[a-z]{2}$")

log = structlog.get_logger(__name__)


class ModelReader:
    """Reads with ``model`` within ``timeout`` seconds, and offline when that fails."""

    def __init__(self, model: BaseChatModel, *, timeout: float) -> None:
        self._model = model.with_structured_output(ModelReading, method="json_schema", strict=True)
        self._timeout = timeout
        self._indexes = Indexes()

    async def __call__(self, message: str, *, context: ResolveContext, capabilities: Sequence[Capability]) -> Intent:
        """What ``message`` means in ``context``. Never fails: a model that does costs its opinion, not the answer."""
        index = self._indexes.of(capabilities)
        moment = Moment(normalise(message), context, index)
        if not moment.plain:
            return read(message, context, index)
        candidates = candidates_for(moment)
        try:
            async with asyncio.timeout(self._timeout):
                said = await self._model.ainvoke([SystemMessage(_prompt()), HumanMessage(document(moment, candidates))])
        except Exception as error:  # any failure of a remote model: refusal, limits, network, malformed output
            log.warning("model_reading_failed", error=type(error).__name__, detail=str(error)[:200])
            return read(message, context, index)
        intent = _interpreted(moment, said, index) if isinstance(said, ModelReading) else None
        if intent is None:
            log.info("model_reading_not_borne_out", kind=getattr(said, "kind", None))
            return read(message, context, index)
        return intent


def chat_model(settings: Settings) -> BaseChatModel:
    """The chat model that the settings name: OpenAI, Azure, or any server with a compatible API."""
    key = settings.openai_api_key or SecretStr("unused")  # some compatible servers ask for none
    if settings.azure_openai_endpoint:
        return AzureChatOpenAI(
            azure_endpoint=settings.azure_openai_endpoint,
            azure_deployment=settings.model,
            api_version=settings.azure_openai_api_version,
            api_key=key,
            timeout=settings.model_timeout,
            max_retries=0,
        )
    return ChatOpenAI(
        model=settings.model,
        base_url=settings.openai_base_url,
        api_key=key,
        timeout=settings.model_timeout,
        max_retries=0,  # the offline reader answers at once; a retry would only make the person wait
        use_responses_api=False,  # compatible servers speak chat completions
    )


def candidates_for(moment: Moment) -> list[Capability]:
    """The services worth showing to the model: those of the open request, then the best fits of each clause in turn."""
    open_needs = moment.open.needs if moment.open else []
    chosen = {need.capability_id: moment.index.capability(need.capability_id) for need in open_needs}
    facts = moment.sentence.facts
    texts = [(moment.sentence.of(clause).words, moment.sentence.of(clause).raw) for clause in moment.sentence.clauses]
    ranked = [[match.capability for match in row] for row in moment.index.rank([*texts, (facts.bare, facts.text)])]
    for position in range(_CANDIDATES):
        for row in ranked:
            if position < len(row) and (capability := row[position]) is not None:
                chosen.setdefault(capability.id, capability)
    known = [capability for capability in chosen.values() if capability is not None]
    if len(known) < _CANDIDATES:
        known += [c for c in moment.index.capabilities[: 2 * _CANDIDATES] if c.id not in chosen]
    return known[: max(_CANDIDATES, len(open_needs))]


def document(moment: Moment, candidates: Sequence[Capability]) -> str:
    """Everything the model may know, as one JSON document, so that no text in it can pass for anything else."""
    context = moment.context
    return json.dumps(
        {
            "now": context.now.isoformat(timespec="minutes"),
            "zone": context.zone,
            "services": [_service(capability) for capability in candidates],
            "conversation": [
                {"role": turn.role, "text": turn.text[:_LONGEST_TEXT]} for turn in context.history[-_TURNS:]
            ],
            "waiting_for": context.pending.model_dump(include={"kind", "text"}) if context.pending else None,
            "open_request": [
                {"id": need.id, "service": need.capability_id, "text": need.text} for need in moment.open.needs
            ]
            if moment.open
            else [],
            "ordered": [{"id": line.line_id, "title": line.title, "state": line.state} for line in context.ordered],
            "preferences": context.preferences,
            "message": moment.plain,
        },
        ensure_ascii=False,
    )


def _service(capability: Capability) -> dict[str, Any]:
    return {
        "id": capability.id,
        "name": capability.name[:_LONGEST_TEXT],
        "description": capability.description[:_LONGEST_TEXT],
        "slots": [
            {"name": slot.name, "description": slot.description[:_LONGEST_TEXT], "values": list(slot.values[:20])}
            for slot in capability.slots
        ],
    }


@cache
def _prompt() -> str:
    return files("agents.intent").joinpath("prompt.md").read_text("utf-8")


def _interpreted(moment: Moment, said: ModelReading, index: Index) -> Intent | None:
    """The model's reading, as far as the message bears it out; ``None`` when it does not."""
    grounded = ground(said, moment.sentence.facts, index)
    if grounded is None:
        return None
    informed = replace(moment, given=grounded.sentence, target=said.target)
    intent = read_as(informed, said.kind)
    if intent is None:
        return None
    intent = grounded.applied(intent, moment.context)
    language = said.language.lower()
    return intent.model_copy(
        update={"reader": "model", "language": language if _LANGUAGE.match(language) else intent.language}
    )
