"""One built book for all tests, and what the browser needs."""

import contextlib
import functools
import gc
import hashlib
import http.server
import json
import os
import re
import subprocess
import sys
import tempfile
import threading
from collections.abc import Mapping
from pathlib import Path

import html5lib
import nbformat
import pytest
from filelock import FileLock
from jupyter_client.provisioning import KernelProvisionerFactory
from nbval.plugin import IPyNbCell
from playwright.sync_api import sync_playwright

from hanoi.build import ROOT, forks
from hanoi.build.paper import CHROMIUM
from hanoi.pages.records import Records


def build(source, output):
    """Build the book of ``source`` below ``output`` as a user does, warnings as errors; return the HTML folder."""
    command = [
        Path(sys.executable).with_name("jupyter-book"),
        "build",
        source,
        "--path-output",
        output,
        "--all",
        "-W",
        "-n",
    ]
    done = subprocess.run([*command, "--keep-going"], capture_output=True, text=True, cwd=source, check=False)
    wrong = [line for line in (done.stdout + done.stderr).splitlines() if re.search("WARNING|ERROR|Error|book/", line)]
    assert done.returncode == 0, "\n".join(wrong)
    assert Path(output, "_build", "html", "book", "index.html").is_file()
    return Path(output, "_build", "html")


def digests(folder):
    """Return path below ``folder`` → SHA-256, for every file."""
    return {
        path.relative_to(folder).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


#: What begins a run, so that no worker waits: the pages build the book, the browser needs it, the others take longest.
FIRST = (
    "tests/book/test_pages.py",
    "tests/evidence/test_check.py",
    "book/methods-experts.ipynb",
    "tests/build/test_run.py",
    "tests/book/test_browser.py",
    "tests/book/test_access.py",
)


def pytest_collection_modifyitems(items):
    """Put what takes longest first; the others keep their order."""
    rank = {name: place for place, name in enumerate(FIRST)}
    items.sort(key=lambda item: rank.get(item.nodeid.partition("::")[0], len(FIRST)))


def pytest_collection_finish():
    """Look for garbage less often: parsed pages and frames are many objects that stay."""
    gc.freeze()
    gc.set_threshold(100_000, 20, 20)


_kept = contextlib.ExitStack()


@functools.cache
def _forked():
    """Return the environment in which this worker's notebooks get forked kernels."""
    return _kept.enter_context(forks.kept())


@pytest.hookimpl(wrapper=True)
def pytest_runtest_setup(item):
    """Start the kernel of a notebook as a build does; `make test-elsewhere` compares the outputs with those of plain ones."""
    if not isinstance(item, IPyNbCell):
        return (yield)
    with pytest.MonkeyPatch.context() as patch:
        for name, value in _forked().items():
            patch.setenv(name, value)
        KernelProvisionerFactory.clear_instance()  # it reads the environment when it is made
        try:
            return (yield)
        finally:
            KernelProvisionerFactory.clear_instance()


def pytest_unconfigure():
    """End the parent of kernels."""
    _kept.close()


@pytest.fixture(autouse=True)
def own_environment():
    """Give back, after each test, the environment that a command settles for itself."""
    before = dict(os.environ)
    yield
    os.environ.clear()
    os.environ.update(before)
    tempfile.tempdir = None


@pytest.fixture(scope="session")
def built(tmp_path_factory, worker_id):
    """The built book: one for the whole run, whichever worker comes first builds it."""
    shared = tmp_path_factory.getbasetemp() if worker_id == "master" else tmp_path_factory.getbasetemp().parent
    with FileLock(shared / "book.lock"):
        if not (shared / "book" / "done.json").exists():
            (shared / "book").mkdir(exist_ok=True)
            path = build(ROOT, shared / "book")
            (shared / "book" / "done.json").write_text(json.dumps(str(path)))
    return Path(json.loads((shared / "book" / "done.json").read_text()))


class Pages(Mapping):
    """The pages of a built book: name → parsed HTML, each parsed when it is first asked for."""

    def __init__(self, book):
        self.paths = {
            path.relative_to(book).as_posix(): path
            for path in sorted(book.rglob("*.html"))
            if "_static" not in path.parts
        }
        self.parsed = {}

    def __getitem__(self, name):
        if name not in self.parsed:
            self.parsed[name] = html5lib.parse(self.paths[name].read_text(encoding="utf-8"))
        return self.parsed[name]

    def __iter__(self):
        return iter(self.paths)

    def __len__(self):
        return len(self.paths)


@pytest.fixture(scope="session")
def parsed(built):
    """Return the pages of the book by name, parsed as they are asked for."""
    return Pages(built)


@functools.cache
def stored():
    """Return the stored notebooks by name, in order; all tests share them, so none changes them."""
    return {path.stem: nbformat.read(path, as_version=4) for path in sorted((ROOT / "book").glob("*.ipynb"))}


@pytest.fixture(scope="session")
def records():
    """Return the records of the stored notebooks."""
    return Records.of(stored())


class Quiet(http.server.SimpleHTTPRequestHandler):
    """Serves files without a word."""

    def log_message(self, *_):
        """Say nothing."""


@pytest.fixture(scope="session")
def served(built, tmp_path_factory):
    """Serve the built book on this machine alone, below a path as a project page would; yield its address."""
    root = tmp_path_factory.mktemp("served")
    (root / "some" / "project").mkdir(parents=True)
    (root / "some" / "project" / "book").symlink_to(built)
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(Quiet, directory=root))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_address[1]}/some/project/book"
    server.shutdown()


