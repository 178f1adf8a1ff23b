"""One command at a time; a cause is one line that says what to do; a file is written whole or not at all."""

import errno
import getpass
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from hanoi.build import guard

HOLD = """
import sys, time
from pathlib import Path
from hanoi.build import guard
guard.BUILD = Path(sys.argv[1])
with guard.alone("make book"):
    print("held", flush=True)
    time.sleep(60)
"""


@pytest.fixture
def holder(tmp_path):
    """Another process that holds the lock of ``tmp_path``."""
    process = subprocess.Popen([sys.executable, "-c", HOLD, tmp_path], stdout=subprocess.PIPE, text=True)
    assert process.stdout.readline() == "held\n"
    yield process
    process.kill()
    process.wait()


def test_a_second_command_says_who_is_at_work_and_leaves(tmp_path, holder, monkeypatch, capsys):
    monkeypatch.setattr(guard, "BUILD", tmp_path)
    late = guard.alone("make store", wait=0.2)
    with pytest.raises(SystemExit, match=rf"process {holder.pid} on .* still holds _build/lock after 0.2 s"), late:
        pytest.fail("two commands at once")
    assert f"`make book` (process {holder.pid}" in capsys.readouterr().out


def test_the_lock_dies_with_its_process(tmp_path, holder, monkeypatch):
    monkeypatch.setattr(guard, "BUILD", tmp_path)
    holder.kill()
    holder.wait()
    with guard.alone("make store", wait=5):
        assert "make store" in (tmp_path / "lock-holder.txt").read_text()
    assert not (tmp_path / "lock-holder.txt").exists()


@pytest.mark.parametrize(
    ("number", "said"),
    [
        (errno.ENOSPC, "book/page.md: No space left on device; the disk is full; make room"),
        (errno.EROFS, "book/page.md: Read-only file system; the folder is on a read-only disk"),
        (errno.EACCES, "book/page.md: Permission denied; it may not be read or written; give yourself the right"),
        (errno.ENOENT, "book/page.md: No such file or directory; it is missing; restore it"),
        (errno.EIO, "book/page.md: Input/output error; mend it and run the command again"),
    ],
    ids=errno.errorcode.get,
)
def test_a_cause_names_the_file_and_the_remedy(number, said):
    assert guard.cause(OSError(number, os.strerror(number), str(guard.ROOT / "book" / "page.md"))).startswith(said)


def test_a_failed_write_leaves_the_old_file_and_nothing_beside_it(tmp_path, monkeypatch):
    path = tmp_path / "page.html"
    guard.write(path, b"old")
    monkeypatch.setattr(os, "fsync", lambda handle: (_ for _ in ()).throw(OSError(errno.ENOSPC, "full")))
    with pytest.raises(OSError):
        guard.write(path, b"new")
    assert [(found.name, found.read_bytes()) for found in tmp_path.iterdir()] == [("page.html", b"old")]


@pytest.mark.parametrize("stop", [signal.SIGINT, signal.SIGTERM], ids=lambda stop: stop.name)
def test_a_stopped_command_says_so_in_a_line_and_leaves_no_child(tmp_path, stop):
    code = """
import signal, subprocess, sys, time
from pathlib import Path
from hanoi.build import guard
signal.signal(signal.SIGINT, signal.default_int_handler)  # as in a terminal: a shell's background jobs do not hear it
guard.BUILD = Path(sys.argv[1])
def job():
    child = subprocess.Popen(["sleep", "60"], start_new_session=True)
    try:
        print(child.pid, flush=True)
        child.wait()
    finally:
        guard.end(child)
sys.exit(guard.run("make book", job))
"""
    process = subprocess.Popen(
        [sys.executable, "-c", code, tmp_path], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    child = int(process.stdout.readline())
    process.send_signal(stop)
    _, said = process.communicate(timeout=20)
    assert (process.returncode, said.strip()) == (130, "Stopped; the built book is as it was.")
    time.sleep(0.1)
    with pytest.raises(ProcessLookupError):
        os.kill(child, 0)


def test_a_user_number_without_a_name_gets_one(tmp_path, monkeypatch):
    monkeypatch.setattr(guard, "BUILD", tmp_path)
    for name in os.environ.copy():
        monkeypatch.setenv(name, os.environ[name])
    for name in ("USER", "LOGNAME", "LNAME", "USERNAME"):
        monkeypatch.setenv(name, "")
    guard.settle()
    assert getpass.getuser() == f"user-{os.getuid()}"


def test_nothing_of_the_user_reaches_a_build(tmp_path, monkeypatch):
    monkeypatch.setattr(guard, "BUILD", tmp_path)
    for name, value in {"PYTHONPATH": "/elsewhere", "PIP_USER": "1", "HOME": "/proc/none"}.items():
        monkeypatch.setenv(name, value)
    for name in ("MPLCONFIGDIR", "IPYTHONDIR", "JUPYTER_CONFIG_DIR", "JUPYTER_DATA_DIR", "JUPYTER_RUNTIME_DIR"):
        monkeypatch.setenv(name, "/proc/none")
    for name in ("XDG_CACHE_HOME", "XDG_CONFIG_HOME", "XDG_DATA_HOME", "TMPDIR", "USER", "LOGNAME"):
        monkeypatch.setenv(name, "/proc/none")
    guard.settle()
    assert os.environ["PYTHONPATH"] == str(guard.ROOT) and "PIP_USER" not in os.environ
    assert os.environ["TMPDIR"].startswith(str(tmp_path)) and Path(os.environ["MPLCONFIGDIR"]).is_dir()
