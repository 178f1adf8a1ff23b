"""Tables in, typed by the package: the only place of the project that reads ``data/`` for the analysis."""

import calendar
import functools
import os
import re
from datetime import date
from pathlib import Path

import pandas as pd

from hanoi.evidence.files import EDTF, PACKAGE, EvidenceError, described, foreign_keys, listed, load, package, parsed

DATA = Path(os.environ.get("HANOI_DATA") or Path(__file__).resolve().parents[2] / "data")
_reads = set()


def read(table):
    """Return one table as a DataFrame: the rows in the order of their key, each field in the type that the package states.

    The order of the rows in the file means nothing: whatever follows from a table is the same when they are shuffled.

    Texts are ``str`` with NA where the file is empty (unknown), integers ``Int64``, numbers ``float64``, truth values
    ``boolean``. A date keeps its column as stated (``2019-03``, ``2019-02-28``, or an interval ``a/b``) and gains
    ``<field>_first`` and ``<field>_last``: the first and the last day that the statement allows.
    The frame knows its table (``attrs["table"]``), and so do its filtered and sorted copies.
    Raises KeyError for an unknown table and EvidenceError for a file that does not fit.
    """
    _resource(table)
    _reads.add(table)
    frame = _read(table).copy()
    frame.attrs["table"] = table
    return frame


def read_geo(name):
    """Return ``data/geo/<name>.geojson`` as parsed JSON (a dict). Raises EvidenceError where it cannot be read."""
    _reads.add(f"geo/{name}")
    content, problems = parsed(DATA / "geo" / f"{name}.geojson", f"{DATA.name}/geo/{name}.geojson")
    if problems:
        raise EvidenceError(str(problems[0]))
    return content


def published():
    """Return the paths of the package's files, sorted: what it describes, and nothing else that lies beside it."""
    descriptor, problems = parsed(DATA / PACKAGE, f"{DATA.name}/{PACKAGE}")
    if problems:
        raise EvidenceError("\n".join(map(str, problems)))
    return [DATA / path for path in described(DATA, descriptor)]


def reads():
    """Return the names of the tables read in this process so far; an outline of the map counts as ``geo/<name>``."""
    return set(_reads)


def key(table):
    """Return the names of the fields that together name one row of ``table``."""
    return listed(_resource(table)["schema"]["primaryKey"])


def sources_of(table, frame):
    """Return the sorted, unique source_ids on which these rows rest.

    ``frame`` holds rows of ``table`` (any of its columns, the key at least). The sources are those that the rows
    state; for a table that states none, those of the rows to which they refer (a coding rests on the source of its
    statement), or of the rows that refer to them (a claim rests on its rows in claim_sources, a site without coordinates
    on its observations). The codebook is the
    project's own and rests on none.
    """
    rows = _matching(table, key(table), frame, key(table))
    if table == "sources":
        return sorted(rows["source_id"])
    stated = [field for fields, parent, _ in _references(table) if parent == "sources" for field in fields]
    found = {source for field in stated for source in rows[field].dropna()}
    for fields, parent, there in () if stated else _references(table):
        found.update(sources_of(parent, _matching(parent, there, rows, fields)))
    if not found:
        for child in tables():
            links = _references(child)
            for fields, parent, there in links:
                if parent == table and any(other == "sources" for _, other, _ in links):
                    found.update(sources_of(child, _matching(child, fields, rows, there)))
    return sorted(found)


def fields():
    """Return the data dictionary, one row a field: table, field, type, values, refers_to, meaning (all texts)."""
    rows = []
    for table, resource in tables().items():
        refers = {
            here: f"{other}.{there[0]}"
            for names, other, there in _references(table)
            for here in names
            if len(names) == 1
        }
        for field in resource["schema"]["fields"]:
            limits = field.get("constraints", {})
            values = ", ".join(map(str, limits.get("enum", ()))) or " to ".join(
                str(limits[end]) for end in ("minimum", "maximum") if end in limits
            )
            rows.append(
                {
                    "table": table,
                    "field": field["name"],
                    "type": field["type"],
                    "values": values,
                    "refers_to": refers.get(field["name"], ""),
                    "meaning": field["description"],
                }
            )
    return pd.DataFrame(rows)