@pytest.fixture(scope="session")
def chromium():
    """Start a browser; the test is skipped, and the run says so at its end, where none is installed."""
    if not CHROMIUM:
        pytest.skip("no Chromium is installed")
    quiet = [
        "--no-sandbox",
        "--disable-gpu",
        "--disable-background-networking",
        "--disable-component-update",
        "--disable-sync",
    ]
    with sync_playwright() as play:
        started = play.chromium.launch(executable_path=CHROMIUM, args=[*quiet, "--no-first-run", "--disable-quic"])
        yield started
        started.close()


@pytest.fixture
def opened(chromium, built, served):
    """Return a function that opens a page, served or as a file, and gives the tab and the list of what went wrong."""
    with contextlib.ExitStack() as stack:

        def go(page, *, width=1280, height=900, scheme="light", way="served", script=True, **options):
            context = chromium.new_context(
                viewport={"width": width, "height": height}, color_scheme=scheme, java_script_enabled=script, **options
            )
            stack.callback(context.close)
            tab, wrong, home = context.new_page(), [], served if way == "served" else built.as_uri()
            tab.on("pageerror", lambda error: wrong.append(str(error)))
            tab.on("console", lambda message: wrong.append(f"console: {message.text}"))
            tab.on("response", lambda answer: answer.status >= 400 and wrong.append(f"{answer.status} {answer.url}"))
            tab.on("request", lambda asked: asked.url.startswith((home, "data:")) or wrong.append(f"asked {asked.url}"))
            tab.goto(f"{home}/{page}", wait_until="load")
            return tab, wrong

        yield go


@pytest.fixture
def walked(opened):
    """Return a function that goes from page to page in one tab, as a reader does, and gives each, the tab, what went wrong.

    A tab of its own for each page costs twice as much.
    """

    def walk(pages, **how):
        tab, wrong = opened(pages[0], **how)
        home = tab.url.removesuffix(pages[0])
        yield pages[0], tab, wrong
        for page in pages[1:]:
            wrong.clear()
            tab.goto(home + page, wait_until="load")
            yield page, tab, wrong

    return walk


def pytest_terminal_summary(terminalreporter):
    """Say at the end, in lines that nobody overlooks, what was not tested here, and why."""
    said = " ".join(str(report.longrepr) for report in terminalreporter.stats.get("skipped", ()))
    if not CHROMIUM and "Chromium" in said:
        terminalreporter.write_sep(
            "!", "NOT TESTED IN A BROWSER: no Chromium is installed (Debian: apt install chromium)", red=True
        )
    for reason in sorted(set(re.findall(r"NOT TESTED (?!IN A BROWSER)[^'\"]+", said))):
        terminalreporter.write_sep("!", reason, red=True)
