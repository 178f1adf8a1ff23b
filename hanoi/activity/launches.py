"""Launches: days, pauses, models of pauses, change points, the hazard of a launch week by week."""

import itertools
import math

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


class _WholeDays:
    """A distribution of the logarithm of a length, drawn in whole days: lengths are counted in days, so draws are too."""

    def rvs(self, *args, **kwds):
        """Return random logarithms of lengths, each length rounded up to a whole day."""
        return np.log(np.ceil(np.exp(super().rvs(*args, **kwds))))


class _WholeNormal(_WholeDays, type(stats.norm)):
    """Logarithms of log-normal lengths."""

    def slopes(self, z):
        """Return the first and the second derivative of the logarithm of the density."""
        return -z, np.full_like(z, -1)


class _WholeLogistic(_WholeDays, type(stats.logistic)):
    """Logarithms of log-logistic lengths."""

    def slopes(self, z):
        """Return the first and the second derivative of the logarithm of the density."""
        half = np.tanh(z / 2)
        return -half, (half**2 - 1) / 2


class _WholeGumbel(_WholeDays, type(stats.gumbel_l)):
    """Logarithms of Weibull lengths, and with scale one of exponential lengths."""

    def slopes(self, z):
        """Return the first and the second derivative of the logarithm of the density."""
        return 1 - np.exp(z), -np.exp(z)


#: Renewal models: name → (distribution of the logarithm of a length, its scale where that is not free).
GAP_MODELS = {
    "log-logistic": (_WholeLogistic(name="logistic"), None),
    "log-normal": (_WholeNormal(name="norm"), None),
    "Weibull": (_WholeGumbel(name="gumbel_l"), None),
    "exponential": (_WholeGumbel(name="gumbel_l"), 1.0),
}


def fit_gaps(lengths):
    """Fit renewal models to the pauses ``lengths`` (days, 1-d, above zero) by maximum likelihood.

    A renewal model says that each pause is drawn anew from one distribution. The exponential is the Poisson process,
    in which launches do not cluster; the others allow many short pauses and few long ones, the Weibull fewest long
    ones and the log-logistic most. Each is a location and a scale on the logarithm of the length, as in the
    accelerated-failure-time models of survival analysis (Kalbfleisch and Prentice 2002, section 2.2).

    Returns
    -------
    DataFrame indexed by model
        ``location`` and ``scale`` (of the logarithm), ``aic`` (that of the lengths), in the order of the AIC.
    """
    logs = np.log(np.asarray(lengths, float))
    rows = {}
    for name, (family, fixed) in GAP_MODELS.items():
        location, scale = family.fit(logs) if fixed is None else family.fit(logs, fscale=fixed)
        likelihood = family.logpdf(logs, location, scale).sum() - logs.sum()
        rows[name] = {"location": location, "scale": scale, "aic": 2 * (1 + (fixed is None)) - 2 * likelihood}
    found = pd.DataFrame.from_dict(rows, orient="index")
    return found.iloc[np.argsort(ties.settled(found["aic"]), kind="stable")]


def gap_survival(fits, model, days):
    """Return the share of pauses that last longer than ``days`` (scalar or array) under ``model`` of :func:`fit_gaps`."""
    location, scale = fits.loc[model, ["location", "scale"]]
    return GAP_MODELS[model][0].sf(np.log(days), location, scale)


def fit_test(lengths, model, draws, seed):
    """Return how well ``model`` fits the pauses ``lengths``: a p-value with the parameters estimated.

    Share of ``draws`` samples from the fitted model, in whole days and fitted again, whose Anderson–Darling distance is
    at least that of the record (a parametric bootstrap; Stute, González Manteiga and Presedo Quindimil 1993); a small
    value rejects the model. ``seed`` seeds the draws. Raises ArithmeticError where a fit finds no end, as for pauses that
    are all alike.
    """
    family, fixed = GAP_MODELS[model]
    logs, rng = np.log(np.asarray(lengths, float)), np.random.default_rng(seed)
    location, scale = np.ravel(_located(family, logs, fixed))

    def distance(samples, axis):
        """Return the Anderson–Darling distance of each sample from the model fitted to it."""
        ordered, places = np.sort(samples, axis=axis, kind="stable"), np.arange(1, len(logs) + 1)
        fitted = family(*_located(family, ordered, fixed))
        both = fitted.logcdf(ordered) + fitted.logsf(ordered[..., ::-1])
        return -len(logs) - ((2 * places - 1) / len(logs) * both).sum(axis=axis)

    found = stats.monte_carlo_test(
        logs,
        lambda size: family.rvs(location, scale, size=size, random_state=rng),
        distance,
        vectorized=True,
        n_resamples=draws,
        alternative="greater",
        axis=-1,
    )
    return float(found.pvalue)


