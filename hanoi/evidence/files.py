"""Open the files of ``data/``: texts by line, and whatever is wrong with a file itself."""

import csv
import io
import json
import re
from dataclasses import dataclass

import pandas as pd

PACKAGE = "datapackage.json"
EDTF = "http://id.loc.gov/datatypes/edtf/EDTF-level0"  # rdfType of a field whose date may stop at the month or the year


TEXTS = ("CHANGES.md", "README.md", "geo/README.md")  # beside the package
SEPARATORS = {";": "semicolons", "\t": "tabs", "|": "upright strokes"}
TIDY = "`make tidy-data` does it"


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
        return (
            f"{self.file}{f':{self.line}' if self.line else ''}: {f'column {self.column}: ' if self.column else ''}"
            f"{f'{value!r} ' if value else ''}{self.rule}; {self.remedy}"
        )


def listed(names):
    """Return one name or several as a tuple."""
    return (names,) if isinstance(names, str) else tuple(names)


def described(data, descriptor):
    """Return the paths below ``data`` that are read and published: what the package describes, and its own texts."""
    paths = [PACKAGE, *TEXTS, *(resource["path"] for resource in descriptor["resources"])]
    return sorted(path for path in paths if (data / path).is_file())


def undescribed(data, descriptor):
    """Return a line for each other file below ``data``: it stays out. One that looks like a copy is asked about."""
    known, lines = set(described(data, descriptor)), []
    for path in sorted(path.relative_to(data).as_posix() for path in data.rglob("*") if path.is_file()):
        if path in known:
            continue
        stem = re.split(r"\.csv|\.xls|\.ods| \(\d|[ _-]+cop(?:y|ie)", path.casefold().lstrip("._~"))[0].strip()
        twin = next((name for name in known if name.casefold().rpartition(".")[0] == stem), None)
        asked = f"; is it a copy of {data.name}/{twin}? Bring its rows over, or take it away" if twin else ""
        lines.append(
            f"{data.name}/{path}: stays out of the book and its downloads: {PACKAGE} does not describe it{asked}"
        )
    return lines


def foreign_keys(schema):
    """Return the foreign keys of a table as (its fields, the other table, the fields there)."""
    return [
        (listed(link["fields"]), link["reference"]["resource"], listed(link["reference"]["fields"]))
        for link in schema.get("foreignKeys", ())
    ]


def parsed(path, file):
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


def package(data):
    """Return the descriptor of the package in ``data`` and what is wrong with it."""
    from frictionless import FrictionlessException, Package  # only where needed: it takes longer than a read

    file = f"{data.name}/{PACKAGE}"
    descriptor, problems = parsed(data / PACKAGE, file)
    if problems:
        return None, problems
    try:
        Package.from_descriptor(descriptor, basepath=str(data))
        schemas = {resource["name"]: resource["schema"] for resource in descriptor["resources"] if "schema" in resource}
        known = {table: [field["name"] for field in schema["fields"]] for table, schema in schemas.items()}
        problems += [
            Problem(file, 0, "has no path to one file", "give it one", value=resource["name"])
            for resource in descriptor["resources"]
            if not isinstance(resource.get("path"), str)
        ]
        for table, schema in schemas.items():
            if "primaryKey" not in schema:
                problems.append(Problem(file, 0, "has no primaryKey", "give it one", value=table))
            for _, other, there in foreign_keys(schema):
                problems += [
                    Problem(file, 0, f"is in a key of {table} and is no field of {other}", "correct it", value=field)
                    for field in there
                    if field not in known[other]
                ]
            for field in schema["fields"]:
                re.compile(field.get("constraints", {}).get("pattern", ""))
    except FrictionlessException as error:
        notes = [reason.note for reason in error.reasons] or [error.error.note]
        problems += [Problem(file, 0, f"is no data package: {note}", "correct it") for note in notes]
    except re.error as error:
        problems += [Problem(file, 0, f"is no pattern: {error.msg}", "correct it", value=str(error.pattern))]
    except (KeyError, TypeError, AttributeError) as error:
        problems += [
            Problem(
                file,
                0,
                f"is no data package of tables: {error}",
                "give every table fields, and foreign keys to tables of this package only",
            )
        ]
    return descriptor, problems


