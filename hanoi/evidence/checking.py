"""Check the tables: the files, the package by frictionless, and the rules across columns and tables."""

import difflib
import re
from pathlib import Path

import pandas as pd

from hanoi.evidence import reading
from hanoi.evidence.files import PACKAGE, Problem, foreign_keys, listed, load, package, parsed
from hanoi.evidence.rules import RULES, complete


def check(data=None):
    """Return every :class:`Problem` of the tables in ``data`` (a folder; this project's own by default), sorted.

    Three layers: the files themselves; types, constraints, keys (by frictionless) and links of the package; the rules.
    A later layer is silent about a line or a cell that an earlier one has found wrong.
    """
    return checked(Path(data or reading.DATA))[0]


def checked(data):
    """Return the problems, and table name → texts indexed by line number."""
    descriptor, problems = package(data)
    if problems:
        return problems, {}
    tables = {}
    for resource in descriptor["resources"]:
        if "schema" in resource:
            tables[resource["name"]], found = load(data, resource)
        else:
            file = f"{data.name}/{resource['path']}"
            content, found = parsed(data / resource["path"], file)
            if not found and not content.get("features"):
                found = [Problem(file, 0, "has no features", "restore it")]
        problems += found
    tables = {name: frame for name, frame in tables.items() if frame is not None}
    spoilt, lines, cells = (
        {problem.file for problem in problems},
        {(problem.file, problem.line) for problem in problems},
        set(),
    )
    for problem in [
        *_conformity(data, descriptor, tables, spoilt),
        *_broken_rules(data, descriptor, tables, whole=not problems),
    ]:
        cell = (problem.file, problem.line, problem.column)
        if cell[:2] not in lines and cell not in cells:
            cells.add(cell)
            problems.append(problem)
    return _by_cause(problems), tables


MANY = 5  # problems of one kind in one column; more have one cause and get one line


def _by_cause(problems):
    """Return the problems, sorted, one for each cause: what is wrong alike in more than MANY cells, or all over a row, is one."""
    rows, columns = {}, {}
    for problem in problems:
        columns.setdefault(_kind(problem), []).append(problem)
        rows.setdefault((problem.file, problem.line), []).append(problem)
    out = []
    for (file, line), found in rows.items():
        few = [problem for problem in found if len(columns[_kind(problem)]) <= MANY]
        cells = [problem for problem in few if problem.column]
        if line > 1 and len(cells) >= SHIFTED:
            said = ", ".join(f"{problem.column} {problem.value!r}" for problem in cells[:3])
            rule = f"has {len(cells)} cells that do not fit their columns ({said} …): it looks shifted"
            remedy = "look for a comma too many or too few, or for cells that were moved"
            few = [Problem(file, line, rule, remedy), *(problem for problem in few if not problem.column)]
        out += few
    for found in columns.values():
        if len(found) > MANY:
            first = min(found, key=lambda problem: problem.line)
            shown = ", ".join(f"{problem.value!r} in line {problem.line}" for problem in found[1:3])
            rule, remedy = first.rule, first.remedy
            if sum(bool(SPREADSHEET_DATE.fullmatch(problem.value)) for problem in found) > len(found) / 2:
                rule = "is a date as a spreadsheet writes it; day and month may have changed places"
                remedy = "take the column from the last good version, and import dates as text (CONTRIBUTING.md)"
            rule = f"{rule} (and {len(found) - 1} cells more: {shown} …)"
            out.append(Problem(first.file, first.line, rule, remedy, first.column, first.value))
    return sorted(out, key=lambda problem: (problem.file, problem.line, problem.column, problem.rule))


SHIFTED = 4  # wrong cells in one row that look like one shift
SPREADSHEET_DATE = re.compile(r"\d{1,4}[./]\d{1,2}[./]\d{2,4}|\d{5}|\d{1,2}-[A-Z][a-z]{2}-\d{2,4}")


def _kind(problem):
    return problem.file, problem.column, problem.rule, problem.remedy


NUMBERS = {"integer": "-?[0-9]+|", "number": r"-?[0-9]+(?:\.[0-9]+)?|"}


