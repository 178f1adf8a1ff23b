"""Pages on which the tables can be searched, and the dictionary of every field."""

import pandas as pd

from hanoi import evidence, positions
from hanoi.pages import made, specifications
from hanoi.pages.sources import clean

PAGE = "book/explore"


def collect(app):
    """Yield a page a view: all its rows as a table, which the page's script filters."""
    for name, (title, words, make, kinds) in VIEWS.items():
        frame = make()
        columns = [column for column in frame.columns if column not in ("address", "id")]
        body = made.fill(
            "explore",
            title=title,
            words=words,
            name=name,
            columns=columns,
            rows=frame.fillna("").to_dict("records"),
            kinds=[(kind, kind.replace(" ", "-")) for kind in kinds],
        )
        yield made.page(f"{PAGE}/{name}", title, body)
    if specifications.CHAPTER in app.hanoi.figures:  # a book may leave that page of methods out
        yield specifications.page(app.hanoi.figures)


def links(app):
    """Return the list of the pages on which tables can be searched, and of the counting rules, as HTML."""
    titles = {name: title for name, (title, *_) in VIEWS.items()} | {specifications.NAME: specifications.TITLE}
    items = "".join(f'<li><a href="explore/{name}.html">{title}</a></li>' for name, title in titles.items())
    return f"<ul>{items}</ul>"


def dictionary(app):
    """Return every table with its fields, folded, as HTML."""
    fields = evidence.fields()
    package = evidence.describe()
    tables = [
        {
            "name": name,
            "title": package[name]["title"],
            "description": package[name]["description"],
            "rows": f"{len(evidence.read(name)):,}",
            "fields": rows.to_dict("records"),
        }
        for name, rows in fields.groupby("table", sort=False)
    ]
    return made.fill("dictionary", tables=tables)


def _cited(frame):
    """Add the address of each row's source."""
    urls = evidence.read("sources").set_index("source_id")["url"].fillna("")
    return frame.assign(address=frame["source_id"].map(urls).map(clean))


def _polls():
    polls, questions, results = (evidence.read(name) for name in ("polls", "poll_questions", "poll_results"))
    rows = results[results["group"].eq("all")].merge(
        questions[["question_id", "poll_id", "topic", "wording_summary"]], on="question_id"
    )
    rows = _cited(rows.merge(polls.drop(columns=["source_id", "note"]), on="poll_id"))
    size = rows["sample_size"].map(lambda n: f"{n:,}", na_action="ignore").fillna("not stated")
    return pd.DataFrame(
        {
            "asked": rows["field_end"].fillna(rows["field_start"]),
            "country": rows["country"],
            "pollster": rows["pollster"].where(
                rows["pollster"].ne("not stated"), "not stated (for " + rows["sponsor"].fillna("nobody named") + ")"
            ),
            "topic": rows["topic"],
            "question": rows["wording_summary"],
            "answer": rows["response"].str.replace("-", " "),
            "percent": rows["percent"].map("{:g}".format),
            "size": size,
            "id": rows["question_id"] + "-" + rows["response"],
            "address": rows["address"],
        }
    ).sort_values(["asked", "id"], ascending=[False, True], kind="stable")


def _statements():
    people, statements, codings = (evidence.read(name) for name in ("experts", "statements", "codings"))
    codes = positions.passes(codings, "sequencing")[["a", "b"]]
    rows = _cited(statements.merge(people[["expert_id", "name", "role", "country"]], on="expert_id"))
    order = rows["statement_id"].map((codes["a"] + " / " + codes["b"]).to_dict()).fillna("not coded")
    return pd.DataFrame(
        {
            "date": rows["date"],
            "person": rows["name"],
            "role": rows["role"],
            "country": rows["country"].fillna("not known"),
            "order": order.replace("NA / NA", "not said"),
            "paraphrase": rows["position_summary"],
            "id": rows["statement_id"],
            "address": rows["address"],
        }
    ).sort_values(["date", "id"], ascending=[False, True], kind="stable")


def _observations():
    sites = evidence.read("sites").set_index("site_id")["name"]
    rows = _cited(evidence.read("observations"))
    window = rows["observed_from"].fillna("not stated") + " to " + rows["observed_to"].fillna("publication")
    return pd.DataFrame(
        {
            "reported": rows["reported_on"],
            "site": rows["site_id"].map(sites),
            "publisher": rows["publisher"],
            "window": window,
            "direction": rows["direction"],
            "finding": rows["summary"],
            "id": rows["observation_id"],
            "address": rows["address"],
        }
    ).sort_values(["reported", "id"], ascending=[False, True], kind="stable")


def _offers():
    offers = evidence.read("offers")
    rows = _cited(offers.assign(phase=positions.phase(offers), account=positions.account(offers)))
    return pd.DataFrame(
        {
            "made": rows["event_date"].str.replace("/", " to "),
            "party": rows["party"],
            "account": rows["account"] + " (" + rows["account_of"] + ")",
            "position": rows["position"],
            "element": rows["element"].map({code: label for code, (label, _) in positions.ELEMENTS.items()}),
            "phase": rows["phase"],
            "in words": rows["summary"],
            "id": rows["offer_id"],
            "address": rows["address"],
        }
    )


#: Name of the page → title, what it shows, the maker of its rows, the columns by which it is filtered.
VIEWS = {
    "polls": (
        "Search the polls",
        "Every published percentage for everybody asked, the latest poll first.",
        _polls,
        ("country", "pollster", "topic"),
    ),
    "statements": (
        "Search the statements",
        "What experts and officials argued, paraphrased. Order: the codes of both passes, from 1 (step by step) to 5 (all-for-all).",
        _statements,
        ("role", "country", "order"),
    ),
    "observations": (
        "Search the observations",
        "What was reported of the sites, the latest report first.",
        _observations,
        ("site", "direction", "publisher"),
    ),
    "offers": (
        "Search offers and demands",
        "Who offered, asked or refused what, and by whose account.",
        _offers,
        ("party", "position", "element", "phase"),
    ),
}
