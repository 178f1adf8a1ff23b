"""The evidence: the tables of ``data/``, typed and validated. The only place in the project that opens them.

``data/datapackage.json`` (a Frictionless Data Package) says what each table, field and code means. :func:`read` reads
by it; :func:`check` checks by it, and by the rules across columns and tables that the package format cannot say.
``python -m hanoi.evidence`` prints every problem at once: file, line, column, value, rule and what to do.
"""

import argparse
import calendar
import csv
import difflib
import functools
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


@dataclass(frozen=True)
class Problem:
    """One thing that is wrong: where (line 0 is the whole file), against which rule, what to do, which cell."""

    file: str
    line: int
    rule: str
    remedy: str
    column: str = ""
    value: str = ""

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
    """Return one table as a DataFrame: the rows in the order of their key, each field in the type that the package states.

    The order of the rows in the file means nothing: whatever follows from a table is the same when they are shuffled.

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
    statement), or of the rows that refer to them (a claim rests on its rows in claim_sources, a site without coordinates
    on its observations). The codebook is the
    project's own and rests on none.
    """
    rows = _matching(read(table), key(table), frame, key(table))
    if table == "sources":
        return sorted(rows["source_id"])
    stated = [field for fields, parent, _ in _references(table) if parent == "sources" for field in fields]
    found = {source for field in stated for source in rows[field].dropna()}
    for fields, parent, there in () if stated else _references(table):
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
    package, problems = _json(DATA / PACKAGE, f"{DATA.name}/{PACKAGE}")
    try:
        return {resource["name"]: resource for resource in package["resources"] if "schema" in resource}
    except (KeyError, TypeError):
        raise EvidenceError("\n".join(map(str, problems or _package(DATA)[1]))) from None


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
    return pd.DataFrame(columns).sort_values(list(key(table)), ignore_index=True, kind="stable")


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
        return None, [Problem(file, 0, "is missing", "restore it")]
    except UnicodeDecodeError:
        return None, [Problem(file, 0, "is not UTF-8", "save it as UTF-8")]
    except json.JSONDecodeError as error:
        return None, [Problem(file, error.lineno, f"is not JSON: {error.msg}", "correct it")]
    except OSError as error:
        return None, [Problem(file, 0, f"cannot be read: {error.strerror}", "restore it")]
    if not isinstance(content, dict):
        return None, [Problem(file, 0, "is not a JSON object", "restore it")]
    return content, []


def _package(data):
    """Return the descriptor of the package in ``data`` and what is wrong with it."""
    from frictionless import FrictionlessException, Package  # only where needed: it takes longer than a read

    file = f"{data.name}/{PACKAGE}"
    package, problems = _json(data / PACKAGE, file)
    if problems:
        return None, problems
    try:
        Package.from_descriptor(package, basepath=str(data))
        schemas = {resource["name"]: resource["schema"] for resource in package["resources"] if "schema" in resource}
        known = {table: [field["name"] for field in schema["fields"]] for table, schema in schemas.items()}
        problems += [Problem(file, 0, "has no path to one file", "give it one", value=resource["name"])
                     for resource in package["resources"] if not isinstance(resource.get("path"), str)]
        for table, schema in schemas.items():
            if "primaryKey" not in schema:
                problems.append(Problem(file, 0, "has no primaryKey", "give it one", value=table))
            for _, other, there in _foreign_keys(schema):
                problems += [Problem(file, 0, f"is in a key of {table} and is no field of {other}", "correct it", value=field)
                             for field in there if field not in known[other]]
            for field in schema["fields"]:
                re.compile(field.get("constraints", {}).get("pattern", ""))
    except FrictionlessException as error:
        notes = [reason.note for reason in error.reasons] or [error.error.note]
        problems += [Problem(file, 0, f"is no data package: {note}", "correct it") for note in notes]
    except re.error as error:
        problems += [Problem(file, 0, f"is no pattern: {error.msg}", "correct it", value=str(error.pattern))]
    except (KeyError, TypeError, AttributeError) as error:
        problems += [Problem(file, 0, f"is no data package of tables: {error}",
                             "give every table fields, and foreign keys to tables of this package only")]
    return package, problems


