"""The executor for real work: local worker processes from a fork server, one task at a time each."""

import contextlib
import multiprocessing
import signal
import tempfile
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
from bench.execute.task_queue import Schedule
from bench.execute.worker import exit_reason, work

MAX_ATTEMPTS = 2
"""A task whose worker dies is tried once more."""

MAX_FAILED_STARTS = 3
"""So many workers in a row that die before they are ready are no accident."""

_PRELOAD = ["bench.execute.preload"]


@dataclass(slots=True)
class _Worker:
    process: BaseProcess
    connection: "Connection[Any, Any]"
    ready: bool = False
    affinity: str | None = None
    task: int | None = None


class PoolExecutor:
    """Runs tasks in worker processes.

    The fork server starts importing TensorFlow when the executor is built, so whatever the caller does before ``run``
    happens meanwhile.

    Args:
        n_workers: processes at most; no more are started than there are tasks.
        prepare: sets up the runtime in each worker; picklable.
        max_attempts: how often a task is tried whose worker dies.

    Raises:
        WorkerError: from ``run``, when ``MAX_FAILED_STARTS`` workers in a row die before they are ready.
    """

    def __init__(self, n_workers: int, prepare: Callable[[], None], max_attempts: int = MAX_ATTEMPTS) -> None:
        if n_workers < 1:
            raise WorkerError(f"a pool needs at least one worker; received {n_workers}: pass --workers 1 or more")
        self._n_workers = n_workers
        self._prepare = prepare
        self._max_attempts = max_attempts
        self._scratch = tempfile.TemporaryDirectory(prefix="param-scaling-bench-")
        self._log = Path(self._scratch.name, "worker.log")
        self._n_failed_starts = 0
        self._context = _context()
        self._workers: list[_Worker] = []

    def run(self, tasks: Sequence[Task]) -> Iterator[Outcome]:
        """Run the tasks on the pool's workers; outcomes come as tasks end."""
        schedule = Schedule(tasks)
        attempts = [0] * len(tasks)
        n_open = len(tasks)
        while len(self._workers) < min(self._n_workers, len(tasks)):
            self._workers.append(self._start_worker())
        try:
            while n_open:
                for worker in self._workers:
                    self._hand_out(worker, tasks, schedule)
                for worker in self._wait():
                    message = self._receive(worker)
                    index, worker.task = worker.task, None
                    if index is None:
                        continue
                    attempts[index] += 1
                    if not isinstance(message, WorkerDeath):
                        # The worker gets its next task before the caller stores this one's result.
                        self._hand_out(worker, tasks, schedule)
                        value, error = message
                        n_open -= 1
                        yield Outcome(index, attempts[index], value=value, error=error)
                    elif attempts[index] < self._max_attempts:
                        schedule.put_back(index)
                    else:
                        n_open -= 1
                        yield Outcome(index, attempts[index], death=message)
        finally:
            if n_open:
                self.close()

    def _receive(self, worker: _Worker) -> Any:
        """The next message of a worker; where it has died, how, and another worker stands in its place.

        Raises:
            WorkerError: the worker died before it was ready for its first task.
        """
        try:
            message = worker.connection.recv()
        except (EOFError, OSError):  # OSError: the worker died in the middle of a message
            worker.process.join()
            death = WorkerDeath(exit_reason(worker.process.exitcode))
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
        worker.ready = True
        self._n_failed_starts = 0
        return message

    def _hand_out(self, worker: _Worker, tasks: Sequence[Task], schedule: Schedule) -> None:
        if not worker.ready or worker.task is not None:
            return
        others = {other.affinity for other in self._workers if other is not worker}
        index = schedule.take(worker.affinity, others)
        if index is None:
            return
        task = tasks[index]
        worker.task, worker.affinity = index, task.affinity
        # A worker that died idle is noticed when its answer is awaited.
        with contextlib.suppress(OSError):
            worker.connection.send((task.function, task.arguments))

    def _wait(self) -> list[_Worker]:
        by_connection = {worker.connection: worker for worker in self._workers}
        return [by_connection[ready] for ready in wait(list(by_connection)) if ready in by_connection]

    def _start_worker(self) -> _Worker:
        ours, theirs = self._context.Pipe()
        process = self._context.Process(target=work, args=(theirs, self._prepare, self._log), daemon=True)
        process.start()
        theirs.close()
        return _Worker(process, ours)

    def log(self) -> str:
        """What the workers so far wrote to standard error, TensorFlow's lines and tracebacks among it."""
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


def _context() -> ForkServerContext | SpawnContext:
    """The fork server, started, or spawned processes where it cannot start: each of those imports TensorFlow itself."""
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(_PRELOAD)
    # Ctrl-C reaches the whole process group, and the fork server ignores it only once its imports are done. The
    # resource tracker, which it starts otherwise, would unblock the signal in between.
    resource_tracker.ensure_running()
    unblocked = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        forkserver.ensure_running()
    except OSError:  # its socket cannot be made, as where the path of the temporary folder is too long for one
        return multiprocessing.get_context("spawn")
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, unblocked)
    return context
