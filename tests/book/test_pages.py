"""The built book: complete, self-contained, and the same bytes wherever it is built."""

import csv
import hashlib
import json
import os
import re
import shutil
import zipfile
from collections import Counter
from pathlib import Path
from urllib.parse import unquote, urldefrag

import nbformat
import pytest

from hanoi import build as room
from hanoi import evidence
from hanoi.build import ROOT, fresh
from hanoi.pages import files, folds, numbers, styles
from hanoi.pages import records as left
from hanoi.pages.sources import clean
from tests.conftest import build, digests

HTML = "{http://www.w3.org/1999/xhtml}"


def copy_book(target):
    target.mkdir()
    for name in ("_config.yml", "_toc.yml"):
        shutil.copy(ROOT / name, target)
    shutil.copytree(ROOT / "book", target / "book", ignore=shutil.ignore_patterns(".ipynb_checkpoints"))
    return target


def links(page):
    """Yield (target, anchor, text) of every link of a page."""
    for link in page.iter(f"{HTML}a"):
        yield *urldefrag(link.get("href") or ""), "".join(link.itertext())


def anchors(page):
    return {node.get("id") for node in page.iter() if node.get("id")}


def test_no_page_has_an_anchor_twice(parsed):
    def twice(page):
        return [
            anchor for anchor, count in Counter(n.get("id") for n in page.iter() if n.get("id")).items() if count > 1
        ]

    assert {name: found for name, page in parsed.items() if (found := twice(page))} == {}


@pytest.mark.elsewhere
def test_two_builds_in_two_folders_are_the_same_bytes(built, tmp_path):
    other = build(copy_book(tmp_path / "elsewhere"), tmp_path / "out")
    assert digests(other) == digests(built)


def test_links_and_anchors_lead_somewhere(built, parsed):
    known = {name: anchors(page) for name, page in parsed.items()}
    broken = set()
    for name, page in parsed.items():
        for target, anchor, _ in links(page) if name != "404.html" else ():
            if re.match(r"[a-z]+:", target) or (not target and not anchor):
                continue
            path = (
                Path(os.path.normpath(Path(name).parent / unquote(target.partition("?")[0]))).as_posix()
                if target
                else name
            )
            if not (built / path).is_file():
                broken.add(f"{name}: {target} is no file of the book")
            elif anchor and path in known and unquote(anchor) not in known[path]:
                broken.add(f"{name}: {path} has no anchor {anchor}")
    assert sorted(broken) == []


def test_every_file_is_linked_or_loaded(built, parsed):
    """Nothing lies in the book that no page and no script of it uses."""
    text = "\n".join(
        path.read_text(encoding="utf-8") for path in built.rglob("*") if path.suffix in (".html", ".js", ".css")
    )
    idle = [
        path.relative_to(built).as_posix()
        for path in sorted(built.rglob("*"))
        if path.is_file()
        and path.name not in text
        and path.relative_to(built).as_posix() not in ("404.html", "index.html", "sitemap.xml")
        and "_static/data/" not in path.as_posix()
        and not (
            path.parent.name == "numbers" and (built / "book" / f"{path.stem}.html").exists()
        )  # loaded by page name
    ]
    assert idle == []


def test_nothing_is_loaded_from_elsewhere(parsed):
    asked = (("script", "src"), ("link", "href"), ("img", "src"), ("iframe", "src"))
    loaded = [
        f"{name}: {node.get(field)}"
        for name, page in parsed.items()
        for tag, field in asked
        for node in page.iter(HTML + tag)
        if re.match(r"(https?:)?//", node.get(field) or "") and node.get("rel") != "canonical"
    ]
    assert loaded == []


def test_pictures_say_what_they_show(parsed):
    silent = []
    for name, page in parsed.items():
        for node in page.iter():
            tag = str(node.tag).rpartition("}")[2]
            alt = (
                node.get("alt")
                if tag == "img"
                else node.get("aria-label")
                if node.get("role") == "img"
                else "none needed"
            )
            if not alt or re.search(r"\.(png|svg)$|[0-9a-f]{32}|^_images", alt):
                silent.append(f"{name}: {tag} {node.get('id') or node.get('src')}")
    assert silent == []


def test_each_figure_can_be_had(built, records):
    for chapter, shown in records.figures.items():
        for name in shown:
            had = [built / "_static" / "figures" / chapter / f"{name}.{kind}" for kind in ("svg", "png", "csv")]
            assert [path.name for path in had if not path.is_file() or path.stat().st_size < 20] == []
            assert had[1].read_bytes().startswith(b"\x89PNG")


