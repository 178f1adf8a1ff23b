"""From the tables to the pages: validate → execute (one job a notebook, on all cores) → render.

A notebook runs again when its code, or a file that its last run read, has changed, and only then: the content decides,
not the time stamp. A run that no longer holds is removed here, and what is missing is made; the files that it reads are
therefore `ancient` to Snakemake.

On a cluster (`snakemake --executor …`) each notebook is a job; the two short rules before and after stay where Snakemake
runs. A job needs this folder and its environment under the same path on every node, one core, and the resources below.
"""

from pathlib import Path

from hanoi import build
from hanoi.build import fresh

build.drop_outdated()


localrules:
    check,
    pages,


CHAPTERS = [path.stem for path in sorted(Path("book").glob("*.ipynb"))]
PAGES = [
    "_config.yml",
    "_toc.yml",
    *map(str, Path("book").glob("*.md")),
    *map(str, Path("book/_static").rglob("*.*")),
]
# Stage → percent of the time of all notebooks, as last measured. Only the order of the jobs rests on it: a long one that
# begins last keeps one core busy and the others idle.
SPENT = fresh.read(Path("benchmarks/results/where.json")).get("notebooks", {})
DATA = [str(path) for path in sorted(Path("data").rglob("*.*"))]


rule pages:
    input:
        notebooks=expand("_build/executed/{chapter}.ipynb", chapter=CHAPTERS),
        text=expand("book/{chapter}.ipynb", chapter=CHAPTERS),
        pages=PAGES,
        data=DATA,
        measured=[
            str(path) for path in sorted(Path("benchmarks/results").glob("*.json"))
        ],
        rooms=[str(path) for path in sorted(Path("hanoi").rglob("*.*"))],
    output:
        touch("_build/published"),
    log:
        "_build/log/pages.txt",
    message:
        "Building the pages"
    shell:
        "python -m hanoi.build pages > {log} 2>&1"


rule execute:
    input:
        checked=ancient("_build/checked"),
        notebook=ancient("book/{chapter}.ipynb"),
    output:
        "_build/executed/{chapter}.ipynb",
    log:
        "_build/log/{chapter}.txt",
    priority: lambda wildcards: sum(SPENT.get(wildcards.chapter, {}).values())
    resources:
        mem_mb=1000,  # twice the most that a chapter took
        runtime=30,  # minutes; the longest took less than two where nothing else ran
    message:
        "Running book/{wildcards.chapter}.ipynb"
    shell:
        "python -m hanoi.build execute {input.notebook} {output} > {log} 2>&1"


rule check:
    input:
        DATA,
    output:
        touch("_build/checked"),
    log:
        "_build/log/check.txt",
    message:
        "Checking the tables"
    shell:
        "python -m hanoi.evidence > {log} 2>&1"
