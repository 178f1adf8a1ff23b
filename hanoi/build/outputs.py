"""Join the outputs of a run to today's text, and fill the values into its sentences."""

from pathlib import Path

import nbformat

from hanoi import numbers
from hanoi.build.notebook import ROOT, code


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


def filled(text, chapter, stated):
    """Return a piece of Markdown with the value of every number that it links to.

    ``stated`` maps ``chapter:key`` to a record; a link to anything else stays as it is.
    """

    def fill(found):
        _, page, key, interval = found.groups()
        record = stated.get(f"{page or chapter}:{key}")
        value = record and record["interval_text" if interval else "text"]
        return found[0] if value is None else f"[{value}]{found[0][found[0].index(']') + 1 :]}"

    return numbers.LINK.sub(fill, text)


def stated(notebooks):
    """Return ``chapter:key`` → record for every number that the outputs of ``notebooks`` (chapter → notebook) hold."""
    return {
        f"{chapter}:{number['key']}": number
        for chapter, notebook in notebooks.items()
        for cell in notebook.cells
        for record in numbers.records(cell.get("outputs", ()))
        for number in record["numbers"]
    }


def store(executed):
    """Store fresh outputs and values in the notebooks and pages of ``book/``; return the names of what changed.

    ``executed`` maps a chapter to the path of its run. A file whose outputs and values hold stays as it is.
    """
    before = {
        path: path.read_bytes()
        for path in sorted((ROOT / "book").glob("*.ipynb")) + sorted((ROOT / "book").glob("*.md"))
    }
    for chapter, path in executed.items():
        merge(ROOT / "book" / f"{chapter}.ipynb", path, ROOT / "book" / f"{chapter}.ipynb")
    notebooks = {path.stem: nbformat.read(path, as_version=4) for path in before if path.suffix == ".ipynb"}
    found = stated(notebooks)
    for chapter, notebook in notebooks.items():
        for cell in notebook.cells:
            if cell.cell_type == "markdown":
                cell.source = filled(cell.source, chapter, found)
        nbformat.write(notebook, ROOT / "book" / f"{chapter}.ipynb")
    for path in before:
        if path.suffix == ".md":
            path.write_text(filled(path.read_text(encoding="utf-8"), path.stem, found), encoding="utf-8", newline="\n")
    return [path.relative_to(ROOT).as_posix() for path, content in before.items() if path.read_bytes() != content]
