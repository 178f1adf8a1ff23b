"""The rules that the package format cannot say: each takes table name → texts indexed by line and yields problems.

A date that may stop at the month breaks a rule only where no day that it allows would keep it.
"""

import re
import unicodedata
from urllib.parse import urlsplit

import pandas as pd

from hanoi.evidence.files import Problem
from hanoi.evidence.reading import span

NOT_AFTER = (  # table, a date, a date of the same row that cannot be earlier
    ("polls", "field_start", "field_end"),
    ("observations", "observed_from", "observed_to"),
    ("observations", "observed_from", "reported_on"),
    ("observations", "observed_to", "reported_on"),
    ("observations", "onset_earliest", "onset_latest"),
    ("observations", "onset_earliest", "reported_on"),
    ("observations", "onset_latest", "reported_on"),
    ("offers", "event_date", "stated_on"),
)
NOT_AFTER_SOURCE = (  # table, a date that its source cannot tell before it comes
    ("polls", "field_end"),
    ("statements", "date"),
    ("offers", "stated_on"),
    ("observations", "reported_on"),
    ("events", "date"),
    ("missile_tests", "date"),
    ("nuclear_tests", "date"),
)
NOT_ABOVE = (("nuclear_tests", "yield_kt_low", "yield_kt_high"),)
TOGETHER = (  # table, columns that are filled together or not at all
    ("sites", "latitude", "longitude", "coordinate_source_id"),
    ("missile_tests", "latitude", "longitude"),
    ("events", "time_local", "timezone"),
    ("timetable", "time_local", "timezone"),
)
PARTS = (  # groups that together are everybody
    ("democrat", "independent", "republican"),
    ("men", "women"),
    ("age-20s", "age-30s", "age-40s", "age-50s", "age-60-plus"),
)
USED = (  # table, its key, the tables of which one uses each row (none: any table)
    ("sources", "source_id", ()),
    ("polls", "poll_id", ("poll_questions",)),
    ("poll_questions", "question_id", ("poll_results",)),
    ("experts", "expert_id", ("statements",)),
    ("sites", "site_id", ("observations",)),
)


def _plain_text(tables):
    """Text is what is seen: no space too many, nothing invisible, no trace of a lost encoding. A formula or a tag is text."""
    for table in tables.values():
        for column in table:
            strange = {text for text in table[column].unique() if not text.isascii() or STRANGE.search(text)}
            if not strange:  # as nearly always
                continue
            frame = table[table[column].isin(strange)]
            text = frame[column]
            yield from _at(frame, text != text.str.strip(), column, "begins or ends with a space", "take the space out")
            for pattern, rule, remedy in SPOILT:
                yield from _at(frame, text.str.contains(pattern), column, rule, remedy)
            yield from _at(
                frame,
                text.str.contains(r"[^\W\d_]\?[^\W\d_]") & ~text.str.contains("://"),
                column,
                "has a question mark inside a word, as where a letter was lost",
                "write the letter, and save the file as UTF-8",
            )
            yield from _at(
                frame,
                text.map(_mojibake),
                column,
                "holds letters that were read in another encoding",
                "write them as the source does, and save the file as UTF-8",
            )


#: What text may not hold: pattern, rule, remedy.
SPOILT = (
    (
        "[\x00-\x1f\x7f-\x9f\xad\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\uffff]",
        "holds a line break or an invisible character",
        "take it out, or close the quotation before it",
    ),
    ("[\xa0\u1680\u2000-\u200a\u202f\u205f\u3000]", "holds a space that is no plain space", "write a plain space"),
    ("  ", "holds two spaces in a row", "write one"),
    (r"(?=\d)[^0-9]", "holds digits of another script", "write 0 to 9"),
)
#: What in plain ASCII asks for a closer look.
STRANGE = re.compile(r"^\s|\s$|  |[\x00-\x1f\x7f]|[a-zA-Z]\?[a-zA-Z]")


def _mojibake(text):
    """Return whether ``text`` is UTF-8 that was read as Windows-1252."""
    if text.isascii():
        return False
    try:
        return text.encode("cp1252").decode("utf-8") != text
    except UnicodeError:
        return False


