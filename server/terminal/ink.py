"""What may be written to this terminal: no control characters, and only signs that its encoding has."""

import re

from rich.console import Console, RenderableType
from rich.text import Text

WIDEST = 92  # a wider line is harder to read
_CONTROLS = re.compile("[\x00-\x09\x0b-\x1f\x7f-\x9f\u200e\u200f\u2060\u2066-\u2069\u202a-\u202e\ud800-\udfff]")
_ASCII = str.maketrans(
    {
        "–": "-", "—": "-", "−": "-", "·": "|", "…": "...", "★": "*", "×": "x", "“": '"', "”": '"', "‘": "'", "’": "'",
        "→": "->", "✓": "+", "✗": "x", "○": "o", "∗": "*", "∼": "~", "‹": "<", "›": ">", "ˍ": "_", "∖": "\\", "∶": ":",
        "․": ".", "█": "#", "▌": "#", "▐": "#", "░": ".", "─": "-", "┬": "+", "€": "EUR ", "£": "GBP ", "¥": "JPY ",
        "₹": "INR ", "«": '"', "»": '"', "„": '"', "\N{NO-BREAK SPACE}": " ", "\N{NARROW NO-BREAK SPACE}": " ",
    }
)  # fmt: skip


def unicode(console: Console) -> bool:
    """Whether the console's encoding has all signs."""
    return console.encoding.lower().startswith("utf")


def ink(console: Console, text: str, style: str = "") -> Text:
    """``text`` as this console can show it. Terminal escapes and rich's markup have no effect in it."""
    plain = _CONTROLS.sub("", text.replace("\t", " "))
    if not unicode(console):
        plain = plain.translate(_ASCII).encode(console.encoding, "replace").decode(console.encoding)
    return Text(plain, style=style)


def width(console: Console) -> int:
    """How many cells a line may take."""
    return min(console.width, WIDEST)


def print_plain(console: Console, drawing: RenderableType, *, width: int) -> None:
    """Print as lines of text that end where their words end: for files and pipes."""
    lines = console.render_lines(drawing, console.options.update(width=width), pad=False)
    for line in lines:
        text = "".join(segment.text for segment in line).rstrip()
        console.print(Text(text), soft_wrap=True)
