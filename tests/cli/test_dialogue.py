"""A person at the prompt: numbers of buttons, their own words, and the ways to leave."""

import asyncio
import io
from collections.abc import Awaitable, Callable, Iterable, Iterator
from typing import Any

import pytest
from rich.console import Console

from cards.bundle import bundle
from cards.order import order_status
from cards.question import question
from server.cli.client import ChatClient
from server.cli.conversation import Conversation
from server.cli.dialogue import Dialogue
from server.cli.views import TerminalView
from tests.cards.examples import ALTERNATIVES, HOME, NEEDS, ORDER, PLAN, SUSHI, usd
from tests.cli.conftest import Scripted
from tests.cli.scripted import Refusal, Server, Turn, approval, card, words

BUNDLE = bundle(PLAN, needs=NEEDS, budget=usd("250"), alternatives=ALTERNATIVES, interrupt_id="i", home=HOME).card
PROPOSED = Turn(card(BUNDLE), interrupts=[approval()])
ASKED = Turn(
    card(question("How many of you?", interrupt_id="q").card),
    interrupts=[{"id": "q", "reason": "question", "message": "How many of you?"}],
)

Said = Callable[..., Awaitable[tuple[Server, str]]]


@pytest.fixture
def said(scripted: Scripted, monkeypatch: pytest.MonkeyPatch) -> Said:
    """``server, screen = await said("dinner", "1", turns=[…])``: a person types these lines; then the input ends."""

    async def lead(*lines: str, turns: Iterable[Turn | Refusal], once: bool = False) -> tuple[Server, str]:
        server, url = await scripted(*turns)
        typed = iter(lines)
        screen = io.StringIO()

        def type_line(prompt: str) -> str:
            screen.write(f"{prompt}\n")
            return _next(typed)

        monkeypatch.setattr("builtins.input", type_line)

        def hold() -> None:
            with asyncio.Runner() as runner:
                client = ChatClient(url)
                console = Console(file=screen, width=100, force_terminal=True, color_system=None)
                view = TerminalView(console)
                talk = Conversation(client, view)
                if once:
                    runner.run(talk.say(next(typed)))
                Dialogue(runner.run, talk, view, console).lead(once=once)
                runner.run(client.close())

        await asyncio.to_thread(hold)
        return server, screen.getvalue()

    return lead


def _next(lines: Iterator[str]) -> str:
    try:
        return next(lines)
    except StopIteration:
        raise EOFError from None


async def test_the_number_of_a_button_presses_it(said: Said) -> None:
    server, _ = await said("dinner", "1", turns=[PROPOSED])
    assert server.answered == [("i", {"action": "approve"})]


async def test_a_button_that_opens_a_line_asks_for_it_and_sends_it(said: Said) -> None:
    server, screen = await said("dinner", "2", "dinner at 8", turns=[PROPOSED])
    assert "What should be different?" in screen
    assert server.answered == [("i", {"action": "change", "text": "dinner at 8"})]


async def test_a_button_that_opens_more_buttons_numbers_them_anew(said: Said) -> None:
    server, screen = await said("dinner", "3", "2", turns=[PROPOSED])
    assert "Omakase for two" in screen
    assert server.answered == [("i", {"action": "swap", "need_id": "n2", "offer_id": SUSHI.id})]


async def test_an_empty_line_goes_back_from_what_a_button_opened(said: Said) -> None:
    server, _ = await said("dinner", "3", "", "2", "", "4", turns=[PROPOSED])
    assert server.answered == [("i", {"action": "reject"})]


async def test_words_are_said(said: Said) -> None:
    server, _ = await said("dinner", "make it 8 pm", turns=[PROPOSED])
    assert server.said == ["dinner", "make it 8 pm"]


@pytest.mark.parametrize(("short", "meant"), [("y", "yes"), ("N", "no")])
async def test_short_answers_are_spelled_out(said: Said, short: str, meant: str) -> None:
    server, _ = await said("dinner", short, turns=[PROPOSED])
    assert server.said == ["dinner", meant]


@pytest.mark.parametrize("number", ["0", "5", "99999999999999999999"])
async def test_a_number_without_a_button_is_not_sent(said: Said, number: str) -> None:
    server, screen = await said("dinner", number, turns=[PROPOSED])
    assert "There are the numbers 1 to 4" in screen
    assert server.said == ["dinner"]


async def test_a_number_answers_a_question(said: Said) -> None:
    server, screen = await said("dinner", "1", turns=[ASKED])
    assert "How many of you?" in screen
    assert server.said == ["dinner", "1"]


async def test_buttons_of_a_proposal_that_is_gone_cannot_be_pressed(said: Said) -> None:
    server, _ = await said("dinner", "no", "1", turns=[PROPOSED, Turn(words("I dropped it."))])
    assert server.answered == []
    assert server.said == ["dinner", "no", "1"]


async def test_what_an_order_shows_can_be_opened_when_nothing_is_asked(said: Said) -> None:
    server, screen = await said("dinner", "1", turns=[Turn(card(order_status(ORDER).card))])
    assert "[1] What happened…" in screen
    assert server.said == ["dinner"]


async def test_a_refused_answer_is_told_and_the_conversation_goes_on(said: Said) -> None:
    turns: list[Any] = [PROPOSED, Refusal(409, "This question is no longer open."), Turn(words("Of course."))]
    server, screen = await said("dinner", "1", "dinner again", turns=turns)
    assert "This question is no longer open." in screen
    assert server.said == ["dinner", "dinner again"]


async def test_an_empty_line_leaves(said: Said) -> None:
    server, screen = await said("dinner", "", "never said", turns=[PROPOSED])
    assert "an empty line leaves" in screen
    assert server.said == ["dinner"]


async def test_one_sentence_is_asked_about_only_while_something_is_open(said: Said) -> None:
    server, _ = await said("dinner", "no", "never said", turns=[PROPOSED, Turn(words("I dropped it."))], once=True)
    assert server.said == ["dinner", "no"]
