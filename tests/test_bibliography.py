"""The table of sources becomes BibTeX that holds every source, whole."""

import pandas as pd
import pytest
from pybtex.database import parse_string
from pybtex.richtext import Text

from hanoi import evidence
from hanoi.pages import bibliography


@pytest.fixture(scope="module")
def entries():
    return parse_string(bibliography.bibtex(evidence.read("sources")), "bibtex").entries


def row(**given):
    fields = ["source_id", "kind", "publisher", "author", "title", "date_published", "url"]
    return pd.DataFrame([dict.fromkeys(fields, "") | {"source_id": "s-1"} | given])


def one(**given):
    return parse_string(bibliography.bibtex(row(**given)), "bibtex").entries["s-1"]


def test_every_source_is_there_once(entries):
    assert sorted(entries) == sorted(evidence.read("sources")["source_id"])


def test_every_text_can_be_typeset(entries):
    sources = evidence.read("sources").set_index("source_id").fillna("")
    for key, entry in entries.items():
        title = sources.at[key, "title"]
        if title and not set(title) & set("{}\\"):
            assert str(Text.from_latex(entry.fields["title"])) == " ".join(title.replace("--", "–").split()), key
        assert entry.fields.get("url", "") == sources.at[key, "url"]


def test_authors_apart_and_whole():
    people = one(author="Joseph S. Bermudez Jr.; Victor Cha", publisher="CSIS").persons["author"]
    assert [str(person) for person in people] == ["{Joseph S. Bermudez Jr.}", "{Victor Cha}"]


def test_a_source_without_author_is_cited_by_its_publisher():
    assert str(one(publisher="38 North").persons["author"][0]) == "{38 North}"


@pytest.mark.parametrize(
    ("stated", "shown"), [("2019-03-07", "7 March 2019"), ("2019-03", "March 2019"), ("2019", "2019"), ("", "no date")]
)
def test_dates_as_far_as_known(stated, shown):
    assert one(publisher="P", date_published=stated).fields["year"] == f"{{{shown}}}"


def test_special_characters_survive():
    title = "50% of R&D costs $5 #1 a_b ~ ^ “quoted” 한국"
    assert str(Text.from_latex(one(publisher="P", title=title).fields["title"])) == title
