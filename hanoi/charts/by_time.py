"""Forms along time: readings with a pooled level, lines, columns, lanes of windows, marks of named occasions."""

import matplotlib.dates as mdates
import matplotlib.ticker as mticker
import numpy as np
import pandas as pd

from hanoi import numbers
from hanoi.charts.by_row import _key_height, _Places, key
from hanoi.charts.marks import interval, windows
from hanoi.charts.palette import BLUE, GREY, GRID, INK, MUTED, PAPER, SERIES, VERMILLION
from hanoi.charts.style import LINES, MARKERS, Chart, measured, wrapped

STEPS = [1, 2, 5, 10]  # between ticks, times a power of ten: a reader counts in no others


def trend(
    readings,
    path=None,
    *,
    day="middle",
    value="percent",
    low="low",
    high="high",
    house="pollster",
    events=None,
    ylabel="",
    limits=None,
    colors=None,
    height=3.4,
):
    """Readings of several houses over time, with the pooled level and its band where there is one.

    ``readings``  one row a reading: ``day`` (Timestamp), ``value``, ``low``, ``high`` (NaN: no interval, hollow), ``house``
    ``path``      DataFrame with the index ``day`` and the columns ``level``, ``low``, ``high``
    ``events``    Timestamp (or ISO day) → words of a thin upright line
    ``colors``    house → colour of the series, which brings its marker; by default in the order of the most readings
    """
    houses = (
        readings[house]
        .value_counts()
        .rename_axis("house")
        .reset_index()
        .sort_values(["count", "house"], ascending=[False, True], kind="stable")["house"]
        .tolist()
    )
    named = houses if len(houses) <= len(SERIES) else houses[: len(SERIES) - 1]
    looks = {name: (SERIES[place], MARKERS[place]) for place, name in enumerate(named)}
    looks |= {name: (color, MARKERS[SERIES.index(color)]) for name, color in (colors or {}).items()}
    parts = [(name, looks[name][0]) for name in named] + (
        [("other pollsters", GREY)] if len(named) < len(houses) else []
    )

    def draw(fig, size):
        ax = fig.subplots()
        if path is not None:
            ax.fill_between(path.index, path["low"], path["high"], color=GRID, linewidth=0, alpha=0.9, zorder=1)
            ax.plot(path.index, path["level"], color=INK, linewidth=1.8, linestyle="-", marker="", zorder=2)
        for name, rows in readings.groupby(house, sort=True):
            color, marker = looks.get(name, (GREY, "o"))
            interval(ax, rows[low], rows[high], rows[day], color=color, horizontal=False, linewidth=2.2, alpha=0.3)
            for known, some in rows.groupby(rows[low].notna()):
                ax.plot(
                    some[day],
                    some[value],
                    linestyle="",
                    marker=marker,
                    markersize=4.2,
                    color=color,
                    markerfacecolor=color if known else PAPER,
                    zorder=3,
                )
        _days(ax, size)
        _events(ax, events, size)
        if limits:
            ax.set_ylim(limits)
        ax.set_ylabel(ylabel)
        ax.yaxis.set_major_locator(mticker.MaxNLocator(nbins="auto", steps=STEPS))
        if len(parts) > 1:
            key(fig, ax, parts, size)

    return Chart(draw, lambda size: height if not size.narrow else height * 0.85)


