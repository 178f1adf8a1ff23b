"""Positions: what experts and governments wanted, from the codings of their statements and from the table of offers.

Two coding passes gave each statement one code a variable (``NA``: the statement does not say). The functions measure
how far the passes agree, weigh people so that nobody counts twice, put an interval on shares, and place positions and
offers in time. They take the tables as :func:`hanoi.evidence.read` gives them and return plain DataFrames. A module is
imported when one of its names is asked for: the pages need few of them, and statsmodels takes a second.
"""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach(
    __name__,
    submod_attrs={
        "bargain": [
            "COLUMNS",
            "FIRMNESS",
            "READINGS",
            "REASON_GROUPS",
            "REASONS",
            "exchange",
            "firmness",
            "hedged",
            "naming",
            "reason_agreement",
            "reason_voices",
            "teller",
            "until",
            "zones",
        ],
        "coding": [
            "RELIABLE",
            "agreement",
            "alpha",
            "alpha_interval",
            "contrast",
            "disagreements",
            "from_pages",
            "passes",
            "scale",
        ],
        "offers": ["CLOSED", "ELEMENTS", "OPEN", "WANTED", "account", "phase"],
        "people": [
            "CHOICES",
            "EXPERTS",
            "GROUPS",
            "OUTSIDE_OFFICE",
            "PARTS",
            "SUMMIT",
            "answers",
            "ballots",
            "card",
            "dated",
            "ground",
            "interval",
            "ladder",
            "lines",
            "moves",
            "occasions",
            "on",
            "outcomes",
            "parts",
            "periods",
            "pieces",
            "resampled",
            "said",
            "shares",
            "specifications",
        ],
        "silence": ["bounds", "predicted", "resampled_model", "reweighted"],
        "structure": ["association", "dimensions"],
    },
)
