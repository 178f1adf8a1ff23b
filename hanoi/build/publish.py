"""Render the pages beside the published book and put the new book in its place by one rename."""

import contextlib
import errno
import hashlib
import io
import json
import os
import re
import shutil
import sys
from pathlib import Path

from hanoi.build import fresh, guard, record
from hanoi.build.place import BUILD, ROOT

KEPT = 2  # books: the published one and the one before
DOCTREES = BUILD / "doctrees"  # the pages as Sphinx has read them
PAGES = DOCTREES / "pages"  # as it has written them
GROUND = DOCTREES / "ground"  # on what they were read


def stage(target):
    """Copy the sources of the pages to ``target``, each notebook with the outputs of its last run.

    Returns the paths below ``target`` that were written or removed.
    """
    from hanoi.build.notebook import chapters  # only here: a command with nothing to do has no use for them
    from hanoi.build.outputs import merged

    target.mkdir(parents=True, exist_ok=True)
    wanted, changed = {}, set()
    for name in ("_config.yml", "_toc.yml"):
        wanted[Path(name)] = (ROOT / name).read_bytes()
    for path in sorted((ROOT / "book").rglob("*")):
        if path.is_file() and ".ipynb_checkpoints" not in path.parts and path.suffix != ".ipynb":
            wanted[path.relative_to(ROOT)] = path.read_bytes()
    for chapter in chapters():
        source = ROOT / "book" / f"{chapter}.ipynb"
        wanted[Path("book", f"{chapter}.ipynb")] = merged(source, BUILD / "executed" / f"{chapter}.ipynb")
    for path in sorted(target.rglob("*"), reverse=True):
        if path.is_file() and path.relative_to(target) not in wanted and "_build" not in path.relative_to(target).parts:
            path.unlink()
            changed.add(path.relative_to(target))
    for name, content in wanted.items():
        path = target / name
        if not path.exists() or path.read_bytes() != content:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content)
            changed.add(name)
    return changed


def ground(source):
    """Return a digest of all that more than one page hangs on: of the staged ``source`` everything but the text of pages."""
    total = hashlib.sha256(f"{fresh.digest(*fresh.SHARED, 'book/_static')} {sys.version} {ROOT}".encode())
    for path in sorted(path for path in (source / "book").glob("*.*") if path.is_file()):
        total.update(path.name.encode())
        if path.suffix == ".ipynb":
            notebook = json.loads(path.read_text(encoding="utf-8"))
            for cell in notebook["cells"]:
                if cell["cell_type"] == "markdown":
                    cell["source"] = []
            total.update(json.dumps(notebook).encode())
    return total.hexdigest()


def render(source, target, changed=None):
    """Build the pages of ``source`` into the folder ``target``, warnings as errors. Raises SystemExit where that fails.

    Where only the text of pages has ``changed`` (paths below ``source``) since the last render, the others are taken from
    it; what pages show of each other is looked at by :mod:`hanoi.pages.outline`.
    """
    from jupyter_book.sphinx import build_sphinx  # takes a second to import, and only this job needs it

    from hanoi.build import pictures

    if changed is None:
        shutil.rmtree(DOCTREES, ignore_errors=True)  # also of pages that are gone
    else:
        _take(changed, target)
    said = io.StringIO()
    with contextlib.redirect_stderr(said):
        done = build_sphinx(
            source,
            target,
            confdir=source,
            path_config=source / "_config.yml",
            noconfig=True,
            doctreedir=DOCTREES,
            force_all=changed is None,
            freshenv=changed is None,
            warningiserror=True,
            keep_going=True,
            confoverrides={
                "nitpicky": True,
                "latex_individualpages": False,
                "hanoi_pictures": str(pictures.KEPT),
            },
            jobs=os.cpu_count() or 1,
        )
    if done != 0:
        told = _plain(said.getvalue())
        found = re.search(r"(?:OSError\(|\[Errno )(\d+)", told)
        number = int(found[1]) if found else 0
        if number in OF_THE_MACHINE:  # one cause, told once for each file that it struck
            raise SystemExit(guard.cause(OSError(number, os.strerror(number), str(target))))
        raise SystemExit(told or "jupyter-book stopped without a cause; see _build/log/pages.txt")


