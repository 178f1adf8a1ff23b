"""No number in the text is typed: every figure of the prose is computed and can be followed.

Allowed are what no computation gives: dates and years, names that hold a digit (38 North, Hwasong-15, Resolution 2270),
the numbering of sections, and whatever stands in code, links, roles and directives. They are allowed by form or by the
evidence's own names, never by a list of places.
"""

import re

import nbformat
import pytest

from hanoi import evidence
from hanoi.run import ROOT

MONTH = r"(?:January|February|March|April|May|June|July|August|September|October|November|December)"
YEAR = r"(?:19|20)\d\d"
DAYS = r"\d{1,2}(?:(?:\s*[–-]\s*|\s+(?:and|to|or)\s+|,\s*)\d{1,2})*"
MARKUP = (
    r"(?ms)^(?P<fence>```+|~~~+)(?!\{(?:dropdown|note|tip|warning|admonition|important)).*?^(?P=fence)\s*$",  # code, directives
    r"(?m)^(?:```+|:::+).*$",                        # opening and closing lines of containers
    r"(?m)^:[\w-]+:.*$",                             # options of directives
    r"(?m)^\([\w-]+\)=\s*$",                         # labels
    r"(?s)<!--.*?-->", r"<[^>\n]+>",                 # comments, tags, addresses
    r"\{[\w:.-]+\}`[^`]*`",                          # roles
    r"``[^`].*?``|`[^`\n]*`",                        # code
    r"\]\([^)]*\)",                                  # targets of links
)
DATES = (
    rf"\b{DAYS}\s+{MONTH}(?:\s+{YEAR})?\b",          # 27 February 2019; 27 and 28 February; 27–28 February 2019
    rf"\b{MONTH}\s+{YEAR}\b",                        # February 2019
    rf"\b{YEAR}s?(?:\s*[–/-]\s*(?:{YEAR}|\d\d))?\b", # 2019; 2017–2020; 2018/19; 1990s
)
NAMES = (
    r"\b[A-Za-z][\w.]*[-–+]\d[\w.-]*|\b[A-Za-z]+\d[\w-]*",       # Hwasong-15, UTC+7, KN-23, C7
    r"\b(?:Resolution|resolution|Chapter|Section|Issue|Article)s?\s+\d+",
    r"\b(?:Python|CC BY|[Vv]ersion)\s+\d[\d.]*",    # the version of a program or a licence
    r"(?m)^\d+\.\s",                                 # items of a numbered list
)
SHARES = (r"\b(?:one|two|three|four|five|six|seven|eight|nine|ten)\s+(?:in|out of|of every)\s+"
          r"(?:two|three|four|five|six|seven|eight|nine|ten|twenty|hundred)\b|"
          r"\b(?:two|three)[ -](?:thirds|quarters|fifths)\b")


def names_with_digits():
    """Return the publishers and titles of the evidence that hold a digit, the longest first."""
    sources = evidence.read("sources")
    names = {name for field in ("publisher", "author") for name in sources[field].dropna() if re.search(r"\d", name)}
    return sorted(names, key=len, reverse=True)


def typed_numbers(text, names=()):
    """Return the numbers that stand typed in a piece of Markdown, each with the words around it."""
    for pattern in MARKUP:
        text = re.sub(pattern, " ", text)
    for name in names:
        text = text.replace(name, " ")
    for pattern in (*DATES, *NAMES):
        text = re.sub(pattern, " ", text)
    return [text[max(0, found.start() - 40):found.end() + 20].strip().replace("\n", " ")
            for found in re.finditer(rf"\d[\d,.]*|{SHARES}", text)]


def pieces():
    """Return (name of the cell or page, its Markdown) for all prose of the book."""
    for path in sorted((ROOT / "book").glob("*.ipynb")):
        for number, cell in enumerate(nbformat.read(path, as_version=4).cells):
            if cell.cell_type == "markdown":
                yield f"{path.name}, cell {number}", cell.source
    for path in sorted((ROOT / "book").glob("*.md")):
        yield path.name, path.read_text(encoding="utf-8")


def test_no_number_is_typed():
    names = names_with_digits()
    found = [f"{place}: …{words}…" for place, text in pieces() for words in typed_numbers(text, names)]
    assert found == [], "typed numbers in prose; state each with numbers.state and show it with {num}:\n" + "\n".join(found)


@pytest.mark.parametrize("text", [
    "65% called it a good idea", "some 300 polls", "a gap of 21 points", "ranked 3rd", "at 20:53", "two in three adults",
    "two-thirds of them", "about 1,200 adults", ":::{dropdown} How\nn = 802\n:::"])
def test_a_typed_number_is_found(text):
    assert typed_numbers(text)


@pytest.mark.parametrize("text", [
    "on 27 and 28 February 2019", "from 2017 to 2020", "8 March–10 May 2019", "in the 1990s", "{num}`good-idea` said so",
    "the Hwasong-15", "Resolution 2270", "{cite:t}`monmouth-2019-03-07`", "`n = 802`", "[rows](a1.html#2)", "UTC+7",
    "```python\nx = 3\n```", "(claims-c7)=\n## Claims", "1. first\n2. second", "Python 3.11", "CC BY 4.0", "read by 38 North"])
def test_what_no_computation_gives_is_allowed(text):
    assert typed_numbers(text, ["38 North"]) == []
