"""Positions: the agreement of two passes, the weight of people, correspondence analysis, and the reading of offers."""

import numpy as np
import pandas as pd
import prince
import pytest
from scipy import stats

from hanoi import evidence, positions
from hanoi.positions import coding

# Krippendorff (2011), Computing Krippendorff's Alpha-Reliability: four observers (columns), twelve units (rows).
_ = np.nan
KRIPPENDORFF = np.array(
    [
        [1, 2, 3, 3, 2, 1, 4, 1, 2, _, _, _],
        [1, 2, 3, 3, 2, 2, 4, 1, 2, 5, _, 3],
        [_, 3, 3, 3, 2, 3, 4, 2, 2, 5, 1, _],
        [1, 2, 3, 3, 2, 4, 4, 1, 2, 5, 1, _],
    ]
).T
# Greenacre's table of staff by smoking (193 people), as in Nenadić and Greenacre (2007), Journal of Statistical Software.
SMOKE = np.array([[4, 2, 3, 2], [4, 3, 7, 4], [25, 10, 12, 4], [18, 24, 33, 13], [10, 6, 7, 2]])


def coded(rows, variable="sequencing"):
    """Return codings from (statement, code of a, code of b[, confidence of a, confidence of b])."""
    return pd.DataFrame(
        [
            {
                "statement_id": row[0],
                "coder": coder,
                "variable": variable,
                "value": row[1 + at],
                "confidence": row[3 + at] if len(row) > 3 else "high",
            }
            for row in rows
            for at, coder in enumerate("ab")
        ]
    )


def spoken(rows):
    """Return statements from (statement, expert, source, date[, note[, co-authors]])."""
    frame = pd.DataFrame(
        [
            {
                "statement_id": row[0],
                "expert_id": row[1],
                "source_id": row[2],
                "date": row[3],
                "note": row[4] if len(row) > 4 else None,
                "co_authors": row[5] if len(row) > 5 else None,
                "position_summary": "",
                "thin": False,
            }
            for row in rows
        ]
    )
    spans = frame["date"].map(evidence.span)
    return frame.assign(date_first=pd.to_datetime(spans.str[0]), date_last=pd.to_datetime(spans.str[1]))


def known(*names, role="think-tank"):
    return pd.DataFrame(
        [
            {
                "expert_id": name.split()[-1].lower(),
                "name": name,
                "entity": "person",
                "role": role,
                "country": "USA",
                "affiliation": "",
            }
            for name in names
        ]
    )


# --- agreement -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("level", "published"), [("nominal", 0.743), ("ordinal", 0.815), ("interval", 0.849)])
def test_alpha_is_krippendorffs(level, published):
    assert positions.alpha(KRIPPENDORFF, [1, 2, 3, 4, 5], level) == pytest.approx(published, abs=0.0005)


@pytest.mark.parametrize("level", ["nominal", "ordinal", "interval"])
def test_alpha_of_many_draws_is_the_librarys_of_each(level):
    values, size = [1, 2, 3, 4, 5], len(KRIPPENDORFF)
    drawn = np.random.default_rng(2019).integers(0, size, (200, size))
    each = np.array([positions.alpha(KRIPPENDORFF[units], values, level) for units in drawn])
    ends = np.nanpercentile(each, [2.5, 97.5])
    found = positions.alpha_interval(KRIPPENDORFF, values, level, repetitions=200)
    assert found[:2] == pytest.approx(tuple(ends)) and found[2] == pytest.approx(np.isnan(each).mean(), abs=0.01)


def test_alpha_of_draws_refuses_a_level_that_it_does_not_know():
    with pytest.raises(ValueError, match="level 'ratio'"):
        positions.alpha_interval(KRIPPENDORFF, [1, 2, 3, 4, 5], "ratio", repetitions=2)


def test_alpha_needs_answers_that_vary():
    assert np.isnan(positions.alpha(np.array([["x", "x"], ["x", "x"]]), ["x", "y"], "nominal"))
    assert np.isnan(positions.alpha(np.array([["x", "NA"], ["y", "NA"]]), ["x", "y"], "nominal"))


