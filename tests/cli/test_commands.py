"""The installed command as a process: standard output, signals, pipes, a terminal."""

import asyncio
import json
import os
import pty
import signal
import socket
import sys
from asyncio.subprocess import PIPE
from pathlib import Path

import pytest

from tests.cli.conftest import USO, Scripted, Uso
from tests.cli.scripted import THREAD, Turn, approval, words


async def test_on_new_servers_standard_output_is_events_and_the_last_carries_the_order(
    uso: Uso, blank_database: str, small_city: str
) -> None:
    env = {"DATABASE_URL": blank_database, "USO_SIMULATOR_URL": small_city, "USO_LOG_LEVEL": "info"}
    ended = await uso("chat", "a taxi home tomorrow at 8 pm", "--approve", "--json", env=env)
    assert ended.code == 0, ended.err
    events = [json.loads(line) for line in ended.out.splitlines()]
    assert events[0]["type"] == "RUN_STARTED"
    assert events[-1]["type"] == "RUN_FINISHED"
    assert events[-1]["result"]["order"]["status"] == "confirmed"
    assert "simulated_partners_known" in ended.err


async def test_nothing_said_is_bad_usage(uso: Uso) -> None:
    ended = await uso("chat")
    assert (ended.code, ended.out) == (2, "")
    assert ended.err.startswith("Say what you want")


async def test_text_that_is_not_utf8_is_bad_usage(uso: Uso) -> None:
    ended = await uso("chat", "--url", "http://127.0.0.1:1", text=b"\xff\xfe")
    assert (ended.code, ended.err) == (2, "The text is not UTF-8.\n")


@pytest.mark.parametrize("command", ["serve", "simulate"])
async def test_a_port_in_use_is_told_at_once(uso: Uso, command: str) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        ended = await uso(command, "--port", str(taken.getsockname()[1]))
    assert (ended.code, ended.out) == (1, "")
    assert "is in use. Choose another with --port" in ended.err


async def test_ctrl_c_ends_a_turn_under_way(scripted: Scripted, environment: dict[str, str], tmp_path: Path) -> None:
    _, url = await scripted(Turn(words("Never told."), hold=asyncio.Event()))
    process = await asyncio.create_subprocess_exec(
        USO, "chat", "dinner", "--json", "--url", url, stdin=PIPE, stdout=PIPE, stderr=PIPE, cwd=tmp_path
    )
    assert process.stdout is not None
    async with asyncio.timeout(30):
        assert json.loads(await process.stdout.readline())["type"] == "RUN_STARTED"
        process.send_signal(signal.SIGINT)
        out, err = await process.communicate()
    assert (process.returncode, out, err) == (130, b"", b"")


@pytest.mark.parametrize("form", ["--json", "--approve"])
async def test_a_reader_that_goes_away_is_no_trouble(
    scripted: Scripted, environment: dict[str, str], tmp_path: Path, form: str
) -> None:
    _, url = await scripted(Turn(words("Hello!")))
    reader, writer = os.pipe()
    os.close(reader)
    process = await asyncio.create_subprocess_exec(
        USO, "chat", "dinner", form, "--url", url, stdin=PIPE, stdout=writer, stderr=PIPE, cwd=tmp_path
    )
    os.close(writer)
    async with asyncio.timeout(30):
        _, err = await process.communicate()
    assert (process.returncode, err) == (1, b"")


class Terminal:
    """``uso chat`` on a terminal of its own, and a person at its keyboard."""

    def __init__(self, keyboard: int, process: asyncio.subprocess.Process) -> None:
        self._keyboard = keyboard
        self.process = process
        self.screen = ""

    @classmethod
    async def chat(cls, url: str, folder: Path) -> "Terminal":
        keyboard, screen = pty.openpty()
        env = {**os.environ, "TERM": "dumb", "COLUMNS": "80", "LINES": "40"}
        process = await asyncio.create_subprocess_exec(
            sys.executable,
            "-c",
            # The terminal becomes the one that Ctrl-C is typed at.
            "import fcntl, os, sys, termios; os.setsid(); fcntl.ioctl(0, termios.TIOCSCTTY, 0);"
            "os.execv(sys.argv[1], sys.argv[1:])",
            USO,
            "chat",
            "--url",
            url,
            stdin=screen,
            stdout=screen,
            stderr=screen,
            cwd=folder,
            env=env,
        )
        os.close(screen)
        return cls(keyboard, process)

    def type(self, text: str) -> None:
        os.write(self._keyboard, text.encode())

    async def see(self, text: str) -> None:
        """Read on until ``text`` is on the screen, behind what was seen before."""
        async with asyncio.timeout(30):
            while text not in self.screen:
                self.screen += (await asyncio.to_thread(os.read, self._keyboard, 4096)).decode(errors="replace")
        self.screen = self.screen.partition(text)[2]


async def test_a_conversation_on_a_terminal(scripted: Scripted, environment: dict[str, str], tmp_path: Path) -> None:
    server, url = await scripted(Turn(words("For when?"), interrupts=[approval()]))
    terminal = await Terminal.chat(url, tmp_path)
    await terminal.see("What would you like arranged?")
    terminal.type("dinner\n")
    await terminal.see("Shall I book this?")
    await terminal.see("› ")
    terminal.type("yes\n")
    await terminal.see("Done.")
    await terminal.see("› ")
    terminal.type("\x03")
    async with asyncio.timeout(30):
        assert await terminal.process.wait() == 130
    assert server.heard == [{"message": "dinner"}, {"message": "yes", "thread_id": THREAD}]
