"""The opinion room against published tables, worked examples of the literature, and simulated truth."""

import numpy as np
import pandas as pd
import pytest
import statsmodels.api as sm

from hanoi import evidence, opinion
from hanoi.opinion import pooling

#: Sampling tolerances at 95% confidence as printed by Harris (Exhibit A.1 of a report of 2000): size -> points at
#: 10, 20, 30, 40 and 50 percent.
HARRIS = {
    2000: (1, 2, 2, 2, 2),
    1500: (2, 2, 2, 2, 3),
    1000: (2, 2, 3, 3, 3),
    900: (2, 3, 3, 3, 3),
    800: (2, 3, 3, 3, 3),
    700: (2, 3, 3, 4, 4),
    600: (2, 3, 4, 4, 4),
    500: (3, 4, 4, 4, 4),
    300: (3, 5, 5, 6, 6),
    200: (4, 6, 6, 7, 7),
    100: (6, 8, 9, 10, 10),
    50: (8, 11, 13, 14, 14),
}


@pytest.mark.parametrize("n", HARRIS)
def test_margin_of_error_table(n):
    assert opinion.margin(n, [10, 20, 30, 40, 50]) == pytest.approx(HARRIS[n], abs=0.55)


def test_design_effect_of_a_published_margin():
    """Pew, About the Surveys (30 March 2006): 2,000 adults, plus or minus 2.5; half forms of 1,000, 3.5 points."""
    assert opinion.design_effect(2000, 2.5) == pytest.approx(1.30, abs=0.01)
    assert opinion.design_effect(1000, 3.5) == pytest.approx(1.28, abs=0.01)
    assert opinion.margin(2000 / opinion.design_effect(2000, 2.5)) == pytest.approx(2.5)


def test_design_effect_never_below_one_and_one_where_no_margin_is_reported():
    assert opinion.design_effect(np.array([1004.0, 800.0]), np.array([3.0, np.nan])).tolist() == [1.0, 1.0]


def test_design_effect_assumed_where_the_margin_does_not_hold_it():
    """A margin of a simple random sample (Monmouth: 3.5 from 802) gives way to the effect assumed, a larger one does not."""
    assert opinion.design_effect(np.array([802.0, 1150.0, 500.0]), np.array([3.5, 4.1, np.nan]), least=1.3) == (
        pytest.approx([1.3, 2.01, 1.3], abs=0.01)
    )


def test_implied_effect_and_what_rounding_leaves_open():
    """Pew's 2.5 from 2,000 is 1.30 (above); "3" from 1,000 may be any margin from 2.5 to 3.5."""
    effect, low, high = opinion.implied_effect(2000, 2.5)
    assert low < effect < high and effect == pytest.approx(1.30, abs=0.01)
    assert opinion.implied_effect(1000, 3.0) == pytest.approx(
        [(m / opinion.margin(1000)) ** 2 for m in (3.0, 2.5, 3.5)]
    )
    assert opinion.implied_effect(900, 3.27)[2] == pytest.approx((3.275 / opinion.margin(900)) ** 2)
    assert np.isnan(opinion.implied_effect(1000, np.nan)).all()


def test_wilson():
    """13 of 16: 0.5699 to 0.9341 (Fagerland, Lydersen and Laake, Statistical Analysis of Contingency Tables, ch. 2)."""
    assert opinion.wilson(100 * 13 / 16, 16) == pytest.approx((56.99, 93.41), abs=0.005)


def test_wilson_invents_nothing():
    low, high = opinion.wilson([65.0, 65.0], [802.0, np.nan])
    assert low[0] < 65 < high[0] and np.isnan([low[1], high[1]]).all()


def test_difference_of_two_polls():
    """7 of 34 against 1 of 34: 0.0189 to 0.3404 (the same book, ch. 4, Newcombe's hybrid score interval)."""
    found = opinion.difference(100 / 34, 34, 700 / 34, 34)
    assert (found.low, found.high) == pytest.approx((1.89, 34.04), abs=0.005)
    assert found.change == pytest.approx(17.65, abs=0.005)


def test_difference_test_is_that_of_pearson():
    """3 of 4 against 1 of 4: P = 0.15730 (the same book, ch. 4, Pearson's chi-squared test)."""
    assert opinion.difference(25, 4, 75, 4).p == pytest.approx(0.1573, abs=0.0002)


