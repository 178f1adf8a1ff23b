"""Published percentages with what is needed to judge them; one reading a week; changes inside pollsters."""

import re

import numpy as np
import pandas as pd

from hanoi import ties
from hanoi.opinion.sampling import design_effect, implied_effect, widest_gap, wilson

WEIGHTED, SIMPLE = (
    1.02,
    1.1,
)  # a margin counts weighting in if its effect is above the one, and does not if below the other


def answers(polls, questions, results, least_effect=1.0):
    """Return one row a published percentage with what is needed to judge it: its poll's dates, size and interval.

    The arguments are the three tables as ``evidence.read`` returns them. Added are ``n`` (respondents asked: the
    sample, half of it for an item asked of half, the group's own size where it is published, else NaN), ``n_eff`` (over
    the design effect of the pollster's margin, at least ``least_effect``), ``low`` and ``high`` (Wilson), ``dated`` (the field dates are days,
    not months or years) and ``middle`` (the middle of the field dates as stated). ``pollster`` is the firm that asked; where
    the table does not state it, "firm not stated, for" the sponsor, so that unnamed firms are never pooled as one house.
    """
    polls = polls.assign(pollster=firms(polls))
    asked = questions.drop(columns=["source_id", "note"]).merge(
        polls.drop(columns=["source_id", "note"]), on="poll_id", validate="many_to_one"
    )
    rows = results.merge(asked, on="question_id", how="left", validate="many_to_one")
    size, everyone = rows["sample_size"].astype(float), rows["group"].eq("all")
    rows["n"] = rows["group_size"].astype(float)
    rows["n"] = rows["n"].mask(rows["n"].isna() & everyone & rows["asked_of"].eq("all"), size)
    rows["n"] = rows["n"].mask(rows["n"].isna() & everyone & rows["asked_of"].eq("half sample"), size / 2)
    rows["n_eff"] = rows["n"] / design_effect(size, rows["margin_of_error"].astype(float), least=least_effect)
    rows["low"], rows["high"] = wilson(rows["percent"], rows["n_eff"])
    begin = rows["field_start_first"].fillna(rows["field_end_first"])
    end = rows["field_end_last"].fillna(rows["field_start_last"])
    rows["dated"] = (
        (rows["field_start"].str.len().eq(10) & rows["field_end"].str.len().eq(10)).fillna(False).astype(bool)
    )
    rows["middle"] = begin + (end - begin) / 2
    return rows


def margins(polls):
    """Return what each pollster's reported margins say of its weighting, the largest design effect first.

    ``polls`` as ``evidence.read`` gives them; those without a size or a margin are passed over. One row a pollster: ``polls``
    (how many report both), ``effect`` (median of the implied design effects), ``low`` and ``high`` (medians of what the
    rounding of the margins leaves open) and ``kind``: "counts weighting in" (``low`` above 1.02), "simple random sample"
    (``high`` at most 1.1) or "too coarse to tell".
    """
    rows = polls.dropna(subset=["sample_size", "margin_of_error"])
    effects = implied_effect(rows["sample_size"].astype(float), rows["margin_of_error"])
    rows = rows.assign(**dict(zip(("effect", "low", "high"), effects, strict=True)))
    found = rows.groupby("pollster").agg(
        polls=("poll_id", "size"), effect=("effect", "median"), low=("low", "median"), high=("high", "median")
    )
    found["kind"] = np.select(
        [found["low"] > WEIGHTED, found["high"] <= SIMPLE],
        ["counts weighting in", "simple random sample"],
        "too coarse to tell",
    )
    return found.sort_values("effect", ascending=False, kind="stable").reset_index()


def firms(polls):
    """Return who asked: the firm, or "firm not stated, for" the sponsor, so that unnamed firms are never one house."""
    unnamed = polls["pollster"].eq("not stated")
    return polls["pollster"].mask(unnamed, "firm not stated, for " + polls["sponsor"].fillna("nobody named"))


def one(rows, question_id, response, group="all"):
    """Return the single row of :func:`answers` for one answer of one group. Raises KeyError where there is not one."""
    found = rows[rows["question_id"].eq(question_id) & rows["response"].eq(response) & rows["group"].eq(group)]
    if len(found) != 1:
        raise KeyError(f"{len(found)} rows for {question_id!r}, {group!r}, {response!r}")
    return found.iloc[0]


