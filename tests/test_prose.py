"""No number in the text is typed: every figure of the prose is computed and can be followed.

Allowed are what no computation gives: dates and years, names that hold a digit (38 North, Hwasong-15, Resolution 2270),
the numbering of sections, and whatever stands in code, links, roles and directives. They are allowed by form or by the
evidence's own names, never by a list of places.
"""

import re

import pytest

from hanoi import evidence, numbers
from hanoi.build import ROOT, outputs
from tests.conftest import stored

MONTH = r"(?:January|February|March|April|May|June|July|August|September|October|November|December)"
YEAR = r"(?:19|20)\d\d"
DAYS = r"\d{1,2}(?:(?:\s*[–-]\s*|\s+(?:and|to|or)\s+|,\s*)\d{1,2})*"
MARKUP = (
    r"(?ms)^(?P<fence>```+|~~~+)(?!\{(?:dropdown|note|tip|warning|admonition|important)).*?^(?P=fence)\s*$",  # code, directives
    r"(?m)^(?:```+|:::+).*$",  # opening and closing lines of containers
    r"(?m)^:[\w-]+:.*$",  # options of directives
    r"(?m)^\([\w-]+\)=\s*$",  # labels
    r"(?s)<!--.*?-->",
    r"<[^>\n]+>",  # comments, tags, addresses
    r"\{[\w:.-]+\}`[^`]*`",  # roles
    r"``[^`].*?``|`[^`\n]*`",  # code
    r"\]\([^)]*\)",  # targets of links
)
DATES = (
    rf"\b{DAYS}\s+{MONTH}(?:\s+{YEAR})?\b",  # 27 February 2019; 27 and 28 February; 27–28 February 2019
    rf"\b{MONTH}\s+{YEAR}\b",  # February 2019
    rf"\b{YEAR}s?(?:\s*[–/-]\s*(?:{YEAR}|\d\d))?\b",  # 2019; 2017–2020; 2018/19; 1990s
)
NAMES = (
    r"\b[A-Za-z][\w.]*[-–+]\d[\w.-]*|\b[A-Za-z]+\d[\w-]*",  # Hwasong-15, UTC+7, KN-23, C7
    r"\b(?:Resolution|resolution|Chapter|Section|Issue|Article)s?\s+\d+(?:(?:,| and| or)\s+\d+)*",
    r"\b(?:Python|CC BY|[Vv]ersion)\s+\d[\d.]*",  # the version of a program or a licence
    r"(?m)^\d+\.\s",  # items of a numbered list
)
SHARES = (
    r"\b(?:one|two|three|four|five|six|seven|eight|nine|ten)\s+(?:in|out of|of every)\s+"
    r"(?:two|three|four|five|six|seven|eight|nine|ten|twenty|hundred)\b|"
    r"\b(?:two|three)[ -](?:thirds|quarters|fifths)\b"
)


def names_with_digits():
    """Return the publishers and titles of the evidence that hold a digit, the longest first."""
    sources = evidence.read("sources")
    names = {name for field in ("publisher", "author") for name in sources[field].dropna() if re.search(r"\d", name)}
    return sorted(names, key=len, reverse=True)


def typed_numbers(text, names=(), stated=()):
    """Return the numbers that stand typed in a piece of Markdown, each with the words around it.

    A link to a number that is in ``stated`` (as ``key`` or ``chapter:key``) is computed, not typed.
    """
    text = numbers.LINK.sub(
        lambda found: " " if (f"{found[2]}:" if found[2] else "") + found[3] in stated else found[0], text
    )
    for pattern in MARKUP:
        text = re.sub(pattern, " ", text)
    for name in names:
        text = text.replace(name, " ")
    for pattern in (*DATES, *NAMES):
        text = re.sub(pattern, " ", text)
    return [
        text[max(0, found.start() - 40) : found.end() + 20].strip().replace("\n", " ")
        for found in re.finditer(rf"\d[\d,.]*|{SHARES}", text)
    ]


BOOK = stored()
STATED = outputs.stated(BOOK)


def pieces():
    """Return (chapter, name of the cell or page, its Markdown) for all prose of the book."""
    for chapter, notebook in BOOK.items():
        for cell in notebook.cells:
            if cell.cell_type == "markdown":
                yield chapter, f"book/{chapter}.ipynb, cell {cell.id}", cell.source
    for path in sorted((ROOT / "book").glob("*.md")):
        yield path.stem, f"book/{path.name}", path.read_text(encoding="utf-8")


