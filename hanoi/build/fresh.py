"""Whether the published book still says what the project holds: by content, without any library."""

import hashlib
import json

from hanoi.build.place import BUILD, ROOT

PUBLISHED = BUILD / "published"  # what the published book was made from
WANTED = BUILD / "wanted"  # what the build that is running began with
CHECKED = BUILD / "checked"  # what the last check of the tables read


def digest(*names, root=None):
    """Return one digest of the names and bytes of files and folders below ``root``, by default the project.

    Hidden files and caches are left out.
    """
    total, root = hashlib.sha256(), root or ROOT
    for name in names:
        path = root / name
        for file in sorted(path.rglob("*")) if path.is_dir() else [path]:
            inner = file.relative_to(root)
            if file.is_file() and not any(part.startswith((".", "__pycache__")) for part in inner.parts):
                total.update(f"{inner.as_posix()}\0{hashlib.sha256(file.read_bytes()).hexdigest()}\n".encode())
    return total.hexdigest()


def tables():
    """Return the digest of what a check of the tables reads."""
    return digest("data", "hanoi/evidence", "requirements.lock")


#: What all pages hang on, whatever their text.
SHARED = ("_config.yml", "_toc.yml", "requirements.lock", "CITATION.cff", "data", "benchmarks/results", "hanoi")


def contents():
    """Return the digest of everything from which pages are made."""
    return digest(*SHARED, "Snakefile", "book")


def read(path):
    """Return what a state file says, an empty dict where there is none or it cannot be read."""
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return found if isinstance(found, dict) else {}


def holds():
    """Return whether the published book is there and was made from what the project holds now."""
    return (BUILD / "html" / "book" / "index.html").is_file() and read(PUBLISHED).get("contents") == contents()