def gaps(rows, pairs):
    """Return one row a poll that asked one sample two things: the first share minus the second.

    ``rows`` as :func:`answers` gives them; ``pairs`` maps poll_id → ((item, answer), (item, answer)), where the question_id is
    ``poll_id-item``. Columns: ``poll_id``, ``pollster``, ``population``, ``middle``, ``n``, ``n_eff``, ``first``, ``second``
    (percent), ``gap``, ``low``, ``high`` (points; :func:`widest_gap`, NaN without a size) and ``variance`` (squared points), by date.
    """
    found = []
    for poll, items in pairs.items():
        one_of, other = (one(rows, f"{poll}-{item}", answer) for item, answer in items)
        gap, low, high = widest_gap(one_of["percent"], other["percent"], one_of["n_eff"])
        found.append(
            one_of[["poll_id", "pollster", "population", "middle", "n", "n_eff"]].to_dict()
            | {
                "poll": poll,
                "first": one_of["percent"],
                "second": other["percent"],
                "gap": gap,
                "low": low,
                "high": high,
            }
            | {"variance": ((high - low) / (2 * 1.959964)) ** 2}
        )
    return pd.DataFrame(found).sort_values(["middle", "poll_id"], ignore_index=True, kind="stable")


def house_means(rows, value="gap"):
    """Return one row a pollster: the plain mean of ``value``, its sampling ``variance``, and the number of ``polls``.

    ``rows`` has ``pollster``, ``value`` and ``variance`` (squared units of ``value``); rows without a variance are left out.
    """
    return (
        rows.dropna(subset="variance")
        .groupby("pollster")
        .agg(
            **{value: (value, "mean")},
            variance=("variance", lambda part: part.sum() / len(part) ** 2),
            polls=("variance", "size"),
        )
    )


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
    rows = rows.assign(
        week=rows["when"].dt.to_period("W").dt.start_time,
        length=rows["series"].map({"daily": 1, "midweek": 2}).fillna(3),
    )
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
    days = pd.DatetimeIndex(days, name="day")
    span, day = np.timedelta64(window, "D"), days.to_numpy()[:, None]
    begin, end = rows["begin"].to_numpy(), rows["end"].to_numpy()
    percent, whose = rows["percent"].to_numpy(float), pd.get_dummies(rows["pollster"]).to_numpy(float)
    variance = percent * (100 - percent) / rows["n_eff"].to_numpy(float)
    sides = (day - span < end) & (end <= day), (day < begin) & (begin <= day + span)  # days × polls
    before, after = (side @ whose for side in sides)  # days × pollsters: polls
    both = (before > 0) & (after > 0)
    sizes = [np.where(both, many, 1) for many in (before, after)]  # pollsters without both sides do not count
    earlier, later = ((side * percent) @ whose / many for side, many in zip(sides, sizes, strict=True))
    noise = sum((side * variance) @ whose / many**2 for side, many in zip(sides, sizes, strict=True))
    pollsters = both.sum(axis=1)
    shared = np.maximum(pollsters, 1)
    change = ((later - earlier) * both).sum(axis=1) / shared
    return pd.DataFrame(
        {
            "change": ties.settled(np.where(pollsters > 0, change, np.nan)),
            "error": ties.settled(np.sqrt((noise * both).sum(axis=1)) / shared),
            "pollsters": pollsters,
            "before": (before * both).sum(axis=1).astype(int),
            "after": (after * both).sum(axis=1).astype(int),
        },
        index=days,
    )


def asked(answers):
    """Return who asked how many, for a source line: 'Gallup, n = 1,016 to 1,028; Rasmussen Reports, n = 1,000 where stated'.

    ``answers`` holds ``poll_id``, ``pollster`` and ``sample_size``; rows without a poll are passed over.
    """
    said = []
    for pollster, polls in (
        answers.dropna(subset=["poll_id"]).drop_duplicates("poll_id").groupby("pollster", sort=False)
    ):
        sizes = polls["sample_size"].dropna().astype(int)
        least, most = (f"{size:,}" for size in (sizes.min(), sizes.max())) if len(sizes) else ("", "")
        said.append(
            f"{pollster}, "
            + (f"n = {least}" + (f" to {most}" if most != least else "") if least else "no size stated")
            + (" where stated" if 0 < len(sizes) < len(polls) else "")
        )
    return "; ".join(said)
