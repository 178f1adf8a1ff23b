"""Polls of several pollsters pooled into one path over time."""

from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy import stats
from statsmodels.tsa.statespace.mlemodel import MLEModel


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


def _fit(steps, names, excess):
    gaps = np.r_[steps["day"].diff().dt.total_seconds().to_numpy()[1:] / 86400, 0.0]
    model = _LocalLevel(
        steps["percent"].to_numpy(), steps["variance"].to_numpy(), steps["house"].to_numpy(), gaps, len(names), excess
    )
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
