"""Whole builds of a small book under attack: kills, two commands at once, edits, a full disk, rights, strange settings.

After each attack the published book, if there was one, is whole, and the next ``make book`` gives the book of an untouched build.
"""

import csv
import random
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import html5lib
import nbformat
import pytest
import yaml

from tests import small
from tests.book.test_hostile import SHOWN
from tests.conftest import digests

pytestmark = [pytest.mark.hard, pytest.mark.xdist_group("small book")]
SECONDS = 600  # patience with one build


@pytest.fixture(scope="module")
def built_once(tmp_path_factory):
    """A small book built in peace, and how long that took."""
    folder, began = small.project(tmp_path_factory.mktemp("small") / "project"), time.monotonic()
    done = small.command(folder, "book", timeout=SECONDS)
    assert done.returncode == 0, done.stdout
    return folder, time.monotonic() - began


@pytest.fixture
def project(built_once, tmp_path):
    """A copy of the small book as it was built, where others can reach it too."""
    for folder in (tmp_path, *tmp_path.parents):
        if folder.stat().st_mode & 0o077 == 0 and folder.is_relative_to(Path(tempfile.gettempdir())):
            folder.chmod(0o711)
    return shutil.copytree(built_once[0], tmp_path / "project", symlinks=True)


def pages(folder):
    """Return the digest of each page of the published book, but for the record in its foot."""
    found = {}
    for path in sorted(Path(folder, "_build", "html").rglob("*")):
        if path.is_file():
            content = path.read_bytes()
            if path.suffix == ".html":
                content = re.sub(rb"<!-- record -->.*?<!-- /record -->", b"", content, flags=re.DOTALL)
            found[path.relative_to(Path(folder, "_build", "html")).as_posix()] = hash(content)
    return found


def edit(folder):
    """Change something in each stage: the tables' own text, the code of a notebook, a page."""
    for name in ("data/README.md", "book/index.md"):
        with (folder / name).open("a", encoding="utf-8") as file:
            file.write("\nOne sentence more.\n")
    path = folder / "book" / "one.ipynb"
    notebook = nbformat.read(path, as_version=4)
    notebook.cells[-1].source += "\n# once more"
    nbformat.write(notebook, path)


@pytest.fixture(scope="module")
def edited_once(built_once, tmp_path_factory):
    """The pages of the edited book, built in peace."""
    folder = shutil.copytree(built_once[0], tmp_path_factory.mktemp("edited") / "project", symlinks=True)
    edit(folder)
    assert small.command(folder, "book", timeout=SECONDS).returncode == 0
    return pages(folder)


MOMENTS = 12


@pytest.mark.parametrize("stop", [signal.SIGKILL, signal.SIGINT], ids=lambda stop: stop.name)
@pytest.mark.parametrize("start", ["empty", "built"])
def test_a_stop_at_any_moment_leaves_a_whole_book_and_the_next_build_succeeds(
    project, built_once, edited_once, start, stop
):
    if start == "empty":
        shutil.rmtree(project / "_build")
        shutil.rmtree(project / ".snakemake", ignore_errors=True)
    else:
        edit(project)
    whole, fresh = (
        [pages(built_once[0]), edited_once],
        shutil.copytree(project, project.parent / "fresh", symlinks=True),
    )
    for moment in range(MOMENTS):
        shutil.rmtree(project)
        shutil.copytree(fresh, project, symlinks=True)
        job = small.command(project, "book", start=subprocess.Popen)
        try:
            said, _ = job.communicate(timeout=(moment + 0.5) / MOMENTS * built_once[1])
        except subprocess.TimeoutExpired:
            job.send_signal(stop)
            said, _ = job.communicate(timeout=60)
        if stop == signal.SIGINT and job.returncode:
            assert (job.returncode, said.splitlines()[-1]) == (130, "Stopped; the built book is as it was.")
            assert "Traceback" not in said
        for _ in range(30):
            if not small.at_work(project):
                break
            time.sleep(0.2)
        assert small.at_work(project) == []
        if start == "built" or (project / "_build" / "html").exists():
            assert pages(project) in whole, f"moment {moment}: half a book"
        done = small.command(project, "book", timeout=SECONDS)
        assert done.returncode == 0, f"moment {moment}: {done.stdout}"
        assert pages(project) == whole[start == "built"]


