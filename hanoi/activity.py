"""What the sites and the launchers did: statistics of launches, of talks beside activity, and of site observations.

Everything here takes plain DataFrames as :func:`hanoi.evidence.read` gives them and returns plain DataFrames or
numbers. Days are ``datetime64``, lengths are whole days, rates are per month where nothing else is said.
Random draws take a ``numpy.random.Generator``, so that a seeded run gives the same numbers again.
"""

import lifelines
import numpy as np
import pandas as pd
import ruptures
import statsmodels.api as sm
from scipy import optimize, stats
from statsmodels.stats.rates import confint_poisson

from hanoi import ties

# --- launches

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
    return pd.DataFrame({"start": before["last"], "end": after["first"],
                         "shortest": (after["first"] - before["last"]).dt.days.clip(lower=0),
                         "longest": (after["last"] - before["first"]).dt.days})


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


GAP_MODELS = {"exponential": stats.expon, "Weibull": stats.weibull_min, "gamma": stats.gamma,
              "log-normal": stats.lognorm}


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
        rows[name] = {"frozen": fitted, "aic": 2 * free - 2 * fitted.logpdf(lengths).sum(), "ks": distance,
                      "p": (1 + ties.at_least(distances, distance).sum()) / (1 + draws), "refits": refits}
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
        before = 1.0 if t == run else (1 - chance) * (1 - first[:t - run].sum())
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
    found = search.predict(number) if number else search.predict(2 * np.log(len(counts)) if penalty is None else penalty)
    return [int(end) for end in found[:-1]]


def stretches(counts, breaks):
    """Return one row per stretch between ``breaks``: ``start``, ``end`` (not included), ``count``, ``rate``."""
    counts, edges = np.asarray(counts), [0, *breaks, len(counts)]
    rows = [{"start": a, "end": b, "count": int(counts[a:b].sum()), "rate": counts[a:b].mean()}
            for a, b in zip(edges, edges[1:], strict=False)]
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
    return pd.DataFrame({"position": breaks, "again": [len(hits) / draws for hits in nearest],
                         "low": [low for low, _ in ends], "high": [high for _, high in ends]})


# --- talks and activity

TALKS = ("agreement", "exercise", "humanitarian", "inter-korean", "letter", "meeting", "personnel", "sanctions",
         "speech", "statement", "summit")


