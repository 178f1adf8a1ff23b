"""Publish a figure or a table in the notebook: what nbval compares, what the page shows, what a reader downloads."""

import functools
import io
import re
import zlib

import matplotlib as mpl
import pandas as pd
from IPython.display import display
from matplotlib.backends.backend_svg import FigureCanvasSVG
from matplotlib.figure import Figure

from hanoi import numbers, ties
from hanoi.charts import MIME
from hanoi.charts.palette import INK, MUTED
from hanoi.charts.style import NARROW, SMALL, WIDE, wrapped


def show(chart, name, *, title, subtitle, source, alt, data, small=None):
    """Publish ``chart`` (:class:`hanoi.charts.Chart`): display it as SVG with its texts and data, and return nothing.

    ``name``      short and unique in the chapter; lower case with hyphens; names anchor and downloads
    ``title``     the finding, one sentence
    ``subtitle``  what is measured, in which unit
    ``source``    publishers and number of cases
    ``alt``       one sentence of what is seen; the details are in ``data``
    ``data``      DataFrame of what is drawn; becomes the CSV and the table of the page
    ``small``     a second, simpler chart of the same finding, for the front page
    The output holds two drawings, for a page and for a phone. A Matplotlib figure gives the wide one alone.
    Raises ValueError for a name that no file can have and for an empty text.
    """
    if not re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", name):
        raise ValueError(f"figure name {name!r}: use lower case letters, digits and single hyphens")
    for field, text in {"title": title, "subtitle": subtitle, "source": source, "alt": alt}.items():
        if not str(text).strip():
            raise ValueError(f"figure {name!r} has no {field}")
    fig = chart if isinstance(chart, Figure) else chart.figure(WIDE)
    head, foot = _frame(fig, title, subtitle, source)
    record = {
        "name": name,
        "title": title,
        "subtitle": subtitle,
        "source": source,
        "alt": alt,
        "head": round(72 * head, 2),
        "foot": round(72 * foot, 2),
        "csv": _settled(data).to_csv(
            index=not isinstance(data.index, pd.RangeIndex), lineterminator="\n", float_format="%.6g"
        ),
    }
    if chart is not fig:
        record["narrow"] = svg(chart.figure(NARROW), f"{name}-narrow")
    if small is not None:
        record["small"] = svg(small.figure(SMALL), f"{name}-small")
    display({"image/svg+xml": svg(fig, name), "text/plain": f"Figure: {title}", MIME: record}, raw=True)


def _settled(data):
    """Return ``data`` with every float settled, so that six digits of it are the same on every processor."""
    floats = data.select_dtypes("float").columns
    return data.assign(**{str(name): ties.settled(data[name]) for name in floats}) if len(floats) else data


def _frame(fig, title, subtitle, source):
    """Write title, subtitle and source line, and grow the figure so that the drawing area keeps its height.

    Returns the heights of the head and the foot in inches.
    """
    pad, lines = 0.06, {}
    for role, text, style in (
        ("title", title, {"size": 14, "weight": "bold", "color": INK}),
        ("subtitle", subtitle, {"size": 11, "color": MUTED}),
        ("source", f"Source: {source}", {"size": 9, "color": MUTED}),
    ):
        broken = wrapped(text, WIDE.width - 0.12, style["size"], style.get("weight", "normal"))
        lines[role] = (broken, style, (broken.count("\n") + 1) * style["size"] * 1.28 / 72)
    head = lines["title"][2] + lines["subtitle"][2] + 3 * pad
    foot = lines["source"][2] + 2 * pad
    drawn = fig.get_figheight()
    height = drawn + head + foot
    area = fig.get_layout_engine().get()["rect"]  # a form leaves room for its key above the axes
    for text in fig.texts:
        text.set_y((foot + text.get_position()[1] * drawn) / height)
    fig.set_size_inches(WIDE.width, height)
    fig.get_layout_engine().set(rect=(0, (foot + area[1] * drawn) / height, 1, area[3] * drawn / height))
    top = {"title": pad, "subtitle": lines["title"][2] + 1.5 * pad, "source": height - lines["source"][2] - pad / 2}
    for role, (text, style, _) in lines.items():
        fig.text(0.006, 1 - top[role] / height, text, va="top", ha="left", linespacing=1.2, gid=role, **style)
    return head, foot


def svg(fig, name):
    """Return a figure as lean SVG that is the same on every run: no date, ids by count, coordinates to 1/100 point."""
    text = io.StringIO()
    with mpl.rc_context({"svg.hashsalt": name}):
        # print_svg and not savefig, which draws everything once more beforehand for layouts that need it
        FigureCanvasSVG(fig).print_svg(text, metadata={"Date": None, "Creator": None, "Format": None, "Type": None})
    made = text.getvalue()
    made = made[made.index("<svg") :]
    made = re.sub(r"\s*<metadata>.*?</metadata>|<!--.*?-->", "", made, flags=re.DOTALL)
    made = re.sub(r' (?:d|x|y|width|height|transform="translate)[=(]"?[^"]*', _short, made)
    made = re.sub(
        r' d="([^"]*)" transform="scale\(0\.015625\)"',
        lambda path: f' d="{_glyph(path[1])}" transform="scale(0.0625)"',
        made,
    )
    made = re.sub(r'(<use [^>]*) transform="translate\((-?[\d.]+) 0\)"', r'\1 x="\2"', made)
    made = re.sub(r' d="([^"]*)"', lambda path: f' d="{_packed(path[1])}"', made)
    made = re.sub(r'style="([^"]*)"', lambda style: re.sub(r"([:;]) ", r"\1", style[0]), made)
    return _without_idle_groups(_named(re.sub(r"\n\s*", "\n", made), name))


