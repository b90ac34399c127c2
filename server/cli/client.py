"""The command line's own client of the public HTTP interface: it can do nothing another client cannot."""

import asyncio
import json
from collections.abc import AsyncGenerator, Iterator
from contextlib import aclosing, contextmanager
from types import TracebackType
from typing import Any, Self

import httpx

from server.cli.ending import CommandError

Event = dict[str, Any]
TERMINAL = ("RUN_FINISHED", "RUN_ERROR")
_PAUSES = (0.2, 0.5, 1.0, 2.0, 4.0)  # seconds before a broken stream is taken up again: time to restart a server


class ChatError(CommandError):
    """The server refused a request: its problem document, in one sentence."""

    def __init__(self, status: int, problem: dict[str, Any]) -> None:
        fields = "; ".join(f"{error['field']}: {error['message']}" for error in problem.get("errors", []))
        detail = problem.get("detail") or problem.get("title") or "no reason given"
        hint = "Set USO_API_KEY to a key of this server." if status == httpx.codes.UNAUTHORIZED else ""
        super().__init__(" ".join(filter(None, (detail, fields, hint))))
        self.status = status
        self.problem = problem


class ChatClient:
    """Chat over HTTP and SSE with one server.

    Every call raises ``ChatError`` when the server refuses it, ``CommandError`` when no server answers.

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
        await self.close()

    async def close(self) -> None:
        """Hang up."""
        await self._http.aclose()

    async def chat(self, **body: Any) -> AsyncGenerator[Event]:
        """Send a message or answers; yield the run's AG-UI events. A broken stream is taken up again."""
        async with aclosing(self._events("POST", "/api/v1/chat", json=body)) as events:
            async for event in events:
                yield event

    async def follow(self, run_id: str, *, after: str | None = None) -> AsyncGenerator[Event]:
        """Replay a run's events after an event id, then follow it to its end."""
        headers = {"Last-Event-ID": after} if after else {}
        async with aclosing(self._events("GET", _events_of(run_id), headers=headers)) as events:
            async for event in events:
                yield event

    async def get(self, path: str) -> Any:
        """One JSON document."""
        with self._reached():
            response = await self._http.get(path)
        if response.is_error:
            raise ChatError(response.status_code, _problem(response))
        return response.json()

    async def _events(self, method: str, path: str, **request: Any) -> AsyncGenerator[Event]:
        last: str | None = None
        run_id: str | None = None
        pauses = iter(_PAUSES)
        while True:
            try:
                async with self._http.stream(method, path, **request) as response:
                    if response.is_error and not (run_id and response.status_code == httpx.codes.SERVICE_UNAVAILABLE):
                        await response.aread()
                        raise ChatError(response.status_code, _problem(response))
                    run_id = run_id or response.headers.get("X-Run-ID")
                    async for identifier, event in _frames(response):
                        last, pauses = identifier or last, iter(_PAUSES)
                        yield event
                        if event["type"] in TERMINAL:
                            return
            except httpx.TransportError as error:
                broken: httpx.TransportError | None = error
            else:
                broken = None
            pause = next(pauses, None)
            if run_id is None or pause is None:
                raise self._unreachable() from broken
            await asyncio.sleep(pause)
            method, path = "GET", _events_of(run_id)
            request = {"headers": {"Last-Event-ID": last} if last else {}}

    @contextmanager
    def _reached(self) -> Iterator[None]:
        try:
            yield
        except httpx.TransportError as error:
            raise self._unreachable() from error

    def _unreachable(self) -> CommandError:
        address = str(self._http.base_url).rstrip("/")
        return CommandError(f"No server answers at {address}. Start one with 'uso serve', or leave --url out.")


def _events_of(run_id: str) -> str:
    return f"/api/v1/runs/{run_id}/events"


async def _frames(response: httpx.Response) -> AsyncGenerator[tuple[str | None, Event]]:
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
