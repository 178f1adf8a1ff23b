"""Code on the pages: folded behind a line that says what it does, with whatever it printed."""

from docutils import nodes
from sphinx.transforms import SphinxSmartQuotes, SphinxTransform

from hanoi import charts

#: Outputs that readers see; whatever else a cell shows goes with its code into the fold.
SEEN = (charts.MIME, "text/markdown")


class fold(nodes.General, nodes.Element):
    """A cell behind a line of text; ``label`` says what it does."""


class Folds(SphinxTransform):
    """Put the code of each cell, and what it printed, into a fold after the figure or table that it shows."""

    default_priority = 200

    def apply(self, **kwargs):
        """Rebuild every code cell of the page."""
        for cell in list(self.document.findall(lambda node: getattr(node, "get", {}.get)("nb_element") == "cell_code")):
            parts = {child.get("nb_element"): child for child in cell.children}
            source, output = parts.get("cell_code_source"), parts.get("cell_code_output")
            if source is None:
                continue
            kept, printed = [], []
            for shown in output.children if output is not None else ():
                kinds = {part.get("mime_type") for part in shown.children if isinstance(part, nodes.Element)}
                (kept if kinds & set(SEEN) else printed).append(shown)
            folded = fold("", source, label=label(source.astext()))
            if printed:
                folded += nodes.container("", *printed, nb_element="cell_code_output", classes=["cell_output"])
            seen = [nodes.container("", *kept, nb_element="cell_code_output", classes=["cell_output"])] if kept else []
            cell.children = []
            cell.extend([*seen, folded])


def _given(document):
    """Return the texts that cells show, such as those of rows, in order."""
    outputs = document.findall(lambda node: getattr(node, "get", {}.get)("nb_element") == "cell_code_output")
    return [text for output in outputs for text in output.findall(nodes.Text)]


class Given(SphinxTransform):
    """Remember the texts that cells show, before quotation marks and dashes of the prose are set in type."""

    default_priority = SphinxSmartQuotes.default_priority - 1

    def apply(self, **kwargs):
        """Keep them on the document."""
        self.document.hanoi_given = [str(text) for text in _given(self.document)]


class AsGiven(SphinxTransform):
    """Put the texts that cells show back as they stand in the rows."""

    default_priority = SphinxSmartQuotes.default_priority + 1

    def apply(self, **kwargs):
        """Replace what was set in type."""
        for text, given in zip(_given(self.document), self.document.hanoi_given, strict=True):
            if str(text) != given:
                text.parent.replace(text, nodes.Text(given))
        del self.document.hanoi_given


def label(source):
    """Return what a fold says of its code: the first line where it is a comment, else that it is code."""
    first = source.lstrip().partition("\n")[0]
    said = first.removeprefix("#").strip()
    return f"Code: {said}" if said and first.startswith("#") else "Code"


def visit(self, node):
    """Open a fold in HTML."""
    self.body.append(f'<details class="fold"><summary>{self.encode(node["label"])}</summary>\n')


def depart(self, node):
    """Close a fold in HTML."""
    self.body.append("</details>\n")
