"""The workflow declares what the notebooks read, runs them when that changes, and loses nothing on failure."""

import nbformat
import pytest
import yaml

from hanoi import run
from hanoi.run import ROOT

DECLARED = yaml.safe_load((ROOT / "reads.yml").read_text(encoding="utf-8"))
STORED = {path.stem: path for path in sorted((ROOT / "book").glob("*.ipynb"))}


def notebook(*sources):
    return nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(source) for source in sources])


def written(folder, *sources):
    path = folder / "trial.ipynb"
    nbformat.write(notebook(*sources), path)
    return path


def test_every_notebook_is_declared_and_in_the_contents():
    contents = yaml.safe_load((ROOT / "_toc.yml").read_text(encoding="utf-8"))
    listed = {chapter["file"].removeprefix("book/") for part in contents["parts"] for chapter in part["chapters"]}
    assert set(DECLARED["chapters"]) == set(STORED)
    assert set(STORED) <= listed


@pytest.mark.parametrize("chapter", sorted(STORED))
def test_declared_reads_are_those_of_the_last_run(chapter):
    read = set(run.inputs(nbformat.read(STORED[chapter], as_version=4))) - {f"book/{chapter}.ipynb"}
    declared = {*DECLARED["every"], *(DECLARED["chapters"][chapter] or [])}
    assert declared == read, f"reads.yml, {chapter}: missing {sorted(read - declared)}, not read {sorted(declared - read)}"


def test_a_run_records_what_it_opened(tmp_path, monkeypatch):
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "extra.csv").write_text("a\n1\n")
    (tmp_path / "requirements.lock").write_text("")
    monkeypatch.setattr(run, "ROOT", tmp_path)
    source = written(tmp_path, "open('data/extra.csv').read()")
    run.execute(source, tmp_path / "out.ipynb")
    done = nbformat.read(tmp_path / "out.ipynb", as_version=4)
    assert set(run.inputs(done)) == {"data/extra.csv", "requirements.lock", "trial.ipynb"}
    assert [cell.execution_count for cell in done.cells] == [1]
    assert "a\\n1\\n" in done.cells[0].outputs[0].data["text/plain"]


@pytest.mark.parametrize(("source", "message"), [
    ("x = 1\n1 / 0", "trial.ipynb, code cell 2: ZeroDivisionError: division by zero"),
    ("import sys; print('careful', file=sys.stderr)", "trial.ipynb, code cell 2 wrote to stderr: careful"),
])
def test_a_failed_run_names_the_cell_and_writes_nothing(tmp_path, source, message):
    with pytest.raises(SystemExit) as stop:
        run.execute(written(tmp_path, "1", source), tmp_path / "out.ipynb")
    assert str(stop.value) == message
    assert not (tmp_path / "out.ipynb").exists()


def test_only_the_code_of_a_notebook_decides(tmp_path):
    before = run.digest(written(tmp_path, "x = 1"))
    other = notebook("x = 1")
    other.cells.append(nbformat.v4.new_markdown_cell("new text"))
    other.cells[0].outputs = [nbformat.v4.new_output("stream", text="old output")]
    nbformat.write(other, tmp_path / "trial.ipynb")
    assert run.digest(tmp_path / "trial.ipynb") == before
    assert run.digest(written(tmp_path, "x = 2")) != before


def test_merge_keeps_the_text_and_refuses_other_code(tmp_path):
    text, ran = notebook("x = 1"), notebook("x = 1")
    text.cells.append(nbformat.v4.new_markdown_cell("today's text"))
    ran.cells[0].outputs, ran.cells[0].execution_count = [nbformat.v4.new_output("stream", text="fresh")], 1
    for name, made in {"text": text, "ran": ran, "other": notebook("x = 2")}.items():
        nbformat.write(made, tmp_path / f"{name}.ipynb")
    run.merge(tmp_path / "text.ipynb", tmp_path / "ran.ipynb", tmp_path / "done.ipynb")
    done = nbformat.read(tmp_path / "done.ipynb", as_version=4)
    assert done.cells[0].outputs[0].text == "fresh"
    assert done.cells[1].source == "today's text"
    with pytest.raises(SystemExit, match="its code is not the code that was run"):
        run.merge(tmp_path / "other.ipynb", tmp_path / "ran.ipynb", tmp_path / "done.ipynb")
