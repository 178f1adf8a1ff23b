"""The bargain at Hanoi: reasons by voice, offers against demands, firmness; and the forms that draw them."""

import numpy as np
import pandas as pd
import pytest

from hanoi import charts, evidence, positions


def offered(rows):
    """Return offers from (id, party, account_of, element, position, summary[, note[, event_date]])."""
    names = ["offer_id", "party", "account_of", "element", "position", "summary", "note", "event_date"]
    frame = pd.DataFrame([(*row, *("", "2019-02-28")[len(row) - 6 :]) for row in rows], columns=names)
    spans = frame["event_date"].map(evidence.span)
    return frame.assign(event_date_first=pd.to_datetime(spans.str[0]), event_date_last=pd.to_datetime(spans.str[1]))


def reasoned(rows):
    """Return (reasons, codings) from (id, who, role, code of a, code of b[, second choice of b])."""
    reasons = pd.DataFrame(
        [{"reason_id": r[0], "who": r[1], "expert_id": None, "role": r[2], "country": "USA"} for r in rows]
    )
    codings = pd.DataFrame(
        [
            {"reason_id": r[0], "coder": coder, "code": r[3 + at], "second_code": (r[5] if len(r) > 5 and at else None)}
            for r in rows
            for at, coder in enumerate("ab")
        ]
    )
    return reasons, codings


def test_a_voice_counts_once_a_reason():
    reasons, codings = reasoned(
        [
            ("1", "Ann", "analyst", "poor-preparation", "poor-preparation"),
            ("2", "Ann", "analyst", "poor-preparation", "other"),
            ("3", "Bob", "analyst", "sanctions-scope", "dprk-asked-too-much"),
        ]
    )
    voices = positions.reason_voices(reasons, codings)
    ann = voices[voices["code"].eq("poor-preparation")]
    assert ann[["voice", "a", "b"]].to_numpy().tolist() == [["Ann", True, True]]
    terms = positions.REASON_GROUPS["terms"]
    assert positions.naming(voices, terms) == ["Bob"]  # two codes of one group are one answer
    assert positions.naming(voices, ["sanctions-scope"]) == []
    assert positions.naming(voices, ["sanctions-scope"], "a") == ["Bob"]
    assert positions.naming(voices, ["other"], "either") == ["Ann"]


def test_every_code_has_a_group_and_words():
    grouped = [code for codes in positions.REASON_GROUPS.values() for code in codes]
    assert sorted(grouped) == sorted(evidence.read("reason_codes")["code"]) == sorted(positions.REASONS)


def test_kappa_is_that_of_a_table_known_from_the_literature():
    # Two readers of 50 grant proposals, 20 + 15 alike: agreement 0.7, chance 0.5, kappa 0.4.
    cells = [("x", "x", 20), ("x", "y", 5), ("y", "x", 10), ("y", "y", 15)]
    pairs = [(a, b) for a, b, count in cells for _ in range(count)]
    _, codings = reasoned([(str(at), "Ann", "analyst", a, b) for at, (a, b) in enumerate(pairs)])
    found = positions.reason_agreement(codings)
    assert (found["n"], found["same"]) == (50, 35)
    assert found["kappa"] == pytest.approx(0.4)
    assert found["low"] < 0.4 < found["high"]


def test_a_second_choice_counts_where_it_is_the_other_code():
    _, codings = reasoned([("1", "Ann", "analyst", "x", "y", "x"), ("2", "Ann", "analyst", "x", "y", "z")])
    found = positions.reason_agreement(pd.concat([codings, reasoned([("3", "Bo", "media", "z", "z")])[1]]))
    assert (found["same"], found["second"]) == (1, 2)


@pytest.mark.parametrize(
    ("summary", "who"),
    [
        ("Ri: only five of eleven", "Ri"),
        ("Kim, asked by a reporter: welcome", "Kim"),
        ("Andrew Kim (ex-CIA): asked for tours", "Andrew Kim"),
        ("Bolton memoir: Trump pressed", "Bolton’s memoir"),
        ("Bolton on CBS: a small concession", "Bolton"),
        ("The US was reportedly ready", "Reuters"),
        ("CNN, citing unnamed officials: as Trump left", "CNN"),
    ],
)
def test_who_tells_an_offer(summary, who):
    assert positions.teller(pd.DataFrame({"summary": [summary]})).tolist() == [who]


def test_every_offer_has_a_teller():
    assert positions.teller(evidence.read("offers")).str.fullmatch(r"[A-Z][\w’' -]+").all()


def test_refusals_stand_with_what_a_side_would_give_or_with_what_it_asked():
    found = positions.exchange(
        offered(
            [
                ("1", "PRK", "press", "declaration", "rejected", "Asahi: refused"),
                ("2", "USA", "press", "declaration", "dropped", "NBC: dropped"),
                ("3", "PRK", "press", "unspecified", "rejected", "Thae Yong-ho: refused"),
                ("4", "USA", "USA", "sanctions-five-resolutions", "rejected", "Trump: no"),
            ]
        )
    ).set_index(["element", "column"])["words"]
    assert found.to_dict() == {
        ("declaration", "North offers"): "refused: Asahi",
        ("declaration", "US asks"): "dropped: NBC",
        ("unspecified", "North offers"): "refused: Thae Yong-ho",
        ("sanctions-five-resolutions", "US holds out"): "refused: Trump",
    }


