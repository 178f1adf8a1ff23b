"""Clones of this project below ``.bench`` or ``_build``, each with an environment of its own."""

import contextlib
import json
import os
import platform
import resource
import subprocess
import sys
import sysconfig
import time
from pathlib import Path

from hanoi.build import guard
from hanoi.build.place import ROOT

HOME = ROOT / ".bench"  # not below _build, where nbmake finds no notebook
NOW = HOME / "now"  # this commit, with the packages of this process's environment


def clone(folder, commit="HEAD"):
    """Make ``folder`` a clone of this project at ``commit``, without what was built in it before."""
    commit = commit_of(commit)
    if not (folder / ".git").exists():
        subprocess.run(["git", "clone", "--quiet", "--no-checkout", ROOT, folder], check=True)
    for command in (
        ["fetch", "--quiet", "origin", commit],
        ["checkout", "--quiet", "--force", "--detach", commit],
        ["clean", "--quiet", "-fdx", "--exclude=.venv"],
    ):
        subprocess.run(["git", *command], cwd=folder, check=True)


def commit_of(name="HEAD"):
    """Return the full name of a commit of this project."""
    done = subprocess.run(["git", "rev-parse", name], cwd=ROOT, capture_output=True, text=True, check=True)
    return done.stdout.strip()


def machine():
    """Return what of this machine a measurement depends on."""
    return {"processor": platform.machine(), "cores": os.cpu_count(), "system": platform.platform()}


def borrow(folder, *packages):
    """Give the clone ``folder`` an environment: its own code, the packages of this process's environment, and ``packages``.

    Nothing is added to the environment from which it borrows. ``make`` takes it for the clone's own.
    """
    environment = folder / ".venv"
    subprocess.run([sys.executable, "-m", "venv", "--clear", "--without-pip", environment], check=True)
    own = Path(sysconfig.get_path("purelib", vars={"base": str(environment)}), "borrowed.pth")
    own.write_text(f"{folder}\n{sysconfig.get_path('purelib')}\n", encoding="utf-8")
    (environment / "share").mkdir(exist_ok=True)
    (environment / "share" / "jupyter").symlink_to(Path(sys.prefix, "share", "jupyter"))
    for program in Path(sys.prefix, "bin").iterdir():
        _lend(program, environment / "bin" / program.name)
    if packages:
        subprocess.run([environment / "bin" / "python", "-m", "pip", "install", "--quiet", *packages], check=True)
    (environment / "ready").write_text(f"{folder}\n", encoding="utf-8")


def versions(folder, *packages):
    """Return package → version in the environment of the clone ``folder``."""
    ask = "import json, sys; from importlib.metadata import version as v; print(json.dumps({n: v(n) for n in sys.argv[1:]}))"
    command = [folder / ".venv" / "bin" / "python", "-c", ask, *packages]
    return json.loads(subprocess.run(command, capture_output=True, text=True, check=True).stdout)


def _lend(program, target):
    """Put a program of this process's environment into another: a script with that environment's Python, else a link."""
    if target.exists() or not os.access(program, os.X_OK):
        return
    content = program.read_bytes()
    if content.startswith(b"#!"):
        target.write_bytes(content.replace(bytes(program.parent), bytes(target.parent)))
        target.chmod(0o755)
    else:
        target.symlink_to(program)


def run(folder, *command, log=None):
    """Run a command in the clone ``folder`` and its environment; it and its children end with this one, however it ends.

    What it says goes to the file ``log``, by default where this process writes. Raises SystemExit where it fails.
    """
    path = f"{folder / '.venv' / 'bin'}:{os.environ['PATH']}"
    with log.open("w", encoding="utf-8") if log else contextlib.nullcontext() as file:
        process = subprocess.Popen(
            command,
            cwd=folder,
            env=os.environ | {"PATH": path},
            stdout=file,
            stderr=file and subprocess.STDOUT,
            start_new_session=True,
        )
        try:
            if process.wait():
                told = f"; {log} holds what it said" if log else ""
                raise SystemExit(f"{' '.join(map(str, command))}: ended with {process.returncode}{told}")
        finally:
            if process.poll() is None:
                guard.end(process)


def timed(folder, *command):
    """Return wall-clock and processor seconds of a command in a clone, and of its children."""
    before, began = resource.getrusage(resource.RUSAGE_CHILDREN), time.monotonic()
    run(folder, *command, log=HOME / "log.txt")
    wall, after = time.monotonic() - began, resource.getrusage(resource.RUSAGE_CHILDREN)
    return {"wall": wall, "cpu": after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime}
