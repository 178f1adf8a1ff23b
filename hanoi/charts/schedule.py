"""Steps of a day, planned above reported, each with its clock times."""

import pandas as pd

from hanoi.charts.style import BLUE, INK, MUTED, PAPER, VERMILLION


def shown(hour):
    """Return an hour since midnight as a clock time: 13.75 → '13:45', 24.25 → '00:15'."""
    minutes = round(hour * 60)
    return f"{minutes // 60 % 24:02d}:{minutes % 60:02d}"


def spans(ax, table, names, *, not_held=(), remarks=None):
    """Draw steps from top to bottom, planned (open) above reported (filled), each with its clock times.

    ``table`` is a result of :func:`hanoi.chronicle.spans`, ``names`` maps each step to its label in the order of drawing, ``not_held``
    holds the steps that did not take place, ``remarks`` maps a step to words that follow its reported time. Where
    sources differ, the pale part of a bar is the range between them.
    """
    remarks = remarks or {}
    kinds = {"planned": (-0.2, MUTED), "reported": (0.2, BLUE)}
    middle = 16
    for row, (step, _) in enumerate(names.items()):
        for kind, (shift, color) in kinds.items():
            for span in table[(table["step"] == step) & (table["kind"] == kind)].itertuples():
                at, last = row + shift, span.end_high if span.end_high == span.end_high else span.start_high
                _draw_span(ax, span, at, color, filled=kind == "reported")
                side = "right" if span.start_low > middle else "left"
                where = (span.start_low - 0.25) if side == "right" else (last + 0.25)
                ax.text(where, at, _times(span), color=color, size=9.5, va="center", ha=side)
                if kind == "reported" and step in remarks:
                    ax.annotate(
                        remarks[step],
                        (where, at),
                        xytext=(4.7 * len(_times(span)) + 9, 0),
                        textcoords="offset points",
                        color=VERMILLION,
                        size=9.5,
                        va="center",
                        weight="semibold",
                    )
        if step in not_held:
            start = table[(table["step"] == step) & (table["kind"] == "planned")]["start_low"].iloc[0]
            ax.plot(start, row + 0.2, marker="x", color=VERMILLION, markersize=7, markeredgewidth=2)
            ax.text(start + 0.3, row + 0.2, "not held", color=VERMILLION, size=9.5, va="center", weight="semibold")
    ax.set_yticks(range(len(names)), names.values(), color=INK)
    ax.set_ylim(len(names) - 0.5, -0.5)
    ax.grid(axis="y", visible=False)
    ax.spines["left"].set_visible(False)


def _draw_span(ax, span, at, color, *, filled):
    """Draw one span: a bar where it has an end, else a dot; pale where the sources leave a range."""
    high = span.end_high if span.end_high == span.end_high else span.start_high
    low = span.end_low if span.end_high == span.end_high else span.start_low
    if filled:
        ax.plot(
            [span.start_low, high],
            [at, at],
            color=color,
            linewidth=7,
            alpha=0.35,
            solid_capstyle="butt",
            linestyle="-",
            marker="",
        )
        ax.plot(
            [span.start_high, low], [at, at], color=color, linewidth=7, solid_capstyle="butt", linestyle="-", marker=""
        )
    else:
        ax.plot([span.start_low, high], [at, at], color=color, linewidth=1.4, linestyle="-", marker="|", markersize=7)
    if span.end_high != span.end_high:
        ax.plot(
            [span.start_low, span.start_high],
            [at, at],
            linestyle="",
            marker="o",
            color=color,
            markersize=6,
            markerfacecolor=color if filled else PAPER,
        )


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
    return " to ".join(ends).replace("to after", "and after")