def _decoded(content, file, names):
    """Return the bytes of a table as text, without a byte order mark, and what is wrong with them."""
    problems = []
    if content.startswith(b"\xef\xbb\xbf"):
        problems.append(Problem(file, 1, "starts with a byte order mark", "save it as UTF-8 without one"))
        content = content[3:]
    for number, line in enumerate(content.split(b"\n"), start=1):
        try:
            line.decode("utf-8")
        except UnicodeDecodeError as error:
            place = line[:error.start].decode("utf-8")
            place = len(next(csv.reader([place]))) - 1 if place else 0
            cell = next(csv.reader([line.decode("latin-1").strip("\r")]))[place]
            column = [*names, "after the last"][min(place, len(names))]
            problems.append(Problem(file, number, "is not UTF-8", "save the file as UTF-8", column, cell))
    return content.decode("utf-8", "replace"), problems


def _load(data, resource):
    """Return a table as texts, indexed by line number, and what is wrong with the file itself.

    The frame is None where the file or its header cannot be read; a row with too few or too many cells is cut to fit.
    """
    file, names = f"{data.name}/{resource['path']}", [field["name"] for field in resource["schema"]["fields"]]
    try:
        content = (data / resource["path"]).read_bytes()
    except FileNotFoundError:
        return None, [Problem(file, 0, "is missing", "restore it, or take its table out of the package")]
    except OSError as error:
        return None, [Problem(file, 0, f"cannot be read: {error.strerror}", "restore it")]
    text, problems = _decoded(content, file, names)
    if any(problem.column for problem in problems):
        return None, problems
    reader, rows, line = csv.reader(io.StringIO(text, newline=""), strict=True), {}, 1
    try:
        for row in reader:
            rows[line], line = row, reader.line_num + 1
    except csv.Error as error:
        return None, [*problems, Problem(file, line, f"has a quotation mark without its partner ({error})",
                                         "close the quotation, and double each mark inside it")]
    if not rows:
        return None, [Problem(file, 0, "is empty, without even a header", "restore it")]
    header = rows.pop(1)
    problems += [Problem(file, 1, "is not a column of this table", "rename it, or take it out", name)
                 for name in header if name not in names]
    problems += [Problem(file, 1, "is missing", "restore the column", name) for name in names if name not in header]
    if header != names:
        order = Problem(file, 1, f"has its columns in the order {', '.join(header)}", f"write {', '.join(names)}")
        return None, problems or [order]
    if not rows:
        return None, [*problems, Problem(file, 0, "has no rows", "restore them")]
    for line, row in rows.items():
        if not row:
            problems.append(Problem(file, line, "is blank", "take the line out"))
        elif len(row) != len(names):
            problems.append(Problem(file, line, f"has {len(row)} cells instead of {len(names)}",
                                    "put each cell that holds a comma in double quotation marks"))
    fitted = [(row + [""] * len(names))[:len(names)] for row in rows.values()]
    frame = pd.DataFrame(fitted, columns=names, index=list(rows), dtype="object")
    dates = [field["name"] for field in resource["schema"]["fields"] if field.get("rdfType") == EDTF]
    frame.attrs.update(file=file, dates=dates)
    return frame, problems


# Checking --------------------------------------------------------------------------------------------------------

def check(data=None):
    """Return every :class:`Problem` of the tables in ``data`` (a folder; this project's own by default), sorted.

    Three layers: the files themselves; types, constraints and keys of the package, by frictionless; the rules below.
    A later layer is silent about a line or a cell that an earlier one has found wrong.
    """
    return _check(Path(data or DATA))[0]


