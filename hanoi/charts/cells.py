"""Forms in cells: words in a matrix, numbers in a grid."""

import pandas as pd

from hanoi.charts.by_row import _key_height, _on, key
from hanoi.charts.palette import GRID, INK, MUTED, PAPER
from hanoi.charts.style import Chart, measured, wrapped


def matrix(
    frame, *, row="row", column="column", words="words", color="color", columns=None, rows=None, corner=0.24, shades=()
):
    """A matrix with words in its cells, shaded by what ``color`` stands for; a phone lists the rows one under the other.

    ``frame``    one row a cell: ``row``, ``column`` (texts), ``words``, ``color`` (of the shade; NaN or no row: an empty cell)
    ``columns``  the columns from left to right, ``rows`` the rows from top to bottom; by default in the order of the frame
    ``corner``   share of the width that the names of the rows take
    ``shades``   (words, colour) of each shade, written above the matrix
    """
    columns = list(columns or dict.fromkeys(frame[column]))
    rows = list(rows or dict.fromkeys(frame[row]))
    cells = {(item[row], item[column]): item for item in frame.to_dict("records")}

    def layout(size):
        """Return per row the text of its name and of its cells, wrapped, and its height in inches."""
        line_height = 1.22 * size.small / 72
        found = []
        for name in rows:
            if size.narrow:
                parts = _packed([(head, cells[name, head][words]) for head in columns if (name, head) in cells], size)
                lines = sum(max(text.count("\n") for _, text, _, _ in line) + 1 for line in parts)
                found.append((name, parts, 0.24 + lines * line_height + 0.1 * len(parts)))
            else:
                wide = size.width * (1 - corner) / len(columns) - 0.14
                parts = [
                    (head, wrapped(cells[name, head][words], wide, size.small))
                    for head in columns
                    if (name, head) in cells
                ]
                label = wrapped(name, size.width * corner - 0.1, size.text)
                most = max([label.count("\n") * 1.1] + [text.count("\n") for _, text in parts])
                found.append((label, parts, (most + 1) * line_height + 0.16))
        return found

    def draw(fig, size):
        ax = fig.subplots()
        found = layout(size)
        head = 0 if size.narrow else 0.36
        total = sum(height for *_, height in found) + head
        ax.set(xlim=(0, size.width), ylim=(total, 0), xticks=[], yticks=[])
        ax.grid(visible=False)
        ax.spines[:].set_visible(False)
        left, wide = size.width * corner, size.width * (1 - corner) / len(columns)
        if not size.narrow:
            for place, name in enumerate(columns):
                ax.text(
                    left + place * wide + 0.06,
                    head / 2,
                    wrapped(name, wide - 0.1, size.small, "semibold"),
                    va="center",
                    size=size.small,
                    weight="semibold",
                    color=MUTED,
                    linespacing=1.05,
                )
        y = head
        for name, (label, parts, height) in zip(rows, found, strict=True):
            ax.plot([0, size.width], [y, y], color=GRID, linewidth=0.7, linestyle="-", marker="")
            if size.narrow:
                ax.text(0, y + 0.13, label, va="center", size=size.text, weight="semibold", color=INK)
                down = y + 0.24
                for line in parts:
                    tall = (max(text.count("\n") for _, text, _, _ in line) + 1) * 1.22 * size.small / 72 + 0.06
                    for column_name, text, left_at, long in line:
                        _cell(ax, left_at, down, long, tall, text, cells[name, column_name].get(color), size)
                    down += tall + 0.04
            else:
                ax.text(0, y + height / 2, label, va="center", size=size.text, color=INK, linespacing=1.05)
                for column_name, text in parts:
                    _cell(
                        ax,
                        left + columns.index(column_name) * wide + 0.02,
                        y + 0.03,
                        wide - 0.04,
                        height - 0.06,
                        text,
                        cells[name, column_name].get(color),
                        size,
                    )
            y += height
        if shades:
            key(fig, ax, shades, size)

    def tall(size):
        above = _key_height(shades, size) if shades else 0
        return sum(height for *_, height in layout(size)) + (0 if size.narrow else 0.36) + above

    return Chart(draw, tall)


def _packed(parts, size, gap=0.04, pad=0.2):
    """Return ``parts`` ((head, words) each) in lines for a phone, each as (head, text, left end, width) in inches.

    Short cells share a line, which they fill; a longer one has a line of its own.
    """
    lines, room = [], 0.0
    for head, content in parts:
        text = wrapped(f"{head}: {content}", size.width * 0.88, size.small)
        long = size.width if "\n" in text else measured(text, size.small) + pad
        if not lines or room + gap + long > size.width:
            lines.append([])
            room = -gap
        lines[-1].append((head, text, long))
        room += gap + long
    found = []
    for line in lines:
        spare = (size.width - sum(long for *_, long in line) - gap * (len(line) - 1)) / len(line)
        at, placed = 0.0, []
        for head, text, long in line:
            placed.append((head, text, at, long + spare))
            at += long + spare + gap
        found.append(placed)
    return found


def _cell(ax, x, y, wide, tall, text, color, size):
    if color is not None and pd.notna(color):
        ax.fill([x, x + wide, x + wide, x], [y, y, y + tall, y + tall], facecolor=color, linewidth=0)
    ax.text(
        x + 0.05,
        y + tall / 2,
        text,
        va="center",
        size=size.small,
        linespacing=1.08,
        color=_on(color) if color is not None and pd.notna(color) else INK,
    )


def grid(frame, *, fmt="{:.0f}", color="#0072b2", limits=None, xlabel="", ylabel="", cell=0.34):
    """A grid of numbers, the larger the darker: rows and columns are those of ``frame``; NaN stays empty.

    ``limits`` are the values of the palest and the darkest shade.
    """
    low, high = limits or (0, float(frame.max().max()))

    def draw(fig, size):
        ax = fig.subplots()
        for y, name in enumerate(frame.index):
            for x, column in enumerate(frame.columns):
                value = frame.at[name, column]
                if pd.isna(value):
                    continue
                strength = min(max((float(value) - low) / ((high - low) or 1), 0), 1)
                ax.fill(
                    [x - 0.5, x + 0.5, x + 0.5, x - 0.5],
                    [y - 0.5, y - 0.5, y + 0.5, y + 0.5],
                    facecolor=color,
                    alpha=0.08 + 0.87 * strength,
                    edgecolor=PAPER,
                    linewidth=1,
                )
                ax.text(
                    x,
                    y,
                    fmt.format(value),
                    ha="center",
                    va="center",
                    size=size.small,
                    color=PAPER if strength > 0.55 else INK,
                )
        names = max(measured(name, size.small) for name in frame.index)
        wide = (size.width - names - 0.3) / len(frame.columns) - 0.08
        ax.set(xlim=(-0.5, len(frame.columns) - 0.5), ylim=(len(frame) - 0.5, -0.5), xlabel=xlabel, ylabel=ylabel)
        ax.set_xticks(
            range(len(frame.columns)),
            [wrapped(name, wide, size.small) for name in frame.columns],
            color=INK,
        )
        ax.set_yticks(range(len(frame)), frame.index, color=INK)
        ax.grid(visible=False)
        ax.spines[:].set_visible(False)

    return Chart(draw, len(frame) * cell + 0.75)
