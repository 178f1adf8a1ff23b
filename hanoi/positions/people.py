"""People, pieces and time: one person, one weight; who stands where, and who moved."""

import functools
import itertools

import numpy as np
import pandas as pd
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from hanoi import ties
from hanoi.positions.coding import passes

#: The talks of Hanoi were on these two days; what was said on the second day or later was said with the outcome near.
SUMMIT = (pd.Timestamp("2019-02-27"), pd.Timestamp("2019-02-28"))


#: Who is counted as an expert: people, by the role under which they spoke.
EXPERTS = ("think-tank", "academic", "former-official")


OUTSIDE_OFFICE = (*EXPERTS, "journalist", "activist")


#: Answers that say the same about the size of the exchange; the passes are compared after this grouping.
GROUPS = {
    "sequencing": {"small steps": ("1", "2"), "package in phases": ("3",), "all-for-all": ("4", "5")},
    "first_deal_scope": {
        "limited": ("none", "freeze-or-cap", "yongbyon"),
        "Yongbyon and more": ("yongbyon-plus",),
        "everything": ("all-wmd",),
    },
    "relief_timing": {"early or matched": ("early", "matched"), "late or none": ("after", "tighten")},
    "hanoi_verdict": {
        "no deal was better": ("no-deal-better",),
        "mixed": ("mixed",),
        "a deal was missed": ("deal-missed",),
    },
    "main_lever": {"engagement": ("engagement",), "both": ("both",), "pressure": ("pressure",)},
}


#: The choices of :func:`specifications` in words: argument → option → value, or a dict of several arguments.
#: The first option of each is the one that the book uses.
CHOICES = {
    "definition": {"steps 1 and 2": ("1", "2"), "step 1 only": ("1",)},
    "who": {
        "experts": {"roles": EXPERTS},
        "and journalists, activists": {"roles": OUTSIDE_OFFICE},
        "and legislators": {"roles": (*EXPERTS, "legislator")},
        "experts outside the United States": {"roles": EXPERTS, "without": "USA"},
        "experts outside South Korea": {"roles": EXPERTS, "without": "KOR"},
    },
    "rule": {
        "both passes, half each": "both",
        "either pass": "either",
        "first pass alone": "a",
        "second pass alone": "b",
    },
    "confidence": {"any confidence": "low", "medium or high": "medium"},
    "weight": {
        "one person, joint shared": "person",
        "latest piece only": "latest",
        "one vote a statement": "statement",
    },
    "since": {"all dates": None, "after the talks only": SUMMIT[1]},
}


_CONFIDENCE = {"low": 0, "medium": 1, "high": 2}


def pieces(statements, experts):
    """Return ``statements`` with the columns ``piece`` and ``authors``.

    A piece is what one or more people published once: several statements of one person from one source are one piece,
    and a text of several authors (``co_authors``) is one piece whoever's name the row carries.
    """
    surname = experts.set_index("expert_id")["name"].str.split().str[-1]
    found = statements.copy()
    others = found["co_authors"].fillna("").str.split("; ").map(lambda names: [name for name in names if name])
    found["authors"] = others.str.len() + 1
    found["piece"] = [
        " + ".join(sorted(surname[[me, *also]])) + f" {first.year}" if also else f"{me} {source}"
        for also, me, first, source in zip(
            others, found["expert_id"], found["date_first"], found["source_id"], strict=True
        )
    ]
    return found


def periods(statements, *, days=100):
    """Return for each statement: "before", "within 100 days", "later", or "not datable" against the end of the talks.

    A date that may lie on either side is not datable, unless the note or the paraphrase says that the outcome was not
    yet known. ``days`` sets the length of the second period.
    """
    text = statements["note"].fillna("") + " | " + statements["position_summary"].fillna("")
    first, last, end = statements["date_first"], statements["date_last"], SUMMIT[1] + pd.Timedelta(days=days)
    unknown = text.str.contains(r"before the outcome was known|\| Before Hanoi|\| On the eve of the Hanoi")
    choices = {
        "before": last.lt(SUMMIT[1]) | unknown,
        f"within {days} days": first.ge(SUMMIT[1]) & last.le(end),
        "later": first.gt(end),
    }
    return pd.Series(np.select(list(choices.values()), list(choices), "not datable"), index=statements.index)


