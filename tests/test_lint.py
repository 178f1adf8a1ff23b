"""Code, notebooks, the Snakefile and the workflows are formatted and linted as `make lint` does it; no test is passed over."""

import fnmatch
import subprocess

from hanoi.build import ROOT


def test_make_lint_finds_nothing():
    done = subprocess.run(["make", "lint"], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


def test_pytest_passes_over_no_folder_of_tests(request):
    passed_over = request.config.getini("norecursedirs")
    folders = {path.parent for path in (ROOT / "tests").rglob("test_*.py")}
    names = sorted({part for folder in folders for part in folder.relative_to(ROOT).parts})
    assert "build" in names
    assert [name for name in names if any(fnmatch.fnmatch(name, pattern) for pattern in passed_over)] == []