def lines(
    frame,
    *,
    x="day",
    y="value",
    series="series",
    low=None,
    high=None,
    fmt="{:.0f}%",
    events=None,
    colors=None,
    ylabel="",
    limits=None,
    ends=True,
    height=3.2,
):
    """Lines of several series, each named at its end; dots at the readings, with intervals where they are known.

    ``frame`` has one row a reading: ``x`` (Timestamp or number), ``y``, ``series`` and, if given, ``low`` and ``high`` (NaN: no
    interval, hollow). ``ends`` writes the first and the last value of each series.
    """
    names = list(dict.fromkeys(frame[series]))
    color_of = {name: (colors or {}).get(name, SERIES[place % len(SERIES)]) for place, name in enumerate(names)}
    dated = pd.api.types.is_datetime64_any_dtype(frame[x])

    def draw(fig, size):
        ax = fig.subplots()
        last = {}
        for place, name in enumerate(names):
            rows = frame[frame[series].eq(name)].sort_values(x, kind="stable")
            color = color_of[name]
            ax.plot(rows[x], rows[y], color=color, linestyle=LINES[place % len(LINES)], marker="", zorder=2)
            known = rows[low].notna() if low else pd.Series(True, index=rows.index)
            if low:
                interval(ax, rows[low], rows[high], rows[x], color=color, horizontal=False, linewidth=4)
            for full, some in rows.groupby(known):
                ax.plot(
                    some[x],
                    some[y],
                    linestyle="",
                    marker=MARKERS[place % len(MARKERS)],
                    color=color,
                    markersize=5.5,
                    markerfacecolor=color if full else PAPER,
                    zorder=3,
                )
            last[name] = rows.iloc[-1]
            if ends:
                for row, ha, way in ((rows.iloc[0], "right", -7), (rows.iloc[-1], "left", 7)):
                    ax.annotate(
                        numbers.text(row[y], fmt),
                        (row[x], row[y]),
                        xytext=(way, 0),
                        textcoords="offset points",
                        ha=ha,
                        va="center",
                        color=color,
                        weight="semibold",
                        size=size.small,
                    )
        if dated:
            _days(ax, size)
        _events(ax, events, size)
        if limits:
            ax.set_ylim(limits)
        ax.set_ylabel(ylabel)
        ax.margins(x=0.09)
        if len(names) > 1:
            key(fig, ax, [(name, color_of[name]) for name in names], size)

    return Chart(draw, lambda size: height if not size.narrow else height * 0.9)


def columns(frame, parts, *, below=(), line=None, events=None, ylabel="", height=2.8, xlabel="", width=0.86):
    """Columns in parts, one a period; the parts in ``below`` hang from the axis.

    ``frame`` has an index of periods (pandas PeriodIndex) or whole numbers and a column a part; ``parts`` maps column →
    (words, colour); ``line`` names a column drawn as a line with marks.
    """
    periods = isinstance(frame.index, pd.PeriodIndex)
    at = (
        frame.index.to_timestamp(how="start")
        + (frame.index.to_timestamp(how="end") - frame.index.to_timestamp(how="start")) / 2
        if periods
        else frame.index.to_numpy()
    )
    thick = (frame.index.to_timestamp(how="end") - frame.index.to_timestamp(how="start")) * width if periods else width

    def draw(fig, size):
        ax = fig.subplots()
        up, down = np.zeros(len(frame)), np.zeros(len(frame))
        for part, (_, color) in parts.items():
            long = frame[part].fillna(0).to_numpy(float)
            if part in below:
                ax.bar(at, -long, bottom=down, width=thick, color=color, linewidth=0)
                down -= long
            else:
                ax.bar(at, long, bottom=up, width=thick, color=color, linewidth=0)
                up += long
        if line:
            ax.plot(at, frame[line], color=INK, linestyle="-", marker="o", markersize=3, linewidth=1.2)
        ax.grid(axis="x", visible=False)
        ax.yaxis.set_major_locator(mticker.MaxNLocator(nbins=9, integer=True, steps=STEPS))
        if below:
            ax.axhline(0, color=GREY, linewidth=0.8)
            ax.yaxis.set_major_formatter(lambda y, _: f"{abs(y):g}")
        if periods:
            _days(ax, size)
        _events(ax, events, size)
        ax.set(ylabel=ylabel, xlabel=xlabel)
        ax.margins(x=0.01)
        if len(parts) > 1:
            key(fig, ax, parts.values(), size)

    return Chart(draw, lambda size: height if not size.narrow else height * 0.95)


