"""Numbers in the prose: each a link to its entry on the page of numbers, with method, rows, sources and places of use."""

from docutils import nodes
from sphinx import addnodes
from sphinx.transforms import SphinxTransform
from sphinx.util import logging
from sphinx.util.docutils import SphinxDirective
from sphinx.util.nodes import make_refnode

from hanoi import numbers, words
from hanoi.pages.records import table

PAGE = "book/numbers"
logger = logging.getLogger(__name__)


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
            shown = number_link("", text, hanoi_number=f"{page}:{key}", internal=True, refuri="")
            found.replace_self(nodes.inline("", "", shown, ids=[use], classes=["computed"]))


class NumbersRenderer:
    """Show the record of a cell's numbers as the lines that the notebook shows (a myst-nb MIME plug-in)."""

    mime_priority_overrides = (("html", numbers.MIME, None),)

    @staticmethod
    def handle_mime(renderer, data, inline):
        """Return nothing for a record of numbers, None for another output."""
        return [] if data.mime_type == numbers.MIME else None


class number_link(nodes.reference):
    """A link to the entry of a number (attribute ``hanoi_number``), resolved when the page is written."""


def entry(name):
    """Return the anchor of a number (``chapter:key``) on the page of numbers."""
    return "n-" + name.replace(":", "--")


def resolve(app, doctree, docname):
    """Turn links to numbers into links, and fill in where each number is used."""
    uses = {}
    for page, found in sorted(app.env.hanoi_uses.items()):
        for name, use in found:
            uses.setdefault(name, []).append((page, use))
    for link in list(doctree.findall(number_link)):
        name = link["hanoi_number"]
        made = make_refnode(
            app.builder, docname, PAGE, entry(name), nodes.Text(link.astext()), _tooltip(app.hanoi, name)
        )
        made["classes"] += ["number"]
        link.replace_self(made)
    for blank in list(doctree.findall(number_uses)):
        found = uses.get(blank["hanoi_number"], [])
        filled = nodes.inline()
        for count, (page, use) in enumerate(found):
            filled += nodes.Text(", " if count else "")
            title = app.env.titles[page].astext()
            earlier = sum(1 for other, _ in found[:count] if other == page)
            filled += make_refnode(
                app.builder, docname, page, use, nodes.Text(title if not earlier else f"again ({earlier + 1})")
            )
        blank.replace_self(filled if found else nodes.inline("", "in figures and computations only"))


def _tooltip(records, name):
    number = records.numbers[name]
    named = table("sources").loc[records.sources(number), "publisher"].dropna().drop_duplicates().tolist()
    shown = ", ".join(named[:3]) + (f" and {len(named) - 3} more publishers" if len(named) > 3 else "")
    return " · ".join(part for part in (number["unit"], shown) if part)


class number_uses(nodes.inline):
    """Where a number is used; filled when all pages are read."""


class NumberIndex(SphinxDirective):
    """``{number-index}``: every computed number of the book, a section for each chapter."""

    def run(self):
        """Return a section a chapter."""
        records = self.env.app.hanoi
        sections = []
        for chapter in (page.rpartition("/")[2] for page in self.env.external_site_map):
            entries = [self._entry(records, name) for name in records.numbers if name.startswith(f"{chapter}:")]
            if entries:
                title = nodes.title("", records.titles[chapter])
                sections.append(
                    nodes.section("", title, *entries, ids=[f"numbers-of-{chapter}"], classes=["filtered-group"])
                )
        return sections

    def _entry(self, records, name):
        number = records.numbers[name]
        shown = nodes.container(ids=[entry(name)], classes=["number-entry"])
        head = nodes.paragraph("", "", nodes.strong("", number["text"]))
        if number["interval_text"]:
            head += nodes.Text(f" ({number['interval_name']}: {number['interval_text']})")
        head += nodes.Text(f" {number['unit']} " if number["unit"] else " ")
        head += nodes.literal("", name.partition(":")[2])
        shown += head
        shown += nodes.paragraph("", number["how"])
        shown += self._line("Used in", number_uses(hanoi_number=name))
        for part in number["rows"]:
            rows = records.rows[part["rows"]]
            shown += self._line("Rows", *self._rows(rows))
            shown += self._line("Sources", *self._sources(rows))
        return shown

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
        shown = found if len(found) <= listed else found[: listed - 1]
        for at, source in enumerate(shown):
            row = table("sources").loc[source].fillna("")
            date = words.day(row["date_published"]) if row["date_published"] else "no date"
            yield nodes.Text("; " if at else "")
            yield nodes.reference(
                "",
                f"{row['author'] or row['publisher'] or source} ({date})",
                internal=True,
                refuri=f"sources.html#source-{source}",
            )
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


def uses_start(app, env, docnames):
    """Make room for the places where numbers are used."""
    env.hanoi_uses = getattr(env, "hanoi_uses", {})


def uses_purge(app, env, docname):
    """Forget the uses of a page that is read again."""
    getattr(env, "hanoi_uses", {}).pop(docname, None)


def uses_merge(app, env, docnames, other):
    """Take the uses of pages that another process read."""
    env.hanoi_uses.update(getattr(other, "hanoi_uses", {}))
