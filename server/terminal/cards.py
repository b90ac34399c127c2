"""Adaptive Cards in a terminal: the part of version 1.5 that the product's own cards use."""

from collections.abc import Iterator, Sequence
from itertools import groupby
from typing import Any

from rich import box
from rich.console import Console, Group, RenderableType
from rich.padding import Padding
from rich.panel import Panel
from rich.table import Table
from rich.text import Text

from server.terminal.ink import ink, print_plain, unicode, width

Json = dict[str, Any]
_NARROW = 60  # below this many cells, columns become lines
_COLORS = {"accent": "cyan", "good": "green", "warning": "yellow", "attention": "red"}
_BUTTONS = {"positive": "bold green", "destructive": "red"}
_BLANK = Text()  # the one blank line: two in a row are drawn as one
_MARKS = {"good": "✓", "warning": "!", "attention": "✗"}


def draw_card(console: Console, card: Json) -> list[Json]:
    """Draw a card; its buttons are numbered.

    Returns:
        The card's actions in the order of their numbers: number 1 is the first.
    """
    drawing = _Drawing(console)
    body = Group(*drawing.elements(card.get("body", [])) or [ink(console, card.get("fallbackText", ""))])
    bar = list(drawing.packed(drawing.buttons(card.get("actions", []))))
    if console.is_terminal:
        frame = box.ROUNDED if unicode(console) else box.ASCII
        console.print(Panel(body, box=frame, border_style="cyan", padding=(0, 1), width=drawing.width))
        for line in bar:
            console.print(Padding(line, (0, 2)))
    else:
        print_plain(console, Group(body, *bar), width=drawing.width)
    return drawing.actions


class _Drawing:
    """One card being drawn: it numbers the actions as it meets them."""

    def __init__(self, console: Console) -> None:
        self.console = console
        self.width = width(console)
        self.actions: list[Json] = []

    def elements(self, elements: Sequence[Json]) -> list[RenderableType]:
        """The elements one under the other; column sets of one shape share their columns."""
        drawn: list[RenderableType] = [_BLANK]
        visible = [element for element in elements if element.get("isVisible", True)]
        for shape, run in groupby(visible, key=_shape):
            several = list(run)
            parts = self._columns(several) if shape else [p for each in several for p in self._element(each)]
            for part in parts:
                if part is not _BLANK or drawn[-1] is not _BLANK:
                    drawn.append(part)
        return drawn[1 : -1 if drawn[-1] is _BLANK else None]

    def _element(self, element: Json) -> Iterator[RenderableType]:
        if drawn := self._content(element):
            if element.get("separator"):
                yield _BLANK
            yield from drawn

    def _content(self, element: Json) -> list[RenderableType]:
        drawn: list[RenderableType] = []
        match element.get("type"):
            case "TextBlock":
                drawn = [self._text(element)]
            case "Container":
                drawn = self._container(element)
            case "FactSet":
                drawn = [self._facts(element.get("facts", []))]
            case "ActionSet":
                drawn = list(self.packed(self.buttons(element.get("actions", []))))
            case "Input.ChoiceSet":
                choices = [self._ink(f"  ○ {choice['title']}") for choice in element.get("choices", [])]
                drawn = [self._ink(element.get("label", ""), "bold"), *choices]
            case str(kind) if kind.startswith("Input."):
                hint = element.get("placeholder", "")
                drawn = [self._ink(element.get("label", ""), "bold"), self._ink(f"  › {hint}", "dim")]
            case "Image":
                drawn = [self._ink(element.get("altText", ""), "dim")]
            case _ if isinstance(element.get("fallback"), dict):
                drawn = self._content(element["fallback"])
        return drawn

    def _text(self, block: Json) -> Text:
        heading = block.get("size") in ("large", "extraLarge")
        styles = (
            "bold" if heading or block.get("weight") == "bolder" else "",
            "dim" if block.get("isSubtle") else "",
            _COLORS.get(block.get("color", ""), ""),
        )
        return self._ink(block.get("text", ""), " ".join(filter(None, styles)))

    def _container(self, container: Json) -> list[RenderableType]:
        inner = self.elements(container.get("items", []))
        style = container.get("style", "default")
        if style not in _MARKS:
            return inner
        marked = Table.grid(padding=(0, 1))
        marked.add_row(self._ink(_MARKS[style], f"bold {_COLORS[style]}"), Group(*inner))
        return [_BLANK, marked, _BLANK]

    def _facts(self, facts: Sequence[Json]) -> Table:
        table = Table.grid(padding=(0, 2))
        for fact in facts:
            table.add_row(self._ink(fact["title"], "dim"), self._ink(fact["value"]))
        return table

    def _columns(self, sets: list[Json]) -> list[RenderableType]:
        """Column sets of one shape as the rows of one grid, so that times and prices line up."""
        spaced = any(each.get("separator") for each in sets)
        if self.width < _NARROW:
            between = [_BLANK] if spaced else []
            return [part for each in sets for part in (*between, *self._stacked(each["columns"]))]
        grid = Table.grid(expand=True, padding=(0, 2, 0, 0))
        for column in sets[0]["columns"]:
            stretched = column.get("width") == "stretch"
            grid.add_column(ratio=1 if stretched else None, no_wrap=not stretched, justify=_justify(column))
        for index, each in enumerate(sets):
            if spaced and index:
                grid.add_row()
            grid.add_row(*(Group(*self.elements(column.get("items", []))) for column in each["columns"]))
        return [_BLANK, grid] if spaced else [grid]

    def _stacked(self, columns: list[Json]) -> Iterator[RenderableType]:
        """On a narrow terminal: the short columns on one line, what stretches below it, buttons last."""
        stretched = [column for column in columns if column.get("width") == "stretch"]
        short = [column for column in columns if column not in stretched]
        figures = [item for column in short for item in column.get("items", []) if item.get("type") == "TextBlock"]
        others = [item for column in short for item in column.get("items", []) if item.get("type") != "TextBlock"]
        if figures:
            yield Text("  ").join(self._text(figure) for figure in figures)
        for column in stretched:
            yield Padding(Group(*self.elements(column.get("items", []))), (0, 0, 0, 2))
        if others:
            yield Padding(Group(*self.elements(others)), (0, 0, 0, 2))

    def buttons(self, actions: Sequence[Json]) -> list[Text]:
        """Number the actions and draw each as a hint."""
        drawn = []
        for action in actions:
            self.actions.append(action)
            opens = "…" if action.get("type") == "Action.ShowCard" else ""
            title = self._ink(f"{action.get('title', '')}{opens}", _BUTTONS.get(action.get("style", ""), "bold"))
            drawn.append(Text.assemble((f"[{len(self.actions)}] ", "cyan"), title))
        return drawn

    def packed(self, hints: Sequence[Text]) -> Iterator[Text]:
        """Hints on as few lines as hold them, none of them broken."""
        line = Text()
        for hint in hints:
            if line and line.cell_len + 3 + hint.cell_len > self.width - 4:
                yield line
                line = Text()
            line.append_text(Text("   ") if line else Text()).append_text(hint)
        if line:
            yield line

    def _ink(self, text: str, style: str = "") -> Text:
        return ink(self.console, text, style)


def _shape(element: Json) -> str:
    """What column sets that line up have in common; empty for anything else."""
    if element.get("type") != "ColumnSet":
        return ""
    return "|".join(str(column.get("width")) for column in element.get("columns", []))


def _justify(column: Json) -> Any:
    aligned = {item.get("horizontalAlignment") for item in column.get("items", [])}
    return "right" if "right" in aligned else "left"
