"""Forms that stand alone: a map, a specification curve, steps of a distribution, stretches of time by their length."""

import numpy as np
from matplotlib.patches import Rectangle

from hanoi.charts.by_row import _key_height, key
from hanoi.charts.by_time import _days, _events
from hanoi.charts.marks import outlines
from hanoi.charts.palette import BLUE, GRID, INK, MUTED, PAPER
from hanoi.charts.style import Chart


def geography(
    points,
    geo,
    box,
    *,
    label="label",
    size_of=None,
    color=BLUE,
    kind=None,
    looks=None,
    cities=None,
    highlight=(),
    height=5.0,
):
    """Named points on outlines.

    ``points`` has ``latitude``, ``longitude``, ``label`` ("" stays unnamed) and, if given, ``size_of`` (the area of a mark
    grows with it) and ``kind``, a column whose values ``looks`` maps to (words, colour, marker); ``dx``, ``dy`` (points on a
    page) and ``ha`` place a name, ``minor`` names that a phone leaves out. ``geo`` comes from ``evidence.read_geo``, ``box``
    is (west, east, south, north) in degrees; ``cities`` maps names to (latitude, longitude) of stars.
    """
    looks = looks or {None: ("", color, "o")}
    parts = [(words, shade) for words, shade, _ in looks.values() if words]

    def draw(fig, size):
        ax = fig.subplots()
        outlines(ax, geo, box, highlight=highlight)
        most = 160 if not size.narrow else 90
        areas = (points[size_of] / points[size_of].max()).to_numpy() if size_of else np.full(len(points), 0.3)
        for name, (_, shade, marker) in looks.items():
            some = np.ones(len(points), bool) if kind is None else points[kind].eq(name).to_numpy()
            ax.scatter(
                points["longitude"][some],
                points["latitude"][some],
                s=16 + most * areas[some],
                color=shade,
                marker=marker,
                alpha=0.8,
                linewidth=0.8,
                edgecolor=PAPER,
                zorder=3,
            )
        scale = 1 if not size.narrow else 0.8
        for row in points.to_dict("records"):
            if row[label] and not (size.narrow and row.get("minor", False)):
                ax.annotate(
                    row[label],
                    (row["longitude"], row["latitude"]),
                    xytext=(row.get("dx", 8) * scale, row.get("dy", 0) * scale),
                    textcoords="offset points",
                    ha=row.get("ha", "left"),
                    va="center",
                    size=size.small,
                    color=INK,
                )
        for name, (latitude, longitude) in (cities or {}).items():
            ax.plot(longitude, latitude, "*", color=INK, markersize=7)
            ax.annotate(
                name,
                (longitude, latitude),
                xytext=(7 * scale, 0),
                textcoords="offset points",
                va="center",
                size=size.small,
                color=MUTED,
                style="italic",
            )
        if parts:
            key(fig, ax, parts, size)

    extra = (lambda size: _key_height(parts, size)) if parts else (lambda size: 0)
    return Chart(draw, lambda size: (height if not size.narrow else height * 0.62) + extra(size))


def curve(found, *, value="value", low="low", high="high", reference=None, ylabel="", marked=None, height=2.9):
    """A specification curve: the answer under every combination of choices, sorted, with its intervals.

    ``found`` has one row a specification. ``reference`` is (y, words) of a dashed line; ``marked`` is (row label, words) of the
    specification that the book uses.
    """
    rows = found.sort_values(value, kind="stable").reset_index()

    def draw(fig, size):
        ax = fig.subplots()
        ax.fill_between(rows.index, rows[low], rows[high], color=GRID, linewidth=0, zorder=1)
        ax.plot(rows.index, rows[value], color=BLUE, linewidth=2.4, linestyle="-", marker="", zorder=2)
        if reference:
            ax.axhline(reference[0], color=MUTED, linestyle=(0, (4, 3)), linewidth=1)
            ax.annotate(
                reference[1],
                (0.01, reference[0]),
                xycoords=("axes fraction", "data"),
                xytext=(0, 3),
                textcoords="offset points",
                color=MUTED,
                size=size.small,
            )
        if marked:
            place = rows.index[rows["index"].eq(marked[0])][0]
            ax.plot(place, rows.at[place, value], "o", color=INK, markersize=7, zorder=3)
            ax.annotate(
                marked[1],
                (place, rows.at[place, value]),
                xytext=(0, -14),
                textcoords="offset points",
                ha="center",
                va="top",
                size=size.small,
                color=INK,
            )
        ax.set(xlim=(0, len(rows) - 1), ylabel=ylabel, xlabel=f"{len(rows):,} ways of counting, sorted", xticks=[])

    return Chart(draw, height)


