"""The commands say what stopped them, whole, and refuse a folder of pages that does not fit its table of contents."""

import os
import signal
import subprocess
import sys
import time
from types import SimpleNamespace

import pytest

from hanoi.build import __main__ as command
from hanoi.build import differences, guard, publish
from tests import small


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """A project of two pages."""
    (tmp_path / "book").mkdir()
    (tmp_path / "_toc.yml").write_text(
        "format: jb-book\nroot: book/index\nparts:\n- chapters:\n  - file: book/one\n    sections:\n    - file: book/two\n"
    )
    for name in ("index.md", "two.md"):
        (tmp_path / "book" / name).write_text("")
    small.notebook(tmp_path / "book" / "one.ipynb", [("code", "1")])
    for module in (command, guard):
        monkeypatch.setattr(module, "ROOT", tmp_path)
    return tmp_path


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (
            lambda book: small.notebook(book / "Untitled.ipynb", []),
            "book/Untitled.ipynb: is not in _toc.yml; add it there, or",
        ),
        (lambda book: (book / "notes.md").write_text(""), "book/notes.md: is not in _toc.yml"),
        (lambda book: (book / "two.md").unlink(), "_toc.yml: lists book/two, which book/ does not hold"),
        (
            lambda book: (book / "two.md").write_bytes(b"# A\n\xff"),
            "book/two.md:2: is not UTF-8; save the file as UTF-8",
        ),
        (
            lambda book: [(book / "two.md").unlink(), (book / "two.md").mkdir()],
            "book/two.md: Is a directory; a folder stands",
        ),
        (lambda book: [(book / "two.md").unlink(), (book / "two.md").symlink_to("none")], "book/two.md: No such file"),
        (
            lambda book: (book / "one.ipynb").write_text("<<<<<<< ours\n{}"),
            "book/one.ipynb:1: holds the marks of a merge",
        ),
        (lambda book: (book / "one.ipynb").write_text("{"), "book/one.ipynb: is no notebook"),
        (lambda book: (book.parent / "_toc.yml").write_text("a: [b"), "_toc.yml: is no YAML"),
    ],
)
def test_pages_that_do_not_fit_the_contents_are_named(folder, change, said):
    command.contents()
    change(folder / "book")
    with pytest.raises(SystemExit, match=said):
        command.contents()


CAUSE = "book/a.ipynb, code cell 2 (Draw): ValueError: one\nWARNING two\n  three\n\ndata/polls.csv: four"
LOGS = [  # what a job's log holds, and what is told of it
    (f"noise\nWARNING: noise\n{guard.CAUSE}\n{CAUSE}\n", CAUSE),
    ("data/a.csv:3: column b: wrong; mend it\n1 problem in 1 file\n", "data/a.csv:3: column b: wrong; mend it"),
    ("Traceback (most recent call last):\n  x\nKeyError: 'a'\nmore of it\n", "KeyError: 'a'\nmore of it"),
    ("\x1b[31mreading sources... [ 66%]\x1b[0m\n", "check.txt: the job ended without a cause; it may have been killed"),
    ("", "check.txt: the job ended without a cause; it may have been killed"),
]


@pytest.mark.parametrize(("text", "told"), LOGS, ids=["marked", "tables", "traceback", "killed", "empty"])
def test_a_cause_is_told_whole(tmp_path, text, told):
    (tmp_path / "check.txt").write_text(text)
    assert "\n".join(command._causes(tmp_path / "check.txt")).startswith(told)


def test_what_sphinx_says_is_told_whole_and_without_paths_of_this_machine():
    stage = publish.BUILD / "stage"
    said = f"\x1b[31m{stage}/book/a.md:3: WARNING: one\n  two\x1b[39m\n\n{stage}/book/b.md: WARNING: three\n"
    assert publish._plain(said) == "book/a.md:3: WARNING: one\n  two\nbook/b.md: WARNING: three"


OUTLIVES = {  # what a command has begun when it is killed, and what of it says its number
    "a child's child": "import subprocess; c = subprocess.Popen(['sleep', '60']); print(c.pid, flush=True); c.wait()",
    "a job": "import os, time; print(os.getpid(), flush=True); time.sleep(60)",
}


@pytest.mark.parametrize("code", OUTLIVES.values(), ids=OUTLIVES)
def test_no_child_outlives_its_command(code):
    """A killed command cannot end its children; they see that it is gone, and end with all that they began."""
    outer = f"from hanoi.build import guard\nwith guard.child({code!r}) as job: job.wait()"
    process = subprocess.Popen([sys.executable, "-c", outer], stdout=subprocess.PIPE, text=True)
    started = int(process.stdout.readline())
    process.send_signal(signal.SIGKILL)
    process.wait()
    assert process.stdout.read() == ""  # its end: nobody holds the pipe any more
    assert ended(started), "the child is still at work"


def test_a_child_ends_whose_command_was_gone_before_it_looked():
    gone = subprocess.Popen(["true"])
    gone.wait()
    code = f"from hanoi.build import guard; guard.follow({gone.pid}); import time; time.sleep(60)"
    child = subprocess.Popen([sys.executable, "-c", code], start_new_session=True)
    assert child.wait(20) == -signal.SIGKILL


def test_a_child_ends_with_the_context_that_began_it():
    with pytest.raises(KeyboardInterrupt), guard.child("import time; time.sleep(60)") as job:
        raise KeyboardInterrupt
    assert job.poll() is not None


def ended(number):
    """Return whether a process has ended, or ends within seconds."""
    for _ in range(50):
        try:
            os.kill(number, 0)
        except ProcessLookupError:
            return True
        time.sleep(0.1)
    return False


def test_tests_refuse_the_code_of_another_folder(tmp_path):
    (tmp_path / "hanoi" / "pages").mkdir(parents=True)
    with pytest.raises(pytest.UsageError, match="another environment is active; use this folder's own"):
        differences.pytest_configure(SimpleNamespace(rootpath=tmp_path))
