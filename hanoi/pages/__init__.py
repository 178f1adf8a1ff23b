"""The built pages: a Sphinx extension that gives every number and figure its way back, a file a concern.

``records``       what the executed notebooks left: numbers, rows, figures; outputs older than their tables are refused
``numbers``       numbers in the prose as links, and the index with method, rows, sources and places of use
``figures``       figures inline, in the colours of the theme, with their texts and downloads
``folds``         code behind a line that says what it does
``files``         what figures draw, the rows behind numbers, the notebooks and the tables, as downloads
``sources``       how the text cites published sources, with their grade, and the pages and files that list them
``citation``      how the book, a chapter and a figure are cited
``made``          pages that are filled from templates
``heirs``         old addresses that lead to their heirs
``explore``       tables that can be searched, and the dictionary of every field
``specifications``  the page on which experts are counted by rules that the reader chooses
``dataset``       the description of the data package for machines
``search``        sections of prose as an index
``outline``       whether pages show anything of each other that has changed
``shell``         head and scripts of each page; the pages around the book
``styles``        one style sheet for all pages, of the rules that one uses
"""

import gc
import os
from importlib.metadata import version
from pathlib import Path

from sphinx.errors import ExtensionError

from hanoi.build import record
from hanoi.build.place import ROOT
from hanoi.pages import (
    citation,
    dataset,
    explore,
    figures,
    files,
    folds,
    heirs,
    made,
    numbers,
    outline,
    records,
    search,
    shell,
    sources,
    styles,
)

#: Extensions that say nothing of parallel builds; they keep nothing while pages are read, and the pages come out the same.
UNDECLARED = ("sphinx_jupyterbook_latex", "sphinx_multitoc_numbering")


def _configure(app, config):
    """Set what the build computes: its date and the foot of the pages. Raises ExtensionError for another folder's book."""
    other = next(
        (folder for folder in Path(app.srcdir).resolve().parents if (folder / "hanoi" / "pages").is_dir()), None
    )
    other = Path(app.srcdir) if (Path(app.srcdir) / "hanoi" / "pages").is_dir() else other
    if other and other.resolve() != ROOT.resolve():
        raise ExtensionError(
            f"the book is in {app.srcdir}, but the code that would build it is that of {ROOT}: another environment is "
            "active; use this folder's own (make book, or .venv/bin/jupyter-book)"
        )
    if app.outdir.parent == ROOT.resolve() / "_build" / "books" and app.outdir.name != "new":
        # `jupyter-book build .` would write through the link into a book that is finished
        link = ROOT / "_build" / "html"
        link.unlink()
        link.mkdir()
        app.outdir = type(app.outdir)(link)
    gc.freeze()  # a page is millions of objects that stay; a fifth of a build went to looking for garbage
    gc.set_threshold(100_000, 20, 20)
    os.environ.setdefault("SOURCE_DATE_EPOCH", record.epoch())
    for name in UNDECLARED:
        if name in app.extensions:
            app.extensions[name].parallel_read_safe = app.extensions[name].parallel_write_safe = True
    config.templates_path.insert(0, str(Path(__file__).with_name("templates") / "theme"))
    config.html_theme_options["extra_footer"] = record.EMPTY
    config.html_additional_pages = {"search": "search.html"}


def _without_index(app):
    """Leave out Sphinx's own search index: the book has one of its own (:mod:`hanoi.pages.search`)."""
    app.builder.search = False


#: Name of a part in ``{made} name`` → who makes it.
MADE = {
    "numbers": numbers.index,
    "sources": sources.index,
    "dictionary": explore.dictionary,
    "explorers": explore.links,
    "citation": citation.whole,
}


def setup(app):
    """Register the extension with Sphinx."""
    app.add_config_value("hanoi_pictures", "", "", str)  # a folder of pictures that the workflow has kept
    app.add_directive("made", made.Made)
    app.add_directive("drawn", figures.Drawn)
    app.add_directive("finding", figures.Finding)
    app.add_directive("downloads", files.Downloads)
    app.add_transform(numbers.NumberLinks)
    for transform in (folds.Folds, folds.Given, folds.AsGiven):
        app.add_transform(transform)
    app.add_domain(sources.CiteDomain)
    app.add_node(numbers.number_link)
    app.add_node(made.made_part)
    app.add_node(folds.fold, html=(folds.visit, folds.depart))
    app.connect("config-inited", _configure)
    app.connect("builder-inited", _without_index)
    app.connect("builder-inited", records.load)
    app.connect("builder-inited", numbers.check)
    # What pages leave for others is kept on the environment, by page, so that pages may be read in parallel and again.
    for room in (numbers, sources, search, figures):
        app.connect("env-before-read-docs", room.start)
        app.connect("env-purge-doc", room.purge)
        app.connect("env-merge-info", room.merge)
    app.connect("env-before-read-docs", outline.before)
    app.connect("env-get-updated", outline.moved)
    app.connect("env-get-updated", outline.forget_pictures)
    app.connect("env-updated", files.begin)
    app.connect("html-collect-pages", styles.begin)
    app.connect("html-collect-pages", numbers.collect)
    app.connect("html-collect-pages", sources.collect)
    app.connect("html-collect-pages", explore.collect)
    app.connect("doctree-resolved", numbers.resolve)
    app.connect("doctree-resolved", figures.resolve)
    app.connect("doctree-resolved", citation.add)
    app.connect("doctree-resolved", heirs.keep)
    app.connect("doctree-resolved", made.resolve(MADE))
    app.connect(
        "env-get-updated", lambda app, env: [page for page in (numbers.PAGE, sources.PAGE) if page in env.found_docs]
    )
    app.connect("doctree-read", search.read)
    app.connect("doctree-read", figures.read)
    app.connect("html-page-context", dataset.add)
    app.connect("html-page-context", shell.chapters, priority=400)  # before the theme asks for them
    app.connect("html-page-context", shell.describe, priority=900)
    app.connect("build-finished", files.finish)
    app.connect("build-finished", search.write)
    app.connect("build-finished", shell.finish, priority=900)
    app.connect("build-finished", record.write, priority=950)
    app.connect("build-finished", styles.write, priority=960)  # what the record looks like is a rule as well
    return {"version": version("after-hanoi"), "parallel_read_safe": True, "parallel_write_safe": True}
