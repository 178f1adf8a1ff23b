"""One quantity by year as several bodies count it."""

import numpy as np

from hanoi import numbers
from hanoi.charts.by_row import _key_height, key
from hanoi.charts.palette import GREY, MUTED, PAPER, SERIES
from hanoi.charts.style import LINES, MARKERS, Chart

FAR = 0.08  # share of the axis beyond which another estimator's value is written too


def yearly(
    frame,
    *,
    x="year",
    y="value",
    series="estimator",
    panel="panel",
    fmt="{:,.0f}",
    events=None,
    ylabel="",
    height=2.9,
):
    """Panels of yearly totals, one line or mark an estimator; the first estimator has its values written at its marks.

    ``frame``   one row a year, estimator and panel: ``x`` (whole years), ``y`` (data units), ``series``, ``panel`` (heading);
                a year that an estimator skips breaks its line; of the other estimators only values far from the first are written
    ``events``  year with its fraction (such as 2016.17) → words of a thin upright line
    Panels stand side by side on a page and one under the other on a phone. Totals stand in the middle of their year.
    """
    names, heads = list(dict.fromkeys(frame[series])), list(dict.fromkeys(frame[panel]))
    years = range(int(frame[x].min()), int(frame[x].max()) + 1)
    top = float(frame[y].max()) * 1.18

    def draw(fig, size):
        shape = (len(heads), 1) if size.narrow else (1, len(heads))
        axes = np.atleast_1d(fig.subplots(*shape, sharey=True))
        for ax, head in zip(axes.ravel(), heads, strict=True):
            for when in events or ():
                ax.axvline(when, color=GREY, linewidth=0.7, alpha=0.7, zorder=1)
            for when, words in _together(events or {}).items():
                ax.annotate(
                    words,
                    (when, -0.1 * top),
                    xytext=(-1.5, 3),
                    textcoords="offset points",
                    rotation=90,
                    ha="right",
                    va="bottom",
                    color=MUTED,
                    size=size.small - 0.6,
                )
            main = frame[frame[series].eq(names[0]) & frame[panel].eq(head)].set_index(x)[y]
            for place, name in enumerate(names):
                rows = frame[frame[series].eq(name) & frame[panel].eq(head)].sort_values(x, kind="stable")
                along = rows.set_index(x)[y].reindex(years)
                ax.plot(
                    along.index + 0.5,
                    along,
                    color=SERIES[place % len(SERIES)],
                    linestyle=LINES[place % len(LINES)],
                    marker=MARKERS[place % len(MARKERS)],
                    markersize=6 if not place else 7.5,
                    markerfacecolor=SERIES[0] if not place else PAPER if place % 2 else "none",
                    linewidth=1.8 if not place else 1.2,
                    zorder=4 if not place else 3,
                )
                for when, value in zip(rows[x], rows[y], strict=True):
                    if place and when in main.index and abs(value - main[when]) > FAR * top:
                        ax.annotate(
                            numbers.text(float(value), fmt),
                            (when + 0.5, value),
                            xytext=(8, 0),
                            textcoords="offset points",
                            va="center",
                            color=SERIES[place % len(SERIES)],
                            weight="semibold",
                            size=size.small,
                        )
                if not place:
                    beside = rows[y].rolling(3, center=True, min_periods=3).min()
                    for when, value, least in zip(rows[x], rows[y], beside, strict=True):
                        low = value == least
                        ax.annotate(
                            numbers.text(float(value), fmt),
                            (when + 0.5, value),
                            xytext=(0, -7) if low else (4, 5),
                            textcoords="offset points",
                            ha="center" if low else "left",
                            va="top" if low else "bottom",
                            color=SERIES[0],
                            weight="semibold",
                            size=size.small,
                        )
            ax.set_title(head)
            ax.set(xlim=(years[0], years[-1] + 1.3), ylim=(-0.1 * top, top))
            ax.set_xticks([year + 0.5 for year in years], [str(year) for year in years])
            ax.set_yticks([tick for tick in ax.get_yticks() if 0 <= tick <= top])
            ax.yaxis.set_major_formatter(lambda value, _: numbers.text(float(value), fmt))
            ax.grid(axis="x", visible=False)
        axes.ravel()[0].set_ylabel(ylabel)
        parts = [(name, SERIES[place % len(SERIES)]) for place, name in enumerate(names)]
        key(fig, axes.ravel()[0], parts, size)

    def tall(size):
        parts = [(name, GREY) for name in names]
        return height * (len(heads) * 0.72 if size.narrow else 1) + _key_height(parts, size)

    return Chart(draw, tall)


def _together(events, apart=0.15):
    """Return ``events`` with those that lie closer than ``apart`` years under one label, at the first of them."""
    found, last = {}, None
    for when in sorted(events):
        if last is not None and when - last < apart:
            found[last] += f", {events[when]}"
        else:
            found[when], last = events[when], when
    return found
