"""Runs, from the side of those who ask for them: started, queued, cancelled, looked at.

A thread has one running run; the queued ones wait behind it in order. How a worker holds one is in
``memory.leases``.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Literal

from psycopg.types.json import Jsonb

from memory.database import Connection
from schemas.errors import ConflictError, NotFoundError, ThreadBusyError
from schemas.principal import Principal
from schemas.run import Run, RunStatus

OnBusy = Literal["reject", "enqueue", "cancel"]

CHANNEL = "uso_runs"
"""Postgres notifications: ``queued`` when a run waits for a worker, ``cancel <id>`` when one is to stop."""

NO_STEP = -2
"""What LangGraph counts supersteps from on a thread without checkpoints."""


def last_step(thread: str) -> str:
    """SQL for the last superstep kept for a thread; where a run stands is counted from it."""
    return (
        f"coalesce((SELECT (metadata->>'step')::integer FROM checkpoints c WHERE c.thread_id = {thread}"  # noqa: S608
        f" AND checkpoint_ns = '' ORDER BY checkpoint_id DESC LIMIT 1), {NO_STEP})"
    )


# One round trip: the thread is made or checked, its place taken, and what it waited for dropped.
# The upsert locks the thread's row, so two starts on one thread come one after the other.
_START = f"""
    WITH thread AS (
        INSERT INTO threads AS t (id, tenant_id, user_id, graph, title, created_at, updated_at)
        VALUES (%(thread)s, %(tenant)s, %(user)s, coalesce(%(graph)s, %(default)s), %(title)s, %(now)s, %(now)s)
        ON CONFLICT (id) DO UPDATE SET updated_at = excluded.updated_at
            WHERE t.tenant_id = excluded.tenant_id AND t.user_id = excluded.user_id
        RETURNING id, graph
    ), live AS (
        SELECT id FROM runs WHERE thread_id = %(thread)s AND status IN ('queued', 'running')
        ORDER BY position LIMIT 1
    ), run AS (
        INSERT INTO runs (id, thread_id, tenant_id, user_id, graph, input, dedupe_key, created_at,
                          status, owner, fence, attempts, lease_until, first_step)
        SELECT %(run)s, thread.id, %(tenant)s, %(user)s, thread.graph, %(input)s, %(dedupe)s, %(now)s,
               new.status, new.owner, new.turn, new.turn, new.lease_until, new.first_step
        FROM thread, (
            SELECT 'running' AS status, %(owner)s::text AS owner, 1 AS turn, %(until)s::timestamptz AS lease_until,
                   {last_step("%(thread)s")} AS first_step
            WHERE NOT EXISTS (SELECT FROM live)
            UNION ALL
            SELECT 'queued', NULL, 0, NULL, NULL WHERE EXISTS (SELECT FROM live) AND %(wait)s
        ) AS new
        WHERE %(graph)s::text IS NULL OR thread.graph = %(graph)s
        ON CONFLICT DO NOTHING
        RETURNING id, status, first_step
    ), superseded AS (
        UPDATE interrupts SET status = 'superseded' FROM run
        WHERE interrupts.thread_id = %(thread)s AND interrupts.status = 'pending'
            AND run.status = 'running' AND NOT %(resumes)s
    )
    SELECT thread.graph, live.id AS live, run.status, run.first_step
    FROM (VALUES (1)) AS one LEFT JOIN thread ON true LEFT JOIN live ON true LEFT JOIN run ON true
