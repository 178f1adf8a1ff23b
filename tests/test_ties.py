"""Orders and comparisons are the same on every processor; sorts that leave ties open are not written at all."""

import ast

import numpy as np
import pandas as pd
import pytest

from hanoi import evidence, ties
from hanoi.build import ROOT
from tests.conftest import stored

#: How to write each call whose ties numpy orders by the processor, or that takes the first of values that are nearly equal.
INSTEAD = {
    **dict.fromkeys(("sort_values", "sort_index", "argsort", "sort"), 'say kind="stable"'),
    **dict.fromkeys(("idxmax", "argmax"), "take ties.top"),
    **dict.fromkeys(("idxmin", "argmin"), "take ties.bottom"),
    **dict.fromkeys(
        ("nlargest", "nsmallest", "argpartition", "partition", "lexsort"), 'take sort_values(..., kind="stable").head'
    ),
}


def unstable(source, place):
    """Return the calls in Python ``source`` whose result hangs on how ties are ordered, one line each."""
    found = []
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in INSTEAD:
            name, owner = node.func.attr, ast.unparse(node.func.value)
            text = name == "partition" and node.args and isinstance(node.args[0], ast.Constant)  # str.partition
            python = name == "sort" and owner != "np" and not node.args  # list.sort is stable
            stable = any(word.arg == "kind" and ast.unparse(word.value) == "'stable'" for word in node.keywords)
            if not (text or python or stable):
                found.append(
                    f"{place}:{node.lineno}: {owner.split('(')[0]}.{name} leaves ties to the processor; {INSTEAD[name]}"
                )
    return found


def sources():
    """Yield (place, Python source) of everything that computes: the rooms, the tests, the code of the notebooks."""
    for folder in ("hanoi", "tests"):
        for path in sorted((ROOT / folder).rglob("*.py")):
            yield path.relative_to(ROOT).as_posix(), path.read_text(encoding="utf-8")
    for name, notebook in stored().items():
        for cell in notebook.cells:
            if cell.cell_type == "code":
                yield f"book/{name}.ipynb, cell {cell.id}", cell.source


def test_no_sort_leaves_ties_open():
    assert [line for place, source in sources() for line in unstable(source, place)] == []


@pytest.mark.parametrize(
    "source",
    [
        "frame.sort_values('x')",
        "frame.sort_values('x', kind='quicksort')",
        "np.argsort(x)",
        "x.argsort()",
        "np.sort(x)",
        "s.idxmax()",
        "np.argmin(x)",
        "s.nlargest(3)",
        "np.lexsort((a, b))",
        "s.sort_index()",
    ],
)
def test_an_open_order_is_found(source):
    assert unstable(source, "here")


@pytest.mark.parametrize(
    "source",
    [
        "frame.sort_values('x', kind='stable')",
        "np.sort(x, kind='stable')",
        "names.sort()",
        "text.partition(':')",
        "sorted(x)",
        "ties.top(s)",
    ],
)
def test_a_settled_order_passes(source):
    assert unstable(source, "here") == []


@pytest.mark.parametrize("table", evidence.TABLES)
def test_rows_come_in_the_order_of_their_key(table):
    keys = list(evidence.read(table)[list(evidence.key(table))].itertuples(index=False, name=None))
    assert keys == sorted(keys) and len(set(keys)) == len(keys)


def test_settled_takes_away_the_noise_and_nothing_else():
    assert ties.settled(0.1 + 0.2) == 0.3
    assert ties.settled(64.49999999999) == 64.5
    assert ties.settled(64.4999999) == 64.4999999
    assert ties.settled(np.array([[1e-9, np.inf], [np.nan, -2]]))[0].tolist() == [1e-9, np.inf]
    series = pd.Series([0.1 + 0.2, None], index=["a", "b"], dtype="Float64")
    assert ties.settled(series).to_dict()["a"] == 0.3 and np.isnan(ties.settled(series)["b"])


def test_a_copy_of_the_observed_value_is_a_tie():
    assert ties.at_least([1 - 1e-13, 1 - 1e-6, np.nan, 2], 1).tolist() == [True, False, False, True]
    assert ties.at_least(0.0, 0) and not ties.at_least(1e-12, 1)


def test_top_and_bottom_take_the_first_of_equals():
    series = pd.Series([0.3, 0.1 + 0.2, 0.1, 0.1 - 1e-14], index=list("abcd"))
    assert (ties.top(series), ties.bottom(series)) == ("a", "c")
    with pytest.raises(ValueError, match="no value"):
        ties.top(pd.Series([np.nan]))
