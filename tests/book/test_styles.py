"""The one style sheet holds the rules that a page uses, and no other."""

import re

import pytest

from hanoi.pages import styles

PAGE = """<!doctype html><html><body class="wide  dark"><p id='first'>A button.</p><script>box.className = "opened";</script></body></html>"""
NAMES = styles.used([PAGE], ['row.classList.add("found")'])


def kept(sheet):
    """Return a sheet after pruning, without its blanks."""
    return re.sub(r"\s+", "", styles.pruned(styles.parsed(sheet), NAMES))


@pytest.mark.parametrize(
    "rule",
    [
        "p{color:red}",
        ".wide.dark>p{color:red}",
        "#first::before{content:none}",
        ".opened{color:red}",  # a script gives it
        ".found{color:red}",
        "p:not(.gone){color:red}",
        ":is(.gone,.wide){color:red}",
        "[data-theme=dark]*{color:red}",
        "@media(print){p{color:red}}",
        ":root{--ink:#000}",
    ],
)
def test_a_rule_that_an_element_may_meet_stays(rule):
    """Names of elements, classes and ids, also those that scripts give; what a selector excludes is not asked for."""
    assert kept(rule) == re.sub(r"\s", "", rule)


@pytest.mark.parametrize(
    "rule",
    [
        "button{color:red}",  # a word of the text is no element
        ".gone{color:red}",
        "p#gone{color:red}",
        ".wide .gone p{color:red}",
        ":is(.gone,.lost) p{color:red}",
        "@media print{.gone{color:red}}",
        "@font-face{font-family:x;src:url(x.woff2)}",
        "/* a comment */",
    ],
)
def test_a_rule_that_no_element_meets_goes(rule):
    """So do fonts that the book does not ship, comments, and conditions around nothing."""
    assert kept(rule) == ""


def test_of_several_selectors_those_that_fit_stay():
    """The others of the list go."""
    assert kept(".gone, p, .lost{color:red}") == "p{color:red}"
