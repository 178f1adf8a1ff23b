"""The statistics of launches, talks and sites, against worked examples."""

import itertools
import warnings

import lifelines
import numpy as np
import pandas as pd
import pytest
from scipy import stats

from hanoi import activity, evidence
from hanoi.activity import talks as room

# --- launches


def _launches(*rows):
    table = pd.DataFrame(rows, columns=["date", "time_utc", "facility"]).astype("str")
    table = table.where(table != "")
    spans = table["date"].map(evidence.span)
    return table.assign(date_first=pd.to_datetime(spans.str[0]), date_last=pd.to_datetime(spans.str[1]))


def test_a_launch_before_nine_in_the_korean_morning_changes_its_date():
    dated = activity.korean_dates(
        _launches(
            ("2017-11-28", "18:18", "Pyongsong Field"),
            ("2019-05-04", "01:54", "Hodo Peninsula"),
            ("2019-09-09", "21:53", "Kaechon Airbase"),
            ("2019-09-09", "", "Kaechon Airbase"),
            ("2019-04-17", "", "unknown"),
            ("1984-09", "", "Tonghae"),
            ("2022-12-30", "15:00", "Chunghwa"),
            ("2022-12-31", "14:59", "Chunghwa"),
        )
    )
    assert dated["first"].dt.strftime("%Y-%m-%d").tolist() == [
        "2017-11-29",
        "2019-05-04",
        "2019-09-10",
        "2019-09-10",
        "2019-04-17",
        "1984-09-01",
        "2022-12-31",
        "2022-12-31",
    ]
    assert dated["last"].iloc[5] == pd.Timestamp("1984-09-30")


def test_korean_dates_are_those_that_the_compilers_of_the_table_noted():
    launches = activity.korean_dates(evidence.read("missile_tests"))
    noted = launches["note"].str.extract(r"local date \(KST, UTC\+9\) (\d{4}-\d\d-\d\d)")[0]
    moved = launches["first"] != launches["date_first"]
    untimed = launches["time_utc"].isna()
    assert noted.notna().sum() > 100
    assert (launches["first"].dt.strftime("%Y-%m-%d") == noted)[noted.notna()].all()
    assert not (moved & noted.isna() & ~untimed).any()


def test_a_salvo_is_one_launch_day_and_a_pause_is_as_vague_as_its_ends():
    launches = activity.korean_dates(
        _launches(
            ("1984-04-09", "", "a"),
            ("1984-04-09", "", "b"),
            ("1984-09", "", "a"),
            ("1986-05", "", "a"),
            ("1990-01-01", "", "a"),
        )
    )
    days = activity.launch_days(launches)
    lengths = activity.pauses(days)
    assert days["missiles"].tolist() == [2, 1, 1, 1]
    assert lengths["shortest"].tolist() == [145, 578, 1311]  # 1984-04-09 to 09-01; 09-30 to 1986-05-01; 05-31 to 1990
    assert lengths["longest"].tolist() == [174, 637, 1341]
    pause = activity.pause_around(lengths, pd.Timestamp("1985-01-01"))
    assert (pause["rank"], pause["of"]) == (2, 3)
    with pytest.raises(LookupError):
        activity.pause_around(lengths, pd.Timestamp("1991-01-01"))


def test_range_by_flight_and_by_kind():
    launches = pd.DataFrame(
        {
            "missile": ["A", "A", "B", "unknown", "unknown", "S"],
            "missile_class": ["srbm"] * 5 + ["slv"],
            "distance_km": [301, np.nan, 300, 400, 20, 900],
        }
    )
    assert activity.reaching(launches, 300).tolist() == [True, False, False, True, False, False]
    assert activity.reaching(launches, 300, kind=True).tolist() == [True, True, False, True, False, False]


def test_months_without_a_launch_count_as_zero():
    days = activity.launch_days(
        activity.korean_dates(_launches(("2017-01-31", "16:00", "a"), ("2017-03-05", "", "a"), ("2017-03-06", "", "a")))
    )
    assert activity.per_month(days, "2017-01", "2017-04").tolist() == [0, 1, 2, 0]


# Endurance of 23 deep-groove ball bearings, millions of revolutions: Lieblein and Zelen (1956), J. Res. NBS 57, 273.
BEARINGS = [
    17.88,
    28.92,
    33.00,
    41.52,
    42.12,
    45.60,
    48.48,
    51.84,
    51.96,
    54.12,
    55.56,
    67.80,
    68.64,
    68.64,
    68.88,
    84.12,
    93.12,
    98.64,
    105.12,
    105.84,
    127.92,
    128.04,
    173.40,
]


def test_gap_models_fit_the_ball_bearings():
    fits = activity.fit_gaps(BEARINGS)
    # DeGroot and Schervish, Probability and Statistics, example 5.6.9: log-normal with 4.15 and 0.5334 squared
    # (their variance divides by n − 1, maximum likelihood by n).
    location, scale = fits.loc["log-normal", ["location", "scale"]]
    assert location == pytest.approx(4.15, abs=0.005)
    assert scale * np.sqrt(23 / 22) == pytest.approx(0.5334, abs=0.0005)
    # all four against another library: parameters, AIC, survival
    for model, fitter in {
        "Weibull": lifelines.WeibullFitter(),
        "log-normal": lifelines.LogNormalFitter(),
        "log-logistic": lifelines.LogLogisticFitter(),
        "exponential": lifelines.ExponentialFitter(),
    }.items():
        other = fitter.fit(BEARINGS)
        assert fits.loc[model, "aic"] == pytest.approx(other.AIC_, abs=1e-3)
        expected = other.survival_function_at_times([20, 80, 200]).to_numpy()
        assert activity.gap_survival(fits, model, [20, 80, 200]) == pytest.approx(expected, rel=1e-3)
    assert np.exp(fits.loc["exponential", "location"]) == pytest.approx(np.mean(BEARINGS))
    assert fits["aic"].is_monotonic_increasing


