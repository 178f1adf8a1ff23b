"""Sampling error of percentages and of their differences, bounds, and pooled gaps."""

from types import SimpleNamespace

import numpy as np
from scipy import stats
from statsmodels.stats.meta_analysis import combine_effects
from statsmodels.stats.proportion import confint_proportions_2indep, proportion_confint, test_proportions_2indep

_test = test_proportions_2indep


del test_proportions_2indep  # a name that pytest would collect


def margin(n, percent=50.0, level=0.95):
    """Return the margin of error in points of ``percent`` from a simple random sample of ``n``."""
    share = np.asarray(percent, float) / 100
    return 100 * stats.norm.ppf((1 + level) / 2) * np.sqrt(share * (1 - share) / np.asarray(n, float))


def design_effect(n, reported, level=0.95, least=1.0):
    """Return how much larger the variance is than that of a simple random sample of ``n`` (Kish's design effect).

    ``reported`` is the pollster's own margin of error in points, for a percentage near 50. Where no margin is reported,
    or the reported one is that of a simple random sample, the answer is ``least``: with 1 the interval that follows is
    the smallest which the sample size allows. Scalars or arrays of one shape.
    """
    ratio = (np.asarray(reported, float) / margin(n, level=level)) ** 2
    return np.where(np.isnan(ratio), least, np.maximum(ratio, least))[()]


def implied_effect(n, reported, level=0.95):
    """Return ``(effect, low, high)``: the design effect that a reported margin implies, and what its rounding leaves open.

    A margin printed as a whole number is taken to be rounded to whole points, one with decimals to its last one, so that
    "3" from 1,000 respondents is anything from 0.65 to 1.28. Values below 1 are not cut off. Scalars or arrays of one
    shape; NaN where size or margin is missing.
    """
    reported = np.asarray(reported, float)
    unit = np.select([np.isclose(reported, np.round(reported, digits)) for digits in (0, 1)], [1.0, 0.1], 0.01)
    simple = margin(n, level=level)
    return tuple(((value / simple) ** 2)[()] for value in (reported, reported - unit / 2, reported + unit / 2))


def wilson(percent, n, level=0.95):
    """Return ``(low, high)`` in percent: the Wilson score interval of ``percent`` from ``n`` effective respondents.

    Scalars or arrays of one shape; NaN where ``n`` is missing. ``n`` need not be whole.
    """
    percent, n = np.broadcast_arrays(np.asarray(percent, float), np.asarray(n, float))
    known = ~np.isnan(n) & ~np.isnan(percent)
    low, high = np.full(percent.shape, np.nan), np.full(percent.shape, np.nan)
    if known.any():
        low[known], high[known] = proportion_confint(percent[known] / 100 * n[known], n[known], 1 - level, "wilson")
    return 100 * low[()], 100 * high[()]


def difference(before, n_before, after, n_after, level=0.95):
    """Compare one percentage between two independent polls: ``change`` in points, ``low``, ``high``, ``p``.

    Newcombe's hybrid score interval and the two-sided score test of no change; sizes are effective sizes.
    """
    counts = (after / 100 * n_after, n_after, before / 100 * n_before, n_before)
    low, high = confint_proportions_2indep(*counts, method="newcomb", compare="diff", alpha=1 - level)
    p = _test(*counts, method="score", compare="diff", correction=False).pvalue
    return SimpleNamespace(change=after - before, low=100 * low, high=100 * high, p=float(p))


def lead(first, second, n, level=0.95):
    """Return ``(gap, low, high)`` in points of one answer over another answer to the same question.

    The two shares cannot both rise, so the variance of their difference is that of a multinomial,
    (p1 + p2 - (p1 - p2)^2) / n, with ``n`` the effective size. Scalars or arrays.
    """
    return _gap(first, second, 0, n, level)


def widest_gap(first, second, n, level=0.95):
    """Return ``(gap, low, high)`` in points between two answers of the same people to two different questions.

    How many gave both answers is not published. The variance, (p1 + p2 - 2 p12 - (p1 - p2)^2) / n, is largest where
    the overlap p12 is the smallest that the two shares allow; that overlap is used, so the interval is the widest
    that the truth can call for. Scalars or arrays.
    """
    return _gap(first, second, np.asarray(both(first, second)[0]) / 100, n, level)


def _gap(first, second, overlap, n, level):
    p, q = np.asarray(first, float) / 100, np.asarray(second, float) / 100
    half = stats.norm.ppf((1 + level) / 2) * np.sqrt((p + q - 2 * overlap - (p - q) ** 2) / np.asarray(n, float))
    return 100 * (p - q)[()], 100 * (p - q - half)[()], 100 * (p - q + half)[()]


def both(first, second):
    """Return ``(least, most)`` percent who can have given both of two answers, from the two shares alone (Frechet)."""
    first, second = np.asarray(first, float), np.asarray(second, float)
    return np.maximum(0, first + second - 100)[()], np.minimum(first, second)[()]


def pooled(estimates, variances):
    """Pool independent estimates that differ by more than chance: a random-effects mean.

    ``estimates`` and their sampling ``variances``: equal lengths, at least three, in one unit (points, squared points).
    Returns ``mean``, ``low``, ``high`` (95%, Student t after Hartung and Knapp, Statistics in Medicine 20 (2001)
    3875-3889), ``spread`` (standard deviation between the true values, DerSimonian and Laird's moment estimate), and
    ``next_low``, ``next_high``, the 95% prediction interval of Higgins, Thompson and Spiegelhalter, Journal of the Royal
    Statistical Society A 172 (2009) 137-159: mean -+ t(k - 2) sqrt(spread^2 + error^2), with the error of DerSimonian and
    Laird's mean. Raises ValueError for fewer than three estimates.
    """
    if len(estimates) < 3:
        raise ValueError(f"{len(estimates)} estimates leave no degree of freedom for a prediction interval")
    found = combine_effects(np.asarray(estimates, float), np.asarray(variances, float), method_re="dl", use_t=True)
    mean = found.mean_effect_re
    reach = stats.t.ppf(0.975, len(estimates) - 1) * np.sqrt(found.var_hksj_re)
    wide = stats.t.ppf(0.975, len(estimates) - 2) * np.sqrt(found.tau2 + found.sd_eff_w_re**2)
    return SimpleNamespace(
        mean=mean,
        low=mean - reach,
        high=mean + reach,
        spread=np.sqrt(found.tau2),
        next_low=mean - wide,
        next_high=mean + wide,
    )
