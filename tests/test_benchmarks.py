"""The benchmarks: evidence that grows keeps its keys and links; two builds that differ in a byte are told apart."""

import csv
import json

import pytest

from benchmarks.compare import ratios
from benchmarks.growth import CLOSED, exponent, grow
from benchmarks.slurm import differences
from hanoi import evidence
from hanoi.build import ROOT
from hanoi.evidence.files import foreign_keys, listed


def tables(folder):
    """Return table → (its schema, its rows as dicts)."""
    found = {}
    for resource in json.loads((folder / evidence.PACKAGE).read_text(encoding="utf-8"))["resources"]:
        if "schema" in resource:
            with (folder / resource["path"]).open(encoding="utf-8", newline="") as file:
                found[resource["name"]] = resource["schema"], list(csv.DictReader(file))
    return found


def test_grown_evidence_has_new_keys_and_links_that_hold(tmp_path):
    count = grow(ROOT / "data", tmp_path / "data", times=3)
    before, after = tables(ROOT / "data"), tables(tmp_path / "data")
    assert count == sum(len(rows) for _, rows in after.values())
    for name, (schema, rows) in after.items():
        times = 1 if name in CLOSED else 3
        assert len(rows) == times * len(before[name][1])
        assert rows[: len(before[name][1])] == before[name][1]
        keys = [tuple(row[field] for field in listed(schema["primaryKey"])) for row in rows]
        assert len(set(keys)) == len(keys), name
        for here, other, there in foreign_keys(schema):
            known = {tuple(row[field] for field in there) for row in after[other][1]}
            told = {tuple(row[field] for field in here) for row in rows}
            assert {link for link in told if any(link)} <= known, (name, here)


@pytest.mark.hard
def test_the_check_passes_on_grown_evidence(tmp_path):
    grow(ROOT / "data", tmp_path / "data", times=3)
    assert evidence.check(tmp_path / "data") == []


def test_an_exponent_is_the_slope_of_the_logarithms():
    assert exponent([1, 10, 100], [3, 30, 300]) == 1
    assert exponent([1, 10, 100], [5, 500, 50000]) == 2


def test_two_builds_are_compared_by_their_bytes(tmp_path):
    one, other = tmp_path / "one", tmp_path / "other"
    for folder in (one, other):
        (folder / "book").mkdir(parents=True)
        (folder / "book" / "index.html").write_text("65%", encoding="utf-8")
    assert differences(one, other) == []
    (other / "book" / "index.html").write_text("66%", encoding="utf-8")
    (one / "more.html").touch()
    assert differences(one, other) == ["book/index.html", "more.html"]


def test_ratios_are_to_the_naive_build_of_the_same_round():
    costs = [
        {"naive": [{"wall": naive, "cpu": naive}], "cold": [{"wall": cold, "cpu": 2 * cold}]}
        for naive, cold in ((100, 40), (200, 60), (100, 50))
    ]
    found = ratios(costs)
    assert found["cold"] == {"wall": [0.3, 0.4, 0.5], "cpu": [0.6, 0.8, 1.0]}
    assert found["naive"]["wall"] == [1, 1, 2]
