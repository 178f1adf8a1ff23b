"""A figure is the same text on every run, and is refused without what a reader needs."""

import itertools
import re
import xml.etree.ElementTree as xml

import pandas as pd
import pytest
from matplotlib.backends.backend_agg import FigureCanvasAgg

from hanoi import charts, chronicle, numbers
from hanoi.charts import by_time, marks, palette, publish, style
from hanoi.charts import days as ruler

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
    assert set(re.findall(r'(?:href="#|url\(#)([^")]+)', svg)) <= set(ids)


def test_coordinates_are_rounded(monkeypatch):
    svg = shown(monkeypatch)["image/svg+xml"]
    assert [path for path in re.findall(r' d="([^"]*)"', svg) if re.search(r"\.\d{3}", path)] == []


def test_only_colours_that_the_dark_theme_knows(monkeypatch):
    known = {value for value in vars(palette).values() if isinstance(value, str) and value.startswith("#")} | set(
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


def test_a_column_of_numbers_is_flush_right(monkeypatch):
    sent = []
    monkeypatch.setitem(numbers._stated, "hanoi-share", {"text": "42%"})
    monkeypatch.setattr(publish, "display", lambda data, **_: sent.append(data))
    columns = {
        "numbers": ["1,832,258", "−0.5", None],
        "whole": [1, 2, 3],
        "percent": ["5%", "+12.5%", "100%"],
        "stated": ["hanoi-share", None, None],
        "interval": ["1 to 2", "3 to 4", "5 to 6"],
        "date": ["2019-02-27", "2019", "2019"],
        "none": [None, None, None],
    }
    charts.table(pd.DataFrame(columns), "Cells", number=["stated"])
    assert sent[0]["text/markdown"].splitlines()[2] == "| --: | --: | --: | --: | :-- | :-- | :-- |"


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


def test_the_last_digits_of_a_length_do_not_show():
    drawn = []
    for nudge in (0, 1e-13):
        fig, ax = charts.canvas(2)
        fig.set_layout_engine("none")
        ax.set_position((0.1, 0.1, 0.8 + nudge, 0.8))
        ax.plot([0, 1], [1, 2], "o")
        drawn.append(charts.svg(fig, "a"))
    assert drawn[0] == drawn[1] and "clip-path" in drawn[0]


# --- schedule, timeline, dated, columns -----------------------------------------------------------------------------


@pytest.fixture
def a_day():
    """Return a day of five steps: planned and held, planned alone, told alone, sources that differ, a bound."""
    fields = ["step", "kind", "edge", "time_local", "precision", "minutes", "source_id"]
    rows = [
        ("talk", "planned", "start", "09:00", "exact", None, "a"),
        ("talk", "planned", "length", None, "exact", 45, "a"),
        ("talk", "reported", "start", "08:55", "exact", None, "b"),
        ("talk", "reported", "end", "09:30", "exact", None, "b"),
        ("talk", "reported", "start", "09:00", "exact", None, "c"),
        ("talk", "reported", "end", "09:45", "exact", None, "c"),
        ("meal", "planned", "start", "11:55", "exact", None, "a"),
        ("meal", "not-held", "start", None, "exact", None, "a"),
        ("leave", "planned", "start", "14:40", "exact", None, "a"),
        ("leave", "reported", "start", "13:25", "exact", None, "b"),
        ("late", "reported", "start", "23:45", "not-before", None, "b"),
    ]
    table = pd.DataFrame(rows, columns=fields).assign(date="2019-02-28", timezone=chronicle.HANOI)
    return chronicle.spans(table, "2019-02-28")


@pytest.mark.parametrize("size", [charts.WIDE, charts.NARROW], ids=["wide", "narrow"])
def test_a_schedule_draws_planned_above_reported_with_their_times(a_day, size):
    names = {"talk": "Talk", "meal": "Meal", "leave": "Leaders leave", "late": "Late"}
    chart = charts.schedule({"Thursday": a_day}, names, not_held=["meal"], remarks={"leave": "75 min early"})
    (ax,) = chart.figure(size).axes
    bars = sorted((round(bar.get_x(), 2), round(bar.get_width(), 2)) for bar in ax.patches)
    assert bars == [(8.92, 0.83), (9.0, 0.5), (9.0, 0.75)]  # from first to last; what all sources share; the plan
    plan, told = (next(bar.get_y() for bar in ax.patches if round(bar.get_width(), 2) == long) for long in (0.75, 0.83))
    assert ax.transData.transform((9, plan))[1] > ax.transData.transform((9, told))[1], "the plan stands above"
    said = [text.get_text() for text in ax.texts]
    for words in ("09:00 to 09:45", "08:55/09:00 to 09:30/09:45", "11:55", "not held", "14:40", "13:25", "after 23:45"):
        assert words in said
    assert said.count("75 min early") == 1
    crosses = [line for line in ax.lines if line.get_marker() == "x"]
    assert [round(float(line.get_xdata()[0]), 2) for line in crosses] == [11.92]
    late = next(text for text in ax.texts if text.get_text() == "after 23:45")
    assert late.get_ha() == "right", "no room on the right: the words stand on the left"


def test_a_missing_hour_is_empty_text():
    assert charts.shown(float("nan")) == "" and charts.shown(13.75) == "13:45"


def some_days(*rows):
    frame = pd.DataFrame(rows, columns=["day", "label", "above"])
    return frame.assign(day=pd.to_datetime(frame["day"]), color=charts.BLUE)


CROWD = some_days(
    ("2018-02-10", "the first of many named days", True),
    ("2018-04-27", "the second of many named days", True),
    ("2018-06-12", "the third of many named days", True),
    ("2019-02-28", "the fourth of many named days", True),
    ("2017-09-03", "a day below", False),
    ("2022-03-24", "a day below with words that find no room on one line", False),
    ("2024-10-31", "a day near the right edge with many words", False),
    ("2026-11-01", "a day at the edge", False),
)


@pytest.mark.parametrize("size", [charts.WIDE, charts.NARROW], ids=["wide", "narrow"])
def test_words_of_a_timeline_touch_nothing(size):
    inner = size.width - 0.2
    for _, rows in CROWD.groupby("above"):
        rows = rows.sort_values("day", kind="stable")
        at = [(day - pd.Timestamp("2017-01-01")).days / 3652 * inner for day in rows["day"]]
        boxes = []
        for x, put in zip(at, ruler._placed(at, list(rows["label"]), inner, size.small), strict=True):
            long = max(charts.measured(line, size.small) for line in put["text"].splitlines())
            left, right = (x, x + long) if put["ha"] == "left" else (x - long, x)
            assert left >= -0.02 and right <= inner + 0.02, "the words stay inside"
            boxes.append((left, right, put["level"], put["top"]))
        for place, (left, right, low, top) in enumerate(boxes):
            for other, (a, b, c, d) in enumerate(boxes):
                if other != place:
                    assert right <= a or b <= left or top <= c or d <= low, "no words touch"
                    assert not (left < at[other] < right and d > low), "no stem crosses words"


@pytest.mark.parametrize("size", [charts.WIDE, charts.NARROW], ids=["wide", "narrow"])
def test_a_timeline_marks_each_day_on_its_side_and_each_stroke_under_the_ruler(size):
    chart = charts.timeline(
        CROWD, strip=[(pd.to_datetime(["2017-07-04", "2019-05-04"]), charts.GREY)], limits=("2017-01-01", "2026-12-31")
    )
    (ax,) = chart.figure(size).axes
    dots = [(str(line.get_xdata()[0])[:10], line.get_ydata()[0] > 0) for line in ax.lines if line.get_marker() == "o"]
    assert sorted(dots) == sorted(
        (str(day)[:10], above) for day, above in zip(CROWD["day"], CROWD["above"], strict=True)
    )
    strokes = [segment for lines in ax.collections for segment in lines.get_segments()]
    assert len(strokes) == 2 and all(point[1] < 0 for segment in strokes for point in segment)
    said = " ".join(text.get_text().replace("\n", " ") for text in ax.texts)
    assert all(label in said for label in CROWD["label"]) and all(str(year) in said for year in range(2017, 2027))


@pytest.mark.parametrize("size", [charts.WIDE, charts.NARROW], ids=["wide", "narrow"])
def test_lanes_of_days_hold_each_day_in_its_lane_and_say_what_is_to_be_said(size):
    frame = pd.DataFrame(
        {
            "lane": ["Office", "Office", "Trains"],
            "kind": ["good", "bad", "good"],
            "day": pd.to_datetime(["2018-09-14", "2020-06-16", "2018-12-26"]),
            "words": ["opened", "blown up", ""],
        }
    )
    looks = {"good": ("brings together", charts.BLUE, "o"), "bad": ("sets apart", charts.VERMILLION, "X")}
    chart = charts.dated(
        frame, looks, words="words", limits=("2018-01-01", "2020-12-31"), events={"2019-02-27": "Hanoi"}
    )
    fig = chart.figure(size)
    (ax,) = fig.axes
    marks_at = {
        (line.get_marker(), str(day)[:10]): float(height)
        for line in ax.lines
        if line.get_marker() in ("o", "X")
        for day, height in zip(line.get_xdata(), line.get_ydata(), strict=True)
    }
    assert set(marks_at) == {("o", "2018-09-14"), ("o", "2018-12-26"), ("X", "2020-06-16")}
    assert marks_at["o", "2018-09-14"] == marks_at["X", "2020-06-16"] < marks_at["o", "2018-12-26"]
    said = [text.get_text() for text in ax.texts]
    assert [words for words in ("opened", "blown up", "Hanoi") if words not in said] == []
    assert {"brings together", "sets apart"} <= {text.get_text() for text in fig.texts}


def test_columns_hang_what_is_below_and_draw_the_line():
    months = pd.period_range("2019-01", "2019-03", freq="M")
    frame = pd.DataFrame({"up": [3, 0, 2], "down": [1, 4, 0], "balance": [2, -4, 2]}, index=months)
    parts = {"up": ("brings together", charts.BLUE), "down": ("sets apart", charts.VERMILLION)}
    (ax,) = charts.columns(frame, parts, below=["down"], line="balance").figure().axes
    assert [bar.get_height() for bar in ax.patches] == [3, 0, 2, -1, -4, 0]
    assert [list(line.get_ydata()) for line in ax.lines if line.get_marker() == "o"] == [[2, -4, 2]]


def test_words_of_events_give_way_to_the_next_line():
    _fig, ax = charts.canvas(1)
    ax.set_xlim(pd.Timestamp("2017-01-01"), pd.Timestamp("2021-01-01"))
    by_time._events(ax, {"2019-02-27": "Hanoi", "2018-12-01": "A long name", "2020-06-16": "Kaesong"}, charts.WIDE)
    assert [(text.get_text(), text.get_ha()) for text in ax.texts] == [
        ("A long name", "right"),
        ("Hanoi", "left"),
        ("Kaesong", "left"),
    ]


def test_the_title_leaves_the_key_its_room(monkeypatch):
    sent = []
    monkeypatch.setattr(publish, "display", lambda data, **_: sent.append(data))
    months = pd.period_range("2019-01", "2019-03", freq="M")
    frame = pd.DataFrame({"up": [3, 0, 2], "down": [1, 4, 0]}, index=months)
    fig = charts.columns(frame, {"up": ("one", charts.BLUE), "down": ("two", charts.GREEN)}).figure()
    publish._frame(fig, *(GIVEN[field] for field in ("title", "subtitle", "source")))
    fig.draw_without_rendering()
    placed = {text.get_text(): text.get_window_extent() for text in fig.texts}
    subtitle = next(text for text in fig.texts if text.get_gid() == "subtitle")
    assert placed["one"].y1 < subtitle.get_window_extent().y0, "the key stands below the subtitle"
    assert placed["one"].y0 > fig.axes[0].get_window_extent().y1, "and above the axes"


SIZES = pytest.mark.parametrize("size", [charts.WIDE, charts.NARROW], ids=["wide", "narrow"])


@SIZES
def test_lanes_draw_a_bar_between_two_images_and_a_line_for_each_kind(size):
    found = pd.DataFrame(
        {
            "lane": ["Sohae", "Sohae", "Sanumdong"],
            "kind": ["forward", "none", "forward"],
            "first": pd.to_datetime(["2019-02-16", "2018-08-01", None]),
            "last": pd.to_datetime(["2019-03-02", "2019-02-16", "2019-03-07"]),
            "window": ["stated", "stated", "published"],
        }
    )
    looks = {"forward": ("forward", charts.VERMILLION, "^", False), "none": ("nothing", charts.GREY, "o", True)}
    (ax,) = charts.lanes(found, looks, row=0.5, band=("2019-02-27", "2019-02-28")).figure(size).axes[:1]
    bars = {
        tuple(str(day)[:10] for day in line.get_xdata()): line.get_ydata()[0]
        for line in ax.lines
        if len(line.get_xdata()) == 2 and str(line.get_xdata()[0]).startswith("20")
    }
    assert {("2019-02-16", "2019-03-02"), ("2018-08-01", "2019-02-16")} <= set(bars)
    assert bars["2019-02-16", "2019-03-02"] != bars["2018-08-01", "2019-02-16"]
    assert ("2019-02-05", "2019-03-07") in bars  # thirty dotted days where the begin is not stated
    marks = sorted(str(day)[:10] for line in ax.lines if line.get_marker() in ("^", "o") for day in line.get_xdata())
    assert marks == ["2019-02-16", "2019-03-02", "2019-03-07"]


@SIZES
def test_spans_reach_the_edge_where_an_end_is_open_and_count_the_accounts_of_a_day(size):
    frame = pd.DataFrame(
        {
            "label": ["images", "official"],
            "first": pd.to_datetime(["2019-02-16", None]),
            "last": pd.to_datetime(["2019-03-02", "2019-02-26"]),
        }
    )
    ax, low = charts.account_spans(frame, limits=("2019-02-01", "2019-03-06"), tally="accounts").figure(size).axes[:2]
    bars = [tuple(str(day)[:10] for day in line.get_xdata()) for line in ax.lines if len(line.get_xdata()) == 2]
    assert ("2019-02-16", "2019-03-03") in bars and ("2019-02-01", "2019-02-27") in bars
    assert [line.get_marker() for line in ax.lines if line.get_marker() in ("<", ">")] == ["<"]
    assert "2 of 2" in [text.get_text() for text in low.texts]


@SIZES
def test_a_map_names_its_points_and_leaves_minor_names_out_on_a_phone(size):
    points = pd.DataFrame(
        {
            "label": ["Sohae", "Pakchon"],
            "latitude": [39.66, 39.72],
            "longitude": [124.7, 125.6],
            "group": ["launch", "nuclear"],
            "minor": [False, True],
        }
    )
    looks = {"launch": ("launch site", charts.VERMILLION, "^"), "nuclear": ("nuclear", charts.PURPLE, "o")}
    chart = charts.geography(
        points,
        {"features": []},
        (123.9, 131.0, 37.4, 43.2),
        kind="group",
        looks=looks,
        cities={"Pyongyang": (39.03, 125.75)},
    )
    fig = chart.figure(size)
    names = {text.get_text() for text in fig.axes[0].texts}
    assert names == {"Sohae", "Pyongyang"} | (set() if size.narrow else {"Pakchon"})
    assert [len(dots.get_offsets()) for dots in fig.axes[0].collections] == [1, 1]
    assert {"launch site", "nuclear"} <= {text.get_text() for text in fig.texts}


def some_pauses():
    days = [4000, 900, 504, 361, 3, 3]
    start = pd.to_datetime(["1990-01-01", "2001-02-01", "2004-01-01", "2006-01-01", "2007-01-01", "2007-02-01"])
    return pd.DataFrame(
        {
            "start": start,
            "end": start + pd.to_timedelta(days, unit="D"),
            "days": days,
            "label": ["4,000", "900", "504 days", "361", "", ""],
            "color": [charts.BLUE, charts.BLUE, charts.VERMILLION, *[charts.BLUE] * 3],
            "minor": [False, True, False, True, True, True],
        }
    )


@pytest.mark.parametrize(("size", "said"), [(charts.WIDE, 4), (charts.NARROW, 2)])
def test_stretches_stand_at_their_length_and_short_ones_are_dots(size, said):
    (ax,) = charts.strokes(some_pauses(), ticks={1: "a day", 365: "a year"}).figure(size).axes
    strokes = [line for line in ax.lines if len(line.get_xdata()) == 2]
    assert [line.get_ydata()[0] for line in strokes][:3] == [4000, 900, 504]
    assert [line.get_color() for line in strokes].count(charts.VERMILLION) == 1
    dots = [line for line in ax.lines if line.get_marker() == "o"]
    assert sum(line.get_ydata()[0] == 3 for line in dots) == 2
    assert sum(bool(text.get_text()) for text in ax.texts) == said
    assert ax.get_yscale() == "log"
    assert [tick.get_text() for tick in ax.get_yticklabels()] == ["a day", "a year"]


@pytest.mark.parametrize("size", [charts.WIDE, charts.NARROW])
def test_shares_that_last_longer_are_steps_for_the_record_and_lines_for_models(size):
    frame = pd.DataFrame(
        [
            {"panel": panel, "series": series, "days": days, "share": share}
            for panel in ("since 2014", "since 1984")
            for series, line in {"record": [1, 0.5, 0.1], "model": [1, 0.4, 0.2]}.items()
            for days, share in zip([1, 10, 100], line, strict=True)
        ]
    )
    looks = {"record": (charts.INK, "steps", 2.4), "model": (charts.BLUE, "--", 1.6)}
    fig = charts.survival(frame, looks, panel="panel", reference=(504, "504 days"), xticks={1: "a day"}).figure(size)
    first, second = fig.axes
    assert [ax.get_title("left") for ax in fig.axes] == ["since 2014", "since 1984"]
    record, model, mark = first.lines
    assert record.get_drawstyle() == "steps-post" and model.get_linestyle() == "--"
    assert record.get_ydata().tolist() == [1, 0.5, 0.1] and mark.get_xdata()[0] == 504
    assert [text.get_text() for text in first.texts] == ["504 days"] and not second.texts
    assert [text.get_text() for text in fig.texts if text.get_text() != "■"] == ["record", "model"]


def test_a_specification_curve_is_sorted_and_marks_the_books_own():
    found = pd.DataFrame({"value": [30.0, 10.0, 20.0], "low": [25, 5, 15], "high": [35, 15, 25]})
    (ax,) = charts.curve(found, reference=(12, "half"), marked=(2, "as here")).figure(charts.WIDE).axes
    line, _, mark = ax.lines
    assert line.get_ydata().tolist() == [10, 20, 30]
    assert (mark.get_xdata()[0], mark.get_ydata()[0]) == (1, 20)
    assert {text.get_text() for text in ax.texts} == {"half", "as here"}


def test_a_row_without_a_value_is_a_pair_of_bounds():
    frame = pd.DataFrame({"label": ["all"], "value": [None], "low": [33.0], "high": [92.0]}).astype({"value": float})
    fig = charts.estimates(frame).figure(charts.WIDE)
    assert "33% to 92%" in [text.get_text() for text in fig.axes[0].texts]


def test_lines_hold_as_many_words_as_fit():
    text = "Of forty people whose words were found, most would have taken a first step in the winter of 2019"
    for width in (0.2, 1.1, 2.0, 3.7, 40):
        lines = style.wrapped(text, width, 11).splitlines()
        assert " ".join(lines) == text
        for line, after in itertools.pairwise(lines):
            assert style.measured(line, 11) <= width or " " not in line
            assert style.measured(f"{line} {after.split()[0]}", 11) > width
    assert style.wrapped("", 1, 11) == ""


def test_no_tick_lies_beyond_the_first_that_covers_what_is_drawn():
    frame = pd.DataFrame({"label": ["all"], "value": [79.0], "low": [67.0], "high": [92.0]})
    pair = frame.assign(first=50.0, second=67.0)
    for chart, reach in (
        (charts.estimates(frame, limits=(0, 126)), 92),
        (charts.estimates(frame, limits=(0, 190), reference=(130, "")), 130),
        (charts.pairs(pair, limits=(0, 126)), 67),
    ):
        for size in (charts.WIDE, charts.NARROW):
            ticks = chart.figure(size).axes[0].get_xticks()
            assert ticks[-2] < reach <= ticks[-1]


def test_names_of_columns_stand_apart_on_a_phone():
    names = ["as they are", "by own spread", "by chance"]
    fig = charts.grid(pd.DataFrame(0.5, index=["All that were looked at, far shifts"], columns=names)).figure(
        charts.NARROW
    )
    FigureCanvasAgg(fig).draw()
    boxes = [label.get_window_extent() for label in fig.axes[0].get_xticklabels()]
    assert all(left.x1 < right.x0 for left, right in itertools.pairwise(boxes))