@pytest.mark.parametrize("words", [("book", "book"), ("store", "book"), ("book", "store")], ids="+".join)
def test_two_commands_at_once_take_turns(project, edited_once, words):
    edit(project)
    first = small.command(project, words[0], start=subprocess.Popen)
    time.sleep(2)
    second = small.command(project, words[1], start=subprocess.Popen)
    told = [job.communicate(timeout=SECONDS)[0] for job in (first, second)]
    assert (first.returncode, second.returncode) == (0, 0), told
    assert f"`make {words[0]}` (process {first.pid} on" in told[1] and "is at work in this folder; waiting" in told[1]
    assert small.command(project, "book", timeout=SECONDS).returncode == 0
    if "store" not in words:  # a stored value changes the text of a page's source
        assert pages(project) == edited_once


def test_an_edit_during_a_run_is_in_the_book_or_stops_it(project):
    path = project / "book" / "one.ipynb"
    notebook = nbformat.read(path, as_version=4)
    notebook.cells[-1].source += "\nimport time; time.sleep(8)"
    nbformat.write(notebook, path)
    job = small.command(project, "book", start=subprocess.Popen)
    for line in job.stdout:
        if line.startswith("Running"):
            break
    time.sleep(6)
    with (project / "data" / "datapackage.json").open("a", encoding="utf-8") as file:
        file.write("\n")
    said, _ = job.communicate(timeout=SECONDS)
    # a notebook that ran before the edit is named as older than the table, the one that ran meanwhile as run on both
    assert job.returncode == 0 or "changed while it ran" in said or "are older than data/datapackage.json" in said
    assert small.command(project, "book", timeout=SECONDS).returncode == 0
    ran = nbformat.read(project / "_build" / "executed" / "one.ipynb", as_version=4)
    from hanoi.build import digest, inputs

    assert inputs(ran)["data/datapackage.json"] == digest(project / "data" / "datapackage.json")


def refused(folder, *said, **options):
    """Assert that a build stops with a cause of few lines that holds ``said``, and that the published book stays."""
    before = digests(folder / "_build" / "html") if (folder / "_build" / "html").exists() else None
    done = small.command(folder, "book", timeout=SECONDS, **options)
    cause = [
        line for line in done.stdout.splitlines() if not re.match(r"Checking|Running|Building|\s+\d+ of \d+", line)
    ]
    assert done.returncode not in (0, None), done.stdout
    assert "Traceback" not in done.stdout and 1 <= len(cause) <= 3, done.stdout
    for words in said:
        assert words in "\n".join(cause), done.stdout
    assert small.at_work(folder) == []
    if before:
        assert digests(folder / "_build" / "html") == before
    return done


def trouble_not_utf8(folder):
    (folder / "book" / "index.md").write_bytes(b"# A\xff\n")


def trouble_directory(folder):
    (folder / "book" / "index.md").unlink()
    (folder / "book" / "index.md").mkdir()


def trouble_dangling(folder):
    (folder / "book" / "numbers.md").unlink()
    (folder / "book" / "numbers.md").symlink_to("nowhere.md")


def trouble_figure(folder):
    (folder / "book" / "index.md").write_text("# A small book\n\n```{drawn} one:none\n```\n\n{doc}`one`\n")


def trouble_number(folder):
    (folder / "book" / "index.md").write_text("# A book of [3](one.ipynb#polls)\n\n{doc}`one`\n")


def trouble_merge(folder):
    path = folder / "book" / "one.ipynb"
    path.write_text("<<<<<<< HEAD\n" + path.read_text())


def trouble_untitled(folder):
    small.notebook(folder / "book" / "Untitled.ipynb", [])


