"""The bargain at Hanoi: why it failed by who says so, and how firmly each side stood behind what was on the table."""

import itertools
import re

import numpy as np
import pandas as pd
from statsmodels.stats.inter_rater import cohens_kappa, to_table

from hanoi.positions.offers import CLOSED, ELEMENTS, OPEN, WANTED, account

#: The codes of the reasons in words, those on the terms first.
REASONS = {
    "us-asked-too-much": "The US demand went too far",
    "dprk-asked-too-much": "The North wanted too much",
    "sanctions-scope": "How much of the sanctions should go",
    "yongbyon-not-enough": "Yongbyon alone was too little",
    "undeclared-sites": "Plants outside Yongbyon",
    "definition-of-denuclearisation": "No shared meaning of denuclearisation",
    "no-agreed-sequence": "No agreed order of steps",
    "bolton-hardline": "Bolton, Pompeo or other aides",
    "cohen-hearing-domestic": "US domestic politics, the Cohen hearing",
    "poor-preparation": "Poor preparation by staff",
    "leader-level-method": "The leader-led method",
    "misread-by-kim": "Kim misjudged Trump or his own hand",
    "misread-by-south-korea": "Seoul misjudged what would pass",
    "other": "Other",
}

#: Reasons that lie in the terms of the exchange, and reasons that lie in how the talks were prepared and led.
REASON_GROUPS = {
    "terms": (
        "us-asked-too-much",
        "dprk-asked-too-much",
        "yongbyon-not-enough",
        "undeclared-sites",
        "sanctions-scope",
        "definition-of-denuclearisation",
        "no-agreed-sequence",
    ),
    "conduct": (
        "poor-preparation",
        "leader-level-method",
        "bolton-hardline",
        "cohen-hearing-domestic",
        "misread-by-kim",
        "misread-by-south-korea",
    ),
    "other": ("other",),
}

#: How firmly a side stands behind an element, from the weakest account of it to the strongest.
FIRMNESS = {
    1: "press, memoir or third party only",
    2: "the other side's account",
    3: "own words, a remark",
    4: "own words",
}

#: Columns of offers against demands: whose, and which positions.
COLUMNS = {
    "North offers": ("PRK", OPEN),
    "North asks": ("PRK", ("demanded",)),
    "US asks": ("USA", ("demanded",)),
    "US holds out": ("USA", OPEN),
}

# Notes by which the compilers say that the code claims more than was said.
_HEDGES = (
    "nearest code|no formal offer|answer to a reporter|^prospect|not as an explicit demand|expectation rather|"
    "no government offer|not an announced offer|deferred demand|relay of what the north said|opinion column"
)
# Beginnings of summaries that do not start with the name of whoever tells it.
_TELLERS = (
    ("Pyongyang Declaration", "Moon"),
    ("New Year address|Kim[, ]", "Kim"),
    ("Bolton memoir", "Bolton’s memoir"),
    ("Reportedly the paper|The US was reportedly|Reuters", "Reuters"),
    ("Adviser Moon Chung-in", "Moon Chung-in"),
    ("Andrew Kim", "Andrew Kim"),
    ("Blue House", "Blue House"),
    ("AP: US official|State Department official", "US official"),
    ("Unnamed US diplomatic source", "US diplomat"),
    ("Thae Yong-ho", "Thae Yong-ho"),
    ("Pentagon agency", "Pentagon agency"),
)


def reason_voices(reasons, codings):
    """Return who gives which reason, one row a voice and code: ``voice``, ``who``, ``role``, ``country``, ``code``, ``a``, ``b``.

    A voice is a person, an author or an outlet (``expert_id``, else ``who``); it counts once a code, however often it is
    quoted. ``a`` and ``b`` say whether the first and the second pass give the code to any of its reasons. Second choices
    are left out.
    """
    codes = codings.pivot(index="reason_id", columns="coder", values="code")
    rows = reasons.assign(voice=reasons["expert_id"].fillna(reasons["who"]))
    long = pd.concat(
        [
            rows.assign(code=rows["reason_id"].map(codes[coder]), coder=coder)[
                ["voice", "who", "role", "country", "code", "coder"]
            ]
            for coder in ("a", "b")
        ]
    )
    about = long.drop_duplicates("voice").set_index("voice")[["who", "role", "country"]]
    found = pd.crosstab([long["voice"], long["code"]], long["coder"]).gt(0).reset_index()
    found.columns.name = None
    found = found.join(about, on="voice")[["voice", "who", "role", "country", "code", "a", "b"]]
    return found.sort_values(["code", "role", "voice"], kind="stable", ignore_index=True)