def test_the_share_of_draws_without_alpha_is_that_of_many_draws():
    nothing = np.nan
    codes = np.array([["a", "a"]] * 5 + [["b", "b"], ["a", nothing], [nothing, nothing]], dtype=object)
    counts = coding._counts(codes, ["a", "b", "c"])
    drawn = np.random.default_rng(1).integers(0, len(counts), (20_000, len(counts)))
    share = np.isnan(coding._alphas(counts, drawn, ["a", "b", "c"], "nominal")).mean()
    assert coding._undefined(counts) == pytest.approx(share, abs=0.01)


def test_alpha_interval_is_that_of_scipy():
    codes = np.random.default_rng(1).integers(1, 6, 80)
    codes = np.stack([codes, np.where(np.arange(80) % 5 == 0, 6 - codes, codes)], axis=1)
    values = [1, 2, 3, 4, 5]
    ours = positions.alpha_interval(codes, values, "ordinal", repetitions=2000)
    theirs = stats.bootstrap(
        tuple(codes.T),
        lambda a, b: positions.alpha(np.stack([a, b], axis=1), values, "ordinal"),
        paired=True,
        vectorized=False,
        method="percentile",
        n_resamples=2000,
        rng=7,
    )
    assert ours[:2] == pytest.approx(tuple(theirs.confidence_interval), abs=0.03)
    assert ours[2] == pytest.approx(0, abs=1e-9)


def test_agreement_by_hand():
    codings = coded([("s1", "1", "1"), ("s2", "2", "2"), ("s3", "1", "2"), ("s4", "NA", "2"), ("s5", "NA", "NA")])
    codebook = pd.DataFrame({"variable": "sequencing", "type": "ordinal", "value": ["1", "2", "NA"], "rank": [1, 2, 3]})
    row = positions.agreement(codings, codebook, repetitions=20).iloc[0]
    assert (row["statements"], row["stated"], row["same"]) == (5, 3, 60)
    assert row["same_stated"] == pytest.approx(200 / 3)
    # six pairable codes, three of each; one unit differs: alpha = 1 - (2/6) / (2 * 3 * 3 / (6 * 5)) = 4/9
    assert row["alpha"] == pytest.approx(4 / 9)
    # says: yes yes | yes yes | yes yes | no yes | no no: alpha = 1 - (2/10) / (2 * 3 * 7 / (10 * 9)) = 4/7
    assert row["says_alpha"] == pytest.approx(4 / 7)
    assert not row["reliable"]


def test_disagreements_are_all_shown():
    found = positions.disagreements(coded([("s1", "1", "1"), ("s2", "1", "2"), ("s3", "NA", "2")]))
    assert found[["statement_id", "kind"]].to_numpy().tolist() == [["s2", "two answers"], ["s3", "one is silent"]]


def test_contrast_puts_codes_on_two_sides():
    codings = coded([("s1", "1", "2"), ("s2", "2", "3"), ("s3", "NA", "1")])
    found = positions.contrast(codings, "sequencing", ("1", "2"))
    assert found.to_numpy().tolist() == [[1, 1], [1, 0], ["NA", 1]]
    assert positions.contrast(codings, "sequencing", ("1", "2"), statements=["s2"]).index.tolist() == ["s2"]


def test_codes_from_pages_are_compared_where_both_speak():
    codings = coded([("s1", "1", "1"), ("s2", "2", "1"), ("s3", "4", "4"), ("s4", "NA", "NA"), ("s5", "3", "3")])
    pages = [("s1", "1"), ("s2", "3"), ("s3", "1"), ("s4", "2"), ("s5", "NA")]
    checks = pd.DataFrame(pages, columns=["statement_id", "value"]).assign(variable="sequencing")
    row = positions.from_pages(codings, checks).iloc[0]
    assert row[["pages", "both_speak", "same", "near", "page_only", "passes_only"]].tolist() == [5, 3, 1, 2, 1, 1]


