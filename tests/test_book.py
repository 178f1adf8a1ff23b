"""The built book: complete, self-contained, accessible, and the same bytes wherever it is built."""

import functools
import hashlib
import http.server
import json
import os
import re
import shutil
import subprocess
import sys
import threading
import zipfile
from pathlib import Path
from urllib.parse import unquote, urldefrag

import html5lib
import nbformat
import pytest
from playwright.sync_api import sync_playwright

from hanoi import build as room
from hanoi import evidence
from hanoi.build import ROOT
from hanoi.pages import files, numbers
from hanoi.pages import records as left

HTML = "{http://www.w3.org/1999/xhtml}"


def build(source, output):
    """Build the book of ``source`` below ``output`` as a user does, warnings as errors; return the HTML folder."""
    done = subprocess.run(
        [
            Path(sys.executable).with_name("jupyter-book"),
            "build",
            source,
            "--path-output",
            output,
            "--all",
            "-W",
            "-n",
            "--keep-going",
        ],
        capture_output=True,
        text=True,
        cwd=source,
        check=False,
    )
    assert done.returncode == 0, "\n".join(
        line for line in (done.stdout + done.stderr).splitlines() if re.search("WARNING|ERROR|Error|book/", line)
    )
    assert Path(output, "_build", "html", "book", "index.html").is_file()
    return Path(output, "_build", "html")


def copy_book(target):
    target.mkdir()
    for name in ("_config.yml", "_toc.yml"):
        shutil.copy(ROOT / name, target)
    shutil.copytree(ROOT / "book", target / "book", ignore=shutil.ignore_patterns(".ipynb_checkpoints"))
    return target


