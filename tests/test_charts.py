"""A figure is the same text on every run, and is refused without what a reader needs."""

import re
import xml.etree.ElementTree as xml

import pandas as pd
import pytest

from hanoi import charts, numbers
from hanoi.charts import marks, publish

GIVEN = {
    "title": "A finding that is long enough to need a second line when it is set in the size of a title",
    "subtitle": "what is measured",
    "source": "publisher",
    "alt": "two points",
}


def shown(monkeypatch, name="trial", **change):
    sent = []
    monkeypatch.setattr(publish, "display", lambda data, **_: sent.append(data))
    data = pd.DataFrame({"x": [1.0, 2.0], "y": [0.1234567891, 2.0]})
    fig, ax = charts.canvas(2)
    ax.plot(data["x"], data["y"], label="line")
    ax.legend()
    charts.show(fig, name, **({"data": data} | GIVEN | change))
    return sent[0]


def test_same_bytes_on_every_run(monkeypatch):
    first, second = (shown(monkeypatch) for _ in range(2))
    assert first == second


def test_svg_stands_alone(monkeypatch):
    svg = shown(monkeypatch)["image/svg+xml"]
    xml.fromstring(svg)
    assert "<text" not in svg, "text must be paths, so that it looks the same everywhere"
    assert not re.search(r"\d{4}-\d\d-\d\dT|<metadata|http://(?!www\.w3\.org)", svg)
    ids = re.findall(r' id="([^"]+)"', svg)
    assert len(ids) == len(set(ids))
    assert all(name.startswith("trial-") for name in ids)
    assert set(re.findall(r'(?:href="#|url\(#)([^")]+)', svg)) <= set(ids)


def test_coordinates_are_rounded(monkeypatch):
    svg = shown(monkeypatch)["image/svg+xml"]
    assert [path for path in re.findall(r' d="([^"]*)"', svg) if re.search(r"\.\d{3}", path)] == []


def test_only_colours_that_the_dark_theme_knows(monkeypatch):
    known = {value for value in vars(charts).values() if isinstance(value, str) and value.startswith("#")} | set(
        charts.SCALE
    )
    assert set(re.findall(r"#[0-9a-f]{6}\b", shown(monkeypatch)["image/svg+xml"])) <= known


def test_record(monkeypatch):
    record = shown(monkeypatch)[charts.MIME]
    assert record["alt"] == GIVEN["alt"]
    assert record["csv"] == "x,y\n1,0.123457\n2,2\n"


@pytest.mark.parametrize("field", ["title", "subtitle", "source", "alt"])
def test_refused_without(monkeypatch, field):
    with pytest.raises(ValueError, match=f"has no {field}"):
        shown(monkeypatch, **{field: " "})


def test_refused_with_a_name_that_no_file_can_have(monkeypatch):
    with pytest.raises(ValueError, match="lower case"):
        shown(monkeypatch, name="Trial 1")


def test_no_interval_is_invented():
    _fig, ax = charts.canvas(1)
    charts.interval(ax, [1.0, None], [2.0, None], [0, 1])
    assert len(ax.collections[0].get_segments()) == 1


def test_table_shows_cells_as_text(monkeypatch):
    sent = []
    monkeypatch.setattr(publish, "display", lambda data, **_: sent.append(data))
    frame = pd.DataFrame(
        {"what": ["<script>alert(1)</script>", "{num}`x` | $5", None], "n": [1, 2, 3], "source_id": ["b a", "a", None]}
    )
    charts.table(frame, "Cells", cite="source_id")
    lines = sent[0]["text/markdown"].splitlines()
    assert lines[0] == "```{table} Cells"
    assert lines[2] == "| :-- | --: | :-- |"
    assert lines[3] == r"| \<script\>alert(1)\</script\> | 1 | {cite:t}`a,b` |"
    assert lines[4] == r"| \{num\}\`x\` \| \$5 | 2 | {cite:t}`a` |"
    assert lines[5] == "|  | 3 |  |"