ID_DATES = (  # table, its key, the date that the key carries
    ("events", "event_id", "date"),
    ("missile_tests", "test_id", "date"),
    ("nuclear_tests", "test_id", "date"),
    ("statements", "statement_id", "date"),
)
ID_NAMES = (("experts", "expert_id"), ("people", "person_id"), ("sites", "site_id"))  # table, key that tells the name
ONE_SPELLING = (  # table, column of names that differ in more than their letter case
    ("polls", "pollster"),
    ("polls", "sponsor"),
    ("polls", "tracker"),
    ("sources", "publisher"),
    ("observations", "publisher"),
    ("missile_tests", "missile"),
    ("codings", "coder"),
    ("reason_codings", "coder"),
    ("estimates", "estimator"),
    ("trade", "estimate_by"),
    ("launch_claims", "claim_by"),
)
TWINS = (  # table, its key: a row under two keys is one row; two missiles of one salvo differ in nothing but their key
    ("sources", "source_id"),
    ("polls", "poll_id"),
    ("poll_questions", "question_id"),
    ("experts", "expert_id"),
    ("statements", "statement_id"),
    ("sites", "site_id"),
    ("observations", "observation_id"),
    ("nuclear_tests", "test_id"),
    ("events", "event_id"),
    ("timetable", "timetable_id"),
    ("people", "person_id"),
    ("claims", "claim_id"),
    ("offers", "offer_id"),
    ("resolutions", "provision_id"),
    ("sanctions_accounts", "account_id"),
    ("trade", "trade_id"),
    ("estimates", "estimate_id"),
    ("launch_claims", "claim_id"),
    ("reason_codes", "code"),
)


def _identity(tables):
    """A key and its row tell the same; a thing has one row, one spelling, one place."""
    for table, key, column in ID_DATES:
        frame = tables[table]
        told = frame[key].str.extract(r"(?<!\d)((?:19|20)\d\d(?:-\d\d){0,2})(?!\d)")[0].fillna("")
        apart = [
            bool(there and here)
            and not any(there.startswith(part) or part.startswith(there) for part in here.split("/"))
            for there, here in zip(told, frame[column], strict=True)
        ]
        yield from _at(
            frame,
            pd.Series(apart, frame.index, dtype=bool),
            column,
            f"is not the date in {{{key}}}",
            "correct one of the two",
        )
    for table, key in ID_NAMES:
        frame = tables[table]
        strange = [
            not any(len(part) > 2 and part in _squeezed(name) for part in there.split("-"))
            for there, name in zip(frame[key], frame["name"], strict=True)
        ]
        yield from _at(
            frame,
            pd.Series(strange, frame.index, dtype=bool),
            "name",
            f"shares no part with {{{key}}}",
            "correct one of the two",
        )
    for table, key in TWINS:
        frame = tables[table]
        rest = [column for column in frame if column != key]
        dated = ~frame["field_end"].str.fullmatch(r"\d{4}-\d\d") if table == "polls" else True  # weeks known by month
        first = frame.groupby(rest)[key].transform("first") if len(frame) else frame[key]
        yield from _at(
            frame.assign(first=first),
            frame.duplicated(rest) & dated,
            key,
            "has the same cells as {first}",
            "take one of the two out",
        )
    for table, column in ONE_SPELLING:
        frame = tables[table]
        yield from _minority(
            frame, frame[column].str.casefold(), [column], "is written {other} elsewhere in this column"
        )
    launches = tables["missile_tests"]
    yield from _minority(
        launches, launches["facility"], ["latitude", "longitude"], "of {facility} is {other} in its other rows"
    )
    book = tables["codebook"]
    for column in ("label", "type"):
        yield from _minority(
            book, book["variable"], [column], "of the variable {variable} is {other} in its other rows"
        )


