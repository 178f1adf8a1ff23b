"""Marks that more than one form is made of: intervals, windows, rows, pairs and outlines, drawn on given axes."""

import numpy as np
import pandas as pd

from hanoi.charts.palette import GREY, GRID, INK, PAPER


def interval(ax, low, high, at, *, color=INK, horizontal=True, **kwargs):
    """Draw an uncertainty interval, the book's one way: a thin bar without caps behind the estimate.

    ``low``, ``high`` and ``at`` are scalars or sequences of one length, in data units.
    Nothing is drawn where an end is missing: no interval is invented.
    """
    draw = ax.hlines if horizontal else ax.vlines
    kwargs = {"linewidth": 4, "alpha": 0.35, "zorder": 2} | kwargs
    ends = pd.DataFrame({"at": at, "low": low, "high": high}, index=None if pd.api.types.is_list_like(at) else [0])
    ends = ends.dropna()
    draw(ends["at"], ends["low"], ends["high"], color=color, **kwargs)


def windows(ax, found, at, *, color, marker="o", hollow=False, tail=30):
    """Draw interval-censored findings at the heights ``at``: a bar over each window and a mark at its upper bound.

    ``found`` has ``first``, ``last`` and ``window`` as ``activity.findings`` returns them. A bar: both ends are
    stated. Dashes: the begin is stated and publication is the upper bound. Dots of ``tail`` days, which mean nothing
    else: the begin is not stated. ``hollow`` marks what was looked for and not seen.
    """
    for (_, row), y in zip(found.iterrows(), at, strict=True):
        open_begin = pd.isna(row["first"])
        begin = row["last"] - pd.Timedelta(days=tail) if open_begin else row["first"]
        style = {
            "stated": {"linewidth": 5, "alpha": 0.4, "linestyle": "-"},
            "since": {"linewidth": 1.6, "linestyle": (0, (4, 2))},
        }
        ax.plot(
            [begin, row["last"]],
            [y, y],
            color=color,
            marker="",
            solid_capstyle="butt",
            **style.get(row["window"], {"linewidth": 1.6, "linestyle": (0, (0.8, 1.4))}),
        )
    ax.plot(
        found["last"],
        at,
        linestyle="",
        marker=marker,
        color=color,
        markersize=5.5,
        markerfacecolor=PAPER if hollow else color,
        markeredgewidth=1.2,
    )


def outlines(ax, geo, box, *, highlight=()):
    """Draw the countries of ``geo`` (from ``evidence.read_geo``) on ``ax`` and make it a map.

    ``box`` is (west, east, south, north) in degrees; degrees of longitude are drawn shorter by the cosine of the
    middle latitude, so that distances look right at this scale. ``highlight`` names countries to stand out.
    """
    west, east, south, north = box
    step = (east - west) / 700  # finer than a printed point: nothing is lost to the eye
    for feature in geo["features"]:
        shapes = feature["geometry"]["coordinates"]
        for rings in shapes if feature["geometry"]["type"] == "MultiPolygon" else [shapes]:
            for hole, ring in enumerate(rings):
                xs, ys = zip(*ring, strict=True)
                if max(xs) < west or min(xs) > east or max(ys) < south or min(ys) > north:
                    continue
                ring = _thinned(ring, step)
                alpha = 0.75 if feature["properties"]["name"] in highlight else 0.3
                ax.fill(
                    [x for x, _ in ring],
                    [y for _, y in ring],
                    facecolor=PAPER if hole else GRID,
                    edgecolor=GREY,
                    linewidth=0.6,
                    alpha=alpha,
                    zorder=0.5,
                )
    ax.set(
        xlim=(west, east), ylim=(south, north), xticks=[], yticks=[], aspect=1 / np.cos(np.radians((south + north) / 2))
    )
    ax.grid(False)
    ax.spines[:].set_visible(False)


def _thinned(ring, step):
    """Return ``ring`` without the points that lie nearer than ``step`` to the last one kept."""
    kept = [ring[0]]
    for point in ring[1:-1]:
        if abs(point[0] - kept[-1][0]) + abs(point[1] - kept[-1][1]) >= step:
            kept.append(point)
    return [*kept, ring[-1]]