def test_table_shows_keys_as_numbers(monkeypatch):
    sent = []
    monkeypatch.setitem(numbers._stated, "hanoi-freeze", {"text": "3"})
    monkeypatch.setattr(publish, "display", lambda data, **_: sent.append(data))
    charts.table(pd.DataFrame({"what": ["freeze", "remains"], "own": ["hanoi-freeze", None]}), "Cells", number=["own"])
    assert sent[0]["text/markdown"].splitlines()[3:5] == ["| freeze | [3](#hanoi-freeze) |", "| remains |  |"]


def test_a_map_keeps_distances_and_draws_every_ring():
    _fig, ax = charts.canvas(3)
    square = [[[125, 38], [126, 38], [126, 39], [125, 38]]]
    geo = {
        "features": [
            {"properties": {"name": "A"}, "geometry": {"type": "Polygon", "coordinates": square}},
            {"properties": {"name": "B"}, "geometry": {"type": "MultiPolygon", "coordinates": [square, square]}},
        ]
    }
    far = {
        "properties": {"name": "C"},
        "geometry": {"type": "Polygon", "coordinates": [[[1, 1], [2, 1], [2, 2], [1, 1]]]},
    }
    geo["features"].append(far)
    charts.outlines(ax, geo, (122, 132, 30, 90), highlight=["B"])
    assert ax.get_aspect() == pytest.approx(2)  # at 60 degrees a degree of longitude is half a degree of latitude
    assert [patch.get_alpha() for patch in ax.patches] == [0.3, 0.75, 0.75]
    assert ax.get_xlim() == (122, 132)
    assert marks._thinned([[0, 0], [0.1, 0], [0.6, 0], [1.2, 0], [0, 0]], 0.5) == [[0, 0], [0.6, 0], [1.2, 0], [0, 0]]


def test_rows_stand_from_the_top_and_a_dot_without_interval_is_hollow():
    _fig, ax = charts.canvas(2)
    charts.rows(ax, ["first", "second"], notes=["a", "b"])
    charts.dots(ax, [65, 42], [62, None], [68, None])
    assert ax.transData.transform((0, 0))[1] > ax.transData.transform((0, 1))[1]
    assert [line.get_markerfacecolor() for line in ax.lines] == [charts.BLUE, charts.PAPER]
    assert len(ax.collections[0].get_segments()) == 1
    assert [text.get_text() for text in ax.texts] == ["65%", "42%"]


def test_a_window_is_drawn_from_end_to_end_and_an_open_begin_by_a_tail_of_fixed_length():
    _fig, ax = charts.canvas(1)
    found = pd.DataFrame(
        {
            "first": pd.to_datetime(["2019-02-16", None]),
            "last": pd.to_datetime(["2019-03-02", "2019-03-29"]),
            "window": ["stated", "published"],
        }
    )
    charts.windows(ax, found, [0, 1], color=charts.BLUE, tail=10)
    bar, tail, marks = ax.lines
    assert [str(day)[:10] for day in (*bar.get_xdata(), *tail.get_xdata())] == [
        "2019-02-16",
        "2019-03-02",
        "2019-03-19",
        "2019-03-29",
    ]
    assert bar.get_linestyle() == "-" and tail.get_linestyle() != "-"
    assert [str(day)[:10] for day in marks.get_xdata()] == ["2019-03-02", "2019-03-29"]


def test_pair_draws_what_is_there():
    _, ax = charts.canvas(1)
    charts.pair(ax, [1, 2], [3, None], [0, 1], color=charts.BLUE)
    drawn = [tuple(line.get_xdata()) for line in ax.lines if line.get_marker() in ("o", "s")]
    assert drawn[:3] == [(1,), (3,), (2,)] and str(drawn[3][0]) == "nan"


def test_the_last_digits_of_a_length_do_not_show():
    drawn = []
    for nudge in (0, 1e-13):
        fig, ax = charts.canvas(2)
        fig.set_layout_engine("none")
        ax.set_position((0.1, 0.1, 0.8 + nudge, 0.8))
        ax.plot([0, 1], [1, 2], "o")
        drawn.append(charts.svg(fig, "a"))
    assert drawn[0] == drawn[1] and "clip-path" in drawn[0]
