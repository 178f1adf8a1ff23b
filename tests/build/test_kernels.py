"""A forked kernel gives what a plain one gives, and leaves nothing behind."""

import os
import subprocess
import sys
from pathlib import Path

import nbformat
import pytest
from jupyter_client.provisioning import KernelProvisionerFactory

from hanoi.build import ROOT, kernels, run

pytestmark = pytest.mark.skipif(not sys.platform.startswith("linux"), reason="kernels are forked on Linux only")


@pytest.fixture(scope="module")
def served():
    """Keep a parent for these tests, beside that of the run itself."""
    with pytest.MonkeyPatch.context() as patch:
        for name in (kernels.ADDRESS, "JUPYTER_DEFAULT_PROVISIONER_NAME"):
            patch.delenv(name, raising=False)
        patch.setenv("PYTHONHASHSEED", "0")
        KernelProvisionerFactory.clear_instance()  # it read the environment when it was made
        with kernels.serve():
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
    assert int(parent) != os.getpid() and "hanoi.build.kernels" in Path(f"/proc/{parent}/cmdline").read_text()


def test_another_environment_gets_a_plain_kernel(served, tmp_path):
    path = trial(tmp_path, ["import sys\nprint('pandas' in sys.modules)"])
    assert (
        ran(path, tmp_path / "plain.ipynb", env={"OPENBLAS_CORETYPE": "Nehalem"}).cells[0].outputs[0].text == "False\n"
    )


def test_kernels_end_with_the_process_that_keeps_them(tmp_path):
    code = (
        "import os, time\nfrom hanoi.build import kernels\nstack = kernels.serve()\nstack.__enter__()\n"
        "print(os.environ[kernels.ADDRESS], flush=True)\ntime.sleep(600)"
    )
    environment = {name: value for name, value in os.environ.items() if name != kernels.ADDRESS}
    keeper = subprocess.Popen([sys.executable, "-c", code], env=environment, stdout=subprocess.PIPE, text=True)
    address = keeper.stdout.readline().strip()
    keeper.kill()
    keeper.wait()

    def alive():
        return subprocess.run(["pgrep", "-f", address], capture_output=True, check=False).returncode == 0

    for _ in range(300):
        if not alive():
            break
        subprocess.run(["sleep", "0.1"], check=True)
    assert not alive()
