"""How every figure of the book looks: type, the two widths, and the canvas on which it is drawn.

All sizes are in inches, all text in points. The wide drawing is 672 pixels on screen, the narrow one 342, a phone held
upright; each is drawn for its width, so that text is never smaller than eleven pixels.
"""

import bisect
import functools
import io
from collections.abc import Callable
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path
from types import SimpleNamespace

import matplotlib as mpl
from matplotlib import font_manager, ft2font
from matplotlib.figure import Figure
from matplotlib.ft2font import LoadFlags

from hanoi.charts.palette import GREY, GRID, INK, MUTED, SERIES

#: With the colours of SERIES change line style and marker, so that none of them carries a difference alone.
LINES = ("-", "--", "-.", ":", (0, (6, 1, 1, 1, 1, 1)))
MARKERS = ("o", "s", "^", "D", "v")

FAMILY = "Source Sans Pro"
for _face in ("Regular", "It", "Bold", "Semibold"):
    font_manager.fontManager.addfont(str(files("font_source_sans_pro") / "files" / f"SourceSansPro-{_face}.ttf"))


def _in_memory(path, *args, **options):
    """Return a font whose file is in memory.

    Of a font on disk Matplotlib reads the outline of every letter, whenever it is measured or drawn, through a small
    buffer: a text takes three times as long.
    """
    return ft2font.FT2Font(io.BytesIO(Path(path).read_bytes()), *args, **options)


# once the faces are listed, since the list takes from a font the path of its file
font_manager.ft2font = SimpleNamespace(**vars(ft2font) | {"FT2Font": _in_memory})

mpl.rcParams.update(
    {
        "font.family": FAMILY,
        "font.size": 10.5,
        "text.color": INK,
        "axes.labelcolor": INK,
        "axes.edgecolor": GREY,
        "axes.linewidth": 0.8,
        "axes.spines.top": False,
        "axes.spines.right": False,
        "axes.titlesize": 11,
        "axes.titleweight": "semibold",
        "axes.titlelocation": "left",
        "axes.labelsize": 10.5,
        "axes.prop_cycle": mpl.cycler(color=SERIES, linestyle=LINES, marker=MARKERS),
        "axes.axisbelow": True,
        "axes.grid": True,
        "axes.grid.axis": "both",
        "grid.color": GRID,
        "grid.linewidth": 0.7,
        "grid.linestyle": "-",
        "xtick.color": MUTED,
        "ytick.color": MUTED,
        "xtick.labelsize": 10,
        "ytick.labelsize": 10,
        "xtick.major.size": 0,
        "ytick.major.size": 0,
        "xtick.minor.size": 0,
        "ytick.minor.size": 0,
        "lines.linewidth": 1.8,
        "lines.markersize": 5,
        "legend.frameon": False,
        "legend.fontsize": 10,
        "figure.facecolor": "none",
        "axes.facecolor": "none",
        "savefig.facecolor": "none",
        "svg.fonttype": "path",
        "axes.unicode_minus": True,
        "axes.formatter.useoffset": False,
    }
)


@dataclass(frozen=True)
class Size:
    """One width at which a chart is drawn: its name, its width in inches, and its text in points."""

    name: str
    width: float
    text: float
    small: float  #: text of ticks and notes

    @property
    def narrow(self):
        """Whether labels go above their rows and notes are left out."""
        return self.name != "wide"


WIDE = Size("wide", 7.0, 10.5, 9.5)
NARROW = Size("narrow", 342 / 96, 9.5, 8.6)
SMALL = Size("small", 216 / 96, 9.0, 8.4)  # beside a sentence of the front page


@dataclass(frozen=True)
class Chart:
    """A drawing that can be made at each :class:`Size`.

    ``draw(fig, size)`` draws on an empty figure of that width; ``height`` is that of the drawing area in inches, a
    number or a function of the size.
    """

    draw: Callable
    height: float | Callable

    def figure(self, size=WIDE):
        """Return the chart drawn at ``size``, as a Matplotlib figure that belongs to no backend."""
        height = self.height(size) if callable(self.height) else self.height
        text = {
            "font.size": size.text,
            "axes.labelsize": size.text,
            "axes.titlesize": size.text + 0.5,
            "xtick.labelsize": size.small,
            "ytick.labelsize": size.small,
            "legend.fontsize": size.small,
        }
        with mpl.rc_context(text):
            fig = Figure(figsize=(size.width, height), layout="constrained")
            self.draw(fig, size)
        return fig


def canvas(height, nrows=1, ncols=1, *, size=WIDE, **kwargs):
    """Return ``(figure, axes)`` of the book's width with a drawing area ``height`` inches high.

    Further arguments go to :meth:`matplotlib.figure.Figure.subplots` (``sharex``, ``width_ratios`` …).
    The figure belongs to no backend: nothing is displayed until :func:`hanoi.charts.show`.
    """
    fig = Figure(figsize=(size.width, height), layout="constrained")
    return fig, fig.subplots(nrows, ncols, **kwargs)


@functools.lru_cache(maxsize=4096, typed=True)  # a form asks for the same labels more than once
def measured(text, points, weight="normal"):
    """Return the width of one line of ``text`` in inches at ``points``, measured in the font itself."""
    font = font_manager.get_font(font_manager.findfont(font_manager.FontProperties(family=FAMILY, weight=weight)))
    font.set_size(points, 72)
    font.set_text(str(text), flags=LoadFlags.NO_HINTING)  # hinted widths come out too narrow
    return font.get_width_height()[0] / 64 / 72


def wrapped(text, width, points, weight="normal"):
    """Return ``text`` broken into lines no wider than ``width`` inches at ``points``, measured in the font itself."""
    words, lines = str(text).split(), []
    while words:
        # what is longer by a word is wider, so that the last number of words that fits is found by halving
        fits = bisect.bisect_right(
            range(2, len(words) + 1), width, key=lambda number: measured(" ".join(words[:number]), points, weight)
        )
        lines.append(" ".join(words[: 1 + fits]))
        words = words[1 + fits :]
    return "\n".join(lines)
