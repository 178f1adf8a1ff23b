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


def zone(offers):
    """Return for each element whether dated positions of both sides were compatible, one row an element.

    ``giver``    who would have to give it (see ``ELEMENTS``); for what both would give, each side must be open
    ``open``     the offer_ids in which the giver is open to it (offered, conditional, reported as a draft)
    ``wanted``   the offer_ids in which the other side asks for it or is open to it
    ``closed``   the offer_ids in which either side rejected or dropped it
    ``overlap``  "both sides open", "one side only" (open to it, or asking for it) or "neither side"; with ", and refused"
                 where somebody also reports that it was rejected or dropped
    Who tells it does not matter here: an overlap may rest on the other side's account. Elements whose content is not
    stated have no giver and are left out.
    """
    found = []
    for element, (label, giver) in ELEMENTS.items():
        if giver is None:
            continue
        rows = offers[offers["element"].eq(element)]
        side = {party: rows[rows["party"].eq(party)] for party in ("PRK", "USA")}
        ids = {
            party: {
                kind: rows.loc[rows["position"].isin(kinds), "offer_id"].tolist()
                for kind, kinds in (("open", OPEN), ("wanted", WANTED), ("closed", CLOSED))
            }
            for party, rows in side.items()
        }
        first, second = ("PRK", "USA") if giver in ("PRK", "both") else ("USA", "PRK")
        kind = "open" if giver == "both" else "wanted"
        given, asked = ids[first]["open"], ids[second][kind]
        closed = ids["PRK"]["closed"] + ids["USA"]["closed"]
        overlap = "both sides open" if given and asked else "one side only" if given or asked else "neither side"
        overlap += ", and refused" if closed else ""
        found.append(
            {
                "element": element,
                "label": label,
                "giver": giver,
                "open": given,
                "wanted": asked,
                "closed": closed,
                "overlap": overlap,
            }
        )
    return pd.DataFrame(found)