def lanes(
    found,
    looks,
    *,
    lane="lane",
    kind="kind",
    group=None,
    note=None,
    heads="",
    events=None,
    band=None,
    limits=None,
    tail=30,
    row=0.3,
):
    """Lanes of windows in which something was seen: bars between two images, never points.

    ``found``  one row a finding: ``lane`` (text; lanes stand in the order of the frame), ``kind``, and ``first``, ``last``,
               ``window`` as :func:`hanoi.activity.findings` gives them; ``group`` names a column of headings, ``note`` one of
               words at the right end of a lane on a page, ``heads`` the words above the notes
    ``looks``  kind → (words, colour, marker, hollow); in a lane with several kinds each kind has a line of its own
    ``band``   first and last day of a grey band
    ``tail``   days of the dotted tail where the begin is not stated
    """
    by = [lane] if group is None else [group, lane]
    places_of = list(dict.fromkeys(found[by].itertuples(index=False, name=None)))
    firsts = found.drop_duplicates(by).reset_index(drop=True)
    table = pd.DataFrame({"label": firsts[lane], "group": firsts[group] if group else None})
    notes = firsts[note] if note else None
    inner = row > 0.35  # room for a line of each kind
    places = _Places(table, "label", "group" if group else None, row=row, phone=max(0.32, 0.72 * row))

    def draw(fig, size):
        ax = fig.subplots()
        at = dict(zip(places_of, places.put(ax, size, notes=notes), strict=True))
        if band:
            ax.axvspan(
                pd.Timestamp(band[0]), pd.Timestamp(band[1]) + pd.Timedelta(days=1), color=GRID, zorder=0, linewidth=0
            )
        for place, rows in found.groupby(by, sort=False):
            kinds = [name for name in looks if name in set(rows[kind])]
            steps = 0.19 * (np.arange(len(kinds)) - (len(kinds) - 1) / 2) * inner + 0.12 * (inner and size.narrow)
            for name, step in zip(kinds, steps, strict=True):
                some = rows[rows[kind].eq(name)]
                _, color, marker, hollow = looks[name]
                windows(ax, some, [at[place] + step] * len(some), color=color, marker=marker, hollow=hollow, tail=tail)
        if limits:
            ax.set_xlim(*(pd.Timestamp(day) for day in limits))
        if heads and not size.narrow:
            ax.annotate(
                heads,
                (1, 1),
                xycoords="axes fraction",
                xytext=(4, 2),
                textcoords="offset points",
                size=size.small,
                color=MUTED,
                va="bottom",
            )
        _days(ax, size)
        _events(ax, events, size)
        if len(looks) > 1:
            key(fig, ax, [(words, color) for words, color, *_ in looks.values()], size)

    parts = [(words, color) for words, color, *_ in looks.values()]
    return Chart(draw, lambda size: places.height(size) + 0.15 + (_key_height(parts, size) if len(parts) > 1 else 0))


def account_spans(
    frame,
    *,
    label="label",
    first="first",
    last="last",
    color=BLUE,
    group=None,
    note=None,
    events=None,
    band=None,
    tally="",
    limits=None,
    row=0.3,
):
    """Rows of days: a bar from the first day that an account allows to the last; paler, with an arrow, where an end is open.

    ``frame`` has one row an account: ``label``, ``first``, ``last`` (Timestamps, NaT: open) and, if ``color`` names a column,
    its colour. ``limits`` are the first and last day of the axis, ``band`` those of a grey band. ``tally`` are the words of a
    strip below that counts, day by day, the accounts that allow it; without words there is none.
    """
    frame = frame.reset_index(drop=True)
    colors = frame[color] if color in frame else pd.Series(color, index=frame.index)
    begin, end = (pd.Timestamp(day) for day in limits)
    places = _Places(frame, label, group, row=row, phone=0.32)
    below, day = 0.95 if tally else 0, pd.Timedelta(days=1)

    def draw(fig, size):
        ax, *low = np.atleast_1d(
            fig.subplots(1 + bool(tally), 1, sharex=True, height_ratios=[places.height(size), 0.62][: 1 + bool(tally)])
        )
        at = places.put(ax, size, notes=frame[note] if note else None)
        for place, y in zip(frame.index, at, strict=True):
            a, b, color = frame.at[place, first], frame.at[place, last], colors[place]
            ax.plot(
                [begin if pd.isna(a) else a, end if pd.isna(b) else b + day],
                [y, y],
                color=color,
                linewidth=7,
                solid_capstyle="butt",
                linestyle="-",
                marker="",
                alpha=0.4 if pd.isna(a) or pd.isna(b) else 0.85,
            )
            inset = (end - begin) * 0.012  # arrows stand inside the axes, clear of the labels
            for open_end, x, marker in ((pd.isna(a), begin + inset, "<"), (pd.isna(b), end - inset, ">")):
                if open_end:
                    ax.plot(x, y, marker, color=color, markersize=7)
        ax.set_xlim(begin, end)
        for panel in (ax, *low):
            if band:
                panel.axvspan(pd.Timestamp(band[0]), pd.Timestamp(band[1]) + day, color=GRID, zorder=0, linewidth=0)
        for panel in low:
            days = pd.date_range(begin, end - day)
            counts = [
                int(((frame[first].isna() | (frame[first] <= x)) & (frame[last].isna() | (frame[last] >= x))).sum())
                for x in days
            ]
            panel.fill_between([*days, end], [*counts, counts[-1]], step="post", color=GREY, alpha=0.55, linewidth=0)
            panel.set(ylim=(0, len(frame) * 1.04), yticks=sorted({0, max(counts)}))
            panel.grid(axis="x", visible=False)
            panel.annotate(
                wrapped(tally, size.width * (0.9 if size.narrow else 0.36), size.small if size.narrow else size.text),
                (0, 1) if size.narrow else (0, 0.5),
                xycoords="axes fraction",
                xytext=(0, 3) if size.narrow else (-20, 0),
                textcoords="offset points",
                ha="left" if size.narrow else "right",
                va="bottom" if size.narrow else "center",
                size=size.small if size.narrow else size.text,
                color=INK,
            )
            panel.annotate(
                f"{max(counts)} of {len(frame)}",
                (days[counts.index(max(counts))], max(counts)),
                xytext=(3, -3),
                textcoords="offset points",
                va="top",
                size=size.small,
                color=INK,
            )
        _days(low[0] if low else ax, size)
        _events(ax, events, size)

    return Chart(draw, lambda size: places.height(size) + 0.25 + below)


