"""One conversation as the command line leads it: say, answer, take up again, and see the order through."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import aclosing
from typing import Any, Protocol
from urllib.parse import quote

from server.cli.client import TERMINAL, ChatClient, Event

_POLL_SECONDS = 0.2
_LIVE = ("queued", "running")


class View(Protocol):
    """Where events are shown."""

    def show(self, event: Event) -> None:
        """Show one AG-UI event."""


class Conversation:
    """A thread on a server, shown in a view. After each turn ``interrupts`` and ``result`` tell how it ended."""

    def __init__(self, client: ChatClient, view: View, *, thread_id: str | None = None) -> None:
        self._client = client
        self._view = view
        self._runs: set[str] = set()
        self.thread_id = thread_id
        self.interrupts: list[dict[str, Any]] = []
        self.result: dict[str, Any] = {}
        self.failed = False
        self.under_way = False
        """Whether the last turn was left before its end."""

    async def say(self, text: str) -> None:
        """Send a message and see its run to the end."""
        body: dict[str, Any] = {"message": text}
        if self.thread_id:
            body["thread_id"] = self.thread_id
        await self._show(self._client.chat(**body))

    async def answer(self, interrupt_id: str, payload: Any) -> None:
        """Answer what the last turn waits for."""
        resume = [{"interruptId": interrupt_id, "status": "resolved", "payload": payload}]
        await self._show(self._client.chat(thread_id=self.thread_id, resume=resume))

    async def take_up(self, thread: dict[str, Any]) -> None:
        """Show the last run of the thread again, to its end if it is still at work. ``thread`` is its document."""
        if newest := next(iter(thread["runs"]), None):
            self._runs.update(run["run_id"] for run in thread["runs"])
            await self._show(self._client.follow(newest["run_id"]))
            thread = await self.look() if newest["status"] in _LIVE else thread
        self.result = {**thread["state"]["result"], **self.result}
        self.interrupts = thread["state"]["interrupts"]

    async def look(self) -> dict[str, Any]:
        """The thread's document as it stands: messages, cards, state, runs."""
        thread: dict[str, Any] = await self._client.get(f"/api/v1/threads/{quote(self.thread_id or '', safe='')}")
        return thread

    async def settle(self, seconds: float) -> bool:
        """Follow the order's later runs until every partner has answered; whether that came in time."""
        loop = asyncio.get_running_loop()
        deadline = loop.time() + seconds
        while loop.time() < deadline:
            fresh = [run["run_id"] for run in reversed((await self.look())["runs"]) if run["run_id"] not in self._runs]
            for run_id in fresh:
                await self._show(self._client.follow(run_id))
                deadline = loop.time() + seconds
            if self.interrupts or self.failed:
                return False
            order = self.result.get("order")
            if not fresh and order and await self._settled(order):
                return True
            if not fresh:
                await asyncio.sleep(_POLL_SECONDS)
        return False

    async def _settled(self, told: dict[str, Any]) -> bool:
        """Whether the order needs nothing more and the last run said so."""
        return bool(told["settled"] and (await self._client.get(f"/api/v1/orders/{told['id']}"))["settled"])

    def interrupt(self, reason: str) -> dict[str, Any] | None:
        """The open interrupt of a kind, if the last turn ended with one."""
        return next((entry for entry in self.interrupts if entry["reason"] == reason), None)

    async def _show(self, events: AsyncGenerator[Event]) -> None:
        self.interrupts = []
        self.failed = False
        self.under_way = True
        async with aclosing(events) as run:
            async for event in run:
                match event["type"]:
                    case "RUN_STARTED":
                        self.thread_id = event["threadId"]
                        self._runs.add(event["runId"])
                    case "RUN_FINISHED":
                        self.result = {**self.result, **(event.get("result") or {})}
                        self.interrupts = (event.get("outcome") or {}).get("interrupts") or []
                    case "RUN_ERROR":
                        self.failed = True
                self.under_way = event["type"] not in TERMINAL
                self._view.show(event)
