"""The figures of the book: one style, one function a form, and the way in which they are published.

A form takes a tidy frame and returns a :class:`Chart`, which draws itself for a page and for a phone:
``charts.show(charts.estimates(frame), "name", title=..., ...)``.

``palette``   the colours
``style``     type, the two widths, :class:`Chart`
``by_row``    one row a thing: ``estimates``, ``pairs``, ``ladder``, ``ranges``, ``stacked``
``by_time``   along time: ``trend``, ``lines``, ``columns``, ``lanes``, ``account_spans``, ``occasions``; and ``heap``
``cells``     ``matrix`` (words), ``grid`` (numbers)
``others``    ``geography``, ``curve``, ``survival``, ``strokes``, ``tally``
``hours``     ``schedule`` of a day, planned above reported
``days``      named days: ``timeline`` along a ruler of years, ``dated`` marks in lanes
``years``     ``yearly`` totals by estimator
``claims``    the ledger
``marks``     what several forms are made of
``publish``   ``show`` and ``table``

A module is imported when one of its names is asked for: a notebook hangs on the forms that it draws alone, and the pages
do without Matplotlib.
"""

import lazy_loader

MIME = "application/vnd.after-hanoi.figure+json"  # of a published figure among the outputs of a cell

__getattr__, __dir__, __all__ = lazy_loader.attach(
    __name__,
    submod_attrs={
        "by_row": ["estimates", "key", "ladder", "pairs", "ranges", "stacked"],
        "by_time": ["account_spans", "columns", "heap", "lanes", "lines", "occasions", "trend"],
        "cells": ["grid", "matrix"],
        "claims": ["ledger"],
        "days": ["dated", "timeline"],
        "hours": ["schedule", "shown"],
        "marks": ["interval", "outlines", "windows"],
        "others": ["curve", "geography", "strokes", "survival", "tally"],
        "palette": [
            "BLUE",
            "GREEN",
            "GREY",
            "GRID",
            "INK",
            "MUTED",
            "OCHRE",
            "PAPER",
            "PURPLE",
            "SCALE",
            "SERIES",
            "VERMILLION",
        ],
        "publish": ["literal", "show", "svg", "table"],
        "style": ["LINES", "MARKERS", "NARROW", "SMALL", "WIDE", "Chart", "Size", "canvas", "measured", "wrapped"],
        "years": ["yearly"],
    },
)
