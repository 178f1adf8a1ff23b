"""Launches: days, pauses, models of pauses, change points."""

import itertools

import numpy as np
import pandas as pd
import ruptures
import statsmodels.api as sm
from scipy import optimize, stats
from statsmodels.stats.rates import confint_poisson

from hanoi import ties

KOREA = pd.Timedelta(hours=9)  # Korean Standard Time is UTC+9 all year


def korean_dates(launches):
    """Return ``launches`` with the columns ``first`` and ``last``: the first and last Korean day that the row allows.

    ``date`` and ``time_utc`` of the table are in UTC, so a launch in the early Korean morning stands under the day
    before. A row with a time is moved to UTC+9. A row without one follows the timed launches from the same facility
    on the same stated date (one salvo, one day); where there are none its stated date is kept. A row whose date stops
    at the month keeps all of that month, so that ``first`` and ``last`` differ.
    """
    timed = pd.to_datetime(launches["date"] + " " + launches["time_utc"], format="%Y-%m-%d %H:%M", errors="coerce")
    shift = (timed + KOREA).dt.normalize() - launches["date_first"]
    salvo = shift.groupby([launches["date"], launches["facility"]]).transform("max")
    shift = shift.fillna(salvo).fillna(pd.Timedelta(0))
    return launches.assign(first=launches["date_first"] + shift, last=launches["date_last"] + shift)


def reaching(launches, km, kind=False):
    """Return which ballistic missiles of ``launches`` flew farther than ``km`` kilometres, as truth values.

    With ``kind`` a launch also counts where another missile of the same name did, in any year: short flights and
    failures of a longer-range type then count too. Satellite launchers are no ballistic missiles and never count;
    a launch without a recorded distance counts by its kind or not at all.
    """
    flown = launches["distance_km"].gt(km) & launches["missile_class"].ne("slv")
    if not kind:
        return flown
    named = set(launches.loc[flown & launches["missile"].ne("unknown"), "missile"])
    return flown | launches["missile"].isin(named)


def launch_days(launches):
    """Return one row per Korean day with a launch: ``first``, ``last``, ``missiles`` (how many), sorted by time.

    ``launches`` come from :func:`korean_dates`. A salvo is one decision, not many, so days and not missiles are the
    cases of every rate below. Launches known by their month only count as one day somewhere in that month.
    """
    days = launches.groupby(["first", "last"]).size().rename("missiles").reset_index()
    return days.sort_values(["first", "last"], ignore_index=True, kind="stable")


def pauses(days):
    """Return the pauses between successive launch days: ``start``, ``end``, ``shortest`` and ``longest`` in days.

    ``days`` come from :func:`launch_days`. The length is the number of days from one launch day to the next;
    where a date stops at the month the length is known between ``shortest`` and ``longest`` only.
    """
    before, after = days.iloc[:-1].reset_index(drop=True), days.iloc[1:].reset_index(drop=True)
    return pd.DataFrame(
        {
            "start": before["last"],
            "end": after["first"],
            "shortest": (after["first"] - before["last"]).dt.days.clip(lower=0),
            "longest": (after["last"] - before["first"]).dt.days,
        }
    )


def pause_around(lengths, day):
    """Return the pause of ``lengths`` (from :func:`pauses`) that covers ``day``, with its rank among all of them.

    A Series with the columns of :func:`pauses`, ``rank`` (1 is the longest; by the shortest length that each pause
    can have had) and ``of`` (how many pauses there are). Raises LookupError where no pause covers the day.
    """
    found = lengths[(lengths["start"] < day) & (lengths["end"] > day)]
    if found.empty:
        raise LookupError(f"no pause covers {day}")
    pause = found.iloc[0].copy()
    pause["rank"], pause["of"] = 1 + int((lengths["shortest"] > pause["shortest"]).sum()), len(lengths)
    return pause


def per_month(days, first, last):
    """Return the number of launch days in each month from ``first`` to ``last`` ("2012-01"), zeros included.

    ``days`` come from :func:`launch_days`; a day known by its month only counts in that month.
    """
    months = pd.period_range(first, last, freq="M")
    return days["first"].dt.to_period("M").value_counts().reindex(months, fill_value=0)