def trouble_stdout(folder):
    small.notebook(
        folder / "book" / "one.ipynb", [("markdown", "# One"), ("code", "# Hush\nimport sys; sys.stdout = None")]
    )


@pytest.mark.parametrize(
    ("trouble", "said"),
    [
        (trouble_not_utf8, ["book/index.md", "UTF-8"]),
        (trouble_directory, ["book/index.md: Is a directory"]),
        (trouble_dangling, ["book/numbers.md: No such file"]),
        (trouble_figure, ["book/index.md:3", "no figure 'one:none'"]),
        (trouble_number, ["book/index.md:1: a computed number stands in a heading"]),
        (trouble_merge, ["book/one.ipynb:1: holds the marks of a merge"]),
        (trouble_untitled, ["book/Untitled.ipynb: is not in _toc.yml"]),
        (trouble_stdout, ["book/one.ipynb, code cell 1 (Hush): replaces or closes sys.stdout"]),
    ],
    ids=lambda part: getattr(part, "__name__", None),
)
def test_a_page_that_cannot_be_built_is_named_and_the_book_stays(project, trouble, said):
    trouble(project)
    refused(project, *said)


def as_nobody():
    """Return the words before a command that runs it as a user without a name, a home or rights; skip where that is not possible."""
    words = [
        "setpriv",
        "--reuid=54321",
        "--regid=54321",
        "--clear-groups",
        "--inh-caps=-all",
        "--bounding-set=-all",
        "--",
    ]
    nested = "import subprocess, sys; sys.exit(subprocess.run([sys.executable, '-c', 'import hanoi']).returncode)"
    try:
        subprocess.run([*words, sys.executable, "-c", nested], check=True, capture_output=True, cwd=small.ROOT)
    except (OSError, subprocess.CalledProcessError):
        pytest.skip("NOT TESTED AS ANOTHER USER: needs root, setpriv, and a Python that others may read")
    return words


def test_a_user_without_a_name_and_a_home_builds_the_same_book(project, edited_once):
    before = as_nobody()
    edit(project)
    subprocess.run(["chown", "-R", "54321:54321", project], check=True)
    env = {"HOME": "/proc/none", "USER": "", "LOGNAME": "", "TMPDIR": "/proc/none"}
    done = small.command(project, "book", before=before, env=env, timeout=SECONDS)
    assert done.returncode == 0, done.stdout
    assert pages(project) == edited_once


def test_a_folder_without_rights_is_named(project):
    before = as_nobody()
    edit(project)
    refused(project, "_build/", "Permission denied", before=before)


def test_an_unreadable_page_is_named(project):
    before = as_nobody()
    subprocess.run(["chown", "-R", "54321:54321", project], check=True)
    (project / "book" / "index.md").chmod(0)
    subprocess.run(["chown", "0:0", project / "book" / "index.md"], check=True)
    refused(project, "book/index.md: Permission denied; it may not be read", before=before)


def test_a_full_disk_is_named_and_the_book_stays(built_once, tmp_path):
    disk = tmp_path / "disk"
    disk.mkdir()
    if subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=40m", "tmpfs", disk], capture_output=True, check=False
    ).returncode:
        pytest.skip("NOT TESTED ON A FULL DISK: no file system may be mounted here")
    try:
        project = shutil.copytree(built_once[0], disk / "project", symlinks=True)
        edit(project)
        with (disk / "filler").open("wb") as filler:
            filler.truncate(0)
            try:
                while True:
                    filler.write(b"0" * 2**16)
                    filler.flush()
            except OSError:
                pass
        refused(project, "No space left on device; the disk is full; make room")
        for left in (2, 6):  # so many megabytes
            with (disk / "filler").open("r+b") as filler:
                filler.truncate((disk / "filler").stat().st_size - left * 2**20)
            refused(project, "No space left on device")
        (disk / "filler").unlink()
        assert small.command(project, "book", timeout=SECONDS).returncode == 0
    finally:
        subprocess.run(["umount", "--lazy", disk], check=True)