def test_fit_of_the_exponential_agrees_with_anderson_darling_tables():
    sample = np.ceil(1000 * stats.expon.ppf((np.arange(1, 31) - 0.5) / 30) ** 1.4)
    published = stats.anderson(sample, "expon", method="interpolate").pvalue  # Stephens's table
    assert 0.03 < published < 0.12
    assert activity.fit_test(sample, "exponential", 999, seed=2019) == pytest.approx(published, abs=0.03)


@pytest.mark.parametrize("model", list(activity.GAP_MODELS))
def test_of_fit_is_scipys_which_fits_one_sample_after_another(model):
    family, scale = activity.GAP_MODELS[model]
    scipys = stats.goodness_of_fit(
        family,
        np.log(BEARINGS),
        known_params={} if scale is None else {"scale": scale},
        statistic="ad",
        n_mc_samples=99,
        rng=np.random.default_rng(2019),
    )
    assert activity.fit_test(BEARINGS, model, 99, seed=2019) == pytest.approx(scipys.pvalue)


@pytest.mark.parametrize("model", ["log-logistic", pytest.param("log-normal", marks=pytest.mark.hard)])
def test_tests_of_fit_reject_a_true_model_of_47_whole_day_pauses_as_often_as_they_say(model):
    family = activity.GAP_MODELS[model][0]
    draws = family.rvs(2.8, 0.58, size=(60, 47), random_state=np.random.default_rng(2019))
    p = np.array([activity.fit_test(np.exp(sample), model, 39, seed) for seed, sample in enumerate(draws)])
    assert (p <= 0.05).mean() <= 0.15 and 0.35 < p.mean() < 0.65


def test_chance_of_the_longest_pause_in_closed_form():
    assert activity.longest_chance(np.exp(-2), 1) == pytest.approx(np.exp(-2))
    assert activity.longest_chance(np.exp(-2), 12) == pytest.approx(1 - (1 - np.exp(-2)) ** 12)
    assert activity.longest_chance(np.exp(-30), 47) == pytest.approx(47 * np.exp(-30), rel=1e-6)


def test_profile_interval_is_students_for_the_log_normal():
    # For the log-normal the profile likelihood ratio of a quantile is exact in closed form in one case: at the median
    # (z = 0) it is n log(1 + t²/(n − 1)), with Student's t of the mean of the logarithms.
    logs, size = np.log(BEARINGS), len(BEARINGS)
    t = np.sqrt((size - 1) * np.expm1(stats.chi2.ppf(0.95, 1) / size))
    edge = logs.mean() + t * logs.std(ddof=1) / np.sqrt(size)
    _, high = activity.chance_interval(BEARINGS, "log-normal", np.exp(edge), 1)
    low, _ = activity.chance_interval(BEARINGS, "log-normal", np.exp(2 * logs.mean() - edge), 1)
    assert (low, high) == pytest.approx((0.5, 0.5), abs=1e-4)
    with pytest.raises(ValueError, match="one free parameter"):
        activity.chance_interval(BEARINGS, "exponential", 100, 1)


@pytest.mark.parametrize(
    ("model", "scale"), [("log-logistic", 0.58), pytest.param("log-normal", 1.05, marks=pytest.mark.hard)]
)
def test_profile_intervals_of_47_whole_day_pauses_hold_the_truth(model, scale):
    family = activity.GAP_MODELS[model][0]
    truth = activity.longest_chance(family.sf(np.log(504), 2.81, scale), 47)
    draws = np.exp(family.rvs(2.81, scale, size=(60, 47), random_state=np.random.default_rng(2019)))
    held = [low <= truth <= high for low, high in (activity.chance_interval(s, model, 504, 47) for s in draws)]
    assert np.mean(held) >= 0.85  # nominal 0.95, 60 draws; of 400 draws 0.94 (log-logistic) and 0.91 (log-normal)


def _weeks(size, start="2017-01-02"):
    return pd.period_range(start, periods=size, freq="W-SUN")


def test_weeks_are_near_a_span_as_far_as_asked():
    weeks = _weeks(6)  # 2, 9, 16, 23, 30 January, 6 February 2017
    assert activity.weeks_near(weeks, [("2017-01-18", "2017-01-24")]).tolist() == [0, 0, 1, 1, 0, 0]
    assert activity.weeks_near(weeks, [("2017-01-18", "2017-01-18")], before=1, after=2).tolist() == [0, 1, 1, 1, 1, 0]


def test_weeks_with_a_launch_leave_out_what_is_known_by_its_month():
    days = activity.launch_days(
        activity.korean_dates(
            _launches(("2017-01-08", "16:00", "a"), ("2017-01-20", "01:00", "a"), ("2017-01", "", "b"))
        )
    )
    launched = activity.launch_weeks(days, "2017-01-02", "2017-01-29")
    assert launched.tolist() == [0, 1, 1, 0]
    assert activity.lately(launched, 2).tolist() == [0, 0, 1, 1]


def _history(rng, term, ratio, size=208, base=0.045, echo=6.0):
    """Return weeks with launches that cluster, and come ``ratio`` times as often where ``term`` is one."""
    launched = np.zeros(size, int)
    for week in range(size):
        recent = launched[max(0, week - 4) : week].any()
        launched[week] = rng.random() < -np.expm1(-base * echo**recent * ratio ** term[week])
    return pd.Series(launched, index=_weeks(size))


