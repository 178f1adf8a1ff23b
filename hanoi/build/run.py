"""Run one notebook from a clean start and record what it read."""

import csv
import io
import json
import os
import re
import time
from pathlib import Path

import nbformat
import zmq
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError, DeadKernelError

from hanoi.build.guard import fonts, write
from hanoi.build.notebook import digest, label, opened_notebook, written
from hanoi.build.place import BUILD, ROOT

CELL_SECONDS = 600
TABLES = ("data/", "benchmarks/results/")  # what a notebook may read beside code

# Runs in the kernel before the first cell and after the last one; neither cell is kept. What it knows stands apart from the
# names of the notebook. A cell that replaces stdout or stderr would lose what later cells print: it is told at once.
_WATCH = """
def _watch():
    import json, pathlib, sys, types
    opened, streams, told = set(), (sys.stdout, sys.stderr), pathlib.Path('@TOLD@')
    def settled(result):
        if (sys.stdout, sys.stderr) != streams or any(stream.closed for stream in streams):
            sys.stdout, sys.stderr = streams
            told.write_text("", encoding="utf-8")
    def tell():
        modules = {str(m.__file__) for n, m in list(sys.modules.items()) if n.split(".")[0] == "hanoi"}
        told.write_text(json.dumps(sorted(opened | modules)), encoding="utf-8")
    sys.addaudithook(lambda event, args: opened.add(str(args[0])) if event == "open" else None)
    sys.modules["_after_hanoi"] = types.ModuleType("_after_hanoi")
    sys.modules["_after_hanoi"].tell = tell
    get_ipython().events.register("post_run_cell", settled)
_watch()
del _watch
"""
_TELL = "__import__('sys').modules['_after_hanoi'].tell()"


def execute(source, target, env=(), again=True):
    """Run ``source`` in a fresh kernel in its own folder and write it with its outputs to ``target``.

    ``env`` holds settings of the kernel's environment beside those of this process. Nothing is written unless every cell
    ran, without stderr, on inputs that stayed as they were; where one changed meanwhile the notebook runs ``again``, once.
    Raises SystemExit with a line or two for people: notebook, cell, cause, remedy.
    """
    source, target = Path(source).absolute(), Path(target)
    name = source.relative_to(ROOT).as_posix() if source.is_relative_to(ROOT) else source.name
    notebook = opened_notebook(source, name)
    fonts()
    before = _candidates(source)
    told = BUILD / "cache" / f"opened-{source.stem}-{os.getpid()}.json"
    told.parent.mkdir(parents=True, exist_ok=True)
    try:
        _run(notebook, name, source.parent, told, dict(env))
        opened = json.loads(told.read_text(encoding="utf-8"))
    finally:
        told.unlink(missing_ok=True)
    _settle(notebook, name, [ROOT / path for path in _read(source, opened) if path.endswith(".csv")])
    read = {path: digest(ROOT / path) for path in _read(source, opened)}
    if moved := [path for path, now in read.items() if before.get(path, now) != now]:
        if again:
            return execute(source, target, env, again=False)
        raise SystemExit(
            f"{name}: {', '.join(moved)} changed while it ran, twice; run the command again when the file rests"
        )
    notebook.metadata["after_hanoi"] = {"inputs": read}
    notebook.metadata.pop("widgets", None)
    write(target, written(notebook))
    return None


def _run(notebook, name, folder, told, env):
    """Run all cells. Raises SystemExit with the cause."""
    cells = list(notebook.cells)
    watch, tell = (nbformat.v4.new_code_cell(text) for text in (_WATCH.replace("@TOLD@", str(told)), _TELL))
    notebook.cells = [watch, *cells, tell]
    client = NotebookClient(
        notebook,
        timeout=CELL_SECONDS,
        startup_timeout=120,
        kernel_name="python3",
        record_timing=False,
        resources={"metadata": {"path": str(folder)}},
    )
    at = {"cell": watch, "since": time.monotonic()}
    client.on_cell_execute = lambda cell, cell_index: at.update(cell=cell, since=time.monotonic())

    def done(cell, **_):
        if told.exists() and cell is not tell:
            raise SystemExit(
                f"{name}, {_named(cell, cells)}: replaces or closes sys.stdout or sys.stderr, and what cells print would be "
                "lost; take it out (contextlib.redirect_stdout puts it back)"
            )

    client.on_cell_executed = done
    try:
        # the kernel imports this folder's hanoi, whichever environment is active
        client.execute(env=os.environ | {"PYTHONHASHSEED": "0", "PYTHONPATH": str(ROOT)} | env)
    except CellExecutionError as error:
        value = f": {error.evalue}" if error.evalue else ""
        raise SystemExit(f"{name}, {_named(at['cell'], cells)}: {error.ename}{value}") from None
    except DeadKernelError:
        raise SystemExit(
            f"{name}, {_named(at['cell'], cells)}: its kernel died (killed, or out of memory); run it alone and watch the memory"
        ) from None
    except (TimeoutError, RuntimeError, OSError, zmq.ZMQError) as error:
        if time.monotonic() - at["since"] >= CELL_SECONDS:
            raise SystemExit(
                f"{name}, {_named(at['cell'], cells)}: ran longer than {CELL_SECONDS} s; make it faster, or raise CELL_SECONDS in hanoi/build/run.py"
            ) from None
        raise SystemExit(f"{name}, {_named(at['cell'], cells)}: {type(error).__name__}: {error}") from None
    finally:
        notebook.cells = cells


