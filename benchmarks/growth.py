"""``make bench-growth``: what the check of the tables costs on 10 and 100 times the rows, and a book of 50 and 200 chapters.

Copies of the rows of ``data/`` under other keys, their links consistent, make tables of the same schema below
``_build/growth``; the check must pass on them. Writes ``benchmarks/results/growth.json``: processor time (the check is one
process, and a busy machine changes it least) as multiples of the time at one, since seconds are those of one machine; peak
memory; and the exponents with which both grow. Names such as publishers and trackers stay as many as they are.
The books have one chapter over and over, with a number, a figure and a table; runs, pages and nbval are measured apart.
"""

import argparse
import csv
import json
import os
import random
import shutil
import subprocess
import sys
import tempfile
from importlib.metadata import version

import numpy as np

from benchmarks import clones
from hanoi.build.place import BUILD, ROOT
from hanoi.evidence import PACKAGE
from hanoi.evidence.files import foreign_keys, listed
from tests import small

TIMES = (1, 10, 100)
CHAPTERS = (10, 50, 200)
SEED = 2019
MOST_MEMORY = 4096  # MB, for the largest

#: The vocabularies of the codings; more evidence needs no more of them.
CLOSED = ("codebook", "reason_codes", "source_grades")
#: Columns that hold keys though the package states no link: several are joined by a semicolon and a space.
NAMED = {
    "statements": ["co_authors"],
    "observations": ["report"],
    "corrections": ["row"],
    "renamed": ["old_key", "new_key"],
    "audit": ["row"],
}
#: Rows that hold no link differ in a text as well, since two rows that tell the same under two keys are refused.
TOLD = {"sources": ["title"], "experts": ["name"], "people": ["name"], "sites": ["name"], "claims": ["claim"]}


def grow(source, target, times, seed=SEED):
    """Write to the folder ``target`` the tables of ``source`` with ``times`` the rows; return how many rows they have.

    The first copy is the tables themselves; the others have their keys and links with a number before them, in a seeded
    order of rows. The patterns of keys in the package admit the number; nothing else of it changes.
    """
    shutil.rmtree(target, ignore_errors=True)
    shutil.copytree(source, target)
    descriptor = json.loads((source / PACKAGE).read_text(encoding="utf-8"))
    chance, count = random.Random(seed), 0
    for resource in descriptor["resources"]:
        if "schema" in resource:
            name, schema = resource["name"], resource["schema"]
            keys = set(NAMED.get(name, ())) | _keys(schema)
            for field in schema["fields"]:
                if field["name"] in keys and "pattern" in field.get("constraints", {}):
                    field["constraints"]["pattern"] = f"(n\\d+-)?({field['constraints']['pattern']})"
            with (source / resource["path"]).open(encoding="utf-8", newline="") as file:
                rows = list(csv.DictReader(file))
            with (target / resource["path"]).open("w", encoding="utf-8", newline="") as file:
                writer = csv.DictWriter(file, rows[0], lineterminator="\n")
                writer.writeheader()
                for number in range(1 if name in CLOSED else times):
                    writer.writerows(_copied(row, number, keys, TOLD.get(name, ())) for row in rows)
                    chance.shuffle(rows)
                    count += len(rows)
    (target / PACKAGE).write_text(json.dumps(descriptor, ensure_ascii=False, indent=2), encoding="utf-8")
    return count


def _keys(schema):
    """Return the columns of a table that hold a key of a table that grows."""
    own = listed(schema["primaryKey"])
    links = {field for fields, other, _ in foreign_keys(schema) if other not in CLOSED for field in fields}
    return links | (set(own) if len(own) == 1 else set())


def _copied(row, number, keys, told):
    """Return copy ``number`` of a row; copy 0 is the row itself."""
    if not number:
        return row
    named = {key: "; ".join(f"n{number}-{part}" for part in row[key].split("; ")) for key in keys if row[key]}
    return row | named | {column: f"{row[column]} ({number})".strip() for column in told}


#: The cells of a chapter of the long books.
CHAPTER = [
    ("markdown", "# Chapter @\n\nThe tables hold [](#polls) polls.\n\n## As a figure"),
    ("code", small.STATE),
    (
        "code",
        """# Draw the largest samples
from hanoi import charts
rows = polls.nlargest(12, "sample_size", keep="first")
rows = rows.assign(label=rows["pollster"] + ", " + rows["poll_id"], value=rows["margin_of_error"].fillna(2.0))
rows = rows.assign(low=rows["value"] - 1, high=rows["value"] + 1)[["label", "value", "low", "high"]]
charts.show(charts.estimates(rows), "margins", title="Margins", subtitle="Points", source="Tables", alt="Margins.", data=rows)
""",
    ),
    ("code", "# Show rows\ncharts.table(rows.head(5), 'Margins')"),
]