def ballots(
    statements,
    experts,
    codings,
    *,
    variable="sequencing",
    rule="both",
    confidence="low",
    thin=True,
    weight="person",
    roles=EXPERTS,
    without=None,
    since=None,
):
    """Return the weighed codes of one variable: ``expert_id``, ``statement_id``, ``piece``, ``value``, ``weight``, ``cluster``.

    ``rule``        which passes speak: "both" must give a code and have half of the statement each; "either" is enough;
                    "same" takes only statements on which both give the same code; "a" or "b" alone
    ``confidence``  the lowest confidence that is taken: low, medium or high
    ``thin``        whether statements marked as thin are taken
    ``weight``      "person": everybody has one vote, spread evenly over that person's pieces and the statements in a
                    piece, and the vote of a piece is shared among its authors; "person in full": joint authors are not
                    shared; "latest": only the latest piece of each person, shared; "piece": one vote a piece;
                    "statement": one vote a statement
    ``roles``       roles that are counted; only rows of ``experts`` that are persons
    ``without``     country whose people are left out, or None
    ``since``       first day on which a statement may begin, or None
    ``cluster`` joins people who are linked by a joint piece; whoever resamples draws whole clusters.
    """
    taken = _taken(statements, experts, thin, roles, without, since)
    return _cast(taken, _votes(codings, variable, rule, confidence), weight)


def _taken(statements, experts, thin=True, roles=EXPERTS, without=None, since=None):
    """Return the statements of those who are counted, with their pieces; the arguments are those of :func:`ballots`."""
    people = experts[experts["entity"].eq("person") & experts["role"].isin(roles)]
    if without is not None:
        people = people[people["country"].ne(without)]
    taken = statements if "piece" in statements else pieces(statements, experts)
    taken = taken[taken["expert_id"].isin(people["expert_id"])]
    if not thin:
        taken = taken[~taken["thin"].fillna(False).astype(bool)]
    if since is not None:
        taken = taken[taken["date_first"].ge(since) & periods(taken).ne("before")]
    return taken


def _cast(taken, votes, weight):
    """Return the ballots of the statements ``taken`` (:func:`_taken`) that have ``votes`` (:func:`_votes`)."""
    needed = ["expert_id", "statement_id", "piece", "date_last"]
    taken = taken.loc[taken["statement_id"].isin(votes["statement_id"]), needed]
    if weight == "latest":
        taken = taken[taken["date_last"].eq(taken.groupby("expert_id")["date_last"].transform("max"))]
    taken = taken.drop(columns="date_last").assign(weight=_weights(taken, weight), cluster=_clusters(taken))
    found = taken.merge(votes, on="statement_id")
    found["weight"] *= found.pop("vote")
    return found[["expert_id", "statement_id", "piece", "value", "weight", "cluster"]]


def _votes(codings, variable="sequencing", rule="both", confidence="low"):
    """Return statement_id, value, vote; the votes of a statement sum to one."""
    codes = passes(codings, variable)
    taken = {
        coder: codes[coder].ne("NA") & (codes[f"{coder}_confidence"].map(_CONFIDENCE) >= _CONFIDENCE[confidence])
        for coder in "ab"
    }
    a, b = taken["a"], taken["b"]
    kept = {"both": a & b, "either": a | b, "same": a & b & codes["a"].eq(codes["b"]), "a": a, "b": b}[rule]
    rows = [
        codes.loc[kept & taken[coder], [coder]].set_axis(["value"], axis=1)
        for coder in ("ab" if rule in ("both", "either", "same") else rule)
    ]
    votes = pd.concat(rows).reset_index()
    votes["vote"] = 1 / votes.groupby("statement_id")["value"].transform("size")
    return votes.groupby(["statement_id", "value"], as_index=False)["vote"].sum()


def _weights(rows, weight):
    """Return the weight of each row (a statement) as an array; ``weight`` is that of :func:`ballots`."""
    if weight == "statement":
        return np.ones(len(rows))
    person, piece = pd.factorize(rows["expert_id"])[0], pd.factorize(rows["piece"])[0]
    pairs, pair, statements = np.unique(person * len(rows) + piece, return_inverse=True, return_counts=True)
    author, written = np.divmod(pairs, max(len(rows), 1))
    found = 1 / statements[pair]
    if weight != "piece":
        found /= np.bincount(author)[person]  # pieces of the person
    return found if weight == "person in full" else found / np.bincount(written)[piece]  # authors of the piece


