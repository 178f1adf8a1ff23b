"""Run the notebooks and keep what they gave. The workflow (Snakefile) decides which of them, and when.

``python -m hanoi.run book``   bring the built book up to date, with progress and, on failure, the cause in one line
``python -m hanoi.run store``  the same for the notebooks alone, and store their fresh outputs in ``book/``

Two jobs of the workflow: ``execute SOURCE TARGET`` runs SOURCE from a clean start and writes TARGET;
``merge SOURCE EXECUTED TARGET`` joins today's text of SOURCE with the outputs of EXECUTED.
"""

import argparse
import hashlib
import json
import os
import re
import subprocess
import sys
from pathlib import Path

import nbformat
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError, CellTimeoutError

ROOT = Path(__file__).resolve().parent.parent
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


def code(notebook):
    """Return the sources of the code cells of a notebook, the only part of it that decides what a run gives."""
    return [cell.source for cell in notebook.cells if cell.cell_type == "code"]


def digest(path):
    """Return the SHA-256 of what ``path`` contributes to a run: the code of a notebook, the bytes of another file."""
    path = Path(path)
    content = path.read_bytes()
    if path.suffix == ".ipynb":
        content = json.dumps(code(nbformat.reads(content.decode(), as_version=4))).encode()
    return hashlib.sha256(content).hexdigest()[:16]


def inputs(notebook):
    """Return what the last run of ``notebook`` read, as path below the project → digest at that time."""
    return notebook.metadata.get("after_hanoi", {}).get("inputs", {})


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
    client = NotebookClient(notebook, timeout=CELL_SECONDS, startup_timeout=120, kernel_name="python3",
                            record_timing=False, resources={"metadata": {"path": str(source.parent)}})
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


def merge(source, executed, target):
    """Write ``source`` with the outputs of ``executed`` to ``target``: today's text, the last run's outputs.

    Raises SystemExit where the code of the two differs.
    """
    notebook, ran = (nbformat.read(path, as_version=4) for path in (source, executed))
    if code(notebook) != code(ran):
        raise SystemExit(f"{source}: its code is not the code that was run; run it again")
    outputs = iter([cell for cell in ran.cells if cell.cell_type == "code"])
    for cell in notebook.cells:
        if cell.cell_type == "code":
            done = next(outputs)
            cell.outputs, cell.execution_count = done.outputs, done.execution_count
    notebook.metadata = ran.metadata
    target = Path(target)
    target.parent.mkdir(parents=True, exist_ok=True)
    nbformat.write(notebook, target)


def workflow(*targets):
    """Let Snakemake bring ``targets`` up to date on all cores; show each job, and how many are done.

    Raises SystemExit with the cause, as the failed job's log gives it.
    """
    command = ["snakemake", "--cores", "all", "--nocolor", "--keep-going", "--rerun-incomplete", *targets]
    causes, words, waiting = [], [], False
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True) as job:
        for line in job.stdout:
            words.append(line.rstrip())
            if started := re.match(r"Job \d+: (.*)", line):
                print(f"{started[1]} …", flush=True)
            elif done := re.match(r"(\d+) of (\d+) steps", line):
                print(f"  {done[1]} of {done[2]} steps done", flush=True)
            elif log := re.match(r"\s+log: (\S+) \(check", line):
                causes += _causes(ROOT / log[1])
            elif "Nothing to be done" in line:
                waiting = True
    if job.returncode:
        raise SystemExit("\n".join(dict.fromkeys(causes)) or "\n".join(words[-5:]))
    return waiting


def _causes(log):
    """Return the lines of a job's log that name the cause: warnings and errors, otherwise its last line."""
    text = re.sub(r"\x1b\[[\d;]*m", "", log.read_text(encoding="utf-8")).replace(f"{ROOT}/", "").replace("_build/stage/", "")
    lines = [line.strip() for line in text.splitlines()]
    for form in (r"(data|book)/\S+:", r"(?!.*IPKernelApp).*(WARNING|ERROR)\b", r"[\w.]*Error\b"):
        if named := [line for line in lines if re.match(form, line)]:
            return named
    return lines[-1:]


def book():
    """Bring ``_build/html`` up to date."""
    # Apart, because Snakemake passes over the other jobs of a run in which an `ancient` input is made again.
    workflow("_build/checked")
    done = workflow("_build/html/index.html")
    print("Nothing has changed." if done else "Built.", f"Open {ROOT.name}/_build/html/index.html")


def store():
    """Store fresh outputs in the notebooks of ``book/``; a notebook whose outputs hold stays as it is."""
    chapters = [path.stem for path in sorted((ROOT / "book").glob("*.ipynb"))]
    workflow("_build/checked")
    workflow(*(f"_build/executed/{chapter}.ipynb" for chapter in chapters))
    for chapter in chapters:
        source = ROOT / "book" / f"{chapter}.ipynb"
        before = source.read_bytes()
        merge(source, ROOT / "_build" / "executed" / f"{chapter}.ipynb", source)
        if source.read_bytes() != before:
            print(f"Stored new outputs in book/{chapter}.ipynb")


def main(arguments=None):
    parser = argparse.ArgumentParser(prog="python -m hanoi.run", description=__doc__.splitlines()[0])
    jobs = parser.add_subparsers(dest="job", required=True)
    for job, paths in ((book, ()), (store, ()), (execute, ("source", "target")),
                       (merge, ("source", "executed", "target"))):
        sub = jobs.add_parser(job.__name__, help=job.__doc__.splitlines()[0])
        for path in paths:
            sub.add_argument(path, type=Path)
        sub.set_defaults(call=lambda chosen, job=job, paths=paths: job(*(getattr(chosen, path) for path in paths)))
    chosen = parser.parse_args(arguments)
    chosen.call(chosen)


if __name__ == "__main__":
    sys.exit(main())
