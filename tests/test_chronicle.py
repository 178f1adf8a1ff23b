"""Clock times, the balance of events, names and the ledger.

Expected values are published pairs of times (each from the page or note named beside it), the calendar as NumPy counts
it, or results worked by hand in the test. The last part holds the stored ledger against the tables.
"""

import re

import numpy as np
import pandas as pd
import pytest

from hanoi import charts, chronicle, evidence
from hanoi.build import ROOT
from hanoi.charts import claims as page
from tests.conftest import stored


def times(*rows):
    return pd.DataFrame(rows, columns=["date", "time_local", "timezone"])


# --- time -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "row, zone, expected",
    [
        (
            ("2019-02-28", "01:48", "America/New_York"),
            chronicle.HANOI,
            "2019-02-28 13:48",
        ),  # CNN's live page, entry 01:48 ET
        (
            ("2019-02-25", "12:34", "America/New_York"),
            chronicle.HANOI,
            "2019-02-26 00:34",
        ),  # VTC News: 0:30 on 26 February
        (("2017-09-03", "12:30", "Asia/Seoul"), "UTC", "2017-09-03 03:30"),  # CTBTO, sixth nuclear test
        (("2018-07-27", "11:00", "Asia/Seoul"), "UTC", "2018-07-27 02:00"),  # the flight with the remains
        (("2019-04-26", "15:30", "Asia/Vladivostok"), "UTC", "2019-04-26 05:30"),  # Kim leaves Vladivostok
        (("2017-11-29", "12:00", "Asia/Pyongyang"), "Asia/Seoul", "2017-11-29 12:30"),  # Pyongyang half an hour behind
        (("2018-05-05", "12:00", "Asia/Pyongyang"), "Asia/Seoul", "2018-05-05 12:00"),  # and from that day no longer
    ],
)
def test_clock_gives_published_times(row, zone, expected):
    assert chronicle.clock(times(row), zone)[0].strftime("%Y-%m-%d %H:%M") == expected


def test_clock_keeps_the_unknown_and_refuses_the_incomplete():
    assert chronicle.clock(times(("2019-02-27", None, None)))[0] is None
    for row in (("2019-02-27", "18:30", None), ("2019-02", "18:30", chronicle.HANOI)):
        with pytest.raises(ValueError, match="needs a day and a time zone"):
            chronicle.clock(times(row))


def test_hours_count_on_past_midnight():
    moments = chronicle.clock(times(("2019-03-01", "00:15", chronicle.HANOI), ("2019-02-28", "13:45", chronicle.HANOI)))
    assert chronicle.hours(moments, "2019-02-28").tolist() == [24.25, 13.75]
    assert [charts.shown(hour) for hour in (24.25, 13.75, 9)] == ["00:15", "13:45", "09:00"]


@pytest.mark.parametrize("last", ["2019-02-27", "2019-02-28", "2020-02-29"])
def test_days_between_as_numpy_counts_them(last):
    nights = int((np.datetime64(last) - np.datetime64("2018-06-12")).astype(int))
    assert chronicle.days_between("2018-06-12", last) == nights
    assert chronicle.days_between("2018-06-12", last, both=True) == nights + 1


def test_singapore_to_hanoi():
    # Kim's count as the Korean press gives it, and as his interpreter gave it (both pages are cited in the ledger).
    assert chronicle.days_between("2018-06-12", "2019-02-27") == 260
    assert chronicle.days_between("2018-06-12", "2019-02-27", both=True) == 261


def plan(*rows):
    fields = ["step", "kind", "edge", "time_local", "precision", "minutes", "source_id"]
    return pd.DataFrame(rows, columns=fields).assign(date="2019-02-28", timezone=chronicle.HANOI)


def test_spans_of_a_dinner_by_hand():
    # Page a: begins 19:00, lasts 105 minutes, so ends 20:45. Page b: ends 20:35 after 100 minutes, so began 18:55.
    # Page c saw the guests seated by 19:45, a bound that the stated starts make superfluous.
    found = chronicle.spans(
        plan(
            ("d", "reported", "start", "19:00", "exact", None, "a"),
            ("d", "reported", "length", None, "about", 105, "a"),
            ("d", "reported", "end", "20:35", "about", None, "b"),
            ("d", "reported", "length", None, "about", 100, "b"),
            ("d", "reported", "start", "19:45", "not-after", None, "c"),
        ),
        "2019-02-28",
    ).iloc[0]
    assert [charts.shown(found[end]) for end in ("start_low", "start_high", "end_low", "end_high")] == [
        "18:55",
        "19:00",
        "20:35",
        "20:45",
    ]
    assert (found["pages"], found["sources"], found["start_bound"]) == (3, "a b c", "")


