"""Where graphs keep their state between steps: LangGraph's Postgres saver, made fit for many runs at once.

Differences from the stock saver, all on its own tables:

- It does not hold one lock round every operation (langchain-ai/langgraph issue 7259), so runs use the whole pool.
- A checkpoint is loaded, or saved with its values, in one statement: one round trip, and atomic.
- Saving a checkpoint removes the older ones of its thread and namespace in that same statement. A conversation
  resumes from its last checkpoint only; histories would be most of the database.
"""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import Any

from langchain_core.runnables import RunnableConfig
from langgraph.checkpoint.base import (
    WRITES_IDX_MAP,
    ChannelVersions,
    Checkpoint,
    CheckpointMetadata,
    CheckpointTuple,
    get_checkpoint_id,
    get_serializable_checkpoint_metadata,
)
from langgraph.checkpoint.postgres.aio import AsyncPostgresSaver
from langgraph.checkpoint.serde.base import SerializerProtocol
from psycopg import AsyncCursor
from psycopg.rows import DictRow
from psycopg.types.json import Jsonb

from memory.database import Connection, Database
from memory.leases import StaleOwnerError

_LOAD_LAST = (
    AsyncPostgresSaver.SELECT_SQL + "WHERE thread_id = %s AND checkpoint_ns = %s ORDER BY checkpoint_id DESC LIMIT 1"
)
_LOAD_ONE = AsyncPostgresSaver.SELECT_SQL + "WHERE thread_id = %s AND checkpoint_ns = %s AND checkpoint_id = %s"

# Ids and versions grow, compared byte by byte. Only smaller ones are removed, so that a stale writer cannot take
# anything away from a newer checkpoint.
_FORGET_OLDER = """
    old_checkpoints AS (
        DELETE FROM checkpoints USING held
        WHERE thread_id = %(thread)s AND checkpoint_ns = %(ns)s AND checkpoint_id < %(id)s COLLATE "C"
    ),
    old_writes AS (
        DELETE FROM checkpoint_writes USING held
        WHERE thread_id = %(thread)s AND checkpoint_ns = %(ns)s AND checkpoint_id < %(id)s COLLATE "C"
    ),
    old_blobs AS (
        DELETE FROM checkpoint_blobs USING held
        WHERE thread_id = %(thread)s AND checkpoint_ns = %(ns)s
          AND version < (%(checkpoint)s::jsonb -> 'channel_versions' ->> channel) COLLATE "C"
    ),
"""
# A run's checkpoint is saved only while the run is held under the fence it was claimed with (memory.leases). Locking
# the run makes a take-over and a save wait for each other: the new owner never resumes from before a save it missed.
_SAVE = """
    WITH held AS (
        SELECT WHERE %(fence)s::integer IS NULL OR EXISTS (
            SELECT FROM runs WHERE id = %(run)s AND fence = %(fence)s AND status = 'running' FOR SHARE
        )
    ),
    {forget}
    new_blobs AS (
        INSERT INTO checkpoint_blobs (thread_id, checkpoint_ns, channel, version, type, blob)
        SELECT %(thread)s, %(ns)s, *
        FROM held, unnest(%(channels)s::text[], %(versions)s::text[], %(types)s::text[], %(blobs)b::bytea[])
        ON CONFLICT DO NOTHING
    )
    INSERT INTO checkpoints (thread_id, checkpoint_ns, checkpoint_id, parent_checkpoint_id, checkpoint, metadata)
    SELECT %(thread)s, %(ns)s, %(id)s, %(parent)s, %(checkpoint)s, %(metadata)s FROM held
    ON CONFLICT (thread_id, checkpoint_ns, checkpoint_id)
        DO UPDATE SET checkpoint = excluded.checkpoint, metadata = excluded.metadata
    RETURNING EXISTS (
        SELECT FROM checkpoints c WHERE c.thread_id = %(thread)s AND c.checkpoint_ns > ''
    ) AS has_subgraphs
"""
_SAVE_LAST = _SAVE.format(forget=_FORGET_OLDER)
_SAVE_BESIDE = _SAVE.format(forget="")

