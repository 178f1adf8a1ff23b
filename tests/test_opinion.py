"""The opinion room against published tables, worked examples of the literature, and simulated truth."""

import numpy as np
import pandas as pd
import pytest

from hanoi import opinion

#: Sampling tolerances at 95% confidence as printed by Harris (Exhibit A.1 of a report of 2000): size -> points at
#: 10, 20, 30, 40 and 50 percent.
HARRIS = {2000: (1, 2, 2, 2, 2), 1500: (2, 2, 2, 2, 3), 1000: (2, 2, 3, 3, 3), 900: (2, 3, 3, 3, 3),
          800: (2, 3, 3, 3, 3), 700: (2, 3, 3, 4, 4), 600: (2, 3, 4, 4, 4), 500: (3, 4, 4, 4, 4), 300: (3, 5, 5, 6, 6),
          200: (4, 6, 6, 7, 7), 100: (6, 8, 9, 10, 10), 50: (8, 11, 13, 14, 14)}


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
    assert np.mean((low <= 2) & (2 <= high)) == pytest.approx(0.95, abs=0.012)


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
            assert np.std(drawn[:, 1] - drawn[:, 2]) <= (high - low) / 3.92 * 1.05


#: Thirteen trials of the BCG vaccine (Colditz et al., JAMA 271 (1994) 698-702): cases and others, vaccinated, controls.
BCG = np.array([(4, 119, 11, 128), (6, 300, 29, 274), (3, 228, 11, 209), (62, 13536, 248, 12619), (33, 5036, 47, 5761),
                (180, 1361, 372, 1079), (8, 2537, 10, 619), (505, 87886, 499, 87892), (29, 7470, 45, 7232),
                (17, 1699, 65, 1600), (186, 50448, 141, 27197), (5, 2493, 3, 2338), (27, 16886, 29, 17825)], float)


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


@pytest.fixture
def tables():
    polls = pd.DataFrame({"poll_id": ["a", "b"], "sample_size": pd.array([802, None], "Int64"),
                          "margin_of_error": [3.5, np.nan], "field_start": ["2019-03-01", "2019-02"],
                          "field_end": ["2019-03-04", "2019-02"], "source_id": ["s", "s"], "note": ["", ""]})
    for field in ("field_start", "field_end"):
        polls[f"{field}_first"] = pd.to_datetime([polls[field][0], "2019-02-01"])
        polls[f"{field}_last"] = pd.to_datetime([polls[field][0], "2019-02-28"])
    questions = pd.DataFrame({"question_id": ["a1", "a2", "b1"], "poll_id": ["a", "a", "b"], "source_id": "s",
                              "asked_of": ["all", "half sample", "all"], "note": ""})
    results = pd.DataFrame({"question_id": ["a1", "a1", "a2", "b1"], "group": ["all", "democrat", "all", "all"],
                            "response": "yes", "percent": [65.0, 42.0, 50.0, 30.0],
                            "group_size": pd.array([None] * 4, "Int64")})
    return polls, questions, results


def test_answers_know_what_they_do_not_know(tables):
    rows = opinion.answers(*tables)
    assert rows["n"].tolist()[::2] == [802, 401] and rows["n"].isna().tolist() == [False, True, False, True]
    assert rows["low"].isna().tolist() == [False, True, False, True]
    assert rows["dated"].tolist() == [True, True, True, False]
    assert rows["n_eff"][0] == pytest.approx(784, abs=1)  # 802 over (3.5 / 3.4604)^2
    assert rows["middle"][0] == pd.Timestamp("2019-03-02 12:00") and rows["middle"][3] == pd.Timestamp("2019-02-14 12:00")
