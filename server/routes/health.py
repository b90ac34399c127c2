"""Probes, and figures for Prometheus."""

from typing import Literal

from fastapi import APIRouter
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response

from memory import leases
from schemas.base import Model
from server.runtime import Runtime

router = APIRouter(tags=["operation"])

Health = Literal["ok", "away"]


class Report(Model):
    """How the parts are. Without Valkey everything works, with less speed and no replay: that is "degraded"."""

    status: Literal["ok", "degraded", "unavailable", "shutting_down"]
    database: Health
    event_log: Health


@router.get("/live", operation_id="live", summary="The process answers")
async def live() -> dict[str, str]:
    """Nothing is asked of anything else."""
    return {"status": "ok"}


@router.get(
    "/ready",
    operation_id="ready",
    summary="New work is taken",
    responses={200: {"model": Report}, 503: {"model": Report}},
)
async def ready(request: Request) -> JSONResponse:
    """200 when a run can be started here, else 503."""
    report = await _report(request)
    taken = report.status in ("ok", "degraded")
    return JSONResponse(report.model_dump(), status_code=200 if taken else 503)


@router.get("/health", operation_id="health", summary="How the parts are")
async def health(request: Request) -> Report:
    """Always 200: for people."""
    return await _report(request)


@router.get("/metrics", operation_id="metrics", summary="Figures for Prometheus", response_class=PlainTextResponse)
async def figures() -> Response:
    """In Prometheus' text format."""
    return Response(generate_latest(), media_type=CONTENT_TYPE_LATEST)


async def _report(request: Request) -> Report:
    runtime: Runtime = request.app.state.runtime
    database: Health = "ok"
    try:
        await runtime.database.ping()
    except leases.UNREACHABLE:
        database = "away"
    event_log: Health = "ok" if await runtime.event_log.answers() else "away"
    if not runtime.engine.accepting:
        return Report(status="shutting_down", database=database, event_log=event_log)
    if database == "away":
        return Report(status="unavailable", database=database, event_log=event_log)
    return Report(status="ok" if event_log == "ok" else "degraded", database=database, event_log=event_log)