def _check(data):
    """Return the problems, and table name → texts indexed by line number."""
    package, problems = _package(data)
    if problems:
        return problems, {}
    tables, described = {}, {PACKAGE}
    for resource in package["resources"]:
        described.add(resource["path"])
        if "schema" in resource:
            tables[resource["name"]], found = _load(data, resource)
        else:
            file = f"{data.name}/{resource['path']}"
            content, found = _json(data / resource["path"], file)
            if not found and not content.get("features"):
                found = [Problem(file, 0, "has no features", "restore it")]
        problems += found
    tables = {name: frame for name, frame in tables.items() if frame is not None}
    for path in sorted(path.relative_to(data).as_posix() for path in data.rglob("*")):
        if Path(path).suffix in (".csv", ".json", ".geojson") and path not in described:
            problems.append(Problem(f"{data.name}/{path}", 0, "is not in the package", f"describe it in {PACKAGE}"))
    spoilt, lines, cells = ({problem.file for problem in problems},
                            {(problem.file, problem.line) for problem in problems}, set())
    for problem in [*_conformity(data, package, tables, spoilt),
                    *_broken_rules(data, package, tables, whole=not problems)]:
        cell = (problem.file, problem.line, problem.column)
        if cell[:2] not in lines and cell not in cells:
            cells.add(cell)
            problems.append(problem)
    return sorted(problems, key=lambda problem: (problem.file, problem.line, problem.column, problem.rule)), tables


def _conformity(data, package, tables, spoilt):
    """Yield what frictionless finds in the tables that could be opened: types, constraints and keys.

    The shape of a file is the business of _load; in a file that is not ``spoilt`` by it, nothing else may go wrong.
    """
    from frictionless import Package

    resources = [dict(resource, schema=dict(resource["schema"], foreignKeys=[
        link for link in resource["schema"].get("foreignKeys", ()) if link["reference"]["resource"] in tables]))
        for resource in package["resources"] if resource["name"] in tables]
    described = Package.from_descriptor(dict(package, resources=resources), basepath=str(data))
    report = described.validate(limit_errors=10**6)
    for task, resource in zip(report.tasks, resources, strict=True):
        frame, schema, dangling = tables[task.name], resource["schema"], {}
        file, names = frame.attrs["file"], list(_listed(schema["primaryKey"]))
        fields = {field["name"]: field for field in schema["fields"]}
        for error in task.errors:
            if error.type not in ("type-error", "constraint-error", "primary-key", "foreign-key"):
                if file not in spoilt:
                    yield Problem(file, 0, f"does not pass: {error.message}", "correct it, or its description")
                continue
            line = frame.index[error.row_number - 2]
            if error.type == "foreign-key":
                link = error.field_names, error.field_cells, error.reference_name, error.reference_field_names
                dangling.setdefault(tuple(", ".join(map(str, _listed(part))) for part in link), []).append(line)
            elif error.type != "primary-key":
                yield Problem(file, line, *_breach(fields[error.field_name], error), error.field_name, error.cell)
            elif twin := re.search(r"position (\d+)", error.note):
                yield Problem(file, line, f"names the same row as line {frame.index[int(twin[1]) - 2]}",
                              "take one out, or rename it", ", ".join(names), ", ".join(frame.loc[line, names]))
        for (columns, values, other, there), at in dangling.items():
            more = f" (first of {len(at)} lines)" if at[1:] else ""
            yield Problem(file, at[0], f"is not in {tables[other].attrs['file']}, column {there}{more}",
                          "add it there, or correct it", columns, values)


