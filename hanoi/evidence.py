"""The evidence: the tables of ``data/``, typed and validated. The only place in the project that opens them.

``data/datapackage.json`` (a Frictionless Data Package) says what each table, field and code means. :func:`read` reads
by it; :func:`check` checks by it, and by the rules across columns and tables that the package format cannot say.
``python -m hanoi.evidence`` prints every problem at once: file, line, column, value, rule and what to do.
"""

import argparse
import calendar
import csv
import functools
import inspect
import io
import json
import os
import re
import sys
import time
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import pandas as pd

DATA = Path(os.environ.get("HANOI_DATA") or Path(__file__).resolve().parent.parent / "data")
PACKAGE = "datapackage.json"
EDTF = "http://id.loc.gov/datatypes/edtf/EDTF-level0"  # rdfType of a field whose date may stop at the month or the year
_reads = set()


class EvidenceError(Exception):
    """A file of ``data/`` is missing or does not fit its description; the text is one line a problem."""


@dataclass(frozen=True, order=True)
class Problem:
    """One thing that is wrong: where (line 0 is the whole file), which value, against which rule, what to do."""

    file: str
    line: int
    column: str
    value: str
    rule: str
    remedy: str

    def __str__(self):
        value = self.value if len(self.value) <= 60 else self.value[:57] + "..."
        return (f"{self.file}{f':{self.line}' if self.line else ''}: {f'column {self.column}: ' if self.column else ''}"
                f"{f'{value!r} ' if value else ''}{self.rule}; {self.remedy}")


# Reading ---------------------------------------------------------------------------------------------------------

def __getattr__(name):
    if name == "TABLES":  # read when asked for, so that a broken package is reported instead of a failed import
        return tuple(_tables())
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def read(table):
    """Return one table as a DataFrame: the rows in file order, each field in the type that the package states.

    Texts are ``str`` with NA where the file is empty (unknown), integers ``Int64``, numbers ``float64``, truth values
    ``boolean``. A date keeps its column as stated (``2019-03``, ``2019-02-28``, or an interval ``a/b``) and gains
    ``<field>_first`` and ``<field>_last``: the first and the last day that the statement allows.
    Raises KeyError for an unknown table and EvidenceError for a file that does not fit.
    """
    _resource(table)
    _reads.add(table)
    return _read(table).copy()


def read_geo(name):
    """Return ``data/geo/<name>.geojson`` as parsed JSON (a dict). Raises EvidenceError where it cannot be read."""
    _reads.add(f"geo/{name}")
    content, problems = _json(DATA / "geo" / f"{name}.geojson", f"{DATA.name}/geo/{name}.geojson")
    if problems:
        raise EvidenceError(str(problems[0]))
    return content


def reads():
    """Return the names of the tables read in this process so far; an outline of the map counts as ``geo/<name>``."""
    return set(_reads)


def key(table):
    """Return the names of the fields that together name one row of ``table``."""
    return _listed(_resource(table)["schema"]["primaryKey"])


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
        for child in _tables():
            links = _references(child)
            for fields, parent, there in links:
                if parent == table and any(other == "sources" for _, other, _ in links):
                    found.update(sources_of(child, _matching(read(child), fields, rows, there)))
    return sorted(found)


def fields():
    """Return the data dictionary, one row a field: table, field, type, values, refers_to, meaning (all texts)."""
    rows = []
    for table, resource in _tables().items():
        refers = {here: f"{other}.{there[0]}" for names, other, there in _references(table)
                  for here in names if len(names) == 1}
        for field in resource["schema"]["fields"]:
            limits = field.get("constraints", {})
            values = ", ".join(map(str, limits.get("enum", ()))) or " to ".join(
                str(limits[end]) for end in ("minimum", "maximum") if end in limits)
            rows.append({"table": table, "field": field["name"], "type": field["type"], "values": values,
                         "refers_to": refers.get(field["name"], ""), "meaning": field["description"]})
    return pd.DataFrame(rows)


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
def _tables():
    """Return table name → resource of the package, in its order."""
    package, problems = _package(DATA)
    if problems:
        raise EvidenceError("\n".join(map(str, problems)))
    return {resource["name"]: resource for resource in package["resources"] if "schema" in resource}