GAP_MODELS = {
    "exponential": stats.expon,
    "Weibull": stats.weibull_min,
    "gamma": stats.gamma,
    "log-normal": stats.lognorm,
}


def fit_gaps(lengths, draws, rng):
    """Fit four renewal models to the pauses ``lengths`` (days, 1-d) by maximum likelihood and test their fit.

    A renewal model says that each pause is drawn anew from one distribution. The exponential is the Poisson process,
    in which launches do not cluster; the other three allow many short pauses and few long ones.
    Returns a DataFrame indexed by model: ``frozen`` (the fitted scipy distribution), ``aic``, ``ks`` (largest distance
    between the observed and the fitted distribution function) and ``p`` (share of samples drawn from the fitted
    model, in whole days and fitted again, with a ``ks`` at least as large: the parametric bootstrap of Lilliefors's
    test; a small value rejects the model), and ``refits`` (the models fitted to those samples).
    """
    lengths = np.asarray(lengths, float)
    rows = {}
    for name, family in GAP_MODELS.items():
        fitted = _fitted(family, lengths)
        distance = stats.kstest(lengths, fitted.cdf).statistic
        refits, distances = [], []
        for _ in range(draws):
            sample = np.ceil(fitted.rvs(len(lengths), random_state=rng))
            refits.append(_fitted(family, sample))
            distances.append(stats.kstest(sample, refits[-1].cdf).statistic)
        free = len(fitted.args) - 1
        rows[name] = {
            "frozen": fitted,
            "aic": 2 * free - 2 * fitted.logpdf(lengths).sum(),
            "ks": distance,
            "p": (1 + ties.at_least(distances, distance).sum()) / (1 + draws),
            "refits": refits,
        }
    return pd.DataFrame.from_dict(rows, orient="index")


def _fitted(family, lengths):
    """Return ``family`` with its location at zero and its other parameters at their maximum-likelihood values."""
    if family is stats.lognorm:  # closed form
        logs = np.log(lengths)
        return family(logs.std(), 0, np.exp(logs.mean()))
    if family is stats.weibull_min:  # one equation in the shape; the scale follows
        logs, size = np.log(lengths), len(lengths)

        def score(shape):
            weights = lengths**shape
            return (weights * logs).sum() / weights.sum() - 1 / shape - logs.mean()

        shape = optimize.brentq(score, 0.05, 20)
        return family(shape, 0, ((lengths**shape).sum() / size) ** (1 / shape))
    return family(*family.fit(lengths, floc=0))


def longest_chance(model, pauses_drawn, days):
    """Return the chance that the longest of ``pauses_drawn`` independent pauses lasts ``days`` or more.

    ``model`` is a frozen scipy distribution of the length of one pause. 1 − (1 − S)ⁿ with S the chance of one.
    """
    return float(-np.expm1(pauses_drawn * np.log1p(-model.sf(days))))


def negative_binomial(counts):
    """Fit a negative binomial to ``counts`` (1-d) by maximum likelihood; return ``(mean, size)``.

    The variance is mean + mean²/size: a small ``size`` means strong clustering. Counts that vary no more than a
    Poisson variable would give ``size`` infinite, which is the Poisson model.
    """
    counts = np.asarray(counts)
    if counts.var() <= counts.mean():
        return float(counts.mean()), np.inf
    result = sm.NegativeBinomial(counts, np.ones(len(counts))).fit(disp=0)
    return float(np.exp(result.params[0])), float(1 / result.params[1])


def empty_chance(mean, size):
    """Return the chance of a count of zero under the model of :func:`negative_binomial`."""
    return float(np.exp(-mean) if np.isinf(size) else (1 + mean / size) ** -size)


def run_chance(chance, run, trials):
    """Return the chance of at least one unbroken run of ``run`` successes in ``trials`` independent trials.

    ``chance`` is that of one success. De Moivre's problem, by recursion over the trials: the run is first completed
    at trial t if the trial before it failed and no run was completed earlier.
    """
    first = np.zeros(trials + 1)  # first[t]: the run is completed at trial t for the first time
    for t in range(run, trials + 1):
        before = 1.0 if t == run else (1 - chance) * (1 - first[: t - run].sum())
        first[t] = before * chance**run
    return float(first.sum())


