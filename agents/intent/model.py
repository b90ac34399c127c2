"""Reading a message with a language model: the model says what belongs together, code says what it is worth.

The model returns structure and exact words only. Times, amounts, counts and places are then read from those words by
the same grammars as offline, an answer that agrees, refuses or cancels must also do so in its words, and anything
that is not in the message is dropped. An answer that cannot be used goes back to the model once, with what is wrong
with it. Whatever goes wrong then, or takes too long, ends in the offline reading.
"""

import asyncio
import re
from collections.abc import Sequence
from dataclasses import replace

import structlog
from langchain_core.messages import AIMessage, HumanMessage, SystemMessage
from pydantic import ValidationError

from agents.intent.asking import READINGS, ChatModel, NoAnswerError, Reason
from agents.intent.dialogue import read, read_as
from agents.intent.grounding import ModelReading, ground
from agents.intent.match import Indexes
from agents.intent.moment import Moment
from agents.intent.prompt import again, candidates_for, document, rules
from agents.intent.words import normalise
from schemas.capability import Capability
from schemas.intent import Intent, ResolveContext

_TRIES = 2
_PROBLEMS = 8  # told to the model at once
_LANGUAGE = re.compile(r"^[a-z]{2}$")

log = structlog.get_logger(__name__)


class ModelReader:
    """Reads with ``model``, which has ``timeout`` seconds for a message, and offline when that fails."""

    def __init__(self, model: ChatModel, *, timeout: float) -> None:
        self._model = model
        self._timeout = timeout
        self._indexes = Indexes()

    async def __call__(self, message: str, *, context: ResolveContext, capabilities: Sequence[Capability]) -> Intent:
        """What ``message`` means in ``context``. Never fails: a model that does costs its opinion, not the answer."""
        index = self._indexes.of(capabilities)
        moment = Moment(normalise(message), context, index)
        if not moment.plain:
            return read(message, context, index)
        try:
            intent = await self._consulted(moment)
        except NoAnswerError as failure:
            READINGS.labels(failure.reason).inc()
            log.warning("model_reading_failed", reason=failure.reason, detail=str(failure))
            return read(message, context, index)
        READINGS.labels("used").inc()
        return intent

    async def _consulted(self, moment: Moment) -> Intent:
        candidates = candidates_for(moment)
        messages = [SystemMessage(rules()), HumanMessage(document(moment, candidates))]
        until = asyncio.get_running_loop().time() + self._timeout
        reason: Reason = "malformed"
        problems: list[str] = []
        for _ in range(_TRIES):
            said = await self._model.ask(messages, until=until)
            try:
                reading = ModelReading.model_validate_json(said)
            except ValidationError as error:
                reason, problems = "malformed", _complaints(error)
            else:
                intent, problems = _interpreted(moment, reading, candidates)
                if intent is not None:
                    return intent
                reason = "ungrounded"
            messages += [AIMessage(said), HumanMessage(again(problems[:_PROBLEMS]))]
        raise NoAnswerError(reason, "; ".join(problems[:_PROBLEMS]))


def _complaints(error: ValidationError) -> list[str]:
    """What a schema says against an answer, without repeating the answer."""
    return [f"{'.'.join(map(str, one['loc'])) or 'answer'}: {one['msg']}" for one in error.errors(include_input=False)]


def _interpreted(
    moment: Moment, said: ModelReading, candidates: Sequence[Capability]
) -> tuple[Intent | None, list[str]]:
    """The model's reading, as far as the message bears it out, or what is wrong with it."""
    grounded, problems = ground(said, moment.covered, moment.sentence.facts, moment.index, candidates)
    if grounded is None:
        return None, problems
    informed = replace(moment, given=grounded.sentence, target=said.target)
    intent = read_as(informed, said.kind)
    if intent is None:
        return None, [f"kind: the words of the message do not make it {said.kind!r}"]
    intent = grounded.applied(intent)
    language = said.language.lower()
    return intent.model_copy(
        update={"reader": "model", "language": language if _LANGUAGE.match(language) else intent.language}
    ), []