def _located(family, samples, fixed):
    """Return location and scale (``fixed``, if given) of ``family`` fitted to each of ``samples`` along the last axis.

    Maximum likelihood by Newton's method for all samples at once, where scipy fits one after another. The logarithm of
    the likelihood is concave in location/scale and 1/scale for every log-concave density (Pratt 1981, Concavity of the
    Log Likelihood), so that it has one top, which is reached from anywhere. The last axis of both is of length one.
    """
    middle, spread = samples.mean(axis=-1, keepdims=True), samples.std(axis=-1, keepdims=True)
    x, free = (samples - middle) / spread, fixed is None
    a, b = np.zeros_like(middle), np.ones_like(middle) if free else spread / fixed
    for _ in range(100):
        first, second = family.slopes(b * x - a)
        slope_a, bend_a = -first.sum(-1, keepdims=True), second.sum(-1, keepdims=True)
        slope_b = (1 / b + x * first).sum(-1, keepdims=True) * free
        bend_b = (x**2 * second - 1 / b**2).sum(-1, keepdims=True)
        cross = -(x * second).sum(-1, keepdims=True) * free
        area = bend_a * bend_b - cross**2
        move_a, move_b = (bend_b * slope_a - cross * slope_b) / area, (bend_a * slope_b - cross * slope_a) / area
        shorter = 1 / np.maximum(1, 2 * np.maximum(np.abs(move_a), np.abs(move_b / b)))
        a, b = a - shorter * move_a, b - shorter * move_b
        if max(np.abs(move_a).max(), np.abs(move_b).max()) < 1e-10:
            break
    else:
        raise ArithmeticError("a fit to the pauses did not come to its end")
    return middle + spread * a / b, spread / b


def longest_chance(share, pauses_drawn):
    """Return the chance that the longest of ``pauses_drawn`` independent pauses lasts so long.

    ``share`` is the share of all pauses that do. 1 − (1 − S)ⁿ.
    """
    return float(-np.expm1(pauses_drawn * np.log1p(-share)))


def chance_interval(lengths, model, days, pauses_drawn, level=0.95):
    """Return the interval of :func:`longest_chance` that the fit of ``model`` to ``lengths`` leaves.

    Profile likelihood (Cox and Oakes 1984, section 3.3): all shares of pauses longer than ``days`` under which the
    lengths are less likely than under the best by no more than the quantile of chi-square with one degree of freedom
    allows. ``model`` has two free parameters. No draws are taken; the interval is not symmetric.
    """
    family, fixed = GAP_MODELS[model]
    if fixed is not None:
        raise ValueError(f"{model} has one free parameter")
    logs, at = np.log(np.asarray(lengths, float)), np.log(days)
    location, scale = family.fit(logs)
    best, bound = (at - location) / scale, stats.chi2.ppf(level, 1)
    top = family.logpdf(logs, location, scale).sum()

    def beyond(z):
        """Return by how much twice the profile log-likelihood at ``z`` lies below the best, less the bound."""

        def lost(width):
            return -family.logpdf(logs, at - z * np.exp(width), np.exp(width)).sum()

        middle = np.log(scale)
        worst = optimize.minimize_scalar(lost, bounds=(middle - 3, middle + 3), method="bounded")
        return 2 * (top + worst.fun) - bound

    reach = 1 + abs(best)
    ends = [optimize.brentq(beyond, *sorted((best, best + way * 6 * reach))) for way in (1, -1)]
    return tuple(longest_chance(family.sf(z), pauses_drawn) for z in ends)


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
        """Take the counts (1-d) and keep their running total, as Python's own numbers: the search asks one by one."""
        self.signal = np.asarray(signal, float).reshape(-1, 1)
        self._total = [0.0, *self.signal[:, 0].cumsum().tolist()]
        return self

    def error(self, start, end):
        """Return the cost of the counts from ``start`` up to but not including ``end``."""
        total = self._total[end] - self._total[start]
        return 0.0 if total == 0 else 2 * (total - total * math.log(total / (end - start)))


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


