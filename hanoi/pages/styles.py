"""One style sheet for all pages: those of the theme, of extensions and of the book, without the rules that no page uses."""

import hashlib
import re
import shutil
from concurrent.futures import ProcessPoolExecutor
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


def begin(app):
    """Parse the sheets that are there in a process of its own while pages are made; makes no page."""
    static, app.hanoi_reader = Path(app.outdir, "_static"), ProcessPoolExecutor(1)
    texts = {path.read_text(encoding="utf-8") for pattern in SHEETS for path in sorted(static.glob(pattern))}
    app.hanoi_parsed = {text: app.hanoi_reader.submit(parsed, text) for text in texts}
    return ()


def write(app, error):
    """Write the sheet and its digest into the pages; take the others out. Raises FileNotFoundError where one is not there."""
    if error or app.builder.format != "html":
        return
    static = Path(app.outdir, "_static")
    pages = {path: path.read_text(encoding="utf-8") for path in sorted(Path(app.outdir).rglob("*.html"))}
    scripts = [path.read_text(encoding="utf-8") for path in sorted(Path(app.srcdir, "book", "_static").glob("*.js"))]
    names, sheets = used(pages.values(), scripts), []
    with app.hanoi_reader:
        for pattern in SHEETS:
            if not (found := sorted(static.glob(pattern))):
                raise FileNotFoundError(f"no style sheet _static/{pattern}; correct SHEETS in hanoi/pages/styles.py")
            for path in found:
                text = path.read_text(encoding="utf-8")
                ready = app.hanoi_parsed.get(text)
                sheets.append(pruned(ready.result() if ready else parsed(text), names))
    sheet = "\n".join(sheets)
    for path in static.glob("*.css"):
        path.unlink()
    shutil.rmtree(static / "styles")
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


def parsed(sheet):
    """Return the rules of a style sheet (a text), without comments and fonts to load: what :func:`pruned` takes.

    A rule is (head, selectors, inside): ``selectors`` are (text, what it asks for) each, and ``inside`` is a text; of a
    condition it is a list of rules, and None of what asks for no element.
    """
    return _rules(tinycss2.parse_stylesheet(sheet, skip_comments=True, skip_whitespace=True))


def pruned(rules, names):
    """Return the rules of a style sheet that fit some element of these names, as a text."""
    return "\n".join(_kept(rules, names))


def _rules(nodes):
    found = []
    for node in nodes:
        if node.type == "qualified-rule":
            selectors = [(tinycss2.serialize(part).strip(), _asked(part)) for part in _parts(node.prelude)]
            found.append(("", selectors, tinycss2.serialize(node.content).strip()))
        elif node.type == "at-rule" and node.lower_at_keyword in AROUND:
            inner = tinycss2.parse_rule_list(node.content, skip_comments=True, skip_whitespace=True)
            found.append((f"@{node.at_keyword}{tinycss2.serialize(node.prelude)}", [], _rules(inner)))
        elif node.type == "at-rule" and node.lower_at_keyword != "font-face":  # the book ships no font
            found.append((node.serialize(), [], None))
    return found


def _kept(rules, names):
    for head, selectors, inside in rules:
        if inside is None:
            yield head
        elif isinstance(inside, list):
            if kept := "\n".join(_kept(inside, names)):
                yield f"{head}{{\n{kept}\n}}"
        elif parts := [text for text, asked in selectors if _fits(asked, names)]:
            yield f"{', '.join(parts)} {{{inside}}}"


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


def _asked(selector):
    """Return what a selector asks for: names of elements, classes and ids, and lists of which one must fit.

    What it excludes is not asked for.
    """
    before, names, lists = None, set(), []
    for token in selector:
        if token.type == "hash" or (token.type == "ident" and before != ":"):
            names.add(token.value)
        if token.type == "function" and token.lower_name in ANY_OF and token.arguments:
            lists.append([_asked(part) for part in _parts(token.arguments)])
        before = token.value if token.type == "literal" else None
    return names, lists


def _fits(asked, names):
    """Return whether all that is asked for is among ``names``."""
    wanted, lists = asked
    return wanted <= names and all(any(_fits(one, names) for one in several) for several in lists)
