"""The record in the foot of each page: the commit, the data and the versions that made it."""

import calendar
import re
import subprocess
import time
from importlib.metadata import version

from hanoi.build import ROOT
from hanoi.pages import files


def git(*arguments):
    """Return what git says of this project; nothing where it is not a checkout of its own."""

    def ask(*words):
        done = subprocess.run(["git", "-C", str(ROOT), *words], capture_output=True, text=True, check=False)
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
    return git("log", "-1", "--format=%ct") or str(calendar.timegm(time.strptime(released(), "%Y-%m-%d")))


def foot():
    """Return the record in the foot of each page: the commit, the data and the versions that made it."""
    commit = git("rev-parse", "--short=12", "HEAD")
    made = (
        f"commit <code>{commit}</code>" + (" with uncommitted changes" if git("status", "--porcelain") else "")
        if commit
        else f"release of {released()}"
    )
    versions = ", ".join(f"{name} {version(name)}" for name in ("jupyter-book", "pandas", "matplotlib"))
    return (
        f'<p class="record">Made from {made}, data <code>{files.data_digest()[:12]}</code>, with {versions}. '
        "Text, figures and tables CC BY 4.0; code BSD-3-Clause.</p>"
    )