def launch_weeks(days, first, last):
    """Return for each week (Monday to Sunday) from ``first`` to ``last`` whether it saw a launch day: a Series of 0 and 1.

    ``days`` come from :func:`launch_days`; launches known by their month only belong to no week and are left out.
    """
    weeks = pd.period_range(first, last, freq="W-SUN")
    known = days.loc[days["first"].eq(days["last"]), "first"].dt.to_period("W-SUN")
    return pd.Series(weeks.isin(known).astype(int), index=weeks)


def weeks_near(weeks, spans, before=0, after=0):
    """Return which ``weeks`` (PeriodIndex) lie in or near one of ``spans``: a Series of 0 and 1.

    ``spans`` are (first day, last day) each. A week is near if it overlaps the span, or begins at most ``before`` weeks
    before the week of its first day, or at most ``after`` weeks after that of its last day.
    """
    found = np.zeros(len(weeks), int)
    for first, last in spans:
        start, end = (pd.Timestamp(day).to_period("W-SUN") for day in (first, last))
        found |= ((weeks >= start - before) & (weeks <= end + after)).astype(int)
    return pd.Series(found, index=weeks)


def lately(launched, weeks=4):
    """Return whether any of the ``weeks`` weeks before each week saw a launch; the weeks before the first count as none."""
    return launched.rolling(weeks, min_periods=1).max().shift(1, fill_value=0).astype(int)


def hazard(launched, terms, lags=8):
    """Fit the hazard of a launch week by week: how often weeks with a term see a launch, beside weeks without it.

    A discrete-time proportional-hazards model (Prentice and Gloeckler 1978): binomial with the complementary log-log
    link (:class:`statsmodels.api.GLM`), so that exp(coefficient) is a ratio of hazards. Errors allow for likeness of up
    to ``lags`` weeks (Newey and West). ``launched`` is a Series of 0 and 1, ``terms`` a DataFrame on the same weeks.
    Returns a DataFrame indexed by term: ``ratio``, ``low`` and ``high`` (95% interval).
    """
    link = sm.families.links.CLogLog()
    model = sm.GLM(launched.to_numpy(), sm.add_constant(terms.to_numpy(float)), family=sm.families.Binomial(link=link))
    found = model.fit(cov_type="HAC", cov_kwds={"maxlags": lags})
    ends = np.exp(found.conf_int()[1:])
    return pd.DataFrame({"ratio": np.exp(found.params[1:]), "low": ends[:, 0], "high": ends[:, 1]}, index=terms.columns)


def hazard_shifts(launched, terms, recent=4):
    """Test each of ``terms`` against the hazard of a launch by shifting the launches round the calendar.

    The score of each term (Rao's test) beside a model in which only launches of the ``recent`` weeks before matter; a
    circular shift keeps the clusters of launches and the order of the terms and breaks only their tie. Returns a dict:
    ``p`` (Series: share of all shifts, none among them, with a score at least as far from zero), ``p_all`` (the same
    for the farthest score of all terms, each in units of its own spread over the shifts: Westfall and Young's
    maximum), ``shifts``.
    """
    link = sm.families.links.CLogLog()
    own = sm.add_constant(lately(launched, recent).to_numpy(float), has_constant="add")
    fitted = sm.GLM(launched.to_numpy(), own, family=sm.families.Binomial(link=link)).fit()
    chance = fitted.fittedvalues
    weight = link.inverse_deriv(fitted.predict(which="linear")) / (chance * (1 - chance))
    residual = (launched.to_numpy() - chance) * weight
    centred = (terms - terms.mean()).to_numpy(float)
    place = np.arange(len(launched))
    scores = np.abs(residual[(place - place[:, None]) % len(launched)] @ centred)  # a row a shift, the first none
    scaled = scores / np.sqrt((scores**2).mean(axis=0))
    p = ties.at_least(scores, scores[0]).mean(axis=0)
    p_all = ties.at_least(scaled.max(axis=1), scaled[0].max()).mean()
    return {"p": pd.Series(p, index=terms.columns), "p_all": float(p_all), "shifts": len(launched)}
