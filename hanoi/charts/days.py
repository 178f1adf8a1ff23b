"""Named days along time: a ruler of years with words above and below, and lanes of marks."""

import pandas as pd

from hanoi.charts.by_row import BEHIND, _key_height, _Places, key
from hanoi.charts.by_time import _days, _events
from hanoi.charts.palette import GRID, INK, MUTED, PAPER
from hanoi.charts.style import Chart, measured, wrapped

BAND = 0.62  # half the height of the ruler, in lines of text
STROKES = 0.75  # height of the strokes of a strip, in lines of text
LEAST = 0.8  # inches below which words are not squeezed beside their stem


def timeline(frame, *, day="day", label="label", above="above", color="color", strip=(), limits, parts=(), line=1.42):
    """A ruler of years with named days above and below it, each at the end of a stem; no words touch or are crossed.

    ``frame``   one row a day: ``day`` (Timestamp), ``label`` (words), ``above`` (True: above the ruler), ``color``
    ``strip``   (days, colour) each: short strokes under the ruler, one a day, drawn in that order
    ``limits``  first and last day of the ruler
    ``parts``   (words, colour) each, written above as the key
    ``line``    height of a line of text, in its size
    """
    begin, end = (pd.Timestamp(edge) for edge in limits)
    frame = frame.sort_values(day, kind="stable").reset_index(drop=True)

    def layout(size):
        """Return the placed words, and how many lines they take above and below."""
        inner = size.width - 0.2
        found = {}
        for side in (True, False):
            rows = frame[frame[above].astype(bool).eq(side)]
            at = [(when - begin) / (end - begin) * inner for when in rows[day]]
            found[side] = list(zip(rows.index, _placed(at, list(rows[label]), inner, size.small), strict=True))
        return found, {side: max((put["top"] for _, put in rows), default=0) for side, rows in found.items()}

    foot = BAND + (STROKES + 0.2 if len(strip) else 0)

    def height(size):
        _, lines = layout(size)
        total = lines[True] + lines[False] + BAND + foot + 1.0
        return total * line * size.small / 72 + (_key_height(parts, size) if parts else 0.04)

    def draw(fig, size):
        ax = fig.subplots()
        found, lines = layout(size)
        ax.set(xlim=(begin, end), ylim=(-foot - lines[False] - 0.5, BAND + lines[True] + 0.5), xticks=[], yticks=[])
        ax.grid(visible=False)
        ax.spines[:].set_visible(False)
        ax.axhspan(-BAND, BAND, color=GRID, alpha=0.6, linewidth=0)
        for year in range(begin.year, end.year + 1):
            first, last = max(begin, pd.Timestamp(year, 1, 1)), min(end, pd.Timestamp(year + 1, 1, 1))
            if first > begin:
                ax.plot([first, first], [-BAND, BAND], color=PAPER, linewidth=1.5, linestyle="-", marker="")
            room = (last - first) / (end - begin) * (size.width - 0.2)
            if measured(year, size.small) < room:
                ax.text(first + (last - first) / 2, 0, str(year), ha="center", va="center", size=size.small, color=INK)
        for days, shade in strip:
            ax.vlines(days, -BAND - 0.1 - STROKES, -BAND - 0.1, color=shade, linewidth=1.1, zorder=2)
        for side, rows in found.items():
            way, base = (1, BAND) if side else (-1, foot)
            for row, put in rows:
                when, shade = frame.at[row, day], frame.at[row, color]
                tall = base + put["top"] - 0.28
                ax.plot(
                    [when, when],
                    [way * base, way * tall],
                    color=shade,
                    linewidth=0.9,
                    linestyle="-",
                    marker="",
                    alpha=0.8,
                )
                ax.plot(when, way * BAND, "o", color=shade, markersize=4.5, zorder=3)
                ax.annotate(
                    put["text"],
                    (when, way * (base + (put["top"] + put["level"]) / 2)),
                    xytext=(3.5 if put["ha"] == "left" else -3.5, 0),
                    textcoords="offset points",
                    ha=put["ha"],
                    va="center",
                    color=shade,
                    size=size.small,
                    linespacing=1.1,
                    multialignment=put["ha"],
                )
        if parts:
            key(fig, ax, parts, size)

    return Chart(draw, height)


