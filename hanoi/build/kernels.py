"""Kernels forked from one parent that has imported the libraries: a notebook starts in a second instead of in five.

A Jupyter kernel provisioner. It is used while :func:`serve` keeps a parent, where the system can fork; a kernel whose
environment is not the parent's starts the plain way, as every kernel does elsewhere. The project's own modules are left to
each kernel, so that the record of what a run read is the same either way.
"""

import builtins
import contextlib
import gc
import importlib
import json
import os
import select
import signal
import socket
import subprocess
import sys
import tempfile
import time
import traceback
import types
from pathlib import Path

from jupyter_client.provisioning import LocalProvisioner

from hanoi.build.place import BUILD

NAME = "hanoi-forked"  # as pyproject.toml registers it
ADDRESS = "HANOI_KERNELS"  # in the environment: the socket of the parent
#: What the chapters import from elsewhere; no pyplot, whose backend a kernel chooses as it starts.
LIBRARIES = (
    "pandas",
    "scipy.stats",
    "statsmodels.api",
    "matplotlib.figure",
    "matplotlib.backends.backend_svg",
    "lifelines",
    "ruptures",
    "ipykernel.kernelapp",
    "ipykernel.debugger",
)
#: Variables that differ between processes of one command and that no library of a chapter reads.
OWN = ("COLUMNS", "HANOI_", "JPY_", "JUPYTER_", "KMP_", "LINES", "OLDPWD", "PWD", "PYDEVD_", "PYTEST_", "SHLVL")
OWN += ("TEMP", "TMP", "_")
START_SECONDS = 60
LONGEST = 107  # bytes that the name of a socket may have


@contextlib.contextmanager
def serve():
    """Keep a parent of kernels for the time of the context, for this process and those that it starts."""
    with kept() as told:
        before = {name: os.environ.get(name) for name in told}
        os.environ.update(told)
        try:
            yield
        finally:
            for name, value in before.items():
                del os.environ[name]
                if value is not None:
                    os.environ[name] = value


@contextlib.contextmanager
def kept():
    """Keep a parent of kernels; give what a process has in its environment to have kernels from it: nothing where none can be."""
    if not sys.platform.startswith("linux") or ADDRESS in os.environ:
        yield {}  # elsewhere a system library may not survive a fork
        return
    with tempfile.TemporaryDirectory(prefix="after-hanoi-") as folder:
        told = {ADDRESS: str(Path(folder, "kernels")), "JUPYTER_DEFAULT_PROVISIONER_NAME": NAME}
        if len(os.fsencode(f"{told[ADDRESS]}-new")) > LONGEST:  # a folder deep below others: the plain way
            yield {}
            return
        log = BUILD / "log" / "kernels.txt"
        log.parent.mkdir(parents=True, exist_ok=True)
        with log.open("w", encoding="utf-8") as said:
            parent = subprocess.Popen(
                [sys.executable, "-P", "-m", __name__, told[ADDRESS]],
                stdin=subprocess.PIPE,
                stdout=said,
                stderr=said,
                start_new_session=True,
            )
        try:
            yield told
        finally:
            parent.stdin.close()  # the parent ends with this pipe, also where this process is killed
            parent.wait()


class Forked:
    """A forked kernel as :class:`jupyter_client.provisioning.LocalProvisioner` sees a process."""

    stdin = stdout = stderr = None

    def __init__(self, pid):
        self.pid = pid

    def poll(self):
        """Return None while the kernel runs, else 0: its parent has taken the exit code."""
        try:
            os.kill(self.pid, 0)
        except ProcessLookupError:
            return 0
        return None

    def wait(self):
        """Wait until the kernel has ended."""
        while self.poll() is None:
            time.sleep(0.02)
        return 0

    def send_signal(self, number):
        """Send a signal to the kernel."""
        os.kill(self.pid, number)

    def kill(self):
        """End the kernel at once."""
        self.send_signal(signal.SIGKILL)

    def terminate(self):
        """Ask the kernel to end."""
        self.send_signal(signal.SIGTERM)