def _breach(field, error):
    """Return in words the rule that a cell breaks, and the remedy."""
    limits, like = field.get("constraints", {}), "correct the value"
    if "example" in field:
        like = f"write it like {field['example']!r}"
    if error.type == "type-error":
        truths = [repr(code) for name in ("trueValues", "falseValues") for code in field.get(name, (name[:-6],))]
        return {"integer": "is not a whole number", "number": "is not a number",
                "boolean": f"is not {' or '.join(truths)}"}.get(field["type"], f"is no {field['type']}"), like
    name = re.search(r'constraint "(\w+)"', error.note)[1]
    scope = f"({limits.get('minimum')} to {limits.get('maximum')} {field.get('unit', '')}".rstrip() + ")"
    told = {"required": ("is empty", "fill it in"),
            "minimum": (f"is less than {limits.get('minimum')} {scope}", like),
            "maximum": (f"is more than {limits.get('maximum')} {scope}", like),
            "enum": (f"is not one of {_choice(error.cell, limits.get('enum', ()))}", "take one of them"),
            "pattern": ("is not written as this column must be", like)}
    return told.get(name, (f"breaks {name} {limits[name]}", like))


def _choice(value, codes, most=12):
    """Return the codes in words; where they are many, the nearest to ``value`` and how many there are."""
    if len(codes) <= most:
        return ", ".join(codes)
    near = difflib.get_close_matches(value, codes, n=3, cutoff=0.5)
    return f"the {len(codes)} codes in {PACKAGE}" + (f" (near to it: {', '.join(near)})" if near else "")


# The rules that the package format cannot say: each takes table name → texts indexed by line and yields problems.
# A date that may stop at the month breaks a rule only where no day that it allows would keep it.

NOT_AFTER = (  # table, a date, a date of the same row that cannot be earlier
    ("polls", "field_start", "field_end"),
    ("observations", "observed_from", "observed_to"),
    ("observations", "observed_from", "reported_on"),
    ("observations", "observed_to", "reported_on"),
    ("observations", "onset_earliest", "onset_latest"),
    ("observations", "onset_earliest", "reported_on"),
    ("observations", "onset_latest", "reported_on"),
    ("offers", "event_date", "stated_on"),
)
NOT_AFTER_SOURCE = (  # table, a date that its source cannot tell before it comes
    ("polls", "field_end"), ("statements", "date"), ("offers", "stated_on"), ("observations", "reported_on"),
    ("events", "date"), ("missile_tests", "date"), ("nuclear_tests", "date"),
)
NOT_ABOVE = (("nuclear_tests", "yield_kt_low", "yield_kt_high"),)
TOGETHER = (  # table, columns that are filled together or not at all
    ("sites", "latitude", "longitude", "coordinate_source_id"), ("missile_tests", "latitude", "longitude"),
    ("events", "time_local", "timezone"), ("timetable", "time_local", "timezone"),
)
PARTS = (  # groups that together are everybody
    ("democrat", "independent", "republican"), ("men", "women"),
    ("age-20s", "age-30s", "age-40s", "age-50s", "age-60-plus"),
)
USED = (  # table, its key, the tables of which one uses each row (none: any table)
    ("sources", "source_id", ()), ("polls", "poll_id", ("poll_questions",)),
    ("poll_questions", "question_id", ("poll_results",)), ("experts", "expert_id", ("statements",)),
    ("sites", "site_id", ("observations",)),
)


def _plain_text(tables):
    """Text has no space at its ends and nothing invisible in it. A formula or a tag is text like any other."""
    for frame in tables.values():
        for column in frame:
            text = frame[column]
            yield from _at(frame, text != text.str.strip(), column, "begins or ends with a space", "take the space out")
            yield from _at(frame, text.str.contains("[\x00-\x1f\x7f-\x9f\u200b\u2028\u2029\ufeff]"), column,
                           "holds a line break or an invisible character",
                           "take it out, or close the quotation before it")


def _calendar(tables):
    for frame in tables.values():
        for column in frame.attrs["dates"]:
            for line, stated in frame[column].items():
                try:
                    stated and span(stated)
                except ValueError as error:
                    yield Problem(frame.attrs["file"], line, str(error), "correct the date", column, stated)


