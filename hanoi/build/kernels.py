"""Kernels forked from one parent that has imported the libraries: a notebook starts in a second instead of in five.

A Jupyter kernel provisioner. It is used while :func:`hanoi.build.forks.serve` keeps a parent; a kernel whose environment
is not the parent's starts the plain way, as every kernel does elsewhere.
"""

import os
import signal
import time
from pathlib import Path

from jupyter_client.provisioning import LocalProvisioner

from hanoi.build import forks


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
        pid = None
        if "ipykernel_launcher" in cmd:
            arguments = cmd[cmd.index("ipykernel_launcher") + 1 :]
            pid = forks.kernel(arguments, kwargs.get("cwd") or Path.cwd(), environment)
        if pid is None:
            return await super().launch_kernel(cmd, **kwargs)
        self.process = Forked(pid)
        self.pid = self.pgid = pid
        return self.connection_info