def faults(chapter, text, stated, labels=()):
    """Return what is wrong with the links to numbers in a piece of Markdown, one line each."""
    found = []
    for link in numbers.LINK.finditer(text):
        shown, page, key, interval = link.groups()
        record = stated.get(f"{page or chapter}:{key}")
        value = record and record["interval_text" if interval else "text"]
        if record and not page and key in labels:
            found.append(f"{link[0]}: a section of this page has the name of the number; give one of them another")
        elif record and value is None:
            found.append(f"{link[0]}: this number has no interval")
        elif record and shown != value:
            found.append(f"{link[0]}: the run gives {value}; run `make store`")
        elif not record and key not in labels and (page or re.search(r"\d|^\s*$", shown)):
            found.append(f"{link[0]}: nothing states a number of this name")
    return found


def labels(chapter):
    """Return the names of the sections of a page: labels, and headings as MyST makes them."""
    text = "\n".join(text for page, _, text in pieces() if page == chapter)
    return set(re.findall(r"^\(([\w-]+)\)=", text, re.MULTILINE)) | {
        re.sub(r"[^\w-]", "", title.lower().replace(" ", "-")) for title in re.findall(r"^#+ (.+)", text, re.MULTILINE)
    }


def test_no_number_is_typed():
    names = names_with_digits()
    found = []
    for chapter, place, text in pieces():
        own = {key.partition(":")[2] for key in STATED if key.startswith(f"{chapter}:")}
        found += [f"{place}: …{words}…" for words in typed_numbers(text, names, STATED.keys() | own)]
    assert found == [], (
        "typed numbers in prose; state each with numbers.state and show it as [value](#key):\n" + "\n".join(found)
    )


def test_every_sentence_carries_the_value_that_the_run_gives():
    found = [
        f"{place}: {fault}"
        for chapter, place, text in pieces()
        for fault in faults(chapter, text, STATED, labels(chapter))
    ]
    assert found == [], "\n".join(found)


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("[64%](#good-idea)", "the run gives 65%"),
        ("[65%](#bad-idea)", "nothing states"),
        ("[](#bad-idea)", "nothing states"),
        ("[1 to 2](#good-idea:interval)", "no interval"),
        ("[3](other.ipynb#cost)", "nothing states"),
        ("[5](#section)", "a section of this page"),
    ],
)
def test_a_sentence_that_says_otherwise_is_found(text, fault):
    stated = {f"trial:{key}": {"text": "65%", "interval_text": None} for key in ("good-idea", "section")}
    assert [line for line in faults("trial", text, stated, {"section"}) if fault in line]
    assert faults("trial", "[65%](#good-idea), [a part](#part-two), [here](#section-two)", stated, {"section"}) == []


@pytest.mark.parametrize(
    "text",
    [
        "65% called it a good idea",
        "some 300 polls",
        "a gap of 21 points",
        "ranked 3rd",
        "at 20:53",
        "two in three adults",
        "two-thirds of them",
        "[65%](#no-such-number) of adults",
        "about 1,200 adults",
        ":::{dropdown} How\nn = 802\n:::",
    ],
)
def test_a_typed_number_is_found(text):
    assert typed_numbers(text)


@pytest.mark.parametrize(
    "text",
    [
        "on 27 and 28 February 2019",
        "from 2017 to 2020",
        "8 March–10 May 2019",
        "in the 1990s",
        "[65%](#good-idea) said so",
        "fell by [3.4](korean-opinion.ipynb#cost)",
        "the Hwasong-15",
        "Resolution 2270",
        "{cite:t}`monmouth-2019-03-07`",
        "`n = 802`",
        "[rows](a1.html#2)",
        "UTC+7",
        "```python\nx = 3\n```",
        "(claims-c7)=\n## Claims",
        "1. first\n2. second",
        "Python 3.11",
        "CC BY 4.0",
        "read by 38 North",
    ],
)
def test_what_no_computation_gives_is_allowed(text):
    assert typed_numbers(text, ["38 North"], {"good-idea", "korean-opinion:cost"}) == []
