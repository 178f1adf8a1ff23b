"""``make bench``: what the commands cost beside a naive build of the first edition, as ratios of wall-clock time.

The naive build is what a user would otherwise run: ``jupyter-book build`` that executes the notebooks itself, on commit
BASE with its own data and its own locked packages, in a folder of its own below ``_build/bench``. Runs are interleaved,
so that a slow hour of the machine falls on both. Writes ``benchmarks/results/<commit>.json``.
"""

import argparse
import json
import os
import platform
import re
import resource
import shutil
import subprocess
import sys
import time
from importlib.metadata import version
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
BASE = "5b75997"
HOME = ROOT / "_build" / "bench"


def timed(command, folder):
    """Return wall-clock and processor seconds of a command and its children. Raises CalledProcessError when it fails."""
    before, began = resource.getrusage(resource.RUSAGE_CHILDREN), time.monotonic()
    subprocess.run(command, cwd=folder, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    used = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return {"wall": time.monotonic() - began, "cpu": used}


def checkout(commit, name):
    """Return a clone of this project at ``commit`` below HOME, with its environment set up."""
    folder = HOME / name
    if not folder.exists():
        HOME.mkdir(parents=True, exist_ok=True)
        subprocess.run(["git", "clone", "--quiet", ROOT, folder], check=True)
    subprocess.run(["git", "fetch", "--quiet", "--all"], cwd=folder, check=True)
    subprocess.run(["git", "checkout", "--quiet", "--force", commit], cwd=folder, check=True)
    subprocess.run(["make", ".venv/ready"], cwd=folder, check=True, stdout=subprocess.DEVNULL)
    return folder


def naive(folder):
    """Build the first edition as jupyter-book alone does: everything executed, every page rendered."""
    shutil.rmtree(folder / "_build", ignore_errors=True)
    config = folder / "_config.yml"
    text = re.sub(r'execute_notebooks: "?off"?', "execute_notebooks: force", config.read_text(encoding="utf-8"))
    config.write_text(text, encoding="utf-8")
    return timed([folder / ".venv" / "bin" / "jupyter-book", "build", ".", "--all"], folder)


def edited(folder, name, old, new):
    """Time a build after one edit of one file, and take the edit back. Raises ValueError where there is nothing to edit."""
    path = folder / name
    before = path.read_text(encoding="utf-8")
    if old not in before:
        raise ValueError(f"{name} does not hold {old!r}")
    path.write_text(before.replace(old, new, 1), encoding="utf-8")
    try:
        return timed(["make", "book"], folder)
    finally:
        path.write_text(before, encoding="utf-8")
        subprocess.run(["make", "book"], cwd=folder, check=True, stdout=subprocess.DEVNULL)


def ours(folder):
    """Return what the commands of this commit cost, by case."""
    shutil.rmtree(folder / "_build", ignore_errors=True)
    shutil.rmtree(folder / ".snakemake", ignore_errors=True)
    return {
        "cold": timed(["make", "book"], folder),
        "nothing changed": timed(["make", "book"], folder),
        "one percentage changed": edited(
            folder,
            "data/poll_results.csv",
            "monmouth-2019-03-good-idea,all,good-idea,65",
            "monmouth-2019-03-good-idea,all,good-idea,66",
        ),
        "one sentence changed": edited(folder, "book/index.md", "This book asks", "This book here asks"),
        "make test": timed(["make", "test"], folder),
    }


def main():
    """Run the comparison and write its results."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--runs", type=int, default=3)
    runs = parser.parse_args().runs
    commit = subprocess.run(
        ["git", "rev-parse", "--short=12", "HEAD"], cwd=ROOT, capture_output=True, text=True, check=True
    ).stdout.strip()
    base, now = checkout(BASE, "naive"), checkout(commit, "now")
    found = []
    for _ in range(runs):
        found.append({"naive": naive(base), **ours(now)})
    ratios = {
        case: {
            kind: sorted(round(run[case][kind] / run["naive"][kind], 4) for run in found) for kind in ("wall", "cpu")
        }
        for case in found[0]
        if case != "naive"
    }
    record = {
        "commit": commit,
        "base": BASE,
        "runs": runs,
        "ratios": ratios,
        "machine": {
            "processor": platform.processor() or platform.machine(),
            "cores": os.cpu_count(),
            "system": platform.platform(),
        },
        "versions": {name: version(name) for name in ("jupyter-book", "snakemake", "pandas", "matplotlib", "nbclient")},
    }
    target = ROOT / "benchmarks" / "results" / f"{commit}.json"
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_text(json.dumps(record, indent=1) + "\n", encoding="utf-8")
    for case, ratio in ratios.items():
        print(
            f"{case}: {ratio['wall'][len(ratio['wall']) // 2]:.3f} of the naive build (wall), {ratio['cpu'][len(ratio['cpu']) // 2]:.3f} (processor)"
        )
    return 0


if __name__ == "__main__":
    sys.exit(main())