def _named(cell, cells):
    """Return a cell as people know it: its number among the code cells and its label."""
    code = [one for one in cells if one.cell_type == "code"]
    return f"code cell {code.index(cell) + 1} ({label(cell)})" if cell in code else "before the first cell"


def _last(text):
    """Return text as a terminal leaves it: of a line that was written over and over, a progress bar, the last state."""
    lines = (line.rstrip("\r").rpartition("\r")[2].rstrip() for line in text.split("\n"))
    return "\n".join(line for line in lines if line)


def _strange(said, tables):
    """Return in words where the tables hold the letters that, by a warning of Matplotlib, the font of the figures lacks."""
    letters = {chr(int(code)) for code in re.findall(r"Glyph (\d+) ", said)}
    places = [
        f"{letter!r} stands in {path.relative_to(ROOT).as_posix()}:{line}, column {column}"
        for letter in sorted(letters)
        for path in tables
        for line, column in _holding(path, letter)
    ]
    if not letters:
        return ""
    told = f": {'; '.join(places[:3])}{' …' * (len(places) > 3)}" if places else ""
    return f"; the font of the figures lacks {', '.join(map(repr, sorted(letters)))}{told}"


def _holding(path, letter):
    """Yield (line, column) of the cells of a table that hold a letter."""
    text = path.read_text(encoding="utf-8")
    if letter in text:
        reader = csv.reader(io.StringIO(text, newline=""))
        names = next(reader)
        for row in reader:
            yield from ((reader.line_num, name) for name, cell in zip(names, row, strict=False) if letter in cell)


def _settle(notebook, name, tables):
    """Number the cells as they ran; refuse what one wrote to stderr, as where a figure needs a letter of one of the ``tables``."""
    for number, cell in enumerate((cell for cell in notebook.cells if cell.cell_type == "code"), start=1):
        cell.execution_count = number
        for output in cell.outputs:
            if output.output_type == "stream" and output.name == "stderr":
                said = _last(output.text)
                raise SystemExit(
                    f"{name}, code cell {number} ({label(cell)}): wrote to stderr: {said}{_strange(said, tables)}; a stored chapter shows no warning "
                    "and no progress bar: mend the cause, or switch the bar off"
                )
            if output.output_type == "execute_result":
                output.execution_count = number


def _candidates(source):
    """Return path below the project → digest, before the run, of everything that a notebook may read."""
    found = [
        *(path for name in TABLES for path in (ROOT / name).rglob("*.*")),
        *(ROOT / "hanoi").rglob("*.py"),
        ROOT / "requirements.lock",
        source,
    ]
    return {
        path.relative_to(ROOT).as_posix(): digest(path)
        for path in found
        if path.is_file() and path.is_relative_to(ROOT)
    }


def _read(source, opened):
    """Return the project's own inputs among the opened files, by the names under which they were read."""
    roots = {ROOT, Path(os.path.realpath(ROOT))}
    below = set()
    for path in opened:
        if "\0" not in path:
            whole = Path(os.path.normpath(Path(source.parent, path)))  # a link counts under its own name
            below |= {whole.relative_to(root).as_posix() for root in roots if whole.is_relative_to(root)}
    read = {path for path in below if path.startswith(TABLES) or (path.startswith("hanoi/") and path.endswith(".py"))}
    own = {source.relative_to(root).as_posix() for root in roots if source.is_relative_to(root)}
    return sorted(read | own | {"requirements.lock"})
