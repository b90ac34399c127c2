"""A process that uses the embedded servers: run, it says where they are and leaves when its input is closed.

``User`` is the test's handle on one.
"""

import asyncio
import json
import os
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path

from memory import embedded
from schemas.settings import Settings

ROOT = Path(__file__).parents[2]
PATIENCE = 20  # seconds a busy machine may take for anything


class User:
    """A process that uses the servers of a folder."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self._process = process
        self.database = ""
        self.redis = ""
        self.seconds = 0.0
        """How long ``start`` took."""

    @classmethod
    async def spawn(cls, folder: Path, *, prefix: tuple[str, ...] = ()) -> "User":
        process = await asyncio.create_subprocess_exec(
            *prefix, sys.executable, __file__, str(folder),
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, cwd=ROOT, env={**os.environ, "PYTHONPATH": str(ROOT)},
        )  # fmt: skip
        return cls(process)

    async def started(self) -> None:
        """Waits until the process has its servers."""
        assert self._process.stdout is not None
        async with asyncio.timeout(2 * PATIENCE):
            while (line := await self._process.stdout.readline()) and not line.startswith(b"{"):
                pass
        said = json.loads(line)
        self.database, self.redis, self.seconds = said["database"], said["redis"], said["seconds"]

    async def leave(self) -> None:
        assert self._process.stdin is not None
        self._process.stdin.close()
        assert await asyncio.wait_for(self._process.wait(), PATIENCE) == 0

    async def die(self) -> None:
        with suppress(ProcessLookupError):
            self._process.kill()
        await self._process.wait()


async def main() -> None:
    settings = Settings(database_url=None, redis_url=None, data_dir=Path(sys.argv[1]))
    began = time.perf_counter()
    servers = await embedded.start(settings)
    seconds = time.perf_counter() - began
    said = {"database": servers.database_url, "redis": servers.redis_url, "seconds": seconds}
    sys.stdout.write(json.dumps(said) + "\n")
    sys.stdout.flush()
    await asyncio.to_thread(sys.stdin.read)
    await servers.stop()


if __name__ == "__main__":
    asyncio.run(main())
