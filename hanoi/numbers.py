"""Computed numbers: stated once in a notebook, shown in the prose, followed back to rows and sources.

A notebook calls :func:`state` (or :func:`state_all` for many of one kind) for each figure that its text uses. The prose
shows it as an ordinary link, ``[65%](#good-idea)``, its interval as ``[62% to 68%](#good-idea:interval)``, and a number of
another chapter as ``[3.4](korean-opinion.ipynb#cost)``. The record travels in the executed notebook as an output, so
nbval compares it with a fresh run, and the built page turns the link into a way to the rows and the published sources.
"""

import decimal
import functools
import hashlib
import json
import numbers as abc
import re

import pandas as pd
from IPython.display import display

from hanoi import evidence, ties

MIME = "application/vnd.after-hanoi.numbers+json"
#: A link to a number: the text that stands in the sentence, the chapter where it is another one, the key, ":interval".
LINK = re.compile(r"\[([^\]\[]*)\]\((?:([\w-]+)\.ipynb)?#([a-z0-9]+(?:-[a-z0-9]+)*)(:interval)?\)")
_stated, _sets = {}, {}


def state(key, value, fmt="{}", *, how, rows, unit="", interval=None, interval_name="95% interval", error=None):
    """State one computed figure and the evidence behind it; shows it, returns nothing.

    ``key``       unique in the chapter; lower case with hyphens
    ``value``     a number or a text (a date, a name) that was computed
    ``fmt``       format string for the value and for both ends of the interval, such as ``"{:.0f}%"``, or a function
                  that gives the text of a value
    ``how``       the computation in words, one sentence
    ``rows``      the rows used: a DataFrame as :func:`hanoi.evidence.read` gives it, several of them in a list, or table
                  name → DataFrame where a frame no longer knows its table; with that table's key columns
    ``unit``      what the number counts or measures, such as "percent of adults"
    ``interval``  (low, high) in the unit of ``value``, where an uncertainty exists
    ``error``     the Monte Carlo standard error of a value that was found by drawing, in the unit of ``value``

    A count of nothing (0) may rest on no row of its table. Raises ValueError for a missing value, for any other value
    that rests on no row, for rows without their key, and for a drawn value shown with more digits than its draws bear.
    """
    state_all({key: (value, fmt, unit, interval, {"error": error})}, how=how, rows=rows, interval_name=interval_name)


def state_all(values, *, how, rows, interval_name="95% interval"):
    """State many figures of one kind at once: key → ``(value, fmt[, unit[, interval[, more]]])``.

    ``how`` and ``rows`` hold for all of them, as in :func:`state`, or are given by key (a dict whose keys are those of
    ``values``). ``more`` is a dict with ``error``, or with a ``how`` or ``rows`` of its own. Raises as :func:`state` does.
    """
    records, sets, known = [], {}, {}
    for key, given in values.items():
        value, fmt, unit, interval, more = (*given, *("{}", "", None, {})[len(given) - 1 :])
        ground = more.get("rows", rows[key] if isinstance(rows, dict) and set(rows) == set(values) else rows)
        found = []
        for table, frame in sorted(_tables(key, ground).items()):
            asked = table, id(frame), _zero(value)  # many numbers rest on one frame
            if asked not in known:
                known[asked] = _rows(key, table, frame, nothing=_zero(value))
            found.append(known[asked])
        sets |= {part["rows"]: part for part in found}
        method = more.get("how", how[key] if isinstance(how, dict) else how)
        records.append(_record(key, value, fmt, unit, interval, interval_name, method, more.get("error"), found))
    _stated.update({record["key"]: record for record in records})
    display({"text/plain": _shown(records), MIME: {"numbers": records, "rows": list(sets.values())}}, raw=True)


def link(key, interval=False):
    """Return a number that this notebook has stated as the link that shows it. Raises KeyError for one that it has not."""
    record = _stated[key]
    return f"[{record['interval_text' if interval else 'text']}](#{key}{':interval' * interval})"


def text(value, fmt="{}"):
    """Return ``value`` as the book writes it: settled, a half rounded up, a true minus sign, no sign on a rounded zero.

    ``fmt`` is a format string or a function. The value is settled first (:mod:`hanoi.ties`), so that one on an edge of
    its format is shown alike on every processor; a half is rounded up, as pollsters do.
    """
    if callable(fmt):
        return fmt(value)
    if isinstance(value, abc.Real) and not isinstance(value, abc.Integral):
        value = decimal.Decimal(repr(ties.settled(value)))
    with decimal.localcontext(rounding=decimal.ROUND_HALF_UP):
        shown = fmt.format(value)
    if shown.startswith(("-", "+")):
        zero = isinstance(value, abc.Number) and not any(c in "123456789" for c in shown)
        shown = shown[1:] if zero else shown.replace("-", "−", 1)
    return shown


