"""What a person sees of a conversation's events."""

from typing import Any

import pytest
from rich.console import Console

from cards.bundle import bundle
from cards.recovery import recovery_notice
from server.cli.views import TerminalView
from tests.cards.examples import HOME, NEEDS, ORDER, PLAN, REFUSED, TULIP_ITEM
from tests.cli.scripted import Json, Turn, card, words

BUNDLE = bundle(PLAN, needs=NEEDS, budget=None, alternatives={}, interrupt_id="i", home=HOME).card or {}
NOTICE = recovery_notice(ORDER, REFUSED, options=[TULIP_ITEM], interrupt_id="r").card or {}


class Screen:
    """A terminal view and everything it has drawn."""

    def __init__(self) -> None:
        self._console = Console(record=True, width=100, quiet=False, file=None, force_terminal=False)
        self.view = TerminalView(self._console)

    def show(self, *turns: Turn) -> str:
        for turn in turns:
            for event in turn.told("run-1"):
                self.view.show(event)
        return self._console.export_text(clear=False)


@pytest.fixture
def screen() -> Screen:
    return Screen()


def days(printed: str) -> int:
    return printed.count("┬")


def proposed(**changes: Any) -> Turn:
    return Turn(card(BUNDLE), result={"plan": PLAN.model_copy(update=changes).model_dump(mode="json")})


def test_a_card_takes_the_place_of_the_text_that_says_the_same(screen: Screen) -> None:
    printed = screen.show(Turn([*words("Your plan in words"), *card(BUNDLE)]))
    assert "Your plan in words" not in printed
    assert "[1] Approve" in printed


def test_text_without_a_card_is_printed_as_it_is(screen: Screen) -> None:
    assert "[bold]no markup[/bold]" in screen.show(Turn(words("[bold]no markup[/bold]\x1b[2J")))
    assert "\x1b" not in screen.show()


def test_a_day_is_drawn_again_only_when_it_has_changed(screen: Screen) -> None:
    once = days(screen.show(proposed()))
    assert once > 0
    assert days(screen.show(proposed())) == once
    assert days(screen.show(proposed(items=PLAN.items[:2]))) > once


def test_an_order_draws_its_day(screen: Screen) -> None:
    assert "Twenty tulips" in screen.show(Turn(result={"order": ORDER.view()}))


def test_a_failed_run_says_why(screen: Screen) -> None:
    assert "It took [too] long." in screen.show(Turn(error="It took [too] long."))


def test_the_buttons_of_the_last_card_that_has_any_count(screen: Screen) -> None:
    screen.show(Turn(card(BUNDLE)), Turn([*card(NOTICE), *card({"body": []})]))
    assert [button["data"]["interruptId"] for button in screen.view.actions] == ["r", "r"]


def test_a_history_that_is_not_kept_is_told_from_the_conversation(screen: Screen) -> None:
    messages: list[Json] = [
        {"role": "assistant", "content": "An older answer."},
        {"role": "user", "content": "dinner"},
        {"role": "assistant", "content": "One thing first."},
        {"role": "assistant", "content": "Your plan in words."},
        {"role": "activity", "content": BUNDLE},
        {"role": "assistant", "content": "That is all."},
    ]
    printed = screen.show(Turn([{"type": "MESSAGES_SNAPSHOT", "messages": messages}]))
    told = [printed.index(part) for part in ("One thing first.", "[1] Approve", "That is all.")]
    assert told == sorted(told)
    assert "older" not in printed
    assert "in words" not in printed


@pytest.mark.parametrize(("known", "drawn"), [(BUNDLE, 1), (NOTICE, 2)])
def test_what_is_open_is_drawn_unless_it_is_there_already(screen: Screen, known: Json, drawn: int) -> None:
    screen.show(Turn(card(known)))
    screen.view.draw_open([BUNDLE, NOTICE], [{"id": "i"}])
    printed = screen.show()
    assert printed.count("[1] ") == drawn
    assert "[1] Approve" in printed
