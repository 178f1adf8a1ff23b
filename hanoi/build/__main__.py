"""``python -m hanoi.build``: bring the book up to date, or store what the notebooks give.

``book``   bring the built book up to date, with progress and, on failure, the cause
``store``  run what changed, and store its outputs and values in ``book/``

Two jobs of the workflow: ``execute SOURCE TARGET`` runs SOURCE from a clean start and writes TARGET;
``pages`` renders the pages and publishes them.
"""

import argparse
import contextlib
import json
import os
import re
import subprocess
import sys
from pathlib import Path

from hanoi.build import forks, fresh, guard, publish
from hanoi.build.place import BUILD, ROOT

#: What the pages import, most of it by way of their settings.
PAGES = (
    "hanoi.pages, hanoi.build.outputs, hanoi.positions.offers, jupyter_book.sphinx, myst_nb.sphinx_ext, "
    "pydata_sphinx_theme, sphinx_design.extension"
)


@contextlib.contextmanager
def waiting(imports, code, **options):
    """Give a child that imports and then waits; :func:`begin` starts ``code``, and until then it costs no time.

    ``options`` are those of :class:`subprocess.Popen`.
    """
    begun = f"import json, sys; {imports}; sys.argv[1:] = json.loads(sys.stdin.readline() or sys.exit()); {code}"
    options |= {"stdin": subprocess.PIPE, "stderr": subprocess.STDOUT}
    with guard.child(begun, text=True, encoding="utf-8", errors="replace", **options) as job:
        yield job


def begin(job, *arguments):
    """Start a child of :func:`waiting`; ``arguments`` are what its code finds in ``sys.argv[1:]``."""
    with contextlib.suppress(BrokenPipeError):  # it has ended, and its log says why
        job.stdin.write(f"{json.dumps(arguments)}\n")
        job.stdin.close()


def workflow(snakemake, targets):
    """Let Snakemake (a child that waits) bring ``targets`` (paths) up to date; show each job, and how many are done.

    One job more runs than there are cores, since each waits a while for its kernel to start and to end.

    Raises SystemExit with the causes, as the failed jobs' logs give them.
    """
    options = ["--nocolor", "--keep-going", "--rerun-incomplete", "--nolock", "--scheduler", "greedy"]
    options += ["--cores", str((os.cpu_count() or 1) + 1)]
    begin(snakemake, *options, *(path.relative_to(ROOT).as_posix() for path in targets))
    causes, words = [], []
    for line in snakemake.stdout:
        words.append(line.rstrip())
        if started := re.match(r"Job \d+: (.*)", line):
            print(f"{started[1]} …", flush=True)
        elif done := re.match(r"(\d+) of (\d+) steps", line):
            print(f"  {done[1]} of {done[2]} steps done", flush=True)
        elif log := re.match(r"\s+log: (\S+) \(check", line):
            causes += _causes(ROOT / log[1])
    if snakemake.wait():
        raise SystemExit("\n".join(dict.fromkeys(causes)) or "\n".join(words[-20:]))


def _causes(log):
    """Return the lines of a job's log that name the cause, whole: what follows the mark, else from the error on to the end."""
    try:
        text = log.read_text(encoding="utf-8", errors="replace")
    except OSError as error:
        return [guard.cause(error)]
    text = re.sub(r"\x1b\[[\d;]*m", "", text).replace(f"{ROOT}/", "").replace("_build/stage/", "")
    _, marked, said = text.rpartition(f"{guard.CAUSE}\n")
    if marked and said.strip():
        return [said.rstrip()]
    lines = [line.rstrip() for line in text.splitlines() if line.strip()]
    if named := [line for line in lines if re.match(r"data/\S+:", line)]:  # a check of the tables
        return named
    at = [place for place, line in enumerate(lines) if re.match(r"[\w.]*(Error|Exception)\b", line)]
    where = log.relative_to(ROOT).as_posix() if log.is_relative_to(ROOT) else log.name
    if at:
        return ["\n".join(lines[at[0] :])]
    return [f"{where}: the job ended without a cause; it may have been killed, or the memory was used up; run it again"]


@contextlib.contextmanager
def checked():
    """Check pages and tables; give Snakemake, which waits, or None where no notebook is to run.

    What the check and the notebooks need is imported meanwhile, by children that wait and by the parent of jobs and kernels.
    Runs that no longer hold are taken out once the tables are whole. Raises SystemExit with what is wrong.
    """
    # the parent has the settings that Snakemake gives its jobs, else every kernel would start the plain way
    libraries = ("GOTO_NUM", "MKL_NUM", "NUMEXPR_NUM", "OMP_NUM", "OPENBLAS_NUM", "VECLIB_MAXIMUM")
    os.environ |= {"PYTHONHASHSEED": "0"} | {f"{library}_THREADS": "1" for library in libraries}
    now, snakemake = fresh.tables(), None
    with contextlib.ExitStack() as stack:
        if changed := fresh.read(fresh.CHECKED).get("contents") != now:
            first = "frictionless, hanoi.evidence.checking"
            check = stack.enter_context(one_job("check", "hanoi.evidence", first=first))
        contents()
        from hanoi.build.notebook import outlived

        old = outlived()
        if any(path in old or not path.exists() for path in runs().values()):
            stack.enter_context(forks.serve())
            snakemake = stack.enter_context(waiting("from snakemake.cli import main", "main()", stdout=subprocess.PIPE))
        if changed:
            check("Checking the tables")
            guard.write(fresh.CHECKED, json.dumps({"contents": now}).encode())
        for path in old:
            path.unlink()
        yield snakemake