def test_every_number_used_leads_to_rows_and_sources(parsed, records):
    stated = {numbers.address(name): number for name, number in records.numbers.items()}
    entries = {}
    for name, page in parsed.items():
        if name.startswith("book/numbers/"):
            entries |= {
                node.get("id"): "".join(node.itertext())
                for node in page.iter()
                if (node.get("id") or "").startswith("n-")
            }
    used = {
        (name, link.get("href")): "".join(link.itertext())
        for name, page in parsed.items()
        for link in page.iter(f"{HTML}a")
        if "number" in (link.get("class") or "").split()
    }
    assert used, "no page shows a computed number"
    for address, number in stated.items():  # a unit stands apart from its number
        entry = " ".join(entries[urldefrag(address)[1]].split())
        assert not number["unit"] or f" {' '.join(number['unit'].split())} " in entry, entry[:80]
    for (name, address), text in used.items():
        entry = entries[urldefrag(address)[1]]
        assert text in (stated[address]["text"], stated[address]["interval_text"]), (
            f"{name} shows {text}, the chapter computes otherwise"
        )
        assert "row" in entry or "none of" in entry
    for name, number in records.numbers.items():
        rows = number["rows"]
        if number["value"] == 0 and not any(part["count"] for part in rows):
            continue  # a count of nothing
        assert sum(part["count"] for part in rows) > 0, f"{name} rests on no row"


def test_the_index_of_numbers_has_every_number_under_its_old_anchor(parsed, records):
    assert {numbers.anchor(name) for name in records.numbers} <= anchors(parsed["book/numbers.html"])


def test_addresses_of_the_first_edition_lead_on(parsed):
    """Pages, sections, figures and numbers of 0.1.0, each on its page or on the page of its kind."""
    with (Path(__file__).with_name("addresses-0.1.0.csv")).open(encoding="utf-8", newline="") as file:
        gone = [
            f"{row['page']}#{row['anchor']}"
            for row in csv.DictReader(file)
            if row["page"] not in parsed or (row["anchor"] and row["anchor"] not in anchors(parsed[row["page"]]))
        ]
    assert gone == []


def test_rows_can_be_had_as_the_tables_state_them(built, records):
    for digest, rows in records.rows.items():
        if not rows["keys"]:
            continue
        place = f"data/{rows['table']}" if left.is_whole(rows) else f"rows/{digest}"  # a whole table is its own file
        header, *lines = (built / "_static" / f"{place}.csv").read_text(encoding="utf-8").splitlines()
        assert header == (evidence.DATA / f"{rows['table']}.csv").read_text(encoding="utf-8").splitlines()[0]
        assert len(lines) >= len(rows["keys"])


def test_every_line_and_claim_is_reachable_and_leads_to_its_chapter(parsed):
    claims = evidence.read("claims")
    ledger = parsed["book/claims-ledger.html"]
    found = {node.get("id"): node for node in ledger.iter() if node.get("id")}
    assert [line for line in range(1, 31) if f"line-{line}" not in found] == []
    assert "claims-ledger.html" in {target for target, *_ in links(parsed["book/index.html"])}
    for claim in claims.itertuples():
        targets = [
            target for target, anchor, _ in links(found[f"claim-{claim.claim_id}"]) if anchor == claim.carried_by
        ]
        assert targets, f"{claim.claim_id} does not lead to {claim.carried_by}"
        page = parsed[f"book/{targets[0] or 'claims-ledger.html'}"]
        assert claim.carried_by in anchors(page), f"{claim.carried_by} is no anchor of {targets[0]}"


def test_tables_can_be_had(built):
    folder = built / "_static" / "data"
    own = {
        path.relative_to(evidence.DATA).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in files.data_files()
    }
    assert own == {name: digest for name, digest in digests(folder).items() if "after-hanoi-data.zip" not in name}
    stated, name = (folder / "after-hanoi-data.zip.sha256").read_text().split()
    assert hashlib.sha256((folder / name).read_bytes()).hexdigest() == stated
    with zipfile.ZipFile(folder / name) as package:
        assert package.testzip() is None and len(package.namelist()) == len(own)
        assert {entry.compress_type for entry in package.infolist()} == {zipfile.ZIP_STORED}


def test_each_page_names_what_made_it(parsed):
    for name, page in parsed.items():
        if name.startswith("book/"):
            text = "".join(page.itertext())
            assert fresh.digest("data")[:12] in text and "jupyter-book 1.0.4" in text, name


def test_no_page_names_a_machine(built):
    named = [
        path.relative_to(built).as_posix()
        for path in built.rglob("*")
        if path.suffix in (".html", ".js", ".css", ".ipynb")
        and re.search(rf"{ROOT}|/root/|/tmp/", path.read_text(encoding="utf-8"))
    ]
    assert named == []


