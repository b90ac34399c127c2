"""Putting one question to a chat model: its answer as JSON text, or one named reason why there is none.

Models are remote, slow, moody and of many makes, so everything that can go wrong with one is dealt with here, once:
the time limit, a circuit breaker that leaves a dead model alone, and the three forms in which servers that speak the
OpenAI protocol take a schema. Which of them a server knows shows at the first question it refuses, and is remembered.
"""

import asyncio
import json
from collections.abc import Sequence
from email.utils import parsedate_to_datetime
from typing import Any, Literal

import openai
from langchain_core.language_models import BaseChatModel
from langchain_core.messages import AIMessage, BaseMessage, SystemMessage
from langchain_openai import AzureChatOpenAI, ChatOpenAI
from langgraph.constants import TAG_NOSTREAM
from prometheus_client import Counter
from pydantic import SecretStr

from schemas.settings import ModelOutput, Settings
from tools.circuit import Circuits

Reason = Literal[
    "timeout",  # no answer within the turn's limit
    "unreachable",  # no connection, or it broke
    "rate_limited",
    "server_error",
    "unauthorised",
    "rejected",  # the server does not take our question in any form
    "refused",  # the model declined
    "filtered",  # a content filter stepped in
    "truncated",  # the answer ended in the middle
    "malformed",  # not an answer of the form asked for
    "ungrounded",  # it says what the message does not bear out
    "resting",  # it failed lately and is left alone
]
_DEAD: frozenset[Reason] = frozenset(
    {"timeout", "unreachable", "rate_limited", "server_error", "unauthorised", "rejected"}
)
"""Reasons that say nothing about this message: the next one would fare the same."""
Form = Literal["json_schema", "function_calling", "json_mode"]
_FORMS: tuple[Form, ...] = ("json_schema", "function_calling", "json_mode")
_STATUSES: dict[int, Reason] = {401: "unauthorised", 403: "unauthorised", 408: "timeout", 429: "rate_limited"}
_ERRORS: tuple[tuple[tuple[type[Exception], ...], Reason], ...] = (
    ((TimeoutError, openai.APITimeoutError), "timeout"),  # a timeout is a connection error to the library: first
    ((openai.APIConnectionError,), "unreachable"),
    ((openai.LengthFinishReasonError,), "truncated"),
    ((openai.ContentFilterFinishReasonError,), "filtered"),
)
_LONGEST_REST = 300.0  # seconds; whatever a server asks for, it is tried again after this

READINGS = Counter("uso_model_readings_total", "Messages put to the language model, by outcome", ["outcome"])


class NoAnswerError(Exception):
    """The model gave no usable answer; ``reason`` says why, for the log and the metric."""

    def __init__(self, reason: Reason, detail: str = "", *, rest: float | None = None) -> None:
        super().__init__(detail or reason)
        self.reason = reason
        self.rest = rest
        """Seconds for which the server asks to be left alone."""


class ChatModel:
    """A chat model that answers in JSON of one schema."""

    def __init__(
        self,
        model: BaseChatModel,
        schema: dict[str, Any],
        *,
        output: ModelOutput = "auto",
        circuits: Circuits | None = None,
    ) -> None:
        silent = {"tags": [TAG_NOSTREAM]}  # what it says is checked before anybody sees it
        self._forms = {
            form: model.with_structured_output(
                schema, method=form, include_raw=True, **({} if form == "json_mode" else {"strict": True})
            ).with_config(silent)  # type: ignore[arg-type]
            for form in (_FORMS if output == "auto" else (output,))
        }
        self._schema = json.dumps(schema)
        self._circuits = circuits or Circuits()

    async def ask(self, messages: Sequence[BaseMessage], *, until: float) -> str:
        """The model's answer to ``messages``, the first of which holds the rules; JSON unless it is malformed.

        ``until`` is a moment of the event loop's clock. Raises ``NoAnswerError``, at once while the model rests.
        """
        if self._circuits.wait("model"):
            raise NoAnswerError("resting")
        try:
            answer = await self._in_a_form_it_takes(messages, until)
        except NoAnswerError as failure:
            if failure.reason in _DEAD:
                self._circuits.failed("model", rest=failure.rest)
            raise
        self._circuits.succeeded("model")
        return answer

    async def _in_a_form_it_takes(self, messages: Sequence[BaseMessage], until: float) -> str:
        for form in list(self._forms):
            try:
                answer = await self._ask(form, messages, until)
            except NoAnswerError as failure:
                if failure.reason == "rejected":
                    continue
                self._remember(form)
                raise
            self._remember(form)
            return answer
        raise NoAnswerError("rejected", "the server refuses every form of the question")

    def _remember(self, form: Form) -> None:
        """Begin with this form from now on: the server knew it."""
        self._forms = {form: self._forms[form]} | self._forms

    async def _ask(self, form: Form, messages: Sequence[BaseMessage], until: float) -> str:
        try:
            async with asyncio.timeout_at(until):
                said: Any = await self._forms[form].ainvoke(self._worded(form, messages))
        except Exception as error:  # whatever a remote model and its client library come up with
            raise _failure(error) from error
        return _text(said["raw"])

    def _worded(self, form: Form, messages: Sequence[BaseMessage]) -> list[BaseMessage]:
        """A server that takes no schema is told it in words."""
        if form != "json_mode":
            return list(messages)
        rules, *rest = messages
        return [
            SystemMessage(f"{rules.text}\n\nAnswer with one JSON object of this JSON schema: {self._schema}"),
            *rest,
        ]


