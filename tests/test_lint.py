"""Code, notebooks, the Snakefile and the workflows are formatted and linted as `make lint` does it."""

import subprocess

from hanoi.build import ROOT


def test_make_lint_finds_nothing():
    done = subprocess.run(["make", "lint"], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
