"""Positions: what experts and governments wanted, from the codings of their statements and from the table of offers.

Two coding passes gave each statement one code a variable (``NA``: the statement does not say). The functions measure
how far the passes agree, weigh people so that nobody counts twice, put an interval on shares, and place positions and
offers in time. They take the tables as :func:`hanoi.evidence.read` gives them and return plain DataFrames.
"""

from hanoi.positions.coding import RELIABLE, agreement, alpha, alpha_interval, disagreements, passes, scale
from hanoi.positions.offers import CLOSED, ELEMENTS, OPEN, WANTED, account, phase, zone
from hanoi.positions.people import (
    CHOICES,
    EXPERTS,
    GROUPS,
    OUTSIDE_OFFICE,
    PARTS,
    SUMMIT,
    answers,
    ballots,
    card,
    dated,
    interval,
    ladder,
    lines,
    moves,
    parts,
    periods,
    pieces,
    resampled,
    said,
    shares,
    specifications,
)
from hanoi.positions.structure import association, dimensions

__all__ = [
    "CHOICES",
    "CLOSED",
    "ELEMENTS",
    "EXPERTS",
    "GROUPS",
    "OPEN",
    "OUTSIDE_OFFICE",
    "PARTS",
    "RELIABLE",
    "SUMMIT",
    "WANTED",
    "account",
    "agreement",
    "alpha",
    "alpha_interval",
    "answers",
    "association",
    "ballots",
    "card",
    "dated",
    "dimensions",
    "disagreements",
    "interval",
    "ladder",
    "lines",
    "moves",
    "parts",
    "passes",
    "periods",
    "phase",
    "pieces",
    "resampled",
    "said",
    "scale",
    "shares",
    "specifications",
    "zone",
]
