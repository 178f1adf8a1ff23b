"""What of a notebook and of the files beside it decides what a run gives."""

import hashlib
import json
import re
from functools import cache
from pathlib import Path

import nbformat

from hanoi.build.place import ROOT


def chapters():
    """Return the names of the notebooks of the book, sorted."""
    return [path.stem for path in sorted((ROOT / "book").glob("*.ipynb"))]


def code(notebook):
    """Return the sources of the code cells of a notebook, the only part of it that decides what a run gives."""
    return [cell.source for cell in notebook.cells if cell.cell_type == "code"]


def label(cell):
    """Return what a code cell says of itself: its first line where that is a comment, else its id."""
    first = cell.source.lstrip().partition("\n")[0]
    return first.lstrip("# ") if first.startswith("#") and first.strip("# ") else f"id {cell.get('id', 'none')}"


def digest(path):
    """Return the SHA-256 of what ``path`` contributes to a run.

    That is the code of a notebook, the pinned versions of a lock file (a comment in it changes nothing), and the bytes of
    any other file.
    """
    path = Path(path)
    content = path.read_bytes()
    if path.suffix == ".ipynb":
        content = json.dumps(code(nbformat.reads(content.decode(), as_version=4))).encode()
    elif path.suffix == ".lock":
        content = "\n".join(
            sorted(re.findall(r"(?m)^[\w.\[\]-]+==[^\s\\]+(?:\s*;[^\\\n]*)?", content.decode()))
        ).encode()
    return hashlib.sha256(content).hexdigest()[:16]


def opened_notebook(source, name):
    """Return the notebook without outputs. Raises SystemExit where the file is no notebook."""
    text = source.read_text(encoding="utf-8")
    for number, line in enumerate(text.splitlines(), start=1):
        if line.startswith(("<<<<<<< ", ">>>>>>> ")):
            raise SystemExit(
                f"{name}:{number}: holds the marks of a merge; settle it (git checkout --merge, or an editor)"
            )
    try:
        notebook = nbformat.reads(text, as_version=4)
    except (ValueError, AttributeError, nbformat.ValidationError) as error:
        raise SystemExit(f"{name}: is no notebook ({error}); restore it") from None
    for number, cell in enumerate(notebook.cells, start=1):
        if "id" not in cell:
            raise SystemExit(f"{name}: cell {number} has no id; open and save it in JupyterLab, which gives it one")
        if cell.cell_type == "code":
            cell.outputs, cell.execution_count = [], None
    return notebook


def written(notebook):
    """Return a notebook as the bytes of its file."""
    return (nbformat.writes(notebook) + "\n").encode()


def drawings(executed):
    """Return the drawings (SVG texts) in the outputs of the notebook at ``executed``."""
    found = (
        output.get("data", {})
        for cell in nbformat.read(executed, as_version=4).cells
        for output in cell.get("outputs", ())
    )
    return [data["image/svg+xml"] for data in found if "image/svg+xml" in data]


def inputs(notebook):
    """Return what the last run of ``notebook`` read, as path below the project → digest at that time."""
    return notebook["metadata"].get("after_hanoi", {}).get("inputs", {})


def outdated(executed, source, root=ROOT, now=digest):
    """Return what has changed since ``executed`` was made from ``source`` (both are paths), as paths below the project.

    A run records what it read with its digests. While none of that has changed, another run would read the same again.
    """
    read = inputs(json.loads(Path(executed).read_bytes()))
    return [
        path for path, was in (read or {source: ""}).items() if not (root / path).exists() or now(root / path) != was
    ]


def outlived(root=ROOT):
    """Return every run below ``_build/executed`` that no longer holds."""
    now = cache(digest)  # most runs read the same files
    return [
        path
        for path in sorted((root / "_build" / "executed").glob("*.ipynb"))
        if not (root / "book" / path.name).exists() or outdated(path, f"book/{path.name}", root, now)
    ]


def drop_outdated(root=ROOT):
    """Remove every run that no longer holds, so that the workflow makes it again; return them."""
    dropped = outlived(root)
    for path in dropped:
        path.unlink()
    return dropped
