"""The port that partners know a data folder by: the same over restarts, shared by the folder's processes."""

import asyncio
import socket
import sys
from asyncio.subprocess import PIPE, Process
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path

import httpx
import pytest

from memory.embedded import Servers
from schemas.errors import UnavailableError
from schemas.settings import Settings
from server.app import create_app
from server.ports import free_port, shared_port
from server.serve import Listening
from tests.server import graphs


def port_of(url: str) -> int:
    return int(url.rsplit(":", 1)[1])


def test_a_data_folder_keeps_its_port(tmp_path: Path) -> None:
    with shared_port(tmp_path / "one") as first, shared_port(tmp_path / "two") as other:
        assert first.url != other.url
    with shared_port(tmp_path / "two") as again:
        assert again.url == other.url


def test_a_port_that_somebody_else_has_taken_is_given_up_for_good(tmp_path: Path) -> None:
    with shared_port(tmp_path) as first:
        pass
    with socket.create_server(("127.0.0.1", port_of(first.url))), shared_port(tmp_path) as moved:
        assert moved.url != first.url
    with shared_port(tmp_path) as again:
        assert again.url == moved.url


def test_the_port_of_one_folder_is_never_shared_with_another(tmp_path: Path) -> None:
    for name in ("one", "two"):
        (tmp_path / name / "address").mkdir(parents=True)
        (tmp_path / name / "address" / "port").write_text(str(free_port(0)))
    (tmp_path / "two" / "address" / "port").write_text((tmp_path / "one" / "address" / "port").read_text())
    with shared_port(tmp_path / "one") as first, shared_port(tmp_path / "two") as other:
        assert first.url != other.url


@pytest.mark.parametrize("kept", ["", "no port", "0", "70000", "-1"])
def test_a_file_that_names_no_port_is_written_anew(tmp_path: Path, kept: str) -> None:
    (tmp_path / "address").mkdir()
    (tmp_path / "address" / "port").write_text(kept)
    with shared_port(tmp_path) as shared:
        assert (tmp_path / "address" / "port").read_text() == str(port_of(shared.url))


def test_a_folder_that_cannot_be_is_said(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(UnavailableError, match="USO_DATA_DIR"), shared_port(tmp_path / "file"):
        pass


Start = Callable[[], Awaitable[tuple[Process, str]]]

_PROCESS = """
import sys
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from server.ports import shared_port

class Answer(BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200)
        self.end_headers()

with shared_port(Path(sys.argv[1])) as shared:
    server = HTTPServer(("127.0.0.1", 0), Answer, bind_and_activate=False)
    server.socket = shared.listener
    print(shared.url, flush=True)
    server.serve_forever()
"""


@pytest.fixture
async def start(tmp_path: Path) -> AsyncIterator[Start]:
    """``process, url = await start()``: a process of the data folder that answers on its port."""
    started = []

    async def one() -> tuple[Process, str]:
        process = await asyncio.create_subprocess_exec(sys.executable, "-c", _PROCESS, str(tmp_path), stdout=PIPE)
        started.append(process)
        assert process.stdout is not None
        return process, (await process.stdout.readline()).decode().strip()

    yield one
    for process in started:
        if process.returncode is None:
            process.kill()
        await process.wait()


async def test_the_processes_of_a_folder_have_one_port_and_any_of_them_answers(start: Start) -> None:
    (first, url), (_, same) = await start(), await start()
    assert same == url
    first.kill()
    await first.wait()
    async with httpx.AsyncClient(trust_env=False) as partner:
        assert (await partner.get(url)).status_code == 200
    (_, later) = await start()
    assert later == url


async def test_a_server_is_reached_where_it_listens_and_where_partners_know_it(
    servers: Servers, tmp_path: Path
) -> None:
    settings = Settings(
        database_url=servers.database_url, redis_url=servers.redis_url, data_dir=tmp_path, _env_file=None
    )

    def listening(chosen: Settings) -> Listening:
        return Listening(chosen, app=create_app(chosen, graphs={"echo": graphs.echo}), data_dir=tmp_path)

    async with listening(settings) as one, listening(settings) as other:
        with shared_port(tmp_path) as shared:
            pass
        assert len({one.url, other.url, shared.url}) == 3
        async with httpx.AsyncClient(trust_env=False) as client:
            for url in (one.url, other.url, shared.url):
                assert (await client.get(f"{url}/live")).status_code == 200