def _clusters(rows):
    """Return for each row the number of its connected component of people and pieces."""
    if rows.empty:
        return pd.Series(dtype=int, index=rows.index)
    person, piece = pd.factorize(rows["expert_id"])[0], pd.factorize(rows["piece"])[0]
    size = person.max() + 1, piece.max() + 1
    links = coo_array((np.ones(len(rows)), (person, size[0] + piece)), shape=(sum(size), sum(size)))
    return pd.Series(connected_components(links, directed=False)[1][person], index=rows.index)


def shares(votes, values):
    """Return the share of the weight on each value, in percent, as a Series over ``values``."""
    found = votes.groupby("value")["weight"].sum().reindex(values, fill_value=0)
    return (100 * found / found.sum()).round(9)


def resampled(votes, values, *, repetitions=20_000, seed=2019):
    """Return bootstrap draws of :func:`shares`, one row a draw: whole clusters of people drawn with replacement.

    With 20,000 draws an end of a 95% interval has a Monte Carlo error of about a tenth of a point.

    The percentiles of these draws (2.5 and 97.5) show how far a share rests on which people happened to be found. They
    are no sampling error of a population: nobody drew these people from a list.
    """
    kept, size = votes["value"].isin(values), votes["cluster"].nunique()
    table = np.zeros((size, len(values)))
    cells = pd.factorize(votes["cluster"], sort=True)[0], pd.Index(values).get_indexer(votes["value"])
    np.add.at(table, tuple(part[kept] for part in cells), votes.loc[kept, "weight"])
    drawn = drawn_clusters(size, repetitions, seed) @ table
    return pd.DataFrame((100 * drawn / drawn.sum(axis=1, keepdims=True)).round(9), columns=values)


@functools.lru_cache(maxsize=4)  # the same clusters are drawn for many questions
def drawn_clusters(size, repetitions, seed):
    """Return how often each of ``size`` clusters comes up in each draw with replacement (repetitions × size)."""
    return np.random.default_rng(seed).multinomial(size, np.full(size, 1 / size), repetitions).astype(float)


def interval(draws):
    """Return the 2.5th and 97.5th percentile of ``draws`` as (low, high)."""
    low, high = np.nanpercentile(np.asarray(draws, dtype=float), [2.5, 97.5])
    return float(low), float(high)


def on(votes, steps, values=("1", "2", "3", "4", "5"), *, repetitions=20_000, seed=2019):
    """Return the share of the weight on some ``values`` with its interval: ``percent``, ``low``, ``high``, ``people``, ``interval``.

    ``percent``, ``low``, ``high`` in percent; the ends are NaN, and ``interval`` None, where all people agree.
    """
    draws = resampled(votes, values, repetitions=repetitions, seed=seed)[list(steps)].sum(axis=1)
    low, high = interval(draws) if draws.std() else (np.nan, np.nan)
    return {
        "percent": shares(votes, values)[list(steps)].sum(),
        "low": low,
        "high": high,
        "people": votes["expert_id"].nunique(),
        "interval": None if np.isnan(low) else (low, high),
    }


def ground(codings, rows, *variables):
    """Return the codings on which ``rows`` (statements or ballots) rest, as :func:`hanoi.numbers.state` takes them."""
    kept = codings["statement_id"].isin(rows["statement_id"]) & codings["variable"].isin(variables or ("sequencing",))
    return {"codings": codings[kept]}


def specifications(
    statements,
    experts,
    codings,
    *,
    values=("1", "2", "3", "4", "5"),
    large=("4", "5"),
    choices=None,
    fewest=10,
    repetitions=400,
    seed=2019,
):
    """Return the answer to one question under every combination of choices, one row a combination.

    ``choices``: name → option in words → value (:data:`CHOICES`). "definition" holds the values that count as small
    steps; every other value is the argument of :func:`ballots` of that name, or a dict of several arguments.
    Columns: the options in words, ``people``, the shares ``small`` (with ``low``, ``high``) and ``large`` in percent, the mean
    position ``mean``, and ``enough`` (at least ``fewest`` people). The idea is the specification curve of Simonsohn,
    Simmons and Nelson (2020): show the result under every defensible choice, not under one.
    """
    choices, found = dict(choices or CHOICES), []
    definitions = choices.pop("definition", {"steps 1 and 2": ("1", "2")})
    taken = functools.cache(functools.partial(_taken, pieces(statements, experts), experts))
    votes_of = functools.cache(functools.partial(_votes, codings))
    steps, at = np.array(values, dtype=float), pd.Index(values).get_indexer
    definitions, large = {words: at(small) for words, small in definitions.items()}, at(large)
    for combination in itertools.product(*choices.values()):
        chosen, arguments = dict(zip(choices, combination, strict=True)), {}
        for name, option in chosen.items():
            value = choices[name][option]
            arguments |= value if isinstance(value, dict) else {name: value}
        spoken = {name: arguments.pop(name) for name in ("variable", "rule", "confidence") if name in arguments}
        weight = arguments.pop("weight", "person")
        votes = _cast(taken(**arguments), votes_of(**spoken), weight)
        if votes.empty:
            found += [{"definition": words} | chosen | {"people": 0} for words in definitions]
            continue
        share = shares(votes, values).to_numpy()
        draws = resampled(votes, values, repetitions=repetitions, seed=seed).to_numpy()
        people, mean = votes["expert_id"].nunique(), (share * steps).sum() / 100
        for words, small in definitions.items():
            low, high = interval(draws[:, small].sum(axis=1))
            found.append(
                {"definition": words}
                | chosen
                | {
                    "people": people,
                    "small": share[small].sum(),
                    "low": low,
                    "high": high,
                    "large": share[large].sum(),
                    "mean": mean,
                }
            )
    found = pd.DataFrame(found)
    return found.assign(enough=found["people"] >= fewest)


