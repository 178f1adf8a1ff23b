"""Every notebook is stored as it ran: from top to bottom, without an error or a warning, figures as SVG.

nbval compares the stored outputs with a fresh run, but passes over cells that never ran and over PNG images.
"""

import json

import nbformat
import pytest

from hanoi import charts
from hanoi.build import ROOT

NOTEBOOKS = sorted((ROOT / "book").glob("*.ipynb"))


def faults(notebook):
    """Return what keeps a notebook from being stored as it ran, one line each."""
    found = []
    code = [cell for cell in notebook.cells if cell.cell_type == "code"]
    for number, cell in enumerate(code, start=1):
        at = f"code cell {number}"
        if not cell.source.strip():
            found.append(f"{at} is empty")
        if cell.execution_count != number:
            found.append(f"{at} has execution count {cell.execution_count}: stored out of order or never run")
        if {"nbval-ignore-output", "nbval-skip", "raises-exception"} & set(
            cell.metadata.get("tags", ())
        ) or "NBVAL_" in cell.source:
            found.append(f"{at} is kept from comparison")
        for output in cell.outputs:
            kinds = set(output.get("data", ()))
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


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_stored_as_it_ran(path):
    assert faults(nbformat.read(path, as_version=4)) == []


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_no_path_of_a_machine(path):
    text = path.read_text(encoding="utf-8")
    assert [place for place in ("/home/", "/root/", "/tmp/", "/work/") if place in text] == []


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
    assert faults(nbformat.from_dict(json.loads(json.dumps(nbformat.v4.new_notebook())))) == []
