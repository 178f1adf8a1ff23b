"""The published sources as BibTeX, and the way in which the book cites them.

The table ``sources`` is the one home of the bibliography; the BibTeX is made from it at each build.
"""

import re

from pybtex.database import BibliographyData, Entry, Person
from pybtex.style.formatting.unsrt import Style
from pybtex.style.labels import BaseLabelStyle
from pybtex.style.sorting import BaseSortingStyle
from pybtex.style.template import field, href, join, names, optional, sentence
from sphinxcontrib.bibtex.style.referencing import BracketStyle
from sphinxcontrib.bibtex.style.referencing.author_year import AuthorYearReferenceStyle

from hanoi import words


def bibtex(sources):
    """Return the rows of the table ``sources`` as one BibTeX text; the citation key is the source_id.

    A source without a named author is cited by its publisher. ``year`` carries the date as far as it is known,
    because one publisher often has many pages in one year; an undated page says so.
    """
    entries = {row["source_id"]: _entry(row) for row in sources.fillna("").to_dict("records")}
    text = BibliographyData(entries).to_string("bibtex")
    # pybtex escapes every field for LaTeX; an address must stay as it is.
    return re.sub(r'(?m)^    url = ".*"', lambda line: line[0].replace("\\", ""), text)


def _entry(row):
    """Return one source as a BibTeX entry of the kind @misc, each text kept whole."""
    names = [name for name in re.split(r"\s*;\s*", row["author"]) if name] or [row["publisher"] or row["title"]]
    fields = {
        "title": row["title"] or "[title not shown on the page]",
        "publisher": row["publisher"],
        "year": words.day(row["date_published"]) if row["date_published"] else "no date",
        "kind": row["kind"],
    }
    fields = {name: _whole(text) for name, text in fields.items() if text}
    if row["url"]:
        fields["url"] = row["url"]
    return Entry("misc", fields=fields, persons={"author": [Person(_whole(name)) for name in names]})


def _whole(text):
    """Return ``text`` in braces, so that BibTeX neither splits a name nor changes its case."""
    return "{" + text.replace("{", "(").replace("}", ")") + "}"


class Sorting(BaseSortingStyle):
    """By author or publisher, then by source_id."""

    def sorting_key(self, entry):
        """Return what an entry is sorted by."""
        return ("; ".join(str(person) for person in entry.persons["author"]).strip("{}").casefold(), entry.key)


class Labels(BaseLabelStyle):
    """The label of an entry is its source_id, the same name as in the tables."""

    def format_labels(self, entries):
        """Return the label of each entry."""
        return [entry.key for entry in entries]


class SourceStyle(Style):
    """Author (date). Title. Publisher. Address."""

    default_sorting_style = "hanoi"
    default_label_style = "hanoi"

    def get_misc_template(self, entry):
        """Return the template of a @misc entry."""
        return join[
            names("author", sep=", ", last_sep=" and "),
            " (",
            field("year"),
            "). ",
            sentence[field("title")],
            " ",
            optional[sentence[field("publisher")], " "] if _named(entry) else "",
            optional[href[field("url", raw=True), field("url", raw=True)]],
        ]


def _named(entry):
    """Tell whether the entry has an author of its own, apart from its publisher."""
    return str(entry.persons["author"][0]) != f"{entry.fields.get('publisher', '')}"


class Referencing(AuthorYearReferenceStyle):
    """Author and date, in round brackets."""

    def __init__(self):
        brackets = BracketStyle(left="(", right=")")
        super().__init__(
            bracket_parenthetical=brackets,
            bracket_textual=brackets,
            bracket_author=brackets,
            bracket_label=brackets,
            bracket_year=brackets,
        )
