"""Several server processes on one listening socket: started together, replaced when one dies, ended together."""

import asyncio
import signal
import socket
import sys
from pathlib import Path

import structlog

_PAUSE = 1.0  # seconds before a dead process is replaced

log = structlog.get_logger(__name__)


async def supervise(listener: socket.socket, workers: int, config: Path | None) -> None:
    """Keeps ``workers`` processes serving ``listener`` until SIGTERM or Ctrl+C, which they get too."""
    ending = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, ending.set)
    arguments = ["-m", "server", "--fd", str(listener.fileno())]
    if config is not None:
        arguments += ["--config", str(config)]
    async with asyncio.TaskGroup() as group:
        for _ in range(workers):
            group.create_task(_keep(arguments, listener.fileno(), ending))


async def _keep(arguments: list[str], fd: int, ending: asyncio.Event) -> None:
    told = asyncio.create_task(ending.wait())
    while not ending.is_set():
        # A session of its own, so that Ctrl+C reaches the process through us and only once.
        process = await asyncio.create_subprocess_exec(
            sys.executable, *arguments, pass_fds=[fd], start_new_session=True
        )
        ended = asyncio.create_task(process.wait())
        await asyncio.wait((told, ended), return_when=asyncio.FIRST_COMPLETED)
        if ending.is_set():
            if process.returncode is None:
                process.terminate()
            await ended
            return
        log.error("worker_died", pid=process.pid, exit_code=process.returncode)
        await asyncio.wait((told,), timeout=_PAUSE)
