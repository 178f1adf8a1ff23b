"""What protects a command: one at a time, its own folders for caches, and causes said in words."""

import contextlib
import errno
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from importlib import import_module
from pathlib import Path

from filelock import FileLock, Timeout

from hanoi.build.place import BUILD, ROOT


@contextlib.contextmanager
def alone(command, wait=600):
    """Hold the lock of this folder's builds; the kernel releases it when the process dies, however it dies.

    A second command says who holds it and waits, at most ``wait`` seconds. Raises SystemExit then.
    """
    BUILD.mkdir(exist_ok=True)
    lock, note = FileLock(BUILD / "lock"), BUILD / "lock-holder.txt"
    try:
        lock.acquire(timeout=0)
    except Timeout:
        holder = note.read_text(encoding="utf-8") if note.exists() else "another command"
        print(f"{holder} is at work in this folder; waiting for it to end …", flush=True)
        try:
            lock.acquire(timeout=wait, poll_interval=0.5)
        except Timeout:
            raise SystemExit(f"{holder} still holds _build/lock after {wait} s; try again when it has ended") from None
    try:
        note.write_text(
            f"`{command}` (process {os.getpid()} on {socket.gethostname()}, since {time.strftime('%H:%M')})",
            encoding="utf-8",
        )
        yield
    finally:
        note.unlink(missing_ok=True)
        lock.release()


#: How the settings begin with which a person changes what Python, Jupyter, Matplotlib and git do; and those that the
#: project sets itself.
PERSONAL = ("PYTHON", "PIP_", "JUPYTER", "IPYTHON", "MPL", "MATPLOTLIB", "SNAKEMAKE", "SPHINX", "GIT_", "XDG_")
KEPT = ("PYTHONDONTWRITEBYTECODE", "PYTHONNOUSERSITE")


def settle():
    """Give this process and its children folders of the project for what tools would put elsewhere.

    Nothing then hangs on HOME, on a temporary folder, on a name for the user, or on personal settings of Python.
    """
    for name in [name for name in os.environ if name.startswith(PERSONAL) and name not in KEPT]:
        del os.environ[name]
    # what a child calls python is this Python, whether or not its environment is active
    os.environ["PATH"] = os.pathsep.join([str(Path(sys.executable).parent), os.environ.get("PATH", os.defpath)])
    cache = BUILD / "cache"
    for name, folder in {
        "MPLCONFIGDIR": "matplotlib",
        "IPYTHONDIR": "ipython",
        "JUPYTER_CONFIG_DIR": "jupyter",
        "JUPYTER_DATA_DIR": "jupyter",
        "JUPYTER_RUNTIME_DIR": "jupyter/runtime",
        "XDG_CACHE_HOME": "xdg",
        "XDG_CONFIG_HOME": "xdg",
        "XDG_DATA_HOME": "xdg",
        "TMPDIR": "tmp",
    }.items():
        (cache / folder).mkdir(parents=True, exist_ok=True)
        os.environ[name] = str(cache / folder)
    os.environ |= {
        "PYTHONUTF8": "1",
        "PYTHONPATH": str(ROOT),
    }  # children take this folder's hanoi, whose environment is active
    os.environ["USER"] = os.environ.get("USER") or (f"user-{os.getuid()}" if hasattr(os, "getuid") else "user")
    os.environ["LOGNAME"] = os.environ.get("LOGNAME") or os.environ["USER"]


def fonts():
    """Let Matplotlib list the fonts of this machine here, once; a kernel that does it says so on stderr where that takes long."""
    if not any((BUILD / "cache" / "matplotlib").glob("fontlist*.json")):
        import_module("matplotlib.font_manager")


#: The line of a job's log after which the cause stands, in as many lines as it has.
CAUSE = "What stopped it:"

#: errno → what a person can do about it.
REMEDIES = {
    errno.ENOSPC: "the disk is full; make room",
    errno.EDQUOT: "the disk quota is used up; make room",
    errno.EROFS: "the folder is on a read-only disk; copy the project to where it can be written",
    errno.EACCES: "it may not be read or written; give yourself the right to (chmod, chown)",
    errno.EPERM: "it may not be changed; give yourself the right to (chmod, chown)",
    errno.ENOENT: "it is missing; restore it (git checkout)",
    errno.EISDIR: "a folder stands where a file belongs; take it away, and restore the file (git checkout)",
    errno.EFBIG: "a limit on the size of files is set; raise it (ulimit -f unlimited)",
    errno.EMFILE: "too many files are open; close other programs",
}


def cause(error):
    """Return an OSError as one line: the file, what is wrong, and what to do."""
    named = str(error.filename or "").replace(f"{ROOT}/", "") or f"a file below {BUILD.name}/"
    return f"{named}: {error.strerror or error}; {REMEDIES.get(error.errno, 'mend it and run the command again')}"


def run(command, job):
    """Run ``job()`` under the lock as a command: 0 when it ends well, else one or two lines that name the cause, and not 0."""

    def stop(number, frame):
        raise KeyboardInterrupt

    signal.signal(signal.SIGTERM, stop)
    for stream in (sys.stdout, sys.stderr):
        stream.reconfigure(errors="backslashreplace")  # a terminal that cannot show a letter is told its number
    try:
        with alone(command):
            settle()
            job()
    except KeyboardInterrupt:
        print("\nStopped; the built book is as it was.", file=sys.stderr)
        return 130
    except SystemExit as stopped:
        if isinstance(stopped.code, str):
            print(stopped.code, file=sys.stderr)
            return 1
        return stopped.code or 0
    except OSError as error:
        print(cause(error), file=sys.stderr)
        return 1
    return 0


def follow(parent, interval=0.2):
    """End this process and its group as soon as the process ``parent`` is gone, so that a kill leaves no child at work."""

    def watch():
        while os.getppid() == parent:
            time.sleep(interval)
        os.killpg(os.getpgrp(), signal.SIGKILL)

    threading.Thread(target=watch, daemon=True).start()


@contextlib.contextmanager
def child(code, *arguments, **options):
    """Give a child that runs Python ``code``; it ends, with its own children, with the context or with this process.

    ``arguments`` are what ``code`` finds in ``sys.argv[1:]``, ``options`` those of :class:`subprocess.Popen`.
    """
    # the number is told, not asked for: this process may be gone before the child looks
    code = f"from hanoi.build import guard; guard.follow({os.getpid()}); {code}"
    job = subprocess.Popen([sys.executable, "-c", code, *arguments], cwd=ROOT, start_new_session=True, **options)
    try:
        yield job
    finally:
        if job.poll() is None:
            end(job)


def end(process, patience=10):
    """End a child and all of its children, first gently."""
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGKILL):
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, number)
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(patience)
            return


def write(path, content):
    """Write bytes to ``path`` whole or not at all: beside it first, then in its place."""
    path = Path(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    beside = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        with beside.open("wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        beside.replace(path)
    finally:
        beside.unlink(missing_ok=True)
