"""The ledger of claims as Markdown, one block a line of the encyclopaedia article."""

import pandas as pd
from IPython.display import display

from hanoi import words
from hanoi.charts.publish import literal
from hanoi.chronicle import RELATIONS


def ledger(entries):
    """Display the ledger, one Markdown block a line of the encyclopaedia article; returns nothing.

    ``entries`` is a result of :func:`hanoi.chronicle.ledger`. Each line has the anchor ``line-<n>``, each claim the anchor
    ``claim-<id>`` and the classes ``status-<status>`` and ``topic-<topic>``, by which the page's script filters.
    Links to sources and to the section that carries a claim are MyST roles: the build checks them.
    """
    for line, claims in entries.groupby("line"):
        inner = "\n\n".join(_entry(claim) for claim in claims.to_dict("records"))
        block = f"````{{div}} ledger-line\n:name: line-{line}\n\n{{.ledger-number}}\nLine {line}\n\n{inner}\n````"
        display({"text/markdown": block, "text/plain": f"Line {line}: {', '.join(claims['claim_id'])}"}, raw=True)


def _entry(claim):
    """Return one claim as Markdown."""
    status, topic = claim["status"], claim["topic"]
    when = "" if pd.isna(claim["event_date"]) else words.day(claim["event_date"])
    told = {
        "Made by": _said(claim["claimed_by"]) or "the article, which names nobody",
        "Date": when,
        "Finding": literal(claim["finding"]),
        "Note": _said(claim["note"]),
    }
    lines = [
        f"```{{div}} ledger-claim status-{status} topic-{topic}",
        f":name: claim-{claim['claim_id']}",
        "",
        "{.ledger-tags}",
        (
            f"[{words.code(status)}]{{.ledger-status}} [{words.code(topic)}]{{.ledger-topic}} "
            f"[{claim['claim_id']}](#claim-{claim['claim_id']})"
        ),
        "",
        "{.ledger-text}",
        literal(claim["claim"]),
        "",
    ]
    for name, text in told.items():
        if text:
            lines += [f"**{name}:** {text}", ""]
    cited = [
        f"{said} {{cite:t}}`{','.join(claim[relation].split())}`"
        for relation, said in RELATIONS.items()
        if claim[relation]
    ]
    lines += [
        f"**Sources:** {'; '.join(cited) or 'none found'}.",
        "",
        f"**Carried by:** {{ref}}`{claim['carried_by']}`",
        "```",
    ]
    return "\n".join(lines)


def _said(text):
    return "" if pd.isna(text) else literal(text)
