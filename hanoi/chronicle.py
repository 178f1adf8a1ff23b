"""Events and claims: clock times in one zone, the balance of events, and the ledger of claims.

The functions take tables as :func:`hanoi.evidence.read` returns them and never change them.
"""

import re
from datetime import datetime
from zoneinfo import ZoneInfo

import pandas as pd

HANOI = "Asia/Ho_Chi_Minh"
DIRECTIONS = ("cooperative", "neutral", "conflictual")
RELATIONS = {
    "origin": "origin",
    "supports": "supported by",
    "qualifies": "qualified by",
    "contradicts": "contradicted by",
}
#: Words of a title that tell of a journey, a meal, a ceremony or an arrangement, not of an act (a regular expression).
PROTOCOL = (
    r"\b(?:arriv\w+|lands|leaves?(?! as)|reaches|passes|boards|departs|takes off|steps (?:off|into)|crosses"
    r"|back (?:at|in)|handshake|banquet|dinner|lunch|wreaths|press centre|programme)\b"
)
#: From what holds to what does not; what nobody found is a state of its own.
STATUSES = ("corroborated", "partly-corroborated", "disputed", "contradicted", "not-found")


# --- time -----------------------------------------------------------------------------------------------------------


def clock(frame, zone=HANOI):
    """Return when each row happened, in ``zone``: a Series of ``datetime`` on the index of ``frame``, None without a time.

    ``frame`` has the columns ``date`` (ISO day), ``time_local`` (hh:mm) and ``timezone`` (IANA name). The conversion is
    that of the IANA time zone database, so that a zone has the offset that it had on that day (Pyongyang was half an
    hour behind Seoul until 4 May 2018). Raises ValueError for a time without a zone or without a day.
    """

    def convert(row):
        if pd.isna(row.time_local):
            return None
        if pd.isna(row.timezone) or len(row.date) != 10:
            raise ValueError(f"{row.date} {row.time_local}: a clock time needs a day and a time zone")
        stated = datetime.fromisoformat(f"{row.date}T{row.time_local}").replace(tzinfo=ZoneInfo(row.timezone))
        return stated.astimezone(ZoneInfo(zone))

    return pd.Series([convert(row) for row in frame.itertuples()], index=frame.index, dtype=object)


def hours(moments, day):
    """Return ``moments`` (datetimes) as hours since midnight of ``day`` in their own zone; the next day counts from 24."""
    start = datetime.fromisoformat(day)
    return pd.Series(
        [
            None if moment is None else (moment.replace(tzinfo=None) - start).total_seconds() / 3600
            for moment in moments
        ],
        index=getattr(moments, "index", None),
        dtype="float64",
    )


def days_between(first, last, *, both=False):
    """Return the number of days from ``first`` to ``last`` (ISO days): nights between them, or days with both ends."""
    return (datetime.fromisoformat(last) - datetime.fromisoformat(first)).days + bool(both)