def test_unknown_variable_is_refused():
    with pytest.raises(KeyError):
        positions.passes(coded([("s1", "1", "1")]), "mood")


# --- people, pieces, time ------------------------------------------------------------------------------------------

PEOPLE = known("Ann Ash", "Bo Birch", "Cy Cedar", "Di Dogwood")
SAID = spoken(
    [
        ("s1", "ash", "x", "2019-03", "", "birch"),
        ("s2", "birch", "y", "2019-03", "With Cy Cedar in the chair", "ash"),
        ("s3", "cedar", "z", "2018-05"),
        ("s4", "cedar", "z", "2018-05"),
        ("s5", "cedar", "w", "2019-04-01"),
        ("s6", "dogwood", "v", "2019", "Talks with Moscow and Beijing"),
    ]
)
CODED = coded(
    [
        ("s1", "1", "1"),
        ("s2", "1", "1"),
        ("s3", "1", "1"),
        ("s4", "2", "2"),
        ("s5", "5", "4"),
        ("s6", "NA", "3", "high", "low"),
    ]
)


def test_a_joint_piece_is_one_piece():
    found = positions.pieces(SAID, PEOPLE)
    assert found["piece"].tolist() == ["Ash + Birch 2019"] * 2 + ["cedar z"] * 2 + ["cedar w", "dogwood v"]
    assert found["authors"].tolist() == [2, 2, 1, 1, 1, 1]


def test_periods_do_not_guess():
    rows = spoken(
        [
            ("a", "x", "s", "2019-02-27"),
            ("b", "x", "s", "2019-02"),
            ("c", "x", "s", "2019-02-28"),
            ("d", "x", "s", "2019-06-08"),
            ("e", "x", "s", "2019-06-09"),
            ("f", "x", "s", "2019"),
            ("g", "x", "s", "2019-02", "said before the outcome was known"),
        ]
    )
    assert positions.periods(rows).tolist() == [
        "before",
        "not datable",
        "within 100 days",
        "within 100 days",
        "later",
        "not datable",
        "before",
    ]


def weights(**choices):
    return (
        positions.ballots(SAID, PEOPLE, CODED, **choices)
        .groupby(["statement_id", "value"])["weight"]
        .sum()
        .round(4)
        .to_dict()
    )


def test_one_person_has_one_weight():
    assert weights() == {
        ("s1", "1"): 0.5,
        ("s2", "1"): 0.5,
        ("s3", "1"): 0.25,
        ("s4", "2"): 0.25,
        ("s5", "4"): 0.25,
        ("s5", "5"): 0.25,
    }


def test_other_weights_and_rules():
    assert weights(weight="person in full")["s1", "1"] == 1
    assert weights(weight="statement")["s4", "2"] == 1
    assert weights(weight="piece")["s4", "2"] == 0.5
    assert ("s3", "1") not in weights(weight="latest") and weights(weight="latest")["s5", "5"] == 0.5
    assert weights(rule="either")["s6", "3"] == 1 and ("s6", "3") not in weights(rule="either", confidence="medium")
    assert ("s5", "5") not in weights(rule="same") and weights(rule="a", weight="statement")["s5", "5"] == 1
    assert set(weights(since=positions.SUMMIT[1])) == {("s1", "1"), ("s2", "1"), ("s5", "4"), ("s5", "5")}


def test_joint_authors_are_drawn_together():
    votes = positions.ballots(SAID, PEOPLE, CODED)
    clusters = votes.groupby("expert_id")["cluster"].first()
    assert clusters["ash"] == clusters["birch"] != clusters["cedar"]


