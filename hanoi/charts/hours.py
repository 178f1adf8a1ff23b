"""Steps of one or more days, planned above reported, each with its clock times."""

import pandas as pd

from hanoi.charts.by_row import _key_height, _Places, key
from hanoi.charts.palette import BLUE, MUTED, PAPER, VERMILLION
from hanoi.charts.style import Chart, measured

KINDS = {"planned": (-0.2, -0.05, MUTED), "reported": (0.2, 0.34, BLUE)}  # shift of a row on a page, on a phone; colour
THICK = 0.24  # of a bar, in rows


def shown(hour):
    """Return an hour since midnight as a clock time: 13.75 → '13:45', 24.25 → '00:15'; a missing one is empty text."""
    if pd.isna(hour):
        return ""
    minutes = round(hour * 60)
    return f"{minutes // 60 % 24:02d}:{minutes % 60:02d}"


def schedule(days, names, *, not_held=(), remarks=None, limits=(8, 24.5), row=0.4):
    """Rows of steps from morning to night: planned (open) above reported (filled), each with its clock times.

    ``days``      heading → result of :func:`hanoi.chronicle.spans` for that day, from top to bottom
    ``names``     step → its words, in the order of drawing; a step is drawn under the day that has it
    ``not_held``  steps that did not take place: a cross at their planned start
    ``remarks``   step → words after its reported time
    ``limits``    first and last hour of the axis
    Where sources differ, the pale part of a bar is the range between them, and a slash stands between their times.
    """
    remarks = remarks or {}
    steps = [
        (day, step, table[table["step"] == step])
        for day, table in days.items()
        for step in names
        if (table["step"] == step).any()
    ]
    rows = pd.DataFrame({"label": [names[step] for _, step, _ in steps], "day": [day for day, *_ in steps]})
    places = _Places(rows, "label", "day", row=row, phone=0.44)
    parts = [("planned", MUTED), ("as it went", BLUE)] + ([("not held", VERMILLION)] if len(not_held) else [])

    def draw(fig, size):
        ax = fig.subplots()
        at = places.put(ax, size)
        ax.set_xlim(limits)
        wide = size.width * (1 if size.narrow else 0.72) / (limits[1] - limits[0])  # inches an hour, roughly
        for (_, step, found), y in zip(steps, at, strict=True):
            for kind, (page, phone, color) in KINDS.items():
                height = y + (phone if size.narrow else page)
                for span in found[found["kind"] == kind].itertuples():
                    _bar(ax, span, height, color, filled=kind == "reported")
                    more = remarks.get(step, "") if kind == "reported" else ""
                    _write(ax, span, height, _times(span), more, color, size, wide, limits)
            if step in not_held:
                start = found[found["kind"] == "planned"]["start_low"].iloc[0]
                height = y + (KINDS["reported"][1] if size.narrow else KINDS["reported"][0])
                ax.plot(start, height, marker="x", color=VERMILLION, markersize=7, markeredgewidth=2, linestyle="")
                ax.annotate(
                    "not held",
                    (start, height),
                    xytext=(8, 0),
                    textcoords="offset points",
                    color=VERMILLION,
                    size=size.small,
                    va="center",
                    weight="semibold",
                )
        every = 2 if not size.narrow else 4
        hours = range(-(-int(limits[0]) // every) * every, int(limits[1]) + 1, every)
        ax.set_xticks(hours, [shown(hour) for hour in hours])
        key(fig, ax, parts, size)

    return Chart(draw, lambda size: places.height(size) + _key_height(parts, size))


def _bar(ax, span, at, color, *, filled):
    """Draw one span: a bar where it has an end, else a mark at each start that a source gives."""
    ended = pd.notna(span.end_high)
    if ended:
        if filled:
            ax.barh(at, span.end_high - span.start_low, left=span.start_low, height=THICK, color=color, alpha=0.35)
            sure = span.end_low - span.start_high
            if sure > 0:
                ax.barh(at, sure, left=span.start_high, height=THICK, color=color, linewidth=0)
        else:
            ax.barh(
                at,
                span.end_high - span.start_low,
                left=span.start_low,
                height=THICK,
                facecolor=PAPER,
                edgecolor=color,
                linewidth=1.1,
            )
        return
    ends = [span.start_low, span.start_high]
    ax.plot(ends, [at, at], color=color, linewidth=1.2, linestyle="-", marker="", alpha=0.6)
    ax.plot(
        ends,
        [at, at],
        linestyle="",
        marker="o",
        color=color,
        markersize=5.5,
        markerfacecolor=color if filled else PAPER,
        markeredgewidth=1.1,
    )


def _write(ax, span, at, times, remark, color, size, wide, limits):
    """Write the clock times of a span and its remark beside it: on the right, or on the left where no room is."""
    long = measured(times, size.small) + (measured(f"  {remark}", size.small, "semibold") if remark else 0)
    last = span.end_high if pd.notna(span.end_high) else span.start_high
    left = (limits[1] - last) * wide < long + 0.12
    first = (span.start_low, at) if left else (last, at)
    words = ((times, color, "normal"), (remark, VERMILLION, "semibold"))
    shift = 6
    for text, shade, weight in reversed(words) if left else words:
        if text:
            ax.annotate(
                text,
                first,
                xytext=(-shift if left else shift, 0),
                textcoords="offset points",
                color=shade,
                size=size.small,
                weight=weight,
                va="center",
                ha="right" if left else "left",
            )
            shift += 72 * measured(f"{text}  ", size.small, weight) + 2


def _times(span):
    """Return the clock times of a span: '08:55/09:00 to 09:30/09:45'; a slash stands between sources that differ."""
    ends = [
        f"{bound} {'/'.join(dict.fromkeys([shown(low), shown(high)]))}".strip()
        for low, high, bound in (
            (span.start_low, span.start_high, span.start_bound),
            (span.end_low, span.end_high, span.end_bound),
        )
        if pd.notna(low)
    ]
    return " to ".join(ends).replace("to after", "until past")
