"""The built pages: a Sphinx extension that gives every number and figure its way back.

It reads the records that :mod:`hanoi.numbers` and :mod:`hanoi.figures` left in the executed notebooks, and adds

- ``{num}`` and ``{ci}``: a computed number or its interval, linked to its entry on the page ``book/numbers``;
- ``{number-index}``: those entries, with method, rows, sources and the places of use;
- figures inline, in the colours of the page's theme, with alt text and downloads (SVG, PNG, CSV), and ``{drawn}`` for
  one of them on another page;
- the bibliography made from the table ``sources``, the downloads of the tables, and the record in each page's foot.

Outputs older than the tables they came from are refused: the build stops and names them.
"""

import calendar
import functools
import hashlib
import html
import io
import json
import os
import re
import subprocess
import time
import zipfile
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path

import nbformat
import resvg_py
from docutils import nodes
from pybtex.plugin import register_plugin as register_pybtex
from sphinx.errors import ExtensionError
from sphinx.util import logging
from sphinx.util.docutils import SphinxDirective, SphinxRole
from sphinx.util.nodes import make_refnode
from sphinxcontrib.bibtex.plugin import register_plugin as register_bibtex
from sphinxcontrib.bibtex.style.referencing import BracketStyle
from sphinxcontrib.bibtex.style.referencing.author_year import AuthorYearReferenceStyle

from hanoi import bibliography, evidence, figures, numbers, run
from hanoi.run import ROOT

NUMBERS_PAGE = "book/numbers"
DATA_PAGE = "book/data"
logger = logging.getLogger(__name__)


# --- what the notebooks left ---------------------------------------------------------------------------------------

@functools.cache
def _rows(table):
    """Return a table as its file states it, each row under its key as :mod:`hanoi.numbers` writes it."""
    rows, dictionary = evidence.read(table), evidence.fields()
    rows.index = ["|".join(map(str, key)) for key in rows[list(evidence.key(table))].itertuples(index=False)]
    return rows[dictionary.loc[dictionary["table"] == table, "field"].tolist()]


@dataclass(frozen=True)
class Records:
    """What the executed notebooks of one book hold: numbers and rows by key, figures and the title by chapter."""

    numbers: dict
    rows: dict
    figures: dict
    titles: dict

    @classmethod
    def of(cls, notebooks):
        """Collect the records of ``notebooks`` (chapter name → notebook). Raises ExtensionError for a key used twice."""
        found = cls({}, {}, {}, {})
        for chapter, notebook in notebooks.items():
            text = "\n".join(cell.source for cell in notebook.cells if cell.cell_type == "markdown")
            found.titles[chapter] = next(iter(re.findall(r"^# (.+)", text, re.M)), chapter)
            for output in (output for cell in notebook.cells for output in cell.get("outputs", ())):
                data = output.get("data", {})
                if number := data.get(numbers._GLUE + numbers.NUMBER):
                    if (name := f"{chapter}:{number['key']}") in found.numbers:
                        raise ExtensionError(f"{chapter}: the number {number['key']!r} is stated twice")
                    found.numbers[name] = number
                if rows := data.get(numbers._GLUE + numbers.ROWS):
                    found.rows[rows["rows"]] = rows
                if figure := data.get(figures.MIME):
                    shown = found.figures.setdefault(chapter, {})
                    if figure["name"] in shown:
                        raise ExtensionError(f"{chapter}: the figure {figure['name']!r} is shown twice")
                    shown[figure["name"]] = figure | {"svg": data["image/svg+xml"]}
        return found

    def sources(self, number):
        """Return the sorted source_ids on which a number rests."""
        return sorted({source for part in number["rows"] for source in self.rows[part["rows"]]["sources"]})


def stale(notebooks, root=ROOT):
    """Return one line for each notebook whose stored outputs are older than something that its run read."""
    lines = []
    for chapter, notebook in notebooks.items():
        read = run.inputs(notebook)
        changed = [path for path, was in read.items() if not path.endswith(".ipynb")
                   and (not (root / path).exists() or run.digest(root / path) != was)]
        if not read:
            changed = ["never run"]
        if changed:
            lines.append(f"book/{chapter}.ipynb: stored outputs are older than {', '.join(changed)}")
    return lines