def _named(made, name):
    """Keep the ids that are referred to, numbered in short, and those of the texts that :func:`_frame` writes.

    Matplotlib makes ids from a hash of lengths in full, whose last digits differ between runs. A page may hold several
    drawings, so that the ids of each begin with a mark of its name.
    """
    kept = {text: f"{name}-{text}" for text in ("title", "subtitle", "source")}
    referred = re.findall(r'(?:href="#|url\(#)([^")]+)', made)
    mark = f"f{zlib.crc32(name.encode()):08x}"[:5]
    kept |= {old: f"{mark}-{place:x}" for place, old in enumerate(dict.fromkeys(referred))}
    made = re.sub(r' id="([^"]*)"', lambda found: f' id="{kept[found[1]]}"' if found[1] in kept else "", made)
    return re.sub(r'(href="#|url\(#)([^")]+)', lambda found: found[1] + kept[found[2]], made)


@functools.lru_cache(maxsize=4096)  # the letters of one figure are those of the next
def _packed(path):
    """Return the lines of a path as one, without the blanks that no reader of SVG needs."""
    return re.sub(r" ?([A-Za-z]) ?", r"\1", " ".join(path.split())).replace(" -", "-")


@functools.lru_cache(maxsize=1024)
def _glyph(path):
    """Return the outline of a letter in steps from point to point, on a grid of 1/1600 of its height.

    Matplotlib gives absolute points on a grid four times as fine, finer than the font's own, and in twice the bytes.
    """
    at, steps = (0, 0), []
    for command, text in re.findall(r"([MLQz])([^MLQz]*)", path):
        lengths = [round(int(length) / 4) for length in text.split()]
        points = list(zip(lengths[::2], lengths[1::2], strict=True))
        steps.append(command.lower() + " ".join(f"{x - at[0]} {y - at[1]}" for x, y in points))
        if command == "M":
            begun = points[0]
        at = points[-1] if points else begun
    return "".join(steps)


def _without_idle_groups(made):
    """Leave out groups that hold nothing, and the tags of those that say nothing."""
    lines, open_groups = [], []
    for line in made.splitlines():
        if line == "<g>":
            open_groups.append(False)
        elif line.startswith("<g ") and not line.endswith("/>"):
            open_groups.append(True)
            lines.append(line)
        elif line == "</g>":
            if open_groups.pop():
                lines.append(line)
        elif line != "<g/>":
            lines.append(line)
    text = "\n".join(lines) + "\n"
    while (less := re.sub(r"<(g|defs)(?: [^>]*)?(?:/>|>\n</\1>)\n", "", text)) != text:
        text = less
    return text


def _short(attribute):
    """Round the lengths of one attribute, but not the scale of a glyph."""
    lengths, *scale = attribute[0].partition(" scale(")
    return re.sub(
        r"-?\d+\.\d+", lambda number: f"{round(round(float(number[0]), 5), 2) + 0:.2f}".rstrip("0").rstrip("."), lengths
    ) + "".join(scale)


def table(frame, caption, *, cite=None, number=()):
    """Publish a table: display ``frame`` as Markdown under ``caption``, and return nothing.

    ``cite`` names a column of source_ids (several in one cell separated by spaces); it is shown last, as citations.
    ``number`` names columns whose cells are keys of numbers stated before in the same chapter; each is shown as its
    number, which leads to its rows. Every other cell is shown as text, whatever it holds. Numbers must come rounded;
    missing values stay empty. A column that shows nothing but numbers is set flush right.
    """
    columns = [column for column in frame.columns if column != cite]
    cells = {
        column: [
            numbers.link(cell) if column in number and pd.notna(cell) else literal(cell)
            for cell in frame[column].tolist()
        ]
        for column in columns
    }
    right = [column for column in columns if _numeric(cells[column])]
    lines = [[literal(column) for column in columns], ["--:" if column in right else ":--" for column in columns]]
    lines += [list(line) for line in zip(*cells.values(), strict=True)]
    if cite:
        cites = [
            f"{{cite:t}}`{','.join(sorted(set(str(cell).split())))}`" if pd.notna(cell) and str(cell).strip() else ""
            for cell in frame[cite]
        ]
        for line, cell in zip(lines, ["Source", ":--", *cites], strict=True):
            line.append(cell)
    said = literal(caption).replace("\\`", "&#96;")  # a mark of code would end the line that opens the table
    rows = "\n".join("| " + " | ".join(line) + " |" for line in lines)
    display({"text/markdown": f"```{{table}} {said}\n{rows}\n```", "text/plain": f"Table: {caption}"}, raw=True)


def _numeric(cells):
    """Return whether the cells that say anything are numbers, maybe with a sign, commas, a percent sign."""
    shown = [re.sub(r"\\|^\[|\]\(.*", "", cell) for cell in cells if cell]
    return bool(shown) and all(re.fullmatch(r"[-+−]?[\d,]*\.?\d+%?", cell) for cell in shown)


def literal(value):
    """Escape a value so that Markdown shows it as it stands."""
    text = "" if pd.api.types.is_scalar(value) and pd.isna(value) else " ".join(str(value).split())
    text = re.sub(r"([\\`*_{}\[\]<>$|~^#&@=:])", r"\\\1", text)
    return re.sub(r"^(?=%)|^(\d*)(?=[-+%.)](?:[\s+-]|$))", r"\1\\", text)  # no list, break, or comment at the beginning