def test_resampled_shares_are_binomial():
    people = known(*(f"P Q{number}" for number in range(40)))
    said = spoken([(f"s{number}", f"q{number}", f"x{number}", "2019-03-05") for number in range(40)])
    votes = positions.ballots(said, people, coded([(f"s{n}", *("1" if n < 12 else "5") * 2) for n in range(40)]))
    assert positions.shares(votes, ["1", "5"]).tolist() == [30, 70]
    low, high = positions.interval(positions.resampled(votes, ["1", "5"], repetitions=20000)["1"])
    # the bootstrap of a share among independent people is Binomial(n, share) / n
    assert [low, high] == pytest.approx(100 * stats.binom.ppf([0.025, 0.975], 40, 0.3) / 40, abs=0.01)


def test_share_on_some_steps_has_its_interval():
    votes = positions.ballots(SAID, PEOPLE, CODED)
    found = positions.on(votes, ["1", "2"], repetitions=50)
    assert found["percent"] == pytest.approx(75) and found["people"] == 3
    assert found["interval"] == (found["low"], found["high"])
    alone = positions.on(votes[votes["expert_id"].eq("ash")], ["1"], repetitions=50)
    assert alone["percent"] == 100 and alone["interval"] is None


def test_ground_is_the_codings_of_the_statements():
    rows = positions.ground(CODED, SAID[SAID["statement_id"].isin(["s1", "s6"])])["codings"]
    assert sorted(set(rows["statement_id"])) == ["s1", "s6"] and len(rows) == 4


def test_specifications_are_all_combinations():
    choices = {
        "definition": {"1 and 2": ("1", "2"), "1 only": ("1",)},
        "rule": {"both": "both", "first": "a"},
        "weight": {"person": "person", "statement": "statement"},
        "who": {"all": {"roles": positions.EXPERTS}, "abroad": {"roles": positions.EXPERTS, "without": "USA"}},
    }
    found = positions.specifications(SAID, PEOPLE, CODED, choices=choices, fewest=3, repetitions=50)
    assert len(found) == 16
    home = found[found["who"].eq("all")].set_index(["definition", "rule", "weight"])
    assert home["enough"].all() and not found[found["who"].eq("abroad")]["people"].any()
    assert home.loc[("1 and 2", "both", "person"), "small"] == pytest.approx(100 * 1.5 / 2)
    assert home.loc[("1 only", "both", "person"), "small"] == pytest.approx(100 * 1.25 / 2)
    assert home.loc[("1 and 2", "first", "statement"), "large"] == pytest.approx(100 / 5)
    assert home.loc[("1 and 2", "both", "person"), "mean"] == pytest.approx((1 + 0.25 + 0.5 + 4 * 0.25 + 5 * 0.25) / 2)


def test_people_of_one_country_can_be_left_out():
    people = PEOPLE.assign(country=["USA", "USA", "KOR", "KOR"])
    assert set(positions.ballots(SAID, people, CODED, without="USA")["expert_id"]) == {"cedar"}


def test_ladder_keeps_both_passes_apart():
    found = positions.ladder(SAID, PEOPLE, CODED).set_index("expert_id")
    assert found.loc["cedar", ["a", "b", "position"]].tolist() == pytest.approx([3.25, 2.75, 3.0])
    assert np.isnan(found.loc["dogwood", "a"]) and found.loc["dogwood", "position"] == 3
    assert found.loc["cedar", ["statements", "pieces"]].tolist() == [3, 2]


def test_moves_need_two_dates():
    rows = positions.dated(SAID, PEOPLE, CODED)
    assert np.isnan(rows.set_index("statement_id").loc["s6", "position"])
    found = positions.moves(rows)
    assert found["expert_id"].unique().tolist() == ["cedar"]
    assert found["position"].tolist() == [1.5, 4.5] and found["change"].tolist() == [3, 3]


def test_lines_keep_those_who_name_no_order():
    found = positions.lines(positions.dated(SAID, PEOPLE, CODED)).set_index(["name", "date"])
    assert found.loc[("Cy Cedar", "2018-05"), ["a", "b", "statements", "placed"]].tolist() == [1.5, 1.5, 2, 2]
    assert found.loc[("Di Dogwood", "2019"), "placed"] == 1 and np.isnan(found.loc[("Di Dogwood", "2019"), "a"])
    silent = positions.lines(positions.dated(SAID, PEOPLE, coded([("s6", "NA", "NA")])))
    assert silent["placed"].sum() == 0 and len(silent) == 5


