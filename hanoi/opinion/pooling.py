"""Polls of several pollsters pooled into one path over time."""

from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy import optimize, stats
from statsmodels.tsa.statespace.kalman_smoother import SMOOTHER_STATE, SMOOTHER_STATE_COV
from statsmodels.tsa.statespace.mlemodel import MLEModel
from statsmodels.tsa.statespace.simulation_smoother import SIMULATION_STATE

COARSE, FINE = 6, 7  # values of each hyperparameter on the first and the second grid
REACH = 1.8  # the first grid reaches from the wandering's maximum over e^1.8, a sixth of it, to six times it
LEAST = 0.05  # smallest standard deviation on the first grid, in sampling errors of a typical poll
KEPT = 3e-3  # points below this share of the largest weight are left out


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
        self.ssm.initialize_known(
            np.r_[self.start_level, np.zeros(free)],
            np.diag(np.r_[self.start_sd**2, np.full(free, max(params[1] ** 2, 1e-8))]),
        )


def _contrast(k):
    """Return k x (k - 1) orthonormal columns that each sum to zero."""
    return np.linalg.qr(np.c_[np.ones(k), np.eye(k)[:, : k - 1]])[0][:, 1:]


@dataclass
class Path:
    """What :func:`pool_polls` found; all values in percentage points."""

    level: pd.DataFrame  #: index ``day``; columns ``level``, ``low``, ``high``
    houses: pd.DataFrame  #: index the pollster; columns ``effect``, ``low``, ``high``, ``polls``
    sd_day: float  #: standard deviation of the wandering in one day
    sd_house: float  #: standard deviation between pollsters
    sd_excess: float  #: standard deviation of a poll's error beyond sampling
    error_ratio: float  #: variance of the standardised one-step errors; near 1 where the model holds
    polls: int
    _model: MLEModel
    _params: np.ndarray
    _weights: np.ndarray
    _steps: pd.DataFrame

    def change(self, first, last):
        """Return the change of the level from one wanted day to a later one, with its 95% interval: (change, low, high).

        The two levels hang together, so that their own intervals do not give that of the change; the covariance is the
        smoother's (Durbin and Koopman 2012, section 4.7), and the ends are those of the mixture over the grid. No draws.
        """
        early, late = (self._steps.index[self._steps["wanted"]][self.level.index.get_loc(day)] for day in (first, last))
        means, variances = [], []
        for params in self._params:
            self._model.update(params)
            smooth = self._model.ssm.smooth()
            level, variance = smooth.smoothed_state[0], smooth.smoothed_state_cov[0, 0]
            shared = smooth.smoothed_state_autocovariance(late - early, t=late)[0, 0]
            means.append(level[late] - level[early])
            variances.append(variance[late] + variance[early] - 2 * shared)
        means, sds = np.array(means), np.sqrt(variances)
        edges = (means - 9 * sds).min(), (means + 9 * sds).max()
        return float(self._weights @ means), *(
            optimize.brentq(lambda x, tail=tail: self._weights @ stats.norm.cdf(x, means, sds) - tail, *edges)
            for tail in (0.025, 0.975)
        )

    def draws(self, count=1000, seed=2019):
        """Return ``count`` paths drawn from the level's distribution given the polls: a day a row, a draw a column.

        Differences between two days of one draw carry the right uncertainty, which the two intervals do not.
        """
        rng = np.random.default_rng(seed)
        wanted, paths = self._steps["wanted"].to_numpy(), []
        for params, share in zip(self._params, rng.multinomial(count, self._weights), strict=True):
            if share:
                self._model.update(params)
                simulate = self._model.simulation_smoother(SIMULATION_STATE)
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
    (a grid of hyperparameters around the maximum, flat prior), without which the intervals would be too narrow. Raises ValueError for a poll without a size and
    RuntimeError where the likelihood finds no maximum.
    """
    if polls["n_eff"].isna().any():
        raise ValueError("a poll without a size cannot be pooled; assume a size and say so, or leave it out")
    names = sorted(polls["pollster"].unique())
    share = polls["percent"].to_numpy() / 100
    steps = pd.concat(
        [
            pd.DataFrame(
                {
                    "day": polls["middle"].to_numpy(),
                    "percent": polls["percent"].to_numpy(float),
                    "wanted": False,
                    "variance": 1e4 * share * (1 - share) / polls["n_eff"].to_numpy(float),
                    "house": [names.index(name) for name in polls["pollster"]],
                }
            ),
            pd.DataFrame(
                {"day": pd.DatetimeIndex(days), "percent": np.nan, "wanted": True, "variance": 1.0, "house": -1}
            ),
        ]
    ).sort_values("day", kind="stable", ignore_index=True)
    return _fit(steps, names, excess)


def coverage(polls, days, *, sd_day, sd_house, sd_excess, count, seed, start=45.0, rise=None):
    """Return how often the bands of :func:`pool_polls` hold a known path, for polls made like ``polls``.

    ``count`` times a path is drawn (a random walk from ``start`` with ``sd_day``), with house effects (``sd_house``, summing
    to zero), an error beyond sampling (``sd_excess``) and binomial sampling, at the days, pollsters and sizes of ``polls``; it is
    pooled, and compared with the path on ``days``. One row a simulation: ``level`` (share of the days whose band holds the
    path) and, where ``rise`` names two of the days, ``rise`` (whether the interval of the change between them holds it).
    """
    rng, found = np.random.default_rng(seed), []
    days, when = pd.DatetimeIndex(days), pd.DatetimeIndex(polls["middle"])
    calendar = pd.date_range(min(days.min(), when.min()).normalize(), max(days.max(), when.max()).normalize())
    names = sorted(polls["pollster"].unique())
    at, house = calendar.get_indexer(when.normalize()), np.array([names.index(name) for name in polls["pollster"]])
    n = polls["n_eff"].to_numpy(float)
    for _ in range(count):
        path = pd.Series(start + np.cumsum(rng.normal(0, sd_day, len(calendar))), calendar)
        effects = rng.normal(0, sd_house, len(names))
        truth = path.to_numpy()[at] + (effects - effects.mean())[house] + rng.normal(0, sd_excess, len(polls))
        seen = 100 * rng.binomial(np.round(n).astype(int), np.clip(truth / 100, 0.02, 0.98)) / np.round(n)
        pool = pool_polls(polls.assign(percent=seen), days)
        inside = (pool.level["low"] <= path[days]) & (path[days] <= pool.level["high"])
        row = {"level": inside.mean()}
        if rise:
            first, last = pd.to_datetime(rise)
            _, low, high = pool.change(first, last)
            row["rise"] = low <= path[last] - path[first] <= high
        found.append(row)
    return pd.DataFrame(found)


def _fit(steps, names, excess):
    gaps = np.r_[steps["day"].diff().dt.total_seconds().to_numpy()[1:] / 86400, 0.0]
    model = _LocalLevel(
        steps["percent"].to_numpy(), steps["variance"].to_numpy(), steps["house"].to_numpy(), gaps, len(names), excess
    )
    found = model.fit(method="nm", maxiter=2000, disp=0, cov_type="none")
    if not found.mle_retvals["converged"]:
        raise RuntimeError("the likelihood of the pooled polls found no maximum")
    best, wanted = np.abs(found.params), steps["wanted"].to_numpy()
    params, weights = _grid(model, best, np.sqrt(np.median(steps["variance"][~wanted])), len(names))
    means, variances, turn = [], [], model.contrast
    for point in params:
        model.update(point)
        smooth = model.ssm.smooth(smoother_output=SMOOTHER_STATE | SMOOTHER_STATE_COV)
        means.append(np.r_[smooth.smoothed_state[0, wanted], turn @ smooth.smoothed_state[1:, -1]])
        variances.append(
            np.r_[
                smooth.smoothed_state_cov[0, 0, wanted], np.diag(turn @ smooth.smoothed_state_cov[1:, 1:, -1] @ turn.T)
            ]
        )
    mean = weights @ np.array(means)
    wide = stats.norm.ppf(0.975) * np.sqrt(weights @ (np.array(variances) + (np.array(means) - mean) ** 2))
    ends = pd.DataFrame({"level": mean, "low": mean - wide, "high": mean + wide})
    errors = found.standardized_forecasts_error[0, ~wanted][1:]  # the first only finds the level
    days, sd = wanted.sum(), np.r_[best, 0][:3]
    return Path(
        level=ends[:days].set_axis(pd.DatetimeIndex(steps["day"][wanted], name="day")),
        houses=ends[days:]
        .set_axis(names)
        .rename(columns={"level": "effect"})
        .assign(polls=np.bincount(steps["house"][~wanted], minlength=len(names))),
        sd_day=sd[0],
        sd_house=sd[1],
        sd_excess=sd[2],
        error_ratio=float(np.var(errors)),
        polls=int((~wanted).sum()),
        _model=model,
        _params=params,
        _weights=weights,
        _steps=steps,
    )


def _grid(model, best, unit, houses):
    """Return the points around the maximum that the likelihood leaves open, and their weights under a flat prior.

    ``unit`` is the sampling error of a typical poll. A coarse grid of hyperparameters, even in the logarithm, finds where
    the weight lies; a second one as large covers that place alone. On the coarse grid the wandering is varied by factors
    around its maximum; the other two, whose maximum is often nothing, from a hundredth of the unit upwards, as far as they
    can matter.
    """
    axes = [max(best[0], 0.03 * unit) * np.exp(np.linspace(-REACH, REACH, COARSE))]
    axes += [np.geomspace(LEAST * unit, max(4 * unit, 3 * sd), COARSE) for sd in best[1:]]
    if houses == 1:
        axes[1] = best[1:2]
    points, weights = _weighed(model, axes)
    likely = points[weights > KEPT * weights.max()]
    step = [axis[1] / axis[0] if len(axis) > 1 else 1.0 for axis in axes]
    inner = [
        np.geomspace(
            max(column.min() / ratio**0.5, axis[0]),
            min(column.max() * ratio**0.5, axis[-1]),
            FINE if len(axis) > 1 else 1,
        )
        for column, ratio, axis in zip(likely.T, step, axes, strict=True)
    ]
    points, weights = _weighed(model, inner)
    keep = weights > KEPT * weights.max()
    return points[keep], weights[keep] / weights[keep].sum()


def _weighed(model, axes):
    """Return the points of the grid of ``axes`` and their weights: likelihood times the width of the cell."""
    points = np.array(np.meshgrid(*axes)).reshape(len(axes), -1).T
    loglike = np.array([model.loglike(point) for point in points])
    return points, np.exp(loglike - loglike.max()) * points.prod(axis=1)  # even in the logarithm, flat in the value
