"""``uso chat`` against a scripted server: what is sent, what is printed, how it ends."""

import asyncio
import io
import json
import sys
from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from cards.bundle import bundle
from schemas.order import Order
from server.cli.chat import chat
from server.cli.ending import CommandError
from tests.cards.examples import HOME, NEEDS, PLAN, a_line, an_order
from tests.cli.conftest import Scripted
from tests.cli.scripted import THREAD, Refusal, Server, Turn, approval, card, words

BUNDLE = bundle(PLAN, needs=NEEDS, budget=None, alternatives={}, interrupt_id="i", home=HOME).card
PROPOSED = Turn(card(BUNDLE), result={"plan": PLAN.model_dump(mode="json")}, interrupts=[approval()])
PLACED = an_order(a_line(2, PLAN.items[1], "placed"))
ACCEPTED = an_order(a_line(2, PLAN.items[1]))


def ordered(order: Order) -> Turn:
    return Turn(words("Your order."), result={"order": order.view()})


Chat = Callable[..., Awaitable[int]]


@pytest.fixture
def talk(environment: dict[str, str]) -> Chat:
    """``await talk(url, "words", approve=True, …)`` is the exit code of ``uso chat``."""

    async def run(url: str, text: str | None, **options: Any) -> int:
        chosen = {"thread": None, "approve": False, "as_json": False, "wait": 5.0, **options}
        return await asyncio.to_thread(lambda: chat(text, url=url, **chosen))

    return run


def lines(printed: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in printed.splitlines()]


async def test_json_is_the_events_and_nothing_else(
    scripted: Scripted, talk: Chat, capsys: pytest.CaptureFixture[str]
) -> None:
    _, url = await scripted(PROPOSED)
    assert await talk(url, "dinner", as_json=True) == 0
    assert lines(capsys.readouterr().out) == PROPOSED.told("run-1")


async def test_approving_buys_and_the_last_event_carries_the_order(
    scripted: Scripted, talk: Chat, capsys: pytest.CaptureFixture[str]
) -> None:
    server, url = await scripted(PROPOSED, ordered(PLACED))
    server.later.append(ordered(ACCEPTED))
    server.orders[ACCEPTED.id] = ACCEPTED.view()
    assert await talk(url, "dinner", as_json=True, approve=True) == 0
    assert server.answered == [("i", {"action": "approve"})]
    last = lines(capsys.readouterr().out)[-1]
    assert (last["type"], last["result"]["order"]["status"]) == ("RUN_FINISHED", "confirmed")


async def test_partners_who_do_not_answer_are_waited_for_no_longer_than_asked(
    scripted: Scripted, talk: Chat, capsys: pytest.CaptureFixture[str]
) -> None:
    server, url = await scripted(PROPOSED, ordered(PLACED))
    server.orders[PLACED.id] = PLACED.view()
    assert await talk(url, "dinner", approve=True, wait=0.0) == 0
    printed = capsys.readouterr().out
    assert "Not every partner has answered yet." in printed
    assert f"Go on with: uso chat --thread {THREAD} --url {url}" in printed


async def test_nobody_at_the_terminal_gets_the_plan_and_the_way_on(
    scripted: Scripted, talk: Chat, capsys: pytest.CaptureFixture[str]
) -> None:
    server, url = await scripted(PROPOSED)
    assert await talk(url, "dinner") == 0
    printed = capsys.readouterr().out
    assert "[1] Approve" in printed
    assert f"Go on with: uso chat --thread {THREAD}" in printed
    assert server.answered == []


async def test_a_thread_is_gone_on_with(scripted: Scripted, talk: Chat) -> None:
    server, url = await scripted(Turn(words("Done.")))
    await talk(url, "make it 8", thread=THREAD)
    assert server.heard == [{"message": "make it 8", "thread_id": THREAD}]


async def waiting(scripted: Scripted) -> tuple[Server, str]:
    """A server whose thread has a proposal open, followed by a run that only talked."""
    server, url = await scripted(ordered(ACCEPTED))
    server.runs = {"run-1": PROPOSED, "run-2": Turn(words("I did not understand that."), interrupts=[approval()])}
    server.state = {"interrupts": [approval()], "result": {}}
    server.messages = [{"role": "user", "content": "dinner for two"}, {"role": "assistant", "content": "Your plan"}]
    server.cards = [{"body": []}, BUNDLE]
    return server, url


@pytest.fixture
def nothing_piped(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(b"")))


@pytest.mark.usefixtures("nothing_piped")
async def test_a_thread_without_words_shows_where_it_stands(
    scripted: Scripted, talk: Chat, capsys: pytest.CaptureFixture[str]
) -> None:
    _, url = await waiting(scripted)
    assert await talk(url, None, thread=THREAD) == 0
    printed = capsys.readouterr().out
    asked = ["you: dinner for two", "I did not understand that.", "Your plan for", "[1] Approve", "Go on with"]
    positions = [printed.index(part) for part in asked]
    assert positions == sorted(positions)


@pytest.mark.usefixtures("nothing_piped")
async def test_a_thread_without_words_can_be_approved(scripted: Scripted, talk: Chat) -> None:
    server, url = await waiting(scripted)
    server.orders[ACCEPTED.id] = ACCEPTED.view()
    assert await talk(url, None, thread=THREAD, approve=True, as_json=True) == 0
    assert server.answered == [("i", {"action": "approve"})]


@pytest.mark.usefixtures("nothing_piped")
async def test_a_thread_that_does_not_exist_is_refused(scripted: Scripted, talk: Chat) -> None:
    _, url = await scripted()
    with pytest.raises(CommandError, match="There is no such thread"):
        await talk(url, None, thread="another")


async def test_piped_text_is_said(scripted: Scripted, talk: Chat, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO("zwei Plätze\nund Blumen\n".encode())))
    server, url = await scripted()
    assert await talk(url, None) == 0
    assert server.said == ["zwei Plätze\nund Blumen"]


async def test_a_failed_run_is_exit_code_1(scripted: Scripted, talk: Chat, capsys: pytest.CaptureFixture[str]) -> None:
    _, url = await scripted(Turn(error="It took too long."))
    assert await talk(url, "dinner") == 1
    assert "It took too long." in capsys.readouterr().out


async def test_a_refusal_ends_the_command(scripted: Scripted, talk: Chat) -> None:
    _, url = await scripted(Refusal(409, "The thread is busy."))
    with pytest.raises(CommandError, match="The thread is busy"):
        await talk(url, "dinner")


@pytest.mark.parametrize(
    ("text", "url", "sentence"),
    [
        ("", "http://127.0.0.1:1", "Say what you want"),
        (" \n", "http://127.0.0.1:1", "Say what you want"),
        ("dinner \udcff", "http://127.0.0.1:1", "not UTF-8"),
        ("dinner", "127.0.0.1:8000", "--url takes an address"),
        ("dinner", "http://", "--url takes an address"),
        ("dinner", "http://127.0.0.1:99999", "--url takes an address"),
    ],
)
async def test_bad_usage_says_what_is_meant(talk: Chat, text: str, url: str, sentence: str) -> None:
    with pytest.raises(CommandError, match=sentence) as caught:
        await talk(url, text)
    assert caught.value.code == 2


async def test_the_key_of_the_environment_is_sent(
    scripted: Scripted, talk: Chat, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("USO_API_KEY", "k1")
    server, url = await scripted()
    await talk(url, "dinner")
    assert server.keys == ["Bearer k1"]