def _decoded(content, file, names):
    """Return the bytes of a table as text, without a byte order mark, and what is wrong with them."""
    if content[:2] in (b"\xff\xfe", b"\xfe\xff") or content[:200].count(b"\0") > 20:
        return "", [Problem(file, 0, "is UTF-16", f"save it as UTF-8; {TIDY}")]
    problems = []
    if content.startswith(b"\xef\xbb\xbf"):
        problems.append(Problem(file, 1, "starts with a byte order mark", f"save it as UTF-8 without one; {TIDY}"))
        content = content[3:]
    for number, line in enumerate(content.split(b"\n"), start=1):
        try:
            line.decode("utf-8")
        except UnicodeDecodeError as error:
            place = line[: error.start].decode("utf-8")
            place = len(next(csv.reader([place]))) - 1 if place else 0
            cell = next(csv.reader([line.decode("latin-1").strip("\r")]))[place]
            column = [*names, "after the last"][min(place, len(names))]
            problems.append(Problem(file, number, "is not UTF-8", "save the file as UTF-8", column, cell))
    return content.decode("utf-8", "replace"), problems


def _spoilt(text, file, names):
    """Return the one cause, where there is one, for which most lines of a table do not fit."""
    lines = text.splitlines()
    marks = [number for number, line in enumerate(lines, 1) if re.match(r"(<{7}|>{7}) |={7}$", line)]
    if marks:
        more = f" (lines {', '.join(map(str, marks[:3]))}{' …' if marks[3:] else ''})"
        return [Problem(file, marks[0], f"holds the marks of a merge{more}", "settle the merge, and take them out")]
    header = lines[0] if lines else ""
    for sign, name in SEPARATORS.items():
        cells = [cell.strip('"') for cell in header.split(sign)]
        if "," not in header and len(set(cells) & set(names)) > len(names) / 2:
            return [Problem(file, 0, f"has its cells parted by {name}", f"part them by commas; {TIDY}")]
    if empty := re.search(r",+$", header):
        count = len(empty[0])
        what = f"{count} empty column{'s' * (count > 1)} at its right end"
        return [Problem(file, 1, f"has {what}", f"take them out; {TIDY}")]
    return []


def _stray(text, file, names):
    """Yield a problem for each quotation mark inside a cell that is not quoted (RFC 4180, section 2, rule 5)."""
    for number, line in enumerate(text.split("\n"), start=1):
        place = at = 0
        while '"' in line[at:]:
            if line[at] == '"':
                quoted = re.compile(r'"(?:[^"]|"")*"').match(line, at)
                if not quoted:
                    return  # without its partner on this line: the reader says so
                at = quoted.end()
            else:
                cell = re.compile("[^,]*").match(line, at)[0]
                if '"' in cell:
                    yield Problem(
                        file,
                        number,
                        "holds a quotation mark but is not quoted",
                        "put the cell in double quotation marks, and double each mark inside it",
                        [*names, "after the last"][min(place, len(names))],
                        cell.rstrip("\r"),
                    )
                at += len(cell)
            at, place = at + 1, place + 1


def load(data, resource):
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
    if any(problem.column or not problem.line for problem in problems):
        return None, problems
    if found := _spoilt(text, file, names) or list(_stray(text, file, names)):
        return None, [*problems, *found]
    reader, rows, line = csv.reader(io.StringIO(text, newline=""), strict=True), {}, 1
    try:
        for row in reader:
            rows[line], line = row, reader.line_num + 1
    except csv.Error as error:
        return None, [
            *problems,
            Problem(
                file,
                line,
                f"has a quotation mark without its partner ({error})",
                "close the quotation, and double each mark inside it",
            ),
        ]
    if not rows:
        return None, [Problem(file, 0, "is empty, without even a header", "restore it")]
    header = rows.pop(1)
    problems += [
        Problem(file, 1, "is not a column of this table", "rename it, or take it out", name)
        for name in header
        if name not in names
    ]
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
            problems.append(
                Problem(
                    file,
                    line,
                    f"has {len(row)} cells instead of {len(names)}",
                    "put each cell that holds a comma in double quotation marks",
                )
            )
    fitted = [(row + [""] * len(names))[: len(names)] for row in rows.values()]
    frame = pd.DataFrame(fitted, columns=names, index=list(rows), dtype="object")
    dates = [field["name"] for field in resource["schema"]["fields"] if field.get("rdfType") == EDTF]
    frame.attrs.update(file=file, dates=dates)
    return frame, problems
