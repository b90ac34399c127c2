"""Nothing here holds up the event loop: LangGraph's development server refuses code that does."""

import asyncio
import shutil
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from blockbuster import BlockingError, blockbuster_ctx

from memory import embedded, jobs
from memory.cache import Cache, connect
from memory.checkpoints import Checkpoints
from memory.database import Database
from memory.jobs import JobWorker
from memory.migrate import migrate
from schemas.settings import Settings


@pytest.fixture
def folder() -> Iterator[Path]:
    path = Path(tempfile.mkdtemp(prefix="uso-", dir="/tmp"))
    yield path
    shutil.rmtree(path)


async def test_from_nothing_to_a_job_done_without_a_blocking_call(folder: Path, fresh: Callable[[str], str]) -> None:
    settings = Settings(database_url=None, redis_url=None, data_dir=folder)
    done = asyncio.Event()

    async def handler(payload: dict[str, Any]) -> None:
        done.set()

    with blockbuster_ctx():
        with pytest.raises(BlockingError):
            folder.stat()
        servers = await embedded.start(settings)
        await migrate(servers.database_url)
        database = await Database.open(servers.database_url)
        worker = JobWorker(database, {"job": handler})
        working = asyncio.create_task(worker.run())
        async with database.transaction() as conn:
            await jobs.enqueue(conn, "job", {})
        await asyncio.wait_for(done.wait(), 10)
        await worker.stop()
        await working
        saver = Checkpoints(database)
        assert await saver.aget_tuple({"configurable": {"thread_id": fresh("thread")}}) is None
        client = connect(servers.redis_url)
        await Cache(client).set("key", b"value", ttl=1)
        await client.aclose()
        await database.close()
        await servers.stop()
