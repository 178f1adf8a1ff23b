"""``python -m hanoi.evidence.tidy``: rewrite what a spreadsheet or an editor did to a table, where nothing is lost by it."""

import argparse
import csv
import io
import re
import sys
import unicodedata
from pathlib import Path

from hanoi.evidence import reading
from hanoi.evidence.files import SEPARATORS, package

UTF16 = {b"\xff\xfe": "utf-16-le", b"\xfe\xff": "utf-16-be"}


def tidied(content, names):
    """Return a table's bytes as the project writes them, and what was changed, in words.

    ``content`` are the bytes of a file, ``names`` the columns of its table. Encoding, byte order mark, line ends,
    separators, Unicode form, empty columns at the right end and quoting are made alike; every cell keeps its text.
    Raises ValueError with the reason where that cannot be done without a guess.
    """
    text, done = content, []
    for mark, encoding in UTF16.items():
        if content.startswith(mark):
            text, done = content[2:].decode(encoding).encode(), ["UTF-16 to UTF-8"]
    if text.startswith(b"\xef\xbb\xbf"):
        text, done = text[3:], [*done, "byte order mark taken out"]
    try:
        text = text.decode("utf-8")
    except UnicodeDecodeError:
        raise ValueError("is not UTF-8, and which encoding it is cannot be told; save it as UTF-8") from None
    if re.search(r"(?m)^(<{7}|>{7}) ", text):
        raise ValueError("holds the marks of a merge; settle it first")
    if "\r" in text:
        text, done = text.replace("\r\n", "\n").replace("\r", "\n"), [*done, "line ends"]
    if (normal := unicodedata.normalize("NFC", text)) != text:
        text, done = normal, [*done, "letters and marks joined (NFC)"]
    header = text.partition("\n")[0]
    sign = next((sign for sign in SEPARATORS if sign in header and "," not in header), ",")
    try:
        rows = list(csv.reader(io.StringIO(text, newline=""), delimiter=sign, strict=True))
    except csv.Error as error:
        raise ValueError(f"has a quotation mark without its partner ({error}); close it first") from None
    if sign != ",":
        done.append(f"{SEPARATORS[sign]} to commas")
    wide = max((len("".join(cell and "x" or " " for cell in row).rstrip()) for row in rows), default=0)
    if rows and len(rows[0]) > wide:
        rows, done = [row[:wide] for row in rows], [*done, "empty columns at the right end taken out"]
    if rows and set(rows[0]) != set(names):
        raise ValueError("has other columns than its description; run `make check`")
    made = io.StringIO()
    csv.writer(made, lineterminator="\n").writerows(row for row in rows if row)
    if not done and made.getvalue() != text:
        done.append("quotation marks and blank lines")
    return made.getvalue().encode(), done


def main(arguments=None):
    """Rewrite the tables that can be made alike and say what changed; return the exit code."""
    parser = argparse.ArgumentParser(prog="make tidy-data", description=__doc__)
    parser.add_argument("data", nargs="?", type=Path, default=reading.DATA, help="the folder of the tables")
    data = parser.parse_args(arguments).data
    descriptor, problems = package(data)
    if problems:
        print(*problems, sep="\n")
        return 1
    left = False
    for resource in descriptor["resources"]:
        path = data / resource["path"]
        if "schema" not in resource or not path.is_file():
            continue
        try:
            content, done = tidied(path.read_bytes(), [field["name"] for field in resource["schema"]["fields"]])
        except ValueError as error:
            print(f"{data.name}/{resource['path']}: left as it is: {error}")
            left = True
            continue
        if done:
            beside = path.with_name(f".{path.name}.new")
            beside.write_bytes(content)
            beside.replace(path)
            print(f"{data.name}/{resource['path']}: {', '.join(done)}")
    return int(left)


if __name__ == "__main__":
    sys.exit(main())
