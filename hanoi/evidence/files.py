"""Open the files of ``data/``: texts by line, and whatever is wrong with a file itself."""

import csv
import io
import json
import re
from dataclasses import dataclass

import pandas as pd

PACKAGE = "datapackage.json"
EDTF = "http://id.loc.gov/datatypes/edtf/EDTF-level0"  # rdfType of a field whose date may stop at the month or the year


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
    problems = []
    if content.startswith(b"\xef\xbb\xbf"):
        problems.append(Problem(file, 1, "starts with a byte order mark", "save it as UTF-8 without one"))
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
    if any(problem.column for problem in problems):
        return None, problems
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