def test_every_page_has_title_description_language_and_mark(parsed):
    for name, page in parsed.items():
        assert page.get("lang") == "en", name
        title = next(page.iter(f"{HTML}title")).text
        assert title and "<no title>" not in title, name
        assert any(node.get("rel") == "icon" for node in page.iter(f"{HTML}link")) or name == "404.html", name
        if name.startswith("book/") and name.count("/") == 1:
            said = [node.get("content") for node in page.iter(f"{HTML}meta") if node.get("name") == "description"]
            assert said and 40 < len(said[0]) <= 210, name


def test_outputs_older_than_their_tables_are_refused(tmp_path):
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "polls.csv").write_text("new")
    stored = nbformat.v4.new_notebook(metadata={"after_hanoi": {"inputs": {"data/polls.csv": "0" * 16}}})
    assert left.stale({"trial": stored}, tmp_path) == ["book/trial.ipynb: stored outputs are older than data/polls.csv"]
    stored.metadata["after_hanoi"]["inputs"]["data/polls.csv"] = room.digest(tmp_path / "data" / "polls.csv")
    assert left.stale({"trial": stored}, tmp_path) == []
    never = left.stale({"trial": nbformat.v4.new_notebook()}, tmp_path)
    assert never == ["book/trial.ipynb: stored outputs are older than never run"]


def test_dataset_description(parsed):
    page = parsed["book/data.html"]
    script = next(node for node in page.iter(f"{HTML}script") if node.get("type") == "application/ld+json")
    described = json.loads(script.text)
    assert described["@type"] == "Dataset" and described["@context"].startswith("https://schema.org")
    assert 50 <= len(described["description"]) <= 5000
    for field in ("name", "license", "creator", "version", "keywords", "distribution"):
        assert described[field]


@pytest.mark.parametrize(
    ("source", "said"),
    [("# Gallup's answers\nx = 1", "Code: Gallup's answers"), ("x = 1  # one", "Code"), ("#\nx = 1", "Code")],
)
def test_a_fold_says_what_its_code_does(source, said):
    assert folds.label(source) == said


@pytest.mark.parametrize("name", ["all.bib", "all.ris"])
def test_sources_for_reference_managers(built, name):
    text = (built / "_static" / "sources" / name).read_text(encoding="utf-8")
    assert text.count("@misc{" if name.endswith("bib") else "TY  - ") == len(evidence.read("sources"))


@pytest.mark.parametrize(
    ("stated", "shown"),
    [
        ("https://nobody.example/a?no=3&utm_source=b&fbclid=c#d", "https://nobody.example/a?no=3#d"),
        ("https://nobody.example/a?ref=b", "https://nobody.example/a"),
        ("https://nobody.example/a?page=2&source=book&cid=7", "https://nobody.example/a?page=2&source=book&cid=7"),
        ("http://nobody.example/?no=%ea", "http://nobody.example/?no=%ea"),
        ("http://www.38north.org/2019/02/", "https://www.38north.org/2019/02/"),
    ],
)
def test_addresses_are_shown_without_trackers_and_by_https_where_other_rows_have_it(stated, shown):
    assert clean(stated) == shown


def test_no_page_leads_on_with_a_tracker(parsed):
    tracked = {
        target
        for page in parsed.values()
        for target, *_ in links(page)
        if re.search(r"[?&](utm_\w+|fbclid|mc_eid|ref|PHPSESSID)=", target)
    }
    assert tracked == set()


def test_the_citation_box_of_a_chapter_is_the_end_of_its_page(built, records):
    """It once stood above the title, on pages that begin with a label."""
    for name in records.titles:
        page = (built / "book" / f"{name}.html").read_text(encoding="utf-8")
        article = page[page.index('<article class="bd-article"') : page.index("</article>")]
        assert max(article.index("<h1"), article.rfind("<h2")) < article.index('class="cite-box"'), name


def test_each_page_names_the_sheet_by_its_content(built, parsed):
    """So that no browser shows a page with the sheet of an older book."""
    sheet = (built / "_static" / styles.NAME).read_bytes()
    for name, page in parsed.items():
        links = [link.get("href") for link in page.iter(f"{HTML}link") if link.get("rel") == "stylesheet"]
        alone = name in ("index.html", "404.html")
        up = "../" * name.count("/")
        assert links == ([] if alone else [f"{up}_static/{styles.NAME}?v={styles.key(sheet)}"]), name
    assert [path.name for path in built.rglob("*.css")] == [styles.NAME]