def chat_model(settings: Settings) -> BaseChatModel:
    """The chat model that the settings name: OpenAI, Azure, or any server with a compatible API."""
    shared: dict[str, Any] = {
        "api_key": settings.openai_api_key or SecretStr("unused"),  # some compatible servers ask for none
        "timeout": settings.model_timeout,
        "max_retries": 0,  # the offline reader answers at once; a retry would only make the person wait
        "disable_streaming": True,
        "disabled_params": {"parallel_tool_calls": None},  # one function is forced; not every server knows this
        "reasoning_effort": settings.model_effort,
    }
    if settings.azure_openai_endpoint:
        return AzureChatOpenAI(
            azure_endpoint=settings.azure_openai_endpoint,
            azure_deployment=settings.model,
            api_version=settings.azure_openai_api_version,
            **shared,
        )
    return ChatOpenAI(
        model=settings.model,
        base_url=settings.openai_base_url,
        use_responses_api=False,  # compatible servers speak chat completions
        **shared,
    )


def _failure(error: Exception) -> NoAnswerError:
    """What an error of the client library comes to."""
    if isinstance(error, openai.APIStatusError):
        known: Reason = "filtered" if error.code == "content_filter" else "rejected"
        reason: Reason = "server_error" if error.status_code >= 500 else _STATUSES.get(error.status_code, known)
        return NoAnswerError(reason, _said(error), rest=_asked_rest(error))
    for kinds, named in _ERRORS:
        if isinstance(error, kinds):
            return NoAnswerError(named, _said(error))
    return NoAnswerError("malformed", f"{type(error).__name__}: {_said(error)}")


def _said(error: Exception) -> str:
    return str(error)[:200]


def _asked_rest(error: openai.APIStatusError) -> float | None:
    """Seconds from a Retry-After header: a number, or a date against the server's own (RFC 9110, 10.2.3)."""
    headers = error.response.headers
    asked = headers.get("retry-after")
    if asked is None:
        return None
    try:
        seconds = float(asked)
    except ValueError:
        try:
            seconds = (parsedate_to_datetime(asked) - parsedate_to_datetime(headers["date"])).total_seconds()
        except (ValueError, TypeError, KeyError):
            return None
    return min(seconds, _LONGEST_REST) if seconds > 0 else None  # also when it is not a number


def _text(message: AIMessage) -> str:
    """The JSON text of an answer, out of a function call or the fence that some models put round it."""
    if message.additional_kwargs.get("refusal"):
        raise NoAnswerError("refused")
    match message.response_metadata.get("finish_reason"):
        case "length":
            raise NoAnswerError("truncated")
        case "content_filter":
            raise NoAnswerError("filtered")
    if message.tool_calls:
        return json.dumps(message.tool_calls[0]["args"])
    if message.invalid_tool_calls:
        return message.invalid_tool_calls[0]["args"] or ""
    text = message.text.strip()
    return text.removeprefix("```json").removeprefix("```").removesuffix("```").strip()
