"""Observations of sites: windows, findings, when some work began, and how a finding changes from page to page."""

import lifelines
import numpy as np
import pandas as pd

#: What an account of the start of some work rests on, the firmest first.
BASES = ("imagery", "official-assessment", "analyst-statement", "press-summary")
#: What two pages that tell one finding can differ in: the days, what it means for capability, what it was for, how sure.
MATTERS = ("window", "direction", "reading", "confidence")


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
    return observations.assign(
        first=begin,
        last=end.fillna(published).where(lambda last: last <= published, published),
        window=known.map({"11": "stated", "10": "since", "01": "until", "00": "published"}),
    )


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
    found = best.agg(
        first=("first", "min"),
        last=("last", "max"),
        soonest=("last", "min"),
        window=("window", "first"),
        gloss=("gloss", "all"),
    )
    found["last"] = found["last"].where(found["window"].isin(["stated", "until"]), found.pop("soonest"))
    found = found.assign(
        tellings=groups.size(),
        reported=groups["reported_on_first"].min(),
        publisher=groups["publisher"].agg(lambda names: institution(names).mode().iloc[0]),
    )
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
    table = own.agg(
        earliest=("onset_earliest_first", "max"),
        latest=("onset_latest_last", "min"),
        basis=("onset_basis", "first"),
        publisher=("publisher", lambda names: names.mode().iloc[0]),
    )
    if torn := list(table.index[table["earliest"] > table["latest"]]):
        raise ValueError(f"rows of one report exclude each other: {', '.join(torn)}")
    table["reported"] = report_days(table.index.to_series())
    table["tellings"] = dated.groupby("report").size()
    return table.sort_values(
        ["basis", "reported"], kind="stable", key=lambda key: key.map(BASES.index) if key.name == "basis" else key
    )


def agreement(accounts):
    """Return ``(earliest, latest)``: the days that all of ``accounts`` (from :func:`onsets`) allow; an open end is NaT.

    None where no day is allowed by all.
    """
    earliest, latest = accounts["earliest"].max(), accounts["latest"].min()
    return None if earliest > latest else (earliest, latest)


def allowing(accounts, days):
    """Return for each of ``days`` how many ``accounts`` (from :func:`onsets`) allow it; an open end allows all."""
    counts = [
        (
            (accounts["earliest"].isna() | (accounts["earliest"] <= day))
            & (accounts["latest"].isna() | (accounts["latest"] >= day))
        ).sum()
        for day in days
    ]
    return pd.Series(counts, index=days)


def start_share(earliest, latest, cut, *, work=0, on_day=0.0, weight=None):
    """Return the probability that work of an interval-censored start began before the day ``cut``, under a stated prior.

    Parameters
    ----------
    earliest, latest : Timestamp
        The last image without the work and the first with it: the first and last day of the window, both included.
    cut : Timestamp
        The day in question.
    work : int
        Days that what the later image shows must have taken: the start lies at least so many days before ``latest``.
    on_day : float
        Part of the day ``cut`` itself that counts as before, from 0 to 1.
    weight : callable, optional
        Takes the days of the window (a DatetimeIndex) and returns their prior weights; by default all days weigh alike.

    Returns
    -------
    float
        Weight of the days before ``cut`` over the weight of all days that are left.

    Raises
    ------
    ValueError
        For an open end (a prior on days needs both) and for work longer than the window.
    """
    if pd.isna(earliest) or pd.isna(latest):
        raise ValueError("a window with an open end has no distribution of its days")
    days = pd.date_range(earliest, latest - pd.Timedelta(days=work))
    if days.empty:
        raise ValueError("the work is longer than the window")
    weights = np.ones(len(days)) if weight is None else np.asarray(weight(days), dtype=float)
    return float((weights[days < cut].sum() + on_day * weights[days == cut].sum()) / weights.sum())


