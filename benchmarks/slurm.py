"""``make bench-slurm``: the same Snakefile on a real Slurm of one node, compared byte for byte with a local build.

A clone of this commit below ``_build/slurm`` is built twice: by this machine alone, and by Slurm with every notebook as
a job. The runs of all notebooks and every file of the pages must be the same bytes. Slurm and munge are Debian's packages,
installed where they are missing; their daemons listen on the loopback address only and live as long as this command.
Needs root, Debian or a relative of it, and some ten minutes.
"""

import contextlib
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import tomllib
from pathlib import Path

from benchmarks import clones
from hanoi.build import guard
from hanoi.build.place import ROOT

HOME = ROOT / "_build" / "slurm"
BOOK, LOCAL = HOME / "book", HOME / "local"  # the clone; what this machine alone built in it
PACKAGES = {"slurmctld": "slurm-wlm", "munged": "munge"}  # program → package
PORTS = {"slurmctld": 6817, "slurmd": 6818}
JOBS = 9

#: Slurm reads it nowhere else: the step inside a job does not inherit SLURM_CONF.
CONFIGURATION = Path("/etc/slurm/slurm.conf")
SETTINGS = """\
ClusterName=hanoi
SlurmctldHost={host}(127.0.0.1)
SlurmctldPort={slurmctld}
SlurmdPort={slurmd}
CommunicationParameters=NoCtldInAddrAny,NoInAddrAny
SlurmUser=root
AuthType=auth/munge
AuthInfo=socket={folder}/munge/socket
StateSaveLocation={folder}/state
SlurmdSpoolDir={folder}/spool
SlurmctldPidFile={folder}/slurmctld.pid
SlurmdPidFile={folder}/slurmd.pid
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
SelectType=select/cons_tres
SelectTypeParameters=CR_Core_Memory
ReturnToService=2
MpiDefault=none
KillWait=5
NodeName={host} NodeAddr=127.0.0.1 CPUs={cores} RealMemory={memory}
PartitionName=main Nodes={host} Default=YES State=UP
"""


def install():
    """Install what is missing of Slurm and munge; their services are not started by it."""
    missing = [package for program, package in PACKAGES.items() if not shutil.which(program)]
    if not missing:
        return
    print(f"Installing {', '.join(missing)} …", flush=True)
    policy = Path("/usr/sbin/policy-rc.d")  # Debian asks it before a package may start its service
    with contextlib.ExitStack() as stack:
        if not policy.exists():
            stack.callback(policy.unlink)
            policy.write_text("#!/bin/sh\nexit 101\n", encoding="utf-8")
            policy.chmod(0o755)
        environment = os.environ | {"DEBIAN_FRONTEND": "noninteractive"}
        for command in (["update"], ["install", "--yes", "--no-install-recommends", *missing]):
            subprocess.run(["apt-get", "-qq", *command], check=True, stdout=subprocess.DEVNULL, env=environment)


def plugin():
    """Return what pip installs for Snakemake to speak with Slurm: the extra ``slurm`` of pyproject.toml.

    It is in neither the lock nor the project's own environment, since nobody needs it who has no cluster.
    """
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    return project["optional-dependencies"]["slurm"]


@contextlib.contextmanager
def daemon(program, *arguments):
    """Run a daemon in the foreground, as a child of its own session, until the block ends."""
    with (HOME / f"{program}.log").open("w", encoding="utf-8") as log:
        process = subprocess.Popen(
            [shutil.which(program), *arguments], stdout=log, stderr=subprocess.STDOUT, start_new_session=True
        )
        try:
            yield process
        finally:
            if process.poll() is None:
                guard.end(process)


@contextlib.contextmanager
def cluster():
    """Run Slurm on this machine until the block ends, then stop its jobs and daemons and take its configuration out.

    Raises SystemExit where another Slurm is configured here, and where a daemon does not start.
    """
    if CONFIGURATION.exists():
        raise SystemExit(f"{CONFIGURATION} exists: this machine belongs to a cluster, which stays as it is")
    with contextlib.ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="hanoi-slurm-", dir="/tmp")))
        folder.chmod(0o755)  # munge refuses a socket that others cannot reach, and a key that they can
        for name, mode in {"munge": 0o755, "key": 0o700, "state": 0o700, "spool": 0o755}.items():
            (folder / name).mkdir(mode=mode)
        key = folder / "key" / "key"
        key.write_bytes(os.urandom(128))
        key.chmod(0o400)
        settings = SETTINGS.format(
            host=socket.gethostname().partition(".")[0],
            folder=folder,
            cores=os.cpu_count(),
            memory=os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") * 9 // 10 >> 20,
            **PORTS,
        )
        stack.callback(CONFIGURATION.unlink)
        CONFIGURATION.parent.mkdir(exist_ok=True)
        CONFIGURATION.write_text(settings, encoding="utf-8")
        places = {"key-file": key, "socket": folder / "munge" / "socket", "pid-file": folder / "munge" / "pid"}
        places |= {"seed-file": folder / "key" / "seed", "log-file": folder / "key" / "log"}
        daemons = [
            stack.enter_context(
                daemon("munged", "--foreground", *(f"--{name}={path}" for name, path in places.items()))
            )
        ]
        wait(places["socket"].exists, daemons)
        for name in PORTS:
            daemons.append(stack.enter_context(daemon(name, "-D")))
        wait(lambda: "idle" in told("sinfo", "--noheader", "--format=%T"), daemons)
        if public := exposed():
            raise SystemExit(f"Slurm listens beyond the loopback address, on {', '.join(public)}")
        stack.callback(empty)
        yield