class ForkedProvisioner(LocalProvisioner):
    """Start a kernel by a fork of the parent; the plain way where there is none, or where it has another environment."""

    async def launch_kernel(self, cmd, **kwargs):
        """Start the kernel and return how to reach it."""
        environment = kwargs.get("env") or dict(os.environ)
        pid = _ask(cmd, kwargs.get("cwd") or Path.cwd(), environment)
        if pid is None:
            return await super().launch_kernel(cmd, **kwargs)
        self.process = Forked(pid)
        self.pid = self.pgid = pid
        return self.connection_info


def _ask(cmd, cwd, environment):
    """Return the process number of a kernel forked for ``cmd``, or None where the parent cannot stand for its environment."""
    if ADDRESS not in environment or "ipykernel_launcher" not in cmd:
        return None
    with socket.socket(socket.AF_UNIX) as line:
        give_up = time.monotonic() + START_SECONDS
        while line.connect_ex(environment[ADDRESS]):  # the parent is still importing
            if time.monotonic() > give_up:
                return None
            time.sleep(0.05)
        with line.makefile("rw", encoding="utf-8") as talk:
            asked = {
                "arguments": cmd[cmd.index("ipykernel_launcher") + 1 :],
                "cwd": str(cwd),
                "environment": environment,
            }
            talk.write(json.dumps(asked) + "\n")
            talk.flush()
            return json.loads(talk.readline())


def _settings(environment):
    """Return what of an environment a library may have read."""
    return {name: value for name, value in environment.items() if not name.startswith(OWN)}


def parent(address):
    """Import the libraries, then fork a kernel for each one who asks, until standard input ends."""
    own = _settings(os.environ)
    builtins.get_ipython = lambda: types.SimpleNamespace(
        kernel=True
    )  # pandas asks at its import whether it is in a notebook
    os.environ.setdefault(
        "MPLBACKEND", "module://matplotlib_inline.backend_inline"
    )  # as a kernel has it for Matplotlib
    for library in LIBRARIES:
        importlib.import_module(library)
    del builtins.get_ipython
    gc.collect()
    gc.freeze()  # else each kernel would copy what it shares with this process, only to find no garbage in it
    signal.signal(signal.SIGCHLD, _reap)
    with socket.socket(socket.AF_UNIX) as door:
        beside = f"{address}-new"  # a name appears when somebody listens behind it
        door.bind(beside)
        door.listen(64)
        Path(beside).rename(address)
        while True:
            ready, _, _ = select.select([door, sys.stdin], [], [])
            if sys.stdin in ready:
                return
            line, _ = door.accept()
            with line, line.makefile("rw", encoding="utf-8") as talk:
                asked = json.loads(talk.readline())
                pid = os.fork() if _settings(asked["environment"]) == own else None
                if pid == 0:
                    door.close()
                    line.close()
                    _become(asked)
                talk.write(json.dumps(pid) + "\n")


def _reap(*_):
    """Take the exit codes of kernels that have ended; what they cost then counts as this process's children's."""
    with contextlib.suppress(ChildProcessError):
        while os.waitpid(-1, os.WNOHANG)[0]:
            pass


def _become(asked):
    """Be the kernel that was asked for; does not return."""
    code = 1
    try:
        os.setsid()
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)
        os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
        os.chdir(asked["cwd"])
        os.environ.clear()
        os.environ.update(asked["environment"])
        # A kernel ends with its parent; ipykernel took the parent's number from the environment when it was imported.
        sys.argv = ["ipykernel_launcher", *asked["arguments"], f"--IPKernelApp.parent_handle={os.getppid()}"]
        for name in [name for name in sys.modules if name.partition(".")[0] == "hanoi"]:
            del sys.modules[name]  # each kernel imports, and so records, what it reads of the project
        sys.modules["numpy"].random.seed()
        sys.modules["ipykernel.kernelapp"].launch_new_instance()
        code = 0
    finally:
        if code:
            traceback.print_exc()
        os._exit(code)


if __name__ == "__main__":
    parent(sys.argv[1])
