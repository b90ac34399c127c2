"""What a person sees in a terminal: cards, a day's time line, and specialists at work.

Everything works on any terminal: without a tty there are no colours and no frames, on a narrow one
columns become lines, and where the encoding is not UTF-8 the signs are ASCII.
"""

from server.terminal.cards import draw_card
from server.terminal.day import draw_timeline
from server.terminal.progress import Progress

__all__ = ["Progress", "draw_card", "draw_timeline"]
