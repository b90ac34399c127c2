"""Specialists at work, live: one line each, fed with the run's AG-UI events."""

import time
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from types import TracebackType
from typing import Any, Self

from rich.console import Console, Group, RenderableType
from rich.live import Live
from rich.spinner import Spinner
from rich.table import Table
from rich.text import Text

from server.terminal.ink import ink, unicode, width

_NAME = 10  # cells for a specialist's name


@dataclass
class _Work:
    """A specialist that has started and not finished."""

    name: str
    description: str
    stamp: Any
    """When it started by the event's own account, in milliseconds, if it says."""
    seen: float
    """When we learnt of it, by our clock."""
    tools: Counter[str] = field(default_factory=Counter)

    @property
    def doing(self) -> str:
        """What it is for, and the tools it used so far: ``search catalogue ×3``."""
        used = [f"{name.replace('_', ' ')} ×{times}" for name, times in tuple(self.tools.items())]
        return " · ".join(filter(None, (self.description, *used)))


class Progress:
    """The live view. A finished specialist leaves its line; running ones have a spinner below.

    Cards and texts may be printed on the same console at any time: they appear above the spinners. On a
    console that is no terminal only the finished lines are written.

    Args:
        console: where to draw.
        clock: seconds, for events that carry no timestamp.
    """

    def __init__(self, console: Console, *, clock: Callable[[], float] = time.monotonic) -> None:
        self._console = console
        self._clock = clock
        self._running: dict[str, _Work] = {}
        self._steps: list[str] = []
        self._live: Live | None = None
        self._spinner = Spinner("dots" if unicode(console) else "line", style="cyan")

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def start(self) -> None:
        """Begin the live display, if the console can have one."""
        if self._console.is_terminal and self._live is None:
            self._live = Live(get_renderable=self._frame, console=self._console, transient=True, refresh_per_second=12)
            self._live.start()

    def stop(self) -> None:
        """End the live display. Whoever is still at work is forgotten."""
        self._running.clear()
        self._steps.clear()
        if self._live is not None:
            self._live.stop()
            self._live = None

    def feed(self, event: Mapping[str, Any]) -> None:
        """Take in one AG-UI event; events that tell nothing of progress are ignored."""
        match event:
            case {"type": "SUBAGENT_STARTED", "subagentRunId": str(key), "name": str(name)}:
                self._running[key] = _Work(name, event.get("description") or "", event.get("timestamp"), self._clock())
                if self._live is not None:
                    self._live.refresh()
            case {"type": "TOOL_CALL_START", "subagentRunId": str(key), "toolCallName": str(tool)} if (
                key in self._running
            ):
                self._running[key].tools[tool] += 1
            case {"type": "SUBAGENT_FINISHED", "subagentRunId": str(key)} if key in self._running:
                work = self._running.pop(key)
                waits = (event.get("outcome") or {}).get("type") == "suspended"
                self._finish(work, event, "…" if waits else "✓", "green", _summary(event.get("result")) or work.doing)
            case {"type": "SUBAGENT_ERROR", "subagentRunId": str(key)} if key in self._running:
                self._finish(self._running.pop(key), event, "✗", "red", str(event.get("message", "failed")))
            case {"type": "STEP_STARTED", "stepName": str(step)}:
                self._steps.append(step)
            case {"type": "STEP_FINISHED", "stepName": str(step)} if step in self._steps:
                self._steps.remove(step)

    def _finish(self, work: _Work, event: Mapping[str, Any], mark: str, color: str, told: str) -> None:
        stamp = event.get("timestamp")
        stamped = isinstance(stamp, int) and isinstance(work.stamp, int)
        seconds = _lasted((stamp - work.stamp) / 1000 if stamped else self._clock() - work.seen)
        mark_ink = ink(self._console, mark, f"bold {color}")
        if not self._console.is_terminal:
            line = f"{mark_ink.plain} {work.name:<{_NAME}} {told}  {seconds}"
            self._console.print(ink(self._console, line), soft_wrap=True)
            return
        self._console.print(self._line(mark_ink, work.name, ink(self._console, told), seconds))

    def _line(self, mark: RenderableType, name: str, told: Text, seconds: str) -> Table:
        line = Table.grid(padding=(0, 1, 0, 0))
        line.width = width(self._console)
        line.add_column(width=1)
        line.add_column(min_width=min(_NAME, line.width // 4), no_wrap=True)
        line.add_column(ratio=1)
        line.add_column(no_wrap=True, justify="right")
        line.add_row(mark, ink(self._console, name, "bold"), told, Text(seconds, style="dim"))
        return line

    def _frame(self) -> RenderableType:
        """What is drawn while the run goes on."""
        now = self._clock()
        lines = [
            self._line(self._spinner, work.name, ink(self._console, work.doing, "dim"), _lasted(now - work.seen))
            for work in tuple(self._running.values())  # the display has a thread of its own
        ]
        if not lines and self._steps:
            lines = [self._line(self._spinner, self._steps[-1].replace("_", " "), Text(), "")]
        return Group(*lines)


def _lasted(seconds: float) -> str:
    """``0.3 s``; ``12 ms`` when shorter than a tenth of a second."""
    return f"{seconds:.1f} s" if seconds >= 0.1 else f"{max(0.0, seconds) * 1000:.0f} ms"


def _summary(result: Any) -> str:
    """A specialist's result in one line: its own summary where it gives one."""
    if isinstance(result, Mapping):
        result = result.get("summary")
    return result if isinstance(result, str) else ""