def test_difference_agrees_with_the_printed_example():
    """Harris, Exhibit A.2: 34% of 1,000 against 28% of 500 differ by 6, more than the tolerance of 5 points."""
    found = opinion.difference(28, 500, 34, 1000)
    assert found.p < 0.05 and found.low > 0
    assert (found.high - found.low) / 2 == pytest.approx(5, abs=0.5)


def test_lead_of_complementary_answers_is_twice_the_margin():
    gap, low, high = opinion.lead(52, 48, 1000)
    assert (gap, (high - low) / 2) == pytest.approx((4, 2 * opinion.margin(1000, 52)))


def test_lead_covers_in_multinomial_samples():
    rng = np.random.default_rng(2019)
    drawn = rng.multinomial(802, [0.42, 0.40, 0.18], size=4000) / 8.02
    _, low, high = opinion.lead(drawn[:, 0], drawn[:, 1], 802)
    assert np.mean((low <= 2) & (high >= 2)) == pytest.approx(0.95, abs=0.012)


def test_bounds_of_frechet():
    """The margins 60% and 70% leave 30% to 60% for both: max(0, p + q - 1) and min(p, q)."""
    assert opinion.both(60, 70) == (30, 60)
    assert opinion.both(20, 30) == (0, 20)
    assert opinion.both(65, 100 - 44) == (21, 56)


def test_bounds_are_sharp_and_the_gap_is_the_widest():
    rng = np.random.default_rng(2019)
    for first, second in ((65, 44), (66, 26), (72, 20)):
        least, most = opinion.both(first, second)
        _, low, high = opinion.widest_gap(first, second, 802)
        for overlap in np.linspace(least, most, 5) / 100:  # every joint table that the margins allow
            p, q = first / 100, second / 100
            cells = np.clip([overlap, p - overlap, q - overlap, 1 - p - q + overlap], 0, 1)
            drawn = rng.multinomial(802, cells, size=2000) / 8.02
            wide = np.std(drawn[:, 1] - drawn[:, 2]) / ((high - low) / 3.92)
            assert wide <= 1.05 and (overlap > least / 100 or wide >= 0.95)


#: Thirteen trials of the BCG vaccine (Colditz et al., JAMA 271 (1994) 698-702): cases and others, vaccinated, controls.
BCG = np.array(
    [
        (4, 119, 11, 128),
        (6, 300, 29, 274),
        (3, 228, 11, 209),
        (62, 13536, 248, 12619),
        (33, 5036, 47, 5761),
        (180, 1361, 372, 1079),
        (8, 2537, 10, 619),
        (505, 87886, 499, 87892),
        (29, 7470, 45, 7232),
        (17, 1699, 65, 1600),
        (186, 50448, 141, 27197),
        (5, 2493, 3, 2338),
        (27, 16886, 29, 17825),
    ],
    float,
)


def test_pooled_mean():
    """DerSimonian and Laird on the BCG trials: -0.7141 (tests of R's metafor against Stata's metan)."""
    a, b, c, d = BCG.T
    found = opinion.pooled(np.log(a / (a + b)) - np.log(c / (c + d)), 1 / a - 1 / (a + b) + 1 / c - 1 / (c + d))
    assert found.mean == pytest.approx(-0.7141, abs=5e-5)
    weight = 1 / (1 / a - 1 / (a + b) + 1 / c - 1 / (c + d) + found.spread**2)  # Hartung and Knapp's variance, by hand
    effect = np.log(a / (a + b)) - np.log(c / (c + d))
    error = np.sqrt(np.sum(weight * (effect - found.mean) ** 2) / (12 * weight.sum()))
    assert found.high - found.mean == pytest.approx(2.1788 * error, rel=1e-4)  # t table: 97.5%, 12 degrees of freedom
    assert found.next_low < found.low < found.high < found.next_high


def test_prediction_interval_of_higgins_thompson_and_spiegelhalter():
    """On the BCG trials DerSimonian and Laird's spread squared is 0.3088 and the error of the mean 0.1787 (R's metafor);
    the interval is mean -+ t(11) sqrt(0.3088 + 0.1787^2), with 2.2010 from a t table."""
    a, b, c, d = BCG.T
    found = opinion.pooled(np.log(a / (a + b)) - np.log(c / (c + d)), 1 / a - 1 / (a + b) + 1 / c - 1 / (c + d))
    half = 2.2010 * np.sqrt(0.3088 + 0.1787**2)
    assert found.spread**2 == pytest.approx(0.3088, abs=5e-5)
    assert (found.next_low, found.next_high) == pytest.approx((-0.7141 - half, -0.7141 + half), abs=5e-4)