def test_a_cell_names_its_tellers_by_side_and_marks_remarks():
    (cell,) = positions.exchange(
        offered(
            [
                ("1", "PRK", "PRK", "liaison-office", "offered", "Kim, asked: welcome", "Answer to a reporter"),
                ("2", "PRK", "USA", "liaison-office", "offered", "Trump: he likes it"),
                ("3", "PRK", "memoir", "liaison-office", "offered", "Bolton memoir: so he said"),
            ]
        )
    ).to_dict("records")
    assert cell["words"] == "Kim?; US account: Trump"
    assert (cell["whose"], cell["offers"]) == ("both sides", ["1", "2", "3"])


def test_firmness_takes_the_strongest_account_of_each_side():
    found = positions.firmness(
        offered(
            [
                ("1", "PRK", "USA", "yongbyon-all", "conditional", "Trump: discussed"),
                ("2", "PRK", "PRK", "yongbyon-all", "conditional", "Ri: all plants"),
                ("3", "USA", "press", "yongbyon-all", "demanded", "NYT: asked"),
                (
                    "4",
                    "PRK",
                    "PRK",
                    "liaison-office",
                    "offered",
                    "Kim: welcome",
                    "Answer to a reporter, no formal offer",
                ),
                ("5", "USA", "USA", "liaison-office", "demanded", "Trump: asked"),  # a demand is no openness to give
                ("6", "USA", "press", "yongbyon-all", "rejected", "CNN: not enough"),
            ]
        )
    ).set_index("element")
    assert found.loc["yongbyon-all", ["PRK", "USA", "both", "refused"]].tolist() == [4, 1, 1, True]
    assert found.loc["liaison-office", "PRK"] == 3
    assert np.isnan(found.loc["liaison-office", "USA"]) and np.isnan(found.loc["liaison-office", "both"])
    assert "unspecified" not in found.index


def test_a_bare_month_of_the_summit_counts_as_before_its_end():
    rows = offered(
        [
            ("1", "PRK", "PRK", "freeze", "offered", "Ri: a", "", "2019-02"),
            ("2", "PRK", "PRK", "freeze", "offered", "Ri: b", "", "2019-03-01"),
            ("3", "PRK", "PRK", "freeze", "offered", "Ri: c", "", "2019-02-27/2019-02-28"),
        ]
    )
    assert positions.until(rows, positions.SUMMIT[1])["offer_id"].tolist() == ["1", "3"]


def texts(fig):
    """Return all texts of a figure."""
    return [text.get_text() for ax in fig.axes for text in ax.texts]


@pytest.mark.parametrize("size", [charts.WIDE, charts.NARROW])
def test_ranges_say_what_was_given(size):
    nan = float("nan")
    frame = pd.DataFrame(
        [
            ("A", 20, 45, 60, ""),
            ("B", nan, nan, 37, ""),
            ("C", 60, nan, nan, ""),
            ("D", nan, 30, nan, ""),
            ("E", nan, nan, nan, "in words"),
            ("F", nan, 540, 705, ""),
        ],
        columns=["label", "low", "value", "high", "words"],
    )
    drawn = texts(charts.ranges(frame).figure(size))
    for words in ("20 to 60, likely 45", "up to 37", "at least 60", "30", "in words", "540, at most 705"):
        assert words in drawn


@pytest.mark.parametrize("size", [charts.WIDE, charts.NARROW])
def test_years_write_the_values_of_the_first_estimator_and_join_near_events(size):
    frame = pd.DataFrame(
        [
            (2015, 10.0, "A", "Sold"),
            (2016, 20.0, "A", "Sold"),
            (2015, 10.5, "B", "Sold"),
            (2016, 90.0, "B", "Sold"),
            (2016, 5.0, "A", "Bought"),
        ],
        columns=["year", "value", "estimator", "panel"],
    )
    fig = charts.yearly(frame, events={2015.6: "2371", 2015.7: "2375", 2016.0: "2397"}).figure(size)
    assert [ax.get_title(loc="left") for ax in fig.axes] == ["Sold", "Bought"]
    first = [text.get_text() for text in fig.axes[0].texts]
    assert {"10", "20", "2371, 2375", "2397"} <= set(first)
    assert "90" in first and "10.5" not in first


def test_a_matrix_writes_the_words_of_its_shades():
    frame = pd.DataFrame({"row": ["x"], "column": ["y"], "words": ["z"], "color": [charts.BLUE]})
    fig = charts.matrix(frame, shades=[("both sides", charts.BLUE)]).figure()
    assert "both sides" in [text.get_text() for text in fig.texts]
