"""A whole orchestrator inside this process, for commands that were given no address.

It has a thread and an event loop of its own: partners' webhooks and jobs go on while a person thinks at the prompt.
Partners know it by the port of the data folder, so that what they tell later finds whoever is there then.
"""

import asyncio
import secrets
from collections.abc import Iterator
from concurrent.futures import Future
from contextlib import contextmanager
from threading import Thread

import uvloop
from pydantic import SecretStr

from schemas.settings import Settings
from server.cli.address import Address
from server.cli.ending import BAD_USAGE, CommandError, quiet
from server.graphs_config import GraphsConfigError
from server.logging import configure
from server.serve import Listening


@contextmanager
def local_server(settings: Settings) -> Iterator[Address]:
    """Serve on a free loopback port until the block ends. Only the key it yields opens it.

    Raises:
        UsoError: a server it needs cannot be started.
        CommandError: the settings name graphs that cannot be served.
    """
    key = secrets.token_urlsafe()
    chosen = quiet(settings).with_(api_keys=SecretStr(f"{key}=local/operator"))
    configure(chosen)
    started: Future[str] = Future()
    leaving: Future[None] = Future()
    thread = Thread(target=_run, args=(chosen, started, leaving), name="server", daemon=True)
    thread.start()
    try:
        yield Address(started.result(), key)
    except GraphsConfigError as error:
        raise CommandError(str(error), code=BAD_USAGE) from error
    finally:
        leaving.set_result(None)
        thread.join()


def _run(settings: Settings, started: "Future[str]", leaving: "Future[None]") -> None:
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(_serve(settings, started, leaving))


async def _serve(settings: Settings, started: "Future[str]", leaving: "Future[None]") -> None:
    server = Listening(settings, host="127.0.0.1", port=0, data_dir=settings.data_dir)
    try:
        await server.__aenter__()
    except BaseException as error:
        started.set_exception(error)
        return
    started.set_result(server.url)
    try:
        await asyncio.wrap_future(leaving)
    finally:
        await server.__aexit__(None, None, None)
