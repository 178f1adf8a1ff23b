"""Forms with one row a thing: estimates with intervals, pairs, ladders, stacked bars, spans of days."""

import numpy as np
import pandas as pd
from matplotlib.ticker import AutoLocator

from hanoi import numbers
from hanoi.charts.marks import interval
from hanoi.charts.palette import BLUE, GREY, INK, MUTED, PAPER, VERMILLION
from hanoi.charts.style import Chart, wrapped

ROW, GAP = 0.29, 0.34  # inches of one row on a page, and of one above which a phone writes its label
BEHIND = {"facecolor": PAPER, "edgecolor": "none", "pad": 0.6}  # words, so that no line runs through them


def estimates(
    frame,
    *,
    label="label",
    value="value",
    low="low",
    high="high",
    group=None,
    note=None,
    color=BLUE,
    fmt="{:.0f}%",
    limits=None,
    reference=None,
    xlabel="",
):
    """Rows of estimates: a dot with its interval and its value; hollow where no interval is known.

    ``frame``      one row an estimate, the first on top: ``label`` (text), ``value``, ``low``, ``high`` (data units, NaN where
                   no interval is known; a row without a value is a pair of bounds)
    ``group``      column of headings; rows of one group stand together in the order of the frame
    ``note``       column of words at the right end of a row (a phone leaves them out)
    ``color``      a colour, or a column of colours
    ``limits``     (low, high) of the axis; ``reference`` is (x, words) of a dashed line
    """
    frame = frame.reset_index(drop=True)
    colors = frame[color] if color in frame else pd.Series(color, index=frame.index)
    places = _Places(frame, label, group)

    def draw(fig, size):
        ax = fig.subplots()
        at = places.put(ax, size, notes=frame[note] if note else None)
        for row, y in zip(frame.index, at, strict=True):
            x, a, b = (frame.at[row, name] for name in (value, low, high))
            known = pd.notna(a) and pd.notna(b)
            interval(ax, a, b, y, color=colors[row], linewidth=7)
            ax.plot(
                x,
                y,
                "o",
                color=colors[row],
                markersize=6.5,
                markerfacecolor=colors[row] if known else PAPER,
                zorder=3,
                clip_on=False,  # a dot at the end of the axis is whole
            )
            bare = pd.isna(x)
            ax.annotate(
                f"{numbers.text(a, fmt)} to {numbers.text(b, fmt)}" if bare else numbers.text(x, fmt),
                (b if known else x, y),
                xytext=(5 if known else 8, 0),
                textcoords="offset points",
                va="center",
                color=colors[row],
                weight="semibold",
                size=size.text,
                bbox=BEHIND if reference else None,
            )
        if reference:
            ax.axvline(reference[0], color=MUTED, linestyle=(0, (4, 3)), linewidth=1, zorder=1)
            ax.annotate(
                reference[1],
                (reference[0], places.top),
                xytext=(4, -1),
                textcoords="offset points",
                va="top",
                color=MUTED,
                size=size.small,
            )
        if limits:
            ax.set_xlim(limits)
            reach = frame[[value, high]].astype(float).max(axis=None)
            ax.xaxis.set_major_locator(_Reached(max(reach, reference[0]) if reference else reach))
        ax.margins(x=0.12)
        ax.set_xlabel(xlabel)

    return Chart(draw, places.height)