def test_a_file_that_may_not_grow_is_named(project):
    edit(project)
    refused(project, "File too large", before=["bash", "-c", 'ulimit -f 64; exec "$@"', "-"])


def test_a_folder_that_is_read_only_is_named(project):
    edit(project)
    if subprocess.run(["mount", "--bind", project, project], capture_output=True, check=False).returncode:
        pytest.skip("NOT TESTED ON A READ-ONLY FOLDER: nothing may be mounted here")
    try:
        subprocess.run(["mount", "-o", "remount,ro,bind", project], check=True)
        refused(project, "_build/", "Read-only file system")
    finally:
        subprocess.run(["umount", "--lazy", project], check=True)


def edit_value(folder, chance):
    """Another remark in a row behind the number of polls."""
    path = folder / "data" / "polls.csv"
    with path.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    row = chance.choice(rows)
    row["note"] = f"{row['note']} Read again ({chance.randrange(10**6)}).".strip()
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, list(rows[0]), lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)


def edit_sentence(folder, chance):
    """A sentence more in a page or in the text of a notebook, with a number and a source that other pages list."""
    path = folder / "book" / chance.choice(["index.md", "numbers.md", "one.ipynb", "two.ipynb"])
    key = "polls" if "(#polls)" in _text(folder / "book" / "one.ipynb") else "poll-count"
    source = chance.choice(_text(folder / "data" / "sources.csv").splitlines()[1:20]).partition(",")[0]
    say = f"Sentence {chance.randrange(10**6)}, on [](one.ipynb#{key}) polls, has a source {{cite:p}}`{source}`."
    if path.suffix == ".md":
        path.write_text(f"{path.read_text(encoding='utf-8')}\n{say}\n", encoding="utf-8")
    elif path.exists():
        notebook = nbformat.read(path, as_version=4)
        notebook.cells[0].source += f"\n\n{say}"
        nbformat.write(notebook, path)


def edit_heading(folder, chance):
    """Another title of a page that the contents and a link on another page show, or a section more on it."""
    path = folder / "book" / "one.ipynb"
    notebook, number = nbformat.read(path, as_version=4), chance.randrange(10**6)
    title, rest = notebook.cells[0].source.split("\n", 1)
    notebook.cells[0].source = chance.choice(
        [f"# Polls {number}\n{rest}", f"{title}\n{rest}\n\n## Section {number}\n\nText."]
    )
    nbformat.write(notebook, path)


def edit_page(folder, _):
    """The second notebook goes, or comes back."""
    page, aside = folder / "book" / "two.ipynb", folder.parent / "two.ipynb"
    contents, index = yaml.safe_load(_text(folder / "_toc.yml")), folder / "book" / "index.md"
    chapters, entry, both = contents["parts"][0]["chapters"], {"file": "book/two"}, "{doc}`one`, {doc}`two`"
    if page.exists():
        shutil.move(page, aside)
        chapters.remove(entry)
        index.write_text(_text(index).replace(both, "{doc}`one`"), encoding="utf-8")
    else:
        shutil.move(aside, page)
        chapters.append(entry)
        index.write_text(_text(index).replace("{doc}`one`", both), encoding="utf-8")
    (folder / "_toc.yml").write_text(yaml.safe_dump(contents), encoding="utf-8")


def edit_key(folder, _):
    """The number has another key."""
    old, new = (
        ("polls", "poll-count") if "(#polls)" in _text(folder / "book" / "one.ipynb") else ("poll-count", "polls")
    )
    for name in ("one.ipynb", "index.md"):
        assert f"#{old})" in _text(folder / "book" / name)
    for path in (*sorted((folder / "book").glob("*.*")), folder.parent / "two.ipynb"):
        if path.exists():
            path.write_text(_text(path).replace(f"#{old})", f"#{new})"), encoding="utf-8")
    path, word = folder / "book" / "one.ipynb", f'state(\\"{old}\\"'
    assert word in _text(path)
    path.write_text(_text(path).replace(word, word.replace(old, new)), encoding="utf-8")