def _minority(frame, groups, columns, rule):
    """Yield a problem for the first row of each reading of ``columns`` that is rarer than another one in its group."""
    told = frame[columns].agg(", ".join, axis=1) if len(columns) > 1 else frame[columns[0]]
    told = told[(told != "") & (groups != "")]
    for _, rows in told[told.groupby(groups).transform("nunique") > 1].groupby(groups):
        counts = rows.value_counts()
        for reading in counts.index[1:]:
            lines = rows.index[rows == reading]
            more = f" (first of {len(lines)} lines)" if len(lines) > 1 else ""
            row = dict(frame.loc[lines[0]], other=counts.index[0])
            yield Problem(frame.attrs["file"], lines[0], rule.format_map(row) + more, "use one", columns[0], reading)


def _squeezed(name):
    """Return the letters and digits of a name, without marks and in lower case."""
    return re.sub(r"[^a-z0-9]", "", unicodedata.normalize("NFKD", name).lower())


def _addresses(tables):
    """An address is one that a browser opens, written without spaces, braces and backslashes."""
    frame = tables["sources"]
    yield from _at(
        frame,
        (frame["url"] != "") & ~frame["url"].map(_opens),
        "url",
        "is no address that a browser opens",
        "copy the address of the page, beginning with https:// or http://",
    )


def _opens(address):
    try:
        return bool(re.fullmatch(r"https?://[^\s<>\"{}\\^`|]+", address) and urlsplit(address).hostname)
    except ValueError:  # a bracket that is not closed
        return False


def _calendar(tables):
    for frame in tables.values():
        for column in frame.attrs["dates"]:
            for line, stated in frame[column].items():
                try:
                    stated and span(stated)
                except ValueError as error:
                    yield Problem(frame.attrs["file"], line, str(error), "correct the date", column, stated)


def _order(tables):
    for table, early, late in NOT_AFTER:
        frame = tables[table]
        yield from _at(
            frame,
            _days(frame[early], 0) > _days(frame[late], 1),
            early,
            f"is after {late} {{{late}}}",
            "correct one of the two",
        )
    for table, low, high in NOT_ABOVE:
        frame = tables[table]
        yield from _at(
            frame,
            _numbers(frame[low]) > _numbers(frame[high]),
            low,
            f"is above {high} {{{high}}}",
            "correct one of the two",
        )
    polls = tables["polls"]
    yield from _at(
        polls,
        (polls["field_start"] != "") & (polls["field_end"] == ""),
        "field_end",
        "is empty although field_start is {field_start}",
        "fill it in",
    )


def _published(tables):
    """A source tells what has been; one day is left for time zones. An announced event says so in its note."""
    sources = tables["sources"].drop_duplicates("source_id").set_index("source_id")
    for table, column in NOT_AFTER_SOURCE:
        frame = tables[table]
        published = frame["source_id"].map(sources["date_published"]).fillna("")
        late = _days(frame[column], 0) > _days(published, 1) + pd.Timedelta(days=1)
        frame = frame.assign(published=published)
        yield from _at(
            frame,
            late & ~frame["note"].str.contains("announced programme"),
            column,
            "is after its source {source_id}, published {published}",
            "correct one of the two dates",
        )


def _reports(tables):
    """A finding carries the date of its original report, as the report's key has it; bounds of an onset say on what they rest."""
    frame = tables["observations"]
    told = (
        frame["report"].str.extract(r"(\d{4}-\d\d-\d\d)$")[0].fillna("")
    )  # one with the month alone may leak before it
    apart = (told != "") & (told != frame["reported_on"])
    yield from _at(
        frame.assign(told=told),
        apart,
        "reported_on",
        "is not the date of its report {report}",
        "give the date of the original report, also where a later page relays it",
    )
    bounded = (frame["onset_earliest"] != "") | (frame["onset_latest"] != "")
    based = frame["onset_basis"] != ""
    yield from _at(frame, bounded & ~based, "onset_basis", "is empty although an onset is given", "fill it in")
    yield from _at(frame, based & ~bounded, "onset_basis", "stands without an onset", "take it out")


