"""Check the tables: the files, the package by frictionless, and the rules across columns and tables."""

import difflib
import re
from pathlib import Path

import pandas as pd

from hanoi.evidence import reading
from hanoi.evidence.files import PACKAGE, Problem, listed, load, package, parsed
from hanoi.evidence.rules import RULES, complete


def check(data=None):
    """Return every :class:`Problem` of the tables in ``data`` (a folder; this project's own by default), sorted.

    Three layers: the files themselves; types, constraints and keys of the package, by frictionless; the rules below.
    A later layer is silent about a line or a cell that an earlier one has found wrong.
    """
    return checked(Path(data or reading.DATA))[0]


def checked(data):
    """Return the problems, and table name → texts indexed by line number."""
    descriptor, problems = package(data)
    if problems:
        return problems, {}
    tables, described = {}, {PACKAGE}
    for resource in descriptor["resources"]:
        described.add(resource["path"])
        if "schema" in resource:
            tables[resource["name"]], found = load(data, resource)
        else:
            file = f"{data.name}/{resource['path']}"
            content, found = parsed(data / resource["path"], file)
            if not found and not content.get("features"):
                found = [Problem(file, 0, "has no features", "restore it")]
        problems += found
    tables = {name: frame for name, frame in tables.items() if frame is not None}
    for path in sorted(path.relative_to(data).as_posix() for path in data.rglob("*")):
        if Path(path).suffix in (".csv", ".json", ".geojson") and path not in described:
            problems.append(Problem(f"{data.name}/{path}", 0, "is not in the package", f"describe it in {PACKAGE}"))
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
    return sorted(problems, key=lambda problem: (problem.file, problem.line, problem.column, problem.rule)), tables


def _conformity(data, descriptor, tables, spoilt):
    """Yield what frictionless finds in the tables that could be opened: types, constraints and keys.

    The shape of a file is the business of files.load; in a file that is not ``spoilt`` by it, nothing else may go wrong.
    """
    from frictionless import Package  # only where needed: it takes longer than a read

    resources = [
        dict(
            resource,
            schema=dict(
                resource["schema"],
                foreignKeys=[
                    link
                    for link in resource["schema"].get("foreignKeys", ())
                    if link["reference"]["resource"] in tables
                ],
            ),
        )
        for resource in descriptor["resources"]
        if resource["name"] in tables
    ]
    described = Package.from_descriptor(dict(descriptor, resources=resources), basepath=str(data))
    report = described.validate(limit_errors=10**6)
    for task, resource in zip(report.tasks, resources, strict=True):
        frame, schema, dangling = tables[task.name], resource["schema"], {}
        file, names = frame.attrs["file"], list(listed(schema["primaryKey"]))
        fields = {field["name"]: field for field in schema["fields"]}
        for error in task.errors:
            if error.type not in ("type-error", "constraint-error", "primary-key", "foreign-key"):
                if file not in spoilt:
                    yield Problem(file, 0, f"does not pass: {error.message}", "correct it, or its description")
                continue
            line = frame.index[error.row_number - 2]
            if error.type == "foreign-key":
                link = error.field_names, error.field_cells, error.reference_name, error.reference_field_names
                dangling.setdefault(tuple(", ".join(map(str, listed(part))) for part in link), []).append(line)
            elif error.type != "primary-key":
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
        for (columns, values, other, there), at in dangling.items():
            more = f" (first of {len(at)} lines)" if at[1:] else ""
            yield Problem(
                file,
                at[0],
                f"is not in {tables[other].attrs['file']}, column {there}{more}",
                "add it there, or correct it",
                columns,
                values,
            )


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
