"""A local server that speaks the OpenAI chat-completions API from a script.

It is strict about what it is asked, as the real one is: the key, the model, the messages, no parameter it does not
know, and for strict schemas the rules that make them strict (every object closed, every property required). What it
answers comes from the test: one entry of the script a request, and then what ``then`` says to the request. Azure's
address form is served too.
https://platform.openai.com/docs/api-reference/chat/create
"""

import asyncio
import json
import re
from collections.abc import AsyncIterator, Callable, Collection, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from typing import Any, Literal

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response, StreamingResponse
from starlette.routing import Route

from tests.serving import served

KEY = "sk-test-key"
MODEL = "scripted-model"

_NAME = re.compile(r"^[a-zA-Z0-9_-]{1,64}$")
_ROLES = frozenset({"system", "developer", "user", "assistant", "tool"})
_PARAMETERS = frozenset(
    {
        *(
            "model",
            "messages",
            "response_format",
            "tools",
            "tool_choice",
            "parallel_tool_calls",
            "temperature",
            "top_p",
        ),
        *("n", "stream", "stream_options", "max_tokens", "max_completion_tokens", "stop", "seed", "user", "store"),
        *("metadata", "reasoning_effort", "verbosity", "logprobs", "top_logprobs", "presence_penalty"),
        *("frequency_penalty", "service_tier"),
    }
)


@dataclass(frozen=True)
class Says:
    """The model says this, in a function call if one is forced: text as it is, anything else as JSON."""

    content: Any
    finish_reason: str = "stop"

    @property
    def text(self) -> str:
        """The content as the API carries it."""
        return self.content if isinstance(self.content, str) else json.dumps(self.content)


@dataclass(frozen=True)
class Refuses:
    """The model declines to answer."""

    reason: str = "I'm sorry, I can't help with that."


@dataclass(frozen=True)
class Fails:
    """The API answers with an error status."""

    status: int
    code: str | None = None
    retry_after: str | None = None


@dataclass(frozen=True)
class Garbage:
    """Something answers that is not the API."""

    body: bytes = b"<html>bad gateway</html>"
    status: int = 200
    content_type: str = "text/html"


@dataclass(frozen=True)
class Silence:
    """No answer comes before the server is closed."""


@dataclass(frozen=True)
class Drips:
    """The answer begins at once and never ends: a space now and then, so that no read times out."""


@dataclass(frozen=True)
class HangsUp:
    """The connection breaks in the middle of the answer."""


Entry = Says | Refuses | Fails | Garbage | Silence | Drips | HangsUp
Form = Literal["json_schema", "function_calling", "json_mode"]
Answering = Callable[[dict[str, Any]], Entry]
"""What to answer to the body of a request."""


@dataclass
class OpenAIServer:
    """A running double: where it is, what it was asked, and how often it was not asked properly."""

    url: str
    script: list[Entry]
    then: Answering
    """What is answered when the script is at its end."""
    lacks: frozenset[Form] = frozenset()
    """Forms of structured output that this server, a compatible one, does not know."""
    requests: list[dict[str, Any]] = field(default_factory=list)
    refused: list[str] = field(default_factory=list)
    unknown: list[Form] = field(default_factory=list)
    """The forms it was asked for in vain."""
    closing: asyncio.Event = field(default_factory=asyncio.Event)

    @property
    def base_url(self) -> str:
        """What ``OPENAI_BASE_URL`` is to be."""
        return f"{self.url}/v1"

    async def complete(self, request: Request) -> Response:
        """Answer one chat completion from the script."""
        if not _authorised(request):
            return self._refuse(401, "Incorrect API key provided.", "invalid_api_key")
        body = await request.json()
        problem = _problem(body, deployment=request.path_params.get("deployment"))
        if problem is not None:
            return self._refuse(400, problem, None)
        if (form := _form(body)) in self.lacks:
            self.unknown.append(form)
            return _error(400, "This form of output is not available for this model.", "invalid_request_error")
        self.requests.append(body)
        entry = self.script.pop(0) if self.script else self.then(body)
        if isinstance(entry, Silence | Drips | HangsUp):
            return await self._unanswered(entry)
        return _answered(entry, body)

    async def _unanswered(self, entry: Silence | Drips | HangsUp) -> Response:
        match entry:
            case Drips():
                return StreamingResponse(self._spaces(), media_type="application/json")
            case HangsUp():
                return StreamingResponse(_broken_off(), media_type="application/json")
        await self.closing.wait()
        return Response(status_code=503)

    async def _spaces(self) -> AsyncIterator[bytes]:
        while not self.closing.is_set():
            yield b" "
            with suppress(TimeoutError):
                await asyncio.wait_for(self.closing.wait(), 0.02)

    def _refuse(self, status: int, message: str, code: str | None) -> Response:
        self.refused.append(message)
        return _error(status, message, code)


