"""The command line's HTTP client: streams that break, servers that refuse, and servers that are not there."""

import pytest

from server.cli import client as client_module
from server.cli.client import ChatClient, ChatError, Event
from server.cli.ending import CommandError
from tests.cli.conftest import Scripted
from tests.cli.scripted import Refusal, Turn, words


async def told(client: ChatClient, message: str = "hello") -> list[Event]:
    return [event async for event in client.chat(message=message)]


async def test_a_stream_that_breaks_is_taken_up_behind_the_last_event(
    scripted: Scripted, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(client_module, "_PAUSES", (0.0, 0.0))
    turn = Turn(words("Hello!"), cut_after=3)
    _, url = await scripted(turn)
    async with ChatClient(url) as client:
        assert await told(client) == turn.told("run-1")


async def test_a_server_that_is_not_there_is_named() -> None:
    async with ChatClient("http://127.0.0.1:1") as client:
        with pytest.raises(CommandError, match=r"No server answers at http://127\.0\.0\.1:1\. Start one"):
            await told(client)
        with pytest.raises(CommandError, match="No server answers"):
            await client.get("/api/v1/threads/t")


async def test_a_server_that_goes_away_for_good_is_given_up(
    scripted: Scripted, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(client_module, "_PAUSES", ())
    _, url = await scripted(Turn(words("Hello!"), cut_after=1))
    async with ChatClient(url) as client:
        with pytest.raises(CommandError, match="No server answers"):
            await told(client)


async def test_a_refusal_is_one_sentence_with_the_fields(scripted: Scripted) -> None:
    _, url = await scripted(Refusal(409, "The thread is busy."))
    async with ChatClient(url) as client:
        with pytest.raises(ChatError, match=r"^The thread is busy\.$"):
            await told(client)
    problem = {"detail": "Please correct it.", "errors": [{"field": "message", "message": "must not be empty"}]}
    assert str(ChatError(422, problem)) == "Please correct it. message: must not be empty"


async def test_a_server_that_wants_a_key_says_which_setting_holds_it(scripted: Scripted) -> None:
    _, url = await scripted(Refusal(401, "Send a valid API key."))
    async with ChatClient(url) as client:
        with pytest.raises(ChatError, match="Set USO_API_KEY"):
            await told(client)


async def test_the_key_is_sent(scripted: Scripted) -> None:
    server, url = await scripted(Turn())
    async with ChatClient(url, key="k1") as client:
        await told(client)
    assert server.keys == ["Bearer k1"]
