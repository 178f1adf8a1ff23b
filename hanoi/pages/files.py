"""Files beside the pages: what figures draw, the rows behind numbers, the notebooks, and the tables as a package."""

import csv
import functools
import hashlib
import html
import io
import json
import re
import zipfile
from importlib.metadata import version
from pathlib import Path

from docutils import nodes
from sphinx.util import parallel
from sphinx.util.docutils import SphinxDirective

from hanoi import evidence
from hanoi.build import pictures
from hanoi.pages import figures, numbers, records

#: What a list of sources tells; the rest stands in the table.
SOURCE_FIELDS = ("source_id", "grade", "publisher", "title", "date_published", "url")


def begin(app, env):
    """Write the downloads in a process of its own, while the pages are written."""
    if app.builder.format == "html":
        apart = parallel.parallel_available and app.parallel > 1
        app.hanoi_downloads = parallel.ParallelTasks(1) if apart else parallel.SerialTasks()
        app.hanoi_downloads.add_task(write, app)


def finish(app, error):
    """Wait for the downloads. Raises SphinxParallelError with the cause where they could not be written."""
    if error or app.builder.format != "html":
        return
    app.hanoi_downloads.join()


def write(app):
    """Write the downloads of figures, sets of rows, notebooks and tables into the built book."""
    static = Path(app.outdir, "_static")
    style = Path(app.srcdir, "book", "_static", "book.css").read_text(encoding="utf-8")
    lazy = {figure for page in app.env.hanoi_pictures.values() for figure in page}
    painted = pictures.paint(
        (figure["svg"] for shown in app.hanoi.figures.values() for figure in shown.values()), app.config.hanoi_pictures
    )
    for chapter, shown in app.hanoi.figures.items():
        folder = static / "figures" / chapter
        folder.mkdir(parents=True, exist_ok=True)
        for name, figure in shown.items():
            (folder / f"{name}.svg").write_text(download(figure), encoding="utf-8", newline="\n")
            (folder / f"{name}.csv").write_text(as_text(figure["csv"]), encoding="utf-8", newline="\n")
            readers = ("page", "phone") if figure.get("narrow") else ("page",)
            for reader in readers if (chapter, name) in lazy else ():
                drawing = figures.picture(figures.bare(name, figure, reader), style)
                (folder / f"{name}-{reader}.svg").write_text(drawing, encoding="utf-8", newline="\n")
            (folder / f"{name}.png").write_bytes(painted[figure["svg"]])
    folder = static / "rows"
    folder.mkdir(parents=True, exist_ok=True)
    for rows in app.hanoi.rows.values():
        if rows["keys"] and not records.is_whole(
            rows
        ):  # a count of nothing leads to no rows, a whole table to its file
            _write_csv(folder / f"{rows['rows']}.csv", rows["table"], rows["keys"])
        if len(rows["sources"]) > numbers.SOURCES_LISTED:  # fewer stand in the entry itself
            _write_csv(folder / f"{numbers.sources_file(rows)}.csv", "sources", rows["sources"], SOURCE_FIELDS)
    _write_notebooks(Path(app.srcdir, "book"), static / "notebooks")
    _write_package(static / "data")


def download(figure):
    """Return the SVG of a figure as a file of its own: on white paper, its alt text as title."""
    paper = f'<title>{html.escape(figure["alt"])}</title><rect width="100%" height="100%" fill="#ffffff"/>'
    return re.sub(r"^<svg [^>]*>", lambda start: start[0] + paper, figure["svg"])


def _write_csv(path, name, keys, fields=None):
    """Write the rows of a table with these keys as CSV, in file order; all fields, or some."""
    head, lines = _lines(name, fields)
    chosen = [line for _, line in sorted(lines[key] for key in set(keys))]
    path.write_text("\n".join([head, *chosen, ""]), encoding="utf-8", newline="\n")


@functools.cache
def _lines(name, fields):
    """Return the head of a table as a line of CSV, and key → (place, line) for its rows; no cell holds a line break."""
    rows = records.table(name)
    table = as_text(rows[list(fields or rows)].to_csv(index=False, lineterminator="\n"))
    head, *lines = table.removesuffix("\n").split("\n")
    return head, {key: (place, line) for place, (key, line) in enumerate(zip(rows.index, lines, strict=True))}


