"""``uso chat``: a conversation in the terminal, or as JSON lines."""

import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import httpx
from rich.console import Console
from rich.prompt import Prompt

from schemas.errors import UsoError
from server.cli.client import ChatClient, ChatError
from server.cli.conversation import Conversation
from server.cli.local import local_server
from server.cli.views import JsonView, TerminalView

_YES = {"y", "yes", "ok", "approve"}
_NO = {"n", "no", "reject"}


async def chat(
    text: str | None, *, thread: str | None, approve: bool, as_json: bool, url: str | None, wait: float
) -> int:
    """Hold a conversation; exit code 0 when every turn went through, 1 when not, 2 for bad usage."""
    if text is None and (as_json or not sys.stdin.isatty()):
        text = sys.stdin.read().strip() if not sys.stdin.isatty() else None
    if as_json and not text:
        sys.stderr.write("Say what you want: uso chat --json 'dinner for two tomorrow at 7'\n")
        return 2
    console = Console(stderr=as_json)
    try:
        async with _server(url, console) as address, ChatClient(address) as client:
            view = JsonView() if as_json else TerminalView(console)
            talk = Conversation(client, view, thread_id=thread)
            if text:
                await talk.say(text)
                await _decide(talk, console, approve=approve, ask=console.is_terminal and not as_json, wait=wait)
            else:
                await _converse(talk, console, approve=approve, wait=wait)
    except (ChatError, UsoError, httpx.HTTPError) as error:
        console.print(f"[bold red]{error}[/]")
        return 1
    return 1 if talk.failed else 0


@asynccontextmanager
async def _server(url: str | None, console: Console) -> AsyncIterator[str]:
    if url is not None:
        yield url
        return
    with console.status("Starting PostgreSQL, Valkey and the simulated partners …"):
        local = local_server()
        address = await local.__aenter__()
    try:
        yield address
    finally:
        await local.__aexit__(None, None, None)


async def _converse(talk: Conversation, console: Console, *, approve: bool, wait: float) -> None:
    console.print("What would you like arranged? [dim](empty line to leave)[/]")
    while text := Prompt.ask("[bold cyan]you[/]", console=console, default="", show_default=False).strip():
        await talk.say(text)
        await _decide(talk, console, approve=approve, ask=True, wait=wait)


async def _decide(talk: Conversation, console: Console, *, approve: bool, ask: bool, wait: float) -> None:
    """Answer what the turn waits for, as far as the person wants to, and see an order through."""
    while talk.interrupts and not talk.failed:
        open_question = talk.interrupts[0]
        if approve and open_question["reason"] == "approval":
            await talk.answer(open_question["id"], {"action": "approve"})
        elif ask:
            said = Prompt.ask(f"[bold]{open_question['message']}[/]", console=console, default="", show_default=False)
            if not said.strip():
                return
            if open_question["reason"] == "approval" and said.lower() in _YES | _NO:
                action = "approve" if said.lower() in _YES else "reject"
                await talk.answer(open_question["id"], {"action": action})
            else:
                await talk.say(said)
        else:
            return
        if talk.result.get("order") and not talk.interrupts:
            await _see_through(talk, console, wait)


async def _see_through(talk: Conversation, console: Console, wait: float) -> None:
    with console.status("Waiting for the partners …"):
        settled = await talk.settle(wait)
    if not settled and not talk.interrupts:
        console.print(f"[dim]Not every partner has answered yet. Ask later: uso chat --thread {talk.thread_id}[/]")
