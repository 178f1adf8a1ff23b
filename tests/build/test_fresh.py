"""A command with nothing to do knows it by content, and a commit alone renews only the record in the foot."""

import subprocess
import sys

import pytest

from hanoi.build import fresh, publish, record
from hanoi.build.place import ROOT


@pytest.fixture
def project(tmp_path, monkeypatch):
    """A project of one page, built."""
    (tmp_path / "book").mkdir()
    (tmp_path / "data").mkdir()
    (tmp_path / "book" / "index.md").write_text("one")
    for name in ("html/book", "books"):
        (tmp_path / "_build" / name).mkdir(parents=True)
    (tmp_path / "_build" / "html" / "book" / "index.html").write_text("<p>one</p><!-- record -->a<!-- /record -->")
    monkeypatch.setattr(fresh, "ROOT", tmp_path)
    for module in (fresh, publish):
        monkeypatch.setattr(module, "BUILD", tmp_path / "_build")
    monkeypatch.setattr(fresh, "PUBLISHED", tmp_path / "_build" / "published")
    fresh.PUBLISHED.write_text(f'{{"contents": "{fresh.contents()}", "record": "a"}}')
    return tmp_path


@pytest.mark.parametrize(
    "change",
    [
        lambda root: (root / "book" / "index.md").write_text("two"),
        lambda root: (root / "book" / "index.md").rename(root / "book" / "other.md"),
        lambda root: (root / "data" / "polls.csv").write_text("a"),
        lambda root: (root / "CITATION.cff").write_text("a"),
        lambda root: (root / "_build" / "published").write_text("{"),
        lambda root: (root / "_build" / "published").unlink(),
        lambda root: (root / "_build" / "html" / "book" / "index.html").unlink(),
    ],
)
def test_whatever_changes_ends_the_rest(project, change):
    assert fresh.holds()
    change(project)
    assert not fresh.holds()


def test_what_no_page_reads_changes_nothing(project):
    (project / "book" / ".ipynb_checkpoints").mkdir()
    (project / "book" / ".ipynb_checkpoints" / "a.ipynb").write_text("x")
    (project / "README.md").write_text("x")
    assert fresh.holds()


def test_a_commit_renews_only_the_record(project, monkeypatch):
    page = project / "_build" / "html" / "book" / "index.html"
    monkeypatch.setattr(record, "foot", lambda: "a")
    assert publish.renew_record()
    monkeypatch.setattr(record, "foot", lambda: "b")
    assert not publish.renew_record()
    assert page.read_text() == "<p>one</p><!-- record -->b<!-- /record -->"
    assert fresh.holds() and publish.renew_record()


def test_to_find_nothing_to_do_takes_no_heavy_library():
    code = "import sys; import hanoi.build.__main__; print([n for n in ('pandas', 'nbformat', 'sphinx') if n in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd=ROOT, check=True)
    assert done.stdout.strip() == "[]"
