"""The page on which the reader chooses how experts are counted, and sees the share of small steps move."""

import io

import pandas as pd

from hanoi import evidence, positions
from hanoi.pages import made

NAME, TITLE = "specifications", "Choose the counting rule"
#: The figure whose record holds every way of counting.
CHAPTER, FIGURE = "methods-experts", "experts-specifications"
#: Choice → its question. The options and their order are those of :data:`hanoi.positions.CHOICES`.
QUESTIONS = {
    "definition": "What are small steps?",
    "who": "Who counts?",
    "rule": "Which coding pass speaks?",
    "confidence": "How sure must it be?",
    "weight": "How are people weighed?",
    "since": "Which statements count?",
}
WIDTH = 2  # points of share in a bar of the picture


def page(figures):
    """Return the page as Sphinx wants it, from the record of the specification curve in ``figures`` (chapter → name → figure)."""
    figure = figures[CHAPTER][FIGURE]
    ways = pd.read_csv(io.StringIO(figure["csv"]), dtype=str)
    first = ways.iloc[0]  # the first option of each choice is the one that the book uses
    codebook = evidence.read("codebook")
    scale = codebook[codebook["variable"].eq("sequencing") & codebook["value"].ne("NA")]
    body = made.fill(
        NAME,
        title=TITLE,
        figure=figure,
        chapter=CHAPTER,
        choices=[(name, question, list(positions.CHOICES[name])) for name, question in QUESTIONS.items()],
        ways=ways.to_dict("records"),
        first=first,
        bars=_bars(ways["small"].astype(float)),
        width=WIDTH,
        scale=scale.to_dict("records"),
    )
    return made.page(f"book/explore/{NAME}", TITLE, body)


def _bars(shares):
    """Return (lower end in percent, height from 0 to 100) of each bar of the histogram of ``shares`` (percent)."""
    counts = (shares // WIDTH * WIDTH).clip(upper=100 - WIDTH).value_counts().sort_index(kind="stable")
    return [(int(low), round(100 * count / counts.max(), 1)) for low, count in counts.items()]
