"""The pictures of a report, as SVG that stands in the page: no scripts, no fonts, no addresses.

Colours come from the page's style sheet by class, so that the same picture reads on light and on dark.
"""

from collections.abc import Mapping, Sequence
from html import escape
from math import floor, log10

_WIDTH = 640
_ROW = 26
_LABEL = 190
_VALUE = 110
_BARS = 30


def pass_rates(tags: Mapping[str, tuple[int, int]]) -> str:
    """One bar a tag: the share of its trials that passed; the rest is drawn as failed."""
    room = _WIDTH - _LABEL - _VALUE
    rows = []
    for number, (tag, (passed, of)) in enumerate(tags.items()):
        top, good = number * _ROW, passed / of * room
        rows.append(
            f'<text class="label" x="{_LABEL - 10}" y="{top + 17}" text-anchor="end">{escape(_short(tag))}</text>'
            f'<rect class="bad" x="{_LABEL}" y="{top + 6}" width="{room}" height="14" rx="3"/>'
            f'<rect class="good" x="{_LABEL}" y="{top + 6}" width="{good:.1f}" height="14" rx="3"/>'
            f'<text class="value" x="{_LABEL + room + 10}" y="{top + 17}">{passed / of:.0%} of {of}</text>'
        )
    return _svg("Pass rate by tag", len(tags) * _ROW + 6, rows)


def latencies(milliseconds: Sequence[float], p50: float, p95: float) -> str:
    """How many trials took how long; the slowest hundredth is counted in the last bar."""
    if not milliseconds:
        return ""
    top = max(_nice(sorted(milliseconds)[int(0.99 * (len(milliseconds) - 1))]), 1e-3)
    counts = [0] * _BARS
    for value in milliseconds:
        counts[min(_BARS - 1, int(value / top * _BARS))] += 1
    height, left = 150, 32
    room = _WIDTH - 2 * left
    step = room / _BARS
    shapes = []
    for number, count in enumerate(counts):
        tall = count / max(counts) * height
        shapes.append(
            f'<rect class="good" x="{left + number * step + 1:.1f}" y="{20 + height - tall:.1f}" '
            f'width="{step - 2:.1f}" height="{tall:.1f}"><title>{count}</title></rect>'
        )
    for name, value in (("p50", p50), ("p95", p95)):
        x = left + min(1.0, value / top) * room
        anchor = "end" if x > 0.8 * room else "middle"
        shapes.append(
            f'<line class="mark" x1="{x:.1f}" x2="{x:.1f}" y1="16" y2="{20 + height}"/>'
            f'<text class="value" x="{x:.1f}" y="12" text-anchor="{anchor}">{name} {value:.4g} ms</text>'
        )
    shapes.append(f'<line class="axis" x1="{left}" x2="{left + room}" y1="{20 + height}" y2="{20 + height}"/>')
    for share in (0.0, 0.5, 1.0):
        x = left + share * room
        shapes.append(
            f'<text class="label" x="{x:.1f}" y="{height + 37}" text-anchor="middle">{share * top:.4g} ms</text>'
        )
    return _svg("How long a case took", height + 44, shapes)


def against_baseline(rows: Sequence[tuple[str, float, float | None, bool]]) -> str:
    """For each figure (name, now, before, fell) a bar from 0 to 1 and a tick where the baseline is."""
    room = _WIDTH - _LABEL - _VALUE
    shapes = []
    for number, (name, now, before, fell) in enumerate(rows):
        top = number * _ROW
        change = "" if before is None else f" ({now - before:+.3f})"
        shapes.append(
            f'<text class="label" x="{_LABEL - 10}" y="{top + 17}" text-anchor="end">{escape(_short(name))}</text>'
            f'<rect class="track" x="{_LABEL}" y="{top + 6}" width="{room}" height="14" rx="3"/>'
            f'<rect class="{"fell" if fell else "good"}" x="{_LABEL}" y="{top + 6}" '
            f'width="{min(1.0, max(0.0, now)) * room:.1f}" height="14" rx="3"/>'
            f'<text class="value" x="{_LABEL + room + 10}" y="{top + 17}">{now:.3f}{change}</text>'
        )
        if before is not None:
            x = _LABEL + min(1.0, max(0.0, before)) * room
            shapes.append(f'<line class="mark" x1="{x:.1f}" x2="{x:.1f}" y1="{top + 2}" y2="{top + 24}"/>')
    return _svg("Figures against the baseline", len(rows) * _ROW + 6, shapes)


def _svg(title: str, height: int, shapes: Sequence[str]) -> str:
    return (
        f'<svg viewBox="0 0 {_WIDTH} {height}" role="img" aria-label="{escape(title)}">'
        f"<title>{escape(title)}</title>{''.join(shapes)}</svg>"
    )


def _short(label: str) -> str:
    return label if len(label) <= 27 else f"{label[:26]}…"


def _nice(value: float) -> float:
    """The next of 1, 2, 5, 10 … that is not less."""
    if value <= 0:
        return 1.0
    power: float = 10.0 ** floor(log10(value))
    return next(step * power for step in (1, 2, 5, 10) if step * power >= value)
