"""``python -m benchmarks.where``: where the time of a build goes, chapter by chapter and stage by stage.

Runs each notebook alone, from a cold kernel, with a clock at each cell, then renders the pages with a clock at each line
that Sphinx says. Writes ``benchmarks/results/where.json``: each stage as a share of the time of all notebooks, or of the
whole render, and how often a cold build in a clone takes what cannot be saved: the cells' own time, shared among the
cores, and one render. Seconds are those of one machine and stay out of it. ``make bench`` calls it last.
"""

import json
import os
import re
import statistics
import subprocess
import sys
import time

import nbformat
from nbclient import NotebookClient

from benchmarks import clones
from hanoi import charts
from hanoi.build import publish
from hanoi.build.notebook import chapters, opened_notebook, written
from hanoi.build.place import ROOT

TARGET = ROOT / "benchmarks" / "results" / "where.json"
#: What Sphinx says when a stage begins → the stage, in the order in which they follow each other.
STAGES = {
    "reading sources": "read",
    "looking for now-outdated": "links and numbers",
    "writing output": "write",
    "generating indices": "other pages, search, pictures, files",
}


def notebook(path):
    """Return stage → seconds of one notebook: kernel, imports, computation, drawing, saving.

    The first code cell imports; a cell that shows a figure draws, whatever it computes beside.
    """
    book = opened_notebook(path, path.name)
    client = NotebookClient(book, kernel_name="python3", resources={"metadata": {"path": str(path.parent)}})
    spent = dict.fromkeys(("start", "imports", "computation", "drawing", "saving"), 0.0)
    began, stage = time.monotonic(), "imports"
    with client.setup_kernel(env=os.environ | {"PYTHONHASHSEED": "0", "PYTHONPATH": str(ROOT)}):
        spent["start"] = time.monotonic() - began
        for place, cell in enumerate(book.cells):
            if cell.cell_type == "code":
                began = time.monotonic()
                client.execute_cell(cell, place)
                took = time.monotonic() - began
                drawn = any(charts.MIME in output.get("data", {}) for output in cell.outputs)
                spent["drawing" if drawn else stage] += took
                stage = "computation"
        began = time.monotonic()
    nbformat.reads(written(book).decode(), as_version=4)
    spent["saving"] = time.monotonic() - began
    return spent


def render():
    """Return stage → seconds of one render of all pages from the runs that are there."""
    publish.GROUND.unlink(missing_ok=True)  # else the pages of the last render would be taken
    command = [sys.executable, "-u", "-m", "hanoi.build", "pages"]
    spent, stage, began, next_ones = {}, "start", time.monotonic(), list(STAGES)
    job = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    for line in job.stdout:
        plain = re.sub(r"\x1b\[[\d;]*m", "", line)
        if next_ones and plain.startswith(next_ones[0]):  # Sphinx says that it writes before it reads, too
            now = time.monotonic()
            spent[stage] = now - began
            stage, began = STAGES[next_ones.pop(0)], now
    if job.wait() or next_ones:
        raise SystemExit("the pages were not rendered; run `make book` and see what it says")
    spent[stage] = time.monotonic() - began
    return spent


def shares(spent):
    """Return nested seconds as percent of their sum, to a tenth."""
    total = sum(sum(part.values()) for part in spent.values())
    return {name: {stage: round(100 * took / total, 1) for stage, took in part.items()} for name, part in spent.items()}


def least(notebooks, pages):
    """Return the seconds of a build that would only compute and draw, on all cores, and then render."""
    cells = sum(spent["computation"] + spent["drawing"] for spent in notebooks.values())
    return cells / os.cpu_count() + sum(pages.values())


def cold():
    """Return the seconds of a build in the clone of this commit, with nothing built before."""
    clones.clone(clones.NOW)
    return clones.timed(clones.NOW, "make", "book")["wall"]


def main():
    """Measure and write the result."""
    build = [sys.executable, "-m", "hanoi.build", "book"]
    subprocess.run(build, cwd=ROOT, check=True)  # runs that hold, to be rendered
    clones.clone(clones.NOW)
    clones.borrow(clones.NOW)
    builds, found = [cold()], {}
    for chapter in chapters():
        print(f"{chapter} …", flush=True)
        found[chapter] = notebook(ROOT / "book" / f"{chapter}.ipynb")
    pages = render()
    builds.append(cold())
    record = {
        "what": "percent of the time of all notebooks, each run alone from a cold kernel; percent of the render; "
        "cold build as a multiple of the cells' time by the cores and one render",
        "commit": clones.commit_of()[:12],
        "notebooks": shares(found),
        "render": shares({"pages": pages})["pages"],
        "cold": round(statistics.mean(builds) / least(found, pages), 2),
        "machine": clones.machine(),
    }
    TARGET.write_text(json.dumps(record, indent=1) + "\n", encoding="utf-8")
    print(f"Written: {TARGET.relative_to(ROOT)}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