def ladder(statements, experts, codings, *, roles=EXPERTS, variable="sequencing"):
    """Return one row a person with a coded position: ``a`` and ``b`` (mean code of each pass, pieces weighed alike).

    ``position`` is the mean of ``a`` and ``b``, or the one that there is; ``statements`` and ``pieces`` count what
    either pass coded. People whom only one pass places have NaN in the other.
    """
    found = {}
    for coder in "ab":
        votes = ballots(
            statements, experts, codings, variable=variable, rule=coder, weight="person in full", roles=roles
        )
        votes["value"] = votes["value"].astype(float) * votes["weight"]
        sums = votes.groupby("expert_id")[["value", "weight"]].sum()
        found[coder] = sums["value"] / sums["weight"]
    either = ballots(statements, experts, codings, variable=variable, rule="either", roles=roles).groupby("expert_id")
    found = pd.DataFrame(found).assign(
        position=lambda people: ties.settled(people.mean(axis=1)),
        statements=either["statement_id"].nunique(),
        pieces=either["piece"].nunique(),
    )
    named = experts.set_index("expert_id")[["name", "role", "country", "affiliation"]]
    return (
        found.join(named)
        .reset_index(names="expert_id")
        .sort_values(["position", "name"], ignore_index=True, kind="stable")
    )


def dated(statements, experts, codings, *, variable="sequencing"):
    """Return every statement with its author, its period and its codes as numbers: ``a``, ``b`` (NaN: not stated).

    ``position`` is the mean of the two where both passes give a code, and NaN elsewhere.
    """
    codes = passes(codings, variable)[["a", "b"]].apply(pd.to_numeric, errors="coerce")
    rows = statements.assign(period=periods(statements)).join(codes, on="statement_id")
    rows["position"] = rows[["a", "b"]].mean(axis=1, skipna=False)
    return rows.merge(experts[["expert_id", "name", "entity", "role", "country"]], on="expert_id")


def lines(rows):
    """Return what each person said on each stated date: mean ``a`` and ``b``, ``statements`` and how many are ``placed``.

    ``rows`` as from :func:`dated`. A person who spoke without naming an order has NaN and ``placed`` 0; ``placed``
    counts the statements that at least one pass places. Sorted by the first and last day that the date allows.
    """
    found = (
        rows.assign(placed=rows[["a", "b"]].notna().any(axis=1))
        .groupby(["country", "name", "date"], as_index=False, dropna=False)
        .agg(
            a=("a", "mean"),
            b=("b", "mean"),
            date_first=("date_first", "min"),
            date_last=("date_last", "max"),
            statements=("statement_id", "size"),
            placed=("placed", "sum"),
        )
    )
    return found.sort_values(["date_first", "date_last", "name"], ignore_index=True, kind="stable")


def occasions(rows):
    """Return where each person stood on each occasion, one row a person and occasion: mean ``position``, ``statement_id`` (a list).

    ``rows`` as from :func:`dated`; only statements that both passes place. One speech read on several pages, or several
    remarks of one day, are one occasion; a statement dated by its month belongs to the first dated one of that person
    in that month. Sorted by day.
    """
    placed = rows.dropna(subset="position")
    exact = placed[placed["date"].str.len() == 10].groupby(["name", placed["date"].str[:7]])["date"].min()
    month = pd.MultiIndex.from_arrays([placed["name"], placed["date"].str[:7]])
    vague = placed["date"].str.len() < 10
    day = placed["date"].mask(vague, exact.reindex(month).set_axis(placed.index).fillna(placed["date"]))
    found = (
        placed.assign(day=day)
        .groupby(["country", "name", "day"], as_index=False)
        .agg(position=("position", "mean"), statement_id=("statement_id", list), date_first=("date_first", "min"))
    )
    return found.sort_values(["day", "name"], ignore_index=True, kind="stable")