def naming(voices, codes, rule="both"):
    """Return the voices that give at least one of ``codes``, a sorted list of names.

    ``rule``: "both" wants one of the codes, not always the same, from each pass, "either" from one; "a" or "b" is that
    pass alone.
    """
    inside = voices["code"].isin(list(codes))
    named = {coder: set(voices.loc[inside & voices[coder], "voice"]) for coder in "ab"}
    return sorted(
        {"both": named["a"] & named["b"], "either": named["a"] | named["b"], "a": named["a"], "b": named["b"]}[rule]
    )


def reason_agreement(codings):
    """Return how far the two passes agree on the reasons: ``n``, ``same``, ``second``, ``kappa``, ``low``, ``high``.

    ``same`` counts equal first codes, ``second`` also those where the second choice of one pass is the code of the other.
    Cohen's kappa with its asymptotic 95% interval is computed by statsmodels (Fleiss, Cohen and Everitt 1969). Rows whose
    paraphrase stands twice in the table are not independent, so that the interval is a little too narrow.
    """
    first = codings.pivot(index="reason_id", columns="coder", values="code").dropna()
    other = codings.pivot(index="reason_id", columns="coder", values="second_code").reindex(first.index)
    same = first["a"].eq(first["b"])
    second = same | first["a"].eq(other["b"]) | first["b"].eq(other["a"])
    found = cohens_kappa(to_table(first[["a", "b"]].to_numpy())[0])
    return pd.Series(
        {
            "n": len(first),
            "same": int(same.sum()),
            "second": int(second.sum()),
            "kappa": float(found.kappa),
            "low": float(found.kappa_low),
            "high": float(found.kappa_upp),
        }
    )


def teller(offers):
    """Return for each offer who tells it, by the beginning of its summary: "Ri", "NYT", "Bolton’s memoir"."""

    def name(summary):
        for pattern, who in _TELLERS:
            if re.match(pattern, summary):
                return who
        return re.match(r"[\w'-]+", summary)[0]

    return offers["summary"].map(name)


def hedged(offers):
    """Return for each offer whether its note says that the code claims more than was said (a remark, a prospect)."""
    return offers["note"].fillna("").str.contains(_HEDGES, flags=re.IGNORECASE)


def until(offers, day):
    """Return the offers and demands that may have been made up to ``day`` (a Timestamp), that day included."""
    return offers[offers["event_date_last"].le(day) | offers["event_date"].str.fullmatch(f"{day:%Y-%m}")]


def exchange(offers):
    """Return offers against demands, one row a cell: ``element``, ``column``, ``words``, ``whose``, ``offers`` (ids).

    ``column``  one of :data:`COLUMNS`; a refusal stands with what the side would give, or with what it asked for
    ``words``   who tells it: the party's own people first, then the other side's; the press and others only where neither does;
                a question mark stands after one whose words were a remark rather than an offer (:func:`hedged`)
    ``whose``   "both sides" tell it, the party in its "own words", the "other side" only, or "third" parties only
    """
    rows = offers[offers["party"].isin(["PRK", "USA"])]
    rows = rows.assign(whose=account(rows), teller=teller(rows) + np.where(hedged(rows), "?", ""))
    rows["column"] = None
    for column, (party, taken) in COLUMNS.items():
        rows.loc[rows["party"].eq(party) & rows["position"].isin(taken), "column"] = column
    own = {
        "PRK": ("North offers", "North asks"),
        "USA": ("US holds out", "US asks"),
    }
    refused = rows["position"].isin(CLOSED)
    gives = rows["element"].map(lambda element: ELEMENTS[element][1])
    rows.loc[refused, "column"] = [
        own[party][0 if giver in (party, "both") or pd.isna(giver) else 1]
        for party, giver in zip(rows.loc[refused, "party"], gives[refused], strict=True)
    ]
    found = []
    for (element, column), cell in rows.groupby(["element", "column"], sort=False):
        said = cell[~cell["position"].isin(CLOSED)]
        told = said if len(said) else cell
        kinds = set(told["whose"])
        whose = (
            "both sides"
            if {"own", "other side"} <= kinds
            else "own words"
            if "own" in kinds
            else "other side"
            if "other side" in kinds
            else "third"
        )
        found.append(
            {
                "element": element,
                "column": column,
                "words": _words(cell),
                "whose": whose,
                "offers": cell["offer_id"].tolist(),
            }
        )
    return pd.DataFrame(found, columns=["element", "column", "words", "whose", "offers"])


