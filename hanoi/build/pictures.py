"""PNG of the figures: painted once for each drawing, and kept by its content."""

import hashlib
import io
import os
from concurrent.futures import ProcessPoolExecutor
from functools import cache
from importlib.metadata import version
from multiprocessing import get_context
from pathlib import Path

from hanoi.build.guard import write
from hanoi.build.place import BUILD

#: Where pictures wait from the run of a notebook to the pages. Only the workflow takes them from there.
KEPT = BUILD / "pictures"


def painted(drawing):
    """Return an SVG (text) as PNG of 144 dots an inch on white paper, in a palette of its 256 main colours: half the bytes."""
    import resvg_py  # only here: whoever finds a picture kept has no use for them
    from PIL import Image

    full = resvg_py.svg_to_bytes(svg_string=drawing, dpi=144, background="white", skip_system_fonts=True)
    image = Image.open(io.BytesIO(bytes(full))).convert("RGB")
    # by median cut the colours of whole areas stay what they are; the other ways mix them with what lies near
    image = image.quantize(256, method=Image.Quantize.MEDIANCUT, dither=Image.Dither.NONE)
    image.save(made := io.BytesIO(), "PNG")
    return made.getvalue()


def keep(drawings):
    """Paint each of ``drawings`` (SVG texts) that is not there yet into :data:`KEPT`."""
    KEPT.mkdir(parents=True, exist_ok=True)
    for drawing in drawings:
        if not (path := KEPT / name(drawing)).exists():
            write(path, painted(drawing))


def paint(drawings, kept=None):
    """Return drawing → PNG for the SVG texts ``drawings``: from the folder ``kept``, or painted on all cores.

    What the folder holds beside them goes.
    """
    drawings = list(dict.fromkeys(drawings))
    there = {path.name: path for path in Path(kept).glob("*.png")} if kept else {}
    found = {drawing: there.pop(name(drawing)).read_bytes() for drawing in drawings if name(drawing) in there}
    missing = [drawing for drawing in drawings if drawing not in found]
    for path in there.values():
        path.unlink(missing_ok=True)
    if missing:
        with ProcessPoolExecutor(min(os.cpu_count() or 1, len(missing)), get_context("spawn")) as pool:
            found |= zip(missing, pool.map(painted, missing, chunksize=4), strict=True)
    return found


def name(drawing):
    """Return the file name of a picture: a digest of the drawing and of what paints it."""
    return f"{hashlib.sha256(f'{_painters()}{drawing}'.encode()).hexdigest()}.png"


@cache
def _painters():
    return f"{version('resvg-py')} {version('pillow')} {hashlib.sha256(Path(__file__).read_bytes()).hexdigest()}\n"
