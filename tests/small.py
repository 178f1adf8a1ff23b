"""A small copy of the project: all of its machinery and tables, two notebooks and four pages, so that a build takes seconds."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import nbformat
import yaml

from hanoi.build import ROOT
from hanoi.build.guard import PERSONAL

STATE = """# State a number
from hanoi import evidence, numbers
polls = evidence.read("polls")
numbers.state("polls", len(polls), "{:,}", how="Rows of the table.", rows=polls)"""
ONE = [("markdown", "# Polls\n\nThe tables hold [](#polls) polls."), ("code", STATE)]
ROWS = [
    "% of \"adults\" -- 'it's' ...",
    "=1+1",
    "<!-- <script>",
    "$5 and $7",
    "https://[",
    "a\\b~c",
    "{x} `y`",
    "1. one",
]
TWO = [
    ("markdown", "# Sites\n\nThe first of the sites."),
    (
        "code",
        f"# Show rows\nimport pandas as pd\nfrom hanoi import charts\ncharts.table(pd.DataFrame({{'a': {ROWS!r}}}), 'Rows')",
    ),
    (
        "code",
        "# Show sites\nfrom hanoi import charts, evidence\ncharts.table(evidence.read('sites')[['name']].head(3), 'Sites')",
    ),
]
PAGES = {
    "index.md": "# A small book\n\nIt holds [](one.ipynb#polls) polls: {doc}`one`, {doc}`two`.\n",
    "numbers.md": "# Numbers\n\n```{made} numbers\n```\n",
    "sources.md": "# Sources\n\n```{made} sources\n```\n",
}


CHAPTERS = {"one": ONE, "two": TWO}


def project(folder, chapters=CHAPTERS, index=PAGES["index.md"]):
    """Make the small project in ``folder``, with these ``chapters`` (name → cells) and first page, and return it."""
    for name in ("hanoi", "data"):
        shutil.copytree(ROOT / name, folder / name, ignore=shutil.ignore_patterns("__pycache__"))
    for name in ("_config.yml", "Snakefile", "requirements.lock", "CITATION.cff", "pyproject.toml"):
        shutil.copy2(ROOT / name, folder / name)
    shutil.copytree(ROOT / "book" / "_static", folder / "book" / "_static")
    for name, text in (PAGES | {"index.md": index}).items():
        (folder / "book" / name).write_text(text, encoding="utf-8")
    for name, cells in chapters.items():
        notebook(folder / "book" / f"{name}.ipynb", cells)
    listed = [{"file": f"book/{name}"} for name in (*chapters, "numbers", "sources")]
    contents = {"format": "jb-book", "root": "book/index", "parts": [{"caption": "All", "chapters": listed}]}
    (folder / "_toc.yml").write_text(yaml.safe_dump(contents), encoding="utf-8")
    return folder


def notebook(path, cells):
    """Write a notebook of (kind, source) cells."""
    make = {"markdown": nbformat.v4.new_markdown_cell, "code": nbformat.v4.new_code_cell}
    made = [make[kind](source, id=f"cell-{place}") for place, (kind, source) in enumerate(cells)]
    nbformat.write(nbformat.v4.new_notebook(cells=made), path)


def command(folder, *words, start=subprocess.run, before=(), env=(), **options):
    """Run ``python -m hanoi.build`` in the project; ``before`` are words before the command, ``env`` settings beside those of a user."""
    own = {name: value for name, value in os.environ.items() if not name.startswith((*PERSONAL, "PYTEST", "HANOI"))}
    pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.STDOUT, "text": True, "errors": "replace"}
    settings = own | {"PYTHONDONTWRITEBYTECODE": "1"} | dict(env)
    return start([*before, sys.executable, "-m", "hanoi.build", *words], cwd=folder, env=settings, **(pipes | options))


def at_work(folder):
    """Return the command lines of the processes that work in the project."""
    found = []
    for process in Path("/proc").glob("[0-9]*"):
        try:
            if (process / "cwd").resolve().is_relative_to(folder):
                found.append((process / "cmdline").read_bytes().replace(b"\0", b" ").decode())
        except OSError:  # it ended meanwhile
            continue
    return [line for line in found if line]
