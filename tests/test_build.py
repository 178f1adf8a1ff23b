"""The workflow declares what the notebooks read, runs them when that changes, and loses nothing on failure."""

import nbformat
import pytest
import yaml

from hanoi import build as run
from hanoi.build import ROOT, outputs
from hanoi.build import notebook as inner
from hanoi.build import run as job

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
    assert set(STORED) <= listed


@pytest.mark.parametrize("chapter", sorted(STORED))
def test_a_stored_run_read_the_tables_and_its_helpers(chapter):
    read = run.inputs(nbformat.read(STORED[chapter], as_version=4))
    assert {f"book/{chapter}.ipynb", "requirements.lock", "data/datapackage.json", "hanoi/numbers.py"} <= set(read)
    assert inner.outdated(STORED[chapter], f"book/{chapter}.ipynb") == []


def test_a_run_holds_until_something_that_it_read_changes(tmp_path):
    made, source = tmp_path / "_build" / "executed", tmp_path / "book"
    made.mkdir(parents=True), source.mkdir()
    table = tmp_path / "table.csv"
    table.write_text("a")
    written(source, "x = 1")
    ran = notebook("x = 1")
    ran.metadata["after_hanoi"] = {
        "inputs": {path: run.digest(tmp_path / path) for path in ("book/trial.ipynb", "table.csv")}
    }
    nbformat.write(ran, made / "trial.ipynb")
    assert inner.drop_outdated(tmp_path) == []
    table.write_text("b")
    assert inner.outdated(made / "trial.ipynb", "book/trial.ipynb", tmp_path) == ["table.csv"]
    assert inner.drop_outdated(tmp_path) == [made / "trial.ipynb"] and not list(made.iterdir())
    nbformat.write(notebook("x = 1"), made / "trial.ipynb")  # a run that recorded nothing
    nbformat.write(notebook("x = 1"), made / "gone.ipynb")  # of a chapter that is gone
    assert len(inner.drop_outdated(tmp_path)) == 2


def test_a_run_records_what_it_opened(tmp_path, monkeypatch):
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "extra.csv").write_text("a\n1\n")
    (tmp_path / "requirements.lock").write_text("")
    monkeypatch.setattr(job, "ROOT", tmp_path)
    source = written(tmp_path, "open('data/extra.csv').read()")
    run.execute(source, tmp_path / "out.ipynb")
    done = nbformat.read(tmp_path / "out.ipynb", as_version=4)
    assert set(run.inputs(done)) == {"data/extra.csv", "requirements.lock", "trial.ipynb"}
    assert [cell.execution_count for cell in done.cells] == [1]
    assert "a\\n1\\n" in done.cells[0].outputs[0].data["text/plain"]


@pytest.mark.parametrize(
    ("source", "message"),
    [
        ("x = 1\n1 / 0", "trial.ipynb, code cell 2: ZeroDivisionError: division by zero"),
        ("import sys; print('careful', file=sys.stderr)", "trial.ipynb, code cell 2 wrote to stderr: careful"),
    ],
)
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


@pytest.mark.parametrize(
    ("text", "filled"),
    [
        ("told [64%](#good-idea)", "told [65%](#good-idea)"),
        ("[ ](#good-idea:interval)", "[62% to 68%](#good-idea:interval)"),
        ("[](other.ipynb#cost) points", "[3.4](other.ipynb#cost) points"),
        ("[a part](#a-section)", "[a part](#a-section)"),
        ("[x](#none)", "[x](#none)"),
        ("[y](https://example.org/#good-idea)", "[y](https://example.org/#good-idea)"),
    ],
)
def test_values_are_filled_into_sentences(text, filled):
    stated = {
        "trial:good-idea": {"text": "65%", "interval_text": "62% to 68%"},
        "other:cost": {"text": "3.4", "interval_text": None},
    }
    assert outputs.filled(text, "trial", stated) == filled