def occasions(
    frame,
    *,
    day="day",
    value="value",
    label="label",
    color="color",
    marker="marker",
    band=None,
    events=None,
    steps=range(1, 6),
    ends=("step by step", "all-for-all"),
    height=4.2,
    reach=None,
):
    """One mark a person and occasion on a scale over time, each named; a band behind them for a group without days.

    ``frame``  one row an occasion: ``day`` (Timestamp), ``value`` (on the scale ``steps``), ``label`` (words beside the mark),
               ``color``, ``marker``; ``dx``, ``dy`` (points) and ``ha`` place the words where they would collide
    ``band``   (low, high, words): a shaded stretch of the scale
    """
    frame = frame.reset_index(drop=True)

    def draw(fig, size):
        ax = fig.subplots()
        if band:
            ax.axhspan(band[0], band[1], color=GRID, alpha=0.55, linewidth=0, zorder=0)
            ax.text(
                0.99,
                band[1],
                band[2],
                transform=ax.get_yaxis_transform(),
                ha="right",
                va="bottom",
                size=size.small,
                color=MUTED,
            )
        for row in frame.to_dict("records"):
            ax.plot(
                row[day],
                row[value],
                row.get(marker, "o"),
                color=row[color],
                markersize=7,
                markeredgecolor=PAPER,
                zorder=3,
            )
            ax.annotate(
                row[label],
                (row[day], row[value]),
                xytext=(row.get("dx", 7), row.get("dy", 0)),
                textcoords="offset points",
                ha=row.get("ha", "left"),
                va="center",
                color=row[color],
                size=size.small,
            )
        ax.set(ylim=(steps[-1] + 0.45, steps[0] - 0.45), yticks=list(steps))
        ax.set_yticklabels(
            [
                f"{step}" if not words else f"{words}  {step}" if not size.narrow else f"{step}"
                for step, words in zip(steps, [ends[0], *[""] * (len(steps) - 2), ends[1]], strict=True)
            ]
        )
        ax.grid(axis="x", visible=False)
        _days(ax, size)
        _events(ax, events, size)
        ax.margins(x=0.08)
        if reach:
            ax.set_xlim(*(pd.Timestamp(end) for end in reach))
        if size.narrow:
            ax.set_ylabel(f"{ends[1]}  ←   → {ends[0]}", size=size.small)

    return Chart(draw, lambda size: height * (1.15 if size.narrow else 1))


