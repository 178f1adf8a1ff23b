"""One style for every figure of the book, and one way to publish it.

A chapter draws on :func:`canvas` and ends the cell with :func:`show`, which sets the title, the subtitle and the
source line, and displays the figure as deterministic SVG together with its alt text and the data that it draws.
The built page adds the downloads (SVG, PNG, CSV) and the colours of the dark theme.

Width is fixed, so that text has the same size in every figure. All sizes are in inches, all text in points.
"""

import io
import re
from importlib.resources import files

import matplotlib as mpl
import numpy as np
import pandas as pd
from IPython.display import display
from matplotlib import font_manager
from matplotlib.figure import Figure
from matplotlib.ft2font import LoadFlags

from hanoi import ties

WIDTH = 7.0
MIME = "application/vnd.after-hanoi.figure+json"

INK, MUTED, GRID, PAPER = "#1d2327", "#5c646b", "#d5d9dc", "#fffffe"
BLUE, VERMILLION, GREEN, PURPLE, OCHRE, GREY = "#0072b2", "#d55e00", "#009e73", "#a8508b", "#b07a00", "#7a828a"
#: In this order colour, line style and marker change together, so that none of them carries a difference alone.
SERIES = (BLUE, VERMILLION, GREEN, PURPLE, OCHRE)
LINES = ("-", "--", "-.", ":", (0, (6, 1, 1, 1, 1, 1)))
MARKERS = ("o", "s", "^", "D", "v")
#: From step by step (1) to all-for-all (5).
SCALE = ("#0072b2", "#64a3cb", "#a9adb1", "#e79563", "#d55e01")

_FAMILY = "Source Sans Pro"
for _face in ("Regular", "It", "Bold", "Semibold"):
    font_manager.fontManager.addfont(str(files("font_source_sans_pro") / "files" / f"SourceSansPro-{_face}.ttf"))

mpl.rcParams.update({
    "font.family": _FAMILY, "font.size": 10.5, "text.color": INK, "axes.labelcolor": INK,
    "axes.edgecolor": GREY, "axes.linewidth": 0.8, "axes.spines.top": False, "axes.spines.right": False,
    "axes.titlesize": 11, "axes.titleweight": "semibold", "axes.titlelocation": "left", "axes.labelsize": 10.5,
    "axes.prop_cycle": mpl.cycler(color=SERIES, linestyle=LINES, marker=MARKERS), "axes.axisbelow": True,
    "axes.grid": True, "axes.grid.axis": "both", "grid.color": GRID, "grid.linewidth": 0.7, "grid.linestyle": "-",
    "xtick.color": MUTED, "ytick.color": MUTED, "xtick.labelsize": 10, "ytick.labelsize": 10,
    "xtick.major.size": 0, "ytick.major.size": 0, "xtick.minor.size": 0, "ytick.minor.size": 0,
    "lines.linewidth": 1.8, "lines.markersize": 5, "legend.frameon": False, "legend.fontsize": 10,
    "figure.facecolor": "none", "axes.facecolor": "none", "savefig.facecolor": "none",
    "svg.fonttype": "path", "axes.unicode_minus": True, "axes.formatter.useoffset": False,
})


def canvas(height, nrows=1, ncols=1, **kwargs):
    """Return ``(figure, axes)`` of the book's width with a drawing area ``height`` inches high.

    Further arguments go to :meth:`matplotlib.figure.Figure.subplots` (``sharex``, ``width_ratios`` …).
    The figure belongs to no backend: nothing is displayed until :func:`show`.
    """
    fig = Figure(figsize=(WIDTH, height), layout="constrained")
    return fig, fig.subplots(nrows, ncols, **kwargs)


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
        style = {"stated": {"linewidth": 5, "alpha": 0.4, "linestyle": "-"},
                 "since": {"linewidth": 1.6, "linestyle": (0, (4, 2))}}
        ax.plot([begin, row["last"]], [y, y], color=color, marker="", solid_capstyle="butt",
                **style.get(row["window"], {"linewidth": 1.6, "linestyle": (0, (0.8, 1.4))}))
    ax.plot(found["last"], at, linestyle="", marker=marker, color=color, markersize=5.5,
            markerfacecolor=PAPER if hollow else color, markeredgewidth=1.2)


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
                ax.fill([x for x, _ in ring], [y for _, y in ring], facecolor=PAPER if hole else GRID,
                        edgecolor=GREY, linewidth=0.6, alpha=alpha, zorder=0.5)
    ax.set(xlim=(west, east), ylim=(south, north), xticks=[], yticks=[],
           aspect=1 / np.cos(np.radians((south + north) / 2)))
    ax.grid(False)
    ax.spines[:].set_visible(False)