"""  # noqa: S608 — put together from constants

_CANCEL = """
    UPDATE runs SET cancelling = true,
        status = CASE status WHEN 'queued' THEN 'cancelled' ELSE status END,
        last_event = CASE status WHEN 'queued' THEN 2 END,
        finished_at = CASE status WHEN 'queued' THEN %(now)s::timestamptz END"""  # 2: it was started, it ended
_CANCELLED = " AND status IN ('queued', 'running') RETURNING pg_notify(%(channel)s, 'cancel ' || id)"

_COLUMNS = (
    "id, thread_id, tenant_id, user_id, graph, status, owner, fence, lease_until, attempts, input, result, error,"
    " created_at, finished_at, last_event"
)


@dataclass(frozen=True, slots=True)
class Claim:
    """A run and the right to work on it, until another claims it with a higher fence."""

    id: str
    thread_id: str
    tenant_id: str
    user_id: str
    graph: str
    input: dict[str, Any]
    fence: int = 1
    attempts: int = 1
    first_step: int = NO_STEP
    cancelling: bool = False


@dataclass(frozen=True, slots=True)
class StartResult:
    """What became of a request for a run."""

    run_id: str
    thread_id: str
    graph: str
    status: RunStatus
    claim: Claim | None
    """Set when the caller has to work on it now; otherwise it waits, or is an earlier run with the same key."""


async def start(
    conn: Connection,
    principal: Principal,
    *,
    run_id: str,
    thread_id: str,
    graph: str | None,
    default_graph: str,
    input: dict[str, Any],
    on_busy: OnBusy,
    owner: str,
    lease: timedelta,
    now: datetime,
    title: str = "",
    dedupe_key: str | None = None,
) -> StartResult:
    """Begins a run on the caller's thread, which is made if there is none with this id.

    ``graph`` of ``None`` means the thread's own, or ``default_graph`` for a new thread. With a ``dedupe_key`` that
    was used before, that earlier run is the answer. Raises ``NotFoundError`` when the thread is somebody else's,
    ``ThreadBusyError`` when it has a live run and ``on_busy`` is "reject", ``ConflictError`` when the thread
    belongs to another graph or ``run_id`` is taken.
    """
    if on_busy == "cancel":
        await _cancel_live(conn, principal, thread_id, now)
    values = {
        "run": run_id, "thread": thread_id, "tenant": principal.tenant_id, "user": principal.user_id,
        "graph": graph, "default": default_graph, "title": title, "input": Jsonb(input), "dedupe": dedupe_key,
        "owner": owner, "until": now + lease, "now": now, "wait": on_busy != "reject", "resumes": "resume" in input,
    }  # fmt: skip
    while True:
        row = await (await conn.execute(_START, values)).fetchone()
        assert row is not None  # the statement always gives one row
        if row["graph"] is None:
            raise NotFoundError("thread", thread_id)
        if row["status"] is not None:
            break
        if earlier := await _why_not(conn, principal, row["graph"], values):
            return earlier
    claim = None
    if row["status"] == "running":
        claim = Claim(
            run_id, thread_id, principal.tenant_id, principal.user_id, row["graph"], input, first_step=row["first_step"]
        )
    return StartResult(run_id, thread_id, row["graph"], row["status"], claim)


async def enqueue_event(
    conn: Connection,
    principal: Principal,
    *,
    run_id: str,
    thread_id: str,
    graph: str,
    event: dict[str, Any],
    dedupe_key: str,
    now: datetime,
) -> str:
    """Queues a run that tells the graph of a thread what happened; part of the caller's transaction.

    Returns the run's id: the earlier one's if ``dedupe_key`` was used before. A worker is woken when the
    transaction commits. Raises ``NotFoundError`` when the thread is not the principal's.
    """
    cursor = await conn.execute(
        "INSERT INTO runs (id, thread_id, tenant_id, user_id, graph, status, input, dedupe_key, created_at)"
        " SELECT %(run)s, id, tenant_id, user_id, graph, 'queued', %(input)s, %(dedupe)s, %(now)s FROM threads"
        " WHERE id = %(thread)s AND tenant_id = %(tenant)s AND user_id = %(user)s AND graph = %(graph)s"
        " ON CONFLICT (dedupe_key) DO NOTHING RETURNING pg_notify(%(channel)s, 'queued')",
        {
            "run": run_id, "thread": thread_id, "tenant": principal.tenant_id, "user": principal.user_id,
            "graph": graph, "input": Jsonb({"event": event}), "dedupe": dedupe_key, "now": now, "channel": CHANNEL,
        },
    )  # fmt: skip
    if cursor.rowcount == 1:
        return run_id
    cursor = await conn.execute(
        "SELECT id FROM runs WHERE dedupe_key = %s AND tenant_id = %s AND user_id = %s",
        (dedupe_key, principal.tenant_id, principal.user_id),
    )
    if row := await cursor.fetchone():
        return str(row["id"])
    raise NotFoundError(f"thread of graph {graph!r}", thread_id)


async def cancel(conn: Connection, principal: Principal, run_id: str, *, now: datetime) -> Run:
    """Asks for the end of a run: a queued one is cancelled here, the owner of a running one is told.

    One that has ended stays as it is. Raises ``NotFoundError`` when it is not the caller's.
    """
    await conn.execute(
        _CANCEL + " WHERE id = %(run)s AND tenant_id = %(tenant)s AND user_id = %(user)s" + _CANCELLED,
        {"run": run_id, "tenant": principal.tenant_id, "user": principal.user_id, "now": now, "channel": CHANNEL},
    )
    return await get(conn, principal, run_id)


async def get(conn: Connection, principal: Principal, run_id: str) -> Run:
    """The caller's run.

    Raises ``NotFoundError`` when there is none with this id, or it is somebody else's.
    """
    cursor = await conn.execute(
        f"SELECT {_COLUMNS} FROM runs WHERE id = %s AND tenant_id = %s AND user_id = %s",  # noqa: S608
        (run_id, principal.tenant_id, principal.user_id),
    )
    row = await cursor.fetchone()
    if row is None:
        raise NotFoundError("run", run_id)
    return Run.model_validate(row)


async def of_thread(conn: Connection, principal: Principal, thread_id: str, *, limit: int = 50) -> list[Run]:
    """The last runs of the caller's thread, newest first."""
    cursor = await conn.execute(
        f"SELECT {_COLUMNS} FROM runs WHERE thread_id = %s AND tenant_id = %s AND user_id = %s"  # noqa: S608
        " ORDER BY position DESC LIMIT %s",
        (thread_id, principal.tenant_id, principal.user_id, limit),
    )
    return [Run.model_validate(row) for row in await cursor.fetchall()]


