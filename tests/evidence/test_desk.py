"""What spreadsheets, editors and people do to a table: one cause is one line, with file, row, column and the remedy."""

import csv
import io
import re
import shutil

import pytest

from hanoi import evidence
from hanoi.evidence import __main__ as command
from hanoi.evidence import tidy
from tests.evidence.test_check import edit, lines, rows_of, write


@pytest.fixture(scope="module")
def home(tmp_path_factory):
    """A copy of the tables that tests change and put back."""
    return shutil.copytree(evidence.DATA, tmp_path_factory.mktemp("desk") / "data")


def put_back(home):
    for path in [path for path in home.rglob("*") if path.is_file()]:
        original = evidence.DATA / path.relative_to(home)
        if not original.exists():
            path.unlink()
        elif path.read_bytes() != original.read_bytes():
            path.write_bytes(original.read_bytes())


def found_after(home, cases):
    """Make all changes of ``cases`` at once, check, and put the tables back; return what the check says."""
    for change, _ in cases:
        change(home)
    found = lines(home)
    put_back(home)
    return found


@pytest.fixture
def data(home):
    yield home
    put_back(home)


def resaved(table, **how):
    """Return a change that saves a table as a program would, with another separator, encoding or line end."""
    encoding, end = how.pop("encoding", "utf-8"), how.pop("end", "\n")

    def change(folder):
        made = io.StringIO()
        csv.writer(made, lineterminator=end, **how).writerows(rows_of(folder, table))
        (folder / f"{table}.csv").write_bytes(made.getvalue().encode(encoding))

    return change


def column(table, name, change):
    """Return a change of every filled cell of one column."""

    def apply(folder):
        rows = rows_of(folder, table)
        at = rows[0].index(name)
        write(
            folder,
            table,
            [rows[0], *([*row[:at], change(row[at]) if row[at] else "", *row[at + 1 :]] for row in rows[1:])],
        )

    return apply


def cell(table, *key, **values):
    return lambda folder: edit(folder, table, key, **values)


def raw(table, before, after):
    """Return a change of the bytes of a file, once."""

    def apply(folder):
        path = folder / f"{table}.csv"
        content = path.read_bytes()
        assert before in content
        path.write_bytes(content.replace(before, after, 1))

    return apply


def german(date):
    return ".".join(reversed(date.split("-")))


def narrow(text):
    return "".join(chr(ord(letter) + 0xFEE0) if letter.isdigit() else letter for letter in text)


CAUSES = [  # what was done, each to another table, and what the check says: one line
    (resaved("polls", delimiter=";"), "data/polls.csv: has its cells parted by semicolons; part them by commas"),
    (resaved("resolutions", delimiter="\t"), "data/resolutions.csv: has its cells parted by tabs; part them by commas"),
    (resaved("offers", encoding="utf-16"), "data/offers.csv: is UTF-16; save it as UTF-8"),
    (resaved("trade", encoding="utf-8-sig"), "data/trade.csv:1: starts with a byte order mark"),
    (
        lambda folder: (folder / "sites.csv").write_bytes(
            b"".join(line + b",,,\n" for line in (folder / "sites.csv").read_bytes().splitlines())
        ),
        "data/sites.csv:1: has 3 empty columns at its right end; take them out",
    ),
    (
        raw("claims", b"c02a,", b"<<<<<<< HEAD\nc02a,"),
        r"data/claims.csv:\d+: holds the marks of a merge \(lines \d+\); settle the merge",
    ),
    (
        raw("people", b"Kim Jong Un", b'Kim "Jong Un'),
        r"data/people.csv:\d+: column \w+: 'Kim \"Jong Un\S* holds a quotation mark but is not quoted",
    ),
    (
        column("estimates", "stated_on", german),
        r"data/estimates.csv:\d+: column stated_on: .*spreadsheet writes it.*more",
    ),
    (
        column("reasons", "stated_on", lambda date: "43524"),
        r"data/reasons.csv:\d+: column stated_on: .*spreadsheet writes it",
    ),
    (
        column("reason_codings", "coder", lambda coder: coder.upper() if coder == "a" else coder),
        r"data/reason_codings.csv:\d+: column coder: 'A' ",
    ),
]


@pytest.fixture(scope="module")
def many_causes(home):
    return found_after(home, CAUSES)


@pytest.mark.parametrize("said", [said for _, said in CAUSES])
def test_one_cause_is_one_line(many_causes, said):
    assert [line for line in many_causes if re.match(said, line)], many_causes[:20]
    table = re.match(r"data/\w+\.csv", said)[0]
    assert len([line for line in many_causes if line.startswith(table)]) <= 2


