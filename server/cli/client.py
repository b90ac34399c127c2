"""The command line's own client of the public HTTP interface: it can do nothing another client cannot."""

import json
from collections.abc import AsyncIterator
from types import TracebackType
from typing import Any, Self

import httpx

Event = dict[str, Any]
_TERMINAL = ("RUN_FINISHED", "RUN_ERROR")


class ChatError(Exception):
    """The server refused a request: its problem document, in one sentence."""

    def __init__(self, status: int, problem: dict[str, Any]) -> None:
        fields = "; ".join(f"{error['field']}: {error['message']}" for error in problem.get("errors", []))
        detail = problem.get("detail") or problem.get("title") or "no reason given"
        super().__init__(f"{detail} {fields}".strip())
        self.status = status
        self.problem = problem


class ChatClient:
    """Chat over HTTP and SSE with one server.

    Args:
        url: base address of the server.
        key: API key, where the server asks for one.
        user: who to be on a server without sign-in.
    """

    def __init__(self, url: str, *, key: str | None = None, user: str | None = None) -> None:
        headers = {"Authorization": f"Bearer {key}"} if key else {}
        if user:
            headers["X-User-ID"] = user
        # A stream is silent while a partner thinks; heartbeats come every 15 s.
        timeout = httpx.Timeout(10, read=60)
        self._http = httpx.AsyncClient(base_url=url, headers=headers, timeout=timeout, trust_env=False)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._http.aclose()

    async def chat(self, **body: Any) -> AsyncIterator[Event]:
        """Send a message or answers; yield the run's AG-UI events. A broken stream is taken up again."""
        async for event in self._events("POST", "/api/v1/chat", json=body):
            yield event

    async def follow(self, run_id: str, *, after: str | None = None) -> AsyncIterator[Event]:
        """Replay a run's events after an event id, then follow it to its end."""
        headers = {"Last-Event-ID": after} if after else {}
        async for event in self._events("GET", f"/api/v1/runs/{run_id}/events", headers=headers):
            yield event

    async def get(self, path: str) -> Any:
        """One JSON document."""
        response = await self._http.get(path)
        if response.is_error:
            raise ChatError(response.status_code, _problem(response))
        return response.json()

    async def post(self, path: str, body: Any) -> Any:
        """Post one JSON document, get one back."""
        response = await self._http.post(path, json=body, timeout=120)
        if response.is_error:
            raise ChatError(response.status_code, _problem(response))
        return response.json()

    async def _events(self, method: str, path: str, **request: Any) -> AsyncIterator[Event]:
        last, run_id, done = None, None, False
        try:
            async with self._http.stream(method, path, **request) as response:
                if response.is_error:
                    await response.aread()
                    raise ChatError(response.status_code, _problem(response))
                run_id = response.headers.get("X-Run-ID")
                async for identifier, event in _frames(response):
                    last = identifier or last
                    done = event["type"] in _TERMINAL
                    yield event
        except httpx.TransportError:
            if run_id is None:
                raise
        if not done and run_id is not None:
            async for event in self.follow(run_id, after=last):
                yield event


async def _frames(response: httpx.Response) -> AsyncIterator[tuple[str | None, Event]]:
    """The frames of an event stream (WHATWG HTML, section 9.2): id and JSON data; comments are skipped."""
    identifier: str | None = None
    data: list[str] = []
    async for line in response.aiter_lines():
        if not line:
            if data:
                yield identifier, json.loads("\n".join(data))
            data = []
        elif line.startswith("id:"):
            identifier = line[3:].strip()
        elif line.startswith("data:"):
            data.append(line[5:].removeprefix(" "))


def _problem(response: httpx.Response) -> dict[str, Any]:
    try:
        document = response.json()
    except ValueError:
        document = None
    return document if isinstance(document, dict) else {"detail": f"HTTP {response.status_code}"}