def digests(folder):
    return {
        path.relative_to(folder).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


@pytest.fixture(scope="module")
def built(tmp_path_factory):
    return build(ROOT, tmp_path_factory.mktemp("book"))


@pytest.fixture(scope="module")
def parsed(built):
    """Return page name → parsed HTML, for every page of the book."""
    return {
        path.relative_to(built).as_posix(): html5lib.parse(path.read_text(encoding="utf-8"))
        for path in sorted(built.rglob("*.html"))
        if "_static" not in path.parts
    }


@pytest.fixture(scope="module")
def records():
    return left.Records.of(
        {path.stem: nbformat.read(path, as_version=4) for path in sorted((ROOT / "book").glob("*.ipynb"))}
    )


def test_two_builds_in_two_folders_are_the_same_bytes(built, tmp_path):
    other = build(copy_book(tmp_path / "elsewhere"), tmp_path / "out")
    assert digests(other) == digests(built)


def test_links_and_anchors_lead_somewhere(built, parsed):
    anchors = {name: {node.get("id") for node in page.iter() if node.get("id")} for name, page in parsed.items()}
    broken = []
    for name, page in parsed.items():
        if name == "404.html":
            continue
        for link in page.iter(f"{HTML}a"):
            target, anchor = urldefrag(link.get("href") or "")
            if re.match(r"[a-z]+:", target) or (not target and not anchor):
                continue
            path = Path(os.path.normpath(Path(name).parent / unquote(target))).as_posix() if target else name
            if not (built / path).is_file():
                broken.append(f"{name}: {target} is no file of the book")
            elif anchor and path in anchors and unquote(anchor) not in anchors[path]:
                broken.append(f"{name}: {path} has no anchor {anchor}")
    assert sorted(set(broken)) == []


def test_nothing_is_loaded_from_elsewhere(parsed):
    loaded = [
        f"{name}: {node.get(field)}"
        for name, page in parsed.items()
        for node in page.iter()
        for tag, field in (
            (f"{HTML}script", "src"),
            (f"{HTML}link", "href"),
            (f"{HTML}img", "src"),
            (f"{HTML}iframe", "src"),
        )
        if node.tag == tag
        and re.match(r"(https?:)?//", node.get(field) or "")
        and node.get("rel") not in ("canonical",)
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
            files = [built / "_static" / "figures" / chapter / f"{name}.{kind}" for kind in ("svg", "png", "csv")]
            assert [path.name for path in files if not path.is_file() or path.stat().st_size < 20] == []
            assert files[1].read_bytes().startswith(b"\x89PNG")


def test_every_number_used_leads_to_rows_and_sources(parsed, records):
    index = parsed["book/numbers.html"]
    entries = {
        node.get("id"): "".join(node.itertext()) for node in index.iter() if (node.get("id") or "").startswith("n-")
    }
    used = {
        (name, urldefrag(link.get("href"))[1]): "".join(link.itertext())
        for name, page in parsed.items()
        for link in page.iter(f"{HTML}a")
        if "number" in (link.get("class") or "").split()
    }
    assert used, "no page shows a computed number"
    stated = {numbers.entry(name): number for name, number in records.numbers.items()}
    for (name, entry), text in used.items():
        assert entry in entries, f"{name}: {text} leads to no entry"
        assert text in (stated[entry]["text"], stated[entry]["interval_text"]), (
            f"{name} shows {text}, the chapter computes otherwise"
        )
        assert "row" in entries[entry] or "none of" in entries[entry]
    for name in records.numbers:
        rows = records.numbers[name]["rows"]
        if records.numbers[name]["value"] == 0 and not any(part["count"] for part in rows):
            continue  # a count of nothing
        assert sum(part["count"] for part in rows) > 0, f"{name} rests on no row"
        assert records.sources(records.numbers[name]) or {part["table"] for part in rows} <= {"codebook"}, (
            f"{name} has no source"
        )


def test_rows_can_be_had_as_the_tables_state_them(built, records):
    for digest, rows in records.rows.items():
        header, *lines = (built / "_static" / "rows" / f"{digest}.csv").read_text(encoding="utf-8").splitlines()
        assert header == (evidence.DATA / f"{rows['table']}.csv").read_text(encoding="utf-8").splitlines()[0]
        assert len(lines) >= len(rows["keys"])


def test_every_line_and_claim_is_reachable_and_leads_to_its_chapter(parsed):
    claims = evidence.read("claims")
    ledger = parsed["book/claims-ledger.html"]
    found = {node.get("id"): node for node in ledger.iter() if node.get("id")}
    assert len(claims) == 73 and set(claims["line"]) == set(range(1, 31))
    assert [line for line in range(1, 31) if f"line-{line}" not in found] == []
    linked = {urldefrag(link.get("href") or "")[0] for link in parsed["book/index.html"].iter(f"{HTML}a")}
    assert "claims-ledger.html" in linked
    for claim in claims.itertuples():
        card = found[f"claim-{claim.claim_id}"]
        targets = [
            urldefrag(link.get("href"))
            for link in card.iter(f"{HTML}a")
            if (link.get("href") or "").endswith(f"#{claim.carried_by}")
        ]
        assert targets, f"{claim.claim_id} does not lead to {claim.carried_by}"
        page = parsed[f"book/{targets[0][0] or 'claims-ledger.html'}"]
        assert any(node.get("id") == claim.carried_by for node in page.iter()), (
            f"{claim.carried_by} is no anchor of {targets[0][0]}"
        )


def test_tables_can_be_had(built):
    folder = built / "_static" / "data"
    assert digests(evidence.DATA) == {
        name: digest for name, digest in digests(folder).items() if "after-hanoi-data.zip" not in name
    }
    stated, name = (folder / "after-hanoi-data.zip.sha256").read_text().split()
    assert hashlib.sha256((folder / name).read_bytes()).hexdigest() == stated
    with zipfile.ZipFile(folder / name) as package:
        assert package.testzip() is None
        assert len(package.namelist()) == len(digests(evidence.DATA))


def test_each_page_names_what_made_it(parsed):
    for name, page in parsed.items():
        if name.startswith("book/"):
            text = "".join(page.itertext())
            assert files.data_digest()[:12] in text and "jupyter-book 1.0.4" in text, name


def test_no_page_names_a_machine(built):
    named = [
        path.relative_to(built).as_posix()
        for path in built.rglob("*")
        if path.suffix in (".html", ".js", ".css", ".ipynb")
        and "_static/scripts" not in path.as_posix()
        and re.search(rf"{ROOT}|/root/|/tmp/", path.read_text(encoding="utf-8"))
    ]
    assert named == []


def test_outputs_older_than_their_tables_are_refused(tmp_path):
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "polls.csv").write_text("new")
    stored = nbformat.v4.new_notebook(metadata={"after_hanoi": {"inputs": {"data/polls.csv": "0" * 16}}})
    assert left.stale({"trial": stored}, tmp_path) == ["book/trial.ipynb: stored outputs are older than data/polls.csv"]
    stored.metadata["after_hanoi"]["inputs"]["data/polls.csv"] = room.digest(tmp_path / "data" / "polls.csv")
    assert left.stale({"trial": stored}, tmp_path) == []
    assert left.stale({"trial": nbformat.v4.new_notebook()}, tmp_path) == [
        "book/trial.ipynb: stored outputs are older than never run"
    ]


def test_dataset_description(parsed):
    page = parsed["book/data.html"]
    script = next(node for node in page.iter(f"{HTML}script") if node.get("type") == "application/ld+json")
    described = json.loads(script.text)
    assert described["@type"] == "Dataset" and described["@context"].startswith("https://schema.org")
    assert 50 <= len(described["description"]) <= 5000
    for field in ("name", "license", "creator", "version", "keywords", "distribution"):
        assert described[field]


# In a browser, where one is installed ---------------------------------------------------------------------------------

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
READERS = {
    "desk, light": (1280, "light"),
    "desk, dark": (1280, "dark"),
    "phone, light": (390, "light"),
    "phone, dark": (390, "dark"),
}
needs_browser = pytest.mark.skipif(not CHROMIUM, reason="no Chromium is installed")


class Quiet(http.server.SimpleHTTPRequestHandler):
    def log_message(self, *_):
        pass


@pytest.fixture(scope="module")
def browser(built):
    """Serve the built book on this machine alone; yield (browser, address of the book)."""
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(Quiet, directory=built))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    with sync_playwright() as play:
        started = play.chromium.launch(
            executable_path=CHROMIUM,
            args=[
                "--no-sandbox",
                "--disable-gpu",
                "--disable-background-networking",
                "--disable-component-update",
                "--disable-sync",
            ],
        )
        yield started, f"http://127.0.0.1:{server.server_address[1]}"
        started.close()
    server.shutdown()