def test_pooling_two_estimates_is_refused():
    with pytest.raises(ValueError, match="degree of freedom"):
        opinion.pooled([1.0, 2.0], [1.0, 1.0])


@pytest.fixture
def tables():
    polls = pd.DataFrame(
        {
            "poll_id": ["a", "b"],
            "pollster": ["Monmouth University", "not stated"],
            "sponsor": pd.Series([None, "CBS News"], dtype="str"),
            "population": "adults",
            "sample_size": pd.array([802, None], "Int64"),
            "margin_of_error": [3.5, np.nan],
            "field_start": ["2019-03-01", "2019-02"],
            "field_end": ["2019-03-04", "2019-02"],
            "source_id": ["s", "s"],
            "note": ["", ""],
        }
    )
    for field in ("field_start", "field_end"):
        polls[f"{field}_first"] = pd.to_datetime([polls[field][0], "2019-02-01"])
        polls[f"{field}_last"] = pd.to_datetime([polls[field][0], "2019-02-28"])
    questions = pd.DataFrame(
        {
            "question_id": ["a1", "a2", "b1"],
            "poll_id": ["a", "a", "b"],
            "source_id": "s",
            "asked_of": ["all", "half sample", "all"],
            "note": "",
        }
    )
    results = pd.DataFrame(
        {
            "question_id": ["a1", "a1", "a2", "b1"],
            "group": ["all", "democrat", "all", "all"],
            "response": "yes",
            "percent": [65.0, 42.0, 50.0, 30.0],
            "group_size": pd.array([None] * 4, "Int64"),
        }
    )
    return polls, questions, results


def test_answers_know_what_they_do_not_know(tables):
    rows = opinion.answers(*tables)
    assert rows["n"].tolist()[::2] == [802, 401] and rows["n"].isna().tolist() == [False, True, False, True]
    assert rows["low"].isna().tolist() == [False, True, False, True]
    assert rows["dated"].tolist() == [True, True, True, False]
    assert rows["pollster"].unique().tolist() == ["Monmouth University", "firm not stated, for CBS News"]
    assert rows["n_eff"][0] == pytest.approx(784, abs=1)  # 802 over (3.5 / 3.4604)^2
    assert rows["middle"][0] == pd.Timestamp("2019-03-02 12:00") and rows["middle"][3] == pd.Timestamp(
        "2019-02-14 12:00"
    )


def test_answers_with_an_assumed_design_effect(tables):
    rows = opinion.answers(*tables, least_effect=1.5)
    assert rows["n_eff"][0] == pytest.approx(802 / 1.5) and np.isnan(rows["n_eff"][3])


def test_margins_say_which_pollster_counts_weighting_in():
    polls = pd.DataFrame(
        {
            "poll_id": list("abcdef"),
            "pollster": ["weighted", "weighted", "simple", "coarse", "silent", "silent"],
            "sample_size": pd.array([1150, 1062, 802, 1004, 1000, None], "Int64"),
            "margin_of_error": [4.1, 4.1, 3.5, 3.0, np.nan, 3.0],
        }
    )
    found = opinion.margins(polls).set_index("pollster")
    assert found["kind"].to_dict() == {
        "weighted": "counts weighting in",
        "simple": "simple random sample",
        "coarse": "too coarse to tell",
    }
    assert found["polls"].to_dict() == {"weighted": 2, "simple": 1, "coarse": 1}
    assert found.loc["weighted", "effect"] == pytest.approx((2.013 + 1.859) / 2, abs=0.001)


