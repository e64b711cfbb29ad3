"""The functions that run in a Dask worker. They hand tasks to a child process and never unpickle one."""

import os
import threading
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import psutil

from bench.environment import cpu_model, package_version
from bench.execute.child import Child
from bench.execute.executor import WorkerDeath

if TYPE_CHECKING:
    from distributed import Worker


@dataclass(frozen=True, slots=True)
class Description:
    """A Dask worker, as it describes itself.

    Attributes:
        version: of this package.
        host: the name of its machine.
        cpu: the name of its processor.
        remaining_s: seconds until its ``--lifetime`` is over or its job ends; None without such a limit.
    """

    version: str
    host: str
    cpu: str
    remaining_s: float | None


@dataclass(frozen=True, slots=True)
class Answer:
    """How a task ended in the child of a Dask worker.

    Attributes:
        message: pickled ``(value, error)``; None if the child died.
        death: how the child died.
        prepared: the pickled return value of ``prepare``; None if the child died before it was ready.
        seconds: how long the task took.
        log: what the child wrote.
    """

    message: bytes | None
    death: WorkerDeath | None
    prepared: bytes | None
    seconds: float
    log: str


_children: dict[tuple[str, str], Child] = {}
"""By worker address and session. Workers of one process share this module."""

_turns: dict[str, threading.Lock] = {}


def describe_worker(dask_worker: "Worker") -> Description:
    """The description of the worker that runs this."""
    ends = [float(end)] if (end := os.environ.get("SLURM_JOB_END_TIME")) else []
    if dask_worker.lifetime:
        ends.append(psutil.Process().create_time() + dask_worker.lifetime)
    return Description(
        version=package_version(),
        host=os.uname().nodename,
        cpu=cpu_model(),
        remaining_s=min(ends) - time.time() if ends else None,
    )


def run_in_child(session: str, prepare: bytes, task: bytes) -> Answer:
    """Run a task in this worker's child, one at a time however many threads the worker has.

    Args:
        session: the executor that asks; each has children of its own.
        prepare: the pickled preparation of a child.
        task: pickled ``(function, arguments)``.

    Raises:
        AbandonedError: the task was cancelled, or the worker closes.
    """
    from distributed import get_worker

    worker = get_worker()
    key = worker.get_current_task()

    def is_wanted() -> bool:
        state = worker.state.tasks.get(key)
        is_open = worker.status.name in ("running", "paused", "closing_gracefully")
        return is_open and state is not None and state.state == "executing"

    with _turns.setdefault(worker.address, threading.Lock()):
        child = _child(worker, session, prepare)
        ended = child.run(task, is_wanted)
        if child.was_idle:
            child = _child(worker, session, prepare)
            ended = child.run(task, is_wanted)
        message, death = (None, ended) if isinstance(ended, WorkerDeath) else (ended, None)
        return Answer(message, death, child.prepared, child.task_s, child.new_log())


def start_session(session: str, prepare: bytes, dask_worker: "Worker") -> None:
    """Start the child of a session in this worker, so that it is ready sooner."""
    _child(dask_worker, session, prepare)


def end_session(session: str, dask_worker: "Worker") -> None:
    """End the child of a session in this worker; its running task ends with it."""
    child = _children.pop((dask_worker.address, session), None)
    if child is not None:
        child.end()


def _child(worker: "Worker", session: str, prepare: bytes) -> Child:
    """The running child of a session, or a new one."""
    place = worker.address, session
    child = _children.get(place)
    if child is None or child.has_ended:
        if child is not None:
            child.end()
        log = Path(worker.local_directory, f"bench-{session}.log")
        child = _children[place] = Child(prepare, log, worker.memory_manager.memory_limit, _environ())
    return child


def _environ() -> dict[str, str]:
    """This process's variables without those that Dask's nanny sets, such as ``OMP_NUM_THREADS``, as in the pool."""
    import dask

    of_dask = dask.config.get("distributed.nanny.pre-spawn-environ")
    return {name: value for name, value in os.environ.items() if str(of_dask.get(name)) != value}