def describe():
    """Return table → its title and description in the package."""
    return {name: {part: resource[part] for part in ("title", "description")} for name, resource in tables().items()}


def span(stated):
    """Return the first and the last day that a stated date allows, as ``datetime.date``.

    ``2019-03`` allows all of March; an interval ``a/b`` allows from the first day of a to the last day of b.
    Raises ValueError for a date that the calendar does not have or that is written in another way.
    """
    begin, slash, end = stated.partition("/")
    days = []
    for part, last in ((begin, False), (end if slash else begin, True)):
        if not re.fullmatch(r"\d{4}(-\d\d){0,2}", part, re.ASCII):
            raise ValueError("is not YYYY, YYYY-MM, YYYY-MM-DD or two of them joined by /")
        year, month, day = (*map(int, part.split("-")), None, None)[:3]
        month = (12 if last else 1) if month is None else month
        try:
            days.append(date(year, month, (calendar.monthrange(year, month)[1] if last else 1) if day is None else day))
        except ValueError:
            raise ValueError("is not in the calendar") from None
    return tuple(days)


@functools.cache
def tables():
    """Return table name → resource of the package, in its order."""
    descriptor, problems = parsed(DATA / PACKAGE, f"{DATA.name}/{PACKAGE}")
    try:
        return {resource["name"]: resource for resource in descriptor["resources"] if "schema" in resource}
    except (KeyError, TypeError):
        raise EvidenceError("\n".join(map(str, problems or package(DATA)[1]))) from None


def _resource(table):
    if table not in tables():
        raise KeyError(f"no table {table!r}; the tables are {', '.join(tables())}")
    return tables()[table]


def _references(table):
    """Return the foreign keys of ``table`` as (its fields, the other table, the fields there)."""
    return foreign_keys(_resource(table)["schema"])


def _matching(name, there, frame, fields):
    """Return the rows of the table of that name whose ``there`` equals ``fields`` in some row of ``frame``."""
    table = read(name)
    if len(fields) == 1:
        return table[table[there[0]].isin(frame[fields[0]])]
    return table[_index(name, tuple(there)).isin(pd.MultiIndex.from_frame(frame[list(fields)]))]


@functools.cache
def _index(table, fields):
    """Return what several fields hold together, row by row."""
    return pd.MultiIndex.from_frame(_read(table)[list(fields)])


@functools.cache
def _read(table):
    resource = _resource(table)
    raw, problems = load(DATA, resource)
    if problems:
        raise EvidenceError("\n".join(map(str, problems)))
    columns = {}
    try:
        for field in resource["schema"]["fields"]:
            name, text = field["name"], raw[field["name"]].reset_index(drop=True).replace("", None).astype("str")
            columns[name] = _typed(text, field)
            if field.get("rdfType") == EDTF:
                days = text.map(span, na_action="ignore")
                for place, end in enumerate(("first", "last")):
                    columns[f"{name}_{end}"] = pd.to_datetime(days.str[place].astype("str"), format="%Y-%m-%d")
    except ValueError as error:
        from hanoi.evidence.checking import check  # the check reads nothing through this module

        found = [str(problem) for problem in check() if problem.file == f"{DATA.name}/{resource['path']}"]
        raise EvidenceError("\n".join(found) or f"{DATA.name}/{resource['path']}: column {name}: {error}") from None
    return pd.DataFrame(columns).sort_values(list(key(table)), ignore_index=True, kind="stable")


def _typed(text, field):
    if field["type"] == "boolean":
        codes = {
            code: truth
            for truth, name in ((True, "trueValues"), (False, "falseValues"))
            for code in field.get(name, [str(truth).lower()])
        }
        if set(text.dropna()) - set(codes):
            raise ValueError("not a truth value")
        return text.map(codes, na_action="ignore").astype("boolean")
    if field["type"] in ("integer", "number"):
        return pd.to_numeric(text).astype("Int64" if field["type"] == "integer" else "float64")
    return text
