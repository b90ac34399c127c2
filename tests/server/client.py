"""A client for tests: one user, the frames of event streams with their ids."""

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import httpx

Event = dict[str, Any]


@dataclass
class Stream:
    """An event stream under way, and what has come of it."""

    response: httpx.Response
    ids: list[int] = field(default_factory=list)
    events: list[Event] = field(default_factory=list)
    comments: list[str] = field(default_factory=list)
    retry: int | None = None

    @property
    def run_id(self) -> str:
        return self.response.headers["x-run-id"]

    @property
    def thread_id(self) -> str:
        return self.response.headers["x-thread-id"]

    def __post_init__(self) -> None:
        self._frames = self._read()

    def __aiter__(self) -> AsyncIterator[tuple[int, Event]]:
        return self._frames

    async def _read(self) -> AsyncIterator[tuple[int, Event]]:
        identifier = -1
        async for line in self.response.aiter_lines():
            name, _, value = line.partition(": ")
            if name == "id":
                identifier = int(value)
            elif name == "retry":
                self.retry = int(value)
            elif name == "":
                self.comments += [value] if value else []
            elif name == "data":
                event = json.loads(value)
                self.ids.append(identifier)
                self.events.append(event)
                yield identifier, event

    async def until(self, kind: str, **members: Any) -> Event:
        """The next event of a kind that has these members."""
        async for _, event in self:
            if event["type"] == kind and members.items() <= event.items():
                return event
        raise AssertionError(f"the stream ended without {kind} {members}; it had {kinds(self.events)}")

    async def rest(self) -> list[Event]:
        """Everything, once the stream has ended."""
        async for _ in self:
            pass
        return self.events


def kinds(events: list[Event]) -> list[str]:
    return [event["type"] for event in events]


def texts(events: list[Event]) -> list[str]:
    return [event["delta"] for event in events if event["type"] == "TEXT_MESSAGE_CONTENT"]


class User:
    """Somebody who talks to a server."""

    def __init__(self, url: str, name: str) -> None:
        self.http = httpx.AsyncClient(
            base_url=url, headers={"X-User-ID": name}, timeout=httpx.Timeout(30), trust_env=False
        )

    @asynccontextmanager
    async def stream(self, method: str, path: str, **request: Any) -> AsyncIterator[Stream]:
        async with self.http.stream(method, path, **request) as response:
            if response.is_error:
                await response.aread()
            assert response.status_code == 200, response.text
            yield Stream(response)

    def chat(self, message: str | None = None, **body: Any) -> Any:
        """The stream of a run."""
        return self.stream("POST", "/api/v1/chat", json={"message": message, **body} if message else body)

    def follow(self, run_id: str, after: int | None = None) -> Any:
        """The stream of a run again."""
        headers = {} if after is None else {"Last-Event-ID": str(after)}
        return self.stream("GET", f"/api/v1/runs/{run_id}/events", headers=headers)

    async def say(self, message: str | None = None, **body: Any) -> Event:
        """The document of a run."""
        sent = {"message": message, **body} if message else body
        response = await self.http.post("/api/v1/chat", json=sent, headers={"Accept": "application/json"})
        assert response.status_code == 200, response.text
        document: Event = response.json()
        return document

    async def get(self, path: str) -> Event:
        response = await self.http.get(path)
        assert response.status_code == 200, response.text
        document: Event = response.json()
        return document

    async def refused(self, method: str, path: str, **request: Any) -> Event:
        """The problem document of a request that must not succeed."""
        response = await self.http.request(method, path, **request)
        assert response.is_error, response.text
        assert response.headers["content-type"] == "application/problem+json"
        problem: Event = response.json()
        assert problem["status"] == response.status_code
        assert problem["request_id"] == response.headers["x-request-id"]
        assert {"type", "title", "detail", "code", "errors"} <= problem.keys()
        return problem

    async def chat_refused(self, **body: Any) -> Event:
        return await self.refused("POST", "/api/v1/chat", json=body)
