"""The shell of each page: what its head says, which scripts it loads, and the pages around the book."""

import html
import shutil
from pathlib import Path

from docutils import nodes

from hanoi.pages import made

SCRIPTS = ("shell.js", "filter.js")
#: Files that extensions and the theme put beside the pages and that nothing in the book uses.
LEFT_OUT = (
    "_static/locales",
    "_static/vendor",
    "_static/images",
    "_static/scripts",
    "_static/*.html",
    "_static/*.map",
    "_static/sphinx-thebe*",
    "_static/togglebutton*",
    "_static/design-tabs*",
    "_static/doctools.js",
    "_static/sphinx_highlight.js",
    "_static/searchtools.js",
    "_static/language_data.js",
    "_static/documentation_options.js",
    "_static/clipboard.min.js",
    "_static/copybutton*",
    "_static/copy-button.svg",
    "_static/check-solid.svg",
    "_static/play-solid.svg",
    "_static/file.png",
    "_static/minus.png",
    "_static/plus.png",
    "_static/logo*",
    "_static/front.svg",
    "genindex.html",
    "objects.inv",
    ".buildinfo",
)


def chapters(app, pagename, templatename, context, doctree):
    """Make the list of chapters once for all pages of a folder that have no source: none of them stands in it."""
    if doctree is None:
        make, folder = context["toctree"], pagename.rpartition("/")[0]
        made_once = app.__dict__.setdefault("hanoi_chapters", {})

        def listed(**options):
            key = folder, *sorted(options.items())
            if key not in made_once:
                made_once[key] = make(**options)
            return made_once[key]

        context["toctree"] = listed


def describe(app, pagename, templatename, context, doctree):
    """Give the templates what the head of this page says, and its few scripts."""
    context["script_files"] = []
    depth = pagename.count("/")
    up = "../" * depth
    lines = [f'<link rel="icon" type="image/svg+xml" href="{up}_static/mark.svg">']
    lines += [f'<script src="{up}_static/{name}" defer></script>' for name in SCRIPTS]
    if words := _description(doctree):
        lines.append(f'<meta name="description" content="{html.escape(words)}">')
    if app.config.html_baseurl:
        lines += _preview(app, pagename, context, words)
    context["hanoi_head"] = "\n".join(lines)
    chapter = pagename.rpartition("/")[2]
    known = pagename.startswith("book/") and depth == 1 and chapter in app.hanoi.titles
    context["hanoi_notebook"] = f"../_static/notebooks/{chapter}.ipynb" if known else ""


def _description(doctree, most=200):
    """Return the first sentences of a page, as many as fit into ``most`` letters."""
    for paragraph in doctree.findall(nodes.paragraph) if doctree else ():
        text = " ".join(paragraph.astext().split())
        if len(text) > 40:
            return text if len(text) <= most else text[:most].rsplit(". ", 1)[0].rsplit(" ", 1)[0].rstrip(",;") + " …"
    return ""


def _preview(app, pagename, context, words):
    """Return the Open Graph lines of a page, with its first figure as the picture."""
    base = app.config.html_baseurl.rstrip("/")
    figures = app.hanoi.figures.get(pagename.rpartition("/")[2]) or {}
    title = context.get("title") or app.config.project
    said = {
        "og:type": "article",
        "og:site_name": app.config.html_title or app.config.project,
        "og:title": nodes.unescape(str(title)),
        "og:description": words,
        "og:url": f"{base}/{pagename}.html",
    }
    if figures:
        said["og:image"] = f"{base}/_static/figures/{pagename.rpartition('/')[2]}/{next(iter(figures))}.png"
        said["og:image:alt"] = next(iter(figures.values()))["alt"]
    return [f'<meta property="{name}" content="{html.escape(str(text))}">' for name, text in said.items() if text]


def finish(app, error):
    """Take out what nothing uses, and write the root page, the page for addresses that do not exist, and the site map."""
    if error or app.builder.format != "html":
        return
    out = Path(app.outdir)
    for pattern in LEFT_OUT:
        for path in sorted(out.glob(pattern)):
            shutil.rmtree(path) if path.is_dir() else path.unlink()
    base = app.config.html_baseurl.rstrip("/")
    (out / "index.html").write_text(made.fill("root", base=base), encoding="utf-8", newline="\n")
    (out / "404.html").write_text(made.fill("404", base=base), encoding="utf-8", newline="\n")
    if base:
        pages = sorted(path.relative_to(out).as_posix() for path in out.rglob("*.html") if "_static" not in path.parts)
        addresses = "\n".join(
            f"  <url><loc>{html.escape(base)}/{page}</loc></url>" for page in pages if page != "404.html"
        )
        (out / "sitemap.xml").write_text(
            f'<?xml version="1.0" encoding="UTF-8"?>\n<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">\n{addresses}\n</urlset>\n',
            encoding="utf-8",
        )