def pairs(
    frame,
    *,
    label="label",
    first="first",
    second="second",
    names=("", ""),
    group=None,
    note=None,
    fmt="{:.0f}%",
    gap="{:+.0f}",
    colors=(BLUE, VERMILLION),
    limits=None,
    xlabel="",
):
    """Rows of two readings of one thing: a dot, an open square, the line between them, and their difference in words.

    ``frame`` has one row a pair: ``label``, ``first``, ``second`` (data units; a missing one is not drawn). ``names`` stand
    above the first row, at the two marks. ``gap`` is the format of the difference, second minus first; "" leaves it out.
    """
    frame = frame.reset_index(drop=True)
    places = _Places(frame, label, group, head=0.7 if any(names) else 0)

    def draw(fig, size):
        ax = fig.subplots()
        at = places.put(ax, size, notes=frame[note] if note else None)
        for row, y in zip(frame.index, at, strict=True):
            a, b = float(frame.at[row, first]), float(frame.at[row, second])
            ax.plot([a, b], [y, y], linestyle="-", marker="", linewidth=2.2, color=GREY, alpha=0.55, zorder=1)
            ax.plot(a, y, "o", color=colors[0], markersize=6.5, zorder=3)
            ax.plot(b, y, "s", color=colors[1], markersize=6.5, markerfacecolor=PAPER, markeredgewidth=1.8, zorder=3)
            side = -1 if b < a else 1
            for x, color, way in ((a, colors[0], -side), (b, colors[1], side)):
                if pd.notna(x):
                    ax.annotate(
                        numbers.text(x, fmt),
                        (x, y),
                        xytext=(7 * way, 0),
                        textcoords="offset points",
                        va="center",
                        ha="left" if way > 0 else "right",
                        color=color,
                        weight="semibold",
                        size=size.small,
                    )
            if gap and pd.notna(a) and pd.notna(b) and abs(b - a) > 0 and not size.narrow:
                ax.annotate(
                    numbers.text(b - a, gap),
                    ((a + b) / 2, y),
                    xytext=(0, 4),
                    textcoords="offset points",
                    ha="center",
                    va="bottom",
                    color=MUTED,
                    size=size.small,
                )
        if any(names):
            ends = frame[[first, second]].astype(float).iloc[0]
            left, right = (0, 1) if ends.iloc[0] <= ends.iloc[1] else (1, 0)
            for place, ha in ((left, "right"), (right, "left")):
                ax.annotate(
                    names[place],
                    (ends.iloc[place], at[0]),
                    xytext=(6 if ha == "right" else -6, 9 if not size.narrow else 20),
                    textcoords="offset points",
                    ha=ha,
                    va="bottom",
                    color=colors[place],
                    size=size.small,
                )
        if limits:
            ax.set_xlim(limits)
            ax.xaxis.set_major_locator(_Reached(frame[[first, second]].astype(float).max(axis=None)))
        ax.margins(x=0.16)
        ax.set_xlabel(xlabel)

    return Chart(draw, places.height)


def ladder(
    frame,
    *,
    label="label",
    first="a",
    second="b",
    group=None,
    colors=(BLUE, VERMILLION),
    ends=("step by step", "all-for-all"),
    steps=range(1, 6),
):
    """Rows of people on a scale, read twice: a dot for the first reading inside an open square for the second.

    ``frame`` has one row a person: ``label``, ``first``, ``second`` (on the scale ``steps``; NaN: not placed). The words of
    ``ends`` stand at the two ends of the scale, or under each step where there are as many.
    """
    frame = frame.reset_index(drop=True)
    places = _Places(frame, label, group, row=0.205, phone=0.31)
    below = ends if len(ends) == len(steps) else [ends[0], *[""] * (len(steps) - 2), ends[1]]

    def draw(fig, size):
        ax = fig.subplots()
        at = places.put(ax, size)
        for row, y in zip(frame.index, at, strict=True):
            a, b = float(frame.at[row, first]), float(frame.at[row, second])
            ax.plot([a, b], [y, y], linestyle="-", marker="", linewidth=2, color=colors[0], alpha=0.5)
            ax.plot(a, y, "o", color=colors[0], markersize=4.6, zorder=3)
            ax.plot(b, y, "s", color=colors[1], markersize=8, markerfacecolor="none", markeredgewidth=1.3, zorder=3)
        ax.set(xlim=(steps[0] - 0.25, steps[-1] + 0.25), xticks=list(steps))
        ax.set_xticklabels(
            [f"{step}\n{words}" if words else str(step) for step, words in zip(steps, below, strict=True)]
        )

    return Chart(draw, places.height)


