"""Conversations: who owns which, and in what order they were last used."""

from typing import Any

from memory.database import Connection
from schemas.errors import NotFoundError
from schemas.principal import Principal
from schemas.run import Thread

_COLUMNS = "id, tenant_id, user_id, graph, title, created_at, updated_at"


async def get(conn: Connection, principal: Principal, thread_id: str) -> Thread:
    """The caller's thread.

    Raises ``NotFoundError`` when there is none with this id, or it is somebody else's.
    """
    cursor = await conn.execute(
        f"SELECT {_COLUMNS} FROM threads WHERE id = %s AND tenant_id = %s AND user_id = %s",  # noqa: S608
        (thread_id, principal.tenant_id, principal.user_id),
    )
    row = await cursor.fetchone()
    if row is None:
        raise NotFoundError("thread", thread_id)
    return Thread.model_validate(row)


async def list_of(
    conn: Connection, principal: Principal, *, limit: int = 50, before: str | None = None
) -> list[Thread]:
    """The caller's threads, last used first; at most ``limit``, those after thread ``before`` in this order.

    Raises ``NotFoundError`` when ``before`` is not a thread of the caller.
    """
    values: list[Any] = [principal.tenant_id, principal.user_id]
    older = ""
    if before is not None:
        mark = await get(conn, principal, before)
        older = "AND (updated_at, id) < (%s, %s)"
        values += [mark.updated_at, mark.id]
    cursor = await conn.execute(
        f"SELECT {_COLUMNS} FROM threads WHERE tenant_id = %s AND user_id = %s {older}"  # noqa: S608
        " ORDER BY updated_at DESC, id DESC LIMIT %s",
        [*values, limit],
    )
    return [Thread.model_validate(row) for row in await cursor.fetchall()]
