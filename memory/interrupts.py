"""Waits for a person, as rows: raised when a run ends in one, answered by id, once, before they expire."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from psycopg.types.json import Jsonb

from memory.database import Connection
from schemas.errors import FieldError, InterruptGoneError, InvalidRequestError, NotFoundError
from schemas.principal import Principal
from schemas.run import Interrupt, ResumeEntry

CANCELLED = {"action": "cancelled"}
"""What a graph gets as the answer when the person cancels a question instead of answering it."""

_COLUMNS = "id, thread_id, run_id, reason, message, response_schema, expires_at, status, graph_interrupt_id"


@dataclass(frozen=True, slots=True)
class Answers:
    """Accepted answers, ready to resume the graph with."""

    thread_id: str
    resume: dict[str, Any]
    """LangGraph's interrupt id → the payload its ``interrupt()`` returns."""
    open: dict[str, str]
    """LangGraph's interrupt id → our id, of those that are still waiting for an answer."""


async def pending(conn: Connection, principal: Principal, thread_id: str, *, now: datetime) -> list[Interrupt]:
    """The questions of the caller's thread that may still be answered, in the order they were raised."""
    cursor = await conn.execute(
        f"SELECT {_COLUMNS} FROM interrupts WHERE thread_id = %s AND tenant_id = %s AND user_id = %s"  # noqa: S608
        " AND status = 'pending' AND (expires_at IS NULL OR expires_at > %s) ORDER BY created_at, id",
        (thread_id, principal.tenant_id, principal.user_id, now),
    )
    return [Interrupt.model_validate(row) for row in await cursor.fetchall()]


async def of_run(conn: Connection, principal: Principal, run_id: str) -> list[Interrupt]:
    """The questions the caller's run ended in, answered since or not."""
    cursor = await conn.execute(
        f"SELECT {_COLUMNS} FROM interrupts WHERE run_id = %s AND tenant_id = %s AND user_id = %s"  # noqa: S608
        " ORDER BY created_at, id",
        (run_id, principal.tenant_id, principal.user_id),
    )
    return [Interrupt.model_validate(row) for row in await cursor.fetchall()]


async def answer(
    conn: Connection,
    principal: Principal,
    entries: Sequence[ResumeEntry],
    *,
    run_id: str,
    now: datetime,
    thread_id: str | None = None,
) -> Answers:
    """Closes the interrupts that ``entries`` answer, for run ``run_id`` to resume with; call it in a transaction.

    Those of the thread that are not mentioned stay open. Raises ``NotFoundError`` for an id the caller does not
    have, ``InterruptGoneError`` for one that was answered, replaced or has expired, and ``InvalidRequestError``
    when the entries name one twice or do not belong to one thread.
    """
    payloads = {entry.interrupt_id: CANCELLED if entry.status == "cancelled" else entry.payload for entry in entries}
    if len(payloads) != len(entries):
        raise _invalid("an interrupt is answered twice")
    cursor = await conn.execute(
        "UPDATE interrupts i SET status = 'answered', payload = a.payload, answered_at = %(now)s,"
        " answered_by_run = %(run)s"
        " FROM unnest(%(ids)s::text[], %(payloads)s::jsonb[]) AS a (id, payload)"
        " WHERE i.id = a.id AND i.tenant_id = %(tenant)s AND i.user_id = %(user)s"
        " AND (%(thread)s::text IS NULL OR i.thread_id = %(thread)s)"
        " AND i.status = 'pending' AND (i.expires_at IS NULL OR i.expires_at > %(now)s)"
        " RETURNING i.id, i.thread_id, i.graph_interrupt_id",
        {
            "now": now,
            "run": run_id,
            "ids": list(payloads),
            "payloads": [Jsonb(payload) for payload in payloads.values()],
            "tenant": principal.tenant_id,
            "user": principal.user_id,
            "thread": thread_id,
        },
    )
    rows = await cursor.fetchall()
    if missing := payloads.keys() - {row["id"] for row in rows}:
        await _explain(conn, principal, min(missing), thread_id)
    threads = {row["thread_id"] for row in rows}
    if len(threads) != 1:
        raise _invalid("the interrupts are of several threads; answer them one thread at a time, with thread_id")
    thread = threads.pop()
    return Answers(
        thread_id=thread,
        resume={row["graph_interrupt_id"]: payloads[row["id"]] for row in rows},
        open={
            interrupt.graph_interrupt_id: interrupt.id
            for interrupt in await pending(conn, principal, thread, now=now)
            if interrupt.graph_interrupt_id
        },
    )


async def _explain(conn: Connection, principal: Principal, interrupt_id: str, thread_id: str | None) -> None:
    """Raises the error that says why an interrupt could not be answered."""
    cursor = await conn.execute(
        "SELECT status FROM interrupts WHERE id = %s AND tenant_id = %s AND user_id = %s"
        " AND (%s::text IS NULL OR thread_id = %s) ORDER BY created_at DESC LIMIT 1",
        (interrupt_id, principal.tenant_id, principal.user_id, thread_id, thread_id),
    )
    row = await cursor.fetchone()
    if row is None:
        raise NotFoundError("interrupt", interrupt_id)
    why = {
        "answered": "has been answered",
        "superseded": "was replaced by what was said after it",
    }.get(row["status"], "has expired")
    raise InterruptGoneError(f"Question {interrupt_id!r} {why}. Nothing was done; say what you want instead.")


def _invalid(message: str) -> InvalidRequestError:
    return InvalidRequestError(f"The answers cannot be taken: {message}.", errors=[FieldError("resume", message)])