def _together(tables):
    for table, *columns in TOGETHER:
        filled = tables[table][columns] != ""
        for column in columns:
            others = " or ".join(other for other in columns if other != column)
            yield from _at(
                tables[table],
                filled.any(axis=1) & ~filled[column],
                column,
                f"is empty although {others} is not",
                "fill in all or none",
            )
    frame = tables["timetable"]
    length = frame["edge"] == "length"
    yield from _at(
        frame,
        length != (frame["minutes"] != ""),
        "minutes",
        "does not fit edge {edge}",
        "give minutes for a length, and only there",
    )


def _margins(tables):
    """A margin of error (rounded to half a point at worst) is that of a simple random sample, up to twice as wide."""
    polls = tables["polls"]
    simple, stated = 98 / _numbers(polls["sample_size"]) ** 0.5, _numbers(polls["margin_of_error"])
    yield from _at(
        polls,
        (stated < simple - 0.5) | (stated > 2 * simple + 0.5),
        "margin_of_error",
        "does not fit a sample of {sample_size}",
        "correct one of the two",
    )


def _percents(tables):
    """Responses of one question exclude each other; everybody lies between the parts that make up everybody."""
    results = tables["poll_results"]
    percent = _numbers(results["percent"])
    percent = percent.where(percent.between(0, 100))
    known = results.assign(percent=percent).drop_duplicates(["question_id", "group", "response"])
    for (question, group), part in known.groupby(["question_id", "group"])["percent"]:
        if part.sum(skipna=False) > 101:
            line, lines = part.index[0], ", ".join(map(str, part.index))
            yield Problem(
                results.attrs["file"],
                line,
                f"and the rest of {question}, group {group} (lines {lines}) sum to {part.sum():g}, above 101",
                "correct them; an item that allows several answers is one question for each",
                "percent",
                results["percent"][line],
            )
    wide = known.pivot(index=["question_id", "response"], columns="group", values="percent")
    everybody = results[results["group"] == "all"]
    place = pd.MultiIndex.from_frame(everybody[["question_id", "response"]])
    for parts in PARTS:
        part = wide.reindex(columns=parts).dropna().reindex(place).set_axis(everybody.index)
        share = percent[everybody.index]
        yield from _at(
            everybody,
            (share < part.min(axis=1) - 1) | (share > part.max(axis=1) + 1),
            "percent",
            f"for all lies outside its parts {', '.join(parts)}",
            "correct one of them",
        )
    questions = tables["poll_questions"].drop_duplicates("question_id").set_index("question_id")
    asked = results["question_id"].map(questions["asked_of"]).fillna("all")
    yield from _at(
        results,
        (results["group"] == "all") & ~asked.isin(["all", "half sample"]),
        "group",
        "is not whom the question was asked of (asked_of in poll_questions)",
        "name the subgroup",
    )


def _statements(tables):
    """One person, one document, one date is one statement; the authors of one text share its one paraphrase."""
    frame, experts = tables["statements"], set(tables["experts"]["expert_id"])
    same = ["expert_id", "source_id", "date"]
    first = frame.groupby(same)["statement_id"].transform("first")
    yield from _at(
        frame.assign(first=first),
        frame.duplicated(same),
        "statement_id",
        "tells the person, source and date of {first} again",
        "merge the two rows, or correct one of them",
    )
    rows = {}
    for line, row in frame.iterrows():
        rows.setdefault(row["expert_id"], []).append((line, row))
    for line, row in frame[frame["co_authors"] != ""].iterrows():
        for name in row["co_authors"].split("; "):
            told = {"column": "co_authors", "value": name}
            if not experts:
                break  # their table could not be read, which is said elsewhere
            if name not in experts:
                yield Problem(
                    frame.attrs["file"],
                    line,
                    "is not in data/experts.csv, column expert_id",
                    "add the person there, or correct the name; several are joined by a semicolon and a space",
                    **told,
                )
                continue
            theirs = [other for _, other in rows.get(name, ()) if row["expert_id"] in other["co_authors"].split("; ")]
            if not theirs:
                yield Problem(
                    frame.attrs["file"],
                    line,
                    "has no statement that names this author back",
                    "give each author of a joint text a row",
                    **told,
                )
            elif row["position_summary"] not in {other["position_summary"] for other in theirs}:
                yield Problem(
                    frame.attrs["file"],
                    line,
                    f"is an author of the same text, paraphrased otherwise in {theirs[0]['statement_id']}",
                    "give one text one paraphrase",
                    **told,
                )


