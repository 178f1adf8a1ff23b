"""``python -m benchmarks.slips``: slips that an editor makes in a row, one at a time, and how many the check refuses.

Each kind is tried in every table that has such a cell, whether or not a rule knows of it; what passes is counted as well.
"""

import argparse
import collections
import datetime
import random
import re
import tempfile
from pathlib import Path

from benchmarks.mutate import across, in_turn, mutated, table_rows
from hanoi import evidence
from hanoi.evidence.checking import check

DATE = re.compile(r"\d{4}-\d\d-\d\d")
NUMBER = re.compile(r"-?\d+(\.\d+)?")


def twin(table, rows, key):
    """A row is entered twice, the second time under a new key."""
    field = evidence.key(table)[0]
    return {f"{key}#2": rows[key] | {field: f"{rows[key][field]}-2"}}


def taken_out(table, rows, key):
    """A row is deleted."""
    return {key: None}


def swapped(table, rows, key):
    """Two neighbours change places in all but their keys, as in a list that was sorted in one column alone."""
    keys = list(rows)
    other = keys[(keys.index(key) + 1) % len(keys)]
    own = evidence.key(table)
    kept = [{field: rows[one][field] for field in own} for one in (key, other)]
    return {key: rows[other] | kept[0], other: rows[key] | kept[1]}


def _cell(change, fits):
    """Return a slip in one filled cell outside the key: one for which ``fits(field, value)`` becomes ``change``."""

    def slip(table, rows, key):
        fields = [
            field
            for field, value in rows[key].items()
            if value and field not in evidence.key(table) and fits(field, value)
        ]
        if not fields:
            return None
        field = random.choice(fields)
        new = change(rows[key][field], [row[field] for row in rows.values()])
        return None if new in (None, rows[key][field]) else {key: rows[key] | {field: new}}

    return slip


def _moved(days):
    return lambda value, _: str(datetime.date.fromisoformat(value) + datetime.timedelta(days))


def _across(value, _):
    return across(value)


def _others(value, column):
    return random.choice(sorted(set(column) - {value, ""}) or [None])


def _is(pattern):
    return lambda _, value: pattern.fullmatch(value)


def _named(*endings):
    return lambda field, _: field.endswith(endings)


def _short(field, value):
    return not NUMBER.fullmatch(value) and not DATE.fullmatch(value) and len(value) < 30 and not field.endswith("_id")


KINDS = {
    "a row twice, under a new key": twin,
    "a row deleted": taken_out,
    "two neighbours change places, not their keys": swapped,
    "a date one day off": _cell(_moved(1), _is(DATE)),
    "a date across the summit": _cell(_across, _is(DATE)),
    "a date in a form of its own": _cell(lambda value, _: "/".join(reversed(value.split("-"))), _is(DATE)),
    "two digits change places": _cell(
        lambda value, _: re.sub(r"(\d)(\d)(?=\D|$)", r"\2\1", value, count=1), _is(NUMBER)
    ),
    "a decimal comma": _cell(
        lambda value, _: value.replace(".", ","), lambda _, value: re.fullmatch(r"\d+\.\d+", value)
    ),
    "ten times the number": _cell(lambda value, _: f"{float(value) * 10:g}", _is(NUMBER)),
    "the other sign": _cell(lambda value, _: f"{-float(value):g}", _is(NUMBER)),
    "another row's source or reference": _cell(_others, _named("_id")),
    "another word of the column": _cell(_others, _short),
    "a word misspelt": _cell(lambda value, _: value[:-2] + value[-1] + value[-2], _short),
    "the name of another row": _cell(_others, _named("name", "facility", "pollster", "place")),
    "a filled cell emptied": _cell(lambda *_: "", lambda *_: True),
}


def main():
    """Try ``--count`` slips of each kind and print how many the check refuses, kind by kind."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--count", type=int, default=9, help="slips of a kind")
    parser.add_argument("--seed", type=int, default=2019)
    chosen = parser.parse_args()
    random.seed(chosen.seed)
    tables = {name: table_rows(name) for name in sorted(set(evidence.TABLES) - {"corrections", "renamed"})}
    sums = collections.Counter()
    for kind, slip in KINDS.items():
        samples = (
            [(table, key) for key in random.sample(list(rows), min(chosen.count, len(rows)))]
            for table, rows in tables.items()
        )
        tried = 0
        for table, key in in_turn(samples):
            changes = slip(table, tables[table], key)
            if not changes:
                continue
            if tried == chosen.count:
                break
            with tempfile.TemporaryDirectory() as folder:
                mutated(data := Path(folder, "data"), table, changes)
                problems = check(data)
            tried += 1
            sums[kind, bool(problems)] += 1
            print(f"{kind}: {table} {key}: {problems[0] if problems else 'passes'}", flush=True)
    print()
    for kind in KINDS:
        print(f"{kind}: {sums[kind, True]} of {sums[kind, True] + sums[kind, False]} refused")
    refused = sum(count for (_, is_refused), count in sums.items() if is_refused)
    print(f"all: {refused} of {sum(sums.values())} refused")


if __name__ == "__main__":
    main()
