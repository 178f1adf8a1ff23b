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
#: Take out what stands after the first rows of a long table or list, or the first blocks of code, since it is made alike.
SHORTEN = """rows => {
  const after = kind => [...document.querySelectorAll(kind)].slice(rows);
  [...['.number-entry', '.ledger-claim', '.highlight'].flatMap(after), ...document.querySelectorAll(`tbody tr:nth-child(n + ${rows + 1})`)]
    .forEach(entry => entry.remove());
}"""


def faults(walked, names, reader, way):
    """Return what is wrong with pages as one reader sees them."""
    width, scheme = READERS[reader]
    return [
        f"{page}: {fault}"
        for page, tab, wrong in walked(names, width=width, scheme=scheme, way=way)
        for fault in [*wrong, *misfits(tab, width, scheme)]
    ]


def misfits(tab, width, scheme):
    """Return how a page does not fit its window or the choice of colours."""
    found = []
    if (wide := tab.evaluate("document.documentElement.scrollWidth")) > width:
        found.append(f"{wide} px wide on {width} px")
    if tab.evaluate("document.documentElement.dataset.theme") != scheme:
        found.append(f"not shown {scheme}")
    below = "scrollHeight - Math.max(innerHeight, [...document.querySelectorAll('footer')].pop().getBoundingClientRect().bottom + scrollY)"
    if (empty := tab.evaluate(f"document.documentElement.{below}")) > 60:
        found.append(f"{empty:.0f} px of nothing below its foot")
    broad = tab.evaluate(
        "[...document.querySelectorAll('figure.drawn svg')].filter(d => d.getBoundingClientRect().width > d.parentElement.clientWidth + 1).length"
    )
    small = tab.evaluate(
        "[...document.querySelectorAll('figure.drawn svg')].filter(d => d.getBoundingClientRect().width && d.getBoundingClientRect().width < 200).length"
    )
    return found + [f"{broad} figures wider than their frame"] * bool(broad) + [f"{small} tiny figures"] * bool(small)


def pages(parsed):
    return sorted(name for name in parsed if name not in ("index.html", "404.html"))


@pytest.mark.parametrize(
    ("reader", "way"), [*((reader, "served") for reader in READERS), ("desk", "file"), ("phone, dark", "file")]
)
def test_a_page_of_each_kind_fits_and_stays_at_home(walked, reader, way):
    assert faults(walked, KINDS, reader, way) == []


def test_what_goes_wrong_is_told_of_its_page(walked):
    here, nowhere = (list(wrong) for _, _, wrong in walked(["book/index.html", "book/nowhere.html"]))
    assert here == [] and any(line.startswith("404 ") for line in nowhere)


@pytest.mark.hard
@pytest.mark.parametrize("way", ["served", "file"])
@pytest.mark.parametrize("reader", READERS)
def test_every_page_fits_and_stays_at_home(walked, parsed, reader, way):
    assert faults(walked, pages(parsed), reader, way) == []


def violations(walked, names, scheme, rules=RULES, *, rows=8, folds=False, **options):
    """Return what axe finds on pages against ``rules``, by default those of WCAG 2.2 A and AA, a line a rule.

    Of a long table or list the first ``rows`` are looked at, since the others are made alike; None for all of them. What
    is folded away is hidden from axe, unless ``folds`` are opened.
    """
    lines = []
    for page, tab, _ in walked(names, scheme=scheme, **options):
        if folds:
            tab.evaluate("document.querySelectorAll('details').forEach(fold => fold.open = true)")
        tab.add_script_tag(content=AXE)
        if rows:
            tab.evaluate(SHORTEN, rows)
        found = tab.evaluate(
            "runOnly => axe.run({runOnly, resultTypes: ['violations']}).then(done => done.violations)", rules
        )
        lines += [
            f"{page}, {scheme}: {rule['id']} ({len(rule['nodes'])}): {rule['nodes'][0]['html'][:120]}" for rule in found
        ]
    return lines


def test_axe_finds_nothing_on_a_page_of_each_kind(walked):
    print(f"axe {re.search(r'axe v([0-9.]+)', AXE)[1]}, from axe-playwright-python {version('axe-playwright-python')}")
    assert violations(walked, KINDS, "light") == []


def test_axe_finds_enough_contrast_in_the_dark(walked):
    assert violations(walked, KINDS, "dark", ["color-contrast"]) == []


def test_axe_finds_room_and_keys_on_a_phone(walked):
    """Targets are near each other there, and long tables are windows."""
    rules, phone = ["target-size", "scrollable-region-focusable"], {"width": 390, "height": 844}
    assert violations(walked, KINDS, "light", rules, rows=None, **phone) == []


@pytest.mark.hard
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing_on_any_page(walked, parsed, scheme):
    assert violations(walked, pages(parsed), scheme, rows=None, folds=True) == []


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
