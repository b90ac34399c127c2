"""A process shared by others, whatever it is: here a small HTTP server."""

import os
import signal
import socket
import sys
import tempfile
import urllib.request
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest

from memory.shared_process import Launch, SharedProcess
from schemas.errors import UnavailableError


@pytest.fixture
def data_dir() -> Iterator[Path]:
    with tempfile.TemporaryDirectory(prefix="uso-") as folder:
        yield Path(folder)


def web(data_dir: Path, *, code: str | None = None) -> SharedProcess:
    """Python's own web server on a free port; or a program ``code`` in its place."""

    def prepare(folder: Path) -> Launch:
        with socket.create_server(("127.0.0.1", 0)) as free:
            port = free.getsockname()[1]
        what = ["-c", code] if code else ["-m", "http.server", "--bind", "127.0.0.1", str(port)]
        return Launch([sys.executable, *what], info={"url": f"http://127.0.0.1:{port}", "port": port})

    def ready(info: Mapping[str, str | int]) -> bool:
        try:
            urllib.request.urlopen(str(info["url"]), timeout=5).close()
        except OSError:
            return False
        return True

    return SharedProcess("web", data_dir, prepare=prepare, ready=ready, timeout=20)


async def test_its_users_learn_the_same_address_and_the_last_one_stops_it(data_dir: Path) -> None:
    one, two = web(data_dir), web(data_dir)
    info = await one.start()
    assert await two.start() == info
    await one.stop()
    with socket.create_connection(("127.0.0.1", int(info["port"]))):
        pass
    await two.stop()
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection(("127.0.0.1", int(info["port"])))


async def test_it_comes_back_after_a_crash_at_the_same_address(data_dir: Path) -> None:
    server = web(data_dir)
    info = await server.start()
    os.kill(int((data_dir / "web" / "pid").read_text()), signal.SIGKILL)
    other = web(data_dir)
    assert await other.start() == info, "a newcomer waits until it is back"
    await other.stop()
    await server.stop()


async def test_what_it_said_before_it_gave_up_is_told(data_dir: Path) -> None:
    server = web(data_dir, code="raise SystemExit('the licence has expired')")
    with pytest.raises(UnavailableError, match=r"does not start.*the licence has expired"):
        await server.start()


async def test_a_failed_start_may_be_tried_again(data_dir: Path) -> None:
    with pytest.raises(UnavailableError):
        await web(data_dir, code="raise SystemExit(1)").start()
    server = web(data_dir)
    await server.start()
    await server.stop()


async def test_it_cannot_be_started_twice_by_mistake_but_stopped_twice(data_dir: Path) -> None:
    server = web(data_dir)
    await server.stop()
    await server.start()
    with pytest.raises(RuntimeError, match="started already"):
        await server.start()
    await server.stop()
    await server.stop()
