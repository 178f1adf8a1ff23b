"""Kernels and jobs forked from one parent that has imported the libraries, so that each starts in a moment.

One whose environment is not the parent's starts the plain way, as all do where the system cannot fork. The project's own
modules are left to each, so that the record of what a run read is the same either way.
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
import threading
import time
import traceback
import types
from pathlib import Path

from hanoi.build.place import BUILD

NAME = "hanoi-forked"  # as pyproject.toml registers it
ADDRESS = "HANOI_PARENT"  # in the environment: the socket of the parent
#: What chapters and the jobs that run them import from elsewhere; no pyplot, whose backend a kernel chooses as it starts.
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
    "nbclient",
    "PIL.Image",
    "resvg_py",
)
#: Variables that differ between processes of one command and that no library of a chapter reads.
OWN = ("COLUMNS", "HANOI_", "JPY_", "JUPYTER_", "KMP_", "LINES", "OLDPWD", "PWD", "PYDEVD_", "PYTEST_", "SHLVL")
OWN += ("TEMP", "TMP", "_")
START_SECONDS = 60
LONGEST = 107  # bytes that the name of a socket may have


@contextlib.contextmanager
def serve():
    """Keep a parent for the time of the context, for this process and those that it starts."""
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
    """Keep a parent; give what a process has in its environment to have forks of it: nothing where none can be."""
    if not sys.platform.startswith("linux") or ADDRESS in os.environ:
        yield {}  # elsewhere a system library may not survive a fork
        return
    with tempfile.TemporaryDirectory(prefix="after-hanoi-") as folder:
        told = {ADDRESS: str(Path(folder, "parent")), "JUPYTER_DEFAULT_PROVISIONER_NAME": NAME}
        if len(os.fsencode(f"{told[ADDRESS]}-new")) > LONGEST:  # a folder deep below others: the plain way
            yield {}
            return
        log = BUILD / "log" / "forks.txt"
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


def kernel(arguments, cwd, environment):
    """Fork a kernel; return its process number, or None where the parent cannot stand for its environment."""
    with _asked(environment, kernel=True, arguments=arguments, cwd=str(cwd)) as talk:
        return talk and json.loads(talk.readline())


def job(arguments):
    """Run ``python -m hanoi.build`` with ``arguments`` in a fork; return its exit code, or None where it is to run here.

    The fork writes where this process does, and ends with it.
    """
    with _asked(dict(os.environ), kernel=False, arguments=arguments, cwd=str(Path.cwd())) as talk:
        if not talk or json.loads(talk.readline()) is None:
            return None
        return int(talk.readline() or 1)  # nothing where it was killed


@contextlib.contextmanager
def _asked(environment, **what):
    """Ask the parent for a fork; give the line on which it answers, or None where there is no parent."""
    if ADDRESS not in environment:
        yield None
        return
    with socket.socket(socket.AF_UNIX) as line:
        give_up = time.monotonic() + START_SECONDS
        while line.connect_ex(environment[ADDRESS]):  # the parent is still importing
            if time.monotonic() > give_up:
                yield None
                return
            time.sleep(0.05)
        socket.send_fds(line, [b"\n"], [1, 2])
        with line.makefile("rw", encoding="utf-8") as talk:
            talk.write(json.dumps(what | {"environment": environment}) + "\n")
            talk.flush()
            yield talk


def _settings(environment):
    """Return what of an environment a library may have read."""
    return {name: value for name, value in environment.items() if not name.startswith(OWN)}


def parent(address):
    """Import the libraries, then fork a kernel or a job for each one who asks, until standard input ends."""
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
    gc.freeze()  # else each fork would copy what it shares with this process, only to find no garbage in it
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
            _, streams, _, _ = socket.recv_fds(line, 1, 2)
            gone = contextlib.suppress(OSError, ValueError)  # who asked may be gone
            with gone, line, line.makefile("rw", encoding="utf-8") as talk:
                asked = json.loads(talk.readline())
                pid = os.fork() if _settings(asked["environment"]) == own else None
                if pid == 0:
                    door.close()
                    _become(asked, line, streams)
                talk.write(json.dumps(pid) + "\n")
            for stream in streams:
                os.close(stream)


def _reap(*_):
    """Take the exit codes of forks that have ended; what they cost then counts as this process's children's."""
    with contextlib.suppress(ChildProcessError):
        while os.waitpid(-1, os.WNOHANG)[0]:
            pass


def _become(asked, line, streams):
    """Be the kernel or the job that was asked for; does not return."""
    code = 1
    try:
        os.setsid()
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)
        os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
        os.chdir(asked["cwd"])
        os.environ.clear()
        os.environ.update(asked["environment"])
        for name in [name for name in sys.modules if name.partition(".")[0] == "hanoi"]:
            del sys.modules[name]  # each imports, and so records, what it reads of the project
        sys.modules["numpy"].random.seed()
        code = (_kernel if asked["kernel"] else _job)(asked["arguments"], line, streams)
    finally:
        if code:
            traceback.print_exc()
            sys.stdout.flush()
        os._exit(code)


def _kernel(arguments, line, streams):
    line.close()
    for stream in streams:
        os.close(stream)
    # A kernel ends with its parent; ipykernel took the parent's number from the environment when it was imported.
    sys.argv = ["ipykernel_launcher", *arguments, f"--IPKernelApp.parent_handle={os.getppid()}"]
    sys.modules["ipykernel.kernelapp"].launch_new_instance()
    return 0


def _job(arguments, line, streams):
    def watch():
        if not line.recv(1):  # who asked is gone
            os.killpg(0, signal.SIGKILL)

    for number, stream in enumerate(streams, start=1):
        os.dup2(stream, number)
        os.close(stream)
    threading.Thread(target=watch, daemon=True).start()
    try:
        code = importlib.import_module("hanoi.build.__main__").main(arguments)
    except SystemExit as stopped:
        code = stopped.code or 0
        if isinstance(code, str):
            print(code, file=sys.stderr)
            code = 1
    sys.stdout.flush()
    line.sendall(f"{code}\n".encode())
    return 0


if __name__ == "__main__":
    parent(sys.argv[1])