def test_spans_use_bounds_and_lone_lengths_only_where_nothing_else_is_known():
    found = chronicle.spans(
        plan(
            ("talk", "reported", "start", "11:03", "not-after", None, "a"),
            ("talk", "reported", "end", "13:05", "not-before", None, "b"),
            ("walk", "reported", "start", "08:55", "exact", None, "a"),
            ("walk", "reported", "length", None, "about", 35, "b"),
            ("walk", "reported", "length", None, "about", 45, "c"),
            ("meal", "planned", "start", "11:55", "exact", None, "a"),
            ("meal", "not-held", "start", None, "exact", None, "a"),
        ),
        "2019-02-28",
    ).set_index("step")
    assert found.loc["talk", ["start_bound", "end_bound"]].tolist() == ["by", "after"]
    assert [charts.shown(found.loc["walk", end]) for end in ("end_low", "end_high")] == ["09:30", "09:40"]
    assert found.loc["meal", "kind"] == "planned" and np.isnan(found.loc["meal", "end_high"])
    assert len(found) == 3


# --- events ---------------------------------------------------------------------------------------------------------


def some_events(*rows):
    frame = pd.DataFrame(rows, columns=["date", "category", "direction"])
    first = pd.to_datetime(frame["date"].map(lambda date: date if len(date) == 10 else f"{date}-01"))
    return frame.assign(event_id=frame.index.astype(str), date_first=first)


def test_a_day_told_twice_counts_once():
    events = some_events(
        ("2019-02-26", "summit", "cooperative"),
        ("2019-02-26", "speech", "cooperative"),
        ("2019-02-26", "summit", "neutral"),
        ("2019-02-27", "summit", "cooperative"),
        ("2019-02-27", "summit", "cooperative"),
    )
    found = chronicle.happenings(events)
    assert found["event_id"].tolist() == ["0", "2", "3"] and found["rows"].tolist() == [2, 1, 2]
    by_kind = chronicle.happenings(events, ("date", "category", "direction"))
    assert by_kind["event_id"].tolist() == ["0", "1", "2", "3"] and by_kind["rows"].tolist() == [1, 1, 1, 2]


@pytest.mark.parametrize(
    "title, protocol",
    [
        ("Kim's train arrives at Dong Dang", True),
        ("Trump lands at Noi Bai (government portal time)", True),
        ("Kim back at the Melia (reporter tweet)", True),
        ("Social dinner at the Metropole", True),
        ("John Bolton leaves as national security adviser", False),
        ("Trump-Kim talks at Freedom House", False),
        ("Two missiles from Hodo: launches", False),
        ("Moon Jae-in takes office as South Korean president", False),
    ],
)
def test_protocol_is_told_from_acts_by_the_title(title, protocol):
    acts, others = chronicle.apart(pd.DataFrame({"title": [title]}))
    assert (len(acts), len(others)) == ((0, 1) if protocol else (1, 0))


def test_windows_stop_short_of_the_days_between_them():
    days = (
        "2018-02-26",
        "2018-02-27",
        "2019-02-26",
        "2019-02-27",
        "2019-02-28",
        "2019-03-01",
        "2020-02-29",
        "2020-03-01",
    )
    events = some_events(*[(day, "summit", "cooperative") for day in days])
    before, after = chronicle.around(events, "2019-02-27", "2019-02-28")
    assert before["date"].tolist() == ["2018-02-27", "2019-02-26"]
    assert after["date"].tolist() == ["2019-03-01", "2020-02-29"]
    assert [len(part) for part in chronicle.around(events, "2019-02-27", "2019-02-28", months=6)] == [1, 1]


