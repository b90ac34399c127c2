"""Leases: how a process holds a run it works on, and how another takes it over.

The owner of a run renews its lease. Whoever takes it over raises its ``fence``, and every write about the run names
the fence it was made under, so a stale owner (a process that stalled and woke up) changes nothing.
"""

from collections.abc import AsyncIterator, Sequence
from contextlib import suppress
from datetime import datetime, timedelta
from typing import Any, Literal

import psycopg
from psycopg.errors import UniqueViolation
from psycopg.types.json import Jsonb
from pydantic_core import PydanticSerializationError, to_json

from memory.database import Connection, Database
from memory.runs import CHANNEL, Claim, last_step
from schemas.errors import UnavailableError
from schemas.run import Interrupt, RunStatus

UNREACHABLE = (psycopg.OperationalError, UnavailableError)
"""What a call raises when the database is away for a while."""


class StaleOwnerError(Exception):
    """The run has a new owner: what the old one writes or tells does not count any more."""


_CLAIM = f"""
    WITH next AS (
        SELECT id FROM runs r
        WHERE graph = ANY (%(graphs)s::text[]) AND (
            (status = 'running' AND lease_until <= %(now)s)
            OR (status = 'queued' AND NOT EXISTS (
                SELECT FROM runs o WHERE o.thread_id = r.thread_id
                AND (o.status = 'running' OR (o.status = 'queued' AND o.position < r.position)))))
        ORDER BY status = 'queued', position LIMIT 1 FOR UPDATE SKIP LOCKED
    ), run AS (
        UPDATE runs r SET status = 'running', owner = %(owner)s, fence = fence + 1, attempts = attempts + 1,
            lease_until = %(until)s, first_step = coalesce(first_step, {last_step("r.thread_id")})
        FROM next WHERE r.id = next.id
        RETURNING r.*
    ), superseded AS (
        UPDATE interrupts SET status = 'superseded' FROM run
        WHERE interrupts.thread_id = run.thread_id AND interrupts.status = 'pending'
            AND run.attempts = 1 AND NOT run.input ? 'resume'
    )
    SELECT id, thread_id, tenant_id, user_id, graph, input, fence, attempts, first_step, cancelling FROM run
"""  # noqa: S608 — put together from constants

_FINISH = """
    WITH run AS (
        UPDATE runs SET status = %(status)s, result = %(result)s, error = %(error)s, last_event = %(last)s,
            finished_at = %(now)s, lease_until = NULL
        WHERE id = %(run)s AND fence = %(fence)s AND status = 'running'
        RETURNING id, thread_id, tenant_id, user_id
    ), closed AS (
        UPDATE interrupts SET status = 'superseded' FROM run
        WHERE interrupts.thread_id = run.thread_id AND interrupts.status = 'pending'
            AND interrupts.id <> ALL (%(open)s::text[])
    ), opened AS (
        INSERT INTO interrupts (id, thread_id, run_id, tenant_id, user_id, reason, message, response_schema,
                                expires_at, graph_interrupt_id, created_at)
        SELECT i.id, run.thread_id, run.id, run.tenant_id, run.user_id, i.reason, i.message, i.response_schema,
               i.expires_at, i.graph_interrupt_id, %(now)s
        FROM run, jsonb_to_recordset(%(interrupts)s) AS i (id text, reason text, message text,
            response_schema jsonb, expires_at timestamptz, graph_interrupt_id text)
        ON CONFLICT (thread_id, id) DO UPDATE SET status = 'pending', run_id = excluded.run_id,
            reason = excluded.reason, message = excluded.message, response_schema = excluded.response_schema,
            expires_at = excluded.expires_at, graph_interrupt_id = excluded.graph_interrupt_id,
            payload = NULL, answered_at = NULL, answered_by_run = NULL
    )
    SELECT EXISTS (SELECT FROM runs q WHERE q.thread_id = run.thread_id AND q.status = 'queued') AS waiting FROM run
"""


