"""The order of the rows in a file means nothing: shuffled tables and another hash seed give the same records."""

import random

import nbformat
import pytest

from hanoi import evidence
from hanoi.build import ROOT, execute
from hanoi.pages.records import Records

STORED = {path.stem: path for path in sorted((ROOT / "book").glob("*.ipynb"))}


def shuffled(target, seed):
    """Copy the data package to ``target`` with the rows of every table in another order."""
    draws = random.Random(seed)
    for path in sorted(path for path in evidence.DATA.rglob("*") if path.is_file()):
        content = path.read_text(encoding="utf-8")
        if path.suffix == ".csv":
            header, *rows = content.splitlines(keepends=True)  # no cell holds a line break: a rule of the check
            draws.shuffle(rows)
            content = "".join([header, *rows])
        copy = target / path.relative_to(evidence.DATA)
        copy.parent.mkdir(parents=True, exist_ok=True)
        copy.write_text(content, encoding="utf-8", newline="")
    return target


def records(chapter, path):
    """Return the numbers, the sets of rows and the figures that one notebook holds, each under its name."""
    found = Records.of({chapter: nbformat.read(path, as_version=4)})
    return (
        found.numbers
        | {f"rows {name}": rows for name, rows in found.rows.items()}
        | {f"figure {name}": figure for name, figure in found.figures.get(chapter, {}).items()}
    )


def moved(chapter, folder, seed):
    """Return the names of the records that differ between the stored notebook and a run on shuffled tables."""
    data = shuffled(folder / "data", seed)
    execute(STORED[chapter], folder / "done.ipynb", env={"HANOI_DATA": str(data), "PYTHONHASHSEED": str(seed)})
    stored, fresh = records(chapter, STORED[chapter]), records(chapter, folder / "done.ipynb")
    assert stored
    return sorted(name for name in stored.keys() | fresh.keys() if stored.get(name) != fresh.get(name))


def test_shuffling_moves_rows_and_loses_none(tmp_path):
    data = shuffled(tmp_path / "data", 1)
    for table in evidence.TABLES:
        before, after = (
            (folder / f"{table}.csv").read_text(encoding="utf-8").splitlines() for folder in (evidence.DATA, data)
        )
        assert sorted(before) == sorted(after)
    assert before != after


def test_records_of_one_notebook(tmp_path):
    assert moved("methods-summit", tmp_path, 2) == []


@pytest.mark.hard
@pytest.mark.parametrize("chapter", STORED)
def test_records_of_every_notebook(chapter, tmp_path):
    assert moved(chapter, tmp_path, 3) == []