@contextlib.contextmanager
def one_job(name, module, *arguments, first="runpy"):
    """Give a function that runs one job without the workflow, which would only start it; ``first`` is imported meanwhile.

    The function takes what is said when the job starts. It raises SystemExit with the cause where the job fails.
    """
    log = BUILD / "log" / f"{name}.txt"
    log.parent.mkdir(parents=True, exist_ok=True)
    code = f"import runpy; runpy.run_module({module!r}, run_name='__main__', alter_sys=True)"
    with log.open("w", encoding="utf-8") as file, waiting(f"import {first}", code, stdout=file) as job:

        def run(said):
            print(f"{said} …", flush=True)
            begin(job, *arguments)
            if job.wait():
                raise SystemExit("\n".join(_causes(log)))

        yield run


def contents():
    """Look at the pages before anything runs.

    Raises SystemExit with a line for each page that ``book/`` or the table of contents alone has, or that cannot be read.
    """
    import yaml

    try:
        listed = yaml.safe_load((ROOT / "_toc.yml").read_text(encoding="utf-8"))
    except yaml.YAMLError as error:
        raise SystemExit(f"_toc.yml: is no YAML: {error}; mend it") from None
    names, todo = [], [listed]
    while todo:
        part = todo.pop()
        todo += part.values() if isinstance(part, dict) else part if isinstance(part, list) else ()
        names += [part[kind] for kind in ("root", "file") if isinstance(part, dict) and kind in part]
    there = {path.with_suffix("").relative_to(ROOT).as_posix(): path for path in (ROOT / "book").glob("*.*")}
    there = {name: path for name, path in there.items() if path.suffix in (".ipynb", ".md")}
    lines = [
        f"{path.relative_to(ROOT).as_posix()}: is not in _toc.yml; add it there, or move it out of book/"
        for name, path in sorted(there.items())
        if name not in names
    ]
    lines += [
        f"_toc.yml: lists {name}, which book/ does not hold; take it out, or restore the page"
        for name in names
        if name not in there
    ]
    lines += [fault for path in there.values() if (fault := _unreadable(path))]
    if lines:
        raise SystemExit("\n".join(lines))


def _unreadable(path):
    """Return in a line why a page cannot be read, an empty text where it can."""
    from hanoi.build.notebook import opened_notebook

    name = path.relative_to(ROOT).as_posix()
    try:
        content = path.read_bytes()
        content.decode("utf-8")
    except OSError as error:
        return guard.cause(error)
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        return f"{name}:{line}: is not UTF-8; save the file as UTF-8"
    try:
        if path.suffix == ".ipynb":
            opened_notebook(path, name)
    except SystemExit as fault:
        return fault.code
    return ""


def book():
    """Bring ``_build/html`` up to date."""
    if not (BUILD / "store").exists() and fresh.holds():
        print("Nothing has changed." if publish.renew_record() else "Only the record in the foot has changed.", end=" ")
    else:
        from hanoi.build import outputs

        outputs.finish()
        with (
            checked() as snakemake,
            one_job("pages", "hanoi.build", "pages", first=PAGES) as render,
        ):
            guard.write(fresh.WANTED, json.dumps({"contents": fresh.contents()}).encode())
            fresh.PUBLISHED.unlink(missing_ok=True)
            try:
                if snakemake:
                    workflow(snakemake, runs().values())
                render("Building the pages")
            finally:  # a Snakemake of its own, as on a cluster, must not take it for what that one began with
                fresh.WANTED.unlink(missing_ok=True)
        print("Built.", end=" ")
    print(f"Open {ROOT.name}/_build/html/index.html")


def store():
    """Store fresh outputs and values in the notebooks and pages of ``book/``; what holds stays as it is."""
    from hanoi.build import outputs

    outputs.finish()
    with checked() as snakemake:
        if snakemake:
            workflow(snakemake, runs().values())
    for name, reworded in outputs.store(runs()).items():
        print("\n  ".join([f"Stored in {name}", *reworded]))


def runs():
    """Return chapter → path of its run."""
    from hanoi.build.notebook import chapters

    return {chapter: BUILD / "executed" / f"{chapter}.ipynb" for chapter in chapters()}


def pages():
    """Render the pages beside the published book, and put them in its place."""
    publish.pages()


def execute(source, target):
    """Run a notebook from a clean start, and paint its figures while other notebooks run."""
    from hanoi.build import notebook, pictures, run

    run.execute(source, target)
    pictures.keep(notebook.drawings(target))


def main(arguments=None):
    """Run the job that the arguments name; return the exit code."""
    parser = argparse.ArgumentParser(prog="python -m hanoi.build", description=__doc__.splitlines()[0])
    jobs = parser.add_subparsers(dest="job", required=True)
    for job in (book, store, pages):
        jobs.add_parser(job.__name__, help=job.__doc__.splitlines()[0]).set_defaults(call=lambda chosen, job=job: job())
    sub = jobs.add_parser("execute", help=execute.__doc__.splitlines()[0])
    for name in ("source", "target"):
        sub.add_argument(name, type=Path)
    sub.set_defaults(call=lambda chosen: execute(chosen.source, chosen.target))
    chosen = parser.parse_args(arguments)
    os.chdir(ROOT)
    if chosen.job in ("book", "store"):
        return guard.run(f"make {chosen.job}", lambda: chosen.call(chosen))
    try:
        chosen.call(chosen)
    except OSError as error:
        raise SystemExit(f"{guard.CAUSE}\n{guard.cause(error)}") from None
    except SystemExit as stopped:
        raise SystemExit(f"{guard.CAUSE}\n{stopped.code}" if isinstance(stopped.code, str) else stopped.code) from None
    return 0


if __name__ == "__main__":
    code = forks.job(sys.argv[1:]) if sys.argv[1:2] == ["execute"] else None
    sys.exit(main() if code is None else code)
