"""A server that speaks the public interface from a script: what was asked of it is kept, what it tells was written."""

import asyncio
import json
from collections import deque
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from typing import Any

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response, StreamingResponse
from starlette.routing import Route

Json = dict[str, Any]

THREAD = "thread-1"


@dataclass
class Turn:
    """What one run tells between its first and its last event."""

    events: list[Json] = field(default_factory=list)
    result: Json = field(default_factory=dict)
    interrupts: list[Json] = field(default_factory=list)
    error: str | None = None
    cut_after: int | None = None
    """The connection breaks after so many events, the first time they are asked for."""
    hold: asyncio.Event | None = None
    """Nothing but the first event is told before this is set."""

    def told(self, run_id: str) -> list[Json]:
        started = {"type": "RUN_STARTED", "threadId": THREAD, "runId": run_id}
        if self.error:
            return [started, *self.events, {"type": "RUN_ERROR", "message": self.error}]
        outcome = {"type": "interrupt", "interrupts": self.interrupts} if self.interrupts else {"type": "success"}
        last = {"type": "RUN_FINISHED", "threadId": THREAD, "runId": run_id, "result": self.result, "outcome": outcome}
        return [started, *self.events, last]


@dataclass
class Refusal:
    """A problem document instead of a run."""

    status: int
    detail: str


def words(text: str) -> list[Json]:
    """The events of a message."""
    return [
        {"type": "TEXT_MESSAGE_START", "messageId": "m", "role": "assistant"},
        {"type": "TEXT_MESSAGE_CONTENT", "messageId": "m", "delta": text},
        {"type": "TEXT_MESSAGE_END", "messageId": "m"},
    ]


def card(content: Json | None) -> list[Json]:
    """The event of a card."""
    return [{"type": "ACTIVITY_SNAPSHOT", "messageId": "c", "activityType": "adaptive_card", "content": content}]


def approval(interrupt_id: str = "i") -> Json:
    """An open proposal."""
    return {"id": interrupt_id, "reason": "approval", "message": "Shall I book this?"}


class Server:
    """The scripted server: ``turns`` answer the requests in order, ``heard`` are their bodies."""

    def __init__(self, *turns: Turn | Refusal) -> None:
        self.turns = deque(turns)
        self.heard: list[Json] = []
        self.keys: list[str | None] = []
        self.runs: dict[str, Turn] = {}
        self.later: deque[Turn] = deque()
        """Runs that begin by themselves: one each time somebody looks at the thread."""
        self.state: Json = {"interrupts": [], "result": {}}
        self.messages: list[Json] = []
        self.cards: list[Json] = []
        self.orders: dict[str, Json] = {}
        self.app = Starlette(
            routes=[
                Route("/api/v1/chat", self._chat, methods=["POST"]),
                Route("/api/v1/runs/{run}/events", self._events),
                Route("/api/v1/threads/{thread}", self._thread),
                Route("/api/v1/orders/{order}", self._order),
            ]
        )

    @property
    def said(self) -> list[str]:
        """The messages that were sent, in order."""
        return [body["message"] for body in self.heard if "message" in body]

    @property
    def answered(self) -> list[tuple[str, Any]]:
        """The answers that were sent: interrupt id and payload."""
        return [(one["interruptId"], one["payload"]) for body in self.heard for one in body.get("resume", [])]

    async def _chat(self, request: Request) -> Response:
        self.heard.append(await request.json())
        self.keys.append(request.headers.get("authorization"))
        turn = self.turns.popleft() if self.turns else Turn(words("Done."))
        if isinstance(turn, Refusal):
            return JSONResponse({"detail": turn.detail}, status_code=turn.status)
        return self._stream(self._begin(turn), after=0)

    async def _events(self, request: Request) -> Response:
        return self._stream(request.path_params["run"], after=int(request.headers.get("last-event-id", 0)))

    async def _thread(self, request: Request) -> Response:
        if request.path_params["thread"] != THREAD:
            return JSONResponse({"detail": "There is no such thread."}, status_code=404)
        if self.later:
            self._begin(self.later.popleft())
        runs = [{"run_id": run_id, "status": "succeeded"} for run_id in reversed(self.runs)]
        return JSONResponse({"runs": runs, "state": self.state, "messages": self.messages, "cards": self.cards})

    async def _order(self, request: Request) -> Response:
        return JSONResponse(self.orders[request.path_params["order"]])

    def _begin(self, turn: Turn) -> str:
        run_id = f"run-{len(self.runs) + 1}"
        self.runs[run_id] = turn
        return run_id

    def _stream(self, run_id: str, *, after: int) -> Response:
        turn = self.runs[run_id]

        async def frames() -> AsyncIterator[str]:
            for number, event in enumerate(turn.told(run_id), 1):
                if number > 1 and turn.hold is not None:
                    await turn.hold.wait()
                if after == 0 and turn.cut_after is not None and number > turn.cut_after:
                    raise ConnectionResetError
                if number > after:
                    yield f"id: {number}\ndata: {json.dumps(event)}\n\n"

        return StreamingResponse(frames(), media_type="text/event-stream", headers={"X-Run-ID": run_id})