def moves(rows):
    """Return the dated positions of everybody placed by both passes at two or more dates, one row a person and date.

    ``rows`` as from :func:`dated`. ``position`` is the mean over the statements of that stated date, ``change`` the
    last position minus the first, ``span`` the highest minus the lowest; both are the same in all rows of a person.
    """
    found = (
        rows.dropna(subset="position")
        .groupby(["expert_id", "name", "role", "country", "date"], as_index=False, dropna=False)
        .agg(
            a=("a", "mean"),
            b=("b", "mean"),
            position=("position", "mean"),
            date_first=("date_first", "min"),
            date_last=("date_last", "max"),
            period=("period", "first"),
            statements=("statement_id", "size"),
        )
    )
    found = found.sort_values(["expert_id", "date_first", "date_last"], ignore_index=True, kind="stable")
    by = found.groupby("expert_id")["position"]
    found["change"] = by.transform("last") - by.transform("first")
    found["span"] = by.transform("max") - by.transform("min")
    return found[by.transform("size").gt(1)].reset_index(drop=True)


def answers(statements, experts, codings, *, roles=EXPERTS, groups=GROUPS):
    """Return one row a person and one column a question: the answer on which both passes agree, or NA.

    Codes are grouped by ``groups`` before the passes are compared. A person who gave several answers is given the one
    with most pieces behind it, then the latest. The index is expert_id.
    """
    people = experts.loc[experts["entity"].eq("person") & experts["role"].isin(roles), "expert_id"]
    rows = pieces(statements, experts)
    rows = rows[rows["expert_id"].isin(people)]
    found = pd.DataFrame(index=pd.Index(sorted(people), name="expert_id"))
    for variable, grouped in groups.items():
        name = {code: answer for answer, codes in grouped.items() for code in codes}
        codes = passes(codings, variable)[["a", "b"]].apply(lambda column, name=name: column.map(name))
        agreed = codes.loc[codes["a"].eq(codes["b"]) & codes["a"].notna(), "a"].rename("answer")
        given = rows.join(agreed, on="statement_id", how="inner")
        counted = given.groupby(["expert_id", "answer"]).agg(pieces=("piece", "nunique"), last=("date_last", "max"))
        counted = counted.reset_index().sort_values(["expert_id", "pieces", "last", "answer"], kind="stable")
        found[variable] = counted.groupby("expert_id")["answer"].last()
    return found


def outcomes(statements, experts, codings, *, small=("1", "2"), groups=GROUPS, **choices):
    """Return one row a person with an answer or without one, for :mod:`hanoi.positions.silence`.

    ``small``    the codes of the order of the exchange that count as 1
    ``choices``  arguments of :func:`ballots`; everybody in its ``roles`` who has a statement gets a row
    Columns: ``share`` (0 to 1: part of the person's own weight on ``small``; NaN where no order is coded), ``cluster``
    (people linked by a joint piece), ``home`` (United States, South Korea, elsewhere), and the other questions of
    ``groups`` as in :func:`answers`, "not said" where nothing is agreed. The index is expert_id.
    """
    roles = choices.get("roles", EXPERTS)
    votes = ballots(statements, experts, codings, **choices)
    people = experts[experts["entity"].eq("person") & experts["role"].isin(roles)]
    rows = pieces(statements, experts)
    rows = rows[rows["expert_id"].isin(people["expert_id"])]
    found = pd.DataFrame({"cluster": _clusters(rows).groupby(rows["expert_id"]).first()}).sort_index(kind="stable")
    on = votes["weight"].where(votes["value"].isin(small), 0.0)
    found["share"] = on.groupby(votes["expert_id"]).sum() / votes.groupby("expert_id")["weight"].sum()
    country = found.index.to_series().map(people.set_index("expert_id")["country"])
    found["home"] = country.map({"USA": "United States", "KOR": "South Korea"}).fillna("elsewhere")
    others = {name: grouped for name, grouped in groups.items() if name != "sequencing"}
    given = answers(statements, experts, codings, roles=roles, groups=others)
    return found.join(given.fillna("not said"))


