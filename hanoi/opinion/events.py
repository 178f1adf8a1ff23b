"""Event studies on readings of approval: placebo weeks, the way back, several events in one state-space model.

Percentages are on the scale 0 to 100, changes and errors in points, windows in days; ``rows`` are readings as
:func:`hanoi.opinion.one_cut` gives them (``when``, ``begin``, ``end``, ``pollster``, ``percent``, ``n_eff``).

Sources of the methods
    event window, placebo   Abadie, Diamond and Hainmueller, JASA 105 (2010) 493-505: the event among dates without it
    share of placebos       Phipson and Smyth, Statistical Applications in Genetics and Molecular Biology 9 (2010) 39
    interventions           Box and Tiao, JASA 70 (1975) 70-79; Harvey and Durbin, JRSS A 149 (1986) 187-227
"""

from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy import stats
from statsmodels.tsa.statespace.structural import UnobservedComponents

from hanoi import ties


def with_excess(rows, sd):
    """Return ``rows`` with ``n_eff`` cut down so that each reading's variance holds an error of its own beside sampling.

    ``sd`` is the standard deviation of that excess error in points, as ``Path.sd_excess`` estimates it. The percentages
    stay as they are. Raises ValueError for a negative ``sd``.
    """
    if sd < 0:
        raise ValueError(f"a standard deviation of {sd} is none")
    spread = rows["percent"] * (100 - rows["percent"])
    return rows.assign(n_eff=spread / (spread / rows["n_eff"] + sd**2))


@dataclass(frozen=True)
class Placebo:
    """How rare the change across an event is among the changes across other days."""

    share: float  #: of the days, the event's own counted, with a fall at least as large: (k + 1) / (n + 1)
    share_both: float  #: the same for changes at least as large in either direction
    weeks: int  #: other days compared with
    separate: int  #: of them, days so far apart that no two share a window
    others: pd.DataFrame  #: their rows of ``moved``


def placebo(moved, event, window, *, avoid=(), pollsters=1, since=None):
    """Compare the change across ``event`` with those across all other days, as if an event had happened there.

    Parameters
    ----------
    moved : DataFrame
        As :func:`hanoi.opinion.changes` gives it for ``window``; its index holds ``event``.
    event : Timestamp or ISO day
    window : int
        Days before and after; days closer to ``event`` than twice the window share readings with it and are left out.
    avoid : sequence of days
        Other events; days closer to one of them than twice the window are left out as well.
    pollsters : int
        Fewest pollsters that must have readings on both sides of a day.
    since : ISO day, optional
        First day compared with.

    Returns
    -------
    Placebo
        The shares follow the rule of Phipson and Smyth: the event itself is one of the days, so that no share is zero.

    Raises
    ------
    ValueError
        Where the event has no change, or no other day is left.
    """
    event = pd.Timestamp(event)
    own = moved.at[event, "change"]
    others = moved.drop(event).dropna(subset="change")
    for day in (event, *map(pd.Timestamp, avoid)):
        others = others[abs((others.index - day).days) >= 2 * window]
    others = others[others["pollsters"].ge(pollsters) & (others.index >= pd.Timestamp(since or others.index.min()))]
    if np.isnan(own) or others.empty:
        raise ValueError(f"nothing to compare {event:%Y-%m-%d} with")
    count = len(others) + 1
    return Placebo(
        share=(1 + int(ties.at_least(-others["change"], -own).sum())) / count,
        share_both=(1 + int(ties.at_least(others["change"].abs(), abs(own)).sum())) / count,
        weeks=len(others),
        separate=separate(others.index, window),
        others=others,
    )


def separate(days, window):
    """Return the largest number of ``days`` of which no two share a reading: each at least two windows from the last."""
    count, last = 0, None
    for day in sorted(days):
        if last is None or (day - last).days >= 2 * window:
            count, last = count + 1, day
    return count


def back(draws, reference, margin=1.0):
    """Return, day by day, how far the level lies under that of a day before, and how likely it is back.

    Parameters
    ----------
    draws : DataFrame
        Paths drawn from the level's distribution, as ``Path.draws`` gives them: a day a row, a draw a column.
    reference : Timestamp or ISO day
        The day before; differences are taken inside each draw, so that their uncertainty is right.
    margin : float
        Points under the old level that still count as back.

    Returns
    -------
    DataFrame
        Index day; ``change``, ``low``, ``high`` (points, 95%), ``share`` of draws that are back, ``error`` of that share
        from drawing.
    """
    since = draws.sub(draws.loc[pd.Timestamp(reference)])
    share = pd.Series(ties.at_least(since.to_numpy(), -margin).mean(axis=1), index=since.index)
    low, high = since.quantile(0.025, axis=1), since.quantile(0.975, axis=1)
    error = np.sqrt(share * (1 - share) / draws.shape[1])
    return pd.DataFrame({"change": since.mean(axis=1), "low": low, "high": high, "share": share, "error": error})


