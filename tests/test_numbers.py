"""A computed number carries its value, its interval and the rows behind it, or is refused."""

import numpy as np
import pandas as pd
import pytest

from hanoi import evidence, numbers


@pytest.fixture
def sent(monkeypatch):
    """Collect what :func:`numbers.state` displays."""
    shown = []
    monkeypatch.setattr(numbers, "display", lambda data, **_: shown.append(data))
    return shown


@pytest.fixture(scope="module")
def polls():
    return evidence.read("polls").head(2)


def record(shown, kind="numbers"):
    return shown[-1][numbers.MIME][kind][0]


def test_a_number_keeps_its_record(sent, polls):
    numbers.state(
        "size", 802.123456789, "{:.0f}", unit="adults", how="as stated", rows={"polls": polls}, interval=(1, 2)
    )
    number, rows = record(sent), record(sent, "rows")
    assert (number["text"], number["value"], number["interval_text"]) == ("802", 802.123, "1 to 2")
    assert number["rows"] == [{"table": "polls", "rows": rows["rows"], "count": 2}]
    assert rows["keys"] == sorted(polls["poll_id"])
    assert rows["sources"] == evidence.sources_of("polls", polls)
    assert set(polls["source_id"]) <= set(rows["sources"])


def test_many_numbers_share_one_set_of_rows_and_show_themselves(sent, polls):
    numbers.state_all(
        {"low": (1.04, "{:.1f}", "points", (0.5, 2)), "b": (3,)}, how={"low": "one", "b": "other"}, rows=polls
    )
    assert [len(sent[0][numbers.MIME][kind]) for kind in ("numbers", "rows")] == [2, 1]
    assert [number["how"] for number in sent[0][numbers.MIME]["numbers"]] == ["one", "other"]
    assert sent[0]["text/plain"] == "low  1.0  points  (0.5 to 2.0)\nb    3"
    assert numbers.link("low") == "[1.0](#low)" and numbers.link("low", interval=True) == "[0.5 to 2.0](#low:interval)"


def test_stating_again_leaves_the_same_record(sent, polls):
    for _ in range(2):
        numbers.state("a", 1, how="", rows=polls)
    assert sent[0] == sent[1]


def test_a_whole_table_is_named_and_not_listed(sent):
    numbers.state("all", 1, how="", rows=[evidence.read("polls"), evidence.read("sites").head(3)])
    whole, some = sent[0][numbers.MIME]["rows"]
    assert whole["keys"] is None and whole["count"] == len(evidence.read("polls")) and len(some["keys"]) == 3


def test_a_drawn_number_shows_no_digit_that_hangs_on_the_draws(sent, polls):
    numbers.state("p", 0.234, "{:.2f}", how="", rows=polls, error=0.002)
    assert record(sent)["error"] == 0.002
    for value, fmt, error in ((0.234, "{:.2f}", 0.003), (0.234, "{:.3f}", 0.002), (0.234, "{:.1%}", 0.002)):
        with pytest.raises(ValueError, match="show a digit less"):
            numbers.state("p", value, fmt, how="", rows=polls, error=error)


@pytest.mark.parametrize(
    ("value", "fmt", "text"),
    [
        (65.4, "{:.0f}%", "65%"),
        (-8.2, "{:+.1f}", "−8.2"),
        (-0.01, "{:.0f}", "0"),
        (0.4, "{:+.0f}", "0"),
        (3.2, "{:+.0f}", "+3"),
        (64.5, "{:.0f}%", "65%"),
        (65.5 - 1e-12, "{:.0f}", "66"),
        (3.55, "{:.1f}", "3.6"),
        (-2.5, "{:.0f}", "−3"),
        (np.float64(1234.5), "{:,.1f}", "1,234.5"),
        (0.125, "{:.1%}", "12.5%"),
        ("fell", "{}", "fell"),
        (1234, "{:,}", "1,234"),
    ],
)
def test_text_of_a_number(sent, polls, value, fmt, text):
    numbers.state("n", value, fmt, how="", rows={"polls": polls})
    assert record(sent)["text"] == text


def test_a_count_of_nothing_rests_on_no_row(sent, polls):
    numbers.state("none", 0, how="polls that asked", rows={"polls": polls.head(0)})
    assert record(sent)["rows"] == [{"table": "polls", "rows": record(sent, "rows")["rows"], "count": 0}]
    assert record(sent, "rows")["keys"] == record(sent, "rows")["sources"] == []


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"value": float("nan")}, "no value to show"),
        ({"value": None}, "no value to show"),
        ({"value": pd.NA}, "no value to show"),
        ({"interval": (1, float("nan"))}, "no value to show"),
        ({"rows": {}}, "names no rows"),
        ({"rows": {"polls": pd.DataFrame({"poll_id": []})}}, "are none"),
        ({"rows": {"polls": pd.DataFrame({"pollster": ["x"]})}}, "lack the key column poll_id"),
        ({"rows": {"polls": pd.DataFrame({"poll_id": ["no-such-poll"]})}}, "no-such-poll"),
        ({"key": "Not A Key"}, "lower case"),
        ({"rows": pd.DataFrame({"poll_id": ["monmouth-2019-03"]})}, "does not know its table"),
    ],
)
def test_a_number_without_ground_is_refused(sent, polls, change, message):
    given = {"key": "n", "value": 1, "how": "", "rows": {"polls": polls}} | change
    with pytest.raises(ValueError, match=message):
        numbers.state(given.pop("key"), given.pop("value"), **given)
    assert sent == []


@pytest.mark.parametrize(
    ("share", "text"),
    [
        (0.0004, "less than 0.1%"),
        (0.027, "2.7%"),
        (0.0949, "9.5%"),
        (0.096, "10%"),
        (0.126, "13%"),
        (0.996, "more than 99%"),
    ],
)
def test_a_chance_is_no_more_precise_than_it_can_be(share, text):
    assert numbers.chance(share) == text