@asynccontextmanager
async def openai_server(
    *script: Entry, then: Answering = lambda body: Fails(500), lacks: Collection[Form] = ()
) -> AsyncIterator[OpenAIServer]:
    """A server that answers the first requests with the entries of ``script`` and all others as ``then`` says."""
    double = OpenAIServer("", list(script), then, frozenset(lacks))
    routes = [
        Route("/v1/chat/completions", double.complete, methods=["POST"]),
        Route("/openai/deployments/{deployment}/chat/completions", double.complete, methods=["POST"]),
    ]
    async with served(Starlette(routes=routes)) as url:
        double.url = url
        try:
            yield double
        finally:
            double.closing.set()


def _authorised(request: Request) -> bool:
    if "deployment" in request.path_params:
        return request.headers.get("api-key") == KEY and bool(request.query_params.get("api-version"))
    return request.headers.get("authorization") == f"Bearer {KEY}"


def _problem(body: Any, *, deployment: str | None) -> str | None:
    """What the real API would say is wrong with the request."""
    if not isinstance(body, dict):
        return "The body must be an object."
    if unknown := set(body) - _PARAMETERS:
        return f"Unrecognized request argument supplied: {', '.join(sorted(unknown))}"
    if (deployment or body.get("model")) != MODEL:
        return f"The model {body.get('model')!r} does not exist."
    messages = body.get("messages") or []
    return (
        _messages_problem(messages)
        or _format_problem(body.get("response_format"), messages)
        or _tools_problem(body.get("tools"))
        or _choice_problem(body)
    )


def _messages_problem(messages: list[Any]) -> str | None:
    if not messages:
        return "Invalid 'messages': empty array."
    for message in messages:
        if message.get("role") not in _ROLES or not isinstance(message.get("content"), str | list | None):
            return "Invalid value in 'messages'."
        if message["role"] != "assistant" and not message.get("content"):
            return "Invalid value for 'content': expected a string."
    return None


def _form(body: dict[str, Any]) -> Form | None:
    """The form of structured output that is asked for."""
    kinds: dict[Any, Form] = {"json_schema": "json_schema", "json_object": "json_mode"}
    return "function_calling" if body.get("tools") else kinds.get((body.get("response_format") or {}).get("type"))


def _choice_problem(body: dict[str, Any]) -> str | None:
    chosen = body.get("tool_choice")
    if chosen is None or isinstance(chosen, str):
        return None
    names = [tool["function"]["name"] for tool in body.get("tools") or ()]
    return None if chosen["function"]["name"] in names else "Tool choice function is not in 'tools'."


def _format_problem(wanted: Any, messages: Sequence[Any]) -> str | None:
    if wanted is None or wanted.get("type") == "text":
        return None
    if wanted.get("type") == "json_object":
        told = "json" in json.dumps([message["content"] for message in messages]).lower()
        return None if told else "'messages' must contain the word 'json' to use 'response_format' of type json_object."
    schema = wanted.get("json_schema") or {}
    if wanted.get("type") != "json_schema" or not _NAME.match(str(schema.get("name"))):
        return "Invalid 'response_format'."
    return _schema_problem(schema.get("schema"), schema.get("strict"), f"response_format '{schema['name']}'")