def spans(timetable, day, zone=HANOI):
    """Return one row a step and kind (planned, reported) with the range that its sources leave for start and end.

    ``timetable`` holds rows of that table; the columns ``start_low``, ``start_high``, ``end_low``, ``end_high`` are hours
    since midnight of ``day`` in ``zone`` (NaN where no source says), ``sources`` the source_ids, ``pages`` their number.
    A source that states a length and one end gives the other end. A bound (``not-before``, ``not-after``) is used only
    where no source states the time itself (``start_bound`` and ``end_bound`` then hold "by" or "after", else ""); a length
    without a place in time is added to the stated starts where no source gives an end.
    """
    rows = timetable[timetable["kind"] != "not-held"].copy()
    rows["hour"] = hours(clock(rows, zone), day)
    found = []
    for (step, kind), group in rows.groupby(["step", "kind"], sort=False):
        starts, ends, bounds, lengths, limit = [], [], {"start": [], "end": []}, [], {"start": "", "end": ""}
        for _, page in group.groupby("source_id", sort=False):
            stated = {
                edge: page[(page["edge"] == edge) & page["precision"].isin(["exact", "about"])]["hour"].tolist()
                for edge in ("start", "end")
            }
            for row in page[~page["precision"].isin(["exact", "about"])].itertuples():
                bounds[row.edge].append(row.hour)
                limit[row.edge] = {"not-after": "by", "not-before": "after"}[row.precision]
            length = [minutes / 60 for minutes in page["minutes"].dropna()]
            starts += stated["start"] or [end - long for end in stated["end"] for long in length]
            ends += stated["end"] or [start + long for start in stated["start"] for long in length]
            lengths += length
        limit = {edge: "" if known else limit[edge] for edge, known in (("start", starts), ("end", ends))}
        starts = starts or bounds["start"]
        ends = ends or bounds["end"] or [edge + long for edge in starts for long in lengths]
        found.append(
            {
                "step": step,
                "kind": kind,
                "start_low": min(starts, default=None),
                "start_high": max(starts, default=None),
                "end_low": min(ends, default=None),
                "end_high": max(ends, default=None),
                "start_bound": limit["start"],
                "end_bound": limit["end"],
                "pages": group["source_id"].nunique(),
                "sources": " ".join(sorted(set(group["source_id"]))),
            }
        )
    return pd.DataFrame(found).astype(dict.fromkeys(("start_low", "start_high", "end_low", "end_high"), "float64"))


# --- events ---------------------------------------------------------------------------------------------------------


def apart(events, words=PROTOCOL):
    """Return the rows of ``events`` whose title has none of ``words`` (a regular expression; case does not matter), and the others."""
    told = events["title"].str.contains(words, case=False)
    return events[~told], events[told]


def happenings(events, together=("date", "direction")):
    """Return ``events`` with one row for each combination of the columns ``together``: the first; ``rows`` counts them.

    A day told hour by hour, or by two sources with two clock times, then weighs no more than a day told in one row.
    """
    together = list(together)
    return events.drop_duplicates(together).assign(
        rows=events.groupby(together)["event_id"].transform("count").astype("int64")
    )


def balance(events, by="M"):
    """Return the number of events of each direction by period, and cooperative minus conflictual as ``balance``.

    ``events`` has ``date_first`` and ``direction``; ``by`` is a pandas period (``"M"``, ``"Q"``, ``"Y"``). Every period
    between the first and the last is there, with zeros where the table has no row (which need not mean that nothing
    happened). A date that stops at the month counts in that month; one that stops at the year is left out below a year.
    """
    if by != "Y":
        events = events[events["date"].str.len() > 4]
    period = events["date_first"].dt.to_period(by)
    counted = pd.crosstab(period, events["direction"]).reindex(columns=DIRECTIONS, fill_value=0)
    counted = counted.reindex(pd.period_range(period.min(), period.max(), freq=by, name="period"), fill_value=0)
    return counted.rename_axis(columns=None).assign(balance=counted["cooperative"] - counted["conflictual"])


def cooperative_share(events):
    """Return the share of cooperative among the cooperative and conflictual rows of ``events``, from 0 to 1."""
    told = events[events["direction"] != "neutral"]
    if told.empty:
        raise ValueError("no event with a direction")
    return float((told["direction"] == "cooperative").mean())


def around(events, first, last, months=12):
    """Return the rows of ``events`` in the ``months`` before the day ``first`` and in the ``months`` after the day ``last``.

    ``first`` and ``last`` are ISO days, the first and the last of the stretch between the windows; neither window holds
    a day of it. ``events`` has ``date_first`` (Timestamp); returns two DataFrames.
    """
    begin, end, reach = pd.Timestamp(first), pd.Timestamp(last), pd.DateOffset(months=months)
    day = events["date_first"]
    after = end + pd.Timedelta(days=1)
    return events[(day >= begin - reach) & (day < begin)], events[(day >= after) & (day < after + reach)]