def _resource(table):
    if table not in _tables():
        raise KeyError(f"no table {table!r}; the tables are {', '.join(_tables())}")
    return _tables()[table]


def _listed(names):
    return (names,) if isinstance(names, str) else tuple(names)


def _references(table):
    """Return the foreign keys of ``table`` as (its fields, the other table, the fields there)."""
    return _foreign_keys(_resource(table)["schema"])


def _foreign_keys(schema):
    return [(_listed(link["fields"]), link["reference"]["resource"], _listed(link["reference"]["fields"]))
            for link in schema.get("foreignKeys", ())]


def _matching(table, there, frame, fields):
    """Return the rows of ``table`` whose ``there`` equals ``fields`` in some row of ``frame``."""
    wanted = set(frame[list(fields)].itertuples(index=False, name=None))
    return table[[row in wanted for row in table[list(there)].itertuples(index=False, name=None)]]


@functools.cache
def _read(table):
    resource = _resource(table)
    raw, problems = _load(DATA, resource)
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
        found = [str(problem) for problem in check() if problem.file == f"{DATA.name}/{resource['path']}"]
        raise EvidenceError("\n".join(found) or f"{DATA.name}/{resource['path']}: column {name}: {error}") from None
    return pd.DataFrame(columns)


def _typed(text, field):
    if field["type"] == "boolean":
        codes = {code: truth for truth, name in ((True, "trueValues"), (False, "falseValues"))
                 for code in field.get(name, [str(truth).lower()])}
        if set(text.dropna()) - set(codes):
            raise ValueError("not a truth value")
        return text.map(codes, na_action="ignore").astype("boolean")
    if field["type"] in ("integer", "number"):
        return pd.to_numeric(text).astype("Int64" if field["type"] == "integer" else "float64")
    return text


# Opening files ---------------------------------------------------------------------------------------------------

def _json(path, file):
    """Return the parsed JSON object of ``path`` and the problems that prevent it."""
    try:
        content = json.loads(path.read_bytes().decode("utf-8"))
    except FileNotFoundError:
        return None, [Problem(file, 0, "", "", "is missing", "restore it")]
    except UnicodeDecodeError:
        return None, [Problem(file, 0, "", "", "is not UTF-8", "save it as UTF-8")]
    except json.JSONDecodeError as error:
        return None, [Problem(file, error.lineno, "", "", f"is not JSON: {error.msg}", "correct it")]
    except OSError as error:
        return None, [Problem(file, 0, "", "", f"cannot be read: {error.strerror}", "restore it")]
    if not isinstance(content, dict):
        return None, [Problem(file, 0, "", "", "is not a JSON object", "restore it")]
    return content, []


def _package(data):
    """Return the descriptor of the package in ``data`` and what is wrong with it."""
    from frictionless import FrictionlessException, Package  # only where needed: it takes longer than a read

    file = f"{data.name}/{PACKAGE}"
    package, problems = _json(data / PACKAGE, file)
    if not problems:
        try:
            Package.from_descriptor(package, basepath=str(data))
            names = {resource["name"]: resource for resource in package["resources"]}
            for name, resource in names.items():
                fields = [field["name"] for field in resource.get("schema", {}).get("fields", ())]
                named = [(name, _listed(resource["schema"]["primaryKey"]), fields)] if fields else []
                for here, other, there in _foreign_keys(resource.get("schema", {})):
                    named += [(name, here, fields)]
                    named += [(other, there, [field["name"] for field in names[other]["schema"]["fields"]])]
                problems += [Problem(file, 0, "", field, f"is named in a key of {name} and is no field of {where}",
                                     "correct the package")
                             for where, wanted, known in named for field in wanted if field not in known]
        except FrictionlessException as error:
            notes = [reason.note for reason in error.reasons] or [error.error.note]
            problems = [Problem(file, 0, "", "", f"is no data package: {note}", "correct it") for note in notes]
        except (KeyError, TypeError, AttributeError) as error:
            problems = [Problem(file, 0, "", "", f"is no data package: {error!r}", "every table needs name, path, "
                                "fields, primaryKey and foreign keys to tables of the package")]
    return package, problems


