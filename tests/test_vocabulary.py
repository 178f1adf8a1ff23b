"""A word that says something of numbers is computed like them: typed, it would outlive the numbers that made it true."""

import ast
import re

import pytest

from hanoi import numbers, wording
from hanoi.build import ROOT
from tests.conftest import stored

TEXTS = {"title", "subtitle", "source", "alt"}  # of a figure
SAID = (
    r"(?ms)^(?P<fence>```+|:::+)\{(?!finding).*?^(?P=fence)\s*$",  # directives: the method, not what it found
    r"(?m)^(?:#|\(|\||:).*$",  # headings, labels, tables
    r"“[^”]*”|\"[^\"]*\"|`[^`]*`",  # words of others, code
    r"\]\([^)]*\)",
)
WOULD = re.compile(r"\b(?:would|could|might|if|whether|until|unless)\b|\?", re.IGNORECASE)  # claims nothing of what is


def claims(text):
    """Return the sentences of a piece of Markdown that hold a typed claim, each with its word.

    A sentence that cites a source and holds no computed number says what the source says; one that asks, or says what
    would be, claims nothing.
    """
    text = numbers.LINK.sub(lambda found: " 0 " if re.search(r"\d", found[1]) else " ", text)
    cited = re.sub(r"\{cite:\w\}`[^`]*`", "CITED", text)
    for pattern in SAID:
        cited = re.sub(pattern, " ", cited)
    found = []
    for sentence in re.split(r"(?<=[.?!:;])\s+|\n\s*\n|\n- ", cited):
        if WOULD.search(sentence) or ("CITED" in sentence and not re.search(r"\b0\b", sentence)):
            continue
        found += [f"“{word}” in “{' '.join(sentence.split())}”" for word in wording.unguarded(sentence)]
    return found


def typed(code):
    """Yield (field, typed text) for each text of a figure in the code of a notebook; what an f-string computes is left out."""
    tree = ast.parse(code)
    assigned = {
        target.id: node.value
        for node in ast.walk(tree)
        if isinstance(node, ast.Assign)
        for target in node.targets
        if isinstance(target, ast.Name)
    }
    for call in ast.walk(tree):
        if isinstance(call, ast.Call):
            for keyword in call.keywords:
                if keyword.arg in TEXTS:
                    value = keyword.value
                    yield keyword.arg, literal(assigned.get(value.id, value) if isinstance(value, ast.Name) else value)


def literal(node):
    """Return what of a string expression is typed; computed parts become a blank."""
    if isinstance(node, ast.Constant):
        return str(node.value)
    if isinstance(node, ast.JoinedStr):
        return "".join(literal(part) if isinstance(part, ast.Constant) else " … " for part in node.values)
    if isinstance(node, ast.BinOp):
        return literal(node.left) + literal(node.right)
    return " … "


BOOK = stored()
PAGES = {path.stem: path.read_text(encoding="utf-8") for path in sorted((ROOT / "book").glob("*.md"))}


@pytest.mark.parametrize("name", [*BOOK, *PAGES])
def test_no_claim_is_typed(name):
    cells = BOOK[name].cells if name in BOOK else []
    prose = [cell.source for cell in cells if cell.cell_type == "markdown"] or [PAGES.get(name, "")]
    found = [claim for text in prose for claim in claims(text)]
    code = "\n".join(cell.source for cell in cells if cell.cell_type == "code")
    found += [f"“{word}” in the {field} “{text}”" for field, text in typed(code) for word in wording.unguarded(text)]
    assert found == [], (
        f"{name}: {len(found)} typed claims; state each with hanoi.wording and show it as [word](#key):\n"
        + "\n".join(found)
    )


@pytest.mark.parametrize(
    "text",
    [
        "Approval fell from [60%](#a) to [50%](#b).",
        "The fall was the steepest of the series.",
        "Most of them said so.",
        "Monmouth's gap is the smallest.",
        "In one place [3](#a) is more than in the other {cite:p}`x`.",
        "- Few asked.",
        "Two were absent.",
        "On the whole record the test rejects all four.",
        "Three of the four polls say so.",
        "The two stand far apart.",
    ],
)
def test_a_typed_claim_is_found(text):
    assert claims(text)


@pytest.mark.parametrize(
    "text",
    [
        "Approval [fell](#fell) from [60%](#a) to [50%](#b).",
        "Most of them said so, by the report {cite:p}`x`.",
        "It would be the largest.",
        "He called it “the greatest deal”.",
        "At most [3](#a) of them.",
        "## The largest of all",
        "Was it the longest pause?",
    ],
)
def test_what_claims_nothing_is_left_alone(text):
    assert claims(text) == []


def test_a_typed_claim_in_a_figure_is_found_and_a_computed_one_is_not():
    code = 'say = f"the smallest of {n}"\ncharts.show(c, "x", title=f"It {wording.change(a, b)} by {d}", alt="half of it", subtitle=say)'
    assert [(field, wording.unguarded(text)) for field, text in typed(code)] == [
        ("title", []),
        ("alt", ["half"]),
        ("subtitle", ["smallest"]),
    ]


@pytest.mark.parametrize(
    ("made", "word"),
    [
        (wording.change(60, 50), "fell"),
        (wording.change(50, 50.4), "held"),
        (wording.change(50, 51), "rose"),
        (wording.sign(-1, ("under", None, "over")), "under"),
        (wording.sign(0, ("under", None, "over")), wording.REWRITE),
        (wording.share(0), "none"),
        (wording.share(0.2), "few"),
        (wording.share(0.44), "a minority"),
        (wording.share(0.5), "about half"),
        (wording.share(0.56), "most"),
        (wording.share(0.9), "nearly all"),
        (wording.share(1), "all"),
        (wording.majority(0.501), "a majority"),
        (wording.majority(0.5), "half"),
        (wording.extreme(1, [2, 3]), "the smallest"),
        (wording.extreme(3, [2, 1]), "the largest"),
        (wording.extreme(2, [2, 1]), wording.REWRITE),
        (wording.count(2), "two"),
        (wording.count(1300), "1,300"),
        (wording.when(False, "so"), wording.REWRITE),
        (wording.when(False, "so", "not so"), "not so"),
    ],
)
def test_words(made, word):
    assert made == word