def test_gaps_within_polls_and_their_means_by_house(tables):
    polls, questions, results = tables
    results.loc[len(results)] = ["b1", "all", "no", 10.0, None]
    rows = opinion.answers(polls, questions.assign(asked_of="all"), results)
    rows["question_id"] = rows["question_id"].replace({"a1": "a-meet", "a2": "a-help", "b1": "b-meet"})
    found = opinion.gaps(rows, {"b": (("meet", "yes"), ("meet", "no")), "a": (("meet", "yes"), ("help", "yes"))})
    assert found["poll"].tolist() == ["b", "a"] and found["gap"].tolist() == pytest.approx([20, 15])  # by date
    assert found["low"].isna().tolist() == [True, False]
    assert found["variance"][1] == pytest.approx(1e4 * (0.65 + 0.5 - 2 * 0.15 - 0.15**2) / found["n_eff"][1], rel=1e-6)
    two = pd.concat([found, found[1:].assign(gap=25.0)])
    house = opinion.house_means(two).loc["Monmouth University"]
    assert (house["gap"], house["polls"]) == (20, 2) and len(opinion.house_means(two)) == 1
    assert house["variance"] == pytest.approx(found["variance"][1] / 2)


def test_one_answer_is_found_or_refused(tables):
    rows = opinion.answers(*tables)
    assert opinion.one(rows, "a1", "yes", "democrat")["percent"] == 42
    with pytest.raises(KeyError, match="0 rows"):
        opinion.one(rows, "a1", "no")


#: Annual flow of the Nile at Aswan, 1871-1970, in the library of the method.
def nile(**given):
    flow = pd.Series(sm.datasets.nile.load_pandas().data["volume"].to_numpy(float))
    steps = pd.DataFrame(
        {
            "day": pd.Timestamp("1871-01-01") + pd.to_timedelta(flow.index, "D"),
            "percent": flow,
            "wanted": False,
            "variance": 15099.0,
            "house": 0,
        }
    )
    grid = steps.assign(percent=np.nan, wanted=True, variance=1.0, house=-1)
    both = pd.concat([steps, grid]).sort_values("day", kind="stable", ignore_index=True)
    return flow, pooling._fit(both, ["Aswan"], excess=False)


def test_local_level_finds_the_published_variance_of_the_nile():
    """Durbin and Koopman, Time Series Analysis by State Space Methods: with an observation variance of 15099 the
    variance of the level is 1469.1; and the path is that of statsmodels' own local level."""
    flow, found = nile()
    assert found.sd_day**2 == pytest.approx(1469.1, rel=0.01)
    own = sm.tsa.UnobservedComponents(flow.to_numpy(), "llevel").smooth([15099, 1469.1])
    assert found.level["level"].to_numpy() == pytest.approx(own.smoothed_state[0], rel=0.01)


def world(seed, houses=4, weeks=60, pace=1.0, n=1000, sd_day=0.35, sd_house=2.5, excess=0.8):
    """Return simulated polls, the true daily path, and the true house effects (which sum to zero)."""
    rng = np.random.default_rng(seed)
    days = pd.date_range("2018-01-01", periods=7 * weeks)
    path = 50 + np.cumsum(rng.normal(0, sd_day, len(days)))
    effects = rng.normal(0, sd_house, houses)
    effects -= effects.mean()
    count = int(weeks * pace)
    when, who = (
        np.sort(rng.integers(0, len(days), count), kind="stable"),
        np.r_[np.arange(houses), rng.integers(0, houses, count - houses)],
    )
    truth = path[when] + effects[who] + rng.normal(0, excess, count)
    polls = pd.DataFrame(
        {
            "pollster": np.array(list("abcdefgh"))[who],
            "middle": days[when],
            "n_eff": float(n),
            "percent": 100 * rng.binomial(n, np.clip(truth / 100, 0.02, 0.98)) / n,
        }
    )
    return polls, pd.Series(path, days), pd.Series(effects, list("abcdefgh")[:houses])


@pytest.mark.parametrize(("paths", "near"), [(8, 0.06), pytest.param(60, 0.025, marks=pytest.mark.hard)])
def test_pooling_covers_as_promised(paths, near):
    inside, houses = [], []
    for seed in range(paths):
        polls, path, effects = world(seed)
        found = opinion.pool_polls(polls, path.index[3::7])
        level, truth = found.level, path.iloc[3::7]
        inside.append(((level["low"] <= truth) & (truth <= level["high"])).mean())
        houses.append(((found.houses["low"] <= effects) & (effects <= found.houses["high"])).mean())
    assert np.mean(inside) == pytest.approx(0.95, abs=near)  # standard error near 0.065 ÷ √paths
    assert np.mean(houses) == pytest.approx(0.95, abs=2 * near)