def _load(data, resource):
    """Return a table as texts, indexed by line number, and what is wrong with the file itself.

    The frame is None where the file or its header cannot be read; a row with too few or too many cells is cut to fit.
    """
    file, names = f"{data.name}/{resource['path']}", [field["name"] for field in resource["schema"]["fields"]]
    try:
        content = (data / resource["path"]).read_bytes()
    except FileNotFoundError:
        return None, [Problem(file, 0, "", "", "is missing", "restore it, or take its table out of the package")]
    except OSError as error:
        return None, [Problem(file, 0, "", "", f"cannot be read: {error.strerror}", "restore it")]
    if not content:
        return None, [Problem(file, 0, "", "", "is empty, without even a header", "restore it")]
    problems = []
    if content.startswith(b"\xef\xbb\xbf"):
        problems.append(Problem(file, 1, "", "", "starts with a byte order mark", "save it as UTF-8 without one"))
        content = content[3:]
    for number, line in enumerate(content.split(b"\n"), start=1):
        try:
            line.decode("utf-8")
        except UnicodeDecodeError as error:
            place = len(next(csv.reader([line[:error.start].decode("utf-8", "replace")]), [""])) - 1
            cell = next(csv.reader([line.decode("latin-1").strip("\r")]))
            problems.append(Problem(file, number, names[place] if place < len(names) else "",
                                    cell[place] if place < len(cell) else "", "is not UTF-8", "save the file as UTF-8"))
    if any(problem.rule == "is not UTF-8" for problem in problems):
        return None, problems
    reader, rows, line = csv.reader(io.StringIO(content.decode("utf-8"), newline=""), strict=True), {}, 1
    try:
        for row in reader:
            rows[line], line = row, reader.line_num + 1
    except csv.Error as error:
        return None, [*problems, Problem(file, line, "", "", f"has a quotation mark without its partner ({error})",
                                         "close the quotation, and double each mark inside it")]
    header = rows.pop(1)
    problems += [Problem(file, 1, name, "", "is not a column of this table", "rename it or take it out")
                 for name in header if name not in names]
    problems += [Problem(file, 1, name, "", "is missing", "restore the column") for name in names if name not in header]
    if not problems and header != names:
        problems.append(Problem(file, 1, "", "", f"has its columns in another order: {', '.join(header)}",
                                f"write {', '.join(names)}"))
    if header != names:
        return None, problems
    if not rows:
        problems.append(Problem(file, 0, "", "", "has no rows", "restore them"))
    for line, row in rows.items():
        if not row:
            problems.append(Problem(file, line, "", "", "is blank", "take the line out"))
        elif len(row) != len(names):
            problems.append(Problem(file, line, "", "", f"has {len(row)} cells instead of {len(names)}",
                                    "put each cell that holds a comma in double quotation marks"))
    fitted = [(row + [""] * len(names))[:len(names)] for row in rows.values()]
    frame = pd.DataFrame(fitted, columns=names, index=list(rows), dtype="object")
    frame.attrs["file"] = file
    return frame, problems


# Checking --------------------------------------------------------------------------------------------------------

def check(data=None):
    """Return every :class:`Problem` of the tables in ``data`` (a folder; this project's own by default), sorted.

    Three layers: the files themselves, the package (types, constraints, keys) by frictionless, and the rules below.
    A later layer says nothing about a line or a cell that an earlier one has found wrong.
    """
    return _check(Path(data or DATA))[0]


