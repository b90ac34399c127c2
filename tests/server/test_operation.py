"""Probes, figures, sign-in, and what every answer has in common."""

from collections.abc import AsyncIterator, Callable

import pytest
from pydantic import SecretStr

from schemas.errors import UnavailableError
from schemas.settings import Settings
from server.app import create_app
from server.serve import Listening
from tests.server import graphs
from tests.server.client import User

Fresh = Callable[[str], str]


async def test_a_healthy_server_says_so(user: User) -> None:
    assert await user.get("/live") == {"status": "ok"}
    healthy = {"status": "ok", "database": "ok", "event_log": "ok"}
    assert await user.get("/ready") == healthy
    assert await user.get("/health") == healthy


async def test_runs_and_requests_are_counted(user: User) -> None:
    await user.say("hello")
    figures = (await user.http.get("/metrics")).text
    assert 'uso_runs_total{graph="echo",status="succeeded"}' in figures
    assert 'uso_http_requests_total{method="POST",route="/api/v1/chat",status="200"}' in figures
    assert "uso_first_event_seconds_bucket" in figures
    assert "uso_live_streams 0.0" in figures


async def test_addresses_and_methods_that_are_not_there(user: User) -> None:
    assert (await user.refused("GET", "/nowhere"))["code"] == "not_found"
    problem = await user.refused("GET", "/api/v1/chat")
    assert (problem["status"], problem["code"]) == (405, "method_not_allowed")


async def test_what_nobody_foresaw_is_told_without_its_secrets(settings: Settings, fresh: Fresh) -> None:
    app = create_app(settings, graphs={"echo": graphs.echo})

    @app.get("/broken")
    async def broken() -> None:
        raise RuntimeError("secret connection string")

    async with Listening(settings, app=app) as server:
        user = User(server.url, fresh("user"))
        problem = await user.refused("GET", "/broken")
        assert (problem["status"], problem["code"]) == (500, "internal_error")
        assert "secret" not in str(problem)
        await user.http.aclose()


async def test_everything_is_described(user: User) -> None:
    document = await user.get("/openapi.json")
    chat = document["paths"]["/api/v1/chat"]["post"]
    properties = chat["requestBody"]["content"]["application/json"]["schema"]["properties"]
    assert properties.keys() == {"message", "thread_id", "resume", "on_busy", "channel", "graph"}
    assert {"application/json", "text/event-stream"} <= chat["responses"]["200"]["content"].keys()


@pytest.fixture
async def guarded(settings: Settings) -> AsyncIterator[str]:
    """A server that asks for a key."""
    locked = settings.with_(api_keys=SecretStr("k-anna=anna, k-ben=ben"))
    async with Listening(locked, app=create_app(locked, graphs={"echo": graphs.echo})) as server:
        yield server.url


async def test_keys_tell_users_apart(guarded: str) -> None:
    anna, ben = User(guarded, "ignored"), User(guarded, "anna")
    anna.http.headers["Authorization"] = "Bearer k-anna"
    ben.http.headers["Authorization"] = "Bearer k-ben"
    thread_id = (await anna.say("hello"))["thread_id"]
    assert (await ben.refused("GET", f"/api/v1/threads/{thread_id}"))["status"] == 404
    assert (await anna.get(f"/api/v1/threads/{thread_id}"))["title"] == "hello"
    for someone in (anna, ben):
        await someone.http.aclose()


@pytest.mark.parametrize("header", [None, "Bearer nobody", "Basic k-anna", "k-anna", "Bearer"])
async def test_without_a_known_key_nobody_gets_in(guarded: str, header: str | None) -> None:
    user = User(guarded, "anna")
    if header is not None:
        user.http.headers["Authorization"] = header
    for method, path in (("POST", "/api/v1/chat"), ("POST", "/agui"), ("GET", "/api/v1/threads")):
        response = await user.http.request(method, path, json={"message": "hi"} if method == "POST" else None)
        assert response.status_code == 401
        assert response.headers["www-authenticate"] == "Bearer"
    assert (await user.http.get("/live")).status_code == 200
    await user.http.aclose()


async def test_a_user_name_has_a_form(user: User) -> None:
    problem = await user.refused("GET", "/api/v1/threads", headers={"X-User-ID": "no spaces"})
    assert (problem["status"], problem["errors"][0]["field"]) == (400, "X-User-ID")


async def test_a_database_that_is_not_there_is_a_clear_error(settings: Settings) -> None:
    nowhere = settings.with_(database_url="postgresql://127.0.0.1:1/nowhere")
    with pytest.raises(UnavailableError, match="DATABASE_URL"):
        async with Listening(nowhere, app=create_app(nowhere, graphs={"echo": graphs.echo})):
            pass