def _load(app):
    notebooks = {path.stem: nbformat.read(path, as_version=4) for path in sorted(Path(app.srcdir, "book").glob("*.ipynb"))}
    if lines := stale(notebooks):
        raise ExtensionError("\n".join([*lines, "run `make book` to build from a fresh run, or `make store` to store one"]))
    app.hanoi = Records.of(notebooks)


# --- numbers in the prose ------------------------------------------------------------------------------------------

class NumberRole(SphinxRole):
    """``{num}`key``` or ``{num}`chapter:key```: the text of a computed number, linked to its entry."""

    field = "text"

    def run(self):
        chapter = self.env.docname.rpartition("/")[2]
        name = self.text if ":" in self.text else f"{chapter}:{self.text}"
        number = self.env.app.hanoi.numbers.get(name)
        if not number or not number[self.field]:
            what = "number" if not number else "interval"
            logger.warning("no %s %r is stated in a notebook", what, name, location=self.get_location(),
                           type="hanoi", subtype="number")
            return [nodes.literal(self.rawtext, f"{what} {name}?")], []
        uses = self.env.hanoi_uses.setdefault(self.env.docname, [])
        use = f"use-{len(uses) + 1}"
        uses.append((name, use))
        link = number_link("", number[self.field], hanoi_number=name, internal=True, refuri="")
        return [nodes.inline("", "", link, ids=[use], classes=["computed"])], []


class IntervalRole(NumberRole):
    """``{ci}`key```: the interval of a computed number."""

    field = "interval_text"


class number_link(nodes.reference):
    """A link to the entry of a number (attribute ``hanoi_number``), resolved when the page is written."""


def _entry(name):
    return "n-" + name.replace(":", "--")


def _resolve(app, doctree, docname):
    """Turn links to numbers into links, and fill in where each number is used."""
    uses = {}
    for page, found in sorted(app.env.hanoi_uses.items()):
        for name, use in found:
            uses.setdefault(name, []).append((page, use))
    for link in list(doctree.findall(number_link)):
        name = link["hanoi_number"]
        made = make_refnode(app.builder, docname, NUMBERS_PAGE, _entry(name), nodes.Text(link.astext()),
                            _tooltip(app.hanoi, name))
        made["classes"] += ["number"]
        link.replace_self(made)
    for blank in list(doctree.findall(number_uses)):
        found = uses.get(blank["hanoi_number"], [])
        filled = nodes.inline()
        for count, (page, use) in enumerate(found):
            filled += nodes.Text(", " if count else "")
            title = app.env.titles[page].astext()
            earlier = sum(1 for other, _ in found[:count] if other == page)
            filled += make_refnode(app.builder, docname, page, use,
                                   nodes.Text(title if not earlier else f"again ({earlier + 1})"))
        blank.replace_self(filled if found else nodes.inline("", "in figures and computations only"))


def _tooltip(records, name):
    number = records.numbers[name]
    named = _rows("sources").loc[records.sources(number), "publisher"].dropna().drop_duplicates().tolist()
    shown = ", ".join(named[:3]) + (f" and {len(named) - 3} more publishers" if len(named) > 3 else "")
    return " · ".join(part for part in (number["unit"], shown) if part)


# --- the index of numbers ------------------------------------------------------------------------------------------

class number_uses(nodes.inline):
    """Where a number is used; filled when all pages are read."""


