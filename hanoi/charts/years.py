"""One quantity by year as several bodies count it."""

import numpy as np

from hanoi import numbers
from hanoi.charts.style import GREY, LINES, MARKERS, MUTED, PAPER, SERIES, Chart


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
                a year that an estimator skips is bridged by its line
    ``events``  year with its fraction (such as 2016.17) → words of a thin upright line
    Panels stand side by side on a page and one under the other on a phone. Totals stand in the middle of their year.
    """
    names, heads = list(dict.fromkeys(frame[series])), list(dict.fromkeys(frame[panel]))
    years = range(int(frame[x].min()), int(frame[x].max()) + 1)
    top = float(frame[y].max()) * 1.18

    def draw(fig, size):
        shape = (len(heads), 1) if size.narrow else (1, len(heads))
        axes = np.atleast_1d(fig.subplots(*shape, sharey=True))
        marks = {}
        for ax, head in zip(axes.ravel(), heads, strict=True):
            for when, words in (events or {}).items():
                ax.axvline(when, color=GREY, linewidth=0.8, zorder=1)
                ax.annotate(
                    words,
                    (when, top),
                    xytext=(-1.5, -1),
                    textcoords="offset points",
                    rotation=90,
                    ha="right",
                    va="top",
                    color=MUTED,
                    size=size.small - 0.6,
                )
            for place, name in enumerate(names):
                rows = frame[frame[series].eq(name) & frame[panel].eq(head)].sort_values(x, kind="stable")
                (marks[name],) = ax.plot(
                    rows[x] + 0.5,
                    rows[y],
                    color=SERIES[place % len(SERIES)],
                    linestyle=LINES[place % len(LINES)],
                    marker=MARKERS[place % len(MARKERS)],
                    markersize=6 if not place else 7.5,
                    markerfacecolor=SERIES[0] if not place else PAPER if place % 2 else "none",
                    linewidth=1.8 if not place else 1.2,
                    zorder=4 if not place else 3,
                )
                if not place:
                    for when, value in zip(rows[x], rows[y], strict=True):
                        ax.annotate(
                            numbers.text(float(value), fmt),
                            (when + 0.5, value),
                            xytext=(0, -7),
                            textcoords="offset points",
                            ha="center",
                            va="top",
                            color=SERIES[0],
                            weight="semibold",
                            size=size.small,
                        )
            ax.set_title(head)
            ax.set(xlim=(years[0], years[-1] + 1), ylim=(-0.13 * top, top))
            ax.set_xticks([year + 0.5 for year in years], [str(year) for year in years])
            ax.set_yticks([tick for tick in ax.get_yticks() if 0 <= tick <= top])
            ax.yaxis.set_major_formatter(lambda value, _: numbers.text(float(value), fmt))
            ax.grid(axis="x", visible=False)
        axes.ravel()[0].set_ylabel(ylabel)
        fig.legend(
            marks.values(),
            marks.keys(),
            loc="outside upper left",
            ncols=len(names) if not size.narrow else 2,
            handlelength=1.8,
            columnspacing=1.2,
            borderpad=0,
        )

    return Chart(draw, lambda size: height * (len(heads) * 0.9 if size.narrow else 1) + 0.5)
