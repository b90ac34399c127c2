"""A day as a bar: what happens when, to scale, with the way to each place before it."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from itertools import groupby
from math import ceil, floor

from rich.cells import cell_len
from rich.console import Console
from rich.text import Text

from cards.moments import clock, day, short_day
from cards.speech import ENGLISH, Speech
from cards.timeline import Row
from server.terminal.ink import ink, unicode, width

_STEPS = (1, 2, 3, 4, 6, 12, 24, 48, 96, 168)  # hours between two marks of the axis
_MARK = 7  # cells that a mark's label needs
_COLORS = ("cyan", "magenta", "green", "yellow", "blue")


def draw_timeline(console: Console, rows: Sequence[Row], say: Speech = ENGLISH) -> None:
    """Draw the rows' days, each with an axis of hours and one bar per row.

    A full block is the service, a light one the person's way to it. Nothing is drawn for no rows.
    Days are named in the language ``say`` speaks.
    """
    for date, group in groupby(rows, key=lambda row: row.start.date()):
        _draw_day(console, day(date, say), list(group), say)


def _draw_day(console: Console, name: str, rows: Sequence[Row], say: Speech) -> None:
    total = width(console)
    names = min(max(cell_len(row.title) for row in rows), max(10, total // 3))
    times = max(len(row.time) for row in rows) if total >= 60 else 11
    scale = _Scale(rows, cells=max(8, total - names - times - 4))
    labels, ticks = scale.axis(say)
    gap = " " * (names + 2)
    console.print(ink(console, name, "bold"))
    console.print(ink(console, gap + labels, "dim"))
    console.print(ink(console, gap + ticks, "dim"))
    for number, row in enumerate(rows):
        color = _COLORS[number % len(_COLORS)]
        title = ink(console, row.title)
        title.truncate(names, overflow="ellipsis" if unicode(console) else "crop", pad=True)
        way, bar = scale.bar(row)
        line = Text.assemble(title, "  ", ink(console, way, "dim"), ink(console, bar, color))
        line.pad_right(max(0, names + 2 + scale.cells - line.cell_len))
        line.append("  ").append_text(ink(console, row.time if total >= 60 else row.time[:times], "dim"))
        console.print(line, no_wrap=True, overflow="crop", width=total)


class _Scale:
    """Time to cells. Bars are drawn in half cells, so that a quarter of an hour still shows."""

    def __init__(self, rows: Sequence[Row], *, cells: int) -> None:
        self.cells = cells
        first = min(row.start - row.travel for row in rows)
        last = max(row.end for row in rows)
        self._zero = first.replace(minute=0, second=0, microsecond=0)
        hours = (last - self._zero) / timedelta(hours=1)
        self._hours = max(1, ceil(hours))
        self._step = next((step for step in _STEPS if cells * step / self._hours >= _MARK), _STEPS[-1])

    def axis(self, say: Speech) -> tuple[str, str]:
        """The labels and the line under them."""
        labels = [" "] * (self.cells + _MARK)
        ticks = ["─"] * self.cells
        for hour in range(0, self._hours + 1, self._step):
            cell = round(hour / self._hours * self.cells)
            moment = self._zero + timedelta(hours=hour)
            text = clock(moment) if self._step < 24 else _without_weekday(moment, say)
            if cell < self.cells:
                ticks[cell] = "┬"
            if cell + len(text) <= self.cells + 2:
                labels[cell : cell + len(text)] = text
        return "".join(labels).rstrip(), "".join(ticks)

    def bar(self, row: Row) -> tuple[str, str]:
        """The cells up to the end of the row: blank and way, then the service."""
        leaves = self._half(row.start - row.travel) // 2
        start, end = self._half(row.start), self._half(row.end, up=True)
        start = min(start, 2 * self.cells - 1)
        end = max(end, start + 1)
        way = " " * leaves + "░" * max(0, start // 2 - leaves)
        whole = "▐" if start % 2 else ""
        whole += "█" * (end // 2 - (start + 1) // 2)
        if end % 2 and end // 2 >= (start + 1) // 2:
            whole += "▌"
        return way, whole

    def _half(self, moment: datetime, *, up: bool = False) -> int:
        share = (moment - self._zero) / timedelta(hours=self._hours) * 2 * self.cells
        return ceil(share) if up else floor(share)


def _without_weekday(moment: datetime, say: Speech) -> str:
    """``28 Nov``."""
    return short_day(moment, say).partition(" ")[2]
