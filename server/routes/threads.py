"""Threads: the caller's conversations."""

from typing import Annotated, Any

from fastapi import APIRouter, Query
from pydantic import AwareDatetime, Field
from starlette.requests import Request

from memory import interrupts, runs, threads
from schemas.base import Model
from schemas.run import Thread
from server.auth import Caller
from server.routes import forms
from server.routes.runs import RunView
from server.runs.endings import shown
from server.runtime import Runtime

router = APIRouter(prefix="/api/v1/threads", tags=["threads"])


class ThreadView(Model):
    """A conversation, as a line of a list."""

    thread_id: str
    graph: str
    title: str
    created_at: AwareDatetime
    updated_at: AwareDatetime

    @classmethod
    def of(cls, thread: Thread) -> "ThreadView":
        """The view of a thread."""
        return cls(thread_id=thread.id, **thread.model_dump(include=set(cls.model_fields)))


class ThreadList(Model):
    """The caller's threads, last used first."""

    threads: list[ThreadView]


class ThreadState(Model):
    """Where a conversation stands."""

    interrupts: list[dict[str, Any]] = Field(description="what may be answered now, AG-UI form")
    result: dict[str, Any] = Field(description="what the graph shows of its state: plan, order …")


class ThreadDocument(ThreadView):
    """A whole conversation."""

    messages: list[dict[str, Any]] = Field(description="AG-UI messages; a card is one with role 'activity'")
    cards: list[dict[str, Any]]
    state: ThreadState
    runs: list[RunView] = Field(description="the last fifty, newest first")


@router.get("", operation_id="list_threads", summary="Your conversations")
async def list_threads(
    request: Request,
    principal: Caller,
    limit: Annotated[int, Query(ge=1, le=200)] = 50,
    before: Annotated[str | None, Query(description="the last thread of the page before")] = None,
) -> ThreadList:
    """The caller's threads."""
    runtime: Runtime = request.app.state.runtime
    mark = None if before is None else forms.known("thread", before)
    async with runtime.database.connection() as conn:
        found = await threads.list_of(conn, principal, limit=limit, before=mark)
    return ThreadList(threads=[ThreadView.of(thread) for thread in found])


@router.get("/{thread_id}", operation_id="get_thread", summary="One conversation: messages, cards, state")
async def get_thread(thread_id: str, request: Request, principal: Caller) -> ThreadDocument:
    """The caller's thread."""
    runtime: Runtime = request.app.state.runtime
    async with runtime.database.connection() as conn:
        thread = await threads.get(conn, principal, forms.known("thread", thread_id))
        asked = await interrupts.pending(conn, principal, thread.id, now=runtime.clock())
        done = await runs.of_thread(conn, principal, thread.id)
    conversation = await runtime.stories.conversation(thread.id, thread.graph)
    return ThreadDocument(
        **ThreadView.of(thread).model_dump(),
        messages=[message.model_dump(mode="json", by_alias=True) for message in conversation.messages],
        cards=conversation.cards,
        state=ThreadState(
            interrupts=[shown(one).model_dump(mode="json", by_alias=True) for one in asked], result=conversation.state
        ),
        runs=[RunView.of(run, []) for run in done],
    )
