"""``Child``: a process that serves one Dask worker, started without ``multiprocessing``.

A Dask worker that its nanny started is daemonic, so ``multiprocessing`` refuses to start a process in it. The child
ends when its parent does, or when it has been idle for ``IDLE_S``: a driver that was killed leaves nothing behind.
"""

import os
import pickle
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

import psutil

from bench.execute.executor import WorkerDeath
from bench.execute.out_of_memory import count_oom_kills
from bench.execute.worker import die_with, exit_reason, work

IDLE_S = 60.0
"""A child that gets no task for so long ends; the next task starts another."""

_IDLE_CODE = 75

POLL_S = 0.5
"""How often the parent checks whether the task is still wanted and how much memory the child uses."""

_MEMORY_SHARE = 0.95
_MOST_LOG_BYTES = 1 << 16


class AbandonedError(Exception):
    """The task was cancelled while it ran; its child was ended."""


class Child:
    """A process that runs one task at a time.

    Attributes:
        prepared: the pickled return value of ``prepare``, once there is one.
        task_s: how long the last task took.

    Args:
        prepare: a pickled callable that sets the runtime up; called before the first task.
        log: a file that everything on the child's standard output and error is appended to.
        memory_limit: the most memory in bytes, above which the child is ended; None for no limit.
        environ: its environment variables; ``PYTHONPATH`` is replaced by this process's.
    """

    def __init__(
        self, prepare: bytes, log: Path, memory_limit: int | None, environ: Mapping[str, str] = os.environ
    ) -> None:
        self._log = log
        self._n_logged = log.stat().st_size if log.exists() else 0
        self._memory_limit = memory_limit
        ours, theirs = socket.socketpair()
        lifeline, self._lifeline = os.pipe()
        with log.open("ab") as output:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "bench.execute.child", str(theirs.fileno()), str(lifeline), str(log)],
                pass_fds=(theirs.fileno(), lifeline),
                env={**environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))},
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                start_new_session=True,
            )
        theirs.close()
        os.close(lifeline)
        self._measured = psutil.Process(self._process.pid)
        self._tasks: Connection[Any, Any] = Connection(ours.detach())
        self._tasks.send_bytes(prepare)
        self._n_oom_kills = count_oom_kills()
        self.prepared: bytes | None = None
        self.task_s = 0.0

    @property
    def has_ended(self) -> bool:
        """Whether the process is gone."""
        return self._process.poll() is not None

    @property
    def was_idle(self) -> bool:
        """Whether the process ended because it was idle for ``IDLE_S``."""
        return self._process.poll() == _IDLE_CODE

    def run(self, task: bytes, is_wanted: Callable[[], bool]) -> bytes | WorkerDeath:
        """Run a task.

        Args:
            task: pickled ``(function, arguments)``.
            is_wanted: asked every ``POLL_S``.

        Returns:
            Pickled ``(value, error)``, or how the child died.

        Raises:
            AbandonedError: the task is not wanted any more.
        """
        try:
            if self.prepared is None:
                self.prepared = self._answer(is_wanted)
            started = time.monotonic()
            self._tasks.send_bytes(task)
            answer = self._answer(is_wanted)
            self.task_s = time.monotonic() - started
            return answer
        except (EOFError, OSError):
            self._process.wait()
            code = self._process.returncode
            out_of_memory = code == -signal.SIGKILL and count_oom_kills() > self._n_oom_kills
            return WorkerDeath(exit_reason(code, out_of_memory), out_of_memory)
        except _MemoryLimitError as error:
            return WorkerDeath(str(error), out_of_memory=True)

    def new_log(self) -> str:
        """What the child wrote since the last call, its last ``_MOST_LOG_BYTES`` at most."""
        with self._log.open("rb") as file:
            size = file.seek(0, os.SEEK_END)
            file.seek(max(self._n_logged, size - _MOST_LOG_BYTES))
            self._n_logged = size
            return file.read().decode(errors="replace")

    def end(self) -> None:
        """Kill the process, and the processes that it started."""
        if self._process.poll() is None:
            os.killpg(self._process.pid, signal.SIGKILL)
            self._process.wait()
        self._tasks.close()
        if self._lifeline >= 0:
            os.close(self._lifeline)
            self._lifeline = -1

    def _answer(self, is_wanted: Callable[[], bool]) -> bytes:
        while not self._tasks.poll(POLL_S):
            if not is_wanted():
                self.end()
                raise AbandonedError
            self._check_memory()
        return self._tasks.recv_bytes()

    def _check_memory(self) -> None:
        if self._memory_limit is None:
            return
        try:
            used = self._measured.memory_info().rss
        except psutil.NoSuchProcess:
            return
        if used > _MEMORY_SHARE * self._memory_limit:
            self.end()
            raise _MemoryLimitError(
                f"the worker process was ended for lack of memory: it used {used / 2**30:.1f} GiB of the "
                f"{self._memory_limit / 2**30:.1f} GiB of its Dask worker"
            )


class _MemoryLimitError(Exception):
    """The child used nearly all memory of its Dask worker."""


def _main(tasks_fd: int, lifeline: int, log: Path) -> None:
    die_with(lifeline)
    # If the system runs out of memory, it ends this process and not the Dask worker.
    Path("/proc/self/oom_score_adj").write_text("1000")
    tasks: Connection[Any, Any] = Connection(tasks_fd)
    work(tasks, pickle.loads(tasks.recv_bytes()), log, idle_s=IDLE_S)
    sys.exit(_IDLE_CODE)


if __name__ == "__main__":
    _main(int(sys.argv[1]), int(sys.argv[2]), Path(sys.argv[3]))
