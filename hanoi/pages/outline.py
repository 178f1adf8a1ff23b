"""What pages show of each other: titles, contents, labels. Where that has changed, all pages are written anew."""

import hashlib


def before(app, env, docnames):
    """Keep the outline of the book as it was when its pages were last read."""
    app.hanoi_outline = outline(env)


def moved(app, env):
    """Return the pages to write although nobody has read them again: all, where the outline of the book is another one."""
    return sorted(env.found_docs) if outline(env) != app.hanoi_outline else []


def forget_pictures(app, env):
    """Take the pictures that myst-nb takes out of a notebook from the inputs of its page: the notebook holds them itself."""
    for page, files in env.dependencies.items():
        env.dependencies[page] = {file for file in files if "jupyter_execute/" not in file}
    return []


def outline(env):
    """Return a digest of the titles, sections and labels of all pages, and of their order."""
    standard = env.get_domain("std")
    parts = [
        *(
            f"{page} {title.pformat()}"
            for titles in (env.titles, env.longtitles, env.tocs)
            for page, title in sorted(titles.items())
        ),
        *(
            f"{name} {place}"
            for labels in (standard.labels, standard.anonlabels)
            for name, place in sorted(labels.items())
        ),
        *(f"{page} {pages}" for page, pages in sorted(env.toctree_includes.items())),
    ]
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()