async def _cancel_live(conn: Connection, principal: Principal, thread_id: str, now: datetime) -> None:
    """Asks for the end of everything that runs or waits on the thread."""
    await conn.execute(
        _CANCEL + " WHERE thread_id = %(thread)s AND tenant_id = %(tenant)s AND user_id = %(user)s" + _CANCELLED,
        {
            "thread": thread_id, "tenant": principal.tenant_id, "user": principal.user_id, "now": now,
            "channel": CHANNEL,
        },
    )  # fmt: skip


async def _why_not(
    conn: Connection, principal: Principal, thread_graph: str, values: dict[str, Any]
) -> StartResult | None:
    """Why a run was not inserted: the earlier run with its key, an error, or ``None`` when there is no reason left."""
    cursor = await conn.execute(
        "SELECT id, thread_id, graph, status, dedupe_key = %(dedupe)s AS same FROM runs"
        " WHERE id = %(run)s OR (dedupe_key = %(dedupe)s AND tenant_id = %(tenant)s AND user_id = %(user)s)"
        " OR (thread_id = %(thread)s AND status IN ('queued', 'running')) ORDER BY position",
        values,
    )
    rows = await cursor.fetchall()
    for row in rows:
        if row["same"]:
            return StartResult(row["id"], row["thread_id"], row["graph"], row["status"], None)
    if any(row["id"] == values["run"] for row in rows):
        raise ConflictError(f"The run id {values['run']!r} is taken; choose another.")
    if values["graph"] not in (None, thread_graph):
        raise ConflictError(f"This thread belongs to graph {thread_graph!r}; begin a new thread for another graph.")
    if rows and not values["wait"]:
        raise ThreadBusyError(values["thread"], rows[0]["id"])
    return None
