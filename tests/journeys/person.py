"""A person who talks to the orchestrator over its public HTTP interface, and the city whose partners they meet."""

import asyncio
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

import httpx

from server.cli.client import ChatClient

_SETTLE_SECONDS = 20


def LOCAL(moment: str) -> datetime:  # noqa: N802 - reads as a constant conversion in assertions
    """A moment of the interface, on the city's clocks."""
    return datetime.fromisoformat(moment).astimezone(ZoneInfo("America/Chicago"))


@dataclass
class Turn:
    """What one turn gave: its events, and what a client makes of them."""

    events: list[dict[str, Any]] = field(default_factory=list)

    @property
    def last(self) -> dict[str, Any]:
        """The event that ended it."""
        return self.events[-1]

    @property
    def text(self) -> str:
        """All its words."""
        return "\n".join(event["delta"] for event in self.events if event["type"] == "TEXT_MESSAGE_CONTENT")

    @property
    def cards(self) -> list[dict[str, Any]]:
        """Its Adaptive Cards."""
        return [event["content"] for event in self.events if event["type"] == "ACTIVITY_SNAPSHOT"]

    @property
    def json_ld(self) -> dict[str, Any]:
        """Its last linked data."""
        return [e["value"] for e in self.events if e["type"] == "CUSTOM" and e["name"] == "json_ld"][-1]

    @property
    def interrupts(self) -> list[dict[str, Any]]:
        """What it waits for."""
        return (self.last.get("outcome") or {}).get("interrupts", [])

    @property
    def plan(self) -> Any:
        """The plan it proposed, if any."""
        return (self.last.get("result") or {}).get("plan")

    @property
    def order(self) -> Any:
        """The order it was about, if any."""
        return (self.last.get("result") or {}).get("order")


class Person:
    """One user on one thread."""

    def __init__(self, url: str, user_id: str, saturday: date) -> None:
        self.user_id = user_id
        self.day = saturday
        self.saturday = f"Saturday {saturday:%-d %B}"
        """A day on which nobody else of the test session goes out: tables are really taken."""
        self.http = httpx.AsyncClient(base_url=url, headers={"X-User-ID": user_id}, timeout=30, trust_env=False)
        self.client = ChatClient(url, user=user_id)
        self.thread_id: str | None = None

    async def close(self) -> None:
        """Hang up."""
        await self.http.aclose()
        await self.client.__aexit__(None, None, None)

    async def say(self, words: str) -> Turn:
        """Send a message and listen to the end of the turn."""
        return await self._turn(message=words)

    async def answer(self, interrupt: dict[str, Any], payload: Any) -> Turn:
        """Answer an interrupt."""
        return await self._turn(resume=[{"interruptId": interrupt["id"], "status": "resolved", "payload": payload}])

    async def approve(self, proposed: Turn) -> Turn:
        """Approve a proposal."""
        return await self.answer(proposed.interrupts[0], {"action": "approve"})

    async def try_to_answer(self, interrupt: dict[str, Any], payload: Any) -> httpx.Response:
        """Answer an interrupt that may be gone."""
        resume = [{"interruptId": interrupt["id"], "status": "resolved", "payload": payload}]
        return await self.http.post("/api/v1/chat", json={"thread_id": self.thread_id, "resume": resume})

    async def settled(self, bought: Turn) -> dict[str, Any]:
        """The order of a turn, once every partner has answered and the person was told."""
        order_id = bought.order["id"]
        async with asyncio.timeout(_SETTLE_SECONDS):
            while True:
                order: dict[str, Any] = (await self.http.get(f"/api/v1/orders/{order_id}")).json()
                thread = await self.thread()
                live = [run for run in thread["runs"] if run["status"] in ("queued", "running")]
                if order["settled"] and not live and kinds_of(thread)[-1] == "receipt":
                    return order
                await asyncio.sleep(0.05)  # what is awaited happens in other processes

    async def orders(self) -> list[dict[str, Any]]:
        """All the person's orders."""
        return (await self.http.get("/api/v1/orders")).json()["orders"]  # type: ignore[no-any-return]

    async def thread(self) -> dict[str, Any]:
        """The conversation as it stands."""
        return (await self.http.get(f"/api/v1/threads/{self.thread_id}")).json()  # type: ignore[no-any-return]

    async def _turn(self, **body: Any) -> Turn:
        if self.thread_id is not None:
            body["thread_id"] = self.thread_id
        turn = Turn([event async for event in self.client.chat(**body)])
        self.thread_id = turn.events[0]["threadId"]
        return turn


class City:
    """The simulated partners, and how they behave."""

    def __init__(self, url: str, registry: httpx.AsyncClient) -> None:
        self._registry = registry
        self._control = httpx.AsyncClient(base_url=url, trust_env=False)
        self._changed: set[str] = set()

    async def behave(self, partner_id: str, behaviour: str, options: dict[str, Any] | None = None) -> None:
        """Make one partner behave in a way until the test ends."""
        partners = (await self._registry.get("/api/v1/partners")).json()["partners"]
        manifest = next(partner["manifest_url"] for partner in partners if partner["id"] == partner_id)
        slug = manifest.partition("/p/")[2].removesuffix("/.well-known/ucp")
        await self._set(slug, behaviour, options)
        self._changed.add(slug)

    async def calm_down(self) -> None:
        """Everyone accepts again."""
        for slug in self._changed:
            await self._set(slug, "accept")
        await self._control.aclose()

    async def _set(self, slug: str, behaviour: str, options: dict[str, Any] | None = None) -> None:
        body = {"slug": slug, "behaviour": behaviour, "options": options or {}}
        answer = await self._control.post("/control/behaviour", json=body)
        answer.raise_for_status()


def kinds_of(thread: dict[str, Any]) -> list[str]:
    """The kinds of the answers in a conversation, in order."""
    return [m["metadata"]["kind"] for m in thread["messages"] if m["role"] == "assistant" and "metadata" in m]


def item_of(turn: Turn, capability_id: str) -> dict[str, Any]:
    """The item of a turn's plan that is of a kind."""
    return next(item for item in turn.plan["items"] if item["offer"]["capability_id"] == capability_id)
