"""Text is shown as it stands or refused with its place: never altered, never lost, never run."""

import csv
import io
import json
import re

import html5lib
import pandas as pd
import pytest
from docutils.core import publish_doctree
from myst_parser.parsers.docutils_ import Parser
from pybtex.database import parse_string

from hanoi import charts
from hanoi.charts import publish
from hanoi.pages import dataset, files, numbers, sources

NUMBER = "[3](one.ipynb#polls)"
SHOWN = {  # places in which a number is shown; each stands on the small page of test_small_book.py too
    "a sentence": f"It holds {NUMBER}.",
    "a caption": f":::{{figure}} mark.svg\n:alt: x\nCaption {NUMBER}\n:::",
    "a table's title": f"```{{table}} Title {NUMBER}\n| a |\n|---|\n| b |\n```",
    "a footnote": f"Text[^f].\n\n[^f]: Note {NUMBER}.",
    "a table cell": f"| a |\n|---|\n| {NUMBER} |",
    "an admonition's title": f":::{{admonition}} Title {NUMBER}\nbody\n:::",
    "a dropdown's title": f":::{{dropdown}} Title {NUMBER}\nbody\n:::",
    "a definition": f"Term {NUMBER}\n: it is {NUMBER}",
    "a list": f"- item {NUMBER}",
    "a quotation": f"> said {NUMBER}",
    "bold": f"**{NUMBER}**",
}
REFUSED = [  # Markdown, line, what the refusal says
    (f"# Title\n\n## Has {NUMBER} polls", 3, "a heading"),
    (f"one\n\nHas {NUMBER} polls\n------", 3, "a heading"),
    (f"one\n\n```{{note}}\n\n# Has {NUMBER}\n```", 5, "a heading"),
    (f"one\n![alt {NUMBER}](mark.svg)", 2, "the alt text of an image"),
    (f"one\n\n[see {NUMBER} there](two.ipynb)", 3, "the text of another link"),
    (f"one\n\n<p>raw {NUMBER}</p>", 3, "HTML"),
]


@pytest.mark.parametrize("text", SHOWN.values(), ids=SHOWN)
def test_a_number_is_admitted_where_it_can_be_shown(text):
    assert numbers.misplaced(f"# Title\n\n{text}\n") == []


@pytest.mark.parametrize(("text", "line", "what"), REFUSED)
def test_a_number_is_refused_with_its_line_where_it_cannot(text, line, what):
    found = numbers.misplaced(text)
    assert [place for place, _ in found] == [line] and found[0][1].startswith(what)


PAYLOADS = [  # what a row may hold
    *(
        "% of adults",
        "%",
        "%a",
        "+++",
        "+++ x",
        "+ x",
        "- item",
        "-",
        "---",
        "----",
        "1. one",
        "1) one",
        "2019. The year",
    ),
    *("* x", "***", "___", "# h", "#", "=====", "> q", "~~~ x", "```", "```{note}", ":::{note}", ": def", ":smile:"),
    *(
        "| a | b |",
        "a||b",
        "[x](y)",
        "![x](y)",
        "[^1]: x",
        "[x]: y",
        "(label)=",
        "{#id}",
        "[a]{.b}",
        "x{.c}",
        "{{ x }}",
    ),
    *("{cite}`x`", "{doc}`x`", "`", "``a`", "$x$", "$$", "a $5 and $7", r"\(x\)", r"\begin{equation}x\end{equation}"),
    *("<!-- <script>alert(1)</script>", "<b>x</b>", "x <br> y", "-->", "&amp; &lt;", "&copy;", "<https://x.org>"),
    *("\\", "a\\b\\", r"\%", "~x~", "H~2~O", "^x^", "a*b*c_d_e", "https://[", "https://example.org/~a_b\\c", "@x"),
    *(
        "\"quoted\" 'it's' -- --- ...",
        "(c) (r) (tm)",
        "=1+1",
        "+1",
        "-1",
        "@SUM(A1)",
        "- [x] t",
        "a\u0300\u0301",
        "한국",
        "🙂",
    ),
]
PLACES = {  # place → Markdown around the text, and what is read there
    "a paragraph": ("{}", "{}"),
    "the middle of a sentence": ("Before {} after", "Before {} after"),
    "an item of a list": ("- {}", "{}"),
    "a block with a class": (":::{{note}}\n{{.text}}\n{}\n:::", "{}"),
}


def seen(markdown):
    """Return the text of Markdown with the extensions of the book, as it is read, and what the parser warns of."""
    warned = io.StringIO()
    settings = {
        "myst_enable_extensions": ["colon_fence", "attrs_inline", "attrs_block", "deflist", "dollarmath", "amsmath"],
        "report_level": 2,
        "halt_level": 6,
        "warning_stream": warned,
    }
    return " ".join(
        publish_doctree(markdown, parser=Parser(), settings_overrides=settings).astext().split()
    ), warned.getvalue()


@pytest.mark.parametrize("text", PAYLOADS)
def test_the_text_of_a_row_is_shown_as_it_stands(text):
    for around, told in PLACES.values():
        assert seen(around.format(publish.literal(text))) == (told.format(text), "")


