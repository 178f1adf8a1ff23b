"""The jobs of the workflow: run a notebook, join its outputs to today's text, store them, bring the book up to date.

The workflow itself, when which job runs, is the Snakefile. ``python -m hanoi.build`` is the command.
"""

from hanoi.build.notebook import ROOT, chapters, code, digest, drop_outdated, inputs
from hanoi.build.outputs import merged
from hanoi.build.run import execute

__all__ = ["ROOT", "chapters", "code", "digest", "drop_outdated", "execute", "inputs", "merged"]