def _order(tables):
    for table, early, late in NOT_AFTER:
        frame = tables[table]
        yield from _at(frame, _days(frame[early], 0) > _days(frame[late], 1), early,
                       f"is after {late} {{{late}}}", "correct one of the two")
    for table, low, high in NOT_ABOVE:
        frame = tables[table]
        yield from _at(frame, _numbers(frame[low]) > _numbers(frame[high]), low,
                       f"is above {high} {{{high}}}", "correct one of the two")
    polls = tables["polls"]
    yield from _at(polls, (polls["field_start"] != "") & (polls["field_end"] == ""), "field_end",
                   "is empty although field_start is {field_start}", "fill it in")


def _published(tables):
    """A source tells what has been; one day is left for time zones. An announced event says so in its note."""
    sources = tables["sources"].drop_duplicates("source_id").set_index("source_id")
    for table, column in NOT_AFTER_SOURCE:
        frame = tables[table]
        published = frame["source_id"].map(sources["date_published"]).fillna("")
        late = _days(frame[column], 0) > _days(published, 1) + pd.Timedelta(days=1)
        frame = frame.assign(published=published)
        yield from _at(frame, late & ~frame["note"].str.contains("announced programme"), column,
                       "is after its source {source_id}, published {published}", "correct one of the two dates")


def _reports(tables):
    """A finding carries the date of its original report, as the report's key has it; bounds of an onset say on what they rest."""
    frame = tables["observations"]
    told = frame["report"].str.extract(r"(\d{4}-\d\d-\d\d)$")[0].fillna("")  # one with the month alone may leak before it
    apart = (told != "") & (told != frame["reported_on"])
    yield from _at(frame.assign(told=told), apart, "reported_on", "is not the date of its report {report}",
                   "give the date of the original report, also where a later page relays it")
    bounded = (frame["onset_earliest"] != "") | (frame["onset_latest"] != "")
    based = frame["onset_basis"] != ""
    yield from _at(frame, bounded & ~based, "onset_basis", "is empty although an onset is given", "fill it in")
    yield from _at(frame, based & ~bounded, "onset_basis", "stands without an onset", "take it out")


def _together(tables):
    for table, *columns in TOGETHER:
        filled = tables[table][columns] != ""
        for column in columns:
            others = " or ".join(other for other in columns if other != column)
            yield from _at(tables[table], filled.any(axis=1) & ~filled[column], column,
                           f"is empty although {others} is not", "fill in all or none")
    frame = tables["timetable"]
    length = frame["edge"] == "length"
    yield from _at(frame, length != (frame["minutes"] != ""), "minutes", "does not fit edge {edge}",
                   "give minutes for a length, and only there")


def _margins(tables):
    """A margin of error (rounded to half a point at worst) is that of a simple random sample, up to twice as wide."""
    polls = tables["polls"]
    simple, stated = 98 / _numbers(polls["sample_size"]) ** 0.5, _numbers(polls["margin_of_error"])
    yield from _at(polls, (stated < simple - 0.5) | (stated > 2 * simple + 0.5), "margin_of_error",
                   "does not fit a sample of {sample_size}", "correct one of the two")


