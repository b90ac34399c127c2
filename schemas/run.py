"""Runs, threads and interrupts: the unit of work a client starts, follows, cancels and answers."""

from typing import Any, Literal

from pydantic import AwareDatetime, Field

from schemas.base import Model

RunStatus = Literal["queued", "running", "interrupted", "succeeded", "failed", "cancelled"]
LIVE: frozenset[RunStatus] = frozenset({"queued", "running"})
InterruptStatus = Literal["pending", "answered", "expired", "superseded"]


class Run(Model):
    """One execution of a graph on a thread. ``fence`` grows with every owner; an old owner's writes fail."""

    id: str
    thread_id: str
    tenant_id: str
    user_id: str
    graph: str
    status: RunStatus
    owner: str | None = None
    fence: int = 0
    lease_until: AwareDatetime | None = None
    attempts: int = 0
    input: dict[str, Any] = Field(default_factory=dict)
    result: dict[str, Any] | None = None
    error: dict[str, Any] | None = None
    last_event: int | None = Field(default=None, description="number of the last event, once it has ended")
    created_at: AwareDatetime
    finished_at: AwareDatetime | None = None


class Interrupt(Model):
    """A wait for the person: answered by its id, once, before it expires."""

    id: str
    thread_id: str
    run_id: str
    reason: str = Field(description="'question', 'approval', 'recovery', or what the graph says")
    message: str = ""
    response_schema: dict[str, Any] | None = None
    expires_at: AwareDatetime | None = None
    status: InterruptStatus = "pending"
    graph_interrupt_id: str | None = Field(default=None, description="LangGraph's own id, needed to resume")


class ResumeEntry(Model):
    """A client's answer to one interrupt (AG-UI's ResumeEntry)."""

    interrupt_id: str = Field(alias="interruptId")
    status: Literal["resolved", "cancelled"] = "resolved"
    payload: Any = None


class Thread(Model):
    """A conversation that belongs to one user."""

    id: str
    tenant_id: str
    user_id: str
    graph: str
    title: str = ""
    created_at: AwareDatetime
    updated_at: AwareDatetime
