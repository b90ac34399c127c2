"""How a run can end: what is kept of it in its row, and the last event that clients see."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from ag_ui.core import events as agui
from pydantic import AwareDatetime, TypeAdapter, ValidationError
from pydantic_core import to_jsonable_python

from memory.runs import Claim
from schemas.errors import UsoError
from schemas.run import Interrupt, Run, RunStatus
from server.runs.translation import RaisedInterrupt

_moment: TypeAdapter[datetime] = TypeAdapter(AwareDatetime)


@dataclass(frozen=True, slots=True)
class Ending:
    """The end of a run."""

    status: RunStatus
    result: dict[str, Any] | None = None
    error: dict[str, Any] | None = None
    interrupts: Sequence[Interrupt] = field(default_factory=tuple)

    @classmethod
    def of(cls, run: Run, interrupts: Sequence[Interrupt]) -> "Ending":
        """The ending that a finished run's row tells of."""
        return cls(run.status, run.result, run.error, interrupts)

    def event(self, thread_id: str, run_id: str) -> agui.BaseEvent:
        """The event that tells it."""
        if self.status == "failed":
            error = self.error or {}
            return agui.RunErrorEvent(message=error.get("message", "The run failed."), code=error.get("code"))
        outcome: agui.RunFinishedOutcome
        if self.status == "interrupted":
            outcome = agui.RunFinishedInterruptOutcome(interrupts=[shown(interrupt) for interrupt in self.interrupts])
        elif self.status == "cancelled":
            outcome = agui.RunFinishedCancelledOutcome()
        else:
            outcome = agui.RunFinishedSuccessOutcome()
        return agui.RunFinishedEvent(thread_id=thread_id, run_id=run_id, result=self.result, outcome=outcome)


CANCELLED = Ending("cancelled")


def failed(error: Exception) -> Ending:
    """A failure, told with no more than what its kind allows a stranger to know."""
    if isinstance(error, UsoError):
        return Ending("failed", error={"code": error.code, "message": error.detail, "status": error.status})
    message = "Something went wrong on our side; nothing more can be said about it here."
    return Ending("failed", error={"code": UsoError.code, "message": message, "status": UsoError.status})


def completed(
    claim: Claim, text: str, result: dict[str, Any] | None, raised: Sequence[RaisedInterrupt], expires_at: datetime
) -> Ending:
    """Success, or a wait for the person when the graph raised interrupts (which then expire at ``expires_at``)."""
    kept = {"text": text, **to_jsonable_python(result or {}, fallback=str)}
    if not raised:
        return Ending("succeeded", kept)
    interrupts: dict[str, Interrupt] = {}
    for number, one in enumerate(raised):
        interrupt = _interrupt(claim, one, number, expires_at)
        interrupts[interrupt.id] = interrupt
    return Ending("interrupted", kept, interrupts=tuple(interrupts.values()))


def _interrupt(claim: Claim, raised: RaisedInterrupt, number: int, expires_at: datetime) -> Interrupt:
    """The row of an ``interrupt(value)``.

    A value of ``{id?, reason?, message?, response_schema?, expires_at?}`` says it itself; anything else is the message.
    """
    value = to_jsonable_python(raised.value, fallback=str)
    said = value if isinstance(value, dict) else {"message": str(value)}
    # One that was open before this run and was not answered keeps its id.
    known = claim.input.get("open", {}).get(raised.graph_interrupt_id)
    schema = said.get("response_schema", raised.response_schema)
    return Interrupt(
        id=str(said.get("id") or known or f"{claim.id}:{number}"),
        thread_id=claim.thread_id,
        run_id=claim.id,
        reason=str(said.get("reason") or "question"),
        message=str(said.get("message") or ""),
        response_schema=schema if isinstance(schema, dict) else None,
        expires_at=_expiry(said.get("expires_at"), expires_at),
        graph_interrupt_id=raised.graph_interrupt_id,
    )


def _expiry(said: Any, otherwise: datetime) -> datetime:
    try:
        return _moment.validate_python(said) if said is not None else otherwise
    except ValidationError:
        return otherwise


def shown(interrupt: Interrupt) -> agui.Interrupt:
    """An interrupt as AG-UI shows it."""
    return agui.Interrupt(
        id=interrupt.id,
        reason=interrupt.reason,
        message=interrupt.message or None,
        response_schema=interrupt.response_schema,
        expires_at=interrupt.expires_at.isoformat() if interrupt.expires_at else None,
    )
