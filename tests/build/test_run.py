"""A notebook runs from a clean start, records what it read, and on failure names the cell and writes nothing."""

import contextlib
import sys

import nbformat
import pytest
import yaml

from hanoi import build as run
from hanoi.build import ROOT, forks
from hanoi.build import __main__ as command
from hanoi.build import notebook as inner
from hanoi.build import run as job
from tests.conftest import stored


def notebook(*sources):
    return nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(source) for source in sources])


def written(folder, *sources):
    path = folder / "trial.ipynb"
    nbformat.write(notebook(*sources), path)
    return path


def test_every_notebook_is_declared_and_in_the_contents():
    contents = yaml.safe_load((ROOT / "_toc.yml").read_text(encoding="utf-8"))
    listed = {chapter["file"].removeprefix("book/") for part in contents["parts"] for chapter in part["chapters"]}
    assert set(stored()) <= listed


@pytest.mark.parametrize("chapter", stored())
def test_a_stored_run_read_the_tables_and_its_helpers(chapter):
    read = run.inputs(stored()[chapter])
    tables = "benchmarks/results/compare.json" if chapter == "speed" else "data/datapackage.json"
    assert {f"book/{chapter}.ipynb", "requirements.lock", tables, "hanoi/numbers.py"} <= set(read)
    assert inner.outdated(ROOT / "book" / f"{chapter}.ipynb", f"book/{chapter}.ipynb") == []


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


def test_a_run_stays_while_the_tables_are_wrong(tmp_path, monkeypatch):
    """Whoever takes a wrong edit back has nothing to run again."""
    run_of = tmp_path / "trial.ipynb"
    run_of.touch()
    monkeypatch.setattr(inner, "outlived", lambda: [run_of])
    monkeypatch.setattr(command, "runs", lambda: {"trial": run_of})
    monkeypatch.setattr(forks, "serve", contextlib.nullcontext)
    monkeypatch.setattr(command.fresh, "CHECKED", tmp_path / "checked")
    for wrong in (True, False):
        check = contextlib.nullcontext(lambda said, wrong=wrong: wrong and sys.exit("wrong"))
        monkeypatch.setattr(command, "one_job", lambda *_, check=check, **__: check)
        with contextlib.suppress(SystemExit), command.checked() as todo:
            assert todo and not wrong
        assert run_of.exists() == wrong


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
        ("# Divide\n1 / 0", "trial.ipynb, code cell 2 (Divide): ZeroDivisionError: division by zero"),
        (
            "# Warn\nimport sys; print('careful', file=sys.stderr)",
            "code cell 2 (Warn): wrote to stderr: careful; a stored chapter",
        ),
        (
            "# Bar\nimport sys; print('\\r66%|###', file=sys.stderr)",
            "code cell 2 (Bar): wrote to stderr: 66%|###; a stored chapter",
        ),
        ("# Die\nimport os; os.kill(os.getpid(), 9)", "code cell 2 (Die): its kernel died (killed, or out of memory)"),
        ("# Wait\nimport time; time.sleep(60)", "code cell 2 (Wait): ran longer than 2 s; make it faster"),
        ("# Stop\nraise SystemExit(3)", "code cell 2 (Stop): SystemExit: 3"),
        ("# Hush\nimport io, sys; sys.stdout = io.StringIO()", "code cell 2 (Hush): replaces or closes sys.stdout"),
        ("# None\nimport sys; sys.stdout = None", "code cell 2 (None): replaces or closes sys.stdout"),
        ("# Shut\nimport sys; sys.stdout.close()", "code cell 2 (Shut): replaces or closes sys.stdout"),
        ("# Join\nimport sys; sys.stderr = sys.stdout", "code cell 2 (Join): replaces or closes sys.stdout"),
        (
            "# Own\nfor name in list(globals()): name.startswith('_i') or globals().pop(name)",
            "code cell 3 (Last): NameError",
        ),
    ],
)
def test_a_failed_run_names_the_cell_and_writes_nothing(tmp_path, monkeypatch, source, message):
    monkeypatch.setattr(job, "CELL_SECONDS", 2)
    with pytest.raises(SystemExit) as stop:
        run.execute(written(tmp_path, "x = 1", source, "# Last\nx"), tmp_path / "out.ipynb")
    assert message in str(stop.value) and "\n" not in str(stop.value)
    assert not (tmp_path / "out.ipynb").exists()


@pytest.mark.parametrize(
    "source",
    ["raise ValueError('one\\ntwo\\nthree')", "import sys; print('1%\\r9%\\none\\ntwo\\nthree', file=sys.stderr)"],
)
def test_an_error_of_several_lines_is_told_whole(tmp_path, source):
    with pytest.raises(SystemExit, match="one\ntwo\nthree") as stop:
        run.execute(written(tmp_path, source), tmp_path / "out.ipynb")
    assert "1%" not in str(stop.value)