TERM = np.isin(np.arange(208) % 52, range(10, 21)).astype(int)  # 44 of 208 weeks, in blocks, as summits have them


def test_hazard_finds_the_ratio_that_was_put_in():
    rng, held, found = np.random.default_rng(2019), [], []
    for _ in range(100):
        launched = _history(rng, TERM, 3.0)
        terms = pd.DataFrame({"term": TERM, "own": activity.lately(launched)}, index=launched.index)
        row = activity.hazard(launched, terms).loc["term"]
        held.append(row["low"] <= 3.0 <= row["high"])
        found.append(np.log(row["ratio"]))
    assert np.exp(np.median(found)) == pytest.approx(3.0, rel=0.2)
    assert np.mean(held) >= 0.85  # nominal 0.95: with some 30 launch weeks the errors are a little short


def test_hazard_is_that_of_statsmodels_poisson_for_one_term():
    launched = _history(np.random.default_rng(1), TERM, 3.0)
    rates = [-np.log1p(-launched[value == TERM].mean()) for value in (1, 0)]  # closed form of the two hazards
    assert activity.hazard(launched, pd.DataFrame({"term": TERM}, index=launched.index))["ratio"].iloc[
        0
    ] == pytest.approx(rates[0] / rates[1], rel=1e-6)


def test_shifts_find_no_link_more_often_than_they_say_and_a_strong_one():
    rng = np.random.default_rng(2019)
    terms = pd.DataFrame({"term": TERM, "other": np.arange(208) % 7 < 3}, index=_weeks(208)).astype(int)
    terms["term"] = np.roll(np.repeat([0, 1, 0, 1, 0, 1, 0], [30, 9, 50, 25, 40, 10, 44]), 3)
    none = [activity.hazard_shifts(_history(rng, TERM * 0, 1.0), terms) for _ in range(300)]
    assert np.mean([found["p"]["term"] <= 0.05 for found in none]) <= 0.085
    assert np.mean([found["p_all"] <= 0.05 for found in none]) <= 0.085
    strong = [activity.hazard_shifts(_history(rng, terms["term"].to_numpy(), 8.0), terms) for _ in range(40)]
    assert np.mean([found["p_all"] <= 0.05 for found in strong]) > 0.5


def test_chance_of_a_run_counts_every_sequence():
    def counted(run, trials):
        return sum("1" * run in "".join(tosses) for tosses in itertools.product("01", repeat=trials)) / 2**trials

    assert activity.run_chance(0.5, 5, 10) == pytest.approx(112 / 1024) == counted(5, 10)
    assert activity.run_chance(0.5, 3, 11) == pytest.approx(counted(3, 11))
    assert activity.run_chance(0.3, 4, 4) == pytest.approx(0.3**4)
    assert activity.run_chance(0.3, 5, 4) == 0


def test_negative_binomial_solves_the_likelihood_equation_for_the_red_mites():
    # Bliss and Fisher (1953), Biometrics 9, 176: mites on 150 apple leaves. Their equation for the size k:
    # the sum over x of (leaves with more than x mites) / (k + x) equals N log(1 + m / k).
    leaves = np.array([70, 38, 17, 10, 9, 3, 2, 1])
    mean, size = activity.negative_binomial(np.repeat(np.arange(8), leaves))
    more = leaves[::-1].cumsum()[::-1][1:]
    assert mean == pytest.approx(172 / 150, rel=1e-4)
    assert (more / (size + np.arange(7))).sum() == pytest.approx(150 * np.log1p(mean / size), rel=1e-4)
    assert activity.empty_chance(mean, size) == pytest.approx(stats.nbinom(size, size / (size + mean)).pmf(0))


def test_counts_that_do_not_cluster_are_poisson():
    mean, size = activity.negative_binomial([1, 1, 2, 1, 0, 1])
    assert (mean, size) == (1.0, np.inf)
    assert activity.empty_chance(mean, size) == pytest.approx(np.exp(-1))


def test_rate_interval_is_garwoods():
    # Garwood (1936), Biometrika 28, 437: the exact limits of a Poisson mean from the chi-square distribution
    assert activity.rate_interval(0, 1) == pytest.approx((0, -np.log(0.025)))
    assert activity.rate_interval(10, 1) == pytest.approx(
        (stats.chi2.ppf(0.025, 20) / 2, stats.chi2.ppf(0.975, 22) / 2)
    )
    assert activity.rate_interval(10, 5) == pytest.approx((4.795 / 5, 18.390 / 5), abs=1e-3)
    low, high = activity.rate_interval(10, 5, dispersion=2)
    assert low < 4.795 / 5 and high > 18.390 / 5


# British coal-mining disasters with ten or more deaths, 1851 to 1962, by year (Jarrett 1979, Biometrika 66, 191).
COAL = [
    4,
    5,
    4,
    1,
    0,
    4,
    3,
    4,
    0,
    6,
    3,
    3,
    4,
    0,
    2,
    6,
    3,
    3,
    5,
    4,
    5,
    3,
    1,
    4,
    4,
    1,
    5,
    5,
    3,
    4,
    2,
    5,
    2,
    2,
    3,
    4,
    2,
    1,
    3,
    2,
    2,
    1,
    1,
    1,
    1,
    3,
    0,
    0,
    1,
    0,
    1,
    1,
    0,
    0,
    3,
    1,
    0,
    3,
    2,
    2,
    0,
    1,
    1,
    1,
    0,
    1,
    0,
    1,
    0,
    0,
    0,
    2,
    1,
    0,
    0,
    0,
    1,
    1,
    0,
    2,
    3,
    3,
    1,
    1,
    2,
    1,
    1,
    1,
    1,
    2,
    3,
    3,
    0,
    0,
    0,
    1,
    4,
    0,
    0,
    0,
    1,
    0,
    0,
    0,
    0,
    0,
    1,
    0,
    0,
    1,
    0,
    1,
]


