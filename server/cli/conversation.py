"""One conversation as the command line leads it: say, answer, and see the order through."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any, Protocol

from server.cli.client import ChatClient, Event

_POLL_SECONDS = 0.2


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

    async def settle(self, seconds: float) -> bool:
        """Follow the order's later runs until every partner has answered; whether that came in time."""
        loop = asyncio.get_running_loop()
        deadline = loop.time() + seconds
        while loop.time() < deadline:
            thread = await self._client.get(f"/api/v1/threads/{self.thread_id}")
            fresh = [run["run_id"] for run in reversed(thread["runs"]) if run["run_id"] not in self._runs]
            for run_id in fresh:
                await self._show(self._client.follow(run_id))
                deadline = loop.time() + seconds
            if self.interrupts or self.failed:
                return False
            order = self.result.get("order")
            if not fresh and order and await self._settled(order["id"]):
                return True
            if not fresh:
                await asyncio.sleep(_POLL_SECONDS)
        return False

    async def _settled(self, order_id: str) -> bool:
        """Whether the order needs nothing more and the last run said so."""
        order = await self._client.get(f"/api/v1/orders/{order_id}")
        told = self.result["order"]
        done = ("confirmed", "fulfilled", "cancelled")
        return order["status"] in done and told.get("status") in done

    def interrupt(self, reason: str) -> dict[str, Any] | None:
        """The open interrupt of a kind, if the last turn ended with one."""
        return next((entry for entry in self.interrupts if entry["reason"] == reason), None)

    async def _show(self, events: AsyncIterator[Event]) -> None:
        self.interrupts = []
        self.failed = False
        async for event in events:
            match event["type"]:
                case "RUN_STARTED":
                    self.thread_id = event["threadId"]
                    self._runs.add(event["runId"])
                case "RUN_FINISHED":
                    self.result = {**self.result, **(event.get("result") or {})}
                    self.interrupts = (event.get("outcome") or {}).get("interrupts") or []
                case "RUN_ERROR":
                    self.failed = True
            self._view.show(event)