class NumberIndex(SphinxDirective):
    """``{number-index}``: every computed number of the book, a section for each chapter."""

    def run(self):
        records = self.env.app.hanoi
        sections = []
        for chapter in (page.rpartition("/")[2] for page in self.env.external_site_map):
            entries = [self._entry(records, name) for name in records.numbers if name.startswith(f"{chapter}:")]
            if entries:
                title = nodes.title("", records.titles[chapter])
                sections.append(nodes.section("", title, *entries, ids=[f"numbers-of-{chapter}"], classes=["filtered-group"]))
        return sections

    def _entry(self, records, name):
        number = records.numbers[name]
        entry = nodes.container(ids=[_entry(name)], classes=["number-entry"])
        head = nodes.paragraph("", "", nodes.strong("", number["text"]))
        if number["interval_text"]:
            head += nodes.Text(f" ({number['interval_name']}: {number['interval_text']})")
        head += nodes.Text(f" {number['unit']} " if number["unit"] else " ")
        head += nodes.literal("", name.partition(":")[2])
        entry += head
        entry += nodes.paragraph("", number["how"])
        entry += self._line("Used in", number_uses(hanoi_number=name))
        for part in number["rows"]:
            rows = records.rows[part["rows"]]
            entry += self._line("Rows", *self._rows(rows))
            entry += self._line("Sources", *self._sources(rows))
        return entry

    @staticmethod
    def _line(label, *parts):
        return nodes.paragraph("", "", nodes.emphasis("", label), nodes.Text(": "), *parts)

    @staticmethod
    def _rows(rows, listed=6):
        """Yield a link to the rows as CSV, and the keys of a few rows."""
        count = len(rows["keys"])
        if not count:
            yield nodes.Text(f"none of {rows['table']}")
            return
        yield _file(f"{count:,} {'row' if count == 1 else 'rows'} of {rows['table']}", rows["rows"])
        for at, key in enumerate(rows["keys"] if count <= listed else ()):
            yield nodes.Text("; " if at else ": ")
            yield nodes.literal("", key.replace("|", " · "))

    @staticmethod
    def _sources(rows, listed=4):
        """Yield a few sources, each as a link into the bibliography and to its page, and a link to all of them."""
        found = rows["sources"]
        shown = found if len(found) <= listed else found[:listed - 1]
        for at, source in enumerate(shown):
            row = _rows("sources").loc[source].fillna("")
            date = bibliography.day(row["date_published"]) if row["date_published"] else "no date"
            yield nodes.Text("; " if at else "")
            yield nodes.reference("", f"{row['author'] or row['publisher'] or source} ({date})", internal=True,
                                  refuri=f"sources.html#source-{source}")
            if row["url"]:
                yield nodes.Text(", ")
                yield nodes.reference("", "page", refuri=row["url"])
        if len(found) > len(shown):
            yield nodes.Text("; ")
            yield _file(f"all {len(found):,} sources", f"{rows['rows']}-sources")
        if not found:
            yield nodes.Text("the project's own" if rows["keys"] else "none")


def _file(text, name):
    return nodes.reference("", f"{text} (CSV)", internal=False, refuri=f"../_static/rows/{name}.csv")


# --- figures -------------------------------------------------------------------------------------------------------

#: Colour of hanoi.figures → its name in the style sheet; a step of the scale that is a colour of its own keeps that name.
_COLOURS = ({colour: f"scale-{step}" for step, colour in enumerate(figures.SCALE, start=1)}
            | {value: key.lower() for key, value in vars(figures).items() if key.isupper() and str(value).startswith("#")})


class FigureRenderer:
    """Render a published figure inline, with its alt text and its downloads (a myst-nb MIME plug-in)."""

    mime_priority_overrides = (("html", figures.MIME, 1),)

    @staticmethod
    def handle_mime(renderer, data, inline):
        if data.mime_type != figures.MIME:
            return None
        env = renderer.renderer.sphinx_env
        chapter, name = env.docname.rpartition("/")[2], data.content["name"]
        return [nodes.raw("", _figure(chapter, name, env.app.hanoi.figures[chapter][name]), format="html")]


class Drawn(SphinxDirective):
    """``{drawn} chapter:name``: a figure of a chapter on another page."""

    required_arguments = 1

    def run(self):
        chapter, _, name = self.arguments[0].partition(":")
        figure = self.env.app.hanoi.figures.get(chapter, {}).get(name)
        if not figure:
            raise self.error(f"no figure {self.arguments[0]!r} is shown in a notebook")
        return [nodes.raw("", _figure(chapter, name, figure), format="html")]


