"""The two ways ``uso chat`` shows a conversation: JSON lines for programs, cards for people."""

import json
import sys
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from rich.console import Console

from cards.speech import ENGLISH, speech
from cards.timeline import Row, order_rows, plan_rows
from schemas.order import Order
from schemas.plan import Plan
from server.cli.buttons import answered_by
from server.cli.client import Event
from server.terminal import Progress, draw_card, draw_timeline
from server.terminal.ink import ink

Json = dict[str, Any]


class JsonView:
    """One AG-UI event a line, nothing else, on standard output."""

    def show(self, event: Event) -> None:
        """Print the event."""
        sys.stdout.write(json.dumps(event, ensure_ascii=False, separators=(",", ":")) + "\n")
        sys.stdout.flush()


class TerminalView:
    """Specialists at work while the run goes on, its answers above them, and the day it makes at the end.

    ``actions`` are the buttons of the last card that had any, in the order of the numbers they were drawn with.
    """

    def __init__(self, console: Console) -> None:
        self.actions: list[Json] = []
        self._console = console
        self._progress: Progress | None = None
        self._say = ENGLISH  # the language of the last card
        self._text = ""  # of the last message; a card that follows says the same and takes its place
        self._day: Sequence[tuple[str, datetime, datetime]] = ()

    def show(self, event: Event) -> None:
        """Draw what the event says."""
        match event["type"]:
            case "RUN_STARTED":
                self.close()
                self._progress = Progress(self._console)
                self._progress.start()
            case "TEXT_MESSAGE_START":
                self._print_text()
            case "TEXT_MESSAGE_CONTENT":
                self._text += event["delta"]
            case "ACTIVITY_SNAPSHOT" if event["activityType"] == "adaptive_card":
                self._text = ""
                self.draw(event["content"])
            case "MESSAGES_SNAPSHOT":  # what was told is not kept any more: this is the conversation instead
                self._last_answers(event["messages"])
        if self._progress is not None:
            self._progress.feed(event)
        if event["type"] in ("RUN_FINISHED", "RUN_ERROR"):
            self._end(event)

    def draw(self, card: Json) -> None:
        """Draw a card; its buttons, if it has any, are the ones to choose from now."""
        actions = draw_card(self._console, card)
        self._say = speech(card.get("lang"))
        self.actions = actions or self.actions

    def draw_open(self, cards: Sequence[Json], interrupts: Sequence[Json]) -> None:
        """Draw the last of the cards that asks what is open, unless its buttons are there already."""
        asked = {entry["id"] for entry in interrupts}
        if not asked & set(answered_by(self.actions)):
            for card in [card for card in cards if asked & set(answered_by(card))][-1:]:
                self.draw(card)

    def close(self) -> None:
        """Stop drawing, wherever the run is."""
        self._print_text()
        if self._progress is not None:
            self._progress.stop()
            self._progress = None

    def _end(self, event: Event) -> None:
        self.close()
        if event["type"] == "RUN_ERROR":
            self._console.print(ink(self._console, event["message"], "bold red"))
            return
        if (event.get("outcome") or {}).get("type") == "cancelled":
            self._console.print(ink(self._console, "This was cancelled.", "dim"))
        result: Json = event.get("result") or {}
        if order := result.get("order"):
            self._draw_day(order_rows(order_of(order), self._say))
        elif plan := result.get("plan"):
            self._draw_day(plan_rows(Plan.model_validate(plan), home=None, say=self._say))

    def _draw_day(self, rows: Sequence[Row]) -> None:
        """Draw the day, unless it looks as it did when it was last drawn."""
        looks = [(row.title, row.start, row.end) for row in rows]
        if looks != self._day:
            draw_timeline(self._console, rows, self._say)
        self._day = looks

    def _last_answers(self, messages: Sequence[Json]) -> None:
        said = max((index for index, message in enumerate(messages) if message["role"] == "user"), default=-1)
        for message in messages[said + 1 :]:
            if message["role"] == "assistant":
                self._print_text()
                self._text = message.get("content") or ""
            elif message["role"] == "activity":
                self._text = ""
                self.draw(message["content"])

    def _print_text(self) -> None:
        if self._text:
            self._console.print(ink(self._console, self._text))
        self._text = ""


def order_of(document: Json) -> Order:
    """The order that the interface's document of it tells of, without what was worked out for clients."""
    worked_out = {"status", "settled", "total"}
    return Order.model_validate({name: value for name, value in document.items() if name not in worked_out})
