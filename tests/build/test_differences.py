"""A red comparison names the number or figure that moved, with old and new value, and shows figures side by side."""

from hanoi.build import differences


def number(key, **parts):
    return {"data": {differences.NUMBERS: {"numbers": [{"key": key, "unit": "points", **parts}]}}}


def figure(**parts):
    drawn = {"name": "fall", "title": "It fell", "subtitle": "s", "source": "p", "alt": "a", "csv": "a,b\n1,2\n"}
    return {"data": {differences.FIGURE: drawn | parts, "image/svg+xml": "<svg>old</svg>"}}


def test_a_number_that_moved_is_named_with_both_values():
    moved = differences.lines([number("cost", text="3.4")], [number("cost", text="3.6")])
    assert moved == ["number cost: text was '3.4', is '3.6'"]
    assert differences.lines([number("cost", text="3.4")], []) == ["number cost: no longer stated"]


def test_a_figure_that_moved_is_named_with_its_rows():
    assert differences.lines([figure()], [figure(csv="a,b\n1,3\n")]) == [
        "figure fall: its data, -1,2",
        "figure fall: its data, +1,3",
    ]
    assert differences.lines([figure()], [figure(title="It rose")]) == [
        "figure fall: its title was 'It fell', is 'It rose'"
    ]
    redrawn = figure() | {"data": figure()["data"] | {"image/svg+xml": "<svg>new</svg>"}}
    assert differences.lines([figure()], [redrawn]) == ["figure fall: the same data, drawn otherwise"]
    page = differences.side_by_side([figure()], [redrawn])
    assert (
        "<svg>old</svg>" in page and "<svg>new</svg>" in page and differences.side_by_side([figure()], [figure()]) == ""
    )


def test_other_text_is_compared_by_line():
    stored, fresh = ([{"data": {"text/plain": f"Table\n{row}"}}] for row in ("a", "b"))
    assert differences.lines(stored, fresh)[-2:] == ["-a", "+b"]
    assert differences.lines(stored, stored) == []
