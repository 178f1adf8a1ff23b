"""Are the questions one line or several? Association and correspondence analysis."""

import numpy as np
import pandas as pd
from scipy import stats
from scipy.stats import contingency

from hanoi import ties


def association(first, second, *, permutations=9999, seed=2019):
    """Return (Cramér's V, p-value) of two columns of answers; pairs with a missing answer are left out.

    V is 0 without association and 1 where one answer fixes the other. The p-value is that of a permutation test of the
    chi-squared, the observed table counted. Both are NaN where one of the columns does not vary: there is then nothing
    that could be associated.
    """
    pairs = pd.DataFrame({"first": first, "second": second}).dropna()
    counts = pd.crosstab(pairs["first"], pairs["second"]).to_numpy()
    if min(counts.shape, default=0) < 2:
        return float("nan"), float("nan")
    row, column = (np.repeat(place.ravel(), counts.ravel()) for place in np.indices(counts.shape))
    expected, cells = contingency.expected_freq(counts).ravel(), np.arange(counts.size)

    def chi_squared(rows, axis):
        """Return the statistic of whole batches of shuffled rows, which scipy's own test computes table by table."""
        tables = (counts.shape[1] * rows + column)[..., None] == cells
        return ((tables.sum(axis=-2) - expected) ** 2 / expected).sum(axis=-1)

    found = stats.permutation_test(
        (row,),
        chi_squared,
        permutation_type="pairings",
        alternative="greater",
        vectorized=True,
        batch=500,
        n_resamples=permutations,
        rng=np.random.default_rng(seed),
    )
    return float(contingency.association(counts, method="cramer")), float(found.pvalue)


def dimensions(given, *, axes=4, permutations=9999, seed=2019):
    """Return a subset multiple correspondence analysis of ``given`` (people × questions, NA: not said), with a test.

    Unsaid answers keep their place in the margins and take no part in the axes, so that an axis cannot be one of
    talking much or little: the table of all answers, the unsaid ones among them, is centred and scaled by its own
    margins, and only then are the columns of the unsaid left out (Greenacre and Pardoe 2006, Subset Correspondence
    Analysis; also called specific, Le Roux and Rouanet 2010). The inertias of a subset and of its complement add up to
    the whole.
    The test shuffles the answers to each question among those who gave one, so that who is silent on what stays as it
    is, and asks how often chance gives an axis of the same rank as long (parallel analysis, Horn 1965).

    Returns a dict: ``inertias`` (DataFrame: axis, inertia, percent of the subset's inertia, chance_95, p, error: the
    Monte Carlo error of p), ``total`` (inertia of the subset), ``answers`` (principal coordinates: question, answer,
    people, x, y), ``people`` (principal coordinates: x, y). The sign of an axis is fixed so that its first answer of the
    first question is negative.
    """
    given = given.loc[given.notna().sum(axis=1).ge(2)]
    table, names = _indicators(given)
    left, found, right = np.linalg.svd(_residuals(table, given.shape[1]), full_matrices=False)
    total, inertia = float((found**2).sum()), (found**2)[:axes]
    draws, batches = np.random.default_rng(seed), np.diff([*range(0, permutations, 500), permutations])
    residuals = (_residuals(_shuffled(given, draws, batch), given.shape[1]) for batch in batches)
    chance = np.concatenate([np.linalg.eigvalsh(part.mT @ part)[:, ::-1][:, :axes] for part in residuals])
    p = (ties.at_least(chance, inertia).sum(axis=0) + 1) / (permutations + 1)
    inertias = pd.DataFrame(
        {
            "axis": range(1, axes + 1),
            "inertia": inertia,
            "percent": 100 * inertia / total,
            "chance_95": np.percentile(chance, 95, axis=0),
            "p": p,
            "error": np.sqrt(p * (1 - p) / permutations),
        }
    )
    mass = table.sum(axis=0) / table.shape[0] / given.shape[1]
    places = pd.DataFrame(names, columns=["question", "answer"])
    places["people"] = table.sum(axis=0).astype(int)
    places[["x", "y"]] = (right[:2].T * found[:2]) / np.sqrt(mass)[:, None]
    people = pd.DataFrame(left[:, :2] * found[:2] * np.sqrt(len(given)), index=given.index, columns=["x", "y"])
    for axis in ("x", "y"):
        if places[axis].iloc[0] > 0:
            places[axis], people[axis] = -places[axis], -people[axis]
    return {"inertias": inertias, "total": total, "answers": places, "people": people}


def _indicators(given):
    """Return the indicator matrix of what was said, and (question, answer) of its columns."""
    names = [(question, answer) for question in given for answer in sorted(given[question].dropna().unique())]
    return np.stack([given[question].eq(answer).to_numpy(dtype=float) for question, answer in names], axis=1), names


def _residuals(table, questions):
    """Return the standardised residuals of indicator matrices; rows have the mass of all questions, said or not."""
    people = table.shape[-2]
    mass = table.sum(axis=-2, keepdims=True) / people / questions
    return (table / people / questions - mass / people) / np.sqrt(mass / people)


def _shuffled(given, draws, times):
    """Return the indicator matrix (draws × people × answers) with the answers to each question shuffled among those who gave one."""
    blocks = [_indicators(given[[question]])[0] for question in given]
    said = [block.any(axis=1) for block in blocks]
    orders = [[draws.permutation(some.sum()) for some in said] for _ in range(times)]
    shuffled = [np.zeros((times, *block.shape)) for block in blocks]
    for made, block, some, order in zip(shuffled, blocks, said, zip(*orders, strict=True), strict=True):
        made[:, some] = block[some][np.stack(order)]
    return np.concatenate(shuffled, axis=-1)
