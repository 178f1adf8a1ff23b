"""The record in the foot of each page: the commit, the data and the versions that made it."""

import calendar
import os
import re
import subprocess
import time
from importlib.metadata import version
from pathlib import Path

from hanoi.build import fresh
from hanoi.build.place import ROOT


def git(*arguments):
    """Return what git says of this project; nothing where it is not a checkout of its own."""
    own = {name: value for name, value in os.environ.items() if not name.startswith("GIT_")}  # as inside a hook of git

    def ask(*words):
        settings = ["-c", "status.showUntrackedFiles=normal", "-c", "log.showSignature=false", "-c", "color.ui=false"]
        done = subprocess.run(
            ["git", *settings, "-C", str(ROOT), *words], capture_output=True, text=True, check=False, env=own
        )
        return done.stdout.strip() if done.returncode == 0 else ""

    try:
        return ask(*arguments) if ask("rev-parse", "--show-toplevel") == str(ROOT) else ""
    except FileNotFoundError:  # no git on this machine
        return ""


def released():
    """Return the date of release that CITATION.cff states, as ISO date."""
    return re.search(
        r"^date-released: ['\"]?(\d{4}-\d\d-\d\d)", (ROOT / "CITATION.cff").read_text(encoding="utf-8"), re.MULTILINE
    )[1]


def epoch():
    """Return the time that a build carries, in seconds since 1970: the last commit's, without git the release's."""
    return git("log", "-1", "--no-show-signature", "--format=%ct") or str(
        calendar.timegm(time.strptime(released(), "%Y-%m-%d"))
    )


def foot():
    """Return the record in the foot of each page: the commit, the data and the versions that made it.

    Without git, or where git refuses to speak of this folder, nothing is said of a commit or a release.
    """
    commit = git("rev-parse", "--short=12", "HEAD")
    made = (
        f"commit <code>{commit}</code>" + (" with uncommitted changes" if git("status", "--porcelain") else "")
        if commit
        else f"a folder without a known commit, contents <code>{fresh.contents()[:12]}</code>"
    )
    versions = ", ".join(f"{name} {version(name)}" for name in ("jupyter-book", "pandas", "matplotlib"))
    return (
        f'<p class="record">Made from {made}, data <code>{fresh.digest("data")[:12]}</code>, with {versions}. '
        "Text, figures and tables CC BY 4.0; code BSD-3-Clause.</p>"
    )


#: Where the record stands in a page; no page hangs on it before, so that a commit alone makes no page anew.
PLACE = re.compile(r"<!-- record -->.*?<!-- /record -->", re.DOTALL)
EMPTY = "<!-- record --><!-- /record -->"


def fill(folder, record):
    """Write ``record`` into the foot of every page below ``folder``."""
    for path in sorted(Path(folder).rglob("*.html")):
        page = path.read_text(encoding="utf-8")
        if (filled := PLACE.sub(lambda found: f"<!-- record -->{record}<!-- /record -->", page)) != page:
            path.write_text(filled, encoding="utf-8", newline="\n")


def write(app, error):
    """Write the record into the foot of every page, after all of them are rendered."""
    if not error and app.builder.format == "html":
        fill(app.outdir, foot())
