"""Numbers in the prose: each a link to its entry, with method, rows, sources and places of use, and the pages of entries."""

import hashlib
import json
import re
from pathlib import Path

from docutils import nodes
from markdown_it import MarkdownIt
from sphinx import addnodes
from sphinx.errors import ExtensionError
from sphinx.transforms import SphinxTransform
from sphinx.util import logging

from hanoi import numbers
from hanoi.pages import made, sources
from hanoi.pages.records import is_whole

PAGE = "book/numbers"
logger = logging.getLogger(__name__)


def misplaced(text):
    """Return (line, what is wrong) for each number of a Markdown text in a place where it cannot be shown as computed."""
    return sorted(set(_misplaced(text, 0)))


def _misplaced(text, above):
    """Yield as :func:`misplaced`; the text stands ``above`` lines below the beginning of its page."""
    tokens, heading = MarkdownIt("commonmark").enable("table").parse(text), False
    for token in tokens:
        line = above + (token.map[0] if token.map else 0) + 1
        if token.type.startswith("heading"):
            heading = token.type == "heading_open"
        elif token.type == "fence" and token.info.startswith("{"):
            yield from _misplaced(token.content, line)
            if numbers.LINK.search(token.info) and re.search(r"[)`]`|`.*`", token.info):
                yield line, "the opening line of a directive"
        elif token.type == "html_block" and numbers.LINK.search(re.sub(r"(?s)<!--.*?-->", "", token.content)):
            yield line, "HTML, where Markdown has no meaning"
        elif token.type == "inline":
            yield from ((line + down, what) for down, what in _inline(token, heading))


def _inline(token, heading):
    """Yield (lines below its beginning, what is wrong) for the numbers inside one paragraph, cell or heading."""
    down, text = 0, ""
    for child in token.children:
        down += child.type in ("softbreak", "hardbreak")
        number = child.type == "link_open" and numbers.LINK.fullmatch(f"[]({child.attrs['href']})")
        if number and heading:
            yield down, "a heading, whose address would change with it; say it in a sentence"
        elif child.type == "image" and any(inner.type == "link_open" for inner in child.children or ()):
            yield down, "the alt text of an image, where nobody can follow it; say it in a sentence"
        text += child.content if child.type == "text" else "\0" * (child.type == "link_open")
    if re.search(r"\[[^\]]*\0[^\[]*\]\(", text):
        yield 0, "the text of another link; part the two"


def check(app):
    """Look at every page before one is read. Raises ExtensionError with a line for each number that cannot be shown."""
    lines = []
    for path in sorted(Path(app.srcdir, "book").glob("*.*")):
        if path.suffix == ".md":
            texts = [(f"book/{path.name}:{{line}}", path.read_text(encoding="utf-8"))]
        elif path.suffix == ".ipynb":
            cells = enumerate(json.loads(path.read_text(encoding="utf-8"))["cells"], start=1)
            texts = [
                (f"book/{path.name}, cell {place}, line {{line}}", "".join(cell["source"]))
                for place, cell in cells
                if cell["cell_type"] == "markdown"
            ]
        else:
            continue
        lines += [
            f"{place.format(line=line)}: a computed number stands in {what}"
            for place, text in texts
            if numbers.LINK.search(text)
            for line, what in misplaced(text)
        ]
    if lines:
        raise ExtensionError("\n".join(lines))


class NumberLinks(SphinxTransform):
    """Turn ``[65%](#good-idea)`` and ``[3.4](korean-opinion.ipynb#cost)`` into the number that is computed now.

    Runs where the references of a page are known and before MyST looks for labels of these names.
    """

    default_priority = 900

    def apply(self, **kwargs):
        """Replace the links of the page."""
        chapter = self.env.docname.rpartition("/")[2]
        uses = self.env.hanoi_uses.setdefault(self.env.docname, [])
        for found in list(self.document.findall(addnodes.pending_xref)):
            page, target = chapter, found["reftarget"]
            if found.get("refdomain") == "doc":
                page, target = target.rpartition("/")[2], found.get("reftargetid") or ""
            key, _, part = target.partition(":")
            number = self.env.app.hanoi.numbers.get(f"{page}:{key}")
            if not number or part not in ("", "interval"):
                continue
            text = number["interval_text" if part else "text"]
            if text is None:
                logger.warning(
                    "the number %s:%s has no interval", page, key, location=found, type="hanoi", subtype="number"
                )
                continue
            use = f"use-{len(uses) + 1}"
            uses.append((f"{page}:{key}", use))
            shown = number_link("", text, hanoi_number=f"{page}:{key}", hanoi_part=part, internal=True, refuri="")
            found.replace_self(nodes.inline("", "", shown, ids=[use], classes=["computed"]))


class NumbersRenderer:
    """Show the record of a cell's numbers as the lines that the notebook shows (a myst-nb MIME plug-in)."""

    mime_priority_overrides = (("html", numbers.MIME, None),)

    @staticmethod
    def handle_mime(renderer, data, inline):
        """Return nothing for a record of numbers, None for another output."""
        return [] if data.mime_type == numbers.MIME else None


def _look(text):
    """Return the classes of a link: a computed word (a verb, a month) reads as a word and can be followed like a number."""
    return ["number"] if any(letter.isdigit() for letter in text) else ["number", "word"]


class number_link(nodes.reference):
    """A link to the entry of a number (attribute ``hanoi_number``), resolved when the page is written."""


def anchor(name):
    """Return the anchor of a number (``chapter:key``) on its page and on the index of numbers."""
    return "n-" + name.replace(":", "--")


def address(name):
    """Return the address of a number's entry, from a page of ``book/``."""
    return f"numbers/{name.partition(':')[0]}.html#{anchor(name)}"


