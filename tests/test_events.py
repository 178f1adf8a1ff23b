"""Event studies against worked examples and simulated readings with known jumps."""

import numpy as np
import pandas as pd
import pytest

from hanoi import opinion

DAY = pd.Timestamp("2019-02-28")


def moved(changes, pollsters=2, start="2018-01-04"):
    days = pd.date_range(start, periods=len(changes), freq="7D")
    return pd.DataFrame({"change": changes, "pollsters": pollsters}, index=days)


def test_a_placebo_share_counts_the_event_itself():
    """With nothing as large among n others the share is 1 / (n + 1) (Phipson and Smyth 2010)."""
    found = opinion.placebo(moved([-9.0, *[1.0] * 19]), "2018-01-04", window=7)
    assert found.weeks == 18 and found.share == pytest.approx(1 / 19)
    assert opinion.placebo(moved([-9.0, *[9.0] * 19]), "2018-01-04", window=7).share_both == 1


def test_a_tie_in_ten_digits_is_as_large():
    found = opinion.placebo(moved([-0.3, 1, -(0.1 + 0.2), 1]), "2018-01-04", window=7)
    assert found.share == pytest.approx(2 / 3)


def test_weeks_that_share_readings_with_an_event_are_left_out():
    table = moved(np.arange(40.0))
    found = opinion.placebo(table, table.index[20], window=28, avoid=[table.index[0]])
    near = abs((found.others.index - table.index[20]).days)
    assert near.min() == 56 and (found.others.index - table.index[0]).days.min() == 56
    assert opinion.placebo(table, table.index[20], window=28, since=table.index[39]).weeks == 1


def test_weeks_of_one_pollster_can_be_left_out():
    table = moved([-1.0, *[1.0] * 9], pollsters=[2, 1, 1, 1, 2, 2, 2, 2, 1, 1])
    assert opinion.placebo(table, table.index[0], window=7, pollsters=2).weeks == 4


def test_nothing_to_compare_with_is_said():
    with pytest.raises(ValueError, match="nothing to compare"):
        opinion.placebo(moved([1.0, np.nan, np.nan, np.nan]), "2018-01-04", window=7)


def test_separate_weeks():
    days = pd.date_range("2018-01-04", periods=17, freq="7D")
    assert opinion.separate(days, 28) == 3  # weeks 0, 8, 16
    assert opinion.separate(days[::-1], 28) == 3 and opinion.separate(days[:0], 28) == 0


def test_excess_error_adds_its_variance():
    rows = pd.DataFrame({"percent": [50.0, 20.0], "n_eff": [1000.0, 2500.0]})
    wide = opinion.with_excess(rows, 1.5)
    variance = rows["percent"] * (100 - rows["percent"])
    added = variance / wide["n_eff"] - variance / rows["n_eff"]
    assert added.tolist() == pytest.approx([2.25, 2.25])
    assert opinion.with_excess(rows, 0)["n_eff"].tolist() == pytest.approx([1000, 2500])
    with pytest.raises(ValueError, match="none"):
        opinion.with_excess(rows, -1)


def test_back_takes_differences_inside_each_draw():
    days = pd.date_range("2019-02-20", periods=3, freq="7D")
    draws = pd.DataFrame([[50.0, 40, 60, 45], [45, 35, 55, 40], [49, 39.5, 60, 43]], index=days)
    found = opinion.back(draws, days[0])
    assert found["change"].tolist() == pytest.approx([0, -5, -0.875])
    assert found["share"].tolist() == [1, 0, 0.75]
    assert found["error"].iloc[2] == pytest.approx(np.sqrt(0.75 * 0.25 / 4))
    assert opinion.first_back(found, days[1]) == days[2]
    assert opinion.first_back(found, days[1], share=0.9) is pd.NaT


JUMPS = {"Panmunjom": 8.0, "Singapore": 0.0, "Pyongyang": 12.0, "Hanoi": -4.0}
DAYS = {"Panmunjom": "2018-04-27", "Singapore": "2018-06-12", "Pyongyang": "2018-09-19", "Hanoi": "2019-02-28"}
WANDER, READING = 0.6, 1.9  # of one day, and of one reading: about those of the Korean trackers


def readings(rng, house=0.5, gap=9):
    """Return readings of two pollsters, some nine days apart, around a wandering level with known jumps."""
    days = pd.date_range("2018-01-03", "2019-12-01", freq="D")
    level = 60 + np.cumsum(rng.normal(0, WANDER, len(days)))
    for name, day in DAYS.items():
        level += JUMPS[name] * (days > pd.Timestamp(day))
    parts = []
    for pollster, start, effect in (("A", 0, 0.0), ("B", 3, house)):
        at = np.arange(start, len(days), gap)
        parts.append(
            pd.DataFrame(
                {
                    "pollster": pollster,
                    "when": days[at],
                    "begin": days[at] - pd.Timedelta(days=1),
                    "end": days[at] + pd.Timedelta(days=1),
                    "percent": level[at] + effect + rng.normal(0, READING, len(at)),
                }
            )
        )
    return pd.concat(parts, ignore_index=True)


def test_jumps_are_found_where_they_are_and_their_intervals_cover():
    rng, covered, found = np.random.default_rng(2019), [], []
    for _ in range(80):
        effects = opinion.jumps(readings(rng), DAYS, reading_sd=READING).effects
        truth = pd.Series(JUMPS)
        covered.append(effects["low"].lt(truth) & effects["high"].gt(truth))
        found.append(effects["effect"])
    assert np.mean(covered) == pytest.approx(0.95, abs=0.04)
    assert pd.DataFrame(found).mean().to_numpy() == pytest.approx(list(JUMPS.values()), abs=1.0)


def test_jumps_leave_out_readings_astride_an_event():
    rows = readings(np.random.default_rng(1))
    astride = rows["begin"].le(DAY) & rows["end"].gt(DAY)
    rows.loc[rows.index[-1], ["begin", "end", "when", "percent"]] = [DAY, DAY + pd.Timedelta(days=2), DAY, 1000.0]
    found = opinion.jumps(rows, {"Hanoi": DAY}, reading_sd=READING)
    assert found.effects.loc["Hanoi", "left_out"] == astride.sum() + 1
    assert found.readings == len(rows) - found.effects.loc["Hanoi", "left_out"]
    assert abs(found.effects.loc["Hanoi", "effect"]) < 20 and found.sd_reading == pytest.approx(READING)


def test_a_step_that_ends_is_another_step():
    rows = readings(np.random.default_rng(2))
    rows["percent"] = 50 + 5.0 * (rows["when"].gt(DAY) & rows["when"].le(DAY + pd.Timedelta(days=56)))
    found = opinion.jumps(rows, {"Hanoi": DAY}, reading_sd=READING, lasting=56)
    assert found.effects.loc["Hanoi", "effect"] == pytest.approx(5, abs=0.05)