def test_answers_take_what_both_passes_say():
    found = positions.answers(SAID, PEOPLE, CODED, groups={"sequencing": positions.GROUPS["sequencing"]})
    assert found["sequencing"].fillna("-").to_dict() == {
        "ash": "small steps",
        "birch": "small steps",
        "cedar": "all-for-all",
        "dogwood": "-",
    }


# --- association and dimensions ------------------------------------------------------------------------------------


def columns(table):
    first, second = np.indices(table.shape).reshape(2, -1)
    return (
        pd.DataFrame({"row": first, "column": second})
        .loc[np.repeat(np.arange(table.size), table.ravel())]
        .astype(str)
        .reset_index(drop=True)
    )


def test_association_of_the_lady_tasting_tea():
    tea = columns(np.array([[3, 1], [1, 3]]))  # Fisher (1935); two-sided exact p = 34/70
    v, p = positions.association(tea["row"], tea["column"], permutations=4999)
    assert v == pytest.approx(0.5) and p == pytest.approx(34 / 70, abs=0.02)


def test_association_is_the_published_chi_squared():
    people = columns(SMOKE)
    v, p = positions.association(people["row"], people["column"], permutations=999)
    assert v**2 * 193 * 3 == pytest.approx(16.44, abs=0.005)
    assert p == pytest.approx(0.17, abs=0.04)  # published from the chi-squared distribution: 0.17183


def test_association_of_a_constant_column_is_nothing():
    v, p = positions.association(pd.Series(["x"] * 6), pd.Series(list("abcabc")))
    assert np.isnan(v) and np.isnan(p)


def test_dimensions_of_two_questions_are_those_of_their_table():
    found = positions.dimensions(columns(SMOKE), permutations=19)["inertias"]["inertia"]
    published = np.array([0.074759, 0.010017, 0.000414])  # principal inertias of the table, R package ca
    assert found.iloc[:3].tolist() == pytest.approx((1 + np.sqrt(published)) / 2, abs=2e-5)


def test_dimensions_are_those_of_prince_where_nothing_is_dropped():
    draws = np.random.default_rng(5)
    given = pd.DataFrame({name: draws.choice(list("xyz"), 80) for name in "pqr"})
    given["q"] = np.where(draws.random(80) < 0.6, given["p"], given["q"])
    found = positions.dimensions(given, permutations=5)
    model = prince.MCA(n_components=4, engine="scipy").fit(given)
    assert found["inertias"]["inertia"].tolist() == pytest.approx(model.eigenvalues_.tolist())
    assert found["total"] == pytest.approx(model.total_inertia_)
    theirs = model.column_coordinates(given).iloc[:, 0].to_numpy()
    assert np.abs(found["answers"]["x"]).tolist() == pytest.approx(np.abs(theirs).tolist())
    assert np.abs(found["people"]["x"]).tolist() == pytest.approx(model.row_coordinates(given)[0].abs().tolist())


def test_inertias_of_a_subset_and_its_complement_add_up():
    """Greenacre and Pardoe (2006): what the unsaid hold and what the said hold are the whole of the table of all answers."""
    draws = np.random.default_rng(6)
    given = pd.DataFrame({name: draws.choice(list("xyz"), 90) for name in "pqrs"}).astype(object)
    given[draws.random(given.shape) < 0.3] = None
    kept = given[given.notna().sum(axis=1).ge(2)]
    said = positions.dimensions(given, permutations=5)["total"]
    unsaid = kept.isna().to_numpy(dtype=float)
    mass = unsaid.sum(axis=0) / kept.size
    rest = ((unsaid / kept.size - mass / len(kept)) ** 2 / (mass / len(kept))).sum()
    assert said + rest == pytest.approx(prince.MCA(engine="scipy").fit(kept.fillna("NA").astype(str)).total_inertia_)


