"""The evidence: the tables of ``data/``, typed and validated. The only place in the project that opens them.

``data/datapackage.json`` (a Frictionless Data Package) says what each table, field and code means; this module
reads by it and checks by it, together with rules across columns and tables which that format cannot express.
"""

import calendar
import csv
import functools
import json
import os
import re
from datetime import date
from pathlib import Path

import pandas as pd

DATA = Path(os.environ.get("HANOI_DATA") or Path(__file__).resolve().parent.parent / "data")
PACKAGE = "datapackage.json"
EDTF = "http://id.loc.gov/datatypes/edtf/EDTF-level0"  # marks a field whose date may stop at the month or the year
_reads = set()


class EvidenceError(Exception):
    """A file of ``data/`` is missing or does not fit its description; the text names file, row, column and value."""


def __getattr__(name):
    if name == "TABLES":  # read when asked for, so that a broken package is reported and not a failed import
        return tuple(_schemas())
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def read(table):
    """Return one table as a DataFrame: the rows in file order, each field in the type that the package states.

    Texts are ``str`` with NA where the file is empty (unknown), integers ``Int64``, numbers ``float64``, truth values
    ``boolean``. A date keeps its column as stated (``2019-03``, ``2019-02-28``, or an interval ``a/b``) and gains
    ``<field>_first`` and ``<field>_last``: the first and the last day that the statement allows.
    Raises KeyError for an unknown table and EvidenceError for a file that does not fit.
    """
    if table not in _schemas():
        raise KeyError(f"no table {table!r}; the tables are {', '.join(_schemas())}")
    _reads.add(table)
    return _table(table).copy()


def read_geo(name):
    """Return ``data/geo/<name>.geojson`` as parsed JSON (a dict). Raises EvidenceError where it cannot be read."""
    _reads.add(f"geo/{name}")
    path = DATA / "geo" / f"{name}.geojson"
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise EvidenceError(f"data/geo/{name}.geojson: {error}") from None


def reads():
    """Return the names of the tables read in this process so far; an outline of the map counts as ``geo/<name>``."""
    return set(_reads)


def key(table):
    """Return the names of the fields that together name one row of ``table``."""
    return _listed(_schema(table)["primaryKey"])


def sources_of(table, frame):
    """Return the sorted, unique source_ids on which these rows rest.

    ``frame`` holds rows of ``table`` (any of its columns, the key at least). The sources are those that the rows
    state; for a table that states none, those of the rows to which they refer (a coding rests on the source of its
    statement), or of the rows that refer to them (a claim rests on its rows in claim_sources). The codebook is the
    project's own and rests on none.
    """
    rows = _matching(read(table), key(table), frame, key(table))
    if table == "sources":
        return sorted(rows["source_id"])
    stated = [field for fields, parent, _ in _references(table) if parent == "sources" for field in fields]
    if stated:
        return sorted({source for field in stated for source in rows[field].dropna()})
    found = set()
    for fields, parent, there in _references(table):
        found.update(sources_of(parent, _matching(read(parent), there, rows, fields)))
    if not found:
        for child in _schemas():
            links = _references(child)
            for fields, parent, there in links:
                if parent == table and any(other == "sources" for _, other, _ in links):
                    found.update(sources_of(child, _matching(read(child), fields, rows, there)))
    return sorted(found)


def span(stated):
    """Return the first and the last day that a stated date allows, as ``datetime.date``.

    ``2019-03`` allows all of March; an interval ``a/b`` allows from the first day of a to the last day of b.
    Raises ValueError for a date that the calendar does not have or that is written in another way.
    """
    begin, _, end = stated.partition("/")
    ends = []
    for part, last in ((begin, False), (end or begin, True)):
        if not re.fullmatch(r"\d{4}(-\d\d){0,2}", part) or stated.endswith("/"):
            raise ValueError(f"{stated!r} is not YYYY, YYYY-MM, YYYY-MM-DD or two of them joined by /")
        year, month, day = (list(map(int, part.split("-"))) + [None, None])[:3]
        month = month or (12 if last else 1)
        try:
            ends.append(date(year, month, day or (calendar.monthrange(year, month)[1] if last else 1)))
        except ValueError:
            raise ValueError(f"{stated!r} is not a date of the calendar") from None
    return tuple(ends)


@functools.cache
def _schemas():
    """Return table name → Table Schema, in the order of the package."""
    try:
        package = json.loads((DATA / PACKAGE).read_text(encoding="utf-8"))
        return {table["name"]: table["schema"] for table in package["resources"] if table.get("type") == "table"}
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise EvidenceError(f"data/{PACKAGE}: {error}") from None


def _schema(table):
    if table not in _schemas():
        raise KeyError(f"no table {table!r}; the tables are {', '.join(_schemas())}")
    return _schemas()[table]


def _listed(names):
    return (names,) if isinstance(names, str) else tuple(names)


def _references(table):
    """Return the foreign keys of ``table`` as (its fields, the other table, the fields there)."""
    return [(_listed(key["fields"]), key["reference"]["resource"], _listed(key["reference"]["fields"]))
            for key in _schema(table).get("foreignKeys", ())]


def _matching(table, there, frame, fields):
    """Return the rows of ``table`` whose ``there`` equals ``fields`` in some row of ``frame``."""
    wanted = set(frame[list(fields)].itertuples(index=False, name=None))
    return table[[row in wanted for row in table[list(there)].itertuples(index=False, name=None)]]


@functools.cache
def _table(table):
    path, fields = DATA / f"{table}.csv", _schema(table)["fields"]
    names = [field["name"] for field in fields]
    try:
        with open(path, encoding="utf-8", newline="") as file:
            header, *rows = csv.reader(file, strict=True)
        if header != names or any(len(row) != len(names) for row in rows):
            raise ValueError("the columns are not those of the package")
        raw = pd.DataFrame(rows, columns=names, dtype="str")
        columns = {}
        for field in fields:
            name, text = field["name"], raw[field["name"]].where(lambda text: text != "")
            columns[name] = _typed(text, field)
            if field.get("rdfType") == EDTF:
                spans = text.map(span, na_action="ignore")
                for place, end in enumerate(("first", "last")):
                    days = spans.map(lambda days, place=place: days[place].isoformat(), na_action="ignore")
                    columns[f"{name}_{end}"] = pd.to_datetime(days, format="%Y-%m-%d")
        return pd.DataFrame(columns)
    except (OSError, ValueError, csv.Error) as error:
        raise EvidenceError(f"data/{table}.csv: {error}") from None


def _typed(text, field):
    if field["type"] == "boolean":
        codes = {code: truth for truth, name in ((True, "trueValues"), (False, "falseValues"))
                 for code in field.get(name, [str(truth).lower()])}
        if unknown := set(text.dropna()) - set(codes):
            raise ValueError(f"column {field['name']}: {sorted(unknown)} is neither true nor false")
        return text.map(codes, na_action="ignore").astype("boolean")
    if field["type"] in ("integer", "number"):
        return pd.to_numeric(text).astype("Int64" if field["type"] == "integer" else "float64")
    return text