def test_change_points_of_the_coal_mining_disasters():
    # Raftery and Akman (1986), Carlin, Gelfand and Smith (1992): one change around 1889 to 1892, most probable last
    # year of the old rate 1891, from about three disasters a year to about one; Green (1995): a second about 1948.
    assert (len(COAL), sum(COAL)) == (112, 191)
    one = activity.change_points(COAL, number=1)
    assert [1851 + place for place in one] == [1892]
    assert activity.stretches(COAL, one)["rate"].tolist() == pytest.approx([127 / 41, 64 / 71])
    assert [1851 + place for place in activity.change_points(COAL, number=2)] == [1892, 1948]
    assert 41 in activity.change_points(COAL)


def test_change_point_bootstrap_covers_the_published_interval():
    # The exact posterior of a single change puts 95% on the first years 1886 to 1894 and 1897.
    found = activity.change_point_bootstrap(COAL, [41], 100, np.random.default_rng(2019), near=12).iloc[0]
    assert 1851 + found["low"] <= 1889 and 1851 + found["high"] >= 1892
    assert found["again"] > 0.95
    assert found["high"] - found["low"] <= 15


def test_an_empty_stretch_costs_nothing_and_a_steady_rate_has_no_change():
    assert activity.PoissonCost().fit([0, 0, 0]).error(0, 3) == 0
    assert activity.change_points([2, 1, 2, 3, 2, 1, 2, 2, 3, 2, 1, 2]) == []
    assert activity.dispersion([0, 0, 0, 4, 4, 4], [3]) == 0


# --- talks and activity


def _events(*rows):
    table = pd.DataFrame(rows, columns=["date", "category", "direction"]).astype("str")
    return table.assign(date_first=pd.to_datetime(table["date"].map(lambda date: evidence.span(date)[0])))


def test_balance_counts_days_and_leaves_activity_out():
    events = _events(
        ("2019-02-27", "summit", "cooperative"),
        ("2019-02-27", "meeting", "cooperative"),
        ("2019-02-28", "statement", "conflictual"),
        ("2019-02-28", "summit", "neutral"),
        ("2019-03-05", "other", "conflictual"),
        ("2019-04", "letter", "cooperative"),
    )
    days = activity.monthly_balance(events, "2019-02", "2019-04")
    assert days["balance"].tolist() == [0, 0, 1]
    assert activity.monthly_balance(events, "2019-02", "2019-04", unit="events")["balance"].tolist() == [1, 0, 1]
    everything = (*activity.TALKS, "other")
    assert activity.monthly_balance(events, "2019-02", "2019-04", everything)["balance"].tolist() == [0, -1, 1]


def _observations(*rows):
    table = pd.DataFrame(rows, columns=["site_id", "observed_to", "reported_on", "direction", "report"]).astype("str")
    table = table.where(table != "")
    for field in ("observed_to", "reported_on"):
        table[f"{field}_last"] = pd.to_datetime(
            table[field].map(lambda date: evidence.span(date)[1], na_action="ignore")
        )
    return table


def test_relays_of_one_report_count_once_and_not_looked_is_not_not_seen():
    found = activity.site_reports(
        _observations(
            ("sohae", "2019-03-02", "2019-03-05", "advance", "one"),
            ("sohae", "2019-03-02", "2019-03-06", "advance", "one"),
            ("sohae", "2019-03-02", "2019-03-06", "none", "one"),
            ("sohae", "", "2019-03-07", "none", "two"),
            ("yongbyon", "2019-02", "2019-03-08", "unclear", "three"),
            ("several-sites", "2019-03", "2019-03", "advance", "four"),
            ("kangson", "", "2019", "advance", "five"),
        )
    )
    assert len(found) == 3
    table = activity.monthly_reports(found, "2019-01", "2019-03")
    assert table["reports"].tolist() == [0, 1, 2]
    assert np.isnan(table["advance_per_site"].iloc[0])
    assert table["advance_per_site"].iloc[1:].tolist() == [0, 1]
    assert table["none_per_site"].iloc[2] == 2
    assert table["advance_share"].iloc[2] == 0.5


def test_lead_and_lag_point_the_right_way():
    talks = np.array([0, 1, 2, 5, 3, 0, 1, 4, 2, 0.0])
    late = pd.DataFrame({"late": np.roll(talks, 1)})  # the outcome follows the talks by a month
    found = activity.lead_lag(talks, late, [-1, 0, 1])
    assert found.loc["late", 1] == pytest.approx(1)
    assert found.loc["late", 0] == pytest.approx(stats.spearmanr(talks, late["late"]).statistic)


