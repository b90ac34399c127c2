"""The pool: transactions, types, what happens when it is full and when the server closes connections."""

from collections.abc import Callable
from datetime import UTC, datetime

import numpy as np
import psycopg
import pytest
from psycopg.types.json import Jsonb

from memory.database import Database
from memory.embedded import Servers
from schemas.errors import UnavailableError
from schemas.principal import Principal

THREAD = "INSERT INTO threads (id, tenant_id, user_id, graph) VALUES (%s, %s, %s, 'concierge')"


async def test_a_transaction_is_kept_whole_or_not_at_all(
    database: Database, fresh: Callable[[str], str], principal: Principal
) -> None:
    kept, lost = fresh("thread"), fresh("thread")
    async with database.transaction() as conn:
        await conn.execute(THREAD, (kept, principal.tenant_id, principal.user_id))
    with pytest.raises(ZeroDivisionError):
        async with database.transaction() as conn:
            await conn.execute(THREAD, (lost, principal.tenant_id, principal.user_id))
            1 / 0  # noqa: B018
    async with database.connection() as conn:
        rows = await conn.execute("SELECT id FROM threads WHERE tenant_id = %s", (principal.tenant_id,))
        assert await rows.fetchall() == [{"id": kept}]


async def test_vectors_and_json_go_in_and_out(database: Database) -> None:
    vector = np.array([0.5, -1, 2], dtype=np.float32)
    document = {"list": [1, 2.5, None], "text": "rosé"}
    async with database.connection() as conn:
        result = await conn.execute(
            "SELECT %s::vector AS vector, %s::halfvec AS half, %s::jsonb AS document, %s::jsonb AS moment",
            (vector, vector, Jsonb(document), Jsonb(datetime(2026, 1, 2, tzinfo=UTC))),
        )
        row = await result.fetchone()
    assert row is not None
    assert np.array_equal(row["vector"].to_numpy(), vector)
    assert row["half"].to_list() == [0.5, -1, 2]
    assert row["document"] == document
    assert row["moment"] == "2026-01-02T00:00:00Z"


async def test_a_full_pool_says_so(servers: Servers) -> None:
    database = await Database.open(servers.database_url, pool_size=1, wait_seconds=0.05)
    async with database.connection():
        with pytest.raises(UnavailableError, match="USO_DATABASE_POOL"):
            async with database.transaction():
                pytest.fail("there is only one connection")
    await database.ping()
    await database.close()


async def test_connections_that_the_server_closed_are_replaced_unnoticed(servers: Servers, database: Database) -> None:
    mine = await Database.open(servers.database_url, pool_size=2)
    async with mine.connection() as one, mine.connection() as two:
        pids = [one.info.backend_pid, two.info.backend_pid]
    async with database.connection() as conn:
        await conn.execute("SELECT pg_terminate_backend(pid, 5000) FROM unnest(%s::int[]) pid", (pids,))
    for _ in range(3):
        await mine.ping()
    await mine.close()


async def test_no_statement_runs_for_ever(database: Database) -> None:
    async with database.transaction() as conn:
        row = await (await conn.execute("SHOW statement_timeout")).fetchone()
        assert row == {"statement_timeout": "30s"}
        await conn.execute("SET LOCAL statement_timeout = 10")
        with pytest.raises(psycopg.errors.QueryCanceled):
            await conn.execute("SELECT pg_sleep(5)")


async def test_a_database_that_is_not_there_is_reported_at_once() -> None:
    with pytest.raises(UnavailableError, match="DATABASE_URL"):
        await Database.open("postgresql://postgres@127.0.0.1:1/none")