def test_the_fall_of_the_share_by_hand():
    # Before: January 2 of 2, February 1 of 2 cooperative; after: March 0 of 2, April 1 of 2. The fall is 3/4 - 1/4.
    rows = [
        ("2019-01-01", "a", "cooperative"),
        ("2019-01-02", "a", "cooperative"),
        ("2019-02-01", "a", "cooperative"),
        ("2019-02-02", "a", "conflictual"),
        ("2019-03-01", "a", "conflictual"),
        ("2019-03-02", "a", "conflictual"),
        ("2019-04-01", "a", "cooperative"),
        ("2019-04-02", "a", "conflictual"),
        ("2019-04-03", "a", "neutral"),
    ]
    events = some_events(*rows)
    before, after = chronicle.around(events, "2019-03-01", "2019-02-28")
    found = chronicle.share_fall(before, after)
    # Residuals sum by month to +1/2, -1/2 before (share 3/4 of 4) and -1/2, +1/2 after, so that the variance of each
    # mean is (1/4 + 1/4) / 4² = 1/32, their sum 1/16, times 4/3 for four clusters and 7/6 for eight rows, two means.
    error = np.sqrt(1 / 16 * 4 / 3 * 7 / 6)
    assert found["fall"] == pytest.approx(0.5)
    assert found["high"] - found["fall"] == pytest.approx(3.182446 * error, rel=1e-6)  # t of 3 degrees of freedom
    assert found["fall"] - found["low"] == pytest.approx(found["high"] - found["fall"])
    with pytest.raises(ValueError, match="one of the windows"):
        chronicle.share_fall(before, after[after["direction"] == "neutral"])


def test_the_interval_of_the_fall_covers_a_known_truth():
    # 12 months on either side, events of a month hanging together (its share is drawn around 0.8 and 0.35).
    rng = np.random.default_rng(20190228)
    months = pd.date_range("2018-03-01", periods=24, freq="MS")
    covered = []
    for _ in range(200):
        shares = np.clip(np.where(np.arange(24) < 12, 0.8, 0.35) + rng.normal(0, 0.12, 24), 0.02, 0.98)
        counts = rng.integers(4, 12, 24)
        direction = np.where(rng.random(counts.sum()) < np.repeat(shares, counts), "cooperative", "conflictual")
        events = pd.DataFrame({"date_first": np.repeat(months, counts), "direction": direction})
        found = chronicle.share_fall(*chronicle.around(events, "2019-03-01", "2019-02-28"))
        covered.append(found["low"] <= 0.45 <= found["high"])
    assert 0.90 <= np.mean(covered) <= 0.99


def test_the_fall_at_each_month_by_hand():
    events = some_events(
        ("2019-01-10", "a", "cooperative"), ("2019-02-10", "a", "cooperative"), ("2019-03-10", "a", "conflictual")
    )
    found = chronicle.fall_at_each(events, "2019-02", "2019-03", months=2)
    assert found.to_dict() == {pd.Period("2019-02"): 0.5, pd.Period("2019-03"): 1.0}


def test_balance_counts_every_month_and_the_month_alone():
    events = some_events(
        ("2019-01-05", "a", "cooperative"),
        ("2019-01", "a", "cooperative"),
        ("2019-01-31", "a", "conflictual"),
        ("2019-03-01", "a", "conflictual"),
        ("2019-03-02", "a", "neutral"),
    )
    found = chronicle.balance(events)
    assert [str(month) for month in found.index] == ["2019-01", "2019-02", "2019-03"]
    assert found["balance"].tolist() == [1, 0, -1] and found["neutral"].tolist() == [0, 0, 1]
    assert chronicle.balance(events, "Y")["balance"].tolist() == [0]


def test_share_and_what_it_hangs_on():
    events = some_events(
        *[("2019-01-01", "letter", "cooperative")] * 3,
        *[("2019-01-01", "threat", "conflictual")] * 1,
        ("2019-01-01", "threat", "neutral"),
    )
    assert chronicle.cooperative_share(events) == 0.75
    with pytest.raises(ValueError, match="no event with a direction"):
        chronicle.cooperative_share(events[events["direction"] == "neutral"])
    assert chronicle.without_each(events, lambda rows: len(rows)) == (2, 3)


