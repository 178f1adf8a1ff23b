"""What the executed notebooks left: the numbers, the rows behind them, and the figures of one book."""

import csv
import functools
import re
from dataclasses import dataclass
from pathlib import Path

import nbformat
from sphinx.errors import ExtensionError

from hanoi import charts, evidence, numbers
from hanoi.build import ROOT, digest, inputs


@dataclass(frozen=True)
class Records:
    """What the executed notebooks of one book hold: numbers and rows by key, figures and the title by chapter."""

    numbers: dict
    rows: dict
    figures: dict
    titles: dict

    @classmethod
    def of(cls, notebooks):
        """Collect the records of ``notebooks`` (chapter name → notebook). Raises ExtensionError for a key used twice."""
        found = cls({}, {}, {}, {})
        for chapter, notebook in notebooks.items():
            text = "\n".join(cell.source for cell in notebook.cells if cell.cell_type == "markdown")
            found.titles[chapter] = next(iter(re.findall(r"^# (.+)", text, re.MULTILINE)), chapter)
            for output in (output for cell in notebook.cells for output in cell.get("outputs", ())):
                data = output.get("data", {})
                for number in data.get(numbers.MIME, {}).get("numbers", ()):
                    if (name := f"{chapter}:{number['key']}") in found.numbers:
                        raise ExtensionError(f"{chapter}: the number {number['key']!r} is stated twice")
                    found.numbers[name] = number
                for rows in data.get(numbers.MIME, {}).get("rows", ()):
                    found.rows[rows["rows"]] = whole(rows) if rows["keys"] is None else rows
                if figure := data.get(charts.MIME):
                    shown = found.figures.setdefault(chapter, {})
                    if figure["name"] in shown:
                        raise ExtensionError(f"{chapter}: the figure {figure['name']!r} is shown twice")
                    shown[figure["name"]] = figure | {"svg": data["image/svg+xml"]}
        return found

    @staticmethod
    def heirs(kind):
        """Return what answers for addresses of edition 0.1.0 that are gone: dicts of ``name`` (``chapter:key`` or ``chapter#id``) and ``new``."""
        with (Path(__file__).with_name("heirs.csv")).open(encoding="utf-8", newline="") as file:
            return [{"name": row["old"], "new": row["new"]} for row in csv.DictReader(file) if row["kind"] == kind]

    def sources(self, number):
        """Return the sorted source_ids on which a number rests."""
        return sorted({source for part in number["rows"] for source in self.rows[part["rows"]]["sources"]})


def whole(rows):
    """Return a set of rows that is all of its table, with the keys and sources written out."""
    keys, sources = _whole(rows["table"])
    return rows | {"keys": keys, "sources": sources}


def is_whole(rows):
    """Return whether a set of rows is all of its table."""
    return len(rows["keys"]) == len(table(rows["table"]))


@functools.cache
def _whole(name):
    return table(name).index.tolist(), evidence.sources_of(name, evidence.read(name))


@functools.cache
def table(name):
    """Return a table as its file states it, each row under its key as :mod:`hanoi.numbers` writes it."""
    rows, dictionary = evidence.read(name), evidence.fields()
    rows.index = ["|".join(map(str, key)) for key in rows[list(evidence.key(name))].itertuples(index=False)]
    return rows[dictionary.loc[dictionary["table"] == name, "field"].tolist()]


def stale(notebooks, root=ROOT):
    """Return one line for each notebook whose stored outputs are older than something that its run read."""
    lines = []
    for chapter, notebook in notebooks.items():
        read = inputs(notebook)
        changed = [
            path
            for path, was in read.items()
            if not path.endswith(".ipynb") and (not (root / path).exists() or digest(root / path) != was)
        ]
        if not read:
            changed = ["never run"]
        if changed:
            lines.append(f"book/{chapter}.ipynb: stored outputs are older than {', '.join(changed)}")
    return lines


def load(app):
    """Put the records of the notebooks below the source folder on ``app.hanoi``. Raises ExtensionError for stale outputs."""
    notebooks = {
        path.stem: nbformat.read(path, as_version=4) for path in sorted(Path(app.srcdir, "book").glob("*.ipynb"))
    }
    if lines := stale(notebooks):
        raise ExtensionError(
            "\n".join([*lines, "run `make book` to build from a fresh run, or `make store` to store one"])
        )
    app.hanoi = Records.of(notebooks)