def _percents(tables):
    """Responses of one question exclude each other; everybody lies between the parts that make up everybody."""
    results = tables["poll_results"]
    percent = _numbers(results["percent"])
    percent = percent.where(percent.between(0, 100))
    known = results.assign(percent=percent).drop_duplicates(["question_id", "group", "response"])
    for (question, group), part in known.groupby(["question_id", "group"])["percent"]:
        if part.sum(skipna=False) > 101:
            line, lines = part.index[0], ", ".join(map(str, part.index))
            yield Problem(results.attrs["file"], line,
                          f"and the rest of {question}, group {group} (lines {lines}) sum to {part.sum():g}, above 101",
                          "correct them; an item that allows several answers is one question for each",
                          "percent", results["percent"][line])
    wide = known.pivot(index=["question_id", "response"], columns="group", values="percent")
    everybody = results[results["group"] == "all"]
    place = pd.MultiIndex.from_frame(everybody[["question_id", "response"]])
    for parts in PARTS:
        part = wide.reindex(columns=parts).dropna().reindex(place).set_axis(everybody.index)
        share = percent[everybody.index]
        yield from _at(everybody, (share < part.min(axis=1) - 1) | (share > part.max(axis=1) + 1), "percent",
                       f"for all lies outside its parts {', '.join(parts)}", "correct one of them")
    questions = tables["poll_questions"].drop_duplicates("question_id").set_index("question_id")
    asked = results["question_id"].map(questions["asked_of"]).fillna("all")
    yield from _at(results, (results["group"] == "all") & ~asked.isin(["all", "half sample"]), "group",
                   "is not whom the question was asked of (asked_of in poll_questions)", "name the subgroup")


def _statements(tables):
    """One person, one document, one date is one statement; the authors of one text share its one paraphrase."""
    frame, experts = tables["statements"], set(tables["experts"]["expert_id"])
    same = ["expert_id", "source_id", "date"]
    first = frame.groupby(same)["statement_id"].transform("first")
    yield from _at(frame.assign(first=first), frame.duplicated(same), "statement_id",
                   "tells the person, source and date of {first} again", "merge the two rows, or correct one of them")
    rows = {}
    for line, row in frame.iterrows():
        rows.setdefault(row["expert_id"], []).append((line, row))
    for line, row in frame[frame["co_authors"] != ""].iterrows():
        for name in row["co_authors"].split("; "):
            told = {"column": "co_authors", "value": name}
            if not experts:
                break  # their table could not be read, which is said elsewhere
            if name not in experts:
                yield Problem(frame.attrs["file"], line, "is not in data/experts.csv, column expert_id",
                              "add the person there, or correct the name; several are joined by a semicolon and a space", **told)
                continue
            theirs = [other for _, other in rows.get(name, ()) if row["expert_id"] in other["co_authors"].split("; ")]
            if not theirs:
                yield Problem(frame.attrs["file"], line, "has no statement that names this author back",
                              "give each author of a joint text a row", **told)
            elif row["position_summary"] not in {other["position_summary"] for other in theirs}:
                yield Problem(frame.attrs["file"], line, f"is an author of the same text, paraphrased otherwise in {theirs[0]['statement_id']}",
                              "give one text one paraphrase", **told)


def _pollsters(tables):
    """A tracker asks one population; who is known to commission polls is not given as the firm that asked."""
    polls = tables["polls"]
    known = polls["tracker"] != ""
    for tracker, rows in polls[known].groupby("tracker"):
        counts = rows["population"].value_counts()
        yield from _at(polls, known & (polls["tracker"] == tracker) & (polls["population"] != counts.index[0]), "population",
                       f"is not {counts.index[0]}, as in the other polls of the tracker {tracker}", "correct it, or the tracker")
    yield from _at(polls, ~known & (polls["series"] != "one-off"), "tracker", "is empty for a {series} poll", "name its tracker")
    hired = set(polls.loc[polls["pollster"] != polls["sponsor"], "sponsor"]) - {""}
    yield from _at(polls, polls["pollster"].isin(hired), "pollster",
                   "commissions its polls elsewhere in this table", "name the firm that asked, or write 'not stated' and name the sponsor")


#: Words about the work on the tables, which say nothing of the source.
WORKING = (r"(?i)\b(?:to ?do|fixme|xxx|research row|first row of this|second reading|re-read|re-checked|to be checked|check again|"
           r"the auditor|curator|as instructed|language model|prompt|see chat|was merged|were merged|merged into this)\b")


def _notes(tables):
    for frame in tables.values():
        if "note" in frame:
            yield from _at(frame, frame["note"].str.contains(WORKING), "note", "holds words about the work on the table",
                           "say what a reader needs to know of the source, or leave it empty")


