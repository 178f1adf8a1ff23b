"""``python -m hanoi.build.paper pdf|screenshots``: the built book on paper, or as pictures of every page.

Both need Chromium, which prints and paints the pages as readers see them.
"""

import re
import shutil
import sys
from pathlib import Path
from urllib.parse import urldefrag

import html5lib
import yaml
from playwright.sync_api import sync_playwright

from hanoi.build.place import BUILD, ROOT

HTML = "{http://www.w3.org/1999/xhtml}"
LEFT_OUT = ("book/numbers",)  # pages of many links and no text of their own
FOOT = (
    '<div style="width:100%;font:8px sans-serif;color:#555;padding:0 16mm;display:flex;justify-content:space-between">'
    '<span>After Hanoi</span><span class="pageNumber"></span></div>'
)
SIZES = {"light": (1280, 900, "light"), "dark": (1280, 900, "dark"), "phone": (390, 844, "light")}


#: Path of a Chromium, None where none is installed.
CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)


def browser():
    """Return the path of a Chromium. Raises SystemExit with the package that has one."""
    if not CHROMIUM:
        raise SystemExit("No Chromium is installed; it prints the pages. Debian: apt install chromium")
    return CHROMIUM


def order():
    """Return the pages of the book in the order of its contents, without suffix."""
    contents = yaml.safe_load((ROOT / "_toc.yml").read_text(encoding="utf-8"))

    def files(entry):
        if "file" in entry:
            yield entry["file"]
        for part in ("parts", "chapters", "sections"):
            for inner in entry.get(part, ()):
                yield from files(inner)

    pages = [contents["root"], *files(contents)]
    return [page for page in dict.fromkeys(pages) if page not in LEFT_OUT]


def joined(book, pages):
    """Return one HTML document of the articles of ``pages`` below the folder ``book``; links between them stay inside it."""
    names = {page: page.rpartition("/")[2] for page in pages}
    articles = []
    for page, name in names.items():
        parsed = html5lib.parse((book / f"{page}.html").read_text(encoding="utf-8"))
        article = next(parsed.iter(f"{HTML}article"))
        for node in article.iter():
            for attribute in ("id", "name", "aria-labelledby"):
                if node.get(attribute):
                    node.set(attribute, f"{name}--{node.get(attribute)}")
            for attribute in ("href", "{http://www.w3.org/1999/xlink}href", "xlink:href"):
                if node.get(attribute):
                    _lead(node, attribute, page, name, names)
            if node.get("src"):
                node.set("src", f"book/{node.get('src')}")
                node.attrib.pop("loading", None)
            if node.tag == f"{HTML}details" and "as-table" not in (node.get("class") or ""):
                node.set("open", "")
        text = html5lib.serialize(article, omit_optional_tags=False, quote_attr_values="always")
        # what a drawing says of itself in its style and clip paths
        text = re.sub(r"url\(#([^)]+)\)", rf"url(#{name}--\1)", text)
        articles.append(f'<div class="paper-chapter" id="{name}--top">{text}</div>')
    head = (book / "book" / "index.html").read_text(encoding="utf-8")
    styles = "".join(
        link.replace('href="../', 'href="') for link in re.findall(r'<link[^>]+rel="stylesheet"[^>]*>', head)
    )
    style = (
        "@page{size:A4;margin:18mm 16mm 20mm} .paper-chapter{break-before:page} .paper-chapter:first-child{break-before:auto}"
        " article{max-width:none!important} .as-table{display:none} body{font-size:10.5pt}"
    )
    return (
        f'<!doctype html><html lang="en" data-theme="light"><head><meta charset="utf-8"><title>After Hanoi</title>{styles}'
        f"<style>{style}</style></head><body>{''.join(articles)}</body></html>"
    )


def _lead(node, attribute, page, name, names):
    """Point a link to the same place inside the one document; one that leads to a page left out is plain text."""
    target, anchor = urldefrag(node.get(attribute))
    if re.match(r"[a-z]+:", target):
        return
    there = page if not target else re.sub(r"\.html$", "", str((Path(page).parent / target).as_posix()))
    if there in names:
        node.set(attribute, f"#{names[there]}--{anchor or 'top'}")
    elif node.tag == f"{HTML}a":
        del node.attrib[attribute]


def pdf():
    """Print the built book as one PDF with bookmarks and page numbers; return its path."""
    path, book = browser(), (BUILD / "html").resolve()
    source = book / "paper.html"
    source.write_text(joined(book, order()), encoding="utf-8")
    target = BUILD / "after-hanoi.pdf"
    try:
        with sync_playwright() as play:
            chromium = play.chromium.launch(executable_path=path, args=["--no-sandbox"])
            tab = chromium.new_page()
            tab.goto(source.as_uri(), wait_until="load")
            tab.pdf(
                path=target,
                prefer_css_page_size=True,
                print_background=True,
                display_header_footer=True,
                header_template="<span></span>",
                footer_template=FOOT,
                outline=True,
                tagged=True,
            )
            chromium.close()
    finally:
        source.unlink()
    return target


def screenshots():
    """Write a picture of every page in light, dark and at the width of a phone; return their folder."""
    path, book, folder = browser(), (BUILD / "html").resolve(), BUILD / "screenshots"
    shutil.rmtree(folder, ignore_errors=True)
    with sync_playwright() as play:
        chromium = play.chromium.launch(executable_path=path, args=["--no-sandbox"])
        for name, (width, height, scheme) in SIZES.items():
            context = chromium.new_context(viewport={"width": width, "height": height}, color_scheme=scheme)
            tab = context.new_page()
            for page in sorted(book.rglob("*.html")):
                if "_static" in page.parts or page == book / "index.html":  # the root only leads to the first page
                    continue
                tab.goto(page.as_uri(), wait_until="load")
                tab.evaluate("document.querySelectorAll('img[loading=lazy]').forEach(img => img.loading = 'eager')")
                tab.wait_for_load_state("networkidle")
                picture = folder / name / page.relative_to(book).with_suffix(".png")
                picture.parent.mkdir(parents=True, exist_ok=True)
                long = min(tab.evaluate("document.documentElement.scrollHeight"), 16000)  # what one picture can hold
                tab.screenshot(path=picture, clip={"x": 0, "y": 0, "width": width, "height": long}, full_page=True)
            context.close()
        chromium.close()
    return folder


if __name__ == "__main__":
    if not (BUILD / "html" / "book" / "index.html").is_file():
        raise SystemExit("There is no built book; run `make book` first")
    print({"pdf": pdf, "screenshots": screenshots}[sys.argv[1]]().relative_to(ROOT))