def ranges(
    frame,
    *,
    label="label",
    low="low",
    value="value",
    high="high",
    words="words",
    group=None,
    color=BLUE,
    fmt="{:,.0f}",
    limits=None,
    xlabel="",
):
    """Rows of ranges as somebody gave them: a bar from low to high, a dot at the value, an arrow where one end is open.

    ``frame``   one row a range: ``label``, ``low``, ``value``, ``high`` (data units, NaN: not given). A high end alone is "up
                to", a low end alone "at least"; a row without any number shows its ``words`` instead
    ``words``   column of what stands in place of a mark, or None
    ``group``   column of headings; ``color`` a colour, or a column of colours
    Nothing is a sampling interval here: the bars are what the estimators said.
    """
    frame = frame.reset_index(drop=True)
    colors = frame[color] if color in frame else pd.Series(color, index=frame.index)
    numbers_of = frame[[low, value, high]].astype(float)
    begin, end = limits or (0.0, float(numbers_of.max().max()) * 1.2)
    places = _Places(frame, label, group)

    def draw(fig, size):
        ax = fig.subplots()
        at = places.put(ax, size)
        ax.set_xlim(begin, end)
        ax.xaxis.set_major_formatter(lambda tick, _: f"{tick:,g}")
        reach = (end - begin) * (0.07 if not size.narrow else 0.1)
        for row, y in zip(frame.index, at, strict=True):
            a, x, b = numbers_of.loc[row]
            if np.isnan([a, x, b]).all():
                ax.annotate(
                    frame.at[row, words],
                    (begin, y),
                    xytext=(3, 0),
                    textcoords="offset points",
                    va="center",
                    color=INK,
                    size=size.small,
                )
                continue
            if not np.isnan(a) and not np.isnan(b):
                interval(ax, a, b, y, color=colors[row], linewidth=7)
            elif np.isnan(x):
                edge, way = (b, -1) if np.isnan(a) else (a, 1)
                ax.annotate(
                    "",
                    (edge + way * reach, y),
                    (edge, y),
                    arrowprops={"arrowstyle": "->", "color": colors[row], "linewidth": 1.8, "shrinkA": 0, "shrinkB": 0},
                )
                ax.plot(edge, y, "|", color=colors[row], markersize=9, markeredgewidth=2)
            else:  # a best guess and the most that is possible
                edge = a if np.isnan(b) else b
                interval(ax, min(x, edge), max(x, edge), y, color=colors[row], linewidth=7)
            if not np.isnan(x):
                ax.plot(x, y, "o", color=colors[row], markersize=6.5, zorder=3)
            right = np.nanmax([a, x, b]) + (reach if np.isnan([b, x]).all() else 0)
            ax.annotate(
                _range(a, x, b, fmt),
                (right, y),
                xytext=(6, 0),
                textcoords="offset points",
                va="center",
                color=colors[row],
                weight="semibold",
                size=size.small,
            )
        ax.set_xlabel(xlabel)

    return Chart(draw, places.height)


def _range(low, value, high, fmt):
    """Return a range in words: "20 to 60, likely 45", "up to 37", "at least 60", "about 30"."""
    low, value, high = (None if np.isnan(part) else numbers.text(float(part), fmt) for part in (low, value, high))
    if low and high:
        return f"{low} to {high}" + (f", likely {value}" if value else "")
    if value:
        return f"{value}" + (f", at most {high}" if high else f", at least {low}" if low else "")
    return f"up to {high}" if high else f"at least {low}"


def stacked(
    frame, parts, *, label="label", group=None, note=None, fmt="{:.0f}", inside=6, total=None, xlabel="", order=None
):
    """Rows of bars in parts; the words of the parts stand above, in their colours, and the numbers inside.

    ``frame``   one row a bar: ``label`` and a column a part (data units, NaN or 0: not drawn)
    ``parts``   column → (words, colour), from left to right
    ``inside``  smallest part whose number is written, in hundredths of the longest bar
    ``total``   length of the axis, by default that of the longest bar
    """
    frame = frame.reset_index(drop=True)
    longest = total or float(frame[list(parts)].fillna(0).sum(axis=1).max())
    places = _Places(frame, label, group, row=0.33, phone=0.44)

    def draw(fig, size):
        ax = fig.subplots()
        at = places.put(ax, size, notes=frame[note] if note else None)
        thick = 0.62 if not size.narrow else 0.46
        for row, y in zip(frame.index, at, strict=True):
            begin = 0.0
            for part, (_, color) in parts.items():
                long = float(np.nan_to_num(float(frame.at[row, part])))
                if not long:
                    continue
                ax.barh(y, long, left=begin, height=thick, color=color, linewidth=0.8, edgecolor=PAPER)
                if 100 * long / longest >= inside * (1.6 if size.narrow else 1):
                    ax.text(
                        begin + long / 2,
                        y,
                        numbers.text(long, fmt),
                        ha="center",
                        va="center",
                        color=_on(color),
                        size=size.small,
                        weight="semibold",
                    )
                begin += long
        ax.set_xlim(0, longest)
        ax.grid(visible=False)
        ax.spines["bottom"].set_visible(False)
        ax.set_xticks([])
        ax.set_xlabel(xlabel)
        key(fig, ax, parts.values(), size)

    return Chart(draw, lambda size: places.height(size) + _key_height(parts.values(), size))


