"""Every notebook is stored as it ran: from top to bottom, without an error or a warning, figures as SVG.

nbval compares the stored outputs with a fresh run, but passes over cells that never ran and over PNG images.
"""

import json
import re

import nbformat
import pytest

from hanoi import charts
from hanoi.build import ROOT
from tests.conftest import stored

KEPT_OUT = {  # tags by which nbval or a builder passes over a cell, in all spellings
    "nbval-ignore-output",
    "nbval-skip",
    "nbval-raises-exception",
    "nbval-check-output",
    "raises-exception",
    "skip-execution",
    "pytest-validate-ignore-output",
}


def faults(notebook):
    """Return what keeps a notebook from being stored as it ran, one line each."""
    found = [f"cell {cell.id} is raw and never runs" for cell in notebook.cells if cell.cell_type == "raw"]
    code = [cell for cell in notebook.cells if cell.cell_type == "code"]
    for number, cell in enumerate(code, start=1):
        at = f"code cell {number}"
        if not cell.source.strip():
            found.append(f"{at} is empty")
        if cell.execution_count != number:
            found.append(f"{at} has execution count {cell.execution_count}: stored out of order or never run")
        tags = {tag.lower().replace("_", "-") for tag in cell.metadata.get("tags", ())}
        if tags & KEPT_OUT or re.search(
            r"#\s*(NBVAL_|PYTEST_VALIDATE_|RAISES_EXCEPTION|SKIP_EXECUTION)", cell.source, re.IGNORECASE
        ):
            found.append(f"{at} is kept from comparison")
        if {"remove-cell", "remove-output", "remove-stdout", "hide-output"} & tags:
            found.append(f"{at} is kept from the page")
        if re.search(
            r"except[^:\n]*:\s*(pass|\.\.\.)|contextlib\.suppress|warnings\.(filterwarnings|simplefilter)", cell.source
        ):
            found.append(f"{at} swallows an exception or a warning")
        for output in cell.outputs:
            kinds = set(output.get("data", ()))
            if any("widget" in kind for kind in kinds):
                found.append(f"{at} stored a widget, which nobody sees without a server")
            if output.output_type == "error":
                found.append(f"{at} stored an error")
            if output.get("name") == "stderr":
                found.append(f"{at} wrote to stderr")
            if kinds & {"image/png", "image/jpeg"}:
                found.append(f"{at} stored a bitmap, which is not compared")
            if " at 0x" in str(output.get("data", {}).get("text/plain", "")):
                found.append(f"{at} stored the address of an object, which changes from run to run")
            if "image/svg+xml" in kinds and charts.MIME not in kinds:
                found.append(f"{at} shows a figure without alt text and data: use charts.show")
    return found


@pytest.mark.parametrize("name", stored())
def test_stored_as_it_ran(name):
    assert faults(stored()[name]) == []


@pytest.mark.parametrize("name", stored())
def test_no_path_of_a_machine(name):
    text = (ROOT / "book" / f"{name}.ipynb").read_text(encoding="utf-8")
    assert [place for place in ("/home/", "/root/", "/tmp/", "/work/") if place in text] == []


CELLS, FUNCTIONS, FOLDS = 40, 2, 3  # code cells and functions of a notebook, code cells of a section


def shape(notebook):
    """Return where a notebook has more cells, functions or folds than a reader can follow, one line each."""
    code = [cell.source for cell in notebook.cells if cell.cell_type == "code"]
    found = [f"{len(code)} code cells"] * (len(code) > CELLS)
    functions = sum(len(re.findall(r"^def ", source, re.MULTILINE)) for source in code)
    found += [f"{functions} functions; move what is more to hanoi/"] * (functions > FUNCTIONS)
    found += [
        f"code cell {place} has no comment as its first line"
        for place, source in enumerate(code, 1)
        if source[:2] != "# "
    ]
    section, count = "the opening", 0
    for cell in [*notebook.cells, nbformat.v4.new_markdown_cell("# End")]:
        if cell.cell_type == "code":
            count += 1
        elif heads := re.findall(r"^#+ (.+)$", cell.source, re.MULTILINE):
            found += [f"{count} code cells in the section {section!r}"] * (count > FOLDS)
            section, count = heads[-1], 0
    return found


@pytest.mark.parametrize("name", stored())
def test_a_chapter_has_the_shape_of_a_chapter(name):
    assert shape(stored()[name]) == []


def test_a_shapeless_chapter_is_found():
    cell = nbformat.v4.new_code_cell
    crowded = nbformat.v4.new_notebook(cells=[cell("x = 1"), *[cell("# A\ndef f(): ...") for _ in range(40)]])
    assert [line.split(" ", 1)[1][:12] for line in shape(crowded)] == [
        "code cells",
        "functions; m",
        "cell 1 has n",
        "code cells i",
    ]


def test_faults_are_found():
    cell = nbformat.v4.new_code_cell
    broken = nbformat.v4.new_notebook(
        cells=[
            cell("1"),
            cell("2", execution_count=1),
            cell("3", execution_count=3, outputs=[nbformat.v4.new_output("stream", name="stderr", text="careful")]),
            cell("4", execution_count=4, outputs=[nbformat.v4.new_output("display_data", {"image/png": ""})]),
            cell("5", execution_count=5, outputs=[nbformat.v4.new_output("display_data", {"image/svg+xml": "<svg/>"})]),
            cell("6", execution_count=6, metadata={"tags": ["nbval-skip"]}),
            cell("", execution_count=7),
            cell("8", execution_count=8, outputs=[nbformat.v4.new_output("error", ename="E", evalue="", traceback=[])]),
            cell(
                "9",
                execution_count=9,
                outputs=[nbformat.v4.new_output("execute_result", {"text/plain": "<Axes at 0x7f1>"})],
            ),
        ]
    )
    assert [line[:11] for line in faults(broken)] == [f"code cell {number}" for number in range(1, 10)]
    for kept in (
        cell("# PYTEST_VALIDATE_IGNORE_OUTPUT\n1", execution_count=1),
        cell("#nbval_skip\n1", execution_count=1),
        cell("1", execution_count=1, metadata={"tags": ["pytest-validate-ignore-output"]}),
        cell("1", execution_count=1, metadata={"tags": ["skip-execution"]}),
        cell("1", execution_count=1, metadata={"tags": ["Raises_Exception"]}),
        cell("1", execution_count=1, metadata={"tags": ["remove-output"]}),
        cell("1", execution_count=1, metadata={"tags": ["remove-cell"]}),
        cell("try:\n    1 / 0\nexcept Exception:\n    pass", execution_count=1),
        cell("import warnings; warnings.simplefilter('ignore')", execution_count=1),
        cell(
            "1",
            execution_count=1,
            outputs=[nbformat.v4.new_output("display_data", {"application/vnd.jupyter.widget-view+json": {}})],
        ),
        nbformat.v4.new_raw_cell("1 + 1"),
    ):
        assert len(faults(nbformat.v4.new_notebook(cells=[kept]))) == 1, kept
    assert faults(nbformat.from_dict(json.loads(json.dumps(nbformat.v4.new_notebook())))) == []
