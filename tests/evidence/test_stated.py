"""The texts beside the tables state counts; each is what the tables say now."""

import re

import pandas as pd
import pytest
from statsmodels.stats.inter_rater import cohens_kappa

from hanoi import evidence

README = (evidence.DATA / "README.md").read_text(encoding="utf-8")


def audit(edition, *verdicts):
    rows = evidence.read("audit")
    rows = rows[rows["edition"] == edition]
    return int(rows["verdict"].isin(verdicts).sum()) if verdicts else len(rows[["table", "row"]].drop_duplicates())


def codes():
    coded = evidence.read("reason_codings")
    both = coded.pivot(index="reason_id", columns="coder", values="code").dropna()
    second = coded[coded["coder"] == "b"].set_index("reason_id")["second_code"].reindex(both.index)
    kinds = sorted(set(both["a"]) | set(both["b"]))
    table = pd.crosstab(both["a"], both["b"]).reindex(index=kinds, columns=kinds, fill_value=0)
    same = both["a"] == both["b"]
    return int(same.sum()), len(both), f"{cohens_kappa(table).kappa:.2f}", int((same | (both["a"] == second)).sum())


@pytest.mark.parametrize(
    ("pattern", "computed"),
    [
        (
            r"Of ([\d,]+) fields with a page to judge by, ([\d,]+) held and (\d+) did not",
            lambda: (
                audit("0.1.0", "supported", "contradicted"),
                audit("0.1.0", "supported"),
                audit("0.1.0", "contradicted"),
            ),
        ),
        (r"three readers judged fields of (\d+) rows", lambda: (audit("0.1.0"),)),
        (
            r"a sample of (\d+) rows was read a second time: of (\d+) fields with a page to judge by (\d+) held, and the (\d+)",
            lambda: (
                audit("0.2.0"),
                audit("0.2.0", "supported", "contradicted"),
                audit("0.2.0", "supported"),
                audit("0.2.0", "contradicted"),
            ),
        ),
        (r"original pages of (\d+) statements", lambda: (evidence.read("validity_checks")["statement_id"].nunique(),)),
        (r"to (\d+) of (\d+) paraphrases \(Cohen's kappa ([\d.]+)\), and to (\d+)", codes),
    ],
)
def test_a_count_in_the_readme_is_that_of_the_tables(pattern, computed):
    assert re.search(pattern, README).groups() == tuple(
        f"{value:,}" if isinstance(value, int) else value for value in computed()
    )


def test_a_count_in_a_description_is_that_of_its_table():
    described = evidence.describe()
    claims = evidence.read("claims")
    assert f"broken into {len(claims)} claims" in described["claims"]["description"] and claims["line"].nunique() == 30
    checked = evidence.read("validity_checks")["statement_id"].nunique()
    assert f"{checked} of a random sample of 40" in described["validity_checks"]["description"]
    launches = evidence.read("missile_tests")["date_first"]
    assert f"{launches.min().year} to April {launches.max().year}" in described["missile_tests"]["description"]
