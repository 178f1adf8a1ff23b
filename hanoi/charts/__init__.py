"""The figures of the book: one style, one function a form, and the way in which they are published.

A form takes a tidy frame and returns a :class:`Chart`, which draws itself for a page and for a phone:
``charts.show(charts.estimates(frame), "name", title=..., ...)``.
"""

from hanoi.charts.claims import ledger
from hanoi.charts.marks import dots, interval, outlines, pair, rows, windows
from hanoi.charts.publish import MIME, literal, show, svg, table
from hanoi.charts.schedule import shown, spans
from hanoi.charts.style import (
    BLUE, GREEN, GREY, GRID, INK, LINES, MARKERS, MUTED, NARROW, OCHRE, PAPER, PURPLE, SCALE, SERIES, VERMILLION, WIDE, Chart, Size,
    canvas, wrapped,
)

__all__ = [
    "BLUE", "GREEN", "GREY", "GRID", "INK", "LINES", "MARKERS", "MIME", "MUTED", "NARROW", "OCHRE", "PAPER", "PURPLE", "SCALE",
    "SERIES", "VERMILLION", "WIDE", "Chart", "Size", "canvas", "dots", "interval", "ledger", "literal", "outlines", "pair", "rows", "show",
    "shown", "spans",    "svg", "table", "windows", "wrapped",
]
