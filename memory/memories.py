"""Long-term memory: what each person has told us for good, in LangGraph's Postgres store, found by meaning.

A person's memories are few, so they are read together, and compared with a message only when there are many.
"""

from collections.abc import Iterable, Sequence
from typing import Any, cast

from langgraph.store.base import PutOp, SearchItem, SearchOp
from langgraph.store.postgres import AsyncPostgresStore
from langgraph.store.postgres.base import PostgresIndexConfig

from memory.database import Connection, Database
from memory.vectors import DIMENSIONS, embed
from schemas.errors import NotFoundError
from schemas.memory import Memory
from schemas.principal import Principal

MOST = 200
"""Memories of one person; the oldest go first."""

_ALL_AT_ONCE = 24  # up to here everything is recalled
_BY_MEANING = 12  # of the rest, the nearest to what was said
_STANDING = frozenset({"home", "place", "allergy", "diet", "budget", "person"})
"""Kinds that hold whatever is talked about."""


class _Store(AsyncPostgresStore):
    """Without an index for nearest neighbours: one person's few vectors are compared exactly.

    To be asked by ``abatch`` only, which asks the database itself. The store's other calls go through a task that
    gathers them; nothing of the library ends that task, so it is never begun.
    """

    VECTOR_MIGRATIONS = AsyncPostgresStore.VECTOR_MIGRATIONS[:2]

    def _ensure_task(self) -> None:
        """Begin nothing."""


SCHEMA_VERSION = f"{len(_Store.MIGRATIONS)}.{len(_Store.VECTOR_MIGRATIONS)}"


class Memories:
    """The memories of everybody. To be made inside the event loop that uses it."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._store = _Store(database.pool, index=_index())

    async def all_of(self, principal: Principal) -> list[Memory]:
        """The caller's memories, last stated first."""
        return _read((await self._values(principal)).values())

    async def recall(self, principal: Principal, message: str) -> list[Memory]:
        """What of the caller's memories matters for ``message``, last stated first.

        One plain query; a second one, by meaning, only for people who have told us very much.
        """
        known = await self._values(principal)
        if len(known) <= _ALL_AT_ONCE:
            return _read(known.values())
        [found] = await self._store.abatch([SearchOp(_namespace(principal), query=message, limit=_BY_MEANING)])
        near = {item.key for item in cast(list[SearchItem], found)}
        return _read(value for key, value in known.items() if key in near or value["kind"] in _STANDING)

    async def save(self, principal: Principal, memories: Sequence[Memory]) -> None:
        """Keep these, each in place of an earlier one with its id."""
        namespace = _namespace(principal)
        kept = [memory for memory in await self.all_of(principal) if memory.id not in {new.id for new in memories}]
        surplus = kept[max(0, MOST - len(memories)) :]
        puts = [PutOp(namespace, memory.id, memory.model_dump(mode="json")) for memory in memories[:MOST]]
        await self._store.abatch([*(PutOp(namespace, old.id, None) for old in surplus), *puts])

    async def erase(self, principal: Principal, identifiers: Sequence[str]) -> None:
        """Forget these, without a trace.

        Raises ``NotFoundError`` when one is not the caller's; then nothing is forgotten.
        """
        known = {memory.id for memory in await self.all_of(principal)}
        for identifier in identifiers:
            if identifier not in known:
                raise NotFoundError("memory", identifier)
        await self._store.abatch([PutOp(_namespace(principal), identifier, None) for identifier in identifiers])

    async def erase_all(self, principal: Principal) -> None:
        """Forget everything the caller has ever told."""
        await self.erase(principal, [memory.id for memory in await self.all_of(principal)])

    async def _values(self, principal: Principal) -> dict[str, Any]:
        """Every value by its key. Every turn asks for this: the store's own search costs three times as much."""
        async with self._database.connection() as conn:
            rows = await conn.execute(
                "SELECT key, value FROM store WHERE prefix = %s", (".".join(_namespace(principal)),)
            )
            return {row["key"]: row["value"] for row in await rows.fetchall()}


async def set_up(connection: Connection) -> None:
    """Create the store's tables, or bring them up to date."""
    await _Store(connection, index=_index()).setup()


def _index() -> PostgresIndexConfig:
    return {
        "dims": DIMENSIONS,
        "embed": _embedded,
        "fields": ["text"],
        "ann_index_config": {"kind": "flat", "vector_type": "halfvec"},
    }


async def _embedded(texts: Sequence[str]) -> list[list[float]]:
    vectors: list[list[float]] = embed(texts).tolist()
    return vectors


def _namespace(principal: Principal) -> tuple[str, ...]:
    return ("memories", _label(principal.tenant_id), _label(principal.user_id))


def _label(name: str) -> str:
    """A name without dots, which separate the labels of a namespace; different for different names."""
    return name.replace("%", "%25").replace(".", "%2E")


def _read(values: Iterable[Any]) -> list[Memory]:
    memories = [Memory.model_validate(value) for value in values]
    return sorted(memories, key=lambda memory: memory.stated_at, reverse=True)