def test_silence_alone_is_no_dimension():
    draws = np.random.default_rng(3)
    given = pd.DataFrame({name: draws.choice(["x", "y"], 200) for name in "pqrs"})
    given[draws.random(given.shape) < 0.4] = None
    given.loc[:60, ["p", "q"]] = None
    found = positions.dimensions(given, permutations=99)
    assert found["inertias"]["p"].iloc[0] > 0.05
    assert not found["answers"]["answer"].eq("NA").any()
    agreeing = given.assign(q=given["p"].where(given["q"].notna() & given["p"].notna(), given["q"]))
    assert positions.dimensions(agreeing, permutations=99)["inertias"]["p"].iloc[0] == pytest.approx(0.01)


# --- the silent ----------------------------------------------------------------------------------------------------


def simulated(seed, people=150):
    """Return people of whom those for pressure are against small steps and mostly silent; and the true share among all."""
    draws = np.random.default_rng(seed)
    lever = draws.choice(["engagement", "pressure", "not said"], people, p=[0.4, 0.2, 0.4])
    home = draws.choice(["here", "there"], people)
    truth = draws.random(people) < pd.Series(lever).map({"engagement": 0.95, "pressure": 0.15, "not said": 0.6})
    silent = draws.random(people) > pd.Series(lever).map({"engagement": 0.7, "pressure": 0.2, "not said": 0.3})
    frame = pd.DataFrame({"lever": lever, "home": home, "share": truth.astype(float), "cluster": range(people)})
    return frame.assign(share=frame["share"].mask(silent)), 100 * truth.mean()


def test_both_models_of_the_silent_find_the_share_that_was_put_in():
    """At the size of the book's own question: those who speak overstate the share by more than ten points."""
    off = {"speak": [], "predicted": [], "reweighted": []}
    for seed in range(60):
        frame, truth = simulated(seed)
        off["speak"].append(100 * frame["share"].mean() - truth)
        for name in ("predicted", "reweighted"):
            off[name].append(getattr(positions, name)(frame, ["lever", "home"]) - truth)
    off = {name: np.mean(found) for name, found in off.items()}
    assert off["speak"] > 10 and abs(off["predicted"]) < 3 and abs(off["reweighted"]) < 3


@pytest.mark.parametrize(("count", "least"), [(50, 0.84), pytest.param(400, 0.91, marks=pytest.mark.hard)])
def test_the_interval_of_the_model_covers_about_as_often_as_it_says(count, least):
    covered = []
    for seed in range(count):
        frame, truth = simulated(1000 + seed)
        low, high = positions.interval(positions.resampled_model(frame, ["lever", "home"], repetitions=300, seed=seed))
        covered.append(low <= truth <= high)
    assert np.mean(covered) >= least


@pytest.mark.parametrize("model", [positions.predicted, positions.reweighted])
def test_drawn_models_are_those_of_the_library(model):
    frame, _ = simulated(11, people=40)
    drawn = positions.resampled_model(frame, ["lever", "home"], model=model, repetitions=3, seed=4)
    counts = np.random.default_rng(4).multinomial(40, np.full(40, 1 / 40), 3)
    by_hand = [model(frame.loc[frame.index.repeat(count)], ["lever", "home"]) for count in counts]
    assert drawn.tolist() == pytest.approx(by_hand, abs=1e-4)


def test_bounds_hold_the_truth_whatever_the_silent_think():
    frame, truth = simulated(7)
    low, high = positions.bounds(frame)
    assert low <= truth <= high
    assert high - low == pytest.approx(100 * frame["share"].isna().mean())
    assert positions.predicted(frame, []) == pytest.approx(100 * frame["share"].mean())