#: What strikes every file alike.
OF_THE_MACHINE = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EROFS, errno.EMFILE)


def _plain(said):
    """Return what Sphinx said without colours, without paths of this machine, and each line once."""
    said = re.sub(r"\x1b\[[\d;]*m", "", said).replace(f"{BUILD / 'stage'}/", "").replace(f"{ROOT}/", "")
    return "\n".join(dict.fromkeys(line.rstrip() for line in said.splitlines() if line.strip()))


def publish(made):
    """Put the finished book in the folder ``made`` in the place of the published one; keep the one before.

    ``_build/html`` is a link, replaced by one rename, so that a reader always finds a whole book.
    """
    books = BUILD / "books"
    books.mkdir(exist_ok=True)
    home = books / fresh.digest(".", root=made)[:16]
    if home.exists():
        shutil.rmtree(made)
    else:
        made.rename(home)
    link, beside = BUILD / "html", BUILD / ".html-new"
    if link.is_dir() and not link.is_symlink():  # the folder of an older version
        link.rename(books / "before")
    before = link.resolve() if link.is_symlink() else None
    beside.unlink(missing_ok=True)
    beside.symlink_to(Path("books") / home.name, target_is_directory=True)
    beside.replace(link)
    keep = {home, before}
    others = sorted(
        (path for path in books.iterdir() if path not in keep), key=lambda path: path.stat().st_mtime, reverse=True
    )
    for path in others[max(0, KEPT - len(keep - {None})) :]:
        shutil.rmtree(path, ignore_errors=True)


def pages():
    """Stage, render and publish: one job of the workflow."""
    new = BUILD / "books" / "new"
    shutil.rmtree(new, ignore_errors=True)
    new.parent.mkdir(parents=True, exist_ok=True)
    before = fresh.read(GROUND).get("ground")
    GROUND.unlink(missing_ok=True)  # a render that is stopped leaves nothing on which the next may build
    changed = stage(BUILD / "stage")
    now = ground(BUILD / "stage")
    try:
        render(BUILD / "stage", new, changed if now == before else None)
        _keep(new)
        publish(new)
        guard.write(GROUND, json.dumps({"ground": now}).encode())
    finally:
        shutil.rmtree(new, ignore_errors=True)
    _remember(fresh.read(fresh.WANTED), record.foot())


def _keep(made):
    """Keep the pages that have a source, beside their doctrees, for the next render."""
    shutil.rmtree(PAGES, ignore_errors=True)
    for doctree in sorted(DOCTREES.rglob("*.doctree")):
        page = doctree.relative_to(DOCTREES).with_suffix(".html")
        (PAGES / page).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(made / page, PAGES / page)


def _take(changed, target):
    """Take the pages that :func:`_keep` has kept into ``target``, but for those whose source has ``changed``."""
    for path in sorted(PAGES.rglob("*.html")):
        page = path.relative_to(PAGES)
        if changed & {page.with_suffix(".md"), page.with_suffix(".ipynb")}:
            (DOCTREES / page.with_suffix(".doctree")).unlink()  # without it, Sphinx reads the page again
        else:
            (target / page).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(path, target / page)


def _remember(state, foot):
    """Write down what the published book was made from, with the record in its foot and its name."""
    state = state | {"record": foot, "book": (BUILD / "html").resolve().name}
    guard.write(fresh.PUBLISHED, json.dumps(state).encode())


def renew_record():
    """Write the record into the feet of the published book where it has changed; return whether it holds as it is.

    A commit changes nothing on a page but the record, so that no page is rendered again for it.
    """
    state, now = fresh.read(fresh.PUBLISHED), record.foot()
    if state.get("record") == now:
        return True
    new = BUILD / "books" / "new"
    shutil.rmtree(new, ignore_errors=True)
    shutil.copytree((BUILD / "html").resolve(), new)
    record.fill(new, now)
    publish(new)
    _remember(state, now)
    return False