def test_a_rank_correlation_is_that_of_scipy_also_where_months_lack_a_value():
    rng = np.random.default_rng(3)
    series = rng.integers(0, 6, (40, 30)).astype(float)
    outcomes = pd.DataFrame({"ties": rng.integers(0, 4, 30), "gaps": np.where(rng.random(30) < 0.3, np.nan, 1.5)})
    outcomes["gaps"] *= rng.normal(size=30)
    series[:9, 4] = series[3, 7] = np.nan
    series[11] = 2
    for row in series:
        found = activity.lead_lag(row, outcomes, [-2, 0, 3])
        for name, lag in itertools.product(found.index, found.columns):
            x, y = pd.Series(row), outcomes[name].shift(-lag)
            both = x.notna() & y.notna()
            with warnings.catch_warnings():
                warnings.simplefilter("ignore", stats.ConstantInputWarning)
                expected = stats.spearmanr(x[both], y[both]).statistic
            assert found.loc[name, lag] == pytest.approx(expected, abs=1e-12, nan_ok=True)
    shifted = np.array([np.roll(series[0], shift) for shift in range(30)])
    at_once = room._lead_lag(shifted, outcomes, [-2, 0, 3])
    assert np.allclose(at_once, [activity.lead_lag(row, outcomes, [-2, 0, 3]) for row in shifted], atol=1e-12)


def test_shift_test_counts_by_hand():
    # Four months, both series 1 in the first and 0 after it: of the four positions on the circle only the real one
    # gives a correlation of 1 (the others −1/3), so p is one in four.
    talks = [1, 0, 0, 0]
    test = activity.shift_test(talks, pd.DataFrame({"same": talks}), [0])
    assert test["r"].loc["same", 0] == pytest.approx(1)
    assert test["p"].loc["same", 0] == test["p_all"].loc["same", 0] == test["floor"] == 1 / 4
    # Two ones in a row among five months: shifts by one and by four leave one in common.
    test = activity.shift_test([1, 1, 0, 0, 0], pd.DataFrame({"same": [1, 1, 0, 0, 0], "other": [0, 1, 0, 1, 0]}), [0])
    assert test["r"].loc["same", 0] == pytest.approx(1)
    assert test["r"].loc["other", 0] == pytest.approx(1 / 6)
    assert test["p"].loc["same", 0] == 1 / 5
    assert (test["hypotheses"], test["shifts"]) == (2, 4)
    # "other" has one month in common at every shift but one, where it has none (r = −2/3): nothing lies nearer to zero
    assert test["p"].loc["other", 0] == test["p_all"].loc["other", 0] == 1


def test_shifts_that_a_lag_would_undo_are_left_out():
    talks = np.arange(12.0)
    test = activity.shift_test(talks, pd.DataFrame({"y": talks}), [-1, 0, 1])
    assert test["shifts"] == 12 - 1 - 2 * 2
    assert test["hypotheses"] == 3


def test_the_bar_is_where_the_corrected_p_passes():
    rng = np.random.default_rng(2019)
    outcomes = pd.DataFrame(rng.normal(size=(60, 4)), columns=list("abcd"))
    test = activity.shift_test(outcomes["a"] + rng.normal(size=60) / 3, outcomes, [-1, 0, 1])
    assert test["r"].loc["a", 0] > test["bar"] > test["r"].loc["b"].abs().max()
    assert ((test["p_all"] <= 0.05) == (test["r"].abs() > test["bar"])).all().all()
    assert activity.shift_test([1, 0, 0, 0], pd.DataFrame({"same": [1, 0, 0, 0]}), [0])["bar"] == np.inf


def test_block_draws_keep_neighbours_and_give_a_known_interval():
    drawn = activity.block_draws(10, 3, 200, np.random.default_rng(2019))
    assert drawn.shape == (200, 10)
    inside = np.delete(np.diff(drawn, axis=1) % 10, [2, 5, 8], axis=1)  # steps within a run; the others start a new one
    assert (inside == 1).all()
    assert np.bincount(drawn.ravel()).min() > 100
    # Cases without any order, runs of one: the interval of a rank correlation is about that of Bonett and Wright
    # (2000), Psychometrika 65, 23: tanh(atanh r ± 1.96 sqrt((1 + r²/2) / (n − 3))).
    rng = np.random.default_rng(2019)
    x = rng.normal(size=200)
    y = 0.6 * x + rng.normal(size=200)
    again = [stats.spearmanr(x[cases], y[cases]).statistic for cases in activity.block_draws(200, 1, 500, rng)]
    r = stats.spearmanr(x, y).statistic
    half = 1.96 * np.sqrt((1 + r**2 / 2) / 197)
    assert np.quantile(again, [0.025, 0.975]) == pytest.approx(
        np.tanh(np.arctanh(r) + np.array([-half, half])), abs=0.03
    )


# --- sites


def _told(*rows):
    """Rows of (report, publisher, from, to, reported, activity, direction, onset from, onset to, basis)."""
    columns = [
        "report",
        "publisher",
        "observed_from",
        "observed_to",
        "reported_on",
        "activity",
        "direction",
        "onset_earliest",
        "onset_latest",
        "onset_basis",
    ]
    table = pd.DataFrame(rows, columns=columns).astype("str").assign(site_id="sohae")
    table = table.where(table != "")
    for field in ("observed_from", "observed_to", "reported_on", "onset_earliest", "onset_latest"):
        spans = table[field].map(evidence.span, na_action="ignore")
        for place, end in enumerate(("first", "last")):
            table[f"{field}_{end}"] = pd.to_datetime(
                spans.map(lambda days, place=place: days[place], na_action="ignore")
            )
    return table


