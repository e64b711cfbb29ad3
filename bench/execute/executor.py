"""``Executor``: the contract of all executors, the tasks that they run and their outcomes."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any, Protocol, Self


@dataclass(frozen=True, slots=True)
class Task:
    """A call to run in some process: ``function(*arguments)``, picklable.

    Tasks with the same ``affinity`` share compiled code, so a worker prefers the affinity that it has compiled.
    ``weight`` is the expected duration in any unit. The heaviest tasks start first, which shortens the whole run.
    ``files`` are those arguments that are files of this machine, written by ``write_with_checksum``. Where they are
    missing, an executor on other machines copies them and passes the paths of the copies.
    """

    function: Callable[..., Any]
    arguments: tuple[Any, ...] = ()
    affinity: str = ""
    weight: float = 1.0
    files: tuple[Path, ...] = ()


@dataclass(frozen=True, slots=True)
class WorkerDeath:
    """A worker process that ended in the middle of a task.

    Attributes:
        reason: how it ended, in words.
        out_of_memory: whether there is evidence that the system ended it for its memory. A signal alone is not
            evidence.
    """

    reason: str
    out_of_memory: bool = False


@dataclass(frozen=True, slots=True)
class Outcome:
    """How a task ended: a value, the exception it raised, or the death of the worker in its last attempt.

    Attributes:
        index: the task's position in the sequence handed to ``Executor.run``.
        attempts: how often the task was started.
        value: the return value of the function.
        error: the exception that it raised.
        death: how the worker of the last attempt died.
        prepared: the return value of the executor's ``prepare`` in the process that ran the task.
    """

    index: int
    attempts: int
    value: Any = None
    error: BaseException | None = None
    death: WorkerDeath | None = None
    prepared: Any = None


class Executor(Protocol):
    """Runs tasks and yields their outcomes as they end, in any order.

    The contract of an implementation; ``tests/execute/test_executor_contract.py`` checks it for every registered one:

    - every task of a ``run`` yields exactly one outcome, and a worker starts tasks of one affinity in their order;
    - an exception in a task is an outcome, not an exception of ``run``, and the other tasks still run;
    - every outcome has the return value of ``prepare`` in the process that ran its task;
    - a second ``run`` uses the same workers;
    - closing (``close``, leaving the ``with`` block, or abandoning the iterator) ends running tasks and all workers. A
      ``run`` after ``close`` starts new workers.
    """

    @property
    def n_workers(self) -> int:
        """The largest number of tasks that run at the same time."""
        ...

    def run(self, tasks: Sequence[Task]) -> Iterator[Outcome]:
        """Run the tasks; a second call runs further tasks on the same workers."""
        ...

    def log(self) -> str:
        """The text that the tasks so far wrote to a hidden standard error, tracebacks included."""
        ...

    def close(self) -> None:
        """End the workers; a second call does nothing."""
        ...

    def __enter__(self) -> Self: ...

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None: ...
