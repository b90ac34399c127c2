"""Other people's words, made harmless before they are shown.

Titles, names and reasons come from partners. On a card they are rendered as a subset of markdown, in a
chat window perhaps as all of it, in a terminal as bytes: a title must not become a link, a heading, a
list, a template, an escape sequence or a reversed price. Renderers disagree on backslash escapes, so
the few active characters are replaced by their plain look-alikes, which reads the same everywhere.
"""

import re

_LOOK_ALIKES = str.maketrans(
    {
        "[": "(",
        "]": ")",
        "{": "(",
        "}": ")",  # links; {{DATE()}} and ${} templates
        "*": "∗",
        "`": "'",
        "~": "∼",  # emphasis and code
        "<": "‹",
        ">": "›",
        "\\": "∖",  # HTML, autolinks, SSML; escapes
    }
)
_LOOSE_UNDERSCORE = re.compile(r"(?<![^\W_])_|_(?![^\W_])")  # one inside a word is not emphasis
_BLOCK_START = re.compile(r"^(?=(?:[-+•=]|#{1,6}|\d{1,9}[.)])(?:\s|$)|[-=]{3})")
_WORD_JOINER = "\u2060"  # in front of a list or heading marker: invisible, and no marker any more
_SCHEME = re.compile(r":(?=//)|(?<=www)\.", re.IGNORECASE)  # what link finders look for

# Controls, invisible formatting that can reorder or hide text, halves of surrogate pairs, tag characters.
# Joiners stay: emoji and several scripts need them.
_UNWANTED = re.compile(
    "[\x00-\x1f\x7f-\x9f\u00ad\u061c\u200b\u200e\u200f\u202a-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb"
    "\ud800-\udfff\U000e0000-\U000e007f\U000e0100-\U000e01ef]"
)
_RIGHT_TO_LEFT = re.compile("[\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufefe\U00010800-\U00010fff\U0001e800-\U0001efff]")
_ISOLATE, _END_ISOLATE = "\u2068", "\u2069"
_DANGLING = re.compile("[\u200c\u200d\ufe00-\ufe0f\u0300-\u036f\U0001f3fb-\U0001f3ff]+$")


def clean(text: str, limit: int) -> str:
    """One line without control characters, at most ``limit`` characters long: for machines (JSON-LD)."""
    line = " ".join(text[: 4 * limit].split())
    if not (line.isascii() and line.isprintable()):
        line = " ".join(_UNWANTED.sub("", line).split())
    if len(line) <= limit:
        return line
    return _DANGLING.sub("", line[: limit - 1]).rstrip() + "…"


def safe(text: str, limit: int = 120) -> str:
    """``text`` as one line that every renderer shows as text; longer than ``limit`` ends in an ellipsis.

    Right-to-left text is isolated (Unicode UAX 9), so that it cannot reorder the time and price beside it.
    """
    line = clean(text, limit).translate(_LOOK_ALIKES)
    if "_" in line:
        line = _LOOSE_UNDERSCORE.sub("ˍ", line)
    if "://" in line or "www." in line.lower():
        line = _SCHEME.sub(lambda found: "∶" if found[0] == ":" else "․", line)
    line = _BLOCK_START.sub(_WORD_JOINER, line)
    if not line.isascii() and _RIGHT_TO_LEFT.search(line):
        line = f"{_ISOLATE}{line}{_END_ISOLATE}"
    return line