def chance(share):
    """Return a probability as the book writes it: percent, a digit more below ten, no false precision at the two ends."""
    if share < 0.001:
        return "less than 0.1%"
    if share > 0.99:
        return "more than 99%"
    return text(100 * share, "{:.1f}%" if share < 0.095 else "{:.0f}%")


def in_ten(share):
    """Return a share that is known roughly as so many in ten."""
    return f"{text(10 * share, '{:.0f}')} in 10"


def records(outputs):
    """Yield every record of numbers and rows, ``{"numbers": [...], "rows": [...]}``, among the outputs of a notebook's cells."""
    for output in outputs:
        if found := output.get("data", {}).get(MIME):
            yield found


def _record(key, value, fmt, unit, interval, interval_name, how, error, found):
    if not re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", key):
        raise ValueError(f"number {key!r}: a key is lower case letters and digits with single hyphens")
    for part in (value, *(interval or ())):
        if pd.isna(part):
            raise ValueError(f"number {key!r}: {part!r} is no value to show")
    step = _step(fmt)
    # two seeds then differ by more than a step in one case of two hundred, and hardly ever by two as printed
    if error is not None and step is not None and 4 * error > step:
        raise ValueError(
            f"number {key!r}: its draws leave an error of {error:.2g}, too much for the format {fmt!r}; "
            "draw more, or show a digit less"
        )
    return {
        "key": key,
        "text": text(value, fmt),
        "value": _plain(value),
        "unit": unit,
        "how": how,
        "interval": interval and [_plain(end) for end in interval],
        "interval_text": interval and f"{text(interval[0], fmt)} to {text(interval[1], fmt)}",
        "interval_name": interval and interval_name,
        **({} if error is None else {"error": float(f"{error:.2g}")}),
        "rows": [{"table": part["table"], "rows": part["rows"], "count": part["count"]} for part in found],
    }


def _step(fmt):
    """Return the size of one step of the last digit that ``fmt`` shows, or None where it shows no fixed number of them."""
    found = None if callable(fmt) else re.search(r"\{:[^}]*?(?:\.(\d+))([f%])\}", fmt)
    return found and 10.0 ** -(int(found[1]) + 2 * (found[2] == "%"))


def _zero(value):
    return isinstance(value, abc.Real) and value == 0


def _tables(key, rows):
    """Return table name → frame of what ``rows`` names."""
    if isinstance(rows, dict):
        named = rows
    else:
        frames = [rows] if isinstance(rows, pd.DataFrame) else list(rows or ())
        if unknown := [frame for frame in frames if "table" not in frame.attrs]:
            raise ValueError(
                f"number {key!r}: a frame with the columns {', '.join(map(str, unknown[0].columns[:5]))} … does not "
                "know its table; give rows={'table': frame}"
            )
        named = {frame.attrs["table"]: frame for frame in frames}
    if not named:
        raise ValueError(f"number {key!r} names no rows; every number rests on rows of data/")
    return named


def _rows(key, table, frame, nothing=False):
    """Return the set of rows: table, digest, count, keys (None for the whole table) and sources."""
    fields = list(evidence.key(table))
    if missing := [field for field in fields if field not in frame]:
        raise ValueError(f"number {key!r}: its rows of {table} lack the key column {', '.join(missing)}")
    keys = sorted({tuple(map(str, row)) for row in frame[fields].itertuples(index=False)})
    if not keys and not nothing:
        raise ValueError(f"number {key!r}: its rows of {table} are none")
    known = _keys(table)
    if unknown := [" · ".join(row) for row in keys if row not in known]:
        raise ValueError(f"number {key!r}: {table} has no row {', '.join(unknown[:3])}")
    whole = len(keys) == len(known)
    digest = hashlib.sha256(json.dumps([table, keys]).encode()).hexdigest()[:12]
    if digest not in _sets:  # many numbers rest on the same rows
        _sets[digest] = {
            "table": table,
            "rows": digest,
            "count": len(keys),
            "keys": None if whole else ["|".join(row) for row in keys],
            "sources": None if whole else evidence.sources_of(table, frame),
        }
    return _sets[digest]


@functools.cache
def _keys(table):
    return set(evidence.read(table)[list(evidence.key(table))].astype(str).itertuples(index=False, name=None))


def _shown(records):
    """Return the numbers as lines for somebody at the notebook: key, value, unit, interval."""
    cells = [
        (
            record["key"],
            record["text"],
            record["unit"],
            f"({record['interval_text']})" if record["interval_text"] else "",
        )
        for record in records
    ]
    widths = [max(map(len, column)) for column in zip(*cells, strict=True)]
    return "\n".join(
        "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in cells
    )


def _plain(value):
    """A JSON value; floats to six significant digits, so that another processor gives the same text."""
    if isinstance(value, abc.Integral):
        return int(value)
    if isinstance(value, abc.Real):
        return float(f"{ties.settled(value):.6g}")
    return str(value)
