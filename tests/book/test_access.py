"""What every reader of a page needs: it fits, it stays at home, and axe finds nothing against WCAG 2.2 A and AA.

One page of each kind is looked at in `make test`, every page in `make test-hard`.
"""

import re
from importlib.metadata import version
from pathlib import Path

import axe_playwright_python
import pytest

KINDS = (
    "book/index.html",
    "book/korean-opinion.html",
    "book/numbers/korean-opinion.html",
    "book/claims-ledger.html",
    "book/explore/specifications.html",
    "search.html",
)
READERS = {"desk": (1280, "light"), "desk, dark": (1280, "dark"), "phone": (390, "light"), "phone, dark": (390, "dark")}
AXE = (Path(axe_playwright_python.__file__).with_name("axe.min.js")).read_text(encoding="utf-8")
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]
ALIKE = (".number-entry", ".ledger-claim")  # entries of long lists


def faults(opened, page, reader, way):
    """Return what is wrong with a page as one reader sees it."""
    width, scheme = READERS[reader]
    tab, wrong = opened(page, width=width, scheme=scheme, way=way)
    found = [f"{page}: {fault}" for fault in wrong]
    if (wide := tab.evaluate("document.documentElement.scrollWidth")) > width:
        found.append(f"{page}: {wide} px wide on {width} px")
    if tab.evaluate("document.documentElement.dataset.theme") != scheme:
        found.append(f"{page}: not shown {scheme}")
    below = "scrollHeight - Math.max(innerHeight, [...document.querySelectorAll('footer')].pop().getBoundingClientRect().bottom + scrollY)"
    if (empty := tab.evaluate(f"document.documentElement.{below}")) > 60:
        found.append(f"{page}: {empty:.0f} px of nothing below its foot")
    broad = tab.evaluate(
        "[...document.querySelectorAll('figure.drawn svg')].filter(d => d.getBoundingClientRect().width > d.parentElement.clientWidth + 1).length"
    )
    small = tab.evaluate(
        "[...document.querySelectorAll('figure.drawn svg')].filter(d => d.getBoundingClientRect().width && d.getBoundingClientRect().width < 200).length"
    )
    return (
        found
        + [f"{page}: {broad} figures wider than their frame"] * bool(broad)
        + [f"{page}: {small} tiny figures"] * bool(small)
    )


def pages(parsed):
    return sorted(name for name in parsed if name not in ("index.html", "404.html"))


@pytest.mark.parametrize("way", ["served", "file"])
@pytest.mark.parametrize("reader", READERS)
def test_a_page_of_each_kind_fits_and_stays_at_home(opened, reader, way):
    assert [fault for page in KINDS for fault in faults(opened, page, reader, way)] == []


@pytest.mark.hard
@pytest.mark.parametrize("way", ["served", "file"])
@pytest.mark.parametrize("reader", READERS)
def test_every_page_fits_and_stays_at_home(opened, parsed, reader, way):
    assert [fault for page in pages(parsed) for fault in faults(opened, page, reader, way)] == []


def violations(opened, page, scheme, rules=RULES, *, rows=20, folds=False, **options):
    """Return what axe finds against ``rules``, by default those of WCAG 2.2 A and AA, a line a rule.

    Of a long table or list the first ``rows`` are looked at, since the others are made alike; None for all of them. What
    is folded away is hidden from axe, unless ``folds`` are opened.
    """
    tab, _ = opened(page, scheme=scheme, **options)
    if folds:
        tab.evaluate("document.querySelectorAll('details').forEach(fold => fold.open = true)")
    tab.add_script_tag(content=AXE)
    if rows:
        mark = "([kinds, rows]) => kinds.forEach(kind => [...document.querySelectorAll(kind)].slice(rows).forEach(e => e.dataset.alike = ''))"
        tab.evaluate(mark, [ALIKE, rows])
    alike = [f"tbody tr:nth-child(n + {rows + 1})", "[data-alike]"] if rows else []
    where = {"exclude": [[kind] for kind in alike]} if alike else {"include": [["html"]]}
    found = tab.evaluate(
        "([where, runOnly]) => axe.run(where, {runOnly, resultTypes: ['violations']}).then(done => done.violations)",
        [where, rules],
    )
    return [
        f"{page}, {scheme}: {rule['id']} ({len(rule['nodes'])}): {rule['nodes'][0]['html'][:120]}" for rule in found
    ]


def test_axe_finds_nothing_on_a_page_of_each_kind(opened):
    print(f"axe {re.search(r'axe v([0-9.]+)', AXE)[1]}, from axe-playwright-python {version('axe-playwright-python')}")
    assert [line for page in KINDS for line in violations(opened, page, "light")] == []


def test_axe_finds_enough_contrast_in_the_dark(opened):
    assert [line for page in KINDS for line in violations(opened, page, "dark", ["color-contrast"])] == []


def test_axe_finds_room_and_keys_on_a_phone(opened):
    """Targets are near each other there, and long tables are windows."""
    rules, phone = ["target-size", "scrollable-region-focusable"], {"width": 390, "height": 844}
    assert [line for page in KINDS for line in violations(opened, page, "light", rules, rows=None, **phone)] == []


@pytest.mark.hard
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing_on_any_page(opened, parsed, scheme):
    assert [line for page in pages(parsed) for line in violations(opened, page, scheme, rows=None, folds=True)] == []


def test_axe_finds_a_fault(opened):
    tab, _ = opened("book/index.html")
    tab.evaluate(
        "document.querySelector('article').insertAdjacentHTML('beforeend', '<img src=\"../_static/mark.svg\">')"
    )
    tab.add_script_tag(content=AXE)
    assert tab.evaluate(
        "axe.run(document, {runOnly: ['wcag2a']}).then(done => done.violations.map(rule => rule.id))"
    ) == ["image-alt"]


def test_figures_are_drawn_in_the_ink_of_the_theme(opened):
    for scheme in ("light", "dark"):
        tab, _ = opened("book/korean-opinion.html", scheme=scheme)
        ink, paper = (
            tab.evaluate(f"getComputedStyle(document.documentElement).getPropertyValue('{name}').trim()")
            for name in ("--fig-ink", "--pst-color-background")
        )
        assert contrast(ink, paper) > 7
        behind = "getComputedStyle(document.querySelector('figure.drawn img')).backgroundColor"
        assert tab.evaluate(behind) == "rgba(0, 0, 0, 0)"  # the theme puts a pale sheet behind pictures in the dark


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
