"""``make bench``: what the commands cost beside what a user would otherwise run, as ratios to a naive build.

The naive build is ``jupyter-book build`` that executes the notebooks itself, on commit BASE with its own data and its own
locked packages. Beside it and ours run today's notebooks in the tools that people use for such a book. Each has a clone of
its own below ``.bench``. Runs are interleaved, so that a slow hour of the machine falls on all. Writes
``benchmarks/results/compare.json``; seconds are those of one machine and stay out of it.
"""

import argparse
import json
import os
import re
import statistics
import sys

from benchmarks import clones, where
from benchmarks.clones import HOME, NOW, timed
from hanoi.build.place import ROOT

BASE = "5b75997"
TARGET = ROOT / "benchmarks" / "results" / "compare.json"
NAIVE, PEERS = HOME / "naive", HOME / "peers"  # BASE; this commit with PACKAGES
PACKAGES = ("mkdocs>=1.6,<2", "mkdocs-jupyter>=0.26,<1", "nbmake>=1.5,<2")
PROGRAMS = {
    NAIVE: ("jupyter-book", "sphinx", "pandas", "matplotlib"),
    NOW: ("jupyter-book", "sphinx", "nbconvert", "nbval", "nbclient", "snakemake", "pandas", "matplotlib"),
    PEERS: ("mkdocs", "mkdocs-jupyter", "nbmake"),
}
MKDOCS = """\
site_name: After Hanoi
docs_dir: book
site_dir: _build/mkdocs
plugins:
  - mkdocs-jupyter:
      execute: true
"""
EDITS = {  # case → file, text, the text in its place
    "one percentage changed": (
        "data/poll_results.csv",
        "monmouth-2019-03-good-idea,all,good-idea,65",
        "monmouth-2019-03-good-idea,all,good-idea,66",
    ),
    "one sentence changed": ("book/index.md", "This book asks", "This book here asks"),
}


def naive(folder):
    """Time jupyter-book as it comes: every notebook executed, one after the other, and every page rendered."""
    _execute_while_building(folder)
    return timed(folder, "jupyter-book", "build", ".", "--all")


def sphinx(folder):
    """Time Sphinx on what jupyter-book makes of its configuration, with a process a core."""
    _execute_while_building(folder)
    clones.run(folder, "jupyter-book", "config", "sphinx", ".", log=HOME / "log.txt")
    return timed(folder, "sphinx-build", "-j", str(os.cpu_count()), ".", "_build/sphinx")


def _execute_while_building(folder):
    config = folder / "_config.yml"
    text, count = re.subn(r'(execute_notebooks:) "?off"?', r"\1 force", config.read_text(encoding="utf-8"))
    if not count:
        raise SystemExit(f"{config}: does not switch the execution off")
    config.write_text(text, encoding="utf-8")


def nbconvert(folder):
    """Time nbconvert: each notebook executed and made a page."""
    to = ("--to", "html", "--execute", "--output-dir", "_build/nbconvert")
    return timed(folder, "jupyter", "nbconvert", *to, *_notebooks(folder))


def mkdocs(folder):
    """Time MkDocs with mkdocs-jupyter: each notebook executed and made a page of a site."""
    (folder / "mkdocs.yml").write_text(MKDOCS, encoding="utf-8")
    return timed(folder, "mkdocs", "build")


def nbval(folder):
    """Time nbval as it comes: one process, only the cells marked for it compared."""
    return timed(folder, "python", "-m", "pytest", "--nbval-lax", "--nbval-current-env", *_notebooks(folder))


def nbmake(folder):
    """Time nbmake: one process, each notebook run."""
    return timed(folder, "python", "-m", "pytest", "--nbmake", *_notebooks(folder))


def _notebooks(folder):
    return [str(path.relative_to(folder)) for path in sorted(folder.glob("book/*.ipynb"))]


def tests(folder):
    """Time all tests."""
    return timed(folder, "make", "test")


PEER_WAYS = {
    "jupyter-book, this commit": (naive, NOW),
    "sphinx -j": (sphinx, NOW),
    "nbconvert": (nbconvert, NOW),
    "nbval": (nbval, NOW),
    "mkdocs-jupyter": (mkdocs, PEERS),
    "nbmake": (nbmake, PEERS),
}
WAYS = ("ours", "make test", *PEER_WAYS)


