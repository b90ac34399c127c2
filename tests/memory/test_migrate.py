"""Migrating: from nothing, again, by many at once; what the schema promises."""

import asyncio
from collections.abc import Callable
from pathlib import Path

import psycopg
import pytest
from psycopg.rows import dict_row

from memory import migrate as migrating
from memory.database import Database
from memory.migrate import migrate
from schemas.errors import UnavailableError
from schemas.principal import Principal

REVISIONS = Path(migrating.__file__).parent / "migrations" / "versions"


async def test_many_processes_may_migrate_at_once(blank_database: str) -> None:
    await asyncio.gather(*(migrate(blank_database) for _ in range(4)))
    async with await psycopg.AsyncConnection.connect(blank_database, row_factory=dict_row) as conn:
        parts = await (await conn.execute("SELECT name FROM schema_parts ORDER BY name")).fetchall()
        assert [part["name"] for part in parts] == ["checkpoints", "core", "memories", "pgqueuer"]
        revisions = await (await conn.execute("SELECT version_num FROM alembic_version")).fetchall()
        assert revisions == [{"version_num": max(path.name for path in REVISIONS.glob("0*.py"))[:4]}]
    database = await Database.open(blank_database)
    await database.close()


async def test_an_older_database_is_brought_forward(blank_database: str) -> None:
    await migrate(blank_database)
    async with await psycopg.AsyncConnection.connect(blank_database, autocommit=True) as conn:
        await conn.execute("UPDATE schema_parts SET version = '0' WHERE name IN ('pgqueuer', 'checkpoints')")
        await conn.execute("DROP INDEX pgqueuer_log_status")
    await migrate(blank_database)
    async with await psycopg.AsyncConnection.connect(blank_database) as conn:
        await conn.execute("SELECT 'pgqueuer_log_status'::regclass")
        assert await (await conn.execute("SELECT 1 FROM schema_parts WHERE version = '0'")).fetchone() is None


async def test_a_newer_database_is_left_alone(blank_database: str) -> None:
    await migrate(blank_database)
    async with await psycopg.AsyncConnection.connect(blank_database, autocommit=True) as conn:
        await conn.execute("UPDATE schema_parts SET version = '9999' WHERE name = 'core'")
    with pytest.raises(UnavailableError, match="9999"):
        await migrate(blank_database)


async def test_a_thread_has_one_running_run_and_any_number_waiting(
    database: Database, principal: Principal, fresh: Callable[[str], str]
) -> None:
    thread = fresh("thread")
    run = (
        "INSERT INTO runs (id, thread_id, tenant_id, user_id, graph, status)"
        " SELECT %s, id, tenant_id, user_id, graph, %s FROM threads WHERE id = %s"
    )
    async with database.connection() as conn:
        await conn.execute(
            "INSERT INTO threads (id, tenant_id, user_id, graph) VALUES (%s, %s, %s, 'concierge')",
            (thread, principal.tenant_id, principal.user_id),
        )
        for status in ("succeeded", "running", "queued", "queued"):
            await conn.execute(run, (fresh("run"), status, thread))
        with pytest.raises(psycopg.errors.UniqueViolation):
            await conn.execute(run, (fresh("run"), "running", thread))
        with pytest.raises(psycopg.errors.CheckViolation):
            await conn.execute(run, (fresh("run"), "dreaming", thread))


async def test_every_business_table_knows_its_tenant_and_its_owner(database: Database) -> None:
    async with database.connection() as conn:
        rows = await conn.execute("""
            SELECT t.table_name FROM information_schema.tables t
            WHERE t.table_schema = 'public' AND t.table_type = 'BASE TABLE'
              AND t.table_name NOT LIKE ALL ('{pgqueuer%,checkpoint%,alembic_version,schema_parts}')
              -- the memories' namespaces begin with tenant and owner
              AND t.table_name NOT LIKE ALL ('{store%,vector_migrations}')
              AND NOT EXISTS (SELECT FROM information_schema.columns c
                              WHERE c.table_name = t.table_name AND c.column_name = 'tenant_id')
        """)
        assert [row["table_name"] for row in await rows.fetchall()] == []
