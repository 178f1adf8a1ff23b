"""Run one notebook from a clean start and record what it read."""

import json
import os
from pathlib import Path

import nbformat
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError, CellTimeoutError

from hanoi.build.notebook import ROOT, digest

CELL_SECONDS = 600

# Runs in the kernel before the first cell and after the last one; neither cell is kept.
_WATCH = """
import sys as _sys
_opened = set()
_sys.addaudithook(lambda event, args: _opened.add(str(args[0])) if event == "open" else None)
"""
_TELL = """
import json as _json, sys as _sys
_modules = {str(m.__file__) for n, m in list(_sys.modules.items()) if n.split(".")[0] == "hanoi"}
print(_json.dumps(sorted(_opened | _modules)))
"""


def execute(source, target, env=()):
    """Run ``source`` in a fresh kernel in its own folder and write it with its outputs to ``target``.

    ``env`` holds settings of the kernel's environment beside those of this process. Nothing is written unless every cell ran, without stderr. Raises SystemExit with one line for people.
    """
    source, target = Path(source).resolve(), Path(target)
    notebook = nbformat.read(source, as_version=4)
    for cell in notebook.cells:
        if cell.cell_type == "code":
            cell.outputs, cell.execution_count = [], None
    watch, tell = nbformat.v4.new_code_cell(_WATCH), nbformat.v4.new_code_cell(_TELL)
    notebook.cells = [watch, *notebook.cells, tell]
    client = NotebookClient(
        notebook,
        timeout=CELL_SECONDS,
        startup_timeout=120,
        kernel_name="python3",
        record_timing=False,
        resources={"metadata": {"path": str(source.parent)}},
    )
    try:
        client.execute(env=os.environ | {"PYTHONHASHSEED": "0"} | dict(env))
    except CellExecutionError as error:
        raise SystemExit(f"{_where(source, notebook)}: {error.ename}: {error.evalue}") from None
    except CellTimeoutError:
        raise SystemExit(f"{_where(source, notebook)}: ran longer than {CELL_SECONDS} s") from None
    opened = json.loads(tell.outputs[0].text)
    notebook.cells = notebook.cells[1:-1]
    for number, cell in enumerate((cell for cell in notebook.cells if cell.cell_type == "code"), start=1):
        cell.execution_count = number
        for output in cell.outputs:
            if output.output_type == "stream" and output.name == "stderr":
                raise SystemExit(f"{source.name}, code cell {number} wrote to stderr: {output.text.strip()}")
            if output.output_type == "execute_result":
                output.execution_count = number
    notebook.metadata["after_hanoi"] = {"inputs": {path: digest(ROOT / path) for path in _read(source, opened)}}
    notebook.metadata.pop("widgets", None)
    target.parent.mkdir(parents=True, exist_ok=True)
    nbformat.write(notebook, target)


def _read(source, opened):
    """Return the project's own inputs among the opened files: the notebook, its tables, its helpers, the lock."""
    below = {Path(source.parent, path).resolve() for path in opened if "\0" not in path}
    below = {path.relative_to(ROOT).as_posix() for path in below if path.is_relative_to(ROOT)}
    read = {path for path in below if path.startswith("data/") or (path.startswith("hanoi/") and path.endswith(".py"))}
    return sorted(read | {source.relative_to(ROOT).as_posix(), "requirements.lock"})


def _where(source, notebook):
    ran = [cell for cell in notebook.cells if cell.cell_type == "code" and cell.get("execution_count")]
    return f"{source.name}, code cell {max(len(ran) - 1, 1)}"
