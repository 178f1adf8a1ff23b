"""Figures on the pages: inline, in the colours of the theme, with texts, alt text and downloads."""

import html
import re

from docutils import nodes
from sphinx.util.docutils import SphinxDirective

from hanoi import charts

#: Colour of hanoi.charts → its name in the style sheet; a step of the scale that is a colour of its own keeps that name.
_COLOURS = {colour: f"scale-{step}" for step, colour in enumerate(charts.SCALE, start=1)} | {
    value: key.lower() for key, value in vars(charts).items() if key.isupper() and str(value).startswith("#")
}


class FigureRenderer:
    """Render a published figure inline, with its alt text and its downloads (a myst-nb MIME plug-in)."""

    mime_priority_overrides = (("html", charts.MIME, 1),)

    @staticmethod
    def handle_mime(renderer, data, inline):
        """Return the nodes of a published figure, or None for another output."""
        if data.mime_type != charts.MIME:
            return None
        env = renderer.renderer.sphinx_env
        chapter, name = env.docname.rpartition("/")[2], data.content["name"]
        return [
            nodes.raw(
                "",
                _figure(chapter, name, env.app.hanoi.figures[chapter][name]),
                format="html",
                said=_said(data.content),
            )
        ]


def _said(figure):
    """Return what the search knows of a figure."""
    return f"{figure['title']} {figure['subtitle']}"


class Drawn(SphinxDirective):
    """``{drawn} chapter:name``: a figure of a chapter on another page."""

    required_arguments = 1

    def run(self):
        """Return the figure, or fail where no notebook shows it."""
        chapter, _, name = self.arguments[0].partition(":")
        figure = self.env.app.hanoi.figures.get(chapter, {}).get(name)
        if not figure:
            raise self.error(f"no figure {self.arguments[0]!r} is shown in a notebook")
        return [nodes.raw("", _figure(chapter, name, figure), format="html", said=_said(figure))]


def _figure(chapter, name, figure):
    """Return a figure as HTML: title, subtitle and source as text, the drawing in the colours of the theme, downloads."""
    files, said = (
        f"../_static/figures/{chapter}/{name}",
        {part: html.escape(str(figure[part])) for part in ("title", "subtitle", "source", "alt")},
    )
    links = " · ".join(
        f'<a href="{files}.{kind}" download>{label}</a>'
        for kind, label in (("csv", "Data (CSV)"), ("svg", "SVG"), ("png", "PNG"))
    )
    return (
        f'<figure class="drawn" id="fig-{name}"><p class="figure-title"><a href="#fig-{name}">{said["title"]}</a></p>'
        f'<p class="figure-subtitle">{said["subtitle"]}</p>'
        f"{''.join(_drawings(name, figure, said['alt']))}"
        f'<figcaption>Source: {said["source"]}<span class="downloads">{links}</span></figcaption></figure>'
    )


def _drawings(name, figure, alt):
    """Yield the drawings of a figure as HTML: for a page, and for a phone where there is one; the style sheet shows one."""
    narrow = figure.get("narrow")
    yield f'<div class="drawing{" for-page" if narrow else ""}">{_wide(name, figure, alt)}</div>'
    if narrow:
        yield f'<div class="drawing for-phone">{_inline(narrow, alt)}</div>'


def _wide(name, figure, alt):
    """Return the wide drawing without the texts that the page sets."""
    svg, defined = re.sub(r"\s*<!--.*?-->", "", figure["svg"], flags=re.DOTALL), []

    def take_out(group):
        defined.extend(re.findall(r'<path id="[^"]*"[^>]*/>', group[0]))
        return ""

    svg = re.sub(rf'\n  <g id="{name}-(?:title|subtitle|source)">.*?\n  </g>', take_out, svg, flags=re.DOTALL)
    kept = [path for path in defined if '"#' + path.split('"')[1] + '"' in svg]
    svg = svg.replace("</defs>", "".join(kept) + "</defs>", 1)
    return _inline(svg, alt, figure["head"], figure["foot"])


def _inline(svg, alt, head=0.0, foot=0.0):
    """Return an SVG for use inside a page: with its alt text, in the colours of the theme, without ``head`` and ``foot`` points."""
    svg = re.sub(r"\s*<!--.*?-->", "", svg, flags=re.DOTALL)
    svg = svg.replace('<style type="text/css">*{stroke-linejoin: round; stroke-linecap: butt}</style>', "")
    svg = re.sub("|".join(_COLOURS), lambda colour: f"var(--fig-{_COLOURS[colour[0]]}, {colour[0]})", svg)
    width, height = (float(size) for size in re.search(r'viewBox="0 0 ([\d.]+) ([\d.]+)"', svg).groups())
    box = f'viewBox="0 {head:g} {width:g} {height - head - foot:.2f}"'
    return re.sub(
        r"^<svg [^>]*>",
        f'<svg role="img" aria-label="{alt}" {box} xmlns="http://www.w3.org/2000/svg" '
        'xmlns:xlink="http://www.w3.org/1999/xlink">',
        svg,
    )
