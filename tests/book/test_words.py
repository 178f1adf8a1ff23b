"""The built text can be read: few numbers in a hundred words, few intervals a paragraph, findings that can be repeated.

Counted are computed values in running text, an interval as one; not dates, names, tables, captions and folds.
"""

import re

import html5lib
import pytest

HTML = "{http://www.w3.org/1999/xhtml}"
MOST, AIM = 6, 4  # computed values in any hundred words: what fails, and what is aimed at
MOST_INTERVALS, AIM_INTERVALS = 2, 1  # in a paragraph
FINDING = 25  # words of a finding
SKIPPED = {"table", "figure", "details", "figcaption", "script", "style", "nav", "footer", "pre"}
CHAPTERS = "why-it-failed|summit|negotiating-table|site-activity|(american|korean)-opinion|expert-positions|missile-tests|talks-and-activity|claims-ledger"


def paragraphs(page):
    """Yield each paragraph of running text as a list of (word, is a computed value, is an interval)."""

    def walk(node):
        name = str(node.tag).removeprefix(HTML)
        if name in SKIPPED or "sidebar" in (node.get("class") or "") or "ledger-" in (node.get("class") or ""):
            return
        if name in ("p", "li") and not any(child.tag == f"{HTML}p" for child in node):
            yield list(words(node))
            return
        for child in node:
            yield from walk(child)

    article = next(node for node in page.iter(f"{HTML}article"))
    yield from (found for found in walk(article) if found)


def words(node, value=False, interval=False):
    """Yield the words of a paragraph; a computed value with a digit is one word."""
    if node.tag == f"{HTML}a" and "number" in (node.get("class") or "").split():
        text = "".join(node.itertext())
        if re.search(r"\d", text):
            yield text, True, bool(re.search(r"\d.* to .*\d", text))
            return
    yield from ((word, False, False) for word in re.findall(r"\w[\w'’.-]*", node.text or ""))
    for child in node:
        if "visually-hidden" not in (child.get("class") or ""):
            yield from words(child)
        yield from ((word, False, False) for word in re.findall(r"\w[\w'’.-]*", child.tail or ""))


def density(page):
    """Return the highest count of computed values in a hundred words, with the words around it."""
    text = [word for paragraph in paragraphs(page) for word in paragraph]
    counts = [sum(word[1] for word in text[at : at + 100]) for at in range(max(1, len(text) - 99))]
    at = max(range(len(counts)), key=lambda place: (counts[place], -place))
    return counts[at], " ".join(word[0] for word in text[at : at + 100])


def crowded(page):
    """Yield (intervals, words) of each paragraph with more intervals than one aims at."""
    for paragraph in paragraphs(page):
        count = sum(word[2] for word in paragraph)
        if count > AIM_INTERVALS:
            yield count, " ".join(word[0] for word in paragraph)


def chapters(parsed):
    return {name: parsed[name] for name in parsed if re.fullmatch(rf"book/({CHAPTERS})\.html", name)}


def test_no_hundred_words_hold_too_many_numbers(parsed):
    found = {name: density(page) for name, page in chapters(parsed).items()}
    above = [f"{name}: {count} in “{text}”" for name, (count, text) in found.items() if count > AIM]
    print("\n".join(above))
    assert [line for line, (count, _) in zip(found, found.values(), strict=True) if count > MOST] == [], "\n".join(
        above
    )


def test_no_paragraph_holds_more_than_two_intervals(parsed):
    found = [(name, *pair) for name, page in chapters(parsed).items() for pair in crowded(page)]
    told = "\n".join(f"{name}: {count} in “{text}”" for name, count, text in found)
    print(told)
    assert [name for name, count, _ in found if count > MOST_INTERVALS] == [], told


def test_a_finding_can_be_repeated(parsed):
    findings = [
        [word for paragraph in paragraphs_of(node) for word in paragraph]
        for node in parsed["book/index.html"].iter(f"{HTML}div")
        if "finding-words" in (node.get("class") or "").split()
    ]
    assert len(findings) == 6
    wrong = [
        f"{len(finding)} words, {sum(word[1] for word in finding)} numbers: {' '.join(word[0] for word in finding)}"
        for finding in findings
        if len(finding) > FINDING or sum(word[1] for word in finding) != 1
    ]
    assert wrong == [], "\n".join(wrong)


def paragraphs_of(node):
    """Return the words of the first paragraph of a finding; a second one leads to the chapter."""
    return [list(words(next(node.iter(f"{HTML}p"))))]


@pytest.mark.parametrize(
    ("text", "count", "intervals"),
    [
        ('<p>In <a class="reference number" href="#">65%</a> of cases</p>', 1, 0),
        ('<p><a class="number" href="#">62% to 68%</a></p><p>more</p>', 1, 1),
        ('<p>see <a href="#">the chapter</a> of 2019</p>', 0, 0),
        ('<table><tr><td><a class="number" href="#">5</a></td></tr></table><p>x</p>', 0, 0),
        ('<details><p><a class="number" href="#">5</a></p></details><p>x</p>', 0, 0),
        ('<p><a class="number" href="#">the largest</a></p>', 0, 0),
    ],
)
def test_what_is_counted(text, count, intervals):
    page = html5lib.parse(f"<article>{text}</article>")
    assert density(page)[0] == count
    assert sum(word[2] for paragraph in paragraphs(page) for word in paragraph) == intervals