@pytest.fixture
def rebuilding():
    return _told(
        (
            "one-2019-03-05",
            "One (Agency)",
            "",
            "",
            "2019-03-05",
            "rebuilding",
            "advance",
            "2019-02-02",
            "2019-03-02",
            "press-summary",
        ),
        (
            "one-2019-03-05",
            "One",
            "2019-02-16",
            "2019-03-02",
            "2019-03-05",
            "rebuilding",
            "advance",
            "2019-02-16",
            "2019-03-02",
            "imagery",
        ),
        ("one-2019-03-05", "One", "2018-08", "2019-02-16", "2019-03-05", "no-activity", "none", "", "", ""),
        (
            "office-2019-03-29",
            "Office (Daily)",
            "2019-02",
            "",
            "2019-03-29",
            "rebuilding",
            "advance",
            "2019-02-01",
            "2019-02-28",
            "official-assessment",
        ),
        (
            "office-2019-03-29",
            "Office (Post)",
            "",
            "",
            "2019-03-30",
            "rebuilding",
            "advance",
            "",
            "2019-02-26",
            "official-assessment",
        ),
        ("two-2019-03", "Two", "", "2019-03", "2019-03-09", "rebuilding", "advance", "", "", ""),
        ("two-2019-01", "Two", "2018-08", "2019-01-20", "2019-01", "no-activity", "none", "", "", ""),
        ("one-2019-03-13", "One", "2019-03-08", "2019-03-13", "2019-03-13", "no-activity", "none", "", "", ""),
    )


def day(text):
    return pd.Timestamp(text)


def test_a_window_is_as_wide_as_its_dates_and_never_ends_after_publication(rebuilding):
    seen = activity.windows(rebuilding)
    assert seen["window"].tolist() == [
        "published",
        "stated",
        "stated",
        "since",
        "published",
        "until",
        "stated",
        "stated",
    ]
    assert seen["first"].tolist()[1:4] == [day("2019-02-16"), day("2018-08-01"), day("2019-02-01")]
    assert seen["last"].tolist()[2:] == [
        day("2019-02-16"),
        day("2019-03-29"),
        day("2019-03-30"),
        day("2019-03-09"),
        day("2019-01-20"),
        day("2019-03-13"),
    ]


def test_relays_of_one_report_are_one_finding(rebuilding):
    found = activity.findings(rebuilding).set_index(["report", "direction"])
    assert len(found) == 6
    one = found.loc[("one-2019-03-05", "advance")]
    assert (one["tellings"], one["publisher"], one["window"], one["first"]) == (2, "One", "stated", day("2019-02-16"))
    assert not found["gloss"].any() and activity.findings(rebuilding.head(1))["gloss"].all()
    assert found.loc[("two-2019-03", "advance"), "reported"] == day("2019-03-01")
    told = activity.findings(
        rebuilding.iloc[[0, 4]].assign(report="same-2019-03-05")
    )  # told twice, the begin not stated
    assert told["last"].tolist() == [day("2019-03-30")] and not told["gloss"].any()
    told = activity.findings(rebuilding.iloc[[4, 4]].assign(reported_on_last=[day("2019-03-31"), day("2019-03-07")]))
    assert told["last"].tolist() == [day("2019-03-07")]


def test_a_month_without_a_stated_window_is_not_covered(rebuilding):
    months = activity.months_covered(activity.findings(rebuilding), "2018-07", "2019-05")
    assert sorted(map(str, months)) == [
        "2018-08",
        "2018-09",
        "2018-10",
        "2018-11",
        "2018-12",
        "2019-01",
        "2019-02",
        "2019-03",
    ]


def test_each_report_dates_the_start_once_by_its_firmest_rows(rebuilding):
    accounts = activity.onsets(rebuilding)
    assert accounts.index.tolist() == ["one-2019-03-05", "office-2019-03-29"]
    assert accounts["tellings"].tolist() == [2, 2]
    assert accounts["earliest"].tolist() == [day("2019-02-16"), day("2019-02-01")]
    assert activity.agreement(accounts) == (day("2019-02-16"), day("2019-02-26"))
    assert activity.allowing(accounts, [day("2019-01-31"), day("2019-02-26"), day("2019-02-27")]).tolist() == [0, 2, 1]
    torn = rebuilding.assign(
        onset_earliest_first=rebuilding["onset_earliest_first"].where(rebuilding.index != 4, day("2019-02-27"))
    )
    with pytest.raises(ValueError, match="office-2019-03-29"):
        activity.onsets(torn)


def test_accounts_that_exclude_each_other_agree_on_no_day():
    accounts = pd.DataFrame({"earliest": [pd.NaT, day("2019-03-01")], "latest": [day("2019-02-26"), pd.NaT]})
    assert activity.agreement(accounts) is None
    assert activity.allowing(accounts, [day("1990-01-01"), day("2019-02-28"), day("2020-01-01")]).tolist() == [1, 0, 1]


def test_the_gap_between_two_images_of_one_institution(rebuilding):
    mine = rebuilding[activity.institution(rebuilding["publisher"]) == "One"]
    assert activity.image_gap(mine, "rebuilding") == (day("2019-02-16"), day("2019-03-02"))
    with pytest.raises(LookupError):  # a month is not the date of an image
        activity.image_gap(rebuilding[rebuilding["publisher"] == "Two"], "rebuilding")


def test_only_windows_that_share_a_day_contradict_each_other():
    found = pd.DataFrame(
        [
            ("reactor", "One", "running", "2015-12-01", "2018-08-20", "stated"),
            ("reactor", "Two", "no sign", "2018-03-30", "2018-03-30", "stated"),
            ("reactor", "Two", "no sign", "2018-08-21", "2018-12-31", "stated"),
            ("reactor", "One", "no sign", "2018-03-30", "2018-03-30", "stated"),
            ("reactor", "Two", "no sign", None, "2018-03-30", "until"),
            ("other plant", "Two", "no sign", "2018-03-30", "2018-03-30", "stated"),
        ],
        columns=["plant", "who", "state", "first", "last", "window"],
    )
    found = found.assign(first=pd.to_datetime(found["first"]), last=pd.to_datetime(found["last"]))
    pairs = activity.contradictions(found, "plant", "who", "state")
    assert pairs[["who_1", "state_1", "who_2", "last_2"]].values.tolist() == [
        ["One", "running", "Two", day("2018-03-30")]
    ]