def american_handling():
    """Return the American polls on the handling of North Korea, as few as the chapter pools."""
    polls, questions, results = map(evidence.read, ("polls", "poll_questions", "poll_results"))
    rows = opinion.answers(polls[polls["country"] == "USA"], questions, results)
    rows = rows[rows["topic"].eq("handling-approval") & rows["group"].eq("all") & rows["dated"]]
    return rows[rows["response"].eq("approve")].dropna(subset="n_eff")


def test_coverage_is_that_of_polls_made_like_these():
    days = pd.date_range("2017-04-17", "2019-03-04", freq="28D")
    given = {"sd_day": 0.5, "sd_house": 1.3, "sd_excess": 2.9, "count": 3, "seed": 1}
    found = opinion.coverage(american_handling(), days, **given)
    assert found.shape == (3, 1) and found["level"].between(0.5, 1).all()
    assert found.equals(opinion.coverage(american_handling(), days, **given))


@pytest.mark.hard
@pytest.mark.parametrize("sd_excess", [1.0, 2.9])
def test_pooling_covers_as_promised_with_few_american_polls_of_many_houses(sd_excess):
    days = pd.date_range("2017-04-17", "2019-03-04", freq="14D")
    found = opinion.coverage(
        american_handling(),
        days,
        sd_day=0.5,
        sd_house=1.3,
        sd_excess=sd_excess,
        count=780,
        seed=2019,
        rise=(days[15], days[30]),
    )
    assert found["level"].mean() == pytest.approx(0.95, abs=0.015)  # standard error near 0.003
    assert found["rise"].mean() == pytest.approx(0.95, abs=0.03)  # standard error near 0.008


def test_the_second_grid_covers_what_the_likelihood_leaves_open(monkeypatch):
    polls, path, _ = world(3, weeks=30)
    usual = opinion.pool_polls(polls, path.index[3::7])
    monkeypatch.setattr(pooling, "COARSE", 12)
    monkeypatch.setattr(pooling, "FINE", 12)
    monkeypatch.setattr(pooling, "KEPT", 1e-4)
    fine = opinion.pool_polls(polls, path.index[3::7])
    assert (usual.level - fine.level).abs().to_numpy().max() < 0.15
    assert (usual.houses - fine.houses).abs().to_numpy().max() < 0.15


def test_pooling_recovers_a_known_path_and_known_house_effects():
    polls, path, effects = world(2019, weeks=100, pace=4, n=4000)
    found = opinion.pool_polls(polls, path.index[3::7])
    assert (found.level["level"] - path.iloc[3::7]).abs().mean() < 0.6
    assert (found.houses["effect"] - effects).abs().max() < 0.5
    assert found.houses["effect"].sum() == pytest.approx(0, abs=1e-9)
    assert found.sd_day == pytest.approx(0.35, abs=0.12) and found.error_ratio == pytest.approx(1, abs=0.2)


def test_draws_have_the_moments_of_the_path():
    polls, path, _ = world(7)
    found = opinion.pool_polls(polls, path.index[3::28])
    draws = found.draws(600)
    assert draws.mean(axis=1).to_numpy() == pytest.approx(found.level["level"].to_numpy(), abs=0.3)
    assert (draws.std(axis=1) / (found.level["high"] - found.level["low"]) * 3.92).mean() == pytest.approx(1, abs=0.06)
    assert found.draws(20).equals(found.draws(20))


def test_a_change_is_that_of_many_drawn_paths():
    polls, path, _ = world(7)
    days = path.index[3::28]
    found = opinion.pool_polls(polls, days)
    draws = found.draws(2000)
    for first, last in ((days[0], days[1]), (days[1], days[-1])):
        change, low, high = found.change(first, last)
        drawn = draws.loc[last] - draws.loc[first]
        near = 4 * drawn.std() / len(drawn) ** 0.5
        assert change == pytest.approx(found.level.at[last, "level"] - found.level.at[first, "level"], abs=1e-9)
        assert change == pytest.approx(drawn.mean(), abs=near)
        assert [low, high] == pytest.approx(drawn.quantile([0.025, 0.975]).tolist(), abs=3 * near)


def test_pooling_refuses_a_poll_without_size():
    polls, path, _ = world(1)
    polls.loc[3, "n_eff"] = np.nan
    with pytest.raises(ValueError, match="without a size"):
        opinion.pool_polls(polls, path.index[::7])


