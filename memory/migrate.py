"""Brings a database to the present schema: our own revisions, PgQueuer's tables and LangGraph's.

Any number of processes may call it at once: an advisory lock lets one work while the others wait. When there is
nothing to do it costs one query, and Alembic is not even imported.
"""

import asyncio
from importlib.metadata import version
from pathlib import Path
from typing import cast

import psycopg
from langgraph.checkpoint.postgres.aio import AsyncPostgresSaver
from pgqueuer.db import PsycopgDriver
from pgqueuer.queries import Queries
from psycopg.rows import DictRow, dict_row

from memory import memories
from schemas.errors import UnavailableError

_FOLDER = Path(__file__).parent / "migrations"
_LOCK = 7_310_211_905_112_417_643  # any number that nobody else uses as an advisory lock of this database
_LOCK_PROBE_SECONDS = 0.05


async def migrate(database_url: str) -> None:
    """Applies what is missing in the database at ``database_url``; does nothing when it is up to date.

    Raises ``UnavailableError`` when the database is ahead of this release, ``psycopg.OperationalError`` when it
    cannot be reached.
    """
    wanted = await asyncio.to_thread(_wanted)
    async with await psycopg.AsyncConnection.connect(database_url, autocommit=True, row_factory=dict_row) as connection:
        if await _installed(connection) == wanted:
            return
        await _lock(connection)
        installed = await _installed(connection)
        if installed == wanted:
            return
        if installed.get("core", "") > wanted["core"]:
            raise UnavailableError(
                f"The database has schema {installed['core']}, this release knows {wanted['core']}: upgrade it."
            )
        await asyncio.to_thread(_upgrade, database_url)
        await _install_queue(connection)
        await AsyncPostgresSaver(connection).setup()
        await memories.set_up(connection)
        await connection.execute(
            "INSERT INTO schema_parts (name, version) SELECT * FROM unnest(%s::text[], %s::text[])"
            " ON CONFLICT (name) DO UPDATE SET version = excluded.version",
            (list(wanted), list(wanted.values())),
        )


def _wanted() -> dict[str, str]:
    """The parts of the schema and the version of each that this code needs."""
    return {
        "core": max(path.name for path in (_FOLDER / "versions").glob("[0-9]*.py")).partition("_")[0],
        "pgqueuer": version("pgqueuer"),
        "checkpoints": str(len(AsyncPostgresSaver.MIGRATIONS)),
        "memories": memories.SCHEMA_VERSION,
    }


async def _lock(connection: psycopg.AsyncConnection[DictRow]) -> None:
    """Takes the advisory lock, which ends with the connection.

    Asking again and again, because a statement that waits would itself be waited for by ``CREATE INDEX
    CONCURRENTLY``, which LangGraph uses.
    """
    while True:
        row = await (await connection.execute("SELECT pg_try_advisory_lock(%s) AS mine", (_LOCK,))).fetchone()
        if row is not None and row["mine"]:
            return
        await asyncio.sleep(_LOCK_PROBE_SECONDS)


async def _installed(connection: psycopg.AsyncConnection[DictRow]) -> dict[str, str]:
    try:
        rows = await (await connection.execute("SELECT name, version FROM schema_parts")).fetchall()
    except psycopg.errors.UndefinedTable:
        return {}
    return {row["name"]: row["version"] for row in rows}


def _upgrade(database_url: str) -> None:
    from alembic import command  # noqa: PLC0415 — costs 0.3 s to import, and is seldom needed
    from alembic.config import Config  # noqa: PLC0415
    from sqlalchemy import NullPool, create_engine  # noqa: PLC0415

    config = Config()
    config.set_main_option("script_location", str(_FOLDER).replace("%", "%%"))
    engine = create_engine("postgresql+psycopg://", creator=lambda: psycopg.connect(database_url), poolclass=NullPool)
    with engine.connect() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, "head")
    engine.dispose()


async def _install_queue(connection: psycopg.AsyncConnection[DictRow]) -> None:
    """Creates PgQueuer's tables, or brings older ones to the installed release."""
    queries = Queries(PsycopgDriver(cast("psycopg.AsyncConnection", connection)))  # its rows are its own
    if await queries.schema_is_installed():
        await queries.upgrade()
    else:
        await queries.install()
