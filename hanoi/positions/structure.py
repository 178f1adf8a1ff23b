"""Are the questions one line or several? Association and correspondence analysis."""

import numpy as np
import pandas as pd
import prince

from hanoi import ties


def association(first, second, *, permutations=1999, seed=2019):
    """Return (Cramér's V, p-value) of two columns of answers; pairs with a missing answer are left out.

    V is 0 without association and 1 where one answer fixes the other. The p-value is the share of shuffles of one
    column whose chi-squared is at least as large as the observed one, the observed one counted.
    """
    pairs = pd.DataFrame({"first": first, "second": second}).dropna()
    one, other = pd.factorize(pairs["first"])[0], pd.factorize(pairs["second"])[0]
    expected = np.outer(np.bincount(one), np.bincount(other)) / len(pairs)

    def chi_squared(shuffled):
        counts = np.zeros(expected.shape)
        np.add.at(counts, (one, shuffled), 1)
        return ((counts - expected) ** 2 / expected).sum()

    observed, draws = chi_squared(other), np.random.default_rng(seed)
    chance = np.array([chi_squared(draws.permutation(other)) for _ in range(permutations)])
    v = np.sqrt(observed / len(pairs) / (min(expected.shape) - 1))
    return float(v), float((ties.at_least(chance, observed).sum() + 1) / (permutations + 1))


def dimensions(given, *, axes=4, permutations=999, seed=2019):
    """Return a multiple correspondence analysis of ``given`` (people × questions, NA: not said) with a permutation test.

    Unsaid answers take no part: their columns are dropped, so that an axis cannot be one of talking much or little.
    The test shuffles the answers to each question among those who gave one, so that who is silent on what stays as it
    is, and asks how often chance gives a first axis as long. For the later axes the 95th percentile of the shuffled
    axis of the same rank is given (parallel analysis, Horn 1965).

    Returns a dict: ``inertias`` (DataFrame: axis, inertia, percent of the whole, chance_95, p), ``answers`` (coordinates
    of the answers: question, answer, people, x, y), ``people`` (coordinates of the people: x, y).
    The sign of an axis is fixed so that its first answer of the first question is negative.
    """
    given = given.loc[given.notna().sum(axis=1).ge(2)]
    model, found = _mca(given, axes)
    draws, chance = np.random.default_rng(seed), np.empty((permutations, axes))
    for row in range(permutations):
        shuffled = given.apply(lambda column: _shuffle(column, draws))
        chance[row] = _mca(shuffled, axes)[1]
    inertias = pd.DataFrame(
        {
            "axis": range(1, axes + 1),
            "inertia": found,
            "percent": 100 * found / model.total_inertia_,
            "chance_95": np.percentile(chance, 95, axis=0),
            "p": (ties.at_least(chance, found).sum(axis=0) + 1) / (permutations + 1),
        }
    )
    filled = given.fillna("NA").astype(str)
    places = model.column_coordinates(filled).iloc[:, :2].set_axis(["x", "y"], axis=1)
    split = places.index.to_series().str.split("__", expand=True)
    places = places.assign(question=split[0], answer=split[1]).reset_index(drop=True)
    places["people"] = [
        int(given[question].eq(answer).sum())
        for question, answer in zip(places["question"], places["answer"], strict=True)
    ]
    people = model.row_coordinates(filled).iloc[:, :2].set_axis(["x", "y"], axis=1)
    for axis in ("x", "y"):
        if places[axis].iloc[0] > 0:
            places[axis], people[axis] = -places[axis], -people[axis]
    return {"inertias": inertias, "answers": places[["question", "answer", "people", "x", "y"]], "people": people}


def _mca(given, axes):
    filled = given.fillna("NA").astype(str)
    silent = [f"{question}__NA" for question in given if given[question].isna().any()]
    model = prince.MCA(n_components=axes, engine="scipy", one_hot_columns_to_drop=silent).fit(filled)
    found = np.zeros(axes)
    found[: len(model.eigenvalues_)] = model.eigenvalues_
    return model, found


def _shuffle(column, draws):
    shuffled, said_it = column.copy(), column.notna().to_numpy()
    shuffled[said_it] = draws.permutation(column[said_it].to_numpy())
    return shuffled