def _pollsters(tables):
    """A tracker asks one population; who is known to commission polls is not given as the firm that asked."""
    polls = tables["polls"]
    known = polls["tracker"] != ""
    for tracker, rows in polls[known].groupby("tracker"):
        counts = rows["population"].value_counts()
        yield from _at(
            polls,
            known & (polls["tracker"] == tracker) & (polls["population"] != counts.index[0]),
            "population",
            f"is not {counts.index[0]}, as in the other polls of the tracker {tracker}",
            "correct it, or the tracker",
        )
    yield from _at(
        polls, ~known & (polls["series"] != "one-off"), "tracker", "is empty for a {series} poll", "name its tracker"
    )
    hired = set(polls.loc[polls["pollster"] != polls["sponsor"], "sponsor"]) - {""}
    yield from _at(
        polls,
        polls["pollster"].isin(hired),
        "pollster",
        "commissions its polls elsewhere in this table",
        "name the firm that asked, or write 'not stated' and name the sponsor",
    )


#: Words about the work on the tables, which say nothing of the source.
WORKING = (
    r"(?i)\b(?:to ?do|fixme|xxx|research row|first row of this|second reading|re-read|re-checked|to be checked|check again|"
    r"the auditor|curator|as instructed|language model|prompt|see chat|was merged|were merged|merged into this)\b"
)


def _notes(tables):
    for frame in tables.values():
        if "note" in frame:
            yield from _at(
                frame,
                frame["note"].str.contains(WORKING),
                "note",
                "holds words about the work on the table",
                "say what a reader needs to know of the source, or leave it empty",
            )


def complete(tables):
    """A statement is coded wholly or not at all, a claim has the sources that its status needs, no row is idle."""
    codings, claims, cited = tables["codings"], tables["claims"], tables["claim_sources"]
    wanted = codings["coder"].nunique() * codings["variable"].nunique()
    count = codings.groupby("statement_id")["statement_id"].transform("size")
    first = ~codings["statement_id"].duplicated()
    yield from _at(
        codings.assign(count=count),
        (count < wanted) & first,
        "statement_id",
        f"has {{count}} codings instead of {wanted}",
        "add those that lack, or leave the statement uncoded: take all of its codings out",
    )
    for statuses, relations in (
        (("corroborated",), ("supports",)),
        (("contradicted",), ("contradicts",)),
        (("partly-corroborated", "disputed"), ("supports", "contradicts", "qualifies")),
    ):
        shown = cited.loc[cited["relation"].isin(relations), "claim_id"]
        yield from _at(
            claims,
            claims["status"].isin(statuses) & ~claims["claim_id"].isin(shown),
            "status",
            f"needs a row of claim_sources that {' or '.join(relations)} it",
            "add it, or change the status",
        )
    for table, column, users in USED:
        users = users or [other for other in tables if other != table]
        used = {
            value for user in users for other in tables[user] if other.endswith(column) for value in tables[user][other]
        }
        by = users[0] if len(users) == 1 else "any table"
        yield from _at(
            tables[table], ~tables[table][column].isin(used), column, f"is not used by {by}", "use it, or take it out"
        )


def _at(frame, mask, column, rule, remedy):
    """Yield a problem for each row under ``mask``; ``{field}`` in the rule stands for that row's value."""
    for line, row in frame[mask].iterrows():
        yield Problem(frame.attrs["file"], line, rule.format_map(row), remedy, column, row[column])


def _days(text, end):
    """Return the first (``end`` 0) or the last day (1) that each stated date allows; NaT where it is none."""

    def day(stated):
        try:
            return span(stated)[end]
        except ValueError:
            return None

    return pd.to_datetime(text.map(day))


def _numbers(text):
    return pd.to_numeric(text, errors="coerce")


RULES = (
    _plain_text,
    _identity,
    _addresses,
    _calendar,
    _order,
    _published,
    _reports,
    _together,
    _margins,
    _percents,
    _statements,
    _pollsters,
    _notes,
)