def resolve(app, doctree, docname):
    """Give the links to numbers their text and address."""
    for link in list(doctree.findall(number_link)):
        name = link["hanoi_number"]
        text = app.hanoi.numbers[name]["interval_text" if link["hanoi_part"] else "text"]
        made_link = nodes.reference("", text, refuri=address(name), internal=True, classes=_look(text))
        made_link["hanoi"] = name
        link.replace_self(made_link)


def collect(app):
    """Yield the page of numbers of each chapter, and write what the popovers show."""
    chapters = _chapters(app)
    for chapter in chapters:
        body = made.fill("numbers", chapter=chapter["name"], title=chapter["title"], numbers=chapter["numbers"])
        yield made.page(f"{PAGE}/{chapter['name']}", f"Numbers of “{chapter['title']}”", body)
    _write_popovers(app, chapters)


def index(app):
    """Return the index of all numbers as HTML, with the heirs of those that are gone."""
    gone = [heir for heir in app.hanoi.heirs("number") if heir["name"] not in app.hanoi.numbers]
    shown = [
        {**heir, "anchor": anchor(heir["name"]), "href": _heir(heir["new"]), "text": heir["new"].replace("#", ", ")}
        for heir in gone
    ]
    return made.fill("number-index", chapters=_chapters(app), heirs=shown)


def _chapters(app):
    """Return the chapters in order, each with the entries of its numbers."""
    uses = {}
    for page, found in sorted(app.env.hanoi_uses.items()):
        for name, use in found:
            uses.setdefault(name, []).append((page, use))
    entries = {}
    for name in app.hanoi.numbers:
        entries.setdefault(name.partition(":")[0], []).append(_entry(app, name, uses.get(name, [])))
    order = [page.rpartition("/")[2] for page in app.env.external_site_map]
    return [
        {"name": chapter, "title": app.hanoi.titles[chapter], "numbers": entries[chapter]}
        for chapter in order
        if chapter in entries
    ]


def _heir(new):
    chapter, mark, part = new.partition("#")
    return f"{chapter}.html#{part}" if mark else address(new)


def _entry(app, name, uses):
    number = app.hanoi.numbers[name]
    seen = {}
    shown = []
    for page, use in uses:
        seen[page] = seen.get(page, 0) + 1
        title = app.env.titles[page].astext()
        shown.append(
            {
                "href": f"{page.rpartition('/')[2]}.html#{use}",
                "text": title if seen[page] == 1 else f"again ({seen[page]})",
            }
        )
    return {
        **{field: number.get(field) for field in ("text", "interval_text", "interval_name", "unit", "how")},
        "key": name.partition(":")[2],
        "anchor": anchor(name),
        "uses": shown,
        "parts": [_part(app, part["rows"]) for part in number["rows"]],
    }


ROWS_LISTED, SOURCES_LISTED = 6, 4  # so many stand in an entry itself


def sources_file(rows):
    """Return the name of the file that lists the sources of a set of rows; sets with the same sources share it."""
    return f"sources-{hashlib.sha256(' '.join(rows['sources']).encode()).hexdigest()[:12]}"


def _part(app, digest):
    rows = app.hanoi.rows[digest]
    count, found = len(rows["keys"]), rows["sources"]
    few = found if len(found) <= SOURCES_LISTED else found[: SOURCES_LISTED - 1]
    return {
        "digest": digest,
        "file": f"data/{rows['table']}" if is_whole(rows) else f"rows/{digest}",
        "sources_file": f"rows/{sources_file(rows)}",
        "table": rows["table"],
        "count": count,
        "rows": f"{count:,} {'row' if count == 1 else 'rows'} of {rows['table']}",
        "listed": [key.replace("|", " · ") for key in (rows["keys"] if count <= ROWS_LISTED else ())],
        "sources": [sources.short(source) for source in few],
        "more": f"{len(found):,}" if len(found) > len(few) else "",
    }


def _write_popovers(app, chapters):
    """Write what the popovers show, a script a chapter, so that it can be had where the book is opened as a file."""
    folder = Path(app.outdir, "_static", "numbers")
    folder.mkdir(parents=True, exist_ok=True)
    for chapter in chapters:
        shown = {
            entry["key"]: {
                "text": entry["text"],
                "interval": f"{entry['interval_name']}: {entry['interval_text']}" if entry["interval_text"] else "",
                "unit": entry["unit"],
                "how": entry["how"],
                "rows": [
                    {
                        "text": part["rows"] if part["count"] else f"none of {part['table']}",
                        "keys": part["listed"] or _first_rows(app, part),
                        "sources": [[source["name"], source["url"]] for source in part["sources"]],
                        "more": part["more"],
                    }
                    for part in entry["parts"]
                ],
            }
            for entry in chapter["numbers"]
        }
        text = json.dumps(shown, ensure_ascii=False, separators=(",", ":"))
        (folder / f"{chapter['name']}.js").write_text(
            f"hanoiNumbers({json.dumps(chapter['name'])},{text});\n", encoding="utf-8", newline="\n"
        )


def _first_rows(app, part, most=3):
    keys = app.hanoi.rows[part["digest"]]["keys"]
    return [*(key.replace("|", " · ") for key in keys[:most]), *(["…"] if len(keys) > most else [])]


def start(app, env, docnames):
    """Make room for the places where numbers are used."""
    env.hanoi_uses = getattr(env, "hanoi_uses", {})


def purge(app, env, docname):
    """Forget the uses of a page that is read again."""
    getattr(env, "hanoi_uses", {}).pop(docname, None)


def merge(app, env, docnames, other):
    """Take the uses of pages that another process read."""
    env.hanoi_uses.update(getattr(other, "hanoi_uses", {}))
