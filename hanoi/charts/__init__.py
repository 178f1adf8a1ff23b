"""The figures of the book: one style, one function a form, and the way in which they are published.

A form takes a tidy frame and returns a :class:`Chart`, which draws itself for a page and for a phone:
``charts.show(charts.estimates(frame), "name", title=..., ...)``.

``style``     type, colours, the two widths, :class:`Chart`
``by_row``    one row a thing: ``estimates``, ``pairs``, ``ladder``, ``ranges``, ``stacked``
``by_time``   along time: ``trend``, ``lines``, ``columns``, ``lanes``, ``spans``, ``occasions``; and ``heap``
``cells``     ``matrix`` (words), ``grid`` (numbers)
``others``    ``geography``, ``curve``, ``survival``, ``strokes``, ``tally``
``schedule``  ``schedule`` of a day, planned above reported
``days``      named days: ``timeline`` along a ruler of years, ``dated`` marks in lanes
``years``     ``yearly`` totals by estimator
``claims``    the ledger
``marks``     what several forms are made of
``publish``   ``show`` and ``table``
"""

from hanoi.charts.by_row import estimates, key, ladder, pairs, ranges, stacked
from hanoi.charts.by_time import columns, heap, lanes, lines, occasions, trend
from hanoi.charts.by_time import spans as account_spans
from hanoi.charts.cells import grid, matrix
from hanoi.charts.claims import ledger
from hanoi.charts.days import dated, timeline
from hanoi.charts.marks import interval, outlines, windows
from hanoi.charts.others import curve, geography, strokes, survival, tally
from hanoi.charts.publish import MIME, literal, show, svg, table
from hanoi.charts.schedule import schedule, shown
from hanoi.charts.style import (
    BLUE,
    GREEN,
    GREY,
    GRID,
    INK,
    LINES,
    MARKERS,
    MUTED,
    NARROW,
    OCHRE,
    PAPER,
    PURPLE,
    SCALE,
    SERIES,
    SMALL,
    VERMILLION,
    WIDE,
    Chart,
    Size,
    canvas,
    measured,
    wrapped,
)
from hanoi.charts.years import yearly

__all__ = [
    "BLUE",
    "GREEN",
    "GREY",
    "GRID",
    "INK",
    "LINES",
    "MARKERS",
    "MIME",
    "MUTED",
    "NARROW",
    "OCHRE",
    "PAPER",
    "PURPLE",
    "SCALE",
    "SERIES",
    "SMALL",
    "VERMILLION",
    "WIDE",
    "Chart",
    "Size",
    "account_spans",
    "canvas",
    "columns",
    "curve",
    "dated",
    "estimates",
    "geography",
    "grid",
    "heap",
    "interval",
    "key",
    "ladder",
    "lanes",
    "ledger",
    "lines",
    "literal",
    "matrix",
    "measured",
    "occasions",
    "outlines",
    "pairs",
    "ranges",
    "schedule",
    "show",
    "shown",
    "stacked",
    "strokes",
    "survival",
    "svg",
    "table",
    "tally",
    "timeline",
    "trend",
    "windows",
    "wrapped",
    "yearly",
]