def test_start_share_counts_the_days_before_the_cut():
    window, cut = (day("2019-02-16"), day("2019-03-02")), day("2019-02-28")
    assert activity.start_share(*window, cut) == 12 / 15  # 16 to 27 February of 16 February to 2 March
    assert activity.start_share(*window, day("2019-02-16")) == 0
    assert activity.start_share(*window, day("2019-03-03")) == 1
    with pytest.raises(ValueError):
        activity.start_share(pd.NaT, *window)


def test_work_that_was_seen_moves_the_start_back_and_half_a_day_counts_half():
    window, cut = (day("2019-02-16"), day("2019-03-02")), day("2019-02-28")
    assert activity.start_share(*window, cut, work=1, on_day=0.5) == 12.5 / 14
    assert activity.start_share(*window, cut, work=2, on_day=0.5) == 12.5 / 13
    assert activity.start_share(*window, cut, work=3) == 1
    with pytest.raises(ValueError):
        activity.start_share(*window, cut, work=15)


def test_a_prior_is_a_weight_of_each_day():
    cut = day("2019-02-28")
    even = activity.start_share(
        day("2019-02-27"), day("2019-03-02"), cut, weight=lambda days: [3 if one < cut else 1 for one in days]
    )
    assert even == 0.5


def _pages(*rows):
    columns = ["observation_id", "report", "site_id", "activity", "source_id", "observed_from", "observed_to"]
    table = pd.DataFrame(rows, columns=[*columns, "direction", "interpretation", "confidence"])
    return table.assign(
        observed_from_first=pd.to_datetime(table["observed_from"]),
        observed_to_last=pd.to_datetime(table["observed_to"]),
    )


def test_pages_that_tell_one_finding_are_compared_once_by_the_rows_that_agree_most():
    told = activity.retellings(
        _pages(
            ("a", "one", "sohae", "rebuilding", "p", "2019-02-16", "2019-03-02", "advance", "unclear", "high"),
            ("b", "one", "sohae", "rebuilding", "q", "2019-02-16", "2019-03-02", "advance", "routine", "low"),
            ("c", "one", "sohae", "rebuilding", "q", None, None, "none", "unclear", "low"),
            ("d", "one", "sohae", "rebuilding", "r", "2019-02-22", "2019-03-06", "unclear", "unclear", "high"),
            ("f", "one", "sohae", "rebuilding", "t", "2019-02-02", "2019-03-02", "advance", "unclear", "high"),
            ("e", "one", "sohae", "vehicle", "s", None, None, "advance", "unclear", "high"),
        )
    )
    found = {(row.source_id_1 + row.source_id_2, row.matter): row.outcome for row in told.itertuples()}
    assert found.pop(("pt", "window")) == "lost" and found.pop(("rt", "window")) == "changed"  # coarser, and apart
    assert {pair: outcome for pair, outcome in found.items() if "t" not in pair[0]} == {
        ("pq", "window"): "kept",
        ("pq", "direction"): "kept",
        ("pq", "reading"): "lost",
        ("pq", "confidence"): "changed",
        ("pr", "window"): "changed",
        ("pr", "direction"): "lost",
        ("pr", "confidence"): "kept",
        ("qr", "window"): "lost",
        ("qr", "direction"): "lost",
        ("qr", "confidence"): "changed",
    }


def test_each_report_weighs_one_in_the_shares_of_retelling():
    told = pd.DataFrame(
        [("big", "window", "kept")] * 9 + [("big", "window", "lost")] + [("small", "window", "changed")],
        columns=["report", "matter", "outcome"],
    )
    row = activity.retelling_shares(told, draws=4000).loc["window"]
    assert row[["reports", "pairs", "kept", "lost", "changed"]].tolist() == pytest.approx([2, 11, 0.45, 0.05, 0.5])
    assert (row["low"], row["high"]) == pytest.approx((0.1, 1.0))


def test_the_interval_of_retelling_holds_the_truth_about_as_often_as_it_promises():
    """Reports of 2 to 6 pages whose pairs differ with a chance of each report's own, as many as the book has."""
    rng, held = np.random.default_rng(7), []
    for _ in range(150):
        rows = []
        for report in range(35):
            chance = rng.beta(1, 2)
            rows += [
                (report, "window", "lost" if rng.random() < chance else "kept") for _ in range(rng.integers(1, 12))
            ]
        row = activity.retelling_shares(
            pd.DataFrame(rows, columns=["report", "matter", "outcome"]), draws=400, seed=3
        ).loc["window"]
        held.append(row["low"] <= 1 / 3 <= row["high"])
    assert 0.88 <= np.mean(held) <= 0.99


COSMESIS = """45- 6-10 0-7 46- 46- 7-16 17- 7-14 37-44 0-8 4-11 15- 11-15 22- 46- 46- 25-37 46- 26-40 46- 27-34 36-44 46-
    36-48 37- 40- 17-25 46- 11-18 38- 5-12 37- 0-5 18- 24- 36- 5-11 19-35 17-25 24- 32- 33- 19-26 37- 34- 36-"""


