"""The published sources: how the text cites them, with their grade, and the pages and files that list them.

``{cite:p}`a,b``` shows "(Author, day; Author, day)" and ``{cite:t}`a``` "Author (day)", each with a mark for the grade: how
directly the document carries its fact. The table ``sources`` is the one home of the bibliography.
"""

import functools
import re
from pathlib import Path
from typing import ClassVar
from urllib.parse import unquote_plus

from docutils import nodes
from markupsafe import Markup
from sphinx.domains import Domain
from sphinx.util import logging
from sphinx.util.docutils import SphinxRole

from hanoi import evidence, words
from hanoi.pages import made
from hanoi.pages.records import table

PAGE = "book/sources"
#: Grade → its mark: a full disc for a document that made the fact, emptier ones for those further from it.
MARKS = {"primary": "●", "press": "◐", "relay": "○", "reference": "□", "partisan": "◇"}
#: Parameters of an address (``name=value``) that say how a reader came, or who it was, and nothing of the page.
_TRACKING = re.compile(
    r"(utm_\w+|fbclid|gclid|igshid|mc_[ce]id|ref|ref_src|cmpid|ocid|smid|smtyp|trc|itid|ito|ns_m?channel|ns_campaign"
    r"|xtor|feedtype|feedname|phpsessid|spt|st_rec|ur3|sl|shared?)=.*"
    r"|cid=sm_.*|ft=nprml|link=mktw|source=(rss|msn)|partner=rss",
    re.IGNORECASE,
)
logger = logging.getLogger(__name__)


class Cite(SphinxRole):
    """``{cite:p}`` and ``{cite:t}``: the sources named, each a link to its entry."""

    def __init__(self, textual):
        super().__init__()
        self.textual = textual

    def run(self):
        """Return the citation; a source that is not in the table is a warning."""
        chapter = self.env.docname.rpartition("/")[2]
        cited = self.env.hanoi_cited.setdefault(self.env.docname, [])
        shown = nodes.inline(classes=["cited"])
        names = [name.strip() for name in self.text.split(",")]
        if not self.textual:
            shown += nodes.Text("(")
        for place, name in enumerate(names):
            if place:
                shown += nodes.Text("; ")
            if name not in table("sources").index:
                logger.warning(
                    "no source %r in the table", name, location=self.get_location(), type="hanoi", subtype="source"
                )
                shown += nodes.literal(self.rawtext, name)
                continue
            cited.append(name)
            entry = _entry(name)
            said = f"{entry['cited']} ({entry['date']})" if self.textual else f"{entry['cited']}, {entry['date']}"
            link = nodes.reference("", said, internal=True, refuri=f"sources/{chapter}.html#source-{name}")
            shown += link
            shown += nodes.raw("", f"&#8239;{mark(entry['grade'])}", format="html")
        if not self.textual:
            shown += nodes.Text(")")
        return [shown], []


class CiteDomain(Domain):
    """The roles of citations."""

    name = "cite"
    label = "Citations"
    roles: ClassVar = {"p": Cite(textual=False), "t": Cite(textual=True)}

    def merge_domaindata(self, docnames, otherdata):
        """Nothing is kept here."""


def mark(grade):
    """Return the mark of a grade as HTML, with words for those who hear it."""
    if not grade:
        return Markup("")
    return Markup(
        '<span class="grade" title="{0} document"><span aria-hidden="true">{1}</span><span class="visually-hidden">{0} document</span></span>'
    ).format(grade, MARKS.get(grade, "·"))


def short(source):
    """Return one source in few words: ``name``, ``url``, and ``href`` from a page of ``book/numbers/``."""
    entry = _entry(source)
    return {
        "name": f"{entry['cited']} ({entry['date']})",
        "url": entry["url"],
        "href": f"../sources.html#source-{source}",
    }


@functools.cache
def _rows():
    return table("sources").fillna("").to_dict("index")


@functools.cache
def _entry(name):
    row = _rows()[name]
    authors = [author for author in re.split(r"\s*;\s*", row["author"]) if author]
    publisher = row["publisher"]
    return {
        "id": name,
        "grade": row["grade"],
        "kind": row["kind"],
        "mark": mark(row["grade"]),
        "cited": _cited(authors, publisher or row["title"] or name),
        "author": _listed(authors) or publisher or row["title"] or name,
        "date": words.day(row["date_published"]) if row["date_published"] else "no date",
        "title": row["title"] or "[title not shown on the page]",
        "publisher": publisher if authors else "",
        "url": clean(row["url"]),
        "shown_url": re.sub(r"^https?://(www\.)?", "", clean(row["url"])),
    }


def _cited(authors, publisher):
    """Return who a source is cited by: one or two family names, or the publisher."""
    family = [author.split(",")[0] if "," in author else _family(author) for author in authors]
    return (
        publisher
        if not family
        else family[0]
        if len(family) == 1
        else " and ".join(family)
        if len(family) == 2
        else f"{family[0]} and others"
    )


def _family(name):
    """Return the name by which an author is cited: the last word, but a Korean or Chinese name of three parts whole."""
    parts = re.sub(r"\s+(Jr\.|Sr\.|II|III)$", "", name).split()
    return name if len(parts) == 1 or re.search(r"\s\w+-\w+$", name) or not name.isascii() else parts[-1]


def _listed(authors):
    return authors[0] if len(authors) == 1 else ", ".join(authors[:-1]) + f" and {authors[-1]}" if authors else ""


