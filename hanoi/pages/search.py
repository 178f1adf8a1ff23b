"""The search: sections of prose as documents, written as a script, so that it works where the book is opened as a file."""

import json
import re
from pathlib import Path

from docutils import nodes

from hanoi.pages.folds import fold

CELLS = (
    4000  # letters of its tables by which a section can be found: names of people and pollsters, not whole appendices
)


def read(app, doctree):
    """Keep the sections of a page for the index: title, anchor and text, without code; of its opening also the questions."""
    env = app.env
    page = env.docname
    title = next((node.astext() for node in doctree.findall(nodes.title)), page)
    env.hanoi_sections[page] = [
        {
            "u": f"{page}.html" + (f"#{anchor}" if anchor and place else ""),
            "t": title,
            "s": heading if place else "",
            "x": text,
            "y": cells,
            "q": "" if place else " ".join(questions(text)),
        }
        for place, (anchor, heading, text, cells) in enumerate(_sections(doctree))
    ]


def questions(text):
    """Return the questions that a text asks; those of a page's opening are what the page answers."""
    return [found.strip() for found in re.findall(r"[^.?!]*\?", text)]


def _sections(doctree):
    """Yield (anchor, heading, text, cells of tables) of each section, its own text only."""
    for section in doctree.findall(nodes.section):
        heading = next((child.astext() for child in section.children if isinstance(child, nodes.title)), "")
        text = " ".join(" ".join(_texts(section)).split())
        tables = (child for child in section.findall(nodes.table) if _section(child) is section)
        cells = " ".join(" ".join(cell.astext() for table in tables for cell in table.findall(nodes.paragraph)).split())
        anchor = next((name for name in section.get("ids", ()) if not name.startswith("id")), "")
        yield anchor, heading, text, cells[:CELLS]


def _section(node):
    while not isinstance(node, nodes.section):
        node = node.parent
    return node


def _texts(node):
    for child in node.children:
        if isinstance(child, nodes.section | fold | nodes.literal_block | nodes.comment | nodes.title | nodes.table):
            continue
        if isinstance(child, nodes.raw):
            yield child.get("said", "")
        elif isinstance(child, nodes.Text):
            yield child.astext()
        elif isinstance(child, nodes.Element):
            yield from _texts(child)


def write(app, error):
    """Write the index."""
    if error or app.builder.format != "html":
        return
    found = [section for page in app.env.external_site_map for section in app.env.hanoi_sections.get(page, ())]
    text = json.dumps(found, ensure_ascii=False, separators=(",", ":"))
    Path(app.outdir, "_static", "search-index.js").write_text(
        f"const HANOI_SECTIONS={text};\n", encoding="utf-8", newline="\n"
    )


def start(app, env, docnames):
    """Make room for the sections."""
    env.hanoi_sections = getattr(env, "hanoi_sections", {})


def purge(app, env, docname):
    """Forget the sections of a page that is read again."""
    getattr(env, "hanoi_sections", {}).pop(docname, None)


def merge(app, env, docnames, other):
    """Take the sections of pages that another process read."""
    env.hanoi_sections.update(getattr(other, "hanoi_sections", {}))
