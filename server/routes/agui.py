"""``POST /agui``: the same runs for clients that speak AG-UI 1.0 (``ag-ui-protocol``)."""

from collections.abc import Callable

from ag_ui.core import types as agui_types
from ag_ui.core.types import RunAgentInput, TextPart, UserMessage
from fastapi import APIRouter
from pydantic import ValidationError
from starlette.requests import Request
from starlette.responses import Response

from schemas.run import ResumeEntry
from server import problems
from server.auth import caller
from server.openapi import body
from server.routes import forms
from server.routes.chat import ANSWERS, begin
from server.runs.engine import Submission

router = APIRouter(tags=["chat"])


@router.post(
    "/agui",
    operation_id="agui",
    summary="Run the agent (AG-UI)",
    responses=ANSWERS,
    openapi_extra=body(RunAgentInput.model_json_schema(by_alias=True)),
)
async def agui(request: Request) -> Response:
    """Takes a ``RunAgentInput``: its last user message, or its answers to interrupts; a new ``threadId`` is made.

    What was said before is known here, so earlier ``messages`` are not read; ``forwardedProps.graph`` names a graph.
    """
    principal = await caller(request)
    try:
        given = RunAgentInput.model_validate_json(await forms.body(request))
    except ValidationError as error:
        raise problems.invalid(error) from error
    props = given.forwarded_props if isinstance(given.forwarded_props, dict) else {}
    graph = props.get("graph")
    asked = Submission(
        message=None if given.resume else _checked("messages", forms.message, _last_words(given)),
        resume=tuple(_answer(number, entry) for number, entry in enumerate(given.resume or ())),
        thread_id=_checked("threadId", forms.identifier, given.thread_id),
        run_id=_checked("runId", forms.identifier, given.run_id),
        graph=graph if isinstance(graph, str) else None,
        channel="agui",
    )
    return await begin(request, principal, asked)


def _checked(field: str, check: Callable[[str], str], value: str) -> str:
    try:
        return check(value)
    except ValueError as error:
        raise forms.wrong(field, str(error)) from error


def _answer(number: int, entry: agui_types.ResumeEntry) -> ResumeEntry:
    try:
        payload = forms.plain(entry.payload)
    except ValueError as error:
        raise forms.wrong(f"resume.{number}.payload", str(error)) from error
    return ResumeEntry(interruptId=entry.interrupt_id, status=entry.status, payload=payload)


def _last_words(given: RunAgentInput) -> str:
    for said in reversed(given.messages):
        if isinstance(said, UserMessage):
            if isinstance(said.content, str):
                return said.content
            return " ".join(part.text for part in said.content if isinstance(part, TextPart))
    return ""
