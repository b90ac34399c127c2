"""Runs: their status, their events again, and their early end."""

from typing import Any

from fastapi import APIRouter
from pydantic import AwareDatetime, Field
from starlette.requests import Request
from starlette.responses import Response

from memory import interrupts, runs
from schemas.base import Model
from schemas.principal import Principal
from schemas.run import LIVE, Interrupt, Run, RunStatus
from server.auth import Caller
from server.routes import forms
from server.runs.endings import shown
from server.runs.story import Target
from server.runs.wire import frame
from server.runtime import Runtime
from server.sse import event_stream

router = APIRouter(prefix="/api/v1/runs", tags=["runs"])


class RunView(Model):
    """A run, as its owner may see it."""

    run_id: str
    thread_id: str
    graph: str
    status: RunStatus
    result: dict[str, Any] | None = None
    error: dict[str, Any] | None = None
    interrupts: list[dict[str, Any]] = Field(default_factory=list, description="what it ended in, AG-UI form")
    created_at: AwareDatetime
    finished_at: AwareDatetime | None = None

    @classmethod
    def of(cls, run: Run, asked: list[Interrupt]) -> "RunView":
        """The view of a run and of what it ended in."""
        return cls(
            run_id=run.id,
            interrupts=[shown(interrupt).model_dump(mode="json", by_alias=True) for interrupt in asked],
            **run.model_dump(include=set(cls.model_fields)),
        )


@router.get("/{run_id}", operation_id="get_run", summary="The status and result of a run")
async def get_run(run_id: str, request: Request, principal: Caller) -> RunView:
    """The caller's run."""
    runtime: Runtime = request.app.state.runtime
    async with runtime.database.connection() as conn:
        run = await runs.get(conn, principal, forms.known("run", run_id))
        return RunView.of(run, await interrupts.of_run(conn, principal, run.id))


@router.post("/{run_id}/cancel", operation_id="cancel_run", status_code=202, summary="End a run early")
async def cancel_run(run_id: str, request: Request, principal: Caller) -> RunView:
    """Asks for the end of the caller's run; its stream tells when it has ended."""
    runtime: Runtime = request.app.state.runtime
    return RunView.of(await runtime.engine.cancel(principal, forms.known("run", run_id)), [])


@router.get(
    "/{run_id}/events",
    operation_id="follow_run",
    summary="The events of a run: again, and as they come",
    response_class=Response,
    responses={
        200: {"content": {"text/event-stream": {"schema": {"type": "string"}}}},
        204: {"description": "The run has ended, and Last-Event-ID is its last event"},
    },
)
async def follow_run(run_id: str, request: Request, principal: Caller) -> Response:
    """The events after ``Last-Event-ID`` (all of them without it), to the end of the run."""
    runtime: Runtime = request.app.state.runtime
    after = forms.last_event_id(request)
    async with runtime.database.connection() as conn:
        run = await runs.get(conn, principal, forms.known("run", run_id))
    target = Target(run.id, run.thread_id, run.graph)
    last = runtime.following.last_told(run.id) if run.status in LIVE else run.last_event
    if last is not None and after > last:
        raise forms.bad_last_event_id(f"names event {after}, and this run has told {last} so far")
    if run.status in LIVE:
        return event_stream(request, principal, target, after=after)
    return await _again(runtime, principal, run, after)


async def _again(runtime: Runtime, principal: Principal, run: Run, after: int) -> Response:
    events = await runtime.following.replay(principal, run, after=after)
    if not events:
        return Response(status_code=204)
    return Response(
        b"".join(frame(event) for event in events),
        media_type="text/event-stream",
        headers={"X-Run-ID": run.id, "X-Thread-ID": run.thread_id, "Cache-Control": "no-store"},
    )
