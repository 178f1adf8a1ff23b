"""The statistics of the opinion polls: sampling error, comparisons, bounds, and pooling over pollsters and time.

All percentages are on the scale 0 to 100, all sizes are numbers of respondents, all intervals are 95% intervals unless
``level`` says otherwise. A function that is given no sample size (NaN) returns NaN: no interval is invented.

Sources of the methods
    design effect           Kish, Survey Sampling (1965): variance of the poll over that of a simple random sample
    one percentage          Wilson, JASA 22 (1927) 209-212, as in ``statsmodels.stats.proportion``
    two polls               Newcombe, Statistics in Medicine 17 (1998) 873-890, hybrid score interval
    two answers, one item   Franklin, The 'Margin of Error' for Differences in Polls (2007), multinomial variance
    two items, one sample   bounds of Frechet on the overlap; the widest variance that the margins allow
    pooled gap              DerSimonian and Laird, Controlled Clinical Trials 7 (1986) 177-188
    pooled path             Jackman, Australian Journal of Political Science 40 (2005) 499-517: local level, house effects
"""

import re
from dataclasses import dataclass
from types import SimpleNamespace

import numpy as np
import pandas as pd
from scipy import stats
from statsmodels.stats.meta_analysis import combine_effects
from statsmodels.stats.proportion import confint_proportions_2indep, proportion_confint, test_proportions_2indep
from statsmodels.tsa.statespace.mlemodel import MLEModel

_test = test_proportions_2indep
del test_proportions_2indep  # a name that pytest would collect


def margin(n, percent=50.0, level=0.95):
    """Return the margin of error in points of ``percent`` from a simple random sample of ``n``."""
    share = np.asarray(percent, float) / 100
    return 100 * stats.norm.ppf((1 + level) / 2) * np.sqrt(share * (1 - share) / np.asarray(n, float))


