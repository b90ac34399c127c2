"""A run as one JSON document, for callers that do not want a stream."""

import json
from collections.abc import Sequence
from contextlib import aclosing
from http import HTTPStatus
from time import monotonic
from typing import Any

from pydantic import Field

from memory import runs
from memory.events import Event
from schemas.base import Model
from schemas.errors import UsoError
from schemas.principal import Principal
from schemas.run import RunStatus
from server import problems
from server.problems import Problem
from server.runs.story import Target
from server.runs.translation import CARD
from server.runtime import Runtime

_STATUS: dict[str, RunStatus] = {"success": "succeeded", "interrupt": "interrupted", "cancelled": "cancelled"}


class RunDocument(Model):
    """What a run came to; with status "queued" or "running" it was not awaited to its end."""

    thread_id: str
    run_id: str
    status: RunStatus
    text: str = Field(default="", description="all that was said, in plain text")
    cards: list[dict[str, Any]] = Field(default_factory=list, description="Adaptive Cards, in the order shown")
    json_ld: dict[str, Any] | list[Any] | None = Field(default=None, description="the last schema.org document")
    interrupts: list[dict[str, Any]] = Field(default_factory=list, description="what the run waits for, AG-UI form")
    plan: dict[str, Any] | None = None
    order: dict[str, Any] | None = None


async def document(runtime: Runtime, principal: Principal, target: Target) -> RunDocument:
    """Waits for the end of the caller's run, at most as long as a connection may live, and tells what it came to."""
    until = monotonic() + runtime.settings.connection_seconds
    told: list[Event] = []
    async with aclosing(runtime.following.follow(principal, target, after=0, until=until)) as batches:
        async for batch in batches:
            told += batch
    return _document(target, [json.loads(event.data) for event in told])


async def failure(runtime: Runtime, principal: Principal, target: Target, request_id: str) -> Problem:
    """The problem document of a run that failed."""
    async with runtime.database.connection() as conn:
        run = await runs.get(conn, principal, target.run_id)
    error = run.error or {}
    status = int(error.get("status", HTTPStatus.INTERNAL_SERVER_ERROR))
    return problems.problem(
        request_id,
        status=status,
        code=str(error.get("code", UsoError.code)),
        title="The run failed",
        detail=str(error.get("message", UsoError.title)),
        extra={"run_id": run.id, "thread_id": run.thread_id},
    )


def _document(target: Target, events: Sequence[dict[str, Any]]) -> RunDocument:
    result = RunDocument(thread_id=target.thread_id, run_id=target.run_id, status="running")
    for event in events:
        match event:
            case {"type": "ACTIVITY_SNAPSHOT", "activityType": activity, "content": card} if activity == CARD:
                result.cards.append(card)
            case {"type": "CUSTOM", "name": "json_ld", "value": json_ld}:
                result.json_ld = json_ld
            case {"type": "RUN_ERROR"}:
                result.status = "failed"
            case {"type": "RUN_FINISHED"}:
                outcome, kept = event.get("outcome") or {}, event.get("result") or {}
                result.status = _STATUS[outcome.get("type", "success")]
                result.interrupts = outcome.get("interrupts", [])
                result.text = kept.get("text", "")
                result.plan, result.order = kept.get("plan"), kept.get("order")
    return result