OPENING = ("events", "ev-2017-01-20-trump-inaugurated")
GOOD_IDEA = ("poll_results", "monmouth-2019-03-good-idea", "all")
SPOILT = [  # what was done, each to another cell, and what the check says of it
    (cell(*OPENING, title="Kim met S?nchez"), "'Kim met S.nchez' has a question mark inside a word"),
    (cell(*OPENING, summary="The cafÃ© talks"), "'The cafÃ© talks' holds letters that were read in another encoding"),
    (cell("polls", "monmouth-2019-03", pollster="Monmouth\xa0University"), "holds a space that is no plain space"),
    (
        cell("polls", "monmouth-2018-06", pollster="Monmouth\u3000University"),
        "u3000University' holds a space that is no",
    ),
    (cell("polls", "monmouth-2017-08", pollster="Monmouth  University"), "holds two spaces in a row"),
    (cell("polls", "cnn-2018-06", note="a\u202eb"), "'a.u202eb' holds a line break or an invisible character"),
    (cell("polls", "cnn-2018-05", note="a\xadb"), "'a.xadb' holds a line break or an invisible character"),
    (cell("polls", "cnn-2018-03", note="a\u2060b"), "'a.u2060b' holds a line break or an invisible character"),
    (cell("polls", "gallup-2018-02", pollster="GALLUP"), "'GALLUP' is written Gallup elsewhere"),
    (cell("polls", "cnn-2017-11", sample_size=narrow("802")), "'８０２' is not a whole number"),
    (cell("polls", "cnn-2017-10", sample_size="٨٠٢"), "'٨٠٢' is not a whole number"),
    (cell("polls", "cnn-2017-09", sample_size="8_02"), "'8_02' is not a whole number"),
    (cell(*GOOD_IDEA, "good-idea", percent="6_5"), "'6_5' is not a number"),
    (cell(*OPENING, date="2017-01-21"), "'2017-01-21' is not the date in ev-2017-01-20"),
    (cell("statements", "ri-yong-ho-2019-03-01", date="2019-02-01"), "is not the date in ri-yong-ho-2019-03-01"),
    (cell("experts", "victor-cha", name="Doug Bandow"), "'Doug Bandow' shares no part with victor-cha"),
    (
        lambda folder: twin(folder, "experts", "robert-einhorn", "robert-einhorn-2"),
        "'robert-einhorn-2' has the same cells as robert-einhorn",
    ),
    (lambda folder: twin(folder, "claims", "c01a", "c99z"), "'c99z' has the same cells as c01a"),
    (
        lambda folder: twin(folder, "offers", rows_of(folder, "offers")[1][0], "off999"),
        "'off999' has the same cells as off",
    ),
    (
        lambda folder: twin(folder, "reason_codes", "us-asked-too-much", "us-asked-much"),
        "'us-asked-much' has the same cells as us-asked-too-much",
    ),
    (lambda folder: moved(folder, "missile_tests", "latitude", "39.5"), "of .* is .* in its other rows"),
    (
        lambda folder: edit(folder, "codebook", tuple(rows_of(folder, "codebook")[1][:1]), label="Another label"),
        "'Another label' of the variable .* is .* in its other rows",
    ),
]


def twin(folder, table, key, new):
    """Add a row again under a new key."""
    write(folder, table, [*rows_of(folder, table), [new, *row_of(folder, table, key)[1:]]])


def row_of(folder, table, key):
    return next(row for row in rows_of(folder, table) if row[0] == key)


def moved(folder, table, name, value):
    """Change one cell of the first row whose facility has other rows."""
    rows = rows_of(folder, table)
    facility, at = rows[0].index("facility"), rows[0].index(name)
    row = next(row for row in rows[1:] if row[at] and sum(other[facility] == row[facility] for other in rows) > 2)
    row[at] = value
    write(folder, table, rows)


@pytest.fixture(scope="module")
def many_cells(home):
    return found_after(home, SPOILT)


@pytest.mark.parametrize("said", [said for _, said in SPOILT])
def test_a_spoilt_cell_is_named(many_cells, said):
    assert [line for line in many_cells if re.match(r"data/\w+\.csv:\d+: column ", line) and re.search(said, line)], (
        many_cells
    )


def test_a_shifted_row_is_one_line(data):
    rows = rows_of(data, "polls")
    line = next(number for number, row in enumerate(rows) if row[0] == "monmouth-2019-03")
    rows[line] = [rows[line][0], *rows[line][2:], ""]
    write(data, "polls", rows)
    found = lines(data)
    assert any(f"data/polls.csv:{line + 1}: has " in text and "it looks shifted" in text for text in found), found


LOSSLESS = [
    resaved("polls", delimiter=";"),
    resaved("polls", delimiter="\t"),
    resaved("polls", encoding="utf-8-sig"),
    resaved("polls", encoding="utf-16"),
    resaved("polls", end="\r\n"),
    resaved("polls", quoting=csv.QUOTE_ALL),
    lambda folder: (folder / "polls.csv").write_bytes(
        b"".join(line + b",,\n" for line in (folder / "polls.csv").read_bytes().splitlines())
    ),
]


@pytest.mark.parametrize("change", LOSSLESS)
def test_tidy_data_restores_the_bytes_and_touches_nothing_else(data, change, capsys):
    change(data)
    assert tidy.main([str(data)]) == 0
    assert capsys.readouterr().out.count("\n") == 1
    for path in evidence.DATA.rglob("*.*"):
        if path.is_file():
            assert (data / path.relative_to(evidence.DATA)).read_bytes() == path.read_bytes()


def test_tidy_data_guesses_nothing(data, capsys):
    spoilt = "Café".encode("latin-1").join((data / "polls.csv").read_bytes().split(b"Monmouth University", 1))
    (data / "polls.csv").write_bytes(spoilt)
    assert tidy.main([str(data)]) == 1
    assert "data/polls.csv: left as it is: is not UTF-8" in capsys.readouterr().out
    assert (data / "polls.csv").read_bytes() == spoilt


def test_what_the_package_does_not_describe_stays_out_and_is_named(data, capsys):
    names = [".~lock.polls.csv#", "polls.csv~", "polls.xlsx", "polls (1).csv", "Polls.csv", "todo.txt"]
    for name in names:
        (data / name).write_text("Someone")
    assert command.main([str(data)]) == 0
    said = capsys.readouterr().out.splitlines()
    assert len(said) == len(names) + 1
    for name in names:
        line = next(line for line in said if line.startswith(f"data/{name}: stays out of the book"))
        assert ("is it a copy of data/polls.csv?" in line) == (name.lower().startswith("polls"))
    assert {path.name for path in evidence.published()} & set(names) == set()
