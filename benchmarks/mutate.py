"""``python -m benchmarks.mutate``: change one cell of the evidence at a time, and see who notices.

A change is sized to matter: ten points, twice the number, a date across the summit, another code. Each is counted by what
it moves first: it is refused by the check; it turns a word of a sentence; it moves a printed value, a drawn value, or only
a download; or it moves nothing. Cells behind the six findings are tried by name, others by chance.
"""

import argparse
import collections
import csv
import datetime
import itertools
import json
import os
import random
import re
import shutil
import tempfile
from pathlib import Path

import nbformat

from hanoi import charts, evidence, numbers
from hanoi.build import inputs, outputs, run
from hanoi.build.forks import serve
from hanoi.build.place import ROOT
from hanoi.evidence.checking import check

SUMMIT = "2019-02-28"
#: Finding → the column of its table that it rests on.
HEADLINES = {
    "why-it-failed:deal-open": ("offers", "position"),
    "american-opinion:good-idea": ("poll_results", "percent"),
    "korean-opinion:placebo-share": ("poll_results", "percent"),
    "expert-positions:small-steps": ("codings", "value"),
    "site-activity:before-of": ("observations", "onset_latest"),
    "talks-and-activity:family-found": ("events", "direction"),
}
WAYS = ("refused by the check", "a sentence", "a printed value", "a drawn value", "only a download", "nothing")
SHOWN = WAYS[1:4]


def across(day):
    """Return a day a year from ``day`` (both "2019-02-28"), in the direction that leads over the summit."""
    return str(datetime.date.fromisoformat(day) + datetime.timedelta(days=365 if day <= SUMMIT else -365))


def in_turn(lists):
    """Yield the first of each list, then the second of each; a run that is stopped has tried all of them."""
    for turn in itertools.zip_longest(*lists):
        yield from filter(None, turn)


def changed(value, column, others):
    """Return a value of another size, date or code, or None where a column holds only words of its own."""
    if re.fullmatch(r"-?\d+(\.\d+)?", value):
        if column.startswith("percent"):
            return f"{float(value) + (10 if float(value) <= 50 else -10):g}"
        return f"{2 * float(value) or 1:g}"
    if re.fullmatch(r"\d{4}-\d\d-\d\d", value):
        return across(value)
    codes = sorted(set(others) - {value, ""})
    return random.choice(codes) if value and 1 <= len(codes) <= 12 else None


def cells(book, count, chance):
    """Yield (what for, table, key, column, new value): ``count`` cells behind each finding, then others by ``chance``."""
    stated, sets = outputs.stated(book), _row_sets(book)
    findings = []
    for name, (table, column) in HEADLINES.items():
        part = next(part for part in stated[name]["rows"] if part["table"] == table)
        rows, held = table_rows(table), sets[part["rows"]]["keys"]
        behind = [key for key in (rows if held is None else held) if rows[key][column]]
        if table == "codings":
            behind = [key for key in behind if key.split("|")[2] == "sequencing" and rows[key][column] in "12345"]
        findings.append([])
        for key in random.sample(sorted(behind), min(count, len(behind))):
            kin = [row[column] for row in rows.values() if row.get("variable") == rows[key].get("variable")]
            if (new := changed(rows[key][column], column, kin)) is not None:
                findings[-1].append((name, table, key, column, new))
    yield from in_turn(findings)
    tables, left = sorted(set(evidence.TABLES) - {"sources", "corrections", "renamed"}), chance
    while left:
        rows = table_rows(table := random.choice(tables))
        column = random.choice([name for name in next(iter(rows.values())) if name not in evidence.key(table)])
        key = random.choice(sorted(rows))
        if (new := changed(rows[key][column], column, {row[column] for row in rows.values()})) is not None:
            left -= 1
            yield "by chance", table, key, column, new


def falsified(book, linked, count):
    """Yield (key of a word in a sentence, the word, table, column, changes): the highest and the lowest share change places.

    ``changes`` is a dict row key → new percentage. Of a sentence that compares shares that turns most of what it can say.
    """
    stated, sets = outputs.stated(book), _row_sets(book)
    table, column = "poll_results", "percent"
    rows, found = table_rows(table), []
    for key in sorted(linked & set(stated)):
        parts = [part for part in stated[key]["rows"] if part["table"] == table]
        if re.search(r"\d", stated[key]["text"]) or not parts or sets[parts[0]["rows"]]["keys"] is None:
            continue
        behind = sorted((float(rows[row][column]), row) for row in sets[parts[0]["rows"]]["keys"] if rows[row][column])
        if len(behind) > 1 and behind[0][0] != behind[-1][0]:
            (low, first), (high, last) = behind[0], behind[-1]
            found.append((key, stated[key]["text"], table, column, {first: f"{high:g}", last: f"{low:g}"}))
    yield from random.sample(found, min(count, len(found)))


def _row_sets(book):
    """Return the sets of rows that the numbers of the book rest on, by name."""
    return {
        rows["rows"]: rows
        for notebook in book.values()
        for cell in notebook.cells
        for record in numbers.records(cell.get("outputs", ()))
        for rows in record["rows"]
    }


def table_rows(table):
    """Return key → row of a table, as texts; a key of several fields is joined by a bar."""
    with (evidence.DATA / f"{table}.csv").open(encoding="utf-8", newline="") as file:
        return {"|".join(row[field] for field in evidence.key(table)): row for row in csv.DictReader(file)}