def _complete(tables):
    """A statement is coded wholly or not at all, a claim has the sources that its status needs, no row is idle."""
    codings, claims, cited = tables["codings"], tables["claims"], tables["claim_sources"]
    wanted = codings["coder"].nunique() * codings["variable"].nunique()
    count = codings.groupby("statement_id")["statement_id"].transform("size")
    first = ~codings["statement_id"].duplicated()
    yield from _at(codings.assign(count=count), (count < wanted) & first, "statement_id",
                   f"has {{count}} codings instead of {wanted}", "add those that lack, or leave the statement uncoded: take all of its codings out")
    for statuses, relations in ((("corroborated",), ("supports",)), (("contradicted",), ("contradicts",)),
                                (("partly-corroborated", "disputed"), ("supports", "contradicts", "qualifies"))):
        shown = cited.loc[cited["relation"].isin(relations), "claim_id"]
        yield from _at(claims, claims["status"].isin(statuses) & ~claims["claim_id"].isin(shown), "status",
                       f"needs a row of claim_sources that {' or '.join(relations)} it", "add it, or change the status")
    for table, column, users in USED:
        users = users or [other for other in tables if other != table]
        used = {value for user in users for other in tables[user] if other.endswith(column) for value in tables[user][other]}
        by = users[0] if len(users) == 1 else "any table"
        yield from _at(tables[table], ~tables[table][column].isin(used), column, f"is not used by {by}",
                       "use it, or take it out")


RULES = (_plain_text, _calendar, _order, _published, _reports, _together, _margins, _percents, _statements, _pollsters, _notes)


def _broken_rules(data, package, tables, whole):
    """Yield what the rules find; ``whole`` when every file and row could be read. A table that could not is empty."""
    empty = {}
    for resource in package["resources"]:
        if resource["name"] not in tables and "schema" in resource:
            frame = empty[resource["name"]] = pd.DataFrame(
                columns=[field["name"] for field in resource["schema"]["fields"]], dtype="str")
            frame.attrs.update(file=resource["path"], dates=[])
    for rule in (*RULES, *([_complete] if whole else [])):
        try:
            yield from rule(tables | empty)
        except KeyError as missing:
            yield Problem(f"{data.name}/{PACKAGE}", 0, f"lacks {missing}, on which the rule {rule.__name__} works",
                          "restore it, or change the rule in hanoi/evidence.py")


def _at(frame, mask, column, rule, remedy):
    """Yield a problem for each row under ``mask``; ``{field}`` in the rule stands for that row's value."""
    for line, row in frame[mask].iterrows():
        yield Problem(frame.attrs["file"], line, rule.format_map(row), remedy, column, row[column])


def _days(text, end):
    """Return the first (``end`` 0) or the last day (1) that each stated date allows; NaT where it is none."""
    def day(stated):
        try:
            return span(stated)[end]
        except ValueError:
            return None
    return pd.to_datetime(text.map(day))


def _numbers(text):
    return pd.to_numeric(text, errors="coerce")


def main(arguments=None):
    parser = argparse.ArgumentParser(prog="python -m hanoi.evidence", description=check.__doc__.splitlines()[0])
    parser.add_argument("data", nargs="?", type=Path, default=DATA, help="the folder of the tables (default: data/)")
    began = time.monotonic()
    problems, tables = _check(parser.parse_args(arguments).data)
    for problem in problems:
        print(problem)
    if problems:
        files = len({problem.file for problem in problems})
        print(f"{len(problems)} problem{'s' * (len(problems) > 1)} in {files} file{'s' * (files > 1)}; nothing was written.")
        return 1
    rows, seconds = sum(map(len, tables.values())), time.monotonic() - began
    print(f"{len(tables)} tables with {rows} rows fit their description and the rules ({seconds:.1f} s).")
    return 0


if __name__ == "__main__":
    sys.exit(main())
