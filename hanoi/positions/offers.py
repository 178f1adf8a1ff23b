"""Offers and demands: when, by whose account, and where both sides were open."""

import numpy as np
import pandas as pd

from hanoi.positions.people import SUMMIT

#: What each element is in words, and who would give it: the North, the United States, both, or the South.
ELEMENTS = {
    "yongbyon-part": ("Yongbyon, in part", "PRK"),
    "yongbyon-all": ("Yongbyon, all of it", "PRK"),
    "enrichment-outside-yongbyon": ("Enrichment elsewhere", "PRK"),
    "freeze": ("Freeze of production", "PRK"),
    "test-moratorium": ("Halt of tests", "PRK"),
    "missiles": ("Missiles", "PRK"),
    "declaration": ("Declaration of the programme", "PRK"),
    "all-nuclear": ("All nuclear arms and plants", "PRK"),
    "all-wmd": ("All weapons of mass destruction", "PRK"),
    "remains": ("Remains of soldiers", "PRK"),
    "sanctions-partial": ("Some sanctions relief", "USA"),
    "sanctions-five-resolutions": ("Five of eleven resolutions", "USA"),
    "sanctions-snapback": ("Relief with a snapback", "USA"),
    "sanctions-all": ("All sanctions", "USA"),
    "sanctions-unspecified": ("Sanctions, extent not stated", "USA"),
    "economic-aid": ("Economic prospects", "USA"),
    "security-guarantee": ("Security guarantee", "USA"),
    "inter-korean-projects": ("Inter-Korean projects", "both"),
    "end-of-war": ("End-of-war declaration", "both"),
    "liaison-office": ("Liaison offices", "both"),
    "unspecified": ("Content not stated", None),
}


OPEN = ("offered", "conditional", "reported-as-draft")


WANTED = ("demanded", *OPEN)


CLOSED = ("rejected", "dropped")


def phase(offers):
    """Return for each offer "before", "in Hanoi" or "after", by the days on which it may have been made.

    A month that holds the summit counts as before it: the table uses the bare month for the run-up.
    """
    first, last = offers["event_date_first"], offers["event_date_last"]
    inside = first.ge(SUMMIT[0]) & last.le(SUMMIT[1])
    return pd.Series(np.select([inside, first.lt(SUMMIT[0])], ["in Hanoi", "before"], "after"), index=offers.index)


def account(offers):
    """Return whose account each offer is, seen from the party: "own", "the other side" or "third" (press, memoir, Seoul)."""
    sides = offers["account_of"].isin(["PRK", "USA"])
    own = offers["account_of"].eq(offers["party"])
    return pd.Series(
        np.select([own, sides & offers["party"].isin(["PRK", "USA"])], ["own", "other side"], "third"),
        index=offers.index,
    )
