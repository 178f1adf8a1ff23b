"""The book in a real browser, served below a path and opened as a file: what readers do with it."""

import gzip
import math
import re
from pathlib import Path

import pytest

from hanoi import positions
from hanoi.build import ROOT
from tests.book.test_access import pages
from tests.book.test_words import CHAPTERS

QUESTIONS = [
    line.split("\t") for line in (Path(__file__).with_name("questions.tsv")).read_text(encoding="utf-8").splitlines()
]


@pytest.mark.parametrize("way", ["served", "file"])
def test_a_number_shows_what_stands_behind_it(opened, records, way):
    chapter = "korean-opinion"
    tab, wrong = opened(f"book/{chapter}.html", way=way)
    link = tab.locator("a.number").first
    text = link.inner_text()
    link.click()
    box = tab.locator("#number-box")
    box.wait_for()
    key = link.get_attribute("href").partition("--")[2]
    number = records.numbers[f"{chapter}:{key}"]
    assert (
        text in (number["text"], number["interval_text"])
        and number["how"] in box.inner_text()
        and "row" in box.inner_text()
    )
    tab.keyboard.press("Escape")
    assert box.is_hidden() and tab.evaluate("document.activeElement.classList.contains('number')")
    assert tab.url.endswith(f"{chapter}.html") and wrong == []


def test_a_number_by_keyboard_and_on_to_its_rows(opened):
    tab, wrong = opened("book/korean-opinion.html")
    tab.locator("h1").click()
    for _ in range(60):
        tab.keyboard.press("Tab")
        if tab.evaluate("document.activeElement.matches('a.number')"):
            break
    box = tab.locator("#number-box")
    box.wait_for()
    box.get_by_role("link", name="full entry").click()
    entry = tab.locator(".number-entry:target")
    with tab.expect_download() as rows:
        entry.locator("a", has_text=" of ").first.click()
    assert rows.value.suggested_filename.endswith(".csv") and wrong == []


def test_without_script_a_number_is_a_link_and_every_figure_is_there(opened, records):
    tab, _ = opened("book/korean-opinion.html", script=False)
    assert tab.locator("figure.drawn").count() == len(records.figures["korean-opinion"])
    tab.locator("a.number").first.click()
    tab.locator(".number-entry:target").wait_for()
    assert tab.locator(".number-entry:target").count() == 1


@pytest.mark.parametrize("way", ["served", "file"])
def test_a_question_finds_its_page_first(opened, way):
    tab, wrong = opened("search.html", way=way)
    lost = []
    for question, page in QUESTIONS:
        tab.locator("#search-form input").fill(question)
        first = tab.locator("#search-results a").first
        found = first.get_attribute("href") if tab.locator("#search-results a").count() else "nothing"
        if not re.match(rf"book/{page}\.html", found):
            lost.append(f"{question}: {found}, not {page}")
    assert lost == [] and wrong == [] and len(QUESTIONS) >= 20


def test_the_search_finds_a_number_that_the_text_states_and_no_code(opened):
    tab, _ = opened("search.html?q=65%25")
    assert tab.locator("#search-results a").count()
    tab.locator("#search-form input").fill("evidence.read")
    assert not any("evidence.read(" in text for text in tab.locator("#search-results p").all_inner_texts())


@pytest.mark.parametrize(
    ("page", "word"), [("claims-ledger", "Yongbyon"), ("numbers", "korean"), ("sources", "Monmouth")]
)
def test_long_lists_are_filtered_without_a_server(opened, page, word):
    tab, wrong = opened(f"book/{page}.html", way="file")
    entry = ".ledger-claim" if page == "claims-ledger" else "[data-item]"
    every = tab.locator(entry).count()
    tab.locator(".list-filter input").fill(word)
    shown = tab.locator(f"{entry}:visible")
    assert 0 < shown.count() < every
    assert all(word.lower() in text.lower() for text in shown.all_text_contents())
    tab.locator(".list-filter button").click()
    assert tab.locator(f"{entry}:visible").count() == every and wrong == []


@pytest.mark.parametrize(
    ("chapter", "words"),
    [
        ("american-opinion", "Search the American answers"),
        ("korean-opinion", "South Korean"),
        ("expert-positions", "Search the statements"),
        ("site-activity", "rows of the table"),
        ("negotiating-table", "Search the rows"),
    ],
)
def test_a_chapter_leads_to_its_rows_and_every_column_is_seen(opened, chapter, words):
    tab, wrong = opened(f"book/{chapter}.html", way="file")
    link = tab.get_by_role("link", name=words, exact=True)
    country = re.search(r"country=(\w+)", link.get_attribute("href") or "")
    link.click()
    tab.wait_for_selector(".list-filter output")
    shown = tab.locator("[data-item]:visible")
    assert shown.count() > 0 and wrong == []
    if country:
        assert 0 < shown.count() < tab.locator("[data-item]").count()
        assert set(shown.evaluate_all("rows => rows.map(row => row.dataset.country)")) == {country[1]}
    assert tab.evaluate("(e => e.scrollWidth - e.clientWidth)(document.querySelector('.explore'))") == 0


def chosen(tab):
    """Return the rows of the table that are marked, as text, and the sentence above the choices."""
    return tab.locator("tr[aria-current]").all_inner_texts(), tab.locator(".spec-shown [role=status]").inner_text()


