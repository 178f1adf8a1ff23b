"""Words for what numbers show: computed like them, so that a sentence cannot say "fell" of what rose.

A notebook states a word as it states a number, ``numbers.state("approval-fell", wording.change(before, after), …)``, and
the prose shows it as ``[fell](#approval-fell)``; texts of figures take it in an f-string. Each function is given the forms
that fit the sentence. Where none fits any more it returns :data:`REWRITE`: the notebook runs on, and ``make store`` names
the sentence that needs a writer.
"""

import re

#: Stands for a word that no form given by the writer covers.
REWRITE = "(needs a writer)"

ABOUT_HALF = (0.45, 0.55)  # a share between these is about half
FEW, NEARLY_ALL = 0.2, 0.9  # up to, and from, this share
LEVEL = 0.5  # a difference below this is none, in the unit of the values; whole percentages differ by more

ADJECTIVE = "high|low|larg|small|long|short|great|bigg|wid|narrow|strong|weak|steep|rar|warm|cold|busi|earli|lat"
COUNTS = ("none", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve")
COUNT = "|".join(COUNTS[2:])
COUNTED = (
    "are|were|look|put|say|said|name|named|call|called|stand|find|found|give|gave|rows|percentages|estimates|tests"
)
#: Words that say something of numbers without a digit: changes, shares, extremes, comparisons, counts.
CLAIM = re.compile(
    r"\b(?:fell|falls|rose|rises|dropped|drops|dipped|grew|grows|shrank|shrinks|climbed|sank|doubled|halved"
    r"|most|majorit(?:y|ies)|minority|half|few|fewer|fewest|hardly any(?:body)?|(?:nearly|almost) (?:all|every|none)"
    rf"|(?:{ADJECTIVE})est|(?:{ADJECTIVE})er than|more than (?:half|any|all|in|at|the)|less than (?:half|any|all|in|at|the)"
    r"|twice as|level with|as many|(?:far|clearly) apart|never (?:stopped|fell|rose)"
    rf"|(?:all|any|none of|only) (?:of |the )*(?:{COUNT})|(?:{COUNT}) of (?:the|them|{COUNT})"
    rf"|(?<![^.;:] )(?<!\w)(?:{COUNT}) (?:{COUNTED}))\b",
    re.IGNORECASE,
)
#: Bounds and turns of speech in which such a word claims nothing.
IDLE = re.compile(
    r"\bat most|\bfor the most part|\ba few\b|\bmost (?:recent|likely|often|usual)|\bhurts? most|\bhalf (?:a|of the) year"
    r"|\band a half|\bof most\b|\bas far apart as\b",
    re.IGNORECASE,
)


def change(before, after, forms=("fell", "held", "rose"), least=LEVEL):
    """Return the form for a fall, for a change of less than ``least``, or for a rise from ``before`` to ``after``."""
    return sign(after - before, forms, least)


def sign(difference, forms=("lower", "level", "higher"), least=LEVEL):
    """Return the form for a negative, a small (less than ``least``) or a positive ``difference``."""
    below, level, above = forms
    return _form(level if abs(difference) < least else below if difference < 0 else above)


def share(part, forms=("none", "few", "a minority", "about half", "most", "nearly all", "all")):
    """Return the form for a share between 0 and 1: none, up to a fifth, less than half, about half, more, from nine tenths, all."""
    none, few, minority, half, most, nearly, every = forms
    low, high = ABOUT_HALF
    steps = ((part <= 0, none), (part >= 1, every), (part <= FEW, few), (part < low, minority))
    steps += ((part <= high, half), (part < NEARLY_ALL, most), (True, nearly))
    return _form(next(form for holds, form in steps if holds))


def majority(part, forms=("a majority", "half", "a minority")):
    """Return the form for a share (0 to 1) above, at, or below one half, as votes are counted."""
    above, half, below = forms
    return _form(above if part > 0.5 else half if part == 0.5 else below)


def extreme(value, others, forms=("the smallest", "the largest")):
    """Return the form for a value below, or above, every one of ``others``; a tie is no extreme."""
    smallest, largest = forms
    others = list(others)
    if all(value < other for other in others):
        return _form(smallest)
    return _form(largest if all(value > other for other in others) else None)


def count(number):
    """Return a count as a word up to twelve, and in digits above."""
    return COUNTS[number] if number < len(COUNTS) else f"{number:,}"


def when(holds, form, otherwise=None):
    """Return ``form`` while the claim ``holds``, and ``otherwise`` (by default a call for a writer) when it does not."""
    return _form(form if holds else otherwise)


def _form(form):
    return REWRITE if form is None else form


def unguarded(text):
    """Return the claims that stand in a text as typed words."""
    return [found[0] for found in CLAIM.finditer(IDLE.sub(" ", text))]
