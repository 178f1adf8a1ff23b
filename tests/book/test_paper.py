"""The book as one document: every chapter in order, links that stay inside it, and a PDF with pages."""

import re
from concurrent.futures import ThreadPoolExecutor

import html5lib
import pytest

from hanoi.build import paper

HTML = "{http://www.w3.org/1999/xhtml}"


@pytest.fixture(scope="module", params=[3, pytest.param(1, marks=pytest.mark.hard)], ids=["some", "all"])
def printed(built, request):
    """Every third page or every page, and the document of them."""
    pages = paper.order()[:: request.param]
    assert len(pages) * request.param > 15
    return pages, html5lib.parse(paper.joined(built, pages))


def test_chapters_stand_in_the_order_of_the_contents(printed):
    pages, document = printed
    found = [node.get("id") for node in document.iter(f"{HTML}div") if node.get("class") == "paper-chapter"]
    assert found == [f"{page.rpartition('/')[2]}--top" for page in pages]


def test_links_stay_inside_or_lead_to_the_web(printed):
    _, document = printed
    ids = [node.get("id") for node in document.iter() if node.get("id")]
    assert len(ids) == len(set(ids))
    leading = [node.get("href") for node in document.iter(f"{HTML}a") if node.get("href")]
    assert [address for address in leading if address.startswith("#") and address[1:] not in ids] == []
    assert [address for address in leading if not re.match("#|https?:|mailto:", address)] == []


@pytest.mark.hard
def test_the_pdf_has_pages_and_bookmarks(built, chromium, monkeypatch, tmp_path):
    (tmp_path / "html").symlink_to(built)
    monkeypatch.setattr(paper, "BUILD", tmp_path)
    with ThreadPoolExecutor(1) as pool:  # the browser of the other tests runs in this thread
        made = pool.submit(paper.pdf).result().read_bytes()
    assert made.startswith(b"%PDF") and 100 < len(re.findall(rb"/Type\s*/Page\b", made)) < 900
    assert b"/Outlines" in made and not list(built.glob("paper.html"))
