"""A build uses this folder and nothing else: not the environment of another one, not what a person or git has set."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from sphinx.errors import ExtensionError

from hanoi import pages
from hanoi.build import ROOT, guard, record
from tests import small


@pytest.fixture
def clone(tmp_path):
    """A folder with the Makefile, whose environment was made here and fits."""
    for name in ("Makefile", "requirements.lock", "pyproject.toml"):
        shutil.copy2(ROOT / name, tmp_path / name)
    (tmp_path / ".venv" / "bin").mkdir(parents=True)
    python = tmp_path / ".venv" / "bin" / "python"
    python.write_text(f'#!/bin/sh\nexec {sys.executable} "$@"\n')
    python.chmod(0o755)
    (tmp_path / ".venv" / "ready").write_text(f"{tmp_path}\n")
    return tmp_path


def sets_up(folder):
    """Return whether ``make book`` would set up the environment of a folder."""
    env = {name: value for name, value in os.environ.items() if not name.startswith("MAKE")}
    done = subprocess.run(["make", "-n", "book"], cwd=folder, capture_output=True, text=True, check=True, env=env)
    assert "-m hanoi.build book" in done.stdout
    return "-m venv --clear .venv" in done.stdout


def old_python(folder):
    (folder / ".venv" / "bin" / "python").unlink()
    (folder / ".venv" / "bin" / "python").symlink_to("/usr/bin/python-that-was-removed")


@pytest.mark.parametrize(
    "change",
    [
        lambda folder: shutil.copytree(folder, folder / "copy", symlinks=True),
        lambda folder: folder.rename(folder.with_name("renamed")),
        old_python,
        lambda folder: os.utime(folder / "requirements.lock"),
        lambda folder: (folder / ".venv" / "ready").unlink(),
    ],
    ids=["copied", "renamed", "python removed", "new lock", "half set up"],
)
def test_an_environment_that_does_not_fit_is_made_anew(clone, change):
    assert not sets_up(clone)
    made = change(clone)
    assert sets_up(made if isinstance(made, Path) else clone)


@pytest.mark.parametrize("name", ["PYTHONPATH", "PYTHONOPTIMIZE", "PYTHONWARNINGS", "PYTHONHOME", "PIP_TARGET"])
def test_make_hands_no_setting_of_python_on(clone, name):
    env = {word: value for word, value in os.environ.items() if not word.startswith("MAKE")} | {name: "mine"}
    show = ["make", "--eval", "show:\n\tenv", "show"]
    done = subprocess.run(show, cwd=clone, capture_output=True, text=True, check=True, env=env)
    assert f"{name}=mine" not in done.stdout and "PIP_USER=0" in done.stdout


def test_jupyter_book_refuses_the_book_of_another_folder(tmp_path):
    (tmp_path / "hanoi" / "pages").mkdir(parents=True)
    app = type("App", (), {"srcdir": tmp_path, "outdir": tmp_path / "out"})
    with pytest.raises(ExtensionError, match="another environment is active; use this folder's own"):
        pages._configure(app, None)


def git(folder, *words, **env):
    own = {"GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_SYSTEM": os.devnull} | env
    clean = {name: value for name, value in os.environ.items() if not name.startswith("GIT_")}
    done = subprocess.run(["git", "-C", folder, *words], capture_output=True, text=True, check=True, env=clean | own)
    return done.stdout.strip()


@pytest.fixture
def repository(tmp_path, monkeypatch):
    """A repository whose last commit is signed, of an owner who wants signatures shown and untracked files hidden."""
    (tmp_path / "page.md").write_text("one\n")
    git(tmp_path, "init", "--quiet")
    git(tmp_path, "add", "page.md")
    tree = git(tmp_path, "write-tree")
    person = "A <a@example.org> 1551312000 +0700"
    signed = f"tree {tree}\nauthor {person}\ncommitter {person}\ngpgsig -----BEGIN PGP SIGNATURE-----\n \n x\n -----END PGP SIGNATURE-----\n\nA commit\n"
    (tmp_path / "commit").write_text(signed)
    commit = git(tmp_path, "hash-object", "-t", "commit", "-w", "commit")
    (tmp_path / "commit").unlink()
    git(tmp_path, "update-ref", "HEAD", commit)
    for setting in ("log.showSignature=true", "status.showUntrackedFiles=no", "color.ui=always"):
        git(tmp_path, "config", *setting.split("="))
    monkeypatch.setattr(record, "ROOT", tmp_path)
    return tmp_path


def test_settings_of_git_do_not_reach_the_record(repository, monkeypatch):
    assert record.epoch() == "1551312000"
    assert record.git("status", "--porcelain") == ""
    (repository / "new.md").write_text("two\n")
    assert record.git("status", "--porcelain") == "?? new.md"
    monkeypatch.setenv("GIT_DIR", "/proc/none")  # as in a hook of another repository
    assert record.epoch() == "1551312000"


def test_a_clone_with_line_ends_of_windows_holds_the_same_bytes(tmp_path):
    if not record.git("rev-parse", "HEAD"):
        pytest.skip("this folder is no checkout of git")
    git(tmp_path, "clone", "--quiet", "--depth=1", "-c", "core.autocrlf=true", ROOT.as_uri(), "clone")
    files = [path for path in (tmp_path / "clone").rglob("*") if path.is_file() and ".git" not in path.parts]
    kept = (".csv", ".ipynb", ".json", ".lock", ".md", ".py", ".yml", ".geojson")
    assert [path.name for path in files if path.suffix in kept and b"\r\n" in path.read_bytes()] == []
    assert len(files) > 100


def test_a_command_calls_the_python_that_runs_it(monkeypatch, tmp_path):
    monkeypatch.setattr(guard, "BUILD", tmp_path)
    for name in (*os.environ,):
        monkeypatch.setenv(name, os.environ[name])
    monkeypatch.setenv("PATH", "/usr/bin:/bin")
    guard.settle()
    assert shutil.which("python") == str(Path(sys.executable).parent / "python")


def test_a_terminal_that_cannot_show_a_letter_stops_no_command(tmp_path):
    code = f"import sys; from pathlib import Path; from hanoi.build import guard; guard.BUILD = Path({str(tmp_path)!r}); sys.exit(guard.run('make book', lambda: print('Running … é')))"
    env = {name: value for name, value in os.environ.items() if name != "PYTHONUTF8"} | {"PYTHONIOENCODING": "ascii"}
    done = subprocess.run(
        [sys.executable, "-c", code], env=env, cwd=small.ROOT, capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stdout) == (0, "Running \\u2026 \\xe9\n"), done.stderr
