"""How the book, a chapter and a figure are cited, from CITATION.cff: as text, BibTeX and RIS."""

import functools
import html

import yaml
from docutils import nodes

from hanoi.build.place import ROOT


@functools.cache
def stated():
    """Return what CITATION.cff says: authors, title, version, year, and an address where one is set."""
    told = yaml.safe_load((ROOT / "CITATION.cff").read_text(encoding="utf-8"))
    names = [author.get("name") or f"{author['given-names']} {author['family-names']}" for author in told["authors"]]
    return {
        "authors": names,
        "title": told["title"],
        "version": str(told["version"]),
        "year": str(told["date-released"])[:4],
        "url": told.get("url", ""),
    }


def text(part="", kind=""):
    """Return the citation of the book, or of a ``part`` of it (a title) of that ``kind`` ("chapter", "figure"), as text."""
    book = stated()
    inner = f"“{part}”, {kind} of " if part else ""
    return f"{', '.join(book['authors'])} ({book['year']}): {inner}{book['title']}, version {book['version']}." + (
        f" {book['url']}" if book["url"] else ""
    )


def bibtex(name, part=""):
    """Return the BibTeX entry of the book, or of the chapter ``part``, under the key ``name``."""
    book = stated()
    fields = {
        "author": " and ".join(f"{{{author}}}" for author in book["authors"]),
        "title": f"{{{part or book['title']}}}",
        "booktitle": f"{{{book['title']}}}" if part else "",
        "year": book["year"],
        "note": f"Version {book['version']}",
        "url": book["url"],
    }
    lines = [f"  {field} = {{{value}}}," for field, value in fields.items() if value]
    return "\n".join([f"@{'incollection' if part else 'misc'}{{{name},", *lines, "}"])


def ris(part=""):
    """Return the RIS record of the book, or of the chapter ``part``."""
    book = stated()
    fields = [
        ("TY", "CHAP" if part else "BOOK"),
        *(("AU", author) for author in book["authors"]),
        ("TI", part or book["title"]),
        *([("T2", book["title"])] if part else []),
        ("PY", book["year"]),
        ("ET", book["version"]),
        *([("UR", book["url"])] if book["url"] else []),
        ("ER", ""),
    ]
    return "\n".join(f"{field}  - {value}" for field, value in fields)


def box(name, part=""):
    """Return the citation box of the book or of a chapter as HTML."""
    forms = (("BibTeX", bibtex(name, part)), ("RIS", ris(part)))
    blocks = "".join(
        f'<p class="cite-form">{form}</p><pre tabindex="0" aria-label="{form}">{html.escape(entry)}</pre>'
        for form, entry in forms
    )
    what = "this chapter" if part else "this book"
    words = html.escape(text(part, "chapter" if part else ""))
    return f'<details class="cite-box"><summary>Cite {what}</summary><p>{words}</p>{blocks}</details>'


def whole(app):
    """Return the citation box of the whole book, for the page on reproduction."""
    return box("after-hanoi").replace('<details class="cite-box">', '<details class="cite-box" open>')


def add(app, doctree, docname):
    """Put the citation box at the end of each page that a notebook gives."""
    name = docname.rpartition("/")[2]
    if name in app.hanoi.titles:
        first = next(doctree.findall(nodes.section))  # the whole page, below its title
        first.append(nodes.raw("", box(f"after-hanoi-{name}", app.hanoi.titles[name]), format="html"))