def _figure(chapter, name, figure):
    """Return a figure as HTML: title, subtitle and source as text, the drawing in the colours of the theme, downloads."""
    files, said = f"../_static/figures/{chapter}/{name}", {part: html.escape(str(figure[part])) for part in
                                                           ("title", "subtitle", "source", "alt")}
    links = " · ".join(f'<a href="{files}.{kind}" download>{label}</a>'
                       for kind, label in (("csv", "Data (CSV)"), ("svg", "SVG"), ("png", "PNG")))
    return (f'<figure class="drawn" id="fig-{name}"><p class="figure-title"><a href="#fig-{name}">{said["title"]}</a></p>'
            f'<p class="figure-subtitle">{said["subtitle"]}</p>'
            f'<div class="drawing" tabindex="0" role="group" aria-label="Drawing; scrolls sideways where it is wider than the page">'
            f'{_drawing(name, figure, said["alt"])}</div>'
            f'<figcaption>Source: {said["source"]}<span class="downloads">{links}</span></figcaption></figure>')


def _drawing(name, figure, alt):
    """Return the SVG of a figure for use inside a page: without the texts that the page sets, and with its colours."""
    svg, defined = re.sub(r"\s*<!--.*?-->", "", figure["svg"], flags=re.S), []

    def take_out(group):
        defined.extend(re.findall(r'<path id="[^"]*"[^>]*/>', group[0]))
        return ""

    svg = re.sub(rf'\n  <g id="{name}-(?:title|subtitle|source)">.*?\n  </g>', take_out, svg, flags=re.S)
    kept = [path for path in defined if '"#' + path.split('"')[1] + '"' in svg]
    svg = svg.replace("</defs>", "".join(kept) + "</defs>", 1)
    svg = svg.replace('<style type="text/css">*{stroke-linejoin: round; stroke-linecap: butt}</style>', "")
    svg = re.sub("|".join(_COLOURS), lambda colour: f"var(--fig-{_COLOURS[colour[0]]}, {colour[0]})", svg)
    width, height = (float(size) for size in re.search(r'viewBox="0 0 ([\d.]+) ([\d.]+)"', svg).groups())
    box = f'viewBox="0 {figure["head"]:g} {width:g} {height - figure["head"] - figure["foot"]:.2f}"'
    return re.sub(r"^<svg [^>]*>", f'<svg role="img" aria-label="{alt}" {box} xmlns="http://www.w3.org/2000/svg" '
                  'xmlns:xlink="http://www.w3.org/1999/xlink">', svg)


# --- files beside the pages ----------------------------------------------------------------------------------------

def _write_files(app, error):
    """Write the downloads of figures, sets of rows and tables into the built book."""
    if error or app.builder.format != "html":
        return
    Path(app.outdir, ".buildinfo").unlink(missing_ok=True)  # a digest of settings, which hold the place of .venv
    static = Path(app.outdir, "_static")
    for chapter, shown in app.hanoi.figures.items():
        folder = static / "figures" / chapter
        folder.mkdir(parents=True, exist_ok=True)
        for name, figure in shown.items():
            (folder / f"{name}.svg").write_text(download(figure), encoding="utf-8", newline="\n")
            (folder / f"{name}.csv").write_text(figure["csv"], encoding="utf-8", newline="\n")
            (folder / f"{name}.png").write_bytes(bytes(resvg_py.svg_to_bytes(
                svg_string=figure["svg"], dpi=192, background="white", skip_system_fonts=True)))
    folder = static / "rows"
    folder.mkdir(parents=True, exist_ok=True)
    for digest, rows in app.hanoi.rows.items():
        (folder / f"{digest}.csv").write_text(_rows_csv(rows["table"], rows["keys"]), encoding="utf-8", newline="\n")
        (folder / f"{digest}-sources.csv").write_text(_rows_csv("sources", rows["sources"]), encoding="utf-8", newline="\n")
    _write_package(static / "data")


def download(figure):
    """Return the SVG of a figure as a file of its own: on white paper, its alt text as title."""
    paper = f'<title>{html.escape(figure["alt"])}</title><rect width="100%" height="100%" fill="#ffffff"/>'
    return re.sub(r"^<svg [^>]*>", lambda start: start[0] + paper, figure["svg"])


