"""Several server processes on one listening socket: started together, replaced when one dies, ended together."""

import asyncio
from collections.abc import Sequence

import structlog

log = structlog.get_logger(__name__)


async def supervise(
    command: Sequence[str], *, workers: int, fd: int, ending: asyncio.Event, pause: float = 1.0
) -> None:
    """Keeps ``workers`` processes of ``command``, which inherit socket ``fd``, until ``ending`` is set.

    Then they get SIGTERM and are waited for. One that dies before is replaced ``pause`` seconds later.
    """
    async with asyncio.TaskGroup() as group:
        for _ in range(workers):
            group.create_task(_keep(command, fd, ending, pause))


async def _keep(command: Sequence[str], fd: int, ending: asyncio.Event, pause: float) -> None:
    told = asyncio.create_task(ending.wait())
    while not ending.is_set():
        # A session of its own, so that Ctrl+C reaches the process through us and only once.
        process = await asyncio.create_subprocess_exec(*command, pass_fds=[fd], start_new_session=True)
        ended = asyncio.create_task(process.wait())
        await asyncio.wait((told, ended), return_when=asyncio.FIRST_COMPLETED)
        if ending.is_set():
            if process.returncode is None:
                process.terminate()
            await ended
            return
        log.error("worker_died", pid=process.pid, exit_code=process.returncode)
        await asyncio.wait((told,), timeout=pause)
