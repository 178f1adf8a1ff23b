"""A pytest plug-in: when nbval finds a difference, say which number or figure moved, and put old and new side by side."""

import contextlib
import difflib
import html
import os
import re

import pytest

from hanoi.build.forks import serve
from hanoi.build.guard import fonts, write
from hanoi.build.notebook import label
from hanoi.build.place import BUILD, ROOT

FIGURE = "application/vnd.after-hanoi.figure+json"
NUMBERS = "application/vnd.after-hanoi.numbers+json"
FOLDER = BUILD / "differences"


def lines(stored, fresh):
    """Return what moved between the stored and the fresh outputs of a cell, one line each; both are lists of outputs."""
    found = []
    before, after = (_numbers(outputs) for outputs in (stored, fresh))
    for key in sorted(before.keys() | after.keys()):
        old, new = before.get(key), after.get(key)
        if old is None or new is None:
            found.append(f"number {key}: {'no longer stated' if new is None else 'new, ' + _told(new)}")
        else:
            found += [
                f"number {key}: {part} was {old.get(part)!r}, is {new.get(part)!r}"
                for part in sorted(old.keys() | new.keys())
                if old.get(part) != new.get(part)
            ]
    before, after = (_figures(outputs) for outputs in (stored, fresh))
    for name in sorted(before.keys() | after.keys()):
        old, new = before.get(name), after.get(name)
        if old is None or new is None:
            found.append(f"figure {name}: {'no longer drawn' if new is None else 'new'}")
        elif old != new:
            texts = [part for part in ("title", "subtitle", "source", "alt") if old[part] != new[part]]
            found += [f"figure {name}: its {part} was {old[part]!r}, is {new[part]!r}" for part in texts]
            rows = [
                line
                for line in difflib.unified_diff(old["csv"].split("\n"), new["csv"].split("\n"), lineterm="", n=0)
                if re.match(r"[+-](?![+-])", line)
            ]
            found += [f"figure {name}: its data, {line}" for line in rows[:6]] + ["…"] * (len(rows) > 6)
            if not texts and not rows:
                found.append(f"figure {name}: the same data, drawn otherwise")
    before, after = (_texts(outputs) for outputs in (stored, fresh))
    if before != after:
        found += list(difflib.unified_diff(before, after, "stored", "fresh", lineterm="", n=0))[2:14]
    return found


def side_by_side(stored, fresh):
    """Return a page with each figure that differs, stored and fresh; empty text where none does."""
    before, after = (_figures(outputs) for outputs in (stored, fresh))
    rows = [
        f"<h2>{html.escape(name)}</h2><div><figure>{before.get(name, {}).get('svg', '')}<figcaption>stored</figcaption></figure>"
        f"<figure>{after.get(name, {}).get('svg', '')}<figcaption>fresh</figcaption></figure></div>"
        for name in sorted(before.keys() | after.keys())
        if before.get(name) != after.get(name)
    ]
    style = "div{display:grid;grid-template-columns:1fr 1fr;gap:2em} svg{width:100%;height:auto} figure{margin:0}"
    return f"<!doctype html><meta charset=utf-8><title>Differences</title><style>{style}</style>{''.join(rows)}" * bool(
        rows
    )


def pytest_configure(config):
    """Give kernels this folder's hanoi and list of fonts. Raises UsageError where tests of one folder would run on the code of another."""
    home = config.rootpath.resolve()
    if (home / "hanoi" / "pages").is_dir() and home != ROOT.resolve():
        raise pytest.UsageError(
            f"the tests are in {home}, but hanoi is that of {ROOT}: another environment is active; "
            "use this folder's own (make test, or .venv/bin/python -m pytest)"
        )
    os.environ |= {"PYTHONPATH": str(ROOT), "MPLCONFIGDIR": str(BUILD / "cache" / "matplotlib")}
    fonts()
    if config.getoption("nbval", False) and not hasattr(config, "workerinput"):
        kept = contextlib.ExitStack()
        kept.enter_context(serve())
        config.add_cleanup(kept.close)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item, call):
    """Replace nbval's wall of text by what moved."""
    report = yield
    outputs = getattr(item, "test_outputs", None)
    if call.when == "call" and report.failed and outputs and hasattr(item, "cell_num"):
        place = f"{item.path.name}, code cell ({label(item.cell)})"
        found = lines(item.cell.outputs, outputs)
        if page := side_by_side(item.cell.outputs, outputs):
            path = FOLDER / f"{item.path.stem}-{item.cell_num}.html"
            write(path, page.encode())
            found.append(f"side by side: {path.relative_to(BUILD.parent)}")
        if found:
            report.longrepr = "\n".join([f"{place}: stored and fresh outputs differ", *(f"  {line}" for line in found)])
    return report


def _told(number):
    return f"{number['text']} {number['unit']}".strip()


def _numbers(outputs):
    return {
        number["key"]: number
        for output in outputs
        for number in output.get("data", {}).get(NUMBERS, {}).get("numbers", ())
    }


def _figures(outputs):
    return {
        output["data"][FIGURE]["name"]: {**output["data"][FIGURE], "svg": output["data"].get("image/svg+xml", "")}
        for output in outputs
        if FIGURE in output.get("data", {})
    }


def _texts(outputs):
    """Return the lines of all other text among outputs."""
    found = []
    for output in outputs:
        data = output.get("data", {})
        if FIGURE not in data and NUMBERS not in data:
            text = (
                output.get("text") or data.get("text/markdown") or data.get("text/plain") or output.get("evalue") or ""
            )
            found += "".join(text).split("\n")
    return found