def edit_contents(folder, _):
    """The chapters in another order."""
    path = folder / "_toc.yml"
    contents = yaml.safe_load(_text(path))
    contents["parts"][0]["chapters"].reverse()
    path.write_text(yaml.safe_dump(contents), encoding="utf-8")


def _text(path):
    return path.read_text(encoding="utf-8")


def test_twenty_edits_one_after_the_other_give_the_pages_of_a_clean_build(project):
    chance = random.Random(2019)
    edits = [edit_value, edit_sentence, edit_heading, edit_page, edit_key, edit_contents] * 3
    edits += [edit_sentence, edit_heading]
    chance.shuffle(edits)
    for number, change in enumerate(edits):
        change(project, chance)
        done = small.command(project, "book", timeout=SECONDS)
        assert done.returncode == 0, f"edit {number}, {change.__name__}: {done.stdout}"
        clean = project.parent / "clean"
        shutil.copytree(project, clean, symlinks=True, ignore=shutil.ignore_patterns("_build", ".snakemake"))
        done = small.command(clean, "book", timeout=SECONDS)
        assert done.returncode == 0, f"edit {number}, {change.__name__}, clean: {done.stdout}"
        assert pages(project) == pages(clean), f"edit {number}, {change.__name__}"
        shutil.rmtree(clean)


PERSONAL = {
    "PYTHONSTARTUP": "/proc/none",
    "PIP_USER": "1",
    "MPLBACKEND": "TkAgg",
    "MATPLOTLIBRC": "{yaml}/matplotlibrc",
    "MPLCONFIGDIR": "/proc/none",
    "JUPYTER_PATH": "{yaml}",
    "JUPYTER_CONFIG_DIR": "/proc/none",
    "IPYTHONDIR": "/proc/none",
    "XDG_CONFIG_HOME": "/proc/none",
    "GIT_DIR": "/proc/none",
    "LC_ALL": "C",
    "TZ": "Asia/Seoul",
    "PATH": "/usr/bin:/bin",
}


def test_personal_settings_change_nothing(project, edited_once, tmp_path):
    edit(project)
    (tmp_path / "own" / "kernels" / "python3").mkdir(parents=True)
    (tmp_path / "own" / "yaml.py").write_text("raise SystemExit('the yaml of another project')")
    (tmp_path / "own" / "matplotlibrc").write_text("svg.fonttype: none\nfont.size: 30\n")
    (tmp_path / "own" / "kernels" / "python3" / "kernel.json").write_text(
        '{"argv": ["false"], "display_name": "x", "language": "x"}'
    )
    env = {name: value.format(yaml=tmp_path / "own") for name, value in PERSONAL.items()}
    done = small.command(project, "book", env=env, timeout=SECONDS)
    assert done.returncode == 0, done.stdout
    assert pages(project) == edited_once


def test_numbers_are_shown_as_computed_wherever_they_are_admitted(project):
    text = "\n\n".join(text.replace("[^f]", f"[^f{place}]") for place, text in enumerate(SHOWN.values()))
    (project / "book" / "index.md").write_text(
        f"# A small book\n\n{{doc}}`one` {{doc}}`two`\n\n{text}\n".replace("mark.svg", "_static/mark.svg")
    )
    done = small.command(project, "book", timeout=SECONDS)
    assert done.returncode == 0, done.stdout
    page = (project / "_build" / "html" / "book" / "index.html").read_text(encoding="utf-8")
    polls = sum(1 for _ in (project / "data" / "polls.csv").open(encoding="utf-8")) - 1
    assert page.count(f">{polls}</a>") == "".join(SHOWN.values()).count("#polls")
    assert "one.ipynb#polls" not in page


def test_rows_are_shown_letter_by_letter(built_once):
    page = html5lib.parse((built_once[0] / "_build/html/book/two.html").read_bytes(), namespaceHTMLElements=False)
    shown = ["".join(cell.itertext()).strip() for cell in page.iter("td")]
    assert [row for row in small.ROWS if row not in shown] == []