def rows(ax, labels, notes=()):
    """Give ``ax`` one row a label, the first on top: words at the left, ``notes`` at the right, no lines between."""
    ax.set(ylim=(len(labels) - 0.4, -0.6), yticks=range(len(labels)))
    ax.set_yticklabels(labels, color=INK)
    ax.grid(axis="y", visible=False)
    ax.spines["left"].set_visible(False)
    if len(notes):
        right = ax.secondary_yaxis("right")
        right.set_yticks(range(len(notes)))
        right.set_yticklabels(notes, size=9.5)
        right.spines[:].set_visible(False)


def dots(ax, values, low, high, *, color=BLUE, marker="o", fmt="{:.0f}%", at=None):
    """Draw one estimate a row with its interval and its value; hollow where no interval is known.

    ``values``, ``low``, ``high``: sequences of one length, in data units; ``at``: their rows, by default 0, 1, 2 …
    """
    ends = pd.DataFrame({"value": list(values), "low": list(low), "high": list(high)}).astype(float)
    ends["at"] = range(len(ends)) if at is None else list(at)
    interval(ax, ends["low"], ends["high"], ends["at"], color=color, linewidth=7)
    for row in ends.itertuples():
        known = row.high == row.high
        ax.plot(row.value, row.at, marker, color=color, markersize=6.5, markerfacecolor=color if known else PAPER, zorder=3)
        ax.annotate(fmt.format(row.value), (row.high if known else row.value, row.at), xytext=(4 if known else 8, 0),
                    textcoords="offset points", va="center", color=color, weight="semibold")


def _thinned(ring, step):
    """Return ``ring`` without the points that lie nearer than ``step`` to the last one kept."""
    kept = [ring[0]]
    for point in ring[1:-1]:
        if abs(point[0] - kept[-1][0]) + abs(point[1] - kept[-1][1]) >= step:
            kept.append(point)
    return [*kept, ring[-1]]


def pair(ax, first, second, at, *, color=INK):
    """Draw two readings of the same thing along x, the book's one way: a dot, an open square, and the line between them.

    ``first``, ``second`` and ``at`` (on y) are scalars or sequences of one length; a missing reading is not drawn.
    """
    for one, other, y in zip(*(pd.Series(values).astype(float) for values in (first, second, at)), strict=True):
        ax.plot([one, other], [y, y], linestyle="-", marker="", linewidth=2, color=color, alpha=0.5)
        ax.plot(one, y, "o", color=color, markersize=5)
        ax.plot(other, y, "s", color=color, markersize=9, markerfacecolor="none", markeredgewidth=1.4)


def show(fig, name, *, title, subtitle, source, alt, data):
    """Publish ``fig``: display it as SVG with its alt text and its data, and return nothing.

    ``name``      short and unique in the chapter; lower case with hyphens; names anchor and downloads
    ``title``     the finding, one sentence
    ``subtitle``  what is measured, in which unit
    ``source``    publishers and number of cases
    ``alt``       what a sighted reader sees: form, axes, and the pattern, with computed numbers
    ``data``      DataFrame of what is drawn; becomes the CSV
    """
    if not re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", name):
        raise ValueError(f"figure name {name!r}: use lower case letters, digits and single hyphens")
    for field, text in {"title": title, "subtitle": subtitle, "source": source, "alt": alt}.items():
        if not str(text).strip():
            raise ValueError(f"figure {name!r} has no {field}")
    head, foot = _frame(fig, title, subtitle, source)
    record = {"name": name, "title": title, "subtitle": subtitle, "source": source, "alt": alt,
              "head": round(72 * head, 2), "foot": round(72 * foot, 2),
              "csv": _settled(data).to_csv(index=not isinstance(data.index, pd.RangeIndex), lineterminator="\n",
                                 float_format="%.6g")}
    display({"image/svg+xml": _svg(fig, name), "text/plain": f"Figure: {title}", MIME: record}, raw=True)


def _settled(data):
    """Return ``data`` with every float settled, so that six digits of it are the same on every processor."""
    floats = data.select_dtypes("float").columns
    return data.assign(**{str(name): ties.settled(data[name]) for name in floats}) if len(floats) else data