#: A cell that a spreadsheet would take for a formula; a number with its sign is a number.
FORMULA = re.compile(r"(?![-+]?\d[\d.,]*(?:[eE][-+]?\d+)?%?$)[=+\-@\t\r＝＋－＠]")
FORMULA_RULE = (
    "In the single files a text that begins with =, +, - or @ has an apostrophe before it, so that no spreadsheet runs it "
    "as a formula; the package holds it as it stands."
)


def as_text(table):
    """Return a CSV text in which no cell is a formula: one that begins like a formula gets an apostrophe before it."""
    rows = list(csv.reader(io.StringIO(table, newline="")))
    if not any(FORMULA.match(cell) for row in rows for cell in row):
        return table
    made = io.StringIO()
    csv.writer(made, lineterminator="\n").writerows(
        [f"'{cell}" if FORMULA.match(cell) else cell for cell in row] for row in rows
    )
    return made.getvalue()


def data_files():
    """Return the files of the data package below ``data/`` that it describes, sorted; no other file is published."""
    return evidence.published()


@functools.cache
def package_zip():
    """Return the data package as the bytes of a zip archive, the same on every build."""
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w") as package:  # stored: what deflate gives depends on the system's zlib
        for path in data_files():
            entry = zipfile.ZipInfo(
                f"after-hanoi-data/{path.relative_to(evidence.DATA).as_posix()}", (2019, 2, 28, 0, 0, 0)
            )
            entry.external_attr, entry.create_system = 0o644 << 16, 3
            package.writestr(entry, path.read_bytes())
    return archive.getvalue()


def _write_package(folder):
    for path in data_files():
        target = folder / path.relative_to(evidence.DATA)
        target.parent.mkdir(parents=True, exist_ok=True)
        content = path.read_bytes()
        target.write_bytes(as_text(content.decode()).encode() if path.suffix == ".csv" else content)
    archive = package_zip()
    (folder / "after-hanoi-data.zip").write_bytes(archive)
    (folder / "after-hanoi-data.zip.sha256").write_text(
        f"{hashlib.sha256(archive).hexdigest()}  after-hanoi-data.zip\n", encoding="utf-8"
    )


def _write_notebooks(source, folder):
    """Write the notebooks as they ran, with what a reader sees and without the records of the pages."""
    folder.mkdir(parents=True, exist_ok=True)
    for path in sorted(source.glob("*.ipynb")):
        notebook = json.loads(path.read_text(encoding="utf-8"))
        for cell in notebook["cells"]:
            for output in cell.get("outputs", ()):
                data = output.get("data", {})
                for kind, content in list(data.items()):
                    if kind.startswith("application/vnd.after-hanoi."):
                        del data[kind]
                    elif isinstance(content, list):  # a drawing line by line takes an eighth more
                        data[kind] = "".join(content)
        (folder / path.name).write_text(
            json.dumps(notebook, ensure_ascii=False, indent=1) + "\n", encoding="utf-8", newline="\n"
        )


class Downloads(SphinxDirective):
    """``{downloads}``: a link to each table and to the whole package, with rows and size."""

    def run(self):
        """Return the links."""

        def link(path, text):
            return nodes.reference("", text, refuri=f"../_static/data/{path}", internal=False)

        archive = package_zip()
        whole = nodes.paragraph(
            "",
            "",
            link("after-hanoi-data.zip", "The whole package, zipped"),
            nodes.Text(f" ({len(archive) / 1000:,.0f} kB, version {version('after-hanoi')}), SHA-256 "),
            nodes.literal("", hashlib.sha256(archive).hexdigest()),
            nodes.Text(" ("),
            link("after-hanoi-data.zip.sha256", "file"),
            nodes.Text(")."),
        )
        tables = nodes.bullet_list()
        for name in evidence.TABLES:
            size = (evidence.DATA / f"{name}.csv").stat().st_size
            tables += nodes.list_item(
                "",
                nodes.paragraph(
                    "",
                    "",
                    link(f"{name}.csv", f"{name}.csv"),
                    nodes.Text(f": {len(evidence.read(name)):,} rows, {size / 1000:,.0f} kB"),
                ),
            )
        return [whole, tables, nodes.paragraph("", FORMULA_RULE)]