# A namespace with a colon belongs to one call of a subgraph, made from the root's checkpoint in ``root``.
_PRUNE = """
    WITH newest AS (
        SELECT DISTINCT ON (checkpoint_ns COLLATE "C")
            checkpoint_ns AS ns, checkpoint_id AS id, checkpoint -> 'channel_versions' AS versions,
            metadata -> 'parents' ->> '' AS root, metadata ? 'counters_since_delta_snapshot' AS needs_older
        FROM checkpoints WHERE thread_id = %(thread)s
        ORDER BY checkpoint_ns COLLATE "C", checkpoint_id COLLATE "C" DESC
    ), last AS MATERIALIZED (
        SELECT ns, id, versions, over FROM newest CROSS JOIN LATERAL (
            SELECT coalesce(strpos(ns, ':') > 0 AND root < (SELECT id FROM newest WHERE ns = '') COLLATE "C", false)
        ) calls (over)
        WHERE over OR NOT needs_older
    ), old_writes AS (
        DELETE FROM checkpoint_writes w USING last
        WHERE thread_id = %(thread)s AND checkpoint_ns = ns AND (over OR checkpoint_id < id COLLATE "C")
    ), old_blobs AS (
        DELETE FROM checkpoint_blobs b USING last
        WHERE thread_id = %(thread)s AND checkpoint_ns = ns AND (over OR version < (versions ->> channel) COLLATE "C")
    )
    DELETE FROM checkpoints c USING last
    WHERE thread_id = %(thread)s AND checkpoint_ns = ns AND (over OR checkpoint_id < last.id COLLATE "C")
"""

_SAVE_WRITES = """
    INSERT INTO checkpoint_writes
        (thread_id, checkpoint_ns, checkpoint_id, task_id, task_path, idx, channel, type, blob)
    SELECT %s, %s, %s, %s, %s, *
    FROM unnest(%s::int[], %s::text[], %s::text[], %b::bytea[])
    ON CONFLICT (thread_id, checkpoint_ns, checkpoint_id, task_id, idx)
"""
_SAVE_WRITES_ONCE = _SAVE_WRITES + "DO NOTHING"
_SAVE_WRITES_AGAIN = (
    _SAVE_WRITES + "DO UPDATE SET channel = excluded.channel, type = excluded.type, blob = excluded.blob"
)