def _frame(fig, title, subtitle, source):
    """Write title, subtitle and source line, and grow the figure so that the drawing area keeps its height.

    Returns the heights of the head and the foot in inches.
    """
    pad, lines = 0.06, {}
    for role, text, style in (("title", title, {"size": 14, "weight": "bold", "color": INK}),
                              ("subtitle", subtitle, {"size": 11, "color": MUTED}),
                              ("source", f"Source: {source}", {"size": 9, "color": MUTED})):
        wrapped = _wrap(text, style["size"], style.get("weight", "normal"))
        lines[role] = (wrapped, style, (wrapped.count("\n") + 1) * style["size"] * 1.28 / 72)
    head = lines["title"][2] + lines["subtitle"][2] + 3 * pad
    foot = lines["source"][2] + 2 * pad
    height = fig.get_figheight() + head + foot
    fig.set_size_inches(WIDTH, height)
    fig.get_layout_engine().set(rect=(0, foot / height, 1, 1 - (head + foot) / height))
    top = {"title": pad, "subtitle": lines["title"][2] + 1.5 * pad, "source": height - lines["source"][2] - pad / 2}
    for role, (text, style, _) in lines.items():
        fig.text(0.006, 1 - top[role] / height, text, va="top", ha="left", linespacing=1.2, gid=role, **style)
    return head, foot


def _wrap(text, size, weight):
    """Break ``text`` into lines that fit the book's width, measured in the font itself."""
    font = font_manager.get_font(font_manager.findfont(font_manager.FontProperties(family=_FAMILY, weight=weight)))
    font.set_size(size, 72)

    def wide(line):
        font.set_text(line, flags=LoadFlags.NO_HINTING)  # hinted widths come out too narrow
        return font.get_width_height()[0] / 64 > (WIDTH - 0.12) * 72

    lines = [""]
    for word in str(text).split():
        longer = f"{lines[-1]} {word}".strip()
        if wide(longer):
            lines.append(word)
        else:
            lines[-1] = longer
    return "\n".join(lines)


def _svg(fig, name):
    """Return the figure as SVG that is the same on every run: fixed ids, no date, coordinates to 1/100 point."""
    text = io.StringIO()
    with mpl.rc_context({"svg.hashsalt": name}):
        fig.savefig(text, format="svg", metadata={"Date": None, "Creator": None, "Format": None, "Type": None})
    svg = text.getvalue()
    svg = svg[svg.index("<svg"):]
    svg = re.sub(r"\s*<metadata>.*?</metadata>", "", svg, flags=re.S)
    svg = re.sub(r' (?:d|x|y|width|height|transform="translate)[=(]"?[^"]*', _short, svg)
    svg = _numbered(svg)
    svg = re.sub(r'(?<= id=")', f"{name}-", svg)
    return re.sub(r'(?<=href="#)|(?<=url\(#)', f"{name}-", svg)


def _numbered(svg):
    """Number the ids that Matplotlib makes from a hash: it takes lengths in full, whose last digits differ between runs."""
    hashed = {old: f"{old[0]}{place}" for place, old in enumerate(dict.fromkeys(re.findall(r' id="([a-z][0-9a-f]{10})"', svg)))}
    return re.sub(r'( id="|href="#|url\(#)([a-z][0-9a-f]{10})\b', lambda found: found[1] + hashed.get(found[2], found[2]), svg)


def _short(attribute):
    """Round the lengths of one attribute, but not the scale of a glyph."""
    lengths, *scale = attribute[0].partition(" scale(")
    return re.sub(r"-?\d+\.\d+", lambda number: f"{round(round(float(number[0]), 5), 2) + 0:.2f}".rstrip("0").rstrip("."), lengths) + "".join(scale)


def table(frame, caption, *, cite=None, number=()):
    """Publish a table: display ``frame`` as Markdown under ``caption``, and return nothing.

    ``cite`` names a column of source_ids (several in one cell separated by spaces); it is shown last, as citations.
    ``number`` names columns whose cells are keys of numbers stated in the same chapter; each is shown as its number,
    which leads to its rows. Every other cell is shown as text, whatever it holds. Numbers must come rounded; missing
    values stay empty.
    """
    columns = [column for column in frame.columns if column != cite]
    right = [column for column in columns if pd.api.types.is_numeric_dtype(frame[column])]
    lines = [[literal(column) for column in columns], ["--:" if column in right else ":--" for column in columns]]
    lines += [[f"{{num}}`{row[column]}`" if column in number and pd.notna(row[column]) else literal(row[column])
               for column in columns] for row in frame.to_dict("records")]
    if cite:
        cites = [f"{{cite:t}}`{','.join(sorted(set(str(cell).split())))}`" if pd.notna(cell) and str(cell).strip() else ""
                 for cell in frame[cite]]
        for line, cell in zip(lines, ["Source", ":--", *cites], strict=True):
            line.append(cell)
    rows = "\n".join("| " + " | ".join(line) + " |" for line in lines)
    display({"text/markdown": f"```{{table}} {literal(caption)}\n{rows}\n```", "text/plain": f"Table: {caption}"},
            raw=True)


def literal(value):
    """Escape a value so that Markdown shows it as it stands."""
    text = "" if pd.api.types.is_scalar(value) and pd.isna(value) else " ".join(str(value).split())
    return re.sub(r"([\\`*_{}\[\]<>$|~^#&@=:])", r"\\\1", text)