def _rows_csv(table, keys):
    """Return the rows of ``table`` with these keys as CSV, in file order, all columns as in the table."""
    rows = _rows(table)
    return rows[rows.index.isin(keys)].to_csv(index=False, lineterminator="\n")


def data_files():
    """Return the files of the data package below ``data/``, sorted."""
    return sorted(path for path in evidence.DATA.rglob("*") if path.is_file())


def data_digest():
    """Return the SHA-256 of the whole data package: names and bytes of its files."""
    total = hashlib.sha256()
    for path in data_files():
        total.update(f"{path.relative_to(evidence.DATA).as_posix()}\n".encode() + hashlib.sha256(path.read_bytes()).digest())
    return total.hexdigest()


@functools.cache
def package_zip():
    """Return the data package as the bytes of a zip archive, the same on every build."""
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w") as package:  # stored: what deflate gives depends on the system's zlib
        for path in data_files():
            entry = zipfile.ZipInfo(f"after-hanoi-data/{path.relative_to(evidence.DATA).as_posix()}", (2019, 2, 28, 0, 0, 0))
            entry.external_attr, entry.create_system = 0o644 << 16, 3
            package.writestr(entry, path.read_bytes())
    return archive.getvalue()


def _write_package(folder):
    for path in data_files():
        target = folder / path.relative_to(evidence.DATA)
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(path.read_bytes())
    archive = package_zip()
    (folder / "after-hanoi-data.zip").write_bytes(archive)
    (folder / "after-hanoi-data.zip.sha256").write_text(
        f"{hashlib.sha256(archive).hexdigest()}  after-hanoi-data.zip\n", encoding="utf-8")


class Downloads(SphinxDirective):
    """``{downloads}``: a link to each table and to the whole package, with rows and size."""

    def run(self):
        def link(path, text):
            return nodes.reference("", text, refuri=f"../_static/data/{path}", internal=False)

        archive = package_zip()
        whole = nodes.paragraph("", "", link("after-hanoi-data.zip", "The whole package, zipped"),
                                nodes.Text(f" ({len(archive) / 1000:,.0f} kB, version {version('after-hanoi')}), SHA-256 "),
                                nodes.literal("", hashlib.sha256(archive).hexdigest()),
                                nodes.Text(" ("), link("after-hanoi-data.zip.sha256", "file"), nodes.Text(")."))
        tables = nodes.bullet_list()
        for table in evidence.TABLES:
            size = (evidence.DATA / f"{table}.csv").stat().st_size
            tables += nodes.list_item("", nodes.paragraph("", "", link(f"{table}.csv", f"{table}.csv"), nodes.Text(
                f": {len(evidence.read(table)):,} rows, {size / 1000:,.0f} kB")))
        return [whole, tables]


# --- the book as a whole -------------------------------------------------------------------------------------------

def _git(*arguments):
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
    return re.search(r"^date-released: ['\"]?(\d{4}-\d\d-\d\d)", (ROOT / "CITATION.cff").read_text(encoding="utf-8"), re.M)[1]


def epoch():
    """Return the time that a build carries, in seconds since 1970: the last commit's, without git the release's."""
    return _git("log", "-1", "--format=%ct") or str(calendar.timegm(time.strptime(released(), "%Y-%m-%d")))


def _foot():
    """Return the record in the foot of each page: the commit, the data and the versions that made it."""
    commit = _git("rev-parse", "--short=12", "HEAD")
    made = f"commit <code>{commit}</code>" + (" with uncommitted changes" if _git("status", "--porcelain") else "") \
        if commit else f"release of {released()}"
    versions = ", ".join(f"{name} {version(name)}" for name in ("jupyter-book", "pandas", "matplotlib"))
    return (f'<p class="record">Made from {made}, data <code>{data_digest()[:12]}</code>, with {versions}. '
            "Text, figures and tables CC BY 4.0; code BSD-3-Clause.</p>")


