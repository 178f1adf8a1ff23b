"""The built pages: a Sphinx extension that gives every number and figure its way back, a file a concern.

``records``       what the executed notebooks left: numbers, rows, figures; outputs older than their tables are refused
``numbers``       numbers in the prose as links, and the index with method, rows, sources and places of use
``figures``       figures inline, in the colours of the theme, with their texts and downloads
``folds``         code behind a line that says what it does
``files``         what figures draw, the rows behind numbers and the tables, as downloads
``bibliography``  the published sources as BibTeX, and how the book cites them
``dataset``       the description of the data package for machines
``record``        the record in the foot of each page
"""

import os
from importlib.metadata import version
from pathlib import Path

from pybtex.plugin import register_plugin as register_pybtex
from sphinxcontrib.bibtex.plugin import register_plugin as register_bibtex

from hanoi import evidence
from hanoi.pages import bibliography, dataset, figures, files, folds, numbers, record, records


def _configure(app, config):
    """Set what the build computes: its date, the bibliography and the foot of the pages."""
    os.environ.setdefault("SOURCE_DATE_EPOCH", record.epoch())
    made = Path(app.srcdir, "_build", "references.bib")  # below the source, so that the page never depends on the place
    made.parent.mkdir(parents=True, exist_ok=True)
    made.with_suffix(f".{os.getpid()}").write_text(bibliography.bibtex(evidence.read("sources")), encoding="utf-8")
    made.with_suffix(f".{os.getpid()}").replace(made)
    config.bibtex_bibfiles = ["_build/references.bib"]
    config.html_theme_options["extra_footer"] = record.foot()


def _without_thebe(app):
    """Take out the scripts for live code: nothing here uses them, and they name an address outside the book."""
    for listeners in app.events.listeners.values():
        for listener in [listener for listener in listeners if listener.handler.__module__ == "sphinx_thebe"]:
            app.disconnect(listener.id)


def setup(app):
    """Register the extension with Sphinx."""
    register_pybtex("pybtex.style.formatting", "hanoi", bibliography.SourceStyle)
    register_pybtex("pybtex.style.labels", "hanoi", bibliography.Labels)
    register_pybtex("pybtex.style.sorting", "hanoi", bibliography.Sorting)
    register_bibtex("sphinxcontrib.bibtex.style.referencing", "hanoi", bibliography.Referencing)
    app.add_directive("number-index", numbers.NumberIndex)
    app.add_directive("drawn", figures.Drawn)
    app.add_directive("downloads", files.Downloads)
    app.add_transform(numbers.NumberLinks)
    app.add_transform(folds.Folds)
    for node in (numbers.number_link, numbers.number_uses):
        app.add_node(node)
    app.add_node(folds.fold, html=(folds.visit, folds.depart))
    app.connect("config-inited", _configure)
    app.connect("builder-inited", records.load)
    app.connect("builder-inited", _without_thebe)
    app.connect("env-before-read-docs", numbers.uses_start)
    app.connect("env-purge-doc", numbers.uses_purge)
    app.connect("env-merge-info", numbers.uses_merge)
    app.connect("env-get-updated", lambda app, env: [numbers.PAGE] if numbers.PAGE in env.found_docs else [])
    app.connect("doctree-resolved", numbers.resolve)
    app.connect("html-page-context", dataset.add)
    app.connect("build-finished", files.write)
    return {"version": version("after-hanoi"), "parallel_read_safe": True, "parallel_write_safe": True}
