"""Figures on the pages: inline, in the colours of the theme, with texts, alt text and downloads."""

import csv
import html
import io
import re

from docutils import nodes
from sphinx.util.docutils import SphinxDirective

from hanoi import charts
from hanoi.charts import palette
from hanoi.pages import citation

#: Colour of a drawing → its name in the style sheet; a step of the scale that is a colour of its own keeps that name.
_COLOURS = {colour: f"scale-{step}" for step, colour in enumerate(palette.SCALE, start=1)} | {
    value: key.lower() for key, value in vars(palette).items() if key.isupper() and str(value).startswith("#")
}


class FigureRenderer:
    """Render a published figure with its alt text and its downloads (a myst-nb MIME plug-in)."""

    mime_priority_overrides = (("html", charts.MIME, 1),)

    @staticmethod
    def handle_mime(renderer, data, inline):
        """Return the nodes of a published figure, or None for another output."""
        if data.mime_type != charts.MIME:
            return None
        env = renderer.renderer.sphinx_env
        return [place(env.docname.rpartition("/")[2], data.content["name"], data.content)]


class Drawn(SphinxDirective):
    """``{drawn} chapter:name``: a figure of a chapter on another page."""

    required_arguments = 1

    def run(self):
        """Return the figure, or fail where no notebook shows it."""
        chapter, _, name = self.arguments[0].partition(":")
        figure = self.env.app.hanoi.figures.get(chapter, {}).get(name)
        if not figure:
            raise self.error(f"no figure {self.arguments[0]!r} is shown in a notebook")
        return [place(chapter, name, figure)]


class Finding(SphinxDirective):
    """``{finding} chapter:figure``: a sentence with the small picture of that figure beside it, which leads to it."""

    required_arguments = 1
    has_content = True

    def run(self):
        """Return sentence and picture, or fail where no notebook has drawn one."""
        chapter, _, name = self.arguments[0].partition(":")
        figure = self.env.app.hanoi.figures.get(chapter, {}).get(name, {})
        if "small" not in figure:
            raise self.error(f"no figure {self.arguments[0]!r} has a small picture (small= of charts.show)")
        words = nodes.container("", classes=["finding-words"])
        self.state.nested_parse(self.content, self.content_offset, words)
        drawing = _themed(_box(figure["small"]), html.escape(figure["alt"]))
        link = f'<a class="finding-picture" href="{chapter}.html#fig-{name}">{drawing}</a>'
        return [nodes.container("", words, nodes.raw("", link, format="html"), classes=["finding"])]


def place(chapter, name, figure):
    """Return the node that becomes a figure when its page is written; it carries what the search may find."""
    return nodes.raw("", "", format="html", figure=(chapter, name), said=f"{figure['title']} {figure['subtitle']}")


def resolve(app, doctree, docname):
    """Fill in the figures of a page: the first inline, the others as pictures that come when the reader comes near."""
    found = [node for node in doctree.findall(nodes.raw) if "figure" in node]
    for count, node in enumerate(found):
        chapter, name = node["figure"]
        text = whole(chapter, name, app.hanoi.figures[chapter][name], inline=count == 0)
        node.children = [nodes.Text(text)]
        node.rawsource = text


def read(app, doctree):
    """Keep which figures a page shows as pictures of their own, so that only these are written."""
    found = [node["figure"] for node in doctree.findall(nodes.raw) if "figure" in node]
    app.env.hanoi_pictures[app.env.docname] = found[1:]


def start(app, env, docnames):
    """Make room for the pictures."""
    env.hanoi_pictures = getattr(env, "hanoi_pictures", {})


def purge(app, env, docname):
    """Forget the pictures of a page that is read again."""
    getattr(env, "hanoi_pictures", {}).pop(docname, None)


def merge(app, env, docnames, other):
    """Take the pictures of pages that another process read."""
    env.hanoi_pictures.update(getattr(other, "hanoi_pictures", {}))


def whole(chapter, name, figure, inline):
    """Return a figure as HTML: title, subtitle and source as text, the drawings, downloads, and its data as a table."""
    files = f"../_static/figures/{chapter}/{name}"
    said = {part: html.escape(str(figure[part])) for part in ("title", "subtitle", "source", "alt")}
    downloads = (("csv", "data (CSV)"), ("svg", "SVG"), ("png", "PNG"))
    links = " · ".join(
        f'<a href="{files}.{kind}" download>{label}<span class="visually-hidden"> of the figure: {said["title"]}</span></a>'
        for kind, label in downloads
    )
    drawings = "".join(_drawings(name, figure, said["alt"], files, inline))
    return (
        f'<figure class="drawn" id="fig-{name}" aria-labelledby="fig-{name}-title"><p class="figure-title" id="fig-{name}-title">'
        f'<a href="#fig-{name}">{said["title"]}</a></p><p class="figure-subtitle">{said["subtitle"]}</p>{drawings}'
        f"<figcaption>Source: {said['source']}{_table(figure)}"
        f'<span class="downloads">Download: {links}</span>'
        f'<details class="cite-figure"><summary>Cite<span class="visually-hidden"> the figure: {said["title"]}</span></summary>'
        f"{html.escape(citation.text(str(figure['title']), 'figure'))}</details></figcaption></figure>"
    )


