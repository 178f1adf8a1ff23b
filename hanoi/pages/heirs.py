"""Addresses of edition 0.1.0 that are gone: each still leads to what answers the same question now."""

from docutils import nodes

from hanoi.pages.numbers import address


def keep(app, doctree, docname):
    """Give old section and figure names of this page to their heirs; list those whose heir is on another page at the end."""
    chapter = docname.rpartition("/")[2]
    moved = nodes.bullet_list()
    for heir in [*app.hanoi.heirs("section"), *app.hanoi.heirs("figure")]:
        page, _, old = heir["name"].partition("#")
        if page != chapter:
            continue
        there, _, new = heir["new"].partition("#")
        target = next((node for node in doctree.findall(nodes.Element) if new and new in node.get("ids", ())), None)
        if there == chapter and target is not None:
            target["ids"].append(old)
            continue
        link = nodes.reference(
            "", heir["new"].replace("#", ", "), refuri=f"{there}.html#{new}" if new else f"{there}.html", internal=True
        )
        if ":" in heir["new"]:
            link["refuri"] = address(heir["new"])
        moved += nodes.list_item("", nodes.paragraph("", "", nodes.literal("", old), nodes.Text(": "), link), ids=[old])
    if moved.children:
        doctree += nodes.container("", nodes.paragraph("", "Moved since the first edition:"), moved, classes=["moved"])
