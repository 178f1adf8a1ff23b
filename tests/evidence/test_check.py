"""The evidence reads as described, and whatever is wrong with a file is named: file, line, column, value and rule.

Every rule is broken once in a copy of the tables and seen to fail. One copy takes many errors, so that one run of the
check shows that all are named at once.
"""

import csv
import json
import os
import re
import shutil
import subprocess
import sys

import frictionless
import pandas as pd
import pytest

from hanoi import evidence
from hanoi.evidence import files, rules
from hanoi.evidence import reading as room
from tests.conftest import stored

ROOT = evidence.DATA.parent


def rows_of(folder, table):
    with (folder / f"{table}.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.reader(file))


def write(folder, table, rows):
    with (folder / f"{table}.csv").open("w", encoding="utf-8", newline="") as file:
        csv.writer(file, lineterminator="\n").writerows(rows)


def edit(folder, table, key, **values):
    """Change cells of the row whose first cells are ``key``; return its line."""
    rows = rows_of(folder, table)
    line = next(number for number, row in enumerate(rows) if tuple(row[: len(key)]) == key)
    for column, value in values.items():
        rows[line][rows[0].index(column)] = value
    write(folder, table, rows)
    return line + 1


@pytest.fixture
def data(tmp_path):
    return shutil.copytree(evidence.DATA, tmp_path / "data")


@pytest.fixture
def reading(data, monkeypatch):
    """Let ``evidence.read`` read the copy."""
    monkeypatch.setattr(room, "DATA", data)
    for cached in (room.tables, room._read, room._index):
        cached.cache_clear()
    yield data
    for cached in (room.tables, room._read, room._index):
        cached.cache_clear()


def lines(folder):
    return [str(problem) for problem in evidence.check(folder)]


# The tables as they are --------------------------------------------------------------------------------------------


def test_the_tables_pass_plain_frictionless():
    assert frictionless.Package(str(evidence.DATA / evidence.PACKAGE)).validate().valid


def test_every_field_is_described():
    package = json.loads((evidence.DATA / evidence.PACKAGE).read_text(encoding="utf-8"))
    for resource in package["resources"]:
        assert resource["title"] and resource["description"] and resource["sources"] and resource["licenses"]
        fields = resource.get("schema", {}).get("fields", [])
        if fields:
            assert rows_of(evidence.DATA, resource["name"])[0] == [field["name"] for field in fields]
        for field in fields:
            assert field["title"] and len(field["description"]) > 10, (resource["name"], field["name"])
            required = field.get("constraints", {}).get("required") or field["name"] in resource["schema"]["primaryKey"]
            assert required or field["name"] == "asked_of" or "Empty" in field["description"], (
                resource["name"],
                field["name"],
            )


def test_corrections_end_in_what_the_tables_say():
    corrections = evidence.read("corrections")
    for table, rows in corrections.groupby("table"):
        header, *cells = rows_of(evidence.DATA, table)
        now = {
            "|".join(row[header.index(name)] for name in evidence.key(table)): dict(zip(header, row, strict=True))
            for row in cells
        }
        wrong = [(row.row, row.field) for row in rows.fillna("").itertuples() if now[row.row][row.field] != row.after]
        assert wrong == [], f"data/corrections.csv no longer tells what {table} says"


def test_a_renamed_key_is_gone_and_its_heir_is_there():
    for table, rows in evidence.read("renamed").groupby("table"):
        keys = {
            "|".join(map(str, key)) for key in evidence.read(table)[list(evidence.key(table))].itertuples(index=False)
        }
        assert not keys & set(rows["old_key"]) and set(rows["new_key"].dropna()) <= keys


def test_the_readme_lists_every_document_that_a_note_names_in_vain():
    known = {
        value for table in evidence.TABLES for column in evidence.key(table) for value in evidence.read(table)[column]
    }
    named = {
        name
        for table in evidence.TABLES
        if "note" in evidence.read(table)
        for note in evidence.read(table)["note"].dropna()
        for name in re.findall(r"(?<![\w/-])[a-z][a-z0-9]*(?:-[a-z0-9]+)*-20\d\d(?:-[a-z0-9]+)+(?![\w/-])", note)
    }
    readme = (evidence.DATA / "README.md").read_text(encoding="utf-8")
    reports = set(evidence.read("observations")["report"])
    assert sorted(name for name in named - known - reports if f"`{name}`" not in readme) == []


def test_read_types():
    polls, results, statements = map(evidence.read, ("polls", "poll_results", "statements"))
    assert polls["sample_size"].dtype == "Int64" and polls["margin_of_error"].dtype == "float64"
    assert statements["thin"].dtype == statements["about_hanoi"].dtype == "boolean"
    assert results["response"].dtype == "str" and results["note"].isna().any() and not (results["note"] == "").any()
    assert isinstance(polls.index, pd.RangeIndex)
    first = rows_of(evidence.DATA, "poll_results")[1]
    found = results.set_index(list(evidence.key("poll_results"))).loc[tuple(first[:3])]
    assert found["percent"] == float(first[3]) and isinstance(found["percent"], float)


def test_na_is_a_code_and_not_a_gap():
    codings = evidence.read("codings")
    assert (codings["value"] == "NA").any() and codings["value"].notna().all()


def test_every_cell_is_read_as_it_stands():
    for table in evidence.TABLES:
        frame = evidence.read(table)
        header, *rows = rows_of(evidence.DATA, table)
        rows.sort(key=lambda row: [row[header.index(name)] for name in evidence.key(table)])
        assert len(frame) == len(rows)
        for place, name in enumerate(header):
            assert frame[name].isna().tolist() == [row[place] == "" for row in rows]
            if frame[name].dtype == "str":
                assert frame[name].fillna("").tolist() == [row[place] for row in rows]


@pytest.mark.parametrize(
    "stated, first, last",
    [
        ("2019-02-28", "2019-02-28", "2019-02-28"),
        ("2019-02", "2019-02-01", "2019-02-28"),
        ("2020-02", "2020-02-01", "2020-02-29"),
        ("2019", "2019-01-01", "2019-12-31"),
        ("2019-02-27/2019-02-28", "2019-02-27", "2019-02-28"),
        ("2018-12/2019", "2018-12-01", "2019-12-31"),
    ],
)
def test_a_date_is_the_days_that_it_allows(stated, first, last):
    assert [day.isoformat() for day in evidence.span(stated)] == [first, last]


@pytest.mark.parametrize(
    "stated",
    [
        "2019-02-30",
        "2019-13",
        "2019-00",
        "2019-1-1",
        "28.02.2019",
        "2019/",
        "/2019",
        "",
        "2019-02-28T10:00",
        "٢٠١٩",
        "0000",
    ],
)
def test_what_is_no_date(stated):
    with pytest.raises(ValueError, match="is not"):
        evidence.span(stated)


def test_date_columns_of_a_table():
    offers = evidence.read("offers")
    assert offers["event_date_first"].dtype.kind == offers["event_date_last"].dtype.kind == "M"
    row = offers[offers["event_date"] == "2019-02-27/2019-02-28"].iloc[0]
    assert (row["event_date_first"], row["event_date_last"]) == (pd.Timestamp("2019-02-27"), pd.Timestamp("2019-02-28"))
    observations = evidence.read("observations")
    assert (observations["observed_to_last"].isna() == observations["observed_to"].isna()).all()


def test_an_unknown_table_is_named_with_those_that_exist():
    with pytest.raises(KeyError, match="no table 'pols'; the tables are sources, polls"):
        evidence.read("pols")


def test_a_caller_cannot_change_what_others_read():
    frame = evidence.read("sites")
    frame.loc[0, "name"] = "changed"
    assert evidence.read("sites").loc[0, "name"] != "changed"


def test_sources_lead_back():
    polls = evidence.read("polls")
    assert evidence.sources_of("polls", polls[polls["poll_id"] == "monmouth-2018-06"]) == [
        "fivethirtyeight-approval-polllist",
        "monmouth-2018-06-14",
    ]
    statement = evidence.read("statements").iloc[0]
    coding = evidence.read("codings").query("statement_id == @statement.statement_id")
    assert evidence.sources_of("codings", coding) == [statement["source_id"]]
    assert evidence.sources_of("codings", coding[list(evidence.key("codings"))]) == [statement["source_id"]]
    links = evidence.read("claim_sources")
    claim = evidence.read("claims").query("claim_id == 'c18a'")
    assert evidence.sources_of("claims", claim) == sorted(set(links.query("claim_id == 'c18a'")["source_id"]))
    assert evidence.sources_of("codebook", evidence.read("codebook")) == []
    own = {"codebook", "reason_codes", "audit", "corrections", "renamed"}  # the project's own, or about its own rows
    for table in set(evidence.TABLES) - own:
        assert evidence.sources_of(table, evidence.read(table)), table


def test_reads_are_recorded():
    done = subprocess.run(
        [
            sys.executable,
            "-c",
            (
                "from hanoi import evidence as e; e.read_geo('korea'); "
                "e.sources_of('claims', e.read('claims').head(1)); print(sorted(e.reads()))"
            ),
        ],
        capture_output=True,
        text=True,
        cwd=ROOT,
        check=True,
    )
    assert done.stdout.strip() == "['claim_sources', 'claims', 'geo/korea']"


def test_the_data_dictionary():
    fields = evidence.fields()
    assert set(fields["table"]) == set(evidence.TABLES)
    percent = fields.query("table == 'poll_results' and field == 'percent'").iloc[0]
    assert (percent["type"], percent["values"]) == ("number", "0 to 100") and percent["meaning"]


# Cells that break a rule -------------------------------------------------------------------------------------------

TOPICS = evidence.read("poll_questions")["topic"].nunique()
CELLS = [  # table, key, changed cells, what the check says after "data/<table>.csv:<line>: "
    # types, constraints and keys of the package
    (
        "poll_results",
        ("monmouth-2019-03-good-idea", "all", "good-idea"),
        {"percent": "165"},
        "column percent: '165' is more than 100 (0 to 100 per cent); correct the value",
    ),
    (
        "poll_results",
        ("monmouth-2019-03-good-idea", "all", "bad-idea"),
        {"percent": "a quarter"},
        "column percent: 'a quarter' is not a number; correct the value",
    ),
    (
        "poll_results",
        ("cnn-2018-06-satisfied", "all", "satisfied"),
        {"percent": "NaN"},
        "column percent: 'NaN' is not a number; correct the value",
    ),
    (
        "polls",
        ("monmouth-2018-06",),
        {"sample_size": "8.06"},
        "column sample_size: '8.06' is not a whole number; correct the value",
    ),
    (
        "polls",
        ("monmouth-2017-08",),
        {"country": "US"},
        "column country: 'US' is not written as this column must be; write it like 'USA'",
    ),
    (
        "statements",
        ("doug-bandow-01",),
        {"thin": "no"},
        "column thin: 'no' is not 'true' or 'false'; correct the value",
    ),
    (
        "statements",
        ("victor-cha-01",),
        {"about_hanoi": "perhaps"},
        "column about_hanoi: 'perhaps' is not 'yes' or 'no'; correct the value",
    ),
    (
        "experts",
        ("doug-bandow",),
        {"entity": "robot"},
        "column entity: 'robot' is not one of person, editorial, institution, unnamed; take one of them",
    ),
    ("experts", ("victor-cha",), {"name": ""}, "column name: is empty; fill it in"),
    (
        "sites",
        ("yongbyon",),
        {"longitude": "12.5"},
        "column longitude: '12.5' is less than 124 (124 to 131 degrees); correct the value",
    ),
    (
        "events",
        ("ev-2017-01-20-trump-inaugurated",),
        {"source_id": "nowhere-2017"},
        "column source_id: 'nowhere-2017' is not in data/sources.csv, column source_id; add it there, or correct it",
    ),
    (
        "codings",
        ("abe-2019-02-28", "a", "end_of_war"),
        {"value": "perhaps"},
        "column variable, value: 'end_of_war, perhaps' is not in data/codebook.csv, column variable, value; add it there, or correct it",
    ),
    # dates
    (
        "sources",
        ("thehill-2019-03-07-monmouth",),
        {"date_published": "2019-02-30"},
        "column date_published: '2019-02-30' is not in the calendar; correct the date",
    ),
    (
        "sources",
        ("monmouth-2019-03-07",),
        {"date_published": "7 March 2019"},
        "column date_published: '7 March 2019' is not written as this column must be; write it like '2019-02-28'",
    ),
    (
        "polls",
        ("monmouth-2019-03",),
        {"field_start": "2019-03-05"},
        "column field_start: '2019-03-05' is after field_end 2019-03-04; correct one of the two",
    ),
    (
        "polls",
        ("cnn-2018-05",),
        {"field_end": ""},
        "column field_end: is empty although field_start is 2018-05-02; fill it in",
    ),
    (
        "polls",
        ("cnn-2018-03",),
        {"field_end": "2018-05-12"},
        "column field_end: '2018-05-12' is after its source cnn-ssrs-2018-05-10, published 2018-05-10; correct one of the two dates",
    ),
    (
        "observations",
        ("obs-magunpo-2018-01-19-01",),
        {"observed_from": "2018-01-11"},
        "column observed_from: '2018-01-11' is after observed_to 2018-01-10; correct one of the two",
    ),
    (
        "observations",
        ("obs-sohae-2019-03-13-02",),
        {"observed_to": "2019-04"},
        "column observed_to: '2019-04' is after reported_on 2019-03-13; correct one of the two",
    ),
    (
        "observations",
        ("obs-yongbyon-2020-07-28-03",),
        {"observed_from": "2020-07-29", "observed_to": ""},
        "column observed_from: '2020-07-29' is after reported_on 2020-07-28; correct one of the two",
    ),
    (
        "observations",
        ("obs-sohae-2019-03-05-01",),
        {"onset_earliest": "2019-03-03"},
        "column onset_earliest: '2019-03-03' is after onset_latest 2019-03-02; correct one of the two",
    ),
    (
        "observations",
        ("obs-sohae-2019-03-05-02",),
        {"onset_latest": "2019-03-06"},
        "column onset_latest: '2019-03-06' is after reported_on 2019-03-05; correct one of the two",
    ),
    (
        "observations",
        ("obs-sohae-2019-03-06-12",),
        {"onset_basis": ""},
        "column onset_basis: is empty although an onset is given; fill it in",
    ),
    (
        "observations",
        ("obs-sohae-2016-01-28-01",),
        {"onset_basis": "imagery"},
        "column onset_basis: 'imagery' stands without an onset; take it out",
    ),
    (
        "observations",
        ("obs-sohae-2019-03-13-03",),
        {"report": "38north-sohae-2019-03-15"},
        (
            "column reported_on: '2019-03-13' is not the date of its report 38north-sohae-2019-03-15; "
            "give the date of the original report, also where a later page relays it"
        ),
    ),
    (
        "observations",
        ("obs-sohae-2016-01-28-02",),
        {"report": "38 North"},
        "column report: '38 North' is not written as this column must be; write it like '38north-sohae-2019-03-05'",
    ),
    (
        "offers",
        ("off001",),
        {"event_date": "2018-09-20/2018-09-21"},
        "column event_date: '2018-09-20/2018-09-21' is after stated_on 2018-09-19; correct one of the two",
    ),
    (
        "events",
        ("ev-2018-09-10-biegun-first-trip",),
        {"note": ""},
        "column date: '2018-09-10' is after its source ap-2018-09-biegun-yahoo, published 2018-09-06; correct one of the two dates",
    ),
    # what belongs together
    (
        "sites",
        ("sohae",),
        {"latitude": ""},
        "column latitude: is empty although longitude or coordinate_source_id is not; fill in all or none",
    ),
    (
        "events",
        ("ev-2017-01-01-kim-new-year",),
        {"time_local": "10:00"},
        "column timezone: is empty although time_local is not; fill in all or none",
    ),
    (
        "timetable",
        ("tt16",),
        {"minutes": ""},
        "column minutes: does not fit edge length; give minutes for a length, and only there",
    ),
    (
        "nuclear_tests",
        ("nt-2013-02-12-rok-mnd",),
        {"yield_kt_low": "8"},
        "column yield_kt_low: '8' is above yield_kt_high 7; correct one of the two",
    ),
    (
        "polls",
        ("cnn-2018-06",),
        {"sample_size": "101"},
        "column margin_of_error: '3.7' does not fit a sample of 101; correct one of the two",
    ),
    (
        "polls",
        ("cnn-2017-09",),
        {"sample_size": "10530"},
        "column margin_of_error: '3.7' does not fit a sample of 10530; correct one of the two",
    ),
    (
        "poll_results",
        ("abc-wapo-2018-04-giveup", "all", "unlikely"),
        {"percent": "6.7"},
        "column percent: '6.7' for all lies outside its parts democrat, independent, republican; correct one of them",
    ),
    (
        "poll_results",
        ("gallup-korea-2018-05-w1-approve-reasons", "approvers", "inter-korean-summit"),
        {"group": "all"},
        "column group: 'all' is not whom the question was asked of (asked_of in poll_questions); name the subgroup",
    ),
    (
        "claims",
        ("c18a",),
        {"status": "contradicted"},
        "column status: 'contradicted' needs a row of claim_sources that contradicts it; add it, or change the status",
    ),
    # addresses
    (
        "sources",
        ("cnn-ssrs-2018-05-10",),
        {"url": "https://["},
        "column url: 'https://[' is no address that a browser opens; copy the address of the page, beginning with https:// or http://",
    ),
    # statements, pollsters, notes
    (
        "statements",
        ("gi-wook-shin-2019-03-01",),
        {"date": "2019-02"},
        "column statement_id: 'gi-wook-shin-2019-03-01' tells the person, source and date of gi-wook-shin-2019-02 again; merge the two rows, or correct one of them",
    ),
    (
        "statements",
        ("scott-sagan-2019-03",),
        {"co_authors": "benjamin-valentin"},
        (
            "column co_authors: 'benjamin-valentin' is not in data/experts.csv, column expert_id; "
            "add the person there, or correct the name; several are joined by a semicolon and a space"
        ),
    ),
    (
        "statements",
        ("leon-sigal-01",),
        {"co_authors": "victor-cha"},
        "column co_authors: 'victor-cha' has no statement that names this author back; give each author of a joint text a row",
    ),
    (
        "polls",
        ("gallup-korea-2019-03-w1",),
        {"population": "registered voters"},
        "column population: 'registered voters' is not adults, as in the other polls of the tracker gallup-korea-weekly; correct it, or the tracker",
    ),
    (
        "polls",
        ("gallup-korea-2019-03-w2",),
        {"tracker": ""},
        "column tracker: is empty for a weekly poll; name its tracker",
    ),
    (
        "polls",
        ("cbs-2018-05",),
        {"pollster": "CBS News"},
        (
            "column pollster: 'CBS News' commissions its polls elsewhere in this table; "
            "name the firm that asked, or write 'not stated' and name the sponsor"
        ),
    ),
    (
        "poll_questions",
        ("monmouth-2019-03-reduce",),
        {"topic": "reduce-the-threat"},
        (
            f"column topic: 'reduce-the-threat' is not one of the {TOPICS} codes in datapackage.json (near to it: reduce-nuclear-threat, "
            "immediate-threat, other-threat-any); take one of them"
        ),
    ),
    (
        "offers",
        ("off001",),
        {"note": "as in the research row"},
        (
            "column note: 'as in the research row' holds words about the work on the table; "
            "say what a reader needs to know of the source, or leave it empty"
        ),
    ),
    # text
    (
        "sites",
        ("kangson",),
        {"name": "Kangson "},
        "column name: 'Kangson ' begins or ends with a space; take the space out",
    ),
    (
        "claims",
        ("c30c",),
        {"claimed_by": "some\nanalysts"},
        r"column claimed_by: 'some\nanalysts' holds a line break or an invisible character; take it out, or close the quotation before it",
    ),
]


@pytest.fixture(scope="module")
def broken(tmp_path_factory):
    """A copy of the tables with every error of CELLS and the added rows below, its folder, and what is to be said."""
    folder = shutil.copytree(evidence.DATA, tmp_path_factory.mktemp("broken") / "data")
    expected = {}
    for table, key, values, said in CELLS:
        expected[said] = f"data/{table}.csv:{edit(folder, table, key, **values)}: {said}"
    sums = edit(folder, "poll_results", ("cnn-2017-10-handling", "all", "approve"), percent="38")
    expected["sum"] = (
        f"data/poll_results.csv:{sums}: column percent: '38' and the rest of cnn-2017-10-handling, group all (lines {sums}, "
        f"{sums + 1}, {sums + 2}) sum to 102, above 101; correct them; an item that allows several answers is one question for each"
    )
    rows = [row for row in rows_of(folder, "codings") if row[:3] != ["abe-2019-06-30", "b", "outlook"]]
    write(folder, "codings", rows)
    line = next(number for number, row in enumerate(rows, start=1) if row[0] == "abe-2019-06-30")
    expected["uncoded"] = (
        f"data/codings.csv:{line}: column statement_id: 'abe-2019-06-30' has 17 codings instead of 18; \
add those that lack, or leave the statement uncoded: take all of its codings out"
    )
    expected["lone author"] = (
        f"data/statements.csv:{edit(folder, 'statements', ('benjamin-valentino-2019-03',))}: column co_authors: "
        "'scott-sagan' has no statement that names this author back; give each author of a joint text a row"
    )
    other = "Another paraphrase of the same text, long enough to be one."
    for one, two in (("michael-ohanlon-03", "ryan-hass-01"), ("ryan-hass-01", "michael-ohanlon-03")):
        line = edit(folder, "statements", (two,), **({"position_summary": other} if two == "ryan-hass-01" else {}))
        expected[f"{two} apart"] = (
            f"data/statements.csv:{line}: column co_authors: '{one[:-3]}' is an author of the same text, "
            f"paraphrased otherwise in {one}; give one text one paraphrase"
        )
    for table in ("codings", "polls", "poll_results"):
        rows = rows_of(folder, table)
        key = evidence.key(table)
        write(folder, table, [*rows, rows[7]])
        expected[f"{table} twice"] = (
            f"data/{table}.csv:{len(rows) + 1}: column {', '.join(key)}: "
            f"'{', '.join(rows[7][rows[0].index(name)] for name in key)}' names the same row as line 8; take one out, or rename it"
        )
    for table, row, column, user in (
        ("sources", ["unused-2019", "news", "press"], "source_id", "any table"),
        ("experts", ["nobody", "No Body", "person", "none", "academic"], "expert_id", "statements"),
        ("sites", ["nowhere", "Nowhere", "", "other"], "site_id", "observations"),
    ):
        rows = rows_of(folder, table)
        write(folder, table, [*rows, row + [""] * (len(rows[0]) - len(row))])
        expected[f"{table} unused"] = (
            f"data/{table}.csv:{len(rows) + 1}: column {column}: '{row[0]}' is not used by {user}; use it, or take it out"
        )
    return folder, expected, lines(folder)


@pytest.mark.parametrize(
    "said",
    [case[3] for case in CELLS]
    + [
        "sum",
        "lone author",
        "ryan-hass-01 apart",
        "codings twice",
        "polls twice",
        "poll_results twice",
        "sources unused",
        "experts unused",
        "sites unused",
        "uncoded",
    ],
)
def test_a_broken_cell_is_named(broken, said):
    _, expected, found = broken
    assert expected[said] in found, "\n".join(found)


def test_nothing_else_is_said(broken):
    _, expected, found = broken
    also = "is not the date in gi-wook-shin-2019-03-01; correct one of the two"  # the same cell breaks this rule too
    assert "\n".join(sorted(line for line in set(found) - set(expected.values()) if also not in line)) == ""


@pytest.mark.parametrize("rule", [*rules.RULES, rules.complete], ids=lambda rule: rule.__name__)
def test_every_rule_can_fail(broken, rule):
    package, _ = files.package(broken[0])
    tables = {
        resource["name"]: files.load(broken[0], resource)[0]
        for resource in package["resources"]
        if "schema" in resource
    }
    assert list(rule(tables))


# Files that break --------------------------------------------------------------------------------------------------


def test_every_broken_file_is_named_at_once(data):
    (data / "nuclear_tests.csv").unlink()
    (data / "attendance.csv").write_bytes(b"")
    (data / "codebook.csv").write_bytes((data / "codebook.csv").read_bytes().split(b"\n")[0] + b"\n")
    events = len(rows_of(data, "events")) + 1
    with (data / "events.csv").open("ab") as file:
        file.write("ev-2020-01-01-x,2020-01-01,,,Café,other,USA,neutral,Nothing,nowhere,,\n".encode("latin-1"))
    rows = rows_of(data, "offers")
    write(data, "offers", [[*rows[0][:-1], "remark"], *rows[1:]])
    write(data, "claim_sources", [row[:2] for row in rows_of(data, "claim_sources")])
    rows = rows_of(data, "people")
    write(data, "people", [[row[1], row[0], *row[2:]] for row in rows])
    (data / "experts.csv").write_text(
        (data / "experts.csv").read_text("utf-8").replace("Doug Bandow,person", 'Doug Bandow,"person', 1), "utf-8"
    )
    (data / "statements.csv").write_bytes(b"\xef\xbb\xbf" + (data / "statements.csv").read_bytes())
    (data / "sites.csv").write_text(
        (data / "sites.csv").read_text("utf-8").replace("sohae,Sohae Satellite", "sohae,Sohae, Satellite", 1), "utf-8"
    )
    (data / "missile_tests.csv").write_text(
        (data / "missile_tests.csv").read_text("utf-8").replace("Scud-B", "Scud\0B", 1), "utf-8"
    )
    (data / "timetable.csv").write_text(
        (data / "timetable.csv").read_text("utf-8").replace("\ntt02", "\n\ntt02", 1), "utf-8"
    )
    (data / "geo" / "korea.geojson").write_text('{"type": "FeatureCollection", "features": [', "utf-8")
    (data / "geo" / "east-asia.geojson").write_text('{"type": "FeatureCollection", "features": []}', "utf-8")
    found = lines(data)
    for expected in (
        "data/attendance.csv: is empty, without even a header; restore it",
        "data/claim_sources.csv:1: column relation: is missing; restore the column",
        "data/codebook.csv: has no rows; restore them",
        f"data/events.csv:{events}: column title: 'Café' is not UTF-8; save the file as UTF-8",
        "data/geo/east-asia.geojson: has no features; restore it",
        "data/geo/korea.geojson:1: is not JSON: Expecting value; correct it",
        "data/missile_tests.csv:2: column missile: 'Scud\\x00B' holds a line break or an invisible character; take it out, or close the quotation before it",
        "data/nuclear_tests.csv: is missing; restore it, or take its table out of the package",
        "data/offers.csv:1: column note: is missing; restore the column",
        "data/offers.csv:1: column remark: is not a column of this table; rename it, or take it out",
        "data/sites.csv:3: has 10 cells instead of 9; put each cell that holds a comma in double quotation marks",
        "data/statements.csv:1: starts with a byte order mark; save it as UTF-8 without one; `make tidy-data` does it",
        "data/timetable.csv:3: is blank; take the line out",
    ):
        assert expected in found
        found.remove(expected)
    order, quotation = sorted(found, key=lambda line: "quotation" in line)
    assert order.startswith("data/people.csv:1: has its columns in the order name, person_id, ")
    assert quotation.startswith("data/experts.csv:2: has a quotation mark without its partner")


@pytest.mark.parametrize(
    "content, said",
    [
        (None, "data/datapackage.json: is missing; restore it"),
        (b"", "data/datapackage.json:1: is not JSON: Expecting value; correct it"),
        (b'{\n"name": ', "data/datapackage.json:2: is not JSON: Expecting value; correct it"),
        (b"[]", "data/datapackage.json: is not a JSON object; restore it"),
        (b"{}", "data/datapackage.json: is no data package: 'resources' is a required property; correct it"),
        (b'{"name": "caf\xe9"}', "data/datapackage.json: is not UTF-8; save it as UTF-8"),
        (
            (b'"type": "integer"', b'"type": "intejer"'),
            'data/datapackage.json: is no data package: field type "intejer" is not supported; correct it',
        ),
        (
            (b'"resource": "experts"', b'"resource": "expert"'),
            "data/datapackage.json: is no data package of tables: 'expert'; give every table fields, and foreign keys to tables of this package only",
        ),
        ((b'"primaryKey": "poll_id",', b""), "data/datapackage.json: 'polls' has no primaryKey; give it one"),
        (
            (b'"path": "polls.csv"', b'"path": ["polls.csv"]'),
            "data/datapackage.json: 'polls' has no path to one file; give it one",
        ),
        (
            (b'"pattern": "off', b'"pattern": "(off'),
            r"data/datapackage.json: '(off\\d{3}' is no pattern: missing ), unterminated subpattern; correct it",
        ),
        (
            (b'"fields": "poll_id"\n', b'"fields": "poll"\n'),
            "data/datapackage.json: 'poll' is in a key of poll_questions and is no field of polls; correct it",
        ),
    ],
)
def test_a_broken_package_is_named_and_no_traceback(reading, content, said):
    path = reading / evidence.PACKAGE
    if content is None:
        path.unlink()
    elif isinstance(content, bytes):
        path.write_bytes(content)
    else:
        path.write_bytes(path.read_bytes().replace(*content, 1))
    assert lines(reading) == [said]
    if not isinstance(content, tuple):
        with pytest.raises(evidence.EvidenceError, match="data/datapackage.json"):
            evidence.read("polls")


def test_a_rule_whose_column_is_gone_says_so(data):
    package = json.loads((data / evidence.PACKAGE).read_text("utf-8"))
    table = next(resource for resource in package["resources"] if resource["name"] == "polls")
    table["schema"]["fields"] = [field for field in table["schema"]["fields"] if field["name"] != "margin_of_error"]
    (data / evidence.PACKAGE).write_text(json.dumps(package), "utf-8")
    place = rows_of(data, "polls")[0].index("margin_of_error")
    write(data, "polls", [row[:place] + row[place + 1 :] for row in rows_of(data, "polls")])
    assert lines(data) == [
        (
            "data/datapackage.json: lacks 'margin_of_error', on which the rule _margins works; "
            "restore it, or change the rule in hanoi/evidence/rules.py"
        )
    ]


def test_whatever_else_keeps_a_table_from_being_checked_is_said(data):
    path = data / evidence.PACKAGE
    path.write_text(path.read_text("utf-8").replace('"encoding": "utf-8"', '"encoding": "utf-16"', 1), "utf-8")
    assert [line for line in lines(data) if line.startswith("data/sources.csv: does not pass: ")]


@pytest.mark.parametrize(
    "break_it, said",
    [
        (
            lambda data: edit(data, "polls", ("monmouth-2019-03",), sample_size="many"),
            "data/polls.csv:2: column sample_size: 'many' is not a whole number; correct the value",
        ),
        (
            lambda data: edit(data, "polls", ("monmouth-2019-03",), field_end="2019-02-30"),
            "data/polls.csv:2: column field_end: '2019-02-30' is not in the calendar; correct the date",
        ),
        (
            lambda data: (data / "polls.csv").unlink(),
            "data/polls.csv: is missing; restore it, or take its table out of the package",
        ),
    ],
)
def test_a_read_of_a_broken_table_says_what_the_check_says(reading, break_it, said):
    break_it(reading)
    with pytest.raises(evidence.EvidenceError) as raised:
        evidence.read("polls")
    assert str(raised.value) == said


def test_a_formula_and_a_tag_are_text(reading):
    formula, tag = '=HYPERLINK("https://example.org","x")', "<script>alert('Hanoi')</script>"
    edit(reading, "polls", ("monmouth-2019-03",), note=formula)
    edit(reading, "polls", ("monmouth-2018-06",), note=tag)
    assert lines(reading) == []
    notes = evidence.read("polls").set_index("poll_id")["note"]
    assert (notes["monmouth-2019-03"], notes["monmouth-2018-06"]) == (formula, tag)
    page = notes[["monmouth-2018-06"]].to_frame().to_html()
    assert "<script" not in page and "&lt;script&gt;" in page


def test_the_command(data):
    def run():
        return subprocess.run(
            [sys.executable, "-m", "hanoi.evidence"],
            capture_output=True,
            check=False,
            text=True,
            cwd=ROOT,
            env=os.environ | {"HANOI_DATA": str(data)},
        )

    sound = run()
    assert re.fullmatch(r"\d+ tables with \d+ rows fit their description and the rules \(\d+\.\d s\)\.\n", sound.stdout)
    assert sound.returncode == 0 and sound.stderr == ""
    edit(data, "sites", ("sohae",), kind="rocket")
    edit(data, "poll_results", ("monmouth-2019-03-good-idea", "all", "good-idea"), percent="165")
    edit(data, "poll_results", ("monmouth-2019-03-good-idea", "all", "bad-idea"), percent="")
    before = {path: path.read_bytes() for path in data.rglob("*") if path.is_file()}
    wrong = run()
    assert wrong.returncode == 1 and wrong.stderr == ""
    assert wrong.stdout.splitlines()[-1] == "3 problems in 2 files; nothing was written."
    assert len(wrong.stdout.splitlines()) == 4
    assert before == {path: path.read_bytes() for path in data.rglob("*") if path.is_file()}


# One door ----------------------------------------------------------------------------------------------------------


def test_nothing_that_computes_opens_a_table_past_the_evidence():
    opening = re.compile(
        r"read_csv|read_table|csv\.(?:Dict)?[rR]eader|genfromtxt|loadtxt|open\([^)]*\.csv|\.csv['\"]\)?\.(?:read|open)"
    )
    shown = {"evidence", "build", "pages"}  # the first opens the tables, the others what notebooks have shown
    code = {path: path.read_text("utf-8") for path in (ROOT / "hanoi").rglob("*.py") if path.parent.name not in shown}
    for name, notebook in stored().items():
        code[name] = "\n".join(cell.source for cell in notebook.cells if cell.cell_type == "code")
    assert {name: found for name, text in code.items() if (found := opening.findall(text))} == {}
    assert opening.search("pd.read_csv('data/polls.csv')") and opening.search("open('data/polls.csv')")
