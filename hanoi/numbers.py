"""Computed numbers: stated once in a notebook, shown in the prose, followed back to rows and sources.

A notebook calls :func:`state` once for each figure that its text uses. The prose shows it with the role
``{num}`key``` (or ``{ci}`key``` for its interval); another page writes ``{num}`chapter:key```.
The record travels in the executed notebook as a myst-nb glue output, so nbval compares it with a fresh run,
and the built page can turn it into a link to the rows and the published sources on which it rests.
"""

import decimal
import hashlib
import json
import numbers as abc
import re

import pandas as pd
from IPython.display import display

from hanoi import evidence, ties

NUMBER = "application/vnd.after-hanoi.number+json"
ROWS = "application/vnd.after-hanoi.rows+json"
_GLUE = "application/papermill.record/"
_sent = set()


def state(key, value, fmt="{}", *, how, rows, unit="", interval=None, interval_name="95% interval"):
    """State one computed figure and the evidence behind it; displays nothing, returns nothing.

    ``key``       unique in the chapter; lower case with hyphens
    ``value``     a number or a text (a date, a name) that was computed
    ``fmt``       format string for the value and for both ends of the interval, such as ``"{:.0f}%"``
    ``how``       the computation in words, one sentence
    ``rows``      table name → DataFrame of the rows used, with that table's key columns (as from ``evidence.read``)
    ``unit``      what the number counts or measures, such as "percent of adults"
    ``interval``  (low, high) in the unit of ``value``, where an uncertainty exists
    A count of nothing (0) may rest on no row of its table. Raises ValueError for a missing value, for any other value
    that rests on no row, or for rows without their key.
    """
    if not re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", key):
        raise ValueError(f"number {key!r}: a key is lower case letters and digits with single hyphens")
    for part in (value, *(interval or ())):
        if pd.isna(part):
            raise ValueError(f"number {key!r}: {part!r} is no value to show")
    if not rows:
        raise ValueError(f"number {key!r} names no rows; every number rests on rows of data/")
    record = {
        "key": key, "text": _text(fmt, value), "value": _plain(value), "unit": unit, "how": how,
        "interval": interval and [_plain(end) for end in interval],
        "interval_text": interval and f"{_text(fmt, interval[0])} to {_text(fmt, interval[1])}",
        "interval_name": interval and interval_name,
        "rows": [_rows(key, table, frame, nothing=value == 0) for table, frame in sorted(rows.items())],
    }
    display({_GLUE + "text/plain": record["text"], _GLUE + NUMBER: record},
            metadata={"scrapbook": {"name": key, "mime_prefix": _GLUE}}, raw=True)


def _rows(key, table, frame, nothing=False):
    """Send the set of rows once per run, and return the short reference to it."""
    fields = list(evidence.key(table))
    if missing := [field for field in fields if field not in frame]:
        raise ValueError(f"number {key!r}: its rows of {table} lack the key column {', '.join(missing)}")
    keys = sorted({tuple(map(str, row)) for row in frame[fields].itertuples(index=False)})
    if not keys and not nothing:
        raise ValueError(f"number {key!r}: its rows of {table} are none")
    known = set(evidence.read(table)[fields].astype(str).itertuples(index=False, name=None))
    if unknown := [" · ".join(row) for row in keys if row not in known]:
        raise ValueError(f"number {key!r}: {table} has no row {', '.join(unknown[:3])}")
    digest = hashlib.sha256(json.dumps([table, keys]).encode()).hexdigest()[:12]
    if digest not in _sent:
        _sent.add(digest)
        record = {"rows": digest, "table": table, "fields": fields, "keys": ["|".join(row) for row in keys],
                  "sources": evidence.sources_of(table, frame)}
        display({_GLUE + ROWS: record}, metadata={"scrapbook": {"name": f"rows-{digest}", "mime_prefix": _GLUE}},
                raw=True)
    return {"table": table, "rows": digest, "count": len(keys)}


def _text(fmt, value):
    """Format with a true minus sign, without the sign of a rounded zero; a half is rounded up, as pollsters do.

    The value is settled first (:mod:`hanoi.ties`), so that one on an edge of its format is shown alike everywhere.
    """
    if isinstance(value, abc.Real) and not isinstance(value, abc.Integral):
        value = decimal.Decimal(repr(ties.settled(value)))
    with decimal.localcontext(rounding=decimal.ROUND_HALF_UP):
        text = fmt.format(value)
    if text.startswith("-"):
        text = text[1:] if isinstance(value, abc.Number) and not any(c in "123456789" for c in text) else "−" + text[1:]
    return text


def _plain(value):
    """A JSON value; floats to six significant digits, so that another processor gives the same text."""
    if isinstance(value, abc.Integral):
        return int(value)
    if isinstance(value, abc.Real):
        return float(f"{ties.settled(value):.6g}")
    return str(value)