def test_a_letter_that_the_font_lacks_is_named_with_its_row(project):
    (project / "data" / "polls.csv").write_text("a,b\n1,x\n2,\u0e01\n", encoding="utf-8")
    warn = "import warnings; warnings.warn('Glyph 3585 (\\N{THAI CHARACTER KO KAI}) missing from font(s) Source Sans Pro.')"
    with pytest.raises(
        SystemExit, match=r"(?s)code cell 1 \(Draw\).*lacks 'ก': 'ก' stands in data/polls.csv:3, column b;"
    ):
        run.execute(written(project, f"# Draw\nopen('data/polls.csv').read()\n{warn}"), project / "out.ipynb")


def test_a_kernel_takes_the_code_of_its_own_folder(project, monkeypatch):
    (project / "hanoi").mkdir()
    (project / "hanoi" / "__init__.py").write_text("WHOSE = 'this folder'")
    monkeypatch.setenv("PYTHONPATH", "/elsewhere")
    run.execute(written(project, "import hanoi; hanoi.WHOSE"), project / "out.ipynb")
    done = nbformat.read(project / "out.ipynb", as_version=4)
    assert "this folder" in done.cells[0].outputs[0].data["text/plain"]
    assert "hanoi/__init__.py" in run.inputs(done)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("{\n<<<<<<< ours\n", "trial.ipynb:2: holds the marks of a merge"),
        ("{", "trial.ipynb: is no notebook"),
        ('{"cells": [], "nbformat": 4', "trial.ipynb: is no notebook"),
        (
            '{"cells": [{"cell_type": "raw", "source": "", "metadata": {}}], "metadata": {}, "nbformat": 4, "nbformat_minor": 4}',
            "trial.ipynb: cell 1 has no id; open and save it in JupyterLab",
        ),
    ],
    ids=["merge marks", "no notebook", "cut off", "no id"],
)
def test_a_file_that_is_no_good_notebook_is_named(tmp_path, text, message):
    (tmp_path / "trial.ipynb").write_text(text)
    with pytest.raises(SystemExit) as stop:
        run.execute(tmp_path / "trial.ipynb", tmp_path / "out.ipynb")
    assert str(stop.value).startswith(message)


@pytest.fixture
def project(tmp_path, monkeypatch):
    """A project of one table and no more, in whose name notebooks run."""
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "polls.csv").write_text("a\n1\n")
    (tmp_path / "requirements.lock").write_text("")
    monkeypatch.setattr(job, "ROOT", tmp_path)
    return tmp_path


def test_a_table_edited_while_its_chapter_runs_makes_it_run_again(project):
    edit = "from pathlib import Path; t = Path('data/polls.csv'); s = t.read_text(); t.write_text('a\\n2\\n'); s"
    run.execute(written(project, edit), project / "out.ipynb")
    done = nbformat.read(project / "out.ipynb", as_version=4)
    assert "2" in done.cells[0].outputs[0].data["text/plain"]
    assert inner.outdated(project / "out.ipynb", "trial.ipynb", project) == []


def test_a_table_that_never_rests_stops_the_run(project):
    edit = "from pathlib import Path; t = Path('data/polls.csv'); t.write_text(t.read_text() + '1\\n')"
    with pytest.raises(SystemExit, match="data/polls.csv changed while it ran, twice"):
        run.execute(written(project, edit), project / "out.ipynb")
    assert not (project / "out.ipynb").exists()


def test_a_table_that_is_a_link_is_recorded_by_its_own_name(project):
    store = project / "elsewhere"
    store.mkdir()
    (project / "data" / "polls.csv").rename(store / "polls-v2.csv")
    (project / "data" / "polls.csv").symlink_to(store / "polls-v2.csv")
    run.execute(written(project, "open('data/polls.csv').read()"), project / "out.ipynb")
    assert "data/polls.csv" in run.inputs(nbformat.read(project / "out.ipynb", as_version=4))


def test_a_comment_in_the_lock_file_changes_nothing(tmp_path):
    lock = tmp_path / "requirements.lock"
    lock.write_text("numpy==2.4.6 \\\n    --hash=sha256:00\n")
    before = run.digest(lock)
    lock.write_text("# why\nnumpy==2.4.6 \\\n    --hash=sha256:00\n")
    assert run.digest(lock) == before
    lock.write_text("numpy==2.4.7 \\\n    --hash=sha256:00\n")
    assert run.digest(lock) != before


def test_only_the_code_of_a_notebook_decides(tmp_path):
    before = run.digest(written(tmp_path, "x = 1"))
    other = notebook("x = 1")
    other.cells.append(nbformat.v4.new_markdown_cell("new text"))
    other.cells[0].outputs = [nbformat.v4.new_output("stream", text="old output")]
    nbformat.write(other, tmp_path / "trial.ipynb")
    assert run.digest(tmp_path / "trial.ipynb") == before
    assert run.digest(written(tmp_path, "x = 2")) != before
