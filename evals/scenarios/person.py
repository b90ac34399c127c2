"""A simulated person: says what the story has them say, answers what is asked from what they know, and waits.

They use the public HTTP interface and nothing else. What they saw and what stands at the partners in the end is the
outcome that is graded.
"""

import asyncio
import re
from dataclasses import dataclass, field
from typing import Any

import httpx

from evals.scenarios.story import Mischief, Move, Story
from evals.scenarios.world import Day

Json = dict[str, Any]
_PATIENCE = 15.0
_MOST_QUESTIONS = 4
_POLL = 0.03
_FACTS = {
    "party": re.compile(r"\bhow many\b", re.IGNORECASE),
    "place": re.compile(r"\bwhere\b", re.IGNORECASE),
    "date": re.compile(r"\b(?:day|date|time|when)\b", re.IGNORECASE),
}
"""How a person hears what a question is after."""


@dataclass(slots=True)
class Outcome:
    """What came of a story. ``first`` and ``plan`` are the first and the last plan that were proposed."""

    first: Json | None = None
    plan: Json | None = None
    open: bool = False
    """Whether a proposal still waits for the person's word."""
    orders: list[Json] = field(default_factory=list)
    bookings: list[Json] = field(default_factory=list)
    """Every order at every partner, as the simulator tells it."""
    asked: list[str] = field(default_factory=list)
    """The facts that were asked for."""
    unanswered: list[str] = field(default_factory=list)
    """Questions the person had no answer to."""
    kinds: list[str] = field(default_factory=list)
    """The kinds of the answers."""
    stuck: str | None = None
    """Why the person could not go on with the story."""
    said: list[str] = field(default_factory=list)
    """The conversation, for the reader of a report; nothing is graded on it."""


class Person:
    """Somebody on a new thread."""

    def __init__(self, story: Story, day: Day, user_id: str) -> None:
        self._story = story
        self._server = httpx.AsyncClient(
            base_url=day.server_url, headers={"X-User-ID": user_id}, timeout=60, trust_env=False
        )
        self._city = httpx.AsyncClient(base_url=day.city_url, timeout=10, trust_env=False)
        self._thread: str | None = None
        self._interrupts: list[Json] = []
        self.outcome = Outcome()

    async def live(self) -> Outcome:
        """Go through the story; tells what came of it."""
        async with self._server, self._city:
            try:
                for move in self._story.moves:
                    for mischief in move.before:
                        await self._make(mischief)
                    await self._do(move)
                    await self._settle()
            except LookupError as stuck:
                self.outcome.stuck = str(stuck)
            await self._look_back()
        return self.outcome

    async def _do(self, move: Move) -> None:
        if move.say is not None:
            await self._turn(move.say, message=move.say)
        else:
            approval = self._waiting("approval")
            if approval is None:
                raise LookupError(f"There is no proposal to {move.do}.")
            payload: Json = {"action": move.do}
            if move.do == "swap":
                payload["need_id"] = self._item(str(move.item))["need_id"]
            await self._answer(f"[{move.do}] {move.item or ''}", approval, payload)
        for _ in range(_MOST_QUESTIONS):
            question = self._waiting("question")
            if question is None:
                return
            await self._tell(question)

    async def _tell(self, question: Json) -> None:
        fact = _heard(question["message"])
        self.outcome.asked.append(fact)
        known = self._story.knows.get(fact)
        if known is None:
            self.outcome.unanswered.append(question["message"])
        await self._answer(known or "I do not know", question, {"text": known or "I do not know"})

    async def _answer(self, words: str, interrupt: Json, payload: Json) -> None:
        entry = {"interruptId": interrupt["id"], "status": "resolved", "payload": payload}
        await self._turn(words, resume=[entry])

    async def _turn(self, words: str, **body: Any) -> None:
        if self._thread is not None:
            body |= {"thread_id": self._thread, "on_busy": "enqueue"}
        response = await self._server.post("/api/v1/chat", json=body, headers={"Accept": "application/json"})
        if response.is_error:
            raise RuntimeError(f"The server answered {response.status_code} to {words!r}: {response.text[:300]}")
        document = response.json()
        self._thread = document["thread_id"]
        self._interrupts = document["interrupts"]
        self.outcome.said += [f"person: {words}", f"answer: {document['text']}"]
        if plan := document.get("plan"):
            self.outcome.first = self.outcome.first or plan
            self.outcome.plan = plan

    async def _settle(self) -> None:
        """Wait until every partner has answered; choose when asked about a replacement."""
        async with asyncio.timeout(_PATIENCE):
            while orders := (await self._get("/api/v1/orders"))["orders"]:
                thread = await self._get(f"/api/v1/threads/{self._thread}")
                busy = [run for run in thread["runs"] if run["status"] in ("queued", "running")]
                self._interrupts = thread["state"]["interrupts"]
                choice = self._waiting("recovery")
                if choice is not None and not busy:
                    await self._choose(choice)
                elif not busy and all(order["settled"] for order in orders):
                    return
                await asyncio.sleep(_POLL)

    async def _choose(self, choice: Json) -> None:
        offers = choice["responseSchema"]["properties"]["offer_id"]["enum"]
        taken = {"action": "swap", "offer_id": offers[0]} if self._story.on_offer == "take" else {"action": "drop"}
        await self._answer(f"[{self._story.on_offer} the replacement]", choice, taken)

    async def _look_back(self) -> None:
        thread = await self._get(f"/api/v1/threads/{self._thread}")
        told = [message for message in thread["messages"] if message["role"] == "assistant"]
        self.outcome.kinds = [message["metadata"]["kind"] for message in told if "metadata" in message]
        self.outcome.open = self._waiting("approval") is not None
        self.outcome.orders = (await self._get("/api/v1/orders"))["orders"]
        self.outcome.bookings = (await self._city.get("/control/orders")).raise_for_status().json()["orders"]

    async def _make(self, mischief: Mischief) -> None:
        """Tell partners how to behave, over the city's own controls."""
        chosen = {self._item(mischief.service)["offer"]["partner_name"]} if mischief.who != "all" else set()
        listed = (await self._city.get("/")).raise_for_status().json()["partners"]
        for partner in listed:
            picked = mischief.who == "all" or (partner["name"] in chosen) == (mischief.who == "chosen")
            if picked and mischief.service in partner["services"]:
                body = {"slug": partner["slug"], "behaviour": mischief.behaviour, "options": mischief.options}
                (await self._city.post("/control/behaviour", json=body)).raise_for_status()

    def _item(self, service: str) -> Json:
        items: list[Json] = (self.outcome.plan or {}).get("items", [])
        for item in items:
            if item["offer"]["capability_id"] == service:
                return item
        raise LookupError(f"There is no {service} in the proposal.")

    def _waiting(self, reason: str) -> Json | None:
        return next((one for one in self._interrupts if one["reason"] == reason), None)

    async def _get(self, path: str) -> Json:
        document: Json = (await self._server.get(path)).raise_for_status().json()
        return document


def _heard(question: str) -> str:
    return next((fact for fact, pattern in _FACTS.items() if pattern.search(question)), question)