def clean(url):
    """Return an address without parameters that track readers, and with https where other rows show that the site has it.

    The rest stays as it is written.
    """
    rest, mark, fragment = url.partition("#")
    address, _, query = rest.partition("?")
    kept = [part for part in query.split("&") if not _TRACKING.fullmatch(unquote_plus(part))]
    if "&".join(kept) != query:
        url = address + "?" * bool(kept) + "&".join(kept) + mark + fragment
    return f"https{url[4:]}" if url.startswith("http:") and _host(url) in _secure() else url


def _host(url):
    """Return the host of an address, however the rest of it is written."""
    return re.split("[/?#]", url.partition("://")[2])[0].lower()


@functools.cache
def _secure():
    """Return the hosts that answer by https, as addresses in the table of sources show."""
    return frozenset(_host(url) for url in evidence.read("sources")["url"].dropna() if url.startswith("https:"))


def collect(app):
    """Yield the page of sources of each chapter, and write all for reference managers."""
    folder = Path(app.outdir, "_static", "sources")
    folder.mkdir(parents=True, exist_ok=True)
    for chapter, title, found in _chapters(app):
        _write(folder / chapter, found)
        body = made.fill(
            "sources", chapter=chapter, title=title, sources=list(map(_entry, found)), grades=_grades(found)
        )
        yield made.page(f"{PAGE}/{chapter}", f"Sources of “{title}”", body)
    _write(folder / "all", sorted(table("sources").index, key=_order))


def index(app):
    """Return all sources as HTML."""
    chapters = [{"name": chapter, "title": title, "count": len(found)} for chapter, title, found in _chapters(app)]
    everything = sorted(table("sources").index, key=_order)
    return made.fill(
        "source-index", chapters=chapters, sources=list(map(_entry, everything)), grades=_grades(everything)
    )


def _chapters(app):
    """Yield (chapter, title, cited sources) of each page that cites any."""
    for page in app.env.external_site_map:
        if found := sorted(set(app.env.hanoi_cited.get(page, ())), key=_order):
            yield page.rpartition("/")[2], app.env.titles[page].astext(), found


def _order(name):
    entry = _entry(name)
    return entry["author"].casefold(), name


def _grades(names):
    grades = evidence.read("source_grades").sort_values("rank", kind="stable")
    counts = table("sources").loc[list(names), "grade"].value_counts()
    return [
        {
            "name": row.grade,
            "definition": row.definition,
            "mark": mark(row.grade),
            "count": f"{counts.get(row.grade, 0):,}",
        }
        for row in grades.itertuples()
    ]


def _write(path, names):
    rows = table("sources").loc[list(names)].reset_index(names="key")
    rows["url"] = rows["url"].map(clean, na_action="ignore")
    path.with_suffix(".bib").write_text(bibtex(rows), encoding="utf-8", newline="\n")
    path.with_suffix(".ris").write_text(ris(rows), encoding="utf-8", newline="\n")


def bibtex(sources):
    """Return rows of the table ``sources`` as one BibTeX text; the citation key is the source_id.

    A source without a named author is filed under its publisher. ``date`` carries the date as far as it is known.
    """
    entries = []
    for row in sources.fillna("").to_dict("records"):
        people = [name for name in re.split(r"\s*;\s*", row["author"]) if name] or [row["publisher"] or row["title"]]
        fields = {
            "author": " and ".join(f"{{{_latex(name)}}}" for name in people),
            "title": f"{{{_latex(row['title'])}}}" * bool(row["title"]),
            "howpublished": f"{{{_latex(row['publisher'])}}}" * bool(row["publisher"]),
            "year": row["date_published"][:4],
            "date": row["date_published"],
            "url": row["url"],
        }
        lines = [f"    {name} = {{{text}}}" for name, text in fields.items() if text]
        entries.append(",\n".join([f"@misc{{{row['source_id']}", *lines]) + "\n}\n")
    return "\n".join(entries)


_LATEX = {sign: f"\\{sign}" for sign in "$&%#_"} | {
    "\\": r"\textbackslash{}",
    "{": r"\textbraceleft{}",
    "}": r"\textbraceright{}",
    "~": r"\textasciitilde{}",
    "^": r"\textasciicircum{}",
}


def _latex(text):
    """Return ``text`` so that LaTeX shows it as it stands: signs with a meaning are named, pairs that it would join are parted."""
    named = "".join(_LATEX.get(sign, sign) for sign in text)
    return re.sub(r"(?<=([-`',?!<>]))(?=\1)|(?<=[?!])(?=`)", "{}", named)


def ris(sources):
    """Return rows of the table ``sources`` in the RIS format of reference managers."""
    lines = []
    for row in sources.fillna("").to_dict("records"):
        year, month, day = (*row["date_published"].split("-"), "", "", "")[:3]
        lines += ["TY  - ELEC", f"ID  - {row['source_id']}"]
        lines += [f"AU  - {name}" for name in re.split(r"\s*;\s*", row["author"]) if name]
        lines += [
            f"{tag}  - {text}"
            for tag, text in (("TI", row["title"]), ("PB", row["publisher"]), ("UR", row["url"]))
            if text
        ]
        lines += [f"PY  - {year}", f"DA  - {year}/{month}/{day}/"] if year else []
        lines += ["ER  - ", ""]
    return "\n".join(lines)


def start(app, env, docnames):
    """Make room for the sources that pages cite."""
    env.hanoi_cited = getattr(env, "hanoi_cited", {})


def purge(app, env, docname):
    """Forget the citations of a page that is read again."""
    getattr(env, "hanoi_cited", {}).pop(docname, None)


def merge(app, env, docnames, other):
    """Take the citations of pages that another process read."""
    env.hanoi_cited.update(getattr(other, "hanoi_cited", {}))