@pytest.mark.parametrize("way", ["served", "file"])
def test_a_counting_rule_moves_the_share_and_has_an_address(opened, records, way):
    page = "book/explore/specifications.html"
    tab, wrong = opened(page, way=way)
    (as_in_book,), said = chosen(tab)
    assert as_in_book == tab.locator("tbody tr").first.inner_text()
    assert said.startswith(f"{records.numbers['expert-positions:small-steps']['text']} for small steps")
    tab.locator("input[type=radio]").first.focus()
    tab.keyboard.press("ArrowDown")
    offered = tab.locator("label:has(:checked) .spec-share").first.inner_text()
    (row,), moved = chosen(tab)
    assert row.startswith("step 1 only") and row != as_in_book and moved.startswith(f"{offered} for small steps")
    assert tab.url.endswith(f"{page}?definition=step+1+only")
    tab.reload()
    assert chosen(tab) == ([row], moved)
    tab.get_by_role("button", name="Lowest share").click()
    assert " 0 of 480 ways give a lower share" in chosen(tab)[1]
    tab.get_by_role("button", name="As in the book").click()
    assert chosen(tab) == ([as_in_book], said) and tab.url.endswith(page) and wrong == []


def test_without_script_every_way_of_counting_is_in_the_table(opened, records):
    tab, _ = opened("book/explore/specifications.html", script=False)
    rows = records.figures["methods-experts"]["experts-specifications"]["csv"].splitlines()[1:]
    assert tab.locator("tbody tr").count() == len(rows) == math.prod(map(len, positions.CHOICES.values()))
    assert tab.locator("form[aria-label='How to count']").is_hidden()


SCREENS = 20  # of a phone that a chapter may be long, its folds closed


def test_chapters_are_read_on_a_phone_in_few_screens(walked, parsed):
    """Figures that are not loaded yet hold their room."""
    names = [page for page in pages(parsed) if page.count("/") == 1 and re.fullmatch(CHAPTERS, Path(page).stem)]
    height = "document.querySelector('article.bd-article').getBoundingClientRect().height / innerHeight"
    long = {page: round(tab.evaluate(height), 1) for page, tab, _ in walked(names, width=390, height=844)}
    print(long)
    assert len(long) == 10
    assert {page: length for page, length in long.items() if length > SCREENS} == {}


def test_chapters_and_contents_open_as_drawers_on_a_phone(opened):
    tab, wrong = opened("book/korean-opinion.html", width=390)
    for name in ("Chapters", "Contents of this page"):
        tab.get_by_role("button", name=name).click()
        assert tab.locator("dialog[open] a").first.is_visible()
        tab.keyboard.press("Escape")
        assert tab.locator("dialog[open]").count() == 0
    assert wrong == []


def test_colours_change_and_nothing_breaks_where_storage_is_denied(opened):
    tab, wrong = opened("book/index.html")
    tab.add_init_script(
        "Object.defineProperty(window, 'localStorage', { get() { throw new DOMException('denied'); } })"
    )
    tab.reload()
    tab.locator("[data-do=theme]").click()
    assert tab.evaluate("document.documentElement.dataset.theme") == "dark" and wrong == []


def test_an_address_that_does_not_exist_leads_home_and_to_the_search(opened, built, served):
    tab, _ = opened("book/index.html")
    tab.route(
        "**/no/such/page",
        lambda route: route.fulfill(status=404, content_type="text/html", body=(built / "404.html").read_text()),
    )
    tab.goto(f"{served}/no/such/page")
    tab.wait_for_function("document.getElementById('home').getAttribute('href').includes('/some/project/')")
    tab.locator("#home").click()
    assert tab.locator("h1").first.inner_text().startswith("After Hanoi")


def test_a_page_prints_dark_ink_on_white_paper(opened):
    tab, _ = opened("book/korean-opinion.html", scheme="dark")
    tab.emulate_media(media="print", color_scheme="dark")
    ink, paper = (tab.evaluate(f"getComputedStyle(document.body).{name}") for name in ("color", "backgroundColor"))
    assert (ink, paper) == ("rgb(0, 0, 0)", "rgb(255, 255, 255)")
    assert not tab.locator("details.fold").first.is_visible()
    printed = tab.pdf(format="A4")
    assert printed.startswith(b"%PDF") and 3 < len(re.findall(rb"/Type\s*/Page\b", printed)) < 40


@pytest.mark.parametrize(("page", "most"), [("book/index.html", 250_000), ("book/korean-opinion.html", 350_000)])
def test_the_first_view_is_light(opened, built, page, most):
    """All bytes until the page has loaded, without scrolling, each file compressed as servers do."""
    assert weight(opened, built, page) <= most


@pytest.mark.hard
def test_the_first_view_of_every_chapter_is_light(opened, built, parsed):
    heavy = {
        page: size for page in pages(parsed) if page.count("/") == 1 and (size := weight(opened, built, page)) > 350_000
    }
    assert heavy == {}


def weight(opened, built, page):
    tab, _ = opened(page)
    loaded = tab.evaluate("performance.getEntriesByType('resource').map(entry => new URL(entry.name).pathname)")
    paths = {page, *(path.partition("/some/project/book/")[2] for path in loaded)} - {""}
    return sum(len(gzip.compress((built / path).read_bytes(), 9, mtime=0)) for path in paths)


def test_the_book_is_not_heavy(built):
    assert sum(path.stat().st_size for path in built.rglob("*") if path.is_file()) <= 47e6  # aim: 40e6


def test_questions_name_pages_of_the_book():
    chapters = set(re.findall(r"file: book/([\w-]+)", (ROOT / "_toc.yml").read_text(encoding="utf-8"))) | {"index"}
    assert {page for _, pages_ in QUESTIONS for page in re.findall(r"[\w-]+", pages_)} <= chapters