def _conformity(data, descriptor, tables, spoilt):
    """Yield what is wrong in the tables that could be opened: types, constraints and keys, by frictionless; and links.

    The shape of a file is the business of files.load; in a file that is not ``spoilt`` by it, nothing else may go wrong.
    Links are followed here, since frictionless reads the table at their end once more for each of them.
    """
    from frictionless import Package  # only where needed: it takes longer than a read

    resources = [resource for resource in descriptor["resources"] if resource["name"] in tables]
    apart = [
        dict(resource, schema={name: part for name, part in resource["schema"].items() if name != "foreignKeys"})
        for resource in resources
    ]
    described = Package.from_descriptor(dict(descriptor, resources=apart), basepath=str(data))
    report = described.validate(limit_errors=10**6)
    for task, resource in zip(report.tasks, resources, strict=True):
        frame, schema = tables[task.name], resource["schema"]
        file, names = frame.attrs["file"], list(listed(schema["primaryKey"]))
        fields = {field["name"]: field for field in schema["fields"]}
        for name, field in fields.items():
            if form := NUMBERS.get(field["type"]):  # Python reads 8_02 and digits of other scripts as numbers
                for line, value in frame.loc[~frame[name].str.fullmatch(form), name].items():
                    what = {"integer": "whole number", "number": "number"}[field["type"]]
                    yield Problem(file, line, f"is not a {what}", "correct the value", name, value)
        for error in task.errors:
            if error.type not in ("type-error", "constraint-error", "primary-key"):
                if file not in spoilt:
                    yield Problem(file, 0, f"does not pass: {error.message}", "correct it, or its description")
                continue
            line = frame.index[error.row_number - 2]
            if error.type != "primary-key":
                yield Problem(file, line, *_breach(fields[error.field_name], error), error.field_name, error.cell)
            elif twin := re.search(r"position (\d+)", error.note):
                yield Problem(
                    file,
                    line,
                    f"names the same row as line {frame.index[int(twin[1]) - 2]}",
                    "take one out, or rename it",
                    ", ".join(names),
                    ", ".join(frame.loc[line, names]),
                )
        for here, other, there in foreign_keys(schema):
            if other in tables:
                yield from _dangling(frame, here, tables[other], there)


def _dangling(frame, columns, other, there):
    """Yield the values of ``columns`` that the columns ``there`` of another table lack; empty cells are no link."""
    known, lines = set(other[list(there)].itertuples(index=False, name=None)), {}
    for line, *values in frame[list(columns)].itertuples(name=None):
        if any(values) and tuple(values) not in known:
            lines.setdefault(", ".join(values), []).append(line)
    for values, at in lines.items():
        more = f" (first of {len(at)} lines)" if at[1:] else ""
        rule = f"is not in {other.attrs['file']}, column {', '.join(there)}{more}"
        yield Problem(frame.attrs["file"], at[0], rule, "add it there, or correct it", ", ".join(columns), values)


def _breach(field, error):
    """Return in words the rule that a cell breaks, and the remedy."""
    limits, like = field.get("constraints", {}), "correct the value"
    if "example" in field:
        like = f"write it like {field['example']!r}"
    if error.type == "type-error":
        truths = [repr(code) for name in ("trueValues", "falseValues") for code in field.get(name, (name[:-6],))]
        return {
            "integer": "is not a whole number",
            "number": "is not a number",
            "boolean": f"is not {' or '.join(truths)}",
        }.get(field["type"], f"is no {field['type']}"), like
    name = re.search(r'constraint "(\w+)"', error.note)[1]
    scope = f"({limits.get('minimum')} to {limits.get('maximum')} {field.get('unit', '')}".rstrip() + ")"
    told = {
        "required": ("is empty", "fill it in"),
        "minimum": (f"is less than {limits.get('minimum')} {scope}", like),
        "maximum": (f"is more than {limits.get('maximum')} {scope}", like),
        "enum": (f"is not one of {_choice(error.cell, limits.get('enum', ()))}", "take one of them"),
        "pattern": ("is not written as this column must be", like),
    }
    return told.get(name, (f"breaks {name} {limits[name]}", like))


def _choice(value, codes, most=12):
    """Return the codes in words; where they are many, the nearest to ``value`` and how many there are."""
    if len(codes) <= most:
        return ", ".join(codes)
    near = difflib.get_close_matches(value, codes, n=3, cutoff=0.5)
    return f"the {len(codes)} codes in {PACKAGE}" + (f" (near to it: {', '.join(near)})" if near else "")


def _broken_rules(data, descriptor, tables, whole):
    """Yield what the rules find; ``whole`` when every file and row could be read. A table that could not is empty."""
    empty = {}
    for resource in descriptor["resources"]:
        if resource["name"] not in tables and "schema" in resource:
            frame = empty[resource["name"]] = pd.DataFrame(
                columns=[field["name"] for field in resource["schema"]["fields"]], dtype="str"
            )
            frame.attrs.update(file=resource["path"], dates=[])
    for rule in (*RULES, *([complete] if whole else [])):
        try:
            yield from rule(tables | empty)
        except KeyError as missing:
            yield Problem(
                f"{data.name}/{PACKAGE}",
                0,
                f"lacks {missing}, on which the rule {rule.__name__} works",
                "restore it, or change the rule in hanoi/evidence/rules.py",
            )