def _drawings(name, figure, alt, files, inline):
    """Yield the drawings of a figure as HTML: for a page, and for a phone; the style sheet shows one of them."""
    for reader, svg in (("page", figure["svg"]), ("phone", figure.get("narrow"))):
        if svg is None:
            continue
        only = f" for-{reader}" if figure.get("narrow") else ""
        if inline:
            yield f'<div class="drawing{only}">{_themed(bare(name, figure, reader), alt)}</div>'
        else:
            width, height = _size(bare(name, figure, reader))
            pictures = "".join(
                f'<img class="only-{theme}" src="{files}-{reader}.svg{part}" alt="{alt}" width="{width:.0f}" height="{height:.0f}" '
                'loading="lazy" decoding="async">'
                for theme, part in (("light", ""), ("dark", "#dark"))
            )
            yield f'<div class="drawing{only}">{pictures}</div>'


def bare(name, figure, reader):
    """Return the drawing for one kind of reader ("page", "phone") without the texts that the page sets."""
    if reader == "phone":
        return _box(figure["narrow"])
    svg, defined = figure["svg"], []
    for text in ("title", "subtitle", "source"):
        start, end = _group(svg, f"{name}-{text}")
        defined += re.findall(r'<path id="[^"]*"[^>]*/>', svg[start:end])
        svg = svg[:start] + svg[end:]
    kept = [path for path in defined if '"#' + path.split('"')[1] + '"' in svg]
    svg = svg.replace("</defs>", "".join(kept) + "</defs>", 1)
    return _box(svg, figure["head"], figure["foot"])


def _group(svg, name):
    """Return where the group of this id begins and ends."""
    start = svg.index(f'<g id="{name}"')
    depth = 0
    for tag in re.finditer(r"<g\b[^>]*>|</g>", svg[start:]):
        depth += -1 if tag[0] == "</g>" else not tag[0].endswith("/>")
        if depth == 0:
            break
    return start, start + tag.end()


def _box(svg, head=0.0, foot=0.0):
    """Return ``svg`` cut by ``head`` and ``foot`` points."""
    svg = svg.replace('<style type="text/css">*{stroke-linejoin: round; stroke-linecap: butt}</style>', "")
    width, height = (float(size) for size in re.search(r'viewBox="0 0 ([\d.]+) ([\d.]+)"', svg).groups())
    tall = height - head - foot
    return re.sub(
        r"^<svg [^>]*>",
        f'<svg viewBox="0 {head:g} {width:g} {tall:.2f}" width="{width / 0.75:.0f}" height="{tall / 0.75:.0f}" '
        'xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink" '
        'stroke-linejoin="round" stroke-linecap="butt">',
        svg,
    )


def _size(svg):
    """Return width and height in pixels."""
    return tuple(float(size) for size in re.search(r'width="([\d.]+)" height="([\d.]+)"', svg).groups())


def _themed(svg, alt):
    """Return a drawing for use inside a page: with its alt text and in the colours of the theme."""
    return _coloured(svg).replace("<svg ", f'<svg role="img" aria-label="{alt}" ', 1)


def _coloured(svg):
    """Return a drawing whose colours are those of the style sheet."""
    return re.sub("|".join(_COLOURS), lambda colour: f"var(--fig-{_COLOURS[colour[0]]})", svg)


def picture(svg, style):
    """Return a drawing as a file for both themes: as it stands in the light one, with ``#dark`` at its address in the other.

    ``style`` is the style sheet that names the colours.
    """
    svg = _coloured(svg)
    used = sorted(set(re.findall(r"var\(--fig-([\w-]+)\)", svg)))
    light, dark = (
        dict(re.findall(r"--fig-([\w-]+): (#[0-9a-f]{6})", re.search(rf"{theme} \{{(.*?)\}}", style, re.DOTALL)[1]))
        for theme in ("html", r'html\[data-theme="dark"\]')
    )
    light, dark = light | {"paper": "#ffffff"}, dark | {"paper": "#121212"}
    told = "".join(
        f"{rule}{{{';'.join(f'--fig-{name}:{colours.get(name, light[name])}' for name in used)}}}"
        for rule, colours in ((":root", light), ("#dark:target", dark))
    )
    return re.sub(r"^<svg ([^>]*)>", rf'<svg id="dark" \1><style>{told}</style>', svg)


def _table(figure, most=60):
    """Return what a figure draws as a folded table; a long one is cut, and says so."""
    header, *rows = csv.reader(io.StringIO(figure["csv"]))
    if not rows:
        return ""
    cells = "".join(f'<th scope="col">{html.escape(name.replace("_", " "))}</th>' for name in header)
    lines = "".join("<tr>" + "".join(f"<td>{html.escape(cell)}</td>" for cell in row) + "</tr>" for row in rows[:most])
    rest = f"<p>The first {most} of {len(rows):,} rows; the download holds all.</p>" if len(rows) > most else ""
    title = html.escape(str(figure["title"]))
    return (
        f'<details class="as-table"><summary>As a table<span class="visually-hidden">: {title}</span></summary>'
        f'<div class="wide-table" tabindex="0" role="region" aria-label="Data of the figure: {title}"><table class="table"><thead><tr>{cells}</tr></thead>'
        f"<tbody>{lines}</tbody></table></div>{rest}</details>"
    )
