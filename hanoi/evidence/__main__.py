"""``python -m hanoi.evidence`` prints every problem of the tables at once: file, line, column, value, rule and what to do."""

import argparse
import os
import sys
import time
from pathlib import Path

from hanoi.evidence import reading
from hanoi.evidence.checking import check, checked
from hanoi.evidence.files import PACKAGE, parsed, undescribed


def main(arguments=None):
    """Check the tables and print what is wrong; return the exit code."""
    parser = argparse.ArgumentParser(prog="python -m hanoi.evidence", description=check.__doc__.splitlines()[0])
    parser.add_argument(
        "data", nargs="?", type=Path, default=reading.DATA, help="the folder of the tables (default: data/)"
    )
    sys.stdout.reconfigure(errors="backslashreplace")  # a terminal that cannot show a letter is told its number
    began = time.monotonic()
    data = parser.parse_args(arguments).data
    problems, tables = checked(data)
    try:
        return _told(data, problems, tables, began)
    except BrokenPipeError:  # `make check | head`: who reads has read enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return int(bool(problems))


def _told(data, problems, tables, began):
    """Print what was found; return the exit code."""
    beside = undescribed(data, parsed(data / PACKAGE, PACKAGE)[0]) if tables else ()  # no tables: the package is broken
    for line in (*problems, *beside):
        print(line)
    if problems:
        files = len({problem.file for problem in problems})
        print(
            f"{len(problems)} problem{'s' * (len(problems) > 1)} in {files} file{'s' * (files > 1)}; nothing was written."
        )
        return 1
    rows, seconds = sum(map(len, tables.values())), time.monotonic() - began
    print(f"{len(tables)} tables with {rows} rows fit their description and the rules ({seconds:.1f} s).", flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