def heap(values, *, marked=None, named=None, unit="", step=1.0, height=2.7):
    """Dots heaped by rounded value, to see how rare the one that is marked is among the others.

    ``values``  Series of the others, in ``unit``; its index may be what ``named`` refers to
    ``marked``  words → value of an upright line
    ``named``   words → value of a dot to be named
    ``step``    width of one heap
    """
    rounded = (values.dropna() / step).round() * step + 0.0
    counts = rounded.value_counts().sort_index(kind="stable")

    def draw(fig, size):
        ax = fig.subplots()
        most = int(counts.max())
        for x, count in counts.items():
            ax.plot(
                [x] * count,
                np.arange(1, count + 1),
                "o",
                linestyle="",
                color=GREY,
                markersize=5.2 if not size.narrow else 4,
            )
        for words, x in (named or {}).items():
            top = float(counts.get(round(x / step) * step, 0))
            ax.annotate(
                words,
                (round(x / step) * step, top + 0.5),
                xytext=(0, 22),
                textcoords="offset points",
                ha="center",
                va="bottom",
                size=size.small,
                color=MUTED,
                arrowprops={"arrowstyle": "-", "color": MUTED, "linewidth": 0.7},
            )
        for words, x in (marked or {}).items():
            ax.axvline(x, color=VERMILLION, linewidth=2)
            ax.annotate(
                f"{words}: {numbers.text(x, '{:.1f}')}",
                (x, most + 1.2),
                xytext=(-5, 0),
                textcoords="offset points",
                ha="right",
                va="center",
                color=VERMILLION,
                weight="semibold",
                size=size.text,
            )
        ax.set(ylim=(0.2, most + 2.2), yticks=[], xlabel=unit)
        ax.grid(axis="y", visible=False)
        ax.spines["left"].set_visible(False)
        ax.margins(x=0.06)

    return Chart(draw, height)


def _days(ax, size):
    """Give the time axis few and plain ticks: years, months with the year where it begins, or days."""
    begin, end = (mdates.num2date(edge) for edge in ax.get_xlim())
    days = (end - begin).days
    if days > 4 * 366:
        years = -(-days // 366)
        ax.xaxis.set_major_locator(mdates.YearLocator(base=max(1, -(-years // (9 if not size.narrow else 5)))))
        ax.xaxis.set_major_formatter(mdates.DateFormatter("%Y"))
        return
    months = days / 30.5
    if months > 3:
        every = next(
            step for step in (1, 2, 3, 4, 6, 12) if months / step <= (10 if not size.narrow else 5) or step == 12
        )
        ax.xaxis.set_major_locator(mdates.MonthLocator(bymonth=range(1, 13, every)))
    else:
        weeks = max(1, round(days / 7 / (9 if not size.narrow else 4)))
        # Thursdays, since the summit ended on one
        ax.xaxis.set_major_locator(mdates.WeekdayLocator(mdates.TH, interval=weeks))

    def words(x, place):
        day = mdates.num2date(x)
        if months > 3:
            return f"{day:%b}" + (f"\n{day.year}" if place == 0 or day.month == 1 else "")
        return f"{day.day} {day:%b}"

    ax.xaxis.set_major_formatter(words)


def _events(ax, events, size, share=0.82):
    """Draw thin upright lines with their words at the top: after the line, or before it where they would reach the next.

    ``share`` is the part of a page's width that the axes take; it tells how much room there is.
    """
    events = {pd.Timestamp(day): words for day, words in (events or {}).items()}
    days = sorted(events)
    begin, end = ax.get_xlim()
    inches = size.width * (0.95 if size.narrow else share) / (end - begin)  # of a day, roughly
    taken = None  # the day up to which words stand
    for place, day in enumerate(days):
        long = pd.Timedelta(days=(measured(events[day], size.small) + 0.08) / inches)
        crowded = place + 1 < len(days) and day + long > days[place + 1]
        before = crowded and (taken is None or day - long > taken)
        taken = day if before else day + long
        ax.axvline(day, color=MUTED, linewidth=0.9, linestyle=(0, (4, 3)), zorder=1.5)
        ax.annotate(
            events[day],
            (day, 1),
            xycoords=("data", "axes fraction"),
            xytext=(-3 if before else 3, 1),
            textcoords="offset points",
            va="bottom",
            ha="right" if before else "left",
            size=size.small,
            color=MUTED,
        )