def monthly_balance(events, first, last, categories=TALKS, unit="days"):
    """Return the balance of diplomacy in each month from ``first`` to ``last``: ``cooperative``, ``conflictual``,
    ``balance`` (the first minus the second), indexed by month.

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
    stated = observations["reported_on"] if dated == "publication" else \
        observations["observed_to"].fillna(observations["reported_on"])
    day = observations["reported_on_last"] if dated == "publication" else \
        observations["observed_to_last"].fillna(observations["reported_on_last"])
    used = observations.assign(month=day.dt.to_period("M"))[
        (stated.str.len() >= len("2019-03")).fillna(False).astype(bool) & (observations["site_id"] != "several-sites")]
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
    table = pd.DataFrame({"sites": group["site_id"].nunique(), "reports": group["report"].nunique(),
                          "pairs": group.size(), **{kind: group[kind].sum() for kind in ("advance", "reverse", "none")}})
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
    return pd.DataFrame({lag: {name: _rank_correlation(*_aligned(talks, outcomes[name].to_numpy(float), lag))
                               for name in outcomes} for lag in lags})


def _aligned(x, y, lag):
    """Return x[t] and y[t + lag] for every t for which both exist."""
    return (x[:len(x) - lag], y[lag:]) if lag >= 0 else (x[-lag:], y[:lag])


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
    return {"r": real, "p": share(ties.at_least(shifted, far)), "p_all": share(ties.at_least(farthest[:, None, None], far)),
            "looks": real.size, "shifts": len(shifts), "floor": 1 / total,
            "bar": float(np.sort(farthest, kind="stable")[::-1][beaten]) if beaten >= 0 else np.inf}


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


# --- sites

#: What an account of the start of some work rests on, the firmest first.
BASES = ("imagery", "official-assessment", "analyst-statement", "press-summary")


def institution(publishers):
    """Return who made each finding: the publisher without the outlet in brackets through which it was read."""
    return publishers.str.replace(r"\s*\(.*", "", regex=True)


def windows(observations):
    """Return ``observations`` with ``first``, ``last`` (days) and ``window``: when the thing seen can have happened.

    A finding is interval-censored: it happened somewhere between two images, not on the day of either. ``window`` is

    * ``stated``: both ends are stated;
    * ``since``: the begin is stated, the end is not, and publication is the upper bound;
    * ``until``: the end is stated, the begin is not (``first`` is NaT);
    * ``published``: neither is stated, and publication is the upper bound.

    A month stands for all of its days. Nothing can have been seen after it was published, so ``last`` never exceeds
    the last day that the date of the report allows.
    """
    begin, end = observations["observed_from_first"], observations["observed_to_last"]
    known = begin.notna().map({True: "1", False: "0"}) + end.notna().map({True: "1", False: "0"})
    published = observations["reported_on_last"]
    return observations.assign(first=begin, last=end.fillna(published).where(lambda last: last <= published, published),
                               window=known.map({"11": "stated", "10": "since", "01": "until", "00": "published"}))


def findings(observations, by=("site_id", "report", "direction")):
    """Return one row per finding: the rows that tell the same thing from one report are one observation of the world.

    ``by`` are the columns that make a finding. Each gets the window that its rows know best (``stated`` before
    ``since``, ``until`` and ``published``), from the earliest ``first`` to the latest ``last`` of those rows; where
    publication is the upper bound, the earliest publication is. A window
    that rests on a sentence of the press (``onset_basis`` press-summary) speaks only where no other row does; ``gloss``
    marks such findings. ``reported`` is the day of the original report (or of the earliest publication, where ``by``
    has no report), ``publisher`` the institution that most rows name, ``tellings`` the number of rows.
    """
    seen, by = windows(observations), list(by)
    seen["gloss"] = (seen["onset_basis"] == "press-summary").fillna(False).astype(bool)
    seen["rank"] = seen["window"].map(["stated", "since", "until", "published"].index) + 4 * seen["gloss"]
    groups = seen.groupby(by, sort=False)
    best = seen[seen["rank"] == groups["rank"].transform("min")].groupby(by, sort=False)
    found = best.agg(first=("first", "min"), last=("last", "max"), soonest=("last", "min"), window=("window", "first"),
                     gloss=("gloss", "all"))
    found["last"] = found["last"].where(found["window"].isin(["stated", "until"]), found.pop("soonest"))
    found = found.assign(tellings=groups.size(), reported=groups["reported_on_first"].min(),
                         publisher=groups["publisher"].agg(lambda names: institution(names).mode().iloc[0]))
    found = found.reset_index()
    return found.assign(reported=report_days(found["report"])) if "report" in by else found


def report_days(reports):
    """Return the first day that the date at the end of each ``report`` key allows ("38north-sohae-2019-03-05")."""
    return pd.to_datetime(reports.str.extract(r"((?:19|20)\d\d(?:-\d\d){0,2})$")[0], format="ISO8601")


def months_covered(found, first, last):
    """Return the set of months from ``first`` to ``last`` that some stated window of ``found`` touches.

    ``found`` comes from :func:`findings` or :func:`windows`. The other months hold no finding with a stated window:
    nobody reported, which is not the same as nothing happening.
    """
    stated = found[found["window"] == "stated"]
    spans = [pd.period_range(a, b, freq="M") for a, b in zip(stated["first"], stated["last"], strict=True)]
    return set(pd.period_range(first, last, freq="M")).intersection(*[set().union(*spans)])


def onsets(observations):
    """Return one account per original report that dates the start of the work: ``earliest``, ``latest``, ``basis``.

    Either end may be open (NaT). A report counts once, however often it was relayed: of its rows those with the
    firmest basis speak (:data:`BASES`), and where they differ in precision the tightest bounds hold. Also returned:
    ``publisher``, ``reported`` and ``tellings`` (all rows of the report that date the start, the weaker ones too).
    Indexed by report, sorted by basis and date. Raises ValueError where rows of one report exclude each other.
    """
    dated = observations.dropna(subset="onset_basis")
    rank = dated["onset_basis"].map(BASES.index)
    firmest = rank == rank.groupby(dated["report"]).transform("min")
    own = dated[firmest].groupby("report")
    table = own.agg(earliest=("onset_earliest_first", "max"), latest=("onset_latest_last", "min"),
                    basis=("onset_basis", "first"), publisher=("publisher", lambda names: names.mode().iloc[0]))
    if torn := list(table.index[table["earliest"] > table["latest"]]):
        raise ValueError(f"rows of one report exclude each other: {', '.join(torn)}")
    table["reported"] = report_days(table.index.to_series())
    table["tellings"] = dated.groupby("report").size()
    return table.sort_values(["basis", "reported"], kind="stable",
                             key=lambda key: key.map(BASES.index) if key.name == "basis" else key)


def agreement(accounts):
    """Return ``(earliest, latest)``: the days that all of ``accounts`` (from :func:`onsets`) allow; an open end is NaT.

    None where no day is allowed by all.
    """
    earliest, latest = accounts["earliest"].max(), accounts["latest"].min()
    return None if earliest > latest else (earliest, latest)


def allowing(accounts, days):
    """Return for each of ``days`` how many ``accounts`` (from :func:`onsets`) allow it; an open end allows all."""
    counts = [((accounts["earliest"].isna() | (accounts["earliest"] <= day))
               & (accounts["latest"].isna() | (accounts["latest"] >= day))).sum() for day in days]
    return pd.Series(counts, index=days)


def uniform_share(earliest, latest, cut):
    """Return the share of the days from ``earliest`` to ``latest``, both included, that lie before the day ``cut``.

    This is the probability that the work began before ``cut`` if every day of the window was equally likely.
    Raises ValueError for an open end: a uniform distribution needs both.
    """
    if pd.isna(earliest) or pd.isna(latest):
        raise ValueError("a window with an open end has no uniform distribution")
    days = (latest - earliest).days + 1
    return min(max((cut - earliest).days, 0), days) / days


def turnbull(lower, upper, at, tol=1e-10):
    """Return Turnbull's estimate of P(T ≤ t) from interval-censored times, as the bounds ``low`` and ``high`` per t.

    The non-parametric maximum-likelihood estimate (Peto 1973, Turnbull 1976), fitted by ``lifelines``. ``lower`` and
    ``upper`` are the ends of the closed intervals, in any unit, with −inf or inf where an end is open; ``at`` are the
    times t, which must not coincide with an end. The estimate fixes how much probability lies in each innermost
    interval and says nothing about where within it, so the bounds differ where t falls inside one.
    """
    lower, upper, at = (np.asarray(values, float) for values in (lower, upper, at))
    if (lower > upper).any() or not lower.size:
        raise ValueError("each interval needs a lower end that is not above its upper end")
    if np.isin(at, lower).any() or np.isin(at, upper).any():
        raise ValueError("the estimate is not unique at the ends of the intervals; ask between them")
    if lower.max() <= upper.min():  # one common interval holds all of the probability: the likelihood is 1
        return pd.DataFrame({"low": (at > upper.min()) * 1.0, "high": (at > lower.max()) * 1.0}, index=at)
    floor = lower[np.isfinite(lower)].min() - 1  # an open lower end never bounds an innermost interval
    start = floor - 1  # lifelines takes time zero as the start, so all times are counted from before the first
    fitted = lifelines.KaplanMeierFitter(label="S").fit_interval_censoring(
        np.where(np.isinf(lower), floor, lower) - start, upper - start, tol=tol,
        timeline=np.sort(at - start, kind="stable"))
    survival = fitted.survival_function_.loc[at - start].set_axis(at)
    return pd.DataFrame({"low": 1 - survival["S_upper"], "high": 1 - survival["S_lower"]}, index=at).clip(0, 1)


def turnbull_share(accounts, cut):
    """Return ``(low, high)``: bounds of the share of Turnbull's estimate for ``accounts`` that lies before ``cut``.

    ``accounts`` come from :func:`onsets`; each counts as one draw, which flatters accounts that copied each other.
    """
    day = pd.Timedelta(days=1)
    lower = ((accounts["earliest"] - cut) / day).fillna(-np.inf)
    upper = ((accounts["latest"] - cut) / day).fillna(np.inf)
    low, high = turnbull(lower, upper, [-0.5]).iloc[0]
    return float(low), float(high)


def contradictions(found, same, who, state):
    """Return the pairs of ``found`` in which two institutions say opposite things of one object at one time.

    ``same`` names the column of the object, ``who`` that of the institution, ``state`` that of what it says. Only
    stated windows are compared, and only those that share a day: two images of different days do not contradict each
    other. Columns of the earlier row end in ``_1``, those of the other in ``_2``.
    """
    stated = found[found["window"] == "stated"].reset_index(names="row")
    pairs = stated.merge(stated, on=same, suffixes=("_1", "_2"))
    overlap = (pairs["first_1"] <= pairs["last_2"]) & (pairs["first_2"] <= pairs["last_1"])
    opposed = (pairs[f"{who}_1"] != pairs[f"{who}_2"]) & (pairs[f"{state}_1"] != pairs[f"{state}_2"])
    return pairs[overlap & opposed & (pairs["row_1"] < pairs["row_2"])].reset_index(drop=True)


def image_gap(observations, work):
    """Return ``(unchanged, changed)``: the last image without and the first image with the work that was seen later.

    ``observations`` are those of one institution about one site, ``work`` the activity in question. Only rows that
    state the day of the later image count. ``unchanged`` is NaT where no earlier image without the work is reported.
    Raises LookupError where no row shows the work.
    """
    seen = windows(observations[observations["observed_to"].str.len().fillna(0) == len("2019-03-02")])
    changed = seen.loc[seen["activity"] == work, "last"].min()
    if pd.isna(changed):
        raise LookupError(f"no dated image shows {work}")
    quiet = seen[(seen["activity"] == "no-activity") & (seen["last"] < changed)]
    return quiet["last"].max(), changed