def spent(folder, *command):
    """Run a command in a project; return its processor seconds and the peak memory of its largest process in MB.

    Raises SystemExit with what it said where it fails.
    """
    with tempfile.TemporaryFile("w+", encoding="utf-8") as said:
        settings = os.environ | {"PYTHONPATH": str(folder)}
        process = subprocess.Popen(command, cwd=folder, stdout=said, stderr=said, env=settings)
        _, status, used = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
        if process.returncode:
            said.seek(0)
            raise SystemExit(f"{' '.join(map(str, command))} in {folder.name} failed: {said.read()[-3000:]}")
    return {"cpu": used.ru_utime + used.ru_stime, "memory": used.ru_maxrss / 1024}


def book(count):
    """Make a book of ``count`` chapters below ``_build/growth``; return stage → processor seconds and peak memory in MB."""
    folder = BUILD / "growth" / f"book-{count}"
    shutil.rmtree(folder, ignore_errors=True)
    chapters = {
        f"c{number:03}": [(kind, text.replace("@", str(number))) for kind, text in CHAPTER]
        for number in range(1, count + 1)
    }
    small.project(folder, chapters, "# A long book\n")
    notebooks = [f"book/{name}.ipynb" for name in chapters]
    stages = {
        "runs": [sys.executable, "-m", "hanoi.build", "store"],
        "pages": [sys.executable, "-m", "hanoi.build", "pages"],
        "nbval": [sys.executable, "-m", "pytest", "-q", "--nbval", "--nbval-current-env", *notebooks],
    }
    found = {stage: spent(folder, *command) for stage, command in stages.items()}
    shutil.rmtree(folder)
    return found


def exponent(rows, values):
    """Return the slope of ``values`` over ``rows``, both as logarithms: 1 is linear."""
    return round(float(np.polyfit(np.log(rows), np.log(values), 1)[0]), 2) + 0.0  # no minus zero


def tables(times, runs):
    """Return what the check costs on these multiples of the rows: multiples of the first, MB, and the exponents."""
    sizes, found = [], []
    for factor in times:
        data = BUILD / "growth" / f"data-{factor}"
        sizes.append(grow(ROOT / "data", data, factor))
        measured = [
            spent(ROOT, sys.executable, "-m", "hanoi.evidence", data)
            for _ in range(1 if factor == max(times) else runs)
        ]
        found.append({kind: min(run[kind] for run in measured) for kind in measured[0]})
        print(f"{factor} times: {sizes[-1]} rows, {found[-1]['memory']:.0f} MB", flush=True)
        shutil.rmtree(data)
    return {"seed": SEED, "rows": sizes} | growth(sizes, found)


def growth(sizes, found):
    """Return times as multiples of the first, memory in MB, and with which exponents both grow, in all and at last."""
    kinds = ("cpu", "memory")
    return {
        "cpu": [round(one["cpu"] / found[0]["cpu"], 1) for one in found],
        "memory": [round(one["memory"]) for one in found],
        "exponent": {kind: exponent(sizes, [one[kind] for one in found]) for kind in kinds},
        "exponent_last": {kind: exponent(sizes[-2:], [one[kind] for one in found[-2:]]) for kind in kinds},
    }


def long_books(counts):
    """Return what books of these many chapters cost, stage by stage, as :func:`growth` gives it."""
    found = []
    for count in counts:
        found.append(book(count))
        told = ", ".join(f"{stage} {used['memory']:.0f} MB" for stage, used in found[-1].items())
        print(f"{count} chapters: {told}", flush=True)
    return {"counts": counts, "stages": {stage: growth(counts, [one[stage] for one in found]) for stage in found[0]}}


def main():
    """Measure, write the result, and say whether the largest stays within its memory."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--parts", nargs="+", choices=("rows", "chapters"), default=("rows", "chapters"))
    parser.add_argument("--times", type=int, nargs="+", default=TIMES, help="multiples of the rows")
    parser.add_argument(
        "--runs", type=int, default=3, help="checks of each multiple but the largest, which is checked once"
    )
    parser.add_argument("--chapters", type=int, nargs="+", default=CHAPTERS, help="chapters of the long books")
    chosen = parser.parse_args()
    target = ROOT / "benchmarks" / "results" / "growth.json"
    record = json.loads(target.read_text(encoding="utf-8")) if target.exists() else {}
    made = {
        "commit": clones.commit_of()[:12],
        "machine": clones.machine(),
        "versions": {name: version(name) for name in ("frictionless", "jupyter-book", "nbval", "pandas", "numpy")}
        | {"python": sys.version.split()[0]},
    }
    record["what"] = "what grows with rows and with chapters; times are multiples of the first, memory is in MB"
    if "rows" in chosen.parts:
        record["rows"] = tables(sorted(chosen.times), chosen.runs) | made
    if "chapters" in chosen.parts:
        record["chapters"] = long_books(sorted(chosen.chapters)) | made
    target.parent.mkdir(exist_ok=True)
    target.write_text(json.dumps(record, indent=1) + "\n", encoding="utf-8")
    found = {"the check": record.get("rows"), **record.get("chapters", {}).get("stages", {})}
    for name, one in found.items():
        if one:
            print(f"{name}: exponents {one['exponent']}, in the last step {one['exponent_last']}")
    most = max(record.get("rows", {}).get("memory", [0]))
    if most > MOST_MEMORY:
        raise SystemExit(f"the largest took {most} MB, more than {MOST_MEMORY}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
