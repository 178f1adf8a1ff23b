"""What the silent may think: bounds without any assumption, and two models that assume that alike people think alike.

All functions take the frame of :func:`hanoi.positions.outcomes`: one row a person, ``share`` (0 to 1, NaN: silent).
"""

import warnings

import numpy as np
import pandas as pd
import statsmodels.api as sm
from scipy.special import expit
from statsmodels.tools.sm_exceptions import PerfectSeparationWarning

from hanoi import ties
from hanoi.positions.people import drawn_clusters

#: Degrees of the log-F prior of each coefficient: 2 is a logistic prior, which holds odds ratios within 1/40 to 40.
PRIOR = 2.0
BATCH = 250  # draws that are fitted at once; more of them leave the processor's cache


def bounds(people):
    """Return (low, high) in percent: the share among all if every silent person were against, or for.

    No assumption is made on the silent: the worst-case bounds of Manski (1989, Anatomy of the Selection Problem).
    """
    said, silent = people["share"].sum(), people["share"].isna().sum()
    return 100 * said / len(people), 100 * (said + silent) / len(people)


def predicted(people, covariates, *, prior=PRIOR):
    """Return the share among all people in percent, the silent ones predicted from ``covariates`` (column names).

    A logistic model of ``share`` is fitted to those who answer and its prediction stands in for the others (regression
    imputation; Little and Rubin 2019, Statistical Analysis with Missing Data). It assumes that people with the same
    covariates think alike, whether they say so or not (missing at random). Each coefficient but the intercept has a
    log-F(``prior``, ``prior``) prior, by data augmentation (Greenland and Mansournia 2015), so that an answer given by few
    cannot carry the model away.
    """
    design = _design(people, covariates)
    answered = people["share"].notna().to_numpy()
    model = _fit(design[answered], people["share"].to_numpy()[answered], prior)
    filled = np.where(answered, people["share"].fillna(0), model.predict(design))
    return float(100 * filled.mean())


def reweighted(people, covariates, *, prior=PRIOR):
    """Return the share among all people in percent, those who answer weighed by how seldom people like them do.

    The weight is one over the chance to answer by a logistic model of answering (inverse-probability weighting, Hájek's
    ratio). It makes the same assumption as :func:`predicted`, but models who speaks instead of what is said.
    """
    design = _design(people, covariates)
    answered = people["share"].notna()
    model = _fit(design, answered.to_numpy(dtype=float), prior)
    weights = 1 / model.predict(design[answered.to_numpy()])
    return float(100 * np.average(people.loc[answered, "share"], weights=weights))


def resampled_model(people, covariates, *, model=predicted, prior=PRIOR, repetitions=20_000, seed=2019):
    """Return bootstrap draws of :func:`predicted` or :func:`reweighted` as an array: whole clusters of people are drawn.

    The model is fitted anew in every draw, by Newton's method for all draws at once.
    """
    clusters, size = pd.factorize(people["cluster"])[0], people["cluster"].nunique()
    counts = drawn_clusters(size, repetitions, seed)[:, clusters]
    design, answered = _design(people, covariates), people["share"].notna().to_numpy()
    share = people["share"].fillna(0).to_numpy()
    outcome, weights = (share, counts * answered) if model is predicted else (answered.astype(float), counts)
    chance = _fitted(design, outcome, weights, prior)
    if model is predicted:
        found = (counts * np.where(answered, share, chance)).sum(axis=1) / counts.sum(axis=1)
    else:
        inverse = counts * answered / chance
        found = (inverse * share).sum(axis=1) / inverse.sum(axis=1)
    return ties.settled(100 * found)


def _fitted(design, outcome, weights, prior):
    """Return the fitted chances (draws × people) of logistic models with the priors of :func:`_fit`, one a row of weights."""
    # people alike in all count as one, as often as each of them was drawn
    kinds, kind = np.unique(np.column_stack([design, outcome]), axis=0, return_inverse=True)
    weights = weights @ (kind[:, None] == np.arange(len(kinds))).astype(float)
    design, outcome = kinds[:, :-1], kinds[:, -1]
    start = _newton(design, outcome, weights.mean(axis=0, keepdims=True), prior, np.zeros((1, design.shape[1])))
    parts = np.split(weights, range(BATCH, len(weights), BATCH))
    found = np.concatenate([_newton(design, outcome, part, prior, start.repeat(len(part), axis=0)) for part in parts])
    return expit(found @ design.T)[:, kind]


def _newton(design, outcome, weights, prior, coefficients, rounds=30):
    """Return the coefficients (draws × covariates) of greatest penalised likelihood, by Newton's method from a start."""
    squares = np.einsum("ni,nj->nij", design, design).reshape(len(design), -1)
    free, diagonal = np.arange(design.shape[1]) > 0, np.arange(design.shape[1])
    for _ in range(rounds):
        chance, half = expit(coefficients @ design.T), expit(coefficients)
        slope = (weights * (outcome - chance)) @ design + prior * (0.5 - half) * free
        bend = ((weights * chance * (1 - chance)) @ squares).reshape(len(weights), *[design.shape[1]] * 2)
        bend[:, diagonal, diagonal] += prior * half * (1 - half) * free + 1e-9
        move = np.linalg.solve(bend, slope[..., None])[..., 0]
        coefficients = coefficients + np.clip(move, -4, 4)
        if np.abs(move).max() < 1e-8:
            break
    return coefficients


def _design(people, covariates):
    """Return the indicators of every answer (symmetric under the prior) after a constant."""
    if not covariates:
        return np.ones((len(people), 1))
    return sm.add_constant(pd.get_dummies(people[list(covariates)], dtype=float).to_numpy(), has_constant="add")


def _fit(design, outcome, prior):
    """Return a logistic model with log-F priors: for each coefficient ``prior`` trials, half of them successes."""
    size = design.shape[1] - 1
    extra = np.eye(size + 1)[1:]
    with warnings.catch_warnings():  # the prior identifies what the data separate
        warnings.simplefilter("ignore", PerfectSeparationWarning)
        return sm.GLM(
            np.concatenate([outcome, np.full(size, 0.5)]),
            np.concatenate([design, extra]),
            family=sm.families.Binomial(),
            freq_weights=np.concatenate([np.ones(len(outcome)), np.full(size, prior)]),
        ).fit()
