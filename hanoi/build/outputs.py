"""Join the outputs of a run to today's text, and fill the values into its sentences."""

import json
import re
import shutil
from pathlib import Path

import nbformat

from hanoi import numbers, wording
from hanoi.build.guard import write
from hanoi.build.notebook import code, written
from hanoi.build.place import BUILD, ROOT


def merged(source, executed):
    """Return ``source`` with the outputs of ``executed`` as bytes: today's text, the last run's outputs.

    Raises SystemExit where the code of the two differs.
    """
    texts = [Path(path).read_bytes() for path in (source, executed)]
    if _without_outputs(texts[0]) == _without_outputs(texts[1]):
        return texts[1]  # the text has not changed since it ran
    notebook, ran = (nbformat.reads(text.decode(), as_version=4) for text in texts)
    if code(notebook) != code(ran):
        raise SystemExit(f"{source}: its code is not the code that was run; run it again")
    outputs = iter([cell for cell in ran.cells if cell.cell_type == "code"])
    for cell in notebook.cells:
        if cell.cell_type == "code":
            done = next(outputs)
            cell.outputs, cell.execution_count = done.outputs, done.execution_count
    notebook.metadata = ran.metadata
    return written(notebook)


def _without_outputs(text):
    """Return a notebook as JSON, but for what a run puts into it."""
    notebook = json.loads(text)
    for cell in notebook["cells"]:
        cell.pop("outputs", None), cell.pop("execution_count", None)
    return notebook | {"metadata": None}


def filled(text, chapter, stated):
    """Return a piece of Markdown with the value of every number that it links to.

    ``stated`` maps ``chapter:key`` to a record; a link to anything else stays as it is.
    """

    def fill(found):
        _, page, key, interval = found.groups()
        record = stated.get(f"{page or chapter}:{key}")
        value = record and record["interval_text" if interval else "text"]
        return found[0] if value in (None, wording.REWRITE) else f"[{value}]{found[0][found[0].index(']') + 1 :]}"

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


def reworded(text, chapter, stated):
    """Return the sentences of a piece of Markdown in which a computed word is another now, or is missing, one line each."""
    found = []
    for sentence in re.split(r"(?<=[.?!])\s+|\n\s*\n", text):
        plain = " ".join(numbers.LINK.sub(r"\1", sentence).split())
        for shown, page, key, _ in numbers.LINK.findall(sentence):
            record = stated.get(f"{page or chapter}:{key}")
            if record and not re.search(r"\d", record["text"]) and shown and shown != record["text"]:
                needed = record["text"] == wording.REWRITE
                now = "fits no more and needs a writer" if needed else f"is now “{record['text']}”"
                found.append(f"“{shown}” {now}: {plain}")
    return found


def store(executed):
    """Store fresh outputs and values in the notebooks and pages of ``book/``; return the names of what changed.

    With each name stand the sentences in which a computed word changed, and those that now need a writer.

    ``executed`` maps a chapter to the path of its run. A file whose outputs and values hold stays as it is. All files are
    written beside the book first and then put in place, so that a kill leaves the old or, after :func:`finish`, the new.
    """
    book = ROOT / "book"
    notebooks = {path.stem: nbformat.read(path, as_version=4) for path in sorted(book.glob("*.ipynb"))}
    notebooks |= {
        chapter: nbformat.reads(merged(book / f"{chapter}.ipynb", path).decode(), as_version=4)
        for chapter, path in executed.items()
    }
    found = stated(notebooks)
    wanted, said = {}, {}
    for chapter, notebook in notebooks.items():
        for cell in notebook.cells:
            if cell.cell_type == "markdown":
                said.setdefault(book / f"{chapter}.ipynb", []).extend(reworded(cell.source, chapter, found))
                cell.source = filled(cell.source, chapter, found)
        wanted[book / f"{chapter}.ipynb"] = written(notebook)
    for path in sorted(book.glob("*.md")):
        text = path.read_text(encoding="utf-8")
        said[path] = reworded(text, path.stem, found)
        wanted[path] = filled(text, path.stem, found).encode()
    changed = {path: content for path, content in wanted.items() if path.read_bytes() != content}
    if changed:
        for path, content in changed.items():
            write(STORE / path.name, content)
        write(STORE / READY, "\n".join(path.name for path in changed).encode())
        finish()
    return {
        path.relative_to(ROOT).as_posix(): said.get(path, []) for path in wanted if path in changed or said.get(path)
    }


STORE, READY = BUILD / "store", "ready"


def finish():
    """Put stored files in place that a killed ``make store`` had made ready; without the mark that all are there, none."""
    if (STORE / READY).exists():
        for name in (STORE / READY).read_text(encoding="utf-8").splitlines():
            if (STORE / name).exists():
                write(ROOT / "book" / name, (STORE / name).read_bytes())
    shutil.rmtree(STORE, ignore_errors=True)
