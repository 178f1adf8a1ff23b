"""Pages that are made from the tables and records alone: each a template, filled when all other pages are read."""

from pathlib import Path

import jinja2
from docutils import nodes
from sphinx.util.docutils import SphinxDirective

_TEMPLATES = jinja2.Environment(
    loader=jinja2.FileSystemLoader(Path(__file__).with_name("templates")),
    autoescape=True,
    trim_blocks=True,
    lstrip_blocks=True,
    undefined=jinja2.StrictUndefined,
)


def fill(template, **values):
    """Return the HTML of ``template`` (a file of ``templates/``) with ``values``, every text escaped."""
    return _TEMPLATES.get_template(f"{template}.html").render(**values)


def page(name, title, body):
    """Return a page as Sphinx wants it from ``html-collect-pages``: name, context, template of the theme."""
    return name, {"title": title, "body": body, "toc": "", "display_toc": False}, "page.html"


class made_part(nodes.General, nodes.Element):
    """A part of a page that is filled when all pages are read; ``name`` says by which of the makers."""


class Made(SphinxDirective):
    """``{made} name``: the part of that name, filled when all pages are read."""

    required_arguments = 1

    def run(self):
        """Return the place that is to be filled."""
        return [made_part(name=self.arguments[0])]


def resolve(makers):
    """Return the listener that fills the parts of a page, with ``makers``: name → function of the application that gives HTML."""

    def listener(app, doctree, docname):
        for part in list(doctree.findall(made_part)):
            part.replace_self(nodes.raw("", makers[part["name"]](app), format="html"))

    return listener
