"""The two ways ``uso chat`` shows a conversation: JSON lines for programs, cards for people."""

import json
import sys
from typing import Any

from rich.console import Console

from cards.timeline import order_rows, plan_rows
from schemas.order import Order
from schemas.place import Place
from schemas.plan import Plan
from server.cli.client import Event
from server.terminal import Progress, draw_card, draw_timeline


class JsonView:
    """One AG-UI event a line, nothing else, on standard output."""

    def show(self, event: Event) -> None:
        """Print the event."""
        sys.stdout.write(json.dumps(event, ensure_ascii=False, separators=(",", ":")) + "\n")
        sys.stdout.flush()


class TerminalView:
    """Specialists at work while the run goes on, its answers above them, and the day it makes at the end."""

    def __init__(self, console: Console, *, home: Place | None = None) -> None:
        self._console = console
        self._home = home
        self._progress: Progress | None = None
        self._text = ""  # of the last message; a card that follows says the same and takes its place

    def show(self, event: Event) -> None:
        """Draw what the event says."""
        match event["type"]:
            case "RUN_STARTED":
                self._progress = Progress(self._console)
                self._progress.start()
            case "TEXT_MESSAGE_START":
                self._print_text()
            case "TEXT_MESSAGE_CONTENT":
                self._text += event["delta"]
            case "ACTIVITY_SNAPSHOT" if event["activityType"] == "adaptive_card":
                self._text = ""
                draw_card(self._console, event["content"])
        if self._progress is not None:
            self._progress.feed(event)
        if event["type"] in ("RUN_FINISHED", "RUN_ERROR"):
            self._end(event)

    def _end(self, event: Event) -> None:
        self._print_text()
        if self._progress is not None:
            self._progress.stop()
            self._progress = None
        if event["type"] == "RUN_ERROR":
            self._console.print(event["message"], style="bold red", markup=False)
            return
        result: dict[str, Any] = event.get("result") or {}
        if order := result.get("order"):
            worked_out = {"status", "settled", "total"}
            fields = {name: value for name, value in order.items() if name not in worked_out}
            draw_timeline(self._console, order_rows(Order.model_validate(fields)))
        elif plan := result.get("plan"):
            draw_timeline(self._console, plan_rows(Plan.model_validate(plan), home=self._home))

    def _print_text(self) -> None:
        if self._text:
            self._console.print(self._text, markup=False, highlight=False)
        self._text = ""