@pytest.mark.parametrize("text", PAYLOADS)
def test_the_text_of_a_table_is_shown_as_it_stands(text, monkeypatch):
    shown = []
    monkeypatch.setattr(publish, "display", lambda data, raw: shown.append(data["text/markdown"]))
    charts.table(pd.DataFrame({"a": [text]}), text)
    assert seen(shown[0]) == (f"{text} a {text}", "")


TITLES = [
    *(
        "a {b} c",
        "a } b { c",
        "{",
        "$5 and $7",
        "\"quoted\" 'x'",
        "``x''",
        "50% & more",
        "a_b^c~d",
        "back\\slash",
        "#1",
        "\\{",
    ),
    *(
        "en -- em ---",
        "¿que? ¡si!",
        "!`x",
        "<<x>>",
        "@misc{x,",
        "a, b = c",
        "=1+1",
        "e\u0301 ü 한국",
        "<b>x</b>",
        "Smith and Sons",
    ),
]
SIGNS = {f"\\{sign}": sign for sign in "$&%#_"} | {
    r"\textbackslash{}": "\\",
    r"\textbraceleft{}": "{",
    r"\textbraceright{}": "}",
    r"\textasciitilde{}": "~",
    r"\textasciicircum{}": "^",
    "{}": "",
}


def latex_shows(text):
    """Return what LaTeX shows for a field of a bibliography that stands in braces."""
    assert text.startswith("{") and text.endswith("}")
    found = re.sub("|".join(map(re.escape, SIGNS)), lambda sign: "\0" + sign[0] + "\0", text[1:-1])
    bare = re.sub("\0.*?\0", "\1", found)
    assert not re.search(r"[\\{}$&%#_~^]|--|``|''|,,|<<|>>|[?!]`", bare), bare
    return "".join(SIGNS[part] if place % 2 else part for place, part in enumerate(found.split("\0")))


@pytest.mark.parametrize("title", TITLES)
def test_a_title_is_shown_as_it_stands_by_those_who_read_the_bibliography(title):
    url = "https://example.org/~a_b/%20x?q=1&r=$2#z"
    row = {
        "source_id": "s-1",
        "title": title,
        "author": title,
        "publisher": title,
        "date_published": "2019-02",
        "url": url,
    }
    rows = pd.DataFrame([row, row | {"source_id": "s-2", "title": "next"}])
    found = parse_string(sources.bibtex(rows), "bibtex").entries
    assert list(found) == ["s-1", "s-2"]
    fields = found["s-1"].fields
    assert latex_shows(fields["title"]) == latex_shows(fields["howpublished"]) == title
    assert (fields["url"], fields["year"], fields["date"]) == (url, "2019", "2019-02")
    people = found["s-1"].persons["author"]
    assert len(people) == 1 and latex_shows(str(people[0])) == title
    assert f"TI  - {title}\n" in sources.ris(rows) and f"UR  - {url}\n" in sources.ris(rows)


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        ("https://example.org/~a?x=a%20b~c&utm_source=x", "https://example.org/~a?x=a%20b~c"),
        ("https://example.org/?fbclid=1#top", "https://example.org/#top"),
        ("https://example.org/?a&b=&c=1+2", "https://example.org/?a&b=&c=1+2"),
        ("https://example.org/?q=%EA%B0%80&UTM_medium=1&p=(x)", "https://example.org/?q=%EA%B0%80&p=(x)"),
        ("https://example.org/a?", "https://example.org/a?"),
    ],
)
def test_an_address_loses_its_trackers_and_nothing_else(url, shown):
    assert sources.clean(url) == shown


def test_a_description_ends_no_script(monkeypatch):
    said = "<!-- <script> </script> ]]> \u2028"
    monkeypatch.setattr(dataset, "dataset", lambda: {"description": said})
    context = {}
    dataset.add(None, dataset.PAGE, "", context, None)
    page = html5lib.parse(f"<body>{context['metatags']}<p>after</p>", namespaceHTMLElements=False)
    assert [text.text for text in page.iter("p")] == ["after"]
    assert [json.loads(script.text)["description"] for script in page.iter("script")] == [said]


@pytest.mark.parametrize(
    "cell", ['=HYPERLINK("https://x.org")', "+1+cmd|' /C calc'!A0", "-2+3", "@SUM(1,2)", "-", "＝1+1", "+ x"]
)
def test_a_download_runs_no_formula(cell):
    made = io.StringIO()
    csv.writer(made, lineterminator="\n").writerows([["a", "b"], [cell, "x, y"]])
    assert list(csv.reader(io.StringIO(files.as_text(made.getvalue())))) == [["a", "b"], [f"'{cell}", "x, y"]]


def test_a_download_without_a_formula_keeps_its_bytes():
    table = 'a,b\n-1,"x, ""y"""\n-0.5,+3\n2019-02-28,a=b\n-1.2e-05,-5%\n'
    assert files.as_text(table) == table