def _placed(at, texts, width, points):
    """Return where each of ``texts`` stands: level, top (in lines from the ruler), side, text in lines; in their order.

    ``at`` are the places of the stems in inches from the left, ascending. From the last to the first each text takes
    the lowest place at which it touches no other text, crosses no stem and has a stem that crosses no text. It stands
    after its stem where it fits on one line; else there, as far as the right edge, or before it, as far as the stem
    before, whichever takes less height.
    """
    boxes, stems, found = [], [], {}
    for place in reversed(range(len(texts))):
        x, text = at[place], texts[place]
        after, before = width - x - 0.06, x - (at[place - 1] if place else 0) - 0.12
        rooms = [(ha, room) for ha, room in (("left", after), ("right", before)) if room >= LEAST]
        if measured(text, points) <= after:
            rooms = [("left", after)]
        tries = []
        for ha, room in rooms or [max(("left", after), ("right", before), key=lambda pair: pair[1])]:
            lines = wrapped(text, room, points)
            long = max(measured(line, points) for line in lines.splitlines()) + 0.1
            box = (x, x + long) if ha == "left" else (x - long, x)
            count = lines.count("\n") + 1
            level = _level(x, box, count, boxes, stems)
            tries.append({"level": level, "top": level + count, "ha": ha, "text": lines, "box": box})
        put = min(tries, key=lambda one: one["top"])
        boxes.append((*put.pop("box"), put["level"], put["top"]))
        stems.append((x, put["top"]))
        found[place] = put
    return [found[place] for place in range(len(texts))]


def _level(x, box, count, boxes, stems):
    """Return the lowest level at which ``count`` lines in ``box`` (inches) with a stem at ``x`` are free of what stands."""
    level, (x0, x1) = 0, box
    while level < 99 and (
        any(x0 < b1 and b0 < x1 and level < top and low < level + count for b0, b1, low, top in boxes)
        or any(x0 < sx < x1 and top > level for sx, top in stems)
        or any(b0 < x < b1 and low < level + count for b0, b1, low, _ in boxes)
    ):
        level += 1
    return level


def dated(frame, looks, *, lane="lane", kind="kind", day="day", words=None, events=None, limits=None, note=None):
    """Lanes of exact days: a mark a day, with words under those that have some.

    ``frame``  one row a day: ``lane`` (text; lanes stand in the order of the frame), ``kind``, ``day`` (Timestamp), and
               ``words`` and ``note`` (columns; a note stands at the right end of its lane on a page)
    ``looks``  kind → (words, colour, marker)
    """
    names = list(dict.fromkeys(frame[lane]))
    table = pd.DataFrame({"label": names})
    notes = None if note is None else [frame.loc[frame[lane].eq(name), note].iloc[0] for name in names]
    places = _Places(table, "label", row=0.42 if words else 0.31, phone=0.4 if words else 0.33)
    parts = [(text, color) for text, color, *_ in looks.values()]

    def draw(fig, size):
        ax = fig.subplots()
        at = dict(zip(names, places.put(ax, size, notes=notes), strict=True))
        begin, end = (pd.Timestamp(edge) for edge in limits or (frame[day].min(), frame[day].max()))
        inches = size.width * (0.93 if size.narrow else 0.68) / ((end - begin).days or 1)
        for height in at.values():
            ax.axhline(height, color=GRID, linewidth=0.8, linestyle="-", zorder=0)
        for rank, (name, (_, color, marker)) in enumerate(looks.items()):
            rows = frame[frame[kind].eq(name)]
            ax.plot(
                rows[day],
                [at[place] for place in rows[lane]],
                marker,
                color=color,
                markersize=8 if marker in "XP" else 7,
                markeredgecolor=PAPER,
                markeredgewidth=0.7,
                linestyle="",
                zorder=3 + rank / 10,
            )
        for row in frame.to_dict("records") if words else ():
            if pd.isna(row[words]) or not row[words]:
                continue
            half, ha = measured(row[words], size.small) / 2, "center"
            if (row[day] - begin).days * inches < half:
                ha = "left"
            elif (end - row[day]).days * inches < half:
                ha = "right"
            ax.annotate(
                row[words],
                (row[day], at[row[lane]]),
                xytext=({"left": -4, "right": 4}.get(ha, 0), -6),
                textcoords="offset points",
                ha=ha,
                va="top",
                size=size.small,
                color=MUTED,
                bbox=BEHIND,
            )
        if limits:
            ax.set_xlim(*(pd.Timestamp(edge) for edge in limits))
        _days(ax, size)
        _events(ax, events, size, share=0.68)
        if len(parts) > 1:
            key(fig, ax, parts, size)

    return Chart(draw, lambda size: places.height(size) + 0.25 + (_key_height(parts, size) if len(parts) > 1 else 0))
