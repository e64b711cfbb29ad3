"""``PoolExecutor``: worker processes from a fork server on this machine; each runs one task at a time."""

import contextlib
import multiprocessing
import os
import signal
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from multiprocessing import forkserver, resource_tracker
from multiprocessing.connection import Connection, wait
from multiprocessing.context import ForkServerContext, SpawnContext
from multiprocessing.process import BaseProcess
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from bench.errors import WorkerError
from bench.execute.executor import Outcome, Task, WorkerDeath
from bench.execute.out_of_memory import count_oom_kills
from bench.execute.task_queue import TaskQueue
from bench.execute.worker import NoLog, exit_reason, work
from bench.files import ScratchFolder

MAX_ATTEMPTS = 2
"""A task whose worker dies is tried once more."""

MAX_FAILED_STARTS = 3
"""The run ends when this many workers in a row die before they are ready."""


@dataclass(slots=True)
class _Worker:
    process: BaseProcess
    connection: "Connection[Any, Any]"
    n_oom_kills: int
    ready: bool = False
    prepared: Any = None
    affinity: str | None = None
    task: int | None = None


class PoolExecutor:
    """Runs tasks in worker processes.

    The fork server starts its imports when the executor is built, so they overlap with the caller's work before
    ``run``.

    Args:
        n_workers: the largest number of processes; no more are started than there are tasks.
        prepare: sets up the runtime in each worker; picklable.
        max_attempts: how often a task is started if its worker dies.
        preload: modules that the fork server imports. All pools of this process share the server of the first pool.

    Raises:
        WorkerError: fewer than one worker; or, from ``run``, ``MAX_FAILED_STARTS`` workers in a row died before they
            were ready.
    """

    def __init__(
        self,
        n_workers: int,
        prepare: Callable[[], Any],
        max_attempts: int = MAX_ATTEMPTS,
        preload: Sequence[str] = (),
    ) -> None:
        if n_workers < 1:
            raise WorkerError(f"a pool needs at least one worker; received {n_workers}: pass --workers 1 or more")
        self.n_workers = n_workers
        self._prepare = prepare
        self._max_attempts = max_attempts
        self._scratch = ScratchFolder()
        self._log = Path(self._scratch.name, "worker.log")
        self._n_failed_starts = 0
        self._context = _context(preload, self._log)
        self._workers: list[_Worker] = []

    def run(self, tasks: Sequence[Task]) -> Iterator[Outcome]:
        """Run the tasks on the pool's workers; yield each outcome as its task ends."""
        queue = TaskQueue(tasks)
        attempts = [0] * len(tasks)
        n_open = len(tasks)
        while len(self._workers) < min(self.n_workers, len(tasks)):
            self._workers.append(self._start_worker())
        try:
            while n_open:
                for worker in self._workers:
                    self._hand_out(worker, tasks, queue)
                for worker in self._wait():
                    message = self._receive(worker)
                    index, prepared, worker.task = worker.task, worker.prepared, None
                    if index is None:
                        continue
                    attempts[index] += 1
                    if not isinstance(message, WorkerDeath):
                        # The worker gets its next task before the caller stores this result.
                        self._hand_out(worker, tasks, queue)
                        value, error = message
                        n_open -= 1
                        yield Outcome(index, attempts[index], value=value, error=error, prepared=prepared)
                    elif attempts[index] < self._max_attempts:
                        queue.put_back(index)
                    else:
                        n_open -= 1
                        yield Outcome(index, attempts[index], death=message, prepared=prepared)
        finally:
            if n_open:
                self.close()

    def _receive(self, worker: _Worker) -> Any:
        """The next message of a worker. If it has died: how it died; a new worker then replaces it.

        Raises:
            WorkerError: the worker died before it was ready for its first task.
        """
        try:
            message = worker.connection.recv()
        except (EOFError, OSError):  # OSError: the worker died in the middle of a message
            worker.process.join()
            out_of_memory = worker.process.exitcode == -signal.SIGKILL and count_oom_kills() > worker.n_oom_kills
            death = WorkerDeath(exit_reason(worker.process.exitcode, out_of_memory), out_of_memory)
            if not self._log.parent.exists():
                raise WorkerError(
                    f"the temporary folder of a run must stay until its end; {self._log.parent} was removed; "
                    "set TMPDIR to a folder that nothing cleans, and run the same command again to resume"
                ) from None
            if not worker.ready:
                self._n_failed_starts += 1
            if self._n_failed_starts == MAX_FAILED_STARTS:
                last_line = (self.log().strip() or "it wrote nothing").splitlines()[-1]
                raise WorkerError(
                    f"a worker process must start before it can take a trial; {MAX_FAILED_STARTS} in a row did not: "
                    f"{death.reason}; the last of them wrote: {last_line}"
                ) from None
            worker.connection.close()
            self._workers[self._workers.index(worker)] = self._start_worker()
            return death
        if isinstance(message, NoLog):
            raise WorkerError(
                f"a worker process writes a log; {self._log} could not be opened: {message.reason}; free space, raise "
                "the limit of open files (ulimit -n), or set TMPDIR to another folder, and rerun to resume"
            )
        if not worker.ready:
            worker.ready, worker.prepared = True, message
            self._n_failed_starts = 0
        return message

    def _hand_out(self, worker: _Worker, tasks: Sequence[Task], queue: TaskQueue) -> None:
        if not worker.ready or worker.task is not None:
            return
        others = {other.affinity for other in self._workers if other is not worker}
        index = queue.take(worker.affinity, others)
        if index is None:
            return
        task = tasks[index]
        worker.task, worker.affinity = index, task.affinity
        worker.n_oom_kills = count_oom_kills()
        # The death of an idle worker is detected when the pool waits for its answer.
        with contextlib.suppress(OSError):
            worker.connection.send((task.function, task.arguments))

    def _wait(self) -> list[_Worker]:
        by_connection = {worker.connection: worker for worker in self._workers}
        return [by_connection[ready] for ready in wait(list(by_connection)) if ready in by_connection]

    def _start_worker(self) -> _Worker:
        ours, theirs = self._context.Pipe()
        process = self._context.Process(target=work, args=(theirs, self._prepare, self._log), daemon=True)
        try:
            process.start()
        except (OSError, EOFError) as error:  # EOFError: the fork server was killed
            ours.close()
            theirs.close()
            written = self.log().strip().splitlines()
            raise WorkerError(
                "a worker process must be startable; the system refused: "
                f"{getattr(error, 'strerror', None) or (written and written[-1]) or error!r}; "
                "raise its limits on memory, processes and files, or use fewer --workers, and rerun to resume"
            ) from error
        theirs.close()
        return _Worker(process, ours, count_oom_kills())

    def log(self) -> str:
        """The text that the workers so far wrote to standard error, the backend's lines and tracebacks included."""
        return self._log.read_text(errors="replace") if self._log.exists() else ""

    def close(self) -> None:
        """End the workers; a running task is lost."""
        for worker in self._workers:
            worker.process.kill()
        for worker in self._workers:
            worker.process.join()
            worker.connection.close()
        self._workers.clear()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()
        self._scratch.cleanup()


@contextlib.contextmanager
def _standard_error_to(log: Path) -> Iterator[None]:
    """Processes that are started in the block write their standard error to a file."""
    kept = os.dup(2)
    opened = os.open(log, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o644)
    try:
        os.dup2(opened, 2)
        yield
    finally:
        os.dup2(kept, 2)
        os.close(kept)
        os.close(opened)


def _context(preload: Sequence[str], log: Path) -> ForkServerContext | SpawnContext:
    """The started fork server, which writes to the log; if it cannot start, processes that do their own imports."""
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(list(preload))
    # Ctrl-C reaches the whole process group, and the fork server ignores it only after its imports. The resource
    # tracker is started first: otherwise the fork server starts it and unblocks the signal in between.
    resource_tracker.ensure_running()
    unblocked = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        with _standard_error_to(log):
            forkserver.ensure_running()
    except OSError:  # its socket cannot be made, such as when the path of the temporary folder is too long
        return multiprocessing.get_context("spawn")
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, unblocked)
    return context
