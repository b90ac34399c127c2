"""A person at the prompt: what they type is the number of a button, or said in their own words."""

import sys
from collections.abc import Callable, Coroutine
from contextlib import suppress
from typing import Any

from rich.console import Console

from server.cli.buttons import answered_by
from server.cli.client import ChatError
from server.cli.conversation import Conversation
from server.cli.views import TerminalView
from server.terminal import draw_card
from server.terminal.ink import ink, unicode

Json = dict[str, Any]
Run = Callable[[Coroutine[Any, Any, None]], None]
"""Runs a turn to its end. What is typed is read outside the event loop, so that Ctrl-C ends it at once."""

_SHORT = {"y": "yes", "n": "no"}


class Dialogue:
    """Asks on a terminal, and does with a conversation what the person answers.

    Args:
        turn: what runs a turn and whatever belongs to its end.
        talk: the conversation.
        view: where its cards are drawn.
        console: the terminal.
    """

    def __init__(self, turn: Run, talk: Conversation, view: TerminalView, console: Console) -> None:
        self._turn = turn
        self._talk = talk
        self._view = view
        self._console = console
        with suppress(ImportError):  # with it, lines can be edited and called back
            import readline  # noqa: F401

    def lead(self, *, once: bool) -> None:
        """Ask until an empty line or the end of input; ``once`` only until nothing is open any more."""
        if not once and not self._talk.interrupts:
            self._tell("What would you like arranged? (an empty line leaves)", "dim")
        while self._talk.interrupts or not once:
            if self._talk.interrupts:
                self._tell(self._talk.interrupts[0].get("message") or "Your answer?", "bold")
            said = self._ask("you")
            if not said:
                return
            try:
                self._take(said, self._choices())
            except ChatError as error:  # refused, such as an answer to what has expired: the conversation goes on
                self._tell(str(error), "red")
                self._turn(self._refresh())

    def _choices(self) -> list[Json]:
        """The buttons that can be pressed now."""
        closed = set(answered_by(self._view.actions)) - {entry["id"] for entry in self._talk.interrupts}
        return [] if closed else self._view.actions

    def _take(self, said: str, actions: list[Json]) -> None:
        typed = next(iter(self._talk.interrupts), {}).get("reason") == "question"  # a number may be the answer
        if said.isdecimal() and actions and not typed:
            if 1 <= int(said) <= len(actions):
                self._press(actions[int(said) - 1], {})
            else:
                self._tell(f"There are the numbers 1 to {len(actions)}; or say it in your own words.", "dim")
        else:
            self._turn(self._talk.say(_SHORT.get(said.lower(), said)))

    def _press(self, action: Json, inputs: Json) -> None:
        match action:
            case {"type": "Action.ShowCard", "card": dict(card)}:
                self._open(card)
            case {"type": "Action.Submit", "data": {"interruptId": str(interrupt_id), **payload}}:
                self._turn(self._talk.answer(interrupt_id, {**payload, **inputs}))
            case {"type": "Action.Submit", "data": {"message": str(text)}}:
                self._turn(self._talk.say(text))
            case {"url": str(url)}:
                self._tell(url, "cyan")

    def _open(self, card: Json) -> None:
        """What a button opens: one line to type, or more buttons."""
        entry = next((part for part in card.get("body", []) if str(part.get("type")).startswith("Input.")), None)
        if entry is not None and card.get("actions"):
            self._tell(entry.get("label", ""), "bold")
            self._tell(entry.get("placeholder", ""), "dim")
            if said := self._ask("you"):
                self._press(card["actions"][0], {entry["id"]: said})
            return
        if actions := draw_card(self._console, card):
            self._tell("Which one? (an empty line goes back)", "bold")
            if said := self._ask("you"):
                self._take(said, actions)

    def _ask(self, who: str) -> str:
        """One line from the person; empty at the end of input."""
        mark = "›" if unicode(self._console) else ">"
        prompt = f"{who} {mark} "
        if self._console.color_system:  # \1 and \2 tell readline what takes no room
            prompt = f"\1\x1b[1;36m\2{prompt}\1\x1b[0m\2"
        try:
            return input(prompt).strip()
        except EOFError:
            sys.stdout.write("\n")
            return ""
        except KeyboardInterrupt:
            sys.stdout.write("\n")
            raise

    async def _refresh(self) -> None:
        self._talk.interrupts = (await self._talk.look())["state"]["interrupts"] if self._talk.thread_id else []

    def _tell(self, text: str, style: str) -> None:
        if text:
            self._console.print(ink(self._console, text, style))