def first_back(found, after, share=0.5):
    """Return the first day from ``after`` on with a ``share`` of at least that in ``found`` (:func:`back`); NaT: none."""
    later = found.loc[pd.Timestamp(after) :]
    reached = later.index[ties.at_least(later["share"], share)]
    return reached[0] if len(reached) else pd.NaT


@dataclass(frozen=True)
class Jumps:
    """What :func:`jumps` found; all values in points."""

    effects: pd.DataFrame  #: index the event; ``effect``, ``low``, ``high``, ``left_out`` (readings astride it)
    houses: pd.DataFrame  #: index the pollster; ``effect``, ``low``, ``high`` against the first pollster by name
    sd_day: float  #: standard deviation of the level's wandering in one day
    sd_reading: float  #: standard deviation of a reading around the level: sampling and excess error together
    readings: int


def jumps(rows, events, *, reading_sd=None, lasting=None, level=0.95):
    """Estimate the jump of the level at several events at once, in one state-space model with excess error.

    The level is a random walk from day to day; a reading is level, house effect and an error of its own. Each event is an intervention (Box and Tiao): a step at the event, for good
    or for ``lasting`` days. The model is ``UnobservedComponents`` of statsmodels with a local level, on a grid of days on
    which most are missing; two readings of one day count as their mean.

    Parameters
    ----------
    rows : DataFrame
        Readings of one item; one in the field on both sides of an event is left out.
    events : dict
        Name → day. A reading that ended on the day counts as before, one that began later as after.
    reading_sd : float, optional
        Standard deviation of a reading's error, sampling and excess together; without it the likelihood chooses, which
        with few readings a week can hardly tell it from the wandering of the level.
    lasting : int, optional
        Days after which a step ends.
    level : float
        Of the intervals, which take the two variances as known.

    Raises
    ------
    RuntimeError
        Where the likelihood finds no maximum.
    """
    days = {name: pd.Timestamp(day) for name, day in events.items()}
    astride = {name: rows["begin"].le(day) & rows["end"].gt(day) for name, day in days.items()}
    rows = rows[~np.logical_or.reduce(list(astride.values()))]
    names = sorted(rows["pollster"].unique())
    seen = pd.get_dummies(rows["pollster"], dtype=float)[names[1:]].assign(percent=rows["percent"].astype(float))
    seen = seen.groupby(rows["when"].dt.normalize()).mean()
    grid = pd.date_range(seen.index.min(), seen.index.max(), freq="D")
    seen = seen.reindex(grid)
    steps = pd.DataFrame(
        {name: (grid > day) & (grid <= day + pd.Timedelta(days=lasting or 10**4)) for name, day in days.items()},
        index=grid,
    ).astype(float)
    model = UnobservedComponents(
        seen["percent"],
        "local level",
        exog=pd.concat([steps, seen[names[1:]].fillna(0)], axis=1),
        mle_regression=False,
        use_exact_diffuse=True,
    )
    with model.fix_params({} if reading_sd is None else {"sigma2.irregular": reading_sd**2}):
        found = model.fit(method="nm", maxiter=2000, disp=0, cov_type="none")
    if not found.mle_retvals["converged"]:
        raise RuntimeError("the likelihood of the readings found no maximum")
    place = slice(1, None)  # the first state is the level
    effect = found.smoothed_state[place, -1]
    wide = stats.norm.ppf((1 + level) / 2) * np.sqrt(np.diag(found.smoothed_state_cov[place, place, -1]))
    table = pd.DataFrame({"effect": effect, "low": effect - wide, "high": effect + wide}, index=[*days, *names[1:]])
    noise, wander = (float(np.sqrt(value)) for value in found.params)
    return Jumps(
        effects=table.loc[list(days)].assign(left_out=[int(out.sum()) for out in astride.values()]),
        houses=table.loc[names[1:]],
        sd_day=wander,
        sd_reading=noise,
        readings=len(rows),
    )