def said(statements, experts, codings, variable, codes, *, roles=EXPERTS, rule="same"):
    """Return the statements of people in ``roles`` that are coded as one of ``codes``, with ``expert_id``.

    ``rule``: "same" wants both passes inside ``codes``; "either" wants one.
    """
    people = experts.loc[experts["entity"].eq("person") & experts["role"].isin(roles), "expert_id"]
    inside = passes(codings, variable)[["a", "b"]].isin(list(codes))
    kept = inside.all(axis=1) if rule == "same" else inside.any(axis=1)
    return statements[statements["expert_id"].isin(people) & statements["statement_id"].isin(kept.index[kept])]


#: Parts of the small deal: the variable that asks for it, the codes for it, against it (or asking for more instead),
#: and for something else.
PARTS = {
    "End-of-war declaration": ("end_of_war", ("support", "conditional"), ("oppose",), ()),
    "Liaison offices": ("liaison_office", ("support",), ("oppose",), ()),
    "Some sanctions relief": ("relief_timing", ("early", "matched"), ("after", "tighten"), ()),
    "Dismantling at Yongbyon": (
        "first_deal_scope",
        ("yongbyon", "yongbyon-plus"),
        ("all-wmd",),
        ("none", "freeze-or-cap"),
    ),
}


def parts(statements, experts, codings, *, roles=EXPERTS):
    """Return for each part of the small deal how many people are for it, against it, for something else, or silent.

    One row a part: ``people`` in these roles, ``support``, ``against``, ``else``, ``mixed`` (on both sides at different
    times), ``unclear`` (the passes disagree) and ``silent`` (neither pass finds a word on it); they sum to ``people``.
    """
    people = experts.loc[experts["entity"].eq("person") & experts["role"].isin(roles), "expert_id"]
    people = sorted(set(people) & set(statements["expert_id"]))
    found = []
    for part, (variable, *sides) in PARTS.items():
        held = [set(said(statements, experts, codings, variable, codes, roles=roles)["expert_id"]) for codes in sides]
        spoke = set(
            said(
                statements,
                experts,
                codings,
                variable,
                [code for codes in sides for code in codes],
                roles=roles,
                rule="either",
            )["expert_id"]
        )
        for_, against, other = held
        found.append(
            {
                "part": part,
                "variable": variable,
                "people": len(people),
                "support": len(for_ - against),
                "against": len(against - for_),
                "mixed": len(for_ & against),
                "else": len(other - for_ - against),
                "unclear": len(spoke - for_ - against - other),
                "silent": len(set(people) - spoke),
            }
        )
    return pd.DataFrame(found)


def card(person, statements, codings, claims, claim_sources, pattern):
    """Return what the tables hold on one person: one row a statement and a line of the ledger (``what``, ``finding``, ``source``).

    ``person``   expert_id, or None for somebody who is not in the table of experts
    ``pattern``  regular expression that finds the person in the claims of the founding text
    A person without statements and without claims gives an empty frame.
    """
    rows = [
        {
            "what": f"{row.date}, {row.venue}",
            "finding": f"{row.position_summary} [{_codes(row.statement_id, codings)}]",
            "source": row.source_id,
        }
        for row in statements[statements["expert_id"].eq(person)]
        .sort_values(["date_first", "statement_id"], kind="stable")
        .itertuples()
    ]
    named = claims["claim"].str.contains(pattern) | claims["claimed_by"].fillna("").str.contains(pattern)
    for row in claims[named].itertuples():
        cited = claim_sources.loc[claim_sources["claim_id"].eq(row.claim_id), "source_id"]
        rows.append(
            {
                "what": f"Founding text, line {row.line}: {row.status}",
                "finding": f"{row.claim} Finding: {row.finding}",
                "source": " ".join(sorted(set(cited))),
            }
        )
    return pd.DataFrame(rows, columns=["what", "finding", "source"])


def _codes(statement, codings):
    """Return the stated codes of one statement as words: "sequencing 1, outlook 2 or 3" where the passes differ."""
    rows = codings[codings["statement_id"].eq(statement)]
    stated = []
    for variable, codes in rows.groupby("variable", sort=False)["value"]:
        values = list(dict.fromkeys(codes))
        if values != ["NA"]:
            stated.append(
                f"{variable.replace('_', ' ')}: " + " or ".join("not stated" if v == "NA" else v for v in values)
            )
    return "; ".join(stated) or "no code but not stated"
