"""The evidence: the tables of ``data/``, typed and validated. The only room that opens them.

``data/datapackage.json`` (a Frictionless Data Package) says what each table, field and code means. :func:`read` reads
by it; :func:`check` checks by it, and by the rules across columns and tables that the package format cannot say.
"""

from hanoi.evidence import reading
from hanoi.evidence.checking import check
from hanoi.evidence.files import PACKAGE, EvidenceError, Problem
from hanoi.evidence.reading import DATA, describe, fields, key, published, read, read_geo, reads, sources_of, span

__all__ = [
    "DATA",
    "PACKAGE",
    "EvidenceError",
    "Problem",
    "check",
    "describe",
    "fields",
    "key",
    "published",
    "read",
    "read_geo",
    "reads",
    "sources_of",
    "span",
]


def __getattr__(name):
    if name == "TABLES":  # read when asked for, so that a broken package is reported instead of a failed import
        return tuple(reading.tables())
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
