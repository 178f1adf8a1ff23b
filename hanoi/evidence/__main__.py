"""``python -m hanoi.evidence`` prints every problem of the tables at once: file, line, column, value, rule and what to do."""

import argparse
import sys
import time
from pathlib import Path

from hanoi.evidence import reading
from hanoi.evidence.checking import check, checked


def main(arguments=None):
    """Check the tables and print what is wrong; return the exit code."""
    parser = argparse.ArgumentParser(prog="python -m hanoi.evidence", description=check.__doc__.splitlines()[0])
    parser.add_argument(
        "data", nargs="?", type=Path, default=reading.DATA, help="the folder of the tables (default: data/)"
    )
    began = time.monotonic()
    problems, tables = checked(parser.parse_args(arguments).data)
    for problem in problems:
        print(problem)
    if problems:
        files = len({problem.file for problem in problems})
        print(
            f"{len(problems)} problem{'s' * (len(problems) > 1)} in {files} file{'s' * (files > 1)}; nothing was written."
        )
        return 1
    rows, seconds = sum(map(len, tables.values())), time.monotonic() - began
    print(f"{len(tables)} tables with {rows} rows fit their description and the rules ({seconds:.1f} s).")
    return 0


if __name__ == "__main__":
    sys.exit(main())
