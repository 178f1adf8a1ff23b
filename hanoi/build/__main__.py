"""``python -m hanoi.build``: bring the book up to date, or store what the notebooks give.

``book``   bring the built book up to date, with progress and, on failure, the cause in one line
``store``  run what changed, and store its outputs and values in ``book/``

Two jobs of the workflow: ``execute SOURCE TARGET`` runs SOURCE from a clean start and writes TARGET;
``merge SOURCE EXECUTED TARGET`` joins today's text of SOURCE with the outputs of EXECUTED.
"""

import argparse
import re
import subprocess
import sys
from pathlib import Path

from hanoi.build import outputs
from hanoi.build.notebook import ROOT
from hanoi.build.run import execute


def workflow(*targets):
    """Let Snakemake bring ``targets`` up to date on all cores; show each job, and how many are done.

    Raises SystemExit with the cause, as the failed job's log gives it.
    """
    command = ["snakemake", "--cores", "all", "--nocolor", "--keep-going", "--rerun-incomplete", *targets]
    causes, words, waiting = [], [], False
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True) as job:
        for line in job.stdout:
            words.append(line.rstrip())
            if started := re.match(r"Job \d+: (.*)", line):
                print(f"{started[1]} …", flush=True)
            elif done := re.match(r"(\d+) of (\d+) steps", line):
                print(f"  {done[1]} of {done[2]} steps done", flush=True)
            elif log := re.match(r"\s+log: (\S+) \(check", line):
                causes += _causes(ROOT / log[1])
            elif "Nothing to be done" in line:
                waiting = True
    if job.returncode:
        raise SystemExit("\n".join(dict.fromkeys(causes)) or "\n".join(words[-5:]))
    return waiting


def _causes(log):
    """Return the lines of a job's log that name the cause: warnings and errors, otherwise its last line."""
    text = (
        re.sub(r"\x1b\[[\d;]*m", "", log.read_text(encoding="utf-8"))
        .replace(f"{ROOT}/", "")
        .replace("_build/stage/", "")
    )
    lines = [line.strip() for line in text.splitlines()]
    for form in (r"(data|book)/\S+:", r"(?!.*IPKernelApp).*(WARNING|ERROR)\b", r"[\w.]*Error\b"):
        if named := [line for line in lines if re.match(form, line)]:
            return named
    return lines[-1:]


def book():
    """Bring ``_build/html`` up to date."""
    # Apart, because Snakemake passes over the other jobs of a run in which an `ancient` input is made again.
    workflow("_build/checked")
    done = workflow("_build/html/index.html")
    print("Nothing has changed." if done else "Built.", f"Open {ROOT.name}/_build/html/index.html")


def store():
    """Store fresh outputs and values in the notebooks and pages of ``book/``; what holds stays as it is."""
    executed = {path.stem: f"_build/executed/{path.name}" for path in sorted((ROOT / "book").glob("*.ipynb"))}
    workflow("_build/checked")
    workflow(*executed.values())
    for name in outputs.store({chapter: ROOT / path for chapter, path in executed.items()}):
        print(f"Stored in {name}")


def main(arguments=None):
    """Run the job that the arguments name."""
    parser = argparse.ArgumentParser(prog="python -m hanoi.build", description=__doc__.splitlines()[0])
    jobs = parser.add_subparsers(dest="job", required=True)
    for job, paths in (
        (book, ()),
        (store, ()),
        (execute, ("source", "target")),
        (outputs.merge, ("source", "executed", "target")),
    ):
        sub = jobs.add_parser(job.__name__, help=job.__doc__.splitlines()[0])
        for path in paths:
            sub.add_argument(path, type=Path)
        sub.set_defaults(call=lambda chosen, job=job, paths=paths: job(*(getattr(chosen, path) for path in paths)))
    chosen = parser.parse_args(arguments)
    chosen.call(chosen)


if __name__ == "__main__":
    sys.exit(main())