def key(fig, ax, parts, size):
    """Write the words of ``parts`` ((words, colour) each) above ``ax``, each after a square of its colour, in as few lines as fit."""
    lines = _key_lines(parts, size)
    step = 1.45 * size.small / 72
    width, height = fig.get_size_inches()
    for line, content in enumerate(lines):
        x = 0.004
        y = 1 - (line + 0.55) * step / height
        for words, color in content:
            fig.text(x, y, "■", color=color, size=size.small + 1, va="center")
            fig.text(x + 0.16 / width, y, words, color=INK, size=size.small, va="center")
            x += (_wide(words, size.small) + 0.34) / width
    fig.get_layout_engine().set(rect=(0, 0, 1, 1 - (len(lines) * step + 0.04) / height))


def _key_lines(parts, size):
    lines, room = [[]], 0.0
    for words, color in parts:
        long = _wide(words, size.small) + 0.34
        if lines[-1] and room + long > size.width:
            lines.append([])
            room = 0.0
        lines[-1].append((words, color))
        room += long
    return lines


def _key_height(parts, size):
    return len(_key_lines(parts, size)) * 1.45 * size.small / 72 + 0.04


def _wide(words, points):
    """Return the width of ``words`` in inches, roughly: half a point size a letter."""
    return len(str(words)) * points * 0.49 / 72


def _on(color):
    """Return the colour of text on a fill of ``color``: paper on dark fills, ink on pale ones."""
    red, green, blue = (int(color[place : place + 2], 16) for place in (1, 3, 5))
    return PAPER if 0.3 * red + 0.59 * green + 0.11 * blue < 125 else INK


class _Reached(AutoLocator):
    """Ticks up to the first that covers what is drawn; the axis goes on for the words at the right."""

    def __init__(self, reach):
        super().__init__()
        self.reach = reach

    def tick_values(self, vmin, vmax):
        """Return the places of the ticks."""
        ticks = super().tick_values(vmin, vmax)
        return ticks[: np.searchsorted(ticks, self.reach - 1e-9) + 1]


class _Places:
    """Where rows stand: below their group's heading; on a page beside their label, on a phone below it."""

    def __init__(self, frame, label, group=None, *, row=ROW, phone=GAP, head=0.0):
        self.labels, self.groups = frame[label].astype(str).tolist(), None if group is None else frame[group].tolist()
        self.row, self.phone, self.head = row, phone, head
        self.top = -0.5 - head

    def height(self, size):
        """Return the height of the drawing area in inches."""
        _at, end, _ = self._at(size)
        return (end - self.top) * (self.phone if size.narrow else self.row) + 0.42

    def _at(self, size):
        """Return the places of the rows, the end of the last one, and place → heading."""
        at, heads, y, last = [], {}, 0.0, None
        for place, label in enumerate(self.labels):
            if self.groups and self.groups[place] != last:
                last = self.groups[place]
                y += 0.25 if heads else 0
                heads[y] = last
                y += 1.0
            lines = self._label(label, size).count("\n") if size.narrow else self._label(label, size).count("\n") * 0.75
            at.append(y + (0.42 + lines * 0.46 if size.narrow else lines / 2))
            y += 1 + (0.42 + lines * 0.46 if size.narrow else lines)
        return at, y - 0.45, heads

    @staticmethod
    def _label(label, size):
        return wrapped(label, size.width * (0.93 if size.narrow else 0.4), size.text)

    def put(self, ax, size, notes=None):
        """Set the rows on ``ax`` with labels and headings; return their places."""
        at, end, heads = self._at(size)
        ax.set_ylim(end, self.top)
        ax.grid(axis="y", visible=False)
        ax.spines["left"].set_visible(False)
        wide = not size.narrow
        behind = None if wide else BEHIND
        if wide:
            ax.set_yticks(at, [self._label(label, size) for label in self.labels], color=INK, size=size.text)
            ax.tick_params(axis="y", pad=6)  # a dot on the axis keeps off its label
        else:
            ax.set_yticks([])
            for y, label in zip(at, self.labels, strict=True):
                ax.text(
                    0,
                    y - 0.3,
                    self._label(label, size),
                    transform=ax.get_yaxis_transform(),
                    color=INK,
                    size=size.text,
                    va="bottom",
                    linespacing=1.05,
                    in_layout=False,
                    bbox=behind,
                )
        for y, head in heads.items():
            ax.text(
                0 if not wide else -0.01,
                y + 0.05,
                head,
                transform=ax.get_yaxis_transform(),
                color=MUTED,
                weight="semibold",
                size=size.text,
                va="center",
                ha="left" if not wide else "right",
                bbox=behind,
            )
        if notes is not None and wide:
            right = ax.secondary_yaxis("right")
            right.set_yticks(at, [str(note) for note in notes], color=MUTED, size=size.small)
            right.spines[:].set_visible(False)
        return at