def opened(browser, page, width=1280, scheme="light"):
    """Open a page; return it with what went wrong: errors of scripts, failed and foreign requests."""
    started, home = browser
    context = started.new_context(viewport={"width": width, "height": 900}, color_scheme=scheme)
    tab, wrong = context.new_page(), []
    tab.on("pageerror", lambda error: wrong.append(str(error)))
    tab.on(
        "response",
        lambda answer: (
            answer.status >= 400 and "favicon" not in answer.url and wrong.append(f"{answer.status} {answer.url}")
        ),
    )
    tab.on("request", lambda asked: asked.url.startswith((home, "data:")) or wrong.append(f"asked {asked.url}"))
    tab.goto(f"{home}/{page}", wait_until="load")
    return tab, wrong


@needs_browser
@pytest.mark.parametrize("reader", READERS)
def test_every_page_fits_and_stays_at_home(browser, parsed, reader):
    width, scheme = READERS[reader]
    faults = []
    for page in sorted(set(parsed) - {"index.html"}):  # that one only sends the reader on to book/index.html
        tab, wrong = opened(browser, page, width, scheme)
        faults += [f"{page}: {fault}" for fault in wrong]
        if (wide := tab.evaluate("document.documentElement.scrollWidth")) > width:
            faults.append(f"{page}: {wide} px wide on {width} px")
        if page.startswith("book/") and tab.evaluate("document.documentElement.dataset.theme") != scheme:
            faults.append(f"{page}: not shown {scheme}")
        tab.context.close()
    assert faults == []


@needs_browser
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_figures_are_drawn_in_the_ink_of_the_theme(browser, records, scheme):
    chapter = next(iter(records.figures))
    tab, _ = opened(browser, f"book/{chapter}.html", scheme=scheme)
    ink, paper = (
        tab.evaluate(f"getComputedStyle(document.documentElement).getPropertyValue('{name}').trim()")
        for name in ("--fig-ink", "--pst-color-background")
    )
    assert contrast(ink, paper) > 7
    tab.context.close()


@needs_browser
def test_two_clicks_from_a_number_to_its_rows(browser, records):
    chapter = next(iter(records.numbers)).partition(":")[0]
    tab, _ = opened(browser, f"book/{chapter}.html")
    text = tab.locator("a.number").first.inner_text()
    tab.locator("a.number").first.click()
    entry = tab.locator(".number-entry:target")
    assert text in entry.inner_text()
    with tab.expect_download() as rows:
        entry.locator("a", has_text=" of ").first.click()
    assert rows.value.suggested_filename.endswith(".csv")
    tab.context.close()


@needs_browser
@pytest.mark.parametrize(
    ("page", "entry"), [("claims-ledger", ".ledger-claim"), ("numbers", ".number-entry"), ("sources", "div.citation")]
)
def test_long_lists_are_filtered_without_a_server(browser, page, entry):
    tab, wrong = opened(browser, f"book/{page}.html")
    every = tab.locator(entry).count()
    word = "Yongbyon" if page != "sources" else "Monmouth"
    tab.locator(".list-filter input").fill(word)
    shown = tab.locator(f"{entry}:visible")
    assert 0 < shown.count() < every
    assert all(word.lower() in text.lower() for text in shown.all_text_contents())
    tab.locator(".list-filter button").click()
    assert tab.locator(f"{entry}:visible").count() == every
    assert wrong == []
    tab.context.close()


def contrast(*colours):
    """Return the contrast ratio of two colours (#rgb or #rrggbb) as WCAG 2 defines it."""

    def luminance(colour):
        digits = colour.lstrip("#")
        digits = digits if len(digits) == 6 else "".join(2 * digit for digit in digits)
        parts = [int(digits[at : at + 2], 16) / 255 for at in (0, 2, 4)]
        linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
        return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]

    low, high = sorted(map(luminance, colours))
    return (high + 0.05) / (low + 0.05)


def test_contrast_of_black_on_white():
    assert contrast("#000", "#ffffff") == pytest.approx(21)