class Checkpoints(AsyncPostgresSaver):
    """The checkpointer of every graph served here; keeps each thread's last checkpoint."""

    def __init__(self, database: Database, *, serde: SerializerProtocol | None = None) -> None:
        super().__init__(database.pool, serde=serde)
        self._database = database

    async def aget_tuple(self, config: RunnableConfig) -> CheckpointTuple | None:
        """The checkpoint ``config`` names, or the thread's last; ``None`` when there is none."""
        configurable = config["configurable"]
        key = [configurable["thread_id"], configurable.get("checkpoint_ns", "")]
        checkpoint_id = get_checkpoint_id(config)
        if checkpoint_id:
            key.append(checkpoint_id)
        query = _LOAD_ONE if checkpoint_id else _LOAD_LAST
        async with self._database.connection() as conn:
            cursor = await conn.execute(query, key, binary=True)
            row = await cursor.fetchone()
        return None if row is None else await self._load_checkpoint_tuple(row)

    async def _load_checkpoint_tuple(self, value: DictRow) -> CheckpointTuple:
        thread = {"thread_id": value["thread_id"], "checkpoint_ns": value["checkpoint_ns"]}
        checkpoint: Checkpoint = value["checkpoint"]
        parent_id = value["parent_checkpoint_id"]
        return CheckpointTuple(
            config={"configurable": {**thread, "checkpoint_id": value["checkpoint_id"]}},
            checkpoint={
                **checkpoint,
                "channel_values": {
                    **checkpoint.get("channel_values", {}),
                    **self._load_blobs(value["channel_values"]),
                },
            },
            metadata=value["metadata"],
            parent_config={"configurable": {**thread, "checkpoint_id": parent_id}} if parent_id else None,
            pending_writes=self._load_writes(value["pending_writes"]),
        )

    async def aput(
        self,
        config: RunnableConfig,
        checkpoint: Checkpoint,
        metadata: CheckpointMetadata,
        new_versions: ChannelVersions,
    ) -> RunnableConfig:
        """Saves ``checkpoint`` as its thread's last and forgets the older ones.

        Raises ``StaleOwnerError`` for a run (``run_id`` and ``fence`` in the config) that another has taken over.
        """
        configurable = config["configurable"]
        thread_id, ns = configurable["thread_id"], configurable["checkpoint_ns"]
        inline = {k: v for k, v in checkpoint["channel_values"].items() if _fits_json(v)}
        blobs = {k: v for k, v in checkpoint["channel_values"].items() if k not in inline}
        rows = self._dump_blobs(thread_id, ns, blobs, {k: v for k, v in new_versions.items() if k in blobs})
        # A DeltaChannel keeps changes since its last snapshot, in the checkpoints since then.
        needs_older = "counters_since_delta_snapshot" in metadata
        parameters = {
            "thread": thread_id,
            "ns": ns,
            "id": checkpoint["id"],
            "parent": configurable.get("checkpoint_id") if needs_older else None,
            "run": configurable.get("run_id"),
            "fence": configurable.get("fence"),
            "checkpoint": Jsonb({**checkpoint, "channel_values": inline}),
            "metadata": Jsonb(get_serializable_checkpoint_metadata(config, metadata)),
            "channels": [row[2] for row in rows],
            "versions": [row[3] for row in rows],
            "types": [row[4] for row in rows],
            "blobs": [row[5] for row in rows],
        }
        async with self._database.connection() as conn:
            cursor = await conn.execute(_SAVE_BESIDE if needs_older else _SAVE_LAST, parameters)
            saved = await cursor.fetchone()
            if saved is None:
                raise StaleOwnerError(f"run {configurable.get('run_id')} has another owner now")
            if ns == "" and saved["has_subgraphs"]:
                await prune(conn, thread_id)
        return {"configurable": {"thread_id": thread_id, "checkpoint_ns": ns, "checkpoint_id": checkpoint["id"]}}

    async def aput_writes(
        self, config: RunnableConfig, writes: Sequence[tuple[str, Any]], task_id: str, task_path: str = ""
    ) -> None:
        """Saves what one task wrote on top of a checkpoint; the first version of an ordinary write stays."""
        configurable = config["configurable"]
        key = (configurable["thread_id"], configurable["checkpoint_ns"], configurable["checkpoint_id"])
        rows = self._dump_writes(*key, task_id, task_path, writes)
        again = all(channel in WRITES_IDX_MAP for channel, _ in writes)
        columns = [[row[column] for row in rows] for column in range(5, 9)]
        async with self._database.connection() as conn:
            await conn.execute(_SAVE_WRITES_AGAIN if again else _SAVE_WRITES_ONCE, (*key, task_id, task_path, *columns))

    @asynccontextmanager
    async def _cursor(self, *, pipeline: bool = False) -> AsyncIterator[AsyncCursor[DictRow]]:
        """For the operations of the stock saver that are not overridden; ``pipeline`` marks those of several steps."""
        borrowed = self._database.transaction() if pipeline else self._database.connection()
        async with borrowed as conn, conn.cursor(binary=True) as cursor:
            yield cursor


async def prune(conn: Connection, thread_id: str) -> None:
    """Keeps only what the thread's last checkpoint needs, in one statement.

    ``Checkpoints`` calls this itself where saving alone cannot keep a thread small: when subgraphs ran, each call of
    which has a namespace of its own that is over once the graph above it has moved on.
    """
    await conn.execute(_PRUNE, {"thread": thread_id})


def _fits_json(value: Any) -> bool:
    """Whether Postgres' jsonb can hold a value as it is: primitives can, but no text with a NUL."""
    if isinstance(value, str):
        return "\x00" not in value
    return value is None or isinstance(value, int | float | bool)
