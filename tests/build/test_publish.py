"""The published book is always a whole one."""

import subprocess
import sys
import threading

import pytest

from hanoi.build import publish


@pytest.fixture
def shelf(tmp_path, monkeypatch):
    """An empty build folder."""
    monkeypatch.setattr(publish, "BUILD", tmp_path)
    monkeypatch.setattr(publish, "GROUND", tmp_path / "doctrees" / "ground")  # not that of this project
    (tmp_path / "books").mkdir()
    return tmp_path


def made(shelf, text):
    new = shelf / "books" / "new"
    new.mkdir()
    for page in range(20):
        (new / f"{page}.html").write_text(text)
    publish.publish(new)


def test_a_book_takes_the_place_of_the_last_and_the_last_is_kept(shelf):
    for text in ("one", "two", "three"):
        made(shelf, text)
        assert (shelf / "html" / "0.html").read_text() == text
    assert len(list((shelf / "books").iterdir())) == 2
    made(shelf, "three")
    assert len(list((shelf / "books").iterdir())) == 2 and (shelf / "html").is_symlink()


def test_the_folder_of_an_older_version_gives_way(shelf):
    (shelf / "html").mkdir()
    (shelf / "html" / "0.html").write_text("old")
    made(shelf, "new")
    assert (shelf / "html" / "0.html").read_text() == "new"


def test_a_reader_never_finds_half_a_book(shelf):
    made(shelf, "0")
    missed, stop = [], threading.Event()

    def read():
        while not stop.is_set():
            try:
                (shelf / "html" / "19.html").read_text()
            except FileNotFoundError as error:
                missed.append(error)

    reader = threading.Thread(target=read)
    reader.start()
    for text in range(1, 60):
        made(shelf, str(text % 2))  # the two books take turns, so that neither is removed under the reader
    stop.set()
    reader.join()
    assert missed == []


def test_a_render_that_fails_leaves_the_published_book(shelf, monkeypatch):
    made(shelf, "good")
    monkeypatch.setattr(publish, "stage", lambda target: None)

    def fail(source, target, changed):
        target.mkdir()
        (target / "0.html").write_text("half")
        raise SystemExit(1)

    monkeypatch.setattr(publish, "render", fail)
    with pytest.raises(SystemExit):
        publish.pages()
    assert (shelf / "html" / "0.html").read_text() == "good"
    assert len(list((shelf / "books").iterdir())) == 1


def test_a_kill_between_the_steps_leaves_the_published_book(shelf):
    """Kill a process at every call of the operating system that moves or removes something."""
    made(shelf, "good")
    code = """
import os, sys
from pathlib import Path
from hanoi.build import publish
publish.BUILD, left = Path(sys.argv[1]), int(sys.argv[2])
def watch(event, arguments):
    global left
    if event in ("os.rename", "os.symlink", "os.remove", "os.rmdir", "shutil.rmtree"):
        left -= 1
        if left < 0:
            os.kill(os.getpid(), 9)
sys.addaudithook(watch)
new = publish.BUILD / "books" / "new"
new.mkdir(exist_ok=True)
for page in range(20):
    (new / f"{page}.html").write_text(sys.argv[3])
publish.publish(new)
"""
    for moment in range(6):
        text = f"moment {moment}"
        done = subprocess.run([sys.executable, "-c", code, shelf, str(moment), text], check=False)
        pages = {path.read_text() for path in (shelf / "html").iterdir()}
        assert len(pages) == 1 and len(list((shelf / "html").iterdir())) == 20
        assert done.returncode in (0, -9)
        assert pages <= {"good", *(f"moment {earlier}" for earlier in range(moment + 1))}