def told(*command):
    """Return what a command of Slurm says; nothing where it fails."""
    return subprocess.run(command, capture_output=True, text=True, check=False).stdout.strip()


def wait(ready, daemons, seconds=60):
    """Wait until ``ready()``. Raises SystemExit when that takes too long, or when a daemon has ended."""
    until = time.monotonic() + seconds
    while not ready():
        ended = [process for process in daemons if process.poll() is not None]
        if ended or time.monotonic() > until:
            what = f"{Path(ended[0].args[0]).name} ended" if ended else f"Slurm is not ready after {seconds} s"
            raise SystemExit(f"{what}; its log is in {HOME.relative_to(ROOT)}")
        time.sleep(0.5)


def exposed():
    """Return the addresses, as the kernel writes them, on which the daemons' ports are open to other machines."""
    lines = [line.split() for name in ("tcp", "tcp6") for line in Path("/proc/net", name).read_text().splitlines()[1:]]
    listening = [line[1] for line in lines if line[3] == "0A"]
    ours = [address for address in listening if int(address.rpartition(":")[2], 16) in PORTS.values()]
    return [address for address in ours if not address.startswith("0100007F:")]


def empty():
    """End all jobs; a daemon that stops leaves them running."""
    told("scancel", "--user=root")
    until = time.monotonic() + 30
    while told("squeue", "--noheader") and time.monotonic() < until:
        time.sleep(0.5)


def differences(one, other):
    """Return the names of the files that are not in both folders with the same bytes."""
    here, there = (
        {path.relative_to(folder): path for path in folder.rglob("*") if path.is_file()} for folder in (one, other)
    )
    return sorted(
        name.as_posix()
        for name in here.keys() | there.keys()
        if name not in here or name not in there or here[name].read_bytes() != there[name].read_bytes()
    )


def compared():
    """Return how many runs and files of the pages are the same. Raises SystemExit with the names of those that differ."""
    count = []
    for name in ("executed", "html"):
        one, other = ((build / name).resolve() for build in (LOCAL, BOOK / "_build"))
        if found := differences(one, other):
            raise SystemExit(f"_build/{name}: {len(found)} files differ: {', '.join(found[:9])}")
        count.append(sum(path.is_file() for path in one.rglob("*")))
    return count


def alone():
    """Build by this machine alone; return the seconds that it took."""
    print("Building by this machine alone …", flush=True)
    began = time.monotonic()
    clones.run(BOOK, "python", "-m", "hanoi.build", "book")
    (BOOK / "_build").rename(LOCAL)
    return time.monotonic() - began


def by_slurm():
    """Build by Slurm; return the seconds that it took, and how many jobs it was."""
    log = HOME / "snakemake.log"
    with cluster():
        print(f"Building by {told('sinfo', '--version')} …", flush=True)
        began = time.monotonic()
        clones.run(
            BOOK,
            *("python", "-m", "snakemake", "--executor", "slurm", "--jobs", str(JOBS), "--slurm-no-account"),
            *("--slurm-status-command", "squeue", "--slurm-init-seconds-before-status-checks", "5"),
            *("--seconds-between-status-checks", "5", "--default-resources", 'slurm_partition="main"'),
            *("--", "_build/published"),
            log=log,
        )
        return time.monotonic() - began, log.read_text(encoding="utf-8").count("has been submitted with SLURM jobid")


def bench():
    """Build by this machine, build by Slurm, compare."""
    install()
    shutil.rmtree(HOME, ignore_errors=True)
    clones.clone(BOOK)
    clones.borrow(BOOK, *plugin())
    before = alone()
    after, jobs = by_slurm()
    runs, files = compared()
    print(f"{jobs} jobs by Slurm. {runs} runs and {files} files of the pages are the same bytes by both ways.")
    print(f"By Slurm it took {after / before:.2f} of the time by this machine alone.")
    return 0


def stop(number, frame):
    """Let SIGTERM clean up as Ctrl-C does."""
    raise KeyboardInterrupt


if __name__ == "__main__":
    if os.geteuid():
        raise SystemExit("make bench-slurm starts daemons and needs root")
    signal.signal(signal.SIGTERM, stop)
    try:
        sys.exit(bench())
    except KeyboardInterrupt:
        raise SystemExit("Stopped, and everything that was started with it.") from None
