"""One style sheet for all pages: those of the theme, of extensions and of the book, without the rules that no page uses."""

import hashlib
import re
import shutil
from pathlib import Path

import tinycss2

#: The sheets below ``_static``, in the order in which they apply.
SHEETS = (
    "basic.css",
    "styles/pydata-sphinx-theme.css",
    "pygments.css",
    "styles/sphinx-book-theme.css",
    "mystnb.*.css",
    "sphinx-design.min.css",
    "book.css",
    "filter.css",
    "specifications.css",
)
NAME = "style.css"
LINK = re.compile(rf"(?<=_static/{re.escape(NAME)}\?v=)[0-9a-f]*")  # empty in a page that was written just now

TAG = re.compile(r"<[a-zA-Z][^>]*>")
ATTRIBUTE = re.compile(r"""\b(?:class|id)=(?:"([^"]*)"|'([^']*)')""")
SCRIPT = re.compile(r"<script\b[^>]*>(.*?)</script>", re.DOTALL)
WORD = re.compile(r"[-\w]+")
#: Conditions around rules, and functions that hold selectors of which one must fit.
AROUND = ("media", "supports")
ANY_OF = ("is", "where", "has")


def write(app, error):
    """Write the sheet and its digest into the pages; take the others out. Raises FileNotFoundError where one is not there."""
    if error or app.builder.format != "html":
        return
    static = Path(app.outdir, "_static")
    pages = {path: path.read_text(encoding="utf-8") for path in sorted(Path(app.outdir).rglob("*.html"))}
    scripts = [path.read_text(encoding="utf-8") for path in sorted(Path(app.srcdir, "book", "_static").glob("*.js"))]
    names, sheets = used(pages.values(), scripts), []
    for pattern in SHEETS:
        if not (found := sorted(static.glob(pattern))):
            raise FileNotFoundError(f"no style sheet _static/{pattern}; correct SHEETS in hanoi/pages/styles.py")
        sheets += [pruned(path.read_text(encoding="utf-8"), names) for path in found]
    for path in static.glob("*.css"):
        path.unlink()
    shutil.rmtree(static / "styles")
    sheet = "\n".join(sheets)
    (static / NAME).write_text(sheet, encoding="utf-8", newline="\n")
    address = key(sheet.encode())
    for path, page in pages.items():
        path.write_text(LINK.sub(address, page), encoding="utf-8", newline="\n")


def key(sheet):
    """Return the digest of a sheet (bytes) that its address carries, so that no browser takes an older one for it."""
    return hashlib.sha256(sheet).hexdigest()[:8]


def used(pages, scripts):
    """Return the names of elements, classes and ids that stand in ``pages``, and all words of ``scripts`` (texts)."""
    tags, scripts, names = set(), set(scripts), set()
    for page in pages:
        tags.update(TAG.findall(page))
        scripts.update(SCRIPT.findall(page))
    for tag in tags:
        names.add(WORD.search(tag)[0])
        names.update(word for found in ATTRIBUTE.findall(tag) for word in " ".join(found).split())
    for script in scripts:
        names.update(WORD.findall(script))
    return names


def pruned(sheet, names):
    """Return a style sheet without the rules that fit no element of these names, and without comments and fonts to load."""
    return "\n".join(_kept(tinycss2.parse_stylesheet(sheet, skip_comments=True, skip_whitespace=True), names))


def _kept(rules, names):
    for rule in rules:
        if rule.type == "qualified-rule":
            parts = [tinycss2.serialize(part).strip() for part in _parts(rule.prelude) if _fits(part, names)]
            if parts:
                yield f"{', '.join(parts)} {{{tinycss2.serialize(rule.content).strip()}}}"
        elif rule.type == "at-rule" and rule.lower_at_keyword in AROUND:
            inner = tinycss2.parse_rule_list(rule.content, skip_comments=True, skip_whitespace=True)
            if kept := "\n".join(_kept(inner, names)):
                yield f"@{rule.at_keyword}{tinycss2.serialize(rule.prelude)}{{\n{kept}\n}}"
        elif rule.type == "at-rule" and rule.lower_at_keyword != "font-face":  # the book ships no font
            yield rule.serialize()


def _parts(tokens):
    """Yield the selectors of a list."""
    part = []
    for token in tokens:
        if token == ",":
            yield part
            part = []
        else:
            part.append(token)
    yield part


def _fits(selector, names):
    """Return whether each element, class and id that a selector asks for is among ``names``; what it excludes is not asked."""
    before = None
    for token in selector:
        named = token.type == "hash" or (token.type == "ident" and before != ":")
        if named and token.value not in names:
            return False
        inside = token.arguments if token.type == "function" and token.lower_name in ANY_OF else None
        if inside and not any(_fits(part, names) for part in _parts(inside)):
            return False
        before = token.value if token.type == "literal" else None
    return True