def _check(data):
    """Return the problems and the frames that could be loaded."""
    package, problems = _package(data)
    if problems:
        return sorted(problems), {}
    frames, resources = {}, {resource["name"]: resource for resource in package["resources"]}
    for name, resource in resources.items():
        if "schema" in resource:
            frames[name], found = _load(data, resource)
            problems += found
        else:
            problems += _json(data / resource["path"], f"{data.name}/{resource['path']}")[1]
    problems += [Problem(f"{data.name}/{path.relative_to(data).as_posix()}", 0, "", "", "is not in the package",
                         f"describe it in {data.name}/{PACKAGE} or take it out")
                 for path in sorted([*data.rglob("*.csv"), *data.rglob("*.geojson")])
                 if path.relative_to(data).as_posix() not in {resource["path"] for resource in resources.values()}]
    frames = {name: frame for name, frame in frames.items() if frame is not None}
    lines = {(problem.file, problem.line) for problem in problems}
    cells = set()
    for problem in [*_conformity(data, package, frames), *_rule_problems(frames, broken=bool(problems))]:
        if (problem.file, problem.line) not in lines and (cell := (problem.file, problem.line, problem.column)) not in cells:
            problems.append(problem)
            cells.add(cell)
    return sorted(problems), frames


def _conformity(data, package, frames):
    """Yield what frictionless finds: types, constraints, primary and foreign keys."""
    from frictionless import Package

    tables = [dict(resource, schema=dict(resource["schema"], foreignKeys=[
        link for link in resource["schema"].get("foreignKeys", ()) if link["reference"]["resource"] in frames]))
        for resource in package["resources"] if resource["name"] in frames]
    schemas = {resource["name"]: resource["schema"] for resource in tables}
    report = Package.from_descriptor(dict(package, resources=tables), basepath=str(data)).validate(limit_errors=100_000)
    for task in report.tasks:
        frame, dangling = frames[task.name], {}
        fields = {field["name"]: field for field in schemas[task.name]["fields"]}
        for error in task.errors:
            file, line = frame.attrs["file"], frame.index[error.row_number - 2]
            if error.type == "foreign-key":
                where = (", ".join(error.field_names), ", ".join(map(str, error.field_cells)), error.reference_name,
                         ", ".join(error.reference_field_names))
                dangling.setdefault(where, []).append(line)
            elif error.type == "primary-key":
                names = _listed(schemas[task.name]["primaryKey"])
                twin = re.search(r"position (\d+)", error.note)
                if twin and all(frame.loc[line, name] for name in names):
                    yield Problem(file, line, ", ".join(names), ", ".join(frame.loc[line, list(names)]),
                                  f"names the same row as line {frame.index[int(twin[1]) - 2]}", "take one out or rename it")
            elif error.type in ("type-error", "constraint-error"):
                yield Problem(file, line, error.field_name, error.cell, *_broken(fields[error.field_name], error))
        for (column, value, table, there), lines in dangling.items():
            more = f" (and in {len(lines) - 1} more rows)" if len(lines) > 1 else ""
            yield Problem(frame.attrs["file"], lines[0], column, value,
                          f"is not in {frames[table].attrs['file']} ({there}){more}", "add it there or correct it")


def _broken(field, error):
    """Return the rule that a cell breaks and the remedy, in words."""
    like = f"write it like {field['example']!r}" if "example" in field else "correct the value"
    if error.type == "type-error":
        truths = " nor ".join(repr(code) for name in ("trueValues", "falseValues") for code in field.get(name, ())[:1])
        return {"boolean": f"is neither {truths or 'true nor false'}", "integer": "is not a whole number",
                "number": "is not a number"}.get(field["type"], "is of another type"), like
    name = re.search(r'constraint "(\w+)"', error.note)[1]
    limits = field["constraints"]
    scope = f" ({limits.get('minimum', '')} to {limits.get('maximum', '')} {field.get('unit', '')}".rstrip() + ")"
    return {"required": ("is empty", "fill it in"),
            "minimum": (f"is less than {limits.get('minimum')}{scope}", "correct the value"),
            "maximum": (f"is more than {limits.get('maximum')}{scope}", "correct the value"),
            "enum": (f"is not one of {', '.join(limits.get('enum', ()))}", "take one of them"),
            "minLength": (f"is shorter than {limits.get('minLength')} characters", "say more"),
            "pattern": ("is not written as this column must be", like)}.get(name, (f"breaks {name}", like))


