"""The two ways ``uso chat`` shows a conversation: JSON lines for programs, cards for people."""

import json
import sys

from rich.console import Console

from server.cli.client import Event
from server.terminal import Progress, draw_card


class JsonView:
    """One AG-UI event a line, nothing else, on standard output."""

    def show(self, event: Event) -> None:
        """Print the event."""
        sys.stdout.write(json.dumps(event, ensure_ascii=False, separators=(",", ":")) + "\n")
        sys.stdout.flush()


class TerminalView:
    """Specialists at work while the run goes on; then its texts and cards."""

    def __init__(self, console: Console) -> None:
        self._console = console
        self._progress: Progress | None = None
        self._texts: dict[str, str] = {}
        self._with_card: set[str] = set()

    def show(self, event: Event) -> None:
        """Draw what the event says."""
        match event["type"]:
            case "RUN_STARTED":
                self._texts, self._with_card = {}, set()
                self._progress = Progress(self._console)
                self._progress.start()
            case "TEXT_MESSAGE_START":
                self._texts[event["messageId"]] = ""
            case "TEXT_MESSAGE_CONTENT":
                self._texts[event["messageId"]] += event["delta"]
            case "ACTIVITY_SNAPSHOT" if event["activityType"] == "adaptive_card":
                self._stop()
                draw_card(self._console, event["content"])
                self._with_card.add(event["messageId"])
            case "RUN_FINISHED":
                self._stop()
            case "RUN_ERROR":
                self._stop()
                self._console.print(f"[bold red]{event['message']}[/]")
        if self._progress is not None:
            self._progress.feed(event)

    def _stop(self) -> None:
        if self._progress is not None:
            self._progress.stop()
            self._progress = None