def rate_interval(count, exposure, dispersion=1.0, level=0.95):
    """Return the exact (Garwood) interval of a rate: ``count`` events in ``exposure`` units of time.

    ``dispersion`` is the variance of the counts over their mean: with a value above 1 the interval is that of the
    smaller number of independent events that carry the same information (count / dispersion).
    """
    low, high = confint_poisson(count / dispersion, exposure / dispersion, method="exact-c", alpha=1 - level)
    return float(np.nan_to_num(low)), float(high)


class PoissonCost(ruptures.base.BaseCost):
    """The cost of a stretch of counts with one rate: minus twice its Poisson log-likelihood, constants left out."""

    model, min_size = "poisson", 1

    def fit(self, signal):
        """Take the counts (1-d) and keep their running total."""
        self.signal = np.asarray(signal, float).reshape(-1, 1)
        self._total = np.concatenate([[0.0], self.signal[:, 0].cumsum()])
        return self

    def error(self, start, end):
        """Return the cost of the counts from ``start`` up to but not including ``end``."""
        total = self._total[end] - self._total[start]
        return 0.0 if total == 0 else 2 * (total - total * np.log(total / (end - start)))


def change_points(counts, penalty=None, number=None, shortest=3):
    """Return the positions at which the rate of ``counts`` changes: a list of indices where a new rate starts.

    The exact best division by dynamic programming (``ruptures``) under :class:`PoissonCost`: the one with ``number``
    changes, or the one that pays ``penalty`` for each (default 2 log n, the Bayesian information criterion: one rate
    and one position). No stretch is shorter than ``shortest`` counts.
    """
    counts = np.asarray(counts)
    method = ruptures.Dynp if number else ruptures.Pelt
    search = method(custom_cost=PoissonCost(), min_size=shortest, jump=1).fit(counts)
    found = (
        search.predict(number) if number else search.predict(2 * np.log(len(counts)) if penalty is None else penalty)
    )
    return [int(end) for end in found[:-1]]


def stretches(counts, breaks):
    """Return one row per stretch between ``breaks``: ``start``, ``end`` (not included), ``count``, ``rate``."""
    counts, edges = np.asarray(counts), [0, *breaks, len(counts)]
    rows = [
        {"start": a, "end": b, "count": int(counts[a:b].sum()), "rate": counts[a:b].mean()}
        for a, b in itertools.pairwise(edges)
    ]
    return pd.DataFrame(rows)


def dispersion(counts, breaks):
    """Return Pearson's dispersion of ``counts`` around the rates of their stretches (1 for Poisson counts)."""
    counts, parts = np.asarray(counts), stretches(counts, breaks)
    rate = np.repeat(parts["rate"], parts["end"] - parts["start"]).to_numpy()
    some = rate > 0
    return float(((counts - rate)[some] ** 2 / rate[some]).sum() / (some.sum() - (parts["rate"] > 0).sum()))


def change_point_bootstrap(counts, breaks, draws, rng, near=6, shortest=3):
    """Say how firmly each of ``breaks`` is placed: find change points again in counts drawn from the fitted stretches.

    Counts are drawn as negative binomial with the stretch's rate and the observed dispersion. Returns a DataFrame
    with one row per break: ``position``, ``again`` (share of draws with a change point at most ``near`` positions
    away), ``low`` and ``high`` (95% interval of the nearest of those).
    """
    parts, spread = stretches(counts, breaks), max(dispersion(counts, breaks), 1.0)
    rate = np.repeat(parts["rate"], parts["end"] - parts["start"]).to_numpy()
    nearest = [[] for _ in breaks]
    for _ in range(draws):
        drawn = rng.poisson(rate) if spread == 1 else rng.poisson(rng.gamma(rate / (spread - 1) + 1e-12, spread - 1))
        found = np.array(change_points(drawn, shortest=shortest))
        for place, hits in zip(breaks, nearest, strict=True):
            close = found[np.abs(found - place) <= near] if len(found) else found
            if len(close):
                hits.append(min(close, key=lambda found: abs(found - place)))
    ends = [np.quantile(hits, [0.025, 0.975], method="inverted_cdf") if hits else (np.nan, np.nan) for hits in nearest]
    return pd.DataFrame(
        {
            "position": breaks,
            "again": [len(hits) / draws for hits in nearest],
            "low": [low for low, _ in ends],
            "high": [high for _, high in ends],
        }
    )