def _rule_problems(frames, broken):
    """Yield what the rules find in the tables that could be loaded; ``broken`` where some rows could not."""
    for rule in RULES:
        if set(wanted := inspect.signature(rule).parameters) <= set(frames):
            yield from rule(**{name: frames[name] for name in wanted})
    for table, frame in frames.items():
        yield from _texts(frame)
        yield from _dates(frame)
    for table, early, late in NOT_AFTER:
        if table in frames:
            yield from _order(frames[table], early, late)
    for table, field in NOT_AFTER_SOURCE:
        if {table, "sources"} <= set(frames):
            yield from _published(frames[table], field, frames["sources"])
    for table, fields in TOGETHER:
        if table in frames:
            yield from _together(frames[table], fields)
    if not broken:
        for table, fields, children in USED:
            yield from _used(frames, table, fields, children)


def _at(frame, mask, column, rule, remedy):
    """Yield a problem for each row of ``frame`` under ``mask``; ``{field}`` in the rule stands for that row's value."""
    for line, row in frame[mask].iterrows():
        yield Problem(frame.attrs["file"], line, column, row.get(column, ""), rule.format(**row), remedy)


def _days(frame, field):
    """Return the first and the last day of a date column, as two columns; NaT where empty or no date."""
    def days(stated):
        try:
            return span(stated)
        except ValueError:
            return (None, None)
    pairs = [days(stated) for stated in frame[field]]
    return pd.DataFrame(pairs, columns=["first", "last"], index=frame.index).apply(pd.to_datetime)


def _numbers(text):
    return pd.to_numeric(text, errors="coerce")


# The rules across columns and tables; each function takes the tables that it names.

NOT_AFTER = [  # table, a date, a date of the same row before which it must begin
    ("polls", "field_start", "field_end"),
    ("observations", "observed_from", "observed_to"),
    ("observations", "observed_from", "reported_on"),
    ("observations", "observed_to", "reported_on"),
    ("observations", "onset_earliest", "onset_latest"),
    ("observations", "onset_earliest", "reported_on"),
    ("observations", "onset_latest", "reported_on"),
    ("offers", "event_date", "stated_on"),
]
NOT_AFTER_SOURCE = [  # table, a date that its source cannot know beforehand
    ("polls", "field_end"), ("statements", "date"), ("offers", "stated_on"), ("observations", "reported_on"),
    ("events", "date"), ("missile_tests", "date"), ("nuclear_tests", "date"),
]
TOGETHER = [  # table, fields that are all filled or all empty
    ("sites", ("latitude", "longitude", "coordinate_source_id")), ("missile_tests", ("latitude", "longitude")),
    ("events", ("time_local", "timezone")), ("timetable", ("time_local", "timezone")),
]
USED = [  # table, its key, tables of which one must refer to each row (None: any table)
    ("sources", "source_id", None), ("polls", "poll_id", ("poll_questions",)),
    ("poll_questions", "question_id", ("poll_results",)), ("experts", "expert_id", ("statements",)),
    ("sites", "site_id", ("observations",)),
]
PARTS = [  # groups that together are all respondents
    ("democrat", "independent", "republican"), ("men", "women"),
    ("age-20s", "age-30s", "age-40s", "age-50s", "age-60-plus"),
]


def _texts(frame):
    for column in frame:
        text = frame[column]
        yield from _at(frame, text != text.map(str.strip), column, "begins or ends with a space", "take the space out")
        yield from _at(frame, text.str.contains("[\x00-\x1f\x7f-\x9f\u200b\u2028\u2029\ufeff]"), column,
                       "holds a line break or another invisible character",
                       "take it out; a quotation mark may also lack its partner")


def _dates(frame):
    for column in frame.columns.intersection(_date_fields(frame)):
        for line, stated in frame[column].items():
            try:
                stated and span(stated)
            except ValueError as error:
                yield Problem(frame.attrs["file"], line, column, stated, str(error), "write it like '2019-02-28'")