def test_a_rare_answer_does_not_carry_the_model_away():
    frame = pd.DataFrame(
        {"lever": ["engagement"] * 30 + ["pressure"], "share": [1.0] * 15 + [np.nan] * 15 + [0.0], "cluster": range(31)}
    )
    assert 90 < positions.predicted(frame, ["lever"]) < 100


def test_outcomes_are_people_in_their_own_units():
    found = positions.outcomes(SAID, PEOPLE, CODED, groups={"sequencing": positions.GROUPS["sequencing"]})
    assert found["share"].fillna(-1).to_dict() == {"ash": 1, "birch": 1, "cedar": 0.5, "dogwood": -1}
    assert found.loc["ash", "cluster"] == found.loc["birch", "cluster"] and found["home"].eq("United States").all()
    low, high = positions.bounds(found)
    assert (low, high) == (pytest.approx(62.5), pytest.approx(87.5))


# --- parts of a deal, cards, offers --------------------------------------------------------------------------------


def test_parts_sum_to_the_people():
    codings = pd.concat(
        [
            coded(
                [
                    ("s1", "support", "support"),
                    ("s3", "support", "oppose"),
                    ("s5", "oppose", "oppose"),
                    ("s6", "NA", "NA"),
                ],
                "end_of_war",
            ),
            *(coded([("s1", "NA", "NA")], name) for name in ("liaison_office", "relief_timing", "first_deal_scope")),
        ]
    )
    row = positions.parts(SAID, PEOPLE, codings).iloc[0]
    assert row[["people", "support", "against", "mixed", "else", "unclear", "silent"]].tolist() == [4, 1, 1, 0, 0, 0, 2]
    found = positions.parts(SAID, PEOPLE, codings)
    assert found[["support", "against", "mixed", "else", "unclear", "silent"]].sum(axis=1).eq(found["people"]).all()


def test_card_holds_statements_and_claims():
    said = SAID.assign(venue="Journal", position_summary="Says so.")
    claims = pd.DataFrame(
        {
            "claim_id": ["c1", "c2"],
            "line": [4, 5],
            "claim": ["Ash said so.", "Nothing."],
            "status": "disputed",
            "finding": "Not quite.",
            "claimed_by": [None, "Bo Birch"],
        }
    )
    sources = pd.DataFrame({"claim_id": ["c1", "c1"], "source_id": ["b", "a"]})
    found = positions.card("ash", said, CODED, claims, sources, "Ash")
    assert found["source"].tolist() == ["x", "a b"]
    assert found["finding"].tolist() == ["Says so. [sequencing: 1]", "Ash said so. Finding: Not quite."]
    assert positions.card(None, said, CODED, claims, sources, "Jung").empty
    assert (
        positions.card("dogwood", said, CODED, claims, sources, "Dogwood")["finding"]
        .iloc[0]
        .endswith("[sequencing: not stated or 3]")
    )


def offered(rows):
    frame = pd.DataFrame(
        [
            dict(zip(("offer_id", "party", "account_of", "element", "position", "event_date"), row, strict=True))
            for row in rows
        ]
    )
    spans = frame["event_date"].map(evidence.span)
    return frame.assign(event_date_first=pd.to_datetime(spans.str[0]), event_date_last=pd.to_datetime(spans.str[1]))


OFFERS = offered(
    [
        ("o1", "PRK", "PRK", "yongbyon-all", "offered", "2019-02-27/2019-02-28"),
        ("o2", "USA", "press", "yongbyon-all", "demanded", "2019-02"),
        ("o3", "PRK", "USA", "sanctions-all", "demanded", "2019-02-28"),
        ("o4", "USA", "memoir", "sanctions-all", "rejected", "2019-03-07"),
        ("o5", "USA", "USA", "liaison-office", "offered", "2019-02-28"),
        ("o6", "USA", "USA", "unspecified", "demanded", "2019-02-28"),
        ("o7", "PRK", "press", "freeze", "reported-as-draft", "2019-02"),
    ]
)


