"""Long-term memory: each person's own, found again by meaning, and gone without a trace."""

import asyncio
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest

from memory.database import Database
from memory.embedded import Servers
from memory.memories import MOST, Memories
from schemas.errors import NotFoundError
from schemas.memory import Memory, MemoryKind
from schemas.principal import Principal

NOW = datetime(2026, 11, 18, 21, tzinfo=UTC)


@pytest.fixture
async def memories(database: Database) -> Memories:
    return Memories(database)


def a_memory(identifier: str, text: str = "You like it.", *, kind: MemoryKind = "note", minutes: int = 0) -> Memory:
    return Memory(id=identifier, kind=kind, text=text, stated_at=NOW + timedelta(minutes=minutes))


async def test_what_was_saved_is_there_last_stated_first(memories: Memories, principal: Principal) -> None:
    one, two = a_memory("note-one"), a_memory("note-two", minutes=1)

    await memories.save(principal, [one])
    await memories.save(principal, [two])

    assert await memories.all_of(principal) == [two, one]


async def test_a_memory_takes_the_place_of_one_with_its_id(memories: Memories, principal: Principal) -> None:
    await memories.save(principal, [a_memory("home", "Your home is 1 Oak Street.", kind="home")])
    moved = a_memory("home", "Your home is 2 Elm Road.", kind="home", minutes=1)

    await memories.save(principal, [moved])

    assert await memories.all_of(principal) == [moved]


@pytest.mark.parametrize("stranger", ["{}x", "{}.x", "%", "_" * 17, "memories", "{}%2Ex"])
async def test_nobody_sees_or_erases_the_memories_of_another(
    memories: Memories, principal: Principal, stranger: str
) -> None:
    other = principal.model_copy(update={"user_id": stranger.format(principal.user_id)})
    await memories.save(principal, [a_memory("note-mine")])

    assert await memories.all_of(other) == []
    with pytest.raises(NotFoundError):
        await memories.erase(other, ["note-mine"])
    await memories.erase_all(other)
    assert len(await memories.all_of(principal)) == 1


async def test_tenants_and_users_with_the_same_letters_are_told_apart(
    memories: Memories, fresh: Callable[[str], str]
) -> None:
    name = fresh("a")
    joined = Principal(tenant_id=f"{name}.b", user_id="c")
    split = Principal(tenant_id=name, user_id="b.c")
    await memories.save(joined, [a_memory("note-joined")])

    assert await memories.all_of(split) == []


async def test_of_many_memories_those_near_the_message_and_those_that_always_hold_are_recalled(
    memories: Memories, principal: Principal
) -> None:
    noise = [a_memory(f"note-{n}", f"You parked bicycle number {n} in the cellar.") for n in range(60)]
    opera = a_memory("like-opera", "You love Italian opera.", kind="like")
    allergy = a_memory("allergy-nuts", "You are allergic to nuts.", kind="allergy")
    await memories.save(principal, [opera, allergy, *noise])

    recalled = await memories.recall(principal, "two tickets for an opera on Saturday")

    assert {"like-opera", "allergy-nuts"} <= {memory.id for memory in recalled}
    assert len(recalled) < 20


async def test_of_few_memories_all_are_recalled(memories: Memories, principal: Principal) -> None:
    few = [a_memory(f"note-{n}", f"Fact {n}.", minutes=-n) for n in range(5)]
    await memories.save(principal, few)

    assert await memories.recall(principal, "anything at all") == few


async def test_there_is_room_for_so_many_and_the_oldest_go_first(memories: Memories, principal: Principal) -> None:
    await memories.save(principal, [a_memory(f"note-{n}", minutes=n) for n in range(MOST)])

    await memories.save(principal, [a_memory("note-new", minutes=MOST)])

    kept = [memory.id for memory in await memories.all_of(principal)]
    assert (len(kept), kept[0], kept[-1]) == (MOST, "note-new", "note-1")


async def test_erased_is_erased_with_its_vector(memories: Memories, principal: Principal, database: Database) -> None:
    await memories.save(principal, [a_memory("note-one"), a_memory("note-two")])

    await memories.erase(principal, ["note-one"])
    assert [memory.id for memory in await memories.all_of(principal)] == ["note-two"]

    await memories.erase_all(principal)
    async with database.connection() as conn:
        for table in ("store", "store_vectors"):
            left = await conn.execute(f"SELECT FROM {table} WHERE prefix LIKE %s", (f"%{principal.user_id}%",))
            assert left.rowcount == 0


async def test_nothing_is_erased_when_one_of_them_is_not_there(memories: Memories, principal: Principal) -> None:
    await memories.save(principal, [a_memory("note-one")])

    with pytest.raises(NotFoundError):
        await memories.erase(principal, ["note-one", "note-two"])

    assert len(await memories.all_of(principal)) == 1


async def test_nothing_of_them_is_left_running(servers: Servers, principal: Principal) -> None:
    async def used_and_closed() -> set[str]:
        database = await Database.open(servers.database_url, pool_size=2)
        memories = Memories(database)
        await memories.save(principal, [a_memory("note-one")])
        await database.close()
        return {task.get_name() for task in asyncio.all_tasks() - {asyncio.current_task()}}

    assert await asyncio.to_thread(asyncio.run, used_and_closed()) == set()