# --- people ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "text, expected",
    [
        ("Kim Yong Chol met Trump", ["donald-trump", "kim-yong-chol"]),
        ("Donald Trump Jr. spoke", ["donald-trump-jr"]),
        ("Katharine Moon of Wellesley", ["katharine-moon"]),
        ("Moon and Kim sign; Kim Kye Gwan and Moon Chung-in look on", ["kim-jong-un", "moon-jae-in"]),
        ("Ri Son Gwon opened the office with Lee Yun-hyang", ["lee-yun-hyang"]),
        ("the moon over Trumpington", []),
    ],
)
def test_named(text, expected):
    assert sorted(chronicle.named(evidence.read("people"), text)) == expected


def test_appearances_keep_the_rows():
    frame = pd.DataFrame({"claim_id": ["x", "y"], "text": ["Putin and Kim", "nobody"]})
    found = chronicle.appearances(evidence.read("people"), frame, ["text"])
    assert sorted(found["person_id"]) == ["kim-jong-un", "vladimir-putin"] and set(found["claim_id"]) == {"x"}


# --- the ledger -----------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def claims():
    return evidence.read("claims")


@pytest.fixture(scope="module")
def ledger():
    """Return the Markdown of the stored ledger, its outputs joined."""
    return "\n".join(
        output["data"]["text/markdown"]
        for cell in stored()["claims-ledger"].cells
        for output in cell.get("outputs", ())
        if "ledger-line" in output.get("data", {}).get("text/markdown", "")
    )


def test_ledger_sorts_the_sources_by_relation(claims):
    found = chronicle.ledger(claims, evidence.read("claim_sources")).set_index("claim_id")
    assert found.loc["c10b", "contradicts"].split() == [
        "nbc-2019-02-27-euronews",
        "nymag-2019-02-accounting",
        "splinter-2019-02-28",
    ]
    assert found.loc["c10b", "origin"] == "" and len(found) == len(claims)


def test_an_entry_shows_text_as_text():
    claim = {
        "claim_id": "c99a",
        "line": 99,
        "topic": "us-politics",
        "claim": "{ref}`x` <b>*bold*</b>",
        "claimed_by": None,
        "event_date": "2019-02",
        "status": "not-found",
        "finding": "[a](b) # c",
        "note": None,
        "carried_by": "x-y",
        **dict.fromkeys(chronicle.RELATIONS, ""),
    }
    text = page._entry(claim)
    assert r"\{ref\}\`x\` \<b\>\*bold\*\</b\>" in text and r"\[a\](b) \# c" in text
    assert "[US politics]" in text and "February 2019" in text and "none found" in text and "Note" not in text


def test_every_line_and_claim_is_in_the_stored_ledger(claims, ledger):
    assert re.findall(r"(?m)^:name: line-(\d+)$", ledger) == [str(line) for line in range(1, 31)]
    assert sorted(re.findall(r"(?m)^:name: claim-(\w+)$", ledger)) == sorted(claims["claim_id"]) and len(claims) == 73
    for claim in claims.itertuples():
        assert f"ledger-claim status-{claim.status} topic-{claim.topic}\n:name: claim-{claim.claim_id}\n" in ledger


def test_every_source_of_a_claim_is_cited(ledger):
    cited = {key for keys in re.findall(r"\{cite:t\}`([^`]+)`", ledger) for key in keys.split(",")}
    assert cited == set(evidence.read("claim_sources")["source_id"])


def test_every_claim_is_carried_by_a_section_of_the_book(claims, ledger):
    labels = {
        label
        for notebook in stored().values()
        for cell in notebook.cells
        if cell.cell_type == "markdown"
        for label in re.findall(r"(?m)^\(([\w-]+)\)=\n+#", cell.source)
    }
    assert sorted(set(claims["carried_by"]) - labels) == []
    assert (
        re.findall(r"\*\*Carried by:\*\* \{ref\}`([\w-]+)`", ledger)
        == claims.sort_values(["line", "claim_id"], kind="stable")["carried_by"].tolist()
    )


def test_the_style_knows_every_status(claims):
    style = (ROOT / "book" / "_static" / "filter.css").read_text(encoding="utf-8")
    assert (
        set(claims["status"])
        <= set(chronicle.STATUSES)
        == set(re.findall(r"\.ledger-claim\.status-([\w-]+) \{", style))
    )