def _tools_problem(tools: Sequence[Any] | None) -> str | None:
    for tool in tools or ():
        function = tool.get("function") or {}
        if tool.get("type") != "function" or not _NAME.match(str(function.get("name"))):
            return "Invalid 'tools'."
        problem = _schema_problem(function.get("parameters"), function.get("strict"), f"function '{function['name']}'")
        if problem is not None:
            return problem
    return None


def _schema_problem(schema: Any, strict: Any, where: str) -> str | None:
    """The rules of strict schemas: https://platform.openai.com/docs/guides/structured-outputs#supported-schemas."""
    if not isinstance(schema, dict):
        return f"Invalid schema for {where}."
    if not strict:
        return None
    for node in _nodes(schema):
        if node.get("type") != "object":
            continue
        if node.get("additionalProperties") is not False:
            return f"Invalid schema for {where}: 'additionalProperties' is required to be supplied and to be false."
        if set(node.get("required", ())) != set(node.get("properties", {})):
            return f"Invalid schema for {where}: 'required' must include every key in properties."
    return None


def _nodes(schema: Any) -> list[dict[str, Any]]:
    if isinstance(schema, list):
        return [node for item in schema for node in _nodes(item)]
    if not isinstance(schema, dict):
        return []
    return [schema, *(node for value in schema.values() for node in _nodes(value))]


def _answered(entry: Entry, body: dict[str, Any]) -> Response:
    match entry:
        case Fails(status=status, code=code):
            return _error(status, f"The server answers {status}.", code, retry_after=entry.retry_after)
        case Garbage(body=raw, status=status, content_type=content_type):
            return Response(raw, status_code=status, media_type=content_type)
        case Says() if body.get("stream"):
            return StreamingResponse(_chunks(entry, body["model"]), media_type="text/event-stream")
    message: dict[str, Any] = {"role": "assistant", "content": None, "refusal": None}
    finish = "stop"
    match entry:
        case Says(finish_reason=finish) if _form(body) == "function_calling":
            function = {"name": body["tool_choice"]["function"]["name"], "arguments": entry.text}
            message["tool_calls"] = [{"id": "call_1", "type": "function", "function": function}]
        case Says(finish_reason=finish):
            message["content"] = entry.text
        case Refuses(reason=reason):
            message["refusal"] = reason
    return JSONResponse(
        {
            "id": "chatcmpl-1",
            "object": "chat.completion",
            "created": 1_700_000_000,
            "model": MODEL,
            "choices": [{"index": 0, "message": message, "finish_reason": finish, "logprobs": None}],
            "usage": {"prompt_tokens": 10, "completion_tokens": 10, "total_tokens": 20},
        }
    )


async def _chunks(entry: Says, model: str) -> AsyncIterator[bytes]:
    head = {"id": "chatcmpl-1", "object": "chat.completion.chunk", "created": 1_700_000_000, "model": model}
    deltas: list[tuple[dict[str, str], str | None]] = [({"role": "assistant", "content": ""}, None)]
    deltas += [({"content": part}, None) for part in re.findall(r".{1,20}", entry.text, re.DOTALL)]
    deltas.append(({}, entry.finish_reason))
    for delta, finish in deltas:
        chunk = {**head, "choices": [{"index": 0, "delta": delta, "finish_reason": finish}]}
        yield b"data: " + json.dumps(chunk).encode() + b"\n\n"
    yield b"data: [DONE]\n\n"


async def _broken_off() -> AsyncIterator[bytes]:
    yield b'{"id": "chatcmpl-1", '
    raise ConnectionAbortedError("the double hangs up, as its script says")


def _error(status: int, message: str, code: str | None, *, retry_after: str | None = None) -> Response:
    kind = "server_error" if status >= 500 else "invalid_request_error"
    headers = {"Retry-After": retry_after} if retry_after else None
    body = {"error": {"message": message, "type": kind, "param": None, "code": code}}
    return JSONResponse(body, status_code=status, headers=headers)
