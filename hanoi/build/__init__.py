"""The jobs of the workflow: run a notebook, join its outputs to today's text, store them, publish a book.

The workflow itself, when which job runs, is the Snakefile. ``python -m hanoi.build`` is the command.
What needs heavy libraries is imported when it is asked for, so that a command with nothing to do ends at once.
"""

from importlib import import_module

from hanoi.build.place import BUILD, ROOT

__all__ = ["BUILD", "ROOT", "chapters", "code", "digest", "drop_outdated", "execute", "inputs", "merged"]

_HOMES = dict.fromkeys(["chapters", "code", "digest", "drop_outdated", "inputs"], "notebook") | {
    "execute": "run",
    "merged": "outputs",
}


def __getattr__(name):
    if name in _HOMES:
        return getattr(import_module(f"hanoi.build.{_HOMES[name]}"), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