def share_fall(before, after, confidence=0.95):
    """Return by how much the cooperative share fell from ``before`` to ``after``: ``fall``, ``low``, ``high`` (shares).

    A linear probability model of the direction on the window, with standard errors clustered by month and the
    t distribution with one degree of freedom less than there are months (the small-sample correction of Stata, as
    statsmodels has it), so that events of one month may hang together. The interval takes the months as drawn from
    many alike; the table is a selection by its compilers, and the interval says nothing of what they left out.
    Raises ValueError where a window has no event with a direction.
    """
    import statsmodels.api as sm  # takes seconds, and whoever reads or shows the tables imports this module too

    told = pd.concat([before.assign(later=0.0), after.assign(later=1.0)])
    told = told[told["direction"] != "neutral"]
    if told["later"].nunique() < 2:
        raise ValueError("no event with a direction in one of the windows")
    months = pd.factorize(told["date_first"].dt.to_period("M"))[0]
    model = sm.OLS((told["direction"] == "cooperative").astype(float), sm.add_constant(told["later"]))
    fitted = model.fit(cov_type="cluster", cov_kwds={"groups": months}, use_t=True)
    low, high = fitted.conf_int(1 - confidence).loc["later"]
    return pd.Series({"fall": -fitted.params["later"], "low": -high, "high": -low})


def fall_at_each(events, first, last, months=12):
    """Return the fall of the cooperative share at the beginning of each month from ``first`` to ``last`` (ISO months).

    A Series indexed by month (PeriodIndex): share of the ``months`` before minus share of the ``months`` from then on.
    """
    cuts = pd.period_range(first, last, freq="M")
    found = {}
    for cut in cuts:
        day = cut.to_timestamp()
        before, after = around(events, day, day - pd.Timedelta(days=1), months)
        found[cut] = cooperative_share(before) - cooperative_share(after)
    return pd.Series(found, name="fall")


def without_each(events, measure, column="category"):
    """Return the lowest and the highest value of ``measure(events)`` when one value of ``column`` at a time is left out.

    The range says how much a result hangs on one kind of event. It is no confidence interval: the table is a selection
    by its compilers and no random sample.
    """
    values = [measure(events[events[column] != left_out]) for left_out in sorted(events[column].unique())]
    return min(values), max(values)


# --- people ---------------------------------------------------------------------------------------------------------


def named(people, text):
    """Return the person_ids of ``people`` whom ``text`` names, in the order of the table.

    Longer names are looked for first and taken out of the text, so that Kim Yong-chol is not also Kim Jong-un, and
    Katharine Moon not also Moon Jae-in. A name counts only as a whole word, and a family name alone only where no
    given name of two parts follows it (Kim Kye Gwan is not Kim Jong-un).
    """
    forms = [
        (form, person)
        for person, name, others in people[["person_id", "name", "other_names"]].itertuples(index=False)
        for form in [name, *([] if pd.isna(others) else others.split(";"))]
    ]
    found = set()
    for form, person in sorted(forms, key=lambda pair: -len(pair[0])):
        alone = "" if " " in form else r"(?! [A-Z][a-z]+[ -][A-Za-z])"
        text, times = re.subn(rf"(?<![\w-]){re.escape(form)}(?![\w-]){alone}", "·", text)
        if times:
            found.add(person)
    return [person for person in people["person_id"] if person in found]


def appearances(people, frame, fields):
    """Return one row for each person and row of ``frame`` in whose ``fields`` the person is named.

    The columns are ``person_id`` and those of ``frame``.
    """
    found = [
        (person, index)
        for index, texts in frame[list(fields)].fillna("").iterrows()
        for person in named(people, " | ".join(texts))
    ]
    who = pd.DataFrame(found, columns=["person_id", "row"])
    return who.merge(frame, left_on="row", right_index=True).drop(columns="row").reset_index(drop=True)


# --- claims ---------------------------------------------------------------------------------------------------------


def ledger(claims, claim_sources):
    """Return ``claims`` with one column a relation (origin, supports, qualifies, contradicts): its source_ids, spaced.

    Rows are in the order of the lines; a relation without a source is empty text.
    """
    cited = (
        claim_sources.groupby(["claim_id", "relation"])["source_id"]
        .agg(" ".join)
        .unstack()
        .reindex(index=claims["claim_id"], columns=list(RELATIONS))
        .fillna("")
    )
    return claims.join(cited, on="claim_id").sort_values(["line", "claim_id"], kind="stable")
