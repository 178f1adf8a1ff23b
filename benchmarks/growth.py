"""``make bench-growth``: what the check of the tables costs on 10 and 100 times the rows.

Copies of the rows of ``data/`` under other keys, their links consistent, make tables of the same schema below
``_build/growth``; the check must pass on them. Writes ``benchmarks/results/growth.json``: processor time (the check is one
process, and a busy machine changes it least) as multiples of the time at one, since seconds are those of one machine; peak
memory; and the exponents with which both grow. Names such as publishers and trackers stay as many as they are.
"""

import argparse
import csv
import json
import os
import random
import shutil
import subprocess
import sys
from importlib.metadata import version

import numpy as np

from benchmarks import clones
from hanoi.build.place import BUILD, ROOT
from hanoi.evidence import PACKAGE
from hanoi.evidence.files import foreign_keys, listed

TIMES = (1, 10, 100)
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


def checked(data):
    """Check tables in a process of its own; return its processor seconds and peak memory in MB.

    Raises SystemExit with what the check found.
    """
    with (data.parent / f"{data.name}.txt").open("w+", encoding="utf-8") as said:
        process = subprocess.Popen([sys.executable, "-m", "hanoi.evidence", data], cwd=ROOT, stdout=said)
        _, status, used = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
        if process.returncode:
            said.seek(0)
            raise SystemExit(f"{data.name}: the check ended with {process.returncode}: {said.read()[:3000]}")
    return {"cpu": used.ru_utime + used.ru_stime, "memory": used.ru_maxrss / 1024}


def exponent(rows, values):
    """Return the slope of ``values`` over ``rows``, both as logarithms: 1 is linear."""
    return round(float(np.polyfit(np.log(rows), np.log(values), 1)[0]), 2)


def main():
    """Measure, write the result, and say whether the largest stays within its memory."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--times", type=int, nargs="+", default=TIMES)
    parser.add_argument("--runs", type=int, default=3, help="runs of each but the largest, which runs once")
    chosen, sizes, found = parser.parse_args(), [], []
    commit = clones.commit_of()[:12]
    for times in sorted(chosen.times):
        data = BUILD / "growth" / f"data-{times}"
        sizes.append(grow(ROOT / "data", data, times))
        runs = [checked(data) for _ in range(1 if times == max(chosen.times) else chosen.runs)]
        found.append({kind: min(run[kind] for run in runs) for kind in runs[0]})
        print(f"{times} times: {sizes[-1]} rows, {found[-1]['memory']:.0f} MB", flush=True)
        shutil.rmtree(data)
    kinds = ("cpu", "memory")
    record = {
        "what": "the check of the tables on copies of them; times are multiples of the first, memory is in MB",
        "commit": commit,
        "seed": SEED,
        "rows": sizes,
        "cpu": [round(one["cpu"] / found[0]["cpu"], 1) for one in found],
        "memory": [round(one["memory"]) for one in found],
        "exponent": {kind: exponent(sizes, [one[kind] for one in found]) for kind in kinds},
        "exponent_last": {kind: exponent(sizes[-2:], [one[kind] for one in found[-2:]]) for kind in kinds},
        "machine": clones.machine(),
        "versions": {name: version(name) for name in ("frictionless", "pandas", "numpy")}
        | {"python": sys.version.split()[0]},
    }
    target = ROOT / "benchmarks" / "results" / "growth.json"
    target.parent.mkdir(exist_ok=True)
    target.write_text(json.dumps(record, indent=1) + "\n", encoding="utf-8")
    for kind in kinds:
        print(f"{kind}: exponent {record['exponent'][kind]}, in the last step {record['exponent_last'][kind]}")
    if found[-1]["memory"] > MOST_MEMORY:
        raise SystemExit(f"the largest took {found[-1]['memory']:.0f} MB, more than {MOST_MEMORY}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