def test_phase_and_account_of_an_offer():
    assert positions.phase(OFFERS).tolist() == [
        "in Hanoi",
        "before",
        "in Hanoi",
        "after",
        "in Hanoi",
        "in Hanoi",
        "before",
    ]
    assert positions.account(OFFERS).tolist() == ["own", "third", "other side", "third", "own", "own", "third"]


# --- the tables themselves -----------------------------------------------------------------------------------------


def test_every_code_and_element_is_known():
    codebook = evidence.read("codebook")
    for variable, grouped in positions.GROUPS.items():
        assert {code for codes in grouped.values() for code in codes} == set(positions.scale(codebook, variable)[1])
    for variable, *sides in positions.PARTS.values():
        assert {code for codes in sides for code in codes} <= set(positions.scale(codebook, variable)[1])
    offers = evidence.read("offers")
    assert set(offers["element"]) <= set(positions.ELEMENTS)
    assert set(offers["position"]) <= {*positions.WANTED, *positions.CLOSED}


def test_joint_authors_are_found_in_the_tables():
    found = positions.pieces(evidence.read("statements"), evidence.read("experts"))
    joint = found[found["authors"].gt(1)].groupby("piece")["expert_id"].nunique()
    assert joint["Carlin + Hecker + Serbin 2018"] == 3 and joint["Sokolsky + Wit 2019"] == 2
    votes = positions.ballots(evidence.read("statements"), evidence.read("experts"), evidence.read("codings"))
    assert votes.groupby("expert_id")["weight"].sum().max() <= 1 + 1e-9
    assert votes[votes["piece"].eq("Carlin + Hecker + Serbin 2018")]["weight"].sum() == pytest.approx(1)


def test_one_speech_on_several_pages_is_one_occasion():
    rows = pd.DataFrame(
        {
            "country": ["USA"] * 4,
            "name": ["A", "A", "A", "B"],
            "date": ["2019-03-03", "2019-03-03", "2019-03", "2019-03"],
            "position": [5.0, 4.0, 3.0, 1.0],
            "statement_id": ["s1", "s2", "s3", "s4"],
            "date_first": pd.to_datetime(["2019-03-03", "2019-03-03", "2019-03-01", "2019-03-01"]),
        }
    )
    found = positions.occasions(rows)
    assert found[["name", "day", "position"]].to_numpy().tolist() == [["B", "2019-03", 1.0], ["A", "2019-03-03", 4.0]]
    assert found["statement_id"].tolist() == [["s4"], ["s1", "s2", "s3"]]


def test_the_zone_grows_with_belief_and_shrinks_with_a_stricter_reading():
    found = positions.zones(evidence.read("offers")).pivot(index="accounts", columns="reading", values="count")
    loose, unrefused, strict = (found[name] for name in positions.READINGS)
    assert len(found) == 7 and (loose >= unrefused).all() and (unrefused >= strict).all()
    assert loose["own + other side + third"] == loose.max()


def test_the_zone_of_simulated_offers_is_the_one_that_was_put_in():
    made = pd.DataFrame(
        [
            ("PRK", "PRK", "test-moratorium", "offered"),
            ("USA", "USA", "test-moratorium", "demanded"),
            ("PRK", "USA", "missiles", "offered"),
            ("USA", "USA", "missiles", "demanded"),
            ("USA", "USA", "sanctions-all", "rejected"),
            ("USA", "press", "sanctions-all", "offered"),
            ("PRK", "PRK", "sanctions-all", "demanded"),
        ],
        columns=["party", "account_of", "element", "position"],
    ).assign(note=None)
    zones = positions.zones(made).set_index(["accounts", "reading"])["elements"]
    open_, unrefused, _ = positions.READINGS
    assert zones["own", open_] == ["Halt of tests"]
    assert zones["own + other side", open_] == ["Halt of tests", "Missiles"]
    assert zones["own + third", open_] == ["All sanctions", "Halt of tests"]
    assert zones["own + third", unrefused] == ["Halt of tests"]
