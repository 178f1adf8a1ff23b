"""A forked kernel or job gives what a plain one gives, and leaves nothing behind."""

import os
import subprocess
import sys
import time
from pathlib import Path

import nbformat
import pytest
from jupyter_client.provisioning import KernelProvisionerFactory

from hanoi.build import ROOT, forks, run

pytestmark = pytest.mark.skipif(not sys.platform.startswith("linux"), reason="kernels are forked on Linux only")


@pytest.fixture(scope="module")
def served():
    """Keep a parent for these tests, beside that of the run itself."""
    with pytest.MonkeyPatch.context() as patch:
        for name in (forks.ADDRESS, "JUPYTER_DEFAULT_PROVISIONER_NAME"):
            patch.delenv(name, raising=False)
        patch.setenv("PYTHONHASHSEED", "0")
        KernelProvisionerFactory.clear_instance()  # it read the environment when it was made
        with forks.serve():
            yield
    KernelProvisionerFactory.clear_instance()


def trial(folder, source):
    path = folder / "trial.ipynb"
    nbformat.write(nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(text) for text in source]), path)
    return path


def ran(source, target, env=()):
    run.execute(source, target, env=env)
    return nbformat.read(target, as_version=4)


def test_a_chapter_is_the_same_from_both_kernels(served, tmp_path):
    source = ROOT / "book" / "methods-ledger.ipynb"
    forked = ran(source, tmp_path / "forked.ipynb")
    plain = ran(
        source, tmp_path / "plain.ipynb", env={"JUPYTER_DEFAULT_PROVISIONER_NAME": "local-provisioner", "OTHER": "1"}
    )
    assert forked == plain


def test_what_a_library_sees_at_its_import_is_the_same(served, tmp_path):
    """Whether it is in a notebook decides how wide pandas shows a frame, and which backend Matplotlib takes."""
    source = trial(
        tmp_path,
        [
            "import matplotlib, pandas\nprint(pandas.get_option('display.max_columns'), matplotlib.rcParams['backend'])",
            "pandas.DataFrame([range(1000, 1040)])",
            "import matplotlib.pyplot as plt\nplt.plot([1, 2])\nprint(plt.get_backend())",
        ],
    )
    plain = ran(source, tmp_path / "plain.ipynb", env={"OTHER": "1"})
    forked = ran(source, tmp_path / "forked.ipynb")
    assert [cell.outputs for cell in forked.cells] == [cell.outputs for cell in plain.cells]


def test_the_kernel_is_forked_in_its_folder_with_its_environment(served, tmp_path):
    cells = ["import os, sys\nprint(os.getppid(), os.getcwd(), 'pandas' in sys.modules, 'hanoi' in sys.modules)"]
    path = trial(tmp_path, cells)
    parent, folder, libraries, own = ran(path, tmp_path / "forked.ipynb").cells[0].outputs[0].text.split()
    assert (Path(folder), libraries, own) == (tmp_path, "True", "False")
    assert int(parent) != os.getpid() and "hanoi.build.forks" in Path(f"/proc/{parent}/cmdline").read_text()


def test_another_environment_gets_a_plain_kernel(served, tmp_path):
    path = trial(tmp_path, ["import sys\nprint('pandas' in sys.modules)"])
    assert (
        ran(path, tmp_path / "plain.ipynb", env={"OPENBLAS_CORETYPE": "Nehalem"}).cells[0].outputs[0].text == "False\n"
    )


def test_a_job_runs_in_a_fork_and_says_what_stopped_it(served, tmp_path, capfd):
    target = tmp_path / "run.ipynb"
    assert forks.job(["execute", str(trial(tmp_path, ["print(6 * 7)"])), str(target)]) == 0
    assert nbformat.read(target, as_version=4).cells[0].outputs[0].text == "42\n"
    target.unlink()
    assert forks.job(["execute", str(trial(tmp_path, ["# Divide\n1 / 0"])), str(target)]) == 1
    assert "(Divide): ZeroDivisionError" in capfd.readouterr().err and not target.exists()


def test_a_job_of_another_environment_runs_where_it_was_asked_for(served, monkeypatch):
    monkeypatch.setenv("OPENBLAS_CORETYPE", "Nehalem")
    assert forks.job(["execute"]) is None
    monkeypatch.delenv(forks.ADDRESS)
    assert forks.job(["execute"]) is None


def test_a_job_ends_with_the_process_that_asked_for_it(served, tmp_path):
    path = trial(tmp_path, ["import time\nopen('begun', 'w').close()\ntime.sleep(600)"])
    parent = subprocess.run(["pgrep", "-f", os.environ[forks.ADDRESS]], capture_output=True, text=True, check=True)

    def forked():
        found = subprocess.run(["pgrep", "-P", parent.stdout.split()[0]], capture_output=True, text=True, check=False)
        return set(found.stdout.split())

    before = forked()
    asking = subprocess.Popen([sys.executable, "-m", "hanoi.build", "execute", path, tmp_path / "run.ipynb"], cwd=ROOT)
    waited(lambda: (tmp_path / "begun").exists())
    assert len(forked() - before) == 2  # the job and its kernel
    asking.kill()
    asking.wait()
    waited(lambda: len(forked() - before) == 1)


def waited(holds, seconds=30):
    """Wait until something holds. Raises AssertionError where it does not in time."""
    until = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < until
        time.sleep(0.1)


def test_kernels_end_with_the_process_that_keeps_them(tmp_path):
    code = (
        "import os, time\nfrom hanoi.build import forks\nstack = forks.serve()\nstack.__enter__()\n"
        "print(os.environ[forks.ADDRESS], flush=True)\ntime.sleep(600)"
    )
    environment = {name: value for name, value in os.environ.items() if name != forks.ADDRESS}
    keeper = subprocess.Popen([sys.executable, "-c", code], env=environment, stdout=subprocess.PIPE, text=True)
    address = keeper.stdout.readline().strip()
    keeper.kill()
    keeper.wait()

    def alive():
        return subprocess.run(["pgrep", "-f", address], capture_output=True, check=False).returncode == 0

    waited(lambda: not alive())
