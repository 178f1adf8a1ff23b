"""The jobs of the workflow: run a notebook, join its outputs to today's text, store them, publish a book.

The workflow itself, when which job runs, is the Snakefile. ``python -m hanoi.build`` is the command.
What needs heavy libraries is imported when it is asked for, so that a command with nothing to do ends at once.
"""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach(
    __name__,
    submod_attrs={
        "notebook": ["chapters", "code", "digest", "drop_outdated", "inputs"],
        "outputs": ["merged"],
        "place": ["BUILD", "ROOT"],
        "run": ["execute"],
    },
)
