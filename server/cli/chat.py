"""``uso chat``: a conversation in the terminal, or as JSON lines."""

import asyncio
import sys
from collections.abc import Coroutine, Iterator
from contextlib import ExitStack, contextmanager
from typing import Any

import httpx
from rich.console import Console

from server.cli.address import Address
from server.cli.client import ChatClient
from server.cli.conversation import Conversation
from server.cli.dialogue import Dialogue
from server.cli.ending import BAD_USAGE, CommandError, read_settings
from server.cli.views import JsonView, TerminalView
from server.terminal.ink import ink

_LAST_PORT = 65535


def chat(text: str | None, *, thread: str | None, approve: bool, as_json: bool, url: str | None, wait: float) -> int:
    """Hold a conversation; exit code 0 when the last turn went through, 1 when not.

    Raises:
        CommandError: bad usage, no server, or a refusal of it.
    """
    person = sys.stdin.isatty() and sys.stdout.isatty() and not as_json
    words = _words(text, enough=person or thread is not None)
    console = Console(stderr=as_json)
    with ExitStack() as stack:
        address = stack.enter_context(_server(url, console))
        runner = stack.enter_context(asyncio.Runner())
        client = ChatClient(address.url, key=address.key)
        stack.callback(lambda: runner.run(client.close()))
        view = JsonView() if as_json else TerminalView(console)
        talk = Conversation(client, view, thread_id=thread)
        turns = Turns(runner, talk, console, approve=approve, wait=wait)
        if isinstance(view, TerminalView):
            stack.callback(turns.tell_how_to_go_on, url)
            stack.callback(view.close)
        if words:
            turns.take(talk.say(words))
        elif thread:
            turns.take(_take_up(talk, view, console))
        if person and isinstance(view, TerminalView):
            Dialogue(turns.take, talk, view, console).lead(once=bool(words))
    return 1 if talk.failed else 0


class Turns:
    """Runs turns one after the other, each to the end that the options ask for.

    Args:
        runner: runs them; between two of them nothing runs, so that Ctrl-C reaches a prompt.
        talk: the conversation.
        console: where to say what is waited for.
        approve: whether proposals are approved without asking.
        wait: seconds to wait for the partners' answers.
    """

    def __init__(
        self, runner: asyncio.Runner, talk: Conversation, console: Console, *, approve: bool, wait: float
    ) -> None:
        self._runner = runner
        self._talk = talk
        self._console = console
        self._approve = approve
        self._wait = wait
        self._awaited: set[str] = set()

    def take(self, step: Coroutine[Any, Any, None]) -> None:
        """One turn; then what it proposes is approved if that was asked for, and what it bought is seen through."""
        self._runner.run(step)
        self._see_through()
        while self._approve and not self._talk.failed and (asked := self._talk.interrupt("approval")):
            self._runner.run(self._talk.answer(asked["id"], {"action": "approve"}))
            self._see_through()

    def tell_how_to_go_on(self, url: str | None) -> None:
        """Name the command that takes the conversation up again, if there is a reason to."""
        if self._talk.thread_id and (self._talk.interrupts or self._talk.under_way or self._unsettled()):
            self._say(f"Go on with: uso chat --thread {self._talk.thread_id}" + (f" --url {url}" if url else ""))

    def _see_through(self) -> None:
        """Wait for the partners, once for what was newly bought from them."""
        if self._talk.interrupts or self._talk.failed or self._unsettled() <= self._awaited:
            return
        with self._console.status("Waiting for the partners …"):
            settled = self._runner.run(self._talk.settle(self._wait))
        self._awaited |= self._unsettled()
        if not settled and not self._talk.interrupts:
            self._say("Not every partner has answered yet.")

    def _unsettled(self) -> set[str]:
        """The lines of the conversation's order, while it is not settled."""
        order = self._talk.result.get("order")
        return {line["id"] for line in order["lines"]} if order and not order["settled"] else set()

    def _say(self, text: str) -> None:
        self._console.print(ink(self._console, text, "dim"), soft_wrap=True)


def _words(text: str | None, *, enough: bool) -> str:
    """What is to be said first, from the command line or standard input. Nothing will do when there is ``enough``."""
    try:
        words = sys.stdin.buffer.read().decode() if text is None and not sys.stdin.isatty() else text or ""
        words.encode()  # what the shell passed on may not have been UTF-8 either
    except UnicodeError as error:
        raise CommandError("The text is not UTF-8.", code=BAD_USAGE) from error
    if not words.strip() and (text is not None or not enough):
        raise CommandError("Say what you want: uso chat 'dinner for two tomorrow at 7'", code=BAD_USAGE)
    return words.strip()


async def _take_up(talk: Conversation, view: JsonView | TerminalView, console: Console) -> None:
    """Show where a conversation stands."""
    thread = await talk.look()
    if isinstance(view, JsonView):
        await talk.take_up(thread)
        return
    for message in [message for message in thread["messages"] if message["role"] == "user"][-1:]:
        console.print(ink(console, f"you: {message['content']}", "dim"))
    await talk.take_up(thread)
    view.draw_open(thread["cards"], talk.interrupts)


@contextmanager
def _server(url: str | None, console: Console) -> Iterator[Address]:
    settings = read_settings()
    if url is not None:
        key = settings.api_key.get_secret_value() if settings.api_key else None
        if key and not key.isascii():
            raise CommandError("USO_API_KEY has characters that no key has.", code=BAD_USAGE)
        yield Address(_checked(url), key)
        return
    with ExitStack() as stack:
        brought = "PostgreSQL, Valkey and the simulated partners" if settings.embedded else "the orchestrator"
        with console.status(f"Starting {brought} …"):
            from server.cli.local import local_server  # takes seconds to load, and --url does without

            address = stack.enter_context(local_server(settings))
        yield address


def _checked(url: str) -> str:
    try:
        parsed = httpx.URL(url)
    except httpx.InvalidURL:
        parsed = httpx.URL("")
    if parsed.scheme not in ("http", "https") or not parsed.host or (parsed.port or 0) > _LAST_PORT:
        raise CommandError(f"--url takes an address such as http://127.0.0.1:8000, not {url!r}.", code=BAD_USAGE)
    return url