@pytest.mark.parametrize(
    ("name", "wednesday"),
    [
        ("gallup-korea-2018-05-w5", "2018-05-30"),  # in the field 29 to 31 May
        ("gallup-korea-2018-08-w3-moon-approval", "2018-08-15"),  # 14 to 16 August
        ("realmeter-2019-02-w4mid", "2019-02-27"),  # 25 to 27 February
        ("realmeter-2019-03-04-daily", None),
    ],
)
def test_named_week(name, wednesday):
    assert (
        pd.isna(opinion.named_week(name)) if wednesday is None else opinion.named_week(name) == pd.Timestamp(wednesday)
    )


def cuts(*rows):
    frame = pd.DataFrame(
        rows, columns=["poll_id", "pollster", "series", "field_start_first", "field_end_last", "n_eff", "percent"]
    )
    for field in ("field_start_first", "field_end_last"):
        frame[field] = pd.to_datetime(frame[field])
    frame["dated"] = frame["field_start_first"].notna()
    frame["middle"] = frame["field_start_first"] + (frame["field_end_last"] - frame["field_start_first"]) / 2
    return frame


def test_overlapping_cuts_count_once():
    rows = cuts(
        ("r-1", "R", "daily", "2019-03-05", "2019-03-05", np.nan, 48.4),
        ("r-2", "R", "midweek", "2019-03-06", "2019-03-07", 1512, 47.3),
        ("r-3", "R", "weekly", "2019-03-04", "2019-03-08", 2518, 46.3),
        ("g-1", "G", "weekly", "2019-03-05", "2019-03-07", 1003, 46.0),
        ("r-4", "R", "midweek", "2019-03-11", "2019-03-13", 1510, 45.0),
        ("r-2019-03-w3", "R", "weekly", None, None, np.nan, 47.1),
        ("r-undated", "R", "weekly", None, None, 2518, 50.0),
        ("r-5", "R", "daily", "2019-04-01", "2019-04-01", np.nan, 47.0),
    )  # no daily reading states a size
    kept = opinion.one_cut(rows)
    assert kept["poll_id"].tolist() == ["g-1", "r-3", "r-4", "r-2019-03-w3"]
    assert kept["assumed"].tolist() == [False, False, False, True] and kept["n_eff"].iloc[3] == 2518
    assert kept["when"].iloc[3] == pd.Timestamp("2019-03-20")


def test_change_across_a_day_leaves_house_effects_out():
    rows = cuts(
        ("a0", "A", "weekly", "2019-02-05", "2019-02-07", 1000, 48.0),
        ("a1", "A", "weekly", "2019-02-12", "2019-02-14", 1000, 52.0),
        ("a2", "A", "weekly", "2019-03-05", "2019-03-07", 1000, 46.0),
        ("b1", "B", "weekly", "2019-02-18", "2019-02-22", 2000, 60.0),
        ("b2", "B", "weekly", "2019-03-04", "2019-03-08", 2000, 58.0),
        ("b3", "B", "weekly", "2019-02-27", "2019-03-02", 2000, 20.0),  # on both sides: counts for neither
        ("c1", "C", "weekly", "2019-03-05", "2019-03-06", 1000, 90.0),
    )  # no poll before: counts for nothing
    found = opinion.changes(opinion.one_cut(rows), pd.to_datetime(["2019-02-28", "2017-01-01"]))
    assert found["change"].iloc[0] == -3 and found["pollsters"].tolist() == [2, 0]
    assert np.isnan(found["change"].iloc[1])
    assert (found["before"].iloc[0], found["after"].iloc[0]) == (3, 2)
    variances = (48 * 52 + 52 * 48) / 1000 / 4, 46 * 54 / 1000, 60 * 40 / 2000, 58 * 42 / 2000
    assert found["error"].iloc[0] == pytest.approx(np.sqrt(sum(variances)) / 2)


def test_who_asked_how_many():
    answers = pd.DataFrame(
        {
            "poll_id": ["a1", "a1", "a2", "b1", "c1", "c2", None],
            "pollster": ["A", "A", "A", "B", "C", "C", "D"],
            "sample_size": [1016, 1016, 1028, 800, 900, None, 5],
        }
    ).astype({"sample_size": "Int64"})
    assert opinion.asked(answers) == "A, n = 1,016 to 1,028; B, n = 800; C, n = 900 where stated"
    assert opinion.asked(answers[answers["poll_id"].eq("c2")]) == "C, no size stated"
