"""Outputs join today's text; values are filled into sentences; files are put in place whole or not at all."""

import nbformat
import pytest

from hanoi.build import guard, outputs
from tests.build.test_run import notebook


def test_merge_keeps_the_text_and_refuses_other_code(tmp_path):
    text, ran = notebook("x = 1"), notebook("x = 1")
    text.cells.append(nbformat.v4.new_markdown_cell("today's text"))
    ran.cells[0].outputs, ran.cells[0].execution_count = [nbformat.v4.new_output("stream", text="fresh")], 1
    for name, made in {"text": text, "ran": ran, "other": notebook("x = 2")}.items():
        nbformat.write(made, tmp_path / f"{name}.ipynb")
    done = nbformat.reads(outputs.merged(tmp_path / "text.ipynb", tmp_path / "ran.ipynb").decode(), as_version=4)
    assert done.cells[0].outputs[0].text == "fresh"
    assert done.cells[1].source == "today's text"
    with pytest.raises(SystemExit, match="its code is not the code that was run"):
        outputs.merged(tmp_path / "other.ipynb", tmp_path / "ran.ipynb")


def test_a_run_of_the_same_text_is_taken_as_it_stands(tmp_path, monkeypatch):
    """It is what a merge would give."""
    text, ran = notebook("x = 1", "y = 2"), notebook("x = 1", "y = 2")
    for one in (text, ran):
        one.cells = [nbformat.v4.new_markdown_cell("# Both\n\nof two", id="head"), *one.cells]
        for place, cell in enumerate(one.cells[1:]):
            cell["id"] = f"cell-{place}"
    text.cells[1].outputs = [nbformat.v4.new_output("stream", text="old")]
    ran.cells[1].outputs, ran.cells[1].execution_count = [nbformat.v4.new_output("stream", text="fresh\nlines")], 1
    ran.metadata["after_hanoi"] = {"inputs": {"a": "b"}}
    for name, made in {"text": text, "ran": ran}.items():
        (tmp_path / f"{name}.ipynb").write_bytes(outputs.written(made))
    short = outputs.merged(tmp_path / "text.ipynb", tmp_path / "ran.ipynb")
    assert short == (tmp_path / "ran.ipynb").read_bytes()
    monkeypatch.setattr(outputs, "_without_outputs", lambda _: object())
    assert outputs.merged(tmp_path / "text.ipynb", tmp_path / "ran.ipynb") == short


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


@pytest.fixture
def project(tmp_path, monkeypatch):
    """A book of one page, stored in an earlier state."""
    (tmp_path / "book").mkdir()
    for name in ("one", "two"):
        (tmp_path / "book" / f"{name}.md").write_text("old")
    monkeypatch.setattr(outputs, "ROOT", tmp_path)
    monkeypatch.setattr(outputs, "STORE", tmp_path / "_build" / "store")
    return tmp_path


def test_a_store_that_was_ready_is_finished_and_one_that_was_not_is_dropped(project):
    for ready in (False, True):
        for name in ("one", "two"):
            guard.write(outputs.STORE / f"{name}.md", b"new")
        if ready:
            guard.write(outputs.STORE / outputs.READY, b"one.md\ntwo.md")
        outputs.finish()
        assert {path.read_text() for path in (project / "book").iterdir()} == {"new" if ready else "old"}
        assert not outputs.STORE.exists()


def test_a_store_killed_half_way_is_finished_by_the_next_command(project, monkeypatch):
    for name in ("one", "two"):
        guard.write(outputs.STORE / f"{name}.md", b"new")
    guard.write(outputs.STORE / outputs.READY, b"one.md\ntwo.md")
    (outputs.STORE / "one.md").replace(project / "book" / "one.md")  # the kill came here
    outputs.finish()
    assert {path.read_text() for path in (project / "book").iterdir()} == {"new"}