def retellings(observations):
    """Return one row for each pair of pages that tell one finding of one report, and for each matter on which they can differ.

    Rows that share report, site and activity tell one finding. Two pages are compared on ``MATTERS``; where a page has
    several rows of a finding, the two rows that agree most are taken, so that a difference is not one of selection.

    Parameters
    ----------
    observations : DataFrame
        Rows as :func:`hanoi.evidence.read` gives them.

    Returns
    -------
    DataFrame
        ``report``, ``site_id``, ``activity``, ``source_id_1``, ``source_id_2``, ``observation_id_1``, ``observation_id_2``,
        ``matter`` and ``outcome``: ``kept`` (both pages say the same), ``lost`` (one says nothing of it, or gives days that
        hold those of the other: precision is lost), ``changed`` (they say different things). Pairs in which neither page speaks of a matter are left out.
    """
    said = pd.DataFrame(
        {
            "window": observations["observed_from"].fillna("") + "/" + observations["observed_to"].fillna(""),
            "direction": observations["direction"],
            "reading": observations["interpretation"],
            "confidence": observations["confidence"],
        }
    ).astype(object)
    said = said.mask(said.isin(["/", "unclear"]) & ~said.columns.isin(["confidence"]))
    days = pd.DataFrame(
        {
            "first": observations["observed_from_first"].fillna(pd.Timestamp("1900-01-01")),
            "last": observations["observed_to_last"].fillna(pd.Timestamp("2100-01-01")),
        }
    )
    table = pd.concat(
        [observations[["observation_id", "report", "site_id", "activity", "source_id"]], said, days], axis=1
    )
    by = ["report", "site_id", "activity"]
    pairs = table.merge(table, on=by, suffixes=("_1", "_2"))
    pairs = pairs[pairs["source_id_1"] < pairs["source_id_2"]]
    for matter in MATTERS:
        one, other = pairs[f"{matter}_1"], pairs[f"{matter}_2"]
        pairs[matter] = np.select(
            [one.isna() & other.isna(), one.isna() | other.isna(), one.eq(other)], ["", "lost", "kept"], "changed"
        )
    begin, end = (pairs[f"{edge}_1"] - pairs[f"{edge}_2"] for edge in ("first", "last"))
    within = begin.dt.days * end.dt.days <= 0  # the days of one page hold those of the other
    pairs["window"] = pairs["window"].mask(pairs["window"].eq("changed") & within, "lost")
    pairs["differ"] = pairs[list(MATTERS)].isin(["lost", "changed"]).sum(axis=1)
    pairs = pairs.sort_values(
        [*by, "source_id_1", "source_id_2", "differ", "observation_id_1", "observation_id_2"], kind="stable"
    )
    pairs = pairs.drop_duplicates([*by, "source_id_1", "source_id_2"])
    kept = [*by, "source_id_1", "source_id_2", "observation_id_1", "observation_id_2"]
    long = pairs.melt(kept, list(MATTERS), "matter", "outcome")
    return long[long["outcome"].ne("")].reset_index(drop=True)


def retelling_shares(told, draws=2000, seed=2019):
    """Return how often each matter differs between two pages of one finding, each report with one weight.

    Parameters
    ----------
    told : DataFrame
        Pairs from :func:`retellings`.
    draws, seed : int
        Draws of the bootstrap over reports, and its seed.

    Returns
    -------
    DataFrame
        A row a matter: ``reports``, ``pairs``, the shares ``kept``, ``lost`` and ``changed`` (means over reports of the share
        of their pairs), and ``low``, ``high``, ``error``: 95% percentile interval of the share not kept from a bootstrap that
        draws whole reports (pairs of one report share pages), and the Monte Carlo error of its ends by order statistics.
    """
    rng, rows = np.random.default_rng(seed), []
    for matter in (matter for matter in MATTERS if matter in set(told["matter"])):
        some = told[told["matter"].eq(matter)]
        shares = pd.crosstab(some["report"], some["outcome"], normalize="index")
        shares = shares.reindex(columns=["kept", "lost", "changed"], fill_value=0.0)
        differ = 1 - shares["kept"].to_numpy()
        means = differ[rng.integers(0, len(differ), (draws, len(differ)))].mean(axis=1)
        low, high = np.quantile(means, [0.025, 0.975])
        half = 1.96 * np.sqrt(0.025 * 0.975 / draws)  # of the level of a quantile
        ends = np.quantile(means, [0.025 - half, 0.025 + half, 0.975 - half, 0.975 + half])
        error = max(ends[1] - ends[0], ends[3] - ends[2]) / (2 * 1.96)
        rows.append(
            {"matter": matter, "reports": len(shares), "pairs": len(some), **shares.mean().to_dict()}
            | {"low": low, "high": high, "error": error}
        )
    return pd.DataFrame(rows).set_index("matter")


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
        np.where(np.isinf(lower), floor, lower) - start,
        upper - start,
        tol=tol,
        timeline=np.sort(at - start, kind="stable"),
    )
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