def with_cells(table, column, values):
    """Return key → row for the rows of a table that take ``values`` (key → text) in a column."""
    rows = table_rows(table)
    return {key: rows[key] | {column: value} for key, value in values.items()}


def mutated(folder, table, changes):
    """Write the tables into ``folder``, some rows of one changed: key → new row, or None for a row taken out."""
    shutil.copytree(evidence.DATA, folder)
    rows = {key: row for key, row in (table_rows(table) | changes).items() if row}
    with (folder / f"{table}.csv").open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, next(iter(rows.values())), lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows.values())


def way(folder, table, book, linked, chapter=None):
    """Return what the tables in ``folder`` move first, as one of :data:`WAYS`.

    The ``chapter`` of a finding runs first; where something that it shows moves, neither the check nor another chapter is
    asked.
    """
    readers = {name: notebook for name, notebook in book.items() if f"data/{table}.csv" in inputs(notebook)}
    found = {WAYS[-1]}
    if chapter in readers:
        found |= _run(folder, chapter, readers.pop(chapter), linked)
    if not found & set(SHOWN):
        if check(folder):
            return WAYS[0]
        for name, notebook in readers.items():
            found |= _run(folder, name, notebook, linked)
    return min(found, key=WAYS.index)


def _run(folder, name, notebook, linked):
    """Run a chapter on the tables in ``folder``; return which of :data:`WAYS` it differs in from ``notebook``."""
    target = folder.parent / f"{name}.ipynb"
    try:
        run.execute(ROOT / "book" / f"{name}.ipynb", target, env={"HANOI_DATA": str(folder)})
    except SystemExit as error:
        print(f"  {error}", flush=True)  # a chapter that stops is noticed, and a fault of the chapter
        return {WAYS[1]}
    return moved(name, notebook, nbformat.read(target, as_version=4), linked)


def moved(name, before, after, linked):
    """Return which of :data:`WAYS` two runs of one notebook differ in."""
    old, new = outputs.stated({name: before}), outputs.stated({name: after})
    keys = [
        key
        for key in old
        if key not in new or any(old[key][part] != new[key][part] for part in ("text", "interval_text"))
    ]
    found = {WAYS[2] if re.search(r"\d", old[key]["text"]) else WAYS[1] for key in keys if key in linked}
    for one, other in zip(before.cells, after.cells, strict=True):
        if one.get("outputs") != other.get("outputs"):
            drawn = any(
                charts.MIME in output.get("data", {}) or "text/markdown" in output.get("data", {})
                for output in one.outputs
            )
            found.add(WAYS[3] if drawn else WAYS[4])
    return found


def main():
    """Try the cells and print what each moved, and the sums."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--count", type=int, default=3, help="cells behind each finding")
    parser.add_argument("--chance", type=int, default=18, help="cells by chance")
    parser.add_argument("--sentences", type=int, default=20, help="words whose percentages change places")
    parser.add_argument("--seed", type=int, default=2019)
    chosen = parser.parse_args()
    random.seed(chosen.seed)
    book = {path.stem: nbformat.read(path, as_version=4) for path in sorted((ROOT / "book").glob("*.ipynb"))}
    texts = {
        name: [cell.source for cell in notebook.cells if cell.cell_type == "markdown"]
        for name, notebook in book.items()
    }
    texts |= {path.stem: [path.read_text(encoding="utf-8")] for path in sorted((ROOT / "book").glob("*.md"))}
    linked = {
        f"{page or name}:{key}"
        for name, some in texts.items()
        for text in some
        for _, page, key, _ in numbers.LINK.findall(text)
    }
    sums, columns = collections.defaultdict(collections.Counter), collections.defaultdict(collections.Counter)
    os.environ |= {"PYTHONHASHSEED": "0", "PYTHONPATH": str(ROOT)}  # as a run sets them
    with serve():
        for cause, table, key, column, new in cells(book, chosen.count, chosen.chance):
            with tempfile.TemporaryDirectory() as folder:
                mutated(data := Path(folder, "data"), table, with_cells(table, column, {key: new}))
                what = way(data, table, book, linked, cause.partition(":")[0])
            print(f"{cause}: {table} {key}, {column} → {new}: {what}", flush=True)
            sums[cause][what] += 1
            columns[f"{table}.{column}"][what] += 1
        kept = []
        for key, was, table, column, changes in falsified(book, linked, chosen.sentences):
            name = key.partition(":")[0]
            with tempfile.TemporaryDirectory() as folder:
                mutated(data := Path(folder, "data"), table, with_cells(table, column, changes))
                run.execute(
                    ROOT / "book" / f"{name}.ipynb", target := Path(folder, "run.ipynb"), env={"HANOI_DATA": str(data)}
                )
                now = outputs.stated({name: nbformat.read(target, as_version=4)}).get(key, {"text": "gone"})["text"]
            print(f"{key}, {changes}: {was} → {now}", flush=True)
            kept.append(was == now)
        print(f"\nSentences: the word turned in {kept.count(False)} of {len(kept)}; read the others")
    for title, counts in (("By finding", sums), ("By column", columns)):
        print(f"\n{title}")
        for name, found in counts.items():
            print(f"  {name}: {json.dumps({what: found[what] for what in WAYS if found[what]})}")


if __name__ == "__main__":
    main()