def ours(folder):
    """Yield case → cost of our command. An edit is made and taken back, and both builds count."""
    yield "cold", timed(folder, "make", "book")
    yield "nothing changed", timed(folder, "make", "book")
    for case, (name, *texts) in EDITS.items():
        for old, new in (texts, reversed(texts)):
            path = folder / name
            before = path.read_text(encoding="utf-8")
            if before.count(old) != 1:
                raise SystemExit(f"{name}: holds {old!r} {before.count(old)} times, not once")
            path.write_text(before.replace(old, new), encoding="utf-8")
            yield case, timed(folder, "make", "book")


def measured(ways):
    """Run the naive build and then each of ``ways`` from clean clones; return case → list of costs."""
    found = {}
    for way in ("naive", *ways):
        job, folder = {"naive": (naive, NAIVE), "ours": (ours, NOW), "make test": (tests, NOW)}.get(way) or PEER_WAYS[
            way
        ]
        clones.clone(folder, BASE if folder == NAIVE else "HEAD")
        print(f"{way} …", flush=True)
        for case, cost in job(folder) if way == "ours" else [(way, job(folder))]:
            found.setdefault(case, []).append(cost)
            shown = {kind: f"{took / found['naive'][0][kind]:.3f}" for kind, took in cost.items()}
            print(f"  {case}: {shown['wall']} of the naive build, {shown['cpu']} of its processor time", flush=True)
    return found


def ratios(rounds):
    """Return case → wall or cpu → minimum, median, maximum of the ratio to the naive build of the same round.

    The naive build's own is to the median of all its runs: it shows how noisy the machine was.
    """
    usual = {kind: statistics.median(one["naive"][0][kind] for one in rounds) for kind in ("wall", "cpu")}
    out = {}
    for case in rounds[0]:
        out[case] = {}
        for kind in ("wall", "cpu"):
            found = [
                cost[kind] / (usual if case == "naive" else one["naive"][0])[kind]
                for one in rounds
                for cost in one[case]
            ]
            out[case][kind] = [round(take(found), 4) for take in (min, statistics.median, max)]
    return out


def main():
    """Run the comparison and write its results."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--ways", nargs="+", choices=WAYS, default=WAYS, help="what runs beside the naive build")
    chosen = parser.parse_args()
    HOME.mkdir(parents=True, exist_ok=True)
    prepare(chosen.ways)
    rounds = []
    for _ in range(chosen.runs):
        rounds.append(measured(chosen.ways))
        write(rounds)  # after each, so that what ends a later round does not lose the ones before
    return where.main()


def write(rounds):
    """Write the ratios of these rounds, and say them."""
    found = ratios(rounds)
    record = {
        "what": "ratios to the naive build of the same round: minimum, median, maximum",
        "commit": clones.commit_of()[:12],
        "base": BASE,
        "runs": len(rounds),
        "ratios": found,
        "machine": clones.machine(),
        "versions": versions(),
    }
    TARGET.write_text(json.dumps(record, indent=1) + "\n", encoding="utf-8")
    for case, kinds in found.items():
        print(
            f"{case}: {kinds['wall'][1]:.3f} of the naive build (wall), {kinds['cpu'][1]:.3f} (processor)", flush=True
        )


def versions():
    """Return clone → package → version, for the environments that there are."""
    return {
        folder.name: clones.versions(folder, *packages) for folder, packages in PROGRAMS.items() if folder.exists()
    } | {"python": sys.version.split()[0]}


def prepare(ways):
    """Make the clones that ``ways`` need, and their environments."""
    clones.clone(NAIVE, BASE)
    clones.run(NAIVE, "make", ".venv/ready", log=HOME / "log.txt")
    clones.clone(NOW)
    clones.borrow(NOW)
    if any(PEER_WAYS.get(way, (None, None))[1] == PEERS for way in ways):
        clones.clone(PEERS)
        clones.borrow(PEERS, *PACKAGES)


if __name__ == "__main__":
    sys.exit(main())