def test_turnbull_gives_the_published_estimate_of_the_breast_cosmesis_data():
    """Months to breast retraction of the 46 women with radiotherapy alone (Finkelstein and Wolfe 1985, Biometrics 41).

    Fay and Shaw (2010, J. Stat. Software 36(2)) print S(4) = 1 and S(5) = 1 − 0.0463 = 0.9537 for them; the mass of
    each innermost interval to six digits is that of the R packages npsurv 0.5-0 and, to four, survival 3.5-3.
    """
    ends = [entry.split("-") for entry in COSMESIS.split()]
    lower = np.array([float(low) for low, _ in ends]) + 1e-6  # intervals are open on the left
    upper = np.array([float(high or "inf") for _, high in ends])
    assert len(lower) == 46
    at = [
        3.5,
        5.5,
        6.5,
        9.5,
        15.5,
        30.5,
        36.5,
        45.5,
        50.5,
    ]  # all between the innermost intervals, but 6.5, which is in (6, 7]
    found = activity.turnbull(lower, upper, at)
    masses = np.array([0.046347, 0.033363, 0.088667, 0.070753, 0.092646, 0.081786, 0.120880, 0.465558])
    assert 1 - found["low"][5.5] == pytest.approx(0.9537, abs=5e-5)  # as printed
    known = masses.cumsum()
    assert found["low"].tolist() == pytest.approx([0, *known[[0, 0, 2, 3, 4, 5, 6, 7]]], abs=1e-5)
    assert found["high"].tolist() == pytest.approx([0, *known[[0, 1, 2, 3, 4, 5, 6, 7]]], abs=1e-5)


def test_turnbull_solved_by_hand():
    """[0, 2], [1, 4], [3, 5]: innermost intervals [1, 2] and [3, 4]; p(p + q)q with p + q = 1 is largest at p = 1/2."""
    found = activity.turnbull([0, 1, 3], [2, 4, 5], [0.5, 1.5, 2.5, 3.5, 4.5])
    assert found["low"].tolist() == pytest.approx([0, 0, 0.5, 0.5, 1], abs=1e-6)
    assert found["high"].tolist() == pytest.approx([0, 0.5, 0.5, 1, 1], abs=1e-6)


def test_turnbull_puts_everything_where_all_intervals_meet_and_keeps_open_ends_open():
    found = activity.turnbull([-np.inf, 16, 1], [26, 30, np.inf], [15.5, 20.5, 26.5])
    assert found["low"].tolist() == [0, 0, 1] and found["high"].tolist() == [0, 1, 1]
    apart = activity.turnbull([-np.inf, 27, 28], [26, 30, np.inf], [26.5, 31])  # one before, two after
    assert apart["low"].tolist() == pytest.approx([1 / 3, 1], abs=1e-6)
    assert apart["high"].tolist() == pytest.approx([1 / 3, 1], abs=1e-6)
    moved = activity.turnbull([-np.inf, -1, 0], [-2, 2, np.inf], [-1.5, 3])  # the same, counted from another day
    assert np.allclose(moved, apart, atol=1e-6)
    with pytest.raises(ValueError):
        activity.turnbull([1], [2], [2])
    with pytest.raises(ValueError):
        activity.turnbull([3], [2], [1])


def test_turnbull_share_of_one_window_is_not_settled_and_of_many_is(rebuilding):
    accounts = activity.onsets(rebuilding)
    cut = day("2019-02-28")
    assert activity.turnbull_share(accounts[accounts["basis"] == "imagery"], cut) == (0, 1)
    assert activity.turnbull_share(accounts, cut) == (1, 1)
    assert activity.turnbull_share(accounts, day("2019-02-26")) == (0, 1)


def test_a_studentised_family_is_not_ruled_by_its_widest_member():
    """Two hypotheses: one of few months has a wide null distribution and, unscaled, decides for both."""
    rng = np.random.default_rng(2019)
    talks = np.sin(np.arange(48) / 7) + rng.normal(0, 0.3, 48)
    outcomes = pd.DataFrame({"tied": talks + rng.normal(0, 1.2, 48), "sparse": rng.normal(size=48)})
    outcomes.loc[outcomes.index[8:], "sparse"] = np.nan
    raw, scaled = (activity.shift_test(talks, outcomes, [0], skip=0, scaled=way) for way in (False, True))
    assert raw["shifts"] == scaled["shifts"] == 47
    assert scaled["spread"].loc["sparse", 0] > scaled["spread"].loc["tied", 0]
    assert scaled["p_all"].loc["tied", 0] <= raw["p_all"].loc["tied", 0]
    assert (raw["p_all"] >= raw["p"]).all().all() and (raw["p_least"] >= raw["p"]).all().all()


def test_a_constant_series_has_no_rank_order():
    outcomes = pd.DataFrame({"flat": np.ones(12), "up": np.arange(12.0)})
    found = activity.lead_lag(np.arange(12.0), outcomes, [0])
    assert np.isnan(found.loc["flat", 0]) and found.loc["up", 0] == pytest.approx(1)


@pytest.mark.parametrize("true", [1.0, 0.5])
def test_the_model_of_progress_finds_the_odds_ratio_that_was_put_in(true):
    rng = np.random.default_rng(7)
    months, sites = np.repeat(np.arange(60), 12), np.tile(np.arange(12), 60)
    talks = rng.normal(0, 1, 60)[months]
    tilt = rng.normal(0, 0.5, 12)[sites] + rng.normal(0, 0.4, 60)[months]
    chance = 1 / (1 + np.exp(-(0.2 + np.log(true) * talks + tilt)))
    pairs = pd.DataFrame(
        {"advance": rng.random(720) < chance, "talks": talks, "site_id": sites, "publisher": sites % 4, "month": months}
    )
    found = activity.progress_model(pairs)
    assert found["low"] < true < found["high"] and found["high"] / found["low"] < 3