def design_effect(n, reported, level=0.95):
    """Return how much larger the variance is than that of a simple random sample of ``n``.

    ``reported`` is the pollster's own margin of error in points, for a percentage near 50. Pollsters round it, so the
    ratio can fall a little below 1; it is then 1. Where no margin is reported the answer is 1, and the interval that
    follows is the smallest which the sample size allows. Scalars or arrays of one shape.
    """
    ratio = (np.asarray(reported, float) / margin(n, level=level)) ** 2
    return np.where(np.isnan(ratio), 1.0, np.maximum(ratio, 1.0))[()]


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

    ``estimates`` and their sampling ``variances``: equal lengths, at least two, in one unit (points, squared points).
    Returns ``mean``, ``low``, ``high`` (95%, Student t after Hartung and Knapp, Statistics in Medicine 20 (2001)
    3875-3889), ``spread`` (standard deviation between the true values), and ``next_low``, ``next_high`` (where the true
    value of one more such poll would lie). The spread is DerSimonian and Laird's moment estimate.
    """
    found = combine_effects(np.asarray(estimates, float), np.asarray(variances, float), method_re="dl", use_t=True)
    mean, error = found.mean_effect_re, np.sqrt(found.var_hksj_re)
    reach = stats.t.ppf(0.975, len(estimates) - 1)
    wide = stats.t.ppf(0.975, max(len(estimates) - 2, 1)) * np.sqrt(error**2 + found.tau2)
    return SimpleNamespace(mean=mean, low=mean - reach * error, high=mean + reach * error, spread=np.sqrt(found.tau2),
                           next_low=mean - wide, next_high=mean + wide)


def answers(polls, questions, results):
    """Return one row a published percentage with what is needed to judge it: its poll's dates, size and interval.

    The arguments are the three tables as ``evidence.read`` returns them. Added are ``n`` (respondents asked: the
    sample, half of it for an item asked of half, the group's own size where it is published, else NaN), ``n_eff`` (over
    the design effect of the pollster's margin), ``low`` and ``high`` (Wilson), ``dated`` (the field dates are days,
    not months or years) and ``middle`` (the middle of the field dates as stated). ``pollster`` is the firm that asked; where
    the table does not state it, "firm not stated, for" the sponsor, so that unnamed firms are never pooled as one house.
    """
    unnamed = polls["pollster"].eq("not stated")
    polls = polls.assign(pollster=polls["pollster"].mask(unnamed, "firm not stated, for " + polls["sponsor"].fillna("nobody named")))
    asked = questions.drop(columns=["source_id", "note"]).merge(
        polls.drop(columns=["source_id", "note"]), on="poll_id", validate="many_to_one")
    rows = results.merge(asked, on="question_id", how="left", validate="many_to_one")
    size, everyone = rows["sample_size"].astype(float), rows["group"].eq("all")
    rows["n"] = rows["group_size"].astype(float)
    rows["n"] = rows["n"].mask(rows["n"].isna() & everyone & rows["asked_of"].eq("all"), size)
    rows["n"] = rows["n"].mask(rows["n"].isna() & everyone & rows["asked_of"].eq("half sample"), size / 2)
    rows["n_eff"] = rows["n"] / design_effect(size, rows["margin_of_error"].astype(float))
    rows["low"], rows["high"] = wilson(rows["percent"], rows["n_eff"])
    begin = rows["field_start_first"].fillna(rows["field_end_first"])
    end = rows["field_end_last"].fillna(rows["field_start_last"])
    rows["dated"] = (rows["field_start"].str.len().eq(10) & rows["field_end"].str.len().eq(10)).fillna(False).astype(bool)
    rows["middle"] = begin + (end - begin) / 2
    return rows


def one(rows, question_id, response, group="all"):
    """Return the single row of :func:`answers` for one answer of one group. Raises KeyError where there is not one."""
    found = rows[rows["question_id"].eq(question_id) & rows["response"].eq(response) & rows["group"].eq(group)]
    if len(found) != 1:
        raise KeyError(f"{len(found)} rows for {question_id!r}, {group!r}, {response!r}")
    return found.iloc[0]


class _LocalLevel(MLEModel):
    """A level that wanders day by day, seen through polls with known sampling variance and lasting house effects.

    One step of the filter is one poll, or one day at which the level is wanted (an observation that is missing); the
    days between two steps scale the variance of the wandering. The house effects sum to zero: they are K - 1 free
    states, turned by a contrast matrix, each with the standard deviation between houses. Parameters: the standard
    deviations of one day's wandering, between houses, and of an error beyond sampling in each poll.
    """

    def __init__(self, percent, variance, house, gaps, houses, excess):
        self.contrast, self.variance, self.gaps, self.excess = _contrast(houses), variance, gaps, excess
        free = self.contrast.shape[1]
        super().__init__(percent, k_states=1 + free, k_posdef=1)
        design = np.zeros((1, 1 + free, len(percent)))
        design[0, 0] = 1
        seen = house >= 0
        design[0, 1:, seen] = self.contrast[house[seen]]
        self["design"], self["transition"], self["selection"] = design, np.eye(1 + free), np.eye(1 + free)[:, :1]
        self["state_cov"] = np.zeros((1, 1, len(percent)))
        self["obs_cov"] = np.zeros((1, 1, len(percent)))
        self.start_level = np.nanmean(percent)
        self.start_sd = 100 * max(np.nanstd(percent), 1)
        self.update(self.start_params)

    @property
    def param_names(self):
        return ["day", "house", "excess"][: 3 if self.excess else 2]

    @property
    def start_params(self):
        return np.array([0.3, 2.0, 1.0])[: len(self.param_names)] * max(self.start_sd / 1000, 0.1)

    def update(self, params, **kwargs):
        params = super().update(params, **kwargs)
        self["state_cov", 0, 0, :] = params[0] ** 2 * self.gaps
        self["obs_cov", 0, 0, :] = self.variance + (params[2] ** 2 if self.excess else 0)
        free = self.contrast.shape[1]
        self.ssm.initialize_known(np.r_[self.start_level, np.zeros(free)],
                                  np.diag(np.r_[self.start_sd**2, np.full(free, max(params[1] ** 2, 1e-8))]))


def _contrast(k):
    """Return k x (k - 1) orthonormal columns that each sum to zero."""
    return np.linalg.qr(np.c_[np.ones(k), np.eye(k)[:, : k - 1]])[0][:, 1:]


@dataclass
class Path:
    """What :func:`pool_polls` found; all values in percentage points."""

    level: pd.DataFrame        #: index ``day``; columns ``level``, ``low``, ``high``
    houses: pd.DataFrame       #: index the pollster; columns ``effect``, ``low``, ``high``, ``polls``
    sd_day: float              #: standard deviation of the wandering in one day
    sd_house: float            #: standard deviation between pollsters
    sd_excess: float           #: standard deviation of a poll's error beyond sampling
    error_ratio: float         #: variance of the standardised one-step errors; near 1 where the model holds
    polls: int
    _model: MLEModel
    _params: np.ndarray
    _weights: np.ndarray
    _steps: pd.DataFrame

    def draws(self, count=1000, seed=2019):
        """Return ``count`` paths drawn from the level's distribution given the polls: a day a row, a draw a column.

        Differences between two days of one draw carry the right uncertainty, which the two intervals do not.
        """
        rng = np.random.default_rng(seed)
        wanted, paths = self._steps["wanted"].to_numpy(), []
        for params, share in zip(self._params, rng.multinomial(count, self._weights), strict=True):
            if share:
                self._model.update(params)
                simulate = self._model.simulation_smoother()
                for _ in range(share):
                    simulate.simulate(rng=rng)
                    paths.append(simulate.simulated_state[0, wanted].copy())
        return pd.DataFrame(np.column_stack(paths), index=self.level.index)


def pool_polls(polls, days, excess=True):
    """Pool polls of several pollsters into one path: local level, house effects, known sampling variance (Jackman 2005).

    ``polls`` has the columns ``pollster``, ``middle`` (Timestamp), ``percent`` and ``n_eff`` (no NaN: assume a size, and
    say so, or leave the poll out); ``days`` are the Timestamps at which the level is wanted. The level is that of the
    average pollster present: what all pollsters get wrong together no pooling can show. The three standard deviations
    are found by maximum likelihood; level and intervals are averaged over the values that the likelihood leaves open
    (a lattice around the maximum, flat prior), without which the intervals would be too narrow. Raises ValueError for a poll without a size and
    RuntimeError where the likelihood finds no maximum.
    """
    if polls["n_eff"].isna().any():
        raise ValueError("a poll without a size cannot be pooled; assume a size and say so, or leave it out")
    names = sorted(polls["pollster"].unique())
    share = polls["percent"].to_numpy() / 100
    steps = pd.concat([
        pd.DataFrame({"day": polls["middle"].to_numpy(), "percent": polls["percent"].to_numpy(float), "wanted": False,
                      "variance": 1e4 * share * (1 - share) / polls["n_eff"].to_numpy(float),
                      "house": [names.index(name) for name in polls["pollster"]]}),
        pd.DataFrame({"day": pd.DatetimeIndex(days), "percent": np.nan, "wanted": True, "variance": 1.0, "house": -1}),
    ]).sort_values("day", kind="stable", ignore_index=True)
    return _fit(steps, names, excess)


def _fit(steps, names, excess):
    gaps = np.r_[steps["day"].diff().dt.total_seconds().to_numpy()[1:] / 86400, 0.0]
    model = _LocalLevel(steps["percent"].to_numpy(), steps["variance"].to_numpy(), steps["house"].to_numpy(), gaps,
                        len(names), excess)
    found = model.fit(method="nm", maxiter=2000, disp=0, cov_type="none")
    if not found.mle_retvals["converged"]:
        raise RuntimeError("the likelihood of the pooled polls found no maximum")
    best, wanted = np.abs(found.params), steps["wanted"].to_numpy()
    params, weights = _lattice(model, best, np.sqrt(np.median(steps["variance"][~wanted])), len(names))
    means, variances = [], []
    for point in params:
        smooth = model.smooth(point, cov_type="none")
        turn = model.contrast
        means.append(np.r_[smooth.smoothed_state[0, wanted], turn @ smooth.smoothed_state[1:, -1]])
        variances.append(np.r_[smooth.smoothed_state_cov[0, 0, wanted],
                               np.diag(turn @ smooth.smoothed_state_cov[1:, 1:, -1] @ turn.T)])
    mean = weights @ np.array(means)
    wide = stats.norm.ppf(0.975) * np.sqrt(weights @ (np.array(variances) + (np.array(means) - mean) ** 2))
    ends = pd.DataFrame({"level": mean, "low": mean - wide, "high": mean + wide})
    errors = found.standardized_forecasts_error[0, ~wanted][1:]  # the first only finds the level
    days, sd = wanted.sum(), np.r_[best, 0][:3]
    return Path(
        level=ends[:days].set_axis(pd.DatetimeIndex(steps["day"][wanted], name="day")),
        houses=ends[days:].set_axis(names).rename(columns={"level": "effect"}).assign(
            polls=np.bincount(steps["house"][~wanted], minlength=len(names))),
        sd_day=sd[0], sd_house=sd[1], sd_excess=sd[2], error_ratio=float(np.var(errors)), polls=int((~wanted).sum()),
        _model=model, _params=params, _weights=weights, _steps=steps)


def _lattice(model, best, unit, houses):
    """Return the points around the maximum that the likelihood leaves open, and their weights under a flat prior.

    ``unit`` is the sampling error of a typical poll. The wandering is varied by factors around its maximum; the other
    two, whose maximum is often nothing, from a tenth of the unit upwards, as far as they can matter.
    """
    axes = [max(best[0], 0.03 * unit) * np.exp(np.linspace(-1.2, 1.2, 7))]
    axes += [np.geomspace(0.1 * unit, max(4 * unit, 3 * sd), 8) for sd in best[1:]]
    if houses == 1:
        axes[1] = best[1:2]
    points = np.array(np.meshgrid(*axes)).reshape(len(axes), -1).T
    loglike = np.array([model.loglike(point) for point in points])
    weights = np.exp(loglike - loglike.max()) * points.prod(axis=1)  # even steps of the logarithm, flat in the value
    keep = weights > 3e-3 * weights.max()
    return points[keep], weights[keep] / weights[keep].sum()


def named_week(poll_id):
    """Return the Wednesday of the week that a ``poll_id`` names (``gallup-korea-2018-09-w2…``), else NaT.

    The pollsters number the weeks of a month; week 1 is taken to be the one that holds the month's first Thursday.
    """
    found = re.search(r"-(\d{4})-(\d\d)-w(\d)", str(poll_id))
    if not found:
        return pd.NaT
    year, month, week = map(int, found.groups())
    first = pd.Timestamp(year, month, 1)
    return first + pd.Timedelta(days=(3 - first.weekday()) % 7 - 1, weeks=week - 1)


def one_cut(rows):
    """Keep one reading a pollster and week, so that cuts of one poll never count as independent.

    A weekly reading contains the midweek and the daily ones (column ``series``): the longest is kept, and of several
    as long the latest. ``rows`` are rows of :func:`answers` for one item. Added are ``when``, ``begin`` and ``end`` (the
    field dates; for a poll dated only to the month, the named week), and ``n_eff`` is filled where ``assumed`` with the
    median of the same pollster's same series. A poll with neither dates nor a named week is left out, and so is one of
    a series that never states a size.
    """
    rows = rows.copy()
    named = pd.to_datetime(rows["poll_id"].map(named_week))
    rows["when"] = rows["middle"].where(rows["dated"], named)
    rows["begin"] = rows["field_start_first"].where(rows["dated"], named - pd.Timedelta(days=1))
    rows["end"] = rows["field_end_last"].where(rows["dated"], named + pd.Timedelta(days=1))
    rows["assumed"] = rows["n_eff"].isna()
    rows["n_eff"] = rows["n_eff"].fillna(rows.groupby(["pollster", "series"])["n_eff"].transform("median"))
    rows = rows.dropna(subset=["when", "n_eff"])
    rows = rows.assign(week=rows["when"].dt.to_period("W").dt.start_time,
                       length=rows["series"].map({"daily": 1, "midweek": 2}).fillna(3))
    rows = rows.sort_values(["length", "when"], kind="stable").groupby(["pollster", "week"]).tail(1)
    return rows.drop(columns="length").sort_values(["when", "pollster"], ignore_index=True, kind="stable")


def changes(rows, days, window=28):
    """Return the change across each of ``days`` inside every pollster, averaged over the pollsters.

    ``rows`` as :func:`one_cut` gives them. For one day and one pollster: the mean of its polls that began in the
    ``window`` days after the day, minus the mean of those that ended in the ``window`` days up to it; a poll in the
    field on both sides counts for neither. House effects drop out. One row a day: ``change`` (points; NaN where no
    pollster has both sides), ``error`` (its standard error from sampling alone), ``pollsters``, ``before`` and ``after``
    (number of polls).
    """
    span, found = pd.Timedelta(days=window), []
    rows = rows.assign(variance=rows["percent"] * (100 - rows["percent"]) / rows["n_eff"])
    for day in days:
        before = rows[(rows["end"] <= day) & (rows["end"] > day - span)]
        after = rows[(rows["begin"] > day) & (rows["begin"] <= day + span)]
        change = (after.groupby("pollster")["percent"].mean() - before.groupby("pollster")["percent"].mean()).dropna()
        noise = sum((side.groupby("pollster")["variance"].sum() / side.groupby("pollster").size() ** 2).reindex(
            change.index) for side in (before, after))
        found.append({"day": day, "change": change.mean(), "error": np.sqrt(noise.sum()) / max(len(change), 1),
                      "pollsters": len(change),
                      "before": int(before["pollster"].isin(change.index).sum()),
                      "after": int(after["pollster"].isin(change.index).sum())})
    return pd.DataFrame(found).set_index("day")


def asked(answers):
    """Return who asked how many, for a source line: 'Gallup, n = 1,016 to 1,028; Rasmussen Reports, n = 1,000 where stated'.

    ``answers`` holds ``poll_id``, ``pollster`` and ``sample_size``; rows without a poll are passed over.
    """
    said = []
    for pollster, polls in answers.dropna(subset=["poll_id"]).drop_duplicates("poll_id").groupby("pollster", sort=False):
        sizes = polls["sample_size"].dropna().astype(int)
        least, most = (f"{size:,}" for size in (sizes.min(), sizes.max())) if len(sizes) else ("", "")
        said.append(f"{pollster}, " + (f"n = {least}" + (f" to {most}" if most != least else "") if least else "no size stated")
                    + (" where stated" if 0 < len(sizes) < len(polls) else ""))
    return "; ".join(said)
