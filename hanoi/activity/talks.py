"""Talks beside activity: monthly series and tests of their tie."""

import numpy as np
import pandas as pd
import statsmodels.api as sm
from scipy import stats

from hanoi import ties

TALKS = (
    "agreement",
    "exercise",
    "humanitarian",
    "inter-korean",
    "letter",
    "meeting",
    "personnel",
    "sanctions",
    "speech",
    "statement",
    "summit",
)


def monthly_balance(events, first, last, categories=TALKS, unit="days"):
    """Return the balance of diplomacy in each month from ``first`` to ``last``.

    Columns ``cooperative``, ``conflictual`` and ``balance`` (the first minus the second), indexed by month.

    ``unit`` "days" counts the days with at least one such event, so that a day told hour by hour counts once;
    "events" counts every event. ``categories`` leaves out ``other`` (launches, tests, parades) and
    ``test-moratorium`` unless told otherwise: an event that is itself site activity must not stand on both sides.
    An event whose date stops at the month counts as one day of it.
    """
    months = pd.period_range(first, last, freq="M")
    used = events[events["category"].isin(categories) & events["direction"].isin(["cooperative", "conflictual"])]
    if unit == "days":
        used = used.drop_duplicates(["date", "direction"])
    table = pd.crosstab(used["date_first"].dt.to_period("M"), used["direction"])
    table = table.reindex(index=months, columns=["cooperative", "conflictual"], fill_value=0)
    return table.assign(balance=table["cooperative"] - table["conflictual"])


def site_reports(observations, dated="window"):
    """Return one row per month, site and original report: what that report found at that site in that month.

    ``dated`` "window" places an observation in the month in which its window ends (the last image; publication where
    no end is stated), "publication" in the month of publication. Several rows that relay one report (same ``report``)
    about one site in one month become one row, so nothing is counted twice. Columns ``month``, ``site_id``,
    ``report``, and the truth values ``advance``, ``reverse``, ``none``, ``unclear``. Observations that stop at the
    year, or that name no single site, belong to no month and are left out.
    """
    stated = (
        observations["reported_on"]
        if dated == "publication"
        else observations["observed_to"].fillna(observations["reported_on"])
    )
    day = (
        observations["reported_on_last"]
        if dated == "publication"
        else observations["observed_to_last"].fillna(observations["reported_on_last"])
    )
    used = observations.assign(month=day.dt.to_period("M"))[
        (stated.str.len() >= len("2019-03")).fillna(False).astype(bool) & (observations["site_id"] != "several-sites")
    ]
    kinds = ["advance", "reverse", "none", "unclear"]
    flags = pd.get_dummies(used["direction"]).reindex(columns=kinds, fill_value=False)
    keys = ["month", "site_id", "report"]
    return pd.concat([used[keys], flags], axis=1).groupby(keys, as_index=False)[kinds].max()


def monthly_reports(found, first, last):
    """Return site activity per month: the outcomes that are held against the talks, indexed by month.

    ``found`` comes from :func:`site_reports`. ``sites`` counts the sites that any report looked at, ``reports`` the
    reports, ``pairs`` the report–site pairs; ``advance``, ``reverse`` and ``none`` count pairs; the same names with
    ``_per_site`` divide them by the sites looked at, and ``advance_share`` divides by the pairs. A month in which no
    report looked anywhere has zero reports and no value (NaN) for the rest: not looked is not the same as not seen.
    """
    months = pd.period_range(first, last, freq="M")
    group = found.groupby("month")
    table = pd.DataFrame(
        {
            "sites": group["site_id"].nunique(),
            "reports": group["report"].nunique(),
            "pairs": group.size(),
            **{kind: group[kind].sum() for kind in ("advance", "reverse", "none")},
        }
    )
    table = table.reindex(months)
    for kind in ("advance", "reverse", "none"):
        table[f"{kind}_per_site"] = table[kind] / table["sites"]
    table["advance_share"] = table["advance"] / table["pairs"]
    counts = ["sites", "reports", "pairs"]
    return table.assign(**table[counts].fillna(0).astype(int))