def _configure(app, config):
    """Set what the build computes: its date, the bibliography and the foot of the pages."""
    os.environ.setdefault("SOURCE_DATE_EPOCH", epoch())
    made = Path(app.srcdir, "_build", "references.bib")  # below the source, so that the page never depends on the place
    made.parent.mkdir(parents=True, exist_ok=True)
    made.with_suffix(f".{os.getpid()}").write_text(bibliography.bibtex(evidence.read("sources")), encoding="utf-8")
    made.with_suffix(f".{os.getpid()}").replace(made)
    config.bibtex_bibfiles = ["_build/references.bib"]
    config.html_theme_options["extra_footer"] = _foot()


def _without_thebe(app):
    """Take out the scripts for live code: nothing here uses them, and they name an address outside the book."""
    for listeners in app.events.listeners.values():
        for listener in [listener for listener in listeners if listener.handler.__module__ == "sphinx_thebe"]:
            app.disconnect(listener.id)


def _dataset(app, pagename, templatename, context, doctree):
    """Put the schema.org description of the data package into the head of its page."""
    if pagename == DATA_PAGE:
        described = json.dumps(dataset(), ensure_ascii=False, indent=1).replace("</", "<\\/")
        context["metatags"] = context.get("metatags", "") + f'\n<script type="application/ld+json">{described}</script>\n'


def dataset():
    """Return the schema.org Dataset of the data package as JSON-LD."""
    package = json.loads((evidence.DATA / evidence.PACKAGE).read_text(encoding="utf-8"))
    licence = package["licenses"][0]["path"]
    return {
        "@context": "https://schema.org", "@type": "Dataset", "name": package["title"],
        "description": package["description"], "version": package["version"], "license": licence,
        "keywords": package["keywords"], "inLanguage": "en", "isAccessibleForFree": True,
        "creator": [{"@type": "Organization", "name": person["title"]} for person in package["contributors"]],
        "datePublished": released(),
        "temporalCoverage": "/".join(package["temporal"][end][:4] for end in ("start", "end")),
        "distribution": [{"@type": "DataDownload", "encodingFormat": "text/csv", "name": resource["name"],
                          "description": resource.get("title", resource["name"]),
                          "contentUrl": f"../_static/data/{resource['path']}"}
                         for resource in package["resources"] if resource["path"].endswith(".csv")],
    }


def _uses_start(app, env, docnames):
    env.hanoi_uses = getattr(env, "hanoi_uses", {})


def _uses_purge(app, env, docname):
    getattr(env, "hanoi_uses", {}).pop(docname, None)


def _uses_merge(app, env, docnames, other):
    env.hanoi_uses.update(getattr(other, "hanoi_uses", {}))


class Referencing(AuthorYearReferenceStyle):
    """Author and date, in round brackets."""

    def __init__(self):
        brackets = BracketStyle(left="(", right=")")
        super().__init__(bracket_parenthetical=brackets, bracket_textual=brackets, bracket_author=brackets,
                         bracket_label=brackets, bracket_year=brackets)


def setup(app):
    register_pybtex("pybtex.style.formatting", "hanoi", bibliography.SourceStyle)
    register_pybtex("pybtex.style.labels", "hanoi", bibliography.Labels)
    register_pybtex("pybtex.style.sorting", "hanoi", bibliography.Sorting)
    register_bibtex("sphinxcontrib.bibtex.style.referencing", "hanoi", Referencing)
    app.add_role("num", NumberRole())
    app.add_role("ci", IntervalRole())
    app.add_directive("number-index", NumberIndex)
    app.add_directive("drawn", Drawn)
    app.add_directive("downloads", Downloads)
    for node in (number_link, number_uses):
        app.add_node(node)
    app.connect("config-inited", _configure)
    app.connect("builder-inited", _load)
    app.connect("builder-inited", _without_thebe)
    app.connect("env-before-read-docs", _uses_start)
    app.connect("env-purge-doc", _uses_purge)
    app.connect("env-merge-info", _uses_merge)
    app.connect("env-get-updated", lambda app, env: [NUMBERS_PAGE] if NUMBERS_PAGE in env.found_docs else [])
    app.connect("doctree-resolved", _resolve)
    app.connect("html-page-context", _dataset)
    app.connect("build-finished", _write_files)
    return {"version": version("after-hanoi"), "parallel_read_safe": True, "parallel_write_safe": True}
