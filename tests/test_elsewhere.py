"""The same book on another processor: stored outputs hold and pages are the same bytes under other dispatch.

numpy, OpenBLAS and glibc choose their code by the processor. Each can be told to do as if it ran on an older one; what
then differs would differ on somebody's machine. `make test-elsewhere` runs all; one notebook of it is in `make test`.
"""

import hashlib
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from hanoi.build import ROOT, forks

#: A processor as numpy, OpenBLAS and glibc are told to see it → environment.
PROCESSORS = {
    "this-one": {},
    "this-one-one-thread": {"OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1"},
    "haswell": {"NPY_DISABLE_CPU_FEATURES": "X86_V4 AVX512_ICL AVX512_SPR", "OPENBLAS_CORETYPE": "Haswell"},
    "no-dispatch": {
        "NPY_DISABLE_CPU_FEATURES": "X86_V3 X86_V4 AVX512_ICL AVX512_SPR",
        "OPENBLAS_CORETYPE": "Nehalem",
        "GLIBC_TUNABLES": "glibc.cpu.hwcaps=-AVX2,-FMA",
        "OPENBLAS_NUM_THREADS": "1",
    },
}
PROBE = """
import json, numpy, threadpoolctl
from numpy._core._multiarray_umath import __cpu_features__ as features
blas = [pool for pool in threadpoolctl.threadpool_info() if pool["internal_api"] == "openblas"]
print(json.dumps({"features": [name for name, there in features.items() if there],
                  "blas": sorted({f"{pool['architecture']} x{pool['num_threads']}" for pool in blas})}))
"""


def environment(processor, seed="0"):
    """Return this process's environment as on ``processor``, with the hash seed ``seed``."""
    told = {name for settings in PROCESSORS.values() for name in settings} | {forks.ADDRESS}
    return (
        {name: value for name, value in os.environ.items() if name not in told}
        | PROCESSORS[processor]
        | {"PYTHONHASHSEED": seed, "PYTHONWARNINGS": "ignore::ImportWarning"}
    )


def compare(processor, *notebooks, workers="2"):
    """Run nbval strictly over ``notebooks`` as on ``processor``; return its report where it found a difference, else ""."""
    done = subprocess.run(
        [
            sys.executable,
            "-m",
            "pytest",
            "-q",
            "-p",
            "no:cacheprovider",
            "--nbval",
            "--nbval-current-env",
            "--numprocesses",
            workers,
            "--dist",
            "loadscope",
            *notebooks,
        ],
        cwd=ROOT,
        env=environment(processor),
        capture_output=True,
        text=True,
        check=False,
    )
    assert re.search(r"\d+ passed", done.stdout), done.stdout[-3000:] + done.stderr[-3000:]
    return "" if done.returncode == 0 else done.stdout[-6000:]


def seen(processor):
    """Return what numpy and OpenBLAS see of ``processor``, as JSON text."""
    return subprocess.run(
        [sys.executable, "-c", PROBE], env=environment(processor), capture_output=True, text=True, check=True
    ).stdout.strip()


def test_the_settings_reach_numpy_and_openblas():
    assert '"X86_V3"' not in seen("no-dispatch") and "Nehalem x1" in seen("no-dispatch")
    assert '"X86_V4"' not in seen("haswell") and "Haswell" in seen("haswell")


def test_one_notebook_without_dispatch():
    assert compare("no-dispatch", "book/methods-summit.ipynb", workers="0") == ""


@pytest.mark.elsewhere
@pytest.mark.parametrize("processor", PROCESSORS)
def test_stored_outputs_hold(processor):
    print(f"{processor}: {seen(processor)}")
    assert compare(processor, "book") == ""


@pytest.mark.elsewhere
def test_pages_are_the_same_bytes(tmp_path):
    digests = {}
    for processor, seed in (("this-one", "1"), ("haswell", "2"), ("no-dispatch", "3")):
        done = subprocess.run(
            [
                Path(sys.executable).with_name("jupyter-book"),
                "build",
                ROOT,
                "--path-output",
                tmp_path / processor,
                "--all",
            ],
            env=environment(processor, seed),
            capture_output=True,
            text=True,
            cwd=ROOT,
            check=False,
        )
        assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-3000:]
        pages = tmp_path / processor / "_build" / "html"
        digests[processor] = {
            path.relative_to(pages).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
            for path in sorted(pages.rglob("*"))
            if path.is_file()
        }
    own = digests.pop("this-one")
    assert len(own) > 100
    for processor, found in digests.items():
        assert [name for name in own.keys() | found.keys() if own.get(name) != found.get(name)] == [], processor