def lead_lag(talks, outcomes, lags):
    """Return Spearman's rank correlation of ``talks`` in month t with each outcome in month t + lag.

    ``talks`` is 1-d, ``outcomes`` a DataFrame of the same length, ``lags`` whole numbers: a positive lag asks whether
    talks come first, a negative one whether the outcome does. Months without a value are left out pair by pair.
    Returns outcomes × lags.
    """
    talks = np.asarray(talks, float)
    return pd.DataFrame(
        {
            lag: {name: _rank_correlation(*_aligned(talks, outcomes[name].to_numpy(float), lag)) for name in outcomes}
            for lag in lags
        }
    )


def _aligned(x, y, lag):
    """Return x[t] and y[t + lag] for every t for which both exist."""
    return (x[: len(x) - lag], y[lag:]) if lag >= 0 else (x[-lag:], y[:lag])


def _rank_correlation(x, y):
    both = ~(np.isnan(x) | np.isnan(y))
    x, y = stats.rankdata(x[both]), stats.rankdata(y[both])
    x, y = x - x.mean(), y - y.mean()
    scale = np.sqrt((x**2).sum() * (y**2).sum())
    return float((x * y).sum() / scale) if scale > 0 else np.nan


def shift_test(talks, outcomes, lags):
    """Test every look of :func:`lead_lag` by shifting ``talks`` round the calendar, and all looks together.

    Months that follow each other are alike, so shuffling them would find links everywhere. A circular shift keeps
    the order of the talks and of the outcomes and breaks only their tie. Shifts that the lags themselves would undo
    (up to twice the largest lag, either way) are left out. Returns a dict: ``r`` (as from :func:`lead_lag`), ``p``
    (share of shifts, the real calendar among them, with a correlation at least as far from zero, look by look),
    ``p_all`` (the same against the farthest of all looks of a shift: corrected for having looked so often, by the
    single-step maximum of Westfall and Young), ``looks``, ``shifts``, ``floor`` (the smallest p that this number of
    shifts can give) and ``bar`` (a correlation must be farther from zero than this for ``p_all`` of at most 0.05).
    """
    talks, size = np.asarray(talks, float), len(talks)
    skip = 2 * max(abs(lag) for lag in lags)
    shifts = range(skip + 1, size - skip)
    real = lead_lag(talks, outcomes, lags)
    shifted = np.array([lead_lag(np.roll(talks, shift), outcomes, lags).abs().to_numpy() for shift in shifts])
    farthest = np.nanmax(shifted, axis=(1, 2))
    far = real.abs().to_numpy()
    total = 1 + len(shifts)
    share = lambda hits: pd.DataFrame((1 + hits.sum(axis=0)) / total, real.index, real.columns)
    beaten = int(0.05 * total) - 1  # so many shifts may reach as far
    return {
        "r": real,
        "p": share(ties.at_least(shifted, far)),
        "p_all": share(ties.at_least(farthest[:, None, None], far)),
        "looks": real.size,
        "shifts": len(shifts),
        "floor": 1 / total,
        "bar": float(np.sort(farthest, kind="stable")[::-1][beaten]) if beaten >= 0 else np.inf,
    }


def block_draws(size, block, draws, rng):
    """Return ``draws`` resamples of ``size`` successive cases, as positions: a draws × size array of integers.

    The circular block bootstrap (Politis and Romano 1992): runs of ``block`` successive cases, starting anywhere and
    going on from the last case to the first, so that the likeness of neighbours is kept within a run.
    """
    runs = -(-size // block)
    starts = rng.integers(0, size, (draws, runs))
    return ((starts[:, :, None] + np.arange(block)) % size).reshape(draws, -1)[:, :size]


def deviance_explained(counts, predictors):
    """Return the share of the Poisson deviance of ``counts`` that ``predictors`` explain (0 nothing, 1 everything).

    A log-linear Poisson model with a constant; ``predictors`` is a DataFrame with one row per count.
    1 − residual deviance / deviance of the constant alone (Cameron and Windmeijer 1996).
    """
    model = sm.GLM(np.asarray(counts, float), sm.add_constant(predictors.to_numpy(float)), sm.families.Poisson()).fit()
    return float(1 - model.deviance / model.null_deviance)
