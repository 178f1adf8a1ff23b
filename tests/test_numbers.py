"""A computed number carries its value, its interval and the rows behind it, or is refused."""

import numpy as np
import pandas as pd
import pytest

from hanoi import evidence, numbers


@pytest.fixture
def sent(monkeypatch):
    """Collect what :func:`numbers.state` displays."""
    shown = []
    monkeypatch.setattr(numbers, "_sent", set())
    monkeypatch.setattr(numbers, "display", lambda data, **_: shown.append(data))
    return shown


@pytest.fixture(scope="module")
def polls():
    return evidence.read("polls").head(2)


def record(shown, kind=numbers.NUMBER):
    return next(data[numbers._GLUE + kind] for data in shown if numbers._GLUE + kind in data)


def test_a_number_keeps_its_record(sent, polls):
    numbers.state("size", 802.123456789, "{:.0f}", unit="adults", how="as stated", rows={"polls": polls}, interval=(1, 2))
    number, rows = record(sent), record(sent, numbers.ROWS)
    assert (number["text"], number["value"], number["interval_text"]) == ("802", 802.123, "1 to 2")
    assert number["rows"] == [{"table": "polls", "rows": rows["rows"], "count": 2}]
    assert rows["keys"] == sorted(polls["poll_id"])
    assert rows["sources"] == evidence.sources_of("polls", polls)
    assert set(polls["source_id"]) <= set(rows["sources"])


def test_one_set_of_rows_is_sent_once(sent, polls):
    for key in ("a", "b"):
        numbers.state(key, 1, how="", rows={"polls": polls})
    assert sum(numbers._GLUE + numbers.ROWS in data for data in sent) == 1


@pytest.mark.parametrize(("value", "fmt", "text"), [
    (65.4, "{:.0f}%", "65%"), (-8.2, "{:+.1f}", "−8.2"), (-0.01, "{:.0f}", "0"), (3.2, "{:+.0f}", "+3"),
    (64.5, "{:.0f}%", "65%"), (65.5 - 1e-12, "{:.0f}", "66"), (3.55, "{:.1f}", "3.6"), (-2.5, "{:.0f}", "−3"),
    (np.float64(1234.5), "{:,.1f}", "1,234.5"), (0.125, "{:.1%}", "12.5%"), ("fell", "{}", "fell"), (1234, "{:,}", "1,234")])
def test_text_of_a_number(sent, polls, value, fmt, text):
    numbers.state("n", value, fmt, how="", rows={"polls": polls})
    assert record(sent)["text"] == text


def test_a_count_of_nothing_rests_on_no_row(sent, polls):
    numbers.state("none", 0, how="polls that asked", rows={"polls": polls.head(0)})
    assert record(sent)["rows"] == [{"table": "polls", "rows": record(sent, numbers.ROWS)["rows"], "count": 0}]
    assert record(sent, numbers.ROWS)["keys"] == record(sent, numbers.ROWS)["sources"] == []


@pytest.mark.parametrize(("change", "message"), [
    ({"value": float("nan")}, "no value to show"),
    ({"value": None}, "no value to show"),
    ({"value": pd.NA}, "no value to show"),
    ({"interval": (1, float("nan"))}, "no value to show"),
    ({"rows": {}}, "names no rows"),
    ({"rows": {"polls": pd.DataFrame({"poll_id": []})}}, "are none"),
    ({"rows": {"polls": pd.DataFrame({"pollster": ["x"]})}}, "lack the key column poll_id"),
    ({"rows": {"polls": pd.DataFrame({"poll_id": ["no-such-poll"]})}}, "no-such-poll"),
    ({"key": "Not A Key"}, "lower case"),
])
def test_a_number_without_ground_is_refused(sent, polls, change, message):
    given = {"key": "n", "value": 1, "how": "", "rows": {"polls": polls}} | change
    with pytest.raises(ValueError, match=message):
        numbers.state(given.pop("key"), given.pop("value"), **given)
    assert not any(numbers._GLUE + numbers.NUMBER in data for data in sent)