def survival(
    frame,
    looks,
    *,
    x="days",
    share="share",
    series="series",
    panel=None,
    reference=None,
    xlabel="",
    ylabel="",
    xticks=None,
    yticks=None,
    height=2.6,
):
    """Share that lasts longer, on logarithmic scales: one line a model, a thick stepped one for a record.

    ``frame``      one row a point of a line: ``x`` (data units, above zero), ``share`` (0 to 1), ``series`` and, if given,
                   ``panel`` (heading; panels stand side by side on a page and one under the other on a phone)
    ``looks``      series → (colour, line style, width); a series with the style "steps" is drawn as steps
    ``reference``  (x, words) of a dashed line, its words in the first panel
    ``xticks``     value → words, and so ``yticks``
    """
    heads = list(dict.fromkeys(frame[panel])) if panel else [""]
    parts = [(name, color) for name, (color, *_) in looks.items()]

    def draw(fig, size):
        shape = (len(heads), 1) if size.narrow else (1, len(heads))
        axes = np.atleast_1d(fig.subplots(*shape, sharex=True, sharey=True)).ravel()
        for place, (ax, head) in enumerate(zip(axes, heads, strict=True)):
            rows = frame[frame[panel].eq(head)] if panel else frame
            for name, (color, style, width) in looks.items():
                some = rows[rows[series].eq(name)].sort_values(x, kind="stable")
                stepped = style == "steps"
                ax.plot(
                    some[x],
                    some[share],
                    color=color,
                    linestyle="-" if stepped else style,
                    linewidth=width,
                    marker="",
                    drawstyle="steps-post" if stepped else "default",
                )
            ax.set(xscale="log", yscale="log")
            ax.set_title(head)
            if reference:
                ax.axvline(reference[0], color=MUTED, linestyle=(0, (4, 3)), linewidth=1)
                if not place:
                    ax.annotate(
                        reference[1],
                        (reference[0], 1),
                        xycoords=("data", "axes fraction"),
                        xytext=(-4, -2),
                        textcoords="offset points",
                        ha="right",
                        va="top",
                        color=MUTED,
                        size=size.small,
                    )
            for ticks, put in ((xticks, ax.set_xticks), (yticks, ax.set_yticks)):
                if ticks:
                    put(list(ticks), list(ticks.values()))
            ax.minorticks_off()
            ax.set_ylabel(ylabel if size.narrow or not place else "")
        axes[-1 if size.narrow else len(axes) // 2].set_xlabel(xlabel)
        key(fig, axes[0], parts, size)

    return Chart(draw, lambda size: height * (0.72 * len(heads) if size.narrow else 1) + _key_height(parts, size))


def strokes(frame, *, start="start", end="end", long="days", label="label", color="color", ticks=None, events=None):
    """Stretches of time by their length: a stroke from start to end at the height of its length, on a logarithmic scale.

    ``frame``  one row a stretch: ``start``, ``end`` (Timestamps), ``long`` (days, above zero), ``color``, and ``label`` (words
               above the stroke, "" for none; a phone leaves out those whose ``minor`` is true). A stretch too short for a
               stroke is a dot
    ``ticks``  length in days → words
    """
    frame = frame.sort_values([start, end], kind="stable").reset_index(drop=True)
    years = (frame[end].max() - frame[start].min()).days / 365.25

    def draw(fig, size):
        ax = fig.subplots()
        least = years * 365.25 * 0.045 / size.width  # days that a dot would cover
        for row in frame.to_dict("records"):
            middle = row[start] + (row[end] - row[start]) / 2
            strong = row[color] != frame[color].mode().iloc[0]
            if row[long] < least:
                ax.plot(middle, row[long], "o", color=row[color], markersize=2.8, alpha=0.75, zorder=2 + strong)
                continue
            ax.plot(
                [row[start], row[end]],
                [row[long]] * 2,
                color=row[color],
                linestyle="-",
                marker="",
                linewidth=5 if strong else 2.6,
                solid_capstyle="butt",
                zorder=2 + strong,
            )
            if row[label] and not (size.narrow and row.get("minor", False)):
                ax.annotate(
                    row[label],
                    (row[start] if row.get("ha") == "right" else middle, row[long]),
                    xytext=(-4, 0) if row.get("ha") == "right" else (0, 4),
                    textcoords="offset points",
                    ha=row.get("ha", "center"),
                    va="center" if row.get("ha") == "right" else "bottom",
                    color=row[color] if strong else INK,
                    weight="semibold" if strong else "normal",
                    size=size.small,
                )
        ax.set_yscale("log")
        ax.set_ylim(0.8, float(frame[long].max()) * 2)
        if ticks:
            ax.set_yticks(list(ticks), list(ticks.values()))
        ax.minorticks_off()
        ax.margins(x=0.02)
        _days(ax, size)
        _events(ax, events, size, share=0.9)

    return Chart(draw, lambda size: 3.3 if not size.narrow else 3.0)


def tally(parts, *, per_row=10):
    """Squares, one for each thing counted, ``per_row`` in a row, coloured by the part to which they belong.

    ``parts`` has one (words, count, colour) a part, in the order in which they are counted off; words "" stay unsaid.
    """
    shades = [color for _, count, color in parts for _ in range(round(count))]
    rows = -(-len(shades) // per_row)
    said = [(f"{words}: {round(count)}", color) for words, count, color in parts if words]

    def draw(fig, size):
        ax = fig.subplots()
        for place, color in enumerate(shades):
            x, y = place % per_row, place // per_row
            ax.add_patch(Rectangle((x + 0.06, y + 0.06), 0.88, 0.88, facecolor=color, linewidth=0))
        ax.set(xlim=(0, per_row), ylim=(rows, 0), aspect="equal", xticks=[], yticks=[])
        ax.spines[:].set_visible(False)
        ax.grid(visible=False)
        key(fig, ax, said, size)

    def height(size):
        return rows * min(size.width, 3.2) / per_row + _key_height(said, size)

    return Chart(draw, height)
