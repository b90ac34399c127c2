"""Serving: one process, or several that share a listening socket, from the first request to a clean handover.

A process that is told to end takes no new work, lets runs finish for a moment, gives the others to whoever else
works on this database, and tells its streams to come back.
"""

import asyncio
import gc
import json
import os
import signal
import socket
import sys
from collections.abc import Callable
from contextlib import AsyncExitStack
from pathlib import Path
from types import TracebackType
from typing import Self

import uvicorn
import uvloop
from fastapi import FastAPI
from sse_starlette.sse import AppStatus

from schemas.errors import UsoError
from schemas.settings import Settings
from server.app import create_app
from server.graphs_config import GraphsConfigError
from server.logging import configure
from server.ports import shared_port
from server.runtime import Runtime
from server.supervisor import supervise

_BACKLOG = 2048
_LAST_ANSWERS = 5  # seconds that answers under way get after the runs have been handed over
_KEEP_ALIVE = 75  # seconds an idle connection is kept


class Listening:
    """The whole server inside this event loop, on a free port with ``port`` 0, until the block ends.

    ``app`` is one that was made otherwise than from ``settings``; ``fd`` a listening socket to use. With ``data_dir``,
    partners are told the port that this data folder shares (``server.ports``), and it is listened on, too.
    """

    def __init__(
        self,
        settings: Settings,
        *,
        host: str = "127.0.0.1",
        port: int = 0,
        fd: int | None = None,
        app: FastAPI | None = None,
        data_dir: Path | None = None,
    ) -> None:
        self._app = app or create_app(settings)
        self._address = (host, port)
        self._fd = fd
        self._data_dir = data_dir if settings.public_url is None else None
        self._stack = AsyncExitStack()

    async def __aenter__(self) -> Self:
        """Opens everything and listens. Raises what opening raises, and ``OSError`` for an address in use."""
        async with AsyncExitStack() as stack:
            listener = socket.socket(fileno=self._fd) if self._fd is not None else _bind(*self._address)
            stack.callback(listener.close)
            host, port = listener.getsockname()[:2]
            self.url = f"http://{f'[{host}]' if ':' in host else host}:{port}"
            self._app.state.url, listeners = self.url, [listener]
            if self._data_dir is not None:
                shared = stack.enter_context(shared_port(self._data_dir))
                self._app.state.url = shared.url
                listeners += [shared.listener] if shared.listener else []
            await stack.enter_async_context(self._app.router.lifespan_context(self._app))
            self._server = _Server(self._app)
            self._task = asyncio.create_task(self._server.serve(sockets=listeners))
            stack.push_async_callback(self._end)
            up = asyncio.create_task(self._server.up.wait())
            await asyncio.wait((up, self._task), return_when=asyncio.FIRST_COMPLETED)
            up.cancel()
            if self._task.done():
                await self._task
            self._stack = stack.pop_all()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Hands over and closes."""
        await self._stack.aclose()

    def stop(self) -> None:
        """Begins to end: no new work from now on; ``wait`` returns when it is done."""
        self._app.state.runtime.engine.accepting = False
        self._server.should_exit = True

    async def wait(self) -> None:
        """Serves until ``stop``."""
        await asyncio.shield(self._task)

    async def _end(self) -> None:
        self.stop()
        await self._task


class _Server(uvicorn.Server):
    """uvicorn, which drains the runtime before it closes connections and leaves signals to us."""

    def __init__(self, app: FastAPI) -> None:
        AppStatus.enable_automatic_graceful_drain = False  # our streams end by themselves, after the handover
        config = uvicorn.Config(
            app,
            lifespan="off",
            access_log=False,
            proxy_headers=False,
            log_config=None,
            backlog=_BACKLOG,
            timeout_keep_alive=_KEEP_ALIVE,
            timeout_graceful_shutdown=_LAST_ANSWERS,
            server_header=False,
        )
        super().__init__(config)
        self._runtime: Runtime = app.state.runtime
        self.up = asyncio.Event()

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        self.up.set()

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        await self._runtime.drain()
        await super().shutdown(sockets)


def serve(
    *,
    host: str = "127.0.0.1",
    port: int = 8000,
    workers: int = 1,
    config: Path | None = None,
    fd: int | None = None,
) -> int:
    """Serves until told to end (SIGTERM, Ctrl+C); prints one JSON line with the address when it is ready.

    ``config`` is another ``langgraph.json``; ``fd`` a listening socket to use. Returns the exit code.
    """
    try:
        settings = Settings() if config is None else Settings().with_(graphs_config=config)
        configure(settings)
        if workers > 1:
            with _bind(host, port) as listener:
                asyncio.run(_supervise(listener.fileno(), workers, config))
            return 0
        with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
            runner.run(_serve(settings, host, port, fd))
    except (UsoError, GraphsConfigError, ValueError, OSError) as error:
        sys.stderr.write(f"{error}\n")
        return 1
    return 0


async def _serve(settings: Settings, host: str, port: int, fd: int | None) -> None:
    data_dir = settings.data_dir if settings.embedded else None
    server = Listening(settings, host=host, port=port, fd=fd, data_dir=data_dir)
    async with server:
        _on_signal(server.stop)
        gc.collect()
        gc.freeze()  # what is there now stays: no collection looks at it again
        gc.set_threshold(10_000, 20, 20)  # a turn makes thousands of objects and few cycles: 0.3 ms less a turn
        _say(event="ready", url=server.url, pid=os.getpid())
        await server.wait()


async def _supervise(fd: int, workers: int, config: Path | None) -> None:
    ending = asyncio.Event()
    _on_signal(ending.set)
    command = [sys.executable, "-m", "server", "--fd", str(fd)]
    if config is not None:
        command += ["--config", str(config)]
    await supervise(command, workers=workers, fd=fd, ending=ending)


def _on_signal(end: Callable[[], None]) -> None:
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, end)


def _bind(host: str, port: int) -> socket.socket:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listener = socket.create_server((host, port), family=family, backlog=_BACKLOG)
    listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)  # asyncio leaves it off for sockets it is given
    return listener


def _say(**facts: object) -> None:
    sys.stdout.write(json.dumps(facts) + "\n")
    sys.stdout.flush()
