"""Speed cannot rot: what each stage costs in processor time and in imports stays within a budget."""

import json
import resource
import subprocess
import sys

import pytest

from hanoi.build import ROOT

BUDGET = json.loads((ROOT / "benchmarks" / "budget.json").read_text(encoding="utf-8"))


def cost(code):
    """Return the processor seconds of a fresh interpreter that runs ``code``, and how many modules it then holds."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    command = [sys.executable, "-c", f"{code}\nimport sys; print(len(sys.modules))"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime, int(done.stdout.split()[-1])


@pytest.mark.parametrize("stage", BUDGET["stages"])
def test_a_stage_keeps_its_budget(stage):
    admitted = BUDGET["stages"][stage]
    seconds, modules = cost(admitted["code"])
    assert seconds <= BUDGET["factor"] * admitted["cpu"], f"{stage}: {seconds:.1f} s of processor time"
    assert modules <= 1.1 * admitted["modules"], f"{stage}: {modules} modules; import what is heavy where it is used"


def test_a_stage_that_costs_more_is_found():
    seconds, modules = cost("import pandas, statsmodels.api")
    admitted = BUDGET["stages"]["command with nothing to do"]
    assert seconds > BUDGET["factor"] * admitted["cpu"] and modules > 1.1 * admitted["modules"]
