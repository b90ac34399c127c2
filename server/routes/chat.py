"""``POST /api/v1/chat``: a message, or answers to what was asked, in; a run out, as events or as one document."""

from typing import Annotated, Any, Literal, Self

from fastapi import APIRouter
from pydantic import AfterValidator, Field, ValidationError, model_validator
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from schemas.base import Model
from schemas.principal import Principal
from schemas.run import ResumeEntry
from server import problems
from server.auth import caller
from server.document import RunDocument, document, failure
from server.openapi import body
from server.routes import forms
from server.runs.engine import Submission
from server.runs.story import Target
from server.runtime import Runtime
from server.sse import event_stream

router = APIRouter(tags=["chat"])

_Id = Annotated[str, AfterValidator(forms.identifier)]


class Answer(ResumeEntry):
    """An answer to one interrupt."""

    payload: Annotated[Any, AfterValidator(forms.plain)] = None


class ChatRequest(Model):
    """Either ``message`` or ``resume``."""

    message: Annotated[str, AfterValidator(forms.message)] | None = Field(
        default=None, description="what the person says, at most 8,000 characters"
    )
    thread_id: _Id | None = Field(default=None, description="the conversation; a new one without it")
    resume: list[Answer] | None = Field(default=None, min_length=1, max_length=50)
    on_busy: Literal["reject", "enqueue", "cancel"] | None = Field(
        default=None, description="when the thread has a live run: 409 (default), wait for it, or end it"
    )
    channel: str | None = Field(default=None, max_length=64, pattern="^[a-z0-9_-]+$")
    graph: str | None = Field(default=None, max_length=128, description="of the graphs served; the first by default")

    @model_validator(mode="after")
    def _one_of_them(self) -> Self:
        if (self.message is None) == (self.resume is None):
            raise ValueError("send either message or resume")
        return self


ANSWERS: dict[int | str, dict[str, Any]] = {
    200: {
        "model": RunDocument,
        "description": "The run: AG-UI events, or one document with `Accept: application/json`",
        "content": {"text/event-stream": {"schema": {"type": "string"}}},
    },
    202: {"model": RunDocument, "description": "The run goes on: its document so far"},
}
"""How routes that begin a run answer, for OpenAPI."""


@router.post(
    "/api/v1/chat",
    operation_id="chat",
    summary="Say what you want, or answer what was asked",
    responses=ANSWERS,
    openapi_extra=body(ChatRequest.model_json_schema(by_alias=True)),
)
async def chat(request: Request) -> Response:
    """Begins a run and answers with its events; closing the connection does not end it."""
    principal = await caller(request)
    try:
        asked = ChatRequest.model_validate_json(await forms.body(request))
    except ValidationError as error:
        raise problems.invalid(error) from error
    key = request.headers.get("idempotency-key")
    return await begin(
        request,
        principal,
        Submission(
            message=asked.message,
            resume=tuple(asked.resume or ()),
            thread_id=asked.thread_id,
            graph=asked.graph,
            on_busy=asked.on_busy or "reject",
            channel=asked.channel,
            dedupe_key=f"{principal.tenant_id}/{principal.user_id}/{key}" if key else None,
        ),
    )


async def begin(request: Request, principal: Principal, asked: Submission) -> Response:
    """Begins the run that was asked for and answers in the form the caller accepts."""
    runtime: Runtime = request.app.state.runtime
    started = await runtime.engine.submit(principal, asked)
    target = Target(started.run_id, started.thread_id, started.graph)
    if not forms.wants_document(request):
        return event_stream(request, principal, target)
    result = await document(runtime, principal, target)
    if result.status == "failed":
        return await failure(runtime, principal, target, request.scope["request_id"])
    return JSONResponse(
        result.model_dump(mode="json"),
        status_code=202 if result.status == "running" else 200,
        headers={"X-Run-ID": target.run_id, "X-Thread-ID": target.thread_id},
    )