def _words(cell):
    """Return the words of one cell of the exchange."""
    parts = []
    said = cell[~cell["position"].isin(CLOSED)]
    side = {"PRK": "US account: ", "USA": "North’s account: "}[cell["party"].iloc[0]]
    for whose, intro in (("own", ""), ("other side", side), ("third", "others: ")):
        names = list(dict.fromkeys(said.loc[said["whose"].eq(whose), "teller"]))
        if names and not (parts and whose == "third"):
            parts.append(intro + ", ".join(names))
    for position, verb in (("rejected", "refused: "), ("dropped", "dropped: ")):
        names = list(dict.fromkeys(cell.loc[cell["position"].eq(position), "teller"]))
        if names:
            parts.append(verb + ", ".join(names))
    return "; ".join(parts)


def firmness(offers):
    """Return how firmly each side was open to each element, one row an element with a giver.

    ``PRK``, ``USA``  the firmest account of that side (see :data:`FIRMNESS`; NaN: no row): of the giver that it would give
                      (offered, conditional, reported as a draft), of the other side that it asks for it or is open to
                      it; of what both would give, that each is open to it
    ``both``          the weaker of the two, NaN where one side has no row
    ``refused``       whether any row has a side refuse or drop it
    """
    rows = offers[offers["party"].isin(["PRK", "USA"])]
    whose = account(rows)
    level = whose.map({"third": 1, "other side": 2, "own": 4}).mask(whose.eq("own") & hedged(rows), 3)
    rows = rows.assign(level=level)
    firmest = {
        kind: rows[rows["position"].isin(taken)].groupby(["element", "party"])["level"].max()
        for kind, taken in (("given", OPEN), ("taken", WANTED))
    }
    refused = set(rows.loc[rows["position"].isin(CLOSED), "element"])
    found = []
    for element, (label, giver) in ELEMENTS.items():
        if giver is None:
            continue
        row = {"element": element, "label": label, "giver": giver}
        for party in ("PRK", "USA"):
            kind = "given" if giver in (party, "both") else "taken"
            row[party] = float(firmest[kind].get((element, party), np.nan))
        row["both"] = min(row["PRK"], row["USA"]) if not np.isnan(row["PRK"] + row["USA"]) else float("nan")
        found.append(row | {"refused": element in refused})
    return pd.DataFrame(found)


ACCOUNTS = ("own", "other side", "third")  # whose account of a side's position one may believe
#: What one may ask of a position beside: name → whether refusals told count against it, whether a bare remark counts.
READINGS = {
    "Open at some time": (False, True),
    "… and nobody believed tells of a refusal": (True, True),
    "… and no bare remark counts": (True, False),
}


def zones(offers):
    """Return the bargaining zone under every set of believed accounts and every reading of "open", one row each.

    ``offers`` as the table gives them. ``accounts``: a non-empty part of :data:`ACCOUNTS`, joined by " + ";
    ``reading``: a key of :data:`READINGS`; ``elements``: labels of the elements to which both sides were open by these
    accounts alone, sorted; ``count``.
    The zone of possible agreement is Raiffa's (The Art and Science of Negotiation, 1982), asked of each element alone.
    """
    whose, found = account(offers), []
    for size in range(1, len(ACCOUNTS) + 1):
        for believed in itertools.combinations(ACCOUNTS, size):
            told = offers[whose.isin(believed)]
            for reading, (unrefused, remarks) in READINGS.items():
                firm = firmness(told if remarks else told[~hedged(told)])
                both = firm[firm["both"].notna() & ~(firm["refused"] & unrefused)]
                names = sorted(both["label"])
                found.append(
                    {"accounts": " + ".join(believed), "reading": reading, "count": len(names), "elements": names}
                )
    return pd.DataFrame(found)