async def claim_next(
    conn: Connection, owner: str, graphs: Sequence[str], lease: timedelta, now: datetime
) -> Claim | None:
    """The run of one of ``graphs`` that waits longest, now the owner's: a lapsed one first, then a queued one.

    Its ``attempts`` says how often it has been begun, this time included; the owner judges whether that is too often.
    """
    try:
        cursor = await conn.execute(_CLAIM, {"owner": owner, "graphs": list(graphs), "until": now + lease, "now": now})
    except UniqueViolation:  # a message started a run on the thread at this very moment; its turn comes after
        return None
    row = await cursor.fetchone()
    return Claim(**row) if row else None


async def renew(
    conn: Connection, claims: Sequence[Claim], lease: timedelta, now: datetime
) -> dict[str, Literal["held", "cancelling"]]:
    """Extends the leases of ``claims``. A run that is missing in the answer is no longer ours."""
    cursor = await conn.execute(
        "UPDATE runs SET lease_until = %s FROM unnest(%s::text[], %s::integer[]) AS mine (id, fence)"
        " WHERE runs.id = mine.id AND runs.fence = mine.fence AND status = 'running' RETURNING runs.id, cancelling",
        (now + lease, [claim.id for claim in claims], [claim.fence for claim in claims]),
    )
    return {row["id"]: "cancelling" if row["cancelling"] else "held" for row in await cursor.fetchall()}


async def finish(
    conn: Connection,
    claim: Claim,
    *,
    status: RunStatus,
    last_event: int,
    now: datetime,
    result: dict[str, Any] | None = None,
    error: dict[str, Any] | None = None,
    interrupts: Sequence[Interrupt] = (),
) -> bool | None:
    """Ends a run and opens the interrupts it ended in; what was pending on the thread besides them is superseded.

    Returns whether another run waits for the thread, or ``None`` when the claim is stale and nothing was changed.
    """
    cursor = await conn.execute(
        _FINISH,
        {
            "run": claim.id, "fence": claim.fence, "status": status, "last": last_event, "now": now,
            "result": result and Jsonb(result, _storable), "error": error and Jsonb(error, _storable),
            "open": [interrupt.id for interrupt in interrupts],
            "interrupts": Jsonb([interrupt.model_dump(mode="json") for interrupt in interrupts]),
        },
    )  # fmt: skip
    row = await cursor.fetchone()
    return None if row is None else bool(row["waiting"])


async def release(conn: Connection, claims: Sequence[Claim], now: datetime) -> None:
    """Gives runs back for another process to take at once; such a handover does not count as an attempt."""
    await conn.execute(
        "UPDATE runs SET lease_until = %s, attempts = greatest(attempts - 1, 0)"
        " FROM unnest(%s::text[], %s::integer[]) AS mine (id, fence)"
        " WHERE runs.id = mine.id AND runs.fence = mine.fence AND status = 'running'",
        (now, [claim.id for claim in claims], [claim.fence for claim in claims]),
    )
    await conn.execute("SELECT pg_notify(%s, 'queued')", (CHANNEL,))


def _storable(value: Any) -> bytes:
    """JSON without what jsonb cannot hold: NUL and lone surrogates in texts."""
    with suppress(PydanticSerializationError):  # raised for a lone surrogate
        document = to_json(value)
        if b"\\u0000" not in document:
            return document
    return to_json(_cleaned(value))


def _cleaned(value: Any) -> Any:
    if isinstance(value, str):
        return value.replace("\0", "").encode(errors="replace").decode()
    if isinstance(value, dict):
        return {_cleaned(key): _cleaned(item) for key, item in value.items()}
    return [_cleaned(item) for item in value] if isinstance(value, list) else value


async def wakes(database: Database) -> AsyncIterator[str]:
    """The notifications of ``memory.runs.CHANNEL``, on a connection of its own; first an empty one once it listens.

    Raises ``psycopg.OperationalError`` when the connection breaks.
    """
    async with await psycopg.AsyncConnection.connect(str(database.pool.conninfo), autocommit=True) as conn:
        await conn.execute(f"LISTEN {CHANNEL}")
        yield ""
        async for notification in conn.notifies():
            yield notification.payload
